/*
 * The JSON Schema Test Suite against lib/contract.
 * usage: schema_suite [-f] REMOTES FILE...   (-f: formats are assertions)
 * Prints "passed failed" over all FILEs and names on standard error what failed.
 * The data of a test is read from the file's own text by the tape, so that its numbers stay
 * as they are written.
 */
#include <stdio.h>
#include <string.h>

#include "base/stream.h"
#include "contract/schema.h"

static unsigned long passed, failed;

static void complain(const char *file, const char *group, const char *test, const char *why)
{
	fprintf(stderr, "%s: %s: %s: %s\n", file, group, test, why);
	failed++;
}

static const char *text(const json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "description"));

	return s ? s : "?";
}

static void group(const struct fx_doc *d, const struct fx_tape *t, size_t i, const char *remotes,
		  bool formats)
{
	const json_t *g = json_array_get(d->root, i), *tests = json_object_get(g, "tests"), *test;
	struct fx_schemas *set = fx_schemas_new(formats);
	const struct fx_schema *schema;
	struct fx_errs errs = {0};
	struct fx_check k = {0};
	char p[64], why[1024];
	size_t j;

	fx_schemas_map(set, "http://localhost:1234/", remotes);
	snprintf(p, sizeof(p), "/%zu/schema", i);
	schema = fx_schemas_compile(set, d, fx_str(p), FX_STR(""), &errs);
	json_array_foreach(tests, j, test) {
		bool want = json_is_true(json_object_get(test, "valid")), found;
		uint32_t node;

		if (!schema) {
			complain(d->file, text(g), text(test), fx_err_text(&errs.v[0], why, sizeof(why)));
			continue;
		}
		snprintf(p, sizeof(p), "/%zu/tests/%zu/data", i, j);
		node = fx_tape_pointer(t, fx_str(p), &found);
		if (found && fx_schema_check(schema, &k, t, node) == want) {
			passed++;
			continue;
		}
		snprintf(why, sizeof(why), "wanted %s, got: %.*s", want ? "valid" : "invalid",
			 k.n ? (int)k.fault[0].message.n : 5, k.n ? k.fault[0].message.p : "valid");
		complain(d->file, text(g), text(test), why);
	}
	fx_check_free(&k);
	fx_errs_free(&errs);
	fx_schemas_free(set);
}

static int file(const char *path, const char *remotes, bool formats)
{
	struct fx_buf b = {0};
	struct fx_doc d = {0};
	struct fx_tape t = {0};
	struct fx_err err;
	int rc = 0;

	if (fx_read_file(path, &b, 0, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	d.nul = true;
	if (fx_doc_parse_json(&d, fx_buf_view(&b), path, &err) < 0 ||
	    fx_tape_read(&t, fx_buf_view(&b), &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, err.msg);
		rc = -1;
	}
	for (size_t i = 0; rc == 0 && i < json_array_size(d.root); i++)
		group(&d, &t, i, remotes, formats);
	fx_tape_free(&t);
	fx_doc_free(&d);
	fx_buf_free(&b);
	return rc;
}

int main(int argc, char **argv)
{
	bool formats = argc > 1 && strcmp(argv[1], "-f") == 0;
	int rc = 0;

	argv += formats;
	argc -= formats;
	if (argc < 3) {
		fprintf(stderr, "usage: schema_suite [-f] REMOTES FILE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		rc |= file(argv[i], argv[1], formats);
	printf("%lu %lu\n", passed, failed);
	return rc ? 2 : failed != 0;
}
