#include "base/calendar.h"

#include <string.h>

/* No calendar is searched further than this for an open moment. */
#define HORIZON_DAYS 3660

static const char DAYS[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static int day_of(struct fx_str s)
{
	for (int i = 0; i < 7; i++)
		if (fx_str_is(s, DAYS[i]))
			return i;
	return -1;
}

/* "08:00" */
static bool clock_of(struct fx_str s, fx_time *out)
{
	uint64_t h, m;

	if (s.n != 5 || s.p[2] != ':' || fx_str_u64((struct fx_str){s.p, 2}, &h) ||
	    fx_str_u64((struct fx_str){s.p + 3, 2}, &m) || m > 59 || h > 24 || (h == 24 && m))
		return false;
	*out = (fx_time)h * FX_HOUR + (fx_time)m * FX_MIN;
	return true;
}

static struct fx_str word(struct fx_str *s)
{
	struct fx_str w = fx_str_trim(*s);
	size_t n = 0;

	while (n < w.n && w.p[n] != ' ' && w.p[n] != '\t')
		n++;
	*s = (struct fx_str){w.p + n, w.n - n};
	return (struct fx_str){w.p, n};
}

static struct fx_str before(struct fx_str s, char c, struct fx_str *rest)
{
	size_t at = fx_str_find(s, c);

	*rest = at < s.n ? (struct fx_str){s.p + at + 1, s.n - at - 1} : (struct fx_str){NULL, 0};
	return (struct fx_str){s.p, at};
}

static int add_spans(struct fx_hours *h, struct fx_str days, fx_time from, fx_time to,
		     struct fx_err *err)
{
	struct fx_str last, first = before(days, '-', &last);
	int a = day_of(first), b = last.p ? day_of(last) : a;

	if (a < 0 || b < 0)
		return fx_fail(err, FX_ECONF, "'%.*s': days are written Mon-Fri or Sat",
			       FX_FMT(days));
	for (int d = a;; d = (d + 1) % 7) {
		struct fx_span s = {(unsigned char)d, from, to};
		unsigned i = h->nspan;

		if (h->nspan == FX_HOURS_SPANS)
			return fx_fail(err, FX_ECONF, "more than %d spans a week", FX_HOURS_SPANS);
		for (; i > 0 && (h->span[i - 1].day > d ||
				 (h->span[i - 1].day == d && h->span[i - 1].from > from));
		     i--)
			h->span[i] = h->span[i - 1];
		h->span[i] = s;
		h->nspan++;
		if (d == b)
			break;
	}
	for (unsigned i = 1; i < h->nspan; i++)
		if (h->span[i].day == h->span[i - 1].day && h->span[i].from < h->span[i - 1].to)
			return fx_fail(err, FX_ECONF, "'%.*s': hours overlap on %s", FX_FMT(days),
				       DAYS[h->span[i].day]);
	return 0;
}

int fx_hours_parse(struct fx_arena *a, struct fx_str s, struct fx_hours *out, struct fx_err *err)
{
	struct fx_str rest = s, zone = FX_STR("UTC");

	*out = (struct fx_hours){0};
	for (;;) {
		struct fx_str days = word(&rest), times = word(&rest), to_text, from_text;
		bool more = times.n > 0 && times.p[times.n - 1] == ',';
		fx_time from, to;

		times.n -= more;
		from_text = before(times, '-', &to_text);
		if (!to_text.p || !clock_of(from_text, &from) || !clock_of(to_text, &to) ||
		    from >= to)
			return fx_fail(err, FX_ECONF,
				       "'%.*s': hours are written 'Mon-Fri 08:00-18:00 "
				       "Europe/Berlin'",
				       FX_FMT(s));
		if (add_spans(out, days, from, to, err))
			return -1;
		if (!more)
			break;
	}
	rest = fx_str_trim(rest);
	if (rest.n)
		zone = rest;
	out->zone = fx_zone_open(a, zone, err);
	return out->zone ? 0 : -1;
}

static bool closed_on(const struct fx_hours *h, int64_t day)
{
	size_t lo = 0, hi = h->nclosed;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (h->closed[mid] < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < h->nclosed && h->closed[lo] == day;
}

static int64_t local_day(const struct fx_hours *h, fx_time t)
{
	fx_time local = t + fx_zone_offset(h->zone, t) * FX_SEC;

	return local / FX_DAY - (local % FX_DAY < 0);
}

/*
 * The next stretch of open time that ends after t: [*from, *to) in UTC.
 * Wall-clock limits are turned to UTC one by one, so a day with a DST change
 * has its real length.
 */
static bool next_stretch(const struct fx_hours *h, fx_time t, fx_time *from, fx_time *to)
{
	int64_t day = local_day(h, t);

	for (int64_t last = day + HORIZON_DAYS; day <= last; day++) {
		unsigned wd = fx_weekday(day);

		if (closed_on(h, day))
			continue;
		for (unsigned i = 0; i < h->nspan; i++) {
			if (h->span[i].day != wd)
				continue;
			*from = fx_zone_to_utc(h->zone, day * FX_DAY + h->span[i].from);
			*to = fx_zone_to_utc(h->zone, day * FX_DAY + h->span[i].to);
			if (*to > t && *to > *from)
				return true;
		}
	}
	return false;
}

bool fx_hours_open(const struct fx_hours *h, fx_time t)
{
	return fx_hours_next(h, t) == t;
}

fx_time fx_hours_next(const struct fx_hours *h, fx_time t)
{
	fx_time from, to;

	if (!h)
		return t;
	if (!next_stretch(h, t, &from, &to))
		return FX_TIME_NONE;
	return from > t ? from : t;
}

fx_time fx_hours_add(const struct fx_hours *h, fx_time t, fx_time work)
{
	fx_time from, to;

	if (!h)
		return t + work;
	while (next_stretch(h, t, &from, &to)) {
		if (from < t)
			from = t;
		if (work <= to - from)
			return from + work;
		work -= to - from;
		t = to;
	}
	return FX_TIME_NONE;
}

fx_time fx_hours_between(const struct fx_hours *h, fx_time a, fx_time b)
{
	fx_time sum = 0, from, to;

	if (b <= a)
		return 0;
	if (!h)
		return b - a;
	while (a < b && next_stretch(h, a, &from, &to) && from < b) {
		sum += (to < b ? to : b) - (from > a ? from : a);
		a = to;
	}
	return sum;
}

static bool works_on(const struct fx_hours *h, int64_t day, fx_time *end)
{
	unsigned wd = fx_weekday(day);
	bool any = false;

	if (!h) {
		*end = (day + 1) * FX_DAY;
		return wd < 5;
	}
	if (closed_on(h, day))
		return false;
	for (unsigned i = 0; i < h->nspan; i++)
		if (h->span[i].day == wd) {
			*end = fx_zone_to_utc(h->zone, day * FX_DAY + h->span[i].to);
			any = true;
		}
	return any;
}

fx_time fx_hours_add_days(const struct fx_hours *h, fx_time t, unsigned n)
{
	int64_t day = h ? local_day(h, t) : t / FX_DAY - (t % FX_DAY < 0);

	for (int64_t last = day + HORIZON_DAYS; day < last && n > 0;) {
		fx_time end;

		if (works_on(h, ++day, &end) && --n == 0)
			return end;
	}
	return n == 0 ? t : FX_TIME_NONE;
}
