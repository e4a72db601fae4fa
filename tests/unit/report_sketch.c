/* The sketch: exact while small, within 1 % after, the same bytes for any split and order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/sketch.h"

static uint64_t state;
static uint64_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 20;
}

/* Spread over many octaves, as durations are: from microseconds to months. */
static int64_t duration(void)
{
	unsigned bits = 1 + (unsigned)(draw() % 43);
	return (int64_t)(draw() & (((uint64_t)1 << bits) - 1));
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double type7(const int64_t *sorted, size_t n, double q)
{
	double place = q * (double)(n - 1);
	size_t i = (size_t)place;
	if (i + 1 >= n)
		return (double)sorted[n - 1];
	return (double)sorted[i] + (place - (double)i) * (double)(sorted[i + 1] - sorted[i]);
}

START_TEST(small_sets_are_exact)
{
	struct fx_sketch s = {0};
	ck_assert(fx_sketch_quantile(&s, 0.5) == FX_TIME_NONE);
	ck_assert(fx_sketch_mean(&s) == FX_TIME_NONE);
	const fx_time v[] = {7, 1, 3, 100};
	for (size_t i = 0; i < 4; i++)
		fx_sketch_add(&s, v[i]);
	/* numpy.percentile([7,1,3,100], [0,25,50,75,100]) = 1, 2.5, 5, 30.25, 100 */
	ck_assert_int_eq(fx_sketch_quantile(&s, 0), 1);
	ck_assert_int_eq(fx_sketch_quantile(&s, 0.25), 3); /* 2.5, rounded up */
	ck_assert_int_eq(fx_sketch_quantile(&s, 0.5), 5);
	ck_assert_int_eq(fx_sketch_quantile(&s, 0.75), 30);
	ck_assert_int_eq(fx_sketch_quantile(&s, 1), 100);
	ck_assert_int_eq(fx_sketch_mean(&s), 28); /* 27.75 */
	ck_assert_uint_eq(fx_sketch_at_most(&s, 7), 3);
	ck_assert_uint_eq(fx_sketch_at_most(&s, 0), 0);
	fx_sketch_free(&s);
}
END_TEST

START_TEST(quantiles_are_within_one_percent)
{
	enum { N = 200000 };
	int64_t *v = malloc(N * sizeof(*v));
	struct fx_sketch s = {0};
	state = 42;
	double sum = 0;
	for (size_t i = 0; i < N; i++) {
		v[i] = duration();
		sum += (double)v[i];
		fx_sketch_add(&s, v[i]);
	}
	qsort(v, N, sizeof(*v), by_value);
	for (int p = 0; p <= 1000; p++) {
		double want = type7(v, N, p / 1000.0),
		       got = (double)fx_sketch_quantile(&s, p / 1000.0);
		ck_assert_msg(got >= want * 0.99 - 1 && got <= want * 1.01 + 1, "p%d: %f for %f", p,
		              got, want);
	}
	ck_assert_int_eq(s.min, v[0]);
	ck_assert_int_eq(s.max, v[N - 1]);
	double mean = (double)fx_sketch_mean(&s);
	ck_assert(mean > sum / N * 0.999999 && mean < sum / N * 1.000001);
	free(v);
	fx_sketch_free(&s);
}
END_TEST

static void shuffle(int64_t *v, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = draw() % (i + 1);
		int64_t x = v[i];
		v[i] = v[j];
		v[j] = x;
	}
}

/* Sizes about the border between exact and bucketed, cut anywhere, merged in any order. */
START_TEST(any_split_gives_the_same_bytes)
{
	const size_t sizes[] = {
	    1, 100, FX_SKETCH_EXACT - 1, FX_SKETCH_EXACT, FX_SKETCH_EXACT + 1, 3 * FX_SKETCH_EXACT};
	state = 7;
	for (size_t k = 0; k < 6; k++) {
		size_t n = sizes[k];
		int64_t *v = malloc(n * sizeof(*v));
		struct fx_sketch whole = {0};
		struct fx_buf want = {0}, got = {0};
		for (size_t i = 0; i < n; i++) {
			v[i] = duration();
			fx_sketch_add(&whole, v[i]);
		}
		fx_sketch_write(&whole, &want);
		for (int round = 0; round < 20; round++) {
			struct fx_sketch part[7] = {{0}}, sum = {0};
			shuffle(v, n);
			for (size_t i = 0; i < n; i++) /* the first part gets most */
				fx_sketch_add(&part[round % 2     ? draw() % 7
				                    : draw() % 40 ? 0
				                                  : draw() % 7],
				              v[i]);
			for (int p = 0; p < 7; p++)
				fx_sketch_merge(&sum, &part[(p * 3 + round) % 7]);
			fx_buf_reset(&got);
			fx_sketch_write(&sum, &got);
			ck_assert_uint_eq(got.n, want.n);
			ck_assert(memcmp(got.p, want.p, got.n) == 0);
			ck_assert_int_eq(fx_sketch_quantile(&sum, 0.5),
			                 fx_sketch_quantile(&whole, 0.5));
			for (int p = 0; p < 7; p++)
				fx_sketch_free(&part[p]);
			fx_sketch_free(&sum);
		}
		fx_buf_free(&want);
		fx_buf_free(&got);
		fx_sketch_free(&whole);
		free(v);
	}
}
END_TEST

