/*
 * The sweep: what is due by a life's `now`, written as records.
 *
 * (design, section 6; fx-task(7).)  Everything follows from the entries, the
 * registry and the time: ids are derived, so a second sweep with the same time
 * writes the same, and nothing of what has entered the ledger meanwhile.
 *
 * Each order's duties are carried out in order of their due times, so that what is
 * written first (and may be all that reaches the ledger) leaves a state from which
 * the rest follows as if nothing had happened.
 */
#ifndef FX_TASK_SWEEP_H
#define FX_TASK_SWEEP_H

#include "rules/registry.h"
#include "task/life.h"

/* A limit that a sweep reached, this one or an earlier one whose exception nobody has resolved. */
struct fx_shut {
	const char *action;
	uint64_t limit, undone;            /* a sweep; what this one left undone */
	struct fx_str exception_id, owner; /* of the runaway-automation */
	bool opened;                       /* by this sweep */
};

struct fx_sweep_opt {
	const struct fx_registry *registry;
	struct fx_str origin; /* `source` of what is written */
	uint64_t size;        /* of the ledger: tells two sweeps of one moment apart */
	void *user;
	/* Takes each record, without a newline.  -1 stops the sweep. */
	int (*emit)(void *user, struct fx_str record, struct fx_err *err);
	/* The audit token of an entry, in the arena; NULL: records carry no context. */
	int (*token)(void *user, uint64_t index, struct fx_arena *a, struct fx_str *token,
	             struct fx_err *err);
	/* Told of each limit that is shut, after the last record; may be NULL. */
	void (*shut)(void *user, const struct fx_shut *shut);
};

/* What a sweep did; unacted: what a limit stopped. */
struct fx_sweep_count {
	uint64_t opened, escalated, resolved, cancelled, unacted;
};

/* The life must have been made with opt.untold and the registry's live_from. */
int fx_sweep(struct fx_life *l, const struct fx_sweep_opt *opt, struct fx_sweep_count *count,
             struct fx_err *err);

/*
 * How many clocks ran out up to `by` (SLAs, fallbacks, steps) without a sweep having written what
 * follows; what a limit stops does not count.  Changes nothing that is kept.
 */
int fx_sweep_overdue(struct fx_life *l, const struct fx_registry *r, fx_time by, uint64_t *n,
                     struct fx_err *err);

/* ---- clocks, for those who only look ----------------------------------- */

/*
 * When a promise falls due, holds counted: while one is on, and was before the due
 * time, FX_TIME_NONE.  Open time is the first owner's.
 */
fx_time fx_promise_due(const struct fx_registry *r, const struct fx_task *t,
                       const struct fx_promise *p);
/* The failure that a miss of the milestone is: the registry's word, else "MILESTONE-missed". */
struct fx_str fx_promise_failure(const struct fx_registry *r, const struct fx_promise *p,
                                 struct fx_arena *a);
/* When the fallback falls due; FX_TIME_NONE: it has none or it lapsed. */
fx_time fx_fallback_due(const struct fx_task *t);
/* The path that the registry wrote for a failure; fallback-due and runaway-automation do not fall
 * to
 * "*".  NULL: none, the built-in one. */
const struct fx_path *fx_exception_path(const struct fx_registry *r, enum fx_failure_kind kind,
                                        struct fx_str failure);
/* True when an owner's endpoint has taken nothing for longer than the registry's grace. */
bool fx_owner_unavailable(struct fx_life *l, const struct fx_registry *r,
                          const struct fx_word *owner);

#endif
