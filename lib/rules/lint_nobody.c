#include "rules/lint_parts.h"

/* Paths that can end at nobody: whom a step names, and whether that one can ever be told. */

/* The last owner that a path names as having the exception, else one that it notifies; or NULL. */
static const struct fx_action *last_named(const struct fx_path *p)
{
	const struct fx_action *last = NULL;

	for (size_t i = 0; i < p->nsteps; i++)
		for (size_t k = 0; k < p->steps[i].nactions; k++) {
			const struct fx_action *a = &p->steps[i].actions[k];

			if (a->owner && (!last || a->kind != FX_ACT_NOTIFY))
				last = a;
		}
	return last;
}

static bool is_of_no_task(struct fx_str failure)
{
	return fx_str_is(failure, "owner-unavailable") || fx_str_is(failure, "export-rejected") ||
	       fx_str_is(failure, "runaway-automation");
}

static void lint_path(struct fx_lint_run *l, const struct fx_path *p)
{
	const struct fx_registry *r = l->r;
	const struct fx_action *last = last_named(p);

	if (last && last->owner->hours &&
	    fx_hours_next(last->owner->hours, l->now) == FX_TIME_NONE) {
		fx_lint_find(
		    l, FX_LINT_ERROR, "path-nobody", p->at,
		    "the path of '%.*s' ends with '%.*s', whose hours never open: it would "
		    "wait for good",
		    FX_FMT(p->failure), FX_FMT(last->owner->id));
	} else if (!last && is_of_no_task(p->failure) && !r->maintainer &&
	           !fx_registry_owner(r, p->maintainer)) {
		fx_lint_find(
		    l, FX_LINT_ERROR, "path-nobody", p->at,
		    "the path of '%.*s' names no owner, there is no task that has one, and no "
		    "'maintainer' of the registry: nobody is told",
		    FX_FMT(p->failure));
	} else if (!last && !is_of_no_task(p->failure) && !fx_str_is(p->failure, "fallback-due")) {
		fx_lint_find(
		    l, FX_LINT_WARNING, "path-nobody", p->at,
		    "the path of '%.*s' names nobody: it stays with the owner whose task it "
		    "is",
		    FX_FMT(p->failure));
	}
}

void fx_lint_nobody(struct fx_lint_run *l)
{
	for (size_t i = 0; i < l->r->npaths; i++)
		lint_path(l, &l->r->paths[i]);
}
