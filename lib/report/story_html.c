/* Stories as one page: what the timeline says, for a browser or for paper. */
#include <stdio.h>

#include "report/page.h"
#include "report/story.h"
#include "report/words.h"

#define ID 32 /* of the order's heading, then of the section's */

static void cell(struct fx_buf *b, struct fx_str s)
{
	fx_buf_z(b, "<td>");
	fx_page_text(b, s);
	fx_buf_z(b, "</td>");
}

static void cell_time(struct fx_buf *b, fx_time t)
{
	fx_buf_z(b, "<td class=\"t\">");
	fx_page_local(b, FX_DAY_AND_TIME, t);
	fx_buf_z(b, "</td>");
}

/* Promises with their times and what became of them. */
static void promises(struct fx_buf *b, struct fx_story *s, const struct fx_task *t)
{
	static const struct {
		const char *verdict, *text, *mood;
	} words[] = {{"met", "kept", "good"},
	             {"late", "kept late", "bad"},
	             {"overdue", "missed", "bad"},
	             {"pending", "due", ""},
	             {"lapsed", "lapsed", ""}};
	fx_buf_z(b, "<td>");
	for (uint32_t i = 0; i < t->npromises; i++) {
		const struct fx_promise *p = &t->promises[i];
		fx_time due = fx_due_of(&s->clock, t, p);
		const char *verdict = fx_story_verdict(s, t, p, due);
		if (!p->milestone)
			continue;
		fx_buf_z(b, "<div>");
		fx_page_text(b, p->milestone->s);
		for (size_t k = 0; due != INT64_MAX && k < sizeof(words) / sizeof(*words); k++)
			if (fx_str_is(fx_str(verdict), words[k].verdict))
				fx_buf_fmt(b, " <span class=\"%s\">%s</span>", words[k].mood,
				           words[k].text);
		fx_buf_z(b, "<small>");
		if (due == INT64_MAX)
			fx_buf_z(b, "its clock stands still, a hold is on");
		else if (due == FX_TIME_NONE)
			fx_buf_z(b, "no time can be told");
		else {
			fx_buf_z(b, "by ");
			fx_page_local(b, FX_DAY_AND_TIME, due);
		}
		fx_buf_z(b, "</small></div>");
	}
	fx_buf_z(b, "</td>");
}

static void task(struct fx_buf *b, struct fx_story *s, const struct fx_task *t)
{
	struct fx_str who = fx_story_maintainer(s, t);
	fx_buf_z(b, "<tr><th scope=\"row\">");
	fx_page_text(b, t->owner->s);
	fx_buf_z(b, "<small>task ");
	fx_page_text(b, t->id);
	fx_buf_z(b, "</small></th><td><svg width=\"10\" height=\"10\" "
	            "aria-hidden=\"true\"><rect width=\"10\" height=\"10\" class=\"");
	fx_buf_z(b, fx_state_name(t->state));
	fx_buf_z(b, "\"/></svg>&nbsp;");
	fx_buf_z(b, t->state == FX_ASSIGNED ? "not yet confirmed" : fx_state_name(t->state));
	fx_buf_z(b, "<small>since ");
	fx_page_local(b, FX_DAY_AND_TIME, fx_story_since(t));
	fx_buf_z(b, "</small></td>");
	promises(b, s, t);
	fx_buf_z(b, "<td>");
	fx_page_text(b, t->flow ? t->flow->s : FX_STR(""));
	fx_buf_z(b, "<small>");
	if (t->rule) {
		fx_buf_z(b, "rule ");
		fx_page_text(b, t->rule->s);
		fx_buf_fmt(b, " version %llu", (unsigned long long)t->rule_version);
	}
	if (who.n) {
		fx_buf_z(b, ", kept by ");
		fx_page_text(b, who);
	}
	fx_buf_z(b, "</small></td></tr>\n");
}

