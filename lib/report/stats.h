/*
 * The statistics that a comparison of two sides needs.
 */
#ifndef FX_REPORT_STATS_H
#define FX_REPORT_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/* One task: how long until the event, or, where it has not come yet, how long it was waited for. */
struct fx_wait {
	fx_time took;
	bool censored;
};

/* Sorts in place: by time, events before censored ones. */
void fx_waits_sort(struct fx_wait *w, size_t n);
/*
 * The Kaplan-Meier estimate of the time by which the share q (0..1) had the event; of sorted
 * waits.  FX_TIME_NONE when so many never had it.
 */
fx_time fx_kaplan_meier(const struct fx_wait *w, size_t n, double q);
/*
 * Its 95 % interval: the times at which the bounds of the estimate (Greenwood's variance of the
 * logarithm, as R's survfit has it) pass.  FX_TIME_NONE: that bound never does.
 */
void fx_kaplan_meier_interval(const struct fx_wait *w, size_t n, double q, fx_time *low,
                              fx_time *high);

struct fx_logrank {
	double observed[2], expected[2];
	double chi2, p;
	/* of the first side's rate of events over the second's (above 1: the first is faster),
	 * by O/E, with its 95 % interval; -1 where it cannot be told */
	double ratio, low, high;
};
/* Mantel's log-rank test of two sides of sorted waits (hypergeometric variance at ties). */
void fx_logrank(const struct fx_wait *a, size_t na, const struct fx_wait *b, size_t nb,
                struct fx_logrank *out);

struct fx_proportions {
	double share[2];              /* -1: of nothing */
	double difference, low, high; /* first - second; 95 % (Newcombe's hybrid of Wilson's) */
	double z, p;  /* pooled, two-sided, no continuity correction; p 1 when it cannot be told */
	double least; /* the smallest difference that these numbers show with 80 % power; -1 */
};
void fx_proportions(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2, struct fx_proportions *out);
/* Wilson's 95 % interval of a share. */
void fx_wilson(uint64_t x, uint64_t n, double *low, double *high);
/*
 * The order statistics (1 the smallest, n the largest) between which the quantile q of what n
 * values were drawn from lies with at least 95 %, whatever it is distributed like (exact, of the
 * binomial; Conover, Practical Nonparametric Statistics, 3.2).  False when n is too small for one.
 */
bool fx_quantile_ranks(uint64_t n, double q, uint64_t *low, uint64_t *high);
/* 95 % interval of the mean of a Poisson count that came out as x (score). */
void fx_poisson(uint64_t x, double *low, double *high);
/* How many events in all a log-rank test needs to show that ratio of rates (5 %, power 80 %), when
 * that part of the tasks is on one side (Schoenfeld 1983). */
double fx_events_needed(double ratio, double part);
/* The other way round: the ratio above 1 that so many show; -1 of nothing. */
double fx_least_ratio(double events, double part);
/* How many each side must have, so that a difference of these two shares shows (5 %, power 80 %);
 * UINT64_MAX when they are the same. */
uint64_t fx_sample_size(double p1, double p2);

#endif
