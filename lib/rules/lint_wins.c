/* Who wins what: rules that cannot, orders that nobody takes, orders that two rules match. */
#include "rules/decide.h"
#include "rules/index.h"
#include "rules/lint_parts.h"

/* Each pair of so many rules is asked for. */
#define OVERLAPS_MAX 500

enum fx_cel_sat fx_lint_solve(struct fx_lint_run *l, struct fx_cel_question *q, struct fx_str event,
                              bool line, struct fx_str *order)
{
	struct fx_str found;
	enum fx_cel_sat got;

	fx_arena_reset(&l->work);
	got = fx_fit_solve(&l->fit, &l->work, q, event, line, &found);
	if (order && got == FX_CEL_FOUND)
		*order = fx_arena_str(&l->out->arena, found);
	return got;
}

/* The rules of an event that cover what they match, for orders with lines or for those without. */
struct covering {
	const struct fx_rule **v;
	const struct fx_cel_formula **form;
	size_t *before;  /* of each rule of the event: how many of these stand before it */
	size_t n, asked; /* of the question at hand: so many from the first on */
	struct fx_index *index;
	uint32_t *candidate;
	struct fx_arena scratch;
};

/* The rules of an event in order, and what their predicates say. */
struct event_rules {
	struct fx_str event;
	const struct fx_rule **v;
	const struct fx_cel_formula **form;
	size_t n;
	const struct fx_cel_env *env; /* of the rule that is on the fewest events */
	struct covering cover[2];     /* without lines, with */
};

/* What such a rule takes is taken: no window, no canary. */
static bool steady(const struct fx_rule *r)
{
	return r->from == FX_TIME_NONE && r->until == FX_TIME_NONE && !r->canary_weight;
}

static void cover_of(struct fx_arena *a, struct covering *c, const struct event_rules *e, bool line)
{
	c->v = FX_NEWV(a, const struct fx_rule *, e->n + 1);
	c->form = FX_NEWV(a, const struct fx_cel_formula *, e->n + 1);
	c->before = FX_NEWV(a, size_t, e->n + 1);
	c->candidate = FX_NEWV(a, uint32_t, e->n + 1);
	for (size_t i = 0; i < e->n; i++) {
		c->before[i] = c->n;
		if (!steady(e->v[i]) || (!line && fx_cel_uses_line(e->v[i]->when)))
			continue;
		c->form[c->n] = e->form[i];
		c->v[c->n++] = e->v[i];
	}
	c->before[e->n] = c->n;
	c->index = fx_index_new(a, c->v, c->n);
}

static struct event_rules rules_of(struct fx_lint_run *l, struct fx_str event)
{
	struct fx_arena *a = &l->out->arena;
	struct event_rules e = {.event = event};
	size_t fewest = 0;

	e.v = FX_NEWV(a, const struct fx_rule *, l->r->nrules + 1);
	e.form = FX_NEWV(a, const struct fx_cel_formula *, l->r->nrules + 1);
	for (size_t i = 0; i < l->r->nrules; i++) {
		const struct fx_rule *r = &l->r->rules[i];

		if (!fx_rule_on(r, event))
			continue;
		if (e.n == 0 || r->non < fewest) {
			fewest = r->non;
			e.env = r->env;
		}
		e.form[e.n] = fx_cel_formula(a, r->when);
		e.v[e.n++] = r;
	}
	for (unsigned line = 0; line < 2; line++)
		cover_of(a, &e.cover[line], &e, line);
	return e;
}

static void event_rules_free(struct event_rules *e)
{
	for (unsigned line = 0; line < 2; line++) {
		fx_index_free(e->cover[line].index);
		fx_arena_free(&e->cover[line].scratch);
	}
}

static const uint32_t *suspects(void *ctx, const struct fx_tape *t, uint32_t line, size_t *n)
{
	struct covering *c = ctx;

	fx_arena_reset(&c->scratch);
	*n = fx_index_candidates(c->index, t, &line, line != FX_NONE, &c->scratch, c->candidate);
	while (*n && c->candidate[*n - 1] >= c->asked)
		--*n;
	return c->candidate;
}

