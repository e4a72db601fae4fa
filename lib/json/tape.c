#include "json/tape.h"

#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "json/escape.h"
#include "json/write.h"
#include "json/shape.h"
#include "json/sort.h"

/* Objects with more members than this have their names sorted to find a duplicate. */
#define PAIRWISE_MAX 128
#define SEEN_BITS 512

typedef unsigned char uchar;

/* What is wrong with the text, and where. */
struct fault {
	const uchar *at;
	const char *why;
	bool nul; /* no fault: \u0000 was seen */
};

/* An array or object that is still open. */
struct frame {
	uint32_t node;
	uint32_t count;
	uchar close; /* ] or } */
	bool sort;   /* an escaped name, or too many: look for duplicates at the end */
	bool known;  /* an object whose names so far are those of `shape` */
	uint32_t shape;
	uint32_t inner; /* array: the first name of its last object; object: guess of its first */
	/* Once not known: a bit for each name's hash; a clear one proves a name new. */
	uint64_t seen[SEEN_BITS / 64];
};

static const uchar *fail(struct fault *f, const uchar *at, const char *why)
{
	f->at = at;
	f->why = why;
	return NULL;
}

static inline uint32_t load4(const uchar *p)
{
	uint32_t w;

	memcpy(&w, p, 4);
	return w;
}

/* The four digits behind \u at p, or -1. */
static int32_t hex4(const uchar *p, const uchar *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = fx_hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* p is at a backslash; behind the escape, or NULL. */
static const uchar *scan_escape(const uchar *p, const uchar *end, struct fault *f)
{
	if (p + 1 == end)
		return fail(f, end, "string not closed");
	if (p[1] != 'u') {
		if (p[1] && strchr("\"\\/bfnrt", p[1]))
			return p + 2;
		return fail(f, p, "unknown escape");
	}
	int32_t c = hex4(p + 2, end);

	if (c < 0)
		return fail(f, p, "\\u wants four hexadecimal digits");
	if (c == 0)
		f->nul = true;
	if (c < 0xd800 || c > 0xdfff)
		return p + 6;
	if (c < 0xdc00 && end - p >= 8 && p[6] == '\\' && p[7] == 'u') {
		int32_t low = hex4(p + 8, end);

		if (low >= 0xdc00 && low <= 0xdfff)
			return p + 12;
	}
	return fail(f, p, "lone surrogate");
}

/* The rest of a string that is not all plain; else as scan_string. */
static __attribute__((noinline)) const uchar *scan_rest(const uchar *p, const uchar *end,
                                                       unsigned *flags, struct fault *f)
{
	for (;;) {
		uint64_t hit = 0;

		while (end - p >= 8 && (hit = fx_special8(fx_load8(p))) == 0)
			p += 8;
		if (hit)
			p += (unsigned)__builtin_ctzll(hit) >> 3;
		else
			while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
				p++;
		if (p == end)
			return fail(f, end, "string not closed");
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*flags = (*flags & ~(unsigned)FX_NODE_PLAIN) | FX_NODE_ESCAPED;
			if (!(p = scan_escape(p, end, f)))
				return NULL;
		} else if (*p < 0x20) {
			return fail(f, p, *p ? "control character in a string" : "NUL in a string");
		}
		while (p < end && *p >= 0x80) {
			const uchar *q = fx_utf8_scan(p, end);

			if (!q)
				return fail(f, p, "invalid UTF-8");
			p = q;
		}
	}
}

/* p is behind the opening quote; at the closing one, or NULL. */
static inline const uchar *scan_string(const uchar *p, const uchar *end, unsigned *flags,
                                       struct fault *f)
{
	for (; end - p >= 8; p += 8) {
		uint64_t hit = fx_special8(fx_load8(p));

		if (hit) {
			p += (unsigned)__builtin_ctzll(hit) >> 3;
			if (*p == '"')
				return p;
			break;
		}
	}
	return scan_rest(p, end, flags, f);
}

static inline bool is_digit(const uchar *p, const uchar *end)
{
	return p < end && (uchar)(*p - '0') < 10;
}

/* Behind the number at p, or NULL. */
static inline const uchar *scan_number(const uchar *p, const uchar *end, unsigned *flags,
                                       struct fault *f)
{
	*flags = FX_NODE_INTEGER;
	if (*p == '-')
		p++;
	if (!is_digit(p, end))
		return fail(f, p, "a digit must follow");
	if (*p++ == '0') {
		if (is_digit(p, end))
			return fail(f, p, "number with a leading zero");
	} else {
		while (is_digit(p, end))
			p++;
	}
	if (p < end && *p == '.') {
		*flags = 0;
		if (!is_digit(++p, end))
			return fail(f, p, "a digit must follow");
		while (is_digit(p, end))
			p++;
	}
	if (p < end && (*p | 0x20) == 'e') {
		*flags = 0;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!is_digit(p, end))
			return fail(f, p, "a digit must follow");
		while (is_digit(p, end))
			p++;
	}
	return p;
}

