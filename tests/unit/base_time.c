/* Times, durations, zones and working hours, against worked examples. */
#include <check.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "base/time.h"

static fx_time at(const char *z)
{
	fx_time t;

	ck_assert_msg(fx_time_parse(fx_str(z), &t) == 0, "%s", z);
	return t;
}

static const char *text(fx_time t)
{
	static char out[FX_TIME_LEN];

	fx_time_format(t, out);
	return out;
}

START_TEST(rfc3339_examples)
{
	/* RFC 3339 section 5.8. */
	ck_assert_int_eq(at("1985-04-12T23:20:50.52Z"), 482196050520000);
	ck_assert_int_eq(at("1996-12-19T16:39:57-08:00"), at("1996-12-20T00:39:57Z"));
	ck_assert_int_eq(at("1990-12-31T23:59:60Z"), at("1991-01-01T00:00:00Z"));
	ck_assert_int_eq(at("1937-01-01T12:00:27.87+00:20"), at("1937-01-01T11:40:27.87Z"));
	ck_assert_int_eq(at("1970-01-01T00:00:00Z"), 0);
	ck_assert_int_eq(at("2000-03-01T00:00:00Z"), 951868800 * FX_SEC);
	ck_assert_str_eq(text(at("0000-01-01T00:00:00Z")), "0000-01-01T00:00:00Z");
	ck_assert_str_eq(text(at("9999-12-31T23:59:59.999999Z")), "9999-12-31T23:59:59.999999Z");
	ck_assert_str_eq(text(at("2026-11-20T18:03:09.250Z")), "2026-11-20T18:03:09.250Z");
	ck_assert_str_eq(text(FX_TIME_NONE), "");
}
END_TEST

START_TEST(rfc3339_refusals)
{
	static const char *const bad[] = {
	    "",
	    "2026-11-20",
	    "2026-11-20T18:03:09",
	    "2026-02-29T00:00:00Z",
	    "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z",
	    "2026-04-31T00:00:00Z",
	    "2026-11-20T24:00:00Z",
	    "2026-11-20T18:60:00Z",
	    "2026-11-20T18:03:61Z",
	    "2026-11-20T18:03:09.Z",
	    "2026-11-20T18:03:09+2:00",
	    "2026-11-20T18:03:09+0200",
	    "2026-11-20T18:03:09+24:00",
	    "2026-11-20T18:03:09Zx",
	    "+026-11-20T18:03:09Z",
	};
	fx_time t;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_time_parse(fx_str(bad[i]), &t) == -1, "%s", bad[i]);
	ck_assert_int_eq(fx_time_parse(fx_str("2024-02-29T00:00:00Z"), &t), 0);
}
END_TEST

START_TEST(civil_days_agree_with_counting)
{
	int64_t day = fx_days_from_civil(1899, 12, 31);

	for (int64_t y = 1900; y <= 2101; y++)
		for (unsigned m = 1; m <= 12; m++) {
			static const unsigned len[] = {31, 28, 31, 30, 31, 30,
						       31, 31, 30, 31, 30, 31};
			bool leap = m == 2 && ((y % 4 == 0 && y % 100) || y % 400 == 0);

			for (unsigned d = 1; d <= len[m - 1] + leap; d++) {
				int64_t yy;
				unsigned mm, dd;

				ck_assert_int_eq(fx_days_from_civil(y, m, d), ++day);
				fx_civil_from_days(day, &yy, &mm, &dd);
				ck_assert(yy == y && mm == m && dd == d);
			}
		}
	ck_assert_uint_eq(fx_weekday(0), 3);                                /* a Thursday */
	ck_assert_uint_eq(fx_weekday(fx_days_from_civil(2026, 11, 23)), 0); /* a Monday */
	ck_assert_uint_eq(fx_weekday(-4), 6);
}
END_TEST

START_TEST(durations)
{
	struct fx_dur d;
	char out[FX_TIME_LEN];

	ck_assert_int_eq(fx_dur_parse(FX_STR("90s"), &d), 0);
	ck_assert_int_eq(d.us, 90 * FX_SEC);
	ck_assert_int_eq(fx_dur_parse(FX_STR("1h30m"), &d), 0);
	ck_assert_int_eq(d.us, 90 * FX_MIN);
	ck_assert_int_eq(fx_dur_parse(FX_STR("5wd"), &d), 0);
	ck_assert_uint_eq(d.workdays, 5);
	ck_assert_int_eq(fx_dur_parse(FX_STR("60m"), &d), 0);
	ck_assert_int_eq(d.us, FX_HOUR);
	static const char *const bad[] = {"",    "5",   "m",    "5x",  "30m1h",          "1h1h",
					  "-1h", "1wd2h", "0wd", "1.5h", "99999999999999d"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_dur_parse(fx_str(bad[i]), &d) == -1, "%s", bad[i]);
	fx_dur_format(3 * FX_HOUR + 5 * FX_MIN, out);
	ck_assert_str_eq(out, "3h05m");
	fx_dur_format(-(2 * FX_DAY + 4 * FX_HOUR), out);
	ck_assert_str_eq(out, "-2d4h");
}
END_TEST

