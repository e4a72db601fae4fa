/* Names become variables and fields, macros their own nodes, calls their functions. */
#include "rules/cel_ast.h"

#include <string.h>

#include "rules/cel_resolve.h"

struct resolver {
	struct cel_unit *u;
	struct {
		struct fx_str name;
		unsigned char slot;
	} scope[CEL_SLOTS];
	unsigned nscope;
};

static struct cel_node *resolve(struct resolver *r, struct cel_node *e);

/* Type names are constants of kind TYPE. */
static bool type_value(struct fx_str name, struct fx_cel_value *out)
{
	static const char *const names[] = {"bool",
	                                    "int",
	                                    "uint",
	                                    "double",
	                                    "string",
	                                    "bytes",
	                                    "list",
	                                    "map",
	                                    "null_type",
	                                    "type",
	                                    "optional_type",
	                                    "google.protobuf.Timestamp",
	                                    "google.protobuf.Duration"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!fx_str_is(name, names[i]))
			continue;
		*out = (struct fx_cel_value){.kind = FX_CV_TYPE, .s = fx_str(names[i])};
		return true;
	}
	return false;
}

/* a.b.c as text when e is a chain of plain selections from a name, else empty. */
static struct fx_str dotted(struct resolver *r, const struct cel_node *e)
{
	struct fx_str head;

	if (e->op == CEL_IDENT)
		return e->name;
	if (e->op != CEL_SELECT || e->optional)
		return (struct fx_str){NULL, 0};
	head = dotted(r, e->arg[0]);
	if (!head.n)
		return head;
	return fx_arena_fmt(r->u->a, "%.*s.%.*s", FX_FMT(head), FX_FMT(e->name));
}

static const struct cel_node *root_of(const struct cel_node *e)
{
	while (e->op == CEL_SELECT || e->op == CEL_INDEX)
		e = e->arg[0];
	return e;
}

static bool in_scope(const struct resolver *r, struct fx_str name, unsigned char *slot)
{
	for (unsigned i = r->nscope; i-- > 0;) {
		if (!fx_str_eq(r->scope[i].name, name))
			continue;
		*slot = r->scope[i].slot;
		return true;
	}
	return false;
}

/* The declared variable of that name, first inside the container and its parents. */
static bool declared(struct resolver *r, struct fx_str name, bool absolute, uint32_t *var)
{
	const struct fx_cel_scope *s = r->u->scope;
	struct fx_str within = absolute ? (struct fx_str){NULL, 0} : s->container;

	for (;;) {
		struct fx_str full = name;

		if (within.n)
			full = fx_arena_fmt(r->u->a, "%.*s.%.*s", FX_FMT(within), FX_FMT(name));
		for (uint32_t i = 0; i < s->nvars; i++) {
			if (!fx_str_eq(s->vars[i].name, full))
				continue;
			*var = i;
			return true;
		}
		if (!within.n)
			return false;
		while (within.n && within.p[within.n - 1] != '.')
			within.n--;
		within.n -= within.n > 0;
	}
}

static struct cel_node *unknown_name(struct resolver *r, struct cel_node *e)
{
	if (!r->u->scope->unchecked)
		return cel_fault(r->u, e->at, "undeclared reference to '%.*s'", FX_FMT(e->name));
	e->op = CEL_UNKNOWN;
	e->val = cel_err(FX_CEL_UNDECLARED, e->name);
	return e;
}

/* A chain of names over declared variables: the longest declared prefix is the variable. */
static bool qualified(struct resolver *r, struct cel_node *e)
{
	struct fx_str name = dotted(r, e);
	const struct cel_node *root = root_of(e);
	unsigned char slot;
	uint32_t var;

	if (!name.n || (!root->absolute && in_scope(r, root->name, &slot)))
		return false;
	if (declared(r, name, root->absolute, &var)) {
		e->op = CEL_VAR;
		e->var = var;
		e->n = 0;
		e->name = name;
		return true;
	}
	return false;
}

static struct cel_node *resolve_ident(struct resolver *r, struct cel_node *e)
{
	unsigned char slot;
	bool type = type_value(e->name, &e->val);

