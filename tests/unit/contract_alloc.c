/* The steady state allocates nothing: calls of malloc counted for N records and for 2 N. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "contract/contract.h"

static unsigned long calls;

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTED 1
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
	calls++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	calls++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	calls++;
	return __libc_realloc(p, n);
}
#else
#define COUNTED 0
#endif

/* Escapes, numbers, alternatives, sets, unevaluated members: what could want memory. */
static const char schema_text[] =
    "{\"properties\":{\"a\":{\"pattern\":\"^x+$\",\"minLength\":2},\"b\":{\"enum\":[1,{\"k\":2}]},"
    "\"c\":{\"uniqueItems\":true,\"contains\":{\"const\":3}},\"d\":{\"multipleOf\":0.01},"
    "\"e\":{\"anyOf\":[{\"type\":\"null\"},{\"format\":\"date-time\",\"type\":\"string\"}]}},"
    "\"patternProperties\":{\"^p\":{\"type\":\"integer\"}},"
    "\"oneOf\":[{\"required\":[\"a\"]},{\"required\":[\"zz\"]}],\"unevaluatedProperties\":false}";
static const char *const records[] = {
    "{\"a\":\"\\u0078\\u0078\",\"b\":{\"k\":2.0},\"c\":[1,2,3,[4],\"\\n\"],\"d\":19.99,\"p\\u0031\":1}",
    "{\"a\":\"xxxx\",\"b\":1,\"e\":\"2026-11-20T18:03:09Z\",\"p\":123456789012345678901234567890}",
    "{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"c\":[3],\"d\":0,\"e\":null}",
};

static unsigned long run(const struct fx_schema *s, struct fx_check *k, struct fx_tape *t, int n)
{
	unsigned long before = calls;

	for (int i = 0; i < n; i++) {
		const char *json = records[(size_t)i % (sizeof(records) / sizeof(*records))];

		if (fx_tape_read(t, fx_str(json), NULL) < 0 || !fx_schema_check(s, k, t, 0)) {
			fprintf(stderr, "%s: %.*s\n", json, FX_FMT(k->fault[0].message));
			return ~0ul;
		}
	}
	return calls - before;
}

START_TEST(steady_state)
{
	struct fx_schemas *set = fx_schemas_new(true);
	const struct fx_schema *s;
	struct fx_check k = {0};
	struct fx_tape t = {0};
	struct fx_doc d = {0};
	unsigned long first;

	ck_assert_int_eq(fx_doc_parse_json(&d, fx_str(schema_text), "s", NULL), 0);
	s = fx_schemas_compile(set, &d, FX_STR(""), FX_STR(""), NULL);
	ck_assert_ptr_nonnull(s);
	first = run(s, &k, &t, 1000);
	ck_assert_uint_ne(first, ~0ul);
	if (COUNTED)
		ck_assert_uint_gt(first, 0); /* the counter counts */
	ck_assert_uint_eq(run(s, &k, &t, 1000), 0);
	ck_assert_uint_eq(run(s, &k, &t, 2000), 0);
	fx_check_free(&k);
	fx_tape_free(&t);
	fx_schemas_free(set);
	fx_doc_free(&d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("contract allocation");
	TCase *t = tcase_create("allocation");
	SRunner *sr;
	int failed;

	tcase_add_test(t, steady_state);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
