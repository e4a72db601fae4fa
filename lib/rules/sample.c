#include "rules/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/write.h"

#define DEPTH_MAX 8
#define LENGTH_MAX 2000

struct samples {
	struct fx_arena *a;
	const json_t *root;
	struct fx_str like, *out;
	size_t n;
};

static void add(struct samples *s, struct fx_str json)
{
	for (size_t i = 0; i < s->n; i++)
		if (fx_str_eq(s->out[i], json))
			return;
	if (s->n < FX_SAMPLES)
		s->out[s->n++] = json;
}

static void add_string(struct samples *s, struct fx_str text)
{
	struct fx_buf b = {0};

	fx_json_string(&b, text);
	add(s, fx_arena_str(s->a, fx_buf_view(&b)));
	fx_buf_free(&b);
}

static void add_json(struct samples *s, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (text)
		add(s, fx_arena_str(s->a, fx_str(text)));
	free(text);
}

static void add_all(struct samples *s, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		add_json(s, json_array_get(list, i));
}

static struct fx_str join(struct samples *s, struct fx_str x, struct fx_str y)
{
	return fx_arena_fmt(s->a, "%.*s%.*s", FX_FMT(x), FX_FMT(y));
}

static struct fx_str padded(struct samples *s, struct fx_str text, size_t n, const char *by,
                            bool before)
{
	while (text.n < n)
		text = before ? join(s, fx_str(by), text) : join(s, text, fx_str(by));
	return text;
}

static void add_pattern(struct samples *s, struct fx_str pattern)
{
	static const unsigned ways[] = {FX_WAY_FOLLOW,
	                                0,
	                                FX_WAY_FIRST,
	                                FX_WAY_LAST,
	                                FX_WAY_FOLLOW | FX_WAY_FIRST,
	                                FX_WAY_FOLLOW | FX_WAY_LAST,
	                                FX_WAY_OTHER,
	                                FX_WAY_OTHER | FX_WAY_FOLLOW};
	struct fx_str text, like = s->like;

	if (!fx_pattern_text(s->a, pattern, like, 0, &text))
		return;
	/* once with what it is like at the beginning, once at the end */
	for (unsigned end = 0; end < 2; end++) {
		if (end)
			like = padded(s, like, text.n, "\x01", true);
		for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
			if (fx_pattern_text(s->a, pattern, like, ways[i], &text))
				add_string(s, text);
	}
	/* what is not anchored may stand anywhere */
	if (pattern.n && pattern.p[0] != '^')
		add_string(s, join(s, s->like, text));
	if (pattern.n && pattern.p[pattern.n - 1] != '$')
		add_string(s, join(s, text, s->like));
}

static void add_lengths(struct samples *s, const json_t *node)
{
	json_int_t min = json_integer_value(json_object_get(node, "minLength"));
	const json_t *max = json_object_get(node, "maxLength");
	size_t least = min < 0 ? 0 : min < LENGTH_MAX ? (size_t)min : LENGTH_MAX;
	struct fx_str text = padded(s, s->like, least, "x", false);

	add_string(s, padded(s, s->like, least, "x", true));
	if (max && (json_int_t)text.n > json_integer_value(max) && json_integer_value(max) >= 0) {
		size_t n = (size_t)json_integer_value(max);

		add_string(s, (struct fx_str){text.p + text.n - n, n});
		text.n = n;
	}
	add_string(s, text);
}

static void add_format(struct samples *s, struct fx_str format)
{
	static const char *const texts[][2] = {{"date-time", "2026-11-20T18:03:09Z"},
	                                       {"date", "2026-11-20"},
	                                       {"time", "18:03:09Z"},
	                                       {"duration", "PT1H"},
	                                       {"email", "a@example.org"},
	                                       {"idn-email", "a@example.org"},
	                                       {"hostname", "example.org"},
	                                       {"idn-hostname", "example.org"},
	                                       {"ipv4", "192.0.2.1"},
	                                       {"ipv6", "2001:db8::1"},
	                                       {"uri", "https://example.org/"},
	                                       {"iri", "https://example.org/"},
	                                       {"uri-reference", "/x"},
	                                       {"iri-reference", "/x"},
	                                       {"uri-template", "/x"},
	                                       {"uuid", "01234567-89ab-4cde-8f01-23456789abcd"},
	                                       {"json-pointer", "/x"},
	                                       {"relative-json-pointer", "0"},
	                                       {"regex", "x"}};
	bool mail = fx_str_is(format, "email") || fx_str_is(format, "idn-email");

	if (mail && s->like.n)
		add_string(s, join(s, s->like, FX_STR("@example.org")));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (fx_str_is(format, texts[i][0]))
			add_string(s, fx_str(texts[i][1]));
}

static void add_number(struct samples *s, double d)
{
	if (d == trunc(d) && fabs(d) < 9e15)
		add(s, fx_arena_fmt(s->a, "%lld", (long long)d));
	else if (isfinite(d))
		add(s, fx_arena_fmt(s->a, "%.17g", d));
}