START_TEST(written_and_read_back)
{
	for (size_t n = 0; n < 40000; n = n * 3 + 1) {
		struct fx_sketch s = {0}, back = {0};
		struct fx_buf one = {0}, two = {0};
		struct fx_tape t = {0};
		struct fx_err err;
		state = n;
		for (size_t i = 0; i < n; i++)
			fx_sketch_add(&s, duration());
		fx_sketch_write(&s, &one);
		ck_assert_int_eq(fx_tape_read(&t, fx_buf_view(&one), &err), 0);
		ck_assert_int_eq(fx_sketch_read(&back, &t, 0, &err), 0);
		fx_sketch_write(&back, &two);
		ck_assert(fx_str_eq(fx_buf_view(&one), fx_buf_view(&two)));
		ck_assert_uint_eq(back.n, s.n);
		ck_assert_int_eq(fx_sketch_mean(&back), fx_sketch_mean(&s));
		fx_tape_free(&t);
		fx_sketch_free(&s);
		fx_sketch_free(&back);
		fx_buf_free(&one);
		fx_buf_free(&two);
	}
}
END_TEST

START_TEST(what_is_no_sketch_is_refused)
{
	static const char *const bad[] = {
	    "[]",
	    "{}",
	    "{\"values\":1}",
	    "{\"values\":[-1]}",
	    "{\"values\":[1.5]}",
	    "{\"values\":[9223372036854775808]}",
	    "{\"buckets\":[]}",
	    "{\"min\":1,\"max\":0,\"sum_s\":0,\"sum_us\":0,\"buckets\":[[1,99999]]}",
	    "{\"min\":0,\"max\":9,\"sum_s\":0,\"sum_us\":0,\"buckets\":[[1,5]]}",
	    "{\"min\":0,\"max\":9,\"sum_s\":0,\"sum_us\":0,\"buckets\":[[3712,99999]]}",
	    "{\"min\":0,\"max\":9,\"sum_s\":0,\"sum_us\":0,\"buckets\":[[1]]}",
	    "{\"min\":0,\"max\":9,\"sum_s\":0,\"sum_us\":0,"
	    "\"buckets\":[[1,9223372036854775807],[2,1]]}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fx_tape t = {0};
		struct fx_sketch s = {0};
		struct fx_err err;
		ck_assert_int_eq(fx_tape_read(&t, fx_str(bad[i]), &err), 0);
		ck_assert_msg(fx_sketch_read(&s, &t, 0, &err) == -1, "%s", bad[i]);
		fx_tape_free(&t);
		fx_sketch_free(&s);
	}
}
END_TEST

START_TEST(the_largest_value_has_a_bucket)
{
	struct fx_sketch s = {0};
	for (unsigned i = 0; i <= FX_SKETCH_EXACT; i++)
		fx_sketch_add(&s, INT64_MAX);
	fx_time v = fx_sketch_quantile(&s, 0.5);
	ck_assert(v > INT64_MAX / 100 * 99);
	fx_sketch_free(&s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report sketch");
	TCase *c = tcase_create("sketch");
	tcase_add_test(c, small_sets_are_exact);
	tcase_add_test(c, quantiles_are_within_one_percent);
	tcase_add_test(c, any_split_gives_the_same_bytes);
	tcase_add_test(c, written_and_read_back);
	tcase_add_test(c, what_is_no_sketch_is_refused);
	tcase_add_test(c, the_largest_value_has_a_bucket);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}
