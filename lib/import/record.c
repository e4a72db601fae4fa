#include "import/record.h"

#include <string.h>

#include "base/digest.h"
#include "json/write.h"

struct build {
	struct fx_scope *s;
	struct fx_buf *out;
	struct fx_buf *identity;
};

/* Members of the tree that are there; the number written, an object only when it has some. */
static unsigned put_fields(struct build *b, const struct fx_field *f)
{
	unsigned written = 0;

	for (; f; f = f->next) {
		size_t before = b->out->n, value;
		int got;

		fx_json_key(b->out, f->name.p);
		value = b->out->n;
		if (f->child) {
			fx_buf_byte(b->out, '{');
			got = put_fields(b, f->child) > 0;
			fx_buf_byte(b->out, '}');
		} else {
			got = fx_expr_json(b->s, f->expr, b->out);
		}
		if (got <= 0) {
			b->out->n = before;
			continue;
		}
		written++;
		if (f->identity) {
			fx_buf_str(b->identity, f->name);
			fx_buf_byte(b->identity, '=');
			fx_buf_add(b->identity, b->out->p + value, b->out->n - value);
			fx_buf_byte(b->identity, '\n');
		}
	}
	return written;
}

static bool of_line(const struct fx_mapping *m, struct fx_str column)
{
	for (unsigned i = 0; i < m->nline_extra; i++)
		if (fx_glob_match(m->line_extra[i], column))
			return true;
	return false;
}

/* JSON without the white space between its tokens: a record is one line. */
static void put_compact(struct fx_buf *b, struct fx_str json)
{
	bool string = false;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (c == '"')
			string = !string;
		else if (string && c == '\\')
			fx_buf_byte(b, json.p[i++]);
		else if (!string && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			continue;
		fx_buf_byte(b, json.p[i]);
	}
}

static void put_extra_text(struct build *b, struct fx_str name, struct fx_str value, bool json)
{
	fx_json_sep(b->out);
	fx_json_string(b->out, name);
	fx_buf_byte(b->out, ':');
	if (json)
		put_compact(b->out, value);
	else
		fx_json_string(b->out, value);
}

/* Columns of the order's row (lines NULL), or of the row that is repeated over. */
static void put_extra_columns(struct build *b, const struct fx_each *lines)
{
	int table = lines ? lines->table : FX_BASE;
	const struct fx_join *j = table < 0 ? &b->s->m->base : &b->s->m->join[table];

	for (unsigned i = 0; i < j->ncolumn; i++) {
		struct fx_from from = {.table = table, .slot = i};
		struct fx_str text;
		bool json;

		if (!j->column[i].extra)
			continue;
		if (table < 0 && of_line(b->s->m, j->column[i].name) != (lines != NULL))
			continue;
		if (fx_scope_text(b->s, &from, &text, &json))
			put_extra_text(b, j->column[i].name, text, false);
	}
}

/* Members of the order, or of the line's element, that are not null or empty text. */
static void put_extra_members(struct build *b, bool line)
{
	const struct fx_scope *s = b->s;
	const struct fx_tape *t = line ? s->elem_tape : s->tape;
	uint32_t node = line ? s->elem : s->root;
	const struct fx_map *known = line ? &s->m->line_names : &s->m->order_names;

	if (fx_tape_type(t, node) != FX_OBJECT)
		return;
	for (uint32_t i = node + 1; i < t->node[node].next; i = fx_tape_next(t, i)) {
		struct fx_str name = fx_tape_str(t, i, &b->s->scratch), raw = fx_tape_raw(t, i + 1);

		if (fx_map_get(known, name) || fx_str_is(raw, "null") || fx_str_is(raw, "\"\""))
			continue;
		put_extra_text(b, name, raw, true);
	}
}

static void put_extra(struct build *b, const struct fx_each *lines)
{
	size_t before = b->out->n;

	fx_json_key(b->out, "extra");
	fx_buf_byte(b->out, '{');

	size_t empty = b->out->n;

	if (b->s->m->format == FX_FORMAT_CSV)
		put_extra_columns(b, lines);
	else
		put_extra_members(b, lines != NULL);
	if (b->out->n == empty)
		b->out->n = before;
	else
		fx_buf_byte(b->out, '}');
}

