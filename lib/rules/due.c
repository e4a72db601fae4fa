#include "rules/due.h"

/* No calendar is searched further than this for a working day. */
#define HORIZON_DAYS 3660

fx_time fx_due_after(const struct fx_owner *owner, fx_time start, struct fx_dur d)
{
	const struct fx_hours *h = owner ? owner->hours : NULL;

	return d.workdays ? fx_hours_add_days(h, start, d.workdays) : fx_hours_add(h, start, d.us);
}

static bool works_on(const struct fx_hours *h, int64_t day)
{
	if (!h)
		return true;
	for (size_t i = 0; i < h->nclosed; i++)
		if (h->closed[i] == day)
			return false;
	for (unsigned i = 0; i < h->nspan; i++)
		if (h->span[i].day == fx_weekday(day))
			return true;
	return false;
}

static fx_time by_clock(const struct fx_hours *h, const struct fx_sla *sla, fx_time start)
{
	fx_time local = h ? start + fx_zone_offset(h->zone, start) * FX_SEC : start;
	int64_t day = local / FX_DAY - (local % FX_DAY < 0);

	if (local - day * FX_DAY > sla->cutoff)
		day++;
	for (int64_t last = day + HORIZON_DAYS; !works_on(h, day); day++)
		if (day == last)
			return FX_TIME_NONE;
	local = day * FX_DAY + sla->clock;
	return h ? fx_zone_to_utc(h->zone, local) : local;
}

/* The time at a dotted path below a node; FX_TIME_NONE when there is none. */
static fx_time time_at(const struct fx_tape *t, uint32_t node, struct fx_str path,
                       struct fx_arena *scratch)
{
	fx_time at;

	for (size_t dot; (dot = fx_str_find(path, '.')) < path.n;
	     path = (struct fx_str){path.p + dot + 1, path.n - dot - 1}) {
		node = fx_tape_get(t, node, (struct fx_str){path.p, dot});
		if (node == FX_NONE)
			return FX_TIME_NONE;
	}
	return fx_time_parse(fx_tape_get_str(t, node, path, scratch), &at) ? FX_TIME_NONE : at;
}

static fx_time by_field(const struct fx_sla *sla, const struct fx_tape *t, const uint32_t *lines,
                        size_t nlines, struct fx_arena *scratch)
{
	fx_time first = time_at(t, 0, sla->field, scratch);

	if (first != FX_TIME_NONE)
		return first;
	for (size_t i = 0; i < nlines; i++) {
		fx_time at = time_at(t, lines[i], sla->field, scratch);

		if (at != FX_TIME_NONE && (first == FX_TIME_NONE || at < first))
			first = at;
	}
	return first;
}

fx_time fx_due_sla(const struct fx_owner *owner, const struct fx_sla *sla, fx_time start,
                   const struct fx_tape *t, const uint32_t *lines, size_t nlines,
                   struct fx_arena *scratch)
{
	switch (sla->kind) {
	case FX_SLA_WITHIN:
		return fx_due_after(owner, start, sla->within);
	case FX_SLA_BY_CLOCK:
		return by_clock(owner ? owner->hours : NULL, sla, start);
	case FX_SLA_BY_FIELD:
		return by_field(sla, t, lines, nlines, scratch);
	}
	return FX_TIME_NONE;
}
