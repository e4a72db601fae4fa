/* Strings, memory, maps, digests and encodings. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"

START_TEST(buffer_cap)
{
	struct fx_buf b = {.max = 10};

	ck_assert_int_eq(fx_buf_add(&b, "123456", 6), 0);
	ck_assert_int_eq(fx_buf_add(&b, "12345", 5), -1);
	ck_assert(b.over);
	ck_assert_uint_eq(b.n, 6);
	ck_assert_int_eq(fx_buf_add(&b, "1", 1), -1); /* sticky */
	fx_buf_reset(&b);
	ck_assert_int_eq(fx_buf_fmt(&b, "%d-%s", 12, "abc"), 0);
	ck_assert(fx_str_is(fx_buf_view(&b), "12-abc"));
	fx_buf_free(&b);
}
END_TEST

START_TEST(arena_keeps_and_resets)
{
	struct fx_arena a = {0};
	char *kept[200];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 200; i++) {
			kept[i] = fx_arena_alloc(&a, (size_t)i * 97 + 1);
			ck_assert_uint_eq((uintptr_t)kept[i] % _Alignof(max_align_t), 0);
			memset(kept[i], i, (size_t)i * 97 + 1);
		}
		for (int i = 0; i < 200; i++) {
			int other = 0; /* an assertion a byte would take seconds */
			for (int j = 0; j < i * 97 + 1; j++)
				other += (unsigned char)kept[i][j] != i;
			ck_assert_int_eq(other, 0);
		}
		fx_arena_reset(&a);
	}
	ck_assert(fx_str_is(fx_arena_fmt(&a, "%s/%d", "x", 7), "x/7"));
	fx_arena_free(&a);
}
END_TEST

START_TEST(map_against_a_plain_array)
{
	enum { N = 5000 };
	struct fx_map m = {0};
	struct fx_arena a = {0};
	static bool there[N];
	size_t live = 0;
	unsigned long x = 1;

	for (int step = 0; step < 60000; step++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		unsigned k = (unsigned)(x >> 33) % N;
		struct fx_str key = fx_arena_fmt(&a, "key-%u", k);
		bool fresh;

		if ((x >> 20) % 3 == 0) {
			ck_assert_int_eq(fx_map_del(&m, key), there[k]);
			live -= there[k];
			there[k] = false;
		} else {
			fx_map_put(&m, key, &fresh)->v.u64 = k;
			ck_assert_int_eq(fresh, !there[k]);
			live += !there[k];
			there[k] = true;
		}
		ck_assert_uint_eq(m.live, live);
	}
	for (unsigned k = 0; k < N; k++) {
		struct fx_map_entry *e = fx_map_get(&m, fx_arena_fmt(&a, "key-%u", k));

		ck_assert_int_eq(e != NULL, there[k]);
		ck_assert(!e || e->v.u64 == k);
	}
	fx_map_free(&m);
	fx_arena_free(&a);
}
END_TEST

START_TEST(sha256_vectors)
{
	/* FIPS 180-2, appendix B.1; parts and whole agree. */
	unsigned char d[FX_SHA256_LEN];
	char hex[65];
	struct fx_str parts[] = {FX_STR("a"), FX_STR(""), FX_STR("bc")};

	fx_sha256v(parts, 3, d);
	fx_hex(hex, d, sizeof(d));
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	fx_sha256(FX_STR(""), d);
	fx_hex(hex, d, sizeof(d));
	ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

/* Of every length, whole and in parts, around the ends of blocks: as OpenSSL's EVP says. */
START_TEST(sha256_lengths)
{
	char text[400];
	unsigned char want[FX_SHA256_LEN], got[FX_SHA256_LEN];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + 1);
	for (size_t n = 0; n <= sizeof(text); n++) {
		struct fx_str parts[] = {{text, n / 3}, {text + n / 3, 0}, {text + n / 3, n - n / 3}};

		ck_assert(EVP_Digest(text, n, want, NULL, EVP_sha256(), NULL));
		fx_sha256((struct fx_str){text, n}, got);
		ck_assert_mem_eq(got, want, sizeof(want));
		fx_sha256v(parts, 3, got);
		ck_assert_mem_eq(got, want, sizeof(want));
	}
}
END_TEST

/* RFC 4648, section 10, without padding and in lower case; every byte in hex, at each place. */
START_TEST(base32_and_hex)
{
	static const char *const coded[] = {"", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"};
	unsigned char bytes[40];
	char text[81], want[3];

	for (size_t n = 0; n < sizeof(coded) / sizeof(coded[0]); n++) {
		memset(text, '.', sizeof(text));
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, "foobar", n);
		fx_base32(text, bytes, strlen(coded[n]));
		ck_assert_mem_eq(text, coded[n], strlen(coded[n]));
		ck_assert_int_eq(text[strlen(coded[n])], '.');
	}
	for (unsigned i = 0; i < 32; i++) {
		bytes[0] = (unsigned char)(i << 3);
		fx_base32(text, bytes, 1);
		ck_assert_int_eq(text[0], "abcdefghijklmnopqrstuvwxyz234567"[i]);
	}
	for (unsigned i = 0; i < 256 + 7; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (unsigned char)(i + k);
		fx_hex(text, bytes, 1 + i % sizeof(bytes));
		ck_assert_uint_eq(strlen(text), 2 * (1 + i % sizeof(bytes)));
		for (size_t k = 0; k <= i % sizeof(bytes); k++) {
			snprintf(want, sizeof(want), "%02x", bytes[k]);
			ck_assert_mem_eq(text + 2 * k, want, 2);
		}
	}
}
END_TEST

