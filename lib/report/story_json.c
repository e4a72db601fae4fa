/* A story as NDJSON. */
#include "json/write.h"
#include "report/story.h"

static void str(struct fx_buf *b, const char *name, struct fx_str s)
{
	fx_json_key(b, name);
	if (s.p)
		fx_json_string(b, s);
	else
		fx_buf_z(b, "null");
}

static void word(struct fx_buf *b, const char *name, const struct fx_word *w)
{
	str(b, name, w ? w->s : (struct fx_str){NULL, 0});
}

static void at(struct fx_buf *b, const char *name, fx_time t)
{
	fx_json_key(b, name);
	fx_json_time(b, t);
}

static void task(struct fx_story *s, const struct fx_task *t, struct fx_buf *b)
{
	fx_json_sep(b);
	fx_buf_byte(b, '{');
	str(b, "task_id", t->id);
	str(b, "state", fx_str(fx_state_name(t->state)));
	word(b, "owner_id", t->owner);
	at(b, "since", t->tenure[t->ntenure - 1].from);
	word(b, "flow_id", t->flow);
	word(b, "rule_id", t->rule);
	fx_json_key(b, "rule_version");
	fx_json_int(b, (int64_t)t->rule_version);
	str(b, "maintainer", fx_story_maintainer(s, t));
	at(b, "confirmed", t->confirmed);
	at(b, "shipped", t->shipped);
	at(b, "completed", t->completed);
	at(b, "closed", t->closed);
	fx_json_key(b, "promises");
	fx_buf_byte(b, '[');
	for (uint32_t i = 0; i < t->npromises; i++) {
		const struct fx_promise *p = &t->promises[i];
		fx_time due = fx_due_of(&s->clock, t, p);
		fx_json_sep(b);
		fx_buf_byte(b, '{');
		word(b, "milestone", p->milestone);
		at(b, "due", due == INT64_MAX ? FX_TIME_NONE : due);
		at(b, "met", p->met);
		str(b, "verdict", fx_str(fx_story_verdict(s, t, p, due)));
		fx_buf_byte(b, '}');
	}
	fx_buf_byte(b, ']');
	word(b, "fallback_route", t->fallback);
	at(b, "fallback_at", t->fallback_at);
	fx_buf_byte(b, '}');
}

static void exception(const struct fx_exception *x, struct fx_buf *b)
{
	fx_json_sep(b);
	fx_buf_byte(b, '{');
	str(b, "exception_id", x->id);
	word(b, "failure", x->failure);
	str(b, "task_id", x->task ? x->task->id : (struct fx_str){NULL, 0});
	fx_json_key(b, "step");
	fx_json_int(b, x->step);
	word(b, "owner_id", x->owner);
	at(b, "opened", x->opened->at);
	at(b, "due", x->due);
	at(b, "resolved", x->resolved);
	fx_buf_byte(b, '}');
}

static void order(struct fx_story *s, struct fx_buf *b)
{
	struct fx_buf sentence = {0};
	struct fx_next next = fx_story_next(s), over = fx_story_overdue(s);
	fx_story_sentence(s, &sentence);
	fx_buf_byte(b, '{');
	str(b, "trace", FX_STR("order"));
	str(b, "order_id", s->order_id);
	at(b, "now", s->now);
	str(b, "sentence", fx_buf_view(&sentence));
	fx_json_key(b, "open");
	fx_json_bool(b, s->order && s->order->open);
	at(b, "held_since", fx_story_held_since(s));
	at(b, "overdue_since", over.at);
	str(b, "overdue", over.what);
	at(b, "next_due", next.at);
	str(b, "next", next.what);
	fx_json_key(b, "tasks");
	fx_buf_byte(b, '[');
	for (const struct fx_task *t = s->order ? s->order->tasks : NULL; t; t = t->next)
		if (t->state != FX_WAITING)
			task(s, t, b);
	fx_buf_byte(b, ']');
	fx_json_key(b, "exceptions");
	fx_buf_byte(b, '[');
	for (const struct fx_exception *x = s->order ? s->order->exceptions : NULL; x; x = x->next)
		if (x->last)
			exception(x, b);
	fx_buf_z(b, "]}\n");
	fx_buf_free(&sentence);
}

void fx_story_ndjson(struct fx_story *s, struct fx_buf *b)
{
	static const char *const verified[] = {
	    [FX_TOLD_UNCHECKED] = "null", [FX_TOLD_VOUCHED] = "true", [FX_TOLD_FORGED] = "false"};
	order(s, b);
	for (size_t i = 0; i < s->ntold; i++) {
		const struct fx_told *e = &s->told[i];
		fx_buf_byte(b, '{');
		str(b, "trace", FX_STR("entry"));
		str(b, "order_id", s->order_id);
		fx_json_key(b, "index");
		fx_json_int(b, (int64_t)e->index);
		at(b, "at", e->at);
		fx_json_key(b, "verified");
		fx_buf_z(b, verified[e->vouched]);
		str(b, "audit_token", e->token.n ? e->token : (struct fx_str){NULL, 0});
		fx_json_key(b, "record");
		fx_buf_str(b, e->text);
		fx_buf_z(b, "}\n");
	}
}
