/* A story for people: one sentence, then what happened, in local time. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/story.h"
#include "report/words.h"

#define WIDTH 80
#define INDENT 22 /* where an entry's further lines begin */

#define DAY_AND_TIME "%a %e %b %H:%M"

static void span(struct fx_buf *b, fx_time us)
{
	char text[FX_TIME_LEN];
	fx_dur_format(us, text);
	fx_buf_z(b, text);
}

/* "in 3h05m" or "2h ago" */
static void relative(struct fx_buf *b, fx_time at, fx_time now)
{
	fx_buf_z(b, at >= now ? "in " : "");
	span(b, at >= now ? at - now : now - at);
	fx_buf_z(b, at >= now ? "" : " ago");
}

/* ---- the sentence ---------------------------------------------------------- */

static const struct fx_task *only_open(const struct fx_order *o, unsigned *nopen, unsigned *ntask)
{
	const struct fx_task *found = NULL;
	*nopen = *ntask = 0;
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		if (t->state == FX_WAITING)
			continue;
		(*ntask)++;
		if (!fx_task_open(t))
			continue;
		if (!found)
			found = t;
		(*nopen)++;
	}
	return found;
}

/* The task that ended last. */
static const struct fx_task *ended_last(const struct fx_order *o)
{
	const struct fx_task *found = NULL;
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (t->state != FX_WAITING && (!found || t->closed > found->closed))
			found = t;
	return found;
}

static fx_time since(const struct fx_task *t)
{
	return t->tenure[t->ntenure - 1].from;
}

static void open_task(struct fx_story *s, const struct fx_task *t, struct fx_buf *b)
{
	static const char *const doing[] = {
	    [FX_ASSIGNED] = "which has not confirmed it yet",
	    [FX_CONFIRMED] = "which confirmed it",
	    [FX_SHIPPED] = "which shipped it",
	};
	fx_buf_z(b, "is with ");
	fx_plain(b, t->owner->s);
	fx_buf_z(b, " since ");
	fx_local(b, DAY_AND_TIME, since(t));
	fx_buf_fmt(b, ", %s", doing[t->state]);
	fx_time at = t->state == FX_SHIPPED ? t->shipped : t->confirmed;
	if (t->state != FX_ASSIGNED && at != FX_TIME_NONE) {
		fx_buf_z(b, " ");
		fx_local(b, DAY_AND_TIME, at);
	}
	(void)s;
}

static void ended(const struct fx_task *t, struct fx_buf *b)
{
	static const char *const how[] = {
	    [FX_SHIPPED] = "was shipped",
	    [FX_COMPLETED] = "was completed",
	    [FX_CANCELLED] = "was cancelled",
	    [FX_SUPERSEDED] = "was superseded",
	};
	fx_buf_z(b, how[t->state]);
	fx_buf_byte(b, ' ');
	fx_local(b, DAY_AND_TIME, t->closed);
	if (t->state == FX_COMPLETED && t->closed >= t->trigger.at) {
		fx_buf_z(b, ", ");
		span(b, t->closed - t->trigger.at);
		fx_buf_z(b, " after it was placed");
	}
}

static bool none_decided(const struct fx_story *s)
{
	return !s->order || !s->order->tasks;
}

static void what_next(struct fx_story *s, struct fx_buf *b)
{
	struct fx_next n = fx_story_next(s);
	if (n.at == FX_TIME_NONE) {
		fx_buf_z(b, "; nothing is due next.");
		return;
	}
	fx_buf_z(b, n.at >= s->now ? "; next is " : "; overdue is ");
	fx_plain(b, n.what);
	fx_buf_z(b, n.at >= s->now ? ", due " : ", which was due ");
	fx_local(b, DAY_AND_TIME, n.at);
	fx_buf_z(b, " (");
	relative(b, n.at, s->now);
	fx_buf_z(b, ").");
}

