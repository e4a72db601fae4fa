/* CEL over a record: what rules use, and how what is wrong is told. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "json/tape.h"
#include "rules/cel.h"

static struct fx_arena arena, scratch;
static struct fx_tape tape;

static const char order[] =
    "{\"event\":\"order.placed\",\"channel\":\"market\\u0070lace\",\"id\":9007199254740993,"
    "\"fraud_score\":0.82,\"total\":\"10.10\",\"ship_to\":{\"country\":\"DE\",\"zip\":null},"
    "\"flags\":[\"gift\",\"fragile\"],\"big\":123456789012345678901,\"express\":true,"
    "\"at\":\"2026-11-20T18:03:09Z\",\"type\":\"b2c\","
    "\"lines\":[{\"sku\":\"A-1\",\"type\":\"preorder\",\"qty\":2},"
    "{\"sku\":\"B-2\",\"type\":\"stock\",\"qty\":1.0}]}";

static void setup(void)
{
	struct fx_err err;

	ck_assert_int_eq(fx_tape_read(&tape, fx_str(order), &err), 0);
}

static void teardown(void)
{
	fx_tape_free(&tape);
	fx_arena_free(&arena);
	fx_arena_free(&scratch);
}

static const struct fx_cel *compiled(const char *src)
{
	struct fx_err err = {0};
	const struct fx_cel *e = fx_cel_compile(&arena, fx_str(src), NULL, &err);

	ck_assert_msg(e != NULL, "%s: %u: %s", src, err.col, err.msg);
	return e;
}

static enum fx_cel_verdict on_line(const char *src, int line)
{
	struct fx_cel_input in = {.tape = &tape, .scratch = &scratch};
	uint32_t lines = fx_tape_get(&tape, 0, FX_STR("lines"));

	if (line >= 0) {
		in.line = lines + 1;
		while (line--)
			in.line = fx_tape_next(&tape, in.line);
	}
	return fx_cel_test(compiled(src), &in, NULL);
}

static void verdicts(const char *const *src, enum fx_cel_verdict want)
{
	for (; *src; src++) {
		enum fx_cel_verdict got = on_line(*src, 0);

		ck_assert_msg(got == want, "%s: %d, wanted %d", *src, got, want);
	}
}

START_TEST(holds)
{
	static const char *const src[] = {
	    "channel == \"marketplace\" AND SKU.type == \"preorder\"",
	    "channel == 'marketplace' && line.type == 'preorder'",
	    "true",
	    "fraud_score > 0.8",
	    "fraud_score > 0 && fraud_score < 1",
	    "id == 9007199254740993 && id != 9007199254740992",
	    "big > 9223372036854775807",
	    "double(total) < 10.2",
	    "ship_to.country in ['DE', 'AT', 'CH']",
	    "'gift' in flags",
	    "channel in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'marketplace', 'z']",
	    "!(channel in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'market']) && "
	    "!(id in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'market'])",
	    "ship_to.zip == null",
	    "has(ship_to.zip) && !has(ship_to.street) && has(channel) && !has(coupon)",
	    "lines.exists(l, l.type == 'stock')",
	    "size(lines) == 2 && lines.size() == 2",
	    "lines.exists(line, line.sku == 'B-2')", /* the macro's variable hides the word */
	    "lines.filter(l, l.qty > 1).size() == 1",
	    "SKU.qty == 2 && SKU.qty == 2.0 && SKU.qty == 2u",
	    "SKU.sku.startsWith('A-') && SKU.sku.matches('^[A-Z]-[0-9]$')",
	    "express AND NOT fraud_score < 0.5",
	    "NOT channel == 'web'",
	    "NOT NOT express",
	    "NOT false AND express",
	    "timestamp(at) > timestamp('2026-11-20T00:00:00Z')",
	    "timestamp(at).getHours('Europe/Berlin') == 19",
	    "timestamp(at) + duration('1h') < timestamp('2026-11-20T19:03:10Z')",
	    "type == 'b2c' && type(total) == string",
	    "coupon == 'X' || express", /* an error that || absorbs */
	    "lines[1].qty == 1 && lines[0]['qty'] == 2",
	    "event.startsWith('order.') ? express : false",
	    NULL};

	verdicts(src, FX_CEL_TRUE);
}
END_TEST

