/* Predicates held against a contract's JSON Schema: each fault at its very token. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "json/tape.h"
#include "rules/cel_env.h"

static struct fx_arena arena;
static const struct fx_cel_env *env;
static json_t *schema;

static const char trigger[] =
    "{\"type\":\"object\",\"required\":[\"event\",\"channel\",\"lines\"],"
    "\"$defs\":{\"money\":{\"type\":\"string\",\"pattern\":\"^[0-9]+\"},"
    "\"address\":{\"type\":\"object\",\"required\":[\"country\"],\"properties\":{"
    "\"country\":{\"type\":\"string\"},\"zip\":{\"type\":[\"string\",\"null\"]}}}},"
    "\"properties\":{"
    "\"event\":{\"type\":\"string\"},"
    "\"channel\":{\"type\":\"string\",\"enum\":[\"web\",\"store\",\"marketplace\"]},"
    "\"fraud_score\":{\"type\":\"number\",\"minimum\":0,\"exclusiveMaximum\":1},"
    "\"total\":{\"$ref\":\"#/$defs/money\"},"
    "\"ship_to\":{\"$ref\":\"#/$defs/address\"},"
    "\"flags\":{\"type\":\"array\",\"items\":{\"enum\":[\"gift\",\"fragile\"]}},"
    "\"priority\":{\"type\":\"integer\"},\"express\":{\"type\":\"boolean\"},"
    "\"placed\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"tags\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"
    "\"extra\":{},"
    "\"lines\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"type\"],"
    "\"properties\":{\"sku\":{\"type\":\"string\"},\"type\":{\"enum\":[\"stock\",\"preorder\"]},"
    "\"qty\":{\"type\":\"integer\"}}}}},"
    "\"allOf\":[{\"if\":{\"properties\":{\"event\":{\"const\":\"order.changed\"}}},"
    "\"then\":{\"required\":[\"change\"],\"properties\":{\"change\":{\"type\":\"string\"}}}}]}";

static void setup(void)
{
	json_error_t e;

	schema = json_loads(trigger, 0, &e);
	ck_assert_msg(schema != NULL, "%s", e.text);
	env = fx_cel_env_new(&arena, &(struct fx_cel_contract){.schema = schema}, 1, NULL, NULL);
	ck_assert(env != NULL);
}

static void teardown(void)
{
	json_decref(schema);
	fx_arena_free(&arena);
}

START_TEST(good)
{
	static const char *const src[] = {
	    "channel == 'marketplace' AND SKU.type == 'preorder'",
	    "fraud_score > 0.8 && fraud_score >= 0 && priority == 1.0",
	    "channel in ['web', 'store']",
	    "'gift' in flags && flags.exists(f, f == 'fragile')",
	    "ship_to.zip == null || ship_to.zip.startsWith('1')",
	    "lines.exists(l, l.qty > 3 && l.type != 'stock')",
	    "double(total) >= 100.0",
	    "timestamp(placed).getHours('Europe/Berlin') < 12",
	    "tags.vip == 'yes' || tags['vip'] == 'no'",
	    "extra.anything[0] == 5",
	    "change == 'address'",
	    "has(ship_to.zip) && express",
	    "size(lines) > 1 && type(total) == string",
	    "channel.startsWith('market') || channel.size() > 3",
	    NULL};

	for (size_t i = 0; src[i]; i++) {
		struct fx_err err = {0};

		ck_assert_msg(fx_cel_compile(&arena, fx_str(src[i]), env, &err) != NULL,
		              "%s: %u: %s", src[i], err.col, err.msg);
	}
}
END_TEST

START_TEST(bad)
{
	static const struct {
		const char *src;
		unsigned col;
		const char *says;
	} bads[] = {
	    {"chanel == 'web'", 1, "did you mean 'channel'"},
	    {"channel == 'market' && express", 12, "marketplace"},
	    {"channel == 'marktplace'", 12, "did you mean 'marketplace'"},
	    {"express && channel != 'shop'", 23, "never occurs"},
	    {"channel in ['web', 'wbe']", 20, "did you mean 'web'"},
	    {"'gitf' in flags", 1, "did you mean 'gift'"},
	    {"flags.exists(f, f == 'fragil')", 22, "fragile"},
	    {"SKU.type == 'preoder'", 13, "did you mean 'preorder'"},
	    {"SKU.tpye == 'stock'", 5, "did you mean 'type'"},
	    {"lines.exists(l, l.skuu == 'x')", 19, "did you mean 'sku'"},
	    {"type == 'stock'", 9, "compared"},
	    {"qty > 1", 1, "SKU.qty"},
	    {"SKU.channel == 'web'", 5, "the order has: channel"},
	    {"ship_to.cuntry == 'DE'", 9, "did you mean 'country'"},
	    {"channel == 5", 12, "string is compared with int"},
	    {"fraud_score == '0.8'", 16, "double is compared with string"},
	    {"total > 100", 9, "string is compared with int"},
	    {"fraud_score / 2 > 0.1", 13, "2.0"},
	    {"channel == null", 12, "never null"},
	    {"channel", 1, "this is string"},
	    {"channel && express", 1, "this is string"},
	    {"NOT total", 5, "this is string"},
	    {"priority.startsWith('1')", 10, "startsWith"},
	    {"express.country == 'x'", 9, "no fields"},
	    {"channel in 'web'", 12, "list"},
	    {"priority in ['1', '2']", 13, "looked for"},
	    {"lines > 3", 7, "no order"},
	    {"channel.matches(5)", 9, "matches"},
	    {"total.exists(x, true)", 7, "list or a map"},
	};

	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		struct fx_err err = {0};

		ck_assert_msg(!fx_cel_compile(&arena, fx_str(bads[i].src), env, &err), "%s",
		              bads[i].src);
		ck_assert_msg(err.col == bads[i].col && strstr(err.msg, bads[i].says), "%s: %u: %s",
		              bads[i].src, err.col, err.msg);
	}
}
END_TEST

/* integer is int, number double, however the text looks (design, section 4). */
START_TEST(numbers)
{
	static const struct {
		const char *src;
		enum fx_cel_verdict want;
	} cases[] = {{"fraud_score / 2.0 == 0.5", FX_CEL_TRUE},
	             {"type(fraud_score) == double", FX_CEL_TRUE},
	             {"type(priority) == int && priority % 2 == 1", FX_CEL_TRUE},
	             {"lines.all(l, type(l.qty) == int)", FX_CEL_TRUE},
	             {"type(lines[0].qty) == int && type(lines[0]['qty']) == int", FX_CEL_TRUE},
	             {"lines.map(l, l.qty).exists(q, q / 2 == 1)", FX_CEL_TRUE}};
	struct fx_tape t = {0};
	struct fx_arena scratch = {0};
	struct fx_err err;
	struct fx_cel_input in = {.tape = &t, .scratch = &scratch};

	ck_assert_int_eq(fx_tape_read(&t,
	                              FX_STR("{\"fraud_score\":1,\"priority\":3.0,"
	                                     "\"lines\":[{\"qty\":3},{\"qty\":2.0}]}"),
	                              &err),
	                 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct fx_cel *e = fx_cel_compile(&arena, fx_str(cases[i].src), env, &err);

		ck_assert_msg(e != NULL, "%s: %s", cases[i].src, err.msg);
		ck_assert_msg(fx_cel_test(e, &in, &err) == cases[i].want, "%s: %s", cases[i].src,
		              err.msg);
	}
	fx_tape_free(&t);
	fx_arena_free(&scratch);
}
END_TEST

