/* Equality of JSON values: by hand, and every pair of a list against what RFC 8259 and decimals say. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/same.h"

static bool same(const char *x, const char *y, struct fx_buf *where)
{
	static const struct fx_str except[] = {{"at", 2}};
	struct fx_tape a = {0}, b = {0};
	struct fx_arena arena = {0};
	bool r;

	ck_assert_int_eq(fx_tape_read(&a, fx_str(x), NULL), 0);
	ck_assert_int_eq(fx_tape_read(&b, fx_str(y), NULL), 0);
	fx_buf_reset(where);
	r = fx_same(&a, &b, except, 1, &arena, where);
	fx_tape_free(&a);
	fx_tape_free(&b);
	fx_arena_free(&arena);
	return r;
}

START_TEST(numbers)
{
	/* Numbers of one row are one number; of different rows never. */
	static const char *const rows[][6] = {
	    {"0", "-0", "0.0", "0e9", "-0.00E-7"},
	    {"1", "1.0", "1e0", "10e-1", "0.1e1", "100e-2"},
	    {"-1", "-1.00", "-10E-1"},
	    {"10", "1e1", "1E+1", "10.0"},
	    {"0.1", "1e-1", "0.10", "10e-2"},
	    {"101", "1.01e2", "101.000"},
	    {"1.01", "101e-2"},
	    {"1234567890123456781"},
	    {"1234567890123456789", "1234567890123456789.0"},
	    {"1e400", "10e399"},
	    {"1e-400"},
	    {"1e99999999999999999999999999"},
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (int x = 0; x < 6 && rows[i][x]; x++)
				for (int y = 0; y < 6 && rows[j][y]; y++)
					ck_assert_msg(fx_same_number(fx_str(rows[i][x]), fx_str(rows[j][y])) ==
						      (i == j), "%s %s", rows[i][x], rows[j][y]);
}
END_TEST

START_TEST(values)
{
	static const struct {
		const char *x, *y, *where; /* where NULL: the same */
	} cases[] = {
	    {"{\"a\":1,\"b\":[true,null]}", "{ \"b\":[true, null], \"a\":1.0 }", NULL},
	    {"{\"a\":\"\\u00e4\"}", "{\"a\":\"\xc3\xa4\"}", NULL},
	    {"{\"\\u0061\":1}", "{\"a\":1}", NULL},
	    {"{\"a\":1,\"at\":1}", "{\"at\":2,\"a\":1}", NULL},
	    {"{\"a\":1,\"at\":1}", "{\"a\":1}", NULL},
	    {"{\"x\":{\"at\":1}}", "{\"x\":{\"at\":2}}", "/x/at"},
	    {"{\"a\":1}", "{\"a\":2}", "/a"},
	    {"{\"a\":1}", "{\"a\":\"1\"}", "/a"},
	    {"{\"a\":1}", "{\"b\":1}", "/a"},
	    {"{\"a\":1}", "{\"a\":1,\"b\":2}", "/b"},
	    {"{\"a\":1,\"b\":2}", "{\"a\":1}", "/b"},
	    {"{\"a\":[1,2,3]}", "{\"a\":[1,2,4]}", "/a/2"},
	    {"{\"a\":[1,2,3]}", "{\"a\":[1,2]}", "/a"},
	    {"{\"a\":[[{\"b/~\":1}]]}", "{\"a\":[[{\"b/~\":0}]]}", "/a/0/0/b~1~0"},
	    {"{\"a\":{\"x\":1,\"y\":2,\"z\":3}}", "{\"a\":{\"z\":3,\"x\":1,\"y\":2}}", NULL},
	    {"{\"a\":{\"x\":1,\"y\":2,\"z\":3}}", "{\"a\":{\"z\":3,\"x\":1,\"w\":2}}", "/a/y"},
	    {"{\"a\":{}}", "{\"a\":[]}", "/a"},
	    {"{\"a\":true}", "{\"a\":false}", "/a"},
	    {"{\"c\":{\"d\":[]},\"e\":0}", "{\"e\":0,\"c\":{\"d\":[]}}", NULL},
	};
	struct fx_buf where = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(same(cases[i].x, cases[i].y, &where) == !cases[i].where, "%s", cases[i].x);
		if (cases[i].where)
			ck_assert_msg(fx_str_is(fx_buf_view(&where), cases[i].where), "%s: %.*s", cases[i].x,
				      FX_FMT(fx_buf_view(&where)));
		ck_assert_msg(same(cases[i].y, cases[i].x, &where) == !cases[i].where, "%s", cases[i].x);
	}
	fx_buf_free(&where);
}
END_TEST

/* An object of 50,000 members in the opposite order must not take quadratic time. */
START_TEST(large_objects)
{
	struct fx_buf x = {0}, y = {0}, where = {0};

	for (int i = 0; i < 50000; i++) {
		fx_buf_fmt(&x, "%s\"k%d\":%d", i ? "," : "{\"o\":{", i, i);
		fx_buf_fmt(&y, "%s\"k%d\":%d", i ? "," : "{\"o\":{", 49999 - i, 49999 - i);
	}
	fx_buf_z(&x, "}}");
	fx_buf_z(&y, "}}");
	fx_buf_byte(&x, '\0');
	fx_buf_byte(&y, '\0');
	ck_assert(same(x.p, y.p, &where));
	fx_buf_free(&x);
	fx_buf_free(&y);
	fx_buf_free(&where);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_same");
	TCase *t = tcase_create("same");
	SRunner *r;
	int bad;

	tcase_set_timeout(t, 30);
	tcase_add_test(t, numbers);
	tcase_add_test(t, values);
	tcase_add_test(t, large_objects);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
