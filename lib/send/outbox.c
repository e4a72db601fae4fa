#include "send/outbox.h"

#include <stdlib.h>

#include "task/inhibit.h"

struct collect {
	struct fx_outbox *b;
	struct fx_life *life;
	const struct fx_registry *r;
	struct fx_ledger *ledger;
	struct fx_arena *arena;
	struct fx_inhibitors inhibitors;
	struct fx_tape tape;
	struct fx_err *err;
	fx_time now;
};

/* What the attempts say of one sending: by the id that asked for it, and the owner. */
struct history {
	unsigned attempts;
	bool accepted, final;
	fx_time due;
};

static struct history history_of(const struct fx_order *o, struct fx_str cause, struct fx_str owner)
{
	struct history h = {.due = FX_TIME_NONE};

	for (const struct fx_event *e = o->events; e; e = e->next) {
		if (e->kind != FX_K_ATTEMPT || !fx_str_eq(e->cause, cause) || !e->owner ||
		    !fx_str_eq(e->owner->s, owner))
			continue;
		h.attempts = e->step > h.attempts ? e->step : h.attempts + 1;
		h.accepted |= e->accepted;
		h.due = e->due;
		h.final = !e->accepted && e->due == FX_TIME_NONE;
	}
	return h;
}

static void want(struct collect *c, const struct fx_order *o, uint64_t index, struct fx_str owner,
		 struct fx_str cause, const struct fx_word *failure)
{
	const struct fx_owner *to = fx_registry_owner(c->r, owner);
	struct fx_outbox *b = c->b;
	struct history h;

	if (fx_life_silenced(c->life, fx_life_word(c->life, owner), failure))
		return;
	h = history_of(o, cause, owner);
	if (h.accepted || h.final)
		return;
	if (!to) {
		b->unknown++;
		return;
	}
	if (h.due != FX_TIME_NONE && h.due > c->now) {
		b->waiting++;
		return;
	}
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		b->v = fx_realloc(b->v, b->cap, sizeof(*b->v));
	}
	b->v[b->n++] = (struct fx_pending){index, to, cause, h.attempts + 1};
}

static void want_task(struct collect *c, const struct fx_order *o, const struct fx_task *t)
{
	if (!fx_task_open(t) || t->owner != t->owner0 || !t->assigned)
		return;
	if (c->r->live_from != FX_TIME_NONE && t->trigger.at < c->r->live_from)
		return;
	want(c, o, t->assigned->index, t->owner0->s, t->assigned->id, NULL);
}

static bool is_step(const struct fx_event *e)
{
	return fx_str_is(e->type->s, "exception.opened") ||
	       fx_str_is(e->type->s, "exception.escalated");
}

/* Whom a step tells beside its owner: the fold has no use for it, so the record is asked. */
static int want_notified(struct collect *c, const struct fx_order *o, const struct fx_event *e,
			 const struct fx_word *failure)
{
	struct fx_tape *t = &c->tape;
	struct fx_str entry;
	uint32_t list;

	if (fx_ledger_entry(c->ledger, e->index, c->arena, &entry, c->err) ||
	    fx_tape_read(t, entry, c->err))
		return -1;
	list = fx_tape_get(t, 0, FX_STR("notify"));
	if (list == FX_NONE || fx_tape_type(t, list) != FX_ARRAY)
		return 0;
	for (uint32_t i = list + 1; i < t->node[list].next; i = fx_tape_next(t, i)) {
		struct fx_str who = fx_tape_type(t, i) == FX_STRING ? fx_tape_str(t, i, c->arena)
								    : (struct fx_str){0};

		if (who.n && !fx_str_eq(who, e->owner->s))
			want(c, o, e->index, who, e->id, failure);
	}
	return 0;
}

static int want_steps(struct collect *c, const struct fx_order *o, const struct fx_exception *x)
{
	if (fx_inhibited(&c->inhibitors, x->failure->s, x->task, x->task ? x->task->owner : NULL))
		return 0;
	for (const struct fx_event *e = o->events; e && e->at <= c->now; e = e->next) {
		const struct fx_task *t = x->task;

		if (!is_step(e) || !fx_str_eq(e->exception_id, x->id) || !e->owner)
			continue;
		/* Opened without a step: nothing was to be told yet. */
		if (e == x->opened && e->step == 0)
			continue;
		want(c, o, e->index, e->owner->s, e->id, x->failure);
		if (want_notified(c, o, e, x->failure))
			return -1;
		/* One message a step and owner: where both are the same, the exception carries it. */
		if (e->resend && t && fx_task_open(t) && t->assigned && t->owner != e->owner)
			want(c, o, t->assigned->index, t->owner->s, e->id, x->failure);
	}
	return 0;
}

static int collect_order(void *arg, struct fx_order *o)
{
	struct collect *c = arg;

	for (const struct fx_task *t = o->tasks; t; t = t->next)
		want_task(c, o, t);
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_exception_open(x) && want_steps(c, o, x))
			return -1;
	for (const struct fx_event *e = o->events; e && e->at <= c->now; e = e->next)
		if (fx_str_is(e->type->s, "task.cancelled") && e->owner &&
		    fx_notice_owed(o, e))
			want(c, o, e->index, e->owner->s, e->id, NULL);
	return 0;
}

static int by_index(const void *a, const void *b)
{
	const struct fx_pending *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

int fx_outbox_collect(struct fx_outbox *b, struct fx_life *life, const struct fx_registry *r,
		      struct fx_ledger *ledger, struct fx_arena *a, struct fx_err *err)
{
	struct collect c = {.b = b, .life = life, .r = r, .ledger = ledger, .arena = a, .err = err,
			    .now = fx_life_now(life)};
	int bad;

	fx_inhibitors_collect(&c.inhibitors, life, r);
	bad = fx_life_each(life, collect_order, &c);
	fx_inhibitors_free(&c.inhibitors);
	fx_tape_free(&c.tape);
	if (b->n)
		qsort(b->v, b->n, sizeof(*b->v), by_index);
	return bad;
}

void fx_outbox_free(struct fx_outbox *b)
{
	free(b->v);
	*b = (struct fx_outbox){0};
}
