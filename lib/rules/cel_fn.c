/* The table of functions, and calling them by the types of their arguments. */
#include "rules/cel_fn.h"

#include <string.h>

#define TIME_PART(name, impl)                                                                      \
	{name, true, "t:i", impl},                                                                 \
	{                                                                                          \
		name, true, "ts:i", impl                                                           \
	}
#define CLOCK_PART(name, impl)                                                                     \
	{name, true, "t:i", impl}, {name, true, "ts:i", impl},                                     \
	{                                                                                          \
		name, true, "D:i", impl                                                            \
	}

/* Overloads of one name and form stand together. */
static const struct cel_fn table[] = {
    {"size", false, "s:i", cel_f_size},
    {"size", false, "y:i", cel_f_size},
    {"size", false, "LA:i", cel_f_size},
    {"size", false, "MAB:i", cel_f_size},
    {"size", true, "s:i", cel_f_size},
    {"size", true, "y:i", cel_f_size},
    {"size", true, "LA:i", cel_f_size},
    {"size", true, "MAB:i", cel_f_size},
    {"contains", true, "ss:b", cel_f_contains},
    {"startsWith", true, "ss:b", cel_f_starts},
    {"endsWith", true, "ss:b", cel_f_ends},
    {"matches", true, "ss:b", cel_f_matches},
    {"matches", false, "ss:b", cel_f_matches},
    {"type", false, "A:TA", cel_f_type},
    {"dyn", false, "A:*", cel_f_dyn},
    {"bool", false, "b:b", cel_f_bool},
    {"bool", false, "s:b", cel_f_bool},
    {"int", false, "i:i", cel_f_int},
    {"int", false, "u:i", cel_f_int},
    {"int", false, "d:i", cel_f_int},
    {"int", false, "s:i", cel_f_int},
    {"int", false, "t:i", cel_f_int},
    {"uint", false, "u:u", cel_f_uint},
    {"uint", false, "i:u", cel_f_uint},
    {"uint", false, "d:u", cel_f_uint},
    {"uint", false, "s:u", cel_f_uint},
    {"double", false, "d:d", cel_f_double},
    {"double", false, "i:d", cel_f_double},
    {"double", false, "u:d", cel_f_double},
    {"double", false, "s:d", cel_f_double},
    {"string", false, "s:s", cel_f_string},
    {"string", false, "b:s", cel_f_string},
    {"string", false, "i:s", cel_f_string},
    {"string", false, "u:s", cel_f_string},
    {"string", false, "d:s", cel_f_string},
    {"string", false, "y:s", cel_f_string},
    {"string", false, "t:s", cel_f_string},
    {"string", false, "D:s", cel_f_string},
    {"bytes", false, "y:y", cel_f_bytes},
    {"bytes", false, "s:y", cel_f_bytes},
    {"timestamp", false, "t:t", cel_f_timestamp},
    {"timestamp", false, "s:t", cel_f_timestamp},
    {"timestamp", false, "i:t", cel_f_timestamp},
    {"duration", false, "D:D", cel_f_duration},
    {"duration", false, "s:D", cel_f_duration},
    TIME_PART("getFullYear", cel_f_full_year),
    TIME_PART("getMonth", cel_f_month),
    TIME_PART("getDayOfYear", cel_f_day_of_year),
    TIME_PART("getDayOfMonth", cel_f_day_of_month),
    TIME_PART("getDate", cel_f_date),
    TIME_PART("getDayOfWeek", cel_f_day_of_week),
    CLOCK_PART("getHours", cel_f_hours),
    CLOCK_PART("getMinutes", cel_f_minutes),
    CLOCK_PART("getSeconds", cel_f_seconds),
    CLOCK_PART("getMilliseconds", cel_f_milliseconds),
    {"charAt", true, "si:s", cel_f_char_at},
    {"indexOf", true, "ss:i", cel_f_index_of},
    {"indexOf", true, "ssi:i", cel_f_index_of},
    {"lastIndexOf", true, "ss:i", cel_f_last_index_of},
    {"lastIndexOf", true, "ssi:i", cel_f_last_index_of},
    {"lowerAscii", true, "s:s", cel_f_lower_ascii},
    {"upperAscii", true, "s:s", cel_f_upper_ascii},
    {"replace", true, "sss:s", cel_f_replace},
    {"replace", true, "sssi:s", cel_f_replace},
    {"split", true, "ss:Ls", cel_f_split},
    {"split", true, "ssi:Ls", cel_f_split},
    {"substring", true, "si:s", cel_f_substring},
    {"substring", true, "sii:s", cel_f_substring},
    {"trim", true, "s:s", cel_f_trim},
    {"reverse", true, "s:s", cel_f_reverse},
    {"join", true, "Ls:s", cel_f_join},
    {"join", true, "Lss:s", cel_f_join},
    {"strings.quote", false, "s:s", cel_f_quote},
    {"format", true, "sL*:s", cel_f_format},
    {"math.greatest", false, "#:#", cel_f_greatest},
    {"math.least", false, "#:#", cel_f_least},
    {"math.ceil", false, "d:d", cel_f_ceil},
    {"math.floor", false, "d:d", cel_f_floor},
    {"math.round", false, "d:d", cel_f_round},
    {"math.trunc", false, "d:d", cel_f_trunc},
    {"math.isNaN", false, "d:b", cel_f_is_nan},
    {"math.isInf", false, "d:b", cel_f_is_inf},
    {"math.isFinite", false, "d:b", cel_f_is_finite},
    {"math.sqrt", false, "i:d", cel_f_sqrt},
    {"math.sqrt", false, "u:d", cel_f_sqrt},
    {"math.sqrt", false, "d:d", cel_f_sqrt},
    {"math.abs", false, "i:i", cel_f_abs},
    {"math.abs", false, "u:u", cel_f_abs},
    {"math.abs", false, "d:d", cel_f_abs},
    {"math.sign", false, "i:i", cel_f_sign},
    {"math.sign", false, "u:u", cel_f_sign},
    {"math.sign", false, "d:d", cel_f_sign},
    {"math.bitAnd", false, "ii:i", cel_f_bit_and},
    {"math.bitAnd", false, "uu:u", cel_f_bit_and},
    {"math.bitOr", false, "ii:i", cel_f_bit_or},
    {"math.bitOr", false, "uu:u", cel_f_bit_or},
    {"math.bitXor", false, "ii:i", cel_f_bit_xor},
    {"math.bitXor", false, "uu:u", cel_f_bit_xor},
    {"math.bitNot", false, "i:i", cel_f_bit_not},
    {"math.bitNot", false, "u:u", cel_f_bit_not},
    {"math.bitShiftLeft", false, "ii:i", cel_f_shift_left},
    {"math.bitShiftLeft", false, "ui:u", cel_f_shift_left},
    {"math.bitShiftRight", false, "ii:i", cel_f_shift_right},
    {"math.bitShiftRight", false, "ui:u", cel_f_shift_right},
    {"optional.none", false, ":OA", cel_f_opt_none},
    {"optional.of", false, "A:OA", cel_f_opt_of},
    {"optional.ofNonZeroValue", false, "A:OA", cel_f_opt_of_non_zero},
    {"hasValue", true, "OA:b", cel_f_opt_has_value},
    {"value", true, "OA:A", cel_f_opt_value},
    {"or", true, "OAOA:OA", cel_f_opt_or},
    {"orValue", true, "OAA:A", cel_f_opt_or_value},
    {"base64.encode", false, "y:s", cel_f_base64_encode},
    {"base64.decode", false, "s:y", cel_f_base64_decode},
};