static uint64_t put_lines(struct build *b, const struct fx_event *ev)
{
	struct fx_iter it;
	uint64_t n = 0;

	fx_json_key(b->out, "lines");
	fx_buf_byte(b->out, '[');
	fx_iter_begin(&it, b->s, &ev->lines);
	while (fx_iter_next(&it)) {
		fx_json_sep(b->out);
		fx_buf_byte(b->out, '{');
		put_fields(b, ev->line_fields);
		if (b->s->extra && ev->trigger)
			put_extra(b, &ev->lines);
		fx_buf_byte(b->out, '}');
		fx_buf_z(b->identity, "-\n");
		n++;
	}
	fx_buf_byte(b->out, ']');
	return n;
}

/* One record; *lines counts its lines.  1: written, 0: there is no such event, -1. */
static int put_event(struct build *b, const struct fx_event *ev, struct fx_str order,
                     struct fx_str source, uint64_t *lines)
{
	char id[FX_ID_LEN + 1] = "fx:--------------------------", at[FX_TIME_LEN];
	size_t id_at;
	fx_time when = FX_TIME_NONE;
	int got = fx_expr_time(b->s, ev->at, &when);

	if (got == 0 && ev->trigger)
		got = fx_scope_fail(b->s, "no time of the order: column \"%.*s\" is empty",
		                    ev->at->nfrom ? (int)ev->at->from[0].text.n : 0,
		                    ev->at->nfrom ? ev->at->from[0].text.p : "");
	if (got <= 0)
		return got;
	fx_buf_reset(b->identity);
	fx_buf_byte(b->out, '{');
	fx_json_key(b->out, "event");
	fx_json_string(b->out, ev->type);
	fx_json_key(b->out, "event_id");
	id_at = b->out->n + 1;
	fx_json_z(b->out, id);
	fx_json_key(b->out, "order_id");
	fx_json_string(b->out, order);
	fx_json_key(b->out, "at");
	fx_json_time(b->out, when);
	fx_json_key(b->out, "source");
	fx_json_string(b->out, source);
	put_fields(b, ev->fields);
	if (ev->has_lines)
		*lines += put_lines(b, ev);
	if (b->s->extra && ev->trigger)
		put_extra(b, NULL);
	if (ev->identity_at)
		fx_buf_add(b->identity, at, fx_time_format(when, at));
	fx_derive_id(id, ev->type, source, order, fx_buf_view(b->identity));
	fx_buf_z(b->out, "}\n");
	if (!b->out->over)
		memcpy(b->out->p + id_at, id, FX_ID_LEN);
	return 1;
}

static int order_id(struct build *b, struct fx_str *order)
{
	struct fx_buf *json = &b->s->order_id;
	int got;

	fx_buf_reset(json);
	got = fx_expr_json(b->s, b->s->m->order, json);

	/* The expression is a string, so its JSON is one: taken as the text when nothing is
	 * escaped. */
	if (got > 0 && memchr(json->p, '\\', json->n))
		got = fx_scope_fail(b->s, "the order's id holds a quote, a backslash or a control "
		                          "character");
	if (got > 0)
		*order = (struct fx_str){json->p + 1, json->n - 2};
	else if (got == 0)
		fx_scope_fail(b->s, "the order has no id");
	return got > 0 ? 0 : -1;
}

int fx_record_order(struct fx_scope *s, struct fx_str source, struct fx_buf *out,
                    struct fx_import_count *count)
{
	struct build b = {.s = s, .out = out, .identity = &s->identity};
	struct fx_str order = {0};
	uint64_t n[2] = {0}, lines[2] = {0};
	size_t before = out->n;

	if (order_id(&b, &order) == 0)
		for (unsigned i = 0; i < s->m->nevent; i++) {
			const struct fx_event *ev = &s->m->event[i];
			struct fx_iter it;

			fx_iter_begin(&it, s, &ev->each);
			while (fx_iter_next(&it))
				n[!ev->trigger] +=
				    put_event(&b, ev, order, source, &lines[!ev->trigger]) > 0;
		}
	if (out->over)
		fx_scope_fail(s, "the order's records are longer than 64 MiB");
	if (s->nerr > 0) {
		out->n = before;
		return -1;
	}
	count->triggers += n[0];
	count->events += n[1];
	count->lines += lines[0];
	return 0;
}
