/* Numbers as exact decimals, doubles, and ECMAScript's texts. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/num.h"

START_TEST(compares_exactly)
{
	/* Each line ascends; within a line separated by '=' the texts are equal. */
	static const char *const ascending[] = {
	    "-1e1000",
	    "-1e999=-10e998=-0.1e1000",
	    "-10.5",
	    "-2=-2.0=-20e-1=-0.2e1",
	    "-1.9",
	    "-1e-400",
	    "0=-0=0.000=0e99=-0.0e-7=0e99999999999999999999",
	    "1e-99999999999999999999",
	    "1e-400=0.1e-399",
	    "0.1=1e-1=0.10=0.01E1=100e-3",
	    "0.10000000000000001",
	    "9=9.0",
	    "9.5",
	    "10=1e1=1E+1=1000e-2",
	    "10.10=10.1=1010e-2",
	    "1234567890123456781",
	    "1234567890123456789",
	    "9223372036854775807",
	    "9223372036854775808",
	    "1e400=10e399",
	    "1e99999999999999999998",
	    "1e99999999999999999999",
	};
	enum { N = sizeof(ascending) / sizeof(ascending[0]) };

	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			const char *p = ascending[i];

			for (size_t n = strcspn(p, "="); n; p += n + (p[n] == '='), n = strcspn(p, "=")) {
				const char *q = ascending[j];

				for (size_t m = strcspn(q, "="); m;
				     q += m + (q[m] == '='), m = strcspn(q, "=")) {
					int c = fx_num_cmp((struct fx_str){p, n}, (struct fx_str){q, m});

					ck_assert_msg((c > 0) - (c < 0) == (i > j) - (i < j),
						      "%.*s and %.*s: %d", (int)n, p, (int)m, q, c);
				}
			}
		}
	}
}
END_TEST