START_TEST(command_line_times)
{
	fx_time now = at("2026-11-20T18:03:09Z"), t;
	struct fx_err err;
	static const struct {
		const char *arg, *want;
	} ok[] = {
	    {"2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"},
	    {"2026-11-01", "2026-11-01T00:00:00Z"},
	    {"now", "2026-11-20T18:03:09Z"},
	    {"today", "2026-11-20T00:00:00Z"},
	    {"yesterday", "2026-11-19T00:00:00Z"},
	    {"7d", "2026-11-13T18:03:09Z"},
	    {"+1h", "2026-11-20T19:03:09Z"},
	};

	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++) {
		ck_assert_int_eq(fx_time_arg(fx_str(ok[i].arg), now, &t, &err), 0);
		ck_assert_str_eq(text(t), ok[i].want);
	}
	ck_assert_int_eq(fx_time_arg(FX_STR("tomorrowish"), now, &t, &err), -1);
	ck_assert_int_eq(fx_time_arg(FX_STR("5wd"), now, &t, &err), -1);
}
END_TEST

static struct fx_arena arena;

static struct fx_hours hours(const char *z)
{
	struct fx_hours h;
	struct fx_err err;

	ck_assert_msg(fx_hours_parse(&arena, fx_str(z), &h, &err) == 0, "%s: %s", z, err.msg);
	return h;
}

static const struct fx_zone *zone(const char *name)
{
	struct fx_err err;
	const struct fx_zone *z = fx_zone_open(&arena, fx_str(name), &err);

	ck_assert_msg(z != NULL, "%s: %s", name, err.msg);
	return z;
}

/* What date(1) says: TZ=Europe/Berlin date -d ... */
START_TEST(zone_offsets)
{
	const struct fx_zone *berlin = zone("Europe/Berlin"), *sp = zone("America/Sao_Paulo"),
			     *kath = zone("Asia/Kathmandu"), *sydney = zone("Australia/Sydney");

	ck_assert_int_eq(fx_zone_offset(berlin, at("2026-11-20T12:00:00Z")), 3600);
	ck_assert_int_eq(fx_zone_offset(berlin, at("2026-07-20T12:00:00Z")), 7200);
	ck_assert_int_eq(fx_zone_offset(berlin, at("2026-03-29T00:59:59Z")), 3600);
	ck_assert_int_eq(fx_zone_offset(berlin, at("2026-03-29T01:00:00Z")), 7200);
	/* past the table, by the footer's rule */
	ck_assert_int_eq(fx_zone_offset(berlin, at("2099-07-01T00:00:00Z")), 7200);
	ck_assert_int_eq(fx_zone_offset(berlin, at("2099-12-01T00:00:00Z")), 3600);
	/* Brazil had summer time until 2019 */
	ck_assert_int_eq(fx_zone_offset(sp, at("2018-01-10T00:00:00Z")), -7200);
	ck_assert_int_eq(fx_zone_offset(sp, at("2018-06-10T00:00:00Z")), -10800);
	ck_assert_int_eq(fx_zone_offset(sp, at("2026-01-10T00:00:00Z")), -10800);
	ck_assert_int_eq(fx_zone_offset(kath, at("2026-01-10T00:00:00Z")), 20700);
	/* the southern summer spans the new year */
	ck_assert_int_eq(fx_zone_offset(sydney, at("2060-01-10T00:00:00Z")), 39600);
	ck_assert_int_eq(fx_zone_offset(sydney, at("2060-06-10T00:00:00Z")), 36000);
}
END_TEST

START_TEST(zone_local_to_utc)
{
	const struct fx_zone *berlin = zone("Europe/Berlin");
	/* a local time is written here as if it were UTC */
	ck_assert_str_eq(text(fx_zone_to_utc(berlin, at("2026-11-20T09:00:00Z"))),
			 "2026-11-20T08:00:00Z");
	/* 02:30 does not exist on 29 March: half an hour after the change */
	ck_assert_str_eq(text(fx_zone_to_utc(berlin, at("2026-03-29T02:30:00Z"))),
			 "2026-03-29T01:30:00Z");
	/* 02:30 exists twice on 25 October: the first (summer time) */
	ck_assert_str_eq(text(fx_zone_to_utc(berlin, at("2026-10-25T02:30:00Z"))),
			 "2026-10-25T00:30:00Z");
	ck_assert_str_eq(text(fx_zone_to_utc(berlin, at("2026-10-25T03:30:00Z"))),
			 "2026-10-25T02:30:00Z");
	ck_assert_str_eq(text(fx_zone_to_utc(zone("+05:30"), at("2026-10-25T03:30:00Z"))),
			 "2026-10-24T22:00:00Z");
}
END_TEST

