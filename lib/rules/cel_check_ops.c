/* The types of operators and calls. */
#include <stdio.h>
#include <string.h>

#include "rules/cel_check.h"
#include "rules/cel_resolve.h"

/*
 * The arguments when several overloads fit.  Of an empty list's element nothing is known,
 * and then the first overload must not decide for its later uses: it is dyn.
 */
static const cel_type **loose(struct cel_checker *c, const cel_type *const *t, size_t n)
{
	const cel_type **out = FX_NEWV(c->u->a, const cel_type *, n + 1);

	for (size_t i = 0; i < n; i++) {
		out[i] = cel_t_find(&c->ts, t[i]);
		if (out[i]->kind == FX_CT_VAR)
			out[i] = cel_t(FX_CT_DYN);
	}
	return out;
}

/* ---- operators ---- */

bool cel_want_bool(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *t = cel_check_node(c, n);
	struct fx_str is;

	if (!t)
		return false;
	if (cel_t_assignable(&c->ts, t, cel_t(FX_CT_BOOL)))
		return true;
	is = cel_type_words(c, t);
	cel_fault(c->u, n->start, "true or false is wanted here, this is %.*s", FX_FMT(is));
	return false;
}

/* A constant that a field with a list of values can never have. */
static bool never(struct cel_checker *c, const cel_type *t, const struct cel_node *k)
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

/* How what is compared can be compared; empty when there is no telling. */
static struct fx_str instead(struct cel_checker *c, const struct cel_node *n, const cel_type *a,
                             const cel_type *b)
{
	bool text = a->kind == FX_CT_STRING;
	const struct cel_node *field = n->arg[text ? 0 : 1], *other = n->arg[text ? 1 : 0];
	const cel_type *t = text ? b : a;
	struct fx_str path;
	bool whole;

	if (a->kind == b->kind || (!text && b->kind != FX_CT_STRING))
		return FX_STR("");
	path = cel_path(c->u->a, field, &whole);
	if (t->kind == FX_CT_LIST && (n->op == CEL_EQ || n->op == CEL_NE))
		return FX_STR("; one of several is asked for by in");
	if (!cel_t_number(t))
		return FX_STR("");
	if (path.n && whole)
		return fx_arena_fmt(c->u->a, "; a decimal in a text is double(%.*s)", FX_FMT(path));
	return other->op == CEL_CONST ? FX_STR("") : FX_STR("; a number has no quotes");
}

static const cel_type *unlike(struct cel_checker *c, const struct cel_node *n, const cel_type *a,
                              const cel_type *b)
{
	struct fx_str x = cel_type_words(c, a), y = cel_type_words(c, b);
	const struct cel_node *k = n->arg[1]->op == CEL_CONST   ? n->arg[1]
	                           : n->arg[0]->op == CEL_CONST ? n->arg[0]
	                                                        : NULL;

	if (a->kind == FX_CT_NULL || b->kind == FX_CT_NULL)
		return cel_fault(c->u, k ? k->start : n->at,
		                 "this is never null; has() tells whether a field is there");
	return cel_fault(c->u, k ? k->start : n->at, "%.*s is compared with %.*s%.*s", FX_FMT(x),
	                 FX_FMT(y), FX_FMT(instead(c, n, a, b)));
}

/* What a text is compared with has just failed at `n`: was it a text without its quotes? */
static void *unquoted(struct cel_checker *c, const cel_type *a, const struct cel_node *n)
{
	struct fx_err *err = c->u->err;
	size_t len = err ? strlen(err->msg) : 0;
	const cel_type *t = cel_t_find(&c->ts, a);
	bool known = false, hinted = len > 0 && strchr(err->msg, ';'), whole = true;
	bool hyphens = n->op == CEL_SUB; /* made-to-order */
	struct fx_str text = hyphens ? (struct fx_str){c->u->src.p + n->start, n->end - n->start}
	                             : cel_path(c->u->a, n, &whole);

	if (len == 0 || !text.n || !whole || t->kind != FX_CT_STRING)
		return NULL;
	for (size_t i = 0; i < t->nvalues; i++)
		known |= fx_str_eq(t->values[i], text);
	/* a field that was nearly named is the better guess, but for a value that there is */
	if (!known && (hinted || (n->op != CEL_FIELD && !hyphens)))
		return NULL;
	if (err->msg[len - 1] == '?')
		len--;
	snprintf(err->msg + len, sizeof(err->msg) - len, "%s the string \"%.*s\"?",
	         hinted ? " or" : "; did you mean", FX_FMT(text));
	return NULL;
}

