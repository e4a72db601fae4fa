/*
 * Who waits for whom: an open exception whose path says `inhibits:` holds up those of
 * the failures it names (fx-task(7)).
 *
 * It is about a carrier when the record that opened it names one, and then concerns the tasks that
 * go by that carrier; else it is about an owner (whoever had its task; about no task: the record's
 * `about`, else its `owner_id`) and concerns the tasks that this owner has.
 */
#ifndef FX_TASK_INHIBIT_H
#define FX_TASK_INHIBIT_H

#include "rules/registry.h"
#include "task/life.h"

struct fx_inhibitor {
	const struct fx_path *path;
	const struct fx_word *carrier, *owner; /* one of them, or neither: it concerns nothing */
	struct fx_str id;                      /* of the exception */
};

struct fx_inhibitors {
	struct fx_inhibitor *v;
	size_t n, cap;
};

/* Does any path of the registry inhibit others?  As fx_failure_mark's of those that do. */
uint64_t fx_inhibits_marks(const struct fx_registry *r);
/* Note the exception, when it is open and inhibits others. */
void fx_inhibitors_note(struct fx_inhibitors *v, struct fx_life *l, const struct fx_registry *r,
                        const struct fx_exception *x);
/* The same of one that is being opened now, about a carrier or else an owner. */
void fx_inhibitors_add(struct fx_inhibitors *v, const struct fx_inhibitor *one);
/* All of a life. */
void fx_inhibitors_collect(struct fx_inhibitors *v, struct fx_life *l, const struct fx_registry *r);
/*
 * What holds up exceptions of that failure on the task, that `owner` has; of several the one with
 * the least id.  NULL: nothing does; t may be NULL.
 */
const struct fx_inhibitor *fx_inhibited(const struct fx_inhibitors *v, struct fx_str failure,
                                        const struct fx_task *t, const struct fx_word *owner);
void fx_inhibitors_free(struct fx_inhibitors *v);

#endif
