/*
 * The cold side of a check: what is said of a fault, and where it lies.
 *
 * A message reads on from the instance's pointer: "/total: is 5, wanted a string".
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "contract/format.h"
#include "contract/run.h"

/* So many bytes of a value, a name or a sentence are shown. */
#define SHOWN 48
#define SHOWN_TEXT 100
/* So many faults of a branch are weighed. */
#define SCORED 64
/* So many values of an enum. */
#define SHOWN_VALUES 8

const char *node_text(const struct node *n, const char *key)
{
	return json_string_value(json_object_get(n->json, key));
}

static struct fx_str cut(struct fx_str s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

/* The value as it stands, cut short: a string keeps its quotes. */
static void seen_value(const struct fx_tape *t, uint32_t v, struct fx_buf *b)
{
	struct fx_str raw = fx_tape_raw(t, v), shown = cut(raw, SHOWN);
	bool string = t->node[v].type == FX_STRING;

	/* an escape is shown whole or not at all */
	for (size_t i = shown.n; shown.n < raw.n && i > 0 && shown.n - i < 6; i--)
		if (shown.p[i - 1] == '\\')
			shown.n = i - 1;
	fx_buf_str(b, shown);
	if (shown.n < raw.n)
		fx_buf_z(b, string ? "...\"" : "...");
}

/* --- pointers --- */

static void add_token(struct fx_buf *b, struct fx_str s)
{
	fx_buf_byte(b, '/');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '~')
			fx_buf_z(b, "~0");
		else if (s.p[i] == '/')
			fx_buf_z(b, "~1");
		else
			fx_buf_byte(b, s.p[i]);
	}
}

/* From the value under check to v: each container's child that spans v, down to it. */
static struct fx_str instance_pointer(struct run *r, uint32_t v)
{
	const struct fx_tape *t = r->t;
	struct fx_buf b = {0};
	struct fx_str out;
	uint32_t at = r->base;

	while (at != v) {
		bool object = t->node[at].type == FX_OBJECT;
		uint32_t i = at + 1;
		size_t ord = 0;

		for (; fx_tape_next(t, i) <= v; i = fx_tape_next(t, i))
			ord++;
		if (object)
			add_token(&b, fx_tape_str(t, i, &r->k->text));
		else
			fx_buf_fmt(&b, "/%zu", ord);
		if (object && i == v)
			break; /* the name itself */
		at = object ? i + 1 : i;
	}
	out = fx_arena_str(&r->k->text, fx_buf_view(&b));
	fx_buf_free(&b);
	return out;
}

static struct fx_str schema_pointer(struct run *r, const struct node *n, const char *keyword)
{
	struct fx_str p = {n->pointer.p + n->file->base.n, n->pointer.n - n->file->base.n};

	if (n->file == r->file)
		return fx_arena_fmt(&r->k->text, "%.*s%s%s", FX_FMT(p), *keyword ? "/" : "",
		                    keyword);
	return fx_arena_fmt(&r->k->text, "%s#%.*s%s%s", n->file->name, FX_FMT(p),
	                    *keyword ? "/" : "", keyword);
}

/* --- keeping a fault --- */

/*
 * How far a fault is from fitting: the wrong type or a wrong discriminator says
 * that another branch was meant, anything else only that this one has a flaw.
 */
static void add_score(struct run *r, const char *keyword, uint32_t v)
{
	struct score *s = r->score;
	bool here = v == s->at;
	bool child = false;

	if (s->n++ > SCORED) { /* hopeless: no more looking around */
		s->sum++;
		return;
	}
	for (uint32_t i = s->at + 1; !here && i < r->t->node[s->at].next; i = fx_tape_next(r->t, i))
		child |= v == i || (r->t->node[i].flags & FX_NODE_KEY && v == i + 1);
	if (here && strcmp(keyword, "type") == 0)
		s->sum += 10000;
	else if ((here || child) && (strcmp(keyword, "const") == 0 || strcmp(keyword, "enum") == 0))
		s->sum += 1000;
	else if (here || child)
		s->sum += 10;
	else
		s->sum += 1;
}