/* The left side has just failed: what does the right one say that it was to be? */
static void *unquoted_left(struct cel_checker *c, struct cel_node *n)
{
	struct fx_err *err = c->u->err, kept;
	const cel_type *b;

	if (!err || n->arg[1]->op == CEL_CONST)
		return NULL;
	kept = *err;
	b = cel_check_node(c, n->arg[1]);
	*err = kept;
	return b ? unquoted(c, b, n->arg[0]) : NULL;
}

const cel_type *cel_check_equal(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *a = cel_check_node(c, n->arg[0]),
	               *b = a ? cel_check_node(c, n->arg[1]) : NULL;

	if (!a)
		return unquoted_left(c, n);
	if (!b)
		return unquoted(c, a, n->arg[1]);
	a = cel_t_find(&c->ts, a);
	b = cel_t_find(&c->ts, b);
	if (never(c, a, n->arg[1]) || never(c, b, n->arg[0]))
		return NULL;
	if (!(cel_t_number(a) && cel_t_number(b)) && !cel_t_assignable(&c->ts, a, b))
		return unlike(c, n, a, b);
	return cel_t(FX_CT_BOOL);
}

const cel_type *cel_check_order(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *a = cel_check_node(c, n->arg[0]),
	               *b = a ? cel_check_node(c, n->arg[1]) : NULL;
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
			x = cel_type_words(c, t);
			return cel_fault(c->u, n->at, "%.*s has no order", FX_FMT(x));
		default:
			break;
		}
	}
	return cel_t_assignable(&c->ts, a, b) ? cel_t(FX_CT_BOOL) : unlike(c, n, a, b);
}

