/* References resolved: the examples of RFC 3986, 5.4. */
#include <check.h>
#include <stdlib.h>

#include "contract/uri.h"

static const struct {
	const char *ref, *want;
} examples[] = {
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q#s"},
    {"g#s", "http://a/b/c/g#s"},
    {"g?y#s", "http://a/b/c/g?y#s"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y#s"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    /* 5.4.2, abnormal */
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g#s/../x", "http://a/b/c/g#s/../x"},
    {"http:g", "http:g"},
};

START_TEST(rfc3986_examples)
{
	struct fx_arena a = {0};
	struct fx_str got = uri_resolve(&a, FX_STR("http://a/b/c/d;p?q"), fx_str(examples[_i].ref));

	ck_assert_str_eq(got.p, examples[_i].want);
	fx_arena_free(&a);
}
END_TEST

START_TEST(files_and_urns)
{
	struct fx_arena a = {0};

	ck_assert_str_eq(uri_resolve(&a, FX_STR("file:contract/trigger.json"), FX_STR("b.json#/x")).p,
			 "file:contract/b.json#/x");
	ck_assert_str_eq(uri_resolve(&a, FX_STR("file:/a/b.json"), FX_STR("../c.json")).p,
			 "file:/c.json");
	ck_assert_str_eq(uri_resolve(&a, FX_STR("urn:uuid:1"), FX_STR("#/x")).p, "urn:uuid:1#/x");
	ck_assert_str_eq(uri_resolve(&a, FX_STR(""), FX_STR("a/./b")).p, "a/b");
	ck_assert_ptr_null(uri_decode(&a, FX_STR("a%2")).p);
	ck_assert_str_eq(uri_decode(&a, FX_STR("a%25%2f")).p, "a%/");
	fx_arena_free(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("contract uri");
	TCase *t = tcase_create("uri");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, rfc3986_examples, 0, sizeof(examples) / sizeof(*examples));
	tcase_add_test(t, files_and_urns);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
