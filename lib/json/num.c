#include "json/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Exponents up to EXP_MAX are read, larger ones taken as EXP_FAR: no text is long
 * enough for its digits to make up the difference.
 */
#define EXP_MAX 999999999999999999
#define EXP_FAR (2 * EXP_MAX)

/* Decimal digits that a double always keeps (DBL_DIG). */
#define DOUBLE_KEEPS 15

/*
 * (-1)^minus * 0.d1 d2 ... dn * 10^exp, where neither d1 nor dn is 0; zero has
 * n 0.  The digits lie in the text, perhaps with the point among them.
 */
struct decimal {
	bool minus;
	const char *p; /* at d1 */
	size_t point;  /* index in p of the point, SIZE_MAX when it is not among the digits */
	size_t n;
	int64_t exp;
	struct fx_str exp_text; /* digits of an exponent that was cut, else empty */
};

static inline int digit(const struct decimal *d, size_t i)
{
	return d->p[i + (i >= d->point)] - '0';
}

/* The exponent behind the e; cut and kept as text in d when it is absurd. */
static int64_t read_exp(struct decimal *d, const char *p, const char *end)
{
	bool minus = *p == '-';
	int64_t v = 0;

	p += *p == '-' || *p == '+';
	while (p < end && *p == '0')
		p++;
	if (end - p > 18) {
		d->exp_text = (struct fx_str){p, (size_t)(end - p)};
		v = EXP_FAR;
	} else {
		for (; p < end; p++)
			v = v * 10 + (*p - '0');
	}
	return minus ? -v : v;
}

static struct decimal decimal(struct fx_str s)
{
	const char *p = s.p, *end = s.p + s.n, *stop, *point = NULL, *first = NULL, *last = NULL;
	struct decimal d = {.point = SIZE_MAX};

	d.minus = *p == '-';
	p += d.minus;
	for (stop = p; stop < end && (*stop | 0x20) != 'e'; stop++) {
		if (*stop == '.') {
			point = stop;
		} else if (*stop != '0') {
			first = first ? first : stop;
			last = stop;
		}
	}
	if (!first) {
		d.minus = false;
		return d;
	}
	if (stop < end)
		d.exp = read_exp(&d, stop + 1, end);
	d.p = first;
	d.n = (size_t)(last - first) + 1;
	if (!point)
		point = stop;
	else if (first < point && point < last) {
		d.point = (size_t)(point - first);
		d.n--;
	}
	/* Digits before the point count up, zeros behind it down. */
	d.exp += first < point ? point - first : point - first + 1;
	return d;
}

/* Order of the absolute values. */
static int cmp_abs(const struct decimal *a, const struct decimal *b)
{
	size_t n = a->n < b->n ? a->n : b->n;

	if (a->exp_text.n && b->exp_text.n && (a->exp > 0) == (b->exp > 0)) {
		int sign = a->exp > 0 ? 1 : -1, c;

		if (a->exp_text.n != b->exp_text.n)
			return a->exp_text.n < b->exp_text.n ? -sign : sign;
		c = memcmp(a->exp_text.p, b->exp_text.p, a->exp_text.n);
		if (c != 0)
			return c < 0 ? -sign : sign;
	}
	if (a->exp != b->exp)
		return a->exp < b->exp ? -1 : 1;
	for (size_t i = 0; i < n; i++)
		if (digit(a, i) != digit(b, i))
			return digit(a, i) - digit(b, i);
	return a->n < b->n ? -1 : a->n > b->n;
}

int fx_num_cmp(struct fx_str sa, struct fx_str sb)
{
	struct decimal a = decimal(sa), b = decimal(sb);

	if (a.n == 0 || b.n == 0)
		return a.n ? (a.minus ? -1 : 1) : b.n ? (b.minus ? 1 : -1) : 0;
	if (a.minus != b.minus)
		return a.minus ? -1 : 1;
	return a.minus ? cmp_abs(&b, &a) : cmp_abs(&a, &b);
}

