/*
 * Private to lib/task: what a sweep has to do, and what a step of a path does.
 */
#ifndef FX_TASK_DUTY_H
#define FX_TASK_DUTY_H

#include "task/fold.h"
#include "task/inhibit.h"
#include "task/sweep.h"
#include "rules/due.h"

#define FX_ACTS 8 /* what limits count: opening, and the kinds of enum fx_action_kind */
enum { FX_ACT_OPEN = FX_ACT_CANCEL + 1 };
const char *fx_act_name(unsigned act);

struct fx_duty {
	fx_time due;
	enum fx_failure_kind kind;
	struct fx_exception *x; /* its next step; NULL: one to open */
	struct fx_order *order;
	struct fx_task *task;            /* or NULL */
	const struct fx_promise *missed; /* FX_MISS */
	struct fx_str failure;
	struct fx_str about, carrier;
	bool inhibits; /* its path says so; then it comes before all that it may inhibit */
	/* what led to it: an event's source and id */
	struct fx_str cause_source, cause_id;
	fx_time since;
	char id[FX_ID_LEN + 1]; /* the exception's */
};

struct fx_duties {
	struct fx_duty *v;
	size_t n, cap;
};

/* What the owner of an endpoint that takes nothing has: tasks counted, some of them named. */
#define FX_LISTED 100
struct fx_burden {
	uint64_t n;
	const struct fx_task *task[FX_LISTED];
};

/* What the open exception of an owner who takes nothing has been re-routed to. */
struct fx_away {
	const struct fx_word *owner;
	struct fx_str to, text, maintainer, id; /* id: the exception's */
	uint32_t number;                        /* the step */
};

struct fx_sweeping {
	struct fx_life *l;
	const struct fx_sweep_opt *opt;
	const struct fx_registry *r;
	fx_time now;
	fx_time until; /* what falls due by then is collected: now, or later to look ahead */
	struct fx_arena arena; /* of the sweep */
	struct fx_duties duties;
	struct fx_buf line;
	struct fx_buf early; /* records that wait for the owners' exceptions */
	bool waiting;
	struct fx_sweep_count *count;
	struct fx_burden **burden; /* by the owner's word id */
	size_t nburden;
	uint64_t used[FX_ACTS], limit[FX_ACTS];
	bool stopped[FX_ACTS]; /* by an open runaway-automation, or by this sweep */
	bool tripped[FX_ACTS]; /* by this sweep */
	uint64_t undone[FX_ACTS];
	struct fx_inhibitors inhibitors;
	struct fx_away *away;
	size_t naway;
	bool reroutes_away; /* there may be some */
	/* the runaway-automation that stops it, and whose that is */
	struct fx_str shut_by[FX_ACTS], shut_owner[FX_ACTS];
};

/* One taking of a step. */
struct fx_stride {
	const struct fx_step *step; /* NULL: the built-in one */
	uint32_t number, repeat;    /* from 1, 0: none is taken; from 0 */
	struct fx_str text, owner, to, maintainer;
	struct fx_str inhibited_by;
	struct fx_str instead_of; /* the owner that the step names, when out of reach; or empty */
	fx_time waits;            /* until when nobody can be reached; FX_TIME_NONE: somebody is */
	bool hold, resend, cancel;
	struct fx_str notify[16];
	size_t nnotify;
	uint64_t acts[FX_ACTS];
	fx_time due; /* of what comes next; FX_TIME_NONE: not known */
};

void fx_sweeping_start(struct fx_sweeping *s, struct fx_life *l, const struct fx_sweep_opt *opt,
                       struct fx_sweep_count *count);
void fx_sweeping_end(struct fx_sweeping *s);
/* Does an earlier duty of this sweep, or an owner who takes nothing, make this one idle? */
bool fx_duty_idle(const struct fx_sweeping *s, const struct fx_duty *d);
/* What inhibits it: then it is opened without a step, and no later step is taken.  NULL: nothing. */
const struct fx_inhibitor *fx_duty_inhibited(const struct fx_sweeping *s, const struct fx_duty *d);

/* All that is due in an order; emits nothing. */
void fx_duties_collect(struct fx_sweeping *s, struct fx_order *o);
/* Owners whose endpoints take nothing. */
void fx_duties_owners(struct fx_sweeping *s);
void fx_duties_sort(struct fx_duties *d);
/* How the duty's step is taken now. */
void fx_stride_plan(struct fx_sweeping *s, const struct fx_duty *d, struct fx_stride *out);
/* How an exception is opened that waits for another. */
void fx_stride_wait(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_inhibitor *by,
                    struct fx_stride *out);
/* What a step already taken at this very moment counts against the limits. */
void fx_stride_count(struct fx_sweeping *s, const struct fx_exception *x, const struct fx_event *e);

/* Tasks of an owner who takes nothing: does a path move any; the exception has reached a step; where
 * an owner's go; is it one to go: the owner had it for the grace, accepted and did nothing. */
bool fx_away_possible(const struct fx_registry *r);
void fx_away_note(struct fx_sweeping *s, struct fx_str owner, struct fx_str id, uint32_t step);
const struct fx_away *fx_away_of(const struct fx_sweeping *s, const struct fx_word *owner);
bool fx_away_wants(const struct fx_sweeping *s, const struct fx_task *t);

/* Records, through opt->emit. */
int fx_write_step(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_stride *st,
                  char event_id[FX_ID_LEN + 1], struct fx_err *err);
/* One task's move by the exception about its owner; its event_id is the duty's id. */
int fx_write_move(struct fx_sweeping *s, const struct fx_duty *d, const struct fx_away *a,
                  struct fx_err *err);
int fx_write_resolved(struct fx_sweeping *s, const struct fx_exception *x, struct fx_err *err);
int fx_write_notice(struct fx_sweeping *s, const struct fx_notice *n, const char *reason,
                    struct fx_err *err);

#endif
