#include "task/queue.h"

#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "task/ahead.h"

struct collect {
	struct fx_queue *q;
	struct fx_life *l;
	const struct fx_queue_filter *f;
	struct fx_ahead ahead;
};

static bool wanted(const struct collect *c, const struct fx_row *row)
{
	const struct fx_queue_filter *f = c->f;

	if (f->owner.n && !fx_str_eq(f->owner, row->owner))
		return false;
	if (f->failure.n && !(row->x && fx_str_eq(f->failure, row->x->failure->s)))
		return false;
	if (f->flow.n && !(row->task && row->task->flow && fx_str_eq(f->flow, row->task->flow->s)))
		return false;
	return !f->late || (row->due != FX_TIME_NONE && row->due <= fx_life_now(c->l));
}

/* "inhibited: carrier-down (dhl-express)" */
static struct fx_str inhibited(struct collect *c, const struct fx_inhibitor *by)
{
	const struct fx_word *about = by->carrier ? by->carrier : by->owner;

	return fx_arena_fmt(&c->q->arena, "inhibited: %.*s (%.*s)", FX_FMT(by->path->failure),
	                    FX_FMT(about->s));
}

static void add(struct collect *c, struct fx_row row, const struct fx_duty *d)
{
	const struct fx_inhibitor *by = NULL;
	struct fx_queue *q = c->q;

	if (d && row.x)
		by = fx_duty_inhibited(&c->ahead.s, d);
	if (by)
		row.due = FX_TIME_NONE;
	else if (d)
		row.due = d->due;
	if (!wanted(c, &row))
		return;
	if (by)
		row.next = inhibited(c, by);
	else if (d)
		row.next = fx_ahead_text(&c->ahead, d, &q->arena);
	if (q->n == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 64;
		q->v = fx_realloc(q->v, q->cap, sizeof(*q->v));
	}
	q->v[q->n++] = row;
}

static void add_exception(struct collect *c, const struct fx_exception *x)
{
	struct fx_row row = {.order = x->order,
	                     .task = x->task,
	                     .x = x,
	                     .owner = x->owner ? x->owner->s : FX_STR(""),
	                     .what = x->failure->s,
	                     .since = x->opened->at,
	                     .due = x->due};

	if (!x->task && x->opened->carrier)
		row.what = fx_arena_fmt(&c->q->arena, "%.*s (%.*s)", FX_FMT(row.what),
		                        FX_FMT(x->opened->carrier->s));
	if (fx_exception_open(x) && x->last)
		add(c, row, fx_ahead_first(&c->ahead, x->task, x));
}

/* Why sweeps will do nothing about an open task: who has its exception, or who resolved it. */
static struct fx_str why_nothing(struct fx_queue *q, const struct fx_task *t)
{
	const struct fx_exception *x, *last = NULL;

	for (x = t->order->exceptions; x; x = x->next) {
		if (x->task != t)
			continue;
		if (fx_exception_open(x) && x->owner)
			return fx_arena_fmt(&q->arena, "%.*s is with %.*s", FX_FMT(x->failure->s),
			                    FX_FMT(x->owner->s));
		if (x->resolved_by && (!last || x->resolved > last->resolved))
			last = x;
	}
	if (!last || !last->resolved_by->about.n || fx_task_progressed_after(t, last->resolved))
		return (struct fx_str){NULL, 0};
	return fx_arena_fmt(&q->arena, "resolved by %.*s", FX_FMT(last->resolved_by->about));
}

static void add_task(struct collect *c, const struct fx_task *t)
{
	const struct fx_duty *d = fx_ahead_first(&c->ahead, t, NULL);
	struct fx_row row = {.order = t->order,
	                     .task = t,
	                     .owner = t->owner->s,
	                     .since = t->assigned->at,
	                     .due = FX_TIME_NONE};

	if (d)
		row.what = d->missed ? d->missed->milestone->s : d->failure;
	else
		row.what = fx_str(fx_state_name(t->state));
	if (!d)
		row.next = why_nothing(c->q, t);
	add(c, row, d);
}

