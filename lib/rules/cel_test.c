/*
 * A predicate's verdict.  Most of a rule is attributes compared with texts, joined by && and ||:
 * whether that holds is told on the record's own bytes, without a value for each step.
 */
#include "rules/cel_ast.h"

/* The node that names alone lead to; FX_NONE when there is none. */
static uint32_t locate(const struct cel_ctx *cx, const struct cel_node *n)
{
	const struct fx_tape *t = cx->tape;
	uint32_t at = 0;

	if (n->op == CEL_LINE)
		return cx->in->line;
	if (n->op == CEL_SELECT) {
		at = locate(cx, n->arg[0]);
		if (at == FX_NONE)
			return FX_NONE;
	}
	return fx_tape_get(t, at, n->name);
}

static bool is_text(const struct cel_node *n)
{
	return n->op == CEL_CONST && n->val.kind == FX_CV_STRING;
}

static bool same_text(const struct fx_tape *t, uint32_t at, struct fx_str text)
{
	return t->node[at].type == FX_STRING && fx_tape_str_eq(t, at, text);
}

/* A text without escapes in a constant list. */
static bool listed(const struct cel_node *in, struct fx_str text)
{
	const struct fx_cel_value *list = &in->arg[1]->val;

	if (in->aux)
		return cel_set_has(in->aux, text);
	for (size_t i = 0; i < list->seq.n; i++)
		if (list->seq.v[i].kind == FX_CV_STRING && fx_str_eq(list->seq.v[i].s, text))
			return true;
	return false;
}

static enum fx_cel_verdict by_value(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value v = cel_eval_node(cx, n);

	if (v.kind != FX_CV_BOOL)
		return FX_CEL_ERROR;
	return v.b ? FX_CEL_TRUE : FX_CEL_FALSE;
}

/* Recursion is bounded: no tree is deeper than CEL_DEPTH. */
static enum fx_cel_verdict truth(struct cel_ctx *cx, const struct cel_node *n)
{
	enum fx_cel_verdict absorbing, all;
	const struct fx_node *v;
	uint32_t at;

	switch (n->op) {
	case CEL_AND:
	case CEL_OR:
		absorbing = n->op == CEL_OR ? FX_CEL_TRUE : FX_CEL_FALSE;
		all = n->op == CEL_OR ? FX_CEL_FALSE : FX_CEL_TRUE;
		for (uint32_t i = 0; i < n->n; i++) {
			enum fx_cel_verdict part = truth(cx, n->arg[i]);

			if (part == absorbing)
				return part;
			if (part == FX_CEL_ERROR)
				all = part;
		}
		return all;
	case CEL_EQ:
	case CEL_NE:
		if (!n->arg[0]->direct || !is_text(n->arg[1]))
			break;
		at = locate(cx, n->arg[0]);
		if (at == FX_NONE)
			return FX_CEL_ERROR;
		return same_text(cx->tape, at, n->arg[1]->val.s) == (n->op == CEL_EQ)
		           ? FX_CEL_TRUE
		           : FX_CEL_FALSE;
	case CEL_IN:
		if (!n->arg[0]->direct || n->arg[1]->op != CEL_CONST ||
		    n->arg[1]->val.kind != FX_CV_LIST)
			break;
		at = locate(cx, n->arg[0]);
		if (at == FX_NONE)
			return FX_CEL_ERROR;
		v = &cx->tape->node[at];
		if (v->type != FX_STRING || v->flags & FX_NODE_ESCAPED)
			break;
		return listed(n, (struct fx_str){cx->tape->text + v->off, v->len}) ? FX_CEL_TRUE
		                                                                   : FX_CEL_FALSE;
	default:
		break;
	}
	return by_value(cx, n);
}

/* The verdict of ERROR, and what is wrong. */
static enum fx_cel_verdict blame(const struct fx_cel_value *v, struct fx_arena *scratch,
                                 struct fx_err *err)
{
	if (v->kind == FX_CV_ERROR) {
		struct fx_str why = fx_cel_why_text(v, scratch);

		fx_fail(err, v->why >= FX_CEL_STEPS ? FX_ELIMIT : FX_EDATA, "%.*s", FX_FMT(why));
	} else {
		struct fx_str kind = fx_cel_kind_name((enum fx_cel_kind)v->kind);

		fx_fail(err, FX_EDATA, "the predicate gives %.*s, not true or false", FX_FMT(kind));
	}
	return FX_CEL_ERROR;
}

enum fx_cel_verdict fx_cel_test(const struct fx_cel *e, const struct fx_cel_input *in,
                                struct fx_err *err)
{
	enum fx_cel_verdict verdict;
	struct fx_cel_value v;
	struct cel_ctx cx;

	if (!err) {
		cel_start(&cx, in, NULL, in->scratch);
		verdict = truth(&cx, e->root);
		return cx.limited ? FX_CEL_ERROR : verdict;
	}
	v = fx_cel_eval(e, in, NULL, in->scratch);
	if (v.kind != FX_CV_BOOL)
		return blame(&v, in->scratch, err);
	return v.b ? FX_CEL_TRUE : FX_CEL_FALSE;
}
