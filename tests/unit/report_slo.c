/* Objectives, against the worked tables of the SRE workbook, chapter 5. */
#include <check.h>
#include <stdlib.h>

#include "report/slo.h"

static struct fx_figures f;

static void begin(const char *objective)
{
	struct fx_figures_opt opt = {.since = FX_TIME_NONE, .until = FX_TIME_NONE};
	ck_assert_int_eq(fx_time_parse(FX_STR("2026-11-30T00:00:00Z"), &opt.now), 0);
	fx_figures_init(&f, &opt);
	ck_assert(fx_figures_published(&f, FX_STR("sha256:x"), 0));
	fx_figures_objective(&f, FX_STR("drop"), fx_str(objective), FX_STR("ops"));
}

/* Events that happened `ago` before now. */
static void happened(fx_time ago, unsigned good, unsigned bad)
{
	struct fx_pace_slot *s =
	    fx_pace_slot(fx_figures_pace(&f, FX_STR("drop"), FX_STR("handover")), (size_t)(ago / FX_PACE));
	s->good += good;
	s->bad += bad;
}

static struct fx_slo_state *state(void)
{
	static struct fx_slo_state *s;
	free(s);
	ck_assert_uint_eq(fx_slo_states(&f, &s), 1);
	return s;
}

/* "Recommended parameters": 2 % of the budget in 1 h, 5 % in 6 h, 10 % in 3 d; and in 1 d. */
START_TEST(factors_of_thirty_days)
{
	const double want[FX_NBURN] = {14.4, 6, 3, 1};
	begin("99.9% handover over 30d");
	happened(0, 1, 0);
	struct fx_slo_state *s = state();
	for (int i = 0; i < FX_NBURN; i++) {
		ck_assert_double_eq_tol(s->burn[i].factor, want[i], 1e-9);
		ck_assert(!s->burn[i].never && !s->burn[i].firing);
		/* the workbook: the short window is a twelfth of the long one */
		ck_assert_int_eq(fx_burn_rules[i].lng, 12 * fx_burn_rules[i].shrt);
	}
	fx_figures_free(&f);
}
END_TEST

/* "Burn rates and time to complete budget exhaustion": at 99.9 % an error rate of 0.1 % burns at 1, of 0.2 % at 2, of 1 % at 10, of 100 %
 * at 1000. */
START_TEST(burn_rates_of_error_rates)
{
	static const struct {
		unsigned good, bad;
		double rate;
	} rows[] = {{999, 1, 1}, {998, 2, 2}, {990, 10, 10}, {0, 1000, 1000}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin("99.9% handover over 30d");
		happened(0, rows[i].good, rows[i].bad);
		struct fx_slo_state *s = state();
		for (int k = 0; k < FX_NBURN; k++) {
			ck_assert_double_eq_tol(s->burn[k].lng, rows[i].rate, 1e-6);
			ck_assert_double_eq_tol(s->burn[k].shrt, rows[i].rate, 1e-6);
		}
		fx_figures_free(&f);
	}
}
END_TEST

START_TEST(both_windows_must_burn)
{
	begin("99.9% handover over 30d");
	happened(30 * FX_MIN, 0, 100); /* half an hour ago all went wrong */
	happened(0, 100, 0);           /* now all is well */
	struct fx_slo_state *s = state();
	ck_assert(s->burn[0].lng > 14.4 && !s->burn[0].firing); /* 1h/5m: over */
	ck_assert(!s->burn[1].firing); /* 6h/30m: (now - 30m, now] is well */
	ck_assert(s->burn[2].firing && s->burn[3].firing);
	fx_figures_free(&f);
}
END_TEST

START_TEST(one_miss_pages_nobody)
{
	begin("99% handover over 30d");
	happened(0, FX_SLO_LEAST - 2, 1);
	ck_assert(!state()->burn[0].firing);
	happened(0, 1, 0);
	ck_assert_uint_eq(state()->burn[1].events, FX_SLO_LEAST);
	ck_assert(state()->burn[1].firing); /* 10 % bad is 10 times the budget of 1 % */
	ck_assert(!state()->burn[0].firing);
	fx_figures_free(&f);
}
END_TEST

START_TEST(the_budget)
{
	begin("99% handover over 30d");
	happened(29 * FX_DAY, 990, 5);
	struct fx_slo_state *s = state();
	ck_assert_double_eq_tol(s->attained, 990.0 / 995, 1e-12);
	ck_assert_double_eq_tol(s->budget_left, 1 - 5.0 / 9.95, 1e-9);
	happened(30 * FX_DAY, 0, 1000); /* just outside: (now - 30d, now] */
	ck_assert_uint_eq(state()->bad, 5);
	fx_figures_free(&f);
}
END_TEST

START_TEST(an_objective_that_no_rate_can_pass)
{
	begin("90% handover over 30d"); /* all bad burns at 10 */
	happened(0, 0, 1000);
	struct fx_slo_state *s = state();
	ck_assert(s->burn[0].never && !s->burn[0].firing);
	ck_assert(!s->burn[1].never && s->burn[1].firing);
	fx_figures_free(&f);
}
END_TEST

START_TEST(texts)
{
	static const char *const bad[] = {"", "99%", "99 handover over 30d", "99% handover 30d",
					  "99% handover over", "99% handover over 30x",
					  "0% handover over 30d", "101% handover over 30d",
					  "9.9.9% handover over 30d", "99% a b over 30d"};
	double o;
	struct fx_str m;
	fx_time w;
	ck_assert_int_eq(fx_slo_parse(FX_STR(" 99.95%  handover over 28d"), &o, &m, &w), 0);
	ck_assert_double_eq_tol(o, 0.9995, 1e-12);
	ck_assert(fx_str_is(m, "handover"));
	ck_assert_int_eq(w, 28 * FX_DAY);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(fx_slo_parse(fx_str(bad[i]), &o, &m, &w) == -1, "%s", bad[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report slo");
	TCase *c = tcase_create("slo");
	tcase_add_test(c, factors_of_thirty_days);
	tcase_add_test(c, burn_rates_of_error_rates);
	tcase_add_test(c, both_windows_must_burn);
	tcase_add_test(c, one_miss_pages_nobody);
	tcase_add_test(c, the_budget);
	tcase_add_test(c, an_objective_that_no_rate_can_pass);
	tcase_add_test(c, texts);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