static void tasks(struct fx_buf *b, struct fx_story *s, const char *id)
{
	static const char *const head[] = {"with", "state", "promises", "flow", NULL};
	bool any = false;
	fx_page_section(b, id, id + ID, "Who has it",
	                "Each task of the order, and what was promised for it.");
	for (const struct fx_task *t = s->order ? s->order->tasks : NULL; t; t = t->next) {
		if (t->state == FX_WAITING)
			continue;
		if (!any)
			fx_page_table(
			    b, fx_arena_fmt(&s->arena, "Tasks of %.*s", FX_FMT(s->order_id)).p,
			    head);
		any = true;
		task(b, s, t);
	}
	if (any)
		fx_page_table_end(b);
	else
		fx_buf_z(b, "<p>No decision about it is in the ledger.</p>\n");
	fx_page_section_end(b);
}

static void exceptions(struct fx_buf *b, struct fx_story *s, const char *id)
{
	static const char *const head[] = {"failure", "next step", "with",
	                                   "opened",  "closed",    NULL};
	bool any = false;
	for (const struct fx_exception *x = s->order ? s->order->exceptions : NULL; x;
	     x = x->next) {
		if (!x->last)
			continue;
		if (!any) {
			fx_page_section(b, id, id + ID, "Exceptions",
			                "What went wrong, and who sees to it.");
			fx_page_table(
			    b, fx_arena_fmt(&s->arena, "Exceptions of %.*s", FX_FMT(s->order_id)).p,
			    head);
		}
		any = true;
		fx_buf_fmt(b, "<tr><th scope=\"row\"%s>",
		           fx_exception_open(x) ? " class=\"bad\"" : "");
		fx_page_text(b, x->failure->s);
		fx_buf_fmt(b, "<small>step %u</small></th>", x->step);
		cell_time(b, fx_exception_open(x) ? x->due : FX_TIME_NONE);
		cell(b, x->owner ? x->owner->s : FX_STR("\xe2\x80\x93"));
		cell_time(b, x->opened->at);
		cell_time(b, x->resolved);
		fx_buf_z(b, "</tr>\n");
	}
	if (any) {
		fx_page_table_end(b);
		fx_page_section_end(b);
	}
}

/* Members of an object of the last trigger that has it: {"name":...,"email":...}. */
static bool object(struct fx_buf *b, struct fx_story *s, const char *name, const char *title)
{
	bool any = false;
	for (size_t i = s->ntold; i-- > 0 && !any;) {
		const struct fx_tape *t = &s->told[i].tape;
		uint32_t o = fx_tape_get(t, 0, fx_str(name));
		if (o == FX_NONE || fx_tape_type(t, o) != FX_OBJECT || !t->node[o].count)
			continue;
		for (uint32_t k = o + 1; k < t->node[o].next; k = fx_tape_next(t, k)) {
			struct fx_str v = fx_tape_type(t, k + 1) == FX_STRING
			                      ? fx_tape_str(t, k + 1, &s->arena)
			                      : fx_tape_raw(t, k + 1);
			if (fx_tape_type(t, k + 1) == FX_NULL || !v.n)
				continue;
			fx_buf_fmt(b, "<dt>%s ", title);
			fx_page_text(b, fx_tape_str(t, k, &s->arena));
			fx_buf_z(b, "</dt><dd>");
			fx_page_text(b, v);
			fx_buf_z(b, "</dd>\n");
			any = true;
		}
	}
	return any;
}

static void customer(struct fx_buf *b, struct fx_story *s, const char *id)
{
	fx_page_section(b, id, id + ID, "Customer", "As the last entry that says so has it.");
	fx_buf_z(b, "<dl class=\"facts\">\n");
	bool any = object(b, s, "customer", "customer");
	any |= object(b, s, "ship_to", "ship to");
	fx_buf_z(b, any ? "</dl>\n" : "<dt>customer</dt><dd>no entry names one</dd></dl>\n");
	fx_page_section_end(b);
}

