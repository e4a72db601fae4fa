/* A schema told as a list of fields, for a producer to read and for CEL's types. */
#include <stdlib.h>
#include <string.h>

#include "contract/contract.h"
#include "contract/run.h"
#include "json/write.h"

/* Objects within objects are followed so deep: a schema may be recursive. */
#define DEEP 16
/* So much of the values allowed is shown in the table. */
#define SHOWN_VALUES ((size_t)120)

struct fields {
	struct fx_arena *a;
	struct fx_field *v;
	size_t n, cap;
	struct fx_map at; /* path -> index + 1 */
};

static void members(struct fields *f, const struct node *n, struct fx_str prefix, unsigned deep);

static struct fx_field *field(struct fields *f, struct fx_str path)
{
	struct fx_map_entry *e;
	bool fresh;

	e = fx_map_put(&f->at, path, &fresh);
	if (!fresh)
		return &f->v[e->v.u64];
	if (f->n == f->cap)
		f->v = fx_realloc(f->v, f->cap = f->cap ? f->cap * 2 : 64, sizeof(*f->v));
	e->v.u64 = f->n;
	f->v[f->n] = (struct fx_field){.path = path, .types = FX_T_ANY};
	return &f->v[f->n++];
}

static unsigned narrow(unsigned a, unsigned b)
{
	/* an integer is a number: number and integer together are integer */
	if (a & FX_T_NUMBER)
		a |= FX_T_INTEGER;
	if (b & FX_T_NUMBER)
		b |= FX_T_INTEGER;
	return a & b;
}

static const char *const type_names[] = {"null",   "boolean", "integer", "number",
                                         "string", "array",   "object"};

static void add_types(struct fx_buf *b, unsigned types)
{
	bool first = true;

	if (types == FX_T_ANY) {
		fx_buf_z(b, "any");
		return;
	}
	if (types & FX_T_NUMBER)
		types &= ~(unsigned)FX_T_INTEGER;
	for (unsigned i = 7; i-- > 0;) {
		if (!(types >> i & 1))
			continue;
		fx_buf_fmt(b, "%s%s", first ? "" : " | ", type_names[i]);
		first = false;
	}
}

/* What a schema lets through, as far as its references and alternatives tell. */
static unsigned types_of(const struct node *n, unsigned deep)
{
	const struct logic_kw *l = n->logic;
	unsigned types = n->types, any = 0, one = 0;

	if (!l || deep >= DEEP)
		return types;
	if (l->ref)
		types = narrow(types, types_of(l->ref, deep + 1));
	for (uint32_t i = 0; i < l->all.n; i++)
		types = narrow(types, types_of(l->all.v[i], deep + 1));
	for (uint32_t i = 0; i < l->any.n; i++)
		any |= types_of(l->any.v[i], deep + 1);
	for (uint32_t i = 0; i < l->one.n; i++)
		one |= types_of(l->one.v[i], deep + 1);
	types = l->any.n ? narrow(types, any) : types;
	return l->one.n ? narrow(types, one) : types;
}

static struct fx_str type_text(struct fields *f, const struct node *n, unsigned types)
{
	const char *format = node_text(n, "format");
	struct fx_buf b = {0};
	struct fx_str s;

	if (types == FX_T_ANY && n->equal && !n->equal->others)
		types = FX_T_STRING;
	add_types(&b, types);
	if (format)
		fx_buf_fmt(&b, " (%s)", format);
	s = fx_arena_str(f->a, fx_buf_view(&b));
	fx_buf_free(&b);
	return s;
}

/* What one schema says of the field at a path; a later one only adds. */
static void say(struct fields *f, const struct node *n, struct fx_str path, unsigned deep)
{
	struct fx_field *e = field(f, path);
	const char *meaning = node_text(n, "description");
	const struct array_kw *a = n->array;
	bool open = e->types == FX_T_ANY;

	e->types = narrow(e->types, types_of(n, deep));
	e->searchable |= json_is_true(json_object_get(n->json, "x-searchable"));
	if (meaning && !e->meaning.n)
		e->meaning = fx_str(meaning);
	if (n->equal && !e->values.n)
		e->values = fx_tape_raw(&n->equal->tape, 0);
	if (!e->type.n || (open && e->types != FX_T_ANY) || node_text(n, "format"))
		e->type = type_text(f, n, e->types);
	if (n->logic && n->logic->ref && deep < DEEP)
		say(f, n->logic->ref, path, deep + 1);
	for (uint32_t i = 0; n->logic && i < n->logic->all.n && deep < DEEP; i++)
		say(f, n->logic->all.v[i], path, deep + 1);
	members(f, n, fx_arena_fmt(f->a, "%.*s.", FX_FMT(path)), deep + 1);
	if (a && a->items)
		members(f, a->items, fx_arena_fmt(f->a, "%.*s[].", FX_FMT(path)), deep + 1);
}

