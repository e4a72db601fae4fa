/*
 * A task's life: the one fold from ledger entries to orders, tasks, exceptions.
 *
 * (design, sections 2 and 6; fx-task(7).)  fx-escalate, fx-queue, fx-send,
 * fx-trace and fx-report all ask this account, so that they never disagree.
 *
 * Every order keeps its entries that count, sorted by their own `at`; its state
 * is what the table of transitions makes of them, each time anew.  So the order
 * in which entries come in changes nothing, a late one takes the place that its
 * `at` gives it, and one whose `at` is after `now` waits.  The registry is not
 * asked here: what was decided is in the entries.
 *
 * Memory is that of the open orders: one that is closed is forgotten `linger`
 * entries later, and what still comes for it then does no harm.
 */
#ifndef FX_TASK_LIFE_H
#define FX_TASK_LIFE_H

#include "base/digest.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"

/* A name that many records share (owner, flow, rule, event type, ...), kept once a life:
 * the same text is the same pointer.  id counts from 0, for arrays beside it. */
struct fx_word {
	struct fx_str s;
	uint32_t id;
	void *user; /* the caller's; NULL at first */
};

/* ---- the table ------------------------------------------------------- */

enum fx_state {
	FX_WAITING, /* its `at` is not yet come */
	FX_ASSIGNED,
	FX_CONFIRMED,
	FX_SHIPPED,
	FX_COMPLETED, /* from here on closed */
	FX_CANCELLED,
	FX_SUPERSEDED
};
const char *fx_state_name(enum fx_state s);

/* One row: an event of that type takes a task that is in one of the states to another. */
struct fx_transition {
	const char *event;
	unsigned from; /* bits 1 << enum fx_state */
	enum fx_state to;
	const char *when; /* for people */
};
/* The table that the fold runs by, as fx-task(7) prints it; ended by a NULL event. */
extern const struct fx_transition fx_transitions[];

/* What closes an exception of one kind. */
enum fx_failure_kind {
	FX_MISS,        /* a milestone's time passed */
	FX_FAILED,      /* the owner said task.failed */
	FX_FALLBACK,    /* fallback-due: not confirmed when the fallback fell due */
	FX_UNACCEPTED,  /* not-accepted: the endpoint took nothing within the grace */
	FX_UNAVAILABLE, /* owner-unavailable: that of an owner, not of an order */
	FX_REJECTED,    /* export-rejected */
	FX_RUNAWAY      /* runaway-automation */
};
struct fx_closing {
	enum fx_failure_kind kind;
	const char *failure, *closed_by; /* for people */
};
extern const struct fx_closing fx_closings[]; /* ended by a NULL failure */

/* ---- what is kept ---------------------------------------------------- */

/* A quantity in millionths; FX_QTY_ALL: not said, the whole line. */
#define FX_QTY_ALL INT64_MIN
struct fx_line {
	struct fx_str id;
	int64_t qty;
	bool gone; /* derived, of a task: cancelled, or taken by a later decision */
};

/* What an entry is to the fold; at the same `at`, events count in this order. */
enum fx_kind {
	FX_K_TRIGGER,   /* order.placed, order.changed, return.requested */
	FX_K_REJECTED,  /* export.rejected */
	FX_K_ASSIGNED,  /* task.assigned */
	FX_K_ATTEMPT,   /* task.attempted */
	FX_K_PROGRESS,  /* task.confirmed, task.shipped, task.completed */
	FX_K_OTHER,     /* any other event of an order: it may meet a milestone */
	FX_K_FAILED,    /* task.failed */
	FX_K_CANCEL,    /* order.cancelled */
	FX_K_TOLD,      /* task.cancelled */
	FX_K_OPENED,    /* exception.opened */
	FX_K_ESCALATED, /* exception.escalated */
	FX_K_ACK,       /* exception.acknowledged */
	FX_K_HANDOFF,   /* handoff.manual */
	FX_K_RELEASE,   /* hold.released */
	FX_K_RESOLVED,  /* exception.resolved */
	FX_K_SILENCE,   /* silence.set: of no order */
	FX_K_NONE       /* no concern of the fold */
};

