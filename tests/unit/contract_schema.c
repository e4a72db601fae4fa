/* Schemas: what the public suite does not ask, exact numbers, limits, and the words of faults. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contract/regex.h"
#include "contract/schema.h"

struct fixture {
	struct fx_doc doc;
	struct fx_schemas *set;
	const struct fx_schema *schema;
	struct fx_tape tape;
	struct fx_check check;
	struct fx_errs errs;
};

static void given(struct fixture *f, const char *schema)
{
	struct fx_err err = {0};

	*f = (struct fixture){.doc.nul = true};
	f->set = fx_schemas_new(false);
	ck_assert_msg(fx_doc_parse_json(&f->doc, fx_str(schema), "s.json", &err) == 0, "%s", err.msg);
	f->schema = fx_schemas_compile(f->set, &f->doc, FX_STR(""), FX_STR(""), &f->errs);
}

static bool meets(struct fixture *f, const char *json)
{
	struct fx_err err = {0};

	ck_assert_msg(f->schema != NULL, "%s", f->errs.n ? f->errs.v[0].msg : "no schema");
	ck_assert_msg(fx_tape_read(&f->tape, fx_str(json), &err) == 0, "%s", err.msg);
	return fx_schema_check(f->schema, &f->check, &f->tape, 0);
}

static void done(struct fixture *f)
{
	fx_check_free(&f->check);
	fx_tape_free(&f->tape);
	fx_schemas_free(f->set);
	fx_doc_free(&f->doc);
	fx_errs_free(&f->errs);
}

static const struct {
	const char *schema, *good, *bad;
} numbers[] = {
    {"{\"multipleOf\":0.01}", "19.99", "19.995"},
    {"{\"multipleOf\":0.01}", "1234567890123456789012345678.01", "1234567890123456789012345678.001"},
    {"{\"multipleOf\":7}", "700000000000000000000000000007", "700000000000000000000000000008"},
    {"{\"maximum\":123456789012345678901234567890}", "123456789012345678901234567890",
     "123456789012345678901234567891"},
    {"{\"exclusiveMaximum\":1e400}", "9.99e399", "1e400"},
    {"{\"minimum\":0.1}", "0.1", "0.09999999999999999999999999"},
    {"{\"const\":1}", "1.0e0", "1.00000000000000000000000000001"},
    {"{\"const\":9007199254740993}", "9007199254740993", "9007199254740992"},
    {"{\"enum\":[10.10]}", "10.1", "10.11"},
    {"{\"type\":\"integer\"}", "1e2", "1.5e0"},
    {"{\"type\":\"integer\"}", "123456789012345678901234567890.0", "1234567890123456789012345678.5"},
    {"{\"uniqueItems\":true}", "[1,2,[1],[2]]", "[1,[2],1.0]"},
    {"{\"uniqueItems\":true}", "[1234567890123456781,1234567890123456789]", "[1e2,100]"},
    {"{\"uniqueItems\":true}", "[{\"a\":1},{\"a\":2}]", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]"},
    {"{\"minLength\":2}", "\"\\ud83d\\ude00\\u00e9\"", "\"\\ud83d\\ude00\""},
    {"{\"maxLength\":1}", "\"\xf0\x9f\x98\x80\"", "\"ab\""},
    {"{\"minLength\":3,\"maxLength\":3}", "\"\\n\\t\\\"\"", "\"\\n\\t\""},
};

START_TEST(exact)
{
	struct fixture f;

	given(&f, numbers[_i].schema);
	ck_assert_msg(meets(&f, numbers[_i].good), "%s meets %s", numbers[_i].good, numbers[_i].schema);
	ck_assert_msg(!meets(&f, numbers[_i].bad), "%s breaks %s", numbers[_i].bad, numbers[_i].schema);
	done(&f);
}
END_TEST

/* The fault told first: instance, schema, keyword, message, with spaces between. */
static const struct {
	const char *schema, *json, *fault;
} faults[] = {
    {"{\"type\":[\"string\",\"null\"]}", "5", "|/type|type|is 5, wanted a string or null"},
    {"{\"properties\":{\"a/b\":{\"items\":{\"type\":\"integer\"}}}}", "{\"a/b\":[1,\"x\"]}",
     "/a~1b/1|/properties/a~1b/items/type|type|is \"x\", wanted a whole number"},
    {"{\"enum\":[\"standard\",\"express\"]}", "\"expres\"",
     "|/enum|enum|is \"expres\", wanted \"standard\" or \"express\"; did you mean \"express\"?"},
    {"{\"properties\":{\"sku\":{}},\"additionalProperties\":false}", "{\"SKU\":1}",
     "/SKU|/additionalProperties|additionalProperties|is no member that the contract knows; did you "
     "mean \"sku\"?"},
    {"{\"properties\":{\"sku\":{}},\"unevaluatedProperties\":false}", "{\"skuu\":1}",
     "/skuu|/unevaluatedProperties|unevaluatedProperties|is no member that the contract knows; did "
     "you mean \"sku\"?"},
    {"{\"dependentRequired\":{\"carrier\":[\"tracking_number\"]}}", "{\"carrier\":\"dhl\"}",
     "|/dependentRequired|dependentRequired|has no \"tracking_number\", which \"carrier\" demands"},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "5",
     "|/anyOf|anyOf|is 5, wanted a string or null"},
    {"{\"uniqueItems\":true}", "[\"a\",\"b\",\"a\"]",
     "/2|/uniqueItems|uniqueItems|is the same as element 0, wanted each only once"},
    {"{\"minLength\":3}", "\"ab\"", "|/minLength|minLength|has 2 characters, wanted at least 3"},
    {"{\"not\":{\"title\":\"a test order\"}}", "1",
     "|/not|not|is what the contract excludes: a test order"},
    {"{\"pattern\":\"^[A-Z]{2}$\"}", "\"Germany\"",
     "|/pattern|pattern|is \"Germany\", wanted text, that matches ^[A-Z]{2}$"},
    {"{\"const\":null}", "\"a value that is far too long to be shown as a whole in a message to people\"",
     "|/const|const|is \"a value that is far too long to be shown as a w...\", wanted null"},
    {"{\"properties\":{\"x\":false}}", "{\"x\":1}", "/x|/properties/x||must not be here"},
    {"{\"oneOf\":[{\"minimum\":1},{\"maximum\":5}]}", "3",
     "|/oneOf|oneOf|fits alternatives 1 and 2, wanted exactly one of 2"},
};

