/* A predicate taken apart into conditions on single attributes. */
#include "rules/cel_atom.h"

#include "rules/cel_fn.h"
#include "rules/cel_resolve.h"

/* The attribute that a node reads as a whole; empty when it reads more or else. */
static struct fx_str attribute(struct fx_arena *a, const struct cel_node *n)
{
	bool whole;
	struct fx_str path = cel_path(a, n, &whole);

	for (const struct cel_node *s = n; s->op == CEL_SELECT || s->op == CEL_INDEX; s = s->arg[0])
		whole &= !s->optional; /* that gives an optional, no value */
	return whole ? path : (struct fx_str){NULL, 0};
}

static bool scalar(const struct fx_cel_value *v)
{
	switch (v->kind) {
	case FX_CV_NULL:
	case FX_CV_BOOL:
	case FX_CV_INT:
	case FX_CV_UINT:
	case FX_CV_DOUBLE:
	case FX_CV_STRING:
	case FX_CV_TIMESTAMP:
	case FX_CV_DURATION:
		return true;
	default:
		return false;
	}
}

/* An attribute, or a function of one. */
static bool term(struct fx_arena *a, const struct cel_node *n, struct fx_cel_atom *out)
{
	out->via = (struct fx_str){NULL, 0};
	if (n->op == CEL_CALL && n->n == 1) {
		out->via = n->name;
		n = n->arg[0];
	}
	out->path = attribute(a, n);
	out->type = n->type && n->type->kind != FX_CT_DYN ? n->type : NULL;
	return out->path.n > 0;
}

static bool compare(struct fx_arena *a, const struct cel_node *n, struct fx_cel_atom *out)
{
	/* by operator, as written and with its sides turned round */
	static const enum fx_cel_rel rel[][2] = {{FX_CEL_EQ, FX_CEL_EQ}, {FX_CEL_EQ, FX_CEL_EQ},
	                                         {FX_CEL_LT, FX_CEL_GT}, {FX_CEL_LE, FX_CEL_GE},
	                                         {FX_CEL_GT, FX_CEL_LT}, {FX_CEL_GE, FX_CEL_LE}};
	bool turn = n->arg[0]->op == CEL_CONST;
	const struct cel_node *k = n->arg[turn ? 0 : 1], *t = n->arg[turn ? 1 : 0];

	if (k->op != CEL_CONST || !scalar(&k->val) || !term(a, t, out))
		return false;
	out->rel = rel[n->op - CEL_EQ][turn];
	out->value = &k->val;
	out->n = 1;
	return true;
}

static bool membership(struct fx_arena *a, const struct cel_node *n, struct fx_cel_atom *out)
{
	const struct cel_node *list = n->arg[1];

	out->n = 1;
	if (n->arg[0]->op == CEL_CONST) {
		out->rel = FX_CEL_HOLDS;
		out->value = &n->arg[0]->val;
		return scalar(out->value) && term(a, list, out) && out->via.n == 0;
	}
	if (list->op != CEL_CONST || list->val.kind != FX_CV_LIST)
		return false;
	for (size_t i = 0; i < list->val.seq.n; i++)
		if (!scalar(&list->val.seq.v[i]))
			return false;
	out->rel = FX_CEL_IN;
	out->value = list->val.seq.v;
	out->n = list->val.seq.n;
	return term(a, n->arg[0], out);
}

static bool call(struct fx_arena *a, const struct cel_node *n, struct fx_cel_atom *out)
{
	if (n->n != 2 || n->arg[1]->op != CEL_CONST || n->arg[1]->val.kind != FX_CV_STRING)
		return false;
	if (n->fn->impl == cel_f_starts)
		out->rel = FX_CEL_PREFIX;
	else if (n->fn->impl == cel_f_ends)
		out->rel = FX_CEL_ENDS;
	else
		return false;
	out->value = &n->arg[1]->val;
	out->n = 1;
	return term(a, n->arg[0], out);
}

static bool atom(struct fx_arena *a, const struct cel_node *n, struct fx_cel_atom *out)
{
	*out = (struct fx_cel_atom){.rel = FX_CEL_IS};
	switch ((enum cel_op)n->op) {
	case CEL_EQ:
	case CEL_LT:
	case CEL_LE:
	case CEL_GT:
	case CEL_GE:
		return compare(a, n, out);
	case CEL_IN:
		return membership(a, n, out);
	case CEL_CALL:
		return call(a, n, out);
	case CEL_HAS:
		out->rel = FX_CEL_HAS;
		return term(a, n->arg[0], out);
	case CEL_FIELD:
	case CEL_SELECT:
	case CEL_INDEX:
		return term(a, n, out);
	default:
		return false;
	}
}

bool fx_cel_atom(const struct fx_cel *e, struct fx_cel_atom *out)
{
	return atom(e->arena, e->root, out);
}

static void formula(struct fx_arena *a, const struct fx_cel *whole, struct cel_node *n,
                    struct fx_cel_formula *out)
{
	struct fx_cel_formula *part;
	uint32_t parts = n->op == CEL_AND || n->op == CEL_OR || n->op == CEL_NOT ? n->n : 0;

	out->expr = n == whole->root ? whole : cel_program(a, whole, n);
	if (parts) {
		out->logic = n->op == CEL_AND  ? FX_CEL_ALL_OF
		             : n->op == CEL_OR ? FX_CEL_ANY_OF
		                               : FX_CEL_NOT_OF;
		out->part = part = FX_NEWV(a, struct fx_cel_formula, parts);
		out->nparts = parts;
		for (uint32_t i = 0; i < parts; i++)
			formula(a, whole, n->arg[i], &part[i]);
	} else if (n->op == CEL_CONST && n->val.kind == FX_CV_BOOL) {
		out->logic = FX_CEL_CONST;
		out->value = n->val.b;
	} else if (n->op == CEL_NE && compare(a, n, &out->atom)) {
		out->logic = FX_CEL_NOT_OF;
		out->part = part = FX_NEW(a, struct fx_cel_formula);
		out->nparts = 1;
		part->logic = FX_CEL_ATOM;
		part->atom = out->atom;
		part->expr = cel_negated(a, whole, n);
	} else {
		out->logic = atom(a, n, &out->atom) ? FX_CEL_ATOM : FX_CEL_OPAQUE;
	}
}

const struct fx_cel_formula *fx_cel_formula(struct fx_arena *a, const struct fx_cel *e)
{
	struct fx_cel_formula *f = FX_NEW(a, struct fx_cel_formula);

	formula(a, e, e->root, f);
	return f;
}
