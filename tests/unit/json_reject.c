/* export.rejected: what is refused comes back byte for byte, whatever the bytes. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/reject.h"

static char path[64];
static struct fx_app app;
static struct fx_buf file, back;
static struct fx_tape t, r;
static struct fx_err err;

static void setup(void)
{
	snprintf(path, sizeof(path), "/tmp/fx-json-reject-%ld", (long)getpid());
	unlink(path);
	app = (struct fx_app){.name = "fx-test",
			      .rejects = path,
			      .rejects_fd = -1,
			      .now = 0,
			      .now_given = true,
			      .in = {.name = "in\xff.ndjson", .line = 12}};
}

static void teardown(void)
{
	if (app.rejects_fd >= 0)
		close(app.rejects_fd);
	unlink(path);
	fx_buf_free(&file);
	fx_buf_free(&back);
	fx_tape_free(&t);
	fx_tape_free(&r);
}

/* Refuse a line; read what was written; r is then its tape. */
static void reject(struct fx_str line, const struct fx_fault *f, size_t n)
{
	const struct fx_tape *tape = fx_tape_read(&t, line, NULL) == 0 ? &t : NULL;

	ck_assert_int_eq(fx_reject(&app, line, tape, f, n, &err), 0);
	fx_buf_reset(&file);
	ck_assert_int_eq(fx_read_file(path, &file, 0, &err), 0);
	ck_assert(file.n > 0 && file.p[file.n - 1] == '\n');
	ck_assert_ptr_null(memchr(file.p, '\n', file.n - 1));
	ck_assert_msg(fx_tape_read(&r, (struct fx_str){file.p, file.n - 1}, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(truncate(path, 0), 0);
}

static void holds(const char *pointer, const char *raw)
{
	bool found;
	uint32_t i = fx_tape_pointer(&r, fx_str(pointer), &found);

	ck_assert_msg(found == (raw != NULL), "%s", pointer);
	if (raw)
		ck_assert_msg(fx_str_is(fx_tape_raw(&r, i), raw), "%s: %.*s", pointer,
			      FX_FMT(fx_tape_raw(&r, i)));
}

START_TEST(wraps_an_object)
{
	struct fx_fault f[] = {{FX_STR("/lines/0/qty"), FX_STR("/properties/qty/minimum"),
				FX_STR("minimum"), FX_STR("\"x\" \xc3\xa9")},
			       {FX_STR(""), FX_STR(""), FX_STR("required"), FX_STR("second")}};
	struct fx_str line = FX_STR("{ \"order_id\":\"7\", \"total\":10.10, \"n\":1234567890123456789}");

	reject(line, f, 2);
	holds("/event", "\"export.rejected\"");
	holds("/order_id", "\"7\"");
	holds("/at", "\"1970-01-01T00:00:00Z\"");
	holds("/command", "\"fx-test\"");
	holds("/input", "\"in\xef\xbf\xbd.ndjson\"");
	holds("/line", "12");
	holds("/errors/0/instance", "\"/lines/0/qty\"");
	holds("/errors/0/schema", "\"/properties/qty/minimum\"");
	holds("/errors/0/keyword", "\"minimum\"");
	holds("/errors/0/message", "\"\\\"x\\\" \xc3\xa9\"");
	holds("/errors/1/message", "\"second\"");
	holds("/export", line.p);
	holds("/raw", NULL);
	ck_assert_int_eq(app.exit, FX_EXIT_OK);
}
END_TEST

START_TEST(what_is_refused_comes_back)
{
	static const struct fx_str lines[] = {
	    FX_STR("{\"a\":10.10}"),
	    FX_STR("[1]"),
	    FX_STR("17"),
	    FX_STR("{\"a\":1"),
	    FX_STR("\"quoted\" \\ \x01"),
	    FX_STR("M\xfcller"),
	    FX_STR("a\0b"),
	    FX_STR("\xef\xbb\xbf{}"),
	    FX_STR("{\"a\":1,\"a\":2}"),
	};
	struct fx_fault f = {.message = FX_STR("m")};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		reject(lines[i], &f, 1);
		fx_buf_reset(&back);
		ck_assert_int_eq(fx_unreject(&r, &back, &err), 0);
		ck_assert_msg(fx_str_eq(fx_buf_view(&back), lines[i]), "%s", lines[i].p);
	}
}
END_TEST

/* A refused export.rejected goes on as it is: not wrapped twice. */
START_TEST(is_not_wrapped_twice)
{
	struct fx_str line = FX_STR("{\"event\":\"export.rejected\",\"raw\":\"x\"}");
	struct fx_fault f = {.message = FX_STR("m")};

	reject(line, &f, 1);
	ck_assert(fx_str_eq((struct fx_str){file.p, file.n - 1}, line));
}
END_TEST

START_TEST(ids_are_derived)
{
	struct fx_fault f = {.message = FX_STR("m")}, g = {.message = FX_STR("other")};
	char id[64];
	bool found;
	uint32_t i;

	reject(FX_STR("{\"a\":1}"), &f, 1);
	i = fx_tape_pointer(&r, FX_STR("/event_id"), &found);
	snprintf(id, sizeof(id), "%.*s", FX_FMT(fx_tape_raw(&r, i)));
	ck_assert_uint_eq(strlen(id), 2 + 3 + 26);
	/* The same line again, later and for another reason: the same record. */
	app.in.line = 99;
	app.now = FX_DAY;
	reject(FX_STR("{\"a\":1}"), &g, 1);
	holds("/event_id", id);
	reject(FX_STR("{\"a\":2}"), &f, 1);
	i = fx_tape_pointer(&r, FX_STR("/event_id"), &found);
	ck_assert(!fx_str_is(fx_tape_raw(&r, i), id));
}
END_TEST

START_TEST(takes_the_records_own_time)
{
	struct fx_fault f = {.message = FX_STR("m")};

	app.now_record = true;
	reject(FX_STR("{\"at\":\"2026-11-20T18:03:09Z\"}"), &f, 1);
	holds("/at", "\"2026-11-20T18:03:09Z\"");
}
END_TEST

/* However large the text or the errors, the line is one that every stage can read. */
START_TEST(never_over_the_limit)
{
	size_t n = FX_LINE_MAX, many = 200000;
	char *big = malloc(n);
	struct fx_fault *f = calloc(many, sizeof(*f));

	memset(big, '"', n);
	for (size_t i = 0; i < many; i++)
		f[i] = (struct fx_fault){.instance = {big, 100000}, .message = FX_STR("m")};
	reject((struct fx_str){big, n}, f, 1);
	holds("/raw_cut", "true");
	ck_assert_int_eq(fx_unreject(&r, &back, &err), -1);
	/* An object that no longer fits with its wrapping. */
	memset(big, ' ', n);
	big[0] = '{';
	big[n - 1] = '}';
	reject((struct fx_str){big, n}, f, many);
	holds("/raw_cut", "true");
	holds("/export", NULL);
	free(big);
	free(f);
}
END_TEST

START_TEST(without_a_file_each_fault_is_a_line)
{
	struct fx_fault f[2] = {{.instance = FX_STR("/a"), .message = FX_STR("bad")},
				{.message = FX_STR("worse\x1b[2J")}};
	char got[256] = "";
	int pipe_fd[2], saved = dup(2);
	ssize_t n;

	app.rejects = NULL;
	app.in.name = "in.ndjson";
	ck_assert_int_eq(pipe(pipe_fd), 0);
	dup2(pipe_fd[1], 2);
	ck_assert_int_eq(fx_reject(&app, FX_STR("{}"), NULL, f, 2, &err), 0);
	fflush(stderr);
	dup2(saved, 2);
	n = read(pipe_fd[0], got, sizeof(got) - 1);
	ck_assert_int_gt((int)n, 0);
	got[n] = '\0';
	ck_assert_str_eq(got, "fx-test: in.ndjson:12: /a: bad\nfx-test: in.ndjson:12: worse?[2J\n");
	ck_assert_int_eq(app.exit, FX_EXIT_DIRTY);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(saved);
}
END_TEST

START_TEST(a_full_disk_is_a_failure)
{
	struct fx_fault f = {.message = FX_STR("m")};

	app.rejects = "/dev/full";
	ck_assert_int_eq(fx_reject(&app, FX_STR("{}"), NULL, &f, 1, &err), -1);
	ck_assert_int_eq(err.code, FX_EIO);
	ck_assert_ptr_nonnull(strstr(err.msg, "No space"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json_reject");
	TCase *tc = tcase_create("reject");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, wraps_an_object);
	tcase_add_test(tc, what_is_refused_comes_back);
	tcase_add_test(tc, is_not_wrapped_twice);
	tcase_add_test(tc, ids_are_derived);
	tcase_add_test(tc, takes_the_records_own_time);
	tcase_add_test(tc, never_over_the_limit);
	tcase_add_test(tc, without_a_file_each_fault_is_a_line);
	tcase_add_test(tc, a_full_disk_is_a_failure);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
