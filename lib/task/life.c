#include "task/fold.h"

#include <stdlib.h>
#include <string.h>

#define LINGER 16384
/* Failed attempts of one thing that are kept: the first (when it began) and the last ones. */
#define KEEP_ATTEMPTS 4

const struct fx_word *fx_life_word(struct fx_life *l, struct fx_str s)
{
	struct fx_word *w = fx_map_ptr(&l->words, s);

	if (w)
		return w;
	w = FX_NEW(&l->words_arena, struct fx_word);
	w->s = fx_arena_str(&l->words_arena, s);
	w->id = l->nwords++;
	fx_map_put(&l->words, w->s, NULL)->v.ptr = w;
	return w;
}

static const struct fx_word *word(struct fx_life *l, struct fx_str s)
{
	return s.n ? fx_life_word(l, s) : NULL;
}

struct fx_life *fx_life_new(const struct fx_life_opt *opt)
{
	struct fx_life *l = fx_alloc(1, sizeof(*l));

	l->opt = *opt;
	if (l->opt.linger == 0)
		l->opt.linger = LINGER;
	return l;
}

/* ---- giving back ----------------------------------------------------- */

static void free_lines(struct fx_life *l, struct fx_line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_pool_str_put(&l->pool, lines[i].id);
	fx_pool_put(&l->pool, lines, n * sizeof(*lines));
}

static void free_event(struct fx_life *l, struct fx_event *e)
{
	fx_pool_str_put(&l->pool, e->id);
	fx_pool_str_put(&l->pool, e->task_id);
	fx_pool_str_put(&l->pool, e->exception_id);
	fx_pool_str_put(&l->pool, e->cause);
	fx_pool_str_put(&l->pool, e->about);
	free_lines(l, e->lines, e->nlines);
	fx_pool_put(&l->pool, e, sizeof(*e));
}

static void free_task(struct fx_life *l, struct fx_task *t)
{
	fx_pool_str_put(&l->pool, t->id);
	fx_pool_str_put(&l->pool, t->trigger.id);
	free_lines(l, t->lines, t->nlines);
	fx_pool_put(&l->pool, t->promises, t->npromises * sizeof(*t->promises));
	fx_pool_put(&l->pool, t->tenure, t->captenure * sizeof(*t->tenure));
	fx_pool_put(&l->pool, t, sizeof(*t));
}

static void free_exception(struct fx_life *l, struct fx_exception *x)
{
	fx_pool_str_put(&l->pool, x->id);
	fx_pool_put(&l->pool, x, sizeof(*x));
}

static void free_order(struct fx_life *l, struct fx_order *o)
{
	for (struct fx_event *e = o->events, *n; e; e = n) {
		n = e->next;
		free_event(l, e);
	}
	for (struct fx_task *t = o->tasks, *n; t; t = n) {
		n = t->next;
		free_task(l, t);
	}
	for (struct fx_exception *x = o->exceptions, *n; x; x = n) {
		n = x->next;
		free_exception(l, x);
	}
	fx_map_del(&l->orders, o->id);
	fx_pool_str_put(&l->pool, o->id);
	fx_pool_put(&l->pool, o, sizeof(*o));
}

void fx_life_free(struct fx_life *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->orders.n; i++)
		if (l->orders.e[i].key.p)
			free_order(l, l->orders.e[i].v.ptr);
	for (size_t i = 0; i < l->nlater; i++)
		fx_pool_str_put(&l->pool, l->later[i].id);
	for (size_t i = 0; i < l->nhealth; i++)
		if (l->health[i]) {
			fx_pool_str_put(&l->pool, l->health[i]->accepted_id);
			for (unsigned k = 0; k < l->health[i]->nfailed; k++)
				fx_pool_str_put(&l->pool, l->health[i]->failed[k].id);
		}
	fx_snapshot_drop(l);
	fx_map_free(&l->orders);
	fx_map_free(&l->words);
	fx_pool_free(&l->pool);
	fx_arena_free(&l->words_arena);
	fx_arena_free(&l->scratch);
	fx_arena_free(&l->work);
	fx_tape_free(&l->tape);
	free(l->health);
	free(l->silence);
	free(l->later);
	free(l);
}

/* ---- orders: in memory while open, and a while longer ------------------ */

static void unlist(struct fx_life *l, struct fx_order *o)
{
	if (!o->listed)
		return;
	*(o->older ? &o->older->newer : &l->oldest) = o->newer;
	*(o->newer ? &o->newer->older : &l->newest) = o->older;
	o->older = o->newer = NULL;
	o->listed = false;
}