static bool same(const struct fx_fault *a, const struct fx_fault *b)
{
	return fx_str_eq(a->instance, b->instance) && fx_str_eq(a->keyword, b->keyword) &&
	       fx_str_eq(a->message, b->message);
}

/* Two ways of a schema to the same fault tell it once. */
static void keep(struct run *r, const struct fx_fault *f)
{
	struct fx_check *k = r->k;

	for (size_t i = 0; i < k->n; i++)
		if (same(&k->fault[i], f))
			return;
	k->fault[k->n++] = *f;
}

static bool tell(struct run *r, const struct node *n, const char *keyword, uint32_t v,
                 struct fx_str message)
{
	struct fx_fault f;

	f.instance = instance_pointer(r, v);
	f.schema = schema_pointer(r, n, keyword);
	f.keyword = fx_str(keyword);
	f.message = fx_arena_str(&r->k->text, message);
	keep(r, &f);
	return false;
}

/* True when a message is wanted at all: a branch is only scored, what is past the last is counted.
 */
static bool wanted(struct run *r, const char *keyword, uint32_t v)
{
	if (!r->collect)
		return false;
	if (r->score) {
		add_score(r, keyword, v);
		return false;
	}
	if (r->k->n == FX_FAULTS)
		r->k->more++;
	return r->k->n < FX_FAULTS;
}

bool fault_say(struct run *r, const struct node *n, const char *keyword, uint32_t v,
               const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	if (!wanted(r, keyword, v))
		return false;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return tell(r, n, keyword, v, fx_str(msg));
}

static bool tell_buf(struct run *r, const struct node *n, const char *keyword, uint32_t v,
                     struct fx_buf *b)
{
	tell(r, n, keyword, v, fx_buf_view(b));
	fx_buf_free(b);
	return false;
}

/* --- words --- */

static const char *const type_words[] = {"null",     "true or false", "a whole number", "a number",
                                         "a string", "an array",      "an object"};

/* "a string, a number or null". */
static void add_types(struct fx_buf *b, unsigned types)
{
	unsigned left = 0;

	if (types & FX_T_NUMBER)
		types &= ~(unsigned)FX_T_INTEGER;
	for (unsigned i = 0; i < 7; i++)
		left += types >> i & 1;
	for (unsigned i = 7; i-- > 0;) {
		if (!(types >> i & 1))
			continue;
		fx_buf_z(b, type_words[i]);
		left--;
		if (left)
			fx_buf_z(b, left == 1 ? " or " : ", ");
	}
}

/* "is 5" or, when the type says it all, "is an object". */
static void add_seen(struct run *r, uint32_t v, struct fx_buf *b)
{
	fx_buf_z(b, "is ");
	seen_value(r->t, v, b);
}

/* The first sentence of a text. */
static struct fx_str sentence(const char *z)
{
	struct fx_str s = fx_str(z);

	for (size_t i = 0; i + 1 < s.n; i++)
		if (strchr(".;:", s.p[i]) && s.p[i + 1] == ' ')
			s.n = i;
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return cut(s, SHOWN_TEXT);
}

/* What the schema calls the thing: its title, and an example. */
static void add_example(const struct node *n, struct fx_buf *b)
{
	const json_t *e = json_array_get(json_object_get(n->json, "examples"), 0);

	if (json_is_string(e))
		fx_buf_fmt(b, ", such as \"%.*s\"",
		           FX_FMT(cut(fx_str(json_string_value(e)), SHOWN)));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/* The same but for case and what joins words: "SKU" for "sku", "flowId" for "flow_id". */
static bool same_word(struct fx_str a, struct fx_str b)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a.n && (a.p[i] == '_' || a.p[i] == '-' || a.p[i] == ' '))
			i++;
		while (k < b.n && (b.p[k] == '_' || b.p[k] == '-' || b.p[k] == ' '))
			k++;
		if (i == a.n || k == b.n)
			return i == a.n && k == b.n;
		if (lower(a.p[i++]) != lower(b.p[k++]))
			return false;
	}
}

/* Index of the candidate that s was meant to be, or -1. */
static int meant(struct fx_str s, const struct fx_str *cand, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (same_word(s, cand[i]))
			return (int)i;
	return fx_str_nearest(s, cand, n);
}

