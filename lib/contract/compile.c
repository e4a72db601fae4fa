/*
 * Keywords to nodes.  A keyword with a value that it cannot have is a fault of
 * the contract with its place; one that is not known says nothing (it is an
 * annotation).
 */
#include "contract/set.h"

#include <stdlib.h>
#include <string.h>

#include "contract/format.h"

struct compiler {
	struct fx_schemas *s;
	struct node *n;
	struct object_kw *object;
	struct array_kw *array;
	struct string_kw *string;
	struct number_kw *number;
	struct logic_kw *logic;
	struct fx_map names; /* of object->names: text -> struct name * */
	uint32_t bits;       /* handed out so far */
};

/* The keyword at hand: its name, value and place. */
struct at {
	const char *key;
	const json_t *v;
	struct fx_str pointer;
};

#define bad(c, a, ...) set_fault((c)->s, (c)->n->file, (a)->pointer, __VA_ARGS__)

/* --- what a node needs, made when the first keyword asks --- */

static size_t size_of(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_array(v) ? json_array_size(v) : json_object_size(v);
}

static size_t most_names(const json_t *j)
{
	static const char *const maps[] = {"dependentRequired", "dependencies"};
	size_t n =
	    size_of(j, "properties") + size_of(j, "required") + size_of(j, "dependentSchemas");
	const char *key;
	json_t *v;

	for (size_t i = 0; i < 2; i++)
		json_object_foreach(json_object_get(j, maps[i]), key, v) n +=
		    1 + json_array_size(v);
	return n;
}

static struct object_kw *object(struct compiler *c)
{
	struct fx_arena *a = &c->s->arena;
	size_t ndependent = size_of(c->n->json, "dependentRequired") +
	                    size_of(c->n->json, "dependentSchemas") +
	                    size_of(c->n->json, "dependencies");

	if (c->object)
		return c->object;
	c->n->object = c->object = FX_NEW(a, struct object_kw);
	c->object->max = UINT64_MAX;
	c->object->names.name = FX_NEWV(a, struct name, most_names(c->n->json));
	c->object->dependent = FX_NEWV(a, struct dependent, ndependent);
	return c->object;
}

static struct array_kw *array(struct compiler *c)
{
	if (!c->array) {
		c->n->array = c->array = FX_NEW(&c->s->arena, struct array_kw);
		c->array->max = c->array->max_contains = UINT64_MAX;
		c->array->min_contains = 1;
	}
	return c->array;
}

static struct string_kw *string(struct compiler *c)
{
	if (!c->string) {
		c->n->string = c->string = FX_NEW(&c->s->arena, struct string_kw);
		c->string->max = UINT64_MAX;
	}
	return c->string;
}

static struct number_kw *number(struct compiler *c)
{
	if (!c->number)
		c->n->number = c->number = FX_NEW(&c->s->arena, struct number_kw);
	return c->number;
}

static struct logic_kw *logic(struct compiler *c)
{
	if (!c->logic)
		c->n->logic = c->logic = FX_NEW(&c->s->arena, struct logic_kw);
	return c->logic;
}

static struct name *name(struct compiler *c, const char *text)
{
	struct object_kw *o = object(c);
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&c->names, fx_str(text), &fresh);

	if (fresh) {
		e->v.ptr = &o->names.name[o->names.n++];
		((struct name *)e->v.ptr)->text = fx_str(text);
	}
	return e->v.ptr;
}

/* The check must remember whether this name is there. */
static struct name *kept(struct compiler *c, const char *text)
{
	struct name *e = name(c, text);

	if (!e->bit && c->bits < 64)
		e->bit = (uint64_t)1 << c->bits++;
	else if (!e->bit)
		c->object->late = true;
	return e;
}

/* --- values of keywords --- */

static const struct node *schema(struct compiler *c, const struct at *a)
{
	if (!json_is_object(a->v) && !json_is_boolean(a->v)) {
		bad(c, a, "%s: a schema must be an object, true or false", a->key);
		return NULL;
	}
	return set_node(c->s, c->n->file, a->pointer, a->v, c->n->resource);
}

static struct nodes schemas(struct compiler *c, const struct at *a)
{
	struct nodes list = {0};
	json_t *v;
	size_t i;

