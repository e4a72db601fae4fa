/*
 * The mapping's values: columns, conversions, conditions, the tree of members.
 */
#include <stdlib.h>
#include <string.h>

#include "import/load.h"
#include "import/when.h"
#include "json/write.h"

unsigned fx_load_slot(struct fx_arena *a, struct fx_join *j, struct fx_str name, struct fx_str ptr,
                      bool required)
{
	for (unsigned i = 0; i < j->ncolumn; i++)
		if (fx_str_eq(j->column[i].name, name)) {
			j->column[i].required |= required;
			return i;
		}
	/* Doubles when full: arena memory, once a mapping. */
	if ((j->ncolumn & (j->ncolumn - 1)) == 0) {
		struct fx_column *more =
		    FX_NEWV(a, struct fx_column, j->ncolumn ? j->ncolumn * 2 : 1);

		if (j->ncolumn)
			memcpy(more, j->column, j->ncolumn * sizeof(*more));
		j->column = more;
	}
	j->column[j->ncolumn] = (struct fx_column){.name = name, .ptr = ptr, .required = required};
	return j->ncolumn++;
}

static int csv_from(struct fx_load *ld, struct fx_str name, int table, bool required,
                    struct fx_from *out)
{
	size_t dot = fx_str_find(name, '.');
	struct fx_mapping *m = ld->m;

	out->table = out->root ? FX_BASE : table;
	if (!out->root && dot < name.n)
		for (unsigned t = 0; t < m->njoin; t++)
			if (fx_str_eq(m->join[t].name, (struct fx_str){name.p, dot})) {
				out->table = (int)t;
				name.p += dot + 1;
				name.n -= dot + 1;
				break;
			}
	if (name.n == 0)
		return fx_load_fault(ld, out->ptr, "a column's name is missing");
	out->slot = fx_load_slot(ld->arena, out->table < 0 ? &m->base : &m->join[out->table], name,
	                         out->ptr, required);
	return 0;
}

static int json_from(struct fx_load *ld, struct fx_str path, struct fx_from *out)
{
	char sep = '.';
	unsigned n = 1;

	if (path.n > 0 && path.p[0] == '/') {
		sep = '/';
		path.p++;
		path.n--;
	}
	for (size_t i = 0; i < path.n; i++)
		n += path.p[i] == sep;
	out->seg = FX_NEWV(ld->arena, struct fx_str, n);
	for (;;) {
		size_t len = fx_str_find(path, sep);

		if (len == 0)
			return fx_load_fault(ld, out->ptr, "\"%.*s\" has an empty name in it",
			                     FX_FMT(out->text));
		out->seg[out->nseg++] = (struct fx_str){path.p, len};
		if (len == path.n)
			return 0;
		path.p += len + 1;
		path.n -= len + 1;
	}
}

int fx_load_from(struct fx_load *ld, struct fx_str text, struct fx_str ptr, int table,
                 bool required, struct fx_from *out)
{
	struct fx_str name = text;

	*out = (struct fx_from){.text = text, .ptr = ptr, .table = table};
	if (fx_str_starts(text, FX_STR("$."))) {
		out->root = true;
		name.p += 2;
		name.n -= 2;
	}
	return ld->m->format == FX_FORMAT_CSV ? csv_from(ld, name, table, required, out)
	                                      : json_from(ld, name, out);
}

/* A scalar or more of the mapping as JSON text; numbers as they stand there. */
static struct fx_str json_of(struct fx_load *ld, const json_t *v, struct fx_str ptr)
{
	struct fx_str raw = json_is_number(v) ? fx_doc_raw(&ld->m->doc, ptr) : (struct fx_str){0};
	struct fx_buf b = {0};
	struct fx_str out;

	if (raw.p) {
		fx_buf_str(&b, raw);
	} else if (json_is_string(v)) {
		fx_json_string(&b, (struct fx_str){json_string_value(v), json_string_length(v)});
	} else {
		char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

		if (!text)
			fx_oom();
		fx_buf_z(&b, text);
		free(text);
	}
	out = fx_arena_str(ld->arena, fx_buf_view(&b));
	fx_buf_free(&b);
	return out;
}

static void load_values(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_expr *e)
{
	const char *key;
	json_t *to;

	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr, "values: wants a map of words to values");
		return;
	}
	json_object_foreach((json_t *)v, key, to)
	{
		struct fx_str *json = FX_NEW(ld->arena, struct fx_str);

		*json = json_of(ld, to, fx_load_at(ld, ptr, key));
		fx_map_put(&e->values, fx_arena_str(ld->arena, fx_str(key)), NULL)->v.ptr = json;
	}
}

