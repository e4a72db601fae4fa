#include "rules/lint_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/decide.h"

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
			fx_lint_find(
			    l, FX_LINT_WARNING, "owner-unused", o->at,
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
	fx_lint_wins(&l);
	fx_lint_nobody(&l);
	fx_lint_unused(&l);
	fx_lint_holes(&l);
	fx_lint_absent(&l);
	if (overlaps)
		fx_lint_overlaps(&l);
	fx_fit_free(&l.fit);
	fx_tape_free(&l.tape);
	fx_arena_free(&l.scratch);
	fx_arena_free(&l.work);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_place);
}
