#include "report/attrs.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define TEXT_MAX 64
#define WORTH 0.02

static const char *const passed_over[] = {
    "event",
    "event_id",
    "order_id",
    "at",
    "source",
    "caused_by",
    "task_id",
    "owner_id",
    "flow_id",
    "rule_id",
    "registry",
    "rule_version",
    "sla",
    "fallback_at",
    "fallback_route",
    "decision",
    "trigger",
    "preferred_carrier",
    "logged_at",
    "audit_token",
    "audit_proof",
    "customer",
    "line_id",
    "lines",
    /* a person's, wherever they stand */
    "name",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "address1",
    "address2",
    "city",
    "postal_code",
};

static bool is_passed_over(struct fx_str name)
{
	for (size_t i = 0; i < sizeof(passed_over) / sizeof(*passed_over); i++)
		if (fx_str_is(name, passed_over[i]))
			return true;
	return false;
}

static struct fx_attr *attr_of(struct fx_attrs *a, struct fx_str name)
{
	for (size_t i = 0; i < a->n; i++)
		if (fx_str_eq(a->attr[i].name, name))
			return &a->attr[i];
	if (a->n == FX_ATTRS)
		return NULL;
	a->attr[a->n].name = fx_arena_str(&a->arena, name);
	return &a->attr[a->n++];
}

static uint8_t number_of(struct fx_attrs *a, struct fx_attr *attr, struct fx_str text)
{
	for (size_t i = 0; i < attr->n && !attr->wild; i++)
		if (fx_str_eq(attr->text[i], text))
			return (uint8_t)(i + 1);
	if (attr->n == FX_ATTR_VALUES)
		attr->wild = true;
	if (attr->wild)
		return 0;
	attr->text[attr->n++] = fx_arena_str(&a->arena, text);
	return (uint8_t)attr->n;
}

/* Can a rule ask whether it is equal to this? */
static bool is_plain(const struct fx_tape *t, uint32_t node)
{
	enum fx_type type = fx_tape_type(t, node);
	fx_time at;
	if (type == FX_STRING)
		return t->node[node].len <= TEXT_MAX &&
		       fx_time_parse(
		           (struct fx_str){t->text + t->node[node].off, t->node[node].len}, &at) !=
		           0;
	return type == FX_TRUE || type == FX_FALSE || type == FX_NUMBER;
}

struct reading {
	struct fx_attrs *a;
	const struct fx_tape *t;
	struct fx_arena *scratch;
	struct fx_kind_of_task kind;
};

static void take(struct reading *r, struct fx_str name, uint32_t node)
{
	struct fx_attr *attr;
	if (is_plain(r->t, node) && (attr = attr_of(r->a, name)))
		r->kind.v[attr - r->a->attr] = number_of(r->a, attr, fx_tape_raw(r->t, node));
}

static struct fx_str name_at(const struct reading *r, uint32_t member)
{
	return fx_tape_str(r->t, member, r->scratch);
}

static void members(struct reading *r, uint32_t obj, const char *prefix)
{
	if (fx_tape_type(r->t, obj) != FX_OBJECT)
		return;
	for (uint32_t i = obj + 1; i < r->t->node[obj].next; i = fx_tape_next(r->t, i)) {
		struct fx_str name = name_at(r, i);
		if (!is_passed_over(name))
			take(r, fx_arena_fmt(r->scratch, "%s%.*s", prefix, FX_FMT(name)), i + 1);
	}
}

/* What the first line says and all others, too. */
static void of_lines(struct reading *r, uint32_t lines)
{
	const struct fx_tape *t = r->t;
	if (lines == FX_NONE || fx_tape_type(t, lines) != FX_ARRAY || !t->node[lines].count ||
	    fx_tape_type(t, lines + 1) != FX_OBJECT)
		return;
	for (uint32_t i = lines + 2; i < t->node[lines + 1].next; i = fx_tape_next(t, i)) {
		struct fx_str name = name_at(r, i);
		bool agree = !is_passed_over(name);
		for (uint32_t k = lines + 1; agree && k < t->node[lines].next;
		     k = fx_tape_next(t, k)) {
			uint32_t v = fx_tape_get(t, k, name);
			agree = v != FX_NONE && fx_str_eq(fx_tape_raw(t, v), fx_tape_raw(t, i + 1));
		}
		if (agree)
			take(r, fx_arena_fmt(r->scratch, "SKU.%.*s", FX_FMT(name)), i + 1);
	}
}

static const struct fx_kind_of_task *kept(struct fx_attrs *a, struct fx_kind_of_task *k)
{
	struct fx_str bytes = {(const char *)k->v, sizeof(k->v)};
	struct fx_kind_of_task *known = fx_map_ptr(&a->kinds, bytes);
	if (known)
		return known;
	if (a->nkind == FX_ATTR_KINDS) {
		a->over = true;
		return NULL;
	}
	known = FX_NEW(&a->arena, struct fx_kind_of_task);
	*known = *k;
	known->id = (uint32_t)a->nkind;
	if (a->nkind == a->cap) {
		a->cap = a->cap ? a->cap * 2 : 64;
		a->kind = fx_realloc(a->kind, a->cap, sizeof(struct fx_kind_of_task *));
	}
	a->kind[a->nkind++] = known;
	bytes.p = (const char *)known->v;
	fx_map_put(&a->kinds, bytes, NULL)->v.ptr = known;
	return known;
}

