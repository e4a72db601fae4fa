#include "rules/lint_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/cel_solve.h"
#include "rules/decide.h"

/* Each pair of so many rules is asked for. */
#define OVERLAPS_MAX 500

void fx_findings_free(struct fx_findings *f)
{
	fx_arena_free(&f->arena);
	free(f->v);
	*f = (struct fx_findings){0};
}

struct fx_finding *fx_lint_find(struct fx_lint_run *l, enum fx_severity severity, const char *code,
                                struct fx_place_of at, const char *fmt, ...)
{
	struct fx_findings *f = l->out;
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (f->n == f->cap) {
		f->cap = f->cap * 2 + 16;
		f->v = fx_realloc(f->v, f->cap, sizeof(*f->v));
	}
	f->v[f->n] = (struct fx_finding){
	    severity, code, at, fx_arena_str(&f->arena, fx_str(msg)), {NULL, 0}};
	return &f->v[f->n++];
}

struct fx_place_of fx_lint_rule_place(const struct fx_lint_run *l, const struct fx_rule *r,
                                      const char *key, size_t offset)
{
	struct fx_place_of at = r->at;

	for (size_t i = 0; i < l->r->ndocs; i++)
		if (r->doc == &l->r->docs[i]) {
			struct fx_place p = fx_doc_place_in(
			    r->doc,
			    fx_arena_fmt(&l->out->arena, "%.*s/%s", FX_FMT(r->pointer), key),
			    offset);

			at.line = p.line;
			at.col = p.col;
		}
	return at;
}

struct fx_str fx_lint_shared_event(const struct fx_rule *a, const struct fx_rule *b)
{
	for (size_t i = 0; i < a->non; i++)
		if (fx_rule_on(b, a->on[i]))
			return a->on[i];
	return (struct fx_str){NULL, 0};
}

/* Read the registry's contract; what is wrong with it are findings. */
static void lint_contract(struct fx_lint_run *l)
{
	struct fx_errs errs = {0};

	fx_fit_init(&l->fit, l->r, &errs);
	for (size_t i = 0; i < errs.n; i++)
		fx_lint_find(
		    l, FX_LINT_ERROR, "contract-broken",
		    (struct fx_place_of){fx_arena_str(&l->out->arena, fx_str(errs.v[i].file)),
		                         errs.v[i].line, errs.v[i].col},
		    "%s", errs.v[i].msg);
	fx_errs_free(&errs);
}

static bool named_by_path(const struct fx_registry *r, const struct fx_owner *o)
{
	for (size_t i = 0; i < r->npaths; i++)
		for (size_t k = 0; k < r->paths[i].nsteps; k++)
			for (size_t a = 0; a < r->paths[i].steps[k].nactions; a++)
				if (r->paths[i].steps[k].actions[a].owner == o)
					return true;
	return false;
}

static bool named_by_rule(const struct fx_registry *r, const struct fx_owner *o)
{
	for (size_t i = 0; i < r->nrules; i++)
		if (r->rules[i].owner == o || r->rules[i].fallback == o)
			return true;
	return false;
}

static bool named_by_slo(const struct fx_registry *r, const struct fx_owner *o)
{
	for (size_t i = 0; i < r->nslos; i++)
		if (r->slos[i].notify == o)
			return true;
	return false;
}

static void lint_owners(struct fx_lint_run *l)
{
	const struct fx_registry *r = l->r;

	for (size_t i = 0; i < r->nowners; i++) {
		const struct fx_owner *o = &r->owners[i];
		bool used = named_by_rule(r, o) || named_by_path(r, o) || named_by_slo(r, o) ||
		            r->maintainer == o;

		if (!used && !o->holds)
			fx_lint_find(l, FX_LINT_WARNING, "owner-unused", o->at,
			             "owner '%.*s' is named by no rule, no exception path and no objective",
			             FX_FMT(o->id));
		if (used && o->send.n == 0)
			fx_lint_find(
			    l, FX_LINT_ERROR, "owner-unreachable", o->at,
			    "owner '%.*s' is given work but has no 'send': nothing can be handed "
			    "over",
			    FX_FMT(o->id));
	}
	if (!r->maintainer && r->nowners)
		fx_lint_find(l, FX_LINT_WARNING, "no-maintainer", r->owners[0].at,
		             "no 'maintainer' is named: a runaway automation has no owner");
}

static bool fails_so(const struct fx_registry *r, struct fx_str failure)
{
	const struct fx_path *p = fx_registry_path(r, failure);

	return p && !fx_str_is(p->failure, "*");
}