static void add_numbers(struct samples *s, const json_t *node)
{
	static const char *const bounds[] = {"minimum", "maximum", "exclusiveMinimum",
	                                     "exclusiveMaximum"};
	double step = json_number_value(json_object_get(node, "multipleOf"));
	double old = strtod(fx_arena_str(s->a, s->like).p, NULL);

	if (step > 0 && isfinite(old)) {
		add_number(s, ceil(old / step) * step);
		add_number(s, floor(old / step) * step);
	}
	add_number(s, floor(old));
	add_number(s, ceil(old));
	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
		const json_t *v = json_object_get(node, bounds[i]);

		if (!json_is_number(v))
			continue;
		add_number(s, json_number_value(v));
		add_number(s, json_number_value(v) + 1);
		add_number(s, json_number_value(v) - 1);
	}
}

static void add_array(struct samples *s, const json_t *node)
{
	static const char *const items[] = {"{}", "\"x\"", "1"};
	json_int_t min = json_integer_value(json_object_get(node, "minItems"));

	for (size_t k = 0; min > 0 && min < 100 && k < sizeof(items) / sizeof(*items); k++) {
		struct fx_str text = FX_STR("[");

		for (json_int_t i = 0; i < min; i++)
			text = fx_arena_fmt(s->a, "%.*s%s%s", FX_FMT(text), i ? "," : "", items[k]);
		add(s, join(s, text, FX_STR("]")));
	}
	add(s, FX_STR("[]"));
}

static bool of_type(const json_t *node, const char *type)
{
	const json_t *t = json_object_get(node, "type");

	if (json_is_string(t))
		return strcmp(json_string_value(t), type) == 0;
	for (size_t i = 0; i < json_array_size(t); i++)
		if (strcmp(json_string_value(json_array_get(t, i)), type) == 0)
			return true;
	return !t;
}

static void add_types(struct samples *s, const json_t *node)
{
	static const char *const texts[] = {"XX", "XXX", "1.50", "00000", "xx", "1"};
	const char *pattern = json_string_value(json_object_get(node, "pattern"));
	const char *format = json_string_value(json_object_get(node, "format"));

	if (of_type(node, "string")) {
		if (pattern)
			add_pattern(s, fx_str(pattern));
		if (format)
			add_format(s, fx_str(format));
		add_lengths(s, node);
		add_string(s, FX_STR("x"));
		for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
			add_string(s, fx_str(texts[i]));
	}
	if (of_type(node, "integer") || of_type(node, "number")) {
		add_numbers(s, node);
		add(s, FX_STR("1"));
		add(s, FX_STR("0"));
	}
	if (of_type(node, "boolean")) {
		add(s, FX_STR("true"));
		add(s, FX_STR("false"));
	}
	if (of_type(node, "object"))
		add(s, FX_STR("{}"));
	if (of_type(node, "array"))
		add_array(s, node);
	if (of_type(node, "null"))
		add(s, FX_STR("null"));
}

/* A token of an RFC 6901 pointer names a member or an element. */
static const json_t *step(struct samples *s, const json_t *v, struct fx_str token)
{
	struct fx_str name = fx_arena_str(s->a, token);
	char *to = (char *)name.p;

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '~' && i + 1 < name.n)
			*to++ = name.p[++i] == '0' ? '~' : '/';
		else
			*to++ = name.p[i];
	*to = '\0';
	if (json_is_array(v))
		return json_array_get(v, (size_t)strtoul(name.p, NULL, 10));
	return json_object_get(v, name.p);
}

static const json_t *at_pointer(struct samples *s, struct fx_str p)
{
	const json_t *v = s->root;

	while (p.n && v) {
		size_t n;

		p = (struct fx_str){p.p + 1, p.n - 1};
		n = fx_str_find(p, '/');
		v = step(s, v, (struct fx_str){p.p, n});
		p = (struct fx_str){p.p + n, p.n - n};
	}
	return v;
}

static void of_node(struct samples *s, const json_t *node, unsigned depth)
{
	static const char *const parts[] = {"allOf", "anyOf", "oneOf"};
	const char *ref = json_string_value(json_object_get(node, "$ref"));

	if (depth > DEPTH_MAX)
		return;
	add_json(s, json_object_get(node, "const"));
	add_all(s, json_object_get(node, "enum"));
	add_all(s, json_object_get(node, "examples"));
	add_json(s, json_object_get(node, "default"));
	if (ref && *ref == '#')
		of_node(s, at_pointer(s, fx_str(ref + 1)), depth + 1);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const json_t *list = json_object_get(node, parts[i]);

		for (size_t k = 0; k < json_array_size(list); k++)
			of_node(s, json_array_get(list, k), depth + 1);
	}
	add_types(s, node);
}

size_t fx_samples(struct fx_arena *a, const json_t *root, struct fx_str pointer, struct fx_str like,
                  struct fx_str out[FX_SAMPLES])
{
	struct samples s = {.a = a, .root = root, .like = like, .out = out};

	const json_t *node = at_pointer(&s, pointer);

	if (node || !root)
		of_node(&s, node, 0);
	return s.n;
}
