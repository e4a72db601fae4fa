#include "task/duty.h"

#include <stdlib.h>
#include <string.h>

static struct fx_str source_of(const struct fx_event *e)
{
	return e->source ? e->source->s : (struct fx_str){NULL, 0};
}

static bool known(const struct fx_order *o, const char *id)
{
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_str_is(x->id, id))
			return true;
	return false;
}

static struct fx_duty *push(struct fx_duties *d)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->v = fx_realloc(d->v, d->cap, sizeof(*d->v));
	}
	d->v[d->n] = (struct fx_duty){0};
	return &d->v[d->n++];
}

/* An exception to open, unless the order has it already. */
static void open_duty(struct fx_sweeping *s, struct fx_duty d, struct fx_str discriminator)
{
	const struct fx_path *p = fx_registry_path(s->r, d.failure);

	d.inhibits = p && p->ninhibits;
	fx_derive_id(d.id, FX_STR("exception.opened"), d.cause_source, d.cause_id, discriminator);
	if (d.due <= s->until && !known(d.order, d.id))
		*push(&s->duties) = d;
}

static struct fx_duty of_task(struct fx_task *t, enum fx_failure_kind kind, struct fx_str failure,
                              const struct fx_event *cause, fx_time due)
{
	return (struct fx_duty){.due = due,
	                        .kind = kind,
	                        .order = t->order,
	                        .task = t,
	                        .failure = failure,
	                        .cause_source = source_of(cause),
	                        .cause_id = cause->id,
	                        .since = due};
}

static void collect_misses(struct fx_sweeping *s, struct fx_task *t)
{
	for (uint32_t i = 0; i < t->npromises; i++) {
		struct fx_promise *p = &t->promises[i];
		fx_time due;
		struct fx_duty d;

		if (p->met != FX_TIME_NONE || !p->milestone || !p->event ||
		    p->due == FX_TIME_NONE || p->due > s->until)
			continue;
		due = fx_promise_due(s->r, t, p);
		if (due == FX_TIME_NONE || due > s->until)
			continue;
		d = of_task(t, FX_MISS, fx_promise_failure(s->r, p, &s->arena), t->assigned, due);
		d.missed = p;
		open_duty(s, d, fx_arena_fmt(&s->arena, "%.*s 1", FX_FMT(p->milestone->s)));
	}
}

/* The first by their ids, so that the order of the entries does not show. */
static void list_task(struct fx_burden *b, const struct fx_task *t)
{
	size_t i = b->n < FX_LISTED ? b->n : FX_LISTED;

	b->n++;
	while (i && fx_str_cmp(b->task[i - 1]->id, t->id) > 0)
		i--;
	if (i == FX_LISTED)
		return;
	memmove(b->task + i + 1, b->task + i,
	        ((b->n < FX_LISTED ? b->n : FX_LISTED) - 1 - i) * sizeof(*b->task));
	b->task[i] = t;
}

/* Whether it goes, and where to, says the owner's exception when its turn has come. */
static void move_duty(struct fx_sweeping *s, struct fx_task *t)
{
	struct fx_duty *d;

	if (!s->reroutes_away || !fx_away_wants(s, t))
		return;
	d = push(&s->duties);
	*d = (struct fx_duty){.due = s->now,
	                      .kind = FX_UNAVAILABLE,
	                      .order = t->order,
	                      .task = t,
	                      .failure = FX_STR("owner-unavailable")};
	fx_derive_id(d->id, FX_STR("exception.escalated"), s->opt->origin, t->id,
	             fx_arena_fmt(&s->arena, "owner-unavailable %u", t->ntenure));
}

static void note_burden(struct fx_sweeping *s, struct fx_task *t)
{
	const struct fx_word *w = t->owner;

	if (!fx_owner_unavailable(s->l, s->r, w))
		return;
	if (w->id >= s->nburden) {
		size_t n = w->id + 64;

		s->burden = fx_realloc(s->burden, n, sizeof(*s->burden));
		memset(s->burden + s->nburden, 0, (n - s->nburden) * sizeof(*s->burden));
		s->nburden = n;
	}
	if (!s->burden[w->id])
		s->burden[w->id] = FX_NEW(&s->arena, struct fx_burden);
	list_task(s->burden[w->id], t);
	move_duty(s, t);
}