static void lint_failures(struct fx_lint_run *l)
{
	static const struct fx_str any = {"*", 1};
	const struct fx_registry *r = l->r;
	bool catch_all = fx_registry_path(r, any) != NULL;
	struct fx_place_of top = r->npaths   ? r->paths[0].at
	                         : r->nrules ? r->rules[0].at
	                                     : (struct fx_place_of){0};

	if (!catch_all)
		fx_lint_find(
		    l, FX_LINT_ERROR, "no-path", top,
		    "no exception path for \"*\": a failure that nobody named would end in "
		    "silence");
	for (size_t i = 0; i < r->nrules; i++)
		for (size_t k = 0; k < r->rules[i].nsla; k++) {
			struct fx_str failure = r->rules[i].sla[k].milestone->failure;

			if (!catch_all && !fails_so(r, failure))
				fx_lint_find(
				    l, FX_LINT_ERROR, "no-path", r->rules[i].at,
				    "rule '%.*s' can fail with '%.*s', which has no exception path",
				    FX_FMT(r->rules[i].id), FX_FMT(failure));
		}
}

/* A step that gives the exception to whom it was taken from some steps before goes round. */
static void lint_path(struct fx_lint_run *l, const struct fx_path *p)
{
	const struct fx_owner *had[64];
	size_t n = 0;

	for (size_t k = 0; k < p->nsteps; k++)
		for (size_t a = 0; a < p->steps[k].nactions; a++) {
			const struct fx_action *act = &p->steps[k].actions[a];

			if (act->kind != FX_ACT_REROUTE && act->kind != FX_ACT_ROUTE &&
			    act->kind != FX_ACT_ESCALATE)
				continue;
			for (size_t i = 0; i < n; i++)
				if (had[i] == act->owner) {
					fx_lint_find(
					    l, FX_LINT_WARNING, "path-loops", p->at,
					    "the path of '%.*s' comes back to '%.*s' in step %zu",
					    FX_FMT(p->failure), FX_FMT(act->owner->id), k + 1);
					break;
				}
			if (n < sizeof(had) / sizeof(had[0]))
				had[n++] = act->owner;
		}
}

static void lint_windows(struct fx_lint_run *l)
{
	for (size_t i = 0; i < l->r->nrules; i++) {
		const struct fx_rule *r = &l->r->rules[i];

		if (r->until != FX_TIME_NONE && r->until <= l->now)
			fx_lint_find(l, FX_LINT_WARNING, "window-over", r->at,
			             "rule '%.*s' holds no more: its 'until' has passed",
			             FX_FMT(r->id));
		if (r->canary_weight && r->canary_until != FX_TIME_NONE &&
		    r->canary_until <= l->now)
			fx_lint_find(l, FX_LINT_WARNING, "canary-over", r->at,
			             "rule '%.*s' takes nothing any more: its canary has ended; "
			             "promote it or take it out",
			             FX_FMT(r->id));
	}
}

/* What a flow needs before it carries real orders. */
static void lint_readiness(struct fx_lint_run *l)
{
	const struct fx_registry *r = l->r;

	for (size_t i = 0; i < r->nrules; i++) {
		const struct fx_rule *rule = &r->rules[i];

		if (rule->nsla == 0)
			fx_lint_find(l, FX_LINT_WARNING, "no-sla", rule->at,
			             "rule '%.*s' promises nothing: its tasks are never late",
			             FX_FMT(rule->id));
		if (!rule->fallback)
			fx_lint_find(l, FX_LINT_NOTE, "no-fallback", rule->at,
			             "rule '%.*s' has no fallback", FX_FMT(rule->id));
		if (!rule->tests)
			fx_lint_find(l, FX_LINT_NOTE, "no-tests", rule->at,
			             "rule '%.*s' has no tests", FX_FMT(rule->id));
	}
	if (r->ncontracts == 0 && r->nrules)
		fx_lint_find(
		    l, FX_LINT_NOTE, "no-contract", r->rules[0].at,
		    "no contract: predicates cannot be held against the fields that there are");
}

/* The rules of an event in order, and what their predicates say. */
struct event_rules {
	struct fx_str event;
	const struct fx_rule **v;
	const struct fx_cel_formula **form;
	const struct fx_cel_formula **none; /* scratch of a question */
	const struct fx_cel_env *env;       /* of the rule that is on the fewest events */
	size_t n;
};

/* What such a rule takes is taken: no window, no canary. */
static bool steady(const struct fx_rule *r)
{
	return r->from == FX_TIME_NONE && r->until == FX_TIME_NONE && !r->canary_weight;
}