/* --- the faults --- */

bool fault_type(struct run *r, const struct node *n, uint32_t v)
{
	struct fx_buf b = {0};

	if (!wanted(r, "type", v))
		return false;
	add_seen(r, v, &b);
	fx_buf_z(&b, ", wanted ");
	add_types(&b, n->types);
	add_example(n, &b);
	return tell_buf(r, n, "type", v, &b);
}

bool fault_false(struct run *r, const struct node *n, uint32_t v)
{
	return fault_say(r, n, "", v, "must not be here");
}

static struct fx_str value_text(const struct equal_kw *e, uint32_t i)
{
	return cut(fx_tape_raw(&e->tape, i), SHOWN);
}

/* The value of the list that was meant, or p NULL. */
static struct fx_str meant_value(struct run *r, const struct equal_kw *e, uint32_t v)
{
	struct fx_str cand[64];
	uint32_t n = e->strings.n < 64 ? e->strings.n : 64;
	int near = -1;

	for (uint32_t i = 0; i < n; i++)
		cand[i] = e->strings.name[i].text;
	if (r->t->node[v].type == FX_STRING && !e->is_const)
		near = meant(fx_tape_str(r->t, v, &r->k->text), cand, n);
	return near >= 0 ? cand[near] : (struct fx_str){NULL, 0};
}

static void add_values(const struct equal_kw *e, uint32_t count, struct fx_buf *b)
{
	uint32_t k = 0;

	for (uint32_t i = 1; i < e->tape.n && k < SHOWN_VALUES;
	     i = fx_tape_next(&e->tape, i), k++) {
		if (k)
			fx_buf_z(b, k + 1 == count ? " or " : ", ");
		fx_buf_str(b, value_text(e, i));
	}
	if (count > k)
		fx_buf_fmt(b, " ... (%u values)", count);
}

bool fault_equal(struct run *r, const struct node *n, const struct equal_kw *e, uint32_t v)
{
	const char *keyword = e->is_const ? "const" : "enum";
	uint32_t count = e->tape.node[0].count;
	struct fx_buf b = {0};
	struct fx_str near;

	if (!wanted(r, keyword, v))
		return false;
	near = meant_value(r, e, v);
	add_seen(r, v, &b);
	fx_buf_z(&b, ", wanted ");
	if (near.p && count > SHOWN_VALUES)
		fx_buf_fmt(&b, "one of %u values", count);
	else
		add_values(e, count, &b);
	if (near.p)
		fx_buf_fmt(&b, "; did you mean \"%.*s\"?", FX_FMT(near));
	return tell_buf(r, n, keyword, v, &b);
}

/* A member that the contract does not know and whose name is close to the one that is missing. */
static struct fx_str lookalike(struct run *r, const struct node *n, struct fx_str missing,
                               uint32_t v)
{
	const struct fx_tape *t = r->t;

	for (uint32_t i = v + 1; i < t->node[v].next; i = fx_tape_next(t, i)) {
		struct fx_str s = fx_tape_str(t, i, &r->k->text);

		if (!names_find(&n->object->names, s, s.p + s.n) && meant(s, &missing, 1) == 0)
			return s;
	}
	return (struct fx_str){NULL, 0};
}

bool fault_missing(struct run *r, const struct node *n, const struct name *e, uint32_t v,
                   const struct name *because)
{
	const char *keyword = because ? "dependentRequired" : "required";
	struct fx_buf b = {0};
	struct fx_str like;
	const char *meaning;

	if (!wanted(r, keyword, v))
		return false;
	fx_buf_fmt(&b, "has no \"%.*s\"", FX_FMT(cut(e->text, SHOWN)));
	if (because)
		fx_buf_fmt(&b, ", which \"%.*s\" demands", FX_FMT(cut(because->text, SHOWN)));
	like = lookalike(r, n, e->text, v);
	meaning = e->schema ? node_text(e->schema, "description") : NULL;
	if (like.p)
		fx_buf_fmt(&b, "; is \"%.*s\" it, misspelt?", FX_FMT(cut(like, SHOWN)));
	else if (meaning)
		fx_buf_fmt(&b, ": %.*s", FX_FMT(sentence(meaning)));
	return tell_buf(r, n, keyword, v, &b);
}

