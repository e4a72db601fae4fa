/* registry.schema.json, which editors use, against the loader's own keys and the shop's files. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/schema.h"
#include "rules/table.h"

#define FILE_NAME "rules.d/registry.schema.json"

static struct fx_doc doc;

static void set_up(void)
{
	struct fx_err err = {0};

	ck_assert_msg(fx_doc_load(&doc, FILE_NAME, &err) == 0, "%s", err.msg);
}

static void tear_down(void)
{
	fx_doc_free(&doc);
}

/* Has the property all the types that the loader takes, and no other? */
static void same_types(const char *name, const json_t *property, unsigned types)
{
	static const char *const names[] = {"string", "integer", "boolean", "array", "object"};
	const json_t *type = json_object_get(property, "type"), *ref;
	char target[64];

	if (!type && (ref = json_object_get(property, "$ref"))) {
		snprintf(target, sizeof(target), "%s", json_string_value(ref) + 8);
		type = json_object_get(json_object_get(json_object_get(doc.root, "$defs"), target),
		                       "type");
	}
	if (json_object_get(property, "enum"))
		ck_assert_msg(types & FX_V_STR, "%s", name);
	for (unsigned i = 0; type && i < 5; i++) {
		bool has = false;

		if (json_is_string(type))
			has = strcmp(json_string_value(type), names[i]) == 0;
		for (size_t k = 0; k < json_array_size(type); k++)
			has |= strcmp(json_string_value(json_array_get(type, k)), names[i]) == 0;
		ck_assert_msg(has == ((types >> i & 1) != 0), "%s: %s", name, names[i]);
	}
}

static void same_keys(const json_t *schema, const struct fx_key *keys)
{
	const json_t *props = json_object_get(schema, "properties");
	const json_t *must = json_object_get(schema, "required");
	size_t n = 0, required = 0;

	ck_assert(json_is_false(json_object_get(schema, "additionalProperties")));
	for (; keys[n].name; n++) {
		const json_t *p = json_object_get(props, keys[n].name);
		bool is_required = false;

		ck_assert_msg(p, "the schema lacks '%s'", keys[n].name);
		same_types(keys[n].name, p, keys[n].types);
		for (size_t i = 0; i < json_array_size(must); i++)
			is_required |=
			    strcmp(json_string_value(json_array_get(must, i)), keys[n].name) == 0;
		ck_assert_msg(is_required == ((keys[n].types & FX_V_MUST) != 0), "%s",
		              keys[n].name);
		required += is_required;
	}
	ck_assert_uint_eq(json_object_size(props), n);
	ck_assert_uint_eq(json_array_size(must), required);
}

START_TEST(keys_are_the_loaders)
{
	const json_t *defs = json_object_get(doc.root, "$defs");

	same_keys(doc.root, FX_KEYS_TOP);
	same_keys(json_object_get(defs, "owner"), FX_KEYS_OWNER);
	same_keys(json_object_get(defs, "rule"), FX_KEYS_RULE);
	same_keys(json_object_get(defs, "table"), FX_KEYS_TABLE);
	same_keys(json_object_get(defs, "exception"), FX_KEYS_EXCEPTION);
	same_keys(json_object_get(defs, "milestone"), FX_KEYS_MILESTONE);
	same_keys(json_object_get(defs, "slo"), FX_KEYS_SLO);
	same_keys(json_object_get(defs, "contract"), FX_KEYS_CONTRACT);
	same_keys(json_object_get(defs, "limits"), FX_KEYS_LIMITS);
}
END_TEST

static bool valid(const struct fx_schema *schema, const json_t *v, char *why, size_t n)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	struct fx_tape t = {0};
	struct fx_check k = {0};
	bool ok;

	ck_assert(text && fx_tape_read(&t, fx_str(text), NULL) == 0);
	ok = fx_schema_check(schema, &k, &t, 0);
	if (!ok)
		snprintf(why, n, "%.*s: %.*s", FX_FMT(k.fault[0].instance),
		         FX_FMT(k.fault[0].message));
	fx_check_free(&k);
	fx_tape_free(&t);
	free(text);
	return ok;
}

START_TEST(the_shops_files_meet_it)
{
	static const char *const files[] = {"rules.d/10-owners.yaml", "rules.d/20-rules.yaml",
	                                    "rules.d/30-exceptions.yaml",
	                                    "rules.d/40-contract.yaml"};
	struct fx_schemas *set = fx_schemas_new(false);
	struct fx_errs errs = {0};
	const struct fx_schema *schema = fx_schemas_load(set, FILE_NAME, &errs);
	struct fx_err err = {0};
	char why[512] = "";

	ck_assert_msg(schema, "%s", errs.n ? errs.v[0].msg : "");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fx_doc d = {0};

		ck_assert_msg(fx_doc_load(&d, files[i], &err) == 0, "%s", err.msg);
		ck_assert_msg(valid(schema, d.root, why, sizeof(why)), "%s: %s", files[i], why);
		/* And it is no schema that takes anything. */
		json_object_set_new(d.root, "ruels", json_array());
		ck_assert(!valid(schema, d.root, why, sizeof(why)));
		fx_doc_free(&d);
	}
	fx_schemas_free(set);
	fx_errs_free(&errs);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules_schema");
	TCase *tc = tcase_create("schema");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, keys_are_the_loaders);
	tcase_add_test(tc, the_shops_files_meet_it);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
