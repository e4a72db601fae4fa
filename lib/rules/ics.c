#include "rules/ics.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/calendar.h"

/* More closed days than these are some other file's. */
#define DAYS_MAX 100000
#define DEPTH_MAX 8

/* One content line, unfolded: NAME;PARAM=VALUE;...:VALUE. */
struct line {
	struct fx_str name, params, value;
	unsigned at; /* its first physical line, from 1 */
};

/* One VEVENT; the lines that say which days. */
struct event {
	struct line start, end, duration, rrule;
	bool cancelled;
};

struct days {
	int32_t *v;
	size_t n, cap;
};

struct reader {
	struct fx_arena *a;
	const char *file;
	struct fx_errs *errs;
	struct fx_str rest;
	unsigned next_line;
	struct line at;
	struct fx_str open[DEPTH_MAX]; /* BEGIN without END so far */
	size_t depth, events;
	struct event e;
	struct days rdate, exdate; /* of the event at hand */
	struct days all;
	bool full;
};

static bool is(struct fx_str s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static int fault(struct reader *r, const struct line *l, const char *why)
{
	return fx_errs_fail(r->errs, FX_ECONF, r->file, l->at, 0, "%.*s: %s", FX_FMT(l->name), why);
}

/* ---- lines ------------------------------------------------------------------- */

static struct fx_str physical(struct reader *r)
{
	size_t n = fx_str_find(r->rest, '\n');
	struct fx_str s = {r->rest.p, n};

	if (n < r->rest.n)
		n++;
	r->rest = (struct fx_str){r->rest.p + n, r->rest.n - n};
	r->next_line++;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

/* The next line that is not empty, what was folded put together; false at the end. */
static bool unfolded(struct reader *r, struct fx_str *out)
{
	struct fx_buf b = {0};
	struct fx_str s = {NULL, 0};

	while (r->rest.n && s.n == 0) {
		r->at.at = r->next_line;
		s = physical(r);
	}
	if (s.n == 0)
		return false;
	fx_buf_str(&b, s);
	while (r->rest.n && (*r->rest.p == ' ' || *r->rest.p == '\t')) {
		s = physical(r);
		fx_buf_str(&b, (struct fx_str){s.p + 1, s.n - 1});
	}
	*out = fx_arena_str(r->a, fx_buf_view(&b));
	fx_buf_free(&b);
	return true;
}

/* Where the value begins: the first colon outside of quotes; s.n: none. */
static size_t colon(struct fx_str s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == ':' && !quoted)
			return i;
	}
	return s.n;
}

static int split(struct reader *r, struct fx_str s)
{
	size_t c = colon(s), semi;

	r->at.name = FX_STR("the line");
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 32 && s.p[i] != '\t') || s.p[i] == 127)
			return fault(r, &r->at, "a control character in it");
	if (c == s.n)
		return fault(r, &r->at, "expected NAME:VALUE");
	r->at.value = (struct fx_str){s.p + c + 1, s.n - c - 1};
	s.n = c;
	semi = fx_str_find(s, ';');
	r->at.name = (struct fx_str){s.p, semi};
	r->at.params =
	    semi < s.n ? (struct fx_str){s.p + semi + 1, s.n - semi - 1} : (struct fx_str){s.p, 0};
	return 0;
}

/* The next part of a list, which is taken off it. */
static struct fx_str part(struct fx_str *list, char by)
{
	size_t n = fx_str_find(*list, by);
	struct fx_str s = {list->p, n};

	n = n < list->n ? n + 1 : n;
	*list = (struct fx_str){list->p + n, list->n - n};
	return s;
}

static struct fx_str param(const struct line *l, const char *name)
{
	struct fx_str list = l->params;

