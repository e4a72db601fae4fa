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
	size_t id_at, body;
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
	body = b->out->n;
	put_fields(b, ev->fields);
	if (ev->has_lines)
		*lines += put_lines(b, ev);
	if (ev->identity_all) {
		fx_buf_reset(b->identity);
		fx_buf_add(b->identity, b->out->p + body, b->out->n - body);
	}
	if (ev->identity_all || ev->identity_at)
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

	/* The expression is a string, so its JSON is one: taken as the text when nothing is escaped. */
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
