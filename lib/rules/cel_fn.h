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

/* cel_fn_string.c */
struct cel_out { /* a string being made within the limits */
	struct cel_ctx *cx;
	char *p;
	size_t n, cap;
	bool full;
};
void cel_out_add(struct cel_out *o, const char *p, size_t n);
cel_value cel_out_value(const struct cel_out *o);
cel_impl cel_f_char_at, cel_f_index_of, cel_f_last_index_of, cel_f_lower_ascii, cel_f_upper_ascii,
    cel_f_replace, cel_f_split, cel_f_substring, cel_f_trim, cel_f_reverse, cel_f_join, cel_f_quote;
/* cel_fn_format.c */
cel_impl cel_f_format;
/* cel_fn_math.c */
cel_impl cel_f_greatest, cel_f_least, cel_f_ceil, cel_f_floor, cel_f_round, cel_f_trunc,
    cel_f_is_nan, cel_f_is_inf, cel_f_is_finite, cel_f_sqrt, cel_f_abs, cel_f_sign, cel_f_bit_and,
    cel_f_bit_or, cel_f_bit_xor, cel_f_bit_not, cel_f_shift_left, cel_f_shift_right;
/* cel_fn_more.c */
cel_impl cel_f_opt_none, cel_f_opt_of, cel_f_opt_of_non_zero, cel_f_opt_has_value, cel_f_opt_value,
    cel_f_opt_or, cel_f_opt_or_value, cel_f_base64_encode, cel_f_base64_decode;

#endif
