/*
 * What tables for people are written with.
 */
#ifndef FX_REPORT_PEN_H
#define FX_REPORT_PEN_H

#include "report/draw.h"

struct fx_pen {
	struct fx_buf *b;
	const struct fx_look *look;
};

/* As many as there are; a thousand when it is no terminal. */
size_t fx_pen_columns(const struct fx_pen *p);
/* An SGR code ("1;31", "0"), where there is colour. */
void fx_pen_style(struct fx_pen *p, const char *code);
/* A line in bold. */
void fx_pen_heading(struct fx_pen *p, const char *z);
/* A name of w columns and a space, cut with a mark where it is longer. */
void fx_pen_cut(struct fx_pen *p, struct fx_str s, size_t w);
/* To the right of w columns: 1,234; a duration, "-" for FX_TIME_NONE; a share in per cent, "-"
 * below 0. */
void fx_pen_number(struct fx_buf *b, uint64_t n, size_t w);
void fx_pen_lasting(struct fx_buf *b, fx_time t, size_t w);
void fx_pen_percent(struct fx_buf *b, double share, size_t w);
/* As it is. */
void fx_pen_duration(struct fx_buf *b, fx_time t);

/* ---- table.c and table_groups.c ---- */
void fx_table_groups(struct fx_pen *p, struct fx_figures *f, struct fx_group *total);

#endif
