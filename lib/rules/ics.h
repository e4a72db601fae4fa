/*
 * Closed days out of an iCalendar file (RFC 5545).
 *
 * Each VEVENT that is not cancelled closes the whole days that it covers, with those that
 * RRULE (FREQ=YEARLY of its own date, with INTERVAL, COUNT, UNTIL) and RDATE add and EXDATE takes
 * away.  What could say another day and is not understood is a fault, never passed over.
 */
#ifndef FX_RULES_ICS_H
#define FX_RULES_ICS_H

#include "base/err.h"
#include "base/mem.h"

/* A rule without end is followed up to here. */
#define FX_ICS_LAST_YEAR 2099

/*
 * Days since 1970-01-01, sorted, each once, in the arena; file is for messages.  0, or -1
 * with every fault in errs, with its line.
 */
int fx_ics_days(struct fx_arena *a, const char *file, struct fx_str text, int32_t **days, size_t *n,
                struct fx_errs *errs);

#endif
