/* The statistics, against published worked examples. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "report/stats.h"

/* Freireich et al. 1963: weeks of remission under 6-mercaptopurine and under placebo, as in
 * Gehan 1965 and R's survival course notes: survdiff gives observed 9 and 21, expected 19.3
 * and 10.7, chi-square 16.8 on 1 degree of freedom, p 4e-05; medians 23 and 8. */
static struct fx_wait treated[] = {{6, 0}, {6, 0}, {6, 0}, {6, 1}, {7, 0}, {9, 1}, {10, 0},
				   {10, 1}, {11, 1}, {13, 0}, {16, 0}, {17, 1}, {19, 1}, {20, 1},
				   {22, 0}, {23, 0}, {25, 1}, {32, 1}, {32, 1}, {34, 1}, {35, 1}};
static struct fx_wait placebo[] = {{1, 0}, {1, 0}, {2, 0}, {2, 0}, {3, 0}, {4, 0}, {4, 0},
				   {5, 0}, {5, 0}, {8, 0}, {8, 0}, {8, 0}, {8, 0}, {11, 0},
				   {11, 0}, {12, 0}, {12, 0}, {15, 0}, {17, 0}, {22, 0}, {23, 0}};

START_TEST(logrank_of_freireich)
{
	struct fx_logrank r, s;
	fx_waits_sort(treated, 21);
	fx_waits_sort(placebo, 21);
	fx_logrank(treated, 21, placebo, 21, &r);
	ck_assert_double_eq(r.observed[0], 9);
	ck_assert_double_eq(r.observed[1], 21);
	ck_assert_double_eq_tol(r.expected[0], 19.25, 0.005);
	ck_assert_double_eq_tol(r.expected[1], 10.75, 0.005);
	ck_assert_double_eq_tol(r.chi2, 16.793, 0.001);
	ck_assert_double_eq_tol(r.p, 4.17e-5, 0.005e-5);
	ck_assert(r.low < r.ratio && r.ratio < r.high && r.high < 1);
	fx_logrank(placebo, 21, treated, 21, &s); /* the other way round */
	ck_assert_double_eq_tol(s.chi2, r.chi2, 1e-9);
	ck_assert_double_eq_tol(s.ratio * r.ratio, 1, 1e-9);
	ck_assert_int_eq(fx_kaplan_meier(treated, 21, 0.5), 23);
	ck_assert_int_eq(fx_kaplan_meier(placebo, 21, 0.5), 8);
	/* the published estimates of remaining in remission: 0.857 at 6, 0.807 at 7, 0.448 at 23 */
	ck_assert_int_eq(fx_kaplan_meier(treated, 21, 1 - 0.858), 6);
	ck_assert_int_eq(fx_kaplan_meier(treated, 21, 1 - 0.808), 7);
	ck_assert_int_eq(fx_kaplan_meier(treated, 21, 1 - 0.449), 23);
	ck_assert(fx_kaplan_meier(treated, 21, 0.9) == FX_TIME_NONE);
}
END_TEST

START_TEST(sides_without_events)
{
	struct fx_wait none[] = {{5, 1}, {7, 1}};
	struct fx_logrank r;
	fx_logrank(none, 2, none, 2, &r);
	ck_assert_double_eq(r.p, 1);
	fx_logrank(none, 0, none, 0, &r);
	ck_assert_double_eq(r.p, 1);
	ck_assert_double_eq(r.ratio, -1);
	ck_assert(fx_kaplan_meier(none, 2, 0.5) == FX_TIME_NONE);
}
END_TEST

/* Newcombe 1998, Two-sided confidence intervals for the single proportion, method 3. */
START_TEST(wilson_of_newcombe)
{
	static const struct {
		uint64_t x, n;
		double low, high;
	} rows[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611},
		    {1, 29, 0.0061, 0.1718}};
	double low, high;
	for (size_t i = 0; i < 4; i++) {
		fx_wilson(rows[i].x, rows[i].n, &low, &high);
		ck_assert_double_eq_tol(low, rows[i].low, 5e-5);
		ck_assert_double_eq_tol(high, rows[i].high, 5e-5);
	}
}
END_TEST

/* Newcombe 1998, Interval estimation for the difference between independent proportions, table
 * II, method 10. */
START_TEST(differences_of_newcombe)
{
	static const struct {
		uint64_t x1, n1, x2, n2;
		double low, high;
	} rows[] = {{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},
		    {5, 56, 0, 29, -0.0381, 0.1926}, {0, 10, 0, 20, -0.1611, 0.2775},
		    {10, 10, 0, 20, 0.6791, 1.0000}};
	struct fx_proportions p;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fx_proportions(rows[i].x1, rows[i].n1, rows[i].x2, rows[i].n2, &p);
		ck_assert_double_eq_tol(p.low, rows[i].low, 5e-5);
		ck_assert_double_eq_tol(p.high, rows[i].high, 5e-5);
	}
}
END_TEST

/* z squared is Pearson's chi-square of the four-fold table, (ad - bc)^2 N over the margins. */
START_TEST(the_test_is_pearsons)
{
	for (unsigned a = 0; a < 40; a += 3)
		for (unsigned c = 1; c < 50; c += 7) {
			double b = 40 - a, d = 50 - c, n = 90;
			double chi2 = pow(a * d - b * c, 2) * n / (40.0 * 50 * (a + c) * (b + d));
			struct fx_proportions p;
			fx_proportions(a, 40, c, 50, &p);
			ck_assert_double_eq_tol(p.z * p.z, chi2, 1e-9);
		}
	struct fx_proportions p;
	fx_proportions(56, 70, 48, 80, &p);
	ck_assert_double_eq_tol(p.p, 0.008045, 5e-7); /* chi-square 7.0234 on 1 degree of freedom */
	fx_proportions(0, 0, 5, 10, &p);
	ck_assert_double_eq(p.p, 1);
	ck_assert_double_eq(p.share[0], -1);
}
END_TEST

/* (1.96 + 0.8416)^2 (0.6 0.4 + 0.5 0.5) / 0.1^2 = 384.6 */
START_TEST(how_many_are_needed)
{
	ck_assert_uint_eq(fx_sample_size(0.6, 0.5), 385);
	ck_assert_uint_eq(fx_sample_size(0.5, 0.6), 385);
	ck_assert_uint_eq(fx_sample_size(0.5, 0.5), UINT64_MAX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report stats");
	TCase *c = tcase_create("stats");
	tcase_add_test(c, logrank_of_freireich);
	tcase_add_test(c, sides_without_events);
	tcase_add_test(c, wilson_of_newcombe);
	tcase_add_test(c, differences_of_newcombe);
	tcase_add_test(c, the_test_is_pearsons);
	tcase_add_test(c, how_many_are_needed);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
