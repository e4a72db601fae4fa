/* Types are deduced for every node and held against each other. */
#include <string.h>

#include "rules/cel_type.h"

struct checker {
	struct cel_unit *u;
	struct cel_types ts;
	const cel_type *slot[CEL_SLOTS];
};

static const cel_type *check(struct checker *c, struct cel_node *n);

/*
 * The arguments when several overloads fit.  Of an empty list's element nothing is known,
 * and then the first overload must not decide for its later uses: it is dyn.
 */
static const cel_type **loose(struct checker *c, const cel_type *const *t, size_t n)
{
	const cel_type **out = FX_NEWV(c->u->a, const cel_type *, n + 1);

	for (size_t i = 0; i < n; i++) {
		out[i] = cel_t_find(&c->ts, t[i]);
		if (out[i]->kind == FX_CT_VAR)
			out[i] = cel_t(FX_CT_DYN);
	}
	return out;
}

static struct fx_str words(struct checker *c, const cel_type *t)
{
	return fx_cel_type_text(cel_t_subst(&c->ts, t, true), c->u->a);
}

/* ---- constants ---- */

static const cel_type *type_of_type(struct checker *c, struct fx_str name)
{
	static const struct {
		const char *name;
		enum fx_cel_type_kind kind;
	} simple[] = {{"bool", FX_CT_BOOL},
		      {"int", FX_CT_INT},
		      {"uint", FX_CT_UINT},
		      {"double", FX_CT_DOUBLE},
		      {"string", FX_CT_STRING},
		      {"bytes", FX_CT_BYTES},
		      {"null_type", FX_CT_NULL},
		      {"type", FX_CT_TYPE},
		      {"google.protobuf.Timestamp", FX_CT_TIMESTAMP},
		      {"google.protobuf.Duration", FX_CT_DURATION}};
	struct fx_arena *a = c->u->a;
	const cel_type *dyn = cel_t(FX_CT_DYN);

	for (size_t i = 0; i < sizeof(simple) / sizeof(*simple); i++)
		if (fx_str_is(name, simple[i].name))
			return cel_t1(a, FX_CT_TYPE, cel_t(simple[i].kind));
	if (fx_str_is(name, "list"))
		return cel_t1(a, FX_CT_TYPE, cel_t1(a, FX_CT_LIST, dyn));
	if (fx_str_is(name, "map"))
		return cel_t1(a, FX_CT_TYPE, cel_t2(a, FX_CT_MAP, dyn, dyn));
	return cel_t1(a, FX_CT_TYPE, cel_t_optional(a, dyn));
}

static const cel_type *constant(struct checker *c, const struct cel_node *n)
{
	switch (n->val.kind) {
	case FX_CV_NULL:
		return cel_t(FX_CT_NULL);
	case FX_CV_BOOL:
		return cel_t(FX_CT_BOOL);
	case FX_CV_INT:
		return cel_t(FX_CT_INT);
	case FX_CV_UINT:
		return cel_t(FX_CT_UINT);
	case FX_CV_DOUBLE:
		return cel_t(FX_CT_DOUBLE);
	case FX_CV_STRING:
		return cel_t(FX_CT_STRING);
	case FX_CV_BYTES:
		return cel_t(FX_CT_BYTES);
	case FX_CV_TYPE:
		return type_of_type(c, n->val.s);
	default:
		return cel_t(FX_CT_DYN);
	}
}

/* ---- fields ---- */

static const struct fx_cel_field *field(const cel_type *object, struct fx_str name)
{
	for (size_t i = 0; object && i < object->nfield; i++)
		if (fx_str_eq(object->field[i].name, name))
			return &object->field[i];
	return NULL;
}

