/* Splicing and writing: what changes, and that nothing else does. */
#include <check.h>
#include <string.h>

#include "json/splice.h"
#include "json/write.h"

static const struct {
	const char *in, *out;
} cases[] = {
    /* set: a replaced, b added; r taken out */
    {"{}", "{\"a\":1,\"b\":\"x\"}"},
    {"{ }", "{ \"a\":1,\"b\":\"x\"}"},
    {"{\"k\":10.10}", "{\"k\":10.10,\"a\":1,\"b\":\"x\"}"},
    {"{ \"k\" : 1234567890123456789 }", "{ \"k\" : 1234567890123456789 ,\"a\":1,\"b\":\"x\"}"},
    {"{\"a\":[{\"a\":2}],\"k\":3}", "{\"a\":1,\"k\":3,\"b\":\"x\"}"},
    {"{\"k\":3 , \"\\u0061\" : \"old\" , \"b\":{}}", "{\"k\":3 , \"\\u0061\" : 1 , \"b\":\"x\"}"},
    {"{\"b\":0,\"a\":0}", "{\"b\":\"x\",\"a\":1}"},
    {"{\"r\":0}", "{\"a\":1,\"b\":\"x\"}"},
    {"{\"r\":0,\"k\":1}", "{\"k\":1,\"a\":1,\"b\":\"x\"}"},
    {"{\"k\":1,\"r\":0}", "{\"k\":1,\"a\":1,\"b\":\"x\"}"},
    {"{\"k\":1,\"r\":[0,{}],\"l\":2}", "{\"k\":1,\"l\":2,\"a\":1,\"b\":\"x\"}"},
    {"{\"r\":{\"r\":1},\"a\":2}", "{\"a\":1,\"b\":\"x\"}"},
    {"{\"a\":2,\"r\":{\"r\":1}}", "{\"a\":1,\"b\":\"x\"}"},
    {"{\"k\":{\"r\":1,\"a\":2},\"r\":3}", "{\"k\":{\"r\":1,\"a\":2},\"a\":1,\"b\":\"x\"}"},
    {"{\"k\":\"}\"}", "{\"k\":\"}\",\"a\":1,\"b\":\"x\"}"},
};

START_TEST(splices)
{
	struct fx_member m[] = {
	    {FX_STR("a"), FX_STR("1")},
	    {FX_STR("r"), {NULL, 0}},
	    {FX_STR("b"), FX_STR("\"x\"")},
	};
	struct fx_buf out = {0};
	struct fx_tape t = {0};

	ck_assert_int_eq(fx_tape_read(&t, fx_str(cases[_i].in), NULL), 0);
	ck_assert_int_eq(fx_splice(&out, &t, 0, m, 3), 0);
	fx_buf_byte(&out, '\0');
	ck_assert_str_eq(out.p, cases[_i].out);
	out.n--;
	/* Done again, nothing changes: what a stage finds there is replaced, never doubled. */
	struct fx_tape again = {0};
	struct fx_buf twice = {0};

	ck_assert_int_eq(fx_tape_read(&again, fx_buf_view(&out), NULL), 0);
	ck_assert_int_eq(fx_splice(&twice, &again, 0, m, 3), 0);
	ck_assert(fx_str_eq(fx_buf_view(&twice), fx_buf_view(&out)));
	fx_buf_free(&twice);
	fx_buf_free(&out);
	fx_tape_free(&again);
	fx_tape_free(&t);
}
END_TEST

START_TEST(splices_an_inner_object)
{
	struct fx_member m = {FX_STR("b"), FX_STR("2")};
	struct fx_buf out = {0};
	struct fx_tape t = {0};
	bool found;

	ck_assert_int_eq(fx_tape_read(&t, FX_STR("[{\"a\":1}, 7]"), NULL), 0);
	ck_assert_int_eq(fx_splice(&out, &t, fx_tape_pointer(&t, FX_STR("/0"), &found), &m, 1), 0);
	ck_assert(fx_str_eq(fx_buf_view(&out), FX_STR("{\"a\":1,\"b\":2}")));
	fx_buf_free(&out);
	fx_tape_free(&t);
}
END_TEST

START_TEST(splice_says_when_the_buffer_is_full)
{
	struct fx_member m = {FX_STR("b"), FX_STR("2")};
	struct fx_buf out = {.max = 10};
	struct fx_tape t = {0};

	ck_assert_int_eq(fx_tape_read(&t, FX_STR("{\"aaaa\":1}"), NULL), 0);
	ck_assert_int_eq(fx_splice(&out, &t, 0, &m, 1), -1);
	ck_assert(out.over);
	fx_buf_free(&out);
	fx_tape_free(&t);
}
END_TEST

START_TEST(writes)
{
	struct fx_buf b = {0};

	fx_buf_byte(&b, '{');
	fx_json_key(&b, "s");
	fx_json_string(&b, FX_STR("\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9"));
	fx_json_key(&b, "i");
	fx_json_int(&b, INT64_MIN);
	fx_json_key(&b, "l");
	fx_buf_byte(&b, '[');
	for (int i = 0; i < 3; i++) {
		fx_json_sep(&b);
		fx_json_int(&b, i - 1);
	}
	fx_buf_byte(&b, ']');
	fx_json_key(&b, "t");
	fx_json_bool(&b, true);
	fx_json_key(&b, "at");
	fx_json_time(&b, 0);
	fx_json_key(&b, "none");
	fx_json_time(&b, FX_TIME_NONE);
	fx_json_key(&b, "x");
	fx_json_text(&b, FX_STR("a\xff\0b\xe2\x82\xac\xe2\x82"));
	fx_buf_add(&b, "}", 2);
	/* RFC 8785, 3.2.2.2: two-letter escapes where there are, else lower-case \u00xx. */
	ck_assert_str_eq(b.p, "{\"s\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\","
			      "\"i\":-9223372036854775808,\"l\":[-1,0,1],\"t\":true,"
			      "\"at\":\"1970-01-01T00:00:00Z\",\"none\":null,"
			      "\"x\":\"a\xef\xbf\xbd\xef\xbf\xbd" "b\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\"}");
	fx_buf_free(&b);
}
END_TEST

/* Whatever is written comes back, whichever byte at whichever place. */
START_TEST(written_strings_read_back)
{
	struct fx_arena a = {0};
	struct fx_tape t = {0};
	struct fx_buf b = {0};

	for (size_t at = 0; at < 20; at++) {
		for (int c = 1; c < 128; c++) {
			char text[20];
			struct fx_str s = {text, sizeof(text)};

			memset(text, 'a', sizeof(text));
			text[at] = (char)c;
			fx_buf_reset(&b);
			fx_json_string(&b, s);
			ck_assert_int_eq(fx_tape_read(&t, fx_buf_view(&b), NULL), 0);
			ck_assert(fx_str_eq(fx_tape_str(&t, 0, &a), s));
		}
	}
	fx_buf_free(&b);
	fx_tape_free(&t);
	fx_arena_free(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json_splice");
	TCase *tc = tcase_create("splice");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, splices, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, splices_an_inner_object);
	tcase_add_test(tc, splice_says_when_the_buffer_is_full);
	tcase_add_test(tc, writes);
	tcase_add_test(tc, written_strings_read_back);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
