/* task.assigned: the trigger's own bytes, cut and spliced. */
#include <string.h>

#include "json/write.h"
#include "rules/decider.h"
#include "rules/due.h"

enum fx_top fx_top_of(struct fx_str name)
{
	static const struct {
		struct fx_str name;
		enum fx_top top;
	} known[] = {
	    {{"at", 2}, FX_TOP_AT},
	    {{"sla", 3}, FX_TOP_OWNED},
	    {{"event", 5}, FX_TOP_EVENT},
	    {{"lines", 5}, FX_TOP_LINES},
	    {{"source", 6}, FX_TOP_SOURCE},
	    {{"flow_id", 7}, FX_TOP_OWNED},
	    {{"rule_id", 7}, FX_TOP_OWNED},
	    {{"task_id", 7}, FX_TOP_OWNED},
	    {{"trigger", 7}, FX_TOP_OWNED},
	    {{"event_id", 8}, FX_TOP_EVENT_ID},
	    {{"order_id", 8}, FX_TOP_ORDER_ID},
	    {{"owner_id", 8}, FX_TOP_OWNED},
	    {{"decision", 8}, FX_TOP_OWNED},
	    {{"registry", 8}, FX_TOP_OWNED},
	    {{"caused_by", 9}, FX_TOP_CAUSED_BY},
	    {{"logged_at", 9}, FX_TOP_OWNED},
	    {{"fallback_at", 11}, FX_TOP_OWNED},
	    {{"audit_token", 11}, FX_TOP_OWNED},
	    {{"audit_proof", 11}, FX_TOP_OWNED},
	    {{"rule_version", 12}, FX_TOP_OWNED},
	    {{"fallback_route", 14}, FX_TOP_OWNED},
	    {{"preferred_carrier", 17}, FX_TOP_OWNED},
	};
	/* Where the names of each length begin; of length 0 to 18. */
	static const unsigned char first[] = {0,  0,  0,  1,  2,  2,  4,  5,  9, 14,
	                                      16, 16, 19, 20, 20, 21, 21, 21, 22};

	if (name.n > 17)
		return FX_TOP_OTHER;
	for (size_t i = first[name.n]; i < first[name.n + 1]; i++)
		if (known[i].name.p[0] == name.p[0] && memcmp(known[i].name.p, name.p, name.n) == 0)
			return known[i].top;
	return FX_TOP_OTHER;
}

void fx_time_text(struct fx_time_text *out, fx_time t)
{
	struct fx_buf b = {.p = out->json, .cap = sizeof(out->json)};

	fx_json_time(&b, t);
	out->n = (unsigned char)b.n;
}

static void add_piece(struct fx_decider *d, uint32_t from, uint32_t to, enum fx_top then)
{
	if (d->npieces == d->pieces_cap) {
		d->pieces_cap = d->pieces_cap * 2 + 16;
		d->pieces = fx_realloc(d->pieces, d->pieces_cap, sizeof(*d->pieces));
	}
	d->pieces[d->npieces++] = (struct fx_piece){from, to, then};
}

/* The text from `start`, where a member begins, that goes when the member does. */
static uint32_t behind(const struct fx_tape *t, uint32_t off)
{
	while (t->text[off] != ',' && t->text[off] != '}')
		off++;
	return off;
}

void fx_pieces(struct fx_decider *d)
{
	const struct fx_tape *t = d->tape;
	/* `from`: what is not in a piece yet; `start`: behind the comma before the member. */
	uint32_t from = t->node[0].off, start = from + 1;

	size_t n = 0;

	d->npieces = 0;
	d->any_kept = false;
	for (uint32_t i = 1; i < t->node[0].next; i = t->node[i + 1].next) {
		enum fx_top top = (enum fx_top)d->kind[n++];
		struct fx_str value = fx_tape_raw(t, i + 1);
		uint32_t at = (uint32_t)(value.p - t->text), end = at + (uint32_t)value.n;
		uint32_t sep = behind(t, end);

		if (top < FX_TOP_REPLACED) {
			add_piece(d, from, at, top);
			from = end;
		} else if (top == FX_TOP_OWNED) {
			/* With the comma before it, or, as the first, with the one behind. */
			add_piece(d, from, d->any_kept ? start - 1 : start, FX_TOP_OTHER);
			from = !d->any_kept && t->text[sep] == ',' ? sep + 1 : sep;
			start = sep + 1;
			continue;
		}
		d->any_kept = true;
		start = sep + 1;
	}
	add_piece(d, from, t->node[0].off + t->node[0].len - 1, FX_TOP_OTHER);
}

