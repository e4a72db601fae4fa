/* Canonical form and sameness of values. */
#include <check.h>
#include <string.h>

#include "json/canon.h"

static struct fx_canon canon;
static struct fx_tape ta, tb;
static struct fx_buf out;

static void teardown(void)
{
	fx_canon_free(&canon);
	fx_tape_free(&ta);
	fx_tape_free(&tb);
	fx_buf_free(&out);
}

static const char *form(const char *text, enum fx_canon_mode mode)
{
	fx_buf_reset(&out);
	ck_assert_int_eq(fx_tape_read(&ta, fx_str(text), NULL), 0);
	ck_assert_int_eq(fx_canon(&canon, &out, &ta, 0, NULL, 0, mode, NULL), 0);
	fx_buf_byte(&out, '\0');
	return out.p;
}

/* RFC 8785, 3.2.2 and 3.2.3: the RFC's own examples. */
START_TEST(the_rfcs_examples)
{
	ck_assert_str_eq(
	    form("{\n  \"numbers\": [333333333.33333329, 1E30, 4.50,\n              2e-3, "
		 "0.000000000000000000000000001],\n  \"string\": "
		 "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n  "
		 "\"literals\": [null, true, false]\n}",
		 FX_CANON_JCS),
	    "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
	    "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	/* Sorted by UTF-16 code units: the smiley's surrogates before U+FB33. */
	ck_assert_str_eq(
	    form("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew "
		 "Letter Dalet With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning "
		 "Face\",\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small Letter O With "
		 "Diaeresis\"}",
		 FX_CANON_JCS),
	    "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
	    "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\","
	    "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
	    "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
	/* The same without escapes: the order must come from the bytes as well. */
	ck_assert_str_eq(form("{\"\xef\xac\xb3\":1,\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":3,"
			      "\"\xed\x9f\xbf\":4}", FX_CANON_JCS),
			 "{\"\xed\x9f\xbf\":4,\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":3,"
			 "\"\xef\xac\xb3\":1}");
}
END_TEST

START_TEST(scalars_and_nesting)
{
	ck_assert_str_eq(form(" null ", FX_CANON_JCS), "null");
	ck_assert_str_eq(form("\"\"", FX_CANON_JCS), "\"\"");
	ck_assert_str_eq(form("[ ]", FX_CANON_JCS), "[]");
	ck_assert_str_eq(form("[[],{},[{}],{\"b\":[],\"a\":{\"d\":1,\"c\":2}}]", FX_CANON_JCS),
			 "[[],{},[{}],{\"a\":{\"c\":2,\"d\":1},\"b\":[]}]");
	/* A prefix sorts before its extensions. */
	ck_assert_str_eq(form("{\"aa\":1,\"a\":2,\"\":3,\"ab\":4}", FX_CANON_JCS),
			 "{\"\":3,\"a\":2,\"aa\":1,\"ab\":4}");
}
END_TEST

START_TEST(skips_members_of_the_root_alone)
{
	struct fx_str skip[] = {FX_STR("at"), FX_STR("audit_token")};

	ck_assert_int_eq(fx_tape_read(&ta, FX_STR("{\"b\":{\"at\":1},\"at\":2,\"\\u0061\":3}"), NULL),
			 0);
	ck_assert_int_eq(fx_canon(&canon, &out, &ta, 0, skip, 2, FX_CANON_JCS, NULL), 0);
	ck_assert(fx_str_is(fx_buf_view(&out), "{\"a\":3,\"b\":{\"at\":1}}"));
}
END_TEST

START_TEST(refuses_what_has_no_form)
{
	struct fx_err err = {0};

	ck_assert_int_eq(fx_tape_read(&ta, FX_STR("[1,1e400]"), NULL), 0);
	ck_assert_int_eq(fx_canon(&canon, &out, &ta, 0, NULL, 0, FX_CANON_JCS, &err), -1);
	ck_assert_int_eq(err.code, FX_EDATA);
	ck_assert_uint_eq(err.byte, 3);
	fx_buf_reset(&out);
	ck_assert_int_eq(fx_canon(&canon, &out, &ta, 0, NULL, 0, FX_CANON_EXACT, &err), 0);
	ck_assert(fx_str_is(fx_buf_view(&out), "[1,1e+400]"));
	struct fx_buf small = {.max = 4};

	ck_assert_int_eq(fx_canon(&canon, &small, &ta, 0, NULL, 0, FX_CANON_EXACT, &err), -1);
	ck_assert_int_eq(err.code, FX_ELIMIT);
	fx_buf_free(&small);
}
END_TEST

START_TEST(same_values)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
	    {"{\"a\":1,\"b\":[1.0,\"\\u00e9\"]}", "{ \"b\":[1,\"\xc3\xa9\"], \"a\":10e-1 }", true},
	    {"{\"id\":1234567890123456781}", "{\"id\":1234567890123456789}", false},
	    {"10.10", "10.1", true},
	    {"\"10.10\"", "\"10.1\"", false},
	    {"[1,2]", "[2,1]", false},
	    {"{\"a\":1}", "{\"a\":1,\"b\":null}", false},
	    {"1", "\"1\"", false},
	    {"1", "true", false},
	    {"0", "-0.0", true},
	    {"[]", "{}", false},
	    {"1e400", "10e399", true},
	    {"1e400", "1e401", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(fx_tape_read(&ta, fx_str(cases[i].a), NULL), 0);
		ck_assert_int_eq(fx_tape_read(&tb, fx_str(cases[i].b), NULL), 0);
		ck_assert_msg(fx_same_value(&canon, &ta, 0, &tb, 0, NULL, 0) == cases[i].same,
			      "%s and %s", cases[i].a, cases[i].b);
	}
}
END_TEST

START_TEST(same_but_for_skipped)
{
	struct fx_str skip[] = {FX_STR("at"), FX_STR("audit_token")};

	ck_assert_int_eq(fx_tape_read(&ta, FX_STR("{\"x\":1,\"at\":1}"), NULL), 0);
	ck_assert_int_eq(fx_tape_read(&tb, FX_STR("{\"audit_token\":\"t\",\"at\":2,\"x\":1}"), NULL), 0);
	ck_assert(!fx_same_value(&canon, &ta, 0, &tb, 0, NULL, 0));
	ck_assert(!fx_same_value(&canon, &ta, 0, &tb, 0, skip, 1));
	ck_assert(fx_same_value(&canon, &ta, 0, &tb, 0, skip, 2));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json_canon");
	TCase *tc = tcase_create("canon");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, the_rfcs_examples);
	tcase_add_test(tc, scalars_and_nesting);
	tcase_add_test(tc, skips_members_of_the_root_alone);
	tcase_add_test(tc, refuses_what_has_no_form);
	tcase_add_test(tc, same_values);
	tcase_add_test(tc, same_but_for_skipped);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