static const cel_type *no_field(struct checker *c, const cel_type *object, struct fx_str name,
				uint32_t at)
{
	const struct fx_cel_env *env = c->u->env;
	struct fx_str *names = FX_NEWV(c->u->a, struct fx_str, object->nfield);
	const char *in = object == env->line ? "an order line" : "the contract";
	int near;

	for (size_t i = 0; i < object->nfield; i++)
		names[i] = object->field[i].name;
	near = fx_str_nearest(name, names, object->nfield);
	if (near >= 0)
		return cel_fault(c->u, at, "%s has no field '%.*s'; did you mean '%.*s'?",
				 object == env->line || object == env->record ? in : "the object",
				 FX_FMT(name), FX_FMT(names[near]));
	if (object == env->record && field(env->line, name))
		return cel_fault(c->u, at, "%s has no field '%.*s'; a line has: SKU.%.*s", in,
				 FX_FMT(name), FX_FMT(name));
	if (object == env->line && field(env->record, name))
		return cel_fault(c->u, at, "%s has no field '%.*s'; the order has: %.*s", in,
				 FX_FMT(name), FX_FMT(name));
	return cel_fault(c->u, at, "%s has no field '%.*s'",
			 object == env->line || object == env->record ? in : "the object",
			 FX_FMT(name));
}

static const cel_type *member(struct checker *c, const cel_type *object, struct fx_str name,
			      uint32_t at)
{
	const struct fx_cel_field *f = field(object, name);

	if (f)
		return f->type;
	if (object->open)
		return cel_t(FX_CT_DYN);
	return no_field(c, object, name, at);
}

static const cel_type *record_field(struct checker *c, const struct cel_node *n)
{
	const struct fx_cel_env *env = c->u->env;

	if (!env)
		return cel_t(FX_CT_DYN);
	if (n->type_name && !field(env->record, n->name))
		return type_of_type(c, n->name);
	return member(c, env->record, n->name, n->at);
}

/* The type of t.name or t[...] for a t that is no optional. */
static const cel_type *step(struct checker *c, struct cel_node *n, const cel_type *t,
			    const cel_type *key)
{
	const struct cel_node *k = n->op == CEL_INDEX ? n->arg[1] : NULL;
	const cel_type *dyn = cel_t(FX_CT_DYN);
	struct fx_str is;

	switch (t->kind) {
	case FX_CT_OBJECT:
		if (!k)
			return member(c, t, n->name, n->at);
		if (k->op == CEL_CONST && k->val.kind == FX_CV_STRING)
			return member(c, t, k->val.s, k->start);
		if (!cel_t_assignable(&c->ts, key, cel_t(FX_CT_STRING)))
			return cel_fault(c->u, k->start, "a field's name is a string");
		return dyn;
	case FX_CT_MAP:
		if (k && !cel_t_assignable(&c->ts, key, t->param[0]) && !cel_t_number(key)) {
			is = words(c, t);
			return cel_fault(c->u, k->start, "a wrong type of key for %.*s", FX_FMT(is));
		}
		return t->param[1];
	case FX_CT_LIST:
		if (!k)
			break;
		if (!cel_t_assignable(&c->ts, key, cel_t(FX_CT_INT)))
			return cel_fault(c->u, k->start, "a list's index is a whole number");
		return t->param[0];
	case FX_CT_VAR:
		cel_t_assignable(&c->ts, dyn, t);
		return dyn;
	case FX_CT_DYN:
	case FX_CT_ERROR:
		return dyn;
	default:
		break;
	}
	is = words(c, t);
	if (k)
		return cel_fault(c->u, n->at, "%.*s has no elements", FX_FMT(is));
	return cel_fault(c->u, n->at, "%.*s has no fields", FX_FMT(is));
}

static const cel_type *check_step(struct checker *c, struct cel_node *n)
{
	const cel_type *t = check(c, n->arg[0]), *key = NULL, *inner, *r;

	if (t && n->op == CEL_INDEX)
		key = check(c, n->arg[1]);
	if (!t || (n->op == CEL_INDEX && !key))
		return NULL;
	t = cel_t_find(&c->ts, t);
	inner = cel_t_unwrap(t);
	if (inner)
		inner = cel_t_find(&c->ts, inner);
	/* a list or a map? nothing tells, so it is not even known that it is optional */
	if (key && inner && inner->kind == FX_CT_VAR)
		return cel_t(FX_CT_DYN);
	r = step(c, n, inner ? inner : t, key ? cel_t_find(&c->ts, key) : NULL);
	if (!r)
		return NULL;
	return inner || n->optional ? cel_t_optional(c->u->a, r) : r;
}

/* ---- operators ---- */

