/* The record stream: lines by blocks, pauses, limits. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"

static char dir[] = "/tmp/fx-stream.XXXXXX";
static struct fx_arena arena;

static char *file(const char *name, const char *p, size_t n)
{
	struct fx_str path = fx_arena_fmt(&arena, "%s/%s", dir, name);
	FILE *f = fopen(path.p, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	fclose(f);
	return (char *)(uintptr_t)path.p;
}

static struct fx_str next(struct fx_in *in, enum fx_in_what want)
{
	struct fx_str line = {NULL, 0};
	enum fx_in_what got;

	do
		got = fx_in_next(in, &line);
	while (got == FX_IN_PAUSE && want != FX_IN_PAUSE);
	ck_assert_msg(got == want, "got %d, wanted %d (%s)", got, want, in->err.msg);
	return line;
}

START_TEST(lines_of_several_files)
{
	char *files[] = {file("a", "\xef\xbb\xbf{1}\r\n\n  \n{2}", 15), file("b", "", 0),
			 file("c", "{3}\n\n{4}\n", 9)};
	struct fx_in in;

	fx_in_init(&in, files, 3);
	ck_assert_uint_eq(in.total, 24);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{1}"));
	ck_assert_uint_eq(in.line, 1);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{2}"));
	ck_assert_uint_eq(in.line, 4);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{3}"));
	ck_assert_str_eq(in.name, files[2]);
	ck_assert_uint_eq(in.line, 1);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{4}"));
	ck_assert_uint_eq(in.line, 3);
	next(&in, FX_IN_END);
	fx_in_close(&in);
}
END_TEST

START_TEST(lines_that_are_there)
{
	char text[] = "\xef\xbb\xbf{1}\n\n{2}\r\n  \n{345}\n{6}\n{7}";
	char *files[] = {file("t", text, sizeof(text) - 1)};
	struct fx_in_line v[4];
	struct fx_in in;
	struct fx_str first;

	fx_in_init(&in, files, 1);
	in.max = 4;
	first = next(&in, FX_IN_LINE);
	ck_assert_uint_eq(fx_in_lines(&in, v, 4), 1);
	ck_assert(fx_str_is(first, "{1}"));
	ck_assert(fx_str_is(v[0].text, "{2}"));
	ck_assert_uint_eq(v[0].number, 3);
	/* What is not simply a line is fx_in_next's to tell. */
	ck_assert_uint_eq(fx_in_lines(&in, v, 4), 0);
	next(&in, FX_IN_LONG);
	ck_assert_uint_eq(in.line, 5);
	ck_assert_uint_eq(fx_in_lines(&in, v, 4), 1);
	ck_assert(fx_str_is(v[0].text, "{6}"));
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{7}"));
	ck_assert_uint_eq(in.line, 7);
	ck_assert_uint_eq(fx_in_lines(&in, v, 4), 0);
	next(&in, FX_IN_END);
	ck_assert_uint_eq(fx_in_lines(&in, v, 4), 0);
	fx_in_close(&in);
}
END_TEST

/* Every length around the block size, so that each way a line can straddle is met. */
START_TEST(lines_across_blocks)
{
	size_t total = 0, n = 0, lens[24];
	char *text = fx_arena_alloc(&arena, (size_t)4 << 20);

	for (size_t i = 0; i < 24; i++) {
		size_t len = i % 3 == 0 ? FX_BLOCK - 2 + i / 3 : 1 + i * 7919 % 1000;

		memset(text + total, 'a' + (int)(i % 26), len);
		text[total + len] = '\n';
		total += len + 1;
		lens[n++] = len;
	}
	char *files[] = {file("long", text, total)};
	struct fx_in in;

	fx_in_init(&in, files, 1);
	for (size_t i = 0; i < n; i++) {
		struct fx_str s = next(&in, FX_IN_LINE);

		ck_assert_uint_eq(s.n, lens[i]);
		ck_assert_int_eq(s.p[0], 'a' + (int)(i % 26));
		ck_assert_int_eq(s.p[s.n - 1], 'a' + (int)(i % 26));
	}
	next(&in, FX_IN_END);
	fx_in_close(&in);
}
END_TEST