static const struct fx_exception *open_exception(const struct fx_order *o, unsigned *n)
{
	const struct fx_exception *first = NULL;
	*n = 0;
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_exception_open(x) && x->last) {
			if (!first)
				first = x;
			(*n)++;
		}
	return first;
}

void fx_story_sentence(struct fx_story *s, struct fx_buf *b)
{
	unsigned nopen, ntask, nexception;
	fx_buf_z(b, "Order ");
	fx_plain(b, s->order_id);
	fx_buf_byte(b, ' ');
	if (none_decided(s)) {
		fx_buf_z(b, "came in");
		if (s->ntold && s->told[0].at != FX_TIME_NONE) {
			fx_buf_byte(b, ' ');
			fx_local(b, DAY_AND_TIME, s->told[0].at);
		}
		fx_buf_z(b, ", and nobody owns it: no decision about it is in the ledger.");
		return;
	}
	const struct fx_task *t = only_open(s->order, &nopen, &ntask);
	if (nopen > 1)
		fx_buf_fmt(b, "has %u of %u tasks open; the first ", nopen, ntask);
	else if (nopen == 1 && ntask > 1)
		fx_buf_fmt(b, "has 1 of %u tasks open: it ", ntask);
	if (nopen) {
		open_task(s, t, b);
	} else if ((t = ended_last(s->order)) != NULL) {
		if (ntask > 1)
			fx_buf_fmt(b, "has no open task of %u; the last ", ntask);
		ended(t, b);
	} else {
		fx_buf_z(b, "was decided for a later time than now");
	}
	const struct fx_exception *x = open_exception(s->order, &nexception);
	if (x) {
		fx_buf_z(b, nexception > 1 ? "; the first open exception is "
		                           : "; the open exception is ");
		fx_plain(b, x->failure->s);
		if (x->owner) {
			fx_buf_z(b, ", with ");
			fx_plain(b, x->owner->s);
		}
	}
	if (fx_story_held_since(s) != FX_TIME_NONE)
		fx_buf_z(b, "; a customer-facing hold is on");
	if (nopen || x)
		what_next(s, b);
	else
		fx_buf_byte(b, '.');
}

/* ---- the timeline ------------------------------------------------------------ */

struct line {
	struct fx_buf *b;
	size_t column;
	bool color;
};

static void style(struct line *l, const char *code)
{
	if (l->color)
		fx_buf_fmt(l->b, "\033[%sm", code);
}

static void new_line(struct line *l)
{
	fx_buf_byte(l->b, '\n');
	fx_pad(l->b, INDENT);
	l->column = INDENT;
}

/* A text that breaks at its spaces. */
static void words(struct line *l, struct fx_str s)
{
	while (s.n) {
		size_t n = fx_str_find(s, ' ');
		struct fx_str word = {s.p, n};
		size_t w = fx_columns(word);
		if (l->column > INDENT && l->column + 1 + w > WIDTH)
			new_line(l);
		else if (l->column > INDENT) {
			fx_buf_byte(l->b, ' ');
			l->column++;
		}
		fx_plain(l->b, word);
		l->column += w;
		s.p += n < s.n ? n + 1 : n;
		s.n -= n < s.n ? n + 1 : n;
	}
}

static void say(struct line *l, struct fx_story *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct line *l, struct fx_story *s, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)s;
	if (n > 0)
		words(l, (struct fx_str){text,
		                         (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1});
}

static struct fx_str member(struct fx_story *s, const struct fx_told *t, const char *name)
{
	uint32_t v = fx_tape_get(&t->tape, 0, fx_str(name));
	if (v == FX_NONE || fx_tape_type(&t->tape, v) == FX_NULL)
		return (struct fx_str){NULL, 0};
	if (fx_tape_type(&t->tape, v) == FX_STRING)
		return fx_tape_str(&t->tape, v, &s->arena);
	return fx_tape_raw(&t->tape, v);
}

