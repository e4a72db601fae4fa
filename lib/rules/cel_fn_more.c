/* The optional values and the encoders extensions. */
#include "rules/cel_fn.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

static const cel_value none = {.kind = FX_CV_OPTIONAL, .opt = NULL};

cel_value cel_f_opt_none(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)a;
	(void)n;
	return none;
}

cel_value cel_f_opt_of(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	return cel_optional(cx, *a);
}

static bool is_zero(const cel_value *v)
{
	switch (v->kind) {
	case FX_CV_NULL:
		return true;
	case FX_CV_BOOL:
		return !v->b;
	case FX_CV_INT:
	case FX_CV_UINT:
	case FX_CV_DURATION:
		return v->u == 0;
	case FX_CV_DOUBLE:
		return v->d == 0;
	case FX_CV_STRING:
	case FX_CV_BYTES:
		return v->s.n == 0;
	case FX_CV_LIST:
	case FX_CV_MAP:
		return cel_count(v) == 0;
	case FX_CV_TIMESTAMP:
		return v->i == 0 && v->ns == 0;
	default:
		return false;
	}
}

cel_value cel_f_opt_of_non_zero(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	return is_zero(a) ? none : cel_optional(cx, *a);
}

cel_value cel_f_opt_has_value(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return FX_CEL_BOOL(a->opt != NULL);
}

cel_value cel_f_opt_value(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return a->opt ? *a->opt : cel_err(FX_CEL_NO_VALUE, (struct fx_str){NULL, 0});
}

cel_value cel_f_opt_or(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return a->opt ? a[0] : a[1];
}

cel_value cel_f_opt_or_value(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return a->opt ? *a->opt : a[1];
}

cel_value cel_f_base64_encode(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_buf b = {0};
	cel_value v;

	(void)n;
	if (a->s.n > CEL_MEMORY || !cel_spend(cx, a->s.n / 16))
		return cel_limit(cx, FX_CEL_SIZE);
	fx_base64_add(&b, (const unsigned char *)a->s.p, a->s.n);
	v = cel_text(cx, b.p, b.n);
	fx_buf_free(&b);
	return v;
}

/* With its padding or without. */
cel_value cel_f_base64_decode(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s;
	unsigned char *out;
	char *text;
	size_t pad = (4 - s.n % 4) % 4;
	long len;

	(void)n;
	if (!cel_spend(cx, s.n / 16))
		return cel_limit(cx, FX_CEL_STEPS);
	out = cel_alloc(cx, s.n + 8);
	text = cel_alloc(cx, s.n + 4);
	if (!out || !text)
		return cel_limit(cx, FX_CEL_SIZE);
	if (s.n)
		memcpy(text, s.p, s.n);
	memset(text + s.n, '=', pad);
	len = fx_base64_decode(out, (struct fx_str){text, s.n + pad});
	if (len < 0)
		return cel_err(FX_CEL_CONVERT, FX_STR("base64 to bytes"));
	return (cel_value){.kind = FX_CV_BYTES, .s = {(char *)out, (size_t)len}};
}