	if (!json_array_size(a->v)) {
		bad(c, a, "%s must be a list of schemas, not empty", a->key);
		return list;
	}
	list.v = FX_NEWV(&c->s->arena, const struct node *, json_array_size(a->v));
	json_array_foreach(a->v, i, v)
	{
		struct at child = {a->key, v, pointer_index(&c->s->arena, a->pointer, i)};
		const struct node *n = schema(c, &child);

		if (n)
			list.v[list.n++] = n;
	}
	return list;
}

static bool is_map(struct compiler *c, const struct at *a)
{
	if (json_is_object(a->v))
		return true;
	bad(c, a, "%s must be an object", a->key);
	return false;
}

static struct fx_str number_text(struct compiler *c, const struct at *a)
{
	struct fx_str raw = {NULL, 0};

	if (json_is_number(a->v))
		raw = fx_doc_raw(c->n->file->doc, a->pointer);
	if (!raw.p)
		bad(c, a, "%s must be a number", a->key);
	return raw;
}

/* A count; one that no record can reach is cut to int64's largest. */
static uint64_t count(struct compiler *c, const struct at *a)
{
	struct fx_str raw = number_text(c, a);
	int64_t v = INT64_MAX;

	if (!raw.p)
		return 0;
	if (raw.p[0] == '-' || !fx_num_is_integer(raw)) {
		bad(c, a, "%s must be a whole number from 0, not %.*s", a->key, FX_FMT(raw));
		return 0;
	}
	if (fx_num_int64(raw, &v) < 0)
		v = INT64_MAX;
	return (uint64_t)v;
}

static struct bound bound(struct compiler *c, const struct at *a)
{
	struct bound b = {.text = number_text(c, a)};

	b.small = b.text.p && fx_num_int64(b.text, &b.i) == 0;
	return b;
}

static struct regex *pattern(struct compiler *c, const struct at *a, const char *text)
{
	struct fx_str why = {"", 0};
	size_t at = 0;
	struct regex *r = regex_compile(&c->s->arena, fx_str(text), &why, &at);

	if (r)
		set_own_regex(c->s, r);
	else
		bad(c, a, "%s: no regular expression of ECMA-262: %.*s, near \"%.24s\"", a->key,
		    FX_FMT(why), at < strlen(text) ? text + at : text);
	return r;
}

static bool is_string(struct compiler *c, const struct at *a)
{
	if (json_is_string(a->v))
		return true;
	bad(c, a, "%s must be a string", a->key);
	return false;
}

/* A list of strings, each once; each is handed to take. */
static void strings(struct compiler *c, const struct at *a,
                    void (*take)(struct compiler *, void *, const char *), void *arg)
{
	struct fx_map seen = {0};
	json_t *v;
	size_t i;
	bool fresh;

	if (!json_is_array(a->v))
		bad(c, a, "%s must be a list of strings", a->key);
	json_array_foreach(a->v, i, v)
	{
		struct at child = {a->key, v, pointer_index(&c->s->arena, a->pointer, i)};

		if (!is_string(c, &child))
			continue;
		fx_map_put(&seen, fx_str(json_string_value(v)), &fresh);
		if (fresh)
			take(c, arg, json_string_value(v));
		else
			bad(c, &child, "%s names \"%s\" twice", a->key, json_string_value(v));
	}
	fx_map_free(&seen);
}

/* --- enum and const: the values' text again, then the tape --- */

static void write_value(struct compiler *c, struct fx_buf *b, const json_t *v,
                        struct fx_str pointer)
{
	struct fx_str raw;
	const char *key;
	json_t *child;
	size_t i;
	char *text;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		fx_buf_byte(b, '{');
		json_object_foreach((json_t *)(uintptr_t)v, key, child)
		{
			json_t *k = json_string(key);

			if (b->p[b->n - 1] != '{')
				fx_buf_byte(b, ',');
			write_value(c, b, k, pointer);
			fx_buf_byte(b, ':');
			write_value(c, b, child, pointer_key(&c->s->arena, pointer, key));
			json_decref(k);
		}
		fx_buf_byte(b, '}');
		break;
	case JSON_ARRAY:
		fx_buf_byte(b, '[');
		json_array_foreach(v, i, child)
		{
			if (i)
				fx_buf_byte(b, ',');
			write_value(c, b, child, pointer_index(&c->s->arena, pointer, i));
		}
		fx_buf_byte(b, ']');
		break;
	default:
		raw = fx_doc_raw(c->n->file->doc, pointer);
		if (json_is_number(v) && raw.p) {
			fx_buf_str(b, raw);
			break;
		}
		text = json_dumps(v, JSON_ENCODE_ANY);
		if (!text)
			fx_oom();
		fx_buf_z(b, text);
		free(text);
	}
}

