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
		fx_time from = held[i].from;

		if (from < t->assigned->at)
			from = t->assigned->at;
		if (from >= due)
			break;
		if (held[i].to == INT64_MAX)
			return FX_TIME_NONE;
		if (held[i].to > from)
			due = fx_hours_add(h, held[i].to, fx_hours_between(h, from, due));
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

fx_time fx_task_due(const struct fx_registry *r, const struct fx_task *t, struct fx_str *what)
{
	fx_time due = fx_fallback_due(t);

	*what = due == FX_TIME_NONE ? (struct fx_str){NULL, 0} : FX_STR("fallback-due");
	for (uint32_t i = 0; i < t->npromises; i++) {
		const struct fx_promise *p = &t->promises[i];
		fx_time d =
		    p->met == FX_TIME_NONE && p->milestone ? fx_promise_due(r, t, p) : FX_TIME_NONE;

		if (d != FX_TIME_NONE && (due == FX_TIME_NONE || d < due)) {
			due = d;
			*what = p->milestone->s;
		}
	}
	return due;
}

const struct fx_path *fx_exception_path(const struct fx_registry *r, enum fx_failure_kind kind,
                                        struct fx_str failure)
{
	const struct fx_path *p = fx_registry_path(r, failure);

	if (p && (kind == FX_RUNAWAY || kind == FX_FALLBACK) && !fx_str_eq(p->failure, failure))
		return NULL;
	return p && p->nsteps ? p : NULL;
}

struct fx_str fx_exception_next(const struct fx_registry *r, const struct fx_exception *x)
{
	const struct fx_path *p = fx_exception_path(r, x->kind, x->failure->s);
	size_t i = x->step, comma;
	struct fx_str text;

	if (!p)
		return FX_STR("notify again");
	text = p->steps[i < p->nsteps ? i : p->nsteps - 1].text;
	/* "if unresolved in 2h, route to ..": the wait is in the due time already. */
	comma = fx_str_find(text, ',');
	if (fx_str_starts(text, FX_STR("if unresolved")) && comma < text.n)
		text = fx_str_trim((struct fx_str){text.p + comma + 1, text.n - comma - 1});
	return text;
}

bool fx_owner_unavailable(struct fx_life *l, const struct fx_registry *r,
                          const struct fx_word *owner)
{
	const struct fx_health *h = fx_life_health(l, owner);

	return h->nfailed && h->failed[0].at + r->grace <= fx_life_now(l);
}
