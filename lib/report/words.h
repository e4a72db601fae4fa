/*
 * Small things that texts for people are made of.
 */
#ifndef FX_REPORT_WORDS_H
#define FX_REPORT_WORDS_H

#include "base/mem.h"
#include "base/time.h"

#define FX_DAY_AND_TIME "%a %e %b %H:%M"
/* Local time (TZ) by strftime's format; nothing for FX_TIME_NONE. */
void fx_local(struct fx_buf *b, const char *format, fx_time t);
/* FX_DAY_AND_TIME, with the year when that is half a year away from now or more. */
void fx_local_near(struct fx_buf *b, fx_time t, fx_time now);
/* Text of a record: control characters (also those of C1) become "?". */
void fx_plain(struct fx_buf *b, struct fx_str s);
/* Columns that a text takes, counted as its characters. */
size_t fx_columns(struct fx_str s);
void fx_pad(struct fx_buf *b, size_t n);
/* fx_plain, filled with spaces to w columns. */
void fx_left(struct fx_buf *b, struct fx_str s, size_t w);
/* Filled with spaces before it to w columns, at least one. */
void fx_right(struct fx_buf *b, const char *z, size_t w);
/* 1234567 as 1,234,567; returns out. */
const char *fx_thousands(uint64_t n, char out[32]);

#endif
