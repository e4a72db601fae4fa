/* string.format of the strings extension: %s %d %f %e %b %o %x %X. */
#include "rules/cel_fn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION_MAX 100

static cel_value bad(struct cel_ctx *cx, const char *what, const cel_value *v)
{
	return cel_err(FX_CEL_FORMAT, fx_arena_fmt(cx->a, "%s, not %s", what,
	                                           fx_cel_kind_name((enum fx_cel_kind)v->kind).p));
}

static cel_value good(void)
{
	return FX_CEL_NULL;
}

static cel_value as_text(struct cel_out *o, const cel_value *v);

static int by_text(const void *a, const void *b)
{
	return fx_str_cmp(((const cel_value *)a)->s, ((const cel_value *)b)->s);
}

/* {key: value} in the order of the keys' texts. */
static cel_value map_text(struct cel_out *o, const cel_value *v)
{
	struct cel_ctx *cx = o->cx;
	size_t n = cel_count(v), k = 0;
	cel_value *e = cel_alloc(cx, 2 * n * sizeof(*e)), key, bad_value;
	struct cel_iter it;

	if (!e)
		return cel_limit(cx, FX_CEL_SIZE);
	cel_iter_start(&it, v);
	while (cel_iter_next(cx, &it, &key, &e[2 * k + 1])) {
		struct cel_out text = {.cx = cx};

		bad_value = as_text(&text, &key);
		if (bad_value.kind == FX_CV_ERROR)
			return bad_value;
		e[2 * k] = cel_out_value(&text);
		if (e[2 * k].kind == FX_CV_ERROR)
			return e[2 * k];
		k++;
	}
	qsort(e, n, 2 * sizeof(*e), by_text);
	cel_out_add(o, "{", 1);
	for (k = 0; k < n; k++) {
		if (k)
			cel_out_add(o, ", ", 2);
		cel_out_add(o, e[2 * k].s.p, e[2 * k].s.n);
		cel_out_add(o, ": ", 2);
		bad_value = as_text(o, &e[2 * k + 1]);
		if (bad_value.kind == FX_CV_ERROR)
			return bad_value;
	}
	cel_out_add(o, "}", 1);
	return good();
}

static cel_value list_text(struct cel_out *o, const cel_value *v)
{
	struct cel_iter it;
	cel_value e, r;
	bool first = true;

	cel_out_add(o, "[", 1);
	cel_iter_start(&it, v);
	while (cel_iter_next(o->cx, &it, NULL, &e)) {
		if (!first)
			cel_out_add(o, ", ", 2);
		first = false;
		r = as_text(o, &e);
		if (r.kind == FX_CV_ERROR)
			return r;
	}
	cel_out_add(o, "]", 1);
	return good();
}

/* %s.  Recursion is as deep as values are: bounded. */
static cel_value as_text(struct cel_out *o, const cel_value *v)
{
	cel_value s;

	if (!cel_spend(o->cx, 1))
		return cel_limit(o->cx, FX_CEL_STEPS);
	switch (v->kind) {
	case FX_CV_NULL:
		cel_out_add(o, "null", 4);
		return good();
	case FX_CV_TYPE:
		cel_out_add(o, v->s.p, v->s.n);
		return good();
	case FX_CV_LIST:
		return list_text(o, v);
	case FX_CV_MAP:
		return map_text(o, v);
	case FX_CV_OPTIONAL:
	case FX_CV_ERROR:
		return bad(o->cx, "%s takes a value that has a text", v);
	default:
		s = cel_f_string(o->cx, v, 1);
		if (s.kind == FX_CV_ERROR)
			return s;
		cel_out_add(o, s.s.p, s.s.n);
		return good();
	}
}

static cel_value based(struct cel_out *o, const cel_value *v, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	bool minus = v->kind == FX_CV_INT && v->i < 0;
	uint64_t u = v->kind == FX_CV_UINT ? v->u : minus ? 0 - (uint64_t)v->i : (uint64_t)v->i;
	char text[72];
	size_t n = sizeof(text);

	do {
		text[--n] = digits[u % base];
		u /= base;
	} while (u);
	if (minus)
		text[--n] = '-';
	cel_out_add(o, text + n, sizeof(text) - n);
	return good();
}

