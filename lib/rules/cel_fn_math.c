/* The math extension (cel-go's ext/math). */
#include "rules/cel_fn.h"

#include <math.h>

/* Of the arguments, or of the elements of one list: the one at an end of the order. */
static cel_value extreme(struct cel_ctx *cx, const cel_value *a, size_t n, int want)
{
	cel_value best = {0}, v, list = {.kind = FX_CV_LIST, .seq = {a, n}};
	struct cel_iter it;

	if (n == 1 && a->kind == FX_CV_LIST)
		list = *a;
	cel_iter_start(&it, &list);
	while (cel_iter_next(cx, &it, NULL, &v)) {
		if (!cel_is_number(&v))
			return cel_no_overload(want > 0 ? "math.greatest" : "math.least", &v, NULL);
		if (best.kind == FX_CV_ERROR || cel_order(&v, &best) == want)
			best = v;
		if (!cel_spend(cx, 1))
			return cel_limit(cx, FX_CEL_STEPS);
	}
	return best.kind == FX_CV_ERROR ? cel_err(FX_CEL_ARGUMENT, FX_STR("an empty list")) : best;
}

cel_value cel_f_greatest(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	return extreme(cx, a, n, 1);
}

cel_value cel_f_least(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	return extreme(cx, a, n, -1);
}

#define ROUNDING(name, f)                                                                          \
	cel_value name(struct cel_ctx *cx, const cel_value *a, size_t n)                           \
	{                                                                                          \
		(void)cx;                                                                          \
		(void)n;                                                                           \
		return FX_CEL_DOUBLE(f(a->d));                                                     \
	}

ROUNDING(cel_f_ceil, ceil)
ROUNDING(cel_f_floor, floor)
ROUNDING(cel_f_round, round)
ROUNDING(cel_f_trunc, trunc)

#define TESTING(name, f)                                                                           \
	cel_value name(struct cel_ctx *cx, const cel_value *a, size_t n)                           \
	{                                                                                          \
		(void)cx;                                                                          \
		(void)n;                                                                           \
		return FX_CEL_BOOL(f(a->d) != 0);                                                  \
	}

TESTING(cel_f_is_nan, isnan)
TESTING(cel_f_is_inf, isinf)
TESTING(cel_f_is_finite, isfinite)

cel_value cel_f_sqrt(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return FX_CEL_DOUBLE(sqrt(a->kind == FX_CV_INT    ? (double)a->i
	                          : a->kind == FX_CV_UINT ? (double)a->u
	                                                  : a->d));
}

cel_value cel_f_abs(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	if (a->kind == FX_CV_INT)
		return a->i < 0 ? cel_negate(a) : *a;
	return a->kind == FX_CV_DOUBLE ? FX_CEL_DOUBLE(fabs(a->d)) : *a;
}

cel_value cel_f_sign(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	if (a->kind == FX_CV_INT)
		return FX_CEL_INT(a->i < 0 ? -1 : a->i > 0);
	if (a->kind == FX_CV_UINT)
		return FX_CEL_UINT(a->u > 0);
	return a->d < 0 ? FX_CEL_DOUBLE(-1) : a->d > 0 ? FX_CEL_DOUBLE(1) : *a;
}

/* The bits are the same for int and uint. */
static cel_value with_bits(const cel_value *like, uint64_t bits)
{
	cel_value v = *like;

	if (v.kind == FX_CV_INT)
		v.i = (int64_t)bits;
	else
		v.u = bits;
	return v;
}

static uint64_t bits_of(const cel_value *v)
{
	return v->kind == FX_CV_INT ? (uint64_t)v->i : v->u;
}

#define BITS(name, expr)                                                                           \
	cel_value name(struct cel_ctx *cx, const cel_value *a, size_t n)                           \
	{                                                                                          \
		(void)cx;                                                                          \
		(void)n;                                                                           \
		return with_bits(a, expr);                                                         \
	}

BITS(cel_f_bit_and, bits_of(a) & bits_of(a + 1))
BITS(cel_f_bit_or, bits_of(a) | bits_of(a + 1))
BITS(cel_f_bit_xor, bits_of(a) ^ bits_of(a + 1))
BITS(cel_f_bit_not, ~bits_of(a))

cel_value cel_f_shift_left(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	if (a[1].i < 0)
		return cel_err(FX_CEL_ARGUMENT, FX_STR("negative shift"));
	return with_bits(a, a[1].i > 63 ? 0 : bits_of(a) << a[1].i);
}

/* Logical, for int, too. */
cel_value cel_f_shift_right(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	if (a[1].i < 0)
		return cel_err(FX_CEL_ARGUMENT, FX_STR("negative shift"));
	return with_bits(a, a[1].i > 63 ? 0 : bits_of(a) >> a[1].i);
}