bool fault_unknown(struct run *r, const struct node *n, const char *keyword, uint32_t key)
{
	struct fx_str cand[64], s;
	struct fx_buf b = {0};
	uint32_t count = 0;
	int near;

	if (!wanted(r, keyword, key))
		return false;
	for (uint32_t i = 0; n->object && i < n->object->names.n && count < 64; i++)
		if (n->object->names.name[i].schema)
			cand[count++] = n->object->names.name[i].text;
	s = fx_tape_str(r->t, key, &r->k->text);
	near = meant(s, cand, count);
	fx_buf_z(&b, "is no member that the contract knows");
	if (near >= 0)
		fx_buf_fmt(&b, "; did you mean \"%.*s\"?", FX_FMT(cand[near]));
	return tell_buf(r, n, keyword, key, &b);
}

bool fault_pattern(struct run *r, const struct node *n, uint32_t v, bool limit)
{
	const char *pattern = node_text(n, "pattern"), *title = node_text(n, "title");
	struct fx_buf b = {0};

	if (!wanted(r, "pattern", v))
		return false;
	add_seen(r, v, &b);
	if (limit) {
		fx_buf_z(&b, ", and the pattern takes too long on it: ");
		fx_buf_str(&b, cut(fx_str(pattern), SHOWN_TEXT));
		return tell_buf(r, n, "pattern", v, &b);
	}
	fx_buf_fmt(&b, ", wanted %s", title ? title : "text");
	add_example(n, &b);
	if (!title)
		fx_buf_fmt(&b, ", that matches %.*s", FX_FMT(cut(fx_str(pattern), SHOWN_TEXT)));
	return tell_buf(r, n, "pattern", v, &b);
}

bool fault_bound(struct run *r, const struct node *n, const char *keyword, uint32_t v,
                 const char *words, const struct bound *bound)
{
	struct fx_buf b = {0};

	if (!wanted(r, keyword, v))
		return false;
	add_seen(r, v, &b);
	fx_buf_fmt(&b, ", wanted %s", words);
	if (bound)
		fx_buf_fmt(&b, " %.*s", FX_FMT(cut(bound->text, SHOWN)));
	return tell_buf(r, n, keyword, v, &b);
}

bool fault_over(struct run *r, const struct node *n, uint32_t v)
{
	r->over = true;
	return fault_say(r, n, "", v,
	                 "takes more steps to check than are allowed: the schema goes round on it");
}

bool fault_types(struct run *r, const struct node *n, const char *keyword, const struct nodes *list,
                 uint32_t v)
{
	struct fx_buf b = {0};
	unsigned types = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *e = list->v[i]->alias ? list->v[i]->alias : list->v[i];

		if (e->accept >> r->t->node[v].type & 1)
			return false;
		types |= e->types;
	}
	if (!wanted(r, "type", v))
		return true;
	add_seen(r, v, &b);
	fx_buf_z(&b, ", wanted ");
	add_types(&b, types);
	tell_buf(r, n, keyword, v, &b);
	return true;
}

bool fault_none(struct run *r, const struct node *n, const char *keyword, const struct nodes *list,
                uint32_t nearest, uint32_t v)
{
	const struct node *e = list->v[nearest];
	const char *title = node_text(e, "title");
	uint32_t open = 0;

	if (r->score)
		return false; /* the nearest branch's own faults count */
	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *b = list->v[i]->alias ? list->v[i]->alias : list->v[i];

		open += b->accept >> r->t->node[v].type & 1;
	}
	if (open == 1)
		return false; /* the others are for other types: nothing to choose from */
	return fault_say(r, n, keyword, v,
	                 "fits none of %u alternatives; nearest is the %u%s%s%s%s", list->n,
	                 nearest + 1,
	                 nearest == 0   ? "st"
	                 : nearest == 1 ? "nd"
	                 : nearest == 2 ? "rd"
	                                : "th",
	                 title ? " (" : "", title ? title : "", title ? ")" : "");
}
