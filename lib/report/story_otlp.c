/*
 * A story as OpenTelemetry spans: OTLP/JSON (opentelemetry-proto trace v1 with the JSON mapping of
 * the OTLP specification: ids in hex, 64-bit numbers as strings, enumerations as numbers).
 *
 *	the order > its tasks > exceptions about them > their steps; an attempt to hand work over
 *	lies under the step or task that it tells of.
 *
 * All ids are derived, so a trace that is made again later replaces itself.  Other entries are
 * events of the span that they concern.
 */
#include <stdlib.h>

#include "base/app.h"
#include "base/digest.h"
#include "json/write.h"
#include "report/story.h"

#define NOT_ONE SIZE_MAX

enum kind { INTERNAL = 1, CLIENT = 3, PRODUCER = 4 };

struct span {
	unsigned char id[8];
	size_t parent, step; /* step: of an exception, the one it is at */
	struct fx_str service, name, error;
	fx_time start, end; /* FX_TIME_NONE: it goes on */
	enum kind kind;
	struct fx_buf attributes, events; /* elements of JSON arrays */
};

struct spans {
	struct fx_story *s;
	struct fx_str origin;
	struct span *v;
	size_t n, cap;
	unsigned char trace[16];
};

/* ---- attributes ---------------------------------------------------------------- */

static void attribute(struct fx_buf *b, const char *key, const char *type)
{
	fx_json_sep(b);
	fx_buf_z(b, "{\"key\":");
	fx_json_z(b, key);
	fx_buf_fmt(b, ",\"value\":{\"%s\":", type);
}

static void text(struct fx_buf *b, const char *key, struct fx_str v)
{
	if (!v.n)
		return;
	attribute(b, key, "stringValue");
	fx_json_string(b, v);
	fx_buf_z(b, "}}");
}

static void word(struct fx_buf *b, const char *key, const struct fx_word *w)
{
	if (w)
		text(b, key, w->s);
}

static void whole(struct fx_buf *b, const char *key, uint64_t v)
{
	attribute(b, key, "intValue");
	fx_buf_fmt(b, "\"%llu\"}}", (unsigned long long)v);
}

static void truth(struct fx_buf *b, const char *key, bool v)
{
	attribute(b, key, "boolValue");
	fx_json_bool(b, v);
	fx_buf_z(b, "}}");
}

/* A time as people and queries want it; spans' own are in nanoseconds. */
static void moment(struct fx_buf *b, const char *key, fx_time t)
{
	char z[FX_TIME_LEN];
	if (t == FX_TIME_NONE || t == INT64_MAX)
		return;
	fx_time_format(t, z);
	text(b, key, fx_str(z));
}

static void nanoseconds(struct fx_buf *b, const char *key, fx_time t)
{
	fx_json_key(b, key);
	fx_buf_fmt(b, "\"%lld%s\"", t > 0 ? (long long)t : 0, t > 0 ? "000" : "");
}

/* ---- spans --------------------------------------------------------------------- */

/* SHA-256 over what makes it unique: the ledger, the order, what it is of and that one's id. */
static void derive(const struct spans *o, const char *what, struct fx_str id, unsigned char *out,
                   size_t n)
{
	const struct fx_str nul = {"", 1};
	const struct fx_str part[] = {FX_STR("otlp"), nul, o->origin, nul, o->s->order_id, nul,
	                              fx_str(what),   nul, id};
	unsigned char digest[FX_SHA256_LEN];
	fx_sha256v(part, sizeof(part) / sizeof(*part), digest);
	memcpy(out, digest, n);
}

static size_t find(const struct spans *o, const char *what, struct fx_str id)
{
	unsigned char want[8];
	derive(o, what, id, want, sizeof(want));
	for (size_t i = 0; id.n && i < o->n; i++)
		if (memcmp(o->v[i].id, want, sizeof(want)) == 0)
			return i;
	return NOT_ONE;
}

