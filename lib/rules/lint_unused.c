/* What is defined and never used, and windows with holes between them. */
#include <stdlib.h>
#include <string.h>

#include "rules/decide.h"
#include "rules/lint_parts.h"

static struct fx_str text_of(const json_t *v)
{
	return json_is_string(v) ? (struct fx_str){json_string_value(v), json_string_length(v)}
	                         : (struct fx_str){"", 0};
}

static struct fx_place_of place(const struct fx_doc *d, struct fx_place p)
{
	return (struct fx_place_of){fx_str(d->file), p.line, p.col};
}

/* ---- calendars ---- */

static bool closed_by(const struct fx_registry *r, const char *calendar)
{
	for (size_t i = 0; i < r->ndocs; i++) {
		const json_t *owners = json_object_get(r->docs[i].root, "owners"), *o;
		size_t k;

		json_array_foreach(owners, k, o)
		{
			if (fx_str_is(text_of(json_object_get(o, "closed")), calendar))
				return true;
		}
	}
	return false;
}

static void unused_calendars(struct fx_lint_run *l)
{
	for (size_t i = 0; i < l->r->ndocs; i++) {
		const struct fx_doc *d = &l->r->docs[i];
		const char *name;
		json_t *days;

		json_object_foreach(json_object_get(d->root, "calendars"), name, days)
		{
			struct fx_str p = fx_arena_fmt(&l->scratch, "/calendars/%s", name);

			if (!closed_by(l->r, name))
				fx_lint_find(l, FX_LINT_WARNING, "calendar-unused",
				             place(d, fx_doc_key_place(d, p)),
				             "calendar '%s' closes no owner ('closed')", name);
		}
	}
}

/* ---- milestones and objectives ---- */

static bool promises(const struct fx_rule *r, const struct fx_milestone *m)
{
	for (size_t i = 0; i < r->nsla; i++)
		if (r->sla[i].milestone == m)
			return true;
	return false;
}

/* By a rule of the flow; an empty one: of any. */
static bool promised(const struct fx_registry *r, const struct fx_milestone *m, struct fx_str flow)
{
	for (size_t i = 0; i < r->nrules; i++)
		if ((!flow.n || fx_str_eq(r->rules[i].flow, flow)) && promises(&r->rules[i], m))
			return true;
	return false;
}

static bool measured(const struct fx_registry *r, const struct fx_milestone *m)
{
	for (size_t i = 0; i < r->nslos; i++)
		if (r->slos[i].milestone == m)
			return true;
	return false;
}

static void unused_milestones(struct fx_lint_run *l)
{
	struct fx_str any = {NULL, 0};

	for (size_t i = 0; i < l->r->ndocs; i++) {
		const struct fx_doc *d = &l->r->docs[i];
		const json_t *list = json_object_get(d->root, "milestones"), *v;
		size_t k;

		json_array_foreach(list, k, v)
		{
			struct fx_str id = text_of(json_object_get(v, "milestone"));
			const struct fx_milestone *m = fx_registry_milestone(l->r, id);
			struct fx_str p = fx_arena_fmt(&l->scratch, "/milestones/%zu", k);

			if (m && !promised(l->r, m, any) && !measured(l->r, m))
				fx_lint_find(
				    l, FX_LINT_WARNING, "milestone-unused",
				    place(d, fx_doc_place(d, p)),
				    "milestone '%.*s' is promised by no rule and measured by "
				    "no objective",
				    FX_FMT(id));
		}
	}
	for (size_t i = 0; i < l->r->nslos; i++) {
		const struct fx_slo *s = &l->r->slos[i];

		if (!promised(l->r, s->milestone, s->flow))
			fx_lint_find(l, FX_LINT_WARNING, "slo-unpromised", s->at,
			             "no rule of the flow '%.*s' promises '%.*s': the objective "
			             "has nothing to measure",
			             FX_FMT(s->flow), FX_FMT(s->milestone->id));
	}
}

/* ---- exception paths ---- */

/* An owner may name any failure, so only this is sure: whether anything else opens it. */
static bool opened_by_fx(const struct fx_registry *r, struct fx_str failure)
{
	static const char *const ours[] = {"*",
	                                   "fallback-due",
	                                   "not-accepted",
	                                   "owner-unavailable",
	                                   "export-rejected",
	                                   "runaway-automation"};
	struct fx_str any = {NULL, 0};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (fx_str_is(failure, ours[i]))
			return true;
	for (size_t i = 0; i < r->nmilestones; i++)
		if (fx_str_eq(r->milestones[i].failure, failure) &&
		    promised(r, &r->milestones[i], any))
			return true;
	return false;
}