const cel_type *cel_check_in(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *a = cel_check_node(c, n->arg[0]),
	               *b = a ? cel_check_node(c, n->arg[1]) : NULL, *e;
	struct cel_node *list = n->arg[1];
	struct fx_str x, y;

	if (!b && a && list->op == CEL_LIST)
		for (uint32_t i = 0; i < list->n; i++)
			if (c->u->err && c->u->err->col > list->arg[i]->start &&
			    c->u->err->col <= list->arg[i]->end)
				return unquoted(c, a, list->arg[i]);
	if (!b)
		return NULL;
	a = cel_t_find(&c->ts, a);
	b = cel_t_find(&c->ts, b);
	if (cel_t_dyn(b) || b->kind == FX_CT_VAR)
		return cel_t(FX_CT_BOOL);
	if (b->kind != FX_CT_LIST && b->kind != FX_CT_MAP && b->kind != FX_CT_OBJECT) {
		x = cel_type_words(c, b);
		return cel_fault(c->u, list->start,
		                 "'in' wants a list such as [\"a\", \"b\"], or a map, this is %.*s",
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
	x = cel_type_words(c, a);
	y = cel_type_words(c, b);
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
	    FX_CT_DYN,    FX_CT_NULL,  FX_CT_BOOL,      FX_CT_INT,      FX_CT_UINT, FX_CT_DOUBLE,
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
static bool candidate(struct cel_checker *c, const struct cel_node *n, size_t k,
                      const cel_type *want[2], const cel_type **result)
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

static const cel_type *no_operator(struct cel_checker *c, const struct cel_node *n,
                                   const cel_type *const *t)
{
	static const char sign[] = "+-*/%-";
	struct fx_str x = cel_type_words(c, t[0]), y;

	if (n->n == 1)
		return cel_fault(c->u, n->at, "no -%.*s", FX_FMT(x));
	y = cel_type_words(c, t[1]);
	return cel_fault(c->u, n->at, "no %.*s %c %.*s%s", FX_FMT(x), sign[n->op - CEL_ADD],
	                 FX_FMT(y),
	                 cel_t_number(t[0]) && cel_t_number(t[1])
	                     ? "; write 2.0, or convert by int() or double()"
	                     : "");
}

const cel_type *cel_check_arith(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *t[2] = {NULL, NULL}, *want[2], *r, *result = NULL;
	const cel_type *const *use;
	size_t fit = 0;

	for (uint32_t i = 0; i < n->n; i++) {
		t[i] = cel_check_node(c, n->arg[i]);
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

const cel_type *cel_check_cond(struct cel_checker *c, struct cel_node *n)
{
	const cel_type *both[2], *want[2];
	struct fx_str x, y;

	if (!cel_want_bool(c, n->arg[0]))
		return NULL;
	both[0] = cel_check_node(c, n->arg[1]);
	both[1] = both[0] ? cel_check_node(c, n->arg[2]) : NULL;
	if (!both[1])
		return NULL;
	want[0] = want[1] = cel_t_var(&c->ts);
	if (cel_t_assignable_all(&c->ts, both, want, 2))
		return cel_t_subst(&c->ts, want[0], false);
	x = cel_type_words(c, both[0]);
	y = cel_type_words(c, both[1]);
	return cel_fault(c->u, n->at, "either %.*s or %.*s comes out of this", FX_FMT(x),
	                 FX_FMT(y));
}

/* ---- calls ---- */

#define CEL_PARAMS 8 /* no overload takes more */

/* The type that a signature writes at *p; A and B are ab[0] and ab[1]. */
static const cel_type *from_sig(struct cel_checker *c, const char **p, const cel_type *ab[2])
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
static const cel_type *numbers(struct cel_checker *c, struct cel_node *n, const cel_type **t)
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

static const cel_type *no_overload(struct cel_checker *c, struct cel_node *n, const cel_type **t)
{
	struct fx_str all = {NULL, 0};
	uint32_t first = n->member ? 1 : 0;

	for (uint32_t i = first; i < n->n; i++) {
		struct fx_str is = cel_type_words(c, t[i]);

		all = fx_arena_fmt(c->u->a, "%.*s%s%.*s", FX_FMT(all), i > first ? ", " : "",
		                   FX_FMT(is));
	}
	if (first) {
		struct fx_str is = cel_type_words(c, t[0]);

		return cel_fault(c->u, n->at, "no %.*s.%.*s(%.*s)", FX_FMT(is), FX_FMT(n->name),
		                 FX_FMT(all));
	}
	return cel_fault(c->u, n->at, "no %.*s(%.*s)", FX_FMT(n->name), FX_FMT(all));
}

static const cel_type **arguments(struct cel_checker *c, struct cel_node *n)
{
	const cel_type **t = FX_NEWV(c->u->a, const cel_type *, n->n + 1);

	for (uint32_t i = 0; i < n->n; i++) {
		t[i] = cel_check_node(c, n->arg[i]);
		if (!t[i])
			return NULL;
	}
	return t;
}

/* Whether overload k takes t (binding nothing, or for good), and then its result. */
static bool overload(struct cel_checker *c, const struct cel_node *n, size_t k,
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

const cel_type *cel_check_call(struct cel_checker *c, struct cel_node *n)
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

static const cel_type *instantiate(struct cel_checker *c, const cel_type *t, struct fresh *f)
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

const cel_type *cel_check_declared(struct cel_checker *c, struct cel_node *n)
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
			result = either(result,
			                cel_t_subst(&c->ts, instantiate(c, d->result, &f), false));
	}
	return result ? result : no_overload(c, n, t);
}
