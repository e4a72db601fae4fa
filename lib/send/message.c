#include "send/message.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"
#include "base/stream.h"
#include "json/write.h"

#define SLACK_TEXT_MAX 3000
#define GROUP_SHOWN 10
#define PAGERDUTY_SUMMARY_MAX 1024
#define PAGERDUTY_KEY_MAX 255

int fx_message_of(struct fx_message *m, const struct fx_tape *t, struct fx_str record,
		  struct fx_str owner, struct fx_str cause, struct fx_arena *a, struct fx_err *err)
{
	const struct {
		const char *name;
		struct fx_str *to;
	} fields[] = {
	    {"event", &m->event},       {"event_id", &m->event_id},
	    {"source", &m->source},     {"order_id", &m->order_id},
	    {"task_id", &m->task_id},   {"exception_id", &m->exception_id},
	    {"owner_id", &m->owner_id}, {"at", &m->at},
	    {"failure", &m->failure},   {"action", &m->action},
	    {"severity", &m->severity}, {"carrier", &m->carrier},
	};
	char id[FX_ID_LEN + 1];

	*m = (struct fx_message){.record = record, .attempt = 1};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*fields[i].to = fx_tape_get_str(t, 0, fx_str(fields[i].name), a);
	if (owner.n)
		m->owner_id = owner;
	m->cause = cause.n ? cause : m->event_id;
	if (m->event.n == 0 || m->event_id.n == 0)
		return fx_fail(err, FX_EDATA, "no %s: what is sent needs one",
			       m->event.n ? "event_id" : "event");
	if (m->owner_id.n == 0)
		return fx_fail(err, FX_EDATA, "no owner_id: nobody to send it to");
	m->hold = fx_tape_get_str(t, 0, FX_STR("hold"), a).n != 0;
	m->part = fx_str_is(m->event, "task.cancelled") && fx_tape_get(t, 0, FX_STR("lines")) != FX_NONE;
	if (m->task_id.n && fx_str_eq(m->cause, m->event_id) &&
	    (fx_str_is(m->event, "exception.opened") || fx_str_is(m->event, "exception.escalated"))) {
		uint32_t step = fx_tape_get(t, 0, FX_STR("step"));

		m->step = step == FX_NONE ? FX_STR("0") : fx_arena_str(a, fx_tape_raw(t, step));
		m->holder = fx_tape_get_str(t, 0, FX_STR("owner_id"), a);
		m->group = fx_arena_fmt(a, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s", FX_FMT(m->at), FX_FMT(m->event),
					FX_FMT(m->failure), FX_FMT(m->step), FX_FMT(m->holder));
		m->handed = fx_str_eq(fx_tape_get_str(t, 0, FX_STR("to"), a), m->owner_id);
	}
	/* One step may ask for several records: its own, and exports of tasks. */
	fx_derive_id(id, FX_STR("send"), m->source, m->cause,
		     fx_str_eq(m->cause, m->event_id)
			 ? m->owner_id
			 : fx_arena_fmt(a, "%.*s %.*s", FX_FMT(m->owner_id), FX_FMT(m->event_id)));
	memcpy(m->key, id + 3, FX_KEY_LEN + 1);
	return 0;
}

static void key_of_all(char key[FX_KEY_LEN + 1], const struct fx_message *const *m, size_t n)
{
	struct fx_buf keys = {0};
	char id[FX_ID_LEN + 1];

	for (size_t i = 0; i < n; i++)
		fx_buf_z(&keys, m[i]->key);
	fx_derive_id(id, FX_STR("batch"), FX_STR(""), FX_STR(""), fx_buf_view(&keys));
	memcpy(key, id + 3, FX_KEY_LEN + 1);
	fx_buf_free(&keys);
}

/* At most max bytes of s, cut between code points. */
static struct fx_str cut(struct fx_str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return (struct fx_str){s.p, max};
}

static void member(struct fx_buf *b, const char *name, struct fx_str v)
{
	if (v.n == 0)
		return;
	fx_json_key(b, name);
	fx_json_string(b, v);
}