START_TEST(attributes)
{
	const struct fx_cel_type *t;
	bool req;

	t = fx_cel_env_attr(env, FX_STR("channel"), &req);
	ck_assert(t && t->kind == FX_CT_STRING && t->nvalues == 3 && req);
	t = fx_cel_env_attr(env, FX_STR("SKU.type"), &req);
	ck_assert(t && t->nvalues == 2 && req);
	t = fx_cel_env_attr(env, FX_STR("SKU.qty"), &req);
	ck_assert(t && t->kind == FX_CT_INT && !req);
	t = fx_cel_env_attr(env, FX_STR("fraud_score"), &req);
	ck_assert(t && t->has_min && t->min == 0 && !t->min_excluded && t->has_max && t->max == 1 &&
	          t->max_excluded && !req);
	t = fx_cel_env_attr(env, FX_STR("ship_to.country"), &req);
	ck_assert(t && !req); /* ship_to itself may be absent */
	t = fx_cel_env_attr(env, FX_STR("ship_to.zip"), NULL);
	ck_assert(t && t->nullable);
	ck_assert(fx_cel_env_attr(env, FX_STR("change"), &req) && !req);
	ck_assert(!fx_cel_env_attr(env, FX_STR("nope"), NULL));
	ck_assert(!fx_cel_env_attr(env, FX_STR("channel.x"), NULL));
}
END_TEST

