/*
 * Before and after: the same figures of two periods, side by side.
 */
#ifndef FX_REPORT_COMPARE_H
#define FX_REPORT_COMPARE_H

#include "report/figures.h"

enum fx_change_unit { FX_CHANGE_COUNT, FX_CHANGE_SECONDS, FX_CHANGE_SHARE, FX_CHANGE_RATE };

/* A figure of both periods.  Values are counts, seconds, shares or numbers for 1000 orders. */
struct fx_change {
	const char *id, *title;
	enum fx_change_unit unit;
	bool known[2];
	double value[2];
	/* second - first, with its 95 % interval where there is one */
	bool has_change, has_interval;
	double change, low, high;
};
#define FX_NCHANGE 12

/* "FROM..TO,FROM..TO", times as on the command line: since and until of both.  -1 with FX_EUSAGE.
 */
int fx_compare_periods(struct fx_str text, fx_time now, struct fx_figures_opt of[2],
                       struct fx_err *err);
/*
 * Compare the totals; figures must have been ended.
 *
 * The interval of a difference is put together from one for each side (MOVER: Newcombe 1998, Donner
 * and Zou 2012): for shares Wilson's, for percentiles the order statistics of the binomial, for
 * handoffs, as counts of Poisson, the score interval.
 */
void fx_compare(struct fx_figures *before, struct fx_figures *after,
                struct fx_change out[FX_NCHANGE]);

/* A value of the change's unit for people, "+" before what is above zero when sign is set. */
void fx_change_text(const struct fx_change *c, double v, bool sign, char out[48]);
void fx_compare_text(struct fx_figures *before, struct fx_figures *after, bool color,
                     struct fx_buf *out);
void fx_compare_json(struct fx_figures *before, struct fx_figures *after, struct fx_buf *out);

#endif
