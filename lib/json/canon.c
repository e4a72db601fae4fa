#include "json/canon.h"

#include <stdlib.h>
#include <string.h>

#include "json/escape.h"
#include "json/num.h"
#include "json/shape.h"
#include "json/sort.h"
#include "json/write.h"

/* An array or object being written. */
struct frame {
	uint32_t node;
	uint32_t next;    /* array: the element to come */
	size_t base, end; /* object: its names in c->names */
	size_t at;        /* object: the name to come */
};

/*
 * UTF-16 code units sort as UTF-8 does, but that surrogates (4 bytes in UTF-8: F0
 * to F4) come before U+E000 to U+FFFF (EE and EF).  Where two strings part, only
 * leading bytes can be of those two kinds.
 */
static int weight(int c)
{
	return c >= 0xf0 ? c - 2 : c >= 0xee ? c + 5 : c;
}

static int utf16_cmp(const struct fx_tape *t, uint32_t a, uint32_t b)
{
	const struct fx_node *x = &t->node[a], *y = &t->node[b];

	if (!((x->flags | y->flags) & FX_NODE_ESCAPED)) {
		const unsigned char *p = (const unsigned char *)t->text + x->off;
		const unsigned char *q = (const unsigned char *)t->text + y->off;
		uint32_t n = x->len < y->len ? x->len : y->len, i = 0;

		while (i < n && p[i] == q[i])
			i++;
		return weight(i < x->len ? p[i] : -1) - weight(i < y->len ? q[i] : -1);
	}
	struct fx_unquote u = fx_unquote(t->text + x->off, x->len);
	struct fx_unquote v = fx_unquote(t->text + y->off, y->len);

	for (;;) {
		int c = fx_unquote_next(&u), d = fx_unquote_next(&v);

		if (c != d)
			return weight(c) - weight(d);
		if (c < 0)
			return 0;
	}
}

static bool is_skipped(const struct fx_tape *t, uint32_t name, const struct fx_str *skip, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (fx_tape_str_eq(t, name, skip[k]))
			return true;
	return false;
}

/* The n names from `name` on, which may be overwritten, sorted into v but for those in skip. */
static uint32_t sort_names(const struct fx_tape *t, uint32_t obj, uint32_t *v, uint32_t *name,
                           uint32_t n, const struct fx_str *skip, size_t nskip)
{
	const unsigned char *order = fx_shape_order(t, obj);
	uint64_t lens = 0; /* a bit for each length in skip: few names need a closer look */
	uint32_t kept = 0;

	if (!order) {
		name = fx_sort_names(t, name, v, n, utf16_cmp);
		fx_shape_learn(t, obj, name, n);
	}
	if (order && nskip == 0) {
		for (uint32_t k = 0; k < n; k++)
			v[k] = name[order[k]];
		return n;
	}
	for (size_t k = 0; k < nskip; k++)
		lens |= UINT64_C(1) << skip[k].n % 64;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = name[order ? order[k] : k];

		if (!(lens >> t->node[i].len % 64 & 1 || t->node[i].flags & FX_NODE_ESCAPED) ||
		    !is_skipped(t, i, skip, nskip))
			v[kept++] = i;
	}
	return kept;
}

/* An object's names, sorted, come on top of c->names, at base. */
static struct frame open_frame(struct fx_canon *c, const struct fx_tape *t, uint32_t i, size_t base,
                               const struct fx_str *skip, size_t nskip)
{
	struct frame f = {.node = i, .next = i + 1, .at = base, .end = base, .base = base};
	uint32_t count = t->node[i].count, n = 0, *v;

	if (fx_tape_type(t, i) == FX_ARRAY || count == 0)
		return f;
	if (c->cap < base + 2 * (size_t)count) {
		c->cap = 2 * (base + 2 * (size_t)count);
		c->names = fx_realloc(c->names, c->cap, sizeof(*c->names));
	}
	v = c->names + base;
	for (uint32_t k = i + 1; k < t->node[i].next; k = t->node[k + 1].next)
		v[count + n++] = k;
	f.end = base + sort_names(t, i, v, v + count, n, skip, nskip);
	return f;
}

static void write_string(struct fx_buf *out, const struct fx_tape *t, uint32_t i)
{
	const struct fx_node *n = &t->node[i];
	const char *p = t->text + n->off, *end = p + n->len;

	if (!(n->flags & FX_NODE_ESCAPED)) {
		/* What the tape lets stand unescaped needs no escape here either. */
		fx_buf_str(out, fx_tape_raw(t, i));
		return;
	}
	fx_buf_byte(out, '"');
	while (p < end) {
		const char *esc = memchr(p, '\\', (size_t)(end - p));
		char utf8[4];

		fx_buf_add(out, p, (size_t)((esc ? esc : end) - p));
		if (!esc)
			break;
		p = esc;
		fx_json_escaped(out, (struct fx_str){utf8, fx_unescape(&p, utf8)});
	}
	fx_buf_byte(out, '"');
}

static int write_scalar(struct fx_buf *out, const struct fx_tape *t, uint32_t i,
                        enum fx_canon_mode mode, struct fx_err *err)
{
	struct fx_str raw = fx_tape_raw(t, i);

