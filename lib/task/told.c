#include "task/fold.h"

/* What must be told, and whether an order is open because it was not. */

static struct fx_str source_of(const struct fx_event *e)
{
	return e->source ? e->source->s : (struct fx_str){NULL, 0};
}

void fx_notice_derive(struct fx_notice *n, struct fx_arena *a)
{
	struct fx_str what = fx_arena_fmt(a, "%.*s %.*s", FX_FMT(n->task->id), FX_FMT(n->owner->s));

	fx_derive_id(n->id, FX_STR("task.cancelled"), source_of(n->cause), n->cause->id, what);
}

/* Did who had it then get it again?  Then only the later end is worth a word. */
static bool has_again(const struct fx_task *t, uint32_t i)
{
	for (uint32_t k = i + 1; k < t->ntenure; k++)
		if (t->tenure[k].owner == t->tenure[i].owner)
			return true;
	return false;
}

size_t fx_order_notices(struct fx_life *l, const struct fx_order *o, struct fx_notice *out,
                        size_t max)
{
	size_t n = 0;

	for (struct fx_task *t = o->tasks; t; t = t->next) {
		struct fx_notice all[2], one;
		size_t k = 0;

		if (t->state == FX_WAITING || !fx_task_live(l, t))
			continue;
		if (t->state == FX_CANCELLED && t->closed_by->kind != FX_K_TOLD)
			all[k++] = (struct fx_notice){t,
			                              t->owner,
			                              t->closed_by,
			                              t->closed_by->kind == FX_K_CANCEL
			                                  ? FX_ORDER_CANCELLED
			                                  : FX_BY_EXCEPTION,
			                              false,
			                              ""};
		else if (t->state == FX_SUPERSEDED)
			all[k++] = (struct fx_notice){
			    t, t->owner, t->closed_by, FX_TASK_SUPERSEDED, false, ""};
		else if (t->taken_by)
			all[k++] = (struct fx_notice){
			    t,
			    t->owner,
			    t->taken_by,
			    t->taken_by->kind == FX_K_CANCEL ? FX_ORDER_CANCELLED : FX_TASK_SUPERSEDED,
			    true,
			    ""};
		for (uint32_t i = 0; i + 1 < t->ntenure + k && n < max; i++) {
			bool moved = i + 1 < t->ntenure;

			one = moved ? (struct fx_notice){t,
			                                 t->tenure[i].owner,
			                                 t->tenure[i + 1].by,
			                                 FX_TASK_REROUTED,
			                                 false,
			                                 ""}
			            : all[0];
			if (moved && has_again(t, i))
				continue;
			fx_notice_derive(&one, &l->scratch);
			if (!fx_order_event(o, fx_str(one.id)))
				out[n++] = one;
		}
	}
	return n;
}

bool fx_notice_owed(const struct fx_order *o, const struct fx_event *notice)
{
	const struct fx_word *owner = notice->owner;

	if (!notice->notice)
		return true;
	for (const struct fx_event *e = o->events; e; e = e->next) {
		bool same = fx_str_eq(e->task_id, notice->task_id);

		if (e->kind == FX_K_ATTEMPT && same && e->owner == owner)
			return true;
		if (e->kind == FX_K_HANDOFF && (same || !e->task_id.n) && e->to == owner)
			return true;
		if (e->cancel && fx_str_eq(e->id, notice->cause) && (!e->to || e->to == owner))
			return true;
	}
	return false;
}

bool fx_incident(const struct fx_order *o, const struct fx_exception *x, const struct fx_event *e)
{
	const struct fx_event *first = o->events;

	while (first && !(first->kind == FX_K_ATTEMPT && first->accepted && first->incident &&
	                  first->owner == e->owner && fx_str_eq(first->exception_id, x->id)))
		first = first->next;
	return first == e;
}

static bool told_hold(const struct fx_event *e, const struct fx_exception *x)
{
	/* An incident is closed by its own word. */
	return e->kind == FX_K_ATTEMPT && e->accepted && e->hold && !e->incident && e->owner &&
	       fx_str_eq(e->exception_id, x->id);
}

