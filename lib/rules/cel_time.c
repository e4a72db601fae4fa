/* Timestamps (RFC 3339, nanoseconds, years 1 to 9999) and durations (Go's text form). */
#include "rules/cel_ast.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define FIRST INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

bool cel_timestamp_ok(int64_t sec)
{
	return sec >= FIRST && sec <= LAST;
}

/* n digits at *p as a number; false when they are not all there. */
static bool take(const char **p, const char *end, unsigned n, unsigned *out)
{
	unsigned v = 0;

	for (; n; n--, (*p)++) {
		if (*p == end || **p < '0' || **p > '9')
			return false;
		v = v * 10 + (unsigned)(**p - '0');
	}
	*out = v;
	return true;
}

static bool lit(const char **p, const char *end, const char *any)
{
	if (*p == end || !**p || !strchr(any, **p))
		return false;
	(*p)++;
	return true;
}

static bool month_has(unsigned y, unsigned m, unsigned d)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] + (unsigned)(m == 2 && leap);
}

static bool offset(const char **p, const char *end, int64_t *sec)
{
	unsigned h, m;
	bool minus;

	*sec = 0;
	if (lit(p, end, "Zz"))
		return true;
	minus = *p < end && **p == '-';
	if (!lit(p, end, "+-") || !take(p, end, 2, &h) || !lit(p, end, ":") ||
	    !take(p, end, 2, &m) || h > 23 || m > 59)
		return false;
	*sec = (int64_t)h * 3600 + (int64_t)m * 60;
	if (minus)
		*sec = -*sec;
	return true;
}

int cel_timestamp_parse(struct fx_str s, cel_value *out)
{
	const char *p = s.p, *end = s.p + s.n;
	unsigned y, mo, d, h, mi, sec, ns = 0;
	int64_t off, t;

	if (!take(&p, end, 4, &y) || !lit(&p, end, "-") || !take(&p, end, 2, &mo) ||
	    !lit(&p, end, "-") || !take(&p, end, 2, &d) || !lit(&p, end, "Tt") ||
	    !take(&p, end, 2, &h) || !lit(&p, end, ":") || !take(&p, end, 2, &mi) ||
	    !lit(&p, end, ":") || !take(&p, end, 2, &sec))
		return -1;
	if (!month_has(y, mo, d) || h > 23 || mi > 59 || sec > 59)
		return -1;
	if (lit(&p, end, ".")) {
		unsigned scale = 100000000, digits = 0;

		for (; p < end && *p >= '0' && *p <= '9'; p++, digits++, scale /= 10)
			ns += (unsigned)(*p - '0') * scale;
		if (digits == 0)
			return -1;
	}
	if (!offset(&p, end, &off) || p != end)
		return -1;
	t = fx_days_from_civil(y, mo, d) * 86400 + (int64_t)h * 3600 + (int64_t)mi * 60 +
	    (int64_t)sec - off;
	if (!cel_timestamp_ok(t))
		return -1;
	*out = (cel_value){.kind = FX_CV_TIMESTAMP, .i = t, .ns = (int32_t)ns};
	return 0;
}

/* ".5", ".500" -> as few digits as tell it; nothing for 0. */
static size_t fraction(uint32_t ns, char *out)
{
	char digits[16];
	size_t n = 9;

	if (ns == 0)
		return 0;
	snprintf(digits, sizeof(digits), "%09u", ns);
	while (digits[n - 1] == '0')
		n--;
	out[0] = '.';
	memcpy(out + 1, digits, n);
	return n + 1;
}

size_t cel_timestamp_format(const cel_value *v, char out[CEL_TIME_LEN])
{
	int64_t days = v->i / 86400, sec = v->i % 86400, y;
	unsigned m, d;
	size_t n;

	if (sec < 0) {
		sec += 86400;
		days--;
	}
	fx_civil_from_days(days, &y, &m, &d);
	n = (size_t)snprintf(out, CEL_TIME_LEN, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)y, m, d,
	                     (unsigned)(sec / 3600), (unsigned)(sec / 60 % 60),
	                     (unsigned)(sec % 60));
	n += fraction((uint32_t)v->ns, out + n);
	out[n++] = 'Z';
	return n;
}

/* ---- durations ---- */

/* Nanoseconds of a unit at *p, 0 when there is none. */
static int64_t unit(const char **p, const char *end)
{
	static const struct {
		char text[4];
		int64_t ns;
	} units[] = {{"ns", 1},       {"us", 1000},  {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
	             {"ms", 1000000}, {"s", SECOND}, {"m", 60 * SECOND},  {"h", 3600 * SECOND}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t n = strnlen(units[i].text, sizeof(units[i].text));

		if ((size_t)(end - *p) < n || memcmp(*p, units[i].text, n) != 0)
			continue;
		*p += n;
		return units[i].ns;
	}
	return 0;
}

/* One "1.5h": its nanoseconds are added (taken off, when minus: INT64_MIN is a duration). */
static int part(const char **p, const char *end, bool minus, int64_t *sum)
{
	const char *start = *p, *frac, *frac_end;
	int64_t whole = 0, ns, more = 0, scale;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		if (__builtin_mul_overflow(whole, (int64_t)10, &whole) ||
		    __builtin_add_overflow(whole, (int64_t)(**p - '0'), &whole))
			return -1;
	frac = frac_end = *p;
	if (*p < end && **p == '.') {
		(*p)++;
		frac = *p;
		while (*p < end && **p >= '0' && **p <= '9')
			(*p)++;
		frac_end = *p;
	}
	if (*p - start == (frac != start && frac[-1] == '.' ? 1 : 0) && frac == frac_end)
		return -1;
	ns = unit(p, end);
	if (!ns)
		return -1;
	scale = ns;
	for (; frac < frac_end && scale; frac++) {
		/* the unit's tenths, hundredths ...; what is under a nanosecond is cut */
		more += (int64_t)(frac[0] - '0') * scale / 10;
		if (scale % 10)
			break;
		scale /= 10;
	}
	if (__builtin_mul_overflow(whole, ns, &whole) ||
	    __builtin_add_overflow(whole, more, &whole))
		return -1;
	return (minus ? __builtin_sub_overflow(*sum, whole, sum)
	              : __builtin_add_overflow(*sum, whole, sum))
	           ? -1
	           : 0;
}

int cel_duration_parse(struct fx_str s, cel_value *out)
{
	const char *p = s.p, *end = s.p + s.n;
	bool minus = s.n && *p == '-';
	int64_t sum = 0;

	if (s.n && (*p == '-' || *p == '+'))
		p++;
	if (end - p == 1 && *p == '0')
		p++;
	else if (p == end)
		return -1;
	while (p < end)
		if (part(&p, end, minus, &sum))
			return -1;
	*out = (cel_value){.kind = FX_CV_DURATION, .i = sum};
	return 0;
}

size_t cel_duration_format(const cel_value *v, char out[CEL_TIME_LEN])
{
	uint64_t ns = v->i < 0 ? 0 - (uint64_t)v->i : (uint64_t)v->i;
	size_t n = (size_t)snprintf(out, CEL_TIME_LEN, "%s%llu", v->i < 0 ? "-" : "",
	                            (unsigned long long)(ns / (uint64_t)SECOND));

	n += fraction((uint32_t)(ns % (uint64_t)SECOND), out + n);
	out[n++] = 's';
	return n;
}
