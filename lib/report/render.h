/*
 * One renderer a format.  Each appends to out; figures must have been ended.
 */
#ifndef FX_REPORT_RENDER_H
#define FX_REPORT_RENDER_H

#include "report/draw.h"
#include "report/figures.h"

/* For people; fits 80 columns and more, as the terminal has. */
void fx_render_table(struct fx_figures *f, const struct fx_look *look, struct fx_buf *out);
/* One object with the window, the entries by type, the groups and the total. */
void fx_render_json(struct fx_figures *f, struct fx_buf *out);
/* One object a group on a line, the total last when there are groups. */
void fx_render_ndjson(struct fx_figures *f, struct fx_buf *out);
/* A fact a row: the groups' columns, figure, unit, value.  RFC 4180 but for its LF. */
void fx_render_csv(struct fx_figures *f, struct fx_buf *out);
/* A field, quoted where it must be; a text that a spreadsheet would take for a formula gets a '. */
void fx_csv_field(struct fx_buf *b, struct fx_str s);

/* The groups (no total: a sum would count twice) and the objectives. */
void fx_render_openmetrics(struct fx_figures *f, struct fx_buf *out);

/* A file that readers see whole, the old or the new one: written beside it, synced, renamed. */
int fx_write_whole(const char *path, struct fx_str text, struct fx_err *err);

#endif
