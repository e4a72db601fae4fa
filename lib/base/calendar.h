/*
 * Time zones (the system's tzdata, RFC 8536) and working hours.
 */
#ifndef FX_BASE_CALENDAR_H
#define FX_BASE_CALENDAR_H

#include "base/err.h"
#include "base/mem.h"
#include "base/time.h"

struct fx_zone;

/* name: "UTC", "Europe/Berlin", or a fixed offset "+02:00".  Lives in the arena.
 * NULL with err when tzdata has no such zone. Reads $TZDIR, else /usr/share/zoneinfo. */
const struct fx_zone *fx_zone_open(struct fx_arena *a, struct fx_str name, struct fx_err *err);
/* Seconds east of UTC at t. */
int32_t fx_zone_offset(const struct fx_zone *z, fx_time t);
/*
 * Local wall time (microseconds since 1970-01-01T00:00 of that wall) to UTC.
 * In the hour that a spring change skips: the time as far after the change as
 * the wall clock is after the skipped hour's start.  In a repeated hour: the first.
 */
fx_time fx_zone_to_utc(const struct fx_zone *z, fx_time local);

#define FX_HOURS_SPANS 32
/* When an owner works.  spans are per weekday, sorted, in local microseconds of the day. */
struct fx_hours {
	const struct fx_zone *zone;
	struct fx_span {
		unsigned char day; /* 0 Monday */
		fx_time from, to;  /* of the day; to may be 24 h */
	} span[FX_HOURS_SPANS];
	unsigned nspan;
	const int32_t *closed; /* days since 1970-01-01, sorted, not owned */
	size_t nclosed;
};

/* "Mon-Fri 08:00-18:00, Sat 09:00-13:00 Europe/Berlin" (zone absent: UTC); closed is left empty. */
int fx_hours_parse(struct fx_arena *a, struct fx_str s, struct fx_hours *out, struct fx_err *err);
/* True inside the hours and not on a closed day.  NULL hours: always. */
bool fx_hours_open(const struct fx_hours *h, fx_time t);
/* The first moment >= t that is inside the hours (t itself when h is NULL);
 * FX_TIME_NONE when there is none within ten years. */
fx_time fx_hours_next(const struct fx_hours *h, fx_time t);
/* The moment when `work` microseconds of open time have passed since t. */
fx_time fx_hours_add(const struct fx_hours *h, fx_time t, fx_time work);
/* Open time between a and b (0 when b <= a). */
fx_time fx_hours_between(const struct fx_hours *h, fx_time a, fx_time b);
/*
 * n working days after t: the end of the nth open day after t's own day.
 * NULL hours: every weekday Mon-Fri, UTC.
 */
fx_time fx_hours_add_days(const struct fx_hours *h, fx_time t, unsigned n);

#endif