	if (!e->absolute && in_scope(r, e->name, &slot)) {
		e->op = CEL_SLOT;
		e->slot = slot;
		return e;
	}
	if (r->u->scope) {
		if (qualified(r, e))
			return e;
		if (!type)
			return unknown_name(r, e);
		e->op = CEL_CONST;
		return e;
	}
	if (!e->absolute && (fx_str_is(e->name, "SKU") || fx_str_is(e->name, "line"))) {
		e->op = CEL_LINE;
		return e;
	}
	e->op = CEL_FIELD;
	e->type_name = type;
	return e;
}

static struct cel_node *resolve_select(struct resolver *r, struct cel_node *e)
{
	struct fx_str name = dotted(r, e);

	if (r->u->scope && qualified(r, e))
		return e;
	if (name.n && type_value(name, &e->val)) {
		e->op = CEL_CONST;
		e->n = 0;
		return e;
	}
	e->arg[0] = resolve(r, e->arg[0]);
	return e->arg[0] ? e : NULL;
}

static int resolve_args(struct resolver *r, struct cel_node *e, uint32_t from)
{
	for (uint32_t i = from; i < e->n; i++) {
		e->arg[i] = resolve(r, e->arg[i]);
		if (!e->arg[i])
			return -1;
	}
	return 0;
}

/* ---- macros ---- */

struct macro {
	const char *name;
	unsigned char nargs; /* the receiver not counted */
	unsigned char nvars;
	enum cel_op op;
};

static const struct macro macros[] = {
    {"all", 2, 1, CEL_ALL},
    {"all", 3, 2, CEL_ALL},
    {"exists", 2, 1, CEL_EXISTS},
    {"exists", 3, 2, CEL_EXISTS},
    {"exists_one", 2, 1, CEL_EXISTS_ONE},
    {"exists_one", 3, 2, CEL_EXISTS_ONE},
    {"existsOne", 2, 1, CEL_EXISTS_ONE},
    {"existsOne", 3, 2, CEL_EXISTS_ONE},
    {"filter", 2, 1, CEL_FILTER},
    {"map", 2, 1, CEL_MAPPED},
    {"map", 3, 1, CEL_MAPPED},
    {"transformList", 3, 2, CEL_MAPPED},
    {"transformList", 4, 2, CEL_MAPPED},
    {"transformMap", 3, 2, CEL_MAP_MAP},
    {"transformMap", 4, 2, CEL_MAP_MAP},
    {"transformMapEntry", 3, 2, CEL_MAP_ENTRY},
    {"transformMapEntry", 4, 2, CEL_MAP_ENTRY},
    {"optMap", 2, 1, CEL_OPT_MAP},
    {"optFlatMap", 2, 1, CEL_OPT_FLAT_MAP},
};

static const struct macro *find_macro(const struct cel_node *e)
{
	if (!e->member)
		return NULL;
	for (size_t i = 0; i < sizeof(macros) / sizeof(*macros); i++)
		if (macros[i].nargs == e->n - 1 && fx_str_is(e->name, macros[i].name))
			return &macros[i];
	return NULL;
}

/* Bring the name of a macro's variable into scope. */
static int push(struct resolver *r, const struct cel_node *name, unsigned char *slot)
{
	if (name->op != CEL_IDENT || name->absolute) {
		cel_fault(r->u, name->at, "a plain name for the macro's variable should be here");
		return -1;
	}
	if (r->nscope == CEL_SLOTS) {
		cel_fault(r->u, name->at, "macros are nested too deeply");
		return -1;
	}
	*slot = (unsigned char)r->nscope;
	r->scope[r->nscope].name = name->name;
	r->scope[r->nscope].slot = *slot;
	r->nscope++;
	return 0;
}

static struct cel_node *expand(struct resolver *r, struct cel_node *e, const struct macro *m)
{
	struct cel_node **arg = e->arg;
	unsigned had = r->nscope;
	uint32_t body = 1u + m->nvars, n = e->n;

	arg[0] = resolve(r, arg[0]);
	if (!arg[0] || push(r, arg[1], &e->slot))
		return NULL;
	if (m->nvars == 2) {
		if (fx_str_eq(arg[1]->name, arg[2]->name))
			return cel_fault(r->u, arg[2]->at, "both variables have the same name");
		if (push(r, arg[2], &e->slot2))
			return NULL;
	}
	e->op = (unsigned char)m->op;
	/* the filter, where there is one, is written before the body */
	for (uint32_t i = body; i < n; i++) {
		arg[i] = resolve(r, arg[i]);
		if (!arg[i])
			return NULL;
	}
	r->nscope = had;
	e->n = 2;
	if (n - body == 2) {
		struct cel_node *filter = arg[body], *value = arg[body + 1];

		arg[1] = value;
		arg[2] = filter;
		e->n = 3;
	} else {
		arg[1] = arg[body];
	}
	return e;
}

