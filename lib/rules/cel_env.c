/* JSON Schema as CEL's types. */
#include "rules/cel_env.h"

#include <string.h>

#include "rules/cel_type.h"

#define NEST 24       /* of schemas in schemas; deeper is dyn */
#define BUDGET 20000u /* schemas read, each as often as it is referred to */

enum {
	T_NULL = 1,
	T_BOOL = 2,
	T_INT = 4,
	T_NUMBER = 8,
	T_STRING = 16,
	T_ARRAY = 32,
	T_OBJECT = 64
};
#define T_ANY 127u

struct reader {
	struct fx_arena *a;
	fx_cel_find_doc *find;
	void *ctx;
	struct fx_str event; /* of the records; empty: unknown */
	unsigned left;       /* schemas still to be read: a recursive one unfolds without end */
};

/* What is gathered of one place in a record. */
struct shape {
	unsigned types;
	const cel_type *items, *others; /* others: of additionalProperties */
	struct fx_cel_field *field;
	size_t nfield, cap;
	struct fx_str *values;
	size_t nvalues;
	bool valued; /* values are all there are */
	bool open;
	bool record;    /* the record itself, so that `event` in it is the event */
	cel_type range; /* its min and max */
};

static void gather(struct reader *r, struct shape *s, const json_t *schema, const json_t *root,
                   unsigned depth);
static const cel_type *type_of(struct reader *r, const json_t *schema, const json_t *root,
                               unsigned depth);

static unsigned type_bit(const char *name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} names[] = {{"null", T_NULL},     {"boolean", T_BOOL},
	             {"integer", T_INT},   {"number", T_NUMBER | T_INT},
	             {"string", T_STRING}, {"array", T_ARRAY},
	             {"object", T_OBJECT}};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].bits;
	return T_ANY;
}

static unsigned value_bit(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return T_OBJECT;
	case JSON_ARRAY:
		return T_ARRAY;
	case JSON_STRING:
		return T_STRING;
	case JSON_INTEGER:
		return T_INT;
	case JSON_REAL:
		return T_NUMBER | T_INT;
	case JSON_NULL:
		return T_NULL;
	default:
		return T_BOOL;
	}
}

static struct fx_str copied(struct reader *r, const json_t *string)
{
	return fx_arena_str(r->a,
	                    (struct fx_str){json_string_value(string), json_string_length(string)});
}

/* ---- $ref ---- */

/* A step of a JSON pointer: the member or element of that (escaped) name. */
static const json_t *descend(const json_t *v, const char *p, size_t n)
{
	char name[256];
	size_t k = 0;

	for (size_t i = 0; i < n && k < sizeof(name) - 1; i++) {
		if (p[i] == '~' && i + 1 < n) {
			name[k++] = p[i + 1] == '1' ? '/' : '~';
			i++;
		} else {
			name[k++] = p[i];
		}
	}
	name[k] = 0;
	if (json_is_array(v)) {
		uint64_t i;

		return fx_str_u64(fx_str(name), &i) ? NULL : json_array_get(v, (size_t)i);
	}
	return json_object_get(v, name);
}

static const json_t *follow(struct reader *r, const char *ref, const json_t **root)
{
	const char *p = ref + strcspn(ref, "#");
	const json_t *v;

	if (p != ref) {
		*root = r->find ? r->find(r->ctx, (struct fx_str){ref, (size_t)(p - ref)}) : NULL;
		if (!*root)
			return NULL;
	}
	v = *root;
	p += *p == '#';
	while (v && *p == '/') {
		size_t n = strcspn(++p, "/");

		v = descend(v, p, n);
		p += n;
	}
	return *p ? NULL : v;
}

/* ---- gathering ---- */

static void add_field(struct reader *r, struct shape *s, const struct fx_cel_field *f, bool either);

static const cel_type *object_type(struct reader *r, const struct shape *s);

static const cel_type *merge_objects(struct reader *r, const cel_type *a, const cel_type *b,
                                     bool either)
{
	struct shape s = {.open = a->open || b->open};

	for (size_t i = 0; i < a->nfield; i++)
		add_field(r, &s, &a->field[i], either);
	for (size_t i = 0; i < b->nfield; i++)
		add_field(r, &s, &b->field[i], either);
	return object_type(r, &s);
}

