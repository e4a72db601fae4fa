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

/* What needs no decision is written (in a moment); what does is collected. */
static int visit(void *user, struct fx_order *o)
{
	struct visit *v = user;
	struct fx_sweeping *s = v->s;
	struct fx_notice notice[NOTICES];
	size_t n;

	if (!o->open)
		return 0;
	fx_order_close(s->l, o);
	for (const struct fx_exception *x = o->exceptions; x; x = x->next) {
		fx_inhibitors_note(&s->inhibitors, s->l, s->r, x);
		if (x->kind == FX_UNAVAILABLE && fx_exception_open(x) && x->last)
			fx_away_note(s, x->opened->about, x->id, x->step);
		if (x->unrecorded.n == 0)
			continue;
		if (fx_write_resolved(s, x, v->err) != 0)
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

bool fx_duty_idle(const struct fx_sweeping *s, const struct fx_duty *d)
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
	       fx_owner_unavailable(s->l, s->r, fx_task_owner_before(t, s->now));
}

const struct fx_inhibitor *fx_duty_inhibited(const struct fx_sweeping *s, const struct fx_duty *d)
{
	if (!d->task || s->inhibitors.n == 0)
		return NULL;
	return fx_inhibited(&s->inhibitors, d->failure, d->task,
	                    fx_task_owner_before(d->task, s->now));
}

/* What is opened now inhibits from now on, as it does for a sweep that is run again. */
static void note_inhibitor(struct fx_sweeping *s, const struct fx_duty *d)
{
	struct fx_inhibitor one = {.path = fx_registry_path(s->r, d->failure)};

	one.id = fx_arena_str(&s->arena, fx_str(d->id));
	if (d->carrier.n)
		one.carrier = fx_life_word(s->l, d->carrier);
	if (d->task)
		one.owner = fx_task_owner_before(d->task, s->now);
	else if (d->about.n)
		one.owner = fx_life_word(s->l, d->about);
	fx_inhibitors_add(&s->inhibitors, &one);
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
	for (unsigned i = 0; i < FX_ACTS && over; i++)
		s->undone[i] += st->acts[i] && s->stopped[i];
	return over;
}

/* Who gets a task that has lost some of its lines must hear of that, too. */
static int tell_part(struct fx_sweeping *s, struct fx_task *t, struct fx_err *err)
{
	struct fx_notice n = {.task = t, .owner = t->owner, .cause = t->taken_by, .part = true};

	n.why = t->taken_by->kind == FX_K_CANCEL ? FX_ORDER_CANCELLED : FX_TASK_SUPERSEDED;
	fx_notice_derive(&n, &s->arena);
	if (fx_order_event(t->order, fx_str(n.id)))
		return 0;
	s->count->cancelled++;
	return fx_write_notice(s, &n, fx_notice_reason(n.why), err);
}

static int tell(struct fx_sweeping *s, struct fx_task *t, const struct fx_word *owner,
                const struct fx_event *cause, enum fx_notice_why why, struct fx_err *err)
{
	struct fx_notice n = {.task = t, .owner = owner, .cause = cause, .why = why};

	fx_notice_derive(&n, &s->arena);
	s->count->cancelled++;
	return fx_write_notice(s, &n, fx_notice_reason(why), err);
}

/* What the step that was just written does to its task; who loses it hears of that. */
static int wake(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_stride *st,
                const char *event_id, struct fx_err *err)
{
	struct fx_event *e = FX_NEW(&s->arena, struct fx_event);
	struct fx_task *t = d->task;
	const struct fx_word *had = t->owner;

	e->at = s->now;
	e->kind = FX_K_OPENED;
	e->source = fx_life_word(s->l, s->opt->origin);
	e->id = fx_arena_str(&s->arena, fx_str(event_id));
	if (st->to.n) {
		e->to = fx_life_word(s->l, st->to);
		fx_task_move(s->l, t, e);
		if (t->owner != had && tell(s, t, had, e, FX_TASK_REROUTED, err) != 0)
			return -1;
	}
	if (st->cancel) {
		t->state = FX_CANCELLED;
		t->closed = s->now;
		t->closed_by = e;
		return tell(s, t, t->owner, e, FX_BY_EXCEPTION, err);
	}
	return t->owner != had && t->taken_by ? tell_part(s, t, err) : 0;
}

/* A task changes hands once a sweep: entries of one moment would not tell in which order. */
static bool moved_now(const struct fx_sweeping *s, const struct fx_task *t)
{
	return t->tenure[t->ntenure - 1].from == s->now && t->ntenure > 1;
}

/* A task goes where the exception about its owner was re-routed to. */
static int move_away(struct fx_sweeping *s, const struct fx_duty *d, struct fx_err *err)
{
	const struct fx_away *a = fx_away_of(s, fx_task_owner_before(d->task, s->now));
	struct fx_stride st = {.acts = {[FX_ACT_REROUTE] = 1}};

	if (!a || moved_now(s, d->task))
		return 0;
	st.to = a->to;
	if (over_limit(s, &st)) {
		s->count->unacted++;
		return 0;
	}
	if (fx_write_move(s, d, a, err) != 0)
		return -1;
	s->count->escalated++;
	d->order->dirty = true;
	return wake(s, d, &st, d->id, err);
}

static int carry_out(struct fx_sweeping *s, const struct fx_duty *d, struct fx_err *err)
{
	const struct fx_inhibitor *by = fx_duty_inhibited(s, d);
	char event_id[FX_ID_LEN + 1];
	struct fx_stride st;

	if (fx_duty_idle(s, d) || (by && d->x))
		return 0;
	if (d->kind == FX_UNAVAILABLE && d->task)
		return move_away(s, d, err);
	if (by)
		fx_stride_wait(s, d, by, &st);
	else
		fx_stride_plan(s, d, &st);
	if ((st.to.n || st.cancel) && moved_now(s, d->task))
		return 0;
	if (d->kind != FX_RUNAWAY && over_limit(s, &st)) {
		s->count->unacted++;
		return 0;
	}
	if (fx_write_step(s, d, &st, event_id, err) != 0)
		return -1;
	*(d->x ? &s->count->escalated : &s->count->opened) += 1;
	if (d->inhibits)
		note_inhibitor(s, d);
	if (d->kind == FX_UNAVAILABLE)
		fx_away_note(s, d->about, fx_str(d->id), st.number);
	d->order->dirty = true;
	return d->task && (st.to.n || st.cancel) ? wake(s, d, &st, event_id, err) : 0;
}

/* One exception for each kind of action that a limit stopped. */
static int tell_runaway(struct fx_sweeping *s, unsigned act, struct fx_err *err)
{
	char now[FX_TIME_LEN];
	struct fx_stride st;
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
	fx_stride_plan(s, &d, &st);
	s->shut_by[act] = fx_arena_str(&s->arena, fx_str(d.id));
	s->shut_owner[act] = st.owner;
	return carry_out(s, &d, err);
}

static void tell_shut(const struct fx_sweeping *s)
{
	for (unsigned i = 0; i < FX_ACTS && s->opt->shut; i++)
		if (s->stopped[i])
			s->opt->shut(s->opt->user, &(struct fx_shut){.action = fx_act_name(i),
			                                             .limit = s->limit[i],
			                                             .undone = s->undone[i],
			                                             .exception_id = s->shut_by[i],
			                                             .owner = s->shut_owner[i],
			                                             .opened = s->tripped[i]});
}

/* The records that waited. */
static int write_early(struct fx_sweeping *s, struct fx_err *err)
{
	struct fx_str rest = fx_buf_view(&s->early);

	while (rest.n) {
		size_t n = fx_str_find(rest, '\n');

		if (s->opt->emit(s->opt->user, (struct fx_str){rest.p, n}, err) != 0)
			return -1;
		rest = (struct fx_str){rest.p + n + 1, rest.n - n - 1};
	}
	return 0;
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

static bool any_unavailable(const struct fx_sweeping *s)
{
	for (size_t i = 0; i < s->r->nowners; i++)
		if (fx_owner_unavailable(s->l, s->r, fx_life_word(s->l, s->r->owners[i].id)))
			return true;
	return false;
}

void fx_sweeping_start(struct fx_sweeping *s, struct fx_life *l, const struct fx_sweep_opt *opt,
                       struct fx_sweep_count *count)
{
	*s = (struct fx_sweeping){.l = l,
	                          .opt = opt,
	                          .r = opt->registry,
	                          .now = fx_life_now(l),
	                          .until = fx_life_now(l),
	                          .line = {.max = FX_LINE_MAX},
	                          .early = {.max = (size_t)1 << 30},
	                          .reroutes_away = fx_away_possible(opt->registry),
	                          .count = count};
	set_limits(s);
}

/* What is due, sorted, and the records that need no decision in s->early. */
static int look(struct fx_sweeping *s, struct fx_err *err)
{
	struct visit v = {s, err};
	/* An owner who takes nothing has tasks to be counted: then all are looked at. */
	int r = any_unavailable(s)
	            ? fx_life_each(s->l, visit, &v)
	            : fx_life_each_due(s->l, fx_inhibits_marks(s->r), visit, &v);

	if (r != 0)
		return -1;
	fx_duties_owners(s);
	fx_duties_sort(&s->duties);
	return 0;
}

static int carry_all(struct fx_sweeping *s, struct fx_err *err)
{
	size_t i = 0;

	while (i < s->duties.n && s->duties.v[i].order->id.n == 0)
		if (carry_out(s, &s->duties.v[i++], err) != 0)
			return -1;
	if (write_early(s, err) != 0)
		return -1;
	while (i < s->duties.n)
		if (carry_out(s, &s->duties.v[i++], err) != 0)
			return -1;
	for (unsigned k = 0; k < FX_ACTS; k++)
		if (s->tripped[k] && tell_runaway(s, k, err) != 0)
			return -1;
	return 0;
}

void fx_sweeping_end(struct fx_sweeping *s)
{
	free(s->duties.v);
	free(s->burden);
	free(s->away);
	fx_inhibitors_free(&s->inhibitors);
	fx_buf_free(&s->line);
	fx_buf_free(&s->early);
	fx_arena_free(&s->arena);
}

int fx_sweep(struct fx_life *l, const struct fx_sweep_opt *opt, struct fx_sweep_count *count,
             struct fx_err *err)
{
	struct fx_sweeping s;
	int r;

	fx_sweeping_start(&s, l, opt, count);
	s.waiting = true;
	r = look(&s, err);
	s.waiting = false;
	if (r == 0)
		r = carry_all(&s, err);
	if (r == 0)
		tell_shut(&s);
	fx_sweeping_end(&s);
	return r;
}

int fx_sweep_overdue(struct fx_life *l, const struct fx_registry *r, fx_time by, uint64_t *n,
                     struct fx_err *err)
{
	struct fx_sweep_opt opt = {.registry = r, .origin = FX_STR("fx")};
	struct fx_sweep_count count = {0};
	struct fx_sweeping s;
	struct fx_stride st;
	int bad;

	fx_sweeping_start(&s, l, &opt, &count);
	s.waiting = true;
	bad = look(&s, err);
	*n = 0;
	for (size_t i = 0; bad == 0 && i < s.duties.n; i++) {
		const struct fx_duty *d = &s.duties.v[i];

		if (d->due > by || !(d->x || d->kind == FX_MISS || d->kind == FX_FALLBACK) ||
		    fx_duty_idle(&s, d) || (d->x && fx_duty_inhibited(&s, d)))
			continue;
		fx_stride_plan(&s, d, &st);
		*n += !over_limit(&s, &st);
	}
	fx_sweeping_end(&s);
	return bad;
}