/* "why: channel marketplace, SKU.type preorder": the recorded context. */
static void context(struct line *l, struct fx_story *s, const struct fx_tape *t)
{
	uint32_t d = fx_tape_get(t, 0, FX_STR("decision"));
	uint32_t c = d == FX_NONE ? FX_NONE : fx_tape_get(t, d, FX_STR("context"));
	if (c == FX_NONE || fx_tape_type(t, c) != FX_OBJECT || t->node[c].count == 0)
		return;
	new_line(l);
	words(l, FX_STR("because"));
	for (uint32_t i = c + 1; i < t->node[c].next; i = fx_tape_next(t, i)) {
		struct fx_str name = fx_tape_str(t, i, &s->arena);
		struct fx_str value = fx_tape_type(t, i + 1) == FX_STRING
		                          ? fx_tape_str(t, i + 1, &s->arena)
		                          : fx_tape_raw(t, i + 1);
		bool more = fx_tape_next(t, i) < t->node[c].next;
		if (fx_tape_type(t, i + 1) == FX_NULL)
			value = FX_STR("(absent)");
		say(l, s, "%.*s is %.*s%s", FX_FMT(name), FX_FMT(value), more ? "," : "");
	}
}

struct fx_time_text {
	char z[64];
};
static void local_text(struct fx_time_text *out, fx_time t)
{
	struct fx_buf b = {0};
	fx_local(&b, DAY_AND_TIME, t);
	snprintf(out->z, sizeof(out->z), "%.*s", (int)b.n, b.p ? b.p : "");
	fx_buf_free(&b);
}

static const struct fx_task *task_named(const struct fx_story *s, struct fx_str id)
{
	for (const struct fx_task *t = s->order ? s->order->tasks : NULL; t; t = t->next)
		if (fx_str_eq(t->id, id))
			return t;
	return NULL;
}

static void line_ids(struct line *l, struct fx_story *s, const struct fx_tape *t)
{
	uint32_t lines = fx_tape_get(t, 0, FX_STR("lines"));
	if (lines == FX_NONE || fx_tape_type(t, lines) != FX_ARRAY || t->node[lines].count == 0)
		return;
	words(l, t->node[lines].count > 1 ? FX_STR("lines") : FX_STR("line"));
	for (uint32_t i = lines + 1; i < t->node[lines].next; i = fx_tape_next(t, i)) {
		uint32_t id = fx_tape_get(t, i, FX_STR("line_id"));
		struct fx_str text = id == FX_NONE ? FX_STR("?")
		                     : fx_tape_type(t, id) == FX_STRING
		                         ? fx_tape_str(t, id, &s->arena)
		                         : fx_tape_raw(t, id);
		say(l, s, "%.*s%s", FX_FMT(text),
		    fx_tape_next(t, i) < t->node[lines].next ? "," : "");
	}
}

static void tell_assigned(struct line *l, struct fx_story *s, const struct fx_told *e)
{
	struct fx_str id = member(s, e, "task_id"), owner = member(s, e, "owner_id");
	struct fx_str flow = member(s, e, "flow_id"), rule = member(s, e, "rule_id");
	struct fx_str version = member(s, e, "rule_version");
	const struct fx_task *t = task_named(s, id);
	struct fx_time_text due;
	say(l, s, "-> %.*s, flow %.*s", FX_FMT(owner), FX_FMT(flow));
	new_line(l);
	say(l, s, "task %.*s:", FX_FMT(id));
	line_ids(l, s, &e->tape);
	new_line(l);
	say(l, s, "rule %.*s version %.*s", FX_FMT(rule), FX_FMT(version));
	struct fx_str who = t ? fx_story_maintainer(s, t) : (struct fx_str){NULL, 0};
	if (who.n)
		say(l, s, "(kept by %.*s)", FX_FMT(who));
	context(l, s, &e->tape);
	for (uint32_t i = 0; t && i < t->npromises; i++) {
		const struct fx_promise *p = &t->promises[i];
		if (!p->milestone || p->due == FX_TIME_NONE)
			continue;
		fx_time by = fx_due_of(&s->clock, t, p);
		new_line(l);
		if (by == INT64_MAX) {
			say(l, s, "%.*s: its clock stands still, a hold is on",
			    FX_FMT(p->milestone->s));
			continue;
		}
		local_text(&due, by);
		say(l, s, "%.*s by %s", FX_FMT(p->milestone->s), due.z);
		if (p->met != FX_TIME_NONE)
			say(l, s, p->met <= by ? "(kept)" : "(kept late)");
		else if (by < s->now && fx_task_open(t))
			say(l, s, "(missed)");
	}
	if (t && t->fallback && t->fallback_at != FX_TIME_NONE) {
		local_text(&due, t->fallback_at);
		new_line(l);
		say(l, s, "else %.*s at %s", FX_FMT(t->fallback->s), due.z);
	}
}

