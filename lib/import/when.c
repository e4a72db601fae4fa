#include "import/when.h"

#include <string.h>

struct parts {
	int64_t year;
	unsigned month, day, hour, minute, second;
	int64_t us;
	int half; /* -1: none, 0: AM, 12: PM */
	bool has_offset;
	int64_t offset; /* seconds east of UTC */
};

struct cursor {
	const char *p, *end;
};

static bool digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* Between min and max digits. */
static int number(struct cursor *c, unsigned min, unsigned max, unsigned *out)
{
	unsigned n = 0;

	*out = 0;
	while (n < max && digit(c)) {
		*out = *out * 10 + (unsigned)(*c->p++ - '0');
		n++;
	}
	return n < min ? -1 : 0;
}

static bool eat(struct cursor *c, char ch)
{
	if (c->p == c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

static void spaces(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

static int fraction(struct cursor *c, int64_t *us)
{
	int64_t unit = 100000;

	if (!digit(c))
		return -1;
	*us = 0;
	for (; digit(c); c->p++, unit /= 10)
		*us += unit * (*c->p - '0');
	return 0;
}

static int offset(struct cursor *c, struct parts *t)
{
	unsigned h, m = 0;
	bool west;

	t->has_offset = true;
	t->offset = 0;
	if (eat(c, 'Z') || eat(c, 'z'))
		return 0;
	west = c->p < c->end && *c->p == '-';
	if (!eat(c, '+') && !eat(c, '-'))
		return -1;
	if (number(c, 2, 2, &h) < 0 || h > 23)
		return -1;
	if ((eat(c, ':') || digit(c)) && (number(c, 2, 2, &m) < 0 || m > 59))
		return -1;
	t->offset = ((int64_t)h * 60 + m) * 60;
	if (west)
		t->offset = -t->offset;
	return 0;
}

static bool letter(const struct cursor *c)
{
	return c->p < c->end && ((*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'z');
}

static int month_name(struct cursor *c, unsigned *month)
{
	static const char *const names[] = {"january",   "february", "march",    "april",
	                                    "may",       "june",     "july",     "august",
	                                    "september", "october",  "november", "december"};
	const char *start = c->p;
	size_t n;

	while (letter(c))
		c->p++;
	n = (size_t)(c->p - start);
	eat(c, '.');
	for (unsigned m = 0; m < 12; m++) {
		size_t i = 0;

		while (i < n && names[m][i] && (start[i] | 0x20) == names[m][i])
			i++;
		if (i == n && (n == 3 || n == strlen(names[m]))) {
			*month = m + 1;
			return 0;
		}
	}
	return -1;
}

static int half_day(struct cursor *c, int *half)
{
	if (eat(c, 'A') || eat(c, 'a'))
		*half = 0;
	else if (eat(c, 'P') || eat(c, 'p'))
		*half = 12;
	else
		return -1;
	return eat(c, 'M') || eat(c, 'm') ? 0 : -1;
}

static int conversion(struct cursor *c, char conv, struct parts *t)
{
	unsigned v;

	switch (conv) {
	case 'Y':
		if (number(c, 4, 4, &v) < 0)
			return -1;
		t->year = v;
		return 0;
	case 'y':
		if (number(c, 2, 2, &v) < 0)
			return -1;
		t->year = v < 69 ? 2000 + (int64_t)v : 1900 + (int64_t)v;
		return 0;
	case 'm':
		return number(c, 1, 2, &t->month);
	case 'd':
		return number(c, 1, 2, &t->day);
	case 'b':
		return month_name(c, &t->month);
	case 'H':
	case 'I':
		return number(c, 1, 2, &t->hour);
	case 'M':
		return number(c, 1, 2, &t->minute);
	case 'S':
		return number(c, 1, 2, &t->second);
	case 'f':
		return fraction(c, &t->us);
	case 'p':
		return half_day(c, &t->half);
	case 'z':
		return offset(c, t);
	default:
		return eat(c, conv) ? 0 : -1;
	}
}

static int iso(struct cursor *c, struct parts *t)
{
	unsigned v;

	/* Two digits each: a text that was cut short must not pass for an earlier day. */
	if (number(c, 4, 4, &v) < 0 || !eat(c, '-') || number(c, 2, 2, &t->month) < 0 ||
	    !eat(c, '-') || number(c, 2, 2, &t->day) < 0)
		return -1;
	t->year = v;
	if (c->p == c->end)
		return 0;
	if (!eat(c, 'T') && !eat(c, 't') && !eat(c, ' '))
		return -1;
	if (number(c, 2, 2, &t->hour) < 0 || !eat(c, ':') || number(c, 2, 2, &t->minute) < 0)
		return -1;
	if (eat(c, ':') && number(c, 2, 2, &t->second) < 0)
		return -1;
	if ((eat(c, '.') || eat(c, ',')) && fraction(c, &t->us) < 0)
		return -1;
	spaces(c);
	if (c->end - c->p == 3 && memcmp(c->p, "UTC", 3) == 0) {
		c->p += 3;
		t->has_offset = true;
		return 0;
	}
	return c->p == c->end ? 0 : offset(c, t);
}

static int by_format(struct cursor *c, struct fx_str format, struct parts *t)
{
	for (size_t i = 0; i < format.n; i++) {
		char f = format.p[i];

		if (f == ' ' || f == '\t') {
			spaces(c);
		} else if (f == '%' && i + 1 < format.n) {
			if (conversion(c, format.p[++i], t) < 0)
				return -1;
		} else if (!eat(c, f)) {
			return -1;
		}
	}
	return 0;
}

static unsigned days_in(int64_t year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

int fx_when_parse(struct fx_str text, struct fx_str format, const struct fx_zone *zone,
                  fx_time *out)
{
	struct cursor c = {text.p, text.p + text.n};
	struct parts t = {.month = 1, .day = 1, .half = -1};
	fx_time local;

	if ((fx_str_is(format, "iso") ? iso(&c, &t) : by_format(&c, format, &t)) < 0)
		return -1;
	if (c.p != c.end)
		return -1;
	if (t.half >= 0) {
		if (t.hour < 1 || t.hour > 12)
			return -1;
		t.hour = t.hour % 12 + (unsigned)t.half;
	}
	if (t.month < 1 || t.month > 12 || t.day < 1 || t.day > days_in(t.year, t.month) ||
	    t.hour > 23 || t.minute > 59 || t.second > 60)
		return -1;
	local = fx_days_from_civil(t.year, t.month, t.day) * FX_DAY + t.hour * FX_HOUR +
	        t.minute * FX_MIN + t.second * FX_SEC + t.us;
	*out = t.has_offset ? local - t.offset * FX_SEC
	       : zone       ? fx_zone_to_utc(zone, local)
	                    : local;
	return 0;
}

bool fx_when_format_ok(struct fx_str format, char *bad)
{
	if (fx_str_is(format, "iso"))
		return true;
	for (size_t i = 0; i < format.n; i++) {
		if (format.p[i] != '%')
			continue;
		*bad = i + 1 < format.n ? format.p[i + 1] : '%';
		if (i + 1 == format.n || !strchr("YymdbHIMSfpz%", format.p[++i]))
			return false;
	}
	return true;
}
