/*
 * Errors as values.
 *
 * A function that can fail takes a struct fx_err, fills it and returns -1 (or
 * NULL).  The library never prints and never exits, with one exception: memory
 * that the system refuses (fx_oom in base/mem.h).
 */
#ifndef FX_BASE_ERR_H
#define FX_BASE_ERR_H

#include <stddef.h>

enum fx_code {
	FX_OK = 0,
	FX_EDATA,  /* the record is bad: reject it, go on */
	FX_ECONF,  /* registry, contract, mapping or key is bad */
	FX_EIO,    /* the system refused; errno's text is in the message */
	FX_ELIMIT, /* a documented limit was passed */
	FX_EUSAGE, /* the command line is wrong */
	FX_ELEDGER /* the ledger contradicts itself */
};

struct fx_err {
	enum fx_code code;
	unsigned line, col;  /* from 1; 0: not known */
	unsigned long byte;  /* for FX_EDATA: offset in the record, from 0 */
	char file[256];      /* "" when no file is concerned */
	char msg[768];       /* one line, no newline, no file name in it */
};

/* Fill err (no place), return -1.  err may be NULL. */
int fx_fail(struct fx_err *err, enum fx_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with a place; file may be NULL. */
int fx_fail_at(struct fx_err *err, enum fx_code code, const char *file, unsigned line, unsigned col,
	       const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* FX_EIO with ": " and strerror(errno) after the formatted text. */
int fx_fail_errno(struct fx_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "file:line:col: msg" with what is known of it, cut to n bytes and terminated. */
const char *fx_err_text(const struct fx_err *err, char *out, size_t n);

/*
 * A list of errors, for loaders that report every fault and not just the first.
 * Zero-initialise; fx_errs_free releases it.  After max (0: 100) entries further
 * ones are only counted.
 */
struct fx_errs {
	struct fx_err *v;
	size_t n, cap, max;
	size_t dropped;
};
void fx_errs_add(struct fx_errs *errs, const struct fx_err *err);
int fx_errs_fail(struct fx_errs *errs, enum fx_code code, const char *file, unsigned line,
		 unsigned col, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void fx_errs_free(struct fx_errs *errs);

#endif
