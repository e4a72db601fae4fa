/*
 * Numbers as they stand in a JSON text, without a double's rounding.
 *
 * Each text must be a JSON number that the tape has read.  Numbers are exact
 * decimals of any length: 1234567890123456781 is not 1234567890123456789, and
 * 1e400 is a number.  Cost is linear in the text, never in the exponent's value.
 */
#ifndef FX_JSON_NUM_H
#define FX_JSON_NUM_H

#include "base/mem.h"

/*
 * <0, 0, >0.  (Two numbers with exponents beyond +-10^18 count as equal only
 * when their exponents have the same digits.)
 */
int fx_num_cmp(struct fx_str a, struct fx_str b);
/* Has it no fractional part?  1.0, 1e2 and 0.5e1 have none. */
bool fx_num_is_integer(struct fx_str a);
/* Is a an integer times b?  1, 0; -1: b is not positive or has over 18 significant digits. */
int fx_num_multiple_of(struct fx_str a, struct fx_str b);
/* The value when it is an integer of int64 (1.0 and 1e2 are): 0, else -1. */
int fx_num_int64(struct fx_str a, int64_t *out);
/* The nearest double, ties to even; an infinity past the largest. */
double fx_num_double(struct fx_str a);

/* Longest text of fx_num_es6, with its NUL. */
#define FX_ES6_LEN 32
/* A finite double as ECMAScript's Number::toString (RFC 8785, 3.2.2.3).  Returns the length. */
size_t fx_num_es6(double d, char out[FX_ES6_LEN]);

/*
 * The number as RFC 8785 writes the nearest double.  Exact: in the same form but
 * with all of its digits, so that two texts are equal when and only when the
 * numbers are; nothing changes for what a double keeps.  0, or -1: past the
 * largest double (when not exact), or an exponent of over 18 digits.
 */
int fx_num_canon(struct fx_buf *out, struct fx_str a, bool exact);

#endif