/* One entry of an order. */
struct fx_event {
	struct fx_event *next, *prev; /* by at, then kind, then type, source, id */
	fx_time at;
	uint64_t index; /* in the ledger (or of the line, in a plain file) */
	const struct fx_word *type, *source;
	struct fx_str id;                    /* its event_id */
	struct fx_str task_id, exception_id; /* what it names; empty: not said */
	struct fx_str cause; /* caused_by[0], where the fold asks for it; empty: not said */
	struct fx_str about; /* of an owner-unavailable: the owner; of a runaway-automation: the
	                        action; of an export.rejected: its export's event_id; of an
	                        exception.resolved: the person */
	const struct fx_word *owner;     /* owner_id, or NULL */
	const struct fx_word *failure;   /* or NULL */
	const struct fx_word *milestone; /* of an exception, or NULL */
	const struct fx_word *from, *to; /* a task changes hands; or NULL */
	const struct fx_word *carrier;   /* or NULL */
	fx_time due;                     /* `due`, `until` or `retry_at`; FX_TIME_NONE: not said */
	fx_time since;   /* of an exception: when what it is about began; FX_TIME_NONE: not said */
	uint32_t step;   /* of an exception, from 1, 0: not said; `attempt` of a task.attempted */
	uint32_t repeat; /* of the last step, from 0 */
	uint16_t nlines;
	uint8_t kind;          /* enum fx_kind */
	bool accepted;         /* task.attempted: its outcome */
	bool incident;         /* task.attempted: it opened something there that has to be closed */
	bool hold;             /* places a customer-facing hold; of a task.attempted: told its keeper */
	bool resend;           /* a step that sends the export again */
	bool cancel;           /* a step that cancels the task */
	bool notice;           /* task.cancelled: a sweep's, that tells what other entries say */
	struct fx_line *lines; /* when it concerns only some */
	struct fx_task *task;  /* task.assigned: that task */
};

/* What an SLA promises. */
struct fx_promise {
	const struct fx_word *milestone, *event; /* event: the type that meets it */
	fx_time due;                             /* as decided, FX_TIME_NONE: cannot be told */
	/* derived */
	fx_time met; /* FX_TIME_NONE: not yet */
	const struct fx_event *met_by;
};

/* Who had a task, one after the other. */
struct fx_tenure {
	const struct fx_word *owner;
	fx_time from;
	const struct fx_event *by; /* task.assigned, exception.opened, .escalated, handoff.manual */
};

struct fx_task {
	struct fx_task *next; /* of the order */
	struct fx_order *order;
	struct fx_event *assigned; /* its task.assigned: at, index, source, id */
	struct fx_str id;
	struct {
		const struct fx_word *event, *source;
		struct fx_str id;
		fx_time at;
	} trigger;
	const struct fx_word *owner0; /* as assigned */
	const struct fx_word *flow, *rule, *fallback, *carrier, *reason, *registry; /* or NULL */
	uint64_t rule_version;
	fx_time fallback_at; /* FX_TIME_NONE: none */
	uint64_t decision;   /* hash of decision.digest */
	struct fx_line *lines;
	uint32_t nlines, npromises;
	struct fx_promise *promises;
	void *user; /* the caller's, set in on_assigned; freed by it in on_closed */

	/* derived: true of the moment `now` of the life */
	enum fx_state state;
	const struct fx_word *owner;           /* who has it now */
	fx_time confirmed, shipped, completed; /* when all its lines were; FX_TIME_NONE; a later
	                                          stage does not fill in an earlier one */
	fx_time progressed;                    /* the last progress of any line; FX_TIME_NONE */
	fx_time closed;                        /* FX_TIME_NONE: open */
	const struct fx_event *closed_by;
	const struct fx_event *taken_by; /* took some of its lines last; or NULL */
	struct fx_tenure *tenure;        /* ntenure of them, at least 1 */
	uint32_t ntenure, captenure;
	uint32_t handoffs;              /* handoff.manual among them */
	uint32_t nexceptions;           /* opened on it so far */
	bool accepted;                  /* its export, by the first owner's endpoint */
	const struct fx_event *refused; /* the first attempt to send it, when failed and none was
	                                   accepted; or NULL */
};

struct fx_exception {
	struct fx_exception *next; /* of the order */
	struct fx_order *order;    /* the order with the empty id: owner's and the sweep's own */
	struct fx_event *opened;
	struct fx_str id;
	enum fx_failure_kind kind;
	const struct fx_word *failure, *milestone; /* milestone of a FX_MISS */
	/* derived */
	const struct fx_event *cause; /* what opened it, where that is an entry of the order */
	struct fx_task *task;         /* NULL: not about a task, or it is not known */
	const struct fx_word *owner;  /* who has it now */
	uint32_t step, repeat; /* step 0: none was taken yet */
	fx_time since; /* when this step was taken first */
	fx_time due;   /* when the next one or a repetition falls, acknowledgements counted */
	fx_time stopped, acknowledged_until; /* how long they stop this step's clock, up to when */
	const struct fx_event *last;         /* the step's own event */
	const struct fx_event *acknowledged; /* of this step; or NULL */
	bool hold;                           /* it placed one */
	bool holding;                        /* private */
	fx_time resolved;                    /* FX_TIME_NONE: open (as the ledger says) */
	const struct fx_event *resolved_by;  /* exception.resolved, or NULL */
	struct fx_str unrecorded;            /* see fx_order_close; empty: none */
};

