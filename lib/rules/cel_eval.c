/* Walking the tree. */
#include "rules/cel_ast.h"

#include <string.h>

static cel_value eval_logical(struct cel_ctx *cx, const struct cel_node *n)
{
	bool absorbing = n->op == CEL_OR;
	cel_value bad = {0};
	bool failed = false;

	for (uint32_t i = 0; i < n->n; i++) {
		cel_value v = cel_eval_node(cx, n->arg[i]);

		if (v.kind == FX_CV_BOOL) {
			if (v.b == absorbing)
				return FX_CEL_BOOL(absorbing);
			continue;
		}
		if (failed)
			continue;
		failed = true;
		bad =
		    v.kind == FX_CV_ERROR ? v : cel_no_overload(absorbing ? "||" : "&&", &v, NULL);
	}
	return failed ? bad : FX_CEL_BOOL(!absorbing);
}

static cel_value eval_cond(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value c = cel_eval_node(cx, n->arg[0]);

	if (c.kind == FX_CV_BOOL)
		return cel_eval_node(cx, n->arg[c.b ? 1 : 2]);
	return c.kind == FX_CV_ERROR ? c : cel_no_overload("?:", &c, NULL);
}

static cel_value eval_equal(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value a = cel_eval_node(cx, n->arg[0]), b;

	if (a.kind == FX_CV_ERROR)
		return a;
	b = cel_eval_node(cx, n->arg[1]);
	if (b.kind == FX_CV_ERROR)
		return b;
	return FX_CEL_BOOL(cel_eq(cx, &a, &b) == (n->op == CEL_EQ));
}

static cel_value eval_binary(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value a = cel_eval_node(cx, n->arg[0]), b;

	if (a.kind == FX_CV_ERROR)
		return a;
	b = cel_eval_node(cx, n->arg[1]);
	if (b.kind == FX_CV_ERROR)
		return b;
	switch (n->op) {
	case CEL_IN:
		if (n->aux)
			return FX_CEL_BOOL(a.kind == FX_CV_STRING && cel_set_has(n->aux, a.s));
		return cel_in(cx, &a, &b);
	case CEL_LT:
	case CEL_LE:
	case CEL_GT:
	case CEL_GE:
		return cel_compare((enum cel_op)n->op, &a, &b);
	default:
		return cel_arith(cx, (enum cel_op)n->op, &a, &b);
	}
}

/* ---- fields ---- */

/* A number read from a record becomes what the schema says that it is. */
static cel_value coerced(cel_value v, unsigned char to)
{
	if (to == FX_CV_DOUBLE && v.kind == FX_CV_INT)
		return FX_CEL_DOUBLE((double)v.i);
	if (to == FX_CV_INT && v.kind == FX_CV_DOUBLE && v.d >= -9223372036854775808.0 &&
	    v.d < 9223372036854775808.0 && v.d == (double)(int64_t)v.d)
		return FX_CEL_INT((int64_t)v.d);
	return v;
}

static cel_value eval_field(struct cel_ctx *cx, const struct cel_node *n)
{
	const struct fx_tape *t = cx->tape;
	uint32_t at = fx_tape_get(t, 0, n->name);

	if (at)
		return cel_from_tape(cx, t, at);
	return n->type_name ? n->val : cel_err(FX_CEL_NO_KEY, n->name);
}

static cel_value eval_line(struct cel_ctx *cx)
{
	if (cx->in->line == FX_NONE)
		return cel_err(FX_CEL_NO_KEY, FX_STR("SKU"));
	return cel_from_tape(cx, cx->in->tape, cx->in->line);
}

static bool missing(const cel_value *v)
{
	return v->kind == FX_CV_ERROR && (v->why == FX_CEL_NO_KEY || v->why == FX_CEL_INDEX);
}

