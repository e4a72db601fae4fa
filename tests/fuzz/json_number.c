/*
 * Two numbers with a space between: conversions against strtod and strtoll, order
 * against the doubles', canonical forms against what they stand for.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/num.h"
#include "json/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static bool is_number(struct fx_str s)
{
	struct fx_tape t = {0};
	bool yes = fx_tape_read(&t, s, NULL) == 0 && fx_tape_type(&t, 0) == FX_NUMBER &&
	           fx_tape_raw(&t, 0).n == s.n;

	fx_tape_free(&t);
	return yes;
}

static void check_canon(struct fx_str s, double d)
{
	struct fx_buf exact = {0}, jcs = {0};

	if (fx_num_canon(&exact, s, true) == 0) {
		MUST(is_number(fx_buf_view(&exact)));
		MUST(fx_num_cmp(s, fx_buf_view(&exact)) == 0);
		/* A second time it stays. */
		MUST(fx_num_canon(&jcs, fx_buf_view(&exact), true) == 0);
		MUST(fx_str_eq(fx_buf_view(&jcs), fx_buf_view(&exact)));
		fx_buf_reset(&jcs);
	}
	if (fx_num_canon(&jcs, s, false) == 0) {
		char es6[FX_ES6_LEN];

		MUST(isfinite(d));
		MUST(fx_num_double(fx_buf_view(&jcs)) == d);
		fx_num_es6(d, es6);
		MUST(fx_str_is(fx_buf_view(&jcs), es6));
	}
	fx_buf_free(&exact);
	fx_buf_free(&jcs);
}

static double check_one(struct fx_str s)
{
	char *z = malloc(s.n + 1), *end;
	double want, got = fx_num_double(s);
	int64_t v;

	memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	want = strtod(z, &end);
	MUST(*end == '\0' && memcmp(&want, &got, sizeof(want)) == 0);
	if (!strpbrk(z, ".eE")) {
		long long w;

		errno = 0;
		w = strtoll(z, NULL, 10);
		MUST((fx_num_int64(s, &v) == 0) == (errno == 0));
		MUST(errno != 0 || v == w);
		MUST(fx_num_is_integer(s));
	} else if (fx_num_int64(s, &v) == 0) {
		char text[32];

		MUST(fx_num_is_integer(s));
		snprintf(text, sizeof(text), "%lld", (long long)v);
		MUST(fx_num_cmp(s, fx_str(text)) == 0);
	}
	check_canon(s, got);
	free(z);
	return got;
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

/* A number that int64 holds, divided by one that it holds: C's own remainder decides. */
static void check_multiple(struct fx_str a, struct fx_str b)
{
	int64_t v, w;

	if (fx_num_int64(a, &v) != 0 || fx_num_int64(b, &w) != 0 || w <= 0 ||
	    w > 999999999999999999)
		return;
	MUST(fx_num_multiple_of(a, b) == (v % w == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_str s = {(const char *)data, size}, a, b;
	size_t at = fx_str_find(s, ' ');
	double x, y;
	int c;

	a = (struct fx_str){s.p, at};
	if (!is_number(a))
		return 0;
	x = check_one(a);
	MUST(fx_num_cmp(a, a) == 0);
	if (at == size)
		return 0;
	b = (struct fx_str){s.p + at + 1, s.n - at - 1};
	if (!is_number(b))
		return 0;
	y = check_one(b);
	c = fx_num_cmp(a, b);
	MUST(sign(c) == -sign(fx_num_cmp(b, a)));
	/* Rounding keeps order. */
	MUST(x == y || sign(c) == (x > y) - (x < y));
	check_multiple(a, b);
	return 0;
}
