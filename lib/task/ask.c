#include "task/fold.h"

#include <string.h>

#define EVENTS 5 /* of the order, in an exception's context */
#define ATTEMPTS 3

const struct fx_event *fx_order_event(const struct fx_order *o, struct fx_str id)
{
	for (const struct fx_event *e = o->events; e && e != o->waiting; e = e->next)
		if (fx_str_eq(e->id, id))
			return e;
	return NULL;
}

bool fx_task_live(const struct fx_life *l, const struct fx_task *t)
{
	return l->opt.live_from == FX_TIME_NONE || t->trigger.at >= l->opt.live_from;
}

const struct fx_word *fx_task_owner_before(const struct fx_task *t, fx_time at)
{
	uint32_t i = t->ntenure - 1;

	while (i && t->tenure[i].from >= at)
		i--;
	return t->tenure[i].owner;
}

const struct fx_word *fx_task_carrier(const struct fx_task *t)
{
	const struct fx_word *carrier = t->carrier;

	for (const struct fx_event *e = t->order->events; e && e != t->order->waiting; e = e->next)
		if (e->carrier && fx_event_stage(e) == 1 && fx_event_concerns(e, t))
			carrier = e->carrier;
	return carrier;
}

uint64_t fx_failure_mark(struct fx_str failure)
{
	return (uint64_t)2 << fx_str_hash(failure) % 63;
}

uint64_t fx_order_marks(const struct fx_order *o)
{
	uint64_t marks = o->open;

	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_exception_open(x))
			marks |= fx_failure_mark(x->failure->s);
	return marks;
}

/* ---- holds --------------------------------------------------------------- */

static struct fx_exception *named(const struct fx_order *o, struct fx_str id)
{
	for (struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_str_eq(x->id, id))
			return x;
	return NULL;
}

/* Spans in the making. */
struct spans {
	struct fx_held *v;
	size_t n, max;
	unsigned on; /* exceptions that hold now */
	bool full;
};

static void start(struct spans *s, struct fx_exception *x, fx_time at)
{
	x->holding = true;
	if (s->on++ || s->full)
		return;
	if (s->n && s->v[s->n - 1].to == at)
		s->n--;
	else if (s->n == s->max)
		s->full = true;
	else
		s->v[s->n].from = at;
	if (!s->full)
		s->v[s->n++].to = INT64_MAX;
}

static void end(struct spans *s, struct fx_exception *x, fx_time at)
{
	if (!x->holding)
		return;
	x->holding = false;
	if (--s->on == 0 && !s->full)
		s->v[s->n - 1].to = at;
}

/* Holds end with the resolution of what placed them, earliest first. */
static void end_resolved(struct spans *s, const struct fx_order *o, fx_time by)
{
	for (;;) {
		struct fx_exception *first = NULL;

		for (struct fx_exception *x = o->exceptions; x; x = x->next)
			if (x->holding && x->resolved != FX_TIME_NONE && x->resolved <= by &&
			    (!first || x->resolved < first->resolved))
				first = x;
		if (!first)
			return;
		end(s, first, first->resolved);
	}
}

size_t fx_order_holds(const struct fx_order *o, struct fx_held *out, size_t max)
{
	struct spans s = {.v = out, .max = max};

	if (!o->holds || max == 0)
		return 0;
	for (struct fx_exception *x = o->exceptions; x; x = x->next)
		x->holding = false;
	for (const struct fx_event *e = o->events; e && e != o->waiting; e = e->next) {
		struct fx_exception *x = e->exception_id.n ? named(o, e->exception_id) : NULL;

		end_resolved(&s, o, e->at);
		if ((e->kind == FX_K_OPENED || e->kind == FX_K_ESCALATED) && e->hold && x &&
		    !x->holding && (x->resolved == FX_TIME_NONE || x->resolved > e->at))
			start(&s, x, e->at);
		if (e->kind != FX_K_RELEASE)
			continue;
		for (struct fx_exception *y = o->exceptions; y; y = y->next)
			if (e->exception_id.n == 0 || y == x)
				end(&s, y, e->at);
	}
	end_resolved(&s, o, INT64_MAX);
	return s.n;
}

/* ---- what closes an exception -------------------------------------------- */