	while (list.n) {
		struct fx_str one = part(&list, ';');
		size_t eq = fx_str_find(one, '=');

		if (!is((struct fx_str){one.p, eq}, name) || eq == one.n)
			continue;
		one = (struct fx_str){one.p + eq + 1, one.n - eq - 1};
		if (one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"')
			one = (struct fx_str){one.p + 1, one.n - 2};
		return one;
	}
	return (struct fx_str){NULL, 0};
}

/* ---- days ---------------------------------------------------------------------- */

static bool digits(struct fx_str s, size_t from, size_t n, unsigned *out)
{
	*out = 0;
	for (size_t i = from; i < from + n; i++) {
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(s.p[i] - '0');
	}
	return true;
}

/* "20261225" */
static bool date(struct fx_str s, int64_t *day)
{
	unsigned y, m, d, m2, d2;
	int64_t y2;

	if (!digits(s, 0, 4, &y) || !digits(s, 4, 2, &m) || !digits(s, 6, 2, &d) || m < 1 ||
	    m > 12 || d < 1)
		return false;
	*day = fx_days_from_civil(y, m, d);
	fx_civil_from_days(*day, &y2, &m2, &d2);
	return m2 == m && d2 == d;
}

/* A date, or the midnight that a date-time of the wall clock says. */
static int day_of(struct reader *r, const struct line *l, struct fx_str s, int64_t *day)
{
	struct fx_str value = param(l, "VALUE");

	if (value.n && !is(value, "DATE") && !is(value, "DATE-TIME"))
		return fault(r, l, "VALUE is DATE or DATE-TIME");
	if (!date(s, day))
		return fault(r, l, "expected a date such as 20261225");
	if (s.n == 8)
		return 0;
	if (s.n == 16 && s.p[15] == 'Z')
		return fault(r, l, "a time in UTC is no whole day: give a date (VALUE=DATE)");
	if (s.n != 15 || memcmp(s.p + 8, "T000000", 7) != 0)
		return fault(r, l, "only whole days close: give dates, or midnights");
	return 0;
}

static bool add(struct reader *r, struct days *d, int64_t day)
{
	if (d->n == DAYS_MAX || day < INT32_MIN || day > INT32_MAX) {
		r->full = true;
		return false;
	}
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->v = fx_realloc(d->v, d->cap, sizeof(*d->v));
	}
	d->v[d->n++] = (int32_t)day;
	return true;
}

static bool has(const struct days *d, int64_t day)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i] == day)
			return true;
	return false;
}

/* "P1D", "P2W": whole days. */
static int duration(struct reader *r, const struct line *l, int64_t *n)
{
	struct fx_str s = l->value;
	uint64_t v;

	if (s.n && s.p[0] == '+')
		s = (struct fx_str){s.p + 1, s.n - 1};
	if (s.n < 3 || s.p[0] != 'P' || (s.p[s.n - 1] != 'D' && s.p[s.n - 1] != 'W') ||
	    fx_str_u64((struct fx_str){s.p + 1, s.n - 2}, &v) || v == 0 || v > 3660)
		return fault(r, l, "expected whole days or weeks such as P1D");
	*n = (int64_t)v * (s.p[s.n - 1] == 'W' ? 7 : 1);
	return 0;
}

/* How many days an event that starts on `day` covers. */
static int length(struct reader *r, int64_t day, int64_t *n)
{
	const struct event *e = &r->e;
	int64_t end;

	*n = 1;
	if (e->end.name.n && e->duration.name.n)
		return fault(r, &e->duration, "there is a DTEND, too");
	if (e->duration.name.n)
		return duration(r, &e->duration, n);
	if (!e->end.name.n && e->start.value.n != 8)
		return fault(r, &e->start, "no DTEND: it covers no whole day");
	if (!e->end.name.n)
		return 0;
	if (day_of(r, &e->end, e->end.value, &end) != 0)
		return -1;
	if (end <= day || end - day > 3660)
		return fault(r, &e->end, "it lies after the start, by at most ten years");
	*n = end - day;
	return 0;
}

/* ---- recurrence ------------------------------------------------------------------ */

struct rule {
	uint64_t interval, count; /* count 0: no end by it */
	int64_t until;            /* the last day */
};

/* UNTIL, the last day on which it may start. */
static int read_until(struct reader *r, struct fx_str v, int64_t *day)
{
	const struct line *l = &r->e.rrule;
	struct fx_str zone = param(&r->e.start, "TZID");
	const struct fx_zone *z = NULL;
	struct fx_err err = {0};
	unsigned h, m, s;
	fx_time t;

	if (!date(v, day))
		return fault(r, l, "UNTIL is a date");
	if (v.n == 8 || v.n == 15)
		return 0;
	if (v.n != 16 || v.p[8] != 'T' || v.p[15] != 'Z' || !digits(v, 9, 2, &h) ||
	    !digits(v, 11, 2, &m) || !digits(v, 13, 2, &s) || h > 23 || m > 59 || s > 60)
		return fault(r, l, "UNTIL is a date, or a time in UTC");
	t = *day * FX_DAY + h * FX_HOUR + m * FX_MIN + s * FX_SEC;
	if (zone.n && !(z = fx_zone_open(r->a, zone, &err)))
		return fault(r, &r->e.start, "no such time zone: UNTIL cannot be told");
	if (z)
		t += fx_zone_offset(z, t) * FX_SEC;
	*day = t >= 0 ? t / FX_DAY : (t - FX_DAY + 1) / FX_DAY;
	return 0;
}

