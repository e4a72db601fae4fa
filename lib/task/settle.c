#include "task/fold.h"

#include <string.h>

/* The state that the table gives for an event of that type, or s itself. */
static enum fx_state next_state(enum fx_state s, const char *event, enum fx_state wanted)
{
	for (const struct fx_transition *r = fx_transitions; r->event; r++)
		if (r->to == wanted && (r->from >> s & 1) && strcmp(r->event, event) == 0)
			return wanted;
	return s;
}

/* A line without an id is nobody's twin. */
static bool same_line(const struct fx_line *a, const struct fx_line *b)
{
	return a->id.n && fx_str_eq(a->id, b->id);
}

/* ---- progress by lines and quantities ---------------------------------- */

#define STAGES 3 /* confirmed, shipped, completed */

/* How much of each line an event type has covered so far; after the three stages, one for each
 * promise that another event meets. */
struct mark {
	const struct fx_word *event;
	bool whole;   /* an event without lines covered all */
	int64_t *sum; /* by line; NULL: nothing in part */
};

struct work {
	struct mark *mark;
	uint32_t nmark;
};

int fx_event_stage(const struct fx_event *e)
{
	if (e->kind != FX_K_PROGRESS)
		return -1;
	return fx_str_is(e->type->s, "task.confirmed") ? 0
	       : fx_str_is(e->type->s, "task.shipped") ? 1
	                                               : 2;
}

static bool covers(const struct mark *m, const struct fx_task *t, uint32_t line)
{
	if (m->whole || t->lines[line].gone)
		return true;
	if (!m->sum || m->sum[line] == 0)
		return false;
	return t->lines[line].qty == FX_QTY_ALL || m->sum[line] >= t->lines[line].qty;
}

/* All lines covered by mark i or, where later counts, by a later stage of the same line. */
static bool covered(const struct work *w, const struct fx_task *t, uint32_t i, bool later)
{
	uint32_t end = i < STAGES && later ? STAGES : i + 1;

	if (t->nlines == 0) {
		for (uint32_t k = i; k < end; k++)
			if (w->mark[k].whole)
				return true;
		return i >= STAGES && later && w->mark[STAGES - 1].whole;
	}
	for (uint32_t line = 0; line < t->nlines; line++) {
		bool ok = i >= STAGES && later && covers(&w->mark[STAGES - 1], t, line);

		for (uint32_t k = i; k < end && !ok; k++)
			ok = covers(&w->mark[k], t, line);
		if (!ok)
			return false;
	}
	return true;
}

static void cover(struct fx_arena *a, struct mark *m, const struct fx_task *t,
                  const struct fx_event *e)
{
	if (e->nlines == 0 || t->nlines == 0) {
		m->whole = true;
		return;
	}
	if (!m->sum)
		m->sum = FX_NEWV(a, int64_t, t->nlines);
	for (uint32_t i = 0; i < e->nlines; i++)
		for (uint32_t k = 0; k < t->nlines; k++) {
			int64_t q = e->lines[i].qty;

			if (!same_line(&e->lines[i], &t->lines[k]))
				continue;
			if (q == FX_QTY_ALL || q > INT64_MAX - m->sum[k])
				m->sum[k] = INT64_MAX;
			else
				m->sum[k] += q;
		}
}

static bool names_line(const struct fx_event *e, const struct fx_task *t)
{
	for (uint32_t i = 0; i < e->nlines; i++)
		for (uint32_t k = 0; k < t->nlines; k++)
			if (same_line(&e->lines[i], &t->lines[k]))
				return true;
	return t->nlines == 0;
}

static bool had(const struct fx_task *t, const struct fx_word *owner, fx_time by)
{
	if (owner == t->owner0)
		return true;
	for (uint32_t i = 0; i < t->ntenure; i++)
		if (t->tenure[i].owner == owner && t->tenure[i].from <= by)
			return true;
	return false;
}

