#include "task/sweep.h"

/* An order that was held more often than this counts its first holds only. */
#define HOLDS 64

static const struct fx_hours *hours_of(const struct fx_registry *r, const struct fx_word *owner)
{
	const struct fx_owner *o = owner ? fx_registry_owner(r, owner->s) : NULL;

	return o ? o->hours : NULL;
}

fx_time fx_promise_due(const struct fx_registry *r, const struct fx_task *t,
                       const struct fx_promise *p)
{
	struct fx_held held[HOLDS];
	fx_time due = p->due;
	size_t n;

	if (due == FX_TIME_NONE || !t->order->holds)
		return due;
	n = fx_order_holds(t->order, held, HOLDS);
	for (size_t i = 0; i < n; i++) {
		const struct fx_hours *h = hours_of(r, t->owner0);
		fx_time from = held[i].from, later;

		if (from < t->assigned->at)
			from = t->assigned->at;
		if (from >= due)
			break;
		if (held[i].to == INT64_MAX)
			return FX_TIME_NONE;
		if (held[i].to <= from)
			continue;
		/* A due time outside of the hours, that a field promised, does not come nearer. */
		later = fx_hours_add(h, held[i].to, fx_hours_between(h, from, due));
		if (later > due)
			due = later;
	}
	return due;
}

struct fx_str fx_promise_failure(const struct fx_registry *r, const struct fx_promise *p,
                                 struct fx_arena *a)
{
	const struct fx_milestone *m = fx_registry_milestone(r, p->milestone->s);

	return m ? m->failure : fx_arena_fmt(a, "%.*s-missed", FX_FMT(p->milestone->s));
}

fx_time fx_fallback_due(const struct fx_task *t)
{
	if (!t->fallback || t->progressed != FX_TIME_NONE || t->ntenure > 1 || !fx_task_open(t))
		return FX_TIME_NONE;
	return t->fallback_at;
}

const struct fx_path *fx_exception_path(const struct fx_registry *r, enum fx_failure_kind kind,
                                        struct fx_str failure)
{
	const struct fx_path *p = fx_registry_path(r, failure);

	if (p && (kind == FX_RUNAWAY || kind == FX_FALLBACK) && !fx_str_eq(p->failure, failure))
		return NULL;
	return p && p->nsteps ? p : NULL;
}

bool fx_owner_unavailable(struct fx_life *l, const struct fx_registry *r,
                          const struct fx_word *owner)
{
	const struct fx_health *h = fx_life_health(l, owner);

	return h->nfailed && h->failed[0].at + r->grace <= fx_life_now(l);
}
