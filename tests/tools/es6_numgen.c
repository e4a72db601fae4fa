/*
 * es6_numgen N: the first N lines of the test file for ECMAScript numbers that RFC 8785
 * (appendix B) refers to: "IEEE bits in hexadecimal,number", written by fx_num_es6.  The
 * digests of 10^3 .. 10^8 lines are published with the file.
 *
 * The sequence: 168 chosen values, 2,000 from the smallest normal number up, then a
 * chain of SHA-256 digests read as little-endian doubles without 0, NaN and infinities.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "json/num.h"

struct list {
	double v[256];
	size_t n;
};

static double from_bits(uint64_t u)
{
	double d;

	memcpy(&d, &u, sizeof(d));
	return d;
}

static uint64_t to_bits(double d)
{
	uint64_t u;

	memcpy(&u, &d, sizeof(u));
	return u;
}

static double text(const char *fmt, int n)
{
	char s[64];

	snprintf(s, sizeof(s), fmt, n);
	return strtod(s, NULL);
}

static void add(struct list *l, double d)
{
	l->v[l->n++] = d;
}

/* d and its neighbours, by units in the last place of its absolute value. */
static void add_near(struct list *l, double d, int from, int to)
{
	for (int i = from; i <= to; i++)
		add(l, from_bits(to_bits(d) + (uint64_t)(int64_t)i));
}

/* A third of 10^22 .. 10^-27, some of them a little off. */
static void add_thirds(struct list *l, double sign)
{
	static const signed char off[50] = {
	    [2] = 1,  [3] = 1,  [4] = 1,  [5] = 2,  [6] = 1,  [7] = 1,   [8] = 3, [9] = 1,
	    [10] = 2, [11] = 2, [12] = 1, [13] = 1, [14] = 1, [18] = -1, [49] = 1};

	for (int i = 0; i < 50; i++) {
		double d = text("3.3333333333333333333333333333333333333333e%d", 21 - i);

		add(l, sign * from_bits(to_bits(d) + (uint64_t)(int64_t)off[i]));
	}
}

static void chosen(struct list *l)
{
	add(l, 0.0);
	add(l, -0.0);
	add(l, from_bits(1));
	add(l, -from_bits(1));
	add_thirds(l, -1);
	add_thirds(l, 1);
	add(l, 10);
	for (int i = 0; i < 10; i++)
		add(l, text("5e%d", -i));
	for (int i = 2; i < 16; i++) {
		char fives[40];

		snprintf(fives, sizeof(fives), "5.%0*de-6", i, 6);
		add(l, strtod(fives, NULL));
	}
	add(l, 5e-6);
	add(l, 1);
	add(l, -1);
	add_near(l, -1, -6, -5);
	add_near(l, 1, -6, -4);
	add_near(l, 1, -2, -2);
	for (int i = 0; i < 4; i++)
		add_near(l, i < 2 ? -1 : 1, -1, -1);
	add_near(l, 0.3, -1, 1);
	add(l, DBL_MIN);
	add_near(l, DBL_MIN, -3, -3);
	add_near(l, DBL_MIN, -1, -1);
	add(l, DBL_MAX);
	add(l, -DBL_MAX);
	add(l, 0x1p53);
	add(l, -0x1p53);
	add(l, 0x1p68);
	add_near(l, 1e23, -1, 1);
	add_near(l, 1e21, -2, 0);
	add_near(l, 1e-6, -1, 0);
	add_near(l, 333333333.3333333, -2, 2);
	add(l, -3.3333333333333333e-6);
	add(l, 1424953923781206.2);
}

int main(int argc, char **argv)
{
	unsigned char block[FX_SHA256_LEN] = {0};
	long n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	size_t left = 0;
	struct list l = {.n = 0};

	if (n <= 0) {
		fprintf(stderr, "usage: es6_numgen N\n");
		return 2;
	}
	chosen(&l);
	for (long i = 0; i < n; i++) {
		char out[FX_ES6_LEN];
		double d = 0;

		if (i < (long)l.n) {
			d = l.v[i];
		} else if (i < (long)l.n + 2000) {
			d = from_bits(to_bits(DBL_MIN) + (uint64_t)(i - (long)l.n));
		} else {
			while (d == 0 || !isfinite(d)) {
				uint64_t u = 0;

				if (left == 0) {
					fx_sha256((struct fx_str){(char *)block, sizeof(block)},
					          block);
					left = 4;
				}
				for (size_t k = 8; k-- > 0;)
					u = u << 8 | block[(4 - left) * 8 + k];
				left--;
				d = from_bits(u);
			}
		}
		fx_num_es6(d, out);
		printf("%llx,%s\n", (unsigned long long)to_bits(d), out);
	}
	return fflush(stdout) == 0 ? 0 : 2;
}
