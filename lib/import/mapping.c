#include "import/mapping.h"

#include <string.h>

#include "import/load.h"

int fx_load_table(struct fx_load *ld, struct fx_str name, struct fx_str ptr)
{
	if (fx_str_is(name, "rows")) {
		ld->m->grouped = true;
		return FX_BASE;
	}
	for (unsigned t = 0; t < ld->m->njoin; t++)
		if (fx_str_eq(ld->m->join[t].name, name))
			return (int)t;
	fx_load_fault(ld, ptr, "no table \"%.*s\"; \"rows\" are the base file's own", FX_FMT(name));
	return FX_NO_TABLE;
}

static void load_dialect(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_join *j)
{
	struct fx_str delim = fx_load_string(ld, v, ptr, "delimiter");
	struct fx_str quote = fx_load_string(ld, v, ptr, "quote");
	struct fx_str enc = fx_load_string(ld, v, ptr, "encoding");
	struct fx_str missing = fx_load_string(ld, v, ptr, "missing");

	if (fx_str_is(delim, "tab"))
		delim = FX_STR("\t");
	if (delim.p && (delim.n != 1 || (unsigned char)delim.p[0] >= 0x80 || delim.p[0] == '"' ||
	                delim.p[0] == '\n' || delim.p[0] == '\r'))
		fx_load_fault(ld, fx_load_at(ld, ptr, "delimiter"),
		              "delimiter: wants one ASCII character, or the word tab");
	else if (delim.p)
		j->dialect.delimiter = delim.p[0];
	if (fx_str_is(quote, "none"))
		j->dialect.quote = FX_CSV_NO_QUOTE;
	else if (quote.p && (quote.n != 1 || (unsigned char)quote.p[0] >= 0x80))
		fx_load_fault(ld, fx_load_at(ld, ptr, "quote"),
		              "quote: wants one ASCII character, or the word none");
	else if (quote.p)
		j->dialect.quote = quote.p[0];
	if (fx_str_is(enc, "windows-1252"))
		j->enc = FX_CP1252;
	else if (fx_str_is(enc, "latin1"))
		j->enc = FX_LATIN1;
	else if (enc.p && !fx_str_is(enc, "utf-8"))
		fx_load_fault(ld, fx_load_at(ld, ptr, "encoding"),
		              "encoding: is utf-8, latin1 or windows-1252");
	if (missing.p && !fx_str_is(missing, "error") && !fx_str_is(missing, "empty"))
		fx_load_fault(
		    ld, fx_load_at(ld, ptr, "missing"),
		    "missing: is error, or empty (a column that the file has not is empty)");
	j->vary = fx_str_is(missing, "empty");
}

static void load_table(struct fx_load *ld, const char *name, const json_t *v, struct fx_str ptr)
{
	static const char *const keys[] = {"file",     "key",     "on",       "delimiter", "quote",
	                                   "encoding", "missing", "optional", NULL};
	struct fx_join *j = &ld->m->join[ld->m->njoin];
	struct fx_str key, on;

	*j = (struct fx_join){.name = fx_arena_str(ld->arena, fx_str(name)), .ptr = ptr};
	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr, "a table wants a map with key: and file:");
		return;
	}
	fx_load_keys(ld, v, ptr, keys);
	j->file = fx_load_string(ld, v, ptr, "file");
	if (!j->file.p)
		j->file = fx_arena_fmt(ld->arena, "%s.csv", name);
	load_dialect(ld, v, ptr, j);
	j->optional = fx_load_bool(ld, v, ptr, "optional");
	key = fx_load_string(ld, v, ptr, "key");
	if (!key.p) {
		fx_load_fault(ld, ptr, "key: is missing: the column of %s that joins it", name);
		return;
	}
	on = fx_load_string(ld, v, ptr, "on");
	/* Tables see those above them: no circle can be written. */
	fx_load_from(ld, on.p ? on : key, fx_load_at(ld, ptr, on.p ? "on" : "key"), FX_BASE, true,
	             &j->on);
	ld->m->njoin++;

	struct fx_from own;

	fx_load_from(ld, fx_arena_fmt(ld->arena, "%s.%.*s", name, FX_FMT(key)),
	             fx_load_at(ld, ptr, "key"), FX_BASE, true, &own);
	j->key = own.slot;
}

static void load_tables(struct fx_load *ld, const json_t *root)
{
	const json_t *tables = json_object_get(root, "tables");
	const char *name;
	json_t *v;

	if (!tables)
		return;
	if (!json_is_object(tables)) {
		fx_load_fault(ld, FX_STR("/tables"), "tables: wants a map of names to tables");
		return;
	}
	ld->m->join = FX_NEWV(ld->arena, struct fx_join, json_object_size(tables) + 1);
	json_object_foreach((json_t *)tables, name, v)
	    load_table(ld, name, v, fx_load_at(ld, FX_STR("/tables"), name));
}