static void equal(struct compiler *c, const struct at *a, bool is_const)
{
	struct equal_kw *e = FX_NEW(&c->s->arena, struct equal_kw);
	size_t n = is_const ? 1 : json_array_size(a->v);
	struct fx_buf b = {0};
	struct fx_err err = {0};

	e->is_const = is_const;
	if (!is_const && !json_is_array(a->v)) {
		bad(c, a, "enum must be a list of values");
		return;
	}
	if (is_const)
		fx_buf_byte(&b, '[');
	write_value(c, &b, a->v, a->pointer);
	if (is_const)
		fx_buf_byte(&b, ']');
	set_own_tape(c->s, &e->tape);
	if (fx_tape_read(&e->tape, fx_arena_str(&c->s->arena, fx_buf_view(&b)), &err) < 0)
		bad(c, a, "%s: %s", a->key, err.msg);
	fx_buf_free(&b);
	e->strings.name = FX_NEWV(&c->s->arena, struct name, n);
	for (size_t i = 0; i < n; i++) {
		const json_t *v = is_const ? a->v : json_array_get(a->v, i);

		if (json_is_string(v))
			e->strings.name[e->strings.n++].text = fx_str(json_string_value(v));
		else
			e->others = true;
	}
	names_build(&e->strings, &c->s->arena);
	e->next = c->n->equal;
	c->n->equal = e;
}

/* --- the keywords --- */

static void kw_type_one(struct compiler *c, void *arg, const char *text)
{
	static const char *const types[] = {"null",   "boolean", "integer", "number",
	                                    "string", "array",   "object"};
	struct fx_str cand[7];
	const struct at *a = arg;
	int near;

	for (unsigned i = 0; i < 7; i++) {
		cand[i] = fx_str(types[i]);
		if (strcmp(text, types[i]) == 0) {
			c->n->types |= 1u << i;
			return;
		}
	}
	near = fx_str_nearest(fx_str(text), cand, 7);
	if (near >= 0)
		bad(c, a, "there is no type \"%s\"; did you mean \"%s\"?", text, types[near]);
	else
		bad(c, a, "there is no type \"%s\"", text);
}

static void kw_type(struct compiler *c, const struct at *a)
{
	struct at at = *a;

	if (json_is_string(a->v))
		kw_type_one(c, &at, json_string_value(a->v));
	else
		strings(c, a, kw_type_one, &at);
}

static void kw_enum(struct compiler *c, const struct at *a)
{
	equal(c, a, false);
}

static void kw_const(struct compiler *c, const struct at *a)
{
	equal(c, a, true);
}

static void kw_minimum(struct compiler *c, const struct at *a)
{
	number(c)->min = bound(c, a);
}

static void kw_maximum(struct compiler *c, const struct at *a)
{
	number(c)->max = bound(c, a);
}

static void kw_above(struct compiler *c, const struct at *a)
{
	number(c)->above = bound(c, a);
}

static void kw_below(struct compiler *c, const struct at *a)
{
	number(c)->below = bound(c, a);
}

static void kw_multiple(struct compiler *c, const struct at *a)
{
	struct bound b = bound(c, a);

	if (b.text.p && fx_num_multiple_of(FX_STR("0"), b.text) < 0)
		bad(c, a, "multipleOf must be above 0, with at most 18 digits, not %.*s",
		    FX_FMT(b.text));
	else
		number(c)->multiple = b;
}

static void kw_min_length(struct compiler *c, const struct at *a)
{
	string(c)->min = count(c, a);
}

static void kw_max_length(struct compiler *c, const struct at *a)
{
	string(c)->max = count(c, a);
}

static void kw_pattern(struct compiler *c, const struct at *a)
{
	if (is_string(c, a))
		string(c)->pattern = pattern(c, a, json_string_value(a->v));
}

static void kw_format(struct compiler *c, const struct at *a)
{
	if (!is_string(c, a))
		return;
	if (c->s->assert_formats || (c->n->resource->vocabulary & VOCAB_FORMAT))
		string(c)->format = format_find(fx_str(json_string_value(a->v)));
}

