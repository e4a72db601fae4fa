/*
 * What the HTML pages share: one file each that asks the network for nothing, light and dark,
 * fit for paper, a keyboard and a screen reader.
 */
#ifndef FX_REPORT_PAGE_H
#define FX_REPORT_PAGE_H

#include "base/mem.h"
#include "base/time.h"

/* Everything up to and with <body>.  css: more than the common style, ended by NULL, or NULL;
 * script: the page has one of its own (inline). */
void fx_page_begin(struct fx_buf *b, struct fx_str title, const char *const *css, bool script);
void fx_page_end(struct fx_buf *b);

/* Text for an element or a quoted attribute; control characters become spaces. */
void fx_page_text(struct fx_buf *b, struct fx_str s);
/* A number with thousands, a duration ("4h06m", a dash for FX_TIME_NONE), a share (a dash when <
 * 0). */
void fx_page_number(struct fx_buf *b, uint64_t n);
void fx_page_lasting(struct fx_buf *b, fx_time t);
void fx_page_percent(struct fx_buf *b, double v);
/* <time>, shown in UTC or, by strftime's format, in local time; a dash for FX_TIME_NONE. */
void fx_page_utc(struct fx_buf *b, fx_time t);
void fx_page_local(struct fx_buf *b, const char *format, fx_time t);

/* A section with its heading at the side; what explains it may be "".  of: the id of the heading
 * that it stands under, where several sections of a page have the title; or NULL. */
void fx_page_section(struct fx_buf *b, const char *of, const char *id, const char *title,
                     const char *what);
void fx_page_section_end(struct fx_buf *b);
/* A table that scrolls by itself where it is too wide.  head ends with NULL; a name that begins
 * with
 * "#" stands over numbers. */
void fx_page_table(struct fx_buf *b, const char *caption, const char *const *head);
void fx_page_table_end(struct fx_buf *b);

#endif