/* One step into v. */
static cel_value step(struct cel_ctx *cx, const struct cel_node *n, const cel_value *v,
                      const cel_value *key)
{
	if (v->kind == FX_CV_MAP)
		return key ? cel_lookup(cx, v, key) : cel_member(cx, v, n->name);
	if (v->kind == FX_CV_LIST && key)
		return cel_lookup(cx, v, key);
	if (key)
		return cel_no_overload("[]", v, key);
	return (cel_value){
	    .kind = FX_CV_ERROR, .why = FX_CEL_NO_OVERLOAD, .ns = v->kind + 1, .s = n->name};
}

/* A step through an optional, or an optional step: the result is an optional. */
static cel_value optional_step(struct cel_ctx *cx, const struct cel_node *n, const cel_value *v,
                               const cel_value *key)
{
	cel_value got;

	if (v->kind == FX_CV_OPTIONAL) {
		if (!v->opt)
			return *v;
		v = v->opt;
	}
	got = step(cx, n, v, key);
	if (missing(&got))
		return (cel_value){.kind = FX_CV_OPTIONAL, .opt = NULL};
	return cel_optional(cx, got);
}

static cel_value eval_step(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value v = cel_eval_node(cx, n->arg[0]), key;

	if (v.kind == FX_CV_ERROR)
		return v;
	if (n->op == CEL_INDEX) {
		key = cel_eval_node(cx, n->arg[1]);
		if (key.kind == FX_CV_ERROR)
			return key;
	}
	if (n->optional || v.kind == FX_CV_OPTIONAL)
		return optional_step(cx, n, &v, n->op == CEL_INDEX ? &key : NULL);
	return step(cx, n, &v, n->op == CEL_INDEX ? &key : NULL);
}

static cel_value eval_has(struct cel_ctx *cx, const struct cel_node *n)
{
	const struct cel_node *s = n->arg[0];
	cel_value v;

	if (s->op != CEL_SELECT) {
		v = s->op == CEL_FIELD ? eval_field(cx, s) : eval_line(cx);
		return FX_CEL_BOOL(v.kind != FX_CV_ERROR && v.kind != FX_CV_TYPE);
	}
	v = cel_eval_node(cx, s->arg[0]);
	if (v.kind == FX_CV_ERROR)
		return v;
	if (v.kind == FX_CV_OPTIONAL) {
		if (!v.opt)
			return FX_CEL_BOOL(false);
		v = *v.opt;
	}
	if (v.kind != FX_CV_MAP)
		return cel_no_overload("has()", &v, NULL);
	v = cel_member(cx, &v, s->name);
	return FX_CEL_BOOL(v.kind != FX_CV_ERROR);
}

/* ---- lists and maps written out ---- */

/* 1: a value; 0: an empty ?value, left out; -1: an error, in *v. */
static int element(struct cel_ctx *cx, const struct cel_node *n, cel_value *v)
{
	if (n->op != CEL_MAYBE) {
		*v = cel_eval_node(cx, n);
		return v->kind == FX_CV_ERROR ? -1 : 1;
	}
	*v = cel_eval_node(cx, n->arg[0]);
	if (v->kind == FX_CV_ERROR)
		return -1;
	if (v->kind != FX_CV_OPTIONAL) {
		*v = cel_no_overload("?", v, NULL);
		return -1;
	}
	if (!v->opt)
		return 0;
	*v = *v->opt;
	return 1;
}

static cel_value eval_list(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value *out = cel_alloc(cx, n->n * sizeof(*out));
	size_t k = 0;

	if (!out)
		return cel_limit(cx, FX_CEL_SIZE);
	for (uint32_t i = 0; i < n->n; i++) {
		int got = element(cx, n->arg[i], &out[k]);

		if (got < 0)
			return out[k];
		k += (size_t)got;
	}
	return (cel_value){.kind = FX_CV_LIST, .seq = {out, k}};
}

