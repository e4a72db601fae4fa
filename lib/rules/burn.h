/*
 * How fast an error budget may burn before somebody is told.
 *
 * (Beyer et al., The Site Reliability Workbook, chapter 5: multiwindow, multi-burn-rate
 * alerts.)  A pair of windows fires when both burn faster than its factor: the factor at
 * which that share of the budget of the objective's window is gone in the long one.
 */
#ifndef FX_RULES_BURN_H
#define FX_RULES_BURN_H

#include "base/time.h"

#define FX_NBURN 4
struct fx_burn_rule {
	fx_time lng, shrt;
	const char *name; /* "1h/5m" */
	const char *lng_name, *shrt_name;
	double budget;      /* the share of the error budget that is gone in the long window */
	const char *action; /* "page" or "ticket" */
};
extern const struct fx_burn_rule fx_burn_rules[FX_NBURN];

/* For an objective over that window; 14.4 for 1h/5m over 30 days. */
double fx_burn_factor(const struct fx_burn_rule *r, fx_time window);
/* The pair that an objective (0..1) over that window can never fire, as all bad burns at
 * 1 / (1 - objective); NULL: each can. */
const struct fx_burn_rule *fx_burn_unreachable(double objective, fx_time window);

#endif
