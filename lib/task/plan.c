#include "task/plan.h"

#include <string.h>

#include "base/stream.h"
#include "task/fold.h"

/* The records of one sweep, a line each. */
struct swept {
	struct fx_buf lines;
};

static int keep(void *user, struct fx_str record, struct fx_err *err)
{
	struct swept *s = user;

	fx_buf_str(&s->lines, record);
	fx_buf_byte(&s->lines, '\n');
	return s->lines.over ? fx_fail(err, FX_ELIMIT, "a plan's sweep grew over its cap") : 0;
}

/* ---- the next moment ------------------------------------------------------- */

struct next {
	struct fx_life *l;
	const struct fx_registry *r;
	fx_time after, at;
};

static void consider(struct next *n, fx_time t)
{
	if (t != FX_TIME_NONE && t > n->after && t < n->at)
		n->at = t;
}

static int next_of(void *user, struct fx_order *o)
{
	struct next *n = user;

	if (o->waiting)
		consider(n, o->waiting->at);
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_exception_open(x))
			consider(n, x->due);
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		if (!fx_task_open(t) || !fx_task_live(n->l, t))
			continue;
		consider(n, fx_fallback_due(t));
		if (t->refused)
			consider(n, t->refused->at + n->r->grace);
		for (uint32_t i = 0; i < t->npromises; i++)
			if (t->promises[i].met == FX_TIME_NONE)
				consider(n, fx_promise_due(n->r, t, &t->promises[i]));
	}
	return 0;
}

static fx_time next_moment(struct fx_life *l, const struct fx_registry *r)
{
	struct next n = {l, r, fx_life_now(l), INT64_MAX};

	fx_life_each(l, next_of, &n);
	for (size_t i = 0; i < r->nowners; i++) {
		const struct fx_health *h = fx_life_health(l, fx_life_word(l, r->owners[i].id));

		if (h->nfailed)
			consider(&n, h->failed[0].at + r->grace);
	}
	return n.at;
}

/* ---- the timeline ------------------------------------------------------------ */

static void column(struct fx_buf *b, struct fx_str s, size_t width)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		fx_buf_byte(b, c < 32 || c == 127 ? '?' : s.p[i]);
	}
	for (size_t i = s.n; i < width; i++)
		fx_buf_byte(b, ' ');
	fx_buf_z(b, "  ");
}

/* "2026-11-20T13:00:00Z  ORD-1  vendor-no-confirmation, step 2  revenue-ops  route to .." */
static void line_of(struct fx_buf *b, const struct fx_entry *in, struct fx_arena *a)
{
	struct fx_str what = in->failure, action = fx_tape_get_str(in->t, 0, FX_STR("action"), a);
	char at[FX_TIME_LEN];

	fx_time_format(in->at, at);
	if (in->kind == FX_K_TOLD) {
		what = FX_STR("task.cancelled");
		action = in->reason;
	} else if (in->kind == FX_K_RESOLVED) {
		action = FX_STR("resolved");
	} else {
		what = fx_arena_fmt(a, "%.*s, step %llu%s", FX_FMT(what),
		                    (unsigned long long)in->step, in->repeat ? " again" : "");
	}
	fx_buf_reset(b);
	column(b, fx_str(at), 20);
	column(b, in->order_id.n ? in->order_id : FX_STR("-"), 14);
	column(b, what, 36);
	column(b, in->owner_id, 22);
	column(b, action, 0);
	b->n -= 2;
}

static int tell(struct fx_life *l, const struct fx_plan_opt *opt, struct fx_str record,
                struct fx_err *err)
{
	struct fx_buf line = {0};
	struct fx_tape t = {0};
	struct fx_arena a = {0};
	struct fx_entry in;
	int r = fx_tape_read(&t, record, err);

	if (r == 0) {
		fx_entry_read(&in, &t, &a);
		line_of(&line, &in, &a);
		r = opt->emit(opt->user, fx_buf_view(&line), err);
	}
	if (r == 0)
		fx_life_add_tape(l, &t, UINT64_MAX);
	fx_tape_free(&t);
	fx_arena_free(&a);
	fx_buf_free(&line);
	return r;
}

static int sweep_once(struct fx_life *l, const struct fx_plan_opt *opt,
                      struct fx_sweep_count *count, struct fx_err *err)
{
	struct swept s = {.lines = {.max = (size_t)1 << 30}};
	struct fx_sweep_opt so = {
	    .registry = opt->registry, .origin = opt->origin, .user = &s, .emit = keep};
	int r = fx_sweep(l, &so, count, err);
	struct fx_str rest = fx_buf_view(&s.lines);

	while (r == 0 && rest.n) {
		size_t n = fx_str_find(rest, '\n');

		r = tell(l, opt, (struct fx_str){rest.p, n}, err);
		rest = (struct fx_str){rest.p + n + 1, rest.n - n - 1};
	}
	fx_buf_free(&s.lines);
	return r;
}

int fx_plan(struct fx_life *l, const struct fx_plan_opt *opt, struct fx_sweep_count *count,
            struct fx_err *err)
{
	for (;;) {
		struct fx_sweep_count before = *count;
		fx_time next;

		if (sweep_once(l, opt, count, err) != 0)
			return -1;
		next = next_moment(l, opt->registry);
		/* What one sweep leaves to the next, the next does a minute later. */
		if (memcmp(&before, count, sizeof(before)) != 0 && next > fx_life_now(l) + FX_MIN)
			next = fx_life_now(l) + FX_MIN;
		if (next > opt->until)
			return 0;
		fx_life_set_now(l, next);
	}
}
