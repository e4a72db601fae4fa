#include "rules/explain.h"

#include <stdio.h>
#include <string.h>

#include "json/write.h"
#include "rules/decider.h"

/* As much of a value as people want to see. */
#define VALUE_MAX 60

static enum fx_cel_verdict test(struct fx_decider *d, const struct fx_cel *e, uint32_t line,
                                struct fx_err *err)
{
	struct fx_cel_input in = {.tape = d->tape, .line = line, .scratch = &d->scratch};

	return fx_cel_test(e, &in, err);
}

static void note_failure(struct fx_trace *out, const struct fx_cel *e, enum fx_cel_verdict v,
                         const struct fx_err *err)
{
	if (out->nfailed++ > 0)
		return;
	out->failed = e;
	out->error = v == FX_CEL_ERROR;
	if (out->error)
		snprintf(out->message, sizeof(out->message), "%.150s", err->msg);
}

void fx_trace_rule(struct fx_decider *d, const struct fx_rule *r, uint32_t line, fx_time at,
                   bool won, struct fx_trace *out)
{
	const struct fx_cel *const *part;
	size_t n = fx_cel_conjuncts(r->when, &part);
	bool by_line = fx_cel_uses_line(r->when);

	*out = (struct fx_trace){.rule = r, .what = won ? FX_TRACE_LATER : FX_TRACE_WON};
	if (!fx_rule_holds(r, at)) {
		out->what = FX_TRACE_WINDOW;
		return;
	}
	if (by_line && line == FX_NONE) {
		out->what = FX_TRACE_NEEDS_LINE;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct fx_err err = {0};
		enum fx_cel_verdict v = test(d, part[i], by_line ? line : FX_NONE, &err);

		if (v != FX_CEL_TRUE)
			note_failure(out, part[i], v, &err);
	}
	out->near_miss = out->nfailed == 1 && n > 1;
	if (out->nfailed > 0) {
		out->what = FX_TRACE_FAILED;
	} else if (!fx_rule_share(r, d->order_id)) {
		out->what = FX_TRACE_CANARY;
		out->bucket = fx_bucket(r->id, d->order_id, FX_CANARY_TOTAL);
	}
}

static struct fx_str attr_value(const struct fx_decider *d, uint32_t line, struct fx_str attr)
{
	if (fx_str_is(attr, "SKU"))
		return fx_value_at(d->tape, line, FX_STR(""));
	if (fx_str_starts(attr, FX_STR("SKU.")))
		return fx_value_at(d->tape, line, (struct fx_str){attr.p + 4, attr.n - 4});
	return fx_value_at(d->tape, 0, attr);
}

/* channel is "web", SKU.type is null */
static void add_values(struct fx_decider *d, const struct fx_cel *e, uint32_t line,
                       struct fx_buf *out)
{
	const struct fx_str *attr;
	size_t n = fx_cel_attrs(e, &attr);

	for (size_t i = 0; i < n; i++) {
		struct fx_str v = attr_value(d, line, attr[i]);

		fx_buf_fmt(out, "%s%.*s is %.*s%s", i ? ", " : "", FX_FMT(attr[i]),
		           (int)(v.n < VALUE_MAX ? v.n : VALUE_MAX), v.p,
		           v.n > VALUE_MAX ? "..." : "");
	}
}

static void add_percent(struct fx_buf *out, uint32_t of_total)
{
	fx_buf_fmt(out, "%u.%03u%%", of_total / 1000, of_total % 1000);
}

static void trace_text(struct fx_decider *d, const struct fx_trace *t, uint32_t line,
                       struct fx_buf *out)
{
	const struct fx_rule *r = t->rule;

	fx_buf_fmt(out, "    %-28.*s v%-3llu ", FX_FMT(r->id), (unsigned long long)r->version);
	switch (t->what) {
	case FX_TRACE_WON:
		fx_buf_fmt(out, "WON: %.*s", FX_FMT(r->source));
		break;
	case FX_TRACE_LATER:
		fx_buf_z(out, "would match too, but comes later");
		break;
	case FX_TRACE_FAILED:
		fx_buf_z(out, t->near_miss ? "near miss, but for: " : "no: ");
		fx_buf_fmt(out, "%.*s (", FX_FMT(fx_cel_source(t->failed)));
		add_values(d, t->failed, line, out);
		if (t->error)
			fx_buf_fmt(out, "; %s", t->message);
		fx_buf_byte(out, ')');
		break;
	case FX_TRACE_WINDOW:
		fx_buf_z(out, "skipped: outside its window");
		break;
	case FX_TRACE_CANARY:
		fx_buf_z(out, "matches, but the order falls at ");
		add_percent(out, t->bucket);
		fx_buf_z(out, ", not below the canary's ");
		add_percent(out, r->canary_weight);
		break;
	case FX_TRACE_NEEDS_LINE:
		fx_buf_z(out, "skipped: it decides lines, and the order has none");
		break;
	}
	fx_buf_byte(out, '\n');
}

static void trace_json(struct fx_decider *d, const struct fx_trace *t, uint32_t line,
                       struct fx_buf *out)
{
	static const char *const names[] = {"won",    "later",  "failed",
	                                    "window", "canary", "needs_line"};

