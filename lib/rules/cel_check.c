/* Types are deduced for every node and held against each other. */
#include "rules/cel_check.h"

struct fx_str cel_type_words(struct cel_checker *c, const cel_type *t)
{
	return fx_cel_type_text(cel_t_subst(&c->ts, t, true), c->u->a);
}

/* ---- constants ---- */

static const cel_type *type_of_type(struct cel_checker *c, struct fx_str name)
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

static const cel_type *constant(struct cel_checker *c, const struct cel_node *n)
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

static const cel_type *no_field(struct cel_checker *c, const cel_type *object, struct fx_str name,
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

static const cel_type *member(struct cel_checker *c, const cel_type *object, struct fx_str name,
                              uint32_t at)
{
	const struct fx_cel_field *f = field(object, name);

	if (f)
		return f->type;
	if (object->open)
		return cel_t(FX_CT_DYN);
	return no_field(c, object, name, at);
}

static const cel_type *record_field(struct cel_checker *c, const struct cel_node *n)
{
	const struct fx_cel_env *env = c->u->env;

	if (!env)
		return cel_t(FX_CT_DYN);
	if (n->type_name && !field(env->record, n->name))
		return type_of_type(c, n->name);
	return member(c, env->record, n->name, n->at);
}

/* The type of t.name or t[...] for a t that is no optional. */
static const cel_type *step(struct cel_checker *c, struct cel_node *n, const cel_type *t,
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
			is = cel_type_words(c, t);
			return cel_fault(c->u, k->start, "a wrong type of key for %.*s",
			                 FX_FMT(is));
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
	is = cel_type_words(c, t);
	if (k)
		return cel_fault(c->u, n->at, "%.*s has no elements", FX_FMT(is));
	return cel_fault(c->u, n->at, "%.*s has no fields%s", FX_FMT(is),
	                 n->arg[0]->op == CEL_FIELD && fx_str_is(n->arg[0]->name, "lines")
	                     ? "; the line that is decided is SKU"
	                     : "");
}

static const cel_type *check_step(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *t = cel_check_node(c, n->arg[0]), *key = NULL, *inner, *r;

	if (t && n->op == CEL_INDEX)
		key = cel_check_node(c, n->arg[1]);
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

/* ---- literals ---- */

static const cel_type *element(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *t = cel_check_node(c, n->op == CEL_MAYBE ? n->arg[0] : n), *inner;

	if (!t || n->op != CEL_MAYBE)
		return t;
	t = cel_t_find(&c->ts, t);
	if (cel_t_dyn(t))
		return t;
	inner = cel_t_unwrap(t);
	return inner ? inner : cel_fault(c->u, n->at, "? wants an optional value behind it");
}

static const cel_type *check_list(struct cel_checker *c, struct cel_node *n)
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

static const cel_type *check_map(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *k = NULL, *v = NULL;

	for (uint32_t i = 0; i < n->n; i += 2) {
		const cel_type *tk = cel_check_node(c, n->arg[i]), *tv;

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

static bool range_types(struct cel_checker *c, struct cel_node *n, const cel_type **k,
                        const cel_type **v)
{
	const cel_type *t = cel_check_node(c, n->arg[0]);
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
		is = cel_type_words(c, t);
		cel_fault(c->u, n->at, "this wants a list or a map, not %.*s", FX_FMT(is));
		return false;
	}
}

static const cel_type *check_macro(struct cel_checker *c, struct cel_node *n)
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
	if (n->n > 2 && !cel_want_bool(c, n->arg[2]))
		return NULL;
	if (n->op == CEL_MAPPED || n->op == CEL_MAP_MAP || n->op == CEL_MAP_ENTRY) {
		body = cel_check_node(c, n->arg[1]);
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
	if (!cel_want_bool(c, n->arg[1]))
		return NULL;
	return n->op == CEL_FILTER ? cel_t1(a, FX_CT_LIST, c->slot[n->slot]) : cel_t(FX_CT_BOOL);
}

static const cel_type *check_opt_map(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *t = cel_check_node(c, n->arg[0]), *inner;

	if (!t)
		return NULL;
	t = cel_t_find(&c->ts, t);
	inner = cel_t_unwrap(t);
	if (!inner && !cel_t_dyn(t) && t->kind != FX_CT_VAR)
		return cel_fault(c->u, n->at, "this wants an optional value before it");
	c->slot[n->slot] = inner ? inner : cel_t(FX_CT_DYN);
	t = cel_check_node(c, n->arg[1]);
	if (!t || n->op == CEL_OPT_MAP)
		return t ? cel_t_optional(c->u->a, t) : NULL;
	t = cel_t_find(&c->ts, t);
	if (cel_t_unwrap(t) || cel_t_dyn(t))
		return t;
	return cel_fault(c->u, n->arg[1]->start, "an optional value is wanted here");
}

static const cel_type *check_has(struct cel_checker *c, struct cel_node *n)
{
	return cel_check_node(c, n->arg[0]) ? cel_t(FX_CT_BOOL) : NULL;
}

static const cel_type *logical(struct cel_checker *c, struct cel_node *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		if (!cel_want_bool(c, n->arg[i]))
			return NULL;
	return cel_t(FX_CT_BOOL);
}

static const cel_type *deduce(struct cel_checker *c, struct cel_node *n)
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
		return cel_check_cond(c, n);
	case CEL_EQ:
	case CEL_NE:
		return cel_check_equal(c, n);
	case CEL_LT:
	case CEL_LE:
	case CEL_GT:
	case CEL_GE:
		return cel_check_order(c, n);
	case CEL_IN:
		return cel_check_in(c, n);
	case CEL_LIST:
		return check_list(c, n);
	case CEL_MAP:
		return check_map(c, n);
	case CEL_CALL:
		return cel_check_call(c, n);
	case CEL_UNKNOWN:
		return cel_check_declared(c, n);
	case CEL_BIND:
		c->slot[n->slot] = cel_check_node(c, n->arg[0]);
		return c->slot[n->slot] ? cel_check_node(c, n->arg[1]) : NULL;
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
		return cel_check_arith(c, n);
	}
}

const cel_type *cel_check_node(struct cel_checker *c, struct cel_node *n)
{
	n->type = deduce(c, n);
	return n->type;
}

/* The types are final now; numbers out of a record are what its schema says. */
static void settle(struct cel_checker *c, struct cel_node *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		settle(c, n->arg[i]);
	if (!n->type)
		return;
	n->type = cel_t_subst(&c->ts, n->type, true);
	if (c->u->scope || !c->u->env)
		return;
	if (n->op == CEL_FIELD || n->op == CEL_SELECT || n->op == CEL_INDEX || n->op == CEL_SLOT)
		n->coerce = n->type->kind == FX_CT_INT      ? FX_CV_INT
		            : n->type->kind == FX_CT_DOUBLE ? FX_CV_DOUBLE
		                                            : 0;
}

int cel_check(struct cel_unit *u, struct cel_node *root)
{
	struct cel_checker c = {.u = u, .ts = {.a = u->a}};

	if (!cel_check_node(&c, root))
		return -1;
	if (!u->scope && !u->any && !cel_t_assignable(&c.ts, root->type, cel_t(FX_CT_BOOL))) {
		struct fx_str is = cel_type_words(&c, root->type);

		cel_fault(u, root->start, "a predicate is true or false, this is %.*s", FX_FMT(is));
		return -1;
	}
	settle(&c, root);
	return 0;
}
