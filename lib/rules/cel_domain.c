/* The values of an attribute that its conditions tell apart. */
#include "rules/cel_domain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

#define WORK_MAX 20000000u /* verdicts of one attribute */
#define HOLDS_MAX 6        /* elements asked for: all subsets are tried */

struct values {
	struct fx_arena *a;
	cel_value *v;
	size_t n, cap;
};

static void add(struct values *l, cel_value v)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 32;
		cel_value *more = FX_NEWV(l->a, cel_value, cap);

		if (l->n)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
		l->cap = cap;
	}
	l->v[l->n++] = v;
}

/* ---- what an atom says of a value ---- */

static unsigned of_bool(bool b)
{
	return b ? MAY_TRUE : MAY_FALSE;
}

static unsigned of_value(const cel_value *v)
{
	return v->kind == FX_CV_BOOL ? of_bool(v->b) : MAY_ERROR;
}

static unsigned verdict(struct cel_ctx *cx, const struct fx_cel_atom *a, const cel_value *v)
{
	static const enum cel_op op[] = {
	    [FX_CEL_LT] = CEL_LT, [FX_CEL_LE] = CEL_LE, [FX_CEL_GT] = CEL_GT, [FX_CEL_GE] = CEL_GE};
	cel_value r;

	switch (a->rel) {
	case FX_CEL_EQ:
		return of_bool(cel_eq(cx, v, a->value));
	case FX_CEL_IN:
		for (size_t i = 0; i < a->n; i++)
			if (cel_eq(cx, v, &a->value[i]))
				return MAY_TRUE;
		return MAY_FALSE;
	case FX_CEL_LT:
	case FX_CEL_LE:
	case FX_CEL_GT:
	case FX_CEL_GE:
		r = cel_compare(op[a->rel], v, a->value);
		return of_value(&r);
	case FX_CEL_PREFIX:
		return v->kind == FX_CV_STRING ? of_bool(fx_str_starts(v->s, a->value->s))
		                               : MAY_ERROR;
	case FX_CEL_ENDS:
		if (v->kind != FX_CV_STRING)
			return MAY_ERROR;
		return of_bool(
		    v->s.n >= a->value->s.n &&
		    fx_str_eq((struct fx_str){v->s.p + v->s.n - a->value->s.n, a->value->s.n},
		              a->value->s));
	case FX_CEL_HOLDS:
		r = cel_in(cx, a->value, v);
		return of_value(&r);
	case FX_CEL_IS:
		return of_value(v);
	case FX_CEL_HAS:
		return MAY_TRUE;
	}
	return MAY_ANY;
}

/* ---- numbers: the constants, and a point in each gap between them ---- */

static int by_order(const void *a, const void *b)
{
	const cel_value *x = a, *y = b;
	int c = cel_order(x, y);

	return c == 0 ? (int)x->kind - (int)y->kind : c;
}

static bool in_range(const struct fx_cel_type *t, const cel_value *v)
{
	cel_value min, max;
	int lo, hi;

	if (!t)
		return true;
	min = FX_CEL_DOUBLE(t->min);
	max = FX_CEL_DOUBLE(t->max);
	lo = t->has_min ? cel_order(v, &min) : 1;
	hi = t->has_max ? cel_order(v, &max) : -1;
	return (t->min_excluded ? lo > 0 : lo >= 0) && (t->max_excluded ? hi < 0 : hi <= 0);
}

static double as_double(const cel_value *v)
{
	return v->kind == FX_CV_INT ? (double)v->i : v->kind == FX_CV_UINT ? (double)v->u : v->d;
}

/* Whole numbers near d, and the middle of the gap: one of them lies in any gap that has any. */
static void add_between(struct values *l, double a, double b, bool whole)
{
	double mid = a / 2 + b / 2;
	double tries[] = {floor(a) + 1, ceil(b) - 1, floor(mid), mid, nextafter(a, INFINITY)};

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		double d = tries[i];

		if (!(d > a && d < b) || !isfinite(d))
			continue;
		if (d == trunc(d) && fabs(d) < 9e15)
			add(l, FX_CEL_INT((int64_t)d));
		else if (!whole)
			add(l, FX_CEL_DOUBLE(d));
	}
}