#define NTABLE (sizeof(table) / sizeof(*table))

const struct cel_fn *cel_fn_table(size_t *n)
{
	*n = NTABLE;
	return table;
}

const struct cel_fn *cel_fns(struct fx_str name, bool member, size_t *n)
{
	for (size_t i = 0; i < NTABLE; i++) {
		size_t k = i;

		if (table[i].member != member || !fx_str_is(name, table[i].name))
			continue;
		while (k < NTABLE && table[k].member == member && fx_str_is(name, table[k].name))
			k++;
		*n = k - i;
		return &table[i];
	}
	*n = 0;
	return NULL;
}

struct fx_str cel_fn_nearest(struct fx_str name)
{
	struct fx_str names[NTABLE];
	int best;

	for (size_t i = 0; i < NTABLE; i++)
		names[i] = fx_str(table[i].name);
	best = fx_str_nearest(name, names, NTABLE);
	return best < 0 ? (struct fx_str){NULL, 0} : names[best];
}

/* The end of the type that begins at p. */
static const char *type_end(const char *p)
{
	unsigned open = 1;

	for (; open && *p && *p != ':'; p++) {
		open--;
		if (*p == 'L' || *p == 'O' || *p == 'T')
			open++;
		else if (*p == 'M')
			open += 2;
	}
	return p;
}

const char *cel_sig_at(const char *sig, size_t i)
{
	for (; i && *sig != ':'; i--)
		sig = type_end(sig);
	return *sig == ':' ? sig + 1 : sig;
}

size_t cel_sig_params(const char *sig)
{
	size_t n = 0;

	for (; *sig != ':'; n++)
		sig = type_end(sig);
	return n;
}

static bool fits(char letter, const cel_value *v)
{
	static const char letters[] = "*nbiudsyLMtDTO"; /* as enum fx_cel_kind; 0 is no value */

	return letter == '*' || letter == 'A' || letter == 'B' || letters[v->kind] == letter;
}

cel_value cel_call(struct cel_ctx *cx, const struct cel_node *n, const cel_value *arg)
{
	for (size_t k = 0; k < n->nfn; k++) {
		const char *sig = n->fn[k].sig;
		uint32_t i;

		if (*sig == '#' && n->n)
			return n->fn[k].impl(cx, arg, n->n);
		for (i = 0; i < n->n && *sig != ':' && fits(*sig, &arg[i]); i++)
			sig = type_end(sig);
		if (i < n->n || *sig != ':')
			continue;
		cx->aux = n->aux;
		return n->fn[k].impl(cx, arg, n->n);
	}
	return (cel_value){.kind = FX_CV_ERROR,
	                   .why = FX_CEL_NO_OVERLOAD,
	                   .s = n->name,
	                   .ns = n->n ? arg->kind + 1 : 0};
}