/* id: of the task, exception or entry; with `what` it is unique in the order. */
static struct span *add(struct spans *o, size_t parent, const char *what, struct fx_str id,
                        struct fx_str service, struct fx_str name, fx_time start)
{
	if (o->n == o->cap) {
		o->cap = o->cap ? o->cap * 2 : 16;
		o->v = fx_realloc(o->v, o->cap, sizeof(*o->v));
	}
	struct span *p = &o->v[o->n++];
	*p = (struct span){.parent = parent,
	                   .step = NOT_ONE,
	                   .service = service.n ? service : FX_STR("fx"),
	                   .name = name,
	                   .kind = INTERNAL,
	                   .start = start,
	                   .end = FX_TIME_NONE};
	derive(o, what, id, p->id, sizeof(p->id));
	return p;
}

static void add_task(struct spans *o, const struct fx_task *t)
{
	struct fx_str flow = t->flow ? t->flow->s : FX_STR("");
	struct span *p =
	    add(o, 0, "task", t->id, t->owner->s,
	        fx_arena_fmt(&o->s->arena, "task %.*s", FX_FMT(flow)), t->assigned->at);
	p->end = t->closed;
	text(&p->attributes, "fx.task.id", t->id);
	text(&p->attributes, "fx.task.state", fx_str(fx_state_name(t->state)));
	word(&p->attributes, "fx.owner.id", t->owner);
	word(&p->attributes, "fx.flow.id", t->flow);
	word(&p->attributes, "fx.rule.id", t->rule);
	whole(&p->attributes, "fx.rule.version", t->rule_version);
	text(&p->attributes, "fx.rule.maintainer", fx_story_maintainer(o->s, t));
	word(&p->attributes, "fx.fallback.route", t->fallback);
	moment(&p->attributes, "fx.fallback.at", t->fallback_at);
	for (uint32_t i = 0; i < t->npromises; i++) {
		const struct fx_promise *m = &t->promises[i];
		if (m->milestone)
			moment(&p->attributes,
			       fx_arena_fmt(&o->s->arena, "fx.due.%.*s", FX_FMT(m->milestone->s)).p,
			       fx_due_of(&o->s->clock, t, m));
	}
}

/* ---- entries ------------------------------------------------------------------- */

static struct fx_str member(struct spans *o, const struct fx_told *e, const char *name)
{
	return fx_told_member(o->s, e, name);
}

/* The decision, in OpenFeature's words (semantic conventions, feature_flag.*). */
static void decision(struct spans *o, const struct fx_told *e, struct fx_buf *b)
{
	uint32_t d = fx_tape_get(&e->tape, 0, FX_STR("decision"));
	struct fx_str reason = {NULL, 0};
	if (d != FX_NONE)
		reason = fx_tape_get_str(&e->tape, d, FX_STR("reason"), &o->s->arena);
	reason = fx_arena_str(&o->s->arena, reason);
	for (size_t i = 0; i < reason.n; i++)
		if (reason.p[i] >= 'A' && reason.p[i] <= 'Z')
			((char *)reason.p)[i] = (char)(reason.p[i] + ('a' - 'A'));
	text(b, "feature_flag.key", member(o, e, "rule_id"));
	text(b, "feature_flag.result.variant", member(o, e, "rule_version"));
	text(b, "feature_flag.result.reason", reason);
	text(b, "feature_flag.version", member(o, e, "registry"));
	text(b, "feature_flag.context.id", o->s->order_id);
}

/* The ids of the events that led to it. */
static void causes(struct spans *o, const struct fx_told *e, struct fx_buf *b)
{
	const struct fx_tape *t = &e->tape;
	uint32_t c = fx_tape_get(t, 0, FX_STR("caused_by"));
	if (c == FX_NONE || fx_tape_type(t, c) != FX_ARRAY || !t->node[c].count)
		return;
	attribute(b, "fx.caused_by", "arrayValue");
	fx_buf_z(b, "{\"values\":[");
	for (uint32_t i = c + 1; i < t->node[c].next; i = fx_tape_next(t, i)) {
		if (fx_tape_type(t, i) != FX_STRING)
			continue;
		fx_json_sep(b);
		fx_buf_z(b, "{\"stringValue\":");
		fx_json_string(b, fx_tape_str(t, i, &o->s->arena));
		fx_buf_byte(b, '}');
	}
	fx_buf_z(b, "]}}}");
}

