/* The figures, on a day that was reckoned by hand. */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/facts.h"
#include "report/figures.h"
#include "report/render.h"

/* Minutes of 2026-11-20. */
static fx_time at(int minutes)
{
	fx_time t;
	ck_assert_int_eq(fx_time_parse(FX_STR("2026-11-20T00:00:00Z"), &t), 0);
	return t + minutes * FX_MIN;
}

static struct fx_figures f;
static struct fx_life *life;
static uint64_t line;

static void begin(const char *by, int now)
{
	struct fx_figures_opt opt = {.since = FX_TIME_NONE, .until = FX_TIME_NONE, .now = at(now)};
	if (by)
		opt.by[opt.nby++] = fx_str(by);
	fx_figures_init(&f, &opt);
	life = fx_figures_life(&f);
	line = 0;
}

static void end(void)
{
	fx_figures_life_end(&f, life);
	fx_figures_end(&f);
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	char text[2048];
	struct fx_err err = {0};
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ck_assert(n > 0 && (size_t)n < sizeof(text));
	ck_assert_msg(fx_life_add(life, fx_str(text), line++, &err) == 0, "%s: %s", err.msg, text);
}

static const char *clock(int minutes)
{
	static char out[8][FX_TIME_LEN];
	static unsigned i;
	i = (i + 1) % 8;
	fx_time_format(at(minutes), out[i]);
	return out[i];
}

/* Placed, decided, promised to be confirmed by `due`. */
static void assigned(const char *order, const char *owner, int placed, int decided, int due)
{
	say("{\"event\":\"task.assigned\",\"event_id\":\"a-%s\",\"order_id\":\"%s\",\"at\":\"%s\","
	    "\"source\":\"t\",\"channel\":\"web\",\"task_id\":\"%s/x/1\",\"owner_id\":\"%s\","
	    "\"flow_id\":\"flow-%s\",\"rule_id\":\"r\",\"rule_version\":3,"
	    "\"lines\":[{\"line_id\":\"1\",\"qty\":1}],"
	    "\"trigger\":{\"event\":\"order.placed\",\"event_id\":\"e-%s\",\"at\":\"%s\","
	    "\"source\":\"s\"},\"sla\":[{\"milestone\":\"vendor-confirmation\","
	    "\"event\":\"task.confirmed\",\"due\":\"%s\"}],"
	    "\"decision\":{\"digest\":\"d-%s\",\"context\":{\"SKU.type\":\"stock\",\"n\":null}}}",
	    order, order, clock(decided), order, owner, owner, order, clock(placed), clock(due),
	    order);
}

static void event(const char *type, const char *order, int when, const char *rest)
{
	say("{\"event\":\"%s\",\"event_id\":\"%s-%s-%d\",\"order_id\":\"%s\",\"at\":\"%s\","
	    "\"source\":\"o\"%s}",
	    type, type, order, when, order, clock(when), rest);
}

/* Four orders:
 *	A  placed 0, decided 10, confirmed 40 (due 60: met), shipped 100, completed 200
 *	B  placed 0, decided 20, confirmed 90 (due 60: 30 late), shipped 300
 *	C  placed 5, decided 10, nothing (due 60: overdue), an exception at 61, resolved at 121
 *	D  placed 50, decided 40 (a clock was wrong), cancelled at 55 (due 60: lapsed)
 */
static void the_day(void)
{
	say("{\"event\":\"registry.published\",\"event_id\":\"reg\",\"at\":\"%s\",\"source\":\"t\","
	    "\"registry\":{\"owners\":[{\"id\":\"vendor\",\"kind\":\"system\"},"
	    "{\"id\":\"ops\",\"kind\":\"team\"}]}}",
	    clock(0));
	assigned("A", "vendor", 0, 10, 60);
	assigned("B", "vendor", 0, 20, 60);
	assigned("C", "vendor", 5, 10, 60);
	assigned("D", "ops", 50, 40, 60);
	event("task.confirmed", "A", 40, "");
	event("order.cancelled", "D", 55, "");
	event(
	    "exception.opened", "C", 61,
	    ",\"exception_id\":\"x1\",\"task_id\":\"C/x/1\",\"failure\":\"vendor-no-confirmation\","
	    "\"milestone\":\"vendor-confirmation\",\"step\":1,\"from\":\"vendor\",\"to\":\"ops\","
	    "\"owner_id\":\"ops\"");
	event("task.confirmed", "B", 90, "");
	event("task.shipped", "A", 100, "");
	event("exception.resolved", "C", 121, ",\"exception_id\":\"x1\"");
	event("task.completed", "A", 200, "");
	event("task.shipped", "B", 300, "");
}

