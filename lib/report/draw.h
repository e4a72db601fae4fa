/*
 * Small pictures in text: sparklines and bars, of block characters or of plain ASCII.
 */
#ifndef FX_REPORT_DRAW_H
#define FX_REPORT_DRAW_H

#include "report/figures.h"

/* What the terminal can show. */
struct fx_look {
	bool color, utf8;
	size_t width; /* columns; 0: as many as it takes */
};

/* A value a column: nothing is the lowest of U+2581 to U+2588 (of _.:-=+*# ), the greatest the
 * highest, the others in steps between. */
void fx_draw_spark(struct fx_buf *b, const struct fx_look *look, const uint64_t *v, size_t n);
/* share (0..1, cut to that) of w columns, in eighths of one where blocks can be drawn. */
void fx_draw_bar(struct fx_buf *b, const struct fx_look *look, double share, size_t w);

/* Hours put together so that they fit. */
#define FX_STRIP_MAX 64
struct fx_strip {
	int64_t first; /* hour since 1970 */
	int64_t each;  /* hours a column: 1, 24, or days */
	size_t n;      /* columns, 0: there is nothing */
};
/* The strip of a group's hours in at most w columns (at most FX_STRIP_MAX): an hour each when two
 * days or less fit, else whole days. */
struct fx_strip fx_strip_of(const struct fx_group *g, size_t w);
/* What falls into each column: tasks that were assigned, of them those with an exception. */
void fx_strip_fill(const struct fx_strip *s, const struct fx_group *g, uint64_t tasks[FX_STRIP_MAX],
                  uint64_t excepted[FX_STRIP_MAX]);

#endif
