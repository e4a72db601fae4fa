/* size, the string tests, type, dyn. */
#include "rules/cel_fn.h"

#include <string.h>

cel_value cel_f_size(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	switch (a->kind) {
	case FX_CV_STRING:
		if (!cel_spend(cx, a->s.n / 64))
			return cel_limit(cx, FX_CEL_STEPS);
		return FX_CEL_INT((int64_t)cel_utf8_count(a->s));
	case FX_CV_BYTES:
		return FX_CEL_INT((int64_t)a->s.n);
	default:
		return FX_CEL_INT((int64_t)cel_count(a));
	}
}

const char *cel_find(struct cel_ctx *cx, struct fx_str s, struct fx_str what)
{
	const char *p = s.p, *end = s.p + s.n, *hit = NULL;
	size_t work = 0;

	if (what.n == 0)
		return s.p ? s.p : "";
	while (!hit && (size_t)(end - p) >= what.n && work / 64 < cx->steps) {
		const char *at = memchr(p, what.p[0], (size_t)(end - p) - what.n + 1);

		work += 8 + (size_t)((at ? at : end) - p);
		if (!at)
			break;
		if (memcmp(at, what.p, what.n) == 0)
			hit = at;
		else
			work += what.n;
		p = at + 1;
	}
	return cel_spend(cx, work / 64) ? hit : NULL;
}

cel_value cel_f_contains(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	return FX_CEL_BOOL(cel_find(cx, a[0].s, a[1].s) != NULL);
}

cel_value cel_f_starts(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return FX_CEL_BOOL(fx_str_starts(a[0].s, a[1].s));
}

cel_value cel_f_ends(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a[0].s, e = a[1].s;

	(void)cx;
	(void)n;
	return FX_CEL_BOOL(e.n <= s.n && fx_str_eq((struct fx_str){s.p + (s.n - e.n), e.n}, e));
}

cel_value cel_f_matches(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	const struct cel_regex *re = cx->aux;
	char msg[160];

	(void)n;
	if (!re) {
		if (!cel_spend(cx, 1000 + a[1].s.n * 16))
			return cel_limit(cx, FX_CEL_STEPS);
		re = cel_regex_compile(cx->a, a[1].s, msg, sizeof(msg));
		if (!re)
			return cel_err(FX_CEL_REGEX, fx_arena_fmt(cx->a, "%s", msg));
	}
	return cel_regex_match(cx, re, a[0].s);
}

cel_value cel_f_type(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return (cel_value){.kind = FX_CV_TYPE, .s = fx_cel_kind_name((enum fx_cel_kind)a->kind)};
}

cel_value cel_f_dyn(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)cx;
	(void)n;
	return *a;
}
