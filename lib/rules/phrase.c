#include "rules/phrase.h"

#include <string.h>

/* No path does more in one step. */
#define ACTIONS_MAX 8

/* A phrase being read: the word at hand is s[at .. at + word.n). */
struct scan {
	const struct fx_phrase_env *env;
	struct fx_str s, word;
	size_t at;
	struct fx_err *err;
};

/* Step to the next word; a comma is one of its own.  At the end the word is empty. */
static void next(struct scan *c)
{
	size_t i = c->at + c->word.n, n = 0;

	while (i < c->s.n && (c->s.p[i] == ' ' || c->s.p[i] == '\t' || c->s.p[i] == '\n'))
		i++;
	if (i < c->s.n && c->s.p[i] == ',')
		n = 1;
	else
		while (i + n < c->s.n && !strchr(" \t\n,", c->s.p[i + n]))
			n++;
	c->at = i;
	c->word = (struct fx_str){c->s.p + i, n};
}

static struct scan start(const struct fx_phrase_env *env, struct fx_str s, struct fx_err *err)
{
	struct scan c = {.env = env, .s = s, .word = {s.p, 0}, .err = err};

	next(&c);
	return c;
}

/* "expected X, not 'word'" at the word at hand. */
static int expected(struct scan *c, const char *what)
{
	unsigned col = (unsigned)c->at + 1;

	if (c->word.n == 0)
		return fx_fail_at(c->err, FX_ECONF, NULL, 0, col,
		                  "expected %s, but '%.*s' ends here", what, FX_FMT(c->s));
	return fx_fail_at(c->err, FX_ECONF, NULL, 0, col, "expected %s, not '%.*s'", what,
	                  FX_FMT(c->word));
}

static bool is(const struct scan *c, const char *word)
{
	return fx_str_is(c->word, word);
}

static int take(struct scan *c, const char *word)
{
	char quoted[32] = "'";

	if (is(c, word)) {
		next(c);
		return 0;
	}
	memcpy(quoted + 1, word, strlen(word));
	quoted[strlen(word) + 1] = '\'';
	return expected(c, quoted);
}

static int take_end(struct scan *c)
{
	return c->word.n ? expected(c, "the end") : 0;
}

/* The ids of n objects of `size` bytes whose first member is a struct fx_str. */
static int unknown(struct scan *c, const char *what, const void *objects, size_t n, size_t size)
{
	struct fx_str cand[64];
	int near;

	if (c->word.n == 0)
		return expected(c, what);
	if (n > 64)
		n = 64;
	for (size_t i = 0; i < n; i++)
		memcpy(&cand[i], (const char *)objects + i * size, sizeof(cand[i]));
	near = fx_str_nearest(c->word, cand, n);
	if (near < 0)
		return fx_fail_at(c->err, FX_ECONF, NULL, 0, (unsigned)c->at + 1, "no %s '%.*s'",
		                  what, FX_FMT(c->word));
	return fx_fail_at(c->err, FX_ECONF, NULL, 0, (unsigned)c->at + 1,
	                  "no %s '%.*s'; did you mean '%.*s'?", what, FX_FMT(c->word),
	                  FX_FMT(cand[near]));
}

static int take_owner(struct scan *c, const struct fx_owner **out)
{
	const struct fx_registry *r = c->env->registry;

	*out = fx_registry_owner(r, c->word);
	if (!*out)
		return unknown(c, "owner", r->owners, r->nowners, sizeof(*r->owners));
	next(c);
	return 0;
}

static int take_milestone(struct scan *c, const struct fx_milestone **out)
{
	const struct fx_registry *r = c->env->registry;

	*out = fx_registry_milestone(r, c->word);
	if (!*out)
		return unknown(c, "milestone", r->milestones, r->nmilestones,
		               sizeof(*r->milestones));
	next(c);
	return 0;
}

/* True when the text counts days of 24 hours ("3d", "1d12h", but not "3wd"). */
static bool plain_days(struct fx_str s)
{
	size_t d = fx_str_find(s, 'd');

	return d < s.n && d > 0 && s.p[d - 1] != 'w';
}

