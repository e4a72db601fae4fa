/*
 * Reading a mapping's document: places, faults, texts, zones.
 */
#include "import/load.h"

#include <stdarg.h>
#include <stdio.h>

#include "import/when.h"

struct fx_str fx_load_at(struct fx_load *ld, struct fx_str ptr, const char *name)
{
	struct fx_buf b = {0};
	struct fx_str out;

	fx_buf_str(&b, ptr);
	fx_buf_byte(&b, '/');
	for (; *name; name++) {
		if (*name == '~')
			fx_buf_z(&b, "~0");
		else if (*name == '/')
			fx_buf_z(&b, "~1");
		else
			fx_buf_byte(&b, *name);
	}
	out = fx_arena_str(ld->arena, fx_buf_view(&b));
	fx_buf_free(&b);
	return out;
}

struct fx_str fx_load_nth(struct fx_load *ld, struct fx_str ptr, size_t i)
{
	return fx_arena_fmt(ld->arena, "%.*s/%zu", FX_FMT(ptr), i);
}

int fx_load_fault(struct fx_load *ld, struct fx_str ptr, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fx_doc_fault(&ld->m->doc, ld->errs, ptr, "%s", text);
}

void fx_load_keys(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                  const char *const *names)
{
	struct fx_str cand[32];
	const char *key;
	json_t *v;
	size_t n = 0;

	while (names[n] && n < 32) {
		cand[n] = fx_str(names[n]);
		n++;
	}
	json_object_foreach((json_t *)obj, key, v)
	{
		struct fx_place at;
		size_t i = 0;
		int near;

		while (i < n && !fx_str_is(cand[i], key))
			i++;
		if (i < n)
			continue;
		at = fx_doc_key_place(&ld->m->doc, fx_load_at(ld, ptr, key));
		near = fx_str_nearest(fx_str(key), cand, n);
		fx_errs_fail(ld->errs, FX_ECONF, ld->m->doc.file, at.line, at.col,
		             near < 0 ? "unknown key \"%s\""
		                      : "unknown key \"%s\"; did you mean \"%s\"?",
		             key, near < 0 ? "" : names[near]);
	}
}

struct fx_str fx_load_string(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                             const char *name)
{
	const json_t *v = json_object_get(obj, name);

	if (!v)
		return (struct fx_str){NULL, 0};
	if (json_is_string(v))
		return (struct fx_str){json_string_value(v), json_string_length(v)};
	fx_load_fault(ld, fx_load_at(ld, ptr, name), "%s: wants a text", name);
	return fx_str("");
}

bool fx_load_bool(struct fx_load *ld, const json_t *obj, struct fx_str ptr, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	if (v && !json_is_boolean(v))
		fx_load_fault(ld, fx_load_at(ld, ptr, name), "%s: wants true or false", name);
	return json_is_true(v);
}

/* A condition's word or a null word may be written as a number or a boolean: 0, true. */
static bool word_of(struct fx_load *ld, const json_t *v, struct fx_str ptr, bool scalars,
                    struct fx_str *out)
{
	if (json_is_string(v)) {
		*out = (struct fx_str){json_string_value(v), json_string_length(v)};
		return true;
	}
	if (!scalars)
		return false;
	if (json_is_number(v))
		*out = fx_doc_raw(&ld->m->doc, ptr);
	else if (json_is_boolean(v))
		*out = fx_str(json_is_true(v) ? "true" : "false");
	else
		*out = (struct fx_str){NULL, 0};
	return out->p || json_is_null(v);
}

struct fx_str *fx_load_strings(struct fx_load *ld, const json_t *v, struct fx_str ptr, bool nulls,
                               unsigned *n)
{
	size_t count = json_is_array(v) ? json_array_size(v) : 1;
	struct fx_str *out = FX_NEWV(ld->arena, struct fx_str, count + 1);

	*n = 0;
	for (size_t i = 0; i < count; i++) {
		const json_t *x = json_is_array(v) ? json_array_get(v, i) : v;
		struct fx_str at = json_is_array(v) ? fx_load_nth(ld, ptr, i) : ptr;

		if (word_of(ld, x, at, nulls, &out[*n]))
			++*n;
		else
			fx_load_fault(ld, at, "wanted a text%s", nulls ? ", a number or null" : "");
	}
	return out;
}

const struct fx_zone *fx_load_zone(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                                   const struct fx_zone *otherwise)
{
	struct fx_str name = fx_load_string(ld, obj, ptr, "zone");
	struct fx_err err = {0};
	const struct fx_zone *z;

	if (!name.p)
		return otherwise;
	z = fx_zone_open(ld->arena, name, &err);
	if (!z)
		fx_load_fault(ld, fx_load_at(ld, ptr, "zone"), "%s", err.msg);
	return z;
}

const struct fx_str *fx_load_times(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                                   unsigned *n)
{
	static const struct fx_str iso = {"iso", 3};
	const json_t *v = json_object_get(obj, "times");
	struct fx_str at = fx_load_at(ld, ptr, "times");
	struct fx_str *out;
	char bad = 0;

	*n = 1;
	if (!v)
		return &iso;
	out = fx_load_strings(ld, v, at, false, n);
	for (unsigned i = 0; i < *n; i++)
		if (!fx_when_format_ok(out[i], &bad))
			fx_load_fault(
			    ld, json_is_array(v) ? fx_load_nth(ld, at, i) : at,
			    "\"%.*s\": %%%c is no conversion; there are "
			    "%%Y %%y %%m %%d %%b %%H %%I %%M %%S %%f %%p %%z, and the word iso",
			    FX_FMT(out[i]), bad);
	return out;
}