static bool want_bool(struct checker *c, struct cel_node *n)
{
	const cel_type *t = check(c, n);
	struct fx_str is;

	if (!t)
		return false;
	if (cel_t_assignable(&c->ts, t, cel_t(FX_CT_BOOL)))
		return true;
	is = words(c, t);
	cel_fault(c->u, n->start, "true or false is wanted here, this is %.*s", FX_FMT(is));
	return false;
}

/* A constant that a field with a list of values can never have. */
static bool never(struct checker *c, const cel_type *t, const struct cel_node *k)
{
	struct fx_str all = {NULL, 0};
	int near;

	if (t->nvalues == 0 || k->op != CEL_CONST || k->val.kind != FX_CV_STRING)
		return false;
	for (size_t i = 0; i < t->nvalues; i++) {
		if (fx_str_eq(t->values[i], k->val.s))
			return false;
		if (i < 8)
			all = fx_arena_fmt(c->u->a, "%.*s%s%.*s", FX_FMT(all), i ? ", " : "",
					   FX_FMT(t->values[i]));
	}
	near = fx_str_nearest(k->val.s, t->values, t->nvalues);
	if (near >= 0)
		cel_fault(c->u, k->start, "'%.*s' never occurs here; did you mean '%.*s'?",
			  FX_FMT(k->val.s), FX_FMT(t->values[near]));
	else
		cel_fault(c->u, k->start, "'%.*s' never occurs here; there are: %.*s%s",
			  FX_FMT(k->val.s), FX_FMT(all), t->nvalues > 8 ? " ..." : "");
	return true;
}

static const cel_type *unlike(struct checker *c, const struct cel_node *n, const cel_type *a,
			      const cel_type *b)
{
	struct fx_str x = words(c, a), y = words(c, b);
	const struct cel_node *k = n->arg[1]->op == CEL_CONST	? n->arg[1]
				   : n->arg[0]->op == CEL_CONST ? n->arg[0]
								: NULL;

	if (a->kind == FX_CT_NULL || b->kind == FX_CT_NULL)
		return cel_fault(c->u, k ? k->start : n->at,
				 "this is never null; has() tells whether a field is there");
	return cel_fault(c->u, k ? k->start : n->at, "%.*s is compared with %.*s", FX_FMT(x),
			 FX_FMT(y));
}

static const cel_type *check_equal(struct checker *c, struct cel_node *n)
{
	const cel_type *a = check(c, n->arg[0]), *b = a ? check(c, n->arg[1]) : NULL;

	if (!b)
		return NULL;
	a = cel_t_find(&c->ts, a);
	b = cel_t_find(&c->ts, b);
	if (never(c, a, n->arg[1]) || never(c, b, n->arg[0]))
		return NULL;
	if (!(cel_t_number(a) && cel_t_number(b)) && !cel_t_assignable(&c->ts, a, b))
		return unlike(c, n, a, b);
	return cel_t(FX_CT_BOOL);
}

static const cel_type *check_order(struct checker *c, struct cel_node *n)
{
	const cel_type *a = check(c, n->arg[0]), *b = a ? check(c, n->arg[1]) : NULL;
	struct fx_str x;

	if (!b)
		return NULL;
	a = cel_t_find(&c->ts, a);
	b = cel_t_find(&c->ts, b);
	if (cel_t_number(a) && cel_t_number(b))
		return cel_t(FX_CT_BOOL);
	for (int i = 0; i < 2; i++) {
		const cel_type *t = i ? b : a;

		switch (t->kind) {
		case FX_CT_LIST:
		case FX_CT_MAP:
		case FX_CT_OBJECT:
		case FX_CT_NULL:
		case FX_CT_TYPE:
		case FX_CT_ABSTRACT:
			x = words(c, t);
			return cel_fault(c->u, n->at, "%.*s has no order", FX_FMT(x));
		default:
			break;
		}
	}
	return cel_t_assignable(&c->ts, a, b) ? cel_t(FX_CT_BOOL) : unlike(c, n, a, b);
}