static int take_duration(struct scan *c, const struct fx_owner *clock, struct fx_dur *out)
{
	if (fx_dur_parse(c->word, out) || (out->us == 0 && out->workdays == 0))
		return expected(c, "a duration such as 30m, 2h, 3d or 2wd");
	if (clock && clock->hours && plain_days(c->word))
		return fx_fail_at(c->err, FX_ECONF, NULL, 0, (unsigned)c->at + 1,
		                  "'%.*s' counts days of 24 hours, but %.*s has hours: "
		                  "write h (open hours) or wd (working days)",
		                  FX_FMT(c->word), FX_FMT(clock->id));
	next(c);
	return 0;
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static int take_clock(struct scan *c, fx_time *out)
{
	struct fx_str w = c->word;
	uint64_t h, m;

	if (w.n != 5 || w.p[2] != ':' || fx_str_u64((struct fx_str){w.p, 2}, &h) ||
	    fx_str_u64((struct fx_str){w.p + 3, 2}, &m) || h > 23 || m > 59)
		return expected(c, "a clock time such as 17:00");
	*out = (fx_time)h * FX_HOUR + (fx_time)m * FX_MIN;
	next(c);
	return 0;
}

/* "10%", "99.95%" in thousandths of a percent; 0 < value <= 100 %. */
static int take_percent(struct scan *c, unsigned *out)
{
	struct fx_str w = c->word;
	unsigned v = 0, decimals = 0;
	bool point = false, any = false;

	for (size_t i = 0; i + 1 < w.n; i++) {
		if (w.p[i] == '.' && !point && any) {
			point = true;
			continue;
		}
		if (!is_digit(w.p[i]) || decimals == 3 || v > 100000)
			return expected(c, "a share such as 10% or 99.5%");
		v = v * 10 + (unsigned)(w.p[i] - '0');
		decimals += point;
		any = true;
	}
	for (; decimals < 3; decimals++)
		v *= 10;
	if (!any || w.p[w.n - 1] != '%' || (point && w.p[w.n - 2] == '.') || v == 0 || v > 100000)
		return expected(c, "a share such as 10% or 99.5%");
	*out = v;
	next(c);
	return 0;
}

static bool is_path(struct fx_str s)
{
	bool start_of_name = true;

	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';

		if (ch == '.' ? start_of_name : !(letter || (!start_of_name && is_digit(ch))))
			return false;
		start_of_name = ch == '.';
	}
	return !start_of_name;
}

int fx_phrase_sla(const struct fx_phrase_env *env, struct fx_arena *a, struct fx_str s,
                  struct fx_sla *out, struct fx_err *err)
{
	struct scan c = start(env, s, err);

	*out = (struct fx_sla){.text = fx_arena_str(a, s)};
	if (take_milestone(&c, &out->milestone))
		return -1;
	if (is(&c, "within")) {
		out->kind = FX_SLA_WITHIN;
		next(&c);
		return take_duration(&c, env->owner, &out->within) ? -1 : take_end(&c);
	}
	if (!is(&c, "by"))
		return expected(&c, "'within DURATION' or 'by FIELD'");
	next(&c);
	if (c.word.n && is_digit(c.word.p[0])) {
		out->kind = FX_SLA_BY_CLOCK;
		if (take_clock(&c, &out->clock) || take(&c, "cutoff"))
			return -1;
		if (take_clock(&c, &out->cutoff))
			return -1;
		if (out->cutoff >= out->clock)
			return fx_fail_at(
			    err, FX_ECONF, NULL, 0, 1,
			    "the cutoff must lie before the time that it cuts off for");
		return take_end(&c);
	}
	if (!is_path(c.word))
		return expected(&c, "a field of the record or a clock time");
	out->kind = FX_SLA_BY_FIELD;
	out->field = fx_arena_str(a, c.word);
	next(&c);
	return take_end(&c);
}

int fx_phrase_fallback(const struct fx_phrase_env *env, struct fx_str s,
                       const struct fx_owner **owner, struct fx_dur *after, struct fx_err *err)
{
	struct scan c = start(env, s, err);

	if (take_owner(&c, owner) || take(&c, "after") || take_duration(&c, env->owner, after))
		return -1;
	return take_end(&c);
}

int fx_phrase_canary(struct fx_str s, unsigned *weight, fx_time *until, struct fx_err *err)
{
	struct scan c = start(NULL, s, err);

	*until = FX_TIME_NONE;
	if (take_percent(&c, weight))
		return -1;
	if (c.word.n == 0)
		return 0;
	if (take(&c, "until"))
		return -1;
	if (fx_phrase_time(c.word, until))
		return expected(&c, "a time such as 2026-12-01 or 2026-12-01T08:00:00Z");
	next(&c);
	return take_end(&c);
}

int fx_phrase_time(struct fx_str s, fx_time *out)
{
	if (s.n == 10) {
		char midnight[21];

		memcpy(midnight, s.p, 10);
		memcpy(midnight + 10, "T00:00:00Z", 10);
		return fx_time_parse((struct fx_str){midnight, 20}, out);
	}
	return fx_time_parse(s, out);
}

int fx_phrase_objective(const struct fx_phrase_env *env, struct fx_str s, struct fx_slo *out,
                        struct fx_err *err)
{
	struct scan c = start(env, s, err);
	struct fx_dur window;
	unsigned share;

	if (take_percent(&c, &share))
		return -1;
	out->objective = share / 100000.0;
	if (take_milestone(&c, &out->milestone) || take(&c, "over"))
		return -1;
	if (fx_dur_parse(c.word, &window) || window.us == 0)
		return expected(&c, "a window such as 30d");
	out->window = window.us;
	next(&c);
	return take_end(&c);
}