bool fx_event_concerns(const struct fx_event *e, const struct fx_task *t)
{
	if (e->task_id.n)
		return fx_str_eq(e->task_id, t->id);
	if (e->owner && !had(t, e->owner, e->at))
		return false;
	if (e->nlines && !names_line(e, t))
		return false;
	/* What is older than the change of an order is about what the order was before. */
	return e->at >= t->trigger.at || !t->trigger.event ||
	       fx_str_is(t->trigger.event->s, "order.placed");
}

/* ---- the walk over an order's events ------------------------------------ */

static void close_task(struct fx_task *t, enum fx_state s, const struct fx_event *e)
{
	t->state = s;
	t->closed = e->at;
	t->closed_by = e;
}

static void meet(struct fx_task *t, const struct work *w, const struct fx_event *e)
{
	uint32_t custom = STAGES;

	for (uint32_t i = 0; i < t->npromises; i++) {
		struct fx_promise *p = &t->promises[i];
		uint32_t m = 0;

		if (!p->event)
			continue;
		while (m < STAGES && w->mark[m].event != p->event)
			m++;
		if (m == STAGES)
			m = custom++;
		if (p->met == FX_TIME_NONE && covered(w, t, m, true)) {
			p->met = e->at;
			p->met_by = e;
		}
	}
}

/* Is there nothing left to wait for once all is shipped? */
static bool promised_more(const struct fx_task *t)
{
	for (uint32_t i = 0; i < t->npromises; i++)
		if (t->promises[i].met == FX_TIME_NONE && t->promises[i].event)
			return true;
	return false;
}

/* Times and state after marks or lines changed by e. */
static void advance(struct fx_task *t, const struct work *w, const struct fx_event *e)
{
	static const char *const event[STAGES] = {"task.confirmed", "task.shipped",
	                                          "task.completed"};
	static const enum fx_state to[STAGES] = {FX_CONFIRMED, FX_SHIPPED, FX_COMPLETED};
	fx_time *own[STAGES] = {&t->confirmed, &t->shipped, &t->completed};

	for (uint32_t i = 0; i < STAGES; i++) {
		if (*own[i] == FX_TIME_NONE && covered(w, t, i, false))
			*own[i] = e->at;
		if (covered(w, t, i, true))
			t->state = next_state(t->state, event[i], to[i]);
	}
	meet(t, w, e);
	if (t->state == FX_COMPLETED && t->closed == FX_TIME_NONE)
		close_task(t, FX_COMPLETED, e);
	else if (t->state == FX_SHIPPED && t->closed == FX_TIME_NONE && !promised_more(t))
		close_task(t, FX_SHIPPED, e);
}

static void progress(struct fx_life *l, struct fx_task *t, struct work *w, const struct fx_event *e)
{
	bool counts = false;

	/* A confirmation that comes after the completion still tells when it was confirmed. */
	if (t->state == FX_WAITING || t->state > FX_COMPLETED || !fx_event_concerns(e, t))
		return;
	for (uint32_t i = 0; i < w->nmark; i++)
		if (w->mark[i].event == e->type) {
			cover(&l->work, &w->mark[i], t, e);
			counts = true;
		}
	if (!counts)
		return;
	if (t->state < FX_COMPLETED)
		t->progressed = e->at;
	advance(t, w, e);
}

static void lose_lines(struct fx_task *t, struct work *w, const struct fx_event *e,
                       enum fx_state end, const char *event)
{
	bool left = false;

	for (uint32_t i = 0; i < t->nlines; i++)
		left |= !t->lines[i].gone;
	if (!left) {
		if (next_state(t->state, event, end) == end)
			close_task(t, end, e);
		return;
	}
	if (e->kind != FX_K_TOLD)
		t->taken_by = e;
	advance(t, w, e);
}

static void cancel(struct fx_task *t, struct work *w, const struct fx_event *e)
{
	bool hit = t->nlines == 0;

	if (!fx_task_open(t))
		return;
	if (e->kind == FX_K_CANCEL ? t->trigger.at > e->at : e->notice || !fx_event_concerns(e, t))
		return;
	for (uint32_t k = 0; k < t->nlines; k++) {
		bool gone = e->nlines == 0;

		for (uint32_t i = 0; i < e->nlines && !gone; i++)
			gone = same_line(&e->lines[i], &t->lines[k]);
		hit |= gone && !t->lines[k].gone;
		t->lines[k].gone |= gone;
	}
	if (hit)
		lose_lines(t, w, e, FX_CANCELLED,
		           e->kind == FX_K_CANCEL ? "order.cancelled" : "task.cancelled");
}