static struct cel_node *bind(struct resolver *r, struct cel_node *e)
{
	unsigned had = r->nscope;
	struct cel_node *name = e->arg[1];

	if (e->n != 4)
		return cel_fault(r->u, e->at, "cel.bind takes a name, its value and an expression");
	e->arg[0] = resolve(r, e->arg[2]);
	if (!e->arg[0] || push(r, name, &e->slot))
		return NULL;
	e->arg[1] = resolve(r, e->arg[3]);
	r->nscope = had;
	e->op = CEL_BIND;
	e->n = 2;
	return e->arg[1] ? e : NULL;
}

static struct cel_node *has(struct resolver *r, struct cel_node *e)
{
	if (e->n != 1 || e->arg[0]->op != CEL_SELECT) {
		if (e->n == 1 && e->arg[0]->op == CEL_IDENT && !r->u->scope)
			goto bare;
		return cel_fault(r->u, e->n ? e->arg[0]->at : e->at,
		                 "has() takes a field, as in has(SKU.type)");
	}
	e->arg[0]->arg[0] = resolve(r, e->arg[0]->arg[0]);
	if (!e->arg[0]->arg[0])
		return NULL;
	e->op = CEL_HAS;
	return e;
bare:
	/* over a record, a top-level field is a member like any other */
	e->arg[0] = resolve(r, e->arg[0]);
	if (!e->arg[0])
		return NULL;
	if (e->arg[0]->op != CEL_FIELD && e->arg[0]->op != CEL_LINE)
		return cel_fault(r->u, e->arg[0]->at, "has() takes a field, as in has(SKU.type)");
	e->op = CEL_HAS;
	return e;
}

/* ---- calls ---- */

static bool declared_fn(const struct resolver *r, const struct cel_node *e)
{
	const struct fx_cel_scope *s = r->u->scope;

	for (size_t i = 0; s && i < s->nfns; i++)
		if (s->fns[i].member == e->member && fx_str_eq(s->fns[i].name, e->name))
			return true;
	return false;
}

static struct cel_node *unknown_fn(struct resolver *r, struct cel_node *e)
{
	struct fx_str near = cel_fn_nearest(e->name);
	size_t n;

	if (r->u->scope && (r->u->scope->unchecked || declared_fn(r, e))) {
		e->op = CEL_UNKNOWN;
		e->val = cel_err(FX_CEL_UNBOUND, e->name);
		return resolve_args(r, e, 0) ? NULL : e;
	}
	if (cel_fns(e->name, !e->member, &n))
		return cel_fault(r->u, e->at, "%.*s() is written %s", FX_FMT(e->name),
		                 e->member ? "name(value)" : "value.name()");
	if (fx_str_is(e->name, "not") || fx_str_is(e->name, "and") || fx_str_is(e->name, "or"))
		return cel_fault(r->u, e->at, "%.*s is written in capitals", FX_FMT(e->name));
	if (near.n)
		return cel_fault(r->u, e->at, "no function '%.*s'; did you mean '%.*s'?",
		                 FX_FMT(e->name), FX_FMT(near));
	return cel_fault(r->u, e->at, "no function '%.*s'", FX_FMT(e->name));
}

/* math.greatest(1, 2) is a function with a dotted name, unless `math` is a variable. */
static bool namespaced(struct resolver *r, struct cel_node *e)
{
	struct fx_str head;
	unsigned char slot;
	size_t n;

	if (!e->member)
		return false;
	head = dotted(r, e->arg[0]);
	if (!head.n || in_scope(r, root_of(e->arg[0])->name, &slot))
		return false;
	head = fx_arena_fmt(r->u->a, "%.*s.%.*s", FX_FMT(head), FX_FMT(e->name));
	if (!cel_fns(head, false, &n))
		return false;
	e->name = head;
	e->member = false;
	e->arg++;
	e->n--;
	return true;
}

