/* The fold: its table held against fx-task(7), and what must be true of any stream. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "task/life.h"

static struct fx_life *life;

static void begin(fx_time now)
{
	life = fx_life_new(&(struct fx_life_opt){
	    .now = now, .linger = 1000, .live_from = FX_TIME_NONE});
}

static void end(void)
{
	fx_life_free(life);
	life = NULL;
}

static uint64_t nth;

static void add(const char *line)
{
	struct fx_err err = {0};

	ck_assert_msg(fx_life_add(life, fx_str(line), nth++, &err) == 0, "%s", err.msg);
}

static fx_time at(const char *s)
{
	fx_time t;

	ck_assert_int_eq(fx_time_parse(fx_str(s), &t), 0);
	return t;
}

static struct fx_task *task(const char *order)
{
	struct fx_order *o = fx_life_order(life, fx_str(order));

	ck_assert_ptr_nonnull(o);
	ck_assert_ptr_nonnull(o->tasks);
	return o->tasks;
}

#define ASSIGNED(lines)                                                                            \
	"{\"event\":\"task.assigned\",\"event_id\":\"a1\",\"order_id\":\"O\","                     \
	"\"at\":\"2026-11-20T10:00:00Z\",\"source\":\"fx\",\"task_id\":\"O/x/1\","                 \
	"\"owner_id\":\"vendor\",\"trigger\":{\"event\":\"order.placed\",\"event_id\":\"p\","      \
	"\"at\":\"2026-11-20T09:59:00Z\",\"source\":\"shop\"},\"lines\":" lines                    \
	",\"sla\":[{\"milestone\":\"delivery\",\"event\":\"task.completed\","                      \
	"\"due\":\"2026-11-22T10:00:00Z\"}]}"
#define EVENT(type, id, when, rest)                                                                \
	"{\"event\":\"" type "\",\"event_id\":\"" id "\",\"order_id\":\"O\",\"at\":\"" when        \
	"\",\"source\":\"wms\"" rest "}"

/* ---- the tables are those of the manual ------------------------------------- */

static void expect_rows(const char *mark, const char *rows)
{
	struct fx_buf man = {0};
	struct fx_err err = {0};
	char *from, *to;

	ck_assert_msg(fx_read_file("man/fx-task.7", &man, 0, &err) == 0, "%s", err.msg);
	fx_buf_byte(&man, '\0');
	from = strstr(man.p, mark);
	ck_assert_ptr_nonnull(from);
	from = strchr(from, '\n') + 1;
	to = strstr(from, ".\\\" end of table");
	ck_assert_ptr_nonnull(to);
	*to = '\0';
	ck_assert_str_eq(from, rows);
	fx_buf_free(&man);
}

START_TEST(manual_has_the_table_of_states)
{
	struct fx_buf b = {0};

	for (const struct fx_transition *r = fx_transitions; r->event; r++) {
		fx_buf_fmt(&b, ".It %s Ta", r->event);
		for (int s = FX_WAITING; s <= FX_SUPERSEDED; s++)
			if (r->from >> s & 1)
				fx_buf_fmt(&b, " %s", fx_state_name((enum fx_state)s));
		fx_buf_fmt(&b, " Ta %s Ta %s\n", fx_state_name(r->to), r->when);
	}
	fx_buf_byte(&b, '\0');
	expect_rows(".\\\" table: states", b.p);
	fx_buf_free(&b);
}
END_TEST

START_TEST(manual_has_the_table_of_closings)
{
	struct fx_buf b = {0};

	for (const struct fx_closing *c = fx_closings; c->failure; c++)
		fx_buf_fmt(&b, ".It %s Ta %s\n", c->failure, c->closed_by);
	fx_buf_byte(&b, '\0');
	expect_rows(".\\\" table: closings", b.p);
	fx_buf_free(&b);
}
END_TEST

/* ---- a task's way -------------------------------------------------------------- */

START_TEST(quantities_add_up)
{
	struct fx_task *t;

	begin(at("2026-11-21T00:00:00Z"));
	add(ASSIGNED("[{\"line_id\":\"1\",\"qty\":3},{\"line_id\":2,\"qty\":\"1.5\"}]"));
	add(EVENT("task.shipped", "s1", "2026-11-20T11:00:00Z",
		  ",\"lines\":[{\"line_id\":\"1\",\"qty\":1}]"));
	add(EVENT("task.shipped", "s2", "2026-11-20T12:00:00Z",
		  ",\"lines\":[{\"line_id\":\"1\",\"qty\":2}]"));
	ck_assert_int_eq(task("O")->state, FX_ASSIGNED);
	add(EVENT("task.shipped", "s3", "2026-11-20T13:00:00Z",
		  ",\"lines\":[{\"line_id\":2,\"qty\":1.49}]"));
	ck_assert_int_eq(task("O")->state, FX_ASSIGNED);
	add(EVENT("task.shipped", "s4", "2026-11-20T14:00:00Z",
		  ",\"lines\":[{\"line_id\":2,\"qty\":0.01}]"));
	t = task("O");
	ck_assert_int_eq(t->state, FX_SHIPPED);
	ck_assert(t->shipped == at("2026-11-20T14:00:00Z"));
	ck_assert(t->confirmed == FX_TIME_NONE);
	ck_assert_msg(fx_task_open(t), "delivery is promised still");
	end();
}
END_TEST