START_TEST(words)
{
	struct fixture f;
	char got[1024];
	const struct fx_fault *e;

	given(&f, faults[_i].schema);
	ck_assert(!meets(&f, faults[_i].json));
	ck_assert_uint_eq(f.check.n, 1);
	e = &f.check.fault[0];
	snprintf(got, sizeof(got), "%.*s|%.*s|%.*s|%.*s", FX_FMT(e->instance), FX_FMT(e->schema),
		 FX_FMT(e->keyword), FX_FMT(e->message));
	ck_assert_str_eq(got, faults[_i].fault);
	done(&f);
}
END_TEST

/* Of a card and a transfer, the branch with the right discriminator is told. */
START_TEST(nearest_branch)
{
	struct fixture f;

	given(&f, "{\"oneOf\":["
		  "{\"title\":\"a card\",\"properties\":{\"kind\":{\"const\":\"card\"},\"number\":{\"type\":\"string\"}},"
		  "\"required\":[\"kind\",\"number\"]},"
		  "{\"title\":\"a transfer\",\"properties\":{\"kind\":{\"const\":\"transfer\"},\"iban\":{\"type\":\"string\"},"
		  "\"bic\":{\"type\":\"string\"}},\"required\":[\"kind\",\"iban\",\"bic\"]}]}");
	ck_assert(!meets(&f, "{\"kind\":\"transfer\"}"));
	ck_assert_uint_eq(f.check.n, 3);
	ck_assert(fx_str_is(f.check.fault[0].message,
			    "fits none of 2 alternatives; nearest is the 2nd (a transfer)"));
	ck_assert(fx_str_is(f.check.fault[1].message, "has no \"iban\""));
	ck_assert(fx_str_is(f.check.fault[2].message, "has no \"bic\""));
	ck_assert(!meets(&f, "{\"kind\":\"card\",\"number\":5}"));
	ck_assert(fx_str_is(f.check.fault[1].instance, "/number"));
	done(&f);
}
END_TEST