START_TEST(too_long_a_line_is_told_and_skipped)
{
	size_t n = FX_LINE_MAX + 3 * FX_BLOCK;
	char *text = fx_arena_alloc(&arena, n + 8);

	memset(text, 'x', n);
	memcpy(text + n, "\n{ok}\n", 7);
	char *files[] = {file("over", text, n + 6)};
	struct fx_in in;

	fx_in_init(&in, files, 1);
	next(&in, FX_IN_LONG);
	ck_assert_uint_eq(in.line, 1);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{ok}"));
	ck_assert_uint_eq(in.line, 2);
	next(&in, FX_IN_END);
	fx_in_close(&in);
	/* exactly the limit is a line */
	text[FX_LINE_MAX] = '\n';
	files[0] = file("full", text, FX_LINE_MAX + 1);
	fx_in_init(&in, files, 1);
	ck_assert_uint_eq(next(&in, FX_IN_LINE).n, FX_LINE_MAX);
	next(&in, FX_IN_END);
	fx_in_close(&in);
}
END_TEST

START_TEST(a_pause_comes_before_blocking)
{
	int p[2], saved = dup(0);
	struct fx_in in;
	struct fx_str line;

	ck_assert_int_eq(pipe(p), 0);
	dup2(p[0], 0);
	fx_in_init(&in, NULL, 0);
	ck_assert_int_eq(write(p[1], "{1}\n{2}\n{3", 10), 10);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{1}"));
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{2}"));
	ck_assert_int_eq(fx_in_next(&in, &line), FX_IN_PAUSE);
	ck_assert_int_eq(write(p[1], "}\n", 2), 2);
	ck_assert(fx_str_is(next(&in, FX_IN_LINE), "{3}"));
	close(p[1]);
	next(&in, FX_IN_END);
	dup2(saved, 0);
	close(saved);
	close(p[0]);
	fx_in_close(&in);
}
END_TEST

START_TEST(input_that_is_no_text_or_missing)
{
	char *gz[] = {file("z", "\x1f\x8b\x08\0\0\0\0\0", 8)};
	char *utf16[] = {file("u", "\xff\xfe{\0}\0", 6)};
	char *none[] = {(char *)"/nonexistent/file"};
	struct fx_in in;

	fx_in_init(&in, gz, 1);
	next(&in, FX_IN_FAIL);
	ck_assert_ptr_nonnull(strstr(in.err.msg, "zcat"));
	fx_in_close(&in);
	fx_in_init(&in, utf16, 1);
	next(&in, FX_IN_FAIL);
	ck_assert_ptr_nonnull(strstr(in.err.msg, "iconv -f UTF-16"));
	fx_in_close(&in);
	fx_in_init(&in, none, 1);
	next(&in, FX_IN_FAIL);
	ck_assert_ptr_nonnull(strstr(in.err.msg, "/nonexistent/file: No such file"));
	fx_in_close(&in);
}
END_TEST

START_TEST(a_failed_write_stays_failed)
{
	FILE *full = fopen("/dev/full", "w");
	struct fx_out out;

	fx_out_init(&out, fileno(full), false);
	ck_assert_int_eq(fx_out_line(&out, FX_STR("{}")), 0); /* buffered */
	ck_assert_int_eq(fx_out_flush(&out), -1);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "No space left"));
	ck_assert_int_eq(fx_out_line(&out, FX_STR("{}")), -1);
	ck_assert_int_eq(fx_out_flush(&out), -1);
	fx_out_free(&out);
	fclose(full);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base/stream");
	TCase *t = tcase_create("stream");
	SRunner *r;
	char cmd[64];
	int bad;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	tcase_add_test(t, lines_of_several_files);
	tcase_add_test(t, lines_that_are_there);
	tcase_add_test(t, lines_across_blocks);
	tcase_add_test(t, too_long_a_line_is_told_and_skipped);
	tcase_add_test(t, a_pause_comes_before_blocking);
	tcase_add_test(t, input_that_is_no_text_or_missing);
	tcase_add_test(t, a_failed_write_stays_failed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	fx_arena_free(&arena);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return bad || system(cmd) ? EXIT_FAILURE : EXIT_SUCCESS;
}