/* The part of an event type before its dot: order.placed and order.changed are of one family. */
static bool same_family(const struct fx_task *a, const struct fx_task *b)
{
	struct fx_str x, y;

	if (!a->trigger.event || !b->trigger.event)
		return a->trigger.event == b->trigger.event;
	x = a->trigger.event->s;
	y = b->trigger.event->s;
	x.n = fx_str_find(x, '.');
	y.n = fx_str_find(y, '.');
	return fx_str_eq(x, y);
}

/* Does b stem from a later decision than a? */
static bool later(const struct fx_task *b, const struct fx_task *a)
{
	if (b->decision == a->decision && fx_str_eq(a->trigger.id, b->trigger.id))
		return false;
	if (b->trigger.at != a->trigger.at)
		return b->trigger.at > a->trigger.at;
	if (b->assigned->at != a->assigned->at)
		return b->assigned->at > a->assigned->at;
	return fx_str_cmp(b->id, a->id) > 0;
}

/* b takes a's lines, because of e. */
static void supersede(struct fx_task *a, struct work *wa, const struct fx_task *b,
                      const struct fx_event *e)
{
	bool hit = a->nlines == 0 || b->nlines == 0;

	if (!fx_task_open(a) || !same_family(a, b) || !later(b, a))
		return;
	for (uint32_t i = 0; i < a->nlines; i++) {
		bool taken = b->nlines == 0;

		for (uint32_t k = 0; k < b->nlines && !taken; k++)
			taken = same_line(&a->lines[i], &b->lines[k]);
		if (taken && !a->lines[i].gone)
			a->lines[i].gone = hit = true;
	}
	if (hit)
		lose_lines(a, wa, e, FX_SUPERSEDED, "task.assigned");
}

static void assign(struct fx_life *l, struct fx_order *o, struct work *w, struct fx_event *e)
{
	struct fx_task *t = e->task;
	uint32_t mine = 0, i = 0;

	if (!t)
		return;
	for (const struct fx_task *a = o->tasks; a != t; a = a->next)
		mine++;
	t->state = next_state(t->state, "task.assigned", FX_ASSIGNED);
	/* Progress and cancellations may be older than the assignment itself. */
	for (struct fx_event *p = o->events; p != e; p = p->next) {
		if (p->kind == FX_K_PROGRESS || p->kind == FX_K_OTHER)
			progress(l, t, &w[mine], p);
		else if (p->kind == FX_K_CANCEL || p->kind == FX_K_TOLD)
			cancel(t, &w[mine], p);
	}
	for (struct fx_task *a = o->tasks; a; a = a->next, i++) {
		if (a == t || a->state == FX_WAITING)
			continue;
		supersede(a, &w[i], t, e);
		supersede(t, &w[mine], a, e);
	}
}

void fx_task_move(struct fx_life *l, struct fx_task *t, const struct fx_event *e)
{
	if (!fx_task_open(t) || !e->to || e->to == t->owner)
		return;
	if (t->ntenure == t->captenure) {
		uint32_t cap = t->captenure * 2;
		struct fx_tenure *more = fx_pool_get(&l->pool, cap * sizeof(*more));

		memcpy(more, t->tenure, t->ntenure * sizeof(*more));
		fx_pool_put(&l->pool, t->tenure, t->captenure * sizeof(*more));
		t->tenure = more;
		t->captenure = cap;
	}
	t->tenure[t->ntenure++] = (struct fx_tenure){.owner = e->to, .from = e->at, .by = e};
	t->owner = e->to;
	t->handoffs += e->kind == FX_K_HANDOFF;
}

static struct fx_exception *exception_of(const struct fx_order *o, struct fx_str id)
{
	for (struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_str_eq(x->id, id))
			return x;
	return NULL;
}

