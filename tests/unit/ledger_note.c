/* Notes, keys, checkpoints and proofs: Go's own example, the specification's rules, round trips. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream.h"
#include "ledger/note.h"

/* The example of Go's golang.org/x/mod/sumdb/note. */
#define PN_VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PN_SKEY "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define PN_TEXT \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define PN_SIG \
	"\xe2\x80\x94 PeterNeumann " \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define OTHER_SIG \
	"\xe2\x80\x94 somebody/else " \
	"AAAAAAJJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static struct fx_vkey pn(void)
{
	struct fx_vkey k;
	struct fx_err err;

	ck_assert_int_eq(fx_vkey_parse(fx_str(PN_VKEY), &k, &err), 0);
	return k;
}

static int open_note(const char *note)
{
	struct fx_vkey k = pn();
	struct fx_str text;
	struct fx_err err;

	return fx_note_open(fx_str(note), &k, 1, &text, NULL, &err);
}

START_TEST(go_example)
{
	struct fx_vkey k = pn();
	struct fx_str text;
	struct fx_err err;
	struct fx_buf b = {0};

	ck_assert_uint_eq(k.id, 0xc74f20a3);
	ck_assert_int_eq(fx_note_open(fx_str(PN_TEXT "\n" PN_SIG), &k, 1, &text, NULL, &err), 0);
	ck_assert(fx_str_is(text, PN_TEXT));
	fx_vkey_add(&b, &k);
	ck_assert(fx_str_is(fx_buf_view(&b), PN_VKEY));
	fx_buf_free(&b);
}
END_TEST

START_TEST(refused)
{
	/* a changed text, signature, name; only unknown keys; no blank line; no newline at the end */
	ck_assert_int_eq(open_note("x" PN_TEXT "\n" PN_SIG), -1);
	ck_assert_int_eq(open_note(PN_TEXT "\n" OTHER_SIG), -1);
	ck_assert_int_eq(open_note(PN_TEXT PN_SIG), -1);
	ck_assert_int_eq(open_note(PN_TEXT "\n"), -1);
	ck_assert_int_eq(open_note(""), -1);
	ck_assert_int_eq(open_note("\n\n"), -1);
	ck_assert_int_eq(open_note(PN_TEXT "\n\xe2\x80\x94 PeterNeumann x08go\n"), -1);
	ck_assert_int_eq(open_note(PN_TEXT "\n" PN_SIG "trailing\n"), -1);
	ck_assert_int_eq(open_note("a\tb\n\n" PN_SIG), -1);
	ck_assert_int_eq(open_note("a\xff\n\n" PN_SIG), -1);
}
END_TEST

START_TEST(unknown_keys_are_ignored_and_blank_lines_are_text)
{
	ck_assert_int_eq(open_note(PN_TEXT "\n" OTHER_SIG PN_SIG), 0);
	ck_assert_int_eq(open_note(PN_TEXT "\n" PN_SIG OTHER_SIG), 0);
	/* The blank line before the last one belongs to the text, so this is another text. */
	ck_assert_int_eq(open_note(PN_TEXT "\n\n" PN_SIG), -1);
}
END_TEST

START_TEST(base64_is_strict)
{
	/* The last character before "=" carries two bits that must be zero: M -> N, O, P. */
	const char *sig = PN_SIG;
	char note[512];

	for (const char *c = "NOP"; *c; c++) {
		size_t n;

		strcpy(note, PN_TEXT "\n");
		strcat(note, sig);
		n = strlen(note);
		ck_assert_int_eq(note[n - 3], 'M');
		note[n - 3] = *c;
		ck_assert_int_eq(open_note(note), -1);
	}
}
END_TEST

