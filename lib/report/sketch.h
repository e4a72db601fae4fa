/*
 * A mergeable sketch of durations: exact while small, then log-linear buckets.
 *
 * Holds every value while there are at most FX_SKETCH_EXACT of them; beyond
 * that, counts in 64 buckets an octave, whose middle is at most 1/128 (0.8 %)
 * off.  What it holds depends on the values alone, not on the order in which
 * they came nor on how they were split over merged sketches: integers only, so
 * every machine says the same.  Count, sum, least and greatest stay exact.
 */
#ifndef FX_REPORT_SKETCH_H
#define FX_REPORT_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"

#define FX_SKETCH_EXACT 16384u
/* No count or sum of seconds that is read may be larger, so that no sum of many wraps. */
#define FX_SKETCH_COUNT ((int64_t)1 << 53)

/* Zero-initialise; fx_sketch_free releases it. */
struct fx_sketch {
	uint64_t n;
	fx_time min, max;       /* when n > 0 */
	uint64_t sum_s, sum_us; /* seconds, and microseconds below 10^6 */
	/* private */
	int64_t *value; /* n of them, or NULL once bucket is there */
	size_t cap;
	bool sorted;
	uint64_t *bucket;
};

/* v >= 0, microseconds. */
void fx_sketch_add(struct fx_sketch *s, fx_time v);
void fx_sketch_merge(struct fx_sketch *s, const struct fx_sketch *other);
/*
 * The value below which the share q (0..1) lies, between two neighbours by linear
 * interpolation (Hyndman and Fan's type 7: the median of an even number is the mean of
 * the middle two).  Within 1 % when not exact.  FX_TIME_NONE when empty.
 */
fx_time fx_sketch_quantile(struct fx_sketch *s, double q);
/* The arithmetic mean, rounded to the microsecond; FX_TIME_NONE when empty. */
fx_time fx_sketch_mean(const struct fx_sketch *s);
/* How many values are at most v: exact while the sketch is, else by whole buckets. */
uint64_t fx_sketch_at_most(const struct fx_sketch *s, fx_time v);
void fx_sketch_free(struct fx_sketch *s);

/* As JSON, the same text for the same values. */
void fx_sketch_write(struct fx_sketch *s, struct fx_buf *out);
/* Read what fx_sketch_write wrote, into an empty sketch.  -1 with FX_EDATA when it is none. */
int fx_sketch_read(struct fx_sketch *s, const struct fx_tape *t, uint32_t node, struct fx_err *err);

#endif