START_TEST(an_event_counts_by_its_own_time)
{
	begin(at("2026-11-20T12:00:00Z"));
	add(EVENT("task.completed", "c", "2026-11-20T13:00:00Z", ""));
	add(EVENT("task.confirmed", "k", "2026-11-20T11:00:00Z", ""));
	add(ASSIGNED("[]"));
	ck_assert_int_eq(task("O")->state, FX_CONFIRMED);
	fx_life_set_now(life, at("2026-11-20T13:00:00Z"));
	ck_assert_int_eq(task("O")->state, FX_COMPLETED);
	ck_assert(task("O")->closed == at("2026-11-20T13:00:00Z"));
	end();
}
END_TEST

START_TEST(what_comes_for_a_closed_task_does_no_harm)
{
	begin(at("2026-11-21T00:00:00Z"));
	add(ASSIGNED("[]"));
	add(EVENT("task.completed", "c", "2026-11-20T13:00:00Z", ""));
	add(EVENT("task.completed", "c", "2026-11-20T13:00:00Z", ""));
	add(EVENT("task.failed", "f", "2026-11-20T14:00:00Z", ",\"failure\":\"out-of-stock\""));
	add(EVENT("order.cancelled", "x", "2026-11-20T15:00:00Z", ""));
	ck_assert_int_eq(task("O")->state, FX_COMPLETED);
	ck_assert_uint_eq(task("O")->order->nevents, 4);
	for (int i = 0; i < 2500; i++) {
		char line[300];

		snprintf(line, sizeof(line),
			 "{\"event\":\"order.placed\",\"event_id\":\"%d\",\"order_id\":\"Z%d\","
			 "\"at\":\"2026-11-20T10:00:00Z\",\"source\":\"s\"}",
			 i, i);
		add(line);
	}
	ck_assert_ptr_null(fx_life_order(life, FX_STR("O")));
	ck_assert_uint_le(fx_life_count(life), 1001);
	add(EVENT("task.shipped", "late", "2026-11-20T12:00:00Z", ",\"task_id\":\"O/x/1\""));
	ck_assert_ptr_null(fx_life_order(life, FX_STR("O"))->tasks);
	end();
}
END_TEST

START_TEST(no_record_of_ours_is_passed_over)
{
	static const char *const odd[] = {
	    "{}",
	    "{\"event\":1,\"event_id\":[],\"at\":{}}",
	    "{\"event\":\"task.assigned\",\"event_id\":\"a\",\"at\":\"2026-11-20T10:00:00Z\"}",
	    "{\"event\":\"task.assigned\",\"event_id\":\"a\",\"order_id\":\"O\","
	    "\"at\":\"2026-11-20T10:00:00Z\",\"task_id\":\"t\",\"owner_id\":\"o\",\"sla\":[1,{}],"
	    "\"lines\":[1,null,{\"qty\":-1}],\"trigger\":7,\"decision\":[]}",
	    "{\"event\":\"task.shipped\",\"event_id\":\"b\",\"order_id\":\"O\","
	    "\"at\":\"2026-11-20T10:00:00Z\",\"lines\":[1,{\"line_id\":{}}],\"caused_by\":[1]}",
	    "{\"event\":\"exception.opened\",\"event_id\":\"c\",\"order_id\":\"O\","
	    "\"at\":\"2026-11-20T10:00:00Z\",\"exception_id\":\"c\",\"step\":1e99,\"due\":\"x\"}",
	    "{\"event\":\"exception.acknowledged\",\"event_id\":\"d\",\"order_id\":\"O\","
	    "\"at\":\"2026-11-20T11:00:00Z\",\"exception_id\":\"c\"}",
	};
	struct fx_err err;

	begin(at("2026-11-21T00:00:00Z"));
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		add(odd[i]);
	ck_assert_int_eq(fx_life_add(life, FX_STR("[]"), 0, &err), -1);
	ck_assert_int_eq(fx_life_add(life, FX_STR("{"), 0, &err), -1);
	ck_assert_int_eq(task("O")->state, FX_ASSIGNED);
	end();
}
END_TEST

/* A source that calls everything one order must not make the fold slow. */
START_TEST(one_order_with_many_events)
{
	begin(INT64_MAX);
	add(ASSIGNED("[{\"line_id\":\"1\",\"qty\":3}]"));
	for (int i = 0; i < 100000; i++) {
		char line[300];

		snprintf(line, sizeof(line),
			 "{\"event\":\"note.made\",\"event_id\":\"n%d\",\"order_id\":\"O\","
			 "\"at\":\"2026-11-20T10:00:00Z\",\"source\":\"s%d\"}",
			 1000000 + i, i % 7);
		add(line);
	}
	ck_assert_uint_eq(task("O")->order->nevents, 100001);
	end();
}
END_TEST

