/*
 * Private to lib/task: an entry as read, and the fold's own state.
 */
#ifndef FX_TASK_FOLD_H
#define FX_TASK_FOLD_H

#include "task/life.h"
#include "task/pool.h"

/* The members that the fold reads, as spans; nodes are FX_NONE where absent. */
struct fx_entry {
	const struct fx_tape *t;
	enum fx_kind kind;
	struct fx_str event, event_id, order_id, source, task_id, owner_id, exception_id;
	struct fx_str failure, milestone, from, to, outcome, reason, hold, about, by;
	struct fx_str flow_id, rule_id, registry, fallback_route, carrier, preferred_carrier, dedup_key;
	fx_time at, due, until, retry_at, fallback_at, since;
	uint64_t step, attempt, repeat, rule_version;
	uint32_t trigger, sla, decision, lines, caused_by, resend, cancel, export;
};
/* kind FX_K_NONE when it is no record of the fold's. */
void fx_entry_read(struct fx_entry *e, const struct fx_tape *t, struct fx_arena *scratch);
/* The quantity of a number node or a decimal string, in millionths; FX_QTY_ALL when it is none. */
int64_t fx_entry_qty(const struct fx_tape *t, uint32_t node, struct fx_arena *scratch);
/* The time in a string member, or FX_TIME_NONE. */
fx_time fx_entry_time(const struct fx_tape *t, uint32_t obj, struct fx_str name,
                      struct fx_arena *scratch);

/* An attempt whose `at` is not yet come: only the owner's health waits for it. */
struct fx_later {
	fx_time at;
	const struct fx_word *owner, *source;
	struct fx_str id;
	bool accepted;
};

struct fx_life {
	struct fx_life_opt opt;
	struct fx_pool pool;
	struct fx_arena words_arena, scratch, work;
	struct fx_map words, orders;
	uint32_t nwords;
	struct fx_health **health; /* by word id */
	size_t nhealth;
	struct fx_silence *silence;
	size_t nsilence, capsilence;
	struct fx_later *later;
	size_t nlater, caplater;
	struct fx_order *oldest, *newest; /* touched lately, looked at `linger` entries later */
	uint64_t added;
	const struct fx_word *stage[3]; /* task.confirmed, task.shipped, task.completed */
	struct fx_tape tape;
	struct fx_snap *snap; /* orders not yet decoded; NULL: none */
	fx_time seen_now;     /* the snapshot's moment */
};

/* An attempt, now or when its moment comes. */
void fx_life_later(struct fx_life *l, const struct fx_later *a);
void fx_life_silence(struct fx_life *l, const struct fx_silence *s);
struct fx_health *fx_health_of(struct fx_life *l, const struct fx_word *owner);
/* Failures as bits, a few sharing one: of those of an order's open exceptions a snapshot knows the
 * bits.  Bit 0: the order is open. */
uint64_t fx_failure_mark(struct fx_str failure);
uint64_t fx_order_marks(const struct fx_order *o);
/* Only the orders about which something may be due now, or that have one of the marks. */
int fx_life_each_due(struct fx_life *l, uint64_t marks, int (*f)(void *user, struct fx_order *o),
                     void *user);
/* The first moment at which something about a settled order may be due; INT64_MIN: look each time.
 */
fx_time fx_order_next(struct fx_life *l, const struct fx_order *o);

/* Of the snapshot: the order, decoded, or NULL; all about which something is due or that have one
 * of the marks; how many are left. */
struct fx_order *fx_snapshot_find(struct fx_life *l, struct fx_str id);
void fx_snapshot_take(struct fx_life *l, fx_time due, uint64_t marks);
uint64_t fx_snapshot_left(const struct fx_life *l);
void fx_snapshot_drop(struct fx_life *l);

/* Make all that is derived anew, as of l->opt.now. */
void fx_order_settle(struct fx_life *l, struct fx_order *o);
/* Is an order, settled but for that, open?  future: entries of it are yet to come. */
bool fx_order_is_open(struct fx_life *l, const struct fx_order *o, bool future);
/* The task goes to e->to, as of e->at; e must live until the order is settled anew. */
void fx_task_move(struct fx_life *l, struct fx_task *t, const struct fx_event *e);
/* True when an event of the owner's side is about this task, as the task stands. */
bool fx_event_concerns(const struct fx_event *e, const struct fx_task *t);
/* Fill in the derived id. */
void fx_notice_derive(struct fx_notice *n, struct fx_arena *a);
/* The order with the empty id: made when it is not there yet. */
struct fx_order *fx_life_nobody(struct fx_life *l);
/* The trigger that mended what an export.rejected is about, or NULL. */
const struct fx_event *fx_rejected_mended(const struct fx_order *o, const struct fx_event *e);
/* 0 confirmed, 1 shipped, 2 completed; -1: another event. */
int fx_event_stage(const struct fx_event *e);

#endif