static int read_part(struct reader *r, struct fx_str name, struct fx_str v, int64_t first,
                     struct rule *rule)
{
	const struct line *l = &r->e.rrule;
	unsigned month, day;
	int64_t year;
	uint64_t n;

	fx_civil_from_days(first, &year, &month, &day);
	if (is(name, "FREQ"))
		return is(v, "YEARLY") ? 0 : fault(r, l, "only FREQ=YEARLY is understood");
	if (is(name, "UNTIL"))
		return read_until(r, v, &rule->until);
	if (is(name, "WKST"))
		return 0; /* of weeks only */
	if (fx_str_u64(v, &n) || n == 0 || n > 10000)
		n = 0;
	if (is(name, "COUNT") && n)
		rule->count = n;
	else if (is(name, "INTERVAL") && n)
		rule->interval = n;
	else if (!(is(name, "BYMONTH") && n == month) && !(is(name, "BYMONTHDAY") && n == day))
		return fx_errs_fail(r->errs, FX_ECONF, r->file, l->at, 0,
		                    "RRULE: '%.*s=%.*s' is not understood: FREQ=YEARLY of the "
		                    "start's date, INTERVAL, COUNT and UNTIL are",
		                    FX_FMT(name), FX_FMT(v));
	return 0;
}

static int read_rule(struct reader *r, int64_t first, struct rule *rule)
{
	struct fx_str list = r->e.rrule.value;
	bool freq = false;
	int bad = 0;

	*rule = (struct rule){.interval = 1, .until = fx_days_from_civil(FX_ICS_LAST_YEAR, 12, 31)};
	while (list.n) {
		struct fx_str one = part(&list, ';');
		size_t eq = fx_str_find(one, '=');
		struct fx_str name = {one.p, eq};

		freq |= is(name, "FREQ");
		one = eq < one.n ? (struct fx_str){one.p + eq + 1, one.n - eq - 1}
		                 : (struct fx_str){one.p, 0};
		bad |= read_part(r, name, one, first, rule);
	}
	return freq ? bad : fault(r, &r->e.rrule, "FREQ is missing");
}

static void close_days(struct reader *r, int64_t first, int64_t n)
{
	for (int64_t k = 0; k < n && !has(&r->exdate, first); k++)
		if (!add(r, &r->all, first + k))
			return;
}

/* A 29 February is there in leap years only, and only then counts. */
static void repeat(struct reader *r, int64_t first, int64_t n, const struct rule *rule)
{
	unsigned month, day, m, d;
	uint64_t seen = 1;
	int64_t year, y;

	fx_civil_from_days(first, &year, &month, &day);
	for (year += (int64_t)rule->interval; year <= FX_ICS_LAST_YEAR && !r->full;
	     year += (int64_t)rule->interval) {
		int64_t at = fx_days_from_civil(year, month, day);

		if (at > rule->until || seen == rule->count)
			return;
		fx_civil_from_days(at, &y, &m, &d);
		if (d != day)
			continue;
		seen++;
		close_days(r, at, n);
	}
}

/* ---- an event ------------------------------------------------------------------------ */

static void end_event(struct reader *r)
{
	struct rule rule;
	int64_t first, n;

	r->events++;
	if (!r->e.start.name.n) {
		fault(r, &r->at, "the VEVENT has no DTSTART");
	} else if (day_of(r, &r->e.start, r->e.start.value, &first) == 0 &&
	           length(r, first, &n) == 0 &&
	           (!r->e.rrule.name.n || read_rule(r, first, &rule) == 0) && !r->e.cancelled) {
		close_days(r, first, n);
		if (r->e.rrule.name.n)
			repeat(r, first, n, &rule);
		for (size_t i = 0; i < r->rdate.n; i++)
			close_days(r, r->rdate.v[i], n);
	}
	r->e = (struct event){0};
	r->rdate.n = r->exdate.n = 0;
}

static void keep(struct reader *r, struct line *to)
{
	if (to->name.n)
		fault(r, &r->at, "it stands twice in its event");
	*to = r->at;
}