static const cel_type *check_in(struct checker *c, struct cel_node *n)
{
	const cel_type *a = check(c, n->arg[0]), *b = a ? check(c, n->arg[1]) : NULL, *e;
	struct cel_node *list = n->arg[1];
	struct fx_str x, y;

	if (!b)
		return NULL;
	a = cel_t_find(&c->ts, a);
	b = cel_t_find(&c->ts, b);
	if (cel_t_dyn(b) || b->kind == FX_CT_VAR)
		return cel_t(FX_CT_BOOL);
	if (b->kind != FX_CT_LIST && b->kind != FX_CT_MAP && b->kind != FX_CT_OBJECT) {
		x = words(c, b);
		return cel_fault(c->u, list->start, "'in' wants a list or a map, this is %.*s",
				 FX_FMT(x));
	}
	for (uint32_t i = 0; list->op == CEL_LIST && i < list->n; i++)
		if (never(c, a, list->arg[i]))
			return NULL;
	e = b->kind == FX_CT_OBJECT ? cel_t(FX_CT_STRING) : cel_t_find(&c->ts, b->param[0]);
	if (never(c, e, n->arg[0]))
		return NULL;
	if ((cel_t_number(a) && cel_t_number(e)) || cel_t_assignable(&c->ts, a, e))
		return cel_t(FX_CT_BOOL);
	x = words(c, a);
	y = words(c, b);
	return cel_fault(c->u, list->start, "%.*s is looked for in %.*s", FX_FMT(x), FX_FMT(y));
}

/* Operand and result types of the arithmetic operators, as signatures. */
static const char *const arith[] = {
    [CEL_ADD - CEL_ADD] = "iii uuu ddd sss yyy DDD tDt Dtt ",
    [CEL_SUB - CEL_ADD] = "iii uuu ddd DDD tDt ttD ",
    [CEL_MUL - CEL_ADD] = "iii uuu ddd ",
    [CEL_DIV - CEL_ADD] = "iii uuu ddd ",
    [CEL_MOD - CEL_ADD] = "iii uuu ",
    [CEL_NEG - CEL_ADD] = "ii dd ",
};

static const cel_type *letter(char l)
{
	static const char letters[] = "*nbiudsytDT";
	static const enum fx_cel_type_kind kinds[] = {
	    FX_CT_DYN,	  FX_CT_NULL,  FX_CT_BOOL,	FX_CT_INT,	FX_CT_UINT, FX_CT_DOUBLE,
	    FX_CT_STRING, FX_CT_BYTES, FX_CT_TIMESTAMP, FX_CT_DURATION, FX_CT_TYPE};

	return cel_t(kinds[strchr(letters, l) - letters]);
}

/* The result when several overloads fit: the one they share, else dyn. */
static const cel_type *either(const cel_type *so_far, const cel_type *t)
{
	if (!so_far || cel_t_same(so_far, t))
		return t;
	return cel_t(FX_CT_DYN);
}

/* Candidate k of an operator on t: [A] + [A], then the signatures; false behind the last. */
static bool candidate(struct checker *c, const struct cel_node *n, size_t k, const cel_type *want[2],
		      const cel_type **result)
{
	const char *sig = arith[n->op - CEL_ADD];

	if (n->op == CEL_ADD && k-- == 0) {
		want[0] = want[1] = *result = cel_t1(c->u->a, FX_CT_LIST, cel_t_var(&c->ts));
		return true;
	}
	if (k * (n->n + 2) >= strlen(sig))
		return false;
	sig += k * (n->n + 2);
	want[0] = letter(sig[0]);
	want[1] = letter(sig[1]);
	*result = letter(sig[n->n]);
	return true;
}

static const cel_type *no_operator(struct checker *c, const struct cel_node *n,
				   const cel_type *const *t)
{
	static const char sign[] = "+-*/%-";
	struct fx_str x = words(c, t[0]), y;

	if (n->n == 1)
		return cel_fault(c->u, n->at, "no -%.*s", FX_FMT(x));
	y = words(c, t[1]);
	return cel_fault(c->u, n->at, "no %.*s %c %.*s%s", FX_FMT(x), sign[n->op - CEL_ADD],
			 FX_FMT(y),
			 cel_t_number(t[0]) && cel_t_number(t[1])
			     ? "; write 2.0, or convert by int() or double()"
			     : "");
}