static cel_value hex(struct cel_out *o, const cel_value *v, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	if (v->kind == FX_CV_INT || v->kind == FX_CV_UINT)
		return based(o, v, 16, upper);
	if (v->kind != FX_CV_STRING && v->kind != FX_CV_BYTES)
		return bad(o->cx, "%x takes whole numbers, bytes and strings", v);
	for (size_t i = 0; i < v->s.n && !o->full; i++) {
		unsigned char c = (unsigned char)v->s.p[i];
		char two[2] = {digits[c >> 4], digits[c & 15]};

		cel_out_add(o, two, 2);
	}
	return good();
}

static bool odd_double(const cel_value *v)
{
	return v->kind == FX_CV_DOUBLE && !isfinite(v->d);
}

static cel_value real(struct cel_out *o, const cel_value *v, char verb, unsigned precision)
{
	char text[512];
	double d;
	int n;

	switch (v->kind) {
	case FX_CV_DOUBLE:
		d = v->d;
		break;
	case FX_CV_INT:
		d = (double)v->i;
		break;
	case FX_CV_UINT:
		d = (double)v->u;
		break;
	default:
		return bad(o->cx, "%f and %e take numbers", v);
	}
	if (odd_double(v))
		return as_text(o, v);
	n = snprintf(text, sizeof(text), verb == 'f' ? "%.*f" : "%.*e", (int)precision, d);
	cel_out_add(o, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	return good();
}

static cel_value clause(struct cel_out *o, char verb, unsigned precision, const cel_value *v)
{
	cel_value b;

	switch (verb) {
	case 's':
		return as_text(o, v);
	case 'd':
		if (v->kind == FX_CV_INT || v->kind == FX_CV_UINT)
			return based(o, v, 10, false);
		if (odd_double(v))
			return as_text(o, v);
		return bad(o->cx, "%d takes whole numbers", v);
	case 'f':
	case 'e':
		return real(o, v, verb, precision);
	case 'b':
		if (v->kind == FX_CV_BOOL) {
			b = FX_CEL_UINT(v->b);
			return based(o, &b, 2, false);
		}
		if (v->kind == FX_CV_INT || v->kind == FX_CV_UINT)
			return based(o, v, 2, false);
		return bad(o->cx, "%b takes whole numbers and bools", v);
	case 'o':
		if (v->kind == FX_CV_INT || v->kind == FX_CV_UINT)
			return based(o, v, 8, false);
		return bad(o->cx, "%o takes whole numbers", v);
	case 'x':
	case 'X':
		return hex(o, v, verb == 'X');
	default:
		return cel_err(FX_CEL_FORMAT, FX_STR("no such clause"));
	}
}

cel_value cel_f_format(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str f = a->s;
	struct cel_out o = {.cx = cx};
	size_t used = 0;

	(void)n;
	for (size_t i = 0; i < f.n && !o.full; i++) {
		unsigned precision = 6;
		cel_value index = FX_CEL_INT((int64_t)used), arg, r;

		if (f.p[i] != '%') {
			cel_out_add(&o, f.p + i, 1);
			continue;
		}
		if (++i < f.n && f.p[i] == '%') {
			cel_out_add(&o, "%", 1);
			continue;
		}
		if (i < f.n && f.p[i] == '.') {
			precision = 0;
			for (i++; i < f.n && f.p[i] >= '0' && f.p[i] <= '9'; i++)
				if (precision <= PRECISION_MAX)
					precision = precision * 10 + (unsigned)(f.p[i] - '0');
		}
		if (i >= f.n || precision > PRECISION_MAX)
			return cel_err(FX_CEL_FORMAT, FX_STR("unfinished clause"));
		arg = cel_lookup(cx, &a[1], &index);
		if (arg.kind == FX_CV_ERROR)
			return cel_err(FX_CEL_FORMAT, FX_STR("too few arguments"));
		used++;
		r = clause(&o, f.p[i], precision, &arg);
		if (r.kind == FX_CV_ERROR)
			return r;
	}
	return cel_out_value(&o);
}
