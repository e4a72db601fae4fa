/* Messages, formats, signatures, retry times: against published examples and by hand. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "send/attempt.h"
#include "send/lane.h"

static struct fx_arena arena;

static struct fx_message message(const char *record, struct fx_tape *t)
{
	struct fx_message m;
	struct fx_err err;

	ck_assert_int_eq(fx_tape_read(t, fx_str(record), &err), 0);
	ck_assert_int_eq(fx_message_of(&m, t, fx_str(record), (struct fx_str){0},
				       (struct fx_str){0}, &arena, &err),
			 0);
	return m;
}

static const char RECORD[] =
    "{\"event\":\"exception.opened\",\"event_id\":\"fx:abc\",\"source\":\"shop.example\","
    "\"order_id\":\"ORD-77\",\"task_id\":\"ORD-77/k/1\",\"exception_id\":\"X-1\","
    "\"owner_id\":\"ops-team\",\"at\":\"2026-11-20T19:03:11Z\",\"failure\":\"vendor-no-confirmation\","
    "\"action\":\"re-route to <ops-team> & co\"}";

START_TEST(standard_webhooks_example)
{
	/* The reference libraries' example (standard-webhooks). */
	struct fx_buf sig = {0};

	ck_assert_int_eq(fx_webhook_sign(&sig, FX_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
					 FX_STR("msg_p5jXN8AQM9LWM0D4loKWxJek"),
					 FX_STR("1614265330"), FX_STR("{\"test\": 2432232314}")),
			 0);
	ck_assert(fx_str_is(fx_buf_view(&sig), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
	ck_assert_int_eq(fx_webhook_sign(&sig, FX_STR("plain"), FX_STR("a"), FX_STR("1"), FX_STR("")), -1);
	ck_assert_int_eq(fx_webhook_sign(&sig, FX_STR("whsec_!!"), FX_STR("a"), FX_STR("1"), FX_STR("")), -1);
	fx_buf_free(&sig);
}
END_TEST

static json_t *body_as(enum fx_format f, const char *record, struct fx_payload *p)
{
	struct fx_tape t = {0};
	struct fx_endpoint e = {.kind = FX_TO_HTTP, .format = f, .secret = FX_STR("R0UT1NG")};
	struct fx_message m = message(record, &t);
	json_t *j;

	fx_payload_of(p, &m, &e, 1614265330 * FX_SEC, &arena);
	j = json_loadb(p->body.p, p->body.n, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(j);
	fx_tape_free(&t);
	return j;
}

static const char *str(json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

static const char *header(const struct fx_payload *p, const char *name)
{
	size_t n = strlen(name);

	for (unsigned i = 0; i < p->nheader; i++)
		if (strncasecmp(p->header[i].p, name, n) == 0 && p->header[i].p[n] == ':')
			return p->header[i].p + n + 1 + strspn(p->header[i].p + n + 1, " ");
	return NULL;
}

START_TEST(cloudevents_structured)
{
	struct fx_payload p;
	json_t *j = body_as(FX_FORMAT_CLOUDEVENT, RECORD, &p);
	const char *k;
	json_t *v;

	ck_assert_str_eq(header(&p, "content-type"), "application/cloudevents+json");
	ck_assert_str_eq(str(j, "specversion"), "1.0");
	ck_assert_str_eq(str(j, "id"), "fx:abc");
	ck_assert_str_eq(str(j, "source"), "shop.example");
	ck_assert_str_eq(str(j, "type"), "exception.opened");
	ck_assert_str_eq(str(json_object_get(j, "data"), "task_id"), "ORD-77/k/1");
	/* attribute names are lower-case letters and digits only */
	json_object_foreach(j, k, v)
		ck_assert_uint_eq(strspn(k, "abcdefghijklmnopqrstuvwxyz0123456789"), strlen(k));
	json_decref(j);
	fx_payload_free(&p);
}
END_TEST

/* HTTP binding, 3.1: attributes are ce- headers, the Content-Type is the data's; and its example
 * of percent-encoding. */
START_TEST(cloudevents_binary)
{
	static const char record[] = "{\"event\":\"task.assigned\",\"event_id\":\"50% \\\"x\\\"\","
				     "\"source\":\"shop\",\"order_id\":\"Euro \xe2\x82\xac \xf0\x9f\x98\x80\","
				     "\"owner_id\":\"o\",\"at\":\"2026-11-20T19:03:11Z\"}";
	struct fx_payload p;
	json_t *j = body_as(FX_FORMAT_CLOUDEVENT_BINARY, record, &p);

	ck_assert(fx_str_is(fx_buf_view(&p.body), record));
	ck_assert_str_eq(header(&p, "content-type"), "application/json");
	ck_assert_ptr_null(header(&p, "ce-datacontenttype"));
	ck_assert_str_eq(header(&p, "ce-specversion"), "1.0");
	ck_assert_str_eq(header(&p, "ce-type"), "task.assigned");
	ck_assert_str_eq(header(&p, "ce-source"), "shop");
	ck_assert_str_eq(header(&p, "ce-time"), "2026-11-20T19:03:11Z");
	ck_assert_str_eq(header(&p, "ce-id"), "50%25%20%22x%22");
	ck_assert_str_eq(header(&p, "ce-subject"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
	ck_assert_ptr_null(header(&p, "ce-taskid"));
	json_decref(j);
	fx_payload_free(&p);
}
END_TEST

START_TEST(cloudevents_batch)
{
	struct fx_endpoint e = {.kind = FX_TO_HTTP, .format = FX_FORMAT_CLOUDEVENT_BATCH};
	static char record[300][200];
	static struct fx_message m[300];
	const struct fx_message *v[300];
	struct fx_tape t = {0};
	struct fx_payload p, q;
	json_t *j;

	for (int i = 0; i < 300; i++) {
		snprintf(record[i], sizeof(record[i]), "{\"event\":\"task.assigned\",\"event_id\":\"e%d\","
						       "\"source\":\"s\",\"owner_id\":\"o\"}", i);
		m[i] = message(record[i], &t);
		v[i] = &m[i];
	}
	ck_assert_uint_eq(fx_payload_batch(&p, v, 300, &e, 0, &arena), FX_TOGETHER_MAX);
	ck_assert_str_eq(header(&p, "content-type"), "application/cloudevents-batch+json");
	j = json_loadb(p.body.p, p.body.n, 0, NULL);
	ck_assert_uint_eq(json_array_size(j), FX_TOGETHER_MAX);
	for (size_t i = 0; i < FX_TOGETHER_MAX; i++) {
		ck_assert_str_eq(str(json_array_get(j, i), "specversion"), "1.0");
		ck_assert_str_eq(str(json_object_get(json_array_get(j, i), "data"), "event_id"),
				 str(json_array_get(j, i), "id"));
	}
	json_decref(j);
	/* the same messages, the same key; others, another */
	fx_payload_batch(&q, v, 100, &e, 0, &arena);
	ck_assert_str_eq(p.batch, q.batch);
	fx_payload_free(&q);
	fx_payload_batch(&q, v + 1, 100, &e, 0, &arena);
	ck_assert_str_ne(p.batch, q.batch);
	ck_assert_str_eq(header(&q, "idempotency-key"), fx_arena_fmt(&arena, "\"%s\"", q.batch).p);
	fx_payload_free(&p);
	fx_payload_free(&q);
	fx_tape_free(&t);
}
END_TEST

/* Large records go in several batches, and none of them is lost. */
START_TEST(cloudevents_batch_bytes)
{
	struct fx_endpoint e = {.kind = FX_TO_HTTP, .format = FX_FORMAT_CLOUDEVENT_BATCH};
	const struct fx_message *v[5];
	struct fx_message m[5];
	struct fx_tape t = {0};
	struct fx_payload p;
	size_t n = 200000, went;

	for (int i = 0; i < 5; i++) {
		char *r = fx_arena_alloc(&arena, n + 200);
		int at = snprintf(r, 200, "{\"event\":\"x\",\"event_id\":\"e%d\",\"owner_id\":\"o\",\"pad\":\"", i);

		memset(r + at, 'x', n);
		memcpy(r + (size_t)at + n, "\"}", 3);
		m[i] = message(r, &t);
		v[i] = &m[i];
	}
	for (size_t i = 0; i < 5; i += went) {
		went = fx_payload_batch(&p, v + i, 5 - i, &e, 0, &arena);
		ck_assert_uint_eq(went, i < 4 ? 2 : 1);
		ck_assert_uint_le(p.body.n, FX_BODY_MAX);
		fx_payload_free(&p);
	}
	fx_tape_free(&t);
}
END_TEST

START_TEST(pagerduty_events_v2)
{
	struct fx_payload p;
	json_t *j = body_as(FX_FORMAT_PAGERDUTY, RECORD, &p), *pl;

	ck_assert_str_eq(str(j, "routing_key"), "R0UT1NG");
	ck_assert_str_eq(str(j, "event_action"), "trigger");
	ck_assert_str_eq(str(j, "dedup_key"), "X-1");
	pl = json_object_get(j, "payload");
	ck_assert_str_eq(str(pl, "severity"), "error");
	ck_assert_ptr_nonnull(str(pl, "summary"));
	ck_assert_ptr_nonnull(str(pl, "source"));
	json_decref(j);
	fx_payload_free(&p);
}
END_TEST

START_TEST(whom_a_failure_is_about)
{
	struct fx_payload p;
	json_t *j = body_as(FX_FORMAT_SLACK,
			    "{\"event\":\"exception.escalated\",\"event_id\":\"e\",\"exception_id\":\"X\","
			    "\"owner_id\":\"desk\",\"failure\":\"carrier-down\",\"carrier\":\"dhl\","
			    "\"action\":\"route to desk\"}",
			    &p);

	ck_assert_str_eq(str(j, "text"), "carrier-down (dhl): route to desk");
	json_decref(j);
	fx_payload_free(&p);
}
END_TEST

/* A record of over 512,000 bytes loses its details, not its meaning. */
START_TEST(large_bodies)
{
	size_t n = 600000;
	char *big = fx_arena_alloc(&arena, n + 400);
	struct fx_payload p;
	json_t *j;

	snprintf(big, 400, "{\"event\":\"exception.opened\",\"event_id\":\"e\",\"order_id\":\"O\","
			   "\"exception_id\":\"X-1\",\"owner_id\":\"o\",\"failure\":\"f\",\"pad\":\"");
	size_t at = strlen(big);

	memset(big + at, 'x', n);
	memcpy(big + at + n, "\"}", 3);
	for (int f = FX_FORMAT_CLOUDEVENT; f <= FX_FORMAT_PAGERDUTY; f++) {
		if (f == FX_FORMAT_CLOUDEVENT_BINARY) /* its attributes are headers, its body is empty */
			continue;
		j = body_as((enum fx_format)f, big, &p);
		ck_assert_uint_le(p.body.n, FX_BODY_MAX);
		if (f == FX_FORMAT_PAGERDUTY) {
			ck_assert_str_eq(str(j, "dedup_key"), "X-1");
			ck_assert_str_eq(str(json_object_get(j, "payload"), "summary"), "f on order O, owner o");
		} else if (f != FX_FORMAT_SLACK) {
			json_t *event = json_is_array(j) ? json_array_get(j, 0) : j;

			ck_assert_str_eq(str(event, "id"), "e");
			ck_assert_str_eq(str(event, "subject"), "O");
		}
		json_decref(j);
		fx_payload_free(&p);
	}
}
END_TEST

START_TEST(slack_limits_and_escapes)
{
	struct fx_payload p;
	json_t *j = body_as(FX_FORMAT_SLACK, RECORD, &p), *blocks = json_object_get(j, "blocks");
	const char *text = str(j, "text");

	ck_assert_uint_le(json_array_size(blocks), 50);
	ck_assert_uint_le(strlen(text), 3000);
	ck_assert_ptr_nonnull(strstr(text, "&lt;ops-team&gt; &amp; co"));
	json_decref(j);
	fx_payload_free(&p);
}
END_TEST

/* A section's text has at most 3,000 characters, and no entity or code point is cut in two. */
START_TEST(slack_long_text)
{
	static const char *const fill[] = {"&", "x", "\xf0\x9f\x98\x80", "<a>\xe2\x82\xac"};

	for (size_t k = 0; k < sizeof(fill) / sizeof(fill[0]); k++) {
		char *r = fx_arena_alloc(&arena, 40000);
		size_t at = (size_t)snprintf(r, 400, "{\"event\":\"exception.opened\",\"event_id\":\"e\","
						     "\"owner_id\":\"o\",\"order_id\":\"O\",\"failure\":\"f\","
						     "\"action\":\"");
		struct fx_payload p;
		const char *text;
		json_t *j, *blocks;

		while (at < 20000) {
			memcpy(r + at, fill[k], strlen(fill[k]));
			at += strlen(fill[k]);
		}
		memcpy(r + at, "\"}", 3);
		/* jansson takes no text that is not UTF-8 */
		j = body_as(FX_FORMAT_SLACK, r, &p);
		blocks = json_object_get(j, "blocks");
		text = str(json_object_get(json_array_get(blocks, 0), "text"), "text");
		ck_assert_uint_le(strlen(text), 3000);
		ck_assert_uint_ge(strlen(text), 2990);
		for (const char *amp = text; (amp = strchr(amp, '&')) != NULL; amp++)
			ck_assert(strncmp(amp, "&amp;", 5) == 0 || strncmp(amp, "&lt;", 4) == 0 ||
				  strncmp(amp, "&gt;", 4) == 0);
		ck_assert_uint_le(json_array_size(blocks), 50);
		json_decref(j);
		fx_payload_free(&p);
	}
}
END_TEST

START_TEST(keys_are_stable_and_say_nothing)
{
	struct fx_tape t = {0};
	struct fx_message a = message(RECORD, &t), b = message(RECORD, &t), c;
	struct fx_err err;
	struct fx_payload p;
	struct fx_endpoint e = {.kind = FX_TO_HTTP};

	ck_assert_str_eq(a.key, b.key);
	ck_assert_uint_eq(strlen(a.key), FX_KEY_LEN);
	ck_assert_uint_eq(strspn(a.key, "abcdefghijklmnopqrstuvwxyz234567"), FX_KEY_LEN);
	/* another owner of the same step is another message */
	fx_message_of(&c, &t, fx_str(RECORD), FX_STR("support"), (struct fx_str){0}, &arena, &err);
	ck_assert_str_ne(a.key, c.key);
	fx_payload_of(&p, &a, &e, 0, &arena);
	for (unsigned i = 0; i < p.nheader; i++)
		if (strncmp(p.header[i].p, "Idempotency-Key: ", 17) == 0) {
			/* RFC 8941 string: in quotes */
			ck_assert_int_eq(p.header[i].p[17], '"');
			ck_assert_ptr_null(strstr(p.header[i].p, "ORD"));
			fx_payload_free(&p);
			fx_tape_free(&t);
			return;
		}
	ck_abort_msg("no Idempotency-Key");
}
END_TEST

START_TEST(retry_times)
{
	struct fx_tape t = {0};
	struct fx_message m = message(RECORD, &t);
	struct fx_outcome failed = {0}, asked = {.retry_after = 2 * FX_HOUR},
			  final = {.final = true}, ok = {.accepted = true};
	fx_time base = 30 * FX_SEC;

	for (m.attempt = 1; m.attempt < 20; m.attempt++) {
		fx_time r = fx_retry_at(&m, &failed, 0);

		/* between half and all of 30 s, 60 s, 120 s ... at most an hour */
		ck_assert_int_ge(r, base / 2);
		ck_assert_int_le(r, base);
		ck_assert_int_eq(r, fx_retry_at(&m, &failed, 0));
		ck_assert_int_eq(fx_retry_at(&m, &asked, 0), 2 * FX_HOUR);
		base = base * 2 > FX_HOUR ? FX_HOUR : base * 2;
	}
	asked.retry_after = 40 * FX_DAY;
	ck_assert_int_eq(fx_retry_at(&m, &asked, 0), FX_DAY);
	ck_assert_int_eq(fx_retry_at(&m, &final, 0), FX_TIME_NONE);
	ck_assert_int_eq(fx_retry_at(&m, &ok, 0), FX_TIME_NONE);
	fx_tape_free(&t);
}
END_TEST

START_TEST(endpoints)
{
	static const struct {
		const char *send, *shown;
		enum fx_endpoint_kind kind;
	} v[] = {
	    {"https://user:pw@vendor.example:8443/tasks?token=s3cret", "https://vendor.example:8443",
	     FX_TO_HTTP},
	    {"https://hooks.slack.example/services/T0/B0/XXXX", "https://hooks.slack.example", FX_TO_HTTP},
	    {"spool:spool/warehouse", "spool:spool/warehouse", FX_TO_SPOOL},
	    {"exec:cat >/dev/null", "exec:cat >/dev/null", FX_TO_EXEC},
	    {"mail:ops@example.org", "mail:ops@example.org", FX_TO_MAIL},
	    {"", "", FX_TO_NONE},
	    {"ftp://x", "", FX_TO_NONE},
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct fx_owner o = {.id = FX_STR("o"), .send = fx_str(v[i].send)};
		struct fx_endpoint e;

		fx_endpoint_of(&e, &o, "/srv/shop", &arena);
		ck_assert_int_eq(e.kind, v[i].kind);
		ck_assert_msg(fx_str_is(e.shown, v[i].shown), "%.*s", FX_FMT(e.shown));
		if (e.kind == FX_TO_SPOOL)
			ck_assert_str_eq(e.target.p, "/srv/shop/spool/warehouse");
	}
}
END_TEST

START_TEST(secrets)
{
	struct fx_owner o = {.id = FX_STR("o"), .send = FX_STR("https://x"), .secret = FX_STR("env:FX_TEST_SECRET")};
	struct fx_endpoint e;

	unsetenv("FX_TEST_SECRET");
	fx_endpoint_of(&e, &o, ".", &arena);
	ck_assert_int_eq(e.kind, FX_TO_NONE); /* unsigned would be worse than unsent */
	setenv("FX_TEST_SECRET", "whsec_abc", 1);
	fx_endpoint_of(&e, &o, ".", &arena);
	ck_assert_int_eq(e.kind, FX_TO_HTTP);
	ck_assert(fx_str_is(e.secret, "whsec_abc"));
	o.secret = FX_STR("file:/etc/passwd"); /* readable by all */
	fx_endpoint_of(&e, &o, ".", &arena);
	ck_assert_int_eq(e.kind, FX_TO_NONE);
	ck_assert_ptr_nonnull(strstr(e.why, "others can read"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("send/message");
	TCase *t = tcase_create("message");
	SRunner *r;
	int bad;

	tcase_add_test(t, standard_webhooks_example);
	tcase_add_test(t, cloudevents_structured);
	tcase_add_test(t, cloudevents_binary);
	tcase_add_test(t, cloudevents_batch);
	tcase_add_test(t, cloudevents_batch_bytes);
	tcase_add_test(t, pagerduty_events_v2);
	tcase_add_test(t, whom_a_failure_is_about);
	tcase_add_test(t, large_bodies);
	tcase_add_test(t, slack_limits_and_escapes);
	tcase_add_test(t, slack_long_text);
	tcase_add_test(t, keys_are_stable_and_say_nothing);
	tcase_add_test(t, retry_times);
	tcase_add_test(t, endpoints);
	tcase_add_test(t, secrets);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	fx_arena_free(&arena);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