static void kw_prefix(struct compiler *c, const struct at *a)
{
	array(c)->prefix = schemas(c, a);
}

static void kw_items(struct compiler *c, const struct at *a)
{
	if (json_is_array(a->v))
		bad(c, a, "items is one schema since 2020-12; a list of them is prefixItems");
	else
		array(c)->items = schema(c, a);
}

static void kw_contains(struct compiler *c, const struct at *a)
{
	array(c)->contains = schema(c, a);
}

static void kw_min_items(struct compiler *c, const struct at *a)
{
	array(c)->min = count(c, a);
}

static void kw_max_items(struct compiler *c, const struct at *a)
{
	array(c)->max = count(c, a);
}

static void kw_min_contains(struct compiler *c, const struct at *a)
{
	array(c)->min_contains = count(c, a);
}

static void kw_max_contains(struct compiler *c, const struct at *a)
{
	array(c)->max_contains = count(c, a);
}

static void kw_unique(struct compiler *c, const struct at *a)
{
	if (!json_is_boolean(a->v))
		bad(c, a, "uniqueItems must be true or false");
	array(c)->unique = json_is_true(a->v);
}

static void kw_properties(struct compiler *c, const struct at *a)
{
	const char *key;
	json_t *v;

	if (!is_map(c, a))
		return;
	object(c);
	json_object_foreach((json_t *)(uintptr_t)a->v, key, v)
	{
		struct at child = {a->key, v, pointer_key(&c->s->arena, a->pointer, key)};

		name(c, key)->schema = schema(c, &child);
	}
}

static void kw_pattern_properties(struct compiler *c, const struct at *a)
{
	struct object_kw *o = object(c);
	const char *key;
	json_t *v;

	if (!is_map(c, a))
		return;
	o->pattern = FX_NEWV(&c->s->arena, struct pattern_schema, json_object_size(a->v));
	json_object_foreach((json_t *)(uintptr_t)a->v, key, v)
	{
		struct at child = {a->key, v, pointer_key(&c->s->arena, a->pointer, key)};
		struct pattern_schema *p = &o->pattern[o->npattern];

		p->regex = pattern(c, &child, key);
		p->schema = schema(c, &child);
		if (p->regex && p->schema)
			o->npattern++;
	}
}

static void kw_additional(struct compiler *c, const struct at *a)
{
	object(c)->additional = schema(c, a);
}

static void kw_property_names(struct compiler *c, const struct at *a)
{
	object(c)->property_names = schema(c, a);
}

static void kw_required_one(struct compiler *c, void *arg, const char *text)
{
	struct name *e = kept(c, text);

	(void)arg;
	e->required = true;
	c->object->required |= e->bit;
}

static void kw_required(struct compiler *c, const struct at *a)
{
	strings(c, a, kw_required_one, NULL);
}

static void kw_min_properties(struct compiler *c, const struct at *a)
{
	object(c)->min = count(c, a);
}

static void kw_max_properties(struct compiler *c, const struct at *a)
{
	object(c)->max = count(c, a);
}

static struct dependent *dependent(struct compiler *c, const char *key)
{
	struct object_kw *o = object(c);
	struct dependent *d = &o->dependent[o->ndependent++];

	d->on = kept(c, key);
	return d;
}

static void kw_dependent_one(struct compiler *c, void *arg, const char *text)
{
	struct dependent *d = arg;

	d->need[d->nneed++] = kept(c, text);
}

static void dependent_required(struct compiler *c, const struct at *a, const char *key)
{
	struct dependent *d = dependent(c, key);

	d->need = FX_NEWV(&c->s->arena, const struct name *, json_array_size(a->v));
	strings(c, a, kw_dependent_one, d);
}

/* dependentRequired, dependentSchemas, and `dependencies`, which was both. */
static void kw_dependent(struct compiler *c, const struct at *a)
{
	bool schemas_only = strcmp(a->key, "dependentSchemas") == 0;
	bool required_only = strcmp(a->key, "dependentRequired") == 0;
	const char *key;
	json_t *v;

	if (!is_map(c, a))
		return;
	json_object_foreach((json_t *)(uintptr_t)a->v, key, v)
	{
		struct at child = {a->key, v, pointer_key(&c->s->arena, a->pointer, key)};

		if (required_only || (!schemas_only && json_is_array(v)))
			dependent_required(c, &child, key);
		else
			dependent(c, key)->schema = schema(c, &child);
	}
}

