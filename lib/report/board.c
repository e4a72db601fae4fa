/* What the dashboard keeps of single orders. */
#include "report/board.h"

#include <stdlib.h>
#include <string.h>

#include "json/write.h"

void fx_board_init(struct fx_board *b, fx_time now, bool with_customer)
{
	*b = (struct fx_board){.now = now, .with_customer = with_customer};
	b->open.limit = FX_BOARD_OPEN;
	b->closed.limit = FX_BOARD_CLOSED;
	b->open.worst = b->closed.worst = INT64_MAX;
}

static void cut(struct fx_board_list *l, size_t keep)
{
	for (size_t i = keep; i < l->n; i++)
		free(l->v[i].json);
	if (l->n > keep)
		l->n = keep;
}

void fx_board_free(struct fx_board *b)
{
	cut(&b->open, 0);
	cut(&b->closed, 0);
	free(b->open.v);
	free(b->closed.v);
	for (size_t i = 0; i < b->nqueue; i++)
		free((char *)b->queue[i].order.p);
	for (size_t i = 0; i < b->ncanary; i++)
		fx_canary_free(&b->canary[i]);
	fx_map_free(&b->customers);
	fx_arena_free(&b->arena);
}

/* ---- customers ----------------------------------------------------------------- */

void fx_board_entry(void *board, const struct fx_tape *t)
{
	struct fx_board *d = board;
	uint32_t c = d->with_customer ? fx_tape_get(t, 0, FX_STR("customer")) : FX_NONE;
	bool fresh;
	if (c == FX_NONE || fx_tape_type(t, c) != FX_OBJECT)
		return;
	struct fx_str id = fx_tape_get_str(t, 0, FX_STR("order_id"), &d->arena);
	struct fx_str name = fx_tape_get_str(t, c, FX_STR("name"), &d->arena);
	struct fx_str mail = fx_tape_get_str(t, c, FX_STR("email"), &d->arena);
	if (!id.n || (!name.n && !mail.n))
		return;
	struct fx_map_entry *e = fx_map_put(&d->customers, fx_arena_str(&d->arena, id), &fresh);
	if (!fresh)
		return;
	e->v.ptr = FX_NEW(&d->arena, struct fx_str);
	*(struct fx_str *)e->v.ptr = fx_arena_fmt(&d->arena, "%.*s%s%.*s", FX_FMT(name),
	                                          name.n && mail.n ? ", " : "", FX_FMT(mail));
}

/* ---- the queue of exceptions ---------------------------------------------------- */

static bool sooner(const struct fx_board_exception *a, const struct fx_board_exception *b)
{
	fx_time x = a->due == FX_TIME_NONE ? INT64_MAX : a->due;
	fx_time y = b->due == FX_TIME_NONE ? INT64_MAX : b->due;
	if (x != y)
		return x < y;
	return a->opened != b->opened ? a->opened < b->opened : fx_str_cmp(a->order, b->order) < 0;
}

static void queue(struct fx_board *d, const struct fx_order *o, const struct fx_exception *x)
{
	struct fx_board_exception e = {.due = x->due, .opened = x->opened->at, .step = x->step};
	size_t i = d->nqueue;
	e.order = o->id;
	e.failure = x->failure->s;
	e.owner = x->owner ? x->owner->s : FX_STR("");
	d->nopen++;
	if (i == FX_BOARD_QUEUE) {
		if (!sooner(&e, &d->queue[i - 1]))
			return;
		free((char *)d->queue[--i].order.p);
		d->nqueue--;
	}
	/* One piece of memory for the three. */
	char *p = fx_alloc(e.order.n + e.failure.n + e.owner.n + 1, 1);
	memcpy(p, e.order.p, e.order.n);
	memcpy(p + e.order.n, e.failure.p, e.failure.n);
	memcpy(p + e.order.n + e.failure.n, e.owner.p, e.owner.n);
	e.order.p = p;
	e.failure.p = p + e.order.n;
	e.owner.p = p + e.order.n + e.failure.n;
	for (; i > 0 && sooner(&e, &d->queue[i - 1]); i--)
		d->queue[i] = d->queue[i - 1];
	d->queue[i] = e;
	d->nqueue++;
}

static int by_key(const void *pa, const void *pb)
{
	const struct fx_board_order *a = pa, *b = pb;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	size_t n = a->n < b->n ? a->n : b->n;
	int c = memcmp(a->json, b->json, n);
	return c ? c : (a->n > b->n) - (a->n < b->n);
}

static void sort(struct fx_board_list *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_key);
	if (l->n >= l->limit)
		l->worst = l->v[l->limit - 1].key;
	cut(l, l->limit);
}

static void keep(struct fx_board_list *l, fx_time key, struct fx_buf *json)
{
	if (!l->v)
		l->v = fx_alloc(2 * l->limit, sizeof(*l->v));
	if (l->n == 2 * l->limit)
		sort(l);
	l->v[l->n++] = (struct fx_board_order){key, json->p, json->n};
}

