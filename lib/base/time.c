#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

fx_time fx_time_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (fx_time)ts.tv_sec * FX_SEC + ts.tv_nsec / 1000;
}

/* Days and civil dates as in Howard Hinnant's chrono paper: eras of 400 years from March. */
int64_t fx_days_from_civil(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

void fx_civil_from_days(int64_t days, int64_t *y, unsigned *m, unsigned *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned doe = (unsigned)(days - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = (int64_t)yoe + era * 400 + (*m <= 2);
}

unsigned fx_weekday(int64_t days)
{
	return (unsigned)(((days + 3) % 7 + 7) % 7);
}

static unsigned month_days(int64_t y, unsigned m)
{
	static const unsigned char len[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0))
		return 29;
	return len[m - 1];
}

/* n digits at p into *v. */
static bool digits(const char *p, size_t n, unsigned *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned char)p[i] - (unsigned)'0';

		if (d > 9)
			return false;
		*v = *v * 10 + d;
	}
	return true;
}

static bool parse_date(const char *p, int64_t *days)
{
	unsigned y, m, d;

	if (!digits(p, 4, &y) || p[4] != '-' || !digits(p + 5, 2, &m) || p[7] != '-' ||
	    !digits(p + 8, 2, &d))
		return false;
	if (m < 1 || m > 12 || d < 1 || d > month_days(y, m))
		return false;
	*days = fx_days_from_civil(y, m, d);
	return true;
}

