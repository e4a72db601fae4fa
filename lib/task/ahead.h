/*
 * Private to lib/task: what sweeps will do about an order if nothing else happens.
 *
 * The duties are those that a sweep collects, and their steps are planned as it plans them, only
 * without end of time: what is shown of the future is what the plan and the sweeps make of it.
 */
#ifndef FX_TASK_AHEAD_H
#define FX_TASK_AHEAD_H

#include "task/duty.h"

struct fx_ahead {
	struct fx_sweep_opt opt;
	struct fx_sweep_count count;
	struct fx_sweeping s;
};

void fx_ahead_start(struct fx_ahead *a, struct fx_life *l, const struct fx_registry *r);
void fx_ahead_end(struct fx_ahead *a);

/* Look at an order; what was found of the one before is forgotten. */
void fx_ahead_order(struct fx_ahead *a, struct fx_order *o);
/* The first duty about the exception or, with x NULL, that opens one on the task; or NULL. */
const struct fx_duty *fx_ahead_first(const struct fx_ahead *a, const struct fx_task *t,
                                     const struct fx_exception *x);
/*
 * In the arena or the registry: the step's words without the wait, or what keeps sweeps from it:
 * "stopped: runaway-automation (re-route)", "stopped: owner-unavailable (vendor)".
 */
struct fx_str fx_ahead_text(struct fx_ahead *a, const struct fx_duty *d, struct fx_arena *out);

#endif