static int collect(void *user, struct fx_order *o)
{
	struct collect *c = user;

	if (!o->open)
		return 0;
	fx_order_close(c->l, o);
	fx_ahead_order(&c->ahead, o);
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		add_exception(c, x);
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		bool told = false;

		if (!fx_task_open(t) || !fx_task_live(c->l, t))
			continue;
		for (const struct fx_exception *x = o->exceptions; x; x = x->next)
			told |= x->task == t && fx_exception_open(x) && x->owner == t->owner;
		if (!told)
			add_task(c, t);
	}
	return 0;
}

void fx_queue_collect(struct fx_queue *q, struct fx_life *l, const struct fx_registry *r,
                      const struct fx_queue_filter *f)
{
	struct collect c = {.q = q, .l = l, .f = f};

	fx_ahead_start(&c.ahead, l, r);
	fx_life_each(l, collect, &c);
	fx_ahead_end(&c.ahead);
}

static int by_due(const void *a, const void *b)
{
	const struct fx_row *x = a, *y = b;
	bool shut = x->x && x->x->kind == FX_RUNAWAY;
	int c;

	/* What stops the sweeps themselves comes first. */
	if (shut != (y->x && y->x->kind == FX_RUNAWAY))
		return shut ? -1 : 1;
	if (x->due != y->due) {
		if (x->due == FX_TIME_NONE || y->due == FX_TIME_NONE)
			return x->due == FX_TIME_NONE ? 1 : -1;
		return x->due < y->due ? -1 : 1;
	}
	if ((c = fx_str_cmp(x->order->id, y->order->id)) != 0)
		return c;
	if (x->task != y->task && x->task && y->task)
		return fx_str_cmp(x->task->id, y->task->id);
	return x->x && y->x ? fx_str_cmp(x->x->id, y->x->id) : 0;
}

void fx_queue_sort(struct fx_queue *q)
{
	if (q->n)
		qsort(q->v, q->n, sizeof(*q->v), by_due);
}

void fx_queue_free(struct fx_queue *q)
{
	free(q->v);
	fx_arena_free(&q->arena);
	*q = (struct fx_queue){0};
}

/* ---- as NDJSON ------------------------------------------------------------ */

static void member(struct fx_buf *b, const char *name, struct fx_str s)
{
	if (s.n == 0)
		return;
	fx_json_key(b, name);
	fx_json_string(b, s);
}

static void time_member(struct fx_buf *b, const char *name, fx_time t)
{
	if (t == FX_TIME_NONE)
		return;
	fx_json_key(b, name);
	fx_json_time(b, t);
}

void fx_queue_json(struct fx_buf *b, const struct fx_row *row, fx_time now)
{
	const struct fx_task *t = row->task;
	const struct fx_exception *x = row->x;

	fx_buf_byte(b, '{');
	member(b, "order_id", row->order->id);
	if (t)
		member(b, "task_id", t->id);
	if (x)
		member(b, "exception_id", x->id);
	member(b, "owner_id", row->owner);
	if (t) {
		member(b, "state", fx_str(fx_state_name(t->state)));
		if (t->flow)
			member(b, "flow_id", t->flow->s);
		if (t->rule)
			member(b, "rule_id", t->rule->s);
	}
	if (x) {
		member(b, "failure", x->failure->s);
		if (x->opened->carrier)
			member(b, "carrier", x->opened->carrier->s);
		fx_json_key(b, "step");
		fx_json_int(b, x->step);
		time_member(b, "acknowledged_until",
		            x->acknowledged ? x->acknowledged_until : FX_TIME_NONE);
	} else {
		member(b, "waits_for", row->what);
	}
	time_member(b, "since", row->since);
	time_member(b, "due", row->due);
	if (row->due != FX_TIME_NONE) {
		fx_json_key(b, "late_s");
		fx_json_int(b, (now - row->due) / FX_SEC);
	}
	member(b, "next", row->next);
	fx_buf_byte(b, '}');
}

