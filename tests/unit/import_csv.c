/* The CSV reader against RFC 4180, section 2, and what is met beyond it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/csv.h"

static char path[] = "/tmp/fx-csv.XXXXXX";

static void put(const char *text, size_t n)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

/*
 * Rows as text: cells between | and rows ended by ;  a refused row is !LINE-LAST: and
 * its raw bytes.
 */
static const char *rows_of(const char *text, size_t n, struct fx_csv_dialect d,
                           enum fx_encoding enc)
{
	static char out[4096];
	struct fx_csv c;
	struct fx_err err;
	enum fx_csv_what what;
	size_t at = 0;

	put(text, n);
	ck_assert_int_eq(fx_csv_open(&c, path, d, enc, &err), 0);
	while ((what = fx_csv_next(&c)) != FX_CSV_END) {
		if (what == FX_CSV_FAIL) {
			at += (size_t)snprintf(out + at, sizeof(out) - at, "FAIL");
			break;
		}
		if (what == FX_CSV_WAIT)
			continue;
		if (what == FX_CSV_BAD) {
			ck_assert_uint_gt(strlen(c.err.msg), 0);
			ck_assert_uint_eq(c.err.line, c.line);
			at += (size_t)snprintf(out + at, sizeof(out) - at, "!%d-%d:%.*s;",
			                       (int)c.line, (int)c.last_line, FX_FMT(c.raw));
			continue;
		}
		for (unsigned i = 0; i < c.ncell; i++)
			at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%.*s", i ? "|" : "",
			                       FX_FMT(c.cell[i]));
		at += (size_t)snprintf(out + at, sizeof(out) - at, ";");
	}
	out[at] = '\0';
	fx_csv_close(&c);
	return out;
}

#define ROWS(text) rows_of(text, sizeof(text) - 1, (struct fx_csv_dialect){0}, FX_UTF8)