static const cel_type *check_arith(struct checker *c, struct cel_node *n)
{
	const cel_type *t[2] = {NULL, NULL}, *want[2], *r, *result = NULL;
	const cel_type *const *use;
	size_t fit = 0;

	for (uint32_t i = 0; i < n->n; i++) {
		t[i] = check(c, n->arg[i]);
		if (!t[i])
			return NULL;
		t[i] = cel_t_find(&c->ts, t[i]);
	}
	for (size_t k = 0; candidate(c, n, k, want, &r); k++)
		fit += cel_t_fits(&c->ts, t, want, n->n);
	use = fit > 1 ? loose(c, t, n->n) : t;
	for (size_t k = 0; candidate(c, n, k, want, &r); k++)
		if (cel_t_assignable_all(&c->ts, use, want, n->n))
			result = either(result, cel_t_subst(&c->ts, r, false));
	return result ? result : no_operator(c, n, t);
}

static const cel_type *check_cond(struct checker *c, struct cel_node *n)
{
	const cel_type *both[2], *want[2];
	struct fx_str x, y;

	if (!want_bool(c, n->arg[0]))
		return NULL;
	both[0] = check(c, n->arg[1]);
	both[1] = both[0] ? check(c, n->arg[2]) : NULL;
	if (!both[1])
		return NULL;
	want[0] = want[1] = cel_t_var(&c->ts);
	if (cel_t_assignable_all(&c->ts, both, want, 2))
		return cel_t_subst(&c->ts, want[0], false);
	x = words(c, both[0]);
	y = words(c, both[1]);
	return cel_fault(c->u, n->at, "either %.*s or %.*s comes out of this", FX_FMT(x), FX_FMT(y));
}

/* ---- literals ---- */

static const cel_type *element(struct checker *c, struct cel_node *n)
{
	const cel_type *t = check(c, n->op == CEL_MAYBE ? n->arg[0] : n), *inner;

	if (!t || n->op != CEL_MAYBE)
		return t;
	t = cel_t_find(&c->ts, t);
	if (cel_t_dyn(t))
		return t;
	inner = cel_t_unwrap(t);
	return inner ? inner : cel_fault(c->u, n->at, "? wants an optional value behind it");
}

static const cel_type *check_list(struct checker *c, struct cel_node *n)
{
	const cel_type *e = NULL;

	for (uint32_t i = 0; i < n->n; i++) {
		const cel_type *t = element(c, n->arg[i]);

		if (!t)
			return NULL;
		e = cel_t_join(&c->ts, e, t);
	}
	return cel_t1(c->u->a, FX_CT_LIST, e ? e : cel_t_var(&c->ts));
}

static const cel_type *check_map(struct checker *c, struct cel_node *n)
{
	const cel_type *k = NULL, *v = NULL;

	for (uint32_t i = 0; i < n->n; i += 2) {
		const cel_type *tk = check(c, n->arg[i]), *tv;

		if (!tk)
			return NULL;
		tv = element(c, n->arg[i + 1]);
		if (!tv)
			return NULL;
		k = cel_t_join(&c->ts, k, tk);
		v = cel_t_join(&c->ts, v, tv);
	}
	return cel_t2(c->u->a, FX_CT_MAP, k ? k : cel_t_var(&c->ts), v ? v : cel_t_var(&c->ts));
}

/* ---- macros ---- */

static bool range_types(struct checker *c, struct cel_node *n, const cel_type **k,
			const cel_type **v)
{
	const cel_type *t = check(c, n->arg[0]);
	struct fx_str is;

	if (!t)
		return false;
	t = cel_t_find(&c->ts, t);
	*k = *v = cel_t(FX_CT_DYN);
	switch (t->kind) {
	case FX_CT_LIST:
		*k = cel_t(FX_CT_INT);
		*v = t->param[0];
		return true;
	case FX_CT_MAP:
		*k = t->param[0];
		*v = t->param[1];
		return true;
	case FX_CT_OBJECT:
		*k = cel_t(FX_CT_STRING);
		return true;
	case FX_CT_VAR:
		cel_t_assignable(&c->ts, cel_t(FX_CT_DYN), t);
		return true;
	case FX_CT_DYN:
	case FX_CT_ERROR:
		return true;
	default:
		is = words(c, t);
		cel_fault(c->u, n->at, "this wants a list or a map, not %.*s", FX_FMT(is));
		return false;
	}
}