/* Of 15 digits or less, so that a double holds it, and not -0. */
static inline unsigned plain_number(const uchar *from, const uchar *p, unsigned flags)
{
	return flags & FX_NODE_INTEGER && p - from < 16 && *from != '-' ? FX_NODE_PLAIN : 0;
}

static inline const uchar *scan_word(const uchar *p, const uchar *end, const char *word, size_t n,
                                     struct fault *f)
{
	if ((size_t)(end - p) < n || memcmp(p, word, n) != 0)
		return fail(f, p, "not a JSON value");
	return p + n;
}

static inline const uchar *skip_space(const uchar *p, const uchar *end)
{
	while (p < end && *p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* Which bit of struct frame's `seen` stands for a name. */
static inline unsigned name_bit(const uchar *p, size_t n)
{
	uint64_t w = n * 0x9e3779b97f4a7c15u;

	if (n >= 8)
		w ^= fx_load8(p) ^ fx_load8(p + n - 8) << 1;
	else if (n >= 4)
		w ^= load4(p) | (uint64_t)load4(p + n - 4) << 32;
	else if (n > 0)
		w ^= p[0] | (uint64_t)p[n / 2] << 8 | (uint64_t)p[n - 1] << 16;
	/* The last letters, which tell names apart most often, are in the high bits. */
	w ^= w >> 32;
	return (unsigned)(w * 0xff51afd7ed558ccdu >> 55) % SEEN_BITS;
}

/* Is the name at node key, which has no escape, among the object's earlier ones? */
static bool name_before(const struct fx_tape *t, uint32_t obj, uint32_t key)
{
	const struct fx_node *node = t->node, *k = &node[key];

	for (uint32_t i = obj + 1; i < key; i = node[i + 1].next)
		if (node[i].len == k->len &&
		    memcmp(t->text + node[i].off, t->text + k->off, k->len) == 0)
			return true;
	return false;
}

/* Order of two names by the bytes of their values. */
static int name_cmp(const struct fx_tape *t, uint32_t a, uint32_t b)
{
	const struct fx_node *x = &t->node[a], *y = &t->node[b];

	if (!((x->flags | y->flags) & FX_NODE_ESCAPED))
		return fx_str_cmp((struct fx_str){t->text + x->off, x->len},
		                  (struct fx_str){t->text + y->off, y->len});
	struct fx_unquote u = fx_unquote(t->text + x->off, x->len);
	struct fx_unquote v = fx_unquote(t->text + y->off, y->len);

	for (;;) {
		int c = fx_unquote_next(&u), d = fx_unquote_next(&v);

		if (c != d)
			return c - d;
		if (c < 0)
			return 0;
	}
}

/* The first name of the object that repeats an earlier one, or FX_NONE. */
static uint32_t repeated_name(struct fx_tape *t, uint32_t obj, uint32_t count)
{
	uint32_t n = 0, found = FX_NONE, *names;

	if (t->ndup < 2 * count) {
		free(t->dup);
		t->ndup = 2 * count;
		t->dup = fx_alloc(t->ndup, sizeof(*t->dup));
	}
	for (uint32_t i = obj + 1; n < count; i = t->node[i + 1].next)
		t->dup[n++] = i;
	names = fx_sort_names(t, t->dup, t->dup + n, n, name_cmp);
	for (uint32_t i = 1; i < n; i++)
		if ((found == FX_NONE || names[i] < found) &&
		    name_cmp(t, names[i - 1], names[i]) == 0)
			found = names[i];
	return found;
}

/*
 * Room for all nodes of a text, so that the loop need not look.  Each node has a
 * first byte; but for the root and first children it has a separator before it,
 * and what closes a parent makes up for the first child: 2 nodes <= bytes + 1 +
 * containers open.
 */
static void reserve(struct fx_tape *t, size_t bytes)
{
	size_t want = bytes / 2 + FX_DEPTH;

	if (t->cap >= want)
		return;
	if (want < 2 * (size_t)t->cap)
		want = 2 * (size_t)t->cap;
	free(t->node);
	t->node = fx_realloc(NULL, want, sizeof(*t->node));
	t->cap = (uint32_t)want;
}

static inline void put(struct fx_tape *t, enum fx_type type, const uchar *text, const uchar *from,
                       const uchar *to, unsigned flags)
{
	uint32_t i = t->n++;

	t->node[i] = (struct fx_node){.off = (uint32_t)(from - text),
	                              .len = (uint32_t)(to - from),
	                              .next = i + 1,
	                              .type = type & 0xf,
	                              .flags = flags & 0xf};
}

/* A value that is neither array nor object; behind it, or NULL. */
static inline const uchar *scan_scalar(struct fx_tape *t, const uchar *text, const uchar *p,
                                       const uchar *end, struct fault *f)
{
	const uchar *from = p;
	enum fx_type type = FX_NUMBER;
	unsigned flags = FX_NODE_PLAIN;

	switch (*p) {
	case '"':
		p = scan_string(p + 1, end, &flags, f);
		if (!p)
			return NULL;
		put(t, FX_STRING, text, from + 1, p, flags);
		return p + 1;
	case 't':
		type = FX_TRUE;
		p = scan_word(p, end, "true", 4, f);
		break;
	case 'f':
		type = FX_FALSE;
		p = scan_word(p, end, "false", 5, f);
		break;
	case 'n':
		type = FX_NULL;
		p = scan_word(p, end, "null", 4, f);
		break;
	default:
		if (*p != '-' && !is_digit(p, end))
			return fail(f, p, "a value is expected here");
		p = scan_number(p, end, &flags, f);
		if (p)
			flags |= plain_number(from, p, flags);
	}
	if (p)
		put(t, type, text, from, p, flags);
	return p;
}

/* True when the object has the name, at node key and without escapes, already. */
static inline bool repeats(const struct fx_tape *t, struct frame *o, uint32_t key)
{
	const struct fx_node *k = &t->node[key];
	unsigned bit = name_bit((const uchar *)t->text + k->off, k->len);
	uint64_t *seen = &o->seen[bit / 64], mask = (uint64_t)1 << bit % 64;
	bool twice = *seen & mask && name_before(t, o->node, key);

	*seen |= mask;
	return twice;
}

/* A name that no guess led to, at the last node: is it new? */
static __attribute__((noinline)) bool new_name(struct fx_tape *t, struct frame *o)
{
	uint32_t key = t->n - 1;
	const struct fx_node *k = &t->node[key];

	if (o->known && !(k->flags & FX_NODE_ESCAPED)) {
		if (name_before(t, o->node, key))
			return false;
		o->shape = fx_shape_add(t->shapes, o->shape, fx_tape_raw(t, key));
		if (o->shape)
			return true;
	}
	if (o->known) {
		o->known = false;
		memset(o->seen, 0, sizeof(o->seen));
		for (uint32_t i = o->node + 1; i < key; i = t->node[i + 1].next)
			repeats(t, o, i);
	}
	if (k->flags & FX_NODE_ESCAPED || o->count >= PAIRWISE_MAX) {
		o->sort = true;
		return true;
	}
	return !repeats(t, o, key);
}

/* The node of the name that stands at p as it did before, or 0. */
static inline uint32_t guess(struct fx_shapes *sh, const struct frame *o, const uchar *p,
                             const uchar *end)
{
	uint32_t s = o->count ? sh->s[o->shape].child : o->inner;

	return s && fx_shape_is(&sh->s[s], p, end) ? s : fx_shape_find(sh, o->shape, p, end);
}

/* A member's name and its colon; behind them, or NULL. */
static inline const uchar *scan_name(struct fx_tape *t, struct frame *o, const uchar *text,
                                     const uchar *p, const uchar *end, struct fault *f)
{
	const uchar *from;
	unsigned flags = FX_NODE_KEY;
	uint32_t s;

	p = skip_space(p, end);
	if (p == end || *p != '"')
		return fail(f, p, "a member's name is expected here");
	if (o->known && (s = guess(t->shapes, o, p, end)) != 0) {
		from = p + 1;
		p += t->shapes->s[s].len - 1;
		put(t, FX_STRING, text, from, p, flags);
		o->shape = s;
	} else {
		from = ++p;
		p = scan_string(p, end, &flags, f);
		if (!p)
			return NULL;
		put(t, FX_STRING, text, from, p, flags);
		if (!new_name(t, o))
			return fail(f, from - 1, "duplicate member name");
	}
	if (o->count == 0)
		o->inner = o->shape;
	p = skip_space(p + 1, end);
	if (p == end || *p != ':')
		return fail(f, p, "a colon is expected here");
	return p + 1;
}

static inline void open_frame(struct frame *o, uint32_t node, uchar first, uint32_t inner)
{
	o->node = node;
	o->count = 0;
	o->close = first == '{' ? '}' : ']';
	o->sort = false;
	o->known = first == '{';
	o->shape = 0;
	o->inner = inner;
}

/* Which first name to guess for an object in the innermost array or object. */
static inline uint32_t inner_of(const struct fx_shapes *sh, const struct frame *o)
{
	return o->close == ']' ? o->inner : o->known ? sh->s[o->shape].inner : 0;
}

/* What was closed inside of o: the guess for next time. */
static inline void remember(struct fx_shapes *sh, struct frame *o, const struct frame *closed)
{
	if (closed->count == 0)
		return;
	if (o->close == ']')
		o->inner = closed->inner;
	else if (o->known)
		sh->s[o->shape].inner = (uint16_t)closed->inner;
}

/* The innermost array or object ends at p, its closing bracket. */
static inline const uchar *close_frame(struct fx_tape *t, const struct frame *o, const uchar *text,
                                       const uchar *p, struct fault *f)
{
	struct fx_node *node = &t->node[o->node];

	node->count = o->count & 0xffffff;
	node->len = (uint32_t)(p + 1 - text) - node->off;
	node->next = t->n;
	if (o->known && o->count > 0)
		t->node[o->node + 1].count = o->shape & 0xffffff;
	if (o->sort) {
		uint32_t twice = repeated_name(t, o->node, o->count);

		if (twice != FX_NONE)
			return fail(f, text + t->node[twice].off - 1, "duplicate member name");
	}
	return p + 1;
}

/* One value from p on; behind it, or NULL. */
static const uchar *scan(struct fx_tape *t, const uchar *text, const uchar *end, struct fault *f)
{
	struct frame stack[FX_DEPTH], *top = stack; /* top: above the innermost */
	const uchar *p = text;

	for (;;) {
		if (top > stack && top[-1].close == '}' &&
		    !(p = scan_name(t, &top[-1], text, p, end, f)))
			return NULL;
		p = skip_space(p, end);
		if (p == end)
			return fail(f, p, "the text ends where a value is expected");
		if (*p == '{' || *p == '[') {
			if (top == stack + FX_DEPTH)
				return fail(f, p, "nesting over 128");
			open_frame(top, t->n, *p,
			           top == stack ? t->shapes->root : inner_of(t->shapes, top - 1));
			top++;
			put(t, *p == '{' ? FX_OBJECT : FX_ARRAY, text, p, p, 0);
			p = skip_space(p + 1, end);
			if (p == end || *p != top[-1].close)
				continue;
			p = close_frame(t, --top, text, p, f);
		} else {
			p = scan_scalar(t, text, p, end, f);
		}
		/* Behind a value: it may be the last of what is open. */
		for (;;) {
			if (!p || top == stack)
				return p;
			top[-1].count++;
			p = skip_space(p, end);
			if (p == end)
				return fail(f, p, "the text ends inside an array or object");
			if (*p == ',')
				break;
			if (*p != top[-1].close)
				return fail(f, p,
				            top[-1].close == '}' ? "a comma or } is expected here"
				                                 : "a comma or ] is expected here");
			top--;
			if (top == stack)
				t->shapes->root = top->inner;
			else
				remember(t->shapes, top - 1, top);
			p = close_frame(t, top, text, p, f);
		}
		p++;
	}
}

int fx_tape_read(struct fx_tape *t, struct fx_str s, struct fx_err *err)
{
	const uchar *text = (const uchar *)(s.p ? s.p : ""), *end = text + s.n, *p;
	struct fault f = {NULL, NULL, false};

	t->text = (const char *)text;
	t->n = 0;
	if (s.n > FX_LINE_MAX) {
		fail(&f, text + FX_LINE_MAX, "longer than 16 MiB");
	} else {
		reserve(t, s.n);
		fx_shape_refresh(t);
		p = scan(t, text, end, &f);
		t->nul = f.nul;
		if (p && (p = skip_space(p, end)) == end)
			return 0;
		if (p)
			fail(&f, p, "more text behind the value");
	}
	t->n = 0;
	fx_fail(err, FX_EDATA, "%s, at byte %zu", f.why, (size_t)(f.at - text));
	if (err)
		err->byte = (unsigned long)(f.at - text);
	return -1;
}

void fx_tape_free(struct fx_tape *t)
{
	free(t->node);
	free(t->dup);
	fx_shape_free(t->shapes);
	*t = (struct fx_tape){0};
}
