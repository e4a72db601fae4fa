/*
 * Between the files of the dashboard.
 */
#ifndef FX_REPORT_BOARD_INSIDE_H
#define FX_REPORT_BOARD_INSIDE_H

#include "report/board.h"
#include "report/slo.h"

/* Groups by one of fx_board_by alone. */
struct fx_side {
	struct fx_group *v;
	size_t n;
};

struct fx_handover {
	struct fx_str from, to;
	uint64_t n;
};

/* ---- pictures ---- */
void fx_board_state_bar(const struct fx_group *g, struct fx_buf *b);
void fx_board_legend(struct fx_buf *b);
void fx_board_slo_bar(const struct fx_slo_state *s, struct fx_buf *b);
/* Tasks over time, with those that had an exception; nothing for less than three columns. */
void fx_board_volume(const struct fx_group *g, struct fx_buf *b);
void fx_board_latencies(struct fx_group *g, struct fx_buf *b); /* a section */
/* The most frequent first. */
void fx_board_sankey(const struct fx_handover *v, size_t n, struct fx_buf *b);

/* ---- cells and tables ---- */
void fx_board_number(struct fx_buf *b, uint64_t n);
void fx_board_time(struct fx_buf *b, fx_time t);
/* met / (met + late + overdue) of all milestones; -1: none has come due */
double fx_board_kept(const struct fx_group *g);
void fx_board_flows(const struct fx_figures *f, struct fx_side *s, struct fx_buf *b);
void fx_board_groups(struct fx_side *s, size_t by, const char *name, const char *caption,
                     struct fx_buf *b);
void fx_board_objectives(const struct fx_figures *f, struct fx_buf *b);
void fx_board_exceptions(const struct fx_board *d, const struct fx_group *g, struct fx_buf *b);
void fx_board_rules(const struct fx_board *d, struct fx_side *s, struct fx_buf *b);
void fx_board_handovers(const struct fx_figures *f, struct fx_buf *b);

#endif