START_TEST(knows_integers)
{
	static const char *const yes[] = {"0", "-0", "0.0", "1", "1.0", "1e2", "0.5e1", "12.50e1",
					  "1e400", "100e-2", "0e-5", "12345678901234567890123"};
	static const char *const no[] = {"0.5", "1e-1", "12.5", "1.5e0", "105e-2", "1e-400"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(fx_num_is_integer(fx_str(yes[i])), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!fx_num_is_integer(fx_str(no[i])), "%s", no[i]);
}
END_TEST

START_TEST(multiples)
{
	static const struct {
		const char *a, *b;
		int want;
	} cases[] = {
	    {"10", "2", 1},	  {"7", "2", 0},	{"0", "3", 1},	       {"4.5", "1.5", 1},
	    {"35", "1.5", 0},	  {"0.0075", "0.0001", 1}, {"0.00751", "0.0001", 0},
	    {"19.99", "0.01", 1}, {"19.995", "0.01", 0}, {"1e308", "0.5", 1},
	    {"1e308", "0.123456789", 0}, {"1e400", "7", 0}, {"7e400", "7", 1}, {"-9", "3", 1},
	    {"12345678901234567890", "10", 1}, {"12391239123", "1e-8", 1}, {"1", "0", -1},
	    {"1", "-1", -1}, {"1", "1234567890123456789", -1},
	    {"999999999999999999999999999999999999", "999999999999999999", 1},
	    {"1", "1e1000", 0}, {"1e1000", "1e1000", 1}, {"3e1000", "1.5e1000", 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(fx_num_multiple_of(fx_str(cases[i].a), fx_str(cases[i].b)) ==
				  cases[i].want, "%s of %s", cases[i].a, cases[i].b);
}
END_TEST

START_TEST(int64)
{
	static const struct {
		const char *text;
		int rc;
		int64_t v;
	} cases[] = {
	    {"0", 0, 0}, {"-0", 0, 0}, {"1e2", 0, 100}, {"1.0", 0, 1}, {"-12.50e1", 0, -125},
	    {"9223372036854775807", 0, INT64_MAX}, {"9223372036854775808", -1, 0},
	    {"-9223372036854775808", 0, INT64_MIN}, {"-9223372036854775809", -1, 0},
	    {"0.5", -1, 0}, {"1e18", 0, 1000000000000000000}, {"1e19", -1, 0}, {"1e400", -1, 0},
	    {"1e-1", -1, 0}, {"1e99999999999999999999", -1, 0}, {"0e99999999999999999999", 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 0;
		int rc = fx_num_int64(fx_str(cases[i].text), &v);

		ck_assert_msg(rc == cases[i].rc && v == cases[i].v, "%s: %d %lld", cases[i].text, rc,
			      (long long)v);
	}
}
END_TEST

/* Doubles as strtod reads them, with texts that are hard to round. */
START_TEST(doubles)
{
	static const char *const texts[] = {
	    "0", "0.1", "119.80", "-59.90", "1e22", "1e23", "9007199254740993", "9007199254740992",
	    "9007199254740993.00000000000000000000000000000000000001", "123456789012345678",
	    "2.2250738585072011e-308", "2.2250738585072014e-308", "5e-324", "2e-324", "3e-324",
	    "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308",
	    "1.7976931348623158e308", "1.7976931348623159e308", "1e400", "-1e400", "1e-400",
	    "0.000000000000000000001e22", "123456789e-30", "0.3", "8.41e21", "6.02214076e23",
	    "100000000000000000000000000000000000000e-37",
	    "9214843084008499", "17976931348623158079372897140530341507993413271003782693617377898"
	    "0444968292764750946649017977587207096330286416692887910946555547851940402630657488"
	    "6715058206819089020007083836762738548458177115317644757302700698555713669596228429"
	    "14819860834936475292719074168444365510704342711559699508093042880"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		double want = strtod(texts[i], NULL), got = fx_num_double(fx_str(texts[i]));

		ck_assert_msg(memcmp(&want, &got, sizeof(want)) == 0, "%s: %a, not %a", texts[i],
			      got, want);
	}
	ck_assert(signbit(fx_num_double(FX_STR("-0"))));
	ck_assert(signbit(fx_num_double(FX_STR("-0.0e5"))));
}
END_TEST

/* A half-way point with its last digit thousands of places on: only it decides. */
START_TEST(doubles_with_a_far_last_digit)
{
	struct fx_buf b = {0};

	fx_buf_z(&b, "9007199254740993.");
	for (int i = 0; i < 5000; i++)
		fx_buf_byte(&b, '0');
	ck_assert(fx_num_double(fx_buf_view(&b)) == 9007199254740992.0);
	fx_buf_byte(&b, '1');
	ck_assert(fx_num_double(fx_buf_view(&b)) == 9007199254740994.0);
	fx_buf_free(&b);
}
END_TEST

static double from_bits(uint64_t u)
{
	double d;

	memcpy(&d, &u, sizeof(d));
	return d;
}

/* RFC 8785, appendix B. */
START_TEST(es6_as_in_the_rfc)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} rows[] = {
	    {0x0000000000000000, "0"},
	    {0x8000000000000000, "0"},
	    {0x0000000000000001, "5e-324"},
	    {0x8000000000000001, "-5e-324"},
	    {0x7fefffffffffffff, "1.7976931348623157e+308"},
	    {0xffefffffffffffff, "-1.7976931348623157e+308"},
	    {0x4340000000000000, "9007199254740992"},
	    {0xc340000000000000, "-9007199254740992"},
	    {0x4430000000000000, "295147905179352830000"},
	    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
	    {0x44b52d02c7e14af6, "1e+23"},
	    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
	    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
	    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
	    {0x444b1ae4d6e2ef50, "1e+21"},
	    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
	    {0x3eb0c6f7a0b5ed8d, "0.000001"},
	    {0x41b3de4355555553, "333333333.3333332"},
	    {0x41b3de4355555554, "333333333.33333325"},
	    {0x41b3de4355555555, "333333333.3333333"},
	    {0x41b3de4355555556, "333333333.3333334"},
	    {0x41b3de4355555557, "333333333.33333343"},
	    {0xbecbf647612f3696, "-0.0000033333333333333333"},
	    {0x43143ff3c1cb0959, "1424953923781206.2"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[FX_ES6_LEN];

		fx_num_es6(from_bits(rows[i].bits), out);
		ck_assert_str_eq(out, rows[i].text);
	}
}
END_TEST

/* How many significant digits a text has. */
static int significant(const char *s)
{
	int n = 0, zeros = 0;

	for (; *s && *s != 'e'; s++) {
		if (*s == '0') {
			zeros++;
		} else if (*s >= '1' && *s <= '9') {
			n += (n ? zeros : 0) + 1;
			zeros = 0;
		}
	}
	return n;
}

/*
 * Powers of two, where the gap below is half the gap above: the text must read
 * back, and no text with fewer digits may (tried: the nearest and its neighbours).
 */
START_TEST(es6_of_powers_of_two_is_shortest)
{
	for (int e = -1074; e <= 1023; e++) {
		double d = ldexp(1, e);
		char out[FX_ES6_LEN], shorter[64];
		int digits;

		fx_num_es6(d, out);
		ck_assert_msg(strtod(out, NULL) == d, "2^%d: %s", e, out);
		digits = significant(out);
		for (int near = -1; digits > 1 && near <= 1; near++) {
			long long v;
			int exp;

			snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, d);
			exp = atoi(strchr(shorter, 'e') + 1) - (digits - 2);
			*strchr(shorter, 'e') = '\0';
			if (strchr(shorter, '.'))
				memmove(strchr(shorter, '.'), strchr(shorter, '.') + 1,
					strlen(strchr(shorter, '.')));
			v = strtoll(shorter, NULL, 10) + near;
			snprintf(shorter, sizeof(shorter), "%llde%d", v, exp);
			ck_assert_msg(strtod(shorter, NULL) != d, "2^%d: %s, but %s is shorter", e,
				      out, shorter);
		}
	}
}
END_TEST

START_TEST(canonical_numbers)
{
	static const struct {
		const char *in, *jcs, *exact;
	} rows[] = {
	    {"-0", "0", "0"},
	    {"10.10", "10.1", "10.1"},
	    {"1.50E+3", "1500", "1500"},
	    {"0.0000010", "0.000001", "0.000001"},
	    {"0.00000010", "1e-7", "1e-7"},
	    {"1e21", "1e+21", "1e+21"},
	    {"123e18", "123000000000000000000", "123000000000000000000"},
	    {"0.30000000000000004", "0.30000000000000004", "0.30000000000000004"},
	    {"1234567890123456781", "1234567890123456800", "1234567890123456781"},
	    {"1234567890123456789", "1234567890123456800", "1234567890123456789"},
	    {"12345678901234567890123.5", "1.2345678901234568e+22", "1.23456789012345678901235e+22"},
	    {"1e400", NULL, "1e+400"},
	    {"4.9e-324", "5e-324", "4.9e-324"},
	    {"1e-400", "0", "1e-400"},
	    {"1e99999999999999999999", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int exact = 0; exact < 2; exact++) {
			struct fx_buf b = {0};
			const char *want = exact ? rows[i].exact : rows[i].jcs;
			int rc = fx_num_canon(&b, fx_str(rows[i].in), exact);

			ck_assert_msg(rc == (want ? 0 : -1), "%s", rows[i].in);
			if (want)
				ck_assert_msg(fx_str_is(fx_buf_view(&b), want), "%s: %.*s",
					      rows[i].in, FX_FMT(fx_buf_view(&b)));
			fx_buf_free(&b);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json_num");
	TCase *tc = tcase_create("num");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, compares_exactly);
	tcase_add_test(tc, knows_integers);
	tcase_add_test(tc, multiples);
	tcase_add_test(tc, int64);
	tcase_add_test(tc, doubles);
	tcase_add_test(tc, doubles_with_a_far_last_digit);
	tcase_add_test(tc, es6_as_in_the_rfc);
	tcase_add_test(tc, es6_of_powers_of_two_is_shortest);
	tcase_add_test(tc, canonical_numbers);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
