/*
 * Time zones: TZif files of the system's tzdata (RFC 8536, version 2 and later)
 * with their POSIX TZ footer for times after the last transition.
 *
 * Not localtime_r: that knows one zone a process, by setenv, and a registry
 * names several.
 */
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/stream.h"

/* When summer time starts or ends in a year: "Mm.w.d/time", or "Jn", or "n". */
struct tz_date {
	char kind; /* 'M', 'J', '0' */
	int month, week, day;
	int32_t at; /* seconds after local midnight; may be negative or above a day */
};

struct fx_zone {
	size_t n;
	const int64_t *when;    /* seconds, sorted */
	const int32_t *offset;  /* from when[i] on */
	int32_t first;          /* before when[0] */
	bool rule, dst;         /* the footer: is there, has summer time */
	int32_t std_off, dst_off;
	struct tz_date start, end;
};

static int64_t floor_sec(fx_time t)
{
	return t / FX_SEC - (t % FX_SEC < 0);
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ---- the POSIX TZ footer ---- */

static const char *tz_number(const char *p, const char *end, int *v)
{
	const char *start = p;

	*v = 0;
	while (p < end && *p >= '0' && *p <= '9' && *v < 1000)
		*v = *v * 10 + (*p++ - '0');
	return p == start ? NULL : p;
}

/* [+-]h[:m[:s]] in seconds */
static const char *tz_hms(const char *p, const char *end, int32_t *out)
{
	int sign = 1, part[3] = {0, 0, 0};

	if (p < end && (*p == '-' || *p == '+'))
		sign = *p++ == '-' ? -1 : 1;
	for (int i = 0; i < 3; i++) {
		p = tz_number(p, end, &part[i]);
		if (!p)
			return NULL;
		if (p >= end || *p != ':' || i == 2)
			break;
		p++;
	}
	*out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return p;
}

static const char *tz_name(const char *p, const char *end)
{
	const char *start = p;

	if (p < end && *p == '<') {
		while (p < end && *p != '>')
			p++;
		return p < end ? p + 1 : NULL;
	}
	while (p < end && ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z')))
		p++;
	return p - start >= 3 ? p : NULL;
}

static const char *tz_rule_date(const char *p, const char *end, struct tz_date *d)
{
	d->at = 7200;
	if (p < end && *p == 'M') {
		d->kind = 'M';
		if (!(p = tz_number(p + 1, end, &d->month)) || p >= end || *p != '.' ||
		    !(p = tz_number(p + 1, end, &d->week)) || p >= end || *p != '.' ||
		    !(p = tz_number(p + 1, end, &d->day)))
			return NULL;
		if (d->month < 1 || d->month > 12 || d->week < 1 || d->week > 5 || d->day > 6)
			return NULL;
	} else {
		d->kind = '0';
		if (p < end && *p == 'J') {
			d->kind = 'J';
			p++;
		}
		if (!(p = tz_number(p, end, &d->day)) || d->day > 366)
			return NULL;
	}
	return p < end && *p == '/' ? tz_hms(p + 1, end, &d->at) : p;
}

static bool parse_footer(struct fx_zone *z, const char *p, const char *end)
{
	int32_t west;

	if (!(p = tz_name(p, end)) || !(p = tz_hms(p, end, &west)))
		return false;
	z->std_off = -west;
	z->rule = true;
	if (p == end)
		return true;
	if (!(p = tz_name(p, end)))
		return false;
	z->dst = true;
	z->dst_off = z->std_off + 3600;
	if (p < end && *p != ',') {
		if (!(p = tz_hms(p, end, &west)))
			return false;
		z->dst_off = -west;
	}
	return p < end && *p == ',' && (p = tz_rule_date(p + 1, end, &z->start)) && p < end &&
	       *p == ',' && (p = tz_rule_date(p + 1, end, &z->end)) && p == end;
}

/* Local seconds since the epoch's wall midnight at which a rule date falls in a year. */
static int64_t tz_date_in(const struct tz_date *d, int64_t year)
{
	int64_t jan1 = fx_days_from_civil(year, 1, 1), day;

	if (d->kind == 'M') {
		int64_t first = fx_days_from_civil(year, (unsigned)d->month, 1);
		int64_t next = d->month == 12 ? fx_days_from_civil(year + 1, 1, 1)
					      : fx_days_from_civil(year, (unsigned)d->month + 1, 1);
		/* POSIX counts days from Sunday, fx_weekday from Monday. */
		int wday = (int)(fx_weekday(first) + 1) % 7;

		day = first + (d->day - wday + 7) % 7 + (d->week - 1) * 7;
		if (day >= next)
			day -= 7;
	} else if (d->kind == 'J') {
		bool leap = fx_days_from_civil(year + 1, 1, 1) - jan1 == 366;

		day = jan1 + d->day - 1 + (leap && d->day >= 60);
	} else {
		day = jan1 + d->day;
	}
	return day * 86400 + d->at;
}

static int32_t rule_offset(const struct fx_zone *z, int64_t sec)
{
	int64_t year, start, end;
	unsigned m, d;

	if (!z->dst)
		return z->std_off;
	fx_civil_from_days((sec + z->std_off - (sec + z->std_off < 0 ? 86399 : 0)) / 86400, &year,
			   &m, &d);
	start = tz_date_in(&z->start, year) - z->std_off;
	end = tz_date_in(&z->end, year) - z->dst_off;
	if (start < end)
		return sec >= start && sec < end ? z->dst_off : z->std_off;
	return sec >= end && sec < start ? z->std_off : z->dst_off;
}

/* ---- TZif ---- */

struct header {
	uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static bool read_header(const unsigned char *p, size_t n, struct header *h)
{
	if (n < 44 || memcmp(p, "TZif", 4) != 0)
		return false;
	h->isutcnt = be32(p + 20);
	h->isstdcnt = be32(p + 24);
	h->leapcnt = be32(p + 28);
	h->timecnt = be32(p + 32);
	h->typecnt = be32(p + 36);
	h->charcnt = be32(p + 40);
	return h->timecnt < 65536 && h->typecnt > 0 && h->typecnt < 256 && h->charcnt < 4096 &&
	       h->leapcnt < 4096 && h->isutcnt < 256 && h->isstdcnt < 256;
}

static size_t body_size(const struct header *h, size_t time_size)
{
	return h->timecnt * time_size + h->timecnt + h->typecnt * 6 + h->charcnt +
	       h->leapcnt * (time_size + 4) + h->isstdcnt + h->isutcnt;
}

static bool parse_tzif(struct fx_arena *a, struct fx_zone *z, const unsigned char *p, size_t n)
{
	struct header h;
	size_t skip;

	if (!read_header(p, n, &h) || p[4] < '2')
		return false;
	skip = 44 + body_size(&h, 4);
	if (n < skip || !read_header(p + skip, n - skip, &h))
		return false;
	p += skip + 44;
	n -= skip + 44;
	if (n < body_size(&h, 8))
		return false;

	int64_t *when = FX_NEWV(a, int64_t, h.timecnt + 1);
	int32_t *offset = FX_NEWV(a, int32_t, h.timecnt + 1);
	const unsigned char *kind = p + h.timecnt * 8, *type = kind + h.timecnt;

	for (uint32_t i = 0; i < h.timecnt; i++) {
		if (kind[i] >= h.typecnt)
			return false;
		when[i] = (int64_t)((uint64_t)be32(p + i * 8) << 32 | be32(p + i * 8 + 4));
		offset[i] = (int32_t)be32(type + kind[i] * 6);
	}
	z->n = h.timecnt;
	z->when = when;
	z->offset = offset;
	z->first = (int32_t)be32(type);

	const char *f = (const char *)p + body_size(&h, 8), *end = (const char *)p + n;

	if (f < end && *f == '\n') {
		const char *nl = memchr(f + 1, '\n', (size_t)(end - f - 1));

		if (nl && nl > f + 1 && !parse_footer(z, f + 1, nl))
			return false;
	}
	return true;
}

static bool safe_name(struct fx_str name)
{
	if (name.n == 0 || name.n > 64 || name.p[0] == '/' || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '/' || c == '_' || c == '-' || c == '+'))
			return false;
	}
	return true;
}

static bool fixed_offset(struct fx_str s, int32_t *east)
{
	const char *p = s.p, *end = s.p + s.n;

	return s.n == 6 && (*p == '+' || *p == '-') && p[3] == ':' &&
	       (p = tz_hms(p, end, east)) && p == end;
}

const struct fx_zone *fx_zone_open(struct fx_arena *a, struct fx_str name, struct fx_err *err)
{
	struct fx_zone *z = FX_NEW(a, struct fx_zone);
	const char *dir = getenv("TZDIR");
	struct fx_buf file = {0};
	struct fx_err why;
	bool good;

	z->rule = true;
	if (fx_str_is(name, "UTC") || fx_str_is(name, "Z") || fixed_offset(name, &z->std_off))
		return z;
	z->rule = false;
	if (!safe_name(name)) {
		fx_fail(err, FX_ECONF, "'%.*s' is no time zone name", FX_FMT(name));
		return NULL;
	}
	struct fx_str path = fx_arena_fmt(a, "%s/%.*s", dir && *dir ? dir : "/usr/share/zoneinfo",
					  FX_FMT(name));

	if (fx_read_file(path.p, &file, 1 << 20, &why)) {
		fx_fail(err, FX_ECONF, "no time zone '%.*s' (%s)", FX_FMT(name), why.msg);
		fx_buf_free(&file);
		return NULL;
	}
	good = parse_tzif(a, z, (const unsigned char *)file.p, file.n);
	fx_buf_free(&file);
	if (good)
		return z;
	fx_fail(err, FX_ECONF, "%s: not a TZif file of version 2 or later", path.p);
	return NULL;
}

static int32_t offset_at(const struct fx_zone *z, int64_t sec)
{
	size_t lo = 0, hi = z->n;

	if (z->n == 0 || sec < z->when[0])
		return z->n == 0 && z->rule ? rule_offset(z, sec) : z->first;
	if (z->rule && sec >= z->when[z->n - 1])
		return rule_offset(z, sec);
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->when[mid] <= sec)
			lo = mid;
		else
			hi = mid;
	}
	return z->offset[lo];
}

int32_t fx_zone_offset(const struct fx_zone *z, fx_time t)
{
	return offset_at(z, floor_sec(t));
}

fx_time fx_zone_to_utc(const struct fx_zone *z, fx_time local)
{
	int64_t sec = floor_sec(local);
	/* A change moves the clock by less than a day: the offsets around it are these two. */
	int32_t before = offset_at(z, sec - 86400), after = offset_at(z, sec + 86400);

	if (offset_at(z, sec - before) == before)
		return local - before * FX_SEC;
	if (offset_at(z, sec - after) == after)
		return local - after * FX_SEC;
	/* In the gap: the offset of before carries the wall clock past the change. */
	return local - before * FX_SEC;
}