static void merge_values(struct reader *r, cel_type *t, const cel_type *b, bool either)
{
	struct fx_str *v;

	if (!either) {
		if (t->nvalues == 0) {
			t->values = b->values;
			t->nvalues = b->nvalues;
		}
		return;
	}
	if (t->nvalues == 0 || b->nvalues == 0) {
		t->nvalues = 0;
		return;
	}
	v = FX_NEWV(r->a, struct fx_str, t->nvalues + b->nvalues);
	memcpy(v, t->values, t->nvalues * sizeof(*v));
	memcpy(v + t->nvalues, b->values, b->nvalues * sizeof(*v));
	t->values = v;
	t->nvalues += b->nvalues;
}

/* Two statements on one field: both hold, or either does. */
static const cel_type *merge(struct reader *r, const cel_type *a, const cel_type *b, bool either)
{
	cel_type *t;

	if (a == b)
		return a;
	if (a->kind == FX_CT_DYN || b->kind == FX_CT_DYN)
		return either ? cel_t(FX_CT_DYN) : a->kind == FX_CT_DYN ? b : a;
	if (cel_t_number(a) && cel_t_number(b) && a->kind != b->kind)
		return (a->kind == FX_CT_DOUBLE) == either ? a : b;
	if (a->kind != b->kind)
		return cel_t(FX_CT_DYN);
	if (a->kind == FX_CT_OBJECT)
		return merge_objects(r, a, b, either);
	t = FX_NEW(r->a, cel_type);
	*t = *a;
	if (a->kind == FX_CT_LIST)
		*t = *cel_t1(r->a, FX_CT_LIST, merge(r, a->param[0], b->param[0], either));
	t->nullable = either ? a->nullable || b->nullable : a->nullable && b->nullable;
	if (either)
		t->has_min = t->has_max = false;
	merge_values(r, t, b, either);
	return t;
}

static void add_field(struct reader *r, struct shape *s, const struct fx_cel_field *f, bool either)
{
	for (size_t i = 0; i < s->nfield; i++) {
		if (!fx_str_eq(s->field[i].name, f->name))
			continue;
		s->field[i].type = merge(r, s->field[i].type, f->type, either);
		s->field[i].required = either ? s->field[i].required && f->required
		                              : s->field[i].required || f->required;
		return;
	}
	if (s->nfield == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct fx_cel_field *v = FX_NEWV(r->a, struct fx_cel_field, cap);

		if (s->nfield)
			memcpy(v, s->field, s->nfield * sizeof(*v));
		s->field = v;
		s->cap = cap;
	}
	s->field[s->nfield++] = *f;
}

static void gather_properties(struct reader *r, struct shape *s, const json_t *schema,
                              const json_t *root, unsigned depth)
{
	const json_t *props = json_object_get(schema, "properties");
	const json_t *add = json_object_get(schema, "additionalProperties"), *v;
	const char *key;

	json_object_foreach((json_t *)props, key, v)
	    add_field(r, s,
	              &(struct fx_cel_field){fx_arena_str(r->a, fx_str(key)),
	                                     type_of(r, v, root, depth + 1), false},
	              false);
	if (json_is_object(add) && json_object_size(add)) {
		s->open = true;
		s->others = type_of(r, add, root, depth + 1);
	}
	if (json_object_size(json_object_get(schema, "patternProperties")))
		s->open = true;
	if (props && !json_object_get(schema, "type"))
		s->types &= T_OBJECT | T_NULL;
}

static void gather_required(struct shape *s, const json_t *schema)
{
	const json_t *req = json_object_get(schema, "required"), *v;
	size_t i;

	json_array_foreach(
	    req, i, v) for (size_t k = 0; k < s->nfield;
	                    k++) if (json_is_string(v) &&
	                             fx_str_is(s->field[k].name, json_string_value(v))) s->field[k]
	    .required = true;
}