	fx_json_sep(out);
	fx_buf_byte(out, '{');
	fx_json_key(out, "rule_id");
	fx_json_string(out, t->rule->id);
	fx_json_key(out, "rule_version");
	fx_json_int(out, (int64_t)t->rule->version);
	fx_json_key(out, "verdict");
	fx_json_z(out, names[t->what]);
	if (t->what == FX_TRACE_CANARY) {
		fx_json_key(out, "bucket");
		fx_json_int(out, t->bucket);
		fx_json_key(out, "takes_below");
		fx_json_int(out, t->rule->canary_weight);
	}
	if (t->what == FX_TRACE_FAILED) {
		const struct fx_str *attr;
		size_t n = fx_cel_attrs(t->failed, &attr);

		fx_json_key(out, "conjunct");
		fx_json_string(out, fx_cel_source(t->failed));
		fx_json_key(out, "near_miss");
		fx_json_bool(out, t->near_miss);
		if (t->error) {
			fx_json_key(out, "error");
			fx_json_z(out, t->message);
		}
		fx_json_key(out, "values");
		fx_buf_byte(out, '{');
		for (size_t i = 0; i < n; i++) {
			fx_json_sep(out);
			fx_json_string(out, attr[i]);
			fx_buf_byte(out, ':');
			fx_buf_str(out, attr_value(d, line, attr[i]));
		}
		fx_buf_byte(out, '}');
	}
	fx_buf_byte(out, '}');
}

/* The order's ids, and the line's own. */
static void head_json(const struct fx_decider *d, size_t position, uint32_t line,
                      struct fx_buf *out)
{
	fx_buf_z(out, "{\"order_id\":");
	fx_json_string(out, d->order_id);
	fx_json_key(out, "event_id");
	fx_json_string(out, d->event_id);
	fx_json_key(out, "line");
	if (line == FX_NONE) {
		fx_buf_z(out, "null");
	} else {
		fx_json_int(out, (int64_t)position);
		fx_json_key(out, "line_id");
		fx_buf_str(out, fx_value_at(d->tape, line, FX_STR("line_id")));
	}
	fx_json_key(out, "rules");
	fx_buf_byte(out, '[');
}

static void head_text(const struct fx_decider *d, size_t position, uint32_t line,
                      struct fx_buf *out)
{
	if (line == FX_NONE) {
		fx_buf_z(out, "  the order (it has no lines)\n");
		return;
	}
	fx_buf_fmt(out, "  lines[%zu]", position);
	for (size_t i = 0; i < 2; i++) {
		struct fx_str v = fx_value_at(d->tape, line, i ? FX_STR("sku") : FX_STR("line_id"));

		if (!fx_str_is(v, "null"))
			fx_buf_fmt(out, " %.*s", FX_FMT(v));
	}
	fx_buf_byte(out, '\n');
}

static void explain_line(struct fx_decider *d, const struct fx_event_rules *rules, size_t position,
                         fx_time at, bool json, struct fx_buf *out)
{
	uint32_t line = d->nline ? d->line[position] : FX_NONE;
	const struct fx_rule *winner = NULL;
	struct fx_trace t;

	(json ? head_json : head_text)(d, position, line, out);
	for (size_t i = 0; i < rules->n; i++) {
		fx_trace_rule(d, rules->v[i], line, at, winner != NULL, &t);
		if (t.what == FX_TRACE_WON)
			winner = t.rule;
		(json ? trace_json : trace_text)(d, &t, line, out);
	}
	if (json) {
		fx_buf_z(out, "],\"owner_id\":");
		if (winner)
			fx_json_string(out, winner->owner->id);
		else
			fx_buf_z(out, "null");
		fx_buf_z(out, "}\n");
	} else if (winner) {
		fx_buf_fmt(out, "    -> %.*s, %.*s\n", FX_FMT(winner->owner->id),
		           FX_FMT(winner->flow));
	} else {
		fx_buf_z(out, "    -> no rule takes it\n");
	}
}

void fx_explain(struct fx_decider *d, enum fx_decided how, const struct fx_err *why,
                struct fx_str place, bool json, struct fx_buf *out)
{
	struct fx_str event = fx_tape_raw(d->tape, d->top[FX_TOP_EVENT]);
	const struct fx_event_rules *rules = NULL;

	if (how != FX_PASSED)
		rules = fx_map_ptr(&d->by_event,
		                   fx_tape_str(d->tape, d->top[FX_TOP_EVENT], &d->scratch));
	if (d->top[FX_TOP_EVENT] == FX_NONE)
		event = FX_STR("a record without event");
	if (!json)
		fx_buf_fmt(out, "%.*s: %.*s %.*s\n", FX_FMT(place), FX_FMT(event),
		           FX_FMT(how == FX_PASSED ? FX_STR("") : d->order_id));
	if (how == FX_PASSED && !json)
		fx_buf_z(out, "  passes: no rule's on: names it\n");
	if (how == FX_REFUSED && !json)
		fx_buf_fmt(out, "  refused: %s\n", why->msg);
	if (!rules || d->tried_at == FX_TIME_NONE)
		return;
	for (size_t i = 0; i < (d->nline ? d->nline : 1); i++)
		explain_line(d, rules, i, d->tried_at, json, out);
}
