/*
 * Decision points: where work waits until somebody decides what comes next.
 *
 * Read off any history of events: a wait runs from one decision or progress of a task (of the
 * order, where it has none) to the next one, and belongs to the point that ended it.  fx-report(1)
 * defines each figure.
 */
#ifndef FX_REPORT_POINTS_H
#define FX_REPORT_POINTS_H

#include "report/attrs.h"
#include "report/draw.h"
#include "report/figures.h"

/* Who made the decisions of a point: people, or the history does not tell. */
enum fx_made_by { FX_BY_HAND, FX_BY_UNTOLD };

struct fx_point {
	struct fx_str event;   /* what ended the waits; empty: they go on */
	struct fx_str after;   /* the event before, where no owner is known */
	struct fx_str flow;    /* empty: none */
	struct fx_str from;    /* who had it; empty: not known */
	struct fx_str to;      /* who got it; empty: nobody else */
	struct fx_str failure; /* of an exception */
	enum fx_made_by by;
	uint64_t n;            /* decisions in the window */
	struct fx_sketch took; /* the waits that they ended */
	uint64_t open;         /* waits that go on */
	fx_time open_for;      /* their sum so far */
	struct fx_kinds kinds; /* of the tasks, each once */
	uint64_t stamp;        /* private */
};

/* A flow's tasks, whatever was decided of them. */
struct fx_point_flow {
	struct fx_str name;
	struct fx_kinds kinds;
};

struct fx_points_opt {
	fx_time since, until; /* decisions in [since, until); FX_TIME_NONE: open */
	fx_time now;
};

struct fx_points {
	struct fx_points_opt opt;
	/* Sorted by fx_points_end: by hand first, then those of whom it is not told; in each the
	 * most time lost first.  What systems told of their own work is left out. */
	struct fx_point **point;
	size_t npoint;
	uint64_t by_rule, by_hand, untold; /* decisions */
	uint64_t waiting;                  /* tasks that wait for a team */
	fx_time first, last;               /* decisions */
	struct fx_attrs attrs;
	/* private */
	struct fx_figures kinds; /* who is a team, as the registries say */
	struct fx_map points, flows;
	struct fx_arena arena, scratch;
	uint64_t stamp;
};

void fx_points_init(struct fx_points *p, const struct fx_points_opt *opt);
void fx_points_free(struct fx_points *p);
/* A fold that feeds it; end it once for each ledger. */
struct fx_life *fx_points_life(struct fx_points *p);
void fx_points_life_end(struct fx_points *p, struct fx_life *l);
void fx_points_end(struct fx_points *p);
/* Time lost in all, of the waits that ended. */
fx_time fx_point_lost(const struct fx_point *x);
/* Tasks of its flow. */
uint64_t fx_point_flow_tasks(const struct fx_points *p, const struct fx_point *x);
/* The predicate that would take its tasks and few others of the flow. */
void fx_point_rule(const struct fx_points *p, const struct fx_point *x, struct fx_told_apart *out);

/* For people: the three to write rules for, then all. */
void fx_points_text(struct fx_points *p, const struct fx_look *look, struct fx_buf *out);
/* An object a point; as CSV a row a point. */
void fx_points_ndjson(struct fx_points *p, struct fx_buf *out);
void fx_points_csv(struct fx_points *p, struct fx_buf *out);
/* One object: the totals, and `points`. */
void fx_points_json(struct fx_points *p, struct fx_buf *out);

#endif