/* The fields of an object's schema, their paths beginning with prefix. */
static void members(struct fields *f, const struct node *n, struct fx_str prefix, unsigned deep)
{
	const struct object_kw *o = n->object;
	const struct logic_kw *l = n->logic;

	if (deep >= DEEP)
		return;
	for (uint32_t i = 0; o && i < o->names.n; i++) {
		const struct name *e = &o->names.name[i];
		struct fx_str path =
		    fx_arena_fmt(f->a, "%.*s%.*s", FX_FMT(prefix), FX_FMT(e->text));

		if (!e->schema && !e->required)
			continue;
		field(f, path)->required |= e->required;
		if (e->schema)
			say(f, e->schema, path, deep);
	}
	if (l && l->ref)
		members(f, l->ref, prefix, deep + 1);
	for (uint32_t i = 0; l && i < l->all.n; i++)
		members(f, l->all.v[i], prefix, deep + 1);
}

size_t fx_schema_fields(const struct fx_schema *s, struct fx_arena *a, struct fx_field **out)
{
	struct fields f = {.a = a};

	members(&f, s->root, FX_STR(""), 0);
	*out = fx_arena_alloc(a, f.n * sizeof(**out));
	if (f.n)
		memcpy(*out, f.v, f.n * sizeof(**out));
	free(f.v);
	fx_map_free(&f.at);
	return f.n;
}

struct fx_str fx_schema_title(const struct fx_schema *s)
{
	return fx_str(node_text(s->root, "title"));
}

struct fx_str fx_schema_meaning(const struct fx_schema *s)
{
	return fx_str(node_text(s->root, "description"));
}

/* --- for people --- */

static void pad(struct fx_buf *b, struct fx_str s, size_t width)
{
	fx_buf_str(b, s);
	for (size_t i = s.n; i < width; i++)
		fx_buf_byte(b, ' ');
}

static void values(struct fx_buf *b, struct fx_str json)
{
	struct fx_str s = {json.p + 1, json.n - 2};

	if (s.n > SHOWN_VALUES) {
		s.n = SHOWN_VALUES;
		while (s.n && s.p[s.n] != ',')
			s.n--;
		fx_buf_fmt(b, ": %.*s ...", FX_FMT(s));
	} else {
		fx_buf_fmt(b, ": %.*s", FX_FMT(s));
	}
}

static void table(struct fx_buf *b, const struct fx_field *v, size_t n)
{
	size_t path = 5, type = 4;

	for (size_t i = 0; i < n; i++) {
		path = v[i].path.n > path ? v[i].path.n : path;
		type = v[i].type.n > type ? v[i].type.n : type;
	}
	pad(b, FX_STR("FIELD"), path + 2);
	pad(b, FX_STR("TYPE"), type + 2);
	fx_buf_z(b, "REQUIRED  MEANING\n");
	for (size_t i = 0; i < n; i++) {
		pad(b, v[i].path, path + 2);
		pad(b, v[i].type, type + 2);
		fx_buf_z(b, v[i].required ? "yes       " : "no        ");
		fx_buf_str(b, v[i].meaning);
		if (v[i].values.n)
			values(b, v[i].values);
		fx_buf_byte(b, '\n');
	}
}

static void as_objects(struct fx_buf *b, struct fx_str event, const struct fx_field *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fx_buf_byte(b, '{');
		fx_json_key(b, "event");
		fx_json_string(b, event);
		fx_json_key(b, "path");
		fx_json_string(b, v[i].path);
		fx_json_key(b, "type");
		fx_json_string(b, v[i].type);
		fx_json_key(b, "required");
		fx_json_bool(b, v[i].required);
		fx_json_key(b, "meaning");
		fx_json_string(b, v[i].meaning);
		if (v[i].values.n) {
			fx_json_key(b, "values");
			fx_buf_str(b, v[i].values);
		}
		fx_buf_z(b, "}\n");
	}
}

void fx_contract_describe(const struct fx_contract *c, struct fx_buf *out, bool as_json)
{
	const struct fx_schema *s, *before = NULL;
	struct fx_arena a = {0};
	struct fx_str event;

	for (size_t i = 0; fx_contract_pair(c, i, &event, &s); before = s, i++) {
		struct fx_field *v;
		size_t n = fx_schema_fields(s, &a, &v);

		if (as_json) {
			as_objects(out, event, v, n);
			continue;
		}
		fx_buf_fmt(out, "%s%.*s", i ? "\n" : "", FX_FMT(event));
		if (s == before) {
			fx_buf_z(out, ": as above\n");
			continue;
		}
		fx_buf_fmt(out, "%s%.*s\n", fx_schema_title(s).n ? ": " : "",
		           FX_FMT(fx_schema_title(s)));
		if (fx_schema_meaning(s).n)
			fx_buf_fmt(out, "%.*s\n", FX_FMT(fx_schema_meaning(s)));
		fx_buf_byte(out, '\n');
		table(out, v, n);
	}
	fx_arena_free(&a);
}