static bool is_integer(const struct decimal *d)
{
	return d->n == 0 || d->exp >= (int64_t)d->n;
}

bool fx_num_is_integer(struct fx_str s)
{
	struct decimal d = decimal(s);

	return is_integer(&d);
}

__extension__ typedef unsigned __int128 u128;

static uint64_t pow10_mod(uint64_t e, uint64_t mod)
{
	uint64_t base = 10 % mod, out = 1 % mod;

	for (; e > 0; e >>= 1) {
		if (e & 1)
			out = (uint64_t)((u128)out * base % mod);
		base = (uint64_t)((u128)base * base % mod);
	}
	return out;
}

int fx_num_multiple_of(struct fx_str sa, struct fx_str sb)
{
	struct decimal a = decimal(sa), b = decimal(sb);
	uint64_t divisor = 0, rest = 0;
	int64_t shift;

	if (b.n == 0 || b.minus || b.n > 18)
		return -1;
	if (a.n == 0)
		return 1;
	/* As integers A * 10^x and B * 10^y, neither ending in 0: no multiple when x < y. */
	shift = (a.exp - (int64_t)a.n) - (b.exp - (int64_t)b.n);
	if (shift < 0)
		return 0;
	for (size_t i = 0; i < b.n; i++)
		divisor = divisor * 10 + (uint64_t)digit(&b, i);
	for (size_t i = 0; i < a.n; i++)
		rest = (rest * 10 + (uint64_t)digit(&a, i)) % divisor;
	return (u128)rest * pow10_mod((uint64_t)shift, divisor) % divisor == 0;
}