static struct event_rules rules_of(struct fx_lint_run *l, struct fx_str event)
{
	struct fx_arena *a = &l->out->arena;
	struct event_rules e = {.event = event};
	size_t fewest = 0;

	e.v = FX_NEWV(a, const struct fx_rule *, l->r->nrules + 1);
	e.form = FX_NEWV(a, const struct fx_cel_formula *, l->r->nrules + 1);
	e.none = FX_NEWV(a, const struct fx_cel_formula *, l->r->nrules + 1);
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
	return e;
}

/*
 * Is there an order that the rule `target` takes (e->n: none is asked for) and no rule before it?
 * line: one with lines, else one without, where rules that name SKU do not count.
 */
static enum fx_cel_sat ask(struct fx_lint_run *l, struct event_rules *e, size_t target, bool line,
                           struct fx_str *witness)
{
	struct fx_cel_question q = {
	    .all = &e->form[target], .nall = target < e->n, .none = e->none, .env = e->env};

	for (size_t i = 0; i < target; i++)
		if (steady(e->v[i]) && (line || !fx_cel_uses_line(e->v[i]->when)))
			e->none[q.nnone++] = e->form[i];
	return fx_fit_solve(&l->fit, &l->out->arena, &q, e->event, line, witness);
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
	struct fx_str witness;
	enum fx_cel_sat a = ask(l, e, target, true, &witness), b;

	if (a == FX_CEL_FOUND || fx_cel_uses_line(e->v[target]->when))
		return a;
	b = ask(l, e, target, false, &witness);
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
}

static void lint_rules(struct fx_lint_run *l)
{
	const struct fx_registry *r = l->r;
	struct reach *of = FX_NEWV(&l->out->arena, struct reach, r->nrules + 1);

	for (size_t i = 0; i < r->events.n; i++)
		lint_event(l, r->events.e[i].key, of);
	for (size_t i = 0; i < r->nrules; i++) {
		if (of[i].best == FX_CEL_NEVER)
			fx_lint_find(
			    l, FX_LINT_ERROR, "never-wins", r->rules[i].at,
			    "rule '%.*s' can never win: the rules before it take all that it "
			    "matches",
			    FX_FMT(r->rules[i].id));
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

	return fx_fit_solve(&l->fit, &l->out->arena, &q, fx_lint_shared_event(a, b),
	                    fx_cel_uses_line(a->when) || fx_cel_uses_line(b->when), order);
}

static void lint_overlap(struct fx_lint_run *l, const struct fx_rule *a, const struct fx_rule *b)
{
	struct fx_str event = fx_lint_shared_event(a, b), other, order, why;
	enum fx_cel_sat got, ab, ba;

	if (!event.n ||
	    (a->until != FX_TIME_NONE && b->from != FX_TIME_NONE && a->until <= b->from) ||
	    (b->until != FX_TIME_NONE && a->from != FX_TIME_NONE && b->until <= a->from))
		return;
	got = pair(l, a, b, true, &order);
	why = refusal(l, &l->out->arena);
	if (got == FX_CEL_NEVER || (ab = pair(l, a, b, false, &other)) == FX_CEL_NEVER ||
	    (ba = pair(l, b, a, false, &other)) == FX_CEL_NEVER)
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

static void lint_overlaps(struct fx_lint_run *l)
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

static int by_place(const void *a, const void *b)
{
	const struct fx_finding *x = a, *y = b;
	int c = fx_str_cmp(x->at.file, y->at.file);

	if (c == 0)
		c = (x->at.line > y->at.line) - (x->at.line < y->at.line);
	if (c == 0)
		c = (x->at.col > y->at.col) - (x->at.col < y->at.col);
	return c ? c : strcmp(x->code, y->code);
}

void fx_lint(const struct fx_registry *r, fx_time now, bool overlaps, struct fx_findings *out)
{
	struct fx_lint_run l = {.r = r, .out = out, .now = now};

	lint_contract(&l);
	lint_owners(&l);
	lint_failures(&l);
	for (size_t i = 0; i < r->npaths; i++)
		lint_path(&l, &r->paths[i]);
	lint_windows(&l);
	lint_readiness(&l);
	lint_rules(&l);
	fx_lint_nobody(&l);
	fx_lint_unused(&l);
	fx_lint_holes(&l);
	fx_lint_absent(&l);
	if (overlaps)
		lint_overlaps(&l);
	fx_fit_free(&l.fit);
	fx_tape_free(&l.tape);
	fx_arena_free(&l.scratch);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_place);
}