START_TEST(verifier_keys)
{
	struct fx_vkey k;
	struct fx_err err;
	static const char *const bad[] = {
	    "", "PeterNeumann", "PeterNeumann+c74f20a3", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    /* another id, another type, upper case, a space, a changed trailing bit */
	    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW=",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_vkey_parse(fx_str(bad[i]), &k, &err) == -1, "%s", bad[i]);
	ck_assert(fx_key_name_valid(FX_STR("shop.example/\xc3\xa4")));
	ck_assert(!fx_key_name_valid(FX_STR("")));
	ck_assert(!fx_key_name_valid(FX_STR("a+b")));
	ck_assert(!fx_key_name_valid(FX_STR("a b")));
	ck_assert(!fx_key_name_valid(FX_STR("a\xc2\xa0" "b"))); /* no-break space */
	ck_assert(!fx_key_name_valid(FX_STR("a\xe2\x80\x83" "b"))); /* em space */
	ck_assert(!fx_key_name_valid(FX_STR("a\xc3")));
	ck_assert(!fx_key_name_valid(FX_STR("a\n")));
}
END_TEST

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

START_TEST(private_keys)
{
	char dir[] = "/tmp/fx-unit.XXXXXX", path[64];
	struct fx_skey *k;
	struct fx_buf b = {0};
	struct fx_err err;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	write_file(path, PN_SKEY "\n", 0600);
	k = fx_skey_load(path, &err);
	ck_assert_ptr_nonnull(k);
	/* Ed25519 is deterministic: Go's signature must come out. */
	ck_assert_int_eq(fx_note_sign_line(&b, fx_str(PN_TEXT), k, 0, &err), 0);
	ck_assert(fx_str_is(fx_buf_view(&b), PN_SIG));
	fx_skey_free(k);
	/* open to the group, to all; with a flipped character; empty */
	chmod(path, 0640);
	ck_assert_ptr_null(fx_skey_load(path, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "chmod 600"));
	ck_assert_ptr_null(strstr(err.msg, "AYEKFALV"));
	chmod(path, 0604);
	ck_assert_ptr_null(fx_skey_load(path, &err));
	write_file(path, "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFa\n",
		   0600);
	ck_assert_ptr_null(fx_skey_load(path, &err));
	write_file(path, "", 0600);
	ck_assert_ptr_null(fx_skey_load(path, &err));
	ck_assert_ptr_null(fx_skey_create(path, FX_STR("a/b"), FX_KEY_ED25519, &err));
	unlink(path);
	k = fx_skey_create(path, FX_STR("a/b"), FX_KEY_ED25519, &err);
	ck_assert_ptr_nonnull(k);
	fx_skey_free(k);
	unlink(path);
	rmdir(dir);
	fx_buf_free(&b);
}
END_TEST

START_TEST(cosignatures)
{
	char dir[] = "/tmp/fx-unit.XXXXXX", path[64];
	struct fx_buf note = {0};
	struct fx_vkey keys[2];
	struct fx_skey *k;
	struct fx_str text;
	uint64_t signers;
	struct fx_err err;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	k = fx_skey_create(path, FX_STR("witness.example/w1"), FX_KEY_COSIGN, &err);
	ck_assert_ptr_nonnull(k);
	keys[0] = pn();
	keys[1] = *fx_skey_public(k);
	fx_buf_z(&note, PN_TEXT "\n" PN_SIG);
	ck_assert_int_eq(fx_note_sign_line(&note, fx_str(PN_TEXT), k, 1679315147, &err), 0);
	ck_assert_int_eq(fx_note_open(fx_buf_view(&note), keys, 2, &text, &signers, &err), 0);
	ck_assert_uint_eq(signers, 3);
	/* As the specification has it: key id, time as 8 bytes, 64 bytes of signature. */
	{
		unsigned char raw[128];
		const char *b64;
		long n;

		fx_buf_byte(&note, '\0');
		note.n--;
		b64 = strrchr(note.p, ' ') + 1;
		n = fx_base64_decode(raw, (struct fx_str){b64, strcspn(b64, "\n")});
		ck_assert_int_eq(n, 4 + 8 + 64);
		ck_assert_uint_eq(raw[11], 1679315147 & 0xff);
		ck_assert_uint_eq(raw[8], 1679315147u >> 24);
		ck_assert_uint_eq(raw[4], 0);
	}
	/* A plain Ed25519 signature of the same key under its cosigner's name is false. */
	keys[1].type = FX_KEY_ED25519;
	ck_assert_int_eq(fx_note_open(fx_buf_view(&note), keys, 2, &text, &signers, &err), -1);
	fx_skey_free(k);
	unlink(path);
	rmdir(dir);
	fx_buf_free(&note);
}
END_TEST

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

START_TEST(checkpoints)
{
	static const char *const bad[] = {
	    "", "a\n", "a\n1\n", "a\n01\n" ROOT "\n", "a\n-1\n" ROOT "\n", "a\n1 \n" ROOT "\n", "\n1\n" ROOT "\n",
	    "a\n18446744073709551616\n" ROOT "\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
	    "a\n1\n" ROOT "\n\n", "a\n1\n" ROOT "\nx\n\ny\n", "a\n1\n" ROOT};
	struct fx_checkpoint c;
	struct fx_err err;
	struct fx_buf b = {0};

	ck_assert_int_eq(fx_checkpoint_parse(fx_str("example.com/behind-the-sofa\n20852163\n" ROOT "\n"), &c,
					     &err), 0);
	ck_assert_uint_eq(c.size, 20852163);
	fx_checkpoint_add(&b, &c);
	ck_assert(fx_str_is(fx_buf_view(&b), "example.com/behind-the-sofa\n20852163\n" ROOT "\n"));
	ck_assert_int_eq(fx_checkpoint_parse(fx_str("a\n0\n" ROOT "\nextension\n"), &c, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_checkpoint_parse(fx_str(bad[i]), &c, &err) == -1, "%zu", i);
	fx_buf_free(&b);
}
END_TEST

START_TEST(proofs)
{
	static const char *const bad[] = {
	    "", "c2sp.org/tlog-proof@v2\nindex 1\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n",
	    "c2sp.org/tlog-proof@v1\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 1\n", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n",
	    "c2sp.org/tlog-proof@v1\nindex 1\n" ROOT "\n", "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n"};
	static struct fx_proof p;
	struct fx_err err;
	struct fx_buf b = {0};

	ck_assert_int_eq(fx_proof_parse(fx_str("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 73894\n" ROOT "\n" ROOT
					       "\n\na\n1\n" ROOT "\n"), &p, &err), 0);
	ck_assert_uint_eq(p.index, 73894);
	ck_assert_uint_eq(p.n, 2);
	ck_assert(fx_str_is(p.checkpoint, "a\n1\n" ROOT "\n"));
	fx_proof_add(&b, &p);
	ck_assert(fx_str_is(fx_buf_view(&b), "c2sp.org/tlog-proof@v1\nindex 73894\n" ROOT "\n" ROOT
					     "\n\na\n1\n" ROOT "\n"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(fx_proof_parse(fx_str(bad[i]), &p, &err) == -1, "%zu", i);
	fx_buf_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_note");
	TCase *t = tcase_create("note");
	SRunner *r;
	int bad;

	tcase_add_test(t, go_example);
	tcase_add_test(t, refused);
	tcase_add_test(t, unknown_keys_are_ignored_and_blank_lines_are_text);
	tcase_add_test(t, base64_is_strict);
	tcase_add_test(t, verifier_keys);
	tcase_add_test(t, private_keys);
	tcase_add_test(t, cosignatures);
	tcase_add_test(t, checkpoints);
	tcase_add_test(t, proofs);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
