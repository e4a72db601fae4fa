/* Documents: YAML's core schema, places, what is refused and where. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json/doc.h"

static struct fx_doc doc;
static struct fx_err err;

static void teardown(void)
{
	fx_doc_free(&doc);
}

static const json_t *yaml(const char *text)
{
	fx_doc_free(&doc);
	if (fx_doc_parse_yaml(&doc, fx_str(text), "t.yaml", &err) != 0)
		ck_abort_msg("%s: %s", text, err.msg);
	return doc.root;
}

/* The plain scalars of YAML 1.2.2, section 10.3.2, and the words of YAML 1.1 that are strings now. */
START_TEST(core_schema)
{
	static const struct {
		const char *yaml, *json;
	} cases[] = {
	    {"null", "null"},	{"Null", "null"}, {"~", "null"},	 {"", "null"},
	    {"true", "true"},	{"False", "false"}, {"TRUE", "true"},	 {"tRUE", "\"tRUE\""},
	    {"on", "\"on\""},	{"off", "\"off\""}, {"yes", "\"yes\""},	 {"no", "\"no\""},
	    {"y", "\"y\""},	{"NO", "\"NO\""},   {"0", "0"},		 {"-12", "-12"},
	    {"+12", "12"},	{"0o17", "15"},	    {"0x1F", "31"},	 {"0b11", "\"0b11\""},
	    {"1_000", "\"1_000\""}, {"12:30:45", "\"12:30:45\""}, {"60m", "\"60m\""},
	    {"1.5", "1.5"},	{".5", "0.5"},	    {"5.", "5"},	 {"-.5e1", "-5.0"},
	    {"1e3", "1000.0"},	{"1e", "\"1e\""},   {".", "\".\""},	 {"-", NULL},
	    {"1.2.3", "\"1.2.3\""}, {"2026-11-20", "\"2026-11-20\""},
	    {"2026-11-20T17:00:00Z", "\"2026-11-20T17:00:00Z\""},
	    {"'12'", "\"12\""}, {"\"true\"", "\"true\""}, {"\"a\\tb\\x41\"", "\"a\\tbA\""},
	    {"[1, a, {b: c}]", "[1,\"a\",{\"b\":\"c\"}]"},
	    {"{on: no}", "{\"on\":\"no\"}"},
	    {"a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}"},
	    {"a: >-\n  x\n  y\n", "{\"a\":\"x y\"}"},
	    {"# only a comment\n", "null"},
	    {"%YAML 1.2\n---\na: 1\n", "{\"a\":1}"},
	    {"\xef\xbb\xbf" "a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *want;

		if (!cases[i].json)
			continue;
		want = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
		ck_assert_ptr_nonnull(want);
		ck_assert_msg(json_equal(yaml(cases[i].yaml), want), "%s", cases[i].yaml);
		json_decref(want);
	}
}
END_TEST

static const struct {
	const char *yaml;
	unsigned line, col;
	const char *why;
} bad[] = {
    {"a: 1\nb: 2\na: 3\n", 3, 1, "duplicate name \"a\""},
    {"a: {b: 1, \"b\": 2}\n", 1, 11, "duplicate name"},
    {"a: &x 1\n", 1, 4, "anchor"},
    {"a: &x [1]\n", 1, 4, "anchor"},
    {"a: *x\n", 1, 4, "alias"},
    {"a: !!str 1\n", 1, 4, "tag"},
    {"a: !x [1]\n", 1, 4, "tag"},
    {"1: a\n", 1, 1, "must be a string"},
    {"true: a\n", 1, 1, "must be a string"},
    {"? [a]\n: b\n", 1, 3, "must be a string"},
    {"a: {{x}}: 1\n", 1, 5, "must be a string"},
    {"a: 1\n---\nb: 1\n", 2, 1, "second document"},
    {"%YAML 1.1\n---\na: 1\n", 1, 1, "YAML 1.1"},
    {"zip: 01067\n", 1, 6, "leading zero"},
    {"a: .inf\n", 1, 4, "no number"},
    {"a: -.INF\n", 1, 4, "no number"},
    {"a: .nan\n", 1, 4, "no number"},
    {"a: 0xFFFFFFFFFFFFFFFF\n", 1, 4, "too large"},
    {"a: 0xFFFFFFFFFFFFFFFFFFFFFFFF\n", 1, 4, "too large"},
    {"a: \"x\\0y\"\n", 1, 4, "NUL"},
    {"a:\n\tb: 1\n", 2, 1, "tab"},
    {"a: [1, 2\nb: 3\n", 2, 2, "line 1"},
    {"a: b: c\n", 1, 5, "mapping values"},
    {"a: \xff\n", 1, 4, "UTF-8"},
    {"\xc3\xa9\xc3\xa9: \xff\n", 1, 5, "UTF-8"},
};

START_TEST(refuses_at_the_place)
{
	ck_assert_int_eq(fx_doc_parse_yaml(&doc, fx_str(bad[_i].yaml), "t.yaml", &err), -1);
	ck_assert_msg(strstr(err.msg, bad[_i].why) != NULL, "%s: %s", bad[_i].yaml, err.msg);
	ck_assert_msg(err.line == bad[_i].line && err.col == bad[_i].col, "%s: %u:%u", bad[_i].yaml,
		      err.line, err.col);
	ck_assert_str_eq(err.file, "t.yaml");
	ck_assert_int_eq(err.code, FX_ECONF);
	ck_assert_ptr_null(doc.root);
}
END_TEST

START_TEST(depth_is_capped)
{
	char deep[400];

	memset(deep, '[', 129);
	memset(deep + 129, ']', 129);
	ck_assert_int_eq(fx_doc_parse_yaml(&doc, (struct fx_str){deep + 1, 256}, "t", &err), 0);
	fx_doc_free(&doc);
	ck_assert_int_eq(fx_doc_parse_yaml(&doc, (struct fx_str){deep, 258}, "t", &err), -1);
	ck_assert_int_eq(fx_doc_parse_json(&doc, (struct fx_str){deep, 258}, "t", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "nesting"));
}
END_TEST

static void at(const char *pointer, unsigned line, unsigned col)
{
	struct fx_place p = fx_doc_place(&doc, fx_str(pointer));

	ck_assert_msg(p.line == line && p.col == col, "%s: %u:%u", pointer, p.line, p.col);
}

static void inside(const char *pointer, size_t offset, unsigned line, unsigned col)
{
	struct fx_place p = fx_doc_place_in(&doc, fx_str(pointer), offset);

	ck_assert_msg(p.line == line && p.col == col, "%s at %zu: %u:%u", pointer, offset, p.line,
		      p.col);
}

START_TEST(places)
{
	yaml("rules:\n"
	     "  - rule: a\n"
	     "    a/b~: {x: [1, \xc3\xa9, 2]}\n"
	     "    when: |\n"
	     "      ab == \"x\"\n"
	     "\n"
	     "        AND y\n"
	     "    plain: ab\xc3\xa9" "cd   # comment\n"
	     "    single: 'it''s x'\n"
	     "    double: \"a\\u00e9b\\tc\"\n"
	     "    folded: >\n"
	     "      ab\n"
	     "      cd\n"
	     "    two: ab\n"
	     "      cd\n");
	at("", 1, 1);
	at("/rules", 2, 3);
	at("/rules/0", 2, 5);
	at("/rules/0/rule", 2, 11);
	at("/rules/0/a~1b~0", 3, 11);
	at("/rules/0/a~1b~0/x/2", 3, 22);
	at("/rules/0/when", 4, 11);
	/* What is not there has the place of the nearest that is. */
	at("/rules/0/none", 2, 5);
	at("/rules/0/rule/deeper/still", 2, 11);
	at("/none", 1, 1);
	struct fx_place key = fx_doc_key_place(&doc, FX_STR("/rules/0/when"));

	ck_assert_uint_eq(key.line, 4);
	ck_assert_uint_eq(key.col, 5);
	inside("/rules/0/when", 0, 5, 7);
	inside("/rules/0/when", 3, 5, 10);
	inside("/rules/0/when", 11, 7, 7);
	inside("/rules/0/when", 13, 7, 9);
	inside("/rules/0/plain", 4, 8, 15);
	inside("/rules/0/single", 0, 9, 14);
	inside("/rules/0/single", 3, 9, 18);
	inside("/rules/0/double", 3, 10, 21);
	inside("/rules/0/double", 5, 10, 24);
	inside("/rules/0/folded", 4, 11, 13);
	inside("/rules/0/two", 4, 14, 10);
	inside("/none", 4, 1, 1);
	/* CR LF ends a line of a block, and is one byte of the value. */
	yaml("a: |\r\n  xy\r\n  zz\r\nb: \"x\\N\\_\\L\\P\\U0001F600z\"\r\n");
	inside("/a", 3, 3, 3);
	inside("/a", 4, 3, 4);
	/* U+0085 and U+00A0 are 2 bytes, U+2028 and U+2029 are 3, U+1F600 is 4. */
	inside("/b", 1 + 2 + 2 + 3 + 3 + 4, 4, 4 + 2 + 2 + 2 + 2 + 2 + 10);
	inside("/b", 1 + 2, 4, 4 + 2 + 2);
}
END_TEST

START_TEST(places_in_json)
{
	struct fx_str s = FX_STR("{\"a\":\n  [1, {\"\xc3\xa9\": \"x\\u00e9y\"}],\n \"n\": 1.50}");

	ck_assert_int_eq(fx_doc_parse_json(&doc, s, "t.json", &err), 0);
	at("/a/1/\xc3\xa9", 2, 13);
	inside("/a/1/\xc3\xa9", 3, 2, 21);
	at("/n", 3, 7);
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/n")), "1.50"));
	fx_doc_free(&doc);
	ck_assert_int_eq(fx_doc_parse_json(&doc, FX_STR("{\"\xc3\xa9\":1,\n \"\\u00e9\":2}"), "t.json",
					   &err), -1);
	ck_assert_uint_eq(err.line, 2);
	ck_assert_uint_eq(err.col, 2);
	ck_assert_str_eq(err.msg, "duplicate member name");
}
END_TEST

/* Only who asks for it gets a string with a NUL, and nobody such a name. */
START_TEST(nul_in_json)
{
	struct fx_doc d = {.nul = true};

	ck_assert_int_eq(fx_doc_parse_json(&d, FX_STR("[\"a\\u0000b\"]"), "t.json", &err), 0);
	ck_assert_uint_eq(json_string_length(json_array_get(d.root, 0)), 3);
	fx_doc_free(&d);
	d.nul = true;
	ck_assert_int_eq(fx_doc_parse_json(&d, FX_STR("{\"a\\u0000b\":1}"), "t.json", &err), -1);
	ck_assert_str_eq(err.msg, "NUL in a name");
	ck_assert_int_eq(fx_doc_parse_json(&doc, FX_STR("[\"a\",\n\"b\\u0000\"]"), "t.json", &err),
			 -1);
	ck_assert_str_eq(err.msg, "NUL in a string");
	ck_assert_uint_eq(err.line, 2);
}
END_TEST

START_TEST(numbers_keep_their_text)
{
	yaml("- 1234567890123456789\n- 12345678901234567890\n- 1.10\n- 1e999\n- .5\n- +7\n- 5.\n- 0x10\n");
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/0")), "1234567890123456789"));
	ck_assert(json_integer_value(json_array_get(doc.root, 0)) == 1234567890123456789);
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/1")), "12345678901234567890"));
	ck_assert(json_real_value(json_array_get(doc.root, 1)) == 12345678901234567890.0);
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/2")), "1.10"));
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/3")), "1e999"));
	ck_assert(json_real_value(json_array_get(doc.root, 3)) > 1e308);
	/* In JSON's spelling, so that fx_num_* take them. */
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/4")), "0.5"));
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/5")), "7"));
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/6")), "5"));
	ck_assert(fx_str_is(fx_doc_raw(&doc, FX_STR("/7")), "16"));
	ck_assert_ptr_null(fx_doc_raw(&doc, FX_STR("")).p);
}
END_TEST

START_TEST(faults_have_a_place)
{
	struct fx_errs errs = {0};
	char text[400];

	yaml("a:\n  b: x\n");
	ck_assert_int_eq(fx_doc_fault(&doc, &errs, FX_STR("/a/b"), "no %s here", "x"), -1);
	ck_assert_uint_eq(errs.n, 1);
	ck_assert_str_eq(fx_err_text(&errs.v[0], text, sizeof(text)), "t.yaml:2:6: no x here");
	fx_errs_free(&errs);
}
END_TEST

START_TEST(loads_by_name)
{
	static const struct {
		const char *name, *text;
		int rc;
	} files[] = {{"t.yaml", "a: on\n", 0}, {"t.yml", "a: on\n", 0}, {"t.json", "{\"a\":\"on\"}", 0},
		     {"t.json", "a: on\n", -1}};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[64];
		FILE *f;

		snprintf(path, sizeof(path), "/tmp/fx-json-doc-%ld-%s", (long)getpid(), files[i].name);
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(files[i].text, f);
		fclose(f);
		ck_assert_int_eq(fx_doc_load(&doc, path, &err), files[i].rc);
		if (files[i].rc == 0)
			ck_assert_str_eq(json_string_value(json_object_get(doc.root, "a")), "on");
		fx_doc_free(&doc);
		unlink(path);
	}
	ck_assert_int_eq(fx_doc_load(&doc, "/nonexistent/x.yaml", &err), -1);
	ck_assert_int_eq(err.code, FX_EIO);
	fx_doc_free(&doc);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json_doc");
	TCase *tc = tcase_create("doc");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, core_schema);
	tcase_add_loop_test(tc, refuses_at_the_place, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, depth_is_capped);
	tcase_add_test(tc, places);
	tcase_add_test(tc, places_in_json);
	tcase_add_test(tc, nul_in_json);
	tcase_add_test(tc, numbers_keep_their_text);
	tcase_add_test(tc, faults_have_a_place);
	tcase_add_test(tc, loads_by_name);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