static void add_numbers(struct values *l, struct cel_variable *v, struct values *consts)
{
	bool whole = v->type && v->type->kind == FX_CT_INT && !v->via.n;
	const struct fx_cel_type *t = v->via.n ? NULL : v->type;
	double last = -INFINITY;
	struct values all = {.a = l->a};

	if (t && t->has_min)
		add(consts, FX_CEL_DOUBLE(t->min));
	if (t && t->has_max)
		add(consts, FX_CEL_DOUBLE(t->max));
	if (consts->n)
		qsort(consts->v, consts->n, sizeof(*consts->v), by_order);
	for (size_t i = 0; i < consts->n; i++) {
		double d = as_double(&consts->v[i]);

		if (isnan(d))
			continue;
		/* from here on doubles do not tell whole numbers apart */
		v->partial |= fabs(d) >= 9007199254740992.0;
		add_between(&all, isinf(last) ? d - 2 * fabs(d) - 2 : last, d, whole);
		if (!whole || d == trunc(d))
			add(&all, consts->v[i]);
		last = d;
	}
	if (isinf(last))
		add(&all, FX_CEL_INT(1));
	else
		add_between(&all, last, last + 2 * fabs(last) + 2, whole);
	for (size_t i = 0; i < all.n; i++)
		if (in_range(t, &all.v[i]))
			add(l, all.v[i]);
}

/* ---- texts ---- */

static struct fx_str join(struct fx_arena *a, struct fx_str x, const char *mid, struct fx_str y)
{
	return fx_arena_fmt(a, "%.*s%s%.*s", FX_FMT(x), mid, FX_FMT(y));
}

/* The first text behind all that begin with p: its last character raised. */
static bool raised(struct fx_arena *a, struct fx_str p, struct fx_str *out)
{
	char *copy;

	if (p.n == 0 || (unsigned char)p.p[p.n - 1] >= 0x7e)
		return false;
	copy = (char *)fx_arena_str(a, p).p;
	copy[p.n - 1]++;
	*out = (struct fx_str){copy, p.n};
	return true;
}

/* A character below all that the constants use, so that text + it is the next text. */
static const char *low(const struct values *consts)
{
	for (size_t i = 0; i < consts->n; i++)
		for (size_t k = 0; k < consts->v[i].s.n; k++)
			if ((unsigned char)consts->v[i].s.p[k] <= '-')
				return "\x01";
	return "-";
}

/* A text that is none of the constants. */
static struct fx_str another(struct fx_arena *a, const struct values *consts)
{
	struct fx_str s = FX_STR("other");

	for (size_t i = 0; i < consts->n;)
		if (fx_str_eq(consts->v[i].s, s)) {
			s = join(a, s, "-other", FX_STR(""));
			i = 0;
		} else {
			i++;
		}
	return s;
}