int fx_phrase_limit(struct fx_str s, uint64_t *out, struct fx_err *err)
{
	struct scan c = start(NULL, s, err);

	if (fx_str_u64(c.word, out))
		return expected(&c, "a number, as in '20 per sweep'");
	next(&c);
	if (take(&c, "per") || take(&c, "sweep"))
		return -1;
	return take_end(&c);
}

int fx_phrase_repeat(struct fx_str s, fx_time *out, struct fx_err *err)
{
	struct scan c = start(NULL, s, err);
	struct fx_dur d;

	if (take(&c, "every"))
		return -1;
	if (fx_dur_parse(c.word, &d) || d.us < FX_MIN || d.workdays)
		return expected(&c, "a duration such as 4h or 1d");
	*out = d.us;
	next(&c);
	return take_end(&c);
}

static int take_retry(struct scan *c, struct fx_action *act)
{
	if (fx_str_u64(c->word, &act->times) || act->times == 0)
		return expected(c, "how many times, as in 'retry 3 times every 10m'");
	next(c);
	if (is(c, "times"))
		next(c);
	return take(c, "every") ? -1 : take_duration(c, NULL, &act->every);
}

/* `with` and all words to the next `and`: they go along as written. */
static int take_with(struct scan *c, struct fx_arena *a, struct fx_action *act)
{
	size_t from, end;

	next(c);
	for (from = end = c->at; c->word.n && !is(c, "and"); next(c))
		end = c->at + c->word.n;
	if (end == from)
		return expected(c, "what goes along");
	act->with = fx_arena_str(a, (struct fx_str){c->s.p + from, end - from});
	return 0;
}

static int take_verb(struct scan *c, struct fx_action *act)
{
	static const struct {
		const char *verb, *second, *third;
		enum fx_action_kind kind;
		bool owner;
	} verbs[] = {
	    {"retry", NULL, NULL, FX_ACT_RETRY, false},
	    {"re-route", "to", NULL, FX_ACT_REROUTE, true},
	    {"escalate", "to", NULL, FX_ACT_ESCALATE, true},
	    {"route", "to", NULL, FX_ACT_ROUTE, true},
	    {"notify", NULL, NULL, FX_ACT_NOTIFY, true},
	    {"place", "customer-facing", "hold", FX_ACT_HOLD, false},
	    {"cancel", NULL, NULL, FX_ACT_CANCEL, false},
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!is(c, verbs[i].verb))
			continue;
		act->kind = verbs[i].kind;
		next(c);
		if (verbs[i].second && take(c, verbs[i].second))
			return -1;
		if (verbs[i].third && take(c, verbs[i].third))
			return -1;
		if (verbs[i].owner && take_owner(c, &act->owner))
			return -1;
		return act->kind == FX_ACT_RETRY ? take_retry(c, act) : 0;
	}
	return expected(c, "an action (retry, re-route to, escalate to, route to, notify, "
	                   "place customer-facing hold, cancel)");
}

static int take_actions(struct scan *c, struct fx_arena *a, struct fx_step *out)
{
	struct fx_action act[ACTIONS_MAX];
	size_t n = 0;

	for (;; next(c)) {
		size_t from = c->at, end;

		if (n == ACTIONS_MAX)
			return expected(c, "at most 8 actions");
		act[n] = (struct fx_action){0};
		if (take_verb(c, &act[n]))
			return -1;
		if (is(c, "with") && take_with(c, a, &act[n]))
			return -1;
		end = c->at;
		act[n++].text =
		    fx_arena_str(a, fx_str_trim((struct fx_str){c->s.p + from, end - from}));
		if (c->word.n == 0)
			break;
		if (!is(c, "and"))
			return expected(c, "'and', 'with' or the end");
	}
	out->actions = FX_NEWV(a, struct fx_action, n);
	out->nactions = n;
	memcpy(out->actions, act, n * sizeof(act[0]));
	return 0;
}

int fx_phrase_actions(const struct fx_phrase_env *env, struct fx_arena *a, struct fx_str s,
                      struct fx_step *out, struct fx_err *err)
{
	struct scan c = start(env, s, err);

	*out = (struct fx_step){.text = fx_arena_str(a, s)};
	return take_actions(&c, a, out);
}

int fx_phrase_escalation(const struct fx_phrase_env *env, struct fx_arena *a, struct fx_str s,
                         struct fx_step *out, struct fx_err *err)
{
	struct scan c = start(env, s, err);

	*out = (struct fx_step){.text = fx_arena_str(a, s)};
	if (is(&c, "if")) {
		next(&c);
		if (take(&c, "unresolved"))
			return -1;
	}
	if (!is(&c, "in") && !is(&c, "after"))
		return expected(&c, "'if unresolved in DURATION, ACTIONS'");
	next(&c);
	if (take_duration(&c, env->owner, &out->wait))
		return -1;
	if (is(&c, ","))
		next(&c);
	return take_actions(&c, a, out);
}