static void kw_unevaluated_items(struct compiler *c, const struct at *a)
{
	c->n->unevaluated_items = schema(c, a);
}

static void kw_unevaluated_properties(struct compiler *c, const struct at *a)
{
	c->n->unevaluated_properties = schema(c, a);
}

static void kw_all(struct compiler *c, const struct at *a)
{
	logic(c)->all = schemas(c, a);
}

static void kw_any(struct compiler *c, const struct at *a)
{
	logic(c)->any = schemas(c, a);
}

static void kw_one(struct compiler *c, const struct at *a)
{
	logic(c)->one = schemas(c, a);
}

static void kw_not(struct compiler *c, const struct at *a)
{
	logic(c)->not = schema(c, a);
}

static void kw_if(struct compiler *c, const struct at *a)
{
	logic(c)->cond = schema(c, a);
}

static void kw_then(struct compiler *c, const struct at *a)
{
	const struct node *n = schema(c, a);

	if (json_object_get(c->n->json, "if"))
		logic(c)->then = n;
}

static void kw_else(struct compiler *c, const struct at *a)
{
	const struct node *n = schema(c, a);

	if (json_object_get(c->n->json, "if"))
		logic(c)->otherwise = n;
}

static void kw_ref(struct compiler *c, const struct at *a)
{
	if (is_string(c, a))
		logic(c)->ref =
		    set_resolve(c->s, c->n, fx_str(json_string_value(a->v)), a->pointer, NULL);
}

static void kw_dynamic_ref(struct compiler *c, const struct at *a)
{
	struct logic_kw *l = logic(c);

	if (!is_string(c, a))
		return;
	l->dynamic_ref =
	    set_resolve(c->s, c->n, fx_str(json_string_value(a->v)), a->pointer, &l->dynamic_name);
	if (l->dynamic_name.p)
		c->s->dynamic = true;
}

#define CORE 0
#define APPLICATOR VOCAB_APPLICATOR
#define VALIDATION VOCAB_VALIDATION
#define UNEVALUATED VOCAB_UNEVALUATED

static const struct keyword {
	const char *name;
	unsigned vocabulary; /* 0: always */
	enum holds holds;
	void (*compile)(struct compiler *, const struct at *); /* NULL: says nothing of a value */
} keywords[] = {
    {"$defs", CORE, HOLDS_MAP, NULL},
    {"definitions", CORE, HOLDS_MAP, NULL},
    {"$ref", CORE, HOLDS_NONE, kw_ref},
    {"$dynamicRef", CORE, HOLDS_NONE, kw_dynamic_ref},
    {"type", VALIDATION, HOLDS_NONE, kw_type},
    {"enum", VALIDATION, HOLDS_NONE, kw_enum},
    {"const", VALIDATION, HOLDS_NONE, kw_const},
    {"minimum", VALIDATION, HOLDS_NONE, kw_minimum},
    {"maximum", VALIDATION, HOLDS_NONE, kw_maximum},
    {"exclusiveMinimum", VALIDATION, HOLDS_NONE, kw_above},
    {"exclusiveMaximum", VALIDATION, HOLDS_NONE, kw_below},
    {"multipleOf", VALIDATION, HOLDS_NONE, kw_multiple},
    {"minLength", VALIDATION, HOLDS_NONE, kw_min_length},
    {"maxLength", VALIDATION, HOLDS_NONE, kw_max_length},
    {"pattern", VALIDATION, HOLDS_NONE, kw_pattern},
    {"format", CORE, HOLDS_NONE, kw_format},
    {"prefixItems", APPLICATOR, HOLDS_LIST, kw_prefix},
    {"items", APPLICATOR, HOLDS_ONE, kw_items},
    {"contains", APPLICATOR, HOLDS_ONE, kw_contains},
    {"minItems", VALIDATION, HOLDS_NONE, kw_min_items},
    {"maxItems", VALIDATION, HOLDS_NONE, kw_max_items},
    {"minContains", VALIDATION, HOLDS_NONE, kw_min_contains},
    {"maxContains", VALIDATION, HOLDS_NONE, kw_max_contains},
    {"uniqueItems", VALIDATION, HOLDS_NONE, kw_unique},
    {"properties", APPLICATOR, HOLDS_MAP, kw_properties},
    {"patternProperties", APPLICATOR, HOLDS_MAP, kw_pattern_properties},
    {"additionalProperties", APPLICATOR, HOLDS_ONE, kw_additional},
    {"propertyNames", APPLICATOR, HOLDS_ONE, kw_property_names},
    {"required", VALIDATION, HOLDS_NONE, kw_required},
    {"minProperties", VALIDATION, HOLDS_NONE, kw_min_properties},
    {"maxProperties", VALIDATION, HOLDS_NONE, kw_max_properties},
    {"dependentRequired", VALIDATION, HOLDS_NONE, kw_dependent},
    {"dependentSchemas", APPLICATOR, HOLDS_MAP, kw_dependent},
    {"dependencies", APPLICATOR, HOLDS_MAP, kw_dependent},
    {"unevaluatedItems", UNEVALUATED, HOLDS_ONE, kw_unevaluated_items},
    {"unevaluatedProperties", UNEVALUATED, HOLDS_ONE, kw_unevaluated_properties},
    {"allOf", APPLICATOR, HOLDS_LIST, kw_all},
    {"anyOf", APPLICATOR, HOLDS_LIST, kw_any},
    {"oneOf", APPLICATOR, HOLDS_LIST, kw_one},
    {"not", APPLICATOR, HOLDS_ONE, kw_not},
    {"if", APPLICATOR, HOLDS_ONE, kw_if},
    {"then", APPLICATOR, HOLDS_ONE, kw_then},
    {"else", APPLICATOR, HOLDS_ONE, kw_else},
};