struct fx_order {
	struct fx_str id;
	struct fx_event *events, *last; /* sorted; those after now at the end */
	struct fx_task *tasks;          /* in order of their ids */
	struct fx_exception *exceptions;
	uint32_t nevents;
	void *user;
	/* derived */
	bool open;  /* a task, an exception, something untold, an entry yet to come */
	bool holds; /* there was a hold: ask fx_order_holds */
	/* private */
	struct fx_event *waiting; /* the first one after now */
	bool dirty, listed;
	bool ended; /* something came since it was settled last that may have closed it */
	uint64_t touched;
	struct fx_order *older, *newer;
};

struct fx_attempt {
	fx_time at;
	const struct fx_word *source;
	struct fx_str id;
};
/* Is an endpoint taking what it is sent?  The first failures since it last did are kept, so that
 * an acceptance that comes late to the ledger takes away those before it and no others. */
#define FX_FAILURES 64
struct fx_health {
	fx_time accepted; /* the last time; FX_TIME_NONE: never */
	struct fx_str accepted_id;
	unsigned nfailed;                      /* 0: no failure since */
	struct fx_attempt failed[FX_FAILURES]; /* by at */
};

/* silence.set: nothing is told of what it names until then. */
struct fx_silence {
	const struct fx_word *owner, *failure; /* NULL: any */
	fx_time from, until;                   /* until FX_TIME_NONE: for good */
	struct fx_str id;
};

/* ---- the fold -------------------------------------------------------- */

struct fx_life;

struct fx_life_opt {
	fx_time now;    /* entries with a later `at` wait; INT64_MAX: all count */
	bool keep;      /* forget nothing (fx-trace: a few orders, whole) */
	bool delivered; /* an order with a shipped task stays until task.completed tells of it */
	bool untold;    /* an order stays until a sweep has told what is to tell */
	bool undecided; /* an order without a task stays until it is completed or cancelled */
	fx_time live_from; /* tasks of earlier triggers need not be told of; FX_TIME_NONE: all are
	                      live */
	uint32_t linger;   /* entries that a closed order stays for late comers; 0: 16384 */
	void *user;
	/*
	 * Hooks, each may be NULL.  The tape is the entry's, valid during the call.
	 * on_entry: every entry first, also those that the fold has no use for.
	 * on_assigned: a task came in; attributes to group by are read here.
	 * on_event: an entry joined a known order (o->events has it), tasks NOT settled.
	 * on_closed: the order is about to be forgotten, settled: its tasks, their times and its
	 * exceptions are final.  What is in memory at the end, open or still lingering, is
	 * seen by fx_life_each.
	 */
	void (*on_entry)(void *user, const struct fx_tape *t, uint64_t index);
	void (*on_assigned)(void *user, struct fx_task *task, const struct fx_tape *t);
	void (*on_event)(void *user, struct fx_order *o, struct fx_event *e,
	                 const struct fx_tape *t);
	void (*on_closed)(void *user, struct fx_order *o);
};

struct fx_life *fx_life_new(const struct fx_life_opt *opt);
void fx_life_free(struct fx_life *l);

/*
 * Take in one entry.  Entries may come in any order and more than once (the same index, or the
 * same source and event_id in an order, counts once).  -1: it is no JSON object; anything else
 * that is no record of ours is passed over.
 */
int fx_life_add(struct fx_life *l, struct fx_str entry, uint64_t index, struct fx_err *err);
/* The same for one who has read the entry already. */
void fx_life_add_tape(struct fx_life *l, const struct fx_tape *t, uint64_t index);
/* Another moment: only forward. */
void fx_life_set_now(struct fx_life *l, fx_time now);
fx_time fx_life_now(const struct fx_life *l);

/* An order as of now, or NULL.  The empty id: what concerns no order. */
struct fx_order *fx_life_order(struct fx_life *l, struct fx_str order_id);
/* Each order in memory, settled, in the order of their first entries; stops when f returns nonzero
 * and returns that. */
int fx_life_each(struct fx_life *l, int (*f)(void *user, struct fx_order *o), void *user);
/* Orders in memory now. */
size_t fx_life_count(const struct fx_life *l);

const struct fx_word *fx_life_word(struct fx_life *l, struct fx_str s); /* found or made */
/* Of the owner's endpoint as of now; never NULL. */
const struct fx_health *fx_life_health(struct fx_life *l, const struct fx_word *owner);
/* The silence that covers an owner and a failure (either may be NULL) now, the longest; or NULL. */
const struct fx_silence *fx_life_silenced(struct fx_life *l, const struct fx_word *owner,
                                          const struct fx_word *failure);