static void gather_values(struct reader *r, struct shape *s, const json_t *schema)
{
	const json_t *list = json_object_get(schema, "enum"), *v;
	const json_t *one = json_object_get(schema, "const");
	size_t n = one ? 1 : json_array_size(list), i, k = 0;
	struct fx_str *values;
	unsigned bits = 0;

	if (!one && !json_is_array(list))
		return;
	values = FX_NEWV(r->a, struct fx_str, n);
	for (i = 0; i < n; i++) {
		v = one ? one : json_array_get(list, i);
		bits |= value_bit(v);
		if (json_is_string(v))
			values[k++] = copied(r, v);
	}
	s->types &= bits;
	if (s->valued) { /* both lists hold */
		size_t both = 0;

		for (i = 0; i < s->nvalues; i++)
			for (size_t j = 0; j < k; j++)
				if (fx_str_eq(s->values[i], values[j])) {
					s->values[both++] = s->values[i];
					break;
				}
		s->nvalues = both;
		return;
	}
	s->valued = true;
	s->values = values;
	s->nvalues = k;
}

static void gather_range(struct shape *s, const json_t *schema)
{
	const json_t *min = json_object_get(schema, "minimum");
	const json_t *max = json_object_get(schema, "maximum");
	const json_t *over = json_object_get(schema, "exclusiveMinimum");
	const json_t *under = json_object_get(schema, "exclusiveMaximum");

	if (json_is_number(min) || json_is_number(over)) {
		s->range.has_min = true;
		s->range.min_excluded = json_is_number(over) &&
		                        (!min || json_number_value(over) >= json_number_value(min));
		s->range.min = json_number_value(s->range.min_excluded ? over : min);
	}
	if (json_is_number(max) || json_is_number(under)) {
		s->range.has_max = true;
		s->range.max_excluded =
		    json_is_number(under) &&
		    (!max || json_number_value(under) <= json_number_value(max));
		s->range.max = json_number_value(s->range.max_excluded ? under : max);
	}
}

/* The fields of several shapes, of which one holds, go into s. */
static void merge_options(struct reader *r, struct shape *s, const struct shape *o, size_t n)
{
	struct shape all = {0};

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < o[i].nfield; k++)
			add_field(r, &all, &o[i].field[k], true);
	for (size_t k = 0; k < all.nfield; k++) {
		struct fx_cel_field *f = &all.field[k];

		for (size_t i = 0; i < n; i++) {
			bool there = false;

			for (size_t m = 0; m < o[i].nfield; m++)
				there |= fx_str_eq(o[i].field[m].name, f->name);
			f->required &= there;
		}
		add_field(r, s, f, false);
	}
}

/* One of several holds: a field of any is known, a type of all is the type. */
static void gather_one_of(struct reader *r, struct shape *s, const json_t *options,
                          const json_t *root, unsigned depth)
{
	unsigned types = 0;
	bool valued = json_array_size(options) > 0;
	struct fx_str *values;
	size_t n = 0, i, all = 0;
	const json_t *v;
	struct shape *o = FX_NEWV(r->a, struct shape, json_array_size(options));

	json_array_foreach(options, i, v)
	{
		o[i].types = T_ANY;
		o[i].record = s->record;
		gather(r, &o[i], v, root, depth + 1);
		types |= o[i].types;
		valued &= o[i].valued;
		all += o[i].nvalues;
		s->open |= o[i].open;
		if (o[i].items)
			s->items = s->items ? merge(r, s->items, o[i].items, true) : o[i].items;
	}
	if (json_array_size(options) == 0)
		return;
	merge_options(r, s, o, json_array_size(options));
	s->types &= types;
	if (!valued || s->valued)
		return;
	values = FX_NEWV(r->a, struct fx_str, all);
	for (i = 0; i < json_array_size(options); i++)
		for (size_t k = 0; k < o[i].nvalues; k++)
			values[n++] = o[i].values[k];
	s->valued = true;
	s->values = values;
	s->nvalues = n;
}