static struct fx_task *task_of(const struct fx_order *o, struct fx_str id)
{
	for (struct fx_task *t = o->tasks; t; t = t->next)
		if (fx_str_eq(t->id, id))
			return t;
	return NULL;
}

/* The event of the order that led to this one. */
static const struct fx_event *cause_of(const struct fx_event *e)
{
	const struct fx_event *c = e->cause.n ? e->prev : NULL;

	while (c && !fx_str_eq(c->id, e->cause))
		c = c->prev;
	return c;
}

bool fx_moves_away(const struct fx_event *e)
{
	return e->kind == FX_K_ESCALATED && e->task_id.n && e->failure &&
	       fx_str_is(e->failure->s, "owner-unavailable");
}

/* exception.opened or exception.escalated */
static void step(struct fx_life *l, struct fx_order *o, const struct fx_event *e)
{
	struct fx_exception *x = exception_of(o, e->exception_id);

	if (!x && fx_moves_away(e) && task_of(o, e->task_id))
		fx_task_move(l, task_of(o, e->task_id), e);
	/* A step that was taken stands, though what resolves the exception proves to be older. */
	if (!x)
		return;
	if (e->kind == FX_K_OPENED) {
		x->task = task_of(o, e->task_id);
		x->cause = cause_of(e);
		if (x->task)
			x->task->nexceptions++;
	} else if (e->step < x->step || (e->step == x->step && e->repeat <= x->repeat)) {
		return;
	}
	if (e->owner)
		x->owner = e->owner;
	/* Opened without a step, by a person or inhibited: the first is yet to be taken. */
	x->step = e->kind == FX_K_OPENED || e->step ? e->step : 1;
	x->repeat = e->repeat;
	if (e->repeat == 0)
		x->since = e->at;
	x->due = e->due == FX_TIME_NONE && x->step == 0 ? e->at : e->due;
	x->last = e;
	x->acknowledged = NULL;
	x->acknowledged_until = FX_TIME_NONE;
	x->stopped = 0;
	x->hold |= e->hold;
	o->holds |= e->hold;
	if (x->task && e->to)
		fx_task_move(l, x->task, e);
	if (x->task && e->cancel && fx_task_open(x->task) &&
	    next_state(x->task->state, e->type->s.p, FX_CANCELLED) == FX_CANCELLED)
		close_task(x->task, FX_CANCELLED, e);
}

/* A step's clock stops until the time given, or once for the length of the step. */
static void acknowledge(struct fx_exception *x, const struct fx_event *e)
{
	fx_time until = e->due, from = e->at;

	if (!x || !fx_exception_open(x) || x->due == FX_TIME_NONE || !x->last)
		return;
	if (x->step == 0) {
		x->acknowledged = e;
		if (until > x->due)
			x->due = x->acknowledged_until = until;
		return;
	}
	if (until == FX_TIME_NONE) {
		if (x->acknowledged)
			return;
		until = e->at + (x->last->due - x->last->at);
	}
	if (x->acknowledged && from < x->acknowledged_until)
		from = x->acknowledged_until;
	x->acknowledged = e;
	if (until <= from)
		return;
	x->acknowledged_until = until;
	x->stopped += until - from;
	x->due += until - from;
}

static void attempt(struct fx_order *o, const struct fx_event *e)
{
	struct fx_task *t = e->exception_id.n ? NULL : task_of(o, e->task_id);

	if (!t || (e->cause.n && !fx_str_eq(e->cause, t->assigned->id)) ||
	    (e->owner && e->owner != t->owner0))
		return;
	if (e->accepted) {
		t->accepted = true;
		t->refused = NULL;
	} else if (!t->accepted && !t->refused) {
		t->refused = e;
	}
}

