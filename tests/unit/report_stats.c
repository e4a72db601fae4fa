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
	ck_assert_double_eq_tol(r.ratio, 9 / 19.25 / (21 / 10.75), 5e-4);
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
	/* R's survfit of the same (MASS::gehan): medians 8 (4 to 12) and 23 (16 to NA). */
	fx_time low, high;
	fx_kaplan_meier_interval(placebo, 21, 0.5, &low, &high);
	ck_assert_int_eq(low, 4);
	ck_assert_int_eq(high, 12);
	fx_kaplan_meier_interval(treated, 21, 0.5, &low, &high);
	ck_assert_int_eq(low, 16);
	ck_assert(high == FX_TIME_NONE);
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
	/* The other way round: what 385 a side would show about a half. */
	struct fx_proportions p;
	fx_proportions(212, 385, 173, 385, &p);
	ck_assert_double_eq_tol(p.least, 0.5 * (1.959964 + 0.841621) * sqrt(2.0 / 385), 1e-6);
	ck_assert_double_eq_tol(p.least, 0.1, 0.001);
	/* Schoenfeld 1983, as in Collett's textbook: 66 events for a ratio of 2, 1:1; as many for a half. */
	ck_assert_double_eq(ceil(fx_events_needed(2, 0.5)), 66);
	ck_assert_double_eq_tol(fx_events_needed(0.5, 0.5), fx_events_needed(2, 0.5), 1e-9);
	ck_assert_double_eq_tol(fx_least_ratio(fx_events_needed(1.7, 0.2), 0.2), 1.7, 1e-9);
	ck_assert_double_eq(fx_least_ratio(0, 0.5), -1);
	ck_assert(fx_events_needed(2, 0.1) > 2.7 * fx_events_needed(2, 0.5));
}
END_TEST

/* scipy 1.10.1: stats.binom.ppf(.025, n, q) and stats.binom.isf(.025, n, q) + 1.  For the median of 100
 * Campbell and Gardner (BMJ 1988; 296:1454) give the 40th and the 61st, too. */
START_TEST(ranks_of_quantiles)
{
	static const struct {
		uint64_t n;
		double q;
		uint64_t low, high;
	} rows[] = {{6, .5, 1, 6},          {10, .5, 2, 9},          {29, .5, 9, 21},
		    {80, .5, 31, 50},       {80, .9, 66, 78},        {80, .95, 72, 80},
		    {100, .5, 40, 61},      {100, .9, 84, 96},       {100, .95, 90, 100},
		    {1000, .95, 936, 964},  {16384, .9, 14670, 14821}, {100000, .5, 49690, 50311},
		    {100000, .95, 94864, 95136}};
	uint64_t low, high;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert(fx_quantile_ranks(rows[i].n, rows[i].q, &low, &high));
		ck_assert_uint_eq(low, rows[i].low);
		ck_assert_uint_eq(high, rows[i].high);
	}
	/* ppf 0 or isf + 1 of n + 1: there is no such order statistic */
	ck_assert(!fx_quantile_ranks(5, .5, &low, &high));
	ck_assert(!fx_quantile_ranks(29, .9, &low, &high));
	ck_assert(!fx_quantile_ranks(10, .95, &low, &high));
	ck_assert(!fx_quantile_ranks(1, .5, &low, &high));
}
END_TEST

/* A bound is where a test of that mean would just not reject: (x - m)^2 / m = z^2. */
START_TEST(counts_of_poisson)
{
	double low, high;
	for (uint64_t x = 1; x < 2000; x = x * 3 / 2 + 1) {
		fx_poisson(x, &low, &high);
		ck_assert_double_eq_tol(pow((double)x - low, 2) / low, 3.841458820694124, 1e-6);
		ck_assert_double_eq_tol(pow((double)x - high, 2) / high, 3.841458820694124, 1e-6);
		ck_assert(low < (double)x && (double)x < high);
	}
	fx_poisson(0, &low, &high);
	ck_assert_double_eq(low, 0);
	ck_assert_double_eq_tol(high, 3.841458820694124, 1e-9);
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
	tcase_add_test(c, ranks_of_quantiles);
	tcase_add_test(c, counts_of_poisson);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
