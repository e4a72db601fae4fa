#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void fill(struct fx_err *err, enum fx_code code, const char *file, unsigned line,
		 unsigned col, const char *fmt, va_list ap)
{
	err->code = code;
	err->line = line;
	err->col = col;
	err->byte = 0;
	snprintf(err->file, sizeof(err->file), "%s", file ? file : "");
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
}

int fx_fail(struct fx_err *err, enum fx_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	fill(err, code, NULL, 0, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int fx_fail_at(struct fx_err *err, enum fx_code code, const char *file, unsigned line, unsigned col,
	       const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	fill(err, code, file, line, col, fmt, ap);
	va_end(ap);
	return -1;
}

int fx_fail_errno(struct fx_err *err, const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	size_t n;

	if (!err)
		return -1;
	va_start(ap, fmt);
	fill(err, FX_EIO, NULL, 0, 0, fmt, ap);
	va_end(ap);
	n = strlen(err->msg);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", strerror(e));
	return -1;
}

const char *fx_err_text(const struct fx_err *err, char *out, size_t n)
{
	char place[300] = "";

	if (err->file[0] && err->line && err->col)
		snprintf(place, sizeof(place), "%s:%u:%u: ", err->file, err->line, err->col);
	else if (err->file[0] && err->line)
		snprintf(place, sizeof(place), "%s:%u: ", err->file, err->line);
	else if (err->file[0])
		snprintf(place, sizeof(place), "%s: ", err->file);
	snprintf(out, n, "%s%s", place, err->msg);
	return out;
}

void fx_errs_add(struct fx_errs *errs, const struct fx_err *err)
{
	size_t max = errs->max ? errs->max : 100;

	if (errs->n >= max) {
		errs->dropped++;
		return;
	}
	if (errs->n == errs->cap) {
		errs->cap = errs->cap ? errs->cap * 2 : 4;
		errs->v = fx_realloc(errs->v, errs->cap, sizeof(*errs->v));
	}
	errs->v[errs->n++] = *err;
}

int fx_errs_fail(struct fx_errs *errs, enum fx_code code, const char *file, unsigned line,
		 unsigned col, const char *fmt, ...)
{
	struct fx_err err;
	va_list ap;

	va_start(ap, fmt);
	fill(&err, code, file, line, col, fmt, ap);
	va_end(ap);
	fx_errs_add(errs, &err);
	return -1;
}

void fx_errs_free(struct fx_errs *errs)
{
	free(errs->v);
	*errs = (struct fx_errs){0};
}