/*
 * Is there an order that the rule `target` takes (e->n: none is asked for) and no rule before it?
 * line: one with lines, else one without, where rules that name SKU do not count.
 */
static enum fx_cel_sat ask(struct fx_lint_run *l, struct event_rules *e, size_t target, bool line,
                           struct fx_str *order)
{
	struct covering *c = &e->cover[line];
	struct fx_cel_question q = {.all = &e->form[target],
	                            .nall = target < e->n,
	                            .none = c->form,
	                            .nnone = c->before[target],
	                            .env = e->env,
	                            .suspects = suspects,
	                            .suspects_ctx = c};

	c->asked = q.nnone;
	return fx_lint_solve(l, &q, e->event, line, order);
}

/* Why it could not be decided, as far as the contract is to blame: behind a finding's text. */
static struct fx_str refusal(const struct fx_lint_run *l, struct fx_arena *a)
{
	if (!l->fit.refused.n)
		return FX_STR("");
	return fx_arena_fmt(a, "; the contract refuses the orders that were tried: %.*s",
	                    FX_FMT(l->fit.refused));
}

static void lint_gap(struct fx_lint_run *l, struct event_rules *e)
{
	const struct fx_rule *last = e->v[e->n - 1];
	struct fx_str order, why;

	if (last->always && steady(last))
		return;
	if (ask(l, e, e->n, true, &order) == FX_CEL_FOUND ||
	    ask(l, e, e->n, false, &order) == FX_CEL_FOUND) {
		fx_lint_find(l, FX_LINT_ERROR, "gap", last->at,
		             "no rule takes this %.*s; end with 'when: true'", FX_FMT(e->event))
		    ->order = order;
		return;
	}
	why = refusal(l, &l->out->arena);
	fx_lint_find(l, FX_LINT_WARNING, "no-catch-all", last->at,
	             "%.*s: the last rule is no catch-all (when: true) that always holds%.*s",
	             FX_FMT(e->event), FX_FMT(why));
}

/* Does the rule win anything of the event? */
static enum fx_cel_sat reach(struct fx_lint_run *l, struct event_rules *e, size_t target)
{
	enum fx_cel_sat a = ask(l, e, target, true, NULL), b;

	if (a == FX_CEL_FOUND || fx_cel_uses_line(e->v[target]->when))
		return a;
	b = ask(l, e, target, false, NULL);
	return b == FX_CEL_NEVER ? a : b;
}

/* Can a rule win, over all events that it is on? */
struct reach {
	enum fx_cel_sat best; /* FOUND beats UNDECIDED beats NEVER */
	struct fx_str why;    /* not decided */
};

static void lint_event(struct fx_lint_run *l, struct fx_str event, struct reach *of)
{
	struct event_rules e = rules_of(l, event);

	if (e.n <= FX_LINT_SOLVE_MAX)
		lint_gap(l, &e);
	for (size_t i = 0; i < e.n; i++) {
		struct reach *b = &of[e.v[i]->index];
		enum fx_cel_sat got;

		if (b->best == FX_CEL_FOUND)
			continue;
		got = e.n <= FX_LINT_SOLVE_MAX ? reach(l, &e, i) : FX_CEL_UNDECIDED;
		if (got == FX_CEL_FOUND || b->best == FX_CEL_NEVER)
			b->best = got;
		if (got == FX_CEL_UNDECIDED)
			b->why = refusal(l, &l->out->arena);
	}
	event_rules_free(&e);
}

/* Is there no order at all that it matches, whoever comes before it? */
static bool matches_none(struct fx_lint_run *l, const struct fx_rule *r)
{
	const struct fx_cel_formula *f = fx_cel_formula(&l->out->arena, r->when);
	bool line = fx_cel_uses_line(r->when);

	for (size_t i = 0; i < r->non; i++)
		for (unsigned way = line; way < 2; way++) {
			struct fx_cel_question q = {.all = &f, .nall = 1, .env = r->env};

			if (fx_lint_solve(l, &q, r->on[i], way, NULL) != FX_CEL_NEVER)
				return false;
		}
	return true;
}

