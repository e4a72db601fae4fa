/* Tests that a registry lacks, made by the solver. */
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "rules/fit.h"
#include "rules/ruletest.h"

/* So many ids are tried for one that falls on the wanted sides of the canaries. */
#define IDS_MAX 20000u

struct gen {
	const struct fx_registry *r;
	struct fx_tests tests; /* those that are there, and then those that are made */
	struct fx_fit fit;
	struct fx_arena arena;
	fx_time now;
	bool timed; /* some rule's window or canary ends: a test says when it is */
	struct fx_buf *out, lacks;
	const struct fx_cel_formula **form; /* of each rule */
	const struct fx_cel_formula **none;
	size_t made;
};

/* What one test is for. */
struct aim {
	const struct fx_rule *rule;
	const struct fx_conditions *conditions; /* NULL: that the rule takes it */
	size_t i;
	bool value;
};

static bool before(const struct gen *g, const struct fx_rule *r, const struct fx_rule *other,
                   struct fx_str event)
{
	return other->index < r->index && fx_rule_on(other, event) && fx_rule_holds(other, g->now);
}

/* An id that lets an order past the canaries before a rule, and into its own. */
static bool id_for(struct gen *g, const struct fx_rule *r, struct fx_str event, struct fx_str *id)
{
	*id = FX_STR("TEST");
	for (unsigned n = 1; n < IDS_MAX; n++) {
		bool fits = fx_rule_share(r, *id);

		for (size_t i = 0; i < r->index && fits; i++)
			fits = !g->r->rules[i].canary_weight ||
			       !before(g, r, &g->r->rules[i], event) ||
			       !fx_rule_share(&g->r->rules[i], *id);
		if (fits)
			return true;
		*id = fx_arena_fmt(&g->arena, "TEST-%u", n);
	}
	return false;
}

/* An order of the event that the aim is met on, and that no rule before takes. */
static enum fx_cel_sat ask(struct gen *g, const struct aim *aim, struct fx_str event, bool line,
                           struct fx_str *order)
{
	const struct fx_rule *r = aim->rule;
	struct fx_shown_where w = {.all = &g->form[r->index], .nall = 1};
	struct fx_cel_question q = {.none = g->none, .env = r->env};
	enum fx_cel_sat got;

	if (aim->conditions)
		fx_condition_where(&g->arena, aim->conditions, aim->i, aim->value, r->env, &w);
	q.all = w.all;
	q.nall = w.nall;
	for (size_t i = 0; i < w.nnone; i++)
		g->none[q.nnone++] = w.none[i];
	for (size_t i = 0; i < r->index; i++)
		if (before(g, r, &g->r->rules[i], event) && !g->r->rules[i].canary_weight &&
		    (line || !fx_cel_uses_line(g->r->rules[i].when)))
			g->none[q.nnone++] = g->form[i];
	got = fx_fit_solve(&g->fit, &g->arena, &q, event, line, order);
	if (got == FX_CEL_FOUND)
		*order = g->fit.brief;
	return got;
}

/* ---- writing ---- */

/* A predicate may be written over several lines, a comment and a name may not. */
static struct fx_str one_line(struct gen *g, struct fx_str s)
{
	struct fx_str out = fx_arena_str(&g->arena, s);
	char *p = (char *)out.p;

	for (size_t i = 0; i < out.n; i++)
		if (p[i] == '\n' || p[i] == '\t')
			p[i] = ' ';
	return out;
}

static struct fx_str name_of(struct gen *g, const struct aim *aim)
{
	const struct fx_rule *r = aim->rule;
	struct fx_str of;

	if (!aim->conditions)
		return fx_arena_fmt(&g->arena, "%.*s takes it", FX_FMT(r->id));
	of = one_line(g, fx_cel_source(aim->conditions->v[aim->i]->expr));
	return fx_arena_fmt(&g->arena, "%.*s: %.*s is %s", FX_FMT(r->id), FX_FMT(of),
	                    aim->value ? "true" : "false");
}

/* A second version of the rule is there: only its number tells them apart. */
static bool versions(const struct gen *g, const struct fx_rule *r)
{
	size_t n = 0;

	for (size_t i = 0; i < g->r->nrules; i++)
		n += fx_str_eq(g->r->rules[i].id, r->id);
	return n > 1;
}

static void put_task(struct gen *g, const struct fx_rule *r)
{
	fx_buf_z(g->out, "{rule_id: ");
	fx_json_string(g->out, r->id);
	if (versions(g, r))
		fx_buf_fmt(g->out, ", rule_version: %llu", (unsigned long long)r->version);
	fx_buf_z(g->out, ", owner_id: ");
	fx_json_string(g->out, r->owner->id);
	fx_buf_byte(g->out, '}');
}

/* A test with what the registry makes of the order (NULL: refuses it); JSON is YAML. */
static void put_test(struct gen *g, const struct aim *aim, struct fx_str given,
                     const struct fx_decision *dec)
{
	char at[FX_TIME_LEN];

	g->made++;
	fx_buf_z(g->out, "- name: ");
	fx_json_string(g->out, name_of(g, aim));
	if (g->timed) {
		fx_time_format(g->now, at);
		fx_buf_fmt(g->out, "\n  now: \"%s\"", at);
	}
	fx_buf_fmt(g->out, "\n  given: %.*s\n  expect: ", FX_FMT(given));
	if (!dec) {
		fx_buf_z(g->out, "refused\n");
		return;
	}
	fx_buf_byte(g->out, '[');
	for (size_t i = 0; i < dec->ntasks; i++) {
		fx_buf_z(g->out, i ? ", " : "");
		put_task(g, dec->tasks[i].rule);
	}
	fx_buf_z(g->out, "]\n");
}

