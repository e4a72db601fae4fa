/*
 * When something is due: the clocks of SLAs, fallbacks and exception steps.
 *
 * All run in the hours of the owner who has the work (NULL: always).  Times are
 * to the microsecond; a clock that starts outside the hours starts when they open.
 */
#ifndef FX_RULES_DUE_H
#define FX_RULES_DUE_H

#include "json/tape.h"
#include "rules/registry.h"

/*
 * A duration on the owner's clock: hours and minutes of open time, or the end of
 * the owner's nth working day after start's own.  owner may be NULL.
 */
fx_time fx_due_after(const struct fx_owner *owner, fx_time start, struct fx_dur d);

/*
 * When an SLA of the rule falls for a task assigned at start.  `by FIELD` reads the
 * record (node 0 of t), else the lines given: the earliest of them.  `by 17:00
 * cutoff 14:00`: that time of the owner's working day when start is on one and
 * not after the cutoff, else of the next (an owner without hours works each day, UTC).
 * FX_TIME_NONE when the record has no such field or it is no time.
 */
fx_time fx_due_sla(const struct fx_owner *owner, const struct fx_sla *sla, fx_time start,
		   const struct fx_tape *t, const uint32_t *lines, size_t nlines,
		   struct fx_arena *scratch);

#endif