int fx_num_int64(struct fx_str s, int64_t *out)
{
	struct decimal d = decimal(s);
	uint64_t v = 0, max = (uint64_t)INT64_MAX + d.minus;

	if (!is_integer(&d) || d.exp > 19)
		return -1;
	for (int64_t i = 0; i < d.exp && d.n > 0; i++) {
		uint64_t k = i < (int64_t)d.n ? (uint64_t)digit(&d, (size_t)i) : 0;

		if (v > (max - k) / 10)
			return -1;
		v = v * 10 + k;
	}
	*out = d.minus ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

/* What is left of 16 digits or more: strtod rounds right, given a text of bounded length. */
static double long_double_text(const struct decimal *d)
{
	/* No double's exact value, nor a half-way point, has more digits than these; then one
	 * digit that is not 0 stands for the rest. */
	enum { KEPT = 800 };
	char text[KEPT + 32];
	size_t n = 0, keep = d->n < KEPT ? d->n : KEPT;
	int64_t exp = d->exp < -100000 ? -100000 : d->exp > 100000 ? 100000 : d->exp;

	if (d->minus)
		text[n++] = '-';
	for (size_t i = 0; i < keep; i++)
		text[n++] = (char)('0' + digit(d, i));
	if (keep < d->n)
		text[n++] = '1';
	snprintf(text + n, sizeof(text) - n, "e%lld",
	         (long long)exp - (long long)(n - (size_t)d->minus));
	return strtod(text, NULL);
}

double fx_num_double(struct fx_str s)
{
	static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
	                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	struct decimal d = decimal(s);
	int64_t e = d.exp - (int64_t)d.n;
	int64_t v = 0;

	if (d.n > DOUBLE_KEEPS || e < -22 || e > 22) {
		if (d.n == 0)
			return s.p[0] == '-' ? -0.0 : 0.0;
		return long_double_text(&d);
	}
	/* Both are exact as doubles, so one operation rounds once (Clinger 1990). */
	for (size_t i = 0; i < d.n; i++)
		v = v * 10 + digit(&d, i);
	double x = e < 0 ? (double)v / ten[-e] : (double)v * ten[e];

	return s.p[0] == '-' ? -x : x;
}

/* Digits d1 .. dn and exponent (0.d1d2... * 10^exp) in ECMAScript's layout. */
static void layout(struct fx_buf *out, const char *digits, size_t n, int64_t exp)
{
	if (exp > 0 && exp <= 21) {
		size_t whole = (size_t)exp;

		fx_buf_add(out, digits, n < whole ? n : whole);
		for (size_t i = n; i < whole; i++)
			fx_buf_byte(out, '0');
		if (n > whole) {
			fx_buf_byte(out, '.');
			fx_buf_add(out, digits + whole, n - whole);
		}
		return;
	}
	if (exp <= 0 && exp > -6) {
		fx_buf_add(out, "0.000000", 2 + (size_t)-exp);
		fx_buf_add(out, digits, n);
		return;
	}
	fx_buf_add(out, digits, 1);
	if (n > 1) {
		fx_buf_byte(out, '.');
		fx_buf_add(out, digits + 1, n - 1);
	}
	fx_buf_fmt(out, "e%+lld", (long long)exp - 1);
}

/*
 * The shortest digits that read back as d > 0, of those the nearest to it; their
 * number, with trailing zeros taken off, and the exponent as layout wants it.
 */
static size_t shortest(double d, char digits[20], int64_t *exp)
{
	/* Below the normal range 15 digits say more than is there, so try fewer, too. */
	int precision = d < 0x1p-1022 ? 1 : DOUBLE_KEEPS;
	char text[40];

	for (;; precision++) {
		uint64_t v = 0;
		long e;
		size_t n;

		snprintf(text, sizeof(text), "%.*e", precision - 1, d);
		for (const char *p = text; *p != 'e'; p++)
			if (*p != '.')
				v = v * 10 + (uint64_t)(*p - '0');
		e = strtol(strchr(text, 'e') + 1, NULL, 10) - (precision - 1);
		/* At a power of two the nearest may read back as the lower neighbour while the
		 * next above is still d's. */
		for (uint64_t try = v; try <= v + 1; try++) {
			snprintf(text, sizeof(text), "%llue%ld", (unsigned long long)try, e);
			if (strtod(text, NULL) != d)
				continue;
			n = (size_t)(strchr(text, 'e') - text);
			*exp = (int64_t)n + e;
			while (n > 1 && text[n - 1] == '0')
				n--;
			memcpy(digits, text, n);
			return n;
		}
	}
}

size_t fx_num_es6(double d, char out[FX_ES6_LEN])
{
	struct fx_buf b = {.p = out, .cap = FX_ES6_LEN, .max = FX_ES6_LEN - 1};
	char digits[20];
	int64_t exp;
	size_t n;

	if (d == 0) {
		fx_buf_byte(&b, '0');
	} else {
		if (d < 0)
			fx_buf_byte(&b, '-');
		n = shortest(fabs(d), digits, &exp);
		layout(&b, digits, n, exp);
	}
	out[b.n] = '\0';
	return b.n;
}

/* The digits without the point among them, which is the usual case, or from a copy. */
static void layout_decimal(struct fx_buf *out, const struct decimal *d)
{
	char few[64], *all = NULL;
	const char *digits = d->p;

	if (d->point < d->n) {
		all = d->n <= sizeof(few) ? few : fx_alloc(d->n, 1);
		memcpy(all, d->p, d->point);
		memcpy(all + d->point, d->p + d->point + 1, d->n - d->point);
		digits = all;
	}
	if (d->minus)
		fx_buf_byte(out, '-');
	layout(out, digits, d->n, d->exp);
	if (all != few)
		free(all);
}

int fx_num_canon(struct fx_buf *out, struct fx_str s, bool exact)
{
	struct decimal d = decimal(s);
	char text[FX_ES6_LEN];
	double v;

	if (d.n == 0)
		return fx_buf_byte(out, '0');
	if (d.exp - 1 > EXP_MAX || d.exp - 1 < -EXP_MAX)
		return -1;
	/* 15 digits in the normal range come back from a double as they went in. */
	if (exact || (d.n <= DOUBLE_KEEPS && d.exp > -307 && d.exp < 308)) {
		layout_decimal(out, &d);
		return 0;
	}
	v = fx_num_double(s);
	if (isinf(v))
		return -1;
	return fx_buf_add(out, text, fx_num_es6(v, text));
}