START_TEST(holds_not)
{
	static const char *const src[] = {"channel == \"web\"",
	                                  "channel == 'market'",
	                                  "SKU.type != 'preorder'",
	                                  "coupon == 'X' && false",
	                                  "NOT express",
	                                  "NOT channel == 'marketplace'",
	                                  "big <= 9223372036854775807",
	                                  "fraud_score == '0.82'",
	                                  "'x' in flags",
	                                  NULL};

	verdicts(src, FX_CEL_FALSE);
}
END_TEST

START_TEST(errs)
{
	static const char *const src[] = {"coupon == 'X'",
	                                  "coupon == 'X' || false",
	                                  "coupon == 'X' && true",
	                                  "channel > 5",
	                                  "channel",
	                                  "lines[2].qty == 1",
	                                  "1 / 0 == 1",
	                                  "channel.country == 'x'",
	                                  "9223372036854775807 + id > 0",
	                                  NULL};
	struct fx_cel_input in = {.tape = &tape, .scratch = &scratch};
	struct fx_err err;

	verdicts(src, FX_CEL_ERROR);
	/* no line under decision */
	ck_assert_int_eq(on_line("SKU.type == 'x'", -1), FX_CEL_ERROR);
	ck_assert_int_eq(fx_cel_test(compiled("coupon == 'X'"), &in, &err), FX_CEL_ERROR);
	ck_assert_str_eq(err.msg, "no such field: coupon");
	ck_assert_int_eq(fx_cel_test(compiled("ship_to.zip > 5"), &in, &err), FX_CEL_ERROR);
	ck_assert_str_eq(err.msg, "no such overload: null_type > int");
	ck_assert_int_eq(fx_cel_test(compiled("id.startsWith('x')"), &in, &err), FX_CEL_ERROR);
	ck_assert_str_eq(err.msg, "no such overload: startsWith of int");
	ck_assert_int_eq(fx_cel_test(compiled("id && express"), &in, &err), FX_CEL_ERROR);
	ck_assert_str_eq(err.msg, "no such overload: && of int");
	ck_assert_int_eq(fx_cel_test(compiled("channel"), &in, &err), FX_CEL_ERROR);
	ck_assert_str_eq(err.msg, "the predicate gives string, not true or false");
}
END_TEST

