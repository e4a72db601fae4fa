/*
 * A group's figures as a flat list of facts: every renderer that lists all of
 * them (JSON, CSV, comparison, dashboard) walks this one list.
 */
#ifndef FX_REPORT_FACTS_H
#define FX_REPORT_FACTS_H

#include "report/figures.h"

enum fx_unit { FX_UNIT_COUNT, FX_UNIT_SECONDS, FX_UNIT_RATIO, FX_UNIT_PER_1000, FX_UNIT_TIME };
const char *fx_unit_name(enum fx_unit u); /* "count", "seconds", "ratio", "per_1000", "time" */

/* path: from the outside in; unused ones are empty ("milestones", "delivery", "late"). */
struct fx_fact {
	struct fx_str path[3];
	enum fx_unit unit;
	bool known;     /* false: nothing to say it of (a mean of nothing) */
	uint64_t count; /* FX_UNIT_COUNT */
	fx_time time;   /* FX_UNIT_SECONDS: microseconds; FX_UNIT_TIME */
	double share;   /* the others */
};

/* Facts with the same outer names follow each other. */
void fx_facts(const struct fx_figures *f, struct fx_group *g,
              void (*fact)(void *user, const struct fx_fact *), void *user);
/* The value as a decimal number ("12.5"), a time as RFC 3339; "" when it is not known. */
void fx_fact_value(struct fx_buf *out, const struct fx_fact *fact);
/* Microseconds as decimal seconds without trailing zeros. */
void fx_seconds(struct fx_buf *out, fx_time us);
/* A double with at most 6 decimals, without trailing zeros. */
void fx_decimal(struct fx_buf *out, double v);

/* The percentiles that are told, and their names. */
#define FX_NQUANTILE 4
extern const struct fx_quantile {
	double q;
	const char *name; /* "p50" */
} fx_quantiles[FX_NQUANTILE];

#endif
