/*
 * The plan: what sweeps will write until a time, if nothing else happens meanwhile.
 */
#ifndef FX_TASK_PLAN_H
#define FX_TASK_PLAN_H

#include "task/sweep.h"

struct fx_plan_opt {
	const struct fx_registry *registry;
	struct fx_str origin;
	fx_time until;
	void *user;
	/* Takes each line of the timeline, without a newline.  -1 stops it. */
	int (*emit)(void *user, struct fx_str line, struct fx_err *err);
};

/*
 * Sweeps the life at each moment when something falls due, from its now to `until`, and
 * lets it go on from what each sweep wrote: afterwards the life is of that future.
 */
int fx_plan(struct fx_life *l, const struct fx_plan_opt *opt, struct fx_sweep_count *count,
            struct fx_err *err);

#endif