/* each:, when:, unless: of an event or of lines.  Returns whose columns bare names then mean. */
static int load_each(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table,
                     struct fx_each *e)
{
	struct fx_str each = fx_load_string(ld, v, ptr, "each");
	struct fx_str at = fx_load_at(ld, ptr, "each");

	e->table = table;
	if (each.p && ld->m->format == FX_FORMAT_JSON) {
		e->on = true;
		if (ld->m->children && fx_str_is(each, "children"))
			e->table = FX_NO_TABLE;
		else
			fx_load_from(ld, each, at, FX_BASE, false, &e->array);
	} else if (each.p) {
		e->on = true;
		e->table = fx_load_table(ld, each, at);
		if (e->table >= 0)
			ld->m->join[e->table].lines = true;
	}
	e->cond = fx_load_conds(ld, v, ptr, e->table, &e->ncond);
	return e->table;
}

static bool mark(struct fx_field *f, struct fx_str path)
{
	size_t dot = fx_str_find(path, '.');

	for (; f; f = f->next) {
		if (!fx_str_eq(f->name, (struct fx_str){path.p, dot}))
			continue;
		if (dot == path.n) {
			f->identity = true;
			return true;
		}
		return mark(f->child, (struct fx_str){path.p + dot + 1, path.n - dot - 1});
	}
	return false;
}

static void mark_all(struct fx_field *f)
{
	for (; f; f = f->next)
		f->identity = true;
}

static void load_identity(struct fx_load *ld, const json_t *v, struct fx_str ptr,
                          struct fx_event *ev)
{
	struct fx_str at = fx_load_at(ld, ptr, "identity");
	struct fx_str *name;
	unsigned n;

	if (!v) {
		mark_all(ev->fields);
		mark_all(ev->line_fields);
		ev->identity_at = true;
		return;
	}
	name = fx_load_strings(ld, v, at, false, &n);
	for (unsigned i = 0; i < n; i++) {
		bool found = false;

		if (fx_str_is(name[i], "at")) {
			found = ev->identity_at = true;
		} else if (fx_str_is(name[i], "lines")) {
			found = ev->has_lines;
			mark_all(ev->line_fields);
		} else if (fx_str_starts(name[i], FX_STR("lines."))) {
			found =
			    mark(ev->line_fields, (struct fx_str){name[i].p + 6, name[i].n - 6});
		} else {
			found = mark(ev->fields, name[i]);
		}
		if (!found)
			fx_load_fault(ld, json_is_array(v) ? fx_load_nth(ld, at, i) : at,
			              "identity: \"%.*s\" is no member of this event",
			              FX_FMT(name[i]));
	}
}

static void load_lines(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table,
                       struct fx_event *ev)
{
	static const char *const keys[] = {"each", "when", "unless", "fields", "extra", NULL};
	const json_t *extra;

	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr, "lines: wants a map with each: and fields:");
		return;
	}
	fx_load_keys(ld, v, ptr, keys);
	ev->has_lines = true;
	table = load_each(ld, v, ptr, table, &ev->lines);
	if ((extra = json_object_get(v, "extra")))
		ld->m->line_extra = fx_load_strings(ld, extra, fx_load_at(ld, ptr, "extra"), false,
		                                    &ld->m->nline_extra);
	ev->line_fields =
	    fx_load_fields(ld, json_object_get(v, "fields"), fx_load_at(ld, ptr, "fields"), table);
	if (!ev->line_fields)
		fx_load_fault(ld, ptr, "fields: is missing");
}

static void load_event(struct fx_load *ld, const json_t *v, struct fx_str ptr, struct fx_event *ev)
{
	static const char *const keys[] = {"event",  "at",    "each",     "when", "unless",
	                                   "fields", "lines", "identity", NULL};
	const json_t *at = json_object_get(v, "at"), *lines = json_object_get(v, "lines");
	int table;

	ev->ptr = ptr;
	if (!json_is_object(v)) {
		fx_load_fault(ld, ptr, "an event wants a map with event: and at:");
		return;
	}
	fx_load_keys(ld, v, ptr, keys);
	ev->type = fx_load_string(ld, v, ptr, "event");
	if (!ev->type.p || ev->type.n == 0)
		fx_load_fault(ld, ptr,
		              "event: is missing: the record's type, such as order.placed");
	table = load_each(ld, v, ptr, FX_BASE, &ev->each);
	if (at)
		ev->at = fx_load_expr(ld, at, fx_load_at(ld, ptr, "at"), table, FX_AS_TIME);
	else
		fx_load_fault(ld, ptr, "at: is missing: the column with the time");
	if (ev->at && ev->at->kind != FX_AS_TIME)
		fx_load_fault(ld, ev->at->ptr, "at: is a time");
	ev->fields =
	    fx_load_fields(ld, json_object_get(v, "fields"), fx_load_at(ld, ptr, "fields"), table);
	for (struct fx_field *f = ev->fields; f; f = f->next)
		if (fx_str_is(f->name, "lines") || fx_str_is(f->name, "event") ||
		    fx_str_is(f->name, "event_id") || fx_str_is(f->name, "order_id") ||
		    fx_str_is(f->name, "at") || fx_str_is(f->name, "source"))
			fx_load_fault(ld, ptr,
			              "fields: \"%.*s\" has a place of its own in the mapping",
			              FX_FMT(f->name));
	if (lines)
		load_lines(ld, lines, fx_load_at(ld, ptr, "lines"), table, ev);
	load_identity(ld, json_object_get(v, "identity"), ptr, ev);
}

