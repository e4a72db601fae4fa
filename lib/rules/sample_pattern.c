/* A text for a regular expression. */
#include <string.h>

#include "rules/sample.h"

#define GROUPS_MAX 8
#define TEXT_MAX 2048
#define REPEAT_MAX 512u

struct writer {
	struct fx_str p, like;
	size_t at, used; /* of p, of like */
	unsigned ways;
	bool mute, bad; /* only read; something that is not understood */
	struct fx_buf out;
};

/* Which ASCII characters an atom takes. */
struct set {
	bool has[128];
};

static int peek(const struct writer *w)
{
	return w->at < w->p.n ? (unsigned char)w->p.p[w->at] : -1;
}

static bool eat(struct writer *w, char c)
{
	if (peek(w) != c)
		return false;
	w->at++;
	return true;
}

static void add_range(struct set *s, int from, int to)
{
	for (int c = from; c <= to && c < 128; c++)
		if (c >= 0)
			s->has[c] = true;
}

static void turn(struct set *s)
{
	for (int c = 0; c < 128; c++)
		s->has[c] = c >= 0x20 && c < 0x7f && !s->has[c];
}

/* What stands behind a backslash; the character, or -1 for a class. */
static int escape(struct writer *w, struct set *s)
{
	struct set own = {{false}};
	int c = peek(w);

	w->at++;
	switch (c) {
	case 'd':
	case 'D':
		add_range(&own, '0', '9');
		break;
	case 'w':
	case 'W':
		add_range(&own, 'a', 'z');
		add_range(&own, 'A', 'Z');
		add_range(&own, '0', '9');
		own.has['_'] = true;
		break;
	case 's':
	case 'S':
		own.has[' '] = true;
		break;
	default:
		w->bad |= c < 0 || c >= 128 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		          (c >= '0' && c <= '9');
		if (!w->bad)
			s->has[c] = true;
		return w->bad ? -1 : c;
	}
	if (c < 'a')
		turn(&own);
	for (int i = 0; i < 128; i++)
		s->has[i] |= own.has[i];
	return -1;
}

static int member(struct writer *w, struct set *s)
{
	int c = peek(w);

	w->at++;
	if (c == '\\')
		return escape(w, s);
	if (c < 0 || c >= 128)
		w->bad = true;
	else
		s->has[c] = true;
	return c;
}

static void class(struct writer *w, struct set *s)
{
	bool not = eat(w, '^');

	while (!w->bad && !eat(w, ']')) {
		int from = member(w, s);

		if (from >= 0 && peek(w) == '-' && w->at + 1 < w->p.n && w->p.p[w->at + 1] != ']') {
			w->at++;
			add_range(s, from, member(w, s));
		}
	}
	if (not )
		turn(s);
}

static bool follows(const struct writer *w, const struct set *s)
{
	unsigned char c = w->used < w->like.n ? (unsigned char)w->like.p[w->used] : 255;

	return c < 128 && s->has[c];
}

static void put(struct writer *w, const struct set *s)
{
	static const char plain[] = "xX1A0a";
	int c = -1;

	if (w->mute)
		return;
	if (follows(w, s))
		c = w->like.p[w->used];
	for (const char *p = plain; c < 0 && *p && !(w->ways & (FX_WAY_FIRST | FX_WAY_LAST)); p++)
		if (s->has[(unsigned char)*p])
			c = *p;
	for (int i = 0; i < 128 && (c < 0 || w->ways & FX_WAY_LAST) && !follows(w, s); i++)
		if (s->has[i])
			c = i;
	w->bad |= c < 0 || w->out.n >= TEXT_MAX;
	w->used++;
	if (!w->bad)
		fx_buf_byte(&w->out, (char)c);
}

static unsigned number(struct writer *w)
{
	unsigned n = 0;

	while (peek(w) >= '0' && peek(w) <= '9' && n < REPEAT_MAX)
		n = n * 10 + (unsigned)(w->p.p[w->at++] - '0');
	return n;
}

/* How often the atom before is to come. */
static void quantifier(struct writer *w, unsigned *min, unsigned *max)
{
	*min = *max = 1;
	if (eat(w, '*')) {
		*min = 0;
		*max = REPEAT_MAX;
	} else if (eat(w, '+')) {
		*max = REPEAT_MAX;
	} else if (eat(w, '?')) {
		*min = 0;
	} else if (eat(w, '{')) {
		*min = *max = number(w);
		if (eat(w, ','))
			*max = peek(w) == '}' ? REPEAT_MAX : number(w);
		w->bad |= !eat(w, '}') || *min > REPEAT_MAX;
	} else {
		return;
	}
	eat(w, '?'); /* lazy: the same texts */
}

static void alternatives(struct writer *w, unsigned depth);

/* One atom, written once unless muted; single: it is one character of the set. */
static bool atom(struct writer *w, struct set *s, unsigned depth)
{
	*s = (struct set){{false}};
	switch (peek(w)) {
	case '(':
		w->at++;
		if (eat(w, '?') && !eat(w, ':'))
			w->bad = true;
		if (depth == GROUPS_MAX)
			w->bad = true;
		if (!w->bad)
			alternatives(w, depth + 1);
		w->bad |= !eat(w, ')');
		return false;
	case '[':
		w->at++;
		class(w, s);
		break;
	case '.':
		w->at++;
		turn(s);
		break;
	case '*':
	case '+':
	case '?':
	case '{':
		w->bad = true;
		break;
	default:
		member(w, s);
	}
	if (!w->bad)
		put(w, s);
	return true;
}

/* An atom as often as its quantifier wants it. */
static void repeated(struct writer *w, unsigned depth)
{
	size_t start = w->at, end;
	bool mute = w->mute, single, follow;
	unsigned min, max, n = 0;
	struct set s;

	w->mute = true;
	single = atom(w, &s, depth);
	w->mute = mute;
	if (w->bad)
		return;
	quantifier(w, &min, &max);
	end = w->at;
	while (!mute && !w->bad && n < max) {
		follow = (w->ways & FX_WAY_FOLLOW) && w->used < w->like.n &&
		         (single ? follows(w, &s) : n == 0);
		if (n >= min && !follow)
			break;
		w->at = start;
		atom(w, &s, depth);
		n++;
	}
	w->at = end;
}

static void alternatives(struct writer *w, unsigned depth)
{
	bool mute = w->mute;
	unsigned nth = 0, wanted = w->ways & FX_WAY_OTHER ? 1 : 0;
	size_t start = w->at, n = w->out.n, used = w->used;

	/* the second one may not be there: then the first stays */
	do {
		bool here = nth == 0 || nth == wanted;

		if (here && nth && !mute) {
			w->out.n = n;
			w->used = used;
		}
		w->mute = mute || !here;
		while (!w->bad && w->at < w->p.n && peek(w) != '|' && peek(w) != ')') {
			if (!eat(w, '^') && !eat(w, '$'))
				repeated(w, depth);
			w->bad |= w->at == start;
		}
		nth++;
	} while (!w->bad && eat(w, '|'));
	w->mute = mute;
}

bool fx_pattern_text(struct fx_arena *a, struct fx_str pattern, struct fx_str like, unsigned ways,
                     struct fx_str *out)
{
	struct writer w = {.p = pattern, .like = like, .ways = ways};

	alternatives(&w, 0);
	w.bad |= w.at < w.p.n;
	if (!w.bad)
		*out = fx_arena_str(a, fx_buf_view(&w.out));
	fx_buf_free(&w.out);
	return !w.bad;
}