START_TEST(sixteen_faults_in_the_same_order)
{
	char first[4096] = "", again[4096];
	struct fixture f;

	given(&f, "{\"items\":{\"type\":\"string\"}}");
	for (int round = 0; round < 2; round++) {
		again[0] = '\0';
		ck_assert(!meets(&f, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]"));
		ck_assert_uint_eq(f.check.n, FX_FAULTS + 1);
		ck_assert(fx_str_is(f.check.fault[FX_FAULTS].message, "and 3 more faults"));
		for (size_t i = 0; i < f.check.n; i++)
			snprintf(again + strlen(again), sizeof(again) - strlen(again), "%.*s;",
				 FX_FMT(f.check.fault[i].instance));
		if (round == 0)
			memcpy(first, again, sizeof(first));
	}
	ck_assert_str_eq(first, again);
	done(&f);
}
END_TEST

static void nest(char *out, size_t n, const char *open, const char *leaf, const char *close, int deep)
{
	out[0] = '\0';
	for (int i = 0; i < deep; i++)
		strncat(out, open, n - strlen(out) - 1);
	strncat(out, leaf, n - strlen(out) - 1);
	for (int i = 0; i < deep; i++)
		strncat(out, close, n - strlen(out) - 1);
}

START_TEST(recursion_into_the_value_is_fine)
{
	struct fixture f;
	char json[4096];

	given(&f, "{\"type\":\"object\",\"properties\":{\"a\":{\"allOf\":[{\"$ref\":\"#\"}]}},"
		  "\"additionalProperties\":false}");
	nest(json, sizeof(json), "{\"a\":", "{}", "}", 120);
	ck_assert(meets(&f, json));
	nest(json, sizeof(json), "{\"a\":", "{\"b\":1}", "}", 120);
	ck_assert(!meets(&f, json));
	ck_assert_uint_eq(f.check.n, 1);
	ck_assert_uint_eq(f.check.fault[0].instance.n, 242);
	done(&f);
}
END_TEST

/* Two branches, each through the whole value again: 2^120 steps without a limit. */
START_TEST(an_explosive_schema_ends)
{
	struct fixture f;
	char json[4096];
	clock_t t = clock();

	given(&f, "{\"anyOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"b\"]},"
		  "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"c\"]}]}");
	nest(json, sizeof(json), "{\"a\":", "{}", "}", 120);
	ck_assert(!meets(&f, json));
	ck_assert_uint_gt(f.check.n, 0);
	ck_assert_int_lt((clock() - t) / CLOCKS_PER_SEC, 20);
	/* a limit is no verdict: "not" does not turn it into a yes */
	done(&f);
	given(&f, "{\"not\":{\"$ref\":\"#/$defs/x\"},\"$defs\":{\"x\":{\"anyOf\":["
		  "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"}},\"required\":[\"b\"]},"
		  "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"}},\"required\":[\"c\"]}]}}}");
	ck_assert(!meets(&f, json));
	done(&f);
}
END_TEST

/* No loop, but deeper than a check goes: refused, whatever the stack would bear. */
START_TEST(a_long_chain_of_schemas_ends)
{
	struct fx_buf schema = {0};
	struct fixture f;

	fx_buf_z(&schema, "{\"$ref\":\"#/$defs/0\",\"$defs\":{");
	for (int i = 0; i < 5000; i++)
		fx_buf_fmt(&schema, "\"%d\":{\"allOf\":[{\"$ref\":\"#/$defs/%d\"}]},", i, i + 1);
	fx_buf_add(&schema, "\"5000\":{}}}", 12);
	given(&f, schema.p);
	ck_assert(!meets(&f, "1"));
	ck_assert_uint_gt(f.check.n, 0);
	done(&f);
	fx_buf_free(&schema);
}
END_TEST

/* A hundred thousand members that all fail in each of two branches: linear, not square. */
START_TEST(many_faults_are_cheap)
{
	struct fx_buf json = {0};
	struct fixture f;
	clock_t t = clock();

	for (int i = 0; i < 100000; i++)
		fx_buf_fmt(&json, "%c\"m%d\":%d", i ? ',' : '{', i, i);
	fx_buf_add(&json, "}", 2);
	given(&f, "{\"anyOf\":[{\"additionalProperties\":{\"type\":\"string\"}},"
		  "{\"additionalProperties\":false,\"properties\":{\"n1\":true}}],"
		  "\"required\":[\"n1\",\"n2\",\"n3\"]}");
	ck_assert(!meets(&f, json.p));
	ck_assert_uint_eq(f.check.n, FX_FAULTS + 1);
	ck_assert_int_lt((clock() - t) / CLOCKS_PER_SEC, 5);
	done(&f);
	fx_buf_free(&json);
}
END_TEST

