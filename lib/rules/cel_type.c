/* Types and their unification, as in cel-go's checker. */
#include "rules/cel_type.h"

#include <string.h>

const cel_type *cel_t(enum fx_cel_type_kind kind)
{
	static const cel_type plain[] = {
	    [FX_CT_DYN] = {.kind = FX_CT_DYN},
	    [FX_CT_ERROR] = {.kind = FX_CT_ERROR},
	    [FX_CT_NULL] = {.kind = FX_CT_NULL},
	    [FX_CT_BOOL] = {.kind = FX_CT_BOOL},
	    [FX_CT_INT] = {.kind = FX_CT_INT},
	    [FX_CT_UINT] = {.kind = FX_CT_UINT},
	    [FX_CT_DOUBLE] = {.kind = FX_CT_DOUBLE},
	    [FX_CT_STRING] = {.kind = FX_CT_STRING},
	    [FX_CT_BYTES] = {.kind = FX_CT_BYTES},
	    [FX_CT_TIMESTAMP] = {.kind = FX_CT_TIMESTAMP},
	    [FX_CT_DURATION] = {.kind = FX_CT_DURATION},
	    [FX_CT_TYPE] = {.kind = FX_CT_TYPE},
	};

	return &plain[kind];
}

const cel_type *cel_t2(struct fx_arena *a, enum fx_cel_type_kind kind, const cel_type *p,
                       const cel_type *q)
{
	cel_type *t = FX_NEW(a, cel_type);
	const cel_type **v = FX_NEWV(a, const cel_type *, 2);

	t->kind = (unsigned char)kind;
	v[0] = p;
	v[1] = q;
	t->param = v;
	t->nparam = q ? 2 : 1;
	return t;
}

const cel_type *cel_t1(struct fx_arena *a, enum fx_cel_type_kind kind, const cel_type *p)
{
	return cel_t2(a, kind, p, NULL);
}

#define OPTIONAL "optional_type"

const cel_type *cel_t_optional(struct fx_arena *a, const cel_type *p)
{
	cel_type *t = (cel_type *)cel_t1(a, FX_CT_ABSTRACT, p); /* fresh: ours to finish */

	t->name = FX_STR(OPTIONAL);
	return t;
}

const cel_type *cel_t_unwrap(const cel_type *t)
{
	if (t->kind != FX_CT_ABSTRACT || t->nparam != 1 || !fx_str_is(t->name, OPTIONAL))
		return NULL;
	return t->param[0];
}

const cel_type *cel_t_var(struct cel_types *ts)
{
	cel_type *t = FX_NEW(ts->a, cel_type);

	if (ts->n == ts->cap) {
		uint32_t cap = ts->cap ? ts->cap * 2 : 32;
		const cel_type **v = FX_NEWV(ts->a, const cel_type *, cap);

		if (ts->n)
			memcpy(v, ts->bound, ts->n * sizeof(*v));
		ts->bound = v;
		ts->cap = cap;
	}
	t->kind = FX_CT_VAR;
	t->var = ts->n++;
	ts->bound[t->var] = NULL;
	return t;
}

const cel_type *cel_t_find(const struct cel_types *ts, const cel_type *t)
{
	while (t->kind == FX_CT_VAR && ts->bound[t->var])
		t = ts->bound[t->var];
	return t;
}

/* Recursion over types: as deep as the tree or the schema, and no variable is bound
 * to what it occurs in. */
const cel_type *cel_t_subst(struct cel_types *ts, const cel_type *t, bool free_to_dyn)
{
	const cel_type **p;
	cel_type *copy;
	bool changed = false;

	t = cel_t_find(ts, t);
	if (t->kind == FX_CT_VAR)
		return free_to_dyn ? cel_t(FX_CT_DYN) : t;
	if (t->nparam == 0)
		return t;
	p = FX_NEWV(ts->a, const cel_type *, t->nparam);
	for (size_t i = 0; i < t->nparam; i++) {
		p[i] = cel_t_subst(ts, t->param[i], free_to_dyn);
		changed |= p[i] != t->param[i];
	}
	if (!changed)
		return t;
	copy = FX_NEW(ts->a, cel_type);
	*copy = *t;
	copy->param = p;
	return copy;
}