static void entry(struct fx_buf *b, struct fx_story *s, size_t i, bool with_customer,
                  struct fx_buf *said)
{
	const struct fx_told *e = &s->told[i];
	struct fx_str type = fx_told_member(s, e, "event"), rest;
	bool forged = e->vouched == FX_TOLD_FORGED;
	bool bad = fx_str_starts(type, FX_STR("exception.")) || fx_str_is(type, "task.failed");
	fx_buf_z(b, "<li>");
	fx_page_local(b, "%H:%M:%S", e->at);
	fx_buf_z(b, "<span class=\"gap\">");
	if (i && e->at != FX_TIME_NONE && s->told[i - 1].at != FX_TIME_NONE &&
	    e->at != s->told[i - 1].at) {
		fx_buf_byte(b, '+');
		fx_page_lasting(b, e->at - s->told[i - 1].at);
	}
	fx_buf_fmt(b, "</span><div class=\"say\"><b%s>", bad ? " class=\"bad\"" : "");
	fx_page_text(b, type);
	fx_buf_z(b, "</b> ");
	fx_buf_reset(said);
	fx_story_tell(s, e, with_customer, said);
	rest = fx_buf_view(said);
	for (bool first = true;; first = false) {
		size_t n = fx_str_find(rest, '\n');
		fx_buf_z(b, first ? "<span>" : "<span class=\"more\">");
		fx_page_text(b, (struct fx_str){rest.p, n});
		fx_buf_z(b, "</span>");
		if (n == rest.n)
			break;
		rest.p += n + 1;
		rest.n -= n + 1;
	}
	fx_buf_z(b, "<small>");
	if (forged)
		fx_buf_z(b, "<b class=\"bad\">does not verify</b>: ");
	fx_buf_fmt(b, "%s entry %llu ",
	           e->vouched == FX_TOLD_VOUCHED ? "\xe2\x9c\x93 verified," : "",
	           (unsigned long long)e->index);
	fx_buf_z(b, "<code>");
	fx_page_text(b, e->token);
	fx_buf_z(b, "</code></small></div></li>\n");
}

static void timeline(struct fx_buf *b, struct fx_story *s, bool with_customer, const char *id)
{
	struct fx_buf said = {0}, day = {0};
	char last[64] = "";
	bool open = false;
	fx_page_section(
	    b, id, id + ID, "What happened",
	    "Every entry of the ledger about it, each checked against the tree that the "
	    "ledger's checkpoint signs.");
	for (size_t i = 0; i < s->ntold; i++) {
		fx_buf_reset(&day);
		fx_local(&day, "%A %e %B %Y", s->told[i].at);
		fx_buf_byte(&day, '\0');
		if (!open || strncmp(day.p, last, sizeof(last)) != 0) {
			fx_buf_z(b, open ? "</ol>\n" : "");
			fx_buf_fmt(b, "<h3 class=\"day\">%s</h3>\n<ol class=\"timeline\">\n",
			           day.n > 1 ? day.p : "without a time");
			snprintf(last, sizeof(last), "%s", day.p);
			open = true;
		}
		entry(b, s, i, with_customer, &said);
	}
	fx_buf_z(b, open ? "</ol>\n" : "");
	fx_page_section_end(b);
	fx_buf_free(&said);
	fx_buf_free(&day);
}

void fx_story_html(struct fx_story *s, unsigned number, bool with_customer, struct fx_buf *b)
{
	struct fx_buf sentence = {0};
	char id[4][2 * ID];
	for (int i = 0; i < 4; i++) {
		snprintf(id[i], ID, "s%u", number);
		snprintf(id[i] + ID, ID, "s%u-%d", number, i);
	}
	fx_story_sentence(s, &sentence);
	fx_buf_fmt(b, "<article>\n<header class=\"top\"><h1 id=\"%s\">Order ", id[0]);
	fx_page_text(b, s->order_id);
	fx_buf_z(b, "</h1><p class=\"sentence\">");
	fx_page_text(b, fx_buf_view(&sentence));
	fx_buf_z(b, "</p><p>As of ");
	fx_page_local(b, "%A %e %B %Y, %H:%M %Z", s->now);
	fx_buf_z(b, ".</p></header>\n");
	tasks(b, s, id[0]);
	exceptions(b, s, id[1]);
	if (with_customer)
		customer(b, s, id[2]);
	timeline(b, s, with_customer, id[3]);
	fx_buf_z(b, "</article>\n");
	fx_buf_free(&sentence);
}

void fx_story_html_begin(struct fx_buf *b)
{
	fx_page_begin(b, FX_STR("Orders, as the ledger tells them"), NULL, false);
	fx_buf_z(b, "<main>\n");
}

void fx_story_html_end(struct fx_buf *b)
{
	fx_buf_z(b, "</main>\n");
	fx_page_end(b);
}