START_TEST(more_names_than_bits)
{
	struct fx_buf schema = {0}, json = {0};
	struct fixture f;

	fx_buf_z(&schema, "{\"required\":[");
	fx_buf_z(&json, "{");
	for (int i = 0; i < 200; i++) {
		fx_buf_fmt(&schema, "%s\"n%d\"", i ? "," : "", i);
		if (i != 150)
			fx_buf_fmt(&json, "%s\"n%d\":0", i ? "," : "", i);
	}
	fx_buf_add(&schema, "]}", 3);
	fx_buf_add(&json, "}", 2);
	given(&f, schema.p);
	ck_assert(!meets(&f, json.p));
	ck_assert_uint_eq(f.check.n, 1);
	ck_assert(fx_str_is(f.check.fault[0].message, "has no \"n150\""));
	done(&f);
	fx_buf_free(&schema);
	fx_buf_free(&json);
}
END_TEST

/* Names alike in head, tail and length, and escaped ones. */
START_TEST(names_that_look_alike)
{
	struct fixture f;

	given(&f, "{\"properties\":{\"aaaaaaaa_1_bbbbbbbb\":{\"type\":\"null\"},"
		  "\"aaaaaaaa_2_bbbbbbbb\":{\"type\":\"string\"},\"\":{\"const\":0},\"n\\u00fc\":{\"const\":1}}}");
	ck_assert(meets(&f, "{\"aaaaaaaa_1_bbbbbbbb\":null,\"aaaaaaaa_2_bbbbbbbb\":\"\",\"\":0}"));
	ck_assert(!meets(&f, "{\"aaaaaaaa_2_bbbbbbbb\":null}"));
	ck_assert(!meets(&f, "{\"\":1}"));
	ck_assert(meets(&f, "{\"n\xc3\xbc\":1}"));
	ck_assert(!meets(&f, "{\"n\\u00fc\":2}"));
	ck_assert(!meets(&f, "{\"\\u006e\xc3\xbc\":2}"));
	done(&f);
}
END_TEST

/* From ECMA-262; NULL: no pattern of it. */
static const struct {
	const char *pattern, *hit, *miss;
} patterns[] = {
    {"^a.c$", "a\xf0\x9f\x98\x80" "c", "a\xe2\x80\xa8" "c"}, /* U+2028 ends a line */
    {"^[^a]$", "\n", "a"},
    {"^[]$", NULL, ""},
    {"^[^]$", "\n", ""},
    {"a$", "ba", "a\n"},
    {"^\\v$", "\x0b", "\n"},
    {"^[\\s-a]$", "-", "b"},
    {"^[\\w-]+$", "a-b", "a b"},
    {"^[[]$", "[", "]"},
    {"^\\u{1F600}$", "\xf0\x9f\x98\x80", "x"},
    {"^\\ud83d\\ude00$", "\xf0\x9f\x98\x80", "x"},
    {"^\\p{Lu}+$", "\xc3\x84" "B", "\xc3\xa4"},
    {"^\\p{Script=Greek}$", "\xce\xb1", "a"},
    {"^(?<y>[0-9])\\k<y>$", "11", "12"},
    {"^(a)?\\1b$", "b", "ab"},
    {"^\\x41\\cJ\\0?$", "A\n", "a"},
    {"^a{2}b{,3}$", "aab{,3}", "aab"},
    {"^(?=a)(?!ab)a.$", "ac", "ab"},
    {"(?<=\\$)[0-9]+", "$5", "5"},
    {"^\\/\\-\\@$", "/-@", "x"},
    {"a\\Z", NULL, NULL},
    {"\\A", NULL, NULL},
    {"\\Qa\\E", NULL, NULL},
    {"a++", NULL, NULL},
    {"(?>a)", NULL, NULL},
    {"(?i)a", NULL, NULL},
    {"(*FAIL)", NULL, NULL},
    {"(?R)", NULL, NULL},
    {"a**", NULL, NULL},
    {"\\u12", NULL, NULL},
    {"\\ud83d", NULL, NULL},
    {"\\p{Nonsense}", NULL, NULL},
    {"[a", NULL, NULL},
    {"(a", NULL, NULL},
    {"a\\", NULL, NULL},
    {"[b-a]", NULL, NULL},
};

START_TEST(ecma)
{
	struct fx_arena a = {0};
	struct fx_str why = {0};
	size_t at;
	struct regex_scratch *x = NULL;
	struct regex *r = regex_compile(&a, fx_str(patterns[_i].pattern), &why, &at);

	if (!patterns[_i].hit && !patterns[_i].miss) {
		ck_assert_msg(!r, "%s is no pattern", patterns[_i].pattern);
		ck_assert_uint_gt(why.n, 0);
	} else {
		ck_assert_msg(r != NULL, "%s: %.*s", patterns[_i].pattern, FX_FMT(why));
		if (patterns[_i].hit)
			ck_assert_int_eq(regex_match(r, &x, fx_str(patterns[_i].hit)), 1);
		ck_assert_int_eq(regex_match(r, &x, fx_str(patterns[_i].miss)), 0);
	}
	regex_free(r);
	regex_scratch_free(x);
	fx_arena_free(&a);
}
END_TEST