/* Refuse a key of a wrong type or one that is there. */
static cel_value check_key(struct cel_ctx *cx, const cel_value *map, const cel_value *key)
{
	cel_value there;

	if (key->kind != FX_CV_BOOL && key->kind != FX_CV_INT && key->kind != FX_CV_UINT &&
	    key->kind != FX_CV_STRING)
		return cel_err(FX_CEL_KEY_TYPE, fx_cel_kind_name((enum fx_cel_kind)key->kind));
	there = cel_lookup(cx, map, key);
	if (there.kind == FX_CV_ERROR)
		return there.why == FX_CEL_NO_KEY ? *key : there;
	return cel_err(FX_CEL_KEY_TWICE, key->kind == FX_CV_STRING ? key->s : FX_STR(""));
}

static cel_value eval_map(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value *out = cel_alloc(cx, n->n * sizeof(*out));
	cel_value map = {.kind = FX_CV_MAP, .seq = {out, 0}};

	if (!out)
		return cel_limit(cx, FX_CEL_SIZE);
	for (uint32_t i = 0; i < n->n; i += 2) {
		cel_value *k = &out[2 * map.seq.n];
		int got;

		*k = cel_eval_node(cx, n->arg[i]);
		if (k->kind == FX_CV_ERROR)
			return *k;
		*k = check_key(cx, &map, k);
		if (k->kind == FX_CV_ERROR)
			return *k;
		got = element(cx, n->arg[i + 1], k + 1);
		if (got < 0)
			return k[1];
		map.seq.n += (size_t)got;
	}
	return map;
}

/* ---- macros ---- */

static bool loop(struct cel_ctx *cx, const struct cel_node *n, struct cel_iter *it)
{
	cel_value k, v;
	bool map = it->v->kind == FX_CV_MAP;

	if (cx->limited || !cel_spend(cx, 1))
		return false;
	if (n->slot2 == CEL_NO_SLOT) {
		if (!cel_iter_next(cx, it, map ? &k : NULL, map ? NULL : &v))
			return false;
		cx->slot[n->slot] = map ? k : v;
		return true;
	}
	if (!cel_iter_next(cx, it, &k, &v))
		return false;
	cx->slot[n->slot] = k;
	cx->slot[n->slot2] = v;
	return true;
}

static cel_value eval_quantor(struct cel_ctx *cx, const struct cel_node *n, struct cel_iter *it)
{
	bool absorbing = n->op == CEL_EXISTS, failed = false;
	cel_value bad = {0};

	while (loop(cx, n, it)) {
		cel_value v = cel_eval_node(cx, n->arg[1]);

		if (v.kind == FX_CV_BOOL) {
			if (v.b == absorbing)
				return FX_CEL_BOOL(absorbing);
		} else if (!failed) {
			failed = true;
			bad = v.kind == FX_CV_ERROR
			          ? v
			          : cel_no_overload(absorbing ? "exists" : "all", &v, NULL);
		}
	}
	return failed ? bad : FX_CEL_BOOL(!absorbing);
}

static cel_value eval_exists_one(struct cel_ctx *cx, const struct cel_node *n, struct cel_iter *it)
{
	size_t hits = 0;

	while (loop(cx, n, it)) {
		cel_value v = cel_eval_node(cx, n->arg[1]);

		if (v.kind != FX_CV_BOOL)
			return v.kind == FX_CV_ERROR ? v : cel_no_overload("exists_one", &v, NULL);
		hits += v.b;
	}
	return FX_CEL_BOOL(hits == 1);
}

/* 1: take the element; 0: leave it; -1: an error, in *why. */
static int wanted(struct cel_ctx *cx, const struct cel_node *filter, cel_value *why)
{
	if (!filter)
		return 1;
	*why = cel_eval_node(cx, filter);
	if (why->kind == FX_CV_BOOL)
		return why->b != 0;
	if (why->kind != FX_CV_ERROR)
		*why = cel_no_overload("filter", why, NULL);
	return -1;
}

