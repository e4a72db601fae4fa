/* The strings extension (cel-go's ext/strings); positions count code points. */
#include "rules/cel_fn.h"

#include <string.h>

void cel_out_add(struct cel_out *o, const char *p, size_t n)
{
	if (o->full)
		return;
	if (n > o->cap - o->n) {
		size_t cap = o->cap * 2 > o->n + n + 64 ? o->cap * 2 : o->n + n + 64;
		char *more = cel_spend(o->cx, cap / 64) ? cel_alloc(o->cx, cap) : NULL;

		if (!more) {
			o->full = true;
			return;
		}
		if (o->n)
			memcpy(more, o->p, o->n);
		o->p = more;
		o->cap = cap;
	}
	if (n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

cel_value cel_out_value(const struct cel_out *o)
{
	if (o->full)
		return cel_limit(o->cx, FX_CEL_SIZE); /* keeps the first reason */
	return FX_CEL_STRING(((struct fx_str){o->n ? o->p : "", o->n}));
}

/* Byte offset of code point k in s (k == its count: the end); s.n + 1 when out of range. */
static size_t offset(struct fx_str s, int64_t k)
{
	size_t at = 0;

	if (k < 0)
		return s.n + 1;
	for (; k && at < s.n; k--)
		at += cel_utf8_len(s.p + at, s.p + s.n);
	return k ? s.n + 1 : at;
}

static cel_value out_of_range(struct cel_ctx *cx, int64_t k)
{
	return cel_err(FX_CEL_INDEX, fx_arena_fmt(cx->a, "index out of range: %lld", (long long)k));
}

static bool cost(struct cel_ctx *cx, const cel_value *a, cel_value *why)
{
	if (cel_spend(cx, a->s.n / 16))
		return true;
	*why = cel_limit(cx, FX_CEL_STEPS);
	return false;
}

cel_value cel_f_char_at(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s;
	cel_value why;
	size_t at;

	(void)n;
	if (!cost(cx, a, &why))
		return why;
	at = offset(s, a[1].i);
	if (at > s.n)
		return out_of_range(cx, a[1].i);
	return FX_CEL_STRING(
	    ((struct fx_str){s.p + at, at < s.n ? cel_utf8_len(s.p + at, s.p + s.n) : 0}));
}

cel_value cel_f_index_of(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s, rest;
	cel_value why;
	const char *hit;
	size_t from;

	if (!cost(cx, a, &why))
		return why;
	from = n > 2 ? offset(s, a[2].i) : 0;
	if (from > s.n)
		return out_of_range(cx, a[2].i);
	rest = (struct fx_str){s.p + from, s.n - from};
	hit = cel_find(cx, rest, a[1].s);
	if (!hit)
		return FX_CEL_INT(-1);
	if (a[1].s.n == 0)
		return FX_CEL_INT(n > 2 ? a[2].i : 0);
	return FX_CEL_INT((int64_t)cel_utf8_count((struct fx_str){s.p, (size_t)(hit - s.p)}));
}

cel_value cel_f_last_index_of(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s, what = a[1].s;
	size_t from = s.n;
	cel_value why;

	if (!cost(cx, a, &why))
		return why;
	if (n > 2) {
		from = offset(s, a[2].i);
		if (from > s.n)
			return out_of_range(cx, a[2].i);
	}
	if (what.n > s.n)
		return FX_CEL_INT(-1);
	if (from > s.n - what.n)
		from = s.n - what.n;
	for (size_t i = from + 1; i-- > 0;) {
		if (what.n == 0 || memcmp(s.p + i, what.p, what.n) == 0)
			return FX_CEL_INT((int64_t)cel_utf8_count((struct fx_str){s.p, i}));
		if (!cel_spend(cx, 1 + what.n / 64))
			return cel_limit(cx, FX_CEL_STEPS);
	}
	return FX_CEL_INT(-1);
}

static cel_value ascii_case(struct cel_ctx *cx, const cel_value *a, char first, char last)
{
	cel_value v =
	    cel_spend(cx, a->s.n / 16) ? cel_text(cx, a->s.p, a->s.n) : cel_limit(cx, FX_CEL_STEPS);
	char *p;

	if (v.kind == FX_CV_ERROR)
		return v;
	p = (char *)v.s.p; /* cel_text's fresh copy */
	for (size_t i = 0; i < v.s.n; i++)
		if (p[i] >= first && p[i] <= last)
			p[i] ^= 0x20;
	return v;
}

cel_value cel_f_lower_ascii(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	return ascii_case(cx, a, 'A', 'Z');
}

cel_value cel_f_upper_ascii(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	return ascii_case(cx, a, 'a', 'z');
}

cel_value cel_f_replace(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s, old = a[1].s;
	int64_t left = n > 3 && a[3].i >= 0 ? a[3].i : INT64_MAX;
	struct cel_out o = {.cx = cx};

	while (left-- > 0) {
		const char *hit;
		size_t skip;

		if (old.n == 0) { /* before every character and at the end */
			size_t one = s.n ? cel_utf8_len(s.p, s.p + s.n) : 0;

			cel_out_add(&o, a[2].s.p, a[2].s.n);
			cel_out_add(&o, s.p, one);
			if (!s.n || o.full)
				break;
			s = (struct fx_str){s.p + one, s.n - one};
			continue;
		}
		hit = cel_find(cx, s, old);
		if (!hit || o.full || !cel_spend(cx, 1))
			break;
		skip = (size_t)(hit - s.p);
		cel_out_add(&o, s.p, skip);
		cel_out_add(&o, a[2].s.p, a[2].s.n);
		s = (struct fx_str){hit + old.n, s.n - skip - old.n};
	}
	cel_out_add(&o, s.p, s.n);
	return cel_out_value(&o);
}

/* The next part of *s up to sep, cut off; with the last, false. */
static bool cut(struct cel_ctx *cx, struct fx_str *s, struct fx_str sep, struct fx_str *part)
{
	const char *hit;

	if (sep.n == 0) {
		size_t one = s->n ? cel_utf8_len(s->p, s->p + s->n) : 0;

		*part = (struct fx_str){s->p, one};
		*s = (struct fx_str){s->p + one, s->n - one};
		return s->n > 0;
	}
	hit = cel_find(cx, *s, sep);
	if (!hit) {
		*part = *s;
		return false;
	}
	*part = (struct fx_str){s->p, (size_t)(hit - s->p)};
	*s = (struct fx_str){hit + sep.n, s->n - part->n - sep.n};
	return true;
}

cel_value cel_f_split(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s, part;
	int64_t limit = n > 2 && a[2].i >= 0 ? a[2].i : INT64_MAX;
	cel_value *v = NULL;
	size_t k = 0, cap = 0;
	bool more = !(a[1].s.n == 0 && s.n == 0) && limit > 0;

	while (more && cel_spend(cx, 1)) {
		if (k == cap) {
			cel_value *grown = cel_alloc(cx, (cap ? cap * 2 : 8) * sizeof(*v));

			if (!grown)
				break;
			if (k)
				memcpy(grown, v, k * sizeof(*v));
			v = grown;
			cap = cap ? cap * 2 : 8;
		}
		if (--limit == 0) {
			part = s;
			more = false;
		} else {
			more = cut(cx, &s, a[1].s, &part);
		}
		v[k++] = FX_CEL_STRING(part);
	}
	return (cel_value){.kind = FX_CV_LIST, .seq = {v, k}};
}

cel_value cel_f_substring(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct fx_str s = a->s;
	size_t from, to;
	cel_value why;

	if (!cost(cx, a, &why))
		return why;
	from = offset(s, a[1].i);
	to = n > 2 ? offset(s, a[2].i) : s.n;
	if (from > s.n)
		return out_of_range(cx, a[1].i);
	if (to > s.n)
		return out_of_range(cx, a[2].i);
	if (from > to)
		return cel_err(FX_CEL_INDEX, FX_STR("substring ends before it starts"));
	return FX_CEL_STRING(((struct fx_str){s.p + from, to - from}));
}

static bool is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

cel_value cel_f_trim(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	const char *p = a->s.p, *end = p + a->s.n, *last;
	size_t len;
	cel_value why;

	(void)n;
	if (!cost(cx, a, &why))
		return why;
	while (p < end && is_space(cel_utf8_get(p, end, &len)))
		p += len;
	last = p;
	for (const char *q = p; q < end; q += len)
		if (!is_space(cel_utf8_get(q, end, &len)))
			last = q + len;
	return FX_CEL_STRING(((struct fx_str){p, (size_t)(last - p)}));
}

cel_value cel_f_reverse(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	cel_value v =
	    cel_spend(cx, a->s.n / 16) ? cel_text(cx, a->s.p, a->s.n) : cel_limit(cx, FX_CEL_STEPS);
	char *to;
	size_t len;

	(void)n;
	if (v.kind == FX_CV_ERROR)
		return v;
	to = (char *)v.s.p + v.s.n;
	for (const char *p = a->s.p, *end = p + a->s.n; p < end; p += len) {
		len = cel_utf8_len(p, end);
		to -= len;
		memcpy(to, p, len);
	}
	return v;
}

cel_value cel_f_join(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	struct cel_out o = {.cx = cx};
	struct cel_iter it;
	bool first = true;
	cel_value v;

	cel_iter_start(&it, a);
	while (cel_iter_next(cx, &it, NULL, &v)) {
		if (v.kind != FX_CV_STRING)
			return cel_no_overload("join", &v, NULL);
		if (!cel_spend(cx, 1))
			return cel_limit(cx, FX_CEL_STEPS);
		if (!first && n > 1)
			cel_out_add(&o, a[1].s.p, a[1].s.n);
		cel_out_add(&o, v.s.p, v.s.n);
		first = false;
	}
	return cel_out_value(&o);
}

cel_value cel_f_quote(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	static const char plain[] = "\a\b\f\n\r\t\v\\\"", name[] = "abfnrtv\\\"";
	struct cel_out o = {.cx = cx};

	(void)n;
	cel_out_add(&o, "\"", 1);
	for (size_t i = 0; i < a->s.n; i++) {
		const char *hit = a->s.p[i] ? strchr(plain, a->s.p[i]) : NULL;
		char esc[2] = {'\\', hit ? name[hit - plain] : 0};

		cel_out_add(&o, hit ? esc : a->s.p + i, hit ? 2 : 1);
	}
	cel_out_add(&o, "\"", 1);
	return cel_out_value(&o);
}