/* "Z" or "+hh:mm" at p, to the end of s; seconds east. */
static bool parse_offset(const char *p, const char *end, int *east)
{
	unsigned h, m;

	if (end - p == 1 && (*p == 'Z' || *p == 'z')) {
		*east = 0;
		return true;
	}
	if (end - p != 6 || (*p != '+' && *p != '-') || !digits(p + 1, 2, &h) || p[3] != ':' ||
	    !digits(p + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*east = (int)(h * 3600 + m * 60) * (*p == '-' ? -1 : 1);
	return true;
}

int fx_time_parse(struct fx_str s, fx_time *out)
{
	const char *p = s.p, *end = s.p + s.n;
	unsigned h, m, sec;
	int64_t days;
	fx_time frac = 0;
	int east;

	if (s.n < 20 || !parse_date(p, &days))
		return -1;
	if (p[10] != 'T' && p[10] != 't' && p[10] != ' ')
		return -1;
	if (!digits(p + 11, 2, &h) || p[13] != ':' || !digits(p + 14, 2, &m) || p[16] != ':' ||
	    !digits(p + 17, 2, &sec) || h > 23 || m > 59 || sec > 60)
		return -1;
	p += 19;
	if (*p == '.') {
		fx_time unit = FX_SEC / 10;
		const char *first = ++p;

		for (; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
			frac += unit * (*p - '0');
		if (p == first)
			return -1;
	}
	if (!parse_offset(p, end, &east))
		return -1;
	*out = days * FX_DAY + (fx_time)h * FX_HOUR + (fx_time)m * FX_MIN + (fx_time)sec * FX_SEC +
	       frac - east * FX_SEC;
	return 0;
}

static char *put(char *p, unsigned v, unsigned n)
{
	for (unsigned i = n; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

size_t fx_time_format(fx_time t, char out[FX_TIME_LEN])
{
	int64_t days = t / FX_DAY, y;
	fx_time of_day = t % FX_DAY;
	unsigned m, d, us;
	char *p = out;

	out[0] = '\0';
	if (t == FX_TIME_NONE)
		return 0;
	if (of_day < 0) {
		of_day += FX_DAY;
		days--;
	}
	fx_civil_from_days(days, &y, &m, &d);
	if (y < 0 || y > 9999)
		return 0;
	p = put(p, (unsigned)y, 4);
	*p++ = '-';
	p = put(p, m, 2);
	*p++ = '-';
	p = put(p, d, 2);
	*p++ = 'T';
	p = put(p, (unsigned)(of_day / FX_HOUR), 2);
	*p++ = ':';
	p = put(p, (unsigned)(of_day / FX_MIN % 60), 2);
	*p++ = ':';
	p = put(p, (unsigned)(of_day / FX_SEC % 60), 2);
	us = (unsigned)(of_day % FX_SEC);
	if (us) {
		*p++ = '.';
		p = us % 1000 ? put(p, us, 6) : put(p, us / 1000, 3);
	}
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

int fx_time_arg(struct fx_str s, fx_time now, fx_time *out, struct fx_err *err)
{
	fx_time midnight = now - (now % FX_DAY + FX_DAY) % FX_DAY;
	bool ahead = s.n > 0 && s.p[0] == '+';
	struct fx_dur dur;
	int64_t days;

	s = fx_str_trim(s);
	if (fx_time_parse(s, out) == 0)
		return 0;
	if (s.n == 10 && parse_date(s.p, &days))
		*out = days * FX_DAY;
	else if (fx_str_is(s, "now"))
		*out = now;
	else if (fx_str_is(s, "today"))
		*out = midnight;
	else if (fx_str_is(s, "yesterday"))
		*out = midnight - FX_DAY;
	else if (fx_dur_parse((struct fx_str){s.p + ahead, s.n - ahead}, &dur) == 0 &&
		 dur.workdays == 0)
		*out = ahead ? now + dur.us : now - dur.us;
	else
		return fx_fail(err, FX_EUSAGE,
			       "'%.*s' is no time (try 2026-11-20T18:00:00Z, 2026-11-20, yesterday, "
			       "7d, +1h)",
			       FX_FMT(s));
	return 0;
}

static fx_time unit_of(struct fx_str s, size_t *taken)
{
	*taken = 1;
	switch (s.n ? s.p[0] : 0) {
	case 's':
		return FX_SEC;
	case 'm':
		return FX_MIN;
	case 'h':
		return FX_HOUR;
	case 'd':
		return FX_DAY;
	default:
		return 0;
	}
}

int fx_dur_parse(struct fx_str s, struct fx_dur *out)
{
	*out = (struct fx_dur){0};
	if (s.n > 2 && s.p[s.n - 1] == 'd' && s.p[s.n - 2] == 'w') {
		uint64_t n;

		if (fx_str_u64((struct fx_str){s.p, s.n - 2}, &n) || n == 0 || n > 1000)
			return -1;
		out->workdays = (unsigned)n;
		return 0;
	}
	if (s.n == 0)
		return -1;
	for (fx_time last = INT64_MAX; s.n > 0;) {
		uint64_t v;
		size_t n = 0, taken;
		fx_time unit;

		while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
			n++;
		if (fx_str_u64((struct fx_str){s.p, n}, &v))
			return -1;
		s.p += n;
		s.n -= n;
		unit = unit_of(s, &taken);
		/* A hundred years is beyond any promise, and keeps every sum in range. */
		if (unit == 0 || unit >= last || v > (uint64_t)(36525 * FX_DAY / unit))
			return -1;
		last = unit;
		out->us += (fx_time)v * unit;
		s.p += taken;
		s.n -= taken;
	}
	return 0;
}

size_t fx_dur_format(fx_time us, char out[FX_TIME_LEN])
{
	const char *sign = us < 0 ? "-" : "";
	fx_time s = (us < 0 ? -us : us) / FX_SEC;
	int n;

	if (s < 60)
		n = snprintf(out, FX_TIME_LEN, "%s%ds", sign, (int)s);
	else if (s < 3600)
		n = snprintf(out, FX_TIME_LEN, "%s%dm", sign, (int)(s / 60));
	else if (s < 86400)
		n = snprintf(out, FX_TIME_LEN, "%s%dh%02dm", sign, (int)(s / 3600),
			     (int)(s / 60 % 60));
	else
		n = snprintf(out, FX_TIME_LEN, "%s%lldd%dh", sign, (long long)(s / 86400),
			     (int)(s / 3600 % 24));
	return (size_t)n;
}