const struct fx_kind_of_task *fx_attrs_read(struct fx_attrs *a, const struct fx_tape *t,
                                            struct fx_arena *scratch)
{
	struct reading r = {.a = a, .t = t, .scratch = scratch};
	uint32_t decision = fx_tape_get(t, 0, FX_STR("decision"));
	uint32_t context = fx_tape_get(t, decision, FX_STR("context"));
	if (decision != FX_NONE && context != FX_NONE)
		members(&r, context, "");
	members(&r, 0, "");
	for (uint32_t i = 1; i < t->node[0].next; i = fx_tape_next(t, i)) {
		struct fx_str name = name_at(&r, i);
		if (fx_tape_type(t, i + 1) == FX_OBJECT && !is_passed_over(name))
			members(&r, i + 1, fx_arena_fmt(scratch, "%.*s.", FX_FMT(name)).p);
	}
	of_lines(&r, fx_tape_get(t, 0, FX_STR("lines")));
	return kept(a, &r.kind);
}

void fx_attrs_free(struct fx_attrs *a)
{
	fx_map_free(&a->kinds);
	free(a->kind);
	fx_arena_free(&a->arena);
}

void fx_kinds_add(struct fx_kinds *k, const struct fx_kind_of_task *kind)
{
	if (!kind)
		return;
	if (kind->id >= k->n) {
		size_t n = kind->id + 1 > 2 * k->n ? kind->id + 1 : 2 * k->n;
		k->v = fx_realloc(k->v, n, sizeof(*k->v));
		memset(k->v + k->n, 0, (n - k->n) * sizeof(*k->v));
		k->n = n;
	}
	k->v[kind->id]++;
	k->sum++;
}

/* ---- what tells them apart -------------------------------------------------- */

struct search {
	const struct fx_attrs *a;
	const struct fx_kinds *some, *all;
	struct pair {
		uint64_t some, all;
	} table[FX_ATTR_VALUES + 1][FX_ATTR_VALUES + 1];
	double best;
	struct fx_told_apart *out;
};

static double f1(uint64_t takes, uint64_t some, uint64_t all)
{
	return 2 * (double)takes / (double)(some + all);
}

static void tabulate(struct search *s, size_t i, size_t k)
{
	memset(s->table, 0, sizeof(s->table));
	for (size_t id = 0; id < s->all->n && id < s->a->nkind; id++) {
		const uint8_t *v = s->a->kind[id]->v;
		struct pair *p = &s->table[v[i]][i == k ? 0 : v[k]];
		p->all += s->all->v[id];
		p->some += id < s->some->n ? s->some->v[id] : 0;
	}
}

/* The best pair of values of names i and k (the same: of one name) against what is best so far. */
static void look(struct search *s, size_t i, size_t k, double lead)
{
	const struct fx_attr *a = &s->a->attr[i], *b = &s->a->attr[k];
	tabulate(s, i, k);
	for (size_t x = 1; x <= a->n; x++)
		for (size_t y = i != k; y <= (i == k ? 0 : b->n); y++) {
			const struct pair *p = &s->table[x][y];
			double score = f1(p->some, s->some->sum, p->all);
			uint64_t others = p->all - p->some;
			if (score <= s->best + lead || p->some < FX_ATTR_LEAST ||
			    2 * p->some < s->some->sum || others > p->some ||
			    2 * others > s->all->sum - s->some->sum)
				continue;
			s->best = score - lead;
			*s->out = (struct fx_told_apart){.n = i == k ? 1 : 2,
			                                 .name = {a->name, b->name},
			                                 .value = {a->text[x - 1]},
			                                 .takes = p->some,
			                                 .others = others};
			if (i != k)
				s->out->value[1] = b->text[y - 1];
		}
}

void fx_attrs_tell(const struct fx_attrs *a, const struct fx_kinds *some,
                   const struct fx_kinds *all, struct fx_told_apart *out)
{
	*out = (struct fx_told_apart){0};
	if (a->over || !some->sum)
		return;
	struct search *s = fx_alloc(1, sizeof(*s));
	*s = (struct search){.a = a, .some = some, .all = all, .out = out};
	s->best = f1(some->sum, some->sum, all->sum);
	for (size_t i = 0; i < a->n; i++)
		if (!a->attr[i].wild)
			look(s, i, i, 0);
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = i + 1; k < a->n; k++)
			if (!a->attr[i].wild && !a->attr[k].wild)
				look(s, i, k, WORTH);
	free(s);
}