/* What an entry is, and where it stands in the ledger; no customer's data. */
static void attributes(struct spans *o, const struct fx_told *e, struct fx_buf *b)
{
	struct fx_str type = member(o, e, "event");
	text(b, "cloudevents.event_type", type);
	text(b, "cloudevents.event_id", member(o, e, "event_id"));
	text(b, "cloudevents.event_source", member(o, e, "source"));
	causes(o, e, b);
	text(b, "fx.failure", member(o, e, "failure"));
	text(b, "fx.audit_token", e->token);
	if (e->vouched != FX_TOLD_UNCHECKED)
		truth(b, "fx.verified", e->vouched == FX_TOLD_VOUCHED);
	if (fx_str_is(type, "task.assigned"))
		decision(o, e, b);
}

static void event(struct spans *o, size_t span, const struct fx_told *e)
{
	struct fx_buf *b = &o->v[span].events;
	fx_json_sep(b);
	fx_buf_byte(b, '{');
	nanoseconds(b, "timeUnixNano", e->at);
	fx_json_key(b, "name");
	fx_json_string(b, member(o, e, "event"));
	fx_json_key(b, "attributes");
	fx_buf_byte(b, '[');
	attributes(o, e, b);
	fx_buf_z(b, "]}");
}

/* Two systems may both call something 17. */
static struct fx_str entry_id(struct spans *o, const struct fx_told *e)
{
	struct fx_str source = member(o, e, "source"), id = member(o, e, "event_id");
	return fx_arena_fmt(&o->s->arena, "%.*s\n%.*s", FX_FMT(source), FX_FMT(id));
}

static void step(struct spans *o, size_t exception, const struct fx_told *e)
{
	struct fx_str number = member(o, e, "step");
	struct span *p = add(o, exception, "step", entry_id(o, e), member(o, e, "owner_id"),
	                     fx_arena_fmt(&o->s->arena, "step %.*s", FX_FMT(number)), e->at);
	uint64_t n;
	if (fx_str_u64(number, &n) == 0)
		whole(&p->attributes, "fx.step", n);
	text(&p->attributes, "fx.action", member(o, e, "action"));
	text(&p->attributes, "fx.owner.id", member(o, e, "owner_id"));
	text(&p->attributes, "fx.step.due", member(o, e, "due"));
	text(&p->attributes, "fx.hold", member(o, e, "hold"));
	attributes(o, e, &p->attributes);
	o->v[exception].step = o->n - 1;
}

static void exception(struct spans *o, const struct fx_told *e, struct fx_str type)
{
	struct fx_str id = member(o, e, "exception_id");
	size_t x = find(o, "exception", id);
	if (fx_str_is(type, "exception.opened") && id.n && x == NOT_ONE) {
		size_t task = find(o, "task", member(o, e, "task_id"));
		struct fx_str failure = member(o, e, "failure");
		struct span *p =
		    add(o, task == NOT_ONE ? 0 : task, "exception", id, member(o, e, "owner_id"),
		        fx_arena_fmt(&o->s->arena, "exception %.*s", FX_FMT(failure)), e->at);
		p->error = failure;
		text(&p->attributes, "error.type", failure);
		text(&p->attributes, "fx.exception.id", id);
		step(o, o->n - 1, e);
		return;
	}
	if (x == NOT_ONE) { /* about one that no entry opened */
		event(o, 0, e);
		return;
	}
	struct span *now = o->v[x].step == NOT_ONE ? NULL : &o->v[o->v[x].step];
	bool resolved = fx_str_is(type, "exception.resolved");
	if (now && now->end == FX_TIME_NONE && (resolved || fx_str_is(type, "exception.escalated")))
		now->end = e->at;
	if (fx_str_is(type, "exception.escalated")) {
		step(o, x, e);
		return;
	}
	if (resolved)
		o->v[x].end = e->at;
	event(o, x, e);
}