const struct fx_event *fx_hold_ended(const struct fx_order *o, const struct fx_exception *x,
                                     const struct fx_event *attempt)
{
	if (!told_hold(attempt, x))
		return NULL;
	for (const struct fx_event *e = o->events; e && e != attempt; e = e->next)
		if (told_hold(e, x) && e->owner == attempt->owner)
			return NULL;
	for (const struct fx_event *e = o->events; e && e != o->waiting; e = e->next)
		if (e->kind == FX_K_RELEASE && e->at >= x->opened->at &&
		    (!e->exception_id.n || fx_str_eq(e->exception_id, x->id)))
			return e;
	return x->resolved_by;
}

bool fx_sent(const struct fx_order *o, struct fx_str cause, const struct fx_word *owner)
{
	for (const struct fx_event *e = o->events; e; e = e->next)
		if (e->kind == FX_K_ATTEMPT && e->owner == owner && fx_str_eq(e->cause, cause) &&
		    (e->accepted || e->due == FX_TIME_NONE))
			return true;
	return false;
}

bool fx_rejected_unheard(const struct fx_order *o, const struct fx_event *e)
{
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (x->kind == FX_REJECTED && fx_str_eq(x->opened->cause, e->id))
			return false;
	return !fx_rejected_mended(o, e);
}

const struct fx_event *fx_rejected_mended(const struct fx_order *o, const struct fx_event *e)
{
	for (const struct fx_event *m = o->events; m && m != o->waiting; m = m->next)
		if ((m->kind == FX_K_TRIGGER || m->kind == FX_K_CANCEL) &&
		    (e->about.n ? fx_str_eq(m->id, e->about) : m->index > e->index))
			return m;
	return NULL;
}

/* ---- is anything left? ----------------------------------------------------- */

/* Does a notice wait for an endpoint that is sent things? */
static bool unsent(struct fx_life *l, const struct fx_order *o, const struct fx_event *notice)
{
	const struct fx_health *h = fx_life_health(l, notice->owner);

	return (h->accepted != FX_TIME_NONE || h->nfailed) &&
	       !fx_sent(o, notice->id, notice->owner);
}

/* Does an incident, or who keeps a hold, wait for the word that it is over? */
static bool unclosed(const struct fx_order *o, const struct fx_exception *x)
{
	for (const struct fx_event *e = o->events; e && x->hold; e = e->next) {
		const struct fx_event *word = fx_hold_ended(o, x, e);

		if (word && !fx_sent(o, word->id, e->owner))
			return true;
	}
	for (const struct fx_event *e = o->events; e && x->resolved_by; e = e->next)
		if (e->incident && fx_incident(o, x, e) &&
		    !fx_sent(o, x->resolved_by->id, e->owner))
			return true;
	return false;
}

static bool ended(const struct fx_order *o)
{
	for (const struct fx_event *e = o->events; e; e = e->next)
		if (e->kind == FX_K_CANCEL || fx_event_stage(e) == 2)
			return true;
	return false;
}

bool fx_order_is_open(struct fx_life *l, const struct fx_order *o, bool future)
{
	struct fx_notice notice;

	if (future)
		return true;
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (fx_task_open(t) || (l->opt.delivered && t->state == FX_SHIPPED))
			return true;
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_exception_open(x))
			return true;
	if (l->opt.undecided && !o->tasks && !ended(o))
		return true;
	if (!l->opt.untold)
		return false;
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (unclosed(o, x))
			return true;
	for (const struct fx_event *e = o->events; e; e = e->next)
		if (e->kind == FX_K_REJECTED && fx_rejected_unheard(o, e))
			return true;
	for (const struct fx_event *e = o->events; e; e = e->next)
		if (e->kind == FX_K_TOLD && e->notice && e->owner && unsent(l, o, e) &&
		    fx_notice_owed(o, e))
			return true;
	return fx_order_notices(l, o, &notice, 1) != 0;
}