bool cel_t_dyn(const cel_type *t)
{
	return t->kind == FX_CT_DYN || t->kind == FX_CT_ERROR;
}

bool cel_t_number(const cel_type *t)
{
	return t->kind == FX_CT_INT || t->kind == FX_CT_UINT || t->kind == FX_CT_DOUBLE;
}

bool cel_t_null_ok(const cel_type *t)
{
	return t->nullable || t->kind == FX_CT_NULL || t->kind == FX_CT_ABSTRACT ||
	       t->kind == FX_CT_DURATION || t->kind == FX_CT_TIMESTAMP;
}

bool cel_t_same(const cel_type *a, const cel_type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->nparam != b->nparam || a->kind == FX_CT_OBJECT)
		return false;
	if (a->kind == FX_CT_VAR)
		return a->var == b->var;
	if (!fx_str_eq(a->name, b->name))
		return false;
	for (size_t i = 0; i < a->nparam; i++)
		if (!cel_t_same(a->param[i], b->param[i]))
			return false;
	return true;
}

static bool occurs(const struct cel_types *ts, const cel_type *var, const cel_type *t)
{
	t = cel_t_find(ts, t);
	if (t->kind == FX_CT_VAR)
		return t->var == var->var;
	for (size_t i = 0; i < t->nparam; i++)
		if (occurs(ts, var, t->param[i]))
			return true;
	return false;
}

/* a is as general as b, or more. */
static bool general(const cel_type *a, const cel_type *b)
{
	if (cel_t_dyn(a) || a->kind == FX_CT_VAR)
		return true;
	if (cel_t_dyn(b) || b->kind == FX_CT_VAR)
		return false;
	if (a->kind != b->kind)
		return false;
	if (a->kind == FX_CT_TYPE)
		return true;
	if (a->nparam != b->nparam || !fx_str_eq(a->name, b->name))
		return false;
	for (size_t i = 0; i < a->nparam; i++)
		if (!general(a->param[i], b->param[i]))
			return false;
	return true;
}

/* Without a list of the only values: for where other values may come together with these. */
static const cel_type *widened(struct fx_arena *a, const cel_type *t)
{
	cel_type *copy;

	if (t->kind == FX_CT_LIST && t->nparam && t->param[0]->nvalues)
		return cel_t1(a, FX_CT_LIST, widened(a, t->param[0]));
	if (t->nvalues == 0)
		return t;
	copy = FX_NEW(a, cel_type);
	*copy = *t;
	copy->nvalues = 0;
	return copy;
}

static bool assign(struct cel_types *ts, const cel_type *t1, const cel_type *t2);

/* May t stand for the variable?  *had: it stood for something already. */
static bool bind(struct cel_types *ts, const cel_type *t, const cel_type *var, bool *had)
{
	const cel_type *sub = ts->bound[var->var];

	*had = true;
	if (t->kind == FX_CT_VAR && t->var == var->var)
		return true;
	if (sub) {
		const cel_type *wide;

		if (cel_t_same(t, sub))
			return true;
		if (!assign(ts, t, sub))
			return false;
		wide = general(t, sub) ? t : sub;
		if (!occurs(ts, var, wide))
			ts->bound[var->var] = widened(ts->a, wide);
		return true;
	}
	*had = false;
	if (occurs(ts, var, t))
		return false;
	ts->bound[var->var] = widened(ts->a, t);
	return true;
}

/* An object of the record is a map from names to anything. */
static bool assign_object(const cel_type *t1, const cel_type *t2)
{
	const cel_type *o = t1->kind == FX_CT_OBJECT ? t1 : t2, *m = o == t1 ? t2 : t1;

	if (m->kind == FX_CT_OBJECT)
		return true;
	if (m->kind != FX_CT_MAP)
		return false;
	return m->param[0]->kind == FX_CT_STRING || cel_t_dyn(m->param[0]) ||
	       m->param[0]->kind == FX_CT_VAR;
}

