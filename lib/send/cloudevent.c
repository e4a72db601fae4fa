/*
 * CloudEvents 1.0: the JSON event format (structured and batched mode) and the HTTP
 * binding's binary mode.
 */
#include "json/write.h"
#include "send/message.h"

struct attribute {
	const char *name; /* a-z and 0-9 only */
	struct fx_str v;  /* empty: absent */
};

#define ATTRIBUTES 8

/* Bytes that are no printable ASCII, a space, and those of `also` percent-encoded. */
static struct fx_str encode(struct fx_str s, struct fx_str also, struct fx_arena *a)
{
	struct fx_buf b = {.max = 65536};

	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];

		if (c <= 32 || c >= 127 || fx_str_find(also, s.p[i]) < also.n)
			fx_buf_fmt(&b, "%%%02X", c);
		else
			fx_buf_byte(&b, s.p[i]);
	}
	s = fx_arena_str(a, fx_buf_view(&b));
	fx_buf_free(&b);
	return s;
}

/* What cannot stand in a URI reference (RFC 3986), which a source is. */
static struct fx_str reference(struct fx_str s, struct fx_arena *a)
{
	return encode(s, FX_STR("\"<>\\^`{|}"), a);
}

static void attributes(const struct fx_message *m, struct attribute v[ATTRIBUTES], struct fx_arena *a)
{
	fx_time at;
	const bool timed = fx_time_parse(m->at, &at) == 0;

	v[0] = (struct attribute){"specversion", FX_STR("1.0")};
	/* An export that is sent again is another event than the step that asked for it. */
	v[1] = (struct attribute){"id", fx_str_eq(m->cause, m->event_id) ? m->event_id : fx_str(m->key)};
	v[2] = (struct attribute){"source", m->source.n ? reference(m->source, a) : FX_STR("fx")};
	v[3] = (struct attribute){"type", m->event};
	v[4] = (struct attribute){"subject", m->order_id};
	v[5] = (struct attribute){"time", timed ? m->at : (struct fx_str){0}};
	v[6] = (struct attribute){"ownerid", m->owner_id};
	v[7] = (struct attribute){"taskid", m->task_id};
}

void fx_cloudevent_json(struct fx_buf *b, const struct fx_message *m, bool data, struct fx_arena *a)
{
	struct attribute v[ATTRIBUTES];

	attributes(m, v, a);
	fx_buf_byte(b, '{');
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (v[i].v.n == 0)
			continue;
		fx_json_key(b, v[i].name);
		fx_json_string(b, v[i].v);
	}
	if (data) {
		fx_json_key(b, "datacontenttype");
		fx_json_z(b, "application/json");
		fx_json_key(b, "data");
		fx_buf_str(b, m->record);
	}
	fx_buf_byte(b, '}');
}

void fx_cloudevent_headers(struct fx_payload *p, const struct fx_message *m, struct fx_arena *a)
{
	struct attribute v[ATTRIBUTES];

	attributes(m, v, a);
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (v[i].v.n)
			fx_payload_header(p, fx_arena_fmt(a, "ce-%s: %s", v[i].name,
							  encode(v[i].v, FX_STR("\"%"), a).p));
}