static void collect_task(struct fx_sweeping *s, struct fx_task *t)
{
	fx_time due;

	if (!fx_task_open(t) || !fx_task_live(s->l, t))
		return;
	if (s->until == s->now)
		note_burden(s, t);
	collect_misses(s, t);
	due = fx_fallback_due(t);
	if (due != FX_TIME_NONE) {
		struct fx_duty d =
		    of_task(t, FX_FALLBACK, FX_STR("fallback-due"), t->assigned, due);

		open_duty(s, d, FX_STR("fallback-due"));
	}
	if (t->refused && t->progressed == FX_TIME_NONE && t->ntenure == 1) {
		struct fx_duty d = of_task(t, FX_UNACCEPTED, FX_STR("not-accepted"), t->assigned,
		                           t->refused->at + s->r->grace);

		d.since = t->refused->at;
		open_duty(s, d, FX_STR("not-accepted"));
	}
	for (const struct fx_event *e = t->order->events; e && e != t->order->waiting; e = e->next)
		if (e->kind == FX_K_FAILED && fx_event_concerns(e, t) &&
		    !fx_task_progressed_after(t, e->at)) {
			struct fx_duty d = of_task(
			    t, FX_FAILED, e->failure ? e->failure->s : FX_STR("unspecified"), e, e->at);

			d.carrier = e->carrier ? e->carrier->s : FX_STR("");
			open_duty(s, d, t->id);
		}
}

static void collect_exception(struct fx_sweeping *s, struct fx_exception *x)
{
	struct fx_duty *d;

	if (x->kind == FX_RUNAWAY && fx_exception_open(x))
		for (unsigned i = 0; i < FX_ACTS; i++)
			if (fx_str_is(x->opened->about, fx_act_name(i))) {
				s->stopped[i] = true;
				s->shut_by[i] = x->id;
				s->shut_owner[i] = x->owner ? x->owner->s : FX_STR("nobody");
			}
	if (!fx_exception_open(x) || !x->last || x->due == FX_TIME_NONE || x->due > s->until ||
	    (x->last->at >= s->now && s->until == s->now))
		return;
	d = push(&s->duties);
	*d = (struct fx_duty){.due = x->due,
	                      .kind = x->kind,
	                      .x = x,
	                      .order = x->order,
	                      .task = x->task,
	                      .failure = x->failure->s,
	                      .about = x->opened->about,
	                      .carrier = x->opened->carrier ? x->opened->carrier->s : FX_STR(""),
	                      .cause_source = s->opt->origin,
	                      .cause_id = x->id,
	                      .since = x->opened->since};
	memcpy(d->id, x->id.p, x->id.n < FX_ID_LEN ? x->id.n : FX_ID_LEN);
}

void fx_duties_collect(struct fx_sweeping *s, struct fx_order *o)
{
	for (struct fx_task *t = o->tasks; t; t = t->next)
		collect_task(s, t);
	for (struct fx_exception *x = o->exceptions; x; x = x->next)
		collect_exception(s, x);
	for (const struct fx_event *e = o->events; e && e != o->waiting; e = e->next) {
		if (e->kind == FX_K_REJECTED && fx_rejected_unheard(o, e))
			open_duty(s,
			          (struct fx_duty){.due = e->at,
			                           .kind = FX_REJECTED,
			                           .order = o,
			                           .failure = FX_STR("export-rejected"),
			                           .about = e->about,
			                           .cause_source = source_of(e),
			                           .cause_id = e->id,
			                           .since = e->at},
			          FX_STR("export-rejected"));
		if (e->at == s->now && e->to && fx_moves_away(e))
			s->used[FX_ACT_REROUTE]++;
		else if (e->at == s->now && (e->kind == FX_K_OPENED || e->kind == FX_K_ESCALATED))
			for (struct fx_exception *x = o->exceptions; x; x = x->next)
				if (fx_str_eq(x->id, e->exception_id))
					fx_stride_count(s, x, e);
	}
}

void fx_duties_owners(struct fx_sweeping *s)
{
	struct fx_order *o = fx_life_order(s->l, FX_STR(""));

	for (size_t i = 0; i < s->r->nowners; i++) {
		const struct fx_word *w = fx_life_word(s->l, s->r->owners[i].id);
		const struct fx_health *h = fx_life_health(s->l, w);

		if (!fx_owner_unavailable(s->l, s->r, w))
			continue;
		if (!o)
			o = fx_life_nobody(s->l);
		open_duty(s,
		          (struct fx_duty){.due = h->failed[0].at + s->r->grace,
		                           .kind = FX_UNAVAILABLE,
		                           .order = o,
		                           .failure = FX_STR("owner-unavailable"),
		                           .about = w->s,
		                           .cause_source = h->failed[0].source
		                                               ? h->failed[0].source->s
		                                               : FX_STR(""),
		                           .cause_id = h->failed[0].id,
		                           .since = h->failed[0].at},
		          w->s);
	}
}

static int by_due(const void *a, const void *b)
{
	const struct fx_duty *x = a, *y = b;

	/* What concerns owners first: their tasks are counted as they were before this sweep. */
	if ((x->order->id.n == 0) != (y->order->id.n == 0))
		return x->order->id.n == 0 ? -1 : 1;
	if (x->inhibits != y->inhibits)
		return x->inhibits ? -1 : 1;
	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	return memcmp(x->id, y->id, sizeof(x->id));
}

void fx_duties_sort(struct fx_duties *d)
{
	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_due);
}