static void lacks(struct gen *g, const struct aim *aim, bool never)
{
	const struct fx_rule *r = aim->rule;

	fx_buf_fmt(&g->lacks, "# %.*s v%llu: ", FX_FMT(r->id), (unsigned long long)r->version);
	if (aim->conditions) {
		struct fx_str of = one_line(g, fx_cel_source(aim->conditions->v[aim->i]->expr));

		fx_buf_fmt(&g->lacks, "no order on which %.*s decides by being %s", FX_FMT(of),
		           aim->value ? "true" : "false");
	} else {
		fx_buf_z(&g->lacks, "no order that it takes");
	}
	fx_buf_z(&g->lacks, never ? ": there is none" : " was found, which proves nothing");
	if (!never && g->fit.refused.n)
		fx_buf_fmt(&g->lacks, "; the contract refuses those that were tried: %.*s",
		           FX_FMT(one_line(g, g->fit.refused)));
	fx_buf_byte(&g->lacks, '\n');
}

/* ---- one aim after the other ---- */

static bool met(const struct gen *g, const struct aim *aim, size_t won)
{
	const struct fx_coverage *of = &g->tests.of[aim->rule->index];

	if (!aim->conditions)
		return of->won > won;
	return of->shown[aim->i] & (aim->value ? FX_SHOWN_TRUE : FX_SHOWN_FALSE);
}

/* Decide the order as a test would; true, and the test is written, when it shows what it is for. */
static bool attempt(struct gen *g, const struct aim *aim, struct fx_str event, struct fx_str order)
{
	size_t won = g->tests.of[aim->rule->index].won;
	const struct fx_decision *dec = NULL;
	struct fx_err err = {0};
	enum fx_decided how;
	struct fx_str id;
	json_t *given;
	bool is;

	if (!id_for(g, aim->rule, event, &id))
		return false;
	given = json_loadb(order.p, order.n, 0, NULL);
	if (!fx_str_is(id, "TEST") && !json_object_get(given, "order_id")) {
		json_object_set_new(given, "order_id", json_stringn(id.p, id.n));
		order = fx_arena_fmt(&g->arena, "%.*s,\"order_id\":\"%.*s\"}", (int)order.n - 1,
		                     order.p, FX_FMT(id));
	}
	how = fx_tests_decide(&g->tests, given, event, g->now, &dec, &err);
	json_decref(given);
	is = how != FX_PASSED && met(g, aim, won);
	if (is)
		put_test(g, aim, order, how == FX_DECIDED ? dec : NULL);
	return is;
}

static void reach(struct gen *g, const struct aim *aim)
{
	const struct fx_rule *r = aim->rule;
	bool never = true;

	if (met(g, aim, 0))
		return;
	for (size_t i = 0; i < r->non; i++)
		for (unsigned way = 0; way < (fx_cel_uses_line(r->when) ? 1 : 2); way++) {
			struct fx_str order;
			enum fx_cel_sat got = ask(g, aim, r->on[i], way == 0, &order);

			if (got == FX_CEL_FOUND && attempt(g, aim, r->on[i], order))
				return;
			never &= got == FX_CEL_NEVER;
		}
	lacks(g, aim, never);
}

static void generate(struct gen *g, const struct fx_rule *r)
{
	const struct fx_conditions *c = &g->tests.of[r->index].conditions;

	if (!fx_rule_holds(r, g->now)) {
		fx_buf_fmt(&g->lacks, "# %.*s v%llu: does not hold now: give its time by --now\n",
		           FX_FMT(r->id), (unsigned long long)r->version);
		return;
	}
	reach(g, &(struct aim){.rule = r});
	for (size_t i = 0; i < c->n; i++) {
		reach(g, &(struct aim){r, c, i, true});
		reach(g, &(struct aim){r, c, i, false});
	}
}

int fx_tests_generate(const struct fx_registry *r, fx_time now, struct fx_buf *out,
                      struct fx_errs *errs)
{
	struct gen g = {.r = r, .now = now, .out = out};
	int rc = fx_tests_run(&g.tests, r, now, errs);
	size_t most = 1;

	fx_fit_init(&g.fit, r, errs);
	g.form = FX_NEWV(&g.arena, const struct fx_cel_formula *, r->nrules + 1);
	for (size_t i = 0; i < r->nrules; i++) {
		const struct fx_rule *rule = &r->rules[i];

		g.form[i] = g.tests.of[i].conditions.root;
		most += 1 + g.tests.of[i].conditions.n;
		g.timed |= rule->from != FX_TIME_NONE || rule->until != FX_TIME_NONE ||
		           rule->canary_until != FX_TIME_NONE;
	}
	g.none = FX_NEWV(&g.arena, const struct fx_cel_formula *, most);
	for (size_t i = 0; i < r->nrules && rc == 0; i++)
		generate(&g, &r->rules[i]);
	if (rc == 0 && !g.made)
		fx_buf_z(out, "# no test is missing\n");
	fx_buf_str(out, fx_buf_view(&g.lacks));
	fx_buf_free(&g.lacks);
	fx_fit_free(&g.fit);
	fx_tests_free(&g.tests);
	fx_arena_free(&g.arena);
	return rc;
}
