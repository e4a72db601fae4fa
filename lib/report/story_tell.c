/* What one entry says, as lines of words: the timeline wraps them, the page sets them. */
#include <stdarg.h>
#include <stdio.h>

#include "report/story.h"
#include "report/words.h"

/* Another word or more of the line. */
static void words(struct fx_buf *b, struct fx_str s)
{
	if (b->n && b->p[b->n - 1] != '\n' && s.n)
		fx_buf_byte(b, ' ');
	fx_plain(b, s);
}

static void say(struct fx_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct fx_buf *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		words(b, (struct fx_str){text,
		                         (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1});
}

static void new_line(struct fx_buf *b)
{
	fx_buf_byte(b, '\n');
}

static void moment(struct fx_buf *b, fx_time t)
{
	fx_buf_byte(b, ' ');
	fx_local(b, FX_DAY_AND_TIME, t);
}

/* "customer.email", "ship_to.name"; where a parcel goes to by country is no secret. */
static bool of_customer(struct fx_str name)
{
	return fx_str_starts(name, FX_STR("customer")) ||
	       (fx_str_starts(name, FX_STR("ship_to")) && !fx_str_is(name, "ship_to.country"));
}

/* The recorded context: "because channel is marketplace, SKU.type is preorder". */
static void context(struct fx_buf *b, struct fx_story *s, const struct fx_tape *t,
                    bool with_customer)
{
	uint32_t d = fx_tape_get(t, 0, FX_STR("decision"));
	uint32_t c = d == FX_NONE ? FX_NONE : fx_tape_get(t, d, FX_STR("context"));
	if (c == FX_NONE || fx_tape_type(t, c) != FX_OBJECT || t->node[c].count == 0)
		return;
	new_line(b);
	words(b, FX_STR("because"));
	for (uint32_t i = c + 1; i < t->node[c].next; i = fx_tape_next(t, i)) {
		struct fx_str name = fx_tape_str(t, i, &s->arena);
		struct fx_str value = fx_tape_type(t, i + 1) == FX_STRING
		                          ? fx_tape_str(t, i + 1, &s->arena)
		                          : fx_tape_raw(t, i + 1);
		bool more = fx_tape_next(t, i) < t->node[c].next;
		if (fx_tape_type(t, i + 1) == FX_NULL)
			value = FX_STR("(absent)");
		else if (!with_customer && of_customer(name))
			value = FX_STR("(not shown)");
		say(b, "%.*s is %.*s%s", FX_FMT(name), FX_FMT(value), more ? "," : "");
	}
}

/* The node of its lines, when there are any. */
static uint32_t lines_of(const struct fx_tape *t)
{
	uint32_t lines = fx_tape_get(t, 0, FX_STR("lines"));
	return lines != FX_NONE && fx_tape_type(t, lines) == FX_ARRAY && t->node[lines].count
	           ? lines
	           : FX_NONE;
}

static void line_ids(struct fx_buf *b, struct fx_story *s, const struct fx_tape *t)
{
	uint32_t lines = lines_of(t);
	if (lines == FX_NONE)
		return;
	words(b, t->node[lines].count > 1 ? FX_STR("lines") : FX_STR("line"));
	for (uint32_t i = lines + 1; i < t->node[lines].next; i = fx_tape_next(t, i)) {
		uint32_t id = fx_tape_get(t, i, FX_STR("line_id"));
		struct fx_str text = id == FX_NONE ? FX_STR("?")
		                     : fx_tape_type(t, id) == FX_STRING
		                         ? fx_tape_str(t, id, &s->arena)
		                         : fx_tape_raw(t, id);
		say(b, "%.*s%s", FX_FMT(text), fx_tape_next(t, i) < t->node[lines].next ? "," : "");
	}
}

static void promises(struct fx_buf *b, struct fx_story *s, const struct fx_task *t)
{
	for (uint32_t i = 0; i < t->npromises; i++) {
		const struct fx_promise *p = &t->promises[i];
		if (!p->milestone || p->due == FX_TIME_NONE)
			continue;
		fx_time by = fx_due_of(&s->clock, t, p);
		new_line(b);
		if (by == INT64_MAX) {
			say(b, "%.*s: its clock stands still, a hold is on",
			    FX_FMT(p->milestone->s));
			continue;
		}
		say(b, "%.*s by", FX_FMT(p->milestone->s));
		moment(b, by);
		if (p->met != FX_TIME_NONE)
			words(b, p->met <= by ? FX_STR("(kept)") : FX_STR("(kept late)"));
		else if (by < s->now && fx_task_open(t))
			words(b, FX_STR("(missed)"));
	}
	if (t->fallback && t->fallback_at != FX_TIME_NONE) {
		new_line(b);
		say(b, "else %.*s at", FX_FMT(t->fallback->s));
		moment(b, t->fallback_at);
	}
}

static void tell_assigned(struct fx_buf *b, struct fx_story *s, const struct fx_told *e,
                          bool with_customer)
{
	struct fx_str id = fx_told_member(s, e, "task_id");
	struct fx_str owner = fx_told_member(s, e, "owner_id");
	struct fx_str flow = fx_told_member(s, e, "flow_id");
	struct fx_str rule = fx_told_member(s, e, "rule_id");
	struct fx_str version = fx_told_member(s, e, "rule_version");
	const struct fx_task *t = fx_story_task(s, id);
	struct fx_str who = t ? fx_story_maintainer(s, t) : (struct fx_str){NULL, 0};
	say(b, "-> %.*s, flow %.*s", FX_FMT(owner), FX_FMT(flow));
	new_line(b);
	say(b, "task %.*s:", FX_FMT(id));
	line_ids(b, s, &e->tape);
	new_line(b);
	say(b, "rule %.*s version %.*s", FX_FMT(rule), FX_FMT(version));
	if (who.n)
		say(b, "(kept by %.*s)", FX_FMT(who));
	context(b, s, &e->tape, with_customer);
	if (t)
		promises(b, s, t);
}

static void tell_exception(struct fx_buf *b, struct fx_story *s, const struct fx_told *e)
{
	struct fx_str failure = fx_told_member(s, e, "failure");
	struct fx_str step = fx_told_member(s, e, "step");
	struct fx_str inhibitor = fx_told_member(s, e, "inhibited_by");
	struct fx_str action = fx_told_member(s, e, "action");
	struct fx_str owner = fx_told_member(s, e, "owner_id");
	struct fx_str due = fx_told_member(s, e, "due");
	struct fx_str by = fx_told_member(s, e, "resolved_by");
	struct fx_str reason = fx_told_member(s, e, "reason");
	fx_time at;
	words(b, failure);
	if (inhibitor.n)
		say(b, "waits until %.*s is over", FX_FMT(inhibitor));
	else if (step.n)
		say(b, "step %.*s", FX_FMT(step));
	if (owner.n)
		say(b, "-> %.*s", FX_FMT(owner));
	if (!by.n)
		by = fx_told_member(s, e, "by");
	if (by.n)
		say(b, "by %.*s", FX_FMT(by));
	if (reason.n)
		say(b, "reason: %.*s", FX_FMT(reason));
	if (action.n) {
		new_line(b);
		words(b, action);
	}
	if (due.n && fx_time_parse(due, &at) == 0) {
		new_line(b);
		words(b, FX_STR("next step"));
		moment(b, at);
	}
}

/* Members of other events that a person wants to read, with what goes before them. */
static const struct {
	const char *name, *before;
} told_members[] = {
    {"outcome", ""},
    {"source", "from"},
    {"channel", "channel"},
    {"total", "total"},
    {"currency", ""},
    {"reason", "reason:"},
    {"failure", "failure:"},
    {"owner_id", "owner"},
    {"attempt", "attempt"},
    {"status", "status"},
    {"error", "error:"},
    {"endpoint", "at"},
    {"retry_at", "again at"},
    {"carrier", "with"},
    {"tracking_number", "tracking"},
    {"by", "by"},
    {"to", "to"},
    {"until", "until"},
    {"digest", ""},
};

static void tell_other(struct fx_buf *b, struct fx_story *s, const struct fx_told *e,
                       struct fx_str type)
{
	bool attempt = fx_str_is(type, "task.attempted");
	for (size_t i = 0; i < sizeof(told_members) / sizeof(*told_members); i++) {
		struct fx_str v = fx_told_member(s, e, told_members[i].name);
		fx_time at;
		/* Attempts are fx-send's own. */
		if (!v.n || (attempt && fx_str_is(fx_str(told_members[i].name), "source")))
			continue;
		if (b->n && told_members[i].before[0])
			fx_buf_byte(b, ',');
		words(b, fx_str(told_members[i].before));
		if (v.n > 18 && v.p[4] == '-' && fx_time_parse(v, &at) == 0)
			moment(b, at);
		else
			words(b, v);
	}
	if (fx_str_starts(type, FX_STR("order.")))
		return; /* all of them */
	if (b->n && lines_of(&e->tape) != FX_NONE)
		fx_buf_byte(b, ',');
	line_ids(b, s, &e->tape);
}

void fx_story_tell(struct fx_story *s, const struct fx_told *e, bool with_customer,
                   struct fx_buf *b)
{
	struct fx_str type = fx_told_member(s, e, "event");
	if (fx_str_is(type, "task.assigned"))
		tell_assigned(b, s, e, with_customer);
	else if (fx_str_starts(type, FX_STR("exception.")))
		tell_exception(b, s, e);
	else
		tell_other(b, s, e, type);
}