START_TEST(zone_refusals)
{
	static const char *const bad[] = {"Europe/Nowhere", "../etc/passwd", "/etc/localtime", "",
					  "+5:30", "Europe"};
	struct fx_err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_ptr_null(fx_zone_open(&arena, fx_str(bad[i]), &err));
}
END_TEST

START_TEST(working_hours)
{
	struct fx_hours h = hours("Mon-Fri 08:00-18:00 Europe/Berlin");
	/* Friday 2026-11-20, 17:30 Berlin = 16:30 Z: half an hour left, then Monday 08:00 */
	fx_time fri = at("2026-11-20T16:30:00Z");

	ck_assert(fx_hours_open(&h, fri));
	ck_assert_str_eq(text(fx_hours_add(&h, fri, 2 * FX_HOUR)), "2026-11-23T08:30:00Z");
	ck_assert_str_eq(text(fx_hours_add(&h, fri, 30 * FX_MIN)), "2026-11-20T17:00:00Z");
	ck_assert_str_eq(text(fx_hours_next(&h, at("2026-11-21T10:00:00Z"))),
			 "2026-11-23T07:00:00Z");
	ck_assert(!fx_hours_open(&h, at("2026-11-20T17:00:00Z")));
	ck_assert_int_eq(fx_hours_between(&h, fri, at("2026-11-23T08:30:00Z")), 2 * FX_HOUR);
	ck_assert_int_eq(fx_hours_between(&h, at("2026-11-21T00:00:00Z"),
					  at("2026-11-22T00:00:00Z")),
			 0);
	/* a closed Monday moves it to Tuesday */
	int32_t closed[] = {(int32_t)fx_days_from_civil(2026, 11, 23)};

	h.closed = closed;
	h.nclosed = 1;
	ck_assert_str_eq(text(fx_hours_add(&h, fri, 2 * FX_HOUR)), "2026-11-24T08:30:00Z");
	/* two working days after Friday, Monday closed: the end of Wednesday */
	ck_assert_str_eq(text(fx_hours_add_days(&h, fri, 2)), "2026-11-25T17:00:00Z");
	ck_assert_int_eq(fx_hours_add(NULL, fri, FX_HOUR), fri + FX_HOUR);
}
END_TEST

START_TEST(hours_on_dst_days)
{
	struct fx_hours h = hours("Sat-Sun 00:00-24:00 Europe/Berlin");
	/* 2 h from Sunday 01:30 local, over the missing hour: 04:30 local = 02:30 Z */
	fx_time t = at("2026-03-29T00:30:00Z");

	ck_assert_str_eq(text(fx_hours_add(&h, t, 2 * FX_HOUR)), "2026-03-29T02:30:00Z");
	/* that Sunday has 23 hours, the one in October 25 */
	ck_assert_int_eq(fx_hours_between(&h, at("2026-03-28T23:00:00Z"),
					  at("2026-03-29T22:00:00Z")),
			 23 * FX_HOUR);
	ck_assert_int_eq(fx_hours_between(&h, at("2026-10-24T22:00:00Z"),
					  at("2026-10-25T23:00:00Z")),
			 25 * FX_HOUR);
}
END_TEST

START_TEST(hours_grammar)
{
	static const char *const bad[] = {"",
					  "Mon",
					  "Mon 8:00-18:00",
					  "Mon 18:00-08:00",
					  "Mon 08:00-25:00",
					  "Foo 08:00-18:00",
					  "Mon 08:00-12:00, Mon 11:00-13:00",
					  "Mon-Fri 08:00-18:00 Europe/Nowhere"};
	struct fx_hours h;
	struct fx_err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_hours_parse(&arena, fx_str(bad[i]), &h, &err) == -1, "%s", bad[i]);
	h = hours("Mon-Fri 08:00-12:00, Mon-Fri 13:00-17:00, Sat 09:00-13:00");
	ck_assert_uint_eq(h.nspan, 11);
	h = hours("Fri-Mon 08:00-12:00");
	ck_assert_uint_eq(h.nspan, 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base/time");
	TCase *t = tcase_create("time");
	SRunner *r;
	int bad;

	tcase_add_test(t, rfc3339_examples);
	tcase_add_test(t, rfc3339_refusals);
	tcase_add_test(t, civil_days_agree_with_counting);
	tcase_add_test(t, durations);
	tcase_add_test(t, command_line_times);
	tcase_add_test(t, zone_offsets);
	tcase_add_test(t, zone_local_to_utc);
	tcase_add_test(t, zone_refusals);
	tcase_add_test(t, working_hours);
	tcase_add_test(t, hours_on_dst_days);
	tcase_add_test(t, hours_grammar);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	fx_arena_free(&arena);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