static void add_name(struct fx_buf *b, struct fx_str name)
{
	if (name.n)
		fx_json_string(b, name);
	else
		fx_buf_z(b, "null");
}

static struct fx_str keep(struct fx_decider *d, struct fx_buf *b)
{
	struct fx_str s = fx_arena_str(&d->arena, fx_buf_view(b));

	fx_buf_reset(b);
	return s;
}

static void init_promises(struct fx_decider *d, const struct fx_rule *rule, struct fx_buf *b)
{
	struct fx_blank *blank = &d->blank[rule->index];

	fx_buf_z(b, ",\"owner_id\":");
	fx_json_string(b, rule->owner->id);
	fx_json_key(b, "flow_id");
	fx_json_string(b, rule->flow);
	fx_json_key(b, "rule_id");
	fx_json_string(b, rule->id);
	fx_json_key(b, "rule_version");
	fx_json_int(b, (int64_t)rule->version);
	fx_json_key(b, "registry");
	fx_json_z(b, d->registry->digest);
	fx_buf_z(b, ",\"sla\":[");
	blank->head = keep(d, b);
	for (size_t i = 0; i < rule->nsla; i++) {
		fx_buf_z(b, i ? ",{\"milestone\":" : "{\"milestone\":");
		fx_json_string(b, rule->sla[i].milestone->id);
		fx_json_key(b, "event");
		fx_json_string(b, rule->sla[i].milestone->event);
		fx_json_key(b, "due");
		blank->sla[i].head = keep(d, b);
	}
	fx_buf_z(b, "],\"fallback_route\":");
	add_name(b, rule->fallback ? rule->fallback->id : FX_STR(""));
	fx_buf_z(b, ",\"fallback_at\":");
	blank->fallback = keep(d, b);
	fx_buf_z(b, ",\"preferred_carrier\":");
	add_name(b, rule->carrier);
	fx_buf_z(b, ",\"decision\":{\"id\":\"");
	blank->tail = keep(d, b);
	blank->start = FX_TIME_NONE;
}

static void init_context(struct fx_decider *d, const struct fx_rule *rule, struct fx_buf *b)
{
	struct fx_blank *blank = &d->blank[rule->index];
	const struct fx_str *path;

	blank->nattr = fx_cel_attrs(rule->when, &path);
	blank->attr = FX_NEWV(&d->arena, struct fx_blank_attr, blank->nattr);
	for (size_t i = 0; i < blank->nattr; i++) {
		struct fx_blank_attr *attr = &blank->attr[i];
		bool below = fx_str_starts(path[i], FX_STR("SKU."));

		if (i)
			fx_buf_byte(b, ',');
		fx_json_string(b, path[i]);
		fx_buf_byte(b, ':');
		attr->key = keep(d, b);
		attr->of_line = below || fx_str_is(path[i], "SKU");
		attr->path = below           ? (struct fx_str){path[i].p + 4, path[i].n - 4}
		             : attr->of_line ? FX_STR("")
		                             : path[i];
	}
}

void fx_blank_init(struct fx_decider *d, const struct fx_rule *rule)
{
	struct fx_blank *blank = &d->blank[rule->index];
	struct fx_buf b = {0};

	blank->reason = rule->canary_weight ? FX_SPLIT
	                : rule->always      ? FX_DEFAULT
	                                    : FX_TARGETING_MATCH;
	fx_buf_z(&b, ",\"reason\":");
	fx_json_z(&b, fx_reason_name(blank->reason));
	blank->why = keep(d, &b);
	init_promises(d, rule, &b);
	init_context(d, rule, &b);
	fx_buf_free(&b);
}

void fx_blank_free(struct fx_blank *blank)
{
	fx_buf_free(&blank->text);
}

