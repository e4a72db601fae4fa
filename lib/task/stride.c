#include "task/duty.h"

/* The last step of a path is repeated after this long, unless it says how long. */
#define REPEAT FX_DAY

const char *fx_act_name(unsigned act)
{
	static const char *const names[FX_ACTS] = {"retry",  "re-route", "escalate", "route",
	                                           "notify", "hold",     "cancel",   "open"};

	return names[act];
}

static const struct fx_action *retry_of(const struct fx_step *step)
{
	for (size_t i = 0; step && i < step->nactions; i++)
		if (step->actions[i].kind == FX_ACT_RETRY)
			return &step->actions[i];
	return NULL;
}

static void also_notify(struct fx_stride *st, struct fx_str owner)
{
	for (size_t i = 0; i < st->nnotify; i++)
		if (fx_str_eq(st->notify[i], owner))
			return;
	if (owner.n && !fx_str_eq(owner, st->owner) &&
	    st->nnotify < sizeof(st->notify) / sizeof(*st->notify))
		st->notify[st->nnotify++] = owner;
}

/* What the step's actions mean; on a repetition only the telling and the sending count. */
static void act(struct fx_stride *st, const struct fx_duty *d, bool again)
{
	for (size_t i = 0; i < st->step->nactions; i++) {
		const struct fx_action *a = &st->step->actions[i];

		if (again && a->kind != FX_ACT_RETRY && a->kind != FX_ACT_NOTIFY)
			continue;
		/* Of an owner's exception each task that moves counts. */
		st->acts[a->kind] += !(d->kind == FX_UNAVAILABLE && a->kind == FX_ACT_REROUTE);
		switch (a->kind) {
		case FX_ACT_RETRY:
			st->resend = d->task != NULL;
			break;
		case FX_ACT_REROUTE:
			st->owner = a->owner->id;
			if (d->task && !fx_str_eq(d->task->owner->s, a->owner->id))
				st->to = a->owner->id;
			break;
		case FX_ACT_ESCALATE:
		case FX_ACT_ROUTE:
			st->owner = a->owner->id;
			break;
		case FX_ACT_NOTIFY:
			break;
		case FX_ACT_HOLD:
			st->hold = d->order->id.n != 0;
			break;
		case FX_ACT_CANCEL:
			st->cancel = d->task != NULL;
			break;
		}
	}
}

/* Whose it is when no action says so. */
static void find_owner(const struct fx_sweeping *s, const struct fx_duty *d, struct fx_stride *st)
{
	if (!st->owner.n && d->x && d->x->owner)
		st->owner = d->x->owner->s;
	for (size_t i = 0; st->step && !st->owner.n && i < st->step->nactions; i++)
		if (st->step->actions[i].kind == FX_ACT_NOTIFY)
			st->owner = st->step->actions[i].owner->id;
	if (!st->owner.n && d->task)
		st->owner = d->task->owner->s;
	if (!st->owner.n && s->r->maintainer)
		st->owner = s->r->maintainer->id;
	if (!st->owner.n)
		st->owner = st->maintainer;
}

/* When an owner can be told of a failure: now, or when silence and closed hours are over. */
static fx_time reached_at(const struct fx_sweeping *s, struct fx_str id, struct fx_str failure)
{
	const struct fx_owner *owner = fx_registry_owner(s->r, id);
	const struct fx_silence *silence =
	    fx_life_silenced(s->l, fx_life_word(s->l, id), fx_life_word(s->l, failure));
	fx_time t = s->now, open;

	if (silence)
		t = silence->until == FX_TIME_NONE ? INT64_MAX : silence->until;
	if (t == INT64_MAX || !owner || !owner->hours)
		return t;
	open = fx_hours_next(owner->hours, t);
	return open == FX_TIME_NONE ? INT64_MAX : open;
}

/* An owner out of reach: the next one that the path names has it, or all wait. */
static void find_reached(const struct fx_sweeping *s, const struct fx_duty *d,
                         const struct fx_path *p, struct fx_stride *st)
{
	st->waits = reached_at(s, st->owner, d->failure);
	if (st->waits <= s->now) {
		st->waits = FX_TIME_NONE;
		return;
	}
	for (size_t i = st->number; p && i < p->nsteps; i++)
		for (size_t k = 0; k < p->steps[i].nactions; k++) {
			const struct fx_owner *next = p->steps[i].actions[k].owner;

			if (!next || reached_at(s, next->id, d->failure) > s->now)
				continue;
			st->instead_of = st->owner;
			st->owner = next->id;
			st->waits = FX_TIME_NONE;
			return;
		}
}

static void find_notified(const struct fx_sweeping *s, struct fx_stride *st)
{
	for (size_t i = 0; st->step && i < st->step->nactions; i++)
		if (st->step->actions[i].kind == FX_ACT_NOTIFY)
			also_notify(st, st->step->actions[i].owner->id);
	also_notify(st, st->to);
	also_notify(st, st->instead_of);
	for (size_t i = 0; st->hold && i < s->r->nowners; i++)
		if (s->r->owners[i].holds)
			also_notify(st, s->r->owners[i].id);
}

static fx_time earlier(fx_time a, fx_time b)
{
	return a == FX_TIME_NONE || (b != FX_TIME_NONE && b < a) ? b : a;
}

