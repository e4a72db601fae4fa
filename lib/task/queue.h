/*
 * The queue: what is open, as rows sorted by lateness (as mailq(1) shows mail).
 *
 * A row is an open exception, or an open task whose owner has no open exception about it.
 */
#ifndef FX_TASK_QUEUE_H
#define FX_TASK_QUEUE_H

#include "task/sweep.h"

struct fx_row {
	const struct fx_order *order;
	const struct fx_task *task;   /* NULL: the exception is about none */
	const struct fx_exception *x; /* NULL: a task */
	struct fx_str owner;          /* who has it now */
	struct fx_str what;           /* the failure; of a task what is due next, else its state */
	struct fx_str next;           /* what sweeps do next, or why nothing; empty: nothing */
	fx_time since;                /* when it was assigned, or the exception opened */
	fx_time due;                  /* FX_TIME_NONE: nothing is promised, or a hold stops it */
};

/* What to show; empty spans: all. */
struct fx_queue_filter {
	struct fx_str owner, failure, flow;
	bool late; /* only what is past its due time */
};

struct fx_queue {
	struct fx_row *v;
	size_t n, cap;
	struct fx_arena arena;
};

/* Add the rows of a life, which must outlive the queue. */
void fx_queue_collect(struct fx_queue *q, struct fx_life *l, const struct fx_registry *r,
                      const struct fx_queue_filter *f);
void fx_queue_sort(struct fx_queue *q);
void fx_queue_free(struct fx_queue *q);

/* One row as NDJSON (no newline), and all as a table at most width columns wide (0: as wide as it
 * is).  Hostile bytes are made visible in the table. */
void fx_queue_json(struct fx_buf *b, const struct fx_row *row, fx_time now);
void fx_queue_table(struct fx_buf *b, const struct fx_queue *q, fx_time now, size_t width,
                    bool color);

#endif
