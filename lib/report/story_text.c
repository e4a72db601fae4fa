/* A story as a timeline: one sentence, then what happened, in local time. */
#include <stdio.h>
#include <string.h>

#include "ledger/marker.h"
#include "report/story.h"
#include "report/words.h"

#define WIDTH 80
#define INDENT 22 /* where an entry's further lines begin */

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

/* Bytes of the first n characters. */
static size_t whole_characters(struct fx_str s, size_t n)
{
	size_t i = 0;
	for (; i < s.n; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

/* A text that breaks at its spaces, and inside a word that is too long for any line. */
static void words(struct line *l, struct fx_str s)
{
	while (s.n) {
		size_t n = fx_str_find(s, ' ');
		size_t w = fx_columns((struct fx_str){s.p, n});
		if (l->column > INDENT && l->column + 1 + w > WIDTH)
			new_line(l);
		else if (l->column > INDENT) {
			fx_buf_byte(l->b, ' ');
			l->column++;
		}
		for (; l->column + w > WIDTH; w = fx_columns((struct fx_str){s.p, n})) {
			size_t part = whole_characters(s, WIDTH - l->column);
			fx_plain(l->b, (struct fx_str){s.p, part});
			new_line(l);
			s.p += part;
			s.n -= part;
			n -= part;
		}
		fx_plain(l->b, (struct fx_str){s.p, n});
		l->column += w;
		s.p += n < s.n ? n + 1 : n;
		s.n -= n < s.n ? n + 1 : n;
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
	         forged                           ? " DOES NOT VERIFY"
	         : fx_marker(e->text, NULL, NULL) ? " erased"
	                                          : "");
	if (l->column + 1 + strlen(text) > WIDTH)
		new_line(l);
	else
		fx_buf_byte(l->b, ' ');
	style(l, forged ? "1;31" : "2");
	fx_buf_z(l->b, text);
	style(l, "0");
	if (tokens && e->token.n) { /* never broken: it is for copying */
		size_t w = fx_columns(e->token);
		fx_buf_byte(l->b, '\n');
		fx_pad(l->b, w + INDENT <= WIDTH ? INDENT : w + 2 <= WIDTH ? WIDTH - w : 2);
		style(l, "2");
		fx_plain(l->b, e->token);
		style(l, "0");
	}
}

static void entry(struct fx_story *s, size_t i, struct line *l, bool tokens, struct fx_buf *said)
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
	fx_buf_reset(said);
	fx_story_tell(s, e, true, said);
	struct fx_str rest = fx_buf_view(said);
	for (;;) {
		size_t n = fx_str_find(rest, '\n');
		words(l, (struct fx_str){rest.p, n});
		if (n == rest.n)
			break;
		new_line(l);
		rest.p += n + 1;
		rest.n -= n + 1;
	}
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

/* Of several tasks the sentence tells of one. */
static void tasks(struct fx_story *s, struct fx_buf *b)
{
	const struct fx_task *first = s->order ? s->order->tasks : NULL;
	unsigned n = 0;
	for (const struct fx_task *t = first; t; t = t->next)
		n += t->state != FX_WAITING;
	if (n < 2)
		return;
	fx_buf_byte(b, '\n');
	for (const struct fx_task *t = first; t; t = t->next) {
		if (t->state == FX_WAITING)
			continue;
		fx_buf_z(b, "  ");
		fx_left(b, t->owner->s, 28);
		fx_buf_byte(b, ' ');
		fx_left(b,
		        t->state == FX_ASSIGNED ? FX_STR("not yet confirmed")
		                                : fx_str(fx_state_name(t->state)),
		        17);
		fx_buf_z(b, " since ");
		fx_local_near(b, fx_story_since(t), s->now);
		fx_buf_byte(b, '\n');
	}
}

void fx_story_text(struct fx_story *s, bool color, bool tokens, struct fx_buf *b)
{
	struct line l = {.b = b, .color = color};
	struct fx_buf sentence = {0}, said = {0};
	char day[32] = "", last[32] = "";
	bool forged = false, checked = false;
	fx_story_sentence(s, &sentence);
	style(&l, "1");
	wrapped(b, fx_buf_view(&sentence));
	style(&l, "0");
	fx_buf_byte(b, '\n');
	tasks(s, b);
	for (size_t i = 0; i < s->ntold; i++) {
		fx_buf_reset(&sentence);
		fx_local(&sentence, "%A %e %B %Y, %Z", s->told[i].at);
		snprintf(day, sizeof(day), "%.*s", (int)sentence.n, sentence.p ? sentence.p : "");
		if (strcmp(day, last) != 0)
			fx_buf_fmt(b, "\n%s\n", day);
		memcpy(last, day, sizeof(day));
		entry(s, i, &l, tokens, &said);
		forged |= s->told[i].vouched == FX_TOLD_FORGED;
		checked |= s->told[i].vouched == FX_TOLD_VOUCHED;
	}
	if (forged)
		fx_buf_z(b, "\nEntries that do not verify are not what the ledger took in.\n");
	else if (checked)
		fx_buf_z(b, "\n[n]: the entry in the ledger; each was checked against its hash.\n");
	fx_buf_free(&sentence);
	fx_buf_free(&said);
}