static const cel_type *check_macro(struct checker *c, struct cel_node *n)
{
	struct fx_arena *a = c->u->a;
	const cel_type *k, *v, *body, *range;

	if (!range_types(c, n, &k, &v))
		return NULL;
	range = cel_t_find(&c->ts, n->arg[0]->type);
	if (n->slot2 == CEL_NO_SLOT) {
		c->slot[n->slot] = range->kind == FX_CT_LIST ? v : k;
	} else {
		c->slot[n->slot] = k;
		c->slot[n->slot2] = v;
	}
	if (n->n > 2 && !want_bool(c, n->arg[2]))
		return NULL;
	if (n->op == CEL_MAPPED || n->op == CEL_MAP_MAP || n->op == CEL_MAP_ENTRY) {
		body = check(c, n->arg[1]);
		if (!body)
			return NULL;
		if (n->op == CEL_MAPPED)
			return cel_t1(a, FX_CT_LIST, body);
		if (n->op == CEL_MAP_MAP)
			return cel_t2(a, FX_CT_MAP, k, body);
		body = cel_t_find(&c->ts, body);
		if (body->kind == FX_CT_MAP || cel_t_dyn(body))
			return body;
		return cel_fault(c->u, n->arg[1]->start, "a map of one entry is wanted here");
	}
	if (!want_bool(c, n->arg[1]))
		return NULL;
	return n->op == CEL_FILTER ? cel_t1(a, FX_CT_LIST, c->slot[n->slot]) : cel_t(FX_CT_BOOL);
}

static const cel_type *check_opt_map(struct checker *c, struct cel_node *n)
{
	const cel_type *t = check(c, n->arg[0]), *inner;

	if (!t)
		return NULL;
	t = cel_t_find(&c->ts, t);
	inner = cel_t_unwrap(t);
	if (!inner && !cel_t_dyn(t) && t->kind != FX_CT_VAR)
		return cel_fault(c->u, n->at, "this wants an optional value before it");
	c->slot[n->slot] = inner ? inner : cel_t(FX_CT_DYN);
	t = check(c, n->arg[1]);
	if (!t || n->op == CEL_OPT_MAP)
		return t ? cel_t_optional(c->u->a, t) : NULL;
	t = cel_t_find(&c->ts, t);
	if (cel_t_unwrap(t) || cel_t_dyn(t))
		return t;
	return cel_fault(c->u, n->arg[1]->start, "an optional value is wanted here");
}

/* ---- calls ---- */

#define CEL_PARAMS 8 /* no overload takes more */

/* The type that a signature writes at *p; A and B are ab[0] and ab[1]. */
static const cel_type *from_sig(struct checker *c, const char **p, const cel_type *ab[2])
{
	struct fx_arena *a = c->u->a;
	const cel_type *x, *y;
	char l = *(*p)++;

	switch (l) {
	case 'A':
	case 'B':
		return ab[l - 'A'];
	case 'L':
		return cel_t1(a, FX_CT_LIST, from_sig(c, p, ab));
	case 'M':
		x = from_sig(c, p, ab);
		y = from_sig(c, p, ab);
		return cel_t2(a, FX_CT_MAP, x, y);
	case 'O':
		return cel_t_optional(a, from_sig(c, p, ab));
	case 'T':
		return cel_t1(a, FX_CT_TYPE, from_sig(c, p, ab));
	default:
		return letter(l);
	}
}

/* One or more numbers, or a list of them. */
static const cel_type *numbers(struct checker *c, struct cel_node *n, const cel_type **t)
{
	const cel_type *r = NULL, *e;

	for (uint32_t i = 0; i < n->n; i++) {
		e = cel_t_find(&c->ts, t[i]);
		if (n->n == 1 && e->kind == FX_CT_LIST)
			e = cel_t_find(&c->ts, e->param[0]);
		if (!cel_t_number(e) && !cel_t_dyn(e) && e->kind != FX_CT_VAR)
			return cel_fault(c->u, n->arg[i]->start, "%.*s wants numbers",
					 FX_FMT(n->name));
		r = either(r, e);
	}
	return r ? r : cel_fault(c->u, n->at, "%.*s wants numbers", FX_FMT(n->name));
}

