/*
 * The keywords.  One with a value that it cannot have is a fault of the contract
 * with its place; a word that is none says nothing (it is an annotation).
 */
#include "contract/compile.h"

#include <string.h>

#include "contract/format.h"

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
		take_strings(c, a, kw_type_one, &at);
}

static void kw_enum(struct compiler *c, const struct at *a)
{
	take_equal(c, a, false);
}

static void kw_const(struct compiler *c, const struct at *a)
{
	take_equal(c, a, true);
}

static void kw_minimum(struct compiler *c, const struct at *a)
{
	need_number(c)->min = take_bound(c, a);
}

static void kw_maximum(struct compiler *c, const struct at *a)
{
	need_number(c)->max = take_bound(c, a);
}

static void kw_above(struct compiler *c, const struct at *a)
{
	need_number(c)->above = take_bound(c, a);
}

static void kw_below(struct compiler *c, const struct at *a)
{
	need_number(c)->below = take_bound(c, a);
}

static void kw_multiple(struct compiler *c, const struct at *a)
{
	struct bound b = take_bound(c, a);

	if (b.text.p && fx_num_multiple_of(FX_STR("0"), b.text) < 0)
		bad(c, a, "multipleOf must be above 0, with at most 18 digits, not %.*s",
		    FX_FMT(b.text));
	else
		need_number(c)->multiple = b;
}

static void kw_min_length(struct compiler *c, const struct at *a)
{
	need_string(c)->min = take_count(c, a);
}

static void kw_max_length(struct compiler *c, const struct at *a)
{
	need_string(c)->max = take_count(c, a);
}

static void kw_pattern(struct compiler *c, const struct at *a)
{
	if (take_string(c, a))
		need_string(c)->pattern = take_pattern(c, a, json_string_value(a->v));
}

static void kw_format(struct compiler *c, const struct at *a)
{
	if (!take_string(c, a))
		return;
	if (c->s->assert_formats || (c->n->resource->vocabulary & VOCAB_FORMAT))
		need_string(c)->format = format_find(fx_str(json_string_value(a->v)));
}

static void kw_prefix(struct compiler *c, const struct at *a)
{
	need_array(c)->prefix = take_schemas(c, a);
}

static void kw_items(struct compiler *c, const struct at *a)
{
	if (json_is_array(a->v))
		bad(c, a, "items is one schema since 2020-12; a list of them is prefixItems");
	else
		need_array(c)->items = take_schema(c, a);
}

static void kw_contains(struct compiler *c, const struct at *a)
{
	need_array(c)->contains = take_schema(c, a);
}

static void kw_min_items(struct compiler *c, const struct at *a)
{
	need_array(c)->min = take_count(c, a);
}

static void kw_max_items(struct compiler *c, const struct at *a)
{
	need_array(c)->max = take_count(c, a);
}

static void kw_min_contains(struct compiler *c, const struct at *a)
{
	need_array(c)->min_contains = take_count(c, a);
}

static void kw_max_contains(struct compiler *c, const struct at *a)
{
	need_array(c)->max_contains = take_count(c, a);
}

static void kw_unique(struct compiler *c, const struct at *a)
{
	if (!json_is_boolean(a->v))
		bad(c, a, "uniqueItems must be true or false");
	need_array(c)->unique = json_is_true(a->v);
}

static void kw_properties(struct compiler *c, const struct at *a)
{
	const char *key;
	json_t *v;

	if (!take_map(c, a))
		return;
	need_object(c);
	json_object_foreach((json_t *)(uintptr_t)a->v, key, v)
	{
		struct at child = {a->key, v, pointer_key(&c->s->arena, a->pointer, key)};

		name_of(c, key)->schema = take_schema(c, &child);
	}
}

static void kw_pattern_properties(struct compiler *c, const struct at *a)
{
	struct object_kw *o = need_object(c);
	const char *key;
	json_t *v;

	if (!take_map(c, a))
		return;
	o->pattern = FX_NEWV(&c->s->arena, struct pattern_schema, json_object_size(a->v));
	json_object_foreach((json_t *)(uintptr_t)a->v, key, v)
	{
		struct at child = {a->key, v, pointer_key(&c->s->arena, a->pointer, key)};
		struct pattern_schema *p = &o->pattern[o->npattern];

		p->regex = take_pattern(c, &child, key);
		p->schema = take_schema(c, &child);
		if (p->regex && p->schema)
			o->npattern++;
	}
}