/* fx-send at an endpoint: at is when it had an answer. */
static void attempt(struct spans *o, const struct fx_told *e)
{
	struct fx_str endpoint = member(o, e, "endpoint"), status = member(o, e, "status");
	size_t x = find(o, "exception", member(o, e, "exception_id"));
	size_t under = x == NOT_ONE ? find(o, "task", member(o, e, "task_id")) : o->v[x].step;
	uint64_t ms = 0, n;
	fx_str_u64(member(o, e, "duration_ms"), &ms);
	struct span *p =
	    add(o, under == NOT_ONE ? 0 : under, "attempt", entry_id(o, e), FX_STR("fx"),
	        FX_STR("send"), e->at - (ms < 86400000 ? (fx_time)ms * 1000 : 0));
	bool http = fx_str_starts(endpoint, FX_STR("http"));
	p->end = e->at;
	p->kind = http ? CLIENT : PRODUCER;
	text(&p->attributes, http ? "url.full" : "fx.endpoint", endpoint);
	if (http && fx_str_u64(status, &n) == 0)
		whole(&p->attributes, "http.response.status_code", n);
	if (fx_str_u64(member(o, e, "attempt"), &n) == 0 && n > 1)
		whole(&p->attributes, "http.request.resend_count", n - 1);
	text(&p->attributes, "peer.service", member(o, e, "owner_id"));
	text(&p->attributes, "fx.owner.id", member(o, e, "owner_id"));
	if (fx_str_is(member(o, e, "outcome"), "failed")) {
		p->error = member(o, e, "error");
		text(&p->attributes, "error.type", status.n ? status : FX_STR("_OTHER"));
	}
	attributes(o, e, &p->attributes);
}

static void entry(struct spans *o, const struct fx_told *e)
{
	struct fx_str type = member(o, e, "event");
	size_t task;
	if (fx_str_starts(type, FX_STR("exception.")))
		exception(o, e, type);
	else if (fx_str_is(type, "task.attempted"))
		attempt(o, e);
	else {
		task = find(o, "task", member(o, e, "task_id"));
		event(o, task == NOT_ONE ? 0 : task, e);
	}
}

/* ---- the whole ------------------------------------------------------------------- */

/* The ledger that holds it: of a token, what is before "/INDEX#HASH". */
static struct fx_str origin_of(const struct fx_story *s)
{
	for (size_t i = 0; i < s->ntold; i++) {
		struct fx_str t = s->told[i].token;
		while (t.n && t.p[t.n - 1] != '/')
			t.n--;
		if (t.n)
			return (struct fx_str){t.p, t.n - 1};
	}
	return FX_STR("");
}

static fx_time first_of(const struct fx_story *s)
{
	for (size_t i = 0; i < s->ntold; i++)
		if (s->told[i].at != FX_TIME_NONE)
			return s->told[i].at < s->now ? s->told[i].at : s->now;
	return s->now;
}

/* The order spans all that is under it. */
static void order(struct spans *o)
{
	const struct fx_story *s = o->s;
	struct span *root = &o->v[0];
	bool open = !s->order || !s->order->tasks;
	for (size_t i = 1; i < o->n; i++) {
		open |= o->v[i].end == FX_TIME_NONE;
		if (o->v[i].start < root->start)
			root->start = o->v[i].start;
		if (o->v[i].end > root->end)
			root->end = o->v[i].end;
	}
	for (size_t i = 0; i < s->ntold && s->told[i].at <= s->now; i++)
		if (s->told[i].at > root->end)
			root->end = s->told[i].at;
	if (open)
		root->end = FX_TIME_NONE;
}