static bool is_progress(const struct fx_event *e, const struct fx_task *t)
{
	if (e->kind == FX_K_PROGRESS)
		return fx_event_concerns(e, t);
	if (e->kind == FX_K_OTHER)
		for (uint32_t i = 0; i < t->npromises; i++)
			if (t->promises[i].event == e->type)
				return fx_event_concerns(e, t);
	return false;
}

static const struct fx_event *progress_after(const struct fx_task *t, fx_time after)
{
	for (const struct fx_event *e = t->order->events; e && e != t->order->waiting; e = e->next)
		if (e->at > after && is_progress(e, t))
			return e;
	return NULL;
}

bool fx_task_progressed_after(const struct fx_task *t, fx_time after)
{
	return progress_after(t, after) != NULL;
}

static const struct fx_event *accepted(const struct fx_task *t)
{
	for (const struct fx_event *e = t->order->events; e && e != t->order->waiting; e = e->next)
		if (e->kind == FX_K_ATTEMPT && e->accepted && !e->exception_id.n &&
		    fx_str_eq(e->task_id, t->id))
			return e;
	return NULL;
}

static const struct fx_event *earlier(const struct fx_event *a, const struct fx_event *b)
{
	return !a || (b && b->at < a->at) ? b : a;
}

static const struct fx_event *closer(const struct fx_exception *x)
{
	const struct fx_task *t = x->task;
	const struct fx_event *e;

	if (x->kind == FX_REJECTED)
		return x->cause ? fx_rejected_mended(x->order, x->cause) : NULL;
	if (!t)
		return NULL;
	e = t->closed_by;
	switch (x->kind) {
	case FX_MISS:
		for (uint32_t i = 0; i < t->npromises; i++)
			if (t->promises[i].milestone == x->milestone)
				return earlier(t->promises[i].met_by, e);
		return e;
	case FX_FAILED:
		return earlier(progress_after(t, x->cause ? x->cause->at : x->opened->at), e);
	case FX_FALLBACK:
		return earlier(progress_after(t, FX_TIME_NONE), e);
	case FX_UNACCEPTED:
		return earlier(earlier(accepted(t), progress_after(t, FX_TIME_NONE)), e);
	default:
		return NULL;
	}
}

bool fx_exception_closed(struct fx_life *l, const struct fx_exception *x, struct fx_closed *out)
{
	const struct fx_event *e;

	if (!fx_exception_open(x) || !x->last)
		return false;
	if (x->kind == FX_UNAVAILABLE) {
		const struct fx_health *h = fx_life_health(l, fx_life_word(l, x->opened->about));

		if (h->accepted == FX_TIME_NONE || h->accepted <= x->opened->since)
			return false;
		*out = (struct fx_closed){h->accepted, h->accepted_id};
	} else {
		e = closer(x);
		/* What a sweep did itself closes nothing before the next one. */
		if (!e ||
		    ((e->kind == FX_K_OPENED || e->kind == FX_K_ESCALATED) && e->at >= l->opt.now))
			return false;
		*out = (struct fx_closed){e->at, e->id};
	}
	if (out->at < x->opened->at)
		out->at = x->opened->at;
	return true;
}

void fx_order_close(struct fx_life *l, struct fx_order *o)
{
	for (struct fx_exception *x = o->exceptions; x; x = x->next) {
		struct fx_closed by;

		if (!fx_exception_closed(l, x, &by))
			continue;
		x->resolved = by.at;
		x->unrecorded = by.by;
		o->dirty = true;
	}
}

/* ---- when to look again ----------------------------------------------------- */

static fx_time first_of(fx_time a, fx_time b)
{
	return b == FX_TIME_NONE || a < b ? a : b;
}

static bool excepted(const struct fx_task *t, enum fx_failure_kind kind,
                     const struct fx_word *milestone)
{
	for (const struct fx_exception *x = t->order->exceptions; x; x = x->next)
		if (x->task == t && x->kind == kind && x->milestone == milestone)
			return true;
	return false;
}

static fx_time task_next(const struct fx_task *t)
{
	fx_time next = INT64_MAX;

	for (uint32_t i = 0; i < t->npromises; i++)
		if (t->promises[i].met == FX_TIME_NONE &&
		    !excepted(t, FX_MISS, t->promises[i].milestone))
			next = first_of(next, t->promises[i].due);
	if (t->progressed != FX_TIME_NONE || t->ntenure > 1)
		return next;
	if (t->fallback && !excepted(t, FX_FALLBACK, NULL))
		next = first_of(next, t->fallback_at);
	if (t->refused && !excepted(t, FX_UNACCEPTED, NULL))
		next = first_of(next, t->refused->at);
	return next;
}