/* When the step after number falls, counted from since; FX_TIME_NONE: there is none. */
static fx_time after_step(const struct fx_path *p, uint32_t number, const struct fx_owner *owner,
                          fx_time since)
{
	fx_time due;

	if (!p || number >= p->nsteps)
		return FX_TIME_NONE;
	due = fx_due_after(owner, since, p->steps[number].wait);
	return due == FX_TIME_NONE ? since + REPEAT : due;
}

/*
 * At multiples of what the path says: so all that it repeats comes due together, in one message.
 * Only the first is a whole period after the step: asked of each, a sweep some seconds late would
 * skip every other one.
 */
static fx_time repeated_at(const struct fx_path *p, fx_time since, fx_time now)
{
	fx_time every = p ? p->repeat : 0, first, next;

	if (every == 0)
		return now + REPEAT;
	first = (since + 2 * every - 1) / every * every;
	next = (now / every + 1) * every;
	return first > next ? first : next;
}

static void find_due(const struct fx_sweeping *s, const struct fx_duty *d, const struct fx_path *p,
                     struct fx_stride *st)
{
	const struct fx_owner *owner = fx_registry_owner(s->r, st->owner);
	const struct fx_action *retry = retry_of(st->step);
	fx_time since = st->repeat ? d->x->since : s->now;

	st->due = after_step(p, st->number, owner, since);
	if (retry && st->repeat + 1 < retry->times)
		st->due = earlier(st->due, fx_due_after(owner, s->now, retry->every));
	if (st->due == FX_TIME_NONE)
		st->due = fx_hours_next(owner ? owner->hours : NULL, repeated_at(p, since, s->now));
	if (st->due == FX_TIME_NONE || st->due <= s->now)
		st->due = s->now + (st->due == FX_TIME_NONE ? REPEAT : 0);
}

void fx_stride_wait(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_inhibitor *by,
                    struct fx_stride *st)
{
	const struct fx_path *p = fx_exception_path(s->r, d->kind, d->failure);

	*st = (struct fx_stride){
	    .inhibited_by = by->id, .waits = FX_TIME_NONE, .due = FX_TIME_NONE};
	st->acts[FX_ACT_OPEN] = 1;
	if (p)
		st->maintainer = p->maintainer;
	find_owner(s, d, st);
}

/* The step after the one that stands, or a repetition of that. */
static void find_step(const struct fx_sweeping *s, const struct fx_exception *x,
                      const struct fx_path *p, struct fx_stride *st)
{
	const struct fx_owner *owner = x->owner ? fx_registry_owner(s->r, x->owner->s) : NULL;
	fx_time next;

	if (x->step == 0)
		return;
	next = after_step(p, x->step, owner, x->since);
	st->number = x->step;
	if (next != FX_TIME_NONE && next + x->stopped <= s->now)
		st->number++;
	else
		st->repeat = x->repeat + 1;
}

void fx_stride_plan(struct fx_sweeping *s, const struct fx_duty *d, struct fx_stride *st)
{
	const struct fx_path *p = fx_exception_path(s->r, d->kind, d->failure);

	*st = (struct fx_stride){.number = 1, .waits = FX_TIME_NONE};
	if (p)
		st->maintainer = p->maintainer;
	if (d->x)
		find_step(s, d->x, p, st);
	if (p)
		st->step = &p->steps[st->number <= p->nsteps ? st->number - 1 : p->nsteps - 1];
	st->acts[FX_ACT_OPEN] = d->x == NULL;
	if (d->kind == FX_FALLBACK && !d->x) {
		st->to = st->owner = d->task->fallback->s;
		st->acts[FX_ACT_REROUTE]++;
	}
	if (st->step)
		act(st, d, st->repeat != 0);
	if (d->kind == FX_FALLBACK && !d->x)
		st->to = d->task->fallback->s;
	find_owner(s, d, st);
	find_reached(s, d, p, st);
	find_notified(s, st);
	find_due(s, d, p, st);
	if (d->kind == FX_FALLBACK && st->number == 1)
		st->text = fx_arena_fmt(
		    &s->arena, "re-route to %.*s",
		    FX_FMT(d->task && d->task->fallback ? d->task->fallback->s : st->owner));
	else if (st->step)
		st->text = st->step->text;
	else
		st->text = fx_arena_fmt(&s->arena, "notify %.*s", FX_FMT(st->owner));
}

void fx_stride_count(struct fx_sweeping *s, const struct fx_exception *x, const struct fx_event *e)
{
	const struct fx_path *p = fx_exception_path(s->r, x->kind, x->failure->s);
	const struct fx_step *step;

	if (x->kind == FX_RUNAWAY)
		return;
	s->used[FX_ACT_OPEN] += e->kind == FX_K_OPENED;
	if (x->kind == FX_FALLBACK && e->kind == FX_K_OPENED)
		s->used[FX_ACT_REROUTE]++;
	if (!p || e->step == 0 || e->step > p->nsteps)
		return;
	step = &p->steps[e->step - 1];
	for (size_t i = 0; i < step->nactions; i++)
		if ((e->repeat == 0 || step->actions[i].kind == FX_ACT_RETRY ||
		     step->actions[i].kind == FX_ACT_NOTIFY) &&
		    !(x->kind == FX_UNAVAILABLE && step->actions[i].kind == FX_ACT_REROUTE))
			s->used[step->actions[i].kind]++;
}
