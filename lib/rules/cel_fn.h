/* The functions' implementations, by the file that holds them.  Inside CEL. */
#ifndef FX_RULES_CEL_FN_H
#define FX_RULES_CEL_FN_H

#include "rules/cel_ast.h"

/* cel_fn_core.c */
cel_impl cel_f_size, cel_f_contains, cel_f_starts, cel_f_ends, cel_f_matches, cel_f_type, cel_f_dyn;
/* Where `what` first stands in s, or NULL (also past the step limit). */
const char *cel_find(struct cel_ctx *cx, struct fx_str s, struct fx_str what);
/* cel_fn_convert.c */
cel_impl cel_f_bool, cel_f_int, cel_f_uint, cel_f_double, cel_f_string, cel_f_bytes,
    cel_f_timestamp, cel_f_duration;
size_t cel_double_text(double d, char out[40]);
/* cel_fn_time.c */
cel_impl cel_f_full_year, cel_f_month, cel_f_day_of_year, cel_f_day_of_month, cel_f_date,
    cel_f_day_of_week, cel_f_hours, cel_f_minutes, cel_f_seconds, cel_f_milliseconds;
/* A fixed offset ("+02:00", "02:00") or a zone of tzdata; NULL when there is none. */
const struct fx_zone *cel_zone(struct fx_arena *a, struct fx_str name);

#endif