static void load_events(struct fx_load *ld, const json_t *root)
{
	const json_t *events = json_object_get(root, "events");

	if (!json_is_array(events) || json_array_size(events) == 0) {
		fx_load_fault(
		    ld, FX_STR("/events"),
		    "events: wants a list; its first is the trigger, the others follow it");
		return;
	}
	ld->m->nevent = (unsigned)json_array_size(events);
	ld->m->event = FX_NEWV(ld->arena, struct fx_event, ld->m->nevent);
	for (unsigned i = 0; i < ld->m->nevent; i++)
		load_event(ld, json_array_get(events, i), fx_load_nth(ld, FX_STR("/events"), i),
		           &ld->m->event[i]);
	ld->m->event[0].trigger = true;
}

static void load_shape(struct fx_load *ld, const json_t *root)
{
	struct fx_str format = fx_load_string(ld, root, FX_STR(""), "format");
	const json_t *v;

	if (fx_str_is(format, "json"))
		ld->m->format = FX_FORMAT_JSON;
	else if (format.p && !fx_str_is(format, "csv"))
		fx_load_fault(ld, FX_STR("/format"), "format: is csv or json");
	if ((v = json_object_get(root, "orders")))
		ld->m->unwrap = fx_load_strings(ld, v, FX_STR("/orders"), false, &ld->m->nunwrap);
	if ((v = json_object_get(root, "children"))) {
		static const char *const keys[] = {"id", "parent", NULL};

		fx_load_keys(ld, v, FX_STR("/children"), keys);
		ld->m->children = true;
		ld->m->child_id = fx_load_string(ld, v, FX_STR("/children"), "id");
		ld->m->child_parent = fx_load_string(ld, v, FX_STR("/children"), "parent");
		if (ld->m->child_id.n == 0 || ld->m->child_parent.n == 0)
			fx_load_fault(
			    ld, FX_STR("/children"),
			    "children: wants id: and parent:, the members that link lines");
	}
	if ((v = json_object_get(root, "null")))
		ld->m->null_word = fx_load_strings(ld, v, FX_STR("/null"), false, &ld->m->nnull);
	ld->zone = fx_load_zone(ld, root, FX_STR(""), NULL);
	ld->times = fx_load_times(ld, root, FX_STR(""), &ld->ntimes);
	load_dialect(ld, root, FX_STR(""), &ld->m->base);
}

static void know(struct fx_mapping *m, const struct fx_from *from, bool in_order)
{
	if (from->nseg > 0 && (in_order || from->root))
		fx_map_put(&m->order_names, from->seg[0], NULL);
	else if (from->nseg > 0)
		fx_map_put(&m->line_names, from->seg[0], NULL);
}

static void know_expr(struct fx_mapping *m, const struct fx_expr *e, bool in_order)
{
	if (e->over)
		know(m, e->over, in_order);
	for (unsigned i = 0; i < e->nfrom && !e->over; i++)
		know(m, &e->from[i], in_order);
}

static void know_fields(struct fx_mapping *m, const struct fx_field *f, bool in_order)
{
	for (; f; f = f->next) {
		if (f->expr)
			know_expr(m, f->expr, in_order);
		know_fields(m, f->child, in_order);
	}
}

/* Which members of an order, and of the trigger's lines, the mapping reads: --extra keeps the
 * others. */
static void known_names(struct fx_mapping *m)
{
	for (unsigned i = 0; i < m->nunwrap; i++)
		fx_map_put(&m->order_names, m->unwrap[i], NULL);
	if (m->order)
		know_expr(m, m->order, true);
	for (unsigned i = 0; i < m->nevent; i++) {
		const struct fx_event *ev = &m->event[i];

		know(m, &ev->each.array, true);
		know(m, &ev->lines.array, !ev->each.on);
		for (unsigned c = 0; c < ev->each.ncond && !ev->each.on; c++)
			know(m, &ev->each.cond[c].from, true);
		if (ev->each.on)
			continue;
		if (ev->at)
			know_expr(m, ev->at, true);
		know_fields(m, ev->fields, true);
		know_fields(m, ev->line_fields, false);
		for (unsigned c = 0; c < ev->lines.ncond; c++)
			know(m, &ev->lines.cond[c].from, false);
	}
}