static void text(struct fx_buf *b, struct fx_str s)
{
	fx_json_sep(b);
	fx_json_string(b, s);
}

static void word(struct fx_buf *b, const struct fx_word *w)
{
	text(b, w ? w->s : FX_STR(""));
}

static void second(struct fx_buf *b, fx_time t)
{
	fx_json_sep(b);
	if (t == FX_TIME_NONE)
		fx_buf_z(b, "null");
	else
		fx_buf_fmt(b, "%lld", (long long)(t / FX_SEC));
}

/* [id, state, owner, flow, rule, since, confirmed, shipped, completed] */
static void task(struct fx_buf *b, const struct fx_task *t)
{
	fx_json_sep(b);
	fx_buf_byte(b, '[');
	text(b, t->id);
	text(b, fx_str(fx_state_name(t->state)));
	word(b, t->owner);
	word(b, t->flow);
	word(b, t->rule);
	fx_json_sep(b);
	fx_json_int(b, (int64_t)t->rule_version);
	second(b, t->tenure[t->ntenure - 1].from);
	fx_buf_byte(b, ']');
}

/* What falls due first of an order's open tasks and exceptions. */
static fx_time due_first(const struct fx_board *d, const struct fx_order *o, struct fx_str *what)
{
	fx_time first = INT64_MAX;
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		for (uint32_t i = 0; i < t->npromises && fx_task_open(t); i++) {
			const struct fx_promise *p = &t->promises[i];
			if (p->met != FX_TIME_NONE || p->due == FX_TIME_NONE || !p->milestone)
				continue;
			fx_time due = fx_due_of(d->clock, t, p);
			if (due >= first)
				continue;
			first = due;
			*what = p->milestone->s;
		}
	return first;
}

static const struct fx_exception *open_exception(const struct fx_order *o)
{
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (x->last && fx_exception_open(x))
			return x;
	return NULL;
}

static void events(struct fx_buf *b, const struct fx_order *o, fx_time now)
{
	unsigned n = 0;
	fx_json_key(b, "e");
	fx_buf_byte(b, '[');
	for (const struct fx_event *e = o->events; e && n < 60; e = e->next, n++) {
		if (e->at > now)
			break;
		fx_json_sep(b);
		fx_buf_byte(b, '[');
		second(b, e->at);
		word(b, e->type);
		word(b, e->source);
		word(b, e->failure ? e->failure : e->owner);
		fx_json_sep(b);
		fx_json_int(b, (int64_t)e->index);
		fx_buf_byte(b, ']');
	}
	fx_buf_byte(b, ']');
}

void fx_board_order(void *board, const struct fx_order *o)
{
	struct fx_board *d = board;
	struct fx_buf b = {0};
	struct fx_str what = {NULL, 0};
	const struct fx_exception *x = open_exception(o);
	bool open = x != NULL;
	fx_time ended = FX_TIME_NONE, due;
	for (const struct fx_exception *e = o->exceptions; e; e = e->next)
		if (e->last && fx_exception_open(e))
			queue(d, o, e);
	if (o->id.n == 0 || !o->tasks)
		return;
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		open |= fx_task_open(t);
		if (t->closed > ended)
			ended = t->closed;
	}
	struct fx_board_list *list = open ? &d->open : &d->closed;
	list->seen++;
	due = open ? due_first(d, o, &what) : ended != FX_TIME_NONE ? -ended : INT64_MAX;
	/* An order with an open exception is shown before one that is only late. */
	fx_time key = x ? due / 2 - FX_DAY * 36500 : due;
	if (key > list->worst)
		return;
	fx_buf_byte(&b, '{');
	fx_json_key(&b, "o");
	fx_json_string(&b, o->id);
	fx_json_key(&b, "open");
	fx_json_bool(&b, open);
	fx_json_key(&b, "x");
	fx_json_string(&b, x ? x->failure->s : FX_STR(""));
	fx_json_key(&b, "xo");
	fx_json_string(&b, x && x->owner ? x->owner->s : FX_STR(""));
	const struct fx_str *customer = fx_map_ptr(&d->customers, o->id);
	if (customer) {
		fx_json_key(&b, "c");
		fx_json_string(&b, *customer);
	}
	fx_json_key(&b, "due");
	fx_buf_byte(&b, '[');
	text(&b, what);
	second(&b, open && due != INT64_MAX ? due : FX_TIME_NONE);
	fx_buf_byte(&b, ']');
	fx_json_key(&b, "t");
	fx_buf_byte(&b, '[');
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (t->state != FX_WAITING)
			task(&b, t);
	fx_buf_byte(&b, ']');
	events(&b, o, d->now);
	fx_buf_byte(&b, '}');
	keep(list, key, &b);
}

void fx_board_sort(struct fx_board *b)
{
	sort(&b->open);
	sort(&b->closed);
}