static void never_wins(struct fx_lint_run *l, const struct fx_rule *r)
{
	bool none = matches_none(l, r);
	struct fx_str why = none ? l->fit.refused : FX_STR("");

	fx_lint_find(l, FX_LINT_ERROR, "never-wins", r->at, "rule '%.*s' can never win: %s%s%.*s",
	             FX_FMT(r->id),
	             none ? "there is no order that it matches"
	                  : "the rules before it take all that it matches",
	             why.n ? "; the contract refuses that " : "", FX_FMT(why));
}

void fx_lint_wins(struct fx_lint_run *l)
{
	const struct fx_registry *r = l->r;
	struct reach *of = FX_NEWV(&l->out->arena, struct reach, r->nrules + 1);

	for (size_t i = 0; i < r->events.n; i++)
		lint_event(l, r->events.e[i].key, of);
	for (size_t i = 0; i < r->nrules; i++) {
		if (of[i].best == FX_CEL_NEVER)
			never_wins(l, &r->rules[i]);
		else if (of[i].best == FX_CEL_UNDECIDED)
			fx_lint_find(l, FX_LINT_NOTE, "undecided", r->rules[i].at,
			             "rule '%.*s': whether it can win could not be decided%.*s",
			             FX_FMT(r->rules[i].id), FX_FMT(of[i].why));
	}
}

/* Is there an order of the event that both rules match, or one but not the other? */
static enum fx_cel_sat pair(struct fx_lint_run *l, const struct fx_rule *a, const struct fx_rule *b,
                            bool other, struct fx_str *order)
{
	const struct fx_cel_formula *f[2] = {fx_cel_formula(&l->out->arena, a->when),
	                                     fx_cel_formula(&l->out->arena, b->when)};
	struct fx_cel_question q = {.all = f,
	                            .nall = other ? 2 : 1,
	                            .none = f + 1,
	                            .nnone = !other,
	                            .env = a->non <= b->non ? a->env : b->env};

	return fx_lint_solve(l, &q, fx_lint_shared_event(a, b),
	                     fx_cel_uses_line(a->when) || fx_cel_uses_line(b->when), order);
}

static void lint_overlap(struct fx_lint_run *l, const struct fx_rule *a, const struct fx_rule *b)
{
	struct fx_str event = fx_lint_shared_event(a, b), order, why;
	enum fx_cel_sat got, ab, ba;

	if (!event.n ||
	    (a->until != FX_TIME_NONE && b->from != FX_TIME_NONE && a->until <= b->from) ||
	    (b->until != FX_TIME_NONE && a->from != FX_TIME_NONE && b->until <= a->from))
		return;
	got = pair(l, a, b, true, &order);
	why = refusal(l, &l->out->arena);
	if (got == FX_CEL_NEVER || (ab = pair(l, a, b, false, NULL)) == FX_CEL_NEVER ||
	    (ba = pair(l, b, a, false, NULL)) == FX_CEL_NEVER)
		return;
	if (got == FX_CEL_FOUND && ab == FX_CEL_FOUND && ba == FX_CEL_FOUND)
		fx_lint_find(l, FX_LINT_NOTE, "overlap", b->at,
		             "rules '%.*s' and '%.*s' both match this %.*s: the first wins it",
		             FX_FMT(a->id), FX_FMT(b->id), FX_FMT(event))
		    ->order = order;
	else
		fx_lint_find(l, FX_LINT_NOTE, "overlap-undecided", b->at,
		             "whether rules '%.*s' and '%.*s' overlap could not be decided%.*s",
		             FX_FMT(a->id), FX_FMT(b->id), FX_FMT(why));
}

void fx_lint_overlaps(struct fx_lint_run *l)
{
	const struct fx_registry *r = l->r;

	if (r->nrules > OVERLAPS_MAX) {
		fx_lint_find(l, FX_LINT_NOTE, "overlap-undecided", r->rules[0].at,
		             "overlaps are not looked for among more than %d rules", OVERLAPS_MAX);
		return;
	}
	for (size_t i = 0; i < r->nrules; i++)
		for (size_t k = i + 1; k < r->nrules; k++)
			lint_overlap(l, &r->rules[i], &r->rules[k]);
}
