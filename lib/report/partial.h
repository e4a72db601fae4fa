/*
 * Between partial.c, which writes figures as text, and partial_read.c, which reads them back.
 */
#ifndef FX_REPORT_PARTIAL_H
#define FX_REPORT_PARTIAL_H

#include "report/figures.h"

/* Raised when the text changes: a part of another format is refused. */
#define FX_PART_FORMAT 5

/* Counts that are written as they stand; ended by a NULL name. */
struct fx_part_count {
	const char *name;
	size_t off;
};
extern const struct fx_part_count fx_part_group[], fx_part_promise[];

static inline uint64_t *fx_part_count_at(void *base, const struct fx_part_count *c)
{
	return (uint64_t *)(void *)((char *)base + c->off);
}

#endif