/* Under a condition: the fields are known, nothing else is sure. */
static void gather_maybe(struct reader *r, struct shape *s, const json_t *schema,
                         const json_t *root, unsigned depth)
{
	struct shape o = {.types = T_ANY};

	if (!json_is_object(schema))
		return;
	gather(r, &o, schema, root, depth + 1);
	for (size_t k = 0; k < o.nfield; k++) {
		bool known = false;

		for (size_t i = 0; i < s->nfield; i++)
			known |= fx_str_eq(s->field[i].name, o.field[k].name);
		o.field[k].required = false;
		if (!known)
			add_field(r, s, &o.field[k], false);
	}
}

/* Does `if` ask for the event alone?  1 it holds, 0 it does not, -1: not to be told. */
static int event_condition(const struct reader *r, const struct shape *s, const json_t *cond)
{
	const json_t *props = json_object_get(cond, "properties"), *v, *one;
	size_t plain = (props ? 1u : 0u) + (json_object_get(cond, "required") ? 1u : 0u), i;
	const json_t *event = json_object_get(props, "event"),
	             *list = json_object_get(event, "enum");

	if (!s->record || !r->event.n || json_object_size(cond) != plain ||
	    json_object_size(props) != 1 || json_object_size(event) != 1)
		return -1;
	one = json_object_get(event, "const");
	if (json_is_string(one))
		return fx_str_is(r->event, json_string_value(one));
	if (!json_is_array(list))
		return -1;
	json_array_foreach(list, i, v) if (json_is_string(v) &&
	                                   fx_str_is(r->event, json_string_value(v))) return 1;
	return 0;
}

static void gather_condition(struct reader *r, struct shape *s, const json_t *schema,
                             const json_t *root, unsigned depth)
{
	const json_t *cond = json_object_get(schema, "if");
	const json_t *yes = json_object_get(schema, "then"), *no = json_object_get(schema, "else");
	int holds;

	if (!cond)
		return;
	holds = event_condition(r, s, cond);
	if (holds >= 0) {
		gather(r, s, holds ? yes : no, root, depth + 1);
		return;
	}
	gather_maybe(r, s, yes, root, depth);
	gather_maybe(r, s, no, root, depth);
}

static void gather(struct reader *r, struct shape *s, const json_t *schema, const json_t *root,
                   unsigned depth)
{
	const json_t *t, *v, *at = root;
	size_t i;

	if (!json_is_object(schema) || depth > NEST || r->left == 0)
		return;
	r->left--;
	v = json_object_get(schema, "$ref");
	if (json_is_string(v)) {
		const json_t *target = follow(r, json_string_value(v), &at);

		gather(r, s, target, at, depth + 1);
	}
	t = json_object_get(schema, "type");
	if (json_is_string(t)) {
		s->types &= type_bit(json_string_value(t));
	} else if (json_is_array(t)) {
		unsigned bits = 0;

		json_array_foreach(t, i, v) bits |= type_bit(json_string_value(v));
		s->types &= bits;
	}
	gather_properties(r, s, schema, root, depth);
	v = json_object_get(schema, "items");
	if (json_is_object(v) && !json_object_get(schema, "prefixItems"))
		s->items = type_of(r, v, root, depth + 1);
	if (v && !t) /* as with properties: who says what is in it means that it is one */
		s->types &= T_ARRAY | T_NULL;
	gather_values(r, s, schema);
	gather_range(s, schema);
	json_array_foreach(json_object_get(schema, "allOf"), i, v) gather(r, s, v, root, depth + 1);
	gather_one_of(r, s, json_object_get(schema, "anyOf"), root, depth);
	gather_one_of(r, s, json_object_get(schema, "oneOf"), root, depth);
	gather_condition(r, s, schema, root, depth);
	gather_required(s, schema);
}

/* ---- the type of a shape ---- */

static const cel_type *object_type(struct reader *r, const struct shape *s)
{
	const cel_type *any = cel_t(FX_CT_DYN);
	cel_type *t;

	if (s->nfield == 0)
		return cel_t2(r->a, FX_CT_MAP, cel_t(FX_CT_STRING), s->others ? s->others : any);
	t = FX_NEW(r->a, cel_type);
	t->kind = FX_CT_OBJECT;
	t->field = s->field;
	t->nfield = s->nfield;
	t->open = s->open;
	return t;
}