void fx_blank_times(struct fx_decider *d, struct fx_assigned *task, fx_time at)
{
	const struct fx_rule *r = task->rule;
	struct fx_blank *blank = &d->blank[r->index];
	struct fx_buf *text = &blank->text;
	bool known = blank->start == at, same = known;

	for (size_t i = 0; i < r->nsla; i++) {
		struct fx_blank_due *due = &blank->sla[i];

		if (!known || r->sla[i].kind == FX_SLA_BY_FIELD) {
			due->due = fx_due_sla(r->owner, &r->sla[i], at, d->tape, task->lines,
			                      task->nlines, &d->scratch);
			same = false;
		}
		task->due[i] = (struct fx_due){&r->sla[i], due->due};
	}
	if (!known)
		blank->fallback_at =
		    r->fallback ? fx_due_after(r->owner, at, r->fallback_after) : FX_TIME_NONE;
	blank->start = at;
	task->fallback_at = blank->fallback_at;
	if (same)
		return;
	fx_buf_reset(text);
	fx_buf_str(text, blank->head);
	for (size_t i = 0; i < r->nsla; i++) {
		fx_buf_str(text, blank->sla[i].head);
		fx_json_time(text, blank->sla[i].due);
		fx_buf_byte(text, '}');
	}
	fx_buf_str(text, blank->fallback);
	fx_json_time(text, blank->fallback_at);
	fx_buf_str(text, blank->tail);
}

struct fx_str fx_value_at(const struct fx_tape *t, uint32_t node, struct fx_str path)
{
	for (bool root = true; path.n > 0; root = false) {
		size_t dot = fx_str_find(path, '.');

		if (node == FX_NONE && !root)
			break;
		node = fx_tape_get(t, node, (struct fx_str){path.p, dot});
		path = dot < path.n ? (struct fx_str){path.p + dot + 1, path.n - dot - 1}
		                    : (struct fx_str){path.p, 0};
		if (node == FX_NONE)
			return FX_STR("null");
	}
	return fx_tape_raw(t, node);
}

/* An attribute of the lines: the value when they agree, else the list of them. */
static void add_line_values(const struct fx_decider *d, const struct fx_assigned *task,
                            struct fx_str path, struct fx_buf *out)
{
	struct fx_str first;
	bool agree = true;

	if (task->nlines == 0) {
		fx_buf_z(out, "null");
		return;
	}
	first = fx_value_at(d->tape, task->lines[0], path);
	for (size_t i = 1; i < task->nlines && agree; i++)
		agree = fx_str_eq(first, fx_value_at(d->tape, task->lines[i], path));
	if (agree) {
		fx_buf_str(out, first);
		return;
	}
	fx_buf_byte(out, '[');
	for (size_t i = 0; i < task->nlines; i++) {
		if (i)
			fx_buf_byte(out, ',');
		fx_buf_str(out, fx_value_at(d->tape, task->lines[i], path));
	}
	fx_buf_byte(out, ']');
}

static void add_context(const struct fx_decider *d, const struct fx_assigned *task,
                        const struct fx_blank *blank, struct fx_buf *out)
{
	fx_buf_z(out, ",\"context\":{");
	for (size_t i = 0; i < blank->nattr; i++) {
		const struct fx_blank_attr *attr = &blank->attr[i];

		fx_buf_str(out, attr->key);
		if (attr->of_line)
			add_line_values(d, task, attr->path, out);
		else
			fx_buf_str(out, fx_value_at(d->tape, 0, attr->path));
	}
	fx_buf_byte(out, '}');
}

static void add_lines(const struct fx_decider *d, const struct fx_assigned *task,
                      struct fx_buf *out)
{
	if (task->nlines == d->nline) {
		fx_buf_str(out, fx_tape_raw(d->tape, d->top[FX_TOP_LINES]));
		return;
	}
	fx_buf_byte(out, '[');
	for (size_t i = 0; i < task->nlines; i++) {
		if (i)
			fx_buf_byte(out, ',');
		fx_buf_str(out, fx_tape_raw(d->tape, task->lines[i]));
	}
	fx_buf_byte(out, ']');
}

static void add_raw(const struct fx_decider *d, enum fx_top top, struct fx_buf *out)
{
	fx_buf_str(out, fx_tape_raw(d->tape, d->top[top]));
}

static void add_caused_by(const struct fx_decider *d, struct fx_buf *out)
{
	fx_buf_byte(out, '[');
	add_raw(d, FX_TOP_EVENT_ID, out);
	fx_buf_byte(out, ']');
}