/* Every fault names the byte that it concerns. */
START_TEST(faults)
{
	static const struct {
		const char *src;
		unsigned col;
		const char *says;
	} bad[] = {
	    {"", 1, "missing"},
	    {"channel = 'x'", 9, "=="},
	    {"channel == 'x", 12, "not closed"},
	    {"channel == 'x' and express", 16, "capitals"},
	    {"channel == ", 12, "missing"},
	    {"channel == 'x' &", 16, "&&"},
	    {"(express", 9, "missing"},
	    {"express)", 8, "operator"},
	    {"SKU.sku.startWith('A')", 9, "startsWith"},
	    {"SKU.sku.matches('(')", 17, "pattern"},
	    {"SKU.sku.matches('(?=a)')", 17, "group"},
	    {"SKU.sku.matches('(a)\\\\1')", 17, "backreference"},
	    {"lines.exists(1, true)", 14, "name"},
	    {"has(1)", 5, "field"},
	    {"99999999999999999999 > 1", 1, "large"},
	    {"'\\q' == 'x'", 2, "escape"},
	    {"let == 1", 1, "reserved"},
	    {"express == NOT express", 12, "parentheses"},
	    {"timestamp(at).getHours('Europe/Berlim') == 1", 24, "zone"},
	    {"channel == \"a\xff\"", 1, "UTF-8"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fx_err err = {0};

		ck_assert_msg(!fx_cel_compile(&arena, fx_str(bad[i].src), NULL, &err), "%s",
		              bad[i].src);
		ck_assert_msg(err.col == bad[i].col && strstr(err.msg, bad[i].says), "%s: %u: %s",
		              bad[i].src, err.col, err.msg);
		ck_assert_int_eq(err.code, FX_ECONF);
	}
}
END_TEST

static void names(const char *src, const char *want, bool line)
{
	const struct fx_cel *e = compiled(src);
	const struct fx_str *v;
	size_t n = fx_cel_attrs(e, &v);
	struct fx_buf b = {0};

	for (size_t i = 0; i < n; i++) {
		if (i)
			fx_buf_byte(&b, ' ');
		fx_buf_str(&b, v[i]);
	}
	fx_buf_byte(&b, 0);
	ck_assert_str_eq(b.p, want);
	ck_assert_int_eq(fx_cel_uses_line(e), line);
	fx_buf_free(&b);
}

START_TEST(attributes)
{
	names("channel == \"marketplace\" AND SKU.type == \"preorder\"", "channel SKU.type", true);
	names("line.type == 'x' || SKU.type == 'y'", "SKU.type", true);
	names("ship_to.country == 'DE' && channel == 'x' && ship_to.country != 'FR'",
	      "ship_to.country channel", false);
	names("ship_to['country'] == 'DE'", "ship_to.country", false);
	names("lines.exists(l, l.type == channel)", "lines channel", false);
	names("lines[0].type == 'x'", "lines", false);
	names("has(customer.vip) && customer.email.endsWith('@x')", "customer.vip customer.email",
	      false);
	names("type(total) == string", "total", false);
	names("true", "", false);
	names("flags[SKU.n] == 'x'", "flags SKU.n", true);
}
END_TEST

static void parts(const char *src, const char *want)
{
	const struct fx_cel *const *v;
	size_t n = fx_cel_conjuncts(compiled(src), &v);
	struct fx_buf b = {0};

	for (size_t i = 0; i < n; i++) {
		struct fx_str s = fx_cel_source(v[i]);

		if (i)
			fx_buf_byte(&b, '|');
		fx_buf_str(&b, s);
	}
	fx_buf_byte(&b, 0);
	ck_assert_str_eq(b.p, want);
	fx_buf_free(&b);
}

START_TEST(conjuncts)
{
	const struct fx_cel *const *v;
	struct fx_cel_input in = {.tape = &tape, .scratch = &scratch};

	parts("a == 1 && b == 2 AND NOT c == 3", "a == 1|b == 2|NOT c == 3");
	parts("a == 1 && (b == 2 || c == 3)", "a == 1|(b == 2 || c == 3)");
	parts("(a == 1 && b) && c", "a == 1|b|c");
	parts("a == 1 || b", "a == 1 || b");
	ck_assert_uint_eq(fx_cel_conjuncts(compiled("express && channel == 'web'"), &v), 2);
	ck_assert_int_eq(fx_cel_test(v[0], &in, NULL), FX_CEL_TRUE);
	ck_assert_int_eq(fx_cel_test(v[1], &in, NULL), FX_CEL_FALSE);
}
END_TEST

static char *repeat(const char *a, size_t n, const char *mid, const char *b)
{
	struct fx_buf out = {0};

	for (size_t i = 0; i < n; i++)
		fx_buf_z(&out, a);
	fx_buf_z(&out, mid);
	for (size_t i = 0; i < n; i++)
		fx_buf_z(&out, b);
	fx_buf_byte(&out, 0);
	return out.p;
}

/* However deep or long: a message, never the stack's end. */
START_TEST(deep)
{
	static const char *const forms[][3] = {
	    {"(", "1", ")"},  {"[", "1", "]"},          {"{1:", "1", "}"},      {"!", "true", ""},
	    {"- ", "x", ""},  {"NOT ", "true", ""},     {"1 + ", "1", ""},      {"a.", "b", ""},
	    {"a[", "0", "]"}, {"true ? 1 : ", "2", ""}, {"f.map(x, ", "x", ")"}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct fx_err err = {0};
		char *src = repeat(forms[i][0], 4000, forms[i][1], forms[i][2]);

		ck_assert_msg(!fx_cel_compile(&arena, fx_str(src), NULL, &err), "%.20s", src);
		ck_assert_msg(strstr(err.msg, "nested") != NULL, "%.20s: %s", src, err.msg);
		free(src);
	}
	/* a long chain is not deep */
	{
		char *src = repeat("false || ", 4000, "express", "");

		ck_assert_int_eq(on_line(src, 0), FX_CEL_TRUE);
		free(src);
	}
}
END_TEST

/* No predicate runs for long or fills the memory; and no || hides it. */
START_TEST(limits)
{
	struct fx_cel_input in = {.tape = &tape, .scratch = &scratch};
	struct fx_err err;
	const char *loops = "[0,1,2,3,4,5,6,7,8,9].all(a, [0,1,2,3,4,5,6,7,8,9].all(b, "
	                    "[0,1,2,3,4,5,6,7,8,9].all(c, [0,1,2,3,4,5,6,7,8,9].all(d, "
	                    "[0,1,2,3,4,5,6,7,8,9].all(e, [0,1,2,3,4,5,6,7,8,9].all(f, id > 0))))))"
	                    " || true";
	const char *grows =
	    "cel.bind(a, at+at+at+at+at+at+at+at+at+at, cel.bind(b, a+a+a+a+a+a+a+a+a+a,"
	    "cel.bind(c, b+b+b+b+b+b+b+b+b+b, cel.bind(d, c+c+c+c+c+c+c+c+c+c,"
	    "cel.bind(e, d+d+d+d+d+d+d+d+d+d, cel.bind(f, e+e+e+e+e+e+e+e+e+e,"
	    "f == 'x')))))) || true";

	ck_assert_int_eq(fx_cel_test(compiled(loops), &in, &err), FX_CEL_ERROR);
	ck_assert_int_eq(err.code, FX_ELIMIT);
	ck_assert(strstr(err.msg, "steps") != NULL);
	ck_assert_int_eq(fx_cel_test(compiled(grows), &in, &err), FX_CEL_ERROR);
	ck_assert_int_eq(err.code, FX_ELIMIT);
	ck_assert(strstr(err.msg, "memory") != NULL);
	/* a pattern that backtracks without end */
	ck_assert_int_eq(fx_cel_test(compiled("('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' + channel)"
	                                      ".matches('(a|a)*[xyz]') || true"),
	                             &in, &err),
	                 FX_CEL_ERROR);
	ck_assert_int_eq(err.code, FX_ELIMIT);
}
END_TEST

/* Predicates over plain attributes take nothing from the scratch arena, whatever the verdict. */
START_TEST(allocates_nothing)
{
	static const char *const src[] = {
	    "channel == \"marketplace\" AND SKU.type == \"preorder\"", /* with an escape in the
	                                                                  record */
	    "channel == 'web' || SKU.type in ['stock', 'preorder']",
	    "NOT coupon == 'x' || fraud_score >= 0.5 && id > 5",
	    "lines.exists(l, l.type == 'stock' && l.qty >= 1)",
	    "has(ship_to.zip) && SKU.sku.startsWith('A') && size(lines) == 2",
	    "timestamp(at) < timestamp('2030-01-01T00:00:00Z') && double(total) > 1.0",
	    "'gift' in flags && lines[1].sku == 'B-2'",
	    NULL};
	struct fx_arena none = {0};
	struct fx_cel_input in = {.tape = &tape, .scratch = &none};

	in.line = fx_tape_get(&tape, 0, FX_STR("lines")) + 1;
	for (size_t i = 0; src[i]; i++) {
		ck_assert_msg(fx_cel_test(compiled(src[i]), &in, NULL) == FX_CEL_TRUE, "%s",
		              src[i]);
		ck_assert_msg(none.first == NULL, "%s", src[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cel");
	TCase *t = tcase_create("record");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, holds);
	tcase_add_test(t, holds_not);
	tcase_add_test(t, errs);
	tcase_add_test(t, faults);
	tcase_add_test(t, attributes);
	tcase_add_test(t, conjuncts);
	tcase_add_test(t, deep);
	tcase_add_test(t, limits);
	tcase_add_test(t, allocates_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