static const cel_type *no_overload(struct checker *c, struct cel_node *n, const cel_type **t)
{
	struct fx_str all = {NULL, 0};
	uint32_t first = n->member ? 1 : 0;

	for (uint32_t i = first; i < n->n; i++) {
		struct fx_str is = words(c, t[i]);

		all = fx_arena_fmt(c->u->a, "%.*s%s%.*s", FX_FMT(all), i > first ? ", " : "",
				   FX_FMT(is));
	}
	if (first) {
		struct fx_str is = words(c, t[0]);

		return cel_fault(c->u, n->at, "no %.*s.%.*s(%.*s)", FX_FMT(is), FX_FMT(n->name),
				 FX_FMT(all));
	}
	return cel_fault(c->u, n->at, "no %.*s(%.*s)", FX_FMT(n->name), FX_FMT(all));
}

static const cel_type **arguments(struct checker *c, struct cel_node *n)
{
	const cel_type **t = FX_NEWV(c->u->a, const cel_type *, n->n + 1);

	for (uint32_t i = 0; i < n->n; i++) {
		t[i] = check(c, n->arg[i]);
		if (!t[i])
			return NULL;
	}
	return t;
}

/* Whether overload k takes t (binding nothing, or for good), and then its result. */
static bool overload(struct checker *c, const struct cel_node *n, size_t k,
		     const cel_type *const *t, bool keep, const cel_type **result)
{
	const cel_type *ab[2], *want[CEL_PARAMS];
	const char *sig = n->fn[k].sig;

	if (n->n > CEL_PARAMS || cel_sig_params(sig) != n->n)
		return false;
	ab[0] = cel_t_var(&c->ts);
	ab[1] = cel_t_var(&c->ts);
	for (uint32_t i = 0; i < n->n; i++)
		want[i] = from_sig(c, &sig, ab);
	if (!keep)
		return cel_t_fits(&c->ts, t, want, n->n);
	if (!cel_t_assignable_all(&c->ts, t, want, n->n))
		return false;
	sig++;
	*result = cel_t_subst(&c->ts, from_sig(c, &sig, ab), false);
	return true;
}

static const cel_type *check_call(struct checker *c, struct cel_node *n)
{
	const cel_type **t = arguments(c, n), *r, *result = NULL;
	const cel_type *const *use = t;
	size_t fit = 0;

	if (!t)
		return NULL;
	if (n->fn->sig[0] == '#')
		return numbers(c, n, t);
	for (size_t k = 0; k < n->nfn; k++)
		fit += overload(c, n, k, t, false, &r);
	if (fit > 1)
		use = loose(c, t, n->n);
	for (size_t k = 0; k < n->nfn; k++)
		if (overload(c, n, k, use, true, &r))
			result = either(result, r);
	return result ? result : no_overload(c, n, t);
}

/* A declaration's parameters T, U .. become variables of this use. */
struct fresh {
	struct fx_str name[8];
	const cel_type *var[8];
	size_t n;
};

static const cel_type *instantiate(struct checker *c, const cel_type *t, struct fresh *f)
{
	const cel_type **p;
	cel_type *copy;

	if (t->kind == FX_CT_PARAM) {
		for (size_t i = 0; i < f->n; i++)
			if (fx_str_eq(f->name[i], t->name))
				return f->var[i];
		if (f->n == 8)
			return cel_t(FX_CT_DYN);
		f->name[f->n] = t->name;
		return f->var[f->n++] = cel_t_var(&c->ts);
	}
	if (t->nparam == 0)
		return t;
	copy = FX_NEW(c->u->a, cel_type);
	*copy = *t;
	copy->param = p = FX_NEWV(c->u->a, const cel_type *, t->nparam);
	for (size_t i = 0; i < t->nparam; i++)
		p[i] = instantiate(c, t->param[i], f);
	return copy;
}

static const cel_type *check_declared(struct checker *c, struct cel_node *n)
{
	const struct fx_cel_scope *s = c->u->scope;
	const cel_type **t = arguments(c, n), **want, *result = NULL;

	if (!t)
		return NULL;
	want = FX_NEWV(c->u->a, const cel_type *, n->n + 1);
	for (size_t k = 0; k < s->nfns; k++) {
		const struct fx_cel_fn_decl *d = &s->fns[k];
		struct fresh f = {.n = 0};

		if (d->member != n->member || d->nparams != n->n || !fx_str_eq(d->name, n->name))
			continue;
		for (uint32_t i = 0; i < n->n; i++)
			want[i] = instantiate(c, d->params[i], &f);
		if (cel_t_assignable_all(&c->ts, t, want, n->n))
			result = either(result, cel_t_subst(&c->ts, instantiate(c, d->result, &f),
							    false));
	}
	return result ? result : no_overload(c, n, t);
}

