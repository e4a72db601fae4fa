/*
 * When promises fall due, the holds on their orders counted in the owners' hours: as the
 * sweep reckons it, with the registry that the entries hold.
 */
#ifndef FX_REPORT_DUE_H
#define FX_REPORT_DUE_H

#include "base/mem.h"
#include "json/tape.h"
#include "rules/registry.h"
#include "task/life.h"

/* Zero-initialise; fx_due_free releases it. */
struct fx_due_clock {
	struct fx_buf text; /* the registry published last, read when a hold first asks for it */
	fx_time at;
	bool any, tried;
	struct fx_registry *registry;
};

/* Take note of a registry.published (other entries do nothing). */
void fx_due_note(struct fx_due_clock *c, const struct fx_tape *t, struct fx_arena *scratch);
/* FX_TIME_NONE: no time was promised; INT64_MAX: a hold is on. */
fx_time fx_due_of(struct fx_due_clock *c, const struct fx_task *t, const struct fx_promise *p);
void fx_due_free(struct fx_due_clock *c);

#endif