/* ---- as a table ------------------------------------------------------------ */

#define COLS 6

static void cell(struct fx_buf *b, struct fx_str s, size_t width, bool last)
{
	size_t chars = 0, i = 0;

	for (; i < s.n && chars < width; i++) {
		unsigned char c = (unsigned char)s.p[i];

		chars += (c & 0xc0) != 0x80;
		fx_buf_byte(b, c < 32 || c == 127 ? '?' : s.p[i]);
	}
	for (; i < s.n && ((unsigned char)s.p[i] & 0xc0) == 0x80; i++)
		fx_buf_byte(b, s.p[i]);
	for (; !last && chars < width + 2; chars++)
		fx_buf_byte(b, ' ');
}

static void cells_of(const struct fx_row *row, fx_time now, struct fx_arena *a,
                     struct fx_str out[COLS])
{
	char text[FX_TIME_LEN];

	if (row->due == FX_TIME_NONE) {
		out[0] = FX_STR("-");
	} else {
		fx_dur_format(row->due <= now ? now - row->due : row->due - now, text);
		out[0] = fx_arena_fmt(a, "%s%s", row->due <= now ? "late " : "in ", text);
	}
	fx_dur_format(now - row->since, text);
	out[1] = fx_arena_fmt(a, "%s", text);
	out[2] = row->owner;
	out[3] = row->order->id.n ? row->order->id : FX_STR("-");
	out[4] = row->what;
	if (row->x)
		out[4] = fx_arena_fmt(a, "%.*s, step %u%s", FX_FMT(row->what), row->x->step,
		                      row->x->acknowledged ? ", acknowledged" : "");
	out[5] = row->next.n ? row->next : FX_STR("-");
}

static size_t chars_of(struct fx_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void fx_queue_table(struct fx_buf *b, const struct fx_queue *q, fx_time now, size_t width,
                    bool color)
{
	static const struct fx_str head[COLS] = {{"DUE", 3},   {"SINCE", 5}, {"OWNER", 5},
	                                         {"ORDER", 5}, {"WHAT", 4},  {"NEXT", 4}};
	static const size_t most[COLS] = {12, 10, 30, 28, 44, SIZE_MAX};
	size_t w[COLS], sum = 0;
	struct fx_str c[COLS];
	struct fx_arena a = {0};

	for (int k = 0; k < COLS; k++)
		w[k] = head[k].n;
	for (size_t i = 0; i < q->n; i++) {
		fx_arena_reset(&a);
		cells_of(&q->v[i], now, &a, c);
		for (int k = 0; k < COLS; k++) {
			size_t n = chars_of(c[k]);

			n = n > most[k] ? most[k] : n;
			w[k] = n > w[k] ? n : w[k];
		}
	}
	for (int k = 0; k < COLS - 1; k++)
		sum += w[k] + 2;
	if (width && sum + w[COLS - 1] > width)
		w[COLS - 1] = width > sum + 12 ? width - sum : 12;
	for (int k = 0; k < COLS; k++)
		cell(b, head[k], w[k], k == COLS - 1);
	fx_buf_byte(b, '\n');
	for (size_t i = 0; i < q->n; i++) {
		bool late = q->v[i].due != FX_TIME_NONE && q->v[i].due <= now;

		fx_arena_reset(&a);
		cells_of(&q->v[i], now, &a, c);
		if (color && late)
			fx_buf_z(b, "\033[31m");
		for (int k = 0; k < COLS; k++)
			cell(b, c[k], w[k], k == COLS - 1);
		fx_buf_z(b, color && late ? "\033[0m\n" : "\n");
	}
	fx_arena_free(&a);
}
