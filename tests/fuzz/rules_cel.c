/*
 * CEL on whatever comes: an expression, a NUL, a record.  Nothing may crash, run long or
 * read past its bytes; and the parts of a predicate must add up to the whole.
 */
#include <stdint.h>
#include <stdlib.h>

#include "json/tape.h"
#include "rules/cel_atom.h"
#include "rules/cel_env.h"
#include "rules/cel_solve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char contract[] =
    "{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"number\"},"
    "\"c\":{\"enum\":[\"x\",\"yy\",\"zzz\"]},\"d\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"string\"}},"
    "\"e\":{\"type\":\"boolean\"},\"f\":{\"properties\":{\"g\":{\"type\":[\"string\",\"null\"]}}},"
    "\"lines\":{\"items\":{\"properties\":{\"sku\":{\"type\":\"string\"},\"qty\":{\"type\":"
    "\"integer\"}}}}}}";

static enum fx_cel_verdict whole(const struct fx_cel_formula *f, const struct fx_cel_input *in)
{
	bool all = f->logic == FX_CEL_ALL_OF;
	enum fx_cel_verdict r = all ? FX_CEL_TRUE : FX_CEL_FALSE;

	if (f->logic == FX_CEL_CONST)
		return f->value ? FX_CEL_TRUE : FX_CEL_FALSE;
	if (f->logic != FX_CEL_ALL_OF && f->logic != FX_CEL_ANY_OF && f->logic != FX_CEL_NOT_OF)
		return fx_cel_test(f->expr, in, NULL);
	for (size_t i = 0; i < f->nparts; i++) {
		enum fx_cel_verdict v = whole(&f->part[i], in);

		if (f->logic == FX_CEL_NOT_OF)
			return v == FX_CEL_ERROR  ? v
			       : v == FX_CEL_TRUE ? FX_CEL_FALSE
			                          : FX_CEL_TRUE;
		if (v == (all ? FX_CEL_FALSE : FX_CEL_TRUE))
			return v;
		if (v == FX_CEL_ERROR)
			r = v;
	}
	return r;
}

/* What a record does can be done: the solver must not deny it. */
static void solve(const struct fx_cel *e, enum fx_cel_verdict v, struct fx_arena *a)
{
	const struct fx_cel_formula *f = fx_cel_formula(a, e);
	struct fx_cel_question q = {.budget = 500};
	struct fx_str witness;

	if (v == FX_CEL_TRUE) {
		q.all = &f;
		q.nall = 1;
	} else {
		q.none = &f;
		q.nnone = 1;
	}
	if (fx_cel_solve(a, &q, &witness) == FX_CEL_NEVER)
		abort();
}

static void evaluate(const struct fx_cel *e, const struct fx_cel_input *in, struct fx_arena *a,
                     bool promised)
{
	struct fx_err err = {0};
	enum fx_cel_verdict v = fx_cel_test(e, in, &err);
	const struct fx_str *paths;
	const struct fx_cel *const *parts;

	/* a limit that the whole passes need not be passed by its parts */
	if (v != FX_CEL_ERROR || err.code != FX_ELIMIT)
		if (whole(fx_cel_formula(a, e), in) != v)
			abort();
	if (fx_cel_test(e, in, NULL) != v)
		abort();
	if (!promised && err.code != FX_ELIMIT) /* a contract need not hold of these records */
		solve(e, v, a);
	fx_cel_attrs(e, &paths);
	fx_cel_conjuncts(e, &parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_str all = {(const char *)data, size}, src;
	size_t cut = fx_str_find(all, 0);
	struct fx_str json = {all.p + (cut < size ? cut + 1 : size),
	                      size - (cut < size ? cut + 1 : size)};
	struct fx_arena a = {0}, scratch = {0};
	struct fx_tape t = {0};
	struct fx_err err;
	json_t *schema = json_loads(contract, 0, NULL);
	const struct fx_cel_env *env;
	const struct fx_cel *e;
	struct fx_cel_scope scope = {.unchecked = true};

	src = (struct fx_str){all.p, cut};
	env = fx_cel_env_new(&a, &(struct fx_cel_contract){.schema = schema}, 1, NULL, NULL);
	json_decref(schema);
	if (fx_tape_read(&t, json, &err) &&
	    fx_tape_read(&t, FX_STR("{\"a\":1,\"b\":2,\"lines\":[{}]}"), &err))
		abort();
	for (int i = 0; i < 2; i++) {
		struct fx_cel_input in = {.tape = &t, .scratch = &scratch};
		uint32_t lines = fx_tape_get(&t, 0, FX_STR("lines"));

		if (lines && fx_tape_type(&t, lines) == FX_ARRAY && t.node[lines].count)
			in.line = lines + 1;
		e = fx_cel_compile(&a, src, i ? env : NULL, &err);
		if (e)
			evaluate(e, &in, &a, i == 1);
		else if (err.col < 1 || err.col > src.n + 1)
			abort();
		fx_arena_reset(&scratch);
	}
	e = fx_cel_compile_scope(&a, src, &scope, &err);
	if (e)
		fx_cel_eval(e, NULL, NULL, &scratch);
	fx_tape_free(&t);
	fx_arena_free(&a);
	fx_arena_free(&scratch);
	return 0;
}
