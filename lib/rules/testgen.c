/* Tests for a registry, made by the solver. */
#include <string.h>

#include "json/write.h"
#include "rules/cel_solve.h"
#include "rules/ruletest.h"
#include "rules/fit.h"

#define CONDITIONS_MAX 64

struct gen {
	const struct fx_registry *r;
	struct fx_decider *decider;
	struct fx_arena arena;
	struct fx_tape tape;
	struct fx_fit fit;
	fx_time now;
	struct fx_buf *out;
	const struct fx_cel_formula **form; /* of each rule */
	const struct fx_cel_formula **none;
};

/* The order as a whole trigger, so that the decision can be asked. */
static struct fx_str whole(struct gen *g, struct fx_str order)
{
	char at[FX_TIME_LEN];

	fx_time_format(g->now, at);
	return fx_arena_fmt(&g->arena,
	                    "%.*s,\"event_id\":\"test\",\"order_id\":\"TEST\",\"source\":\"test\","
	                    "\"at\":\"%s\"}",
	                    (int)order.n - 1, order.p, at);
}

/* A test with what the registry makes of the order; JSON is YAML. */
static void put_test(struct gen *g, struct fx_str name, struct fx_str order)
{
	const struct fx_decision *dec;
	struct fx_err err = {0};
	enum fx_decided how;

	if (fx_tape_read(&g->tape, whole(g, order), NULL))
		return; /* it says an id or a time of its own */
	how = fx_decide(g->decider, &g->tape, g->now, FX_STR(""), &dec, &err);
	if (how == FX_PASSED)
		return;
	fx_buf_z(g->out, "- name: ");
	fx_json_string(g->out, name);
	fx_buf_fmt(g->out, "\n  given: %.*s\n  expect: ", FX_FMT(order));
	if (how == FX_REFUSED) {
		fx_buf_z(g->out, "refused\n");
		return;
	}
	fx_buf_z(g->out, "[");
	for (size_t i = 0; i < dec->ntasks; i++) {
		fx_buf_z(g->out, i ? ", {rule_id: " : "{rule_id: ");
		fx_json_string(g->out, dec->tasks[i].rule->id);
		fx_buf_z(g->out, ", owner_id: ");
		fx_json_string(g->out, dec->tasks[i].rule->owner->id);
		fx_buf_byte(g->out, '}');
	}
	fx_buf_z(g->out, "]\n");
}

/* An order on which all of the conditions hold but `flipped` (n: all do), and no rule before. */
static bool ask(struct gen *g, const struct fx_rule *r, const struct fx_cel_formula *const *cond,
                size_t n, size_t flipped, struct fx_str *order)
{
	const struct fx_cel_formula *all[CONDITIONS_MAX];
	struct fx_cel_question q = {.all = all, .none = g->none, .env = r->env};
	struct fx_str witness;

	for (size_t i = 0; i < n; i++)
		if (i != flipped)
			all[q.nall++] = cond[i];
	for (size_t i = 0; i < r->index; i++)
		if (fx_rule_on(&g->r->rules[i], r->on[0]) &&
		    fx_rule_holds(&g->r->rules[i], g->now) && !g->r->rules[i].canary_weight)
			g->none[q.nnone++] = g->form[i];
	if (flipped < n)
		g->none[q.nnone++] = cond[flipped];
	if (fx_fit_solve(&g->fit, &g->arena, &q, r->on[0], true, &witness) != FX_CEL_FOUND)
		return false;
	*order = g->fit.brief;
	return true;
}

static void generate(struct gen *g, const struct fx_rule *r)
{
	const struct fx_cel_formula *cond[CONDITIONS_MAX], *f = g->form[r->index];
	const struct fx_cel *const *part;
	size_t n = fx_cel_conjuncts(r->when, &part);
	struct fx_str order;

	if (n > CONDITIONS_MAX) {
		n = 1;
		cond[0] = f;
	} else {
		for (size_t i = 0; i < n; i++)
			cond[i] = fx_cel_formula(&g->arena, part[i]);
	}
	if (ask(g, r, cond, n, n, &order))
		put_test(g, fx_arena_fmt(&g->arena, "%.*s takes it", FX_FMT(r->id)), order);
	for (size_t i = 0; i < n && !r->always; i++)
		if (ask(g, r, cond, n, i, &order))
			put_test(g,
			         fx_arena_fmt(&g->arena, "not %.*s, but for: %.*s", FX_FMT(r->id),
			                      FX_FMT(fx_cel_source(part[i]))),
			         order);
}

void fx_tests_generate(const struct fx_registry *r, fx_time now, struct fx_buf *out)
{
	struct gen g = {.r = r, .decider = fx_decider_new(r), .now = now, .out = out};

	g.form = FX_NEWV(&g.arena, const struct fx_cel_formula *, r->nrules + 1);
	g.none = FX_NEWV(&g.arena, const struct fx_cel_formula *, r->nrules + 2);
	for (size_t i = 0; i < r->nrules; i++)
		g.form[i] = fx_cel_formula(&g.arena, r->rules[i].when);
	for (size_t i = 0; i < r->nrules; i++)
		if (fx_rule_holds(&r->rules[i], now) && !r->rules[i].canary_weight)
			generate(&g, &r->rules[i]);
	fx_decider_free(g.decider);
	fx_tape_free(&g.tape);
	fx_arena_free(&g.arena);
}