static void load_match(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_expr *e)
{
	const char *key;
	json_t *to;

	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr, "match: wants a map of patterns to values");
		return;
	}
	e->match = FX_NEWV(ld->arena, struct fx_glob, json_object_size(v) + 1);
	json_object_foreach((json_t *)v, key, to)
	{
		e->match[e->nmatch++] = (struct fx_glob){fx_arena_str(ld->arena, fx_str(key)),
		                                         json_of(ld, to, fx_load_at(ld, ptr, key))};
	}
}

static void load_kind(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_expr *e)
{
	static const char *const names[] = {"string",  "integer", "number",
	                                    "decimal", "boolean", "time"};
	struct fx_str type = fx_load_string(ld, v, ptr, "type");

	if (!type.p)
		return;
	for (unsigned i = 0; i < 6; i++)
		if (fx_str_is(type, names[i])) {
			e->kind = (enum fx_kind)i;
			return;
		}
	fx_load_fault(ld, fx_load_at(ld, ptr, "type"),
	              "\"%.*s\" is no type; string, integer, number, decimal, boolean and time are",
	              FX_FMT(type));
}

static void load_columns(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table,
                         struct fx_expr *e)
{
	unsigned n;
	struct fx_str *name = fx_load_strings(ld, v, ptr, false, &n);

	e->from = FX_NEWV(ld->arena, struct fx_from, n + 1);
	for (unsigned i = 0; i < n; i++)
		if (fx_load_from(ld, name[i], json_is_array(v) ? fx_load_nth(ld, ptr, i) : ptr,
		                 table, false, &e->from[i]) == 0)
			e->nfrom++;
}

/* `sum: [price, freight], over: items`. */
static void load_sum(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_expr *e)
{
	struct fx_str over = fx_load_string(ld, v, ptr, "over");

	e->sum = true;
	e->sum_table = FX_BASE;
	e->kind = FX_AS_DECIMAL;
	if (!over.p) {
		fx_load_fault(ld, ptr, "sum: needs over: the rows whose columns it adds");
	} else if (ld->m->format == FX_FORMAT_JSON) {
		e->over = FX_NEW(ld->arena, struct fx_from);
		fx_load_from(ld, over, fx_load_at(ld, ptr, "over"), FX_BASE, false, e->over);
	} else {
		e->sum_table = fx_load_table(ld, over, fx_load_at(ld, ptr, "over"));
	}
	load_columns(ld, json_object_get(v, "sum"), fx_load_at(ld, ptr, "sum"), e->sum_table, e);
}

static void load_texts(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_expr *e)
{
	struct fx_str split = fx_load_string(ld, v, ptr, "split");
	struct fx_str join = fx_load_string(ld, v, ptr, "join");
	struct fx_str mark = fx_load_string(ld, v, ptr, "mark");
	const json_t *x;

	if (mark.p && !fx_str_is(mark, ",") && !fx_str_is(mark, "."))
		fx_load_fault(ld, fx_load_at(ld, ptr, "mark"), "mark: is \",\" or \".\"");
	if (mark.p && e->kind != FX_AS_DECIMAL)
		fx_load_fault(ld, fx_load_at(ld, ptr, "mark"), "mark: is of a decimal or a sum");
	e->comma = fx_str_is(mark, ",");
	if (split.p && split.n != 1)
		fx_load_fault(ld, fx_load_at(ld, ptr, "split"), "split: wants one character");
	else if (split.p)
		e->split = split.p[0];
	e->joined = join.p != NULL;
	e->join = join;
	e->strip = fx_load_string(ld, v, ptr, "strip");
	if ((x = json_object_get(v, "const")))
		e->constant = json_of(ld, x, fx_load_at(ld, ptr, "const"));
	if ((x = json_object_get(v, "default")))
		e->fallback = json_of(ld, x, fx_load_at(ld, ptr, "default"));
	if ((x = json_object_get(v, "else")))
		e->other = json_of(ld, x, fx_load_at(ld, ptr, "else"));
	if ((x = json_object_get(v, "values")))
		load_values(ld, x, fx_load_at(ld, ptr, "values"), e);
	if ((x = json_object_get(v, "match")))
		load_match(ld, x, fx_load_at(ld, ptr, "match"), e);
	e->zone = fx_load_zone(ld, v, ptr, ld->zone);
	if (json_object_get(v, "times"))
		e->times = fx_load_times(ld, v, ptr, &e->ntimes);
}

