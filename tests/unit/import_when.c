/* Times as platforms write them; each wanted value by date -u -d ... +%s. */
#include <check.h>

#include "import/when.h"

static struct fx_arena arena;

/* Seconds since the epoch, or -1 when the text is refused. */
static long long at(const char *text, const char *format, const char *zone)
{
	struct fx_err err;
	const struct fx_zone *z = zone ? fx_zone_open(&arena, fx_str(zone), &err) : NULL;
	fx_time t;

	ck_assert_msg(!zone || z, "no zone %s", zone);
	return fx_when_parse(fx_str(text), fx_str(format), z, &t) == 0 ? t / FX_SEC : -1;
}

#define EPOCH 1795197789ll /* 2026-11-20T18:03:09Z */

START_TEST(iso)
{
	ck_assert_int_eq(at("2026-11-20T18:03:09Z", "iso", "Europe/Berlin"), EPOCH);
	ck_assert_int_eq(at("2026-11-20 19:03:09 +0100", "iso", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20T13:03:09-05:00", "iso", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20T13:03:09-05", "iso", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20 18:03:09 UTC", "iso", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20 18:03:09.999999", "iso", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20 18:03:09", "iso", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20 19:03:09", "iso", "Europe/Berlin"), EPOCH);
	ck_assert_int_eq(at("2026-11-20 18:03", "iso", NULL), EPOCH - 9);
	ck_assert_int_eq(at("2026-11-20", "iso", NULL), EPOCH - 9 - 3 * 60 - 18 * 3600);
	ck_assert_int_eq(at("1996-07-04 00:00:00.000", "iso", NULL), 836438400);
	ck_assert_int_eq(at("2016-05-17T04:14:36-00:00", "iso", NULL), 1463458476);
	ck_assert_int_eq(at("2024-02-29", "iso", NULL), 1709164800);
}
END_TEST

START_TEST(formats)
{
	ck_assert_int_eq(at("7/4/1996", "%m/%d/%Y", NULL), 836438400);
	ck_assert_int_eq(at("07/04/96", "%m/%d/%y", NULL), 836438400);
	ck_assert_int_eq(at("20.11.2026 19:03:09", "%d.%m.%Y %H:%M:%S", "Europe/Berlin"), EPOCH);
	ck_assert_int_eq(at("Nov 20, 2026 6:03 PM", "%b %d, %Y %I:%M %p", NULL), EPOCH - 9);
	ck_assert_int_eq(at("20 November 2026 12:00 am", "%d %b %Y %I:%M %p", NULL),
	                 EPOCH - 9 - 3 * 60 - 18 * 3600);
	ck_assert_int_eq(at("20261120180309", "%Y%m%d%H%M%S", NULL), EPOCH);
	ck_assert_int_eq(at("2026-11-20 18:03:09.5+02:00", "%Y-%m-%d %H:%M:%S.%f%z", NULL),
	                 EPOCH - 7200);
	ck_assert_int_eq(at("100% 2026", "100%% %Y", NULL), 1767225600);
}
END_TEST

START_TEST(refused)
{
	static const char *const bad[] = {"",
	                                  "2026",
	                                  "2026-13-01",
	                                  "2026-00-10",
	                                  "2026-02-29",
	                                  "2026-11-31",
	                                  "2026-11-20T24:00:00Z",
	                                  "2026-11-20T18:60:00Z",
	                                  "2026-11-20T",
	                                  "2026-11-20T18",
	                                  "2026-11-20T18:03:09ZZ",
	                                  "2026-11-20T18:03:09+2",
	                                  "26-11-20",
	                                  "2026-11-20 18:03:09 CET",
	                                  "2026-11-20T18:03:09+24:00",
	                                  "x2026-11-20",
	                                  "2026-11-2",
	                                  "2026-11-20 9:03",
	                                  "2026-11-20 18:03:61"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(at(bad[i], "iso", NULL) == -1, "taken: %s", bad[i]);
	ck_assert_int_eq(at("13/1/2026", "%m/%d/%Y", NULL), -1);
	ck_assert_int_eq(at("1/1/2026 ", "%m/%d/%Y", NULL), -1);
	ck_assert_int_eq(at("13:00 PM", "%I:%M %p", NULL), -1);
	ck_assert_int_eq(at("Novem 1 2026", "%b %d %Y", NULL), -1);
}
END_TEST

/* Sao Paulo skipped 2017-10-15T00:00-01:00 and had 2018-02-17T23:00-24:00 twice. */
START_TEST(clock_changes)
{
	ck_assert_int_eq(at("2017-10-14 23:59:59", "iso", "America/Sao_Paulo"), 1508036399);
	ck_assert_int_eq(at("2017-10-15 01:00:00", "iso", "America/Sao_Paulo"), 1508036400);
	ck_assert_int_eq(at("2018-02-17 23:30:00", "iso", "America/Sao_Paulo"), 1518917400);
	ck_assert_int_eq(at("2018-02-18 00:00:00", "iso", "America/Sao_Paulo"), 1518922800);
}
END_TEST

START_TEST(format_check)
{
	char bad = 0;

	ck_assert(fx_when_format_ok(FX_STR("%d.%m.%Y %H:%M"), &bad));
	ck_assert(!fx_when_format_ok(FX_STR("%d %B"), &bad) && bad == 'B');
	ck_assert(!fx_when_format_ok(FX_STR("%d %"), &bad));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import_when");
	TCase *t = tcase_create("when");
	SRunner *r;
	int failed;

	tcase_add_test(t, iso);
	tcase_add_test(t, formats);
	tcase_add_test(t, refused);
	tcase_add_test(t, clock_changes);
	tcase_add_test(t, format_check);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	fx_arena_free(&arena);
	return failed != 0;
}