static void tell_exception(struct line *l, struct fx_story *s, const struct fx_told *e)
{
	struct fx_str failure = member(s, e, "failure"), step = member(s, e, "step");
	struct fx_str action = member(s, e, "action"), owner = member(s, e, "owner_id");
	struct fx_str due = member(s, e, "due"), by = member(s, e, "resolved_by");
	fx_time at;
	struct fx_time_text text;
	if (failure.n)
		say(l, s, "%.*s", FX_FMT(failure));
	if (step.n)
		say(l, s, "step %.*s", FX_FMT(step));
	if (owner.n)
		say(l, s, "-> %.*s", FX_FMT(owner));
	if (by.n)
		say(l, s, "by %.*s", FX_FMT(by));
	if (action.n) {
		new_line(l);
		words(l, action);
	}
	if (due.n && fx_time_parse(due, &at) == 0) {
		local_text(&text, at);
		new_line(l);
		say(l, s, "next step %s", text.z);
	}
}

/* Members of other events that a person wants to read, with what goes before them. */
static const struct {
	const char *name, *before;
} told_members[] = {
    {"source", "from"},
    {"channel", "channel"},
    {"total", "total"},
    {"currency", ""},
    {"reason", "reason:"},
    {"failure", "failure:"},
    {"owner_id", "owner"},
    {"outcome", ""},
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

static void tell_entry(struct line *l, struct fx_story *s, const struct fx_told *e,
                       struct fx_str type)
{
	if (fx_str_is(type, "task.assigned")) {
		tell_assigned(l, s, e);
		return;
	}
	if (fx_str_starts(type, FX_STR("exception."))) {
		tell_exception(l, s, e);
		return;
	}
	bool first = true;
	for (size_t i = 0; i < sizeof(told_members) / sizeof(*told_members); i++) {
		struct fx_str v = member(s, e, told_members[i].name);
		if (!v.n)
			continue;
		if (!first && told_members[i].before[0])
			fx_buf_byte(l->b, ',');
		words(l, fx_str(told_members[i].before));
		words(l, v);
		first = false;
	}
	if (!fx_str_starts(type, FX_STR("order."))) {
		uint32_t lines = fx_tape_get(&e->tape, 0, FX_STR("lines"));
		if (lines != FX_NONE && !first)
			fx_buf_byte(l->b, ',');
		line_ids(l, s, &e->tape);
	}
}

static const char *color_of(struct fx_str type)
{
	if (fx_str_starts(type, FX_STR("exception.")) || fx_str_is(type, "task.failed"))
		return "31";
	if (fx_str_is(type, "task.completed") || fx_str_is(type, "task.shipped"))
		return "32";
	return fx_str_is(type, "task.assigned") ? "36" : "0";
}

/* "[1234] " and how far it is to be trusted. */
static void mark(struct line *l, const struct fx_told *e, bool tokens)
{
	if (e->vouched == FX_TOLD_UNCHECKED && !e->token.n)
		return;
	bool forged = e->vouched == FX_TOLD_FORGED;
	char text[64];
	snprintf(text, sizeof(text), "[%llu]%s", (unsigned long long)e->index,
	         forged ? " DOES NOT VERIFY" : "");
	if (l->column + 1 + strlen(text) > WIDTH)
		new_line(l);
	else
		fx_buf_byte(l->b, ' ');
	style(l, forged ? "1;31" : "2");
	fx_buf_z(l->b, text);
	style(l, "0");
	if (tokens && e->token.n) {
		new_line(l);
		style(l, "2");
		fx_plain(l->b, e->token);
		style(l, "0");
	}
}

static void entry(struct fx_story *s, size_t i, struct line *l, bool tokens)
{
	const struct fx_told *e = &s->told[i];
	struct fx_str type = fx_tape_get_str(&e->tape, 0, FX_STR("event"), &s->arena);
	size_t start = l->b->n;
	fx_buf_z(l->b, "  ");
	if (e->at == FX_TIME_NONE)
		fx_buf_z(l->b, "   ?    ");
	else
		fx_local(l->b, "%H:%M:%S", e->at);
	char gap[FX_TIME_LEN + 1] = "";
	if (i && e->at != FX_TIME_NONE && s->told[i - 1].at != FX_TIME_NONE &&
	    e->at != s->told[i - 1].at) {
		gap[0] = '+';
		fx_dur_format(e->at - s->told[i - 1].at, gap + 1);
	}
	fx_right(l->b, gap, 8);
	fx_buf_z(l->b, "  ");
	l->column = l->b->n - start;
	style(l, color_of(type));
	fx_plain(l->b, type);
	style(l, "0");
	l->column += fx_columns(type);
	tell_entry(l, s, e, type);
	mark(l, e, tokens);
	fx_buf_byte(l->b, '\n');
}

static void wrapped(struct fx_buf *b, struct fx_str s)
{
	size_t column = 0;
	while (s.n) {
		size_t n = fx_str_find(s, ' ');
		size_t w = fx_columns((struct fx_str){s.p, n});
		if (column && column + 1 + w > WIDTH) {
			fx_buf_byte(b, '\n');
			column = 0;
		} else if (column) {
			fx_buf_byte(b, ' ');
			column++;
		}
		fx_buf_add(b, s.p, n);
		column += w;
		s.p += n < s.n ? n + 1 : n;
		s.n -= n < s.n ? n + 1 : n;
	}
}

void fx_story_text(struct fx_story *s, bool color, bool tokens, struct fx_buf *b)
{
	struct line l = {.b = b, .color = color};
	struct fx_buf sentence = {0};
	char day[32] = "", last[32] = "";
	bool forged = false, checked = false;
	fx_story_sentence(s, &sentence);
	style(&l, "1");
	wrapped(b, fx_buf_view(&sentence));
	style(&l, "0");
	fx_buf_byte(b, '\n');
	for (size_t i = 0; i < s->ntold; i++) {
		fx_buf_reset(&sentence);
		fx_local(&sentence, "%A %e %B %Y, %Z", s->told[i].at);
		snprintf(day, sizeof(day), "%.*s", (int)sentence.n, sentence.p ? sentence.p : "");
		if (strcmp(day, last) != 0)
			fx_buf_fmt(b, "\n%s\n", day);
		memcpy(last, day, sizeof(day));
		entry(s, i, &l, tokens);
		forged |= s->told[i].vouched == FX_TOLD_FORGED;
		checked |= s->told[i].vouched == FX_TOLD_VOUCHED;
	}
	if (forged)
		fx_buf_z(b, "\nEntries that do not verify are not what the ledger took in.\n");
	else if (checked)
		fx_buf_z(b, "\n[n]: the entry in the ledger; each was checked against its hash.\n");
	fx_buf_free(&sentence);
}