static const struct keyword *keyword(const char *name)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}

enum holds keyword_holds(const char *name)
{
	const struct keyword *k = keyword(name);

	return k ? k->holds : HOLDS_NONE;
}

/* --- the whole node --- */

static uint8_t accepts(unsigned types)
{
	unsigned m = 0;

	m |= types & FX_T_NULL ? 1u << FX_NULL : 0;
	m |= types & FX_T_BOOLEAN ? 1u << FX_FALSE | 1u << FX_TRUE : 0;
	m |= types & (FX_T_INTEGER | FX_T_NUMBER) ? 1u << FX_NUMBER : 0;
	m |= types & FX_T_STRING ? 1u << FX_STRING : 0;
	m |= types & FX_T_ARRAY ? 1u << FX_ARRAY : 0;
	m |= types & FX_T_OBJECT ? 1u << FX_OBJECT : 0;
	return (uint8_t)m;
}

static void settle(struct node *n)
{
	unsigned more = 0;

	if (!n->types)
		n->types = FX_T_ANY;
	n->accept = accepts(n->types);
	n->whole = (n->types & FX_T_INTEGER) && !(n->types & FX_T_NUMBER);
	n->plain = !n->equal && !n->logic;
	if (!n->plain)
		more = 0x7f;
	more |= n->object || n->unevaluated_properties ? 1u << FX_OBJECT : 0;
	more |= n->array || n->unevaluated_items ? 1u << FX_ARRAY : 0;
	more |= n->string ? 1u << FX_STRING : 0;
	more |= n->number || n->whole ? 1u << FX_NUMBER : 0;
	n->more = (uint8_t)more;
	if (!more && n->accept == 0x7f)
		n->verdict = VERDICT_TRUE;
}

void node_compile(struct fx_schemas *s, struct node *n)
{
	struct compiler c = {.s = s, .n = n};
	const char *key;
	json_t *v;

	if (json_is_boolean(n->json)) {
		n->types = json_is_true(n->json) ? FX_T_ANY : 0;
		n->verdict = json_is_true(n->json) ? VERDICT_TRUE : VERDICT_FALSE;
		n->accept = accepts(n->types);
		return;
	}
	if (!json_is_object(n->json)) {
		set_fault(s, n->file, n->pointer, "a schema must be an object, true or false");
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)n->json, key, v)
	{
		const struct keyword *k = keyword(key);
		struct at at = {key, v, {NULL, 0}};

		if (!k || !k->compile ||
		    (k->vocabulary && !(k->vocabulary & n->resource->vocabulary)))
			continue;
		at.pointer = pointer_key(&s->arena, n->pointer, key);
		k->compile(&c, &at);
	}
	if (c.object)
		names_build(&c.object->names, &s->arena);
	fx_map_free(&c.names);
	settle(n);
}