/* Section 2, rules 1 to 7, with the RFC's own examples. */
START_TEST(rfc4180)
{
	ck_assert_str_eq(ROWS("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), "aaa|bbb|ccc;zzz|yyy|xxx;");
	ck_assert_str_eq(ROWS("aaa,bbb,ccc\r\nzzz,yyy,xxx"), "aaa|bbb|ccc;zzz|yyy|xxx;");
	/* Spaces are part of a field. */
	ck_assert_str_eq(ROWS("aaa , bbb,ccc\r\n"), "aaa | bbb|ccc;");
	ck_assert_str_eq(ROWS("\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx"),
	                 "aaa|bbb|ccc;zzz|yyy|xxx;");
	ck_assert_str_eq(ROWS("\"aaa\",\"b \r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"),
	                 "aaa|b \r\nbb|ccc;zzz|yyy|xxx;");
	ck_assert_str_eq(ROWS("\"aaa\",\"b\"\"bb\",\"ccc\""), "aaa|b\"bb|ccc;");
}
END_TEST

START_TEST(empty_fields)
{
	ck_assert_str_eq(ROWS(""), "");
	ck_assert_str_eq(ROWS("\n\r\n\n"), "");
	ck_assert_str_eq(ROWS(","), "|;");
	ck_assert_str_eq(ROWS(",\n"), "|;");
	ck_assert_str_eq(ROWS("a,\nb,\r\n"), "a|;b|;");
	ck_assert_str_eq(ROWS("\"\",\"\"\n\"\"\n\"\""), "|;;;");
	ck_assert_str_eq(ROWS("\"\"\"\""), "\";");
	ck_assert_str_eq(ROWS("\"\"\"\"\"\",x"), "\"\"|x;");
}
END_TEST

START_TEST(wild)
{
	/* A BOM, LF, blank lines, no last newline. */
	ck_assert_str_eq(ROWS("\xef\xbb\xbf"
	                      "a,b\n\n1,2"),
	                 "a|b;1|2;");
	ck_assert_str_eq(ROWS("\xef\xbb\xbf"
	                      "\"a\",b\n"),
	                 "a|b;");
	/* A BOM anywhere else is text. */
	ck_assert_str_eq(ROWS("a\n\xef\xbb\xbf"
	                      "b\n"),
	                 "a;\xef\xbb\xbf"
	                 "b;");
	/* A quote that does not begin a field stands for itself. */
	ck_assert_str_eq(ROWS("5\" pipe,2\n"), "5\" pipe|2;");
	ck_assert_str_eq(ROWS(" \"a\",b\n"), " \"a\"|b;");
	/* A CR that no LF follows is text. */
	ck_assert_str_eq(ROWS("a\rb,c\n"), "a\rb|c;");
	ck_assert_str_eq(ROWS("\"a\"\r"), "a;");
	/* Quoted newlines count as lines. */
	ck_assert_str_eq(ROWS("\"a\nb\",c\n\"x\"y\nd\n"), "a\nb|c;!3-3:\"x\"y;d;");
}
END_TEST

START_TEST(dialects)
{
	ck_assert_str_eq(rows_of("a;b,c\n", 6, (struct fx_csv_dialect){.delimiter = ';'}, FX_UTF8),
	                 "a|b,c;");
	ck_assert_str_eq(
	    rows_of("a\t\"b\tc\"\n", 8, (struct fx_csv_dialect){'\t', FX_CSV_NO_QUOTE}, FX_UTF8),
	    "a|\"b|c\";");
	ck_assert_str_eq(rows_of("'a,''b',c\n", 10, (struct fx_csv_dialect){',', '\''}, FX_UTF8),
	                 "a,'b|c;");
}
END_TEST

START_TEST(stray_quotes)
{
	ck_assert_str_eq(ROWS("\"5\" pipe\",2\nnext,1\n"), "!1-1:\"5\" pipe\",2;next|1;");
	/* Opened in line 2, closed by the opening quote in line 3: both are refused, none is
	 * guessed. */
	ck_assert_str_eq(ROWS("a,b\n1,\"x\n2,\"y\"\n3,z\n"), "a|b;!2-3:1,\"x\n2,\"y\";3|z;");
	/* Never closed: up to the end. */
	ck_assert_str_eq(ROWS("a,b\n1,\"x\n2,y\n"), "a|b;!2-3:1,\"x\n2,y;");
	ck_assert_str_eq(ROWS("\""), "!1-1:\";");
}
END_TEST

START_TEST(bytes)
{
	ck_assert_str_eq(ROWS("a\xff,b\nc,d\n"), "!1-1:a\xff,b;c|d;");
	ck_assert_str_eq(ROWS("0123456789\xc3\xa4,b\n"), "0123456789\xc3\xa4|b;");
	/* Overlong, surrogate, beyond U+10FFFF, cut short. */
	ck_assert_int_eq(ROWS("\xc0\x80\n")[0], '!');
	ck_assert_int_eq(ROWS("\xed\xa0\x80\n")[0], '!');
	ck_assert_int_eq(ROWS("\xf4\x90\x80\x80\n")[0], '!');
	ck_assert_int_eq(ROWS("0123456789\xe2\x82\n")[0], '!');
	ck_assert_str_eq(ROWS("a\0b\nc\n"), "!1-1:a;c;"); /* shown up to the NUL by printf */
	ck_assert_str_eq(rows_of("M\xfcnster,\x80 5\n", 12, (struct fx_csv_dialect){0}, FX_CP1252),
	                 "M\xc3\xbcnster|\xe2\x82\xac 5;");
	ck_assert_str_eq(rows_of("M\xfcnster\n", 8, (struct fx_csv_dialect){0}, FX_LATIN1),
	                 "M\xc3\xbcnster;");
}
END_TEST

START_TEST(refused_files)
{
	static const char *const starts[] = {"\x1f\x8b\x08junk", "\x28\xb5\x2f\xfdjunk",
	                                     "PK\x03\x04junk",
	                                     "\xff\xfe"
	                                     "a1b2c3"};

	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(rows_of(starts[i], 8, (struct fx_csv_dialect){0}, FX_UTF8),
		                 "FAIL");
}
END_TEST

/* Rows across block ends, long fields and 16 MiB: sizes around the 256 KiB block. */
START_TEST(blocks)
{
	struct fx_csv c;
	struct fx_err err;

	for (size_t pad = (256u << 10) - 8; pad < (256u << 10) + 8; pad++) {
		char *text = malloc(pad + 64);

		ck_assert_ptr_nonnull(text);
		memset(text, 'x', pad);
		memcpy(text + pad, "\n\"a\"\"\r\nb\",c\r\n1,2\r\n", 18);
		put(text, pad + 18);
		free(text);
		ck_assert_int_eq(fx_csv_open(&c, path, (struct fx_csv_dialect){0}, FX_UTF8, &err),
		                 0);
		ck_assert_int_eq(fx_csv_next(&c), FX_CSV_ROW);
		ck_assert_uint_eq(c.cell[0].n, pad);
		ck_assert_int_eq(fx_csv_next(&c), FX_CSV_ROW);
		ck_assert(fx_str_is(c.cell[0], "a\"\r\nb") && fx_str_is(c.cell[1], "c"));
		ck_assert_uint_eq(c.line, 2);
		ck_assert_int_eq(fx_csv_next(&c), FX_CSV_ROW);
		ck_assert(fx_str_is(c.cell[0], "1") && fx_str_is(c.cell[1], "2"));
		ck_assert_uint_eq(c.line, 4);
		ck_assert_int_eq(fx_csv_next(&c), FX_CSV_END);
		fx_csv_close(&c);
	}
}
END_TEST

START_TEST(caps)
{
	size_t n = ((size_t)17 << 20);
	char *text = malloc(n);
	struct fx_csv c;
	struct fx_err err;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', n);
	text[0] = '"';
	put(text, n);
	ck_assert_int_eq(fx_csv_open(&c, path, (struct fx_csv_dialect){0}, FX_UTF8, &err), 0);
	ck_assert_int_eq(fx_csv_next(&c), FX_CSV_BAD);
	ck_assert_uint_le(c.raw.n, FX_FEED_MAX);
	ck_assert_ptr_nonnull(strstr(c.err.msg, "16 MiB"));
	fx_csv_close(&c);

	memset(text, ',', FX_CSV_COLUMNS);
	put(text, FX_CSV_COLUMNS); /* one more field than delimiters */
	ck_assert_int_eq(fx_csv_open(&c, path, (struct fx_csv_dialect){0}, FX_UTF8, &err), 0);
	ck_assert_int_eq(fx_csv_next(&c), FX_CSV_FAIL);
	fx_csv_close(&c);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import_csv");
	TCase *t = tcase_create("csv");
	SRunner *r;
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 2;
	close(fd);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, rfc4180);
	tcase_add_test(t, empty_fields);
	tcase_add_test(t, wild);
	tcase_add_test(t, dialects);
	tcase_add_test(t, stray_quotes);
	tcase_add_test(t, bytes);
	tcase_add_test(t, refused_files);
	tcase_add_test(t, blocks);
	tcase_add_test(t, caps);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	unlink(path);
	return failed != 0;
}