static void walk(struct fx_life *l, struct fx_order *o, struct work *w, struct fx_event *e)
{
	struct fx_exception *x;
	uint32_t i = 0;

	switch ((enum fx_kind)e->kind) {
	case FX_K_ASSIGNED:
		assign(l, o, w, e);
		break;
	case FX_K_PROGRESS:
	case FX_K_OTHER:
		for (struct fx_task *t = o->tasks; t; t = t->next)
			progress(l, t, &w[i++], e);
		break;
	case FX_K_CANCEL:
	case FX_K_TOLD:
		for (struct fx_task *t = o->tasks; t; t = t->next)
			cancel(t, &w[i++], e);
		break;
	case FX_K_OPENED:
	case FX_K_ESCALATED:
		step(l, o, e);
		break;
	case FX_K_ACK:
		acknowledge(exception_of(o, e->exception_id), e);
		break;
	case FX_K_RESOLVED:
		x = exception_of(o, e->exception_id);
		if (x && fx_exception_open(x)) {
			x->resolved = e->at;
			x->resolved_by = e;
		}
		break;
	case FX_K_HANDOFF:
		for (struct fx_task *t = o->tasks; t; t = t->next)
			if (e->task_id.n ? fx_str_eq(e->task_id, t->id)
			                 : !e->from || e->from == t->owner)
				fx_task_move(l, t, e);
		break;
	case FX_K_ATTEMPT:
		attempt(o, e);
		break;
	case FX_K_TRIGGER:
	case FX_K_REJECTED:
	case FX_K_FAILED:
	case FX_K_RELEASE:
	case FX_K_SILENCE:
	case FX_K_NONE:
		break;
	}
}

/* ---- before and after the walk ------------------------------------------ */

static void reset_task(struct fx_life *l, struct fx_task *t, struct work *w)
{
	uint32_t k = STAGES;

	t->state = FX_WAITING;
	t->owner = t->owner0;
	t->confirmed = t->shipped = t->completed = t->progressed = t->closed = FX_TIME_NONE;
	t->closed_by = t->taken_by = t->refused = NULL;
	t->handoffs = t->nexceptions = 0;
	t->accepted = false;
	if (!t->tenure) {
		t->captenure = 1;
		t->tenure = fx_pool_get(&l->pool, sizeof(*t->tenure));
	}
	t->ntenure = 1;
	t->tenure[0] = (struct fx_tenure){t->owner0, t->assigned->at, t->assigned};
	for (uint32_t i = 0; i < t->nlines; i++)
		t->lines[i].gone = false;
	w->mark = FX_NEWV(&l->work, struct mark, STAGES + t->npromises);
	w->mark[0].event = l->stage[0];
	w->mark[1].event = l->stage[1];
	w->mark[2].event = l->stage[2];
	for (uint32_t i = 0; i < t->npromises; i++) {
		struct fx_promise *p = &t->promises[i];

		p->met = FX_TIME_NONE;
		p->met_by = NULL;
		if (p->event && p->event != l->stage[0] && p->event != l->stage[1] &&
		    p->event != l->stage[2])
			w->mark[k++].event = p->event;
	}
	w->nmark = k;
}

void fx_order_settle(struct fx_life *l, struct fx_order *o)
{
	struct work *w;
	struct fx_event *e;
	size_t n = 0;

	if (!o->dirty)
		return;
	o->dirty = o->holds = false;
	if (!l->stage[0]) {
		l->stage[0] = fx_life_word(l, FX_STR("task.confirmed"));
		l->stage[1] = fx_life_word(l, FX_STR("task.shipped"));
		l->stage[2] = fx_life_word(l, FX_STR("task.completed"));
	}
	fx_arena_reset(&l->work);
	for (struct fx_task *t = o->tasks; t; t = t->next)
		n++;
	w = FX_NEWV(&l->work, struct work, n);
	n = 0;
	for (struct fx_task *t = o->tasks; t; t = t->next)
		reset_task(l, t, &w[n++]);
	for (struct fx_exception *x = o->exceptions; x; x = x->next) {
		x->cause = x->last = x->acknowledged = x->resolved_by = NULL;
		x->task = NULL;
		x->unrecorded = (struct fx_str){NULL, 0};
		x->owner = x->opened->owner;
		x->step = x->repeat = 0;
		x->since = x->due = x->resolved = x->acknowledged_until = FX_TIME_NONE;
		x->hold = false;
	}
	for (e = o->events; e && e->at <= l->opt.now; e = e->next)
		walk(l, o, w, e);
	o->waiting = e;
	o->open = fx_order_is_open(l, o, e != NULL);
}