struct fx_expr *fx_load_expr(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table,
                             enum fx_kind kind)
{
	static const char *const keys[] = {"from",  "const",    "type",     "values", "match",
	                                   "else",  "default",  "required", "split",  "join",
	                                   "strip", "latest",   "sum",      "over",   "zone",
	                                   "times", "position", "mark",     NULL};
	struct fx_expr *e = FX_NEW(ld->arena, struct fx_expr);
	const json_t *x;
	int sources = 0;

	*e = (struct fx_expr){.ptr = ptr,
	                      .kind = kind,
	                      .zone = ld->zone,
	                      .times = ld->times,
	                      .ntimes = ld->ntimes,
	                      .sum_table = FX_NO_TABLE};
	if (json_is_string(v) || json_is_array(v)) {
		load_columns(ld, v, ptr, table, e);
		return e;
	}
	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr,
		              "wanted a column, a list of columns, or a map such as "
		              "{from: COLUMN, type: decimal} or {const: VALUE}");
		return e;
	}
	fx_load_keys(ld, v, ptr, keys);
	e->required = fx_load_bool(ld, v, ptr, "required");
	load_kind(ld, v, ptr, e);
	if ((x = json_object_get(v, "from")) && ++sources)
		load_columns(ld, x, fx_load_at(ld, ptr, "from"), table, e);
	if ((x = json_object_get(v, "latest")) && ++sources) {
		e->latest = true;
		e->kind = FX_AS_TIME;
		load_columns(ld, x, fx_load_at(ld, ptr, "latest"), table, e);
	}
	if (json_object_get(v, "sum") && ++sources)
		load_sum(ld, v, ptr, e);
	load_texts(ld, v, ptr, e);
	e->position = fx_load_bool(ld, v, ptr, "position");
	sources += e->position && !e->from;
	if (e->constant.p)
		sources++;
	if (sources != 1)
		fx_load_fault(ld, ptr, "wants one of from, const, latest, sum and position%s",
		              sources ? ", not several" : "");
	return e;
}

static struct fx_field *member(struct fx_load *ld, struct fx_field **list, struct fx_str name)
{
	while (*list && !fx_str_eq((*list)->name, name))
		list = &(*list)->next;
	if (!*list) {
		*list = FX_NEW(ld->arena, struct fx_field);
		(*list)->name = fx_arena_str(ld->arena, name);
	}
	return *list;
}

struct fx_field *fx_load_fields(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table)
{
	struct fx_field *root = NULL;
	const char *key;
	json_t *x;

	if (!v)
		return NULL;
	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr, "fields: wants a map of members to columns");
		return NULL;
	}
	json_object_foreach((json_t *)v, key, x)
	{
		struct fx_str at = fx_load_at(ld, ptr, key), rest = fx_str(key);
		struct fx_field **list = &root, *f = NULL;
		bool taken = false;

		while (!taken) {
			size_t dot = fx_str_find(rest, '.');

			taken = dot == 0 || (f && f->expr);
			if (taken)
				break;
			f = member(ld, list, (struct fx_str){rest.p, dot});
			list = &f->child;
			if (dot == rest.n)
				break;
			rest.p += dot + 1;
			rest.n -= dot + 1;
		}
		if (taken || f->child)
			fx_load_fault(ld, at,
			              "\"%s\" is no member: a name is empty, or it is both a "
			              "value and an object",
			              key);
		else
			f->expr = fx_load_expr(ld, x, at, table, FX_AS_STRING);
	}
	return root;
}

static void conds_of(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table, bool unless,
                     struct fx_cond *out, unsigned *n)
{
	const char *key;
	json_t *x;

	if (v && !json_is_object(v))
		fx_load_fault(ld, ptr, "wants a map of columns to words");
	json_object_foreach((json_t *)v, key, x)
	{
		struct fx_str at = fx_load_at(ld, ptr, key);
		struct fx_cond *c = &out[(*n)++];

		*c = (struct fx_cond){.unless = unless};
		c->word = fx_load_strings(ld, x, at, true, &c->nword);
		fx_load_from(ld, fx_arena_str(ld->arena, fx_str(key)), at, table, false, &c->from);
	}
}

struct fx_cond *fx_load_conds(struct fx_load *ld, const json_t *obj, struct fx_str ptr, int table,
                              unsigned *n)
{
	const json_t *when = json_object_get(obj, "when"), *unless = json_object_get(obj, "unless");
	struct fx_cond *out = FX_NEWV(ld->arena, struct fx_cond,
	                              json_object_size(when) + json_object_size(unless) + 1);

	*n = 0;
	conds_of(ld, when, fx_load_at(ld, ptr, "when"), table, false, out, n);
	conds_of(ld, unless, fx_load_at(ld, ptr, "unless"), table, true, out, n);
	return out;
}
