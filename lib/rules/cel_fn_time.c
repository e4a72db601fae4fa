/* Parts of timestamps and durations. */
#include "rules/cel_fn.h"

#include <string.h>

#include "base/calendar.h"

#define NS_SECOND INT64_C(1000000000)

const struct fx_zone *cel_zone(struct fx_arena *a, struct fx_str name)
{
	struct fx_err err;

	/* CEL's fixed offsets may come without a sign */
	if (name.n == 5 && name.p[0] >= '0' && name.p[0] <= '9' && name.p[2] == ':')
		name = fx_arena_fmt(a, "+%.*s", FX_FMT(name));
	return fx_zone_open(a, name, &err);
}

/* The moment as seconds of the wall clock in the zone that arg[1] names, or UTC. */
static bool local(struct cel_ctx *cx, const cel_value *a, size_t n, int64_t *out, cel_value *why)
{
	const struct fx_zone *z = cx->aux;

	*out = a->i;
	if (n == 1)
		return true;
	if (!z) {
		if (!cel_spend(cx, 1000)) {
			*why = cel_limit(cx, FX_CEL_STEPS);
			return false;
		}
		z = cel_zone(cx->a, a[1].s);
	}
	if (!z) {
		*why = cel_err(FX_CEL_ARGUMENT, a[1].s);
		return false;
	}
	*out += fx_zone_offset(z, a->i * FX_SEC);
	return true;
}

struct wall {
	int64_t days, year;
	unsigned month, day; /* from 1 */
	int64_t second;      /* of the day */
};

static bool wall(struct cel_ctx *cx, const cel_value *a, size_t n, struct wall *w, cel_value *why)
{
	int64_t t;

	if (!local(cx, a, n, &t, why))
		return false;
	w->second = t % 86400;
	w->days = t / 86400;
	if (w->second < 0) {
		w->second += 86400;
		w->days--;
	}
	fx_civil_from_days(w->days, &w->year, &w->month, &w->day);
	return true;
}

#define PART(name, expr)                                                                           \
	cel_value name(struct cel_ctx *cx, const cel_value *a, size_t n)                           \
	{                                                                                          \
		struct wall w;                                                                     \
		cel_value why;                                                                     \
                                                                                                   \
		return wall(cx, a, n, &w, &why) ? FX_CEL_INT(expr) : why;                          \
	}

PART(cel_f_full_year, w.year)
PART(cel_f_month, (int64_t)w.month - 1)
PART(cel_f_day_of_year, w.days - fx_days_from_civil(w.year, 1, 1))
PART(cel_f_day_of_month, (int64_t)w.day - 1)
PART(cel_f_date, (int64_t)w.day)
PART(cel_f_day_of_week, (int64_t)(fx_weekday(w.days) + 1) % 7) /* 0 is Sunday */

/* A duration tells the whole in the unit, a timestamp what its clock shows. */
#define CLOCK(name, of_duration, of_wall)                                                          \
	cel_value name(struct cel_ctx *cx, const cel_value *a, size_t n)                           \
	{                                                                                          \
		struct wall w;                                                                     \
		cel_value why;                                                                     \
                                                                                                   \
		if (a->kind == FX_CV_DURATION)                                                     \
			return FX_CEL_INT(of_duration);                                            \
		return wall(cx, a, n, &w, &why) ? FX_CEL_INT(of_wall) : why;                       \
	}

CLOCK(cel_f_hours, a->i / (3600 * NS_SECOND), w.second / 3600)
CLOCK(cel_f_minutes, a->i / (60 * NS_SECOND), w.second / 60 % 60)
CLOCK(cel_f_seconds, a->i / NS_SECOND, w.second % 60)
CLOCK(cel_f_milliseconds, a->i / 1000000 % 1000, a->ns / 1000000)