/* "ORDER/HASH/N", the order's id with its own escapes. */
static void add_task_id(const struct fx_decider *d, const struct fx_decision *dec, size_t i,
                        struct fx_buf *out)
{
	struct fx_str order = fx_tape_raw(d->tape, d->top[FX_TOP_ORDER_ID]);

	fx_buf_add(out, order.p, order.n - 1);
	fx_buf_byte(out, '/');
	fx_buf_add(out, dec->id + 3, 8);
	fx_buf_byte(out, '/');
	fx_json_int(out, (int64_t)i + 1);
	fx_buf_byte(out, '"');
}

static void add_trigger(const struct fx_decider *d, struct fx_buf *out)
{
	fx_buf_z(out, ",\"trigger\":{\"event\":");
	add_raw(d, FX_TOP_EVENT, out);
	fx_buf_z(out, ",\"event_id\":");
	add_raw(d, FX_TOP_EVENT_ID, out);
	fx_buf_z(out, ",\"at\":");
	add_raw(d, FX_TOP_AT, out);
	fx_buf_z(out, ",\"source\":");
	add_raw(d, FX_TOP_SOURCE, out);
	fx_buf_byte(out, '}');
}

static void add_ownership(const struct fx_decider *d, const struct fx_decision *dec, size_t i,
                          struct fx_buf *out)
{
	const struct fx_assigned *task = &dec->tasks[i];
	const struct fx_blank *blank = &d->blank[task->rule->index];

	fx_buf_z(out, "\"task_id\":");
	add_task_id(d, dec, i, out);
	add_trigger(d, out);
	fx_buf_str(out, fx_buf_view(&blank->text));
	fx_buf_add(out, dec->id, FX_ID_LEN);
	fx_buf_z(out, "\",\"digest\":\"");
	fx_buf_add(out, dec->digest, sizeof(dec->digest) - 1);
	fx_buf_z(out, "\",\"tasks\":");
	fx_json_int(out, (int64_t)dec->ntasks);
	fx_buf_str(out, blank->why);
	if (dec->supersedes.n) {
		fx_buf_z(out, ",\"supersedes\":");
		fx_json_string(out, dec->supersedes);
	}
	add_context(d, task, blank, out);
	fx_buf_byte(out, '}');
}

static void add_event_id(const struct fx_decider *d, const struct fx_decision *dec, size_t i,
                         struct fx_buf *out)
{
	char id[FX_ID_LEN + 1], number[FX_ID_LEN + 24];
	struct fx_buf disc = {.p = number, .cap = sizeof(number)};

	fx_buf_add(&disc, dec->id, FX_ID_LEN);
	fx_buf_byte(&disc, '/');
	fx_json_int(&disc, (int64_t)i + 1);
	fx_derive_id(id, FX_STR("task.assigned"), d->source, d->event_id, fx_buf_view(&disc));
	fx_buf_byte(out, '"');
	fx_buf_add(out, id, FX_ID_LEN);
	fx_buf_byte(out, '"');
}

int fx_task_write(struct fx_decider *d, const struct fx_decision *dec, size_t i,
                  struct fx_str origin, struct fx_buf *out)
{
	for (size_t k = 0; k < d->npieces; k++) {
		const struct fx_piece *piece = &d->pieces[k];

		fx_buf_add(out, d->tape->text + piece->from, piece->to - piece->from);
		switch (piece->then) {
		case FX_TOP_EVENT:
			fx_buf_z(out, "\"task.assigned\"");
			break;
		case FX_TOP_EVENT_ID:
			add_event_id(d, dec, i, out);
			break;
		case FX_TOP_AT:
			fx_buf_add(out, d->at_text.json, d->at_text.n);
			break;
		case FX_TOP_SOURCE:
			fx_json_string(out, origin);
			break;
		case FX_TOP_CAUSED_BY:
			add_caused_by(d, out);
			break;
		case FX_TOP_LINES:
			add_lines(d, &dec->tasks[i], out);
			break;
		default:
			break;
		}
	}
	if (d->any_kept)
		fx_buf_byte(out, ',');
	if (d->top[FX_TOP_CAUSED_BY] == FX_NONE) {
		fx_buf_z(out, "\"caused_by\":");
		add_caused_by(d, out);
		fx_buf_byte(out, ',');
	}
	add_ownership(d, dec, i, out);
	return fx_buf_byte(out, '}');
}
