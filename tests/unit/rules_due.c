/* Due times, each reckoned by hand with a calendar. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/due.h"

static struct fx_arena arena;

static fx_time at(const char *z)
{
	fx_time t;

	ck_assert_msg(fx_time_parse(fx_str(z), &t) == 0, "%s", z);
	return t;
}

static void is_time(fx_time got, const char *want)
{
	char text[FX_TIME_LEN];

	fx_time_format(got, text);
	ck_assert_str_eq(text, want);
}

/* Mon-Fri 08:00-18:00 in Berlin, closed on Friday, 25 December 2026. */
static struct fx_owner vendor(void)
{
	static struct fx_hours hours;
	static int32_t closed[1];
	struct fx_err err = {0};

	ck_assert_int_eq(
	    fx_hours_parse(&arena, FX_STR("Mon-Fri 08:00-18:00 Europe/Berlin"), &hours, &err), 0);
	closed[0] = (int32_t)fx_days_from_civil(2026, 12, 25);
	hours.closed = closed;
	hours.nclosed = 1;
	return (struct fx_owner){.hours = &hours};
}

static struct fx_dur dur(const char *z)
{
	struct fx_dur d;

	ck_assert_int_eq(fx_dur_parse(fx_str(z), &d), 0);
	return d;
}

START_TEST(hours_stop_the_clock)
{
	struct fx_owner o = vendor();

	/* Friday 19:03 in Berlin: the hour starts on Monday at 08:00 (UTC+1). */
	is_time(fx_due_after(&o, at("2026-11-20T18:03:11Z"), dur("60m")), "2026-11-23T08:00:00Z");
	/* Friday 17:30: half an hour, then one and a half on Monday. */
	is_time(fx_due_after(&o, at("2026-11-20T16:30:00Z"), dur("2h")), "2026-11-23T08:30:00Z");
	/* Ends exactly when the day does. */
	is_time(fx_due_after(&o, at("2026-11-20T16:00:00Z"), dur("1h")), "2026-11-20T17:00:00Z");
	is_time(fx_due_after(NULL, at("2026-11-20T18:03:11Z"), dur("60m")), "2026-11-20T19:03:11Z");
}
END_TEST

START_TEST(daylight_saving)
{
	struct fx_owner o = vendor();

	/* Spring: Friday 17:30 is UTC+1, Monday 08:30 is UTC+2. */
	is_time(fx_due_after(&o, at("2026-03-27T16:30:00Z"), dur("1h")), "2026-03-30T06:30:00Z");
	/* Autumn: Friday 17:30 is UTC+2, Monday 08:30 is UTC+1. */
	is_time(fx_due_after(&o, at("2026-10-23T15:30:00Z"), dur("1h")), "2026-10-26T07:30:00Z");
}
END_TEST

START_TEST(working_days)
{
	struct fx_owner o = vendor();

	/* Wednesday; Thursday is the first, Friday is closed, Monday the second. */
	is_time(fx_due_after(&o, at("2026-12-23T12:00:00Z"), dur("2wd")), "2026-12-28T17:00:00Z");
	/* From a Saturday, the first working day is Monday. */
	is_time(fx_due_after(&o, at("2026-11-21T12:00:00Z"), dur("1wd")), "2026-11-23T17:00:00Z");
}
END_TEST

START_TEST(by_clock)
{
	struct fx_owner o = vendor();
	struct fx_sla sla = {
	    .kind = FX_SLA_BY_CLOCK, .clock = 17 * FX_HOUR, .cutoff = 14 * FX_HOUR};
	const struct {
		const char *start, *due;
	} rows[] = {
	    {"2026-11-18T12:59:59Z", "2026-11-18T16:00:00Z"}, /* Wednesday 13:59:59 */
	    {"2026-11-18T13:00:00Z", "2026-11-18T16:00:00Z"}, /* at the cutoff: still today */
	    {"2026-11-18T13:00:01Z", "2026-11-19T16:00:00Z"},
	    {"2026-11-20T14:00:00Z", "2026-11-23T16:00:00Z"}, /* Friday 15:00: Monday */
	    {"2026-11-21T08:00:00Z", "2026-11-23T16:00:00Z"}, /* Saturday: Monday */
	    {"2026-12-24T14:00:00Z", "2026-12-28T16:00:00Z"}, /* over the closed Friday */
	    {"2026-07-01T11:59:00Z", "2026-07-01T15:00:00Z"}, /* UTC+2 */
	    {"2026-11-17T23:30:00Z", "2026-11-18T16:00:00Z"}, /* 00:30 on Wednesday in Berlin */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_time(fx_due_sla(&o, &sla, at(rows[i].start), NULL, NULL, 0, NULL), rows[i].due);
	/* Without hours each day counts, in UTC. */
	is_time(fx_due_sla(NULL, &sla, at("2026-11-20T14:00:01Z"), NULL, NULL, 0, NULL),
	        "2026-11-21T17:00:00Z");
}
END_TEST

static fx_time by_field(const char *record, const char *field)
{
	struct fx_sla sla = {.kind = FX_SLA_BY_FIELD, .field = fx_str(field)};
	struct fx_tape t = {0};
	struct fx_err err = {0};
	uint32_t lines[8], a;
	size_t n = 0;
	fx_time due;

	ck_assert_msg(fx_tape_read(&t, fx_str(record), &err) == 0, "%s", err.msg);
	a = fx_tape_get(&t, 0, FX_STR("lines"));
	if (a != FX_NONE)
		for (uint32_t i = a + 1; i < t.node[a].next; i = fx_tape_next(&t, i))
			lines[n++] = i;
	due = fx_due_sla(NULL, &sla, 0, &t, lines, n, &arena);
	fx_tape_free(&t);
	return due;
}

START_TEST(by_field_of_record_or_lines)
{
	is_time(by_field("{\"promised_at\":\"2026-11-25T12:00:00+01:00\"}", "promised_at"),
	        "2026-11-25T11:00:00Z");
	is_time(by_field("{\"promise\":{\"by\":\"2026-11-25T12:00:00Z\"}}", "promise.by"),
	        "2026-11-25T12:00:00Z");
	/* The earliest of the lines. */
	is_time(by_field("{\"lines\":[{\"d\":\"2026-11-27T00:00:00Z\"},{},"
	                 "{\"d\":\"2026-11-26T00:00:00Z\"}]}",
	                 "d"),
	        "2026-11-26T00:00:00Z");
	is_time(by_field("{}", "promised_at"), "");
	is_time(by_field("{\"promised_at\":\"soon\"}", "promised_at"), "");
	is_time(by_field("{\"promised_at\":7}", "promised_at"), "");
	is_time(by_field("{\"promise\":7}", "promise.by"), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules_due");
	TCase *tc = tcase_create("due");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, hours_stop_the_clock);
	tcase_add_test(tc, daylight_saving);
	tcase_add_test(tc, working_days);
	tcase_add_test(tc, by_clock);
	tcase_add_test(tc, by_field_of_record_or_lines);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	fx_arena_free(&arena);
	return failed != 0;
}