START_TEST(fields)
{
	struct fixture f;
	struct fx_arena a = {0};
	struct fx_field *v;

	given(&f, "{\"required\":[\"lines\"],\"properties\":{\"lines\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/l\"}}},"
		  "\"allOf\":[{\"properties\":{\"total\":{\"type\":\"number\"}}}],"
		  "\"$defs\":{\"l\":{\"required\":[\"qty\"],\"properties\":{\"qty\":{\"type\":\"integer\","
		  "\"description\":\"how many\"},\"more\":{\"$ref\":\"#\"}}}}}");
	ck_assert_uint_gt(fx_schema_fields(f.schema, &a, &v), 3);
	ck_assert(fx_str_is(v[0].path, "lines"));
	ck_assert(v[0].required);
	ck_assert_uint_eq(v[0].types, FX_T_ARRAY);
	ck_assert(fx_str_is(v[1].path, "lines[].qty"));
	ck_assert(v[1].required);
	ck_assert_uint_eq(v[1].types, FX_T_INTEGER);
	ck_assert(fx_str_is(v[1].meaning, "how many"));
	fx_arena_free(&a);
	done(&f);
}
END_TEST

/* A NUL is a character of a value to compare with; in what is a name it is a fault. */
START_TEST(nuls)
{
	static const char *const bad[] = {
	    "{\"$id\":\"http://a\\u0000b\"}",
	    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\\u0000\"}",
	    "{\"properties\":{\"a\":{\"$anchor\":\"x\\u0000\"}}}",
	    "{\"$ref\":\"#\\u0000\"}",
	    "{\"type\":\"string\\u0000\"}",
	    "{\"type\":[\"string\\u0000\"]}",
	    "{\"pattern\":\"a\\u0000\"}",
	    "{\"format\":\"date\\u0000\"}",
	    "{\"required\":[\"a\\u0000\"]}",
	    "{\"dependentRequired\":{\"a\":[\"b\\u0000\"]}}",
	    "{\"title\":\"a\\u0000\"}",
	};
	struct fixture f;

	given(&f, "{\"properties\":{\"c\":{\"const\":\"a\\u0000b\"},\"e\":{\"enum\":[\"a\",\"a\\u0000\"]},"
		  "\"p\":{\"pattern\":\"^a\\\\0b$\"},\"n\":{\"maxLength\":2}}}");
	ck_assert(meets(&f, "{\"c\":\"a\\u0000b\",\"e\":\"a\\u0000\",\"p\":\"a\\u0000b\",\"n\":\"\\u0000\\u0000\"}"));
	ck_assert(!meets(&f, "{\"c\":\"a\"}"));
	ck_assert(!meets(&f, "{\"c\":\"a\\u0000c\"}"));
	ck_assert(!meets(&f, "{\"e\":\"a\\u0000b\"}"));
	ck_assert(!meets(&f, "{\"n\":\"\\u0000\\u0000\\u0000\"}"));
	done(&f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		given(&f, bad[i]);
		ck_assert_msg(!f.schema, "%s", bad[i]);
		ck_assert_msg(strstr(f.errs.v[0].msg, "NUL") != NULL, "%s: %s", bad[i], f.errs.v[0].msg);
		done(&f);
	}
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(*(x))))

int main(void)
{
	Suite *s = suite_create("contract schema");
	TCase *t = tcase_create("schema");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, exact, 0, COUNT(numbers));
	tcase_add_loop_test(t, words, 0, COUNT(faults));
	tcase_add_loop_test(t, ecma, 0, COUNT(patterns));
	tcase_add_test(t, nearest_branch);
	tcase_add_test(t, sixteen_faults_in_the_same_order);
	tcase_add_test(t, recursion_into_the_value_is_fine);
	tcase_add_test(t, an_explosive_schema_ends);
	tcase_add_test(t, a_long_chain_of_schemas_ends);
	tcase_add_test(t, many_faults_are_cheap);
	tcase_add_test(t, more_names_than_bits);
	tcase_add_test(t, names_that_look_alike);
	tcase_add_test(t, nuls);
	tcase_add_test(t, fields);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