/* A condition on the event is decided when the event is known. */
START_TEST(by_event)
{
	const struct fx_cel_env *e;
	bool req;

	e = fx_cel_env_new(&arena, &(struct fx_cel_contract){schema, FX_STR("order.changed")}, 1,
	                   NULL, NULL);
	ck_assert(fx_cel_env_attr(e, FX_STR("change"), &req) && req);
	e = fx_cel_env_new(&arena, &(struct fx_cel_contract){schema, FX_STR("order.placed")}, 1,
	                   NULL, NULL);
	ck_assert(!fx_cel_env_attr(e, FX_STR("change"), &req));
}
END_TEST

/* A rule on two events: what either names is known; what both say holds. */
START_TEST(several)
{
	json_t *two = json_loads(
	    "{\"properties\":{\"channel\":{\"enum\":[\"phone\"]},\"reason\":{\"type\":\"string\"},"
	    "\"priority\":{\"type\":\"string\"}}}",
	    0, NULL);
	const struct fx_cel_env *both;
	struct fx_err err = {0};
	bool req;

	both = fx_cel_env_new(
	    &arena, (struct fx_cel_contract[]){{.schema = schema}, {.schema = two}}, 2, NULL, NULL);
	ck_assert(
	    fx_cel_compile(&arena, FX_STR("channel == 'phone' || reason == 'x'"), both, &err));
	ck_assert(fx_cel_compile(&arena, FX_STR("priority == 1 || priority == 'x'"), both, &err));
	ck_assert(!fx_cel_compile(&arena, FX_STR("channel == 'fax'"), both, &err));
	ck_assert(fx_cel_env_attr(both, FX_STR("channel"), &req) && !req);
	json_decref(two);
}
END_TEST

static const json_t *beside(void *ctx, struct fx_str file)
{
	return fx_str_is(file, "common.json") ? ctx : NULL;
}

/* $ref to a file beside, whose own $refs count in that file; what is not there is dyn. */
START_TEST(other_file)
{
	json_t *j = json_loads("{\"properties\":{\"to\":{\"$ref\":\"common.json#/$defs/to\"},"
	                       "\"x\":{\"$ref\":\"lost.json\"}}}",
	                       0, NULL);
	json_t *common =
	    json_loads("{\"$defs\":{\"to\":{\"properties\":{\"land\":{\"$ref\":\"#/$defs/l\"}}},"
	               "\"l\":{\"enum\":[\"DE\"]}}}",
	               0, NULL);
	struct fx_err err = {0};
	const struct fx_cel_env *e =
	    fx_cel_env_new(&arena, &(struct fx_cel_contract){.schema = j}, 1, beside, common);

	ck_assert(fx_cel_compile(&arena, FX_STR("to.land == 'DE' && x.y == 5"), e, &err));
	ck_assert(!fx_cel_compile(&arena, FX_STR("to.land == 'FR'"), e, &err));
	ck_assert(!fx_cel_compile(&arena, FX_STR("to.lnd == 'DE'"), e, &err));
	json_decref(j);
	json_decref(common);
}
END_TEST

/* A schema that refers to itself unfolds to a bound and ends. */
START_TEST(recursive)
{
	json_t *tree = json_loads("{\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{"
	                          "\"a\":{\"$ref\":\"#/$defs/n\"},\"b\":{\"$ref\":\"#/$defs/n\"},"
	                          "\"v\":{\"type\":\"integer\"}}}},\"$ref\":\"#/$defs/n\"}",
	                          0, NULL);
	const struct fx_cel_env *e;
	struct fx_err err = {0};

	e = fx_cel_env_new(&arena, &(struct fx_cel_contract){.schema = tree}, 1, NULL, NULL);
	ck_assert(fx_cel_compile(&arena, FX_STR("a.b.v == 1"), e, &err));
	ck_assert(!fx_cel_compile(&arena, FX_STR("a.b.w == 1"), e, &err));
	json_decref(tree);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cel_env");
	TCase *t = tcase_create("schema");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, good);
	tcase_add_test(t, bad);
	tcase_add_test(t, numbers);
	tcase_add_test(t, attributes);
	tcase_add_test(t, by_event);
	tcase_add_test(t, several);
	tcase_add_test(t, other_file);
	tcase_add_test(t, recursive);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