static void took(struct fx_group *g, enum fx_interval_id id, uint64_t n, int median, uint64_t open)
{
	struct fx_interval *i = &g->interval[id];
	ck_assert_msg(i->took.n == n, "%s: n %d, not %d", fx_interval_info[id].id, (int)i->took.n,
	              (int)n);
	if (n)
		ck_assert_msg(fx_sketch_quantile(&i->took, 0.5) == median * FX_MIN / 2,
		              "%s: median %f half minutes, not %d", fx_interval_info[id].id,
		              (double)fx_sketch_quantile(&i->took, 0.5) / (double)FX_MIN * 2,
		              median);
	ck_assert_msg(i->open == open, "%s: open %d, not %d", fx_interval_info[id].id, (int)i->open,
	              (int)open);
}

START_TEST(a_day_by_hand)
{
	struct fx_group g;
	begin(NULL, 600);
	the_day();
	end();
	fx_figures_total(&f, &g);
	ck_assert_uint_eq(g.orders, 4);
	ck_assert_uint_eq(g.tasks, 4);
	ck_assert_uint_eq(g.state[FX_COMPLETED], 1);
	ck_assert_uint_eq(g.state[FX_SHIPPED], 1);
	ck_assert_uint_eq(g.state[FX_ASSIGNED], 1);
	ck_assert_uint_eq(g.state[FX_CANCELLED], 1);
	/* medians in half minutes: of 10, 20, 5 -> 10; of 30, 70 -> 50; of 200, 300 -> 250 */
	took(&g, FX_TRIGGER_TO_DECISION, 3, 20, 0);
	ck_assert_uint_eq(g.interval[FX_TRIGGER_TO_DECISION].negative, 1);
	ck_assert_int_eq(g.interval[FX_TRIGGER_TO_DECISION].worst, -10 * FX_MIN);
	took(&g, FX_DECISION_TO_EXECUTION, 2, 100, 1);
	took(&g, FX_TRIGGER_TO_OUTCOME, 2, 500, 1);
	took(&g, FX_TRIGGER_TO_CONFIRMATION, 2, 130, 1);
	took(&g, FX_TRIGGER_TO_HANDOVER, 2, 400, 1);
	took(&g, FX_TRIGGER_TO_DELIVERY, 1, 400, 2);
	took(&g, FX_TIME_TO_RESOLUTION, 1, 120, 0);
	ck_assert_double_eq(fx_group_exception_rate(&g), 0.25);
	ck_assert_uint_eq(g.nmilestone, 1);
	ck_assert_uint_eq(g.milestone[0].met, 1);
	ck_assert_uint_eq(g.milestone[0].late, 1);
	ck_assert_uint_eq(g.milestone[0].overdue, 1);
	ck_assert_uint_eq(g.milestone[0].lapsed, 1);
	ck_assert_int_eq(fx_sketch_quantile(&g.milestone[0].lateness, 0.5), 30 * FX_MIN);
	ck_assert_double_eq_tol(fx_attained(&g.milestone[0]), 1.0 / 3, 1e-12);
	/* D was given to a team, C was re-routed to one: two of four orders */
	ck_assert_uint_eq(fx_group_to_teams(&f, &g), 2);
	ck_assert_double_eq(fx_group_handoffs_per_1000(&f, &g), 500);
	fx_group_free(&g);
	fx_figures_free(&f);
}
END_TEST

START_TEST(what_comes_later_is_not_known_yet)
{
	struct fx_group g;
	begin(NULL, 50);
	the_day();
	end();
	fx_figures_total(&f, &g);
	ck_assert_uint_eq(g.state[FX_CONFIRMED], 1);
	ck_assert_uint_eq(g.state[FX_ASSIGNED], 3);
	ck_assert_uint_eq(g.exceptions, 0);
	took(&g, FX_TRIGGER_TO_OUTCOME, 0, 0, 4);
	ck_assert_uint_eq(g.milestone[0].pending, 3);
	ck_assert_uint_eq(g.milestone[0].met, 1);
	ck_assert_double_eq(fx_attained(&g.milestone[0]), 1);
	fx_group_free(&g);
	fx_figures_free(&f);
}
END_TEST

START_TEST(a_hold_stops_the_clock)
{
	struct fx_group g;
	begin(NULL, 600);
	assigned("H", "vendor", 0, 10, 60);
	event("exception.opened", "H", 20,
	      ",\"exception_id\":\"x\",\"task_id\":\"H/x/1\",\"failure\":\"address-invalid\","
	      "\"step\":1,\"hold\":\"customer-facing\",\"owner_id\":\"vendor\"");
	event("hold.released", "H", 50, ",\"exception_id\":\"x\"");
	event("task.confirmed", "H", 85, ""); /* due 60, and 30 of hold: in time */
	end();
	fx_figures_total(&f, &g);
	ck_assert_uint_eq(g.milestone[0].met, 1);
	fx_group_free(&g);
	fx_figures_free(&f);
}
END_TEST