static bool assign(struct cel_types *ts, const cel_type *t1, const cel_type *t2)
{
	bool had;

	if (t2->kind == FX_CT_VAR) {
		if (bind(ts, t1, t2, &had))
			return true;
		if (had)
			return false;
	}
	if (t1->kind == FX_CT_VAR)
		return bind(ts, t2, t1, &had);
	if (cel_t_dyn(t1) || cel_t_dyn(t2))
		return true;
	if (t1->kind == FX_CT_NULL)
		return cel_t_null_ok(t2);
	if (t2->kind == FX_CT_NULL)
		return cel_t_null_ok(t1);
	if (t1->kind == FX_CT_OBJECT || t2->kind == FX_CT_OBJECT) {
		const cel_type *m = t1->kind == FX_CT_MAP ? t1 : t2->kind == FX_CT_MAP ? t2 : NULL;

		if (!assign_object(t1, t2))
			return false;
		return !m || (assign(ts, cel_t(FX_CT_STRING), m->param[0]) &&
		              assign(ts, cel_t(FX_CT_DYN), m->param[1]));
	}
	if (t1->kind != t2->kind)
		return false;
	if (t1->kind == FX_CT_TYPE)
		return true;
	if (t1->nparam != t2->nparam || !fx_str_eq(t1->name, t2->name))
		return false;
	for (size_t i = 0; i < t1->nparam; i++)
		if (!assign(ts, t1->param[i], t2->param[i]))
			return false;
	return true;
}

static bool try(struct cel_types *ts, const cel_type *const *a, const cel_type *const *b, size_t n,
                bool keep)
{
	const cel_type **saved = FX_NEWV(ts->a, const cel_type *, ts->n);
	uint32_t had = ts->n;
	size_t i;

	if (had)
		memcpy(saved, ts->bound, had * sizeof(*saved));
	for (i = 0; i < n && assign(ts, a[i], b[i]); i++)
		;
	if (had && (i < n || !keep))
		memcpy(ts->bound, saved, had * sizeof(*saved));
	return i == n;
}

bool cel_t_assignable_all(struct cel_types *ts, const cel_type *const *a, const cel_type *const *b,
                          size_t n)
{
	return try(ts, a, b, n, true);
}

bool cel_t_fits(struct cel_types *ts, const cel_type *const *a, const cel_type *const *b, size_t n)
{
	return try(ts, a, b, n, false);
}

bool cel_t_assignable(struct cel_types *ts, const cel_type *t1, const cel_type *t2)
{
	return cel_t_assignable_all(ts, &t1, &t2, 1);
}

const cel_type *cel_t_join(struct cel_types *ts, const cel_type *a, const cel_type *b)
{
	if (!a || a == b)
		return b;
	if (!cel_t_assignable(ts, a, b))
		return cel_t(FX_CT_DYN);
	/* [null, 1]: the other one's type, as null goes there */
	if (a->kind == FX_CT_NULL && b->kind != FX_CT_NULL)
		return b;
	if (b->kind == FX_CT_NULL)
		return a;
	return widened(ts->a, general(a, b) ? a : b);
}

/* ---- words ---- */

static void text(struct fx_buf *b, const cel_type *t)
{
	static const char *const names[] = {
	    "dyn",       "error",    "null", "bool", "int",  "uint", "double", "string", "bytes",
	    "timestamp", "duration", "list", "map",  "type", "",     "",       "object", "?"};

	if (t->kind == FX_CT_ABSTRACT || t->kind == FX_CT_PARAM)
		fx_buf_str(b, t->name);
	else
		fx_buf_z(b, names[t->kind]);
	if (t->nparam == 0)
		return;
	for (size_t i = 0; i < t->nparam; i++) {
		fx_buf_z(b, i ? ", " : "(");
		text(b, t->param[i]);
	}
	fx_buf_byte(b, ')');
}

struct fx_str fx_cel_type_text(const struct fx_cel_type *t, struct fx_arena *a)
{
	struct fx_buf b = {0};
	struct fx_str s;

	if (!t)
		return FX_STR("unknown");
	text(&b, t);
	s = fx_arena_str(a, fx_buf_view(&b));
	fx_buf_free(&b);
	return s;
}
