/* The table of functions, and calling them by the types of their arguments. */
#include "rules/cel_fn.h"

#include <string.h>

#define TIME_PART(name, impl)                                                                      \
	{name, true, "t:i", impl}, {name, true, "ts:i", impl}
#define CLOCK_PART(name, impl)                                                                     \
	{name, true, "t:i", impl}, {name, true, "ts:i", impl}, {name, true, "D:i", impl}

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
};

#define NTABLE (sizeof(table) / sizeof(*table))

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

		for (i = 0; i < n->n && *sig != ':' && fits(*sig, &arg[i]); i++)
			sig = type_end(sig);
		if (i < n->n || *sig != ':')
			continue;
		cx->aux = n->aux;
		return n->fn[k].impl(cx, arg, n->n);
	}
	return cel_err(FX_CEL_NO_OVERLOAD, n->name);
}