static void add_texts(struct values *l, struct cel_variable *v, const struct values *consts)
{
	struct values ends = {.a = l->a};
	const char *next = low(consts);
	struct fx_str none = FX_STR(""), s;
	size_t n = consts->n;
	bool ordered = false;

	if (v->type && v->type->nvalues && !v->via.n) {
		for (size_t i = 0; i < v->type->nvalues; i++)
			add(l, FX_CEL_STRING(v->type->values[i]));
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (*next == 1 && memchr(consts->v[i].s.p, 1, consts->v[i].s.n))
			v->partial = true;
	for (size_t i = 0; i < v->natoms; i++) {
		enum fx_cel_rel rel = v->atom[i]->rel;

		ordered |= rel != FX_CEL_EQ && rel != FX_CEL_IN && rel != FX_CEL_HAS &&
		           rel != FX_CEL_HOLDS;
		if (rel == FX_CEL_ENDS)
			add(&ends, v->atom[i]->value[0]);
		else if (rel == FX_CEL_PREFIX && v->atom[i]->value[0].s.n)
			v->partial |= !raised(l->a, v->atom[i]->value[0].s, &s);
	}
	if (n * (ends.n + 1) > 100000) {
		v->partial = true;
		ends.n = 0;
	}
	add(l, FX_CEL_STRING(another(l->a, consts)));
	for (size_t i = 0; i < n; i++)
		add(l, consts->v[i]);
	if (!ordered)
		return;
	for (size_t e = 0; e <= ends.n; e++) {
		struct fx_str end = e < ends.n ? ends.v[e].s : none;

		add(l, FX_CEL_STRING(join(l->a, none, e < ends.n ? "x" : "", end)));
		add(l, FX_CEL_STRING(join(l->a, none, next, end)));
		for (size_t i = 0; i < n; i++) {
			add(l, FX_CEL_STRING(join(l->a, consts->v[i].s, "x", end)));
			add(l, FX_CEL_STRING(join(l->a, consts->v[i].s, next, end)));
			add(l, FX_CEL_STRING(join(l->a, consts->v[i].s, "", end)));
			if (!raised(l->a, consts->v[i].s, &s))
				continue;
			add(l, FX_CEL_STRING(join(l->a, s, "", end)));
			add(l, FX_CEL_STRING(join(l->a, s, next, end)));
		}
	}
}

/* ---- lists ---- */

static void add_lists(struct values *l, struct cel_variable *v)
{
	struct values held = {.a = l->a};
	size_t subsets;

	for (size_t i = 0; i < v->natoms; i++)
		if (v->atom[i]->rel == FX_CEL_HOLDS)
			add(&held, v->atom[i]->value[0]);
	if (held.n > HOLDS_MAX) {
		v->partial = true;
		held.n = HOLDS_MAX;
	}
	subsets = (size_t)1 << held.n;
	for (size_t set = 0; set < subsets; set++) {
		struct values e = {.a = l->a};

		for (size_t i = 0; i < held.n; i++)
			if (set >> i & 1)
				add(&e, held.v[i]);
		add(l, (cel_value){.kind = FX_CV_LIST, .seq = {e.v, e.n}});
	}
}

/* ---- all together ---- */

static void split(struct fx_arena *a, const struct cel_variable *v, struct values *numbers,
                  struct values *texts, struct values *rest)
{
	numbers->a = texts->a = rest->a = a;
	for (size_t i = 0; i < v->natoms; i++) {
		const struct fx_cel_atom *at = v->atom[i];

		for (size_t k = 0; at->rel != FX_CEL_HOLDS && k < at->n; k++) {
			const cel_value *c = &at->value[k];

			add(cel_is_number(c)          ? numbers
			    : c->kind == FX_CV_STRING ? texts
			                              : rest,
			    *c);
		}
	}
}

/* Times are ordered, too: a second, and the least step, before and behind each. */
static void add_rest(struct values *l, const struct values *rest)
{
	static const int64_t steps[] = {1000000000, -1000000000, 1, -1};

	for (size_t i = 0; i < rest->n; i++) {
		cel_value v = rest->v[i], by = {.kind = FX_CV_DURATION}, r;
		struct cel_ctx cx = {.a = l->a, .steps = 100, .memory = 100};

		add(l, v);
		if (v.kind != FX_CV_TIMESTAMP && v.kind != FX_CV_DURATION)
			continue;
		for (size_t k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
			by.i = steps[k];
			r = cel_arith(&cx, CEL_ADD, &v, &by);
			if (r.kind != FX_CV_ERROR)
				add(l, r);
		}
	}
}

static void add_values(struct values *l, struct cel_variable *v)
{
	struct values numbers = {0}, texts = {0}, rest = {0};
	enum fx_cel_type_kind t =
	    v->type && !v->via.n ? (enum fx_cel_type_kind)v->type->kind : FX_CT_DYN;
	bool any = t == FX_CT_DYN, truth = false;

	if (v->only.n && !v->via.n) {
		add(l, FX_CEL_STRING(v->only));
		return;
	}
	for (size_t i = 0; i < v->natoms; i++)
		truth |= v->atom[i]->rel == FX_CEL_IS;
	split(l->a, v, &numbers, &texts, &rest);
	if (t == FX_CT_STRING || (any && (texts.n || !v->via.n)))
		add_texts(l, v, &texts);
	if (t == FX_CT_INT || t == FX_CT_DOUBLE || (any && (numbers.n || !v->via.n)))
		add_numbers(l, v, &numbers);
	if (t == FX_CT_BOOL || (any && (truth || !v->via.n))) {
		add(l, FX_CEL_BOOL(true));
		add(l, FX_CEL_BOOL(false));
	}
	if (t == FX_CT_LIST || (any && !v->via.n))
		add_lists(l, v);
	if (t == FX_CT_MAP || t == FX_CT_OBJECT || (any && !v->via.n))
		add(l, (cel_value){.kind = FX_CV_MAP});
	if (t == FX_CT_MAP || t == FX_CT_OBJECT)
		for (size_t i = 0; i < v->natoms; i++)
			v->partial |= v->atom[i]->rel == FX_CEL_HOLDS;
	if (any || (v->type && v->type->nullable))
		add(l, FX_CEL_NULL);
	if (any)
		add_rest(l, &rest);
	if (v->via.n)
		v->partial |= rest.n > 0 && (texts.n > 0 || numbers.n > 0);
}

static unsigned absent(const struct fx_cel_atom *a, enum cel_given g)
{
	return a->rel == FX_CEL_HAS && g == GIVEN_ABSENT ? MAY_FALSE : MAY_ERROR;
}

/* A text that some condition names, and that no record can have: there is no other that it is equal
 * to. */
static bool impossible(const struct cel_variable *v, const unsigned char *bits,
                       const cel_value *val)
{
	if (!v->takes || v->via.n || val->kind != FX_CV_STRING)
		return false;
	for (size_t i = 0; i < v->natoms; i++)
		if (bits[i] == MAY_TRUE &&
		    (v->atom[i]->rel == FX_CEL_EQ || v->atom[i]->rel == FX_CEL_IN))
			return !v->takes(v->ctx, v->path, val->s);
	return false;
}

/* Add a choice unless one with the same verdicts is there. */
static void offer(struct fx_arena *a, struct cel_variable *v, enum cel_given g,
                  const cel_value *val, struct cel_ctx *cx, struct fx_map *seen)
{
	struct cel_choice *c = &v->choice[v->nchoices];
	unsigned char *bits = c->verdict;
	bool fresh;

	if (!bits)
		bits = fx_arena_alloc(a, v->natoms + 1);
	c->verdict = bits; /* if it is none, the next one takes the room */
	for (size_t i = 0; i < v->natoms; i++)
		bits[i] = (unsigned char)(g == GIVEN_VALUE ? verdict(cx, v->atom[i], val)
		                                           : absent(v->atom[i], g));
	if (val && impossible(v, bits, val))
		return;
	fx_map_put(seen, (struct fx_str){(char *)bits, v->natoms}, &fresh);
	if (!fresh)
		return;
	c->given = g;
	if (val)
		c->value = *val;
	v->nchoices++;
}

void cel_domain(struct fx_arena *a, struct cel_variable *v)
{
	struct cel_ctx cx = {.a = a, .steps = UINT32_MAX, .memory = CEL_MEMORY};
	struct values l = {.a = a};
	struct fx_map seen = {0};

	add_values(&l, v);
	if (v->natoms && l.n > WORK_MAX / v->natoms) {
		v->partial = true;
		l.n = WORK_MAX / v->natoms;
	}
	v->choice = FX_NEWV(a, struct cel_choice, l.n + 3);
	for (size_t i = 0; i < l.n; i++)
		offer(a, v, GIVEN_VALUE, &l.v[i], &cx, &seen);
	/* a function of what is there may fail, as of what is not */
	if (!v->required || v->via.n)
		offer(a, v, GIVEN_ABSENT, NULL, &cx, &seen);
	if (v->nested && !v->required)
		offer(a, v, GIVEN_NOWHERE, NULL, &cx, &seen);
	v->partial |= cx.limited;
	fx_map_free(&seen);
}