static void touch(struct fx_life *l, struct fx_order *o)
{
	o->dirty = true;
	o->touched = l->added;
	if (l->newest == o)
		return;
	unlist(l, o);
	o->listed = true;
	o->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = o;
	l->newest = o;
}

static struct fx_order *find(struct fx_life *l, struct fx_str id)
{
	struct fx_order *o = l->newest; /* most entries follow one of the same order */

	if (!o || !fx_str_eq(o->id, id))
		o = fx_map_ptr(&l->orders, id);
	return o || !l->snap ? o : fx_snapshot_find(l, id);
}

static struct fx_order *order_of(struct fx_life *l, struct fx_str id)
{
	struct fx_order *o = find(l, id);

	if (o)
		return o;
	o = fx_pool_get(&l->pool, sizeof(*o));
	o->id = fx_pool_str(&l->pool, id);
	fx_map_put(&l->orders, o->id, NULL)->v.ptr = o;
	return o;
}

struct fx_order *fx_life_nobody(struct fx_life *l)
{
	return order_of(l, FX_STR(""));
}

/*
 * Can an order be closed now that was not before?  Asked so that not every order is settled after
 * each of its events.  A task that has just been assigned is open, and stays so whatever attempts
 * and exceptions there are, but for a step that cancels it; most wait for the last of their
 * progress.
 */
static void note_end(const struct fx_life *l, struct fx_order *o, const struct fx_event *e)
{
	bool first = true;

	if (!o->tasks || l->opt.untold) {
		o->ended = true;
		return;
	}
	switch ((enum fx_kind)e->kind) {
	case FX_K_ASSIGNED:
		for (const struct fx_event *p = o->events; p && first; p = p->next)
			first = p->kind == FX_K_TRIGGER || p->kind == FX_K_ASSIGNED;
		o->ended = !(first && e->task);
		break;
	case FX_K_ATTEMPT:
	case FX_K_ACK:
		break;
	case FX_K_OPENED:
	case FX_K_ESCALATED:
		o->ended |= e->cancel;
		break;
	case FX_K_PROGRESS:
		o->ended |= fx_event_stage(e) == 2 || !l->opt.delivered;
		break;
	default:
		o->ended = true;
	}
}

/* Orders that nobody touched for a while: the closed ones go, the open ones stay unwatched. */
static void forget(struct fx_life *l)
{
	while (l->oldest && l->oldest->touched + l->opt.linger < l->added) {
		struct fx_order *o = l->oldest;

		unlist(l, o);
		if (!o->ended || o->id.n == 0)
			continue;
		fx_order_settle(l, o);
		o->ended = false;
		if (o->open)
			continue;
		if (l->opt.on_closed)
			l->opt.on_closed(l->opt.user, o);
		free_order(l, o);
	}
}

/* ---- events ---------------------------------------------------------- */

static int event_cmp(const struct fx_event *a, const struct fx_event *b)
{
	int c;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->type != b->type && (c = fx_str_cmp(a->type->s, b->type->s)) != 0)
		return c;
	if ((c = fx_str_cmp(a->id, b->id)) != 0 || a->source == b->source)
		return c;
	return !a->source ? -1 : !b->source ? 1 : fx_str_cmp(a->source->s, b->source->s);
}

/* False when the order has it already. */
static bool insert(struct fx_order *o, struct fx_event *e)
{
	struct fx_event *after = o->last;
	int c = -1;

	while (after && (c = event_cmp(after, e)) > 0)
		after = after->prev;
	if (after && c == 0)
		return false;
	e->prev = after;
	e->next = after ? after->next : o->events;
	*(after ? &after->next : &o->events) = e;
	*(e->next ? &e->next->prev : &o->last) = e;
	o->nevents++;
	return true;
}

static void take_out(struct fx_life *l, struct fx_order *o, struct fx_event *e)
{
	*(e->prev ? &e->prev->next : &o->events) = e->next;
	*(e->next ? &e->next->prev : &o->last) = e->prev;
	o->nevents--;
	free_event(l, e);
}