/* What the records share, and then they themselves, or only which they are. */
static void group_record(struct fx_buf *b, const struct fx_message *const *m, size_t n, bool whole)
{
	fx_buf_byte(b, '{');
	member(b, "event", m[0]->event);
	member(b, "event_id", m[0]->event_id);
	member(b, "at", m[0]->at);
	member(b, "source", m[0]->source);
	member(b, "failure", m[0]->failure);
	fx_json_key(b, "step");
	fx_buf_str(b, m[0]->step);
	member(b, "action", m[0]->action);
	member(b, "owner_id", m[0]->holder);
	fx_json_key(b, "count");
	fx_json_int(b, (int64_t)n);
	fx_json_key(b, "exceptions");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < n; i++) {
		fx_json_sep(b);
		if (whole) {
			fx_buf_str(b, m[i]->record);
			continue;
		}
		fx_buf_byte(b, '{');
		member(b, "event_id", m[i]->event_id);
		member(b, "exception_id", m[i]->exception_id);
		member(b, "task_id", m[i]->task_id);
		member(b, "order_id", m[i]->order_id);
		fx_buf_byte(b, '}');
	}
	fx_buf_z(b, "]}");
}

/* "ORD-1, ORD-2 and 35 more" */
static struct fx_str first_orders(const struct fx_message *const *m, size_t n, struct fx_arena *a)
{
	const size_t shown = n < GROUP_SHOWN ? n : GROUP_SHOWN;
	struct fx_buf b = {0};
	struct fx_str s;

	for (size_t i = 0; i < shown; i++)
		fx_buf_fmt(&b, "%s%.*s", i ? ", " : "", FX_FMT(cut(m[i]->order_id, 100)));
	if (n > shown)
		fx_buf_fmt(&b, " and %zu more", n - shown);
	s = fx_arena_str(a, fx_buf_view(&b));
	fx_buf_free(&b);
	return s;
}

void fx_message_group(struct fx_message *out, const struct fx_message *const *m, size_t n,
		      struct fx_arena *a)
{
	struct fx_buf b = {0};

	group_record(&b, m, n, true);
	if (b.n > FX_BODY_MAX) {
		fx_buf_reset(&b);
		group_record(&b, m, n, false);
	}
	*out = *m[0];
	out->record = fx_arena_str(a, fx_buf_view(&b));
	out->order_id = out->task_id = out->exception_id = (struct fx_str){NULL, 0};
	out->count = n;
	out->listed = first_orders(m, n, a);
	key_of_all(out->key, m, n);
	fx_buf_free(&b);
}

void fx_message_summary(const struct fx_message *m, struct fx_buf *out)
{
	if (m->count)
		fx_buf_fmt(out, "%.*s on %zu tasks", FX_FMT(m->failure), m->count);
	else if (m->failure.n && m->order_id.n)
		fx_buf_fmt(out, "%.*s on order %.*s", FX_FMT(m->failure), FX_FMT(m->order_id));
	else if (m->failure.n && m->carrier.n)
		fx_buf_fmt(out, "%.*s (%.*s)", FX_FMT(m->failure), FX_FMT(m->carrier));
	else if (m->failure.n)
		fx_buf_str(out, m->failure);
	else
		fx_buf_fmt(out, "%.*s for order %.*s", FX_FMT(m->event), FX_FMT(m->order_id));
	if (m->action.n)
		fx_buf_fmt(out, ": %.*s", FX_FMT(m->action));
	else
		fx_buf_fmt(out, ", owner %.*s", FX_FMT(m->owner_id));
}

/* Slack's mrkdwn wants &, < and > as entities.  At most max bytes of them, none cut in two. */
static void slack_escape(struct fx_buf *out, struct fx_str s, size_t max)
{
	static const struct {
		char c;
		struct fx_str as;
	} entity[] = {{'&', FX_STR_INIT("&amp;")}, {'<', FX_STR_INIT("&lt;")}, {'>', FX_STR_INIT("&gt;")}};
	size_t i = 0;

	while (i < s.n) {
		const unsigned char c = (unsigned char)s.p[i];
		const size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
		struct fx_str as = {s.p + i, n < s.n - i ? n : s.n - i};

		for (size_t k = 0; k < 3; k++)
			if (s.p[i] == entity[k].c)
				as = entity[k].as;
		if (out->n + as.n > max)
			return;
		fx_buf_str(out, as);
		i += n;
	}
}