static bool failed_unheard(const struct fx_order *o, const struct fx_event *e)
{
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		bool heard =
		    !fx_task_open(t) || !fx_event_concerns(e, t) || progress_after(t, e->at);

		for (const struct fx_exception *x = o->exceptions; x && !heard; x = x->next)
			heard = x->task == t && x->cause == e;
		if (!heard)
			return true;
	}
	return false;
}

fx_time fx_order_next(struct fx_life *l, const struct fx_order *o)
{
	fx_time next = o->waiting ? o->waiting->at : INT64_MAX;
	struct fx_notice notice;
	struct fx_closed by;

	if (o->id.n == 0 || fx_order_notices(l, o, &notice, 1))
		return INT64_MIN;
	for (const struct fx_exception *x = o->exceptions; x; x = x->next) {
		if (fx_exception_closed(l, x, &by))
			return INT64_MIN;
		if (fx_exception_open(x) && x->last)
			next = first_of(next, x->due);
	}
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (fx_task_open(t) && fx_task_live(l, t))
			next = first_of(next, task_next(t));
	for (const struct fx_event *e = o->events; e && e != o->waiting; e = e->next)
		if ((e->kind == FX_K_FAILED && failed_unheard(o, e)) ||
		    (e->kind == FX_K_REJECTED && fx_rejected_unheard(o, e)))
			return INT64_MIN;
	return next;
}

/* ---- an exception's context ------------------------------------------------ */

static bool tells_of(const struct fx_event *e, const struct fx_task *t)
{
	const struct fx_exception *x;

	switch ((enum fx_kind)e->kind) {
	case FX_K_TRIGGER:
	case FX_K_CANCEL:
		return true;
	case FX_K_PROGRESS:
	case FX_K_OTHER:
	case FX_K_FAILED:
	case FX_K_HANDOFF:
		return fx_event_concerns(e, t);
	case FX_K_OPENED:
	case FX_K_ESCALATED:
	case FX_K_ACK:
	case FX_K_RESOLVED:
	case FX_K_RELEASE:
		if (e->task_id.n)
			return fx_str_eq(e->task_id, t->id);
		x = e->exception_id.n ? named(t->order, e->exception_id) : NULL;
		return !e->exception_id.n || (x && x->task == t);
	default:
		return false;
	}
}

static bool tried_for(const struct fx_event *e, const struct fx_task *t)
{
	const struct fx_exception *x;

	if (e->kind != FX_K_ATTEMPT)
		return false;
	if (e->exception_id.n == 0)
		return fx_str_eq(e->task_id, t->id);
	x = named(t->order, e->exception_id);
	return x && x->task == t;
}

/* The last n events that f takes, oldest first. */
static size_t last_of(const struct fx_task *t,
                      bool (*f)(const struct fx_event *, const struct fx_task *), size_t n,
                      uint64_t *out)
{
	const struct fx_event *e = t->order->waiting ? t->order->waiting->prev : t->order->last;
	size_t k = 0;

	for (; e && k < n; e = e->prev)
		if (f(e, t))
			out[n - ++k] = e->index;
	memmove(out, out + (n - k), k * sizeof(*out));
	return k;
}

/* The exception's steps so far, each once, oldest first; n: how many out has already. */
static size_t add_steps(const struct fx_exception *x, size_t n, uint64_t out[FX_CONTEXT_MAX])
{
	for (const struct fx_event *e = x->order->events; e && e != x->order->waiting; e = e->next) {
		size_t i = 0;

		if ((e->kind != FX_K_OPENED && e->kind != FX_K_ESCALATED) || e->repeat ||
		    !fx_str_eq(e->exception_id, x->id))
			continue;
		while (i < n && out[i] != e->index)
			i++;
		if (i == n && n < FX_CONTEXT_MAX)
			out[n++] = e->index;
	}
	return n;
}

size_t fx_task_context(const struct fx_task *t, const struct fx_exception *x,
                       uint64_t out[FX_CONTEXT_MAX])
{
	size_t n = 0;

	out[n++] = t->assigned->index;
	n += last_of(t, tells_of, EVENTS, out + n);
	n += last_of(t, tried_for, ATTEMPTS, out + n);
	return x ? add_steps(x, n, out) : n;
}
