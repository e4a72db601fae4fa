#include "task/duty.h"

#include <string.h>

#include "json/write.h"

static void member(struct fx_buf *b, const char *name, struct fx_str s)
{
	if (s.n == 0)
		return;
	fx_json_key(b, name);
	fx_json_string(b, s);
}

static void head(struct fx_sweeping *s, const char *event, struct fx_str id, struct fx_str order,
                 fx_time at, struct fx_str cause)
{
	struct fx_buf *b = &s->line;

	fx_buf_reset(b);
	fx_buf_byte(b, '{');
	fx_json_key(b, "event");
	fx_json_z(b, event);
	fx_json_key(b, "event_id");
	fx_json_string(b, id);
	fx_json_key(b, "order_id");
	fx_json_string(b, order);
	fx_json_key(b, "at");
	fx_json_time(b, at);
	fx_json_key(b, "source");
	fx_json_string(b, s->opt->origin);
	if (cause.n) {
		fx_json_key(b, "caused_by");
		fx_buf_byte(b, '[');
		fx_json_string(b, cause);
		fx_buf_byte(b, ']');
	}
}

static int emit(struct fx_sweeping *s, struct fx_err *err)
{
	fx_buf_byte(&s->line, '}');
	if (s->line.over)
		return fx_fail(err, FX_ELIMIT, "a record grew over its cap");
	if (!s->waiting)
		return s->opt->emit(s->opt->user, fx_buf_view(&s->line), err);
	fx_buf_str(&s->early, fx_buf_view(&s->line));
	fx_buf_byte(&s->early, '\n');
	return s->early.over ? fx_fail(err, FX_ELIMIT, "what a sweep resolves grew over its cap")
	                     : 0;
}

static void task_members(struct fx_buf *b, const struct fx_task *t)
{
	member(b, "task_id", t->id);
	if (t->flow)
		member(b, "flow_id", t->flow->s);
	if (!t->rule)
		return;
	member(b, "rule_id", t->rule->s);
	fx_json_key(b, "rule_version");
	fx_json_int(b, (int64_t)t->rule_version);
}

/* The tokens of the export, the last events and attempts, and what was tried. */
static int context(struct fx_sweeping *s, const struct fx_task *t, const struct fx_exception *x,
                   struct fx_err *err)
{
	uint64_t index[FX_CONTEXT_MAX];
	size_t n;

	if (!s->opt->token || !t)
		return 0;
	n = fx_task_context(t, x, index);
	fx_json_key(&s->line, "context");
	fx_buf_byte(&s->line, '[');
	for (size_t i = 0; i < n; i++) {
		struct fx_str token;

		if (s->opt->token(s->opt->user, index[i], &s->arena, &token, err) != 0)
			return -1;
		fx_json_sep(&s->line);
		fx_json_string(&s->line, token);
	}
	fx_buf_byte(&s->line, ']');
	return 0;
}

/* The tasks that an unavailable owner has: how many, and the first of them. */
static void burden(struct fx_sweeping *s, struct fx_str owner)
{
	const struct fx_word *w = fx_life_word(s->l, owner);
	const struct fx_burden *have = w->id < s->nburden ? s->burden[w->id] : NULL;

	fx_json_key(&s->line, "tasks");
	fx_json_int(&s->line, have ? (int64_t)have->n : 0);
	fx_json_key(&s->line, "task_ids");
	fx_buf_byte(&s->line, '[');
	for (uint64_t i = 0; have && i < have->n && i < FX_LISTED; i++) {
		fx_json_sep(&s->line);
		fx_json_string(&s->line, have->task[i]->id);
	}
	fx_buf_byte(&s->line, ']');
}

static void number(struct fx_buf *b, const char *name, uint32_t n)
{
	fx_json_key(b, name);
	fx_json_int(b, n);
}

static void flag(struct fx_buf *b, const char *name, bool on)
{
	if (!on)
		return;
	fx_json_key(b, name);
	fx_json_bool(b, true);
}

static void notified(struct fx_buf *b, const struct fx_stride *st)
{
	if (st->nnotify == 0)
		return;
	fx_json_key(b, "notify");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < st->nnotify; i++) {
		fx_json_sep(b);
		fx_json_string(b, st->notify[i]);
	}
	fx_buf_byte(b, ']');
}