static void external_failures(struct fx_lint_run *l)
{
	for (size_t i = 0; i < l->r->npaths; i++) {
		const struct fx_path *p = &l->r->paths[i];

		if (!opened_by_fx(l->r, p->failure))
			fx_lint_find(l, FX_LINT_NOTE, "path-by-word", p->at,
			             "no promise of a rule can fail with '%.*s': only an owner's "
			             "task.failed or a person opens this path",
			             FX_FMT(p->failure));
	}
}

/* ---- contract ---- */

/* Does the first take every event that the second does? */
static bool covers(struct fx_str a, struct fx_str b)
{
	if (a.n && a.p[a.n - 1] == '*')
		return fx_str_starts(b, (struct fx_str){a.p, a.n - 1});
	return fx_str_eq(a, b);
}

static void unused_contracts(struct fx_lint_run *l)
{
	const struct fx_contract_ref *c = l->r->contracts;

	for (size_t i = 1; i < l->r->ncontracts; i++)
		for (size_t k = 0; k < i; k++)
			if (covers(c[k].event, c[i].event)) {
				fx_lint_find(
				    l, FX_LINT_WARNING, "contract-unused", c[i].at,
				    "the schema for '%.*s' is never used: '%.*s' before it "
				    "takes all its events",
				    FX_FMT(c[i].event), FX_FMT(c[k].event));
				break;
			}
}

void fx_lint_unused(struct fx_lint_run *l)
{
	unused_calendars(l);
	unused_milestones(l);
	external_failures(l);
	unused_contracts(l);
}

/* ---- windows ---- */

static bool same_events(const struct fx_rule *a, const struct fx_rule *b)
{
	if (a->non != b->non)
		return false;
	for (size_t i = 0; i < a->non; i++)
		if (!fx_rule_on(b, a->on[i]))
			return false;
	return true;
}

/* Do they take each other's place?  Versions of one rule, or one predicate. */
static bool series(const struct fx_rule *a, const struct fx_rule *b)
{
	return same_events(a, b) && (fx_str_eq(a->id, b->id) || fx_str_eq(a->source, b->source));
}

/* Until when the orders of `r` are taken without a break by it and those of its series. */
static fx_time taken_until(const struct fx_registry *r, const struct fx_rule *first)
{
	fx_time end = first->until;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < r->nrules; i++) {
			const struct fx_rule *o = &r->rules[i];

			if (!series(first, o) || (o->from != FX_TIME_NONE && o->from > end))
				continue;
			if (o->until == FX_TIME_NONE)
				return FX_TIME_NONE;
			if (o->until > end) {
				end = o->until;
				more = true;
			}
		}
	}
	return end;
}

/* Only the rule that ends last before the hole tells it, and only a hole that is not over. */
static void hole_after(struct fx_lint_run *l, const struct fx_rule *a)
{
	const struct fx_registry *r = l->r;
	const struct fx_rule *next = NULL;
	char until[FX_TIME_LEN], from[FX_TIME_LEN];

	if (a->until == FX_TIME_NONE || taken_until(r, a) != a->until)
		return;
	for (size_t i = 0; i < r->nrules; i++) {
		const struct fx_rule *o = &r->rules[i];

		if (!series(a, o))
			continue;
		if (o->until == a->until && o->index < a->index)
			return;
		if (o->from != FX_TIME_NONE && o->from > a->until && o->from > l->now &&
		    (!next || o->from < next->from))
			next = o;
	}
	if (!next)
		return;
	fx_time_format(a->until, until);
	fx_time_format(next->from, from);
	/* Versions of one rule are meant to follow each other; two rules may be two seasons. */
	fx_lint_find(
	    l, fx_str_eq(a->id, next->id) ? FX_LINT_WARNING : FX_LINT_NOTE, "window-hole",
	    fx_lint_rule_place(l, next, "from", 0),
	    "rule '%.*s' (version %llu) ends %s, and '%.*s' (version %llu) takes its place "
	    "only from %s",
	    FX_FMT(a->id), (unsigned long long)a->version, until, FX_FMT(next->id),
	    (unsigned long long)next->version, from);
}

void fx_lint_holes(struct fx_lint_run *l)
{
	if (l->r->nrules <= FX_LINT_SOLVE_MAX)
		for (size_t i = 0; i < l->r->nrules; i++)
			hole_after(l, &l->r->rules[i]);
}