static void list_of_days(struct reader *r, struct days *to)
{
	struct fx_str list = r->at.value;
	int64_t day;

	do {
		if (day_of(r, &r->at, part(&list, ','), &day) == 0)
			add(r, to, day);
	} while (list.n);
}

static void of_event(struct reader *r)
{
	struct fx_str name = r->at.name;

	if (is(name, "DTSTART"))
		keep(r, &r->e.start);
	else if (is(name, "DTEND"))
		keep(r, &r->e.end);
	else if (is(name, "DURATION"))
		keep(r, &r->e.duration);
	else if (is(name, "RRULE"))
		keep(r, &r->e.rrule);
	else if (is(name, "RDATE"))
		list_of_days(r, &r->rdate);
	else if (is(name, "EXDATE"))
		list_of_days(r, &r->exdate);
	else if (is(name, "EXRULE") || is(name, "RECURRENCE-ID"))
		fault(r, &r->at, "not understood: it would change which days are closed");
	else if (is(name, "STATUS"))
		r->e.cancelled = is(r->at.value, "CANCELLED");
}

static bool inside(const struct reader *r, const char *component)
{
	return r->depth && is(r->open[r->depth - 1], component);
}

/* Components that say nothing about which days are closed. */
static bool aside(const struct reader *r)
{
	for (size_t i = 0; i < r->depth; i++)
		if (is(r->open[i], "VTIMEZONE") || is(r->open[i], "VALARM"))
			return true;
	return false;
}

static void begin(struct reader *r)
{
	struct fx_str what = r->at.value;
	bool fits = r->depth == 0            ? is(what, "VCALENDAR")
	            : inside(r, "VCALENDAR") ? is(what, "VEVENT") || is(what, "VTIMEZONE")
	                                     : aside(r) || is(what, "VALARM");

	if (!fits)
		fx_errs_fail(r->errs, FX_ECONF, r->file, r->at.at, 0,
		             "BEGIN:%.*s: a calendar of closed days holds VEVENT and VTIMEZONE",
		             FX_FMT(what));
	if (r->depth < DEPTH_MAX)
		r->open[r->depth++] = what;
	else
		r->full = true;
}

static void end(struct reader *r)
{
	if (r->depth == 0 ||
	    strncasecmp(r->open[r->depth - 1].p, r->at.value.p, r->at.value.n) != 0 ||
	    r->open[r->depth - 1].n != r->at.value.n) {
		fault(r, &r->at, "it ends what did not begin");
		return;
	}
	if (inside(r, "VEVENT"))
		end_event(r);
	r->depth--;
}

static void read_lines(struct reader *r)
{
	struct fx_str s;

	while (!r->full && unfolded(r, &s)) {
		if (split(r, s) != 0)
			continue;
		if (is(r->at.name, "BEGIN"))
			begin(r);
		else if (is(r->at.name, "END"))
			end(r);
		else if (r->depth == 0)
			fault(r, &r->at, "it stands outside of BEGIN:VCALENDAR");
		else if (inside(r, "VEVENT"))
			of_event(r);
	}
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

int fx_ics_days(struct fx_arena *a, const char *file, struct fx_str text, int32_t **days, size_t *n,
                struct fx_errs *errs)
{
	struct reader r = {.a = a, .file = file, .errs = errs, .rest = text, .next_line = 1};
	size_t before = errs->n + errs->dropped;

	if (fx_str_starts(text, FX_STR("\xef\xbb\xbf")))
		r.rest = (struct fx_str){text.p + 3, text.n - 3};
	read_lines(&r);
	r.at.name = FX_STR("the file");
	if (r.full)
		fault(&r, &r.at, "more than 100000 days, or nested too deeply");
	else if (r.depth)
		fault(&r, &r.at, "it ends before its END:VCALENDAR");
	else if (r.events == 0)
		fault(&r, &r.at, "no VEVENT in it");
	*days = FX_NEWV(a, int32_t, r.all.n + 1);
	*n = 0;
	if (r.all.n)
		qsort(r.all.v, r.all.n, sizeof(*r.all.v), by_day);
	for (size_t i = 0; i < r.all.n; i++)
		if (*n == 0 || (*days)[*n - 1] != r.all.v[i])
			(*days)[(*n)++] = r.all.v[i];
	free(r.all.v);
	free(r.rdate.v);
	free(r.exdate.v);
	return errs->n + errs->dropped == before ? 0 : -1;
}