static struct cel_node *resolve_call(struct resolver *r, struct cel_node *e)
{
	const struct macro *m = find_macro(e);
	unsigned char slot;
	size_t n;

	if (m)
		return expand(r, e, m);
	if (!e->member && fx_str_is(e->name, "has"))
		return has(r, e);
	if (e->member && fx_str_is(e->name, "bind") && e->arg[0]->op == CEL_IDENT &&
	    fx_str_is(e->arg[0]->name, "cel") && !in_scope(r, e->arg[0]->name, &slot))
		return bind(r, e);
	namespaced(r, e);
	e->fn = cel_fns(e->name, e->member, &n);
	e->nfn = (uint16_t)n;
	if (!e->fn)
		return unknown_fn(r, e);
	return resolve_args(r, e, 0) ? NULL : e;
}

static struct cel_node *resolve(struct resolver *r, struct cel_node *e)
{
	switch (e->op) {
	case CEL_IDENT:
		return resolve_ident(r, e);
	case CEL_SELECT:
		return resolve_select(r, e);
	case CEL_CALL:
		return resolve_call(r, e);
	case CEL_CONST:
		return e;
	default:
		return resolve_args(r, e, 0) ? NULL : e;
	}
}

struct cel_node *cel_resolve(struct cel_unit *u, struct cel_node *root)
{
	struct resolver r = {.u = u};

	return resolve(&r, root);
}

/* ---- what an expression names ---- */

static bool plain(struct fx_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i && c >= '0' && c <= '9')))
			return false;
	}
	return name.n > 0;
}

/* The name by which a step goes on from arg[0], or empty. */
static struct fx_str step(const struct cel_node *e)
{
	if (e->op == CEL_SELECT && plain(e->name))
		return e->name;
	if (e->op == CEL_INDEX && e->arg[1]->op == CEL_CONST &&
	    e->arg[1]->val.kind == FX_CV_STRING && plain(e->arg[1]->val.s))
		return e->arg[1]->val.s;
	return (struct fx_str){NULL, 0};
}

struct fx_str cel_path(struct fx_arena *a, const struct cel_node *e, bool *whole)
{
	struct fx_str head, s;
	bool inner;

	*whole = true;
	if (e->op == CEL_FIELD)
		return e->name;
	if (e->op == CEL_LINE)
		return FX_STR("SKU");
	*whole = false;
	if (e->op != CEL_SELECT && e->op != CEL_INDEX)
		return (struct fx_str){NULL, 0};
	head = cel_path(a, e->arg[0], &inner);
	s = step(e);
	if (!inner || !s.n)
		return head;
	*whole = true;
	return fx_arena_fmt(a, "%.*s.%.*s", FX_FMT(head), FX_FMT(s));
}

static void add_attr(struct cel_names *out, struct fx_str path)
{
	for (size_t i = 0; i < out->n; i++)
		if (fx_str_eq(out->v[i], path))
			return;
	if (out->n == out->cap) {
		size_t cap = out->cap ? out->cap * 2 : 8;
		struct fx_str *v = FX_NEWV(out->a, struct fx_str, cap);

		if (out->n)
			memcpy(v, out->v, out->n * sizeof(*v));
		out->v = v;
		out->cap = cap;
	}
	out->v[out->n++] = path;
}

void cel_names(struct cel_names *out, const struct cel_node *e)
{
	bool whole;

	if (e->op == CEL_FIELD || e->op == CEL_LINE || e->op == CEL_SELECT || e->op == CEL_INDEX) {
		struct fx_str path = cel_path(out->a, e, &whole);
		const struct cel_node *root = root_of(e);

		out->line |= root->op == CEL_LINE;
		if (path.n && !(root->op == CEL_FIELD && root->type_name))
			add_attr(out, path);
		if (path.n && root->op == CEL_FIELD && root->type_name && root != e)
			add_attr(out, path);
		/* what stands in brackets on the way names attributes, too */
		for (; e != root; e = e->arg[0])
			if (e->op == CEL_INDEX)
				cel_names(out, e->arg[1]);
		if (root->op == CEL_FIELD || root->op == CEL_LINE)
			return;
		e = root;
	}
	for (uint32_t i = 0; i < e->n; i++)
		cel_names(out, e->arg[i]);
}