static void slack(struct fx_buf *b, const struct fx_message *m)
{
	struct fx_buf text = {0}, clean = {0};

	fx_message_summary(m, &text);
	slack_escape(&clean, fx_buf_view(&text), SLACK_TEXT_MAX);
	struct fx_str line = fx_buf_view(&clean);

	fx_buf_z(b, "{");
	fx_json_key(b, "text");
	fx_json_string(b, line);
	fx_json_key(b, "blocks");
	fx_buf_z(b, "[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":");
	fx_json_string(b, line);
	fx_buf_z(b, "}},{\"type\":\"context\",\"elements\":[{\"type\":\"plain_text\",\"text\":");
	fx_buf_reset(&text);
	if (m->count)
		fx_buf_fmt(&text, "orders %.*s", FX_FMT(m->listed));
	else if (m->order_id.n)
		fx_buf_fmt(&text, "order %.*s, task %.*s", FX_FMT(m->order_id), FX_FMT(m->task_id));
	else
		fx_buf_fmt(&text, "exception %.*s", FX_FMT(m->exception_id));
	fx_json_string(b, cut(fx_buf_view(&text), SLACK_TEXT_MAX));
	fx_buf_z(b, "}]}]}");
	fx_buf_free(&text);
	fx_buf_free(&clean);
}

struct fx_str fx_message_incident(const struct fx_message *m)
{
	return cut(m->exception_id.n ? m->exception_id : m->task_id, PAGERDUTY_KEY_MAX);
}

static void pagerduty(struct fx_buf *b, const struct fx_message *m, const struct fx_endpoint *e,
		      bool details)
{
	const char *action = fx_str_is(m->event, "exception.acknowledged") ? "acknowledge"
			     : fx_str_is(m->event, "exception.resolved") ||
				     (fx_str_is(m->event, "task.cancelled") && !m->part)
				 ? "resolve"
				 : "trigger";
	struct fx_buf text = {0};

	fx_message_summary(m, &text);
	fx_buf_z(b, "{");
	fx_json_key(b, "routing_key");
	fx_json_string(b, e->secret);
	fx_json_key(b, "event_action");
	fx_json_z(b, action);
	fx_json_key(b, "dedup_key");
	fx_json_string(b, fx_message_incident(m));
	if (strcmp(action, "trigger") == 0) {
		fx_json_key(b, "payload");
		fx_buf_byte(b, '{');
		fx_json_key(b, "summary");
		fx_json_string(b, cut(fx_buf_view(&text), PAGERDUTY_SUMMARY_MAX));
		fx_json_key(b, "source");
		fx_json_string(b, m->source.n ? m->source : FX_STR("fx"));
		fx_json_key(b, "severity");
		fx_json_z(b, fx_str_is(m->severity, "page")     ? "critical"
			     : fx_str_is(m->severity, "ticket") ? "warning"
			     : m->failure.n                      ? "error"
								 : "info");
		member(b, "timestamp", m->at);
		member(b, "component", m->order_id);
		member(b, "class", m->failure);
		if (details) {
			fx_json_key(b, "custom_details");
			fx_buf_str(b, m->record);
		}
		fx_buf_byte(b, '}');
	}
	fx_buf_byte(b, '}');
	fx_buf_free(&text);
}

/* details: with what a receiver can do without when it is too much. */
static void body_of(struct fx_payload *p, const struct fx_message *m, const struct fx_endpoint *e,
		    bool details, struct fx_arena *a)
{
	fx_buf_reset(&p->body);
	switch (e->format) {
	case FX_FORMAT_TASK:
		fx_buf_str(&p->body, m->record);
		break;
	case FX_FORMAT_CLOUDEVENT:
	case FX_FORMAT_CLOUDEVENT_BATCH:
		fx_cloudevent_json(&p->body, m, details, a);
		break;
	case FX_FORMAT_CLOUDEVENT_BINARY:
		if (details)
			fx_buf_str(&p->body, m->record);
		break;
	case FX_FORMAT_SLACK:
		slack(&p->body, m);
		break;
	case FX_FORMAT_PAGERDUTY:
		pagerduty(&p->body, m, e, details);
		break;
	}
}

int fx_webhook_sign(struct fx_buf *out, struct fx_str secret, struct fx_str id,
		    struct fx_str timestamp, struct fx_str body)
{
	const struct fx_str prefix = FX_STR("whsec_");
	unsigned char key[256], mac[EVP_MAX_MD_SIZE];
	struct fx_buf signed_text = {.max = FX_LINE_MAX * 2};
	unsigned len = 0;
	long n;

	if (!fx_str_starts(secret, prefix) || secret.n > 320)
		return -1;
	n = fx_base64_decode(key, (struct fx_str){secret.p + prefix.n, secret.n - prefix.n});
	if (n <= 0)
		return -1;
	fx_buf_str(&signed_text, id);
	fx_buf_byte(&signed_text, '.');
	fx_buf_str(&signed_text, timestamp);
	fx_buf_byte(&signed_text, '.');
	fx_buf_str(&signed_text, body);
	bool good = HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)signed_text.p,
			 signed_text.n, mac, &len) != NULL;

	OPENSSL_cleanse(key, sizeof(key));
	fx_buf_free(&signed_text);
	if (!good)
		return -1;
	fx_buf_z(out, "v1,");
	return fx_base64_add(out, mac, len);
}