static const cel_type *shaped(struct reader *r, const struct shape *s)
{
	bool nullable = (s->types & T_NULL) && s->types != T_ANY;
	const cel_type *base;
	cel_type *t;

	switch (s->types & ~(unsigned)T_NULL) {
	case T_BOOL:
		base = cel_t(FX_CT_BOOL);
		break;
	case T_INT:
		base = cel_t(FX_CT_INT);
		break;
	case T_NUMBER:
	case T_NUMBER | T_INT:
		base = cel_t(FX_CT_DOUBLE);
		break;
	case T_STRING:
		base = cel_t(FX_CT_STRING);
		break;
	case T_ARRAY:
		base = cel_t1(r->a, FX_CT_LIST, s->items ? s->items : cel_t(FX_CT_DYN));
		break;
	case T_OBJECT:
		base = object_type(r, s);
		break;
	default:
		return cel_t(FX_CT_DYN);
	}
	t = FX_NEW(r->a, cel_type);
	*t = *base;
	t->nullable = nullable;
	if (base->kind == FX_CT_STRING && s->valued) {
		t->values = s->values;
		t->nvalues = s->nvalues;
	}
	if (cel_t_number(base)) {
		t->has_min = s->range.has_min;
		t->has_max = s->range.has_max;
		t->min_excluded = s->range.min_excluded;
		t->max_excluded = s->range.max_excluded;
		t->min = s->range.min;
		t->max = s->range.max;
	}
	return t;
}

static const cel_type *type_of(struct reader *r, const json_t *schema, const json_t *root,
                               unsigned depth)
{
	struct shape s = {.types = T_ANY};

	gather(r, &s, schema, root, depth);
	return shaped(r, &s);
}

/* ---- the environment ---- */

static const struct fx_cel_field *field_of(const cel_type *t, struct fx_str name)
{
	for (size_t i = 0; t && i < t->nfield; i++)
		if (fx_str_eq(t->field[i].name, name))
			return &t->field[i];
	return NULL;
}

const struct fx_cel_env *fx_cel_env_new(struct fx_arena *a, const struct fx_cel_contract *v,
                                        size_t n, fx_cel_find_doc *find, void *ctx)
{
	struct reader r = {.a = a, .find = find, .ctx = ctx, .left = BUDGET};
	struct fx_cel_env *env = FX_NEW(a, struct fx_cel_env);
	struct shape all = {.types = T_OBJECT}, *s = FX_NEWV(a, struct shape, n);
	const struct fx_cel_field *lines;

	for (size_t i = 0; i < n; i++) {
		s[i].types = T_ANY;
		s[i].record = true;
		r.event = v[i].event;
		gather(&r, &s[i], v[i].schema, v[i].schema, 0);
		all.open |= s[i].open;
	}
	merge_options(&r, &all, s, n);
	if (all.nfield == 0)
		return NULL;
	env->record = object_type(&r, &all);
	lines = field_of(env->record, FX_STR("lines"));
	if (lines && lines->type->kind == FX_CT_LIST && lines->type->param[0]->kind == FX_CT_OBJECT)
		env->line = lines->type->param[0];
	return env;
}

const struct fx_cel_type *fx_cel_env_attr(const struct fx_cel_env *env, struct fx_str path,
                                          bool *required)
{
	const cel_type *t = env->record;
	bool all = true;

	if (fx_str_is(path, "SKU") || fx_str_starts(path, FX_STR("SKU."))) {
		t = env->line;
		path.p += path.n > 3 ? 4 : 3;
		path.n -= path.n > 3 ? 4 : 3;
	}
	while (t && path.n) {
		size_t n = fx_str_find(path, '.');
		const struct fx_cel_field *f = field_of(t, (struct fx_str){path.p, n});

		if (!f)
			return NULL;
		all &= f->required;
		t = f->type;
		path.p += n + (n < path.n);
		path.n -= n + (n < path.n);
	}
	if (required)
		*required = t && all;
	return t;
}
