#include "send/attempt.h"

#include "base/digest.h"
#include "json/write.h"

#define FIRST_RETRY (30 * FX_SEC)
#define LONGEST_RETRY FX_HOUR

fx_time fx_retry_at(const struct fx_message *m, const struct fx_outcome *o, fx_time now)
{
	fx_time wait = FIRST_RETRY, asked = o->retry_after;
	unsigned char d[FX_SHA256_LEN];
	const unsigned char n = (unsigned char)m->attempt;
	struct fx_str parts[] = {fx_str(o->batch[0] ? o->batch : m->key), {(const char *)&n, 1}};

	if (o->accepted || o->final)
		return FX_TIME_NONE;
	for (unsigned i = 1; i < m->attempt && wait < LONGEST_RETRY; i++)
		wait *= 2;
	if (wait > LONGEST_RETRY)
		wait = LONGEST_RETRY;
	fx_sha256v(parts, 2, d);
	wait -= wait / 2 * d[0] / 256;
	if (asked > FX_DAY)
		asked = FX_DAY;
	return now + (asked > wait ? asked : wait);
}

void fx_attempt_record(struct fx_buf *out, const struct fx_message *m, const struct fx_endpoint *e,
		       const struct fx_outcome *o, struct fx_str source, fx_time now)
{
	fx_time again = fx_retry_at(m, o, now);
	char id[FX_ID_LEN + 1];

	fx_random_id(id);
	fx_buf_z(out, "{\"event\":\"task.attempted\"");
	fx_json_key(out, "event_id");
	fx_json_z(out, id);
	if (m->order_id.n) {
		fx_json_key(out, "order_id");
		fx_json_string(out, m->order_id);
	}
	fx_json_key(out, "at");
	fx_json_time(out, now);
	fx_json_key(out, "source");
	fx_json_string(out, source);
	fx_json_key(out, "caused_by");
	fx_buf_byte(out, '[');
	fx_json_string(out, m->cause);
	fx_buf_byte(out, ']');
	if (m->exception_id.n) {
		fx_json_key(out, "exception_id");
		fx_json_string(out, m->exception_id);
	}
	if (m->task_id.n) {
		fx_json_key(out, "task_id");
		fx_json_string(out, m->task_id);
	}
	fx_json_key(out, "owner_id");
	fx_json_string(out, m->owner_id);
	fx_json_key(out, "attempt");
	fx_json_int(out, m->attempt);
	fx_json_key(out, "outcome");
	fx_json_z(out, o->accepted ? "accepted" : "failed");
	fx_json_key(out, "endpoint");
	fx_json_string(out, e->shown);
	if (o->status) {
		fx_json_key(out, "status");
		fx_json_int(out, o->status);
	}
	if (o->error[0]) {
		fx_json_key(out, "error");
		fx_json_z(out, o->error);
	}
	fx_json_key(out, "duration_ms");
	fx_json_int(out, o->took / 1000);
	if (again != FX_TIME_NONE) {
		fx_json_key(out, "retry_at");
		fx_json_time(out, again);
	}
	fx_json_key(out, "key");
	fx_json_z(out, m->key);
	/* Who keeps the hold is to hear when it ends. */
	if (m->hold && e->holds) {
		fx_json_key(out, "hold");
		fx_json_z(out, "customer-facing");
	}
	if (e->format == FX_FORMAT_PAGERDUTY) {
		fx_json_key(out, "dedup_key");
		fx_json_string(out, fx_message_incident(m));
	}
	if (o->batch[0]) {
		fx_json_key(out, "batch");
		fx_json_z(out, o->batch);
	}
	fx_buf_byte(out, '}');
}