void fx_payload_header(struct fx_payload *p, struct fx_str h)
{
	if (p->nheader < FX_PAYLOAD_HEADERS)
		p->header[p->nheader++] = h;
}

static void add_body(struct fx_payload *p, const struct fx_message *m, const struct fx_endpoint *e,
		     struct fx_arena *a)
{
	body_of(p, m, e, true, a);
	if (e->format != FX_FORMAT_TASK && p->body.n > FX_BODY_MAX)
		body_of(p, m, e, false, a);
}

/* The headers that go with a body that is whole. */
static void seal(struct fx_payload *p, const char *key, const struct fx_endpoint *e, fx_time now,
		 struct fx_arena *a)
{
	static const char *const types[] = {
	    [FX_FORMAT_TASK] = "application/json",
	    [FX_FORMAT_CLOUDEVENT] = "application/cloudevents+json",
	    [FX_FORMAT_CLOUDEVENT_BINARY] = "application/json",
	    [FX_FORMAT_CLOUDEVENT_BATCH] = "application/cloudevents-batch+json",
	    [FX_FORMAT_SLACK] = "application/json",
	    [FX_FORMAT_PAGERDUTY] = "application/json",
	};
	struct fx_buf sig = {0};
	struct fx_str stamp = fx_arena_fmt(a, "%lld", (long long)(now / FX_SEC));

	/* Without data there is no datacontenttype; libcurl takes a header without value away. */
	fx_payload_header(p, p->body.n ? fx_arena_fmt(a, "Content-Type: %s", types[e->format])
				       : FX_STR("Content-Type:"));
	fx_payload_header(p, fx_arena_fmt(a, "Idempotency-Key: \"%s\"", key));
	if (e->format != FX_FORMAT_PAGERDUTY && e->secret.n &&
	    fx_webhook_sign(&sig, e->secret, fx_str(key), stamp, fx_buf_view(&p->body)) == 0) {
		fx_payload_header(p, fx_arena_fmt(a, "webhook-id: %s", key));
		fx_payload_header(p, fx_arena_fmt(a, "webhook-timestamp: %s", stamp.p));
		fx_payload_header(p, fx_arena_fmt(a, "webhook-signature: %.*s", FX_FMT(fx_buf_view(&sig))));
	}
	fx_buf_free(&sig);
}

void fx_payload_of(struct fx_payload *p, const struct fx_message *m, const struct fx_endpoint *e,
		   fx_time now, struct fx_arena *a)
{
	if (e->format == FX_FORMAT_CLOUDEVENT_BATCH) {
		fx_payload_batch(p, &m, 1, e, now, a);
		return;
	}
	*p = (struct fx_payload){.body.max = 2 * FX_LINE_MAX};
	add_body(p, m, e, a);
	if (e->format == FX_FORMAT_CLOUDEVENT_BINARY)
		fx_cloudevent_headers(p, m, a);
	seal(p, m->key, e, now, a);
}

size_t fx_payload_batch(struct fx_payload *p, const struct fx_message *const *m, size_t n,
			const struct fx_endpoint *e, fx_time now, struct fx_arena *a)
{
	struct fx_payload one = {.body.max = 2 * FX_LINE_MAX};
	size_t took = 0;

	*p = (struct fx_payload){.body.max = 2 * FX_LINE_MAX};
	fx_buf_byte(&p->body, '[');
	for (; took < n && took < FX_TOGETHER_MAX; took++) {
		add_body(&one, m[took], e, a);
		if (took && p->body.n + one.body.n + 2 > FX_BODY_MAX)
			break;
		fx_json_sep(&p->body);
		fx_buf_str(&p->body, fx_buf_view(&one.body));
	}
	fx_buf_byte(&p->body, ']');
	key_of_all(p->batch, m, took);
	seal(p, p->batch, e, now, a);
	fx_buf_free(&one.body);
	return took;
}

void fx_payload_free(struct fx_payload *p)
{
	fx_buf_free(&p->body);
}
