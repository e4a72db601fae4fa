/*
 * Service level objectives: attainment, error budget, burn rates.
 *
 * (Beyer et al., The Site Reliability Workbook, chapter 5: multiwindow, multi-burn-rate
 * alerts.)  An event of an objective is a promise whose time has come: good when it was met
 * by then, at the time that it was met; bad otherwise, at the time that it was due.
 */
#ifndef FX_REPORT_SLO_H
#define FX_REPORT_SLO_H

#include "report/figures.h"
#include "rules/burn.h"

/* The long window of a pair must have as many events, or nothing fires: one miss of few tasks is
 * no reason to wake somebody. */
#define FX_SLO_LEAST 10

struct fx_burn {
	double lng,
	    shrt; /* burn rates: 1 spends the budget in just the objective's window; -1: no event */
	double factor;   /* above this, both */
	uint64_t events; /* in the long window */
	bool firing;
	bool never; /* the objective is so low that no burn rate can pass the factor */
};

struct fx_slo_state {
	struct fx_str flow, milestone, text;
	struct fx_str notify; /* the owner who is told; empty: not known */
	double objective;     /* 0..1 */
	fx_time window;
	uint64_t good, bad; /* in the window */
	double attained;    /* -1: no event */
	double budget_left; /* share: 1 untouched, 0 spent, below 0 overspent */
	struct fx_burn burn[FX_NBURN];
};

/*
 * The objectives of the registry that was published last, as of the figures' now.
 * The list is the caller's to free; spans live as long as the figures.
 */
size_t fx_slo_states(const struct fx_figures *f, struct fx_slo_state **out);

/* Did a pair with that action ("page", "ticket") fire so long before now?  In whole 5 minutes. */
bool fx_slo_fired(const struct fx_figures *f, const struct fx_slo_state *s, const char *action,
                  fx_time before);
/* Good and bad events of a flow's milestone in (now - window, now], window in whole 5 minutes. */
void fx_pace_count(const struct fx_figures *f, struct fx_str flow, struct fx_str milestone,
                   fx_time window, uint64_t *good, uint64_t *bad);
/* "99.5% carrier-handover over 30d"; 0, or -1. */
int fx_slo_parse(struct fx_str text, double *objective, struct fx_str *milestone, fx_time *window);

#endif
