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

/* One thing to be sent. */
struct wish {
	uint64_t index;      /* of the record */
	struct fx_str owner; /* who gets it */
	struct fx_str cause; /* the event that asks for it */
	struct fx_str task;  /* the task that it exports; empty: it is no export */
	const struct fx_word *failure;
};

static struct history history_of(const struct fx_order *o, const struct wish *w)
{
	struct history h = {.due = FX_TIME_NONE};

	for (const struct fx_event *e = o->events; e; e = e->next) {
		if (e->kind != FX_K_ATTEMPT || !fx_str_eq(e->cause, w->cause) || !e->owner ||
		    !fx_str_eq(e->owner->s, w->owner) ||
		    (w->task.n && !fx_str_eq(e->task_id, w->task)))
			continue;
		h.attempts = e->step > h.attempts ? e->step : h.attempts + 1;
		h.accepted |= e->accepted;
		h.due = e->due;
		h.final = !e->accepted && e->due == FX_TIME_NONE;
	}
	return h;
}

static void want(struct collect *c, const struct fx_order *o, struct wish w)
{
	const struct fx_owner *to = fx_registry_owner(c->r, w.owner);
	struct fx_outbox *b = c->b;
	struct history h;

	if (fx_life_silenced(c->life, fx_life_word(c->life, w.owner), w.failure))
		return;
	h = history_of(o, &w);
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
	b->v[b->n++] = (struct fx_pending){w.index, to, w.cause, h.attempts + 1};
}

static struct wish export_to(const struct fx_task *t, const struct fx_word *owner, struct fx_str cause)
{
	return (struct wish){t->assigned->index, owner->s, cause, t->id, NULL};
}

static void want_task(struct collect *c, const struct fx_order *o, const struct fx_task *t)
{
	const struct fx_event *by = t->tenure[t->ntenure - 1].by;

	if (!fx_task_open(t) || !t->assigned || !fx_task_live(c->life, t))
		return;
	if (by->kind == FX_K_HANDOFF)
		want(c, o, export_to(t, t->owner, by->id));
	else if (fx_moves_away(by))
		want(c, o, (struct wish){by->index, t->owner->s, by->id, {0}, by->failure});
	else if (t->owner == t->owner0)
		want(c, o, export_to(t, t->owner, t->assigned->id));
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
			want(c, o, (struct wish){e->index, who, e->id, {0}, failure});
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
		want(c, o, (struct wish){e->index, e->owner->s, e->id, {0}, x->failure});
		if (want_notified(c, o, e, x->failure))
			return -1;
		/* One message a step and owner: where both are the same, the exception carries it. */
		if (e->resend && t && fx_task_open(t) && t->assigned && t->owner != e->owner) {
			struct wish w = export_to(t, t->owner, e->id);

			w.failure = x->failure;
			want(c, o, w);
		}
	}
	return 0;
}

/* What an incident that the exception opened somewhere, or who keeps its hold, has to hear. */
static void want_word(struct collect *c, const struct fx_order *o, const struct fx_exception *x)
{
	for (const struct fx_event *e = o->events; e && x->hold; e = e->next) {
		const struct fx_event *end = fx_hold_ended(o, x, e);

		if (end)
			want(c, o, (struct wish){end->index, e->owner->s, end->id, {0}, x->failure});
	}
	const struct fx_event *word = fx_exception_open(x) ? x->acknowledged : x->resolved_by;

	for (const struct fx_event *e = o->events; e && word; e = e->next)
		if (e->incident && fx_incident(o, x, e))
			want(c, o, (struct wish){word->index, e->owner->s, word->id, {0}, x->failure});
}

static int collect_order(void *arg, struct fx_order *o)
{
	struct collect *c = arg;

	for (const struct fx_task *t = o->tasks; t; t = t->next)
		want_task(c, o, t);
	for (const struct fx_exception *x = o->exceptions; x; x = x->next) {
		if (fx_exception_open(x) && want_steps(c, o, x))
			return -1;
		want_word(c, o, x);
	}
	for (const struct fx_event *e = o->events; e && e->at <= c->now; e = e->next)
		if (fx_str_is(e->type->s, "task.cancelled") && e->owner &&
		    fx_notice_owed(o, e))
			want(c, o, (struct wish){e->index, e->owner->s, e->id, {0}, NULL});
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