static cel_value eval_map_list(struct cel_ctx *cx, const struct cel_node *n, struct cel_iter *it)
{
	bool filters = n->op == CEL_FILTER;
	const struct cel_node *filter = filters ? n->arg[1] : n->n > 2 ? n->arg[2] : NULL;
	cel_value *out = cel_alloc(cx, cel_count(it->v) * sizeof(*out));
	size_t k = 0;

	if (!out)
		return cel_limit(cx, FX_CEL_SIZE);
	while (loop(cx, n, it)) {
		cel_value why;
		int want = wanted(cx, filter, &why);

		if (want < 0)
			return why;
		if (!want)
			continue;
		out[k] = filters ? cx->slot[n->slot] : cel_eval_node(cx, n->arg[1]);
		if (out[k].kind == FX_CV_ERROR)
			return out[k];
		k++;
	}
	return (cel_value){.kind = FX_CV_LIST, .seq = {out, k}};
}

static cel_value eval_map_map(struct cel_ctx *cx, const struct cel_node *n, struct cel_iter *it)
{
	const struct cel_node *filter = n->n > 2 ? n->arg[2] : NULL;
	cel_value *out = cel_alloc(cx, 2 * cel_count(it->v) * sizeof(*out));
	cel_value map = {.kind = FX_CV_MAP, .seq = {out, 0}}, k, v, why;
	struct cel_iter entry;

	if (!out)
		return cel_limit(cx, FX_CEL_SIZE);
	while (loop(cx, n, it)) {
		int want = wanted(cx, filter, &why);

		if (want < 0)
			return why;
		if (!want)
			continue;
		k = cx->slot[n->slot];
		v = cel_eval_node(cx, n->arg[1]);
		if (v.kind == FX_CV_ERROR)
			return v;
		if (n->op == CEL_MAP_ENTRY) {
			if (v.kind != FX_CV_MAP || cel_count(&v) != 1)
				return cel_err(FX_CEL_ARGUMENT, FX_STR("a map of one entry"));
			why = v;
			cel_iter_start(&entry, &why);
			cel_iter_next(cx, &entry, &k, &v);
			k = check_key(cx, &map, &k);
			if (k.kind == FX_CV_ERROR)
				return k;
		}
		out[2 * map.seq.n] = k;
		out[2 * map.seq.n + 1] = v;
		map.seq.n++;
	}
	return map;
}

static cel_value eval_macro(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value range = cel_eval_node(cx, n->arg[0]);
	struct cel_iter it;

	if (range.kind == FX_CV_ERROR)
		return range;
	if (range.kind != FX_CV_LIST && range.kind != FX_CV_MAP)
		return cel_no_overload("a macro", &range, NULL);
	cel_iter_start(&it, &range);
	switch (n->op) {
	case CEL_ALL:
	case CEL_EXISTS:
		return eval_quantor(cx, n, &it);
	case CEL_EXISTS_ONE:
		return eval_exists_one(cx, n, &it);
	case CEL_MAP_MAP:
	case CEL_MAP_ENTRY:
		return eval_map_map(cx, n, &it);
	default:
		return eval_map_list(cx, n, &it);
	}
}

static cel_value eval_bind(struct cel_ctx *cx, const struct cel_node *n)
{
	cx->slot[n->slot] = cel_eval_node(cx, n->arg[0]);
	return cel_eval_node(cx, n->arg[1]);
}

static cel_value eval_opt_map(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value v = cel_eval_node(cx, n->arg[0]);

	if (v.kind == FX_CV_ERROR)
		return v;
	if (v.kind != FX_CV_OPTIONAL)
		return cel_no_overload("optMap", &v, NULL);
	if (!v.opt)
		return v;
	cx->slot[n->slot] = *v.opt;
	v = cel_eval_node(cx, n->arg[1]);
	if (n->op == CEL_OPT_MAP)
		return cel_optional(cx, v);
	if (v.kind != FX_CV_OPTIONAL && v.kind != FX_CV_ERROR)
		return cel_no_overload("optFlatMap", &v, NULL);
	return v;
}

/* ---- calls ---- */

#define CEL_ARGS 16

static cel_value eval_call(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value few[CEL_ARGS], *arg = few;

	if (n->n > CEL_ARGS) {
		arg = cel_alloc(cx, n->n * sizeof(*arg));
		if (!arg)
			return cel_limit(cx, FX_CEL_SIZE);
	}
	for (uint32_t i = 0; i < n->n; i++) {
		arg[i] = cel_eval_node(cx, n->arg[i]);
		if (arg[i].kind == FX_CV_ERROR)
			return arg[i];
	}
	return cel_call(cx, n, arg);
}

