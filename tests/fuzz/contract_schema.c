/*
 * A schema on the first line, a value on the second: compiling and checking must end, twice
 * with the same result, and every fault's pointer must lead to a place in the value.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "contract/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct fx_schema *schema, const struct fx_tape *t)
{
	struct fx_check one = {0}, two = {0};
	bool ok = fx_schema_check(schema, &one, t, 0);

	if (ok != fx_schema_check(schema, &two, t, 0) || one.n != two.n || ok != (one.n == 0))
		abort();
	for (size_t i = 0; i < one.n; i++) {
		bool found = false;

		if (!fx_str_eq(one.fault[i].message, two.fault[i].message))
			abort();
		fx_tape_pointer(t, one.fault[i].instance, &found);
		if (!found)
			abort();
	}
	fx_check_free(&one);
	fx_check_free(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_str text = {(const char *)data, size}, value = {NULL, 0};
	struct fx_schemas *set = fx_schemas_new(true);
	const struct fx_schema *schema;
	struct fx_errs errs = {0};
	struct fx_tape t = {0};
	struct fx_doc d = {.nul = true};

	text.n = fx_str_find(text, '\n');
	if (text.n < size)
		value = (struct fx_str){text.p + text.n + 1, size - text.n - 1};
	if (fx_doc_parse_json(&d, text, "schema", NULL) == 0) {
		schema = fx_schemas_compile(set, &d, FX_STR(""), FX_STR(""), &errs);
		if (!schema == !errs.n)
			abort(); /* neither a schema nor a fault, or both */
		if (schema && fx_tape_read(&t, value, NULL) == 0)
			check(schema, &t);
		fx_doc_free(&d);
	}
	fx_tape_free(&t);
	fx_schemas_free(set);
	fx_errs_free(&errs);
	return 0;
}