static void kw_additional(struct compiler *c, const struct at *a)
{
	need_object(c)->additional = take_schema(c, a);
}

static void kw_property_names(struct compiler *c, const struct at *a)
{
	need_object(c)->property_names = take_schema(c, a);
}

static void kw_required_one(struct compiler *c, void *arg, const char *text)
{
	struct name *e = name_kept(c, text);

	(void)arg;
	e->required = true;
	c->object->required |= e->bit;
}

static void kw_required(struct compiler *c, const struct at *a)
{
	take_strings(c, a, kw_required_one, NULL);
}

static void kw_min_properties(struct compiler *c, const struct at *a)
{
	need_object(c)->min = take_count(c, a);
}

static void kw_max_properties(struct compiler *c, const struct at *a)
{
	need_object(c)->max = take_count(c, a);
}

static struct dependent *dependent(struct compiler *c, const char *key)
{
	struct object_kw *o = need_object(c);
	struct dependent *d = &o->dependent[o->ndependent++];

	d->on = name_kept(c, key);
	return d;
}

static void kw_dependent_one(struct compiler *c, void *arg, const char *text)
{
	struct dependent *d = arg;

	d->need[d->nneed++] = name_kept(c, text);
}

static void dependent_required(struct compiler *c, const struct at *a, const char *key)
{
	struct dependent *d = dependent(c, key);

	d->need = FX_NEWV(&c->s->arena, const struct name *, json_array_size(a->v));
	take_strings(c, a, kw_dependent_one, d);
}

/* dependentRequired, dependentSchemas, and `dependencies`, which was both. */
static void kw_dependent(struct compiler *c, const struct at *a)
{
	bool schemas_only = strcmp(a->key, "dependentSchemas") == 0;
	bool required_only = strcmp(a->key, "dependentRequired") == 0;
	const char *key;
	json_t *v;

	if (!take_map(c, a))
		return;
	json_object_foreach((json_t *)(uintptr_t)a->v, key, v)
	{
		struct at child = {a->key, v, pointer_key(&c->s->arena, a->pointer, key)};

		if (required_only || (!schemas_only && json_is_array(v)))
			dependent_required(c, &child, key);
		else
			dependent(c, key)->schema = take_schema(c, &child);
	}
}

static void kw_unevaluated_items(struct compiler *c, const struct at *a)
{
	c->n->unevaluated_items = take_schema(c, a);
}

static void kw_unevaluated_properties(struct compiler *c, const struct at *a)
{
	c->n->unevaluated_properties = take_schema(c, a);
}

static void kw_all(struct compiler *c, const struct at *a)
{
	need_logic(c)->all = take_schemas(c, a);
}

static void kw_any(struct compiler *c, const struct at *a)
{
	need_logic(c)->any = take_schemas(c, a);
}

static void kw_one(struct compiler *c, const struct at *a)
{
	need_logic(c)->one = take_schemas(c, a);
}

static void kw_not(struct compiler *c, const struct at *a)
{
	need_logic(c)->not = take_schema(c, a);
}

static void kw_if(struct compiler *c, const struct at *a)
{
	need_logic(c)->cond = take_schema(c, a);
}

static void kw_then(struct compiler *c, const struct at *a)
{
	const struct node *n = take_schema(c, a);

	if (json_object_get(c->n->json, "if"))
		need_logic(c)->then = n;
}

static void kw_else(struct compiler *c, const struct at *a)
{
	const struct node *n = take_schema(c, a);

	if (json_object_get(c->n->json, "if"))
		need_logic(c)->otherwise = n;
}

static void kw_ref(struct compiler *c, const struct at *a)
{
	if (take_string(c, a))
		need_logic(c)->ref =
		    set_resolve(c->s, c->n, fx_str(json_string_value(a->v)), a->pointer, NULL);
}

static void kw_dynamic_ref(struct compiler *c, const struct at *a)
{
	struct logic_kw *l = need_logic(c);

	if (!take_string(c, a))
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

static const struct keyword keywords[] = {
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

const struct keyword *keyword_find(const char *name)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}

enum holds keyword_holds(const char *name)
{
	const struct keyword *k = keyword_find(name);

	return k ? k->holds : HOLDS_NONE;
}
