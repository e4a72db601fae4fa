/* Keywords that concern one value alone: of strings, of numbers, enum and const, uniqueItems. */
#include <string.h>

#include "contract/format.h"
#include "contract/run.h"

/* --- strings --- */

/* Characters: bytes that start one; an escape is one, a pair of surrogates too. */
static uint64_t length(struct run *r, uint32_t v)
{
	struct mark m = mark(r);
	struct fx_str s = text_of(r, v);
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	release(r, m);
	return n;
}

static bool check_length(struct run *r, const struct node *n, uint32_t v)
{
	const struct string_kw *k = n->string;
	size_t bytes = r->t->node[v].len;
	bool escaped = r->t->node[v].flags & FX_NODE_ESCAPED, ok = true;
	uint64_t len;

	/* the bytes settle most strings: a character is at most 4 of them, escaped 12 */
	if (bytes <= k->max && bytes / (escaped ? 12 : 4) >= k->min)
		return true;
	len = length(r, v);
	MUST(len >= k->min ||
	     fault_say(r, n, "minLength", v, "has %llu characters, wanted at least %llu",
	               (unsigned long long)len, (unsigned long long)k->min));
	MUST(len <= k->max ||
	     fault_say(r, n, "maxLength", v, "has %llu characters, wanted at most %llu",
	               (unsigned long long)len, (unsigned long long)k->max));
	return ok;
}

bool check_string(struct run *r, const struct node *n, uint32_t v)
{
	const struct string_kw *k = n->string;
	struct mark m;
	bool ok = true;

	if (k->min || k->max != UINT64_MAX)
		MUST(check_length(r, n, v));
	if (k->pattern) {
		int hit;

		m = mark(r);
		hit = regex_match(k->pattern, &r->k->match, text_of(r, v));
		release(r, m);
		r->over |= hit < 0;
		MUST(hit > 0 || fault_pattern(r, n, v, hit < 0));
	}
	if (k->format) {
		bool fits;

		m = mark(r);
		fits = k->format->test(text_of(r, v));
		release(r, m);
		MUST(fits || fault_bound(r, n, "format", v, k->format->wanted, NULL));
	}
	return ok;
}

/* --- numbers --- */

static int compare(struct fx_str text, bool small, int64_t i, const struct bound *b)
{
	if (small && b->small)
		return i < b->i ? -1 : i > b->i;
	return fx_num_cmp(text, b->text);
}

bool check_number(struct run *r, const struct node *n, uint32_t v)
{
	const struct number_kw *k = n->number;
	struct fx_str text = raw_of(r, v);
	bool ok = true, small;
	int64_t i = 0;

	if (n->whole && !(r->t->node[v].flags & FX_NODE_INTEGER) && !fx_num_is_integer(text))
		return fault_type(r, n, v);
	if (!k)
		return true;
	small = fx_num_int64(text, &i) == 0;
	MUST(!k->min.text.p || compare(text, small, i, &k->min) >= 0 ||
	     fault_bound(r, n, "minimum", v, "at least", &k->min));
	MUST(!k->max.text.p || compare(text, small, i, &k->max) <= 0 ||
	     fault_bound(r, n, "maximum", v, "at most", &k->max));
	MUST(!k->above.text.p || compare(text, small, i, &k->above) > 0 ||
	     fault_bound(r, n, "exclusiveMinimum", v, "more than", &k->above));
	MUST(!k->below.text.p || compare(text, small, i, &k->below) < 0 ||
	     fault_bound(r, n, "exclusiveMaximum", v, "less than", &k->below));
	MUST(!k->multiple.text.p || fx_num_multiple_of(text, k->multiple.text) > 0 ||
	     fault_bound(r, n, "multipleOf", v, "a multiple of", &k->multiple));
	return ok;
}

/* --- enum and const --- */

static bool among(struct run *r, const struct equal_kw *e, uint32_t v)
{
	const struct fx_tape *c = &e->tape;
	struct fx_str s;
	bool hit = false;

	if (fx_tape_type(r->t, v) == FX_STRING) {
		struct mark m = mark(r);

		s = text_of(r, v);
		hit = names_find(&e->strings, s, limit_of(r, v, s));
		release(r, m);
		return hit;
	}
	for (uint32_t i = 1; e->others && !hit && i < c->n; i = fx_tape_next(c, i))
		hit = c->node[i].type == r->t->node[v].type &&
		      fx_same_value(&r->k->canon, r->t, v, c, i, NULL, 0);
	return hit;
}

bool check_equal(struct run *r, const struct node *n, uint32_t v)
{
	bool ok = true;

	for (const struct equal_kw *e = n->equal; e; e = e->next)
		MUST(among(r, e, v) || fault_equal(r, n, e, v));
	return ok;
}

/* --- uniqueItems --- */

/* The canonical form of each element, in a table: equal values have equal text. */
struct element {
	size_t off, len;
	uint64_t hash;
};

bool check_unique(struct run *r, const struct node *n, uint32_t v)
{
	const struct fx_node *node = r->t->node;
	struct fx_buf *b = &r->k->buf;
	struct mark m = mark(r);
	size_t count = node[v].count, slots = 4, k = 0;
	struct element *e;
	uint32_t *slot;
	bool ok = true;

	if (count < 2)
		return true;
	while (slots < count * 2)
		slots *= 2;
	e = fx_arena_alloc(&r->k->scratch, count * sizeof(*e));
	slot = fx_arena_zalloc(&r->k->scratch, slots * sizeof(*slot));
	fx_buf_reset(b);
	b->max = FX_LINE_MAX * 8;
	for (uint32_t i = v + 1; ok && i < node[v].next; i = node[i].next, k++) {
		size_t at;

		e[k].off = b->n;
		if (fx_canon(&r->k->canon, b, r->t, i, NULL, 0, FX_CANON_EXACT, NULL) < 0) {
			b->n = e[k].off;
			fx_buf_str(b, fx_tape_raw(r->t, i));
		}
		e[k].len = b->n - e[k].off;
		e[k].hash = fx_str_hash((struct fx_str){b->p + e[k].off, e[k].len});
		for (at = e[k].hash & (slots - 1); ok && slot[at]; at = (at + 1) & (slots - 1)) {
			const struct element *o = &e[slot[at] - 1];

			/* elements made to collide must not cost their square */
			if (r->steps == 0)
				return fault_over(r, n, v);
			r->steps--;
			if (o->hash == e[k].hash && o->len == e[k].len &&
			    memcmp(b->p + o->off, b->p + e[k].off, o->len) == 0)
				ok = fault_say(r, n, "uniqueItems", i,
				               "is the same as element %u, wanted each only once",
				               slot[at] - 1);
		}
		slot[at] = (uint32_t)k + 1;
	}
	release(r, m);
	return ok;
}