static struct fx_group *named(const char *key)
{
	for (size_t i = 0; i < f.ngroup; i++)
		if (key ? fx_str_is(f.group[i]->key[0], key) : f.group[i]->key[0].p == NULL)
			return f.group[i];
	return NULL;
}

START_TEST(groups_by_any_attribute)
{
	static const struct {
		const char *by, *key;
		uint64_t tasks;
	} cases[] = {
	    {"flow", "flow-vendor", 3}, {"owner", "ops", 1},        {"rule", "r", 4},
	    {"rule_version", "r@3", 4}, {"channel", "web", 4},      {"SKU.type", "stock", 4},
	    {"trigger.source", "s", 4}, {"nothing.there", NULL, 4}, {"n", NULL, 4},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin(cases[i].by, 600);
		the_day();
		end();
		struct fx_group *g = named(cases[i].key);
		ck_assert_msg(g && g->tasks == cases[i].tasks, "--by %s", cases[i].by);
		fx_figures_free(&f);
	}
}
END_TEST

START_TEST(only_tasks_of_the_window)
{
	struct fx_group g;
	begin(NULL, 600);
	f.opt.since = at(10);
	f.opt.until = at(20);
	the_day();
	end();
	fx_figures_total(&f, &g);
	ck_assert_uint_eq(g.tasks, 2); /* A and C */
	ck_assert_uint_eq(g.orders, 2);
	ck_assert_uint_eq(g.exceptions, 1);
	fx_group_free(&g);
	fx_figures_free(&f);
}
END_TEST

/* Two names by a NUL are not one name with the NUL elsewhere. */
START_TEST(groups_with_a_nul)
{
	const struct fx_str a[] = {FX_STR("p\0+q"), FX_STR("r")}, b[] = {FX_STR("p"), FX_STR("q\0+r")},
			    c[] = {{NULL, 0}, FX_STR("")}, d[] = {FX_STR(""), {NULL, 0}};
	begin("a", 60);
	f.opt.by[f.opt.nby++] = FX_STR("b");
	ck_assert_ptr_ne(fx_figures_group(&f, a), fx_figures_group(&f, b));
	ck_assert_ptr_ne(fx_figures_group(&f, c), fx_figures_group(&f, d));
	ck_assert_ptr_eq(fx_figures_group(&f, a), fx_figures_group(&f, a));
	end();
	fx_figures_free(&f);
}
END_TEST

/* A record's text must not end up as another member, column or escape sequence. */
START_TEST(hostile_names_stay_names)
{
	struct fx_buf b = {0};
	struct fx_tape t = {0};
	struct fx_err err;
	begin("channel", 600);
	say("{\"event\":\"task.assigned\",\"event_id\":\"a\",\"order_id\":\"o\",\"at\":\"%s\","
	    "\"source\":\"t\",\"channel\":\"=a\\\"b,\\u001b[31m\\nc\",\"task_id\":\"o/x/1\","
	    "\"owner_id\":\"v\",\"sla\":[{\"milestone\":\"m\\\"x\",\"event\":\"e\",\"due\":\"x\"}]"
	    "}",
	    clock(1));
	end();
	fx_render_ndjson(&f, &b);
	b.n = fx_str_find(fx_buf_view(&b), '\n');
	ck_assert_int_eq(fx_tape_read(&t, fx_buf_view(&b), &err), 0);
	uint32_t by = fx_tape_get(&t, 0, FX_STR("by"));
	struct fx_arena a = {0};
	ck_assert(fx_str_is(fx_tape_get_str(&t, by, FX_STR("channel"), &a), "=a\"b,\033[31m\nc"));
	fx_buf_reset(&b);
	fx_render_table(&f, &(struct fx_look){0}, &b);
	ck_assert(memchr(b.p, '\033', b.n) == NULL);
	fx_buf_reset(&b);
	fx_render_csv(&f, &b);
	fx_buf_byte(&b, '\0');
	ck_assert(strstr(b.p, "\n\"'=a\"\"b,\033[31m\nc\",orders,count,1\n") != NULL);
	fx_arena_free(&a);
	fx_tape_free(&t);
	fx_buf_free(&b);
	fx_figures_free(&f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report figures");
	TCase *c = tcase_create("figures");
	tcase_add_test(c, a_day_by_hand);
	tcase_add_test(c, what_comes_later_is_not_known_yet);
	tcase_add_test(c, a_hold_stops_the_clock);
	tcase_add_test(c, groups_by_any_attribute);
	tcase_add_test(c, only_tasks_of_the_window);
	tcase_add_test(c, groups_with_a_nul);
	tcase_add_test(c, hostile_names_stay_names);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}