int fx_write_step(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_stride *st,
                  char event_id[FX_ID_LEN + 1], struct fx_err *err)
{
	struct fx_buf *b = &s->line;
	struct fx_str id = d->x ? d->x->id : fx_str(d->id);

	if (d->x)
		fx_derive_id(event_id, FX_STR("exception.escalated"), s->opt->origin, id,
		             fx_arena_fmt(&s->arena, "%u %u", st->number, st->repeat));
	else
		memcpy(event_id, d->id, FX_ID_LEN + 1);
	head(s, d->x ? "exception.escalated" : "exception.opened", fx_str(event_id), d->order->id,
	     s->now, d->cause_id);
	member(b, "exception_id", id);
	if (d->task)
		task_members(b, d->task);
	member(b, "failure", d->failure);
	if (d->missed)
		member(b, "milestone", d->missed->milestone->s);
	else if (d->x && d->x->milestone)
		member(b, "milestone", d->x->milestone->s);
	member(b, "about", d->about);
	member(b, "carrier", d->carrier);
	if (d->since != FX_TIME_NONE) {
		fx_json_key(b, "since");
		fx_json_time(b, d->since);
	}
	number(b, "step", st->number);
	if (st->repeat)
		number(b, "repeat", st->repeat);
	member(b, "action", st->text);
	member(b, "maintainer", st->maintainer);
	member(b, "owner_id", st->owner);
	member(b, "inhibited_by", st->inhibited_by);
	member(b, "instead_of", st->instead_of);
	if (st->waits != FX_TIME_NONE && st->waits != INT64_MAX) {
		fx_json_key(b, "waits_until");
		fx_json_time(b, st->waits);
	} else if (st->waits == INT64_MAX) {
		fx_json_key(b, "waits_until");
		fx_buf_z(b, "null");
	}
	if (st->to.n && d->task) {
		member(b, "from", d->task->owner->s);
		member(b, "to", st->to);
	}
	if (st->hold)
		member(b, "hold", FX_STR("customer-facing"));
	flag(b, "resend", st->resend);
	flag(b, "cancel", st->cancel);
	notified(b, st);
	if (st->due != FX_TIME_NONE) {
		fx_json_key(b, "due");
		fx_json_time(b, st->due);
	}
	if (d->kind == FX_UNAVAILABLE)
		burden(s, d->about);
	if (context(s, d->task, d->x, err) != 0)
		return -1;
	return emit(s, err);
}

int fx_write_move(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_away *a,
                  struct fx_err *err)
{
	struct fx_buf *b = &s->line;

	head(s, "exception.escalated", fx_str(d->id), d->order->id, s->now, a->id);
	member(b, "exception_id", a->id);
	task_members(b, d->task);
	member(b, "failure", d->failure);
	member(b, "about", a->owner->s);
	number(b, "step", a->number);
	member(b, "action", a->text);
	member(b, "maintainer", a->maintainer);
	member(b, "owner_id", a->to);
	member(b, "from", d->task->owner->s);
	member(b, "to", a->to);
	if (context(s, d->task, NULL, err) != 0)
		return -1;
	return emit(s, err);
}

int fx_write_resolved(struct fx_sweeping *s, const struct fx_exception *x, struct fx_err *err)
{
	char id[FX_ID_LEN + 1];

	fx_derive_id(id, FX_STR("exception.resolved"), s->opt->origin, x->id, FX_STR(""));
	head(s, "exception.resolved", fx_str(id), x->order->id, x->resolved, x->unrecorded);
	member(&s->line, "exception_id", x->id);
	if (x->task)
		task_members(&s->line, x->task);
	member(&s->line, "failure", x->failure->s);
	if (x->owner)
		member(&s->line, "owner_id", x->owner->s);
	member(&s->line, "resolved_by", x->unrecorded);
	return emit(s, err);
}

int fx_write_notice(struct fx_sweeping *s, const struct fx_notice *n, const char *reason,
                    struct fx_err *err)
{
	const struct fx_task *t = n->task;
	struct fx_buf *b = &s->line;

	head(s, "task.cancelled", fx_str(n->id), t->order->id, s->now, n->cause->id);
	task_members(b, t);
	member(b, "owner_id", n->owner->s);
	member(b, "reason", fx_str(reason));
	if (n->part) {
		fx_json_key(b, "lines");
		fx_buf_byte(b, '[');
		for (uint32_t i = 0; i < t->nlines; i++) {
			if (!t->lines[i].gone)
				continue;
			fx_json_sep(b);
			fx_buf_byte(b, '{');
			member(b, "line_id", t->lines[i].id);
			fx_buf_byte(b, '}');
		}
		fx_buf_byte(b, ']');
	}
	return emit(s, err);
}