static cel_value eval_unary(struct cel_ctx *cx, const struct cel_node *n)
{
	cel_value v = cel_eval_node(cx, n->arg[0]);

	if (v.kind == FX_CV_ERROR)
		return v;
	if (n->op == CEL_NEG)
		return cel_negate(&v);
	return v.kind == FX_CV_BOOL ? FX_CEL_BOOL(!v.b) : cel_no_overload("!", &v, NULL);
}

static cel_value eval_any(struct cel_ctx *cx, const struct cel_node *n)
{
	switch ((enum cel_op)n->op) {
	case CEL_CONST:
	case CEL_UNKNOWN:
		return n->val;
	case CEL_FIELD:
		return eval_field(cx, n);
	case CEL_LINE:
		return eval_line(cx);
	case CEL_SLOT:
		return cx->slot[n->slot];
	case CEL_VAR:
		return cx->vars[n->var].kind == FX_CV_ERROR ? cel_err(FX_CEL_UNDECLARED, n->name)
		                                            : cx->vars[n->var];
	case CEL_SELECT:
	case CEL_INDEX:
		return eval_step(cx, n);
	case CEL_HAS:
		return eval_has(cx, n);
	case CEL_AND:
	case CEL_OR:
		return eval_logical(cx, n);
	case CEL_EQ:
	case CEL_NE:
		return eval_equal(cx, n);
	case CEL_NOT:
	case CEL_NEG:
		return eval_unary(cx, n);
	case CEL_COND:
		return eval_cond(cx, n);
	case CEL_LIST:
		return eval_list(cx, n);
	case CEL_MAP:
		return eval_map(cx, n);
	case CEL_CALL:
		return eval_call(cx, n);
	case CEL_BIND:
		return eval_bind(cx, n);
	case CEL_OPT_MAP:
	case CEL_OPT_FLAT_MAP:
		return eval_opt_map(cx, n);
	case CEL_ALL:
	case CEL_EXISTS:
	case CEL_EXISTS_ONE:
	case CEL_MAPPED:
	case CEL_FILTER:
	case CEL_MAP_MAP:
	case CEL_MAP_ENTRY:
		return eval_macro(cx, n);
	case CEL_IDENT:
	case CEL_MAYBE:
		return cel_err(FX_CEL_UNDECLARED, n->name);
	default:
		return eval_binary(cx, n);
	}
}

/* Recursion is bounded: no tree is deeper than CEL_DEPTH. */
cel_value cel_eval_node(struct cel_ctx *cx, const struct cel_node *n)
{
	if (cx->steps <= 1)
		return cel_limit(cx, cx->limited ? (enum fx_cel_why)cx->limit : FX_CEL_STEPS);
	cx->steps--;
	return n->coerce ? coerced(eval_any(cx, n), n->coerce) : eval_any(cx, n);
}

void cel_start(struct cel_ctx *cx, const struct fx_cel_input *in, const struct fx_cel_value *vars,
               struct fx_arena *scratch)
{
	/* the slots are written before they are read */
	cx->in = in;
	cx->tape = in ? in->tape : NULL;
	cx->vars = vars;
	cx->a = scratch;
	cx->steps = CEL_STEPS;
	cx->memory = CEL_MEMORY;
	cx->limit = 0;
	cx->limited = false;
}

struct fx_cel_value fx_cel_eval(const struct fx_cel *e, const struct fx_cel_input *in,
                                const struct fx_cel_value *vars, struct fx_arena *scratch)
{
	struct cel_ctx cx;
	struct fx_cel_value v;

	cel_start(&cx, in, vars, scratch);
	v = cel_eval_node(&cx, e->root);
	if (cx.limited)
		v = cel_err((enum fx_cel_why)cx.limit, (struct fx_str){NULL, 0});
	return v;
}