static struct fx_line *read_lines(struct fx_life *l, const struct fx_tape *t, uint32_t array,
                                  size_t *n)
{
	struct fx_line *lines;
	size_t k = 0;

	*n = 0;
	if (array == FX_NONE || fx_tape_type(t, array) != FX_ARRAY || t->node[array].count == 0)
		return NULL;
	lines = fx_pool_get(&l->pool, t->node[array].count * sizeof(*lines));
	for (uint32_t i = array + 1; i < t->node[array].next; i = fx_tape_next(t, i), k++) {
		uint32_t id = fx_tape_get(t, i, FX_STR("line_id"));

		lines[k].qty = fx_entry_qty(t, fx_tape_get(t, i, FX_STR("qty")), &l->scratch);
		if (id == FX_NONE)
			continue;
		lines[k].id = fx_pool_str(&l->pool, fx_tape_type(t, id) == FX_STRING
		                                        ? fx_tape_str(t, id, &l->scratch)
		                                        : fx_tape_raw(t, id));
	}
	*n = k;
	return lines;
}

static struct fx_str first_cause(struct fx_life *l, const struct fx_entry *in)
{
	uint32_t c = in->caused_by;

	if (c == FX_NONE || fx_tape_type(in->t, c) != FX_ARRAY || in->t->node[c].count == 0 ||
	    fx_tape_type(in->t, c + 1) != FX_STRING)
		return (struct fx_str){NULL, 0};
	return fx_tape_str(in->t, c + 1, &l->scratch);
}

static bool is_notice(struct fx_str reason)
{
	for (enum fx_notice_why why = FX_ORDER_CANCELLED; why <= FX_BY_EXCEPTION; why++)
		if (fx_str_is(reason, fx_notice_reason(why)))
			return true;
	return false;
}

static struct fx_event *new_event(struct fx_life *l, const struct fx_entry *in, uint64_t index)
{
	struct fx_event *e = fx_pool_get(&l->pool, sizeof(*e));
	size_t n = 0;

	e->kind = (uint8_t)in->kind;
	e->at = in->at;
	e->index = index;
	e->type = fx_life_word(l, in->event);
	e->source = word(l, in->source);
	e->id = fx_pool_str(&l->pool, in->event_id);
	e->due = e->since = FX_TIME_NONE;
	if (in->kind == FX_K_TRIGGER)
		return e;
	e->owner = word(l, in->owner_id);
	if (in->kind == FX_K_ASSIGNED)
		return e;
	e->task_id = fx_pool_str(&l->pool, in->task_id);
	e->exception_id = fx_pool_str(&l->pool, in->exception_id);
	e->failure = word(l, in->failure);
	e->milestone = word(l, in->milestone);
	e->from = word(l, in->from);
	e->to = word(l, in->to);
	e->carrier = word(l, in->carrier);
	e->due = in->due != FX_TIME_NONE     ? in->due
	         : in->until != FX_TIME_NONE ? in->until
	                                     : in->retry_at;
	e->since = in->since;
	e->about = fx_pool_str(&l->pool, in->about);
	e->step = (uint32_t)(in->kind == FX_K_ATTEMPT ? in->attempt : in->step);
	e->repeat = (uint32_t)in->repeat;
	e->accepted = fx_str_is(in->outcome, "accepted");
	e->incident = in->dedup_key.n != 0;
	e->hold = in->hold.n != 0;
	e->resend = in->resend != FX_NONE && fx_tape_type(in->t, in->resend) == FX_TRUE;
	e->cancel = in->cancel != FX_NONE && fx_tape_type(in->t, in->cancel) == FX_TRUE;
	e->notice = is_notice(in->reason);
	if (in->kind != FX_K_OPENED && in->kind != FX_K_ESCALATED && in->kind != FX_K_REJECTED)
		e->lines = read_lines(l, in->t, in->lines, &n);
	if (n > UINT16_MAX) {
		free_lines(l, e->lines, n);
		e->lines = NULL;
		n = 0;
	}
	e->nlines = (uint16_t)n;
	if (in->kind >= FX_K_ATTEMPT)
		e->cause = fx_pool_str(&l->pool, first_cause(l, in));
	return e;
}

/* ---- tasks and exceptions --------------------------------------------- */

static void read_promises(struct fx_life *l, struct fx_task *task, const struct fx_entry *in)
{
	const struct fx_tape *t = in->t;
	uint32_t n, k = 0;

	if (in->sla == FX_NONE || fx_tape_type(t, in->sla) != FX_ARRAY)
		return;
	n = t->node[in->sla].count;
	task->promises = fx_pool_get(&l->pool, n * sizeof(*task->promises));
	task->npromises = n;
	for (uint32_t i = in->sla + 1; i < t->node[in->sla].next; i = fx_tape_next(t, i)) {
		struct fx_promise *p = &task->promises[k++];

		p->milestone = word(l, fx_tape_get_str(t, i, FX_STR("milestone"), &l->scratch));
		p->event = word(l, fx_tape_get_str(t, i, FX_STR("event"), &l->scratch));
		p->due = fx_entry_time(t, i, FX_STR("due"), &l->scratch);
		p->met = FX_TIME_NONE;
	}
}

