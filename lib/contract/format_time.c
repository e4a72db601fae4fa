/* RFC 3339: dates, times, durations (its appendix A). */
#include "contract/format.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Two digits at p, or -1. */
static int two(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

bool format_date(struct fx_str s)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int century, year, month, day, last;

	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-')
		return false;
	century = two(s.p);
	year = two(s.p + 2);
	month = two(s.p + 5);
	day = two(s.p + 8);
	if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1)
		return false;
	year += century * 100;
	last = days[month - 1];
	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		last = 29;
	return day <= last;
}

bool format_time(struct fx_str s)
{
	int h, m, sec, zone = 0, utc;
	size_t i = 8;

	if (s.n < 9 || s.p[2] != ':' || s.p[5] != ':')
		return false;
	h = two(s.p);
	m = two(s.p + 3);
	sec = two(s.p + 6);
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60)
		return false;
	if (s.p[i] == '.') {
		size_t from = ++i;

		while (i < s.n && is_digit(s.p[i]))
			i++;
		if (i == from)
			return false;
	}
	if (i + 1 == s.n && (s.p[i] | 32) == 'z') {
		zone = 0;
	} else if (i + 6 == s.n && (s.p[i] == '+' || s.p[i] == '-') && s.p[i + 3] == ':') {
		int zh = two(s.p + i + 1), zm = two(s.p + i + 4);

		if (zh < 0 || zh > 23 || zm < 0 || zm > 59)
			return false;
		zone = (zh * 60 + zm) * (s.p[i] == '-' ? -1 : 1);
	} else {
		return false;
	}
	/* a leap second is the last of a day in UTC */
	utc = (h * 60 + m - zone + 2 * 1440) % 1440;
	return sec < 60 || utc == 1439;
}

bool format_date_time(struct fx_str s)
{
	return s.n > 11 && (s.p[10] | 32) == 't' && format_date((struct fx_str){s.p, 10}) &&
	       format_time((struct fx_str){s.p + 11, s.n - 11});
}

/* digits and one of the units, in their order, none skipped between two: false when none comes. */
static bool units(struct fx_str s, size_t *i, const char *order)
{
	const char *next = NULL;
	bool any = false;

	while (*i < s.n && is_digit(s.p[*i])) {
		const char *u;

		while (*i < s.n && is_digit(s.p[*i]))
			++*i;
		if (*i == s.n)
			return false;
		for (u = order; *u && *u != s.p[*i]; u++)
			;
		if (!*u || (next && u != next))
			return false;
		next = u + 1;
		any = true;
		++*i;
	}
	return any;
}

bool format_duration(struct fx_str s)
{
	size_t i = 1;

	if (s.n < 3 || s.p[0] != 'P')
		return false;
	if (s.p[s.n - 1] == 'W')
		return units(s, &i, "W") && i == s.n;
	if (s.p[i] != 'T' && !units(s, &i, "YMD"))
		return false;
	if (i == s.n)
		return true;
	if (s.p[i++] != 'T')
		return false;
	return units(s, &i, "HMS") && i == s.n;
}