START_TEST(base64_rfc4648)
{
	/* RFC 4648, section 10. */
	static const struct {
		const char *plain, *coded;
	} v[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},         {"foo", "Zm9v"},
		 {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct fx_buf b = {0};
		unsigned char back[16];
		size_t n = strlen(v[i].plain);

		fx_base64_add(&b, (const unsigned char *)v[i].plain, n);
		ck_assert(fx_str_is(fx_buf_view(&b), v[i].coded));
		ck_assert_int_eq(fx_base64_decode(back, fx_str(v[i].coded)), (long)n);
		ck_assert(memcmp(back, v[i].plain, n) == 0);
		fx_buf_reset(&b);
		fx_base64url_add(&b, (const unsigned char *)v[i].plain, n);
		ck_assert_uint_eq(b.n, strcspn(v[i].coded, "="));
		ck_assert_int_eq(fx_base64url_decode(back, fx_buf_view(&b)), (long)n);
		fx_buf_free(&b);
	}
	static const char *const bad[] = {"Zg=", "Zg", "Zh==", "Zm9=", "Zm=8", "Z===", "Zm9v\n",
					  "Zm-_", "===="};
	unsigned char back[16];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_base64_decode(back, fx_str(bad[i])) == -1, "%s", bad[i]);
	ck_assert_int_eq(fx_base64url_decode(back, FX_STR("Zm-_")), 3);
	ck_assert_int_eq(fx_base64url_decode(back, FX_STR("Zg==")), -1);
}
END_TEST

START_TEST(base32_rfc4648)
{
	char out[17] = {0};

	/* "foobar" is MZXW6YTBOI (section 10), here in lower case. */
	fx_base32(out, (const unsigned char *)"foobar\0\0", 9);
	ck_assert_str_eq(out, "mzxw6ytbo");
}
END_TEST

START_TEST(derived_ids)
{
	char a[FX_ID_LEN + 1], b[FX_ID_LEN + 1];
	unsigned char d[FX_SHA256_LEN];

	fx_derive_id(a, FX_STR("task.assigned"), FX_STR("shop"), FX_STR("evt-1"), FX_STR("1"));
	/* by hand: the digest of the NUL-separated parts */
	fx_sha256(FX_STR("task.assigned\0shop\0evt-1\0" "1"), d);
	memcpy(b, "fx:", 4);
	fx_base32(b + 3, d, 26);
	b[FX_ID_LEN] = '\0';
	ck_assert_str_eq(a, b);
	/* the separator keeps the parts apart */
	fx_derive_id(a, FX_STR("x"), FX_STR("ab"), FX_STR("c"), FX_STR(""));
	fx_derive_id(b, FX_STR("x"), FX_STR("a"), FX_STR("bc"), FX_STR(""));
	ck_assert_str_ne(a, b);
	fx_random_id(a);
	fx_random_id(b);
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strlen(a), FX_ID_LEN);
}
END_TEST

START_TEST(nearest_names)
{
	struct fx_str names[] = {FX_STR("channel"), FX_STR("customer"), FX_STR("currency")};

	ck_assert_int_eq(fx_str_nearest(FX_STR("chanel"), names, 3), 0);
	ck_assert_int_eq(fx_str_nearest(FX_STR("custmoer"), names, 3), 1);
	ck_assert_int_eq(fx_str_nearest(FX_STR("zebra"), names, 3), -1);
	/* kitten/sitting is the textbook 3; a swap counts one */
	ck_assert_uint_eq(fx_str_distance(FX_STR("kitten"), FX_STR("sitting"), 9), 3);
	ck_assert_uint_eq(fx_str_distance(FX_STR("ab"), FX_STR("ba"), 9), 1);
	ck_assert_uint_eq(fx_str_distance(FX_STR(""), FX_STR("abc"), 9), 3);
	ck_assert_uint_eq(fx_str_distance(FX_STR("abcdef"), FX_STR("uvwxyz"), 2), 3);
}
END_TEST

START_TEST(numbers_and_errors)
{
	uint64_t v;
	struct fx_err e = {0};
	char text[200];

	ck_assert_int_eq(fx_str_u64(FX_STR("18446744073709551615"), &v), 0);
	ck_assert_uint_eq(v, UINT64_MAX);
	ck_assert_int_eq(fx_str_u64(FX_STR("18446744073709551616"), &v), -1);
	ck_assert_int_eq(fx_str_u64(FX_STR("-1"), &v), -1);
	ck_assert_int_eq(fx_str_u64(FX_STR(""), &v), -1);
	fx_fail_at(&e, FX_ECONF, "a.yaml", 3, 7, "no %s", "owner");
	ck_assert_str_eq(fx_err_text(&e, text, sizeof(text)), "a.yaml:3:7: no owner");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base/mem");
	TCase *t = tcase_create("mem");
	SRunner *r;
	int bad;

	tcase_add_test(t, buffer_cap);
	tcase_add_test(t, arena_keeps_and_resets);
	tcase_add_test(t, map_against_a_plain_array);
	tcase_add_test(t, sha256_vectors);
	tcase_add_test(t, sha256_lengths);
	tcase_add_test(t, base32_and_hex);
	tcase_add_test(t, base64_rfc4648);
	tcase_add_test(t, base32_rfc4648);
	tcase_add_test(t, derived_ids);
	tcase_add_test(t, nearest_names);
	tcase_add_test(t, numbers_and_errors);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
