/* A schema to a node: the values that keywords may have, and what all of them come to. */
#include "contract/compile.h"

#include <stdlib.h>
#include <string.h>

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

struct object_kw *need_object(struct compiler *c)
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

struct array_kw *need_array(struct compiler *c)
{
	if (!c->array) {
		c->n->array = c->array = FX_NEW(&c->s->arena, struct array_kw);
		c->array->max = c->array->max_contains = UINT64_MAX;
		c->array->min_contains = 1;
	}
	return c->array;
}

struct string_kw *need_string(struct compiler *c)
{
	if (!c->string) {
		c->n->string = c->string = FX_NEW(&c->s->arena, struct string_kw);
		c->string->max = UINT64_MAX;
	}
	return c->string;
}

struct number_kw *need_number(struct compiler *c)
{
	if (!c->number)
		c->n->number = c->number = FX_NEW(&c->s->arena, struct number_kw);
	return c->number;
}

struct logic_kw *need_logic(struct compiler *c)
{
	if (!c->logic)
		c->n->logic = c->logic = FX_NEW(&c->s->arena, struct logic_kw);
	return c->logic;
}

struct name *name_of(struct compiler *c, const char *text)
{
	struct object_kw *o = need_object(c);
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&c->names, fx_str(text), &fresh);

	if (fresh) {
		e->v.ptr = &o->names.name[o->names.n++];
		((struct name *)e->v.ptr)->text = fx_str(text);
	}
	return e->v.ptr;
}

/* The check must remember whether this name is there. */
struct name *name_kept(struct compiler *c, const char *text)
{
	struct name *e = name_of(c, text);

	if (!e->bit && c->bits < 64)
		e->bit = (uint64_t)1 << c->bits++;
	else if (!e->bit)
		c->object->late = true;
	return e;
}

/* --- values of keywords --- */

const struct node *take_schema(struct compiler *c, const struct at *a)
{
	if (!json_is_object(a->v) && !json_is_boolean(a->v)) {
		bad(c, a, "%s: a schema must be an object, true or false", a->key);
		return NULL;
	}
	return set_node(c->s, c->n->file, a->pointer, a->v, c->n->resource);
}

struct nodes take_schemas(struct compiler *c, const struct at *a)
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
		const struct node *n = take_schema(c, &child);

		if (n)
			list.v[list.n++] = n;
	}
	return list;
}

bool take_map(struct compiler *c, const struct at *a)
{
	if (json_is_object(a->v))
		return true;
	bad(c, a, "%s must be an object", a->key);
	return false;
}

static struct fx_str take_number(struct compiler *c, const struct at *a)
{
	struct fx_str raw = {NULL, 0};

	if (json_is_number(a->v))
		raw = fx_doc_raw(c->n->file->doc, a->pointer);
	if (!raw.p)
		bad(c, a, "%s must be a number", a->key);
	return raw;
}

/* A count; one that no record can reach is cut to int64's largest. */
uint64_t take_count(struct compiler *c, const struct at *a)
{
	struct fx_str raw = take_number(c, a);
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

struct bound take_bound(struct compiler *c, const struct at *a)
{
	struct bound b = {.text = take_number(c, a)};

	b.small = b.text.p && fx_num_int64(b.text, &b.i) == 0;
	return b;
}

struct regex *take_pattern(struct compiler *c, const struct at *a, const char *text)
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

bool take_string(struct compiler *c, const struct at *a)
{
	if (json_is_string(a->v) && !has_nul(a->v))
		return true;
	bad(c, a, "%s must be a string%s", a->key, json_is_string(a->v) ? " without a NUL" : "");
	return false;
}

/* A list of strings, each once; each is handed to take. */
void take_strings(struct compiler *c, const struct at *a,
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

		if (!take_string(c, &child))
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

void take_equal(struct compiler *c, const struct at *a, bool is_const)
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
			e->strings.name[e->strings.n++].text =
			    (struct fx_str){json_string_value(v), json_string_length(v)};
		else
			e->others = true;
	}
	names_build(&e->strings, &c->s->arena);
	e->next = c->n->equal;
	c->n->equal = e;
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
		const struct keyword *k = keyword_find(key);
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