static const cel_type *check_has(struct checker *c, struct cel_node *n)
{
	return check(c, n->arg[0]) ? cel_t(FX_CT_BOOL) : NULL;
}

static const cel_type *logical(struct checker *c, struct cel_node *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		if (!want_bool(c, n->arg[i]))
			return NULL;
	return cel_t(FX_CT_BOOL);
}

static const cel_type *deduce(struct checker *c, struct cel_node *n)
{
	switch ((enum cel_op)n->op) {
	case CEL_CONST:
		return constant(c, n);
	case CEL_FIELD:
		return record_field(c, n);
	case CEL_LINE:
		return c->u->env && c->u->env->line ? c->u->env->line : cel_t(FX_CT_DYN);
	case CEL_VAR:
		return c->u->scope->vars[n->var].type ? c->u->scope->vars[n->var].type
						      : cel_t(FX_CT_DYN);
	case CEL_SLOT:
		return c->slot[n->slot];
	case CEL_SELECT:
	case CEL_INDEX:
		return check_step(c, n);
	case CEL_HAS:
		return check_has(c, n);
	case CEL_AND:
	case CEL_OR:
	case CEL_NOT:
		return logical(c, n);
	case CEL_COND:
		return check_cond(c, n);
	case CEL_EQ:
	case CEL_NE:
		return check_equal(c, n);
	case CEL_LT:
	case CEL_LE:
	case CEL_GT:
	case CEL_GE:
		return check_order(c, n);
	case CEL_IN:
		return check_in(c, n);
	case CEL_LIST:
		return check_list(c, n);
	case CEL_MAP:
		return check_map(c, n);
	case CEL_CALL:
		return check_call(c, n);
	case CEL_UNKNOWN:
		return check_declared(c, n);
	case CEL_BIND:
		c->slot[n->slot] = check(c, n->arg[0]);
		return c->slot[n->slot] ? check(c, n->arg[1]) : NULL;
	case CEL_OPT_MAP:
	case CEL_OPT_FLAT_MAP:
		return check_opt_map(c, n);
	case CEL_ALL:
	case CEL_EXISTS:
	case CEL_EXISTS_ONE:
	case CEL_MAPPED:
	case CEL_FILTER:
	case CEL_MAP_MAP:
	case CEL_MAP_ENTRY:
		return check_macro(c, n);
	case CEL_IDENT:
	case CEL_MAYBE:
		return cel_fault(c->u, n->at, "this cannot stand here");
	default:
		return check_arith(c, n);
	}
}

static const cel_type *check(struct checker *c, struct cel_node *n)
{
	n->type = deduce(c, n);
	return n->type;
}

/* The types are final now; numbers out of a record are what its schema says. */
static void settle(struct checker *c, struct cel_node *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		settle(c, n->arg[i]);
	if (!n->type)
		return;
	n->type = cel_t_subst(&c->ts, n->type, true);
	if (c->u->scope || !c->u->env)
		return;
	if (n->op == CEL_FIELD || n->op == CEL_SELECT || n->op == CEL_INDEX || n->op == CEL_SLOT)
		n->coerce = n->type->kind == FX_CT_INT	    ? FX_CV_INT
			    : n->type->kind == FX_CT_DOUBLE ? FX_CV_DOUBLE
							    : 0;
}

int cel_check(struct cel_unit *u, struct cel_node *root)
{
	struct checker c = {.u = u, .ts = {.a = u->a}};

	if (!check(&c, root))
		return -1;
	if (!u->scope && !u->any && !cel_t_assignable(&c.ts, root->type, cel_t(FX_CT_BOOL))) {
		struct fx_str is = words(&c, root->type);

		cel_fault(u, root->start, "a predicate is true or false, this is %.*s", FX_FMT(is));
		return -1;
	}
	settle(&c, root);
	return 0;
}