static void write_span(const struct spans *o, const struct span *p, struct fx_buf *b)
{
	char trace[2 * sizeof(o->trace) + 1], id[2 * sizeof(p->id) + 1];
	fx_hex(trace, o->trace, sizeof(o->trace));
	fx_hex(id, p->id, sizeof(p->id));
	fx_json_sep(b);
	fx_buf_fmt(b, "{\"traceId\":\"%s\",\"spanId\":\"%s\"", trace, id);
	if (p->parent != NOT_ONE) {
		fx_hex(id, o->v[p->parent].id, sizeof(p->id));
		fx_buf_fmt(b, ",\"parentSpanId\":\"%s\"", id);
	}
	fx_json_key(b, "name");
	fx_json_string(b, p->name);
	fx_json_key(b, "kind");
	fx_json_int(b, p->kind);
	fx_time end = p->end == FX_TIME_NONE ? o->s->now : p->end;
	nanoseconds(b, "startTimeUnixNano", p->start);
	nanoseconds(b, "endTimeUnixNano", end < p->start ? p->start : end);
	fx_json_key(b, "attributes");
	fx_buf_byte(b, '[');
	fx_buf_str(b, fx_buf_view(&p->attributes));
	text(b, "fx.order.id", o->s->order_id);
	if (p->end == FX_TIME_NONE)
		truth(b, "fx.open", true);
	fx_buf_z(b, "],\"events\":[");
	fx_buf_str(b, fx_buf_view(&p->events));
	fx_buf_z(b, "]");
	if (p->error.p) {
		fx_buf_z(b, ",\"status\":{\"code\":2,\"message\":");
		fx_json_string(b, p->error);
		fx_buf_byte(b, '}');
	}
	fx_buf_byte(b, '}');
}

/* A resource for each owner, so that viewers colour by who has the work. */
static void write_service(const struct spans *o, size_t first, struct fx_buf *b)
{
	struct fx_str service = o->v[first].service;
	for (size_t i = 0; i < first; i++)
		if (fx_str_eq(o->v[i].service, service))
			return;
	fx_json_sep(b);
	fx_buf_z(b, "{\"resource\":{\"attributes\":[");
	text(b, "service.name", service);
	text(b, "service.namespace", o->origin);
	fx_buf_z(b, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"fx-trace\",\"version\":\"" FX_VERSION
	            "\"},\"spans\":[");
	for (size_t i = first; i < o->n; i++)
		if (fx_str_eq(o->v[i].service, service))
			write_span(o, &o->v[i], b);
	fx_buf_z(b, "]}]}");
}

void fx_story_otlp(struct fx_story *s, struct fx_buf *b)
{
	struct spans o = {.s = s, .origin = origin_of(s)};
	struct fx_buf sentence = {0};
	derive(&o, "trace", FX_STR(""), o.trace, sizeof(o.trace));
	struct span *root =
	    add(&o, NOT_ONE, "order", FX_STR(""), FX_STR("fx"), FX_STR("order"), first_of(s));
	fx_story_sentence(s, &sentence);
	text(&root->attributes, "fx.sentence", fx_buf_view(&sentence));
	for (const struct fx_task *t = s->order ? s->order->tasks : NULL; t; t = t->next)
		if (t->state != FX_WAITING)
			add_task(&o, t);
	for (size_t i = 0; i < s->ntold && s->told[i].at <= s->now; i++)
		if (s->told[i].at != FX_TIME_NONE)
			entry(&o, &s->told[i]);
	order(&o);
	for (size_t i = 0; i < o.n; i++)
		write_service(&o, i, b);
	for (size_t i = 0; i < o.n; i++) {
		fx_buf_free(&o.v[i].attributes);
		fx_buf_free(&o.v[i].events);
	}
	free(o.v);
	fx_buf_free(&sentence);
}
