#include "task/duty.h"

#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

/* More than a former owner or two of one order are told in later sweeps. */
#define NOTICES 64

struct visit {
	struct fx_sweeping *s;
	struct fx_err *err;
};

/* What needs no decision is written at once; what does is collected. */
static int visit(void *user, struct fx_order *o)
{
	struct visit *v = user;
	struct fx_sweeping *s = v->s;
	struct fx_notice notice[NOTICES];
	size_t n;

	if (!o->open)
		return 0;
	for (const struct fx_exception *x = o->exceptions; x; x = x->next) {
		struct fx_closed by;

		if (!fx_exception_closed(s->l, x, &by))
			continue;
		if (fx_write_resolved(s, x, &by, v->err) != 0)
			return -1;
		s->count->resolved++;
	}
	n = fx_order_notices(s->l, o, notice, NOTICES);
	for (size_t i = 0; i < n; i++) {
		if (fx_write_notice(s, &notice[i], fx_notice_reason(notice[i].why), v->err) != 0)
			return -1;
		s->count->cancelled++;
	}
	fx_duties_collect(s, o);
	return 0;
}

/* Does an earlier duty of this sweep, or an owner's silence, make this one idle? */
static bool idle(const struct fx_sweeping *s, const struct fx_duty *d)
{
	const struct fx_task *t = d->task;

	if (!t)
		return false;
	if (!fx_task_open(t))
		return true;
	if (d->x)
		return false;
	if ((d->kind == FX_FALLBACK || d->kind == FX_UNACCEPTED) && t->ntenure > 1)
		return true;
	return (d->kind == FX_MISS || d->kind == FX_UNACCEPTED) &&
	       fx_owner_unavailable(s->l, s->r, t->owner);
}

static bool over_limit(struct fx_sweeping *s, const struct fx_stride *st)
{
	bool over = false;

	for (unsigned i = 0; i < FX_ACTS; i++) {
		if (st->acts[i] == 0)
			continue;
		if (!s->stopped[i] && s->used[i] + st->acts[i] > s->limit[i])
			s->stopped[i] = s->tripped[i] = true;
		over |= s->stopped[i];
	}
	for (unsigned i = 0; i < FX_ACTS && !over; i++)
		s->used[i] += st->acts[i];
	return over;
}

/* The former owner hears of it, or the task ends, in the wake of the step that was just written. */
static int wake(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_stride *st,
		const char *event_id, struct fx_err *err)
{
	struct fx_event *e = FX_NEW(&s->arena, struct fx_event);
	struct fx_notice n = {.task = d->task, .owner = d->task->owner, .cause = e};
	const char *reason = fx_notice_reason(FX_TASK_REROUTED);

	e->at = s->now;
	e->kind = FX_K_OPENED;
	e->source = fx_life_word(s->l, s->opt->origin);
	e->id = fx_arena_str(&s->arena, fx_str(event_id));
	if (st->to.n) {
		e->to = fx_life_word(s->l, st->to);
		fx_task_move(s->l, d->task, e);
	}
	if (st->cancel) {
		n.owner = d->task->owner;
		reason = "exception";
		d->task->state = FX_CANCELLED;
		d->task->closed = s->now;
		d->task->closed_by = e;
	} else if (n.owner == d->task->owner) {
		return 0;
	}
	fx_notice_derive(&n, &s->arena);
	s->count->cancelled++;
	return fx_write_notice(s, &n, reason, err);
}

static int carry_out(struct fx_sweeping *s, const struct fx_duty *d, struct fx_err *err)
{
	char event_id[FX_ID_LEN + 1];
	struct fx_stride st;

	if (idle(s, d))
		return 0;
	fx_stride_plan(s, d, &st);
	if (d->kind != FX_RUNAWAY && over_limit(s, &st)) {
		s->count->unacted++;
		return 0;
	}
	if (fx_write_step(s, d, &st, event_id, err) != 0)
		return -1;
	*(d->x ? &s->count->escalated : &s->count->opened) += 1;
	d->order->dirty = true;
	return d->task && (st.to.n || st.cancel) ? wake(s, d, &st, event_id, err) : 0;
}

/* One exception for each kind of action that a limit stopped. */
static int tell_runaway(struct fx_sweeping *s, unsigned act, struct fx_err *err)
{
	char now[FX_TIME_LEN];
	struct fx_duty d = {.due = s->now,
			    .kind = FX_RUNAWAY,
			    .order = fx_life_nobody(s->l),
			    .failure = FX_STR("runaway-automation"),
			    .about = fx_str(fx_act_name(act)),
			    .cause_source = s->opt->origin,
			    .since = s->now};

	fx_time_format(s->now, now);
	fx_derive_id(d.id, FX_STR("exception.opened"), d.cause_source, d.cause_id,
		     fx_arena_fmt(&s->arena, "%s %llu %s", now, (unsigned long long)s->opt->size,
				  fx_act_name(act)));
	return carry_out(s, &d, err);
}

static void set_limits(struct fx_sweeping *s)
{
	const struct fx_limits *m = &s->r->limits;

	s->limit[FX_ACT_RETRY] = m->retry;
	s->limit[FX_ACT_REROUTE] = m->reroute;
	s->limit[FX_ACT_ESCALATE] = m->escalate;
	s->limit[FX_ACT_ROUTE] = m->route;
	s->limit[FX_ACT_NOTIFY] = m->notify;
	s->limit[FX_ACT_HOLD] = m->hold;
	s->limit[FX_ACT_CANCEL] = m->cancel;
	s->limit[FX_ACT_OPEN] = m->open;
}

int fx_sweep(struct fx_life *l, const struct fx_sweep_opt *opt, struct fx_sweep_count *count,
	     struct fx_err *err)
{
	struct fx_sweeping s = {.l = l,
				.opt = opt,
				.r = opt->registry,
				.now = fx_life_now(l),
				.line = {.max = FX_LINE_MAX},
				.count = count};
	struct visit v = {&s, err};
	int bad;

	set_limits(&s);
	bad = fx_life_each(l, visit, &v);
	if (!bad) {
		fx_duties_owners(&s);
		fx_duties_sort(&s.duties);
	}
	for (size_t i = 0; !bad && i < s.duties.n; i++)
		bad = carry_out(&s, &s.duties.v[i], err);
	for (unsigned i = 0; !bad && i < FX_ACTS; i++)
		if (s.tripped[i])
			bad = tell_runaway(&s, i, err);
	free(s.duties.v);
	free(s.burden);
	fx_buf_free(&s.line);
	fx_arena_free(&s.arena);
	return bad ? -1 : 0;
}