/* A farewell that will never be sent must not keep its order; one that is owed does. */
static bool kept(const char *attempt)
{
	bool open;

	life = fx_life_new(&(struct fx_life_opt){
	    .now = at("2026-11-21T00:00:00Z"), .untold = true, .live_from = FX_TIME_NONE});
	/* The vendor's endpoint is one that is sent things. */
	add("{\"event\":\"task.attempted\",\"event_id\":\"t0\",\"order_id\":\"P\","
	    "\"at\":\"2026-11-20T10:00:00Z\",\"source\":\"fx\",\"task_id\":\"P/x/1\","
	    "\"owner_id\":\"vendor\",\"outcome\":\"accepted\",\"caused_by\":[\"a0\"]}");
	add(ASSIGNED("[{\"line_id\":\"1\",\"qty\":3}]"));
	if (attempt)
		add(attempt);
	add(EVENT("order.cancelled", "c", "2026-11-20T11:00:00Z", ""));
	for (struct fx_notice n; fx_order_notices(life, fx_life_order(life, FX_STR("O")), &n, 1);) {
		char line[300];

		snprintf(line, sizeof(line),
			 "{\"event\":\"task.cancelled\",\"event_id\":\"%s\",\"order_id\":\"O\","
			 "\"at\":\"2026-11-20T12:00:00Z\",\"source\":\"fx\",\"task_id\":\"O/x/1\","
			 "\"owner_id\":\"vendor\",\"reason\":\"order-cancelled\",\"caused_by\":[\"c\"]}",
			 n.id);
		add(line);
	}
	open = fx_life_order(life, FX_STR("O"))->open;
	end();
	return open;
}

START_TEST(a_notice_keeps_its_order_while_it_is_owed)
{
	ck_assert(!kept(NULL));
	ck_assert(kept(EVENT("task.attempted", "t1", "2026-11-20T10:01:00Z",
			     ",\"task_id\":\"O/x/1\",\"owner_id\":\"vendor\","
			     "\"outcome\":\"failed\",\"caused_by\":[\"a1\"]")));
	ck_assert(!kept(EVENT("task.attempted", "t1", "2026-11-20T10:01:00Z",
			      ",\"task_id\":\"O/x/1\",\"owner_id\":\"another\","
			      "\"outcome\":\"failed\",\"caused_by\":[\"a1\"]")));
	ck_assert(kept(EVENT("handoff.manual", "h", "2026-11-20T10:01:00Z",
			     ",\"task_id\":\"O/x/1\",\"to\":\"vendor\"")));
}
END_TEST

/* An incident that was opened somewhere keeps its order until its end was told there. */
START_TEST(an_incident_keeps_its_order_until_it_is_closed)
{
#define SENT(id, when, cause, outcome, rest)                                                       \
	EVENT("task.attempted", id, when,                                                          \
	      ",\"exception_id\":\"x\",\"owner_id\":\"on-call\",\"outcome\":\"" outcome               \
	      "\",\"caused_by\":[\"" cause "\"]" rest)
	static const char *const told[] = {",\"dedup_key\":\"x\"", ""};

	for (int i = 0; i < 2; i++) {
		char line[400];

		life = fx_life_new(&(struct fx_life_opt){
		    .now = at("2026-11-21T00:00:00Z"), .untold = true, .live_from = FX_TIME_NONE});
		add(EVENT("exception.opened", "x", "2026-11-20T10:00:00Z",
			  ",\"exception_id\":\"x\",\"failure\":\"f\",\"owner_id\":\"on-call\",\"step\":1"));
		snprintf(line, sizeof(line), "%.*s%s}",
			 (int)strlen(SENT("t1", "2026-11-20T10:01:00Z", "x", "accepted", "")) - 1,
			 SENT("t1", "2026-11-20T10:01:00Z", "x", "accepted", ""), told[i]);
		add(line);
		add(EVENT("exception.resolved", "r", "2026-11-20T11:00:00Z", ",\"exception_id\":\"x\""));
		ck_assert_int_eq(fx_life_order(life, FX_STR("O"))->open, i == 0);
		add(SENT("t2", "2026-11-20T11:00:00Z", "r", "failed",
			 ",\"retry_at\":\"2026-11-20T11:01:00Z\""));
		ck_assert_int_eq(fx_life_order(life, FX_STR("O"))->open, i == 0);
		/* at the resolution's own time: an attempt sorts before it */
		add(SENT("t3", "2026-11-20T11:00:00Z", "r", "accepted", ""));
		ck_assert(!fx_life_order(life, FX_STR("O"))->open);
		end();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("task_life");
	TCase *c = tcase_create("life");
	SRunner *r;
	int failed;

	tcase_add_test(c, manual_has_the_table_of_states);
	tcase_add_test(c, manual_has_the_table_of_closings);
	tcase_add_test(c, quantities_add_up);
	tcase_add_test(c, an_event_counts_by_its_own_time);
	tcase_add_test(c, what_comes_for_a_closed_task_does_no_harm);
	tcase_add_test(c, no_record_of_ours_is_passed_over);
	tcase_add_test(c, one_order_with_many_events);
	tcase_add_test(c, a_notice_keeps_its_order_while_it_is_owed);
	tcase_add_test(c, an_incident_keeps_its_order_until_it_is_closed);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