/* ---- questions ------------------------------------------------------- */

static inline bool fx_task_open(const struct fx_task *t)
{
	return t->state >= FX_ASSIGNED && t->state <= FX_SHIPPED && t->closed == INT64_MIN;
}

static inline bool fx_exception_open(const struct fx_exception *x)
{
	return x->resolved == INT64_MIN;
}

/* True when something may be told of a task: its trigger is not earlier than live_from. */
bool fx_task_live(const struct fx_life *l, const struct fx_task *t);
/* Who had it just before that moment, as of now: a sweep that is run again finds what it did itself. */
const struct fx_word *fx_task_owner_before(const struct fx_task *t, fx_time at);
/* The carrier that its task.shipped named last, else the preferred one; or NULL. */
const struct fx_word *fx_task_carrier(const struct fx_task *t);
/* True when its owner told of progress (of any line) after that moment. */
bool fx_task_progressed_after(const struct fx_task *t, fx_time after);

/* What closes an open exception by the table (fx_closings), though no exception.resolved says so
 * yet.  at is never before it was opened. */
struct fx_closed {
	fx_time at;
	struct fx_str by; /* an event_id */
};
bool fx_exception_closed(struct fx_life *l, const struct fx_exception *x, struct fx_closed *out);
/* Take those as resolved, until the order is settled anew: `unrecorded` then names what closed
 * them. */
void fx_order_close(struct fx_life *l, struct fx_order *o);

/*
 * What a former owner, or the owner of a task that ended without it, must be told: one
 * task.cancelled each.  Its event_id is derived, so what the ledger holds is known by it.
 */
enum fx_notice_why { FX_ORDER_CANCELLED, FX_TASK_SUPERSEDED, FX_TASK_REROUTED, FX_BY_EXCEPTION };
const char *fx_notice_reason(enum fx_notice_why why); /* the record's `reason` */
struct fx_notice {
	struct fx_task *task;
	const struct fx_word *owner; /* to tell */
	const struct fx_event *cause;
	enum fx_notice_why why;
	bool part; /* only the task's lines that are gone */
	char id[FX_ID_LEN + 1];
};
/* Those that no entry of the order says yet; at most max. */
size_t fx_order_notices(struct fx_life *l, const struct fx_order *o, struct fx_notice *out,
                        size_t max);
/*
 * Is a sweep's task.cancelled owed to its owner?  To one who was sent something about the task, or
 * to whom a person gave it, and after a path's cancel: who never heard of a task needs no farewell.
 */
bool fx_notice_owed(const struct fx_order *o, const struct fx_event *notice);
/*
 * A task.attempted about an exception that opened an incident at an owner who is to hear of its
 * acknowledgement and end, too: the first accepted one of that owner.
 */
bool fx_incident(const struct fx_order *o, const struct fx_exception *x, const struct fx_event *e);
/* Does the owner's endpoint want nothing more of what that event asks to be sent: it was accepted,
 * or refused for good? */
bool fx_sent(const struct fx_order *o, struct fx_str cause, const struct fx_word *owner);
/* Is it the move of one task by the exception about its owner, which is of no order? */
bool fx_moves_away(const struct fx_event *e);
/*
 * What ended the exception's hold, for a keeper of holds who accepted it by that attempt: the
 * hold.released or exception.resolved; NULL: nothing yet, or the attempt is none of those.
 */
const struct fx_event *fx_hold_ended(const struct fx_order *o, const struct fx_exception *x,
                                     const struct fx_event *attempt);
/* An export.rejected that no exception is about and no mended trigger followed. */
bool fx_rejected_unheard(const struct fx_order *o, const struct fx_event *e);
/* The entry of the order with that event id, as of now, or NULL. */
const struct fx_event *fx_order_event(const struct fx_order *o, struct fx_str id);

/*
 * The spans of time that a customer-facing hold was on the order, merged, up to now; an open one
 * ends at INT64_MAX.  Returns how many were written to out (at most max; later ones are left out).
 */
struct fx_held {
	fx_time from, to;
};
size_t fx_order_holds(const struct fx_order *o, struct fx_held *out, size_t max);

/*
 * Entries for an exception's context: the task's export, the last events that tell of the task, the
 * last attempts, and what the exception (NULL: it is being opened) tried: its steps' own entries,
 * where they are not among the events.  Indices into the ledger, at most FX_CONTEXT_MAX.
 */
#define FX_CONTEXT_MAX 32
size_t fx_task_context(const struct fx_task *t, const struct fx_exception *x,
                       uint64_t out[FX_CONTEXT_MAX]);

#endif