static struct fx_task *add_task(struct fx_life *l, struct fx_order *o, const struct fx_entry *in,
                                struct fx_event *e)
{
	struct fx_task *task, **at = &o->tasks;
	const struct fx_tape *t = in->t;
	size_t n;
	int c = 1;

	if (in->task_id.n == 0 || in->owner_id.n == 0)
		return NULL;
	while (*at && (c = fx_str_cmp((*at)->id, in->task_id)) < 0)
		at = &(*at)->next;
	if (*at && c == 0)
		return NULL;
	task = fx_pool_get(&l->pool, sizeof(*task));
	task->next = *at;
	*at = task;
	task->order = o;
	task->assigned = e;
	e->task = task;
	task->id = fx_pool_str(&l->pool, in->task_id);
	task->trigger.at = FX_TIME_NONE;
	if (in->trigger != FX_NONE) {
		struct fx_arena *a = &l->scratch;
		uint32_t tr = in->trigger;

		task->trigger.event = word(l, fx_tape_get_str(t, tr, FX_STR("event"), a));
		task->trigger.source = word(l, fx_tape_get_str(t, tr, FX_STR("source"), a));
		task->trigger.id =
		    fx_pool_str(&l->pool, fx_tape_get_str(t, tr, FX_STR("event_id"), a));
		task->trigger.at = fx_entry_time(t, tr, FX_STR("at"), a);
	}
	if (task->trigger.at == FX_TIME_NONE)
		task->trigger.at = in->at;
	task->owner0 = e->owner;
	task->flow = word(l, in->flow_id);
	task->rule = word(l, in->rule_id);
	task->rule_version = in->rule_version;
	task->registry = word(l, in->registry);
	task->fallback = word(l, in->fallback_route);
	task->fallback_at = in->fallback_at;
	task->carrier = word(l, in->preferred_carrier);
	if (in->decision != FX_NONE) {
		struct fx_str s = fx_tape_get_str(t, in->decision, FX_STR("digest"), &l->scratch);

		task->decision = fx_str_hash(s);
		task->reason =
		    word(l, fx_tape_get_str(t, in->decision, FX_STR("reason"), &l->scratch));
	}
	task->lines = read_lines(l, t, in->lines, &n);
	task->nlines = (uint32_t)n;
	read_promises(l, task, in);
	if (l->opt.on_assigned)
		l->opt.on_assigned(l->opt.user, task, t);
	return task;
}

static void add_exception(struct fx_life *l, struct fx_order *o, struct fx_event *e)
{
	struct fx_exception **at = &o->exceptions, *x;

	if (e->exception_id.n == 0)
		return;
	for (; *at; at = &(*at)->next)
		if (fx_str_eq((*at)->id, e->exception_id))
			return;
	x = fx_pool_get(&l->pool, sizeof(*x));
	*at = x;
	x->order = o;
	x->opened = e;
	x->id = fx_pool_str(&l->pool, e->exception_id);
	x->failure = e->failure ? e->failure : fx_life_word(l, FX_STR("unspecified"));
	x->milestone = e->milestone;
	x->kind = e->milestone ? FX_MISS : FX_FAILED;
	for (const struct fx_closing *c = fx_closings; c->failure && !e->milestone; c++)
		if (fx_str_is(x->failure->s, c->failure))
			x->kind = c->kind;
}

static void add_attempt(struct fx_life *l, struct fx_order *o, const struct fx_event *e)
{
	struct fx_event *second = NULL;
	unsigned n = 0;

	if (e->owner)
		fx_life_later(l, &(struct fx_later){.at = e->at,
		                                    .owner = e->owner,
		                                    .source = e->source,
		                                    .id = e->id,
		                                    .accepted = e->accepted});
	for (struct fx_event *f = o->last; f && !e->accepted; f = f->prev)
		if (f->kind == FX_K_ATTEMPT && !f->accepted && f->at <= l->opt.now &&
		    f->owner == e->owner && fx_str_eq(f->task_id, e->task_id) &&
		    fx_str_eq(f->cause, e->cause) && fx_str_eq(f->exception_id, e->exception_id) &&
		    n++ == KEEP_ATTEMPTS - 1)
			second = f;
	if (second && n > KEEP_ATTEMPTS)
		take_out(l, o, second);
}

