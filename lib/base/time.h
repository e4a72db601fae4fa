/*
 * Points in time, RFC 3339, durations.
 */
#ifndef FX_BASE_TIME_H
#define FX_BASE_TIME_H

#include "base/err.h"
#include "base/str.h"

/* Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX). */
typedef int64_t fx_time;
#define FX_TIME_NONE INT64_MIN
#define FX_SEC ((fx_time)1000000)
#define FX_MIN (60 * FX_SEC)
#define FX_HOUR (60 * FX_MIN)
#define FX_DAY (24 * FX_HOUR)
/* Longest text of fx_time_format, with its NUL. */
#define FX_TIME_LEN 32

/* CLOCK_REALTIME. */
fx_time fx_time_clock(void);
/* RFC 3339 date-time, years 0000 to 9999; digits beyond the microsecond are
 * cut; second 60 is taken as the first of the next minute.  0, or -1. */
int fx_time_parse(struct fx_str s, fx_time *out);
/* "2026-11-20T18:03:09Z"; a fraction (3 or 6 digits) only when it is not zero.
 * Returns the length.  FX_TIME_NONE and years out of range give "". */
size_t fx_time_format(fx_time t, char out[FX_TIME_LEN]);
/*
 * A time as people give it on a command line: RFC 3339; a date (its midnight,
 * UTC); "now", "today", "yesterday" (midnights, UTC); "7d", "90m" (that long
 * before now); "+1h" (after now).  0, or -1 with what was expected in err.
 */
int fx_time_arg(struct fx_str s, fx_time now, fx_time *out, struct fx_err *err);

/* Proleptic Gregorian: days since 1970-01-01 of a date, and back. */
int64_t fx_days_from_civil(int64_t y, unsigned m, unsigned d);
void fx_civil_from_days(int64_t days, int64_t *y, unsigned *m, unsigned *d);
/* 0 Monday .. 6 Sunday. */
unsigned fx_weekday(int64_t days);

/* A duration: clock time, or a number of an owner's working days. */
struct fx_dur {
	fx_time us;        /* s, m, h, d (24 hours); 0 when wd is used */
	unsigned workdays; /* wd */
};
/* "90s", "60m", "2h", "3d", "5wd", and sums such as "1h30m" (no sums with wd). */
int fx_dur_parse(struct fx_str s, struct fx_dur *out);
/* For people: "45s", "12m", "3h05m", "2d4h"; negative with a leading "-". Returns the length. */
size_t fx_dur_format(fx_time us, char out[FX_TIME_LEN]);

#endif
