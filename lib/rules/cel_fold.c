/* What is constant is computed once: literals, patterns, zones, times. */
#include "rules/cel_fn.h"

static bool foldable(const struct cel_node *n)
{
	switch ((enum cel_op)n->op) {
	case CEL_LIST:
	case CEL_MAP:
	case CEL_CALL:
	case CEL_SELECT:
	case CEL_INDEX:
	case CEL_NEG:
	case CEL_NOT:
	case CEL_EQ:
	case CEL_NE:
	case CEL_LT:
	case CEL_LE:
	case CEL_GT:
	case CEL_GE:
	case CEL_IN:
	case CEL_ADD:
	case CEL_SUB:
	case CEL_MUL:
	case CEL_DIV:
	case CEL_MOD:
		break;
	default:
		return false;
	}
	for (uint32_t i = 0; i < n->n; i++)
		if (n->arg[i]->op != CEL_CONST)
			return false;
	return true;
}

/* Pattern and zone that are constants while the rest is not. */
static int prepare(struct cel_unit *u, struct cel_node *n)
{
	const struct cel_node *last = n->n == 2 ? n->arg[1] : NULL;
	char msg[160];

	if (!last || last->op != CEL_CONST || last->val.kind != FX_CV_STRING)
		return 0;
	if (n->fn->impl == cel_f_matches) {
		n->aux = cel_regex_compile(u->a, last->val.s, msg, sizeof(msg));
		if (!n->aux && !(u->scope && u->scope->unchecked)) {
			cel_fault(u, last->start, "the pattern is wrong: %s", msg);
			return -1;
		}
	} else if (n->fn->member && n->fn->sig[0] == 't') {
		n->aux = cel_zone(u->a, last->val.s);
		if (!n->aux && !u->scope) {
			cel_fault(u, last->start, "no such time zone: %.*s", FX_FMT(last->val.s));
			return -1;
		}
	}
	return 0;
}

static void compute(struct cel_unit *u, struct cel_node *n)
{
	struct cel_ctx cx = {.a = u->a, .steps = CEL_STEPS / 10, .memory = CEL_MEMORY / 16};
	cel_value v = cel_eval_node(&cx, n);

	if (v.kind == FX_CV_ERROR)
		return; /* the evaluation says so, unless || or && absorb it */
	n->op = CEL_CONST;
	n->val = v;
	n->n = 0;
}

int cel_fold(struct cel_unit *u, struct cel_node *n)
{
	/* has() wants its selection as it stands */
	if (n->op == CEL_HAS && n->arg[0]->op == CEL_SELECT)
		return cel_fold(u, n->arg[0]->arg[0]);
	for (uint32_t i = 0; i < n->n; i++)
		if (cel_fold(u, n->arg[i]))
			return -1;
	if (n->op == CEL_CALL && prepare(u, n))
		return -1;
	n->direct = (n->op == CEL_FIELD && !n->type_name) || n->op == CEL_LINE ||
	            (n->op == CEL_SELECT && !n->optional && n->arg[0]->direct);
	if (n->op == CEL_IN && n->arg[1]->op == CEL_CONST)
		n->aux = cel_set(u->a, &n->arg[1]->val);
	if (foldable(n))
		compute(u, n);
	return 0;
}