	if (fx_tape_type(t, i) == FX_STRING) {
		write_string(out, t, i);
	} else if (fx_tape_type(t, i) != FX_NUMBER) {
		fx_buf_str(out, raw);
	} else if (fx_num_canon(out, raw, mode == FX_CANON_EXACT) != 0 && !out->over) {
		fx_fail(err, FX_EDATA, "the number %.*s has no canonical form",
		        (int)(raw.n < 40 ? raw.n : 40), raw.p);
		if (err)
			err->byte = t->node[i].off;
		return -1;
	}
	return 0;
}

static bool is_container(const struct fx_tape *t, uint32_t i)
{
	return t->node[i].type >= FX_ARRAY;
}

/* fx_buf_str for what mostly is short: with room on both sides, a few fixed moves and no call. */
static inline void add_short(struct fx_buf *out, struct fx_str s, const char *end)
{
	if (s.n > 64 || end - s.p < 64 || out->cap - out->n < 64 || out->over) {
		fx_buf_str(out, s);
		return;
	}
	memcpy(out->p + out->n, s.p, 32);
	if (s.n > 32)
		memcpy(out->p + out->n + 32, s.p + 32, 32);
	out->n += s.n;
}

/* Members up to the next that cannot be written as it stands: its value, or FX_NONE. */
static uint32_t next_member(const struct fx_canon *c, struct frame *f, struct fx_buf *out,
                            const struct fx_tape *t)
{
	const char *text = t->text, *end = text + t->node[0].off + t->node[0].len;

	while (f->at < f->end) {
		uint32_t i = c->names[f->at];
		const struct fx_node *name = &t->node[i], *value = name + 1;
		uint32_t quoted = value->type == FX_STRING;
		uint32_t from = name->off - 1, to = value->off + value->len + quoted;
		bool comma = f->at++ > f->base;

		/* with the comma that stands before it in the text */
		if (comma && text[from - 1] == ',')
			from--;
		else if (comma)
			fx_buf_byte(out, ',');
		if (name->flags & FX_NODE_ESCAPED || !(value->flags & FX_NODE_PLAIN) ||
		    value->off - quoted != name->off + name->len + 2) {
			if (text[from] == ',')
				fx_buf_byte(out, ',');
			write_string(out, t, i);
			fx_buf_byte(out, ':');
			return i + 1;
		}
		add_short(out, (struct fx_str){text + from, to - from}, end);
	}
	return FX_NONE;
}

/* The value that comes next in the frame, or FX_NONE; writes what stands before it. */
static uint32_t next_value(const struct fx_canon *c, struct frame *f, struct fx_buf *out,
                           const struct fx_tape *t)
{
	uint32_t i;

	if (fx_tape_type(t, f->node) == FX_OBJECT)
		return next_member(c, f, out, t);
	i = f->next;
	if (i == t->node[f->node].next)
		return FX_NONE;
	if (i > f->node + 1)
		fx_buf_byte(out, ',');
	f->next = t->node[i].next;
	return i;
}

int fx_canon(struct fx_canon *c, struct fx_buf *out, const struct fx_tape *t, uint32_t i,
             const struct fx_str *skip, size_t nskip, enum fx_canon_mode mode, struct fx_err *err)
{
	struct frame stack[FX_DEPTH], *top = stack; /* top: above the innermost */

	for (;;) {
		if (is_container(t, i)) {
			*top = open_frame(c, t, i, top > stack ? top[-1].end : 0, skip, nskip);
			top++;
			nskip = 0;
			fx_buf_byte(out, t->text[t->node[i].off]);
		} else if (write_scalar(out, t, i, mode, err) != 0) {
			return -1;
		}
		for (;;) {
			if (top == stack)
				return out->over
				           ? fx_fail(err, FX_ELIMIT, "canonical form too large")
				           : 0;
			i = next_value(c, &top[-1], out, t);
			if (i != FX_NONE)
				break;
			top--;
			fx_buf_byte(out, fx_tape_type(t, top->node) == FX_OBJECT ? '}' : ']');
		}
	}
}

bool fx_same_value(struct fx_canon *c, const struct fx_tape *ta, uint32_t a,
                   const struct fx_tape *tb, uint32_t b, const struct fx_str *skip, size_t nskip)
{
	if (nskip == 0 && fx_str_eq(fx_tape_raw(ta, a), fx_tape_raw(tb, b)))
		return true;
	fx_buf_reset(&c->a);
	fx_buf_reset(&c->b);
	return fx_canon(c, &c->a, ta, a, skip, nskip, FX_CANON_EXACT, NULL) == 0 &&
	       fx_canon(c, &c->b, tb, b, skip, nskip, FX_CANON_EXACT, NULL) == 0 &&
	       fx_str_eq(fx_buf_view(&c->a), fx_buf_view(&c->b));
}

void fx_canon_free(struct fx_canon *c)
{
	free(c->names);
	fx_buf_free(&c->a);
	fx_buf_free(&c->b);
	*c = (struct fx_canon){0};
}