static void add_silence(struct fx_life *l, const struct fx_entry *in)
{
	fx_life_silence(l, &(struct fx_silence){.owner = word(l, in->owner_id),
	                                        .failure = word(l, in->failure),
	                                        .from = in->at,
	                                        .until = in->until,
	                                        .id = in->event_id});
}

/* ---- the fold -------------------------------------------------------- */

static void add_event(struct fx_life *l, const struct fx_entry *in, uint64_t index)
{
	struct fx_order *o = order_of(l, in->order_id);
	struct fx_event *e = new_event(l, in, index);

	touch(l, o);
	if (!insert(o, e)) {
		free_event(l, e);
		return;
	}
	switch (in->kind) {
	case FX_K_ASSIGNED:
		add_task(l, o, in, e);
		break;
	case FX_K_OPENED:
		add_exception(l, o, e);
		break;
	case FX_K_ATTEMPT:
		add_attempt(l, o, e);
		break;
	default:
		break;
	}
	note_end(l, o, e);
	if (l->opt.on_event)
		l->opt.on_event(l->opt.user, o, e, in->t);
}

void fx_life_add_tape(struct fx_life *l, const struct fx_tape *t, uint64_t index)
{
	struct fx_entry in;

	fx_arena_reset(&l->scratch);
	if (l->opt.on_entry)
		l->opt.on_entry(l->opt.user, t, index);
	fx_entry_read(&in, t, &l->scratch);
	l->added++;
	if (in.kind == FX_K_SILENCE)
		add_silence(l, &in);
	else if (in.kind != FX_K_NONE && (in.kind != FX_K_OTHER || in.order_id.n))
		add_event(l, &in, index);
	if (!l->opt.keep)
		forget(l);
}

int fx_life_add(struct fx_life *l, struct fx_str entry, uint64_t index, struct fx_err *err)
{
	if (fx_tape_read(&l->tape, entry, err) != 0)
		return -1;
	if (fx_tape_type(&l->tape, 0) != FX_OBJECT)
		return fx_fail(err, FX_EDATA, "a record must be a JSON object");
	fx_life_add_tape(l, &l->tape, index);
	return 0;
}

void fx_life_set_now(struct fx_life *l, fx_time now)
{
	size_t kept = 0;

	l->opt.now = now;
	for (size_t i = 0; i < l->nlater; i++) {
		if (l->later[i].at > now) {
			l->later[kept++] = l->later[i];
			continue;
		}
		fx_life_later(l, &l->later[i]);
		fx_pool_str_put(&l->pool, l->later[i].id);
	}
	l->nlater = kept;
	for (size_t i = 0; i < l->orders.n; i++)
		if (l->orders.e[i].key.p)
			((struct fx_order *)l->orders.e[i].v.ptr)->dirty = true;
}

fx_time fx_life_now(const struct fx_life *l)
{
	return l->opt.now;
}

struct fx_order *fx_life_order(struct fx_life *l, struct fx_str order_id)
{
	struct fx_order *o = find(l, order_id);

	if (o)
		fx_order_settle(l, o);
	return o;
}

static int each_known(struct fx_life *l, int (*f)(void *user, struct fx_order *o), void *user)
{
	int r;

	for (size_t i = 0; i < l->orders.n; i++) {
		struct fx_order *o = l->orders.e[i].v.ptr;

		if (!l->orders.e[i].key.p)
			continue;
		fx_order_settle(l, o);
		if ((r = f(user, o)) != 0)
			return r;
	}
	return 0;
}

int fx_life_each(struct fx_life *l, int (*f)(void *user, struct fx_order *o), void *user)
{
	if (l->snap)
		fx_snapshot_take(l, INT64_MAX, 0);
	return each_known(l, f, user);
}

int fx_life_each_due(struct fx_life *l, uint64_t marks, int (*f)(void *user, struct fx_order *o),
                     void *user)
{
	/* A moment that was swept before: what is of that moment counts, too. */
	if (l->snap)
		fx_snapshot_take(l, l->opt.now <= l->seen_now ? INT64_MAX : l->opt.now, marks);
	return each_known(l, f, user);
}

size_t fx_life_count(const struct fx_life *l)
{
	return l->orders.live + (l->snap ? fx_snapshot_left(l) : 0);
}