static void require(struct fx_mapping *m, const struct fx_expr *e)
{
	if (!e || e->nfrom == 0 || e->fallback.p)
		return;
	/* Doubles when full, as the slots do. */
	if ((m->nmust & (m->nmust - 1)) == 0) {
		const struct fx_expr **more = FX_NEWV(&m->doc.arena, const struct fx_expr *,
		                                      m->nmust ? m->nmust * 2 : 1);

		if (m->nmust)
			memcpy(more, m->must, m->nmust * sizeof(*more));
		m->must = more;
	}
	m->must[m->nmust++] = e;
}

static void require_fields(struct fx_mapping *m, const struct fx_field *f)
{
	for (; f; f = f->next) {
		if (f->expr && f->expr->required)
			require(m, f->expr);
		require_fields(m, f->child);
	}
}

/* The order's id, the trigger's time and what says required: without a column of theirs every
 * order would be refused. */
static void required_columns(struct fx_mapping *m)
{
	require(m, m->order);
	for (unsigned i = 0; i < m->nevent; i++) {
		if (m->event[i].trigger)
			require(m, m->event[i].at);
		require_fields(m, m->event[i].fields);
		require_fields(m, m->event[i].line_fields);
	}
}

void fx_mapping_extra(struct fx_mapping *m, struct fx_join *j, struct fx_str name)
{
	unsigned n = j->ncolumn;
	unsigned slot = fx_load_slot(&m->doc.arena, j, fx_arena_str(&m->doc.arena, name),
	                             (struct fx_str){"", 0}, false);

	if (slot == n)
		j->column[slot].extra = true;
}

static void load(struct fx_load *ld, const json_t *root)
{
	static const char *const keys[] = {"format",    "source",   "zone",     "times",   "null",
	                                   "delimiter", "quote",    "encoding", "missing", "tables",
	                                   "orders",    "children", "order",    "events",  NULL};
	const json_t *order;

	if (!json_is_object(root)) {
		fx_load_fault(ld, FX_STR(""), "a mapping is a map: see fx-import(5)");
		return;
	}
	fx_load_keys(ld, root, FX_STR(""), keys);
	load_shape(ld, root);
	ld->m->source = fx_load_string(ld, root, FX_STR(""), "source");
	if (ld->m->source.n == 0)
		fx_load_fault(ld, FX_STR("/source"),
		              "source: is missing: the name of the system that "
		              "the file comes from, such as shopify/eu");
	load_tables(ld, root);
	if ((order = json_object_get(root, "order"))) {
		ld->m->order = fx_load_expr(ld, order, FX_STR("/order"), FX_BASE, FX_AS_STRING);
		ld->m->order->required = true;
		if (ld->m->order->kind != FX_AS_STRING || ld->m->order->split)
			fx_load_fault(ld, FX_STR("/order"), "order: is one string");
	} else {
		fx_load_fault(ld, FX_STR(""), "order: is missing: the column with the order's id");
	}
	load_events(ld, root);
	if (ld->m->format == FX_FORMAT_JSON)
		known_names(ld->m);
	else
		required_columns(ld->m);
}

int fx_mapping_load(struct fx_mapping *m, const char *path, struct fx_errs *errs)
{
	struct fx_load ld = {.m = m, .errs = errs};
	struct fx_err err = {0};
	size_t before = errs->n + errs->dropped;

	*m = (struct fx_mapping){.base.name = FX_STR("rows")};
	if (fx_doc_load(&m->doc, path, &err) < 0) {
		fx_errs_add(errs, &err);
		return -1;
	}
	ld.arena = &m->doc.arena;
	load(&ld, m->doc.root);
	return errs->n + errs->dropped == before ? 0 : -1;
}

static void free_fields(struct fx_field *f)
{
	for (; f; f = f->next) {
		free_fields(f->child);
		if (f->expr)
			fx_map_free(&f->expr->values);
	}
}

void fx_mapping_free(struct fx_mapping *m)
{
	for (unsigned i = 0; i < m->nevent; i++) {
		free_fields(m->event[i].fields);
		free_fields(m->event[i].line_fields);
		if (m->event[i].at)
			fx_map_free(&m->event[i].at->values);
	}
	if (m->order)
		fx_map_free(&m->order->values);
	fx_map_free(&m->order_names);
	fx_map_free(&m->line_names);
	fx_doc_free(&m->doc);
	*m = (struct fx_mapping){0};
}

bool fx_glob_match(struct fx_str pattern, struct fx_str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, back = 0;

	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			back = t;
		} else if (p < pattern.n && (pattern.p[p] == '?' || pattern.p[p] == text.p[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++back;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}
