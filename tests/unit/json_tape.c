/* The tape: what it takes, what it refuses and where, look-ups. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "json/record.h"

static struct fx_tape t;
static struct fx_arena arena;
static struct fx_err err;

static void teardown(void)
{
	fx_tape_free(&t);
	fx_arena_free(&arena);
}

/* An exact copy on the heap, so that a sanitizer sees a read past the end. */
static int read_copy(struct fx_str s, char **copy)
{
	*copy = malloc(s.n ? s.n : 1);
	memcpy(*copy, s.p, s.n);
	return fx_tape_read(&t, (struct fx_str){*copy, s.n}, &err);
}

static const struct {
	const char *text;
	size_t n;
	unsigned long byte;
	const char *why;
} bad[] = {
#define BAD(text, byte, why) {text, sizeof(text) - 1, byte, why}
    BAD("", 0, "ends where a value"),
    BAD("  ", 2, "ends where a value"),
    BAD("[1,]", 3, "a value is expected"),
    BAD("[1 2]", 3, "a comma or ]"),
    BAD("{\"a\":1,}", 7, "member's name"),
    BAD("{\"a\" 1}", 5, "a colon"),
    BAD("{\"a\":1 \"b\":2}", 7, "a comma or }"),
    BAD("{a:1}", 1, "member's name"),
    BAD("[1", 2, "ends inside"),
    BAD("[1}", 2, "a comma or ]"),
    BAD("1 2", 2, "more text"),
    BAD("01", 1, "leading zero"),
    BAD("-", 1, "digit"),
    BAD("1.", 2, "digit"),
    BAD("1e+", 3, "digit"),
    BAD("+1", 0, "a value is expected"),
    BAD("nul", 0, "not a JSON value"),
    BAD("truE", 0, "not a JSON value"),
    BAD("\"abc", 4, "not closed"),
    BAD("\"abcdefgh\\", 10, "not closed"),
    BAD("\"a\tb\"", 2, "control character"),
    BAD("\"a\0b\"", 2, "NUL"),
    BAD("\"\\u0000\0\"", 7, "NUL"),
    BAD("\"\\u000\"", 1, "four hexadecimal"),
    BAD("{\"a\\u0000\":1,\"a\\u0000\":2}", 13, "duplicate"),
    BAD("\"\\x\"", 1, "unknown escape"),
    BAD("\"\\u12g4\"", 1, "four hexadecimal"),
    BAD("\"\\ud800\"", 1, "lone surrogate"),
    BAD("\"\\udc00\"", 1, "lone surrogate"),
    BAD("\"\\ud800\\ud800\"", 1, "lone surrogate"),
    BAD("\"\\ud83d\\\"", 1, "lone surrogate"),
    BAD("\"abcdefgh\xc0\x80\"", 9, "UTF-8"),
    BAD("\"\xed\xa0\x80\"", 1, "UTF-8"),
    BAD("\"\xf4\x90\x80\x80\"", 1, "UTF-8"),
    BAD("\"\xe2\x82\"", 1, "UTF-8"),
    BAD("\xef\xbb\xbf{}", 0, "a value is expected"),
    BAD("{\"a\":1,\"b\":2,\"a\":3}", 13, "duplicate"),
    BAD("{\"a\":1,\"\\u0061\":3}", 7, "duplicate"),
    BAD("{\"x\":{\"\":1,\"\":2}}", 11, "duplicate"),
#undef BAD
};

START_TEST(refuses_with_the_byte)
{
	struct fx_str s = {bad[_i].text, bad[_i].n};
	char *copy;
	int rc = read_copy(s, &copy);

	ck_assert_msg(rc == -1, "accepted: %s", s.p);
	ck_assert_int_eq(err.code, FX_EDATA);
	ck_assert_msg(strstr(err.msg, bad[_i].why) != NULL, "%s: %s", s.p, err.msg);
	ck_assert_msg(err.byte == bad[_i].byte, "%s: byte %lu", s.p, err.byte);
	free(copy);
}
END_TEST

/* Every prefix of a whole object is refused, none is read past its end. */
START_TEST(refuses_every_prefix)
{
	struct fx_str whole = FX_STR("{\"k\":[1,-2.5e+3,true,false,null,\"s\\n\\ud83d\\ude00\xc3\xa9\"],"
				     "\"o\":{\"\":{}}}");
	char *copy;

	for (size_t n = 0; n < whole.n; n++) {
		ck_assert_int_eq(read_copy((struct fx_str){whole.p, n}, &copy), -1);
		ck_assert_uint_le(err.byte, n);
		free(copy);
	}
	ck_assert_int_eq(read_copy(whole, &copy), 0);
	free(copy);
}
END_TEST

START_TEST(nodes_are_as_documented)
{
	/*                       0123456789012345678901234567 */
	struct fx_str s = FX_STR(" {\"a\":[1,2.0],\"b\\n\":\"x\"} ");

	ck_assert_int_eq(fx_tape_read(&t, s, &err), 0);
	ck_assert_uint_eq(t.n, 7);
	ck_assert_int_eq(t.node[0].type, FX_OBJECT);
	ck_assert_uint_eq(t.node[0].count, 2);
	ck_assert_uint_eq(t.node[0].off, 1);
	ck_assert_uint_eq(t.node[0].len, s.n - 2);
	ck_assert_uint_eq(t.node[0].next, 7);
	ck_assert_int_eq(t.node[1].flags, FX_NODE_KEY);
	ck_assert_int_eq(t.node[2].type, FX_ARRAY);
	ck_assert_uint_eq(t.node[2].count, 2);
	ck_assert_uint_eq(t.node[2].next, 5);
	ck_assert_int_eq(t.node[3].flags, FX_NODE_INTEGER | FX_NODE_PLAIN);
	ck_assert_int_eq(t.node[4].flags, 0);
	ck_assert_int_eq(t.node[5].flags, FX_NODE_KEY | FX_NODE_ESCAPED);
	ck_assert(fx_str_eq(fx_tape_raw(&t, 2), FX_STR("[1,2.0]")));
	ck_assert(fx_str_eq(fx_tape_raw(&t, 6), FX_STR("\"x\"")));
	ck_assert_uint_eq(fx_tape_next(&t, 1), 5);
	ck_assert_uint_eq(fx_tape_next(&t, 5), 7);
}
END_TEST

START_TEST(depth_is_capped)
{
	char deep[2 * (FX_DEPTH + 1)];

	memset(deep, '[', FX_DEPTH + 1);
	memset(deep + FX_DEPTH + 1, ']', FX_DEPTH + 1);
	ck_assert_int_eq(fx_tape_read(&t, (struct fx_str){deep + 1, 2 * FX_DEPTH}, &err), 0);
	ck_assert_uint_eq(t.n, FX_DEPTH);
	ck_assert_int_eq(fx_tape_read(&t, (struct fx_str){deep, sizeof(deep)}, &err), -1);
	ck_assert_uint_eq(err.byte, FX_DEPTH);
}
END_TEST

START_TEST(size_is_capped)
{
	char *p = malloc(FX_LINE_MAX + 1);

	memset(p, ' ', FX_LINE_MAX + 1);
	p[0] = '1';
	ck_assert_int_eq(fx_tape_read(&t, (struct fx_str){p, FX_LINE_MAX}, &err), 0);
	ck_assert_int_eq(fx_tape_read(&t, (struct fx_str){p, FX_LINE_MAX + 1}, &err), -1);
	/* The densest text there is: the most nodes for its bytes. */
	for (size_t i = 0; i < FX_LINE_MAX; i++)
		p[i] = i % 2 ? ',' : '1';
	memset(p, '[', FX_DEPTH);
	memset(p + FX_LINE_MAX - FX_DEPTH, ']', FX_DEPTH);
	p[FX_DEPTH - 1] = '[';
	ck_assert_int_eq(fx_tape_read(&t, (struct fx_str){p, FX_LINE_MAX}, &err), -1);
	p[FX_LINE_MAX - FX_DEPTH - 1] = '1';
	p[FX_LINE_MAX - FX_DEPTH - 2] = '1';
	ck_assert_int_eq(fx_tape_read(&t, (struct fx_str){p, FX_LINE_MAX}, &err), 0);
	ck_assert_uint_le(t.n, t.cap);
	free(p);
}
END_TEST

/* Each byte at each place of a string, also in the midst of eight plain ones. */
START_TEST(every_byte_everywhere)
{
	for (size_t at = 1; at < 18; at++) {
		for (int c = 0; c < 256; c++) {
			char text[20] = "\"aaaaaaaaaaaaaaaaaa\"", *copy;
			bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';

			text[sizeof(text) - 1] = '"';
			text[at] = (char)c;
			ck_assert_msg(read_copy((struct fx_str){text, sizeof(text)}, &copy) ==
					  (plain ? 0 : -1), "byte %d at %zu", c, at);
			free(copy);
		}
	}
}
END_TEST

/* Names as like as they can be, and many: time must not go with the square of their number. */
START_TEST(many_alike_names_are_not_slow)
{
	struct fx_buf b = {0};

	for (int i = 0; i < 400000; i++)
		fx_buf_fmt(&b, "%c\"aaaaaaaa%06dbbbbbbbb\":1", i ? ',' : '{', i);
	fx_buf_byte(&b, '}');
	ck_assert(!b.over);
	ck_assert_int_eq(fx_tape_read(&t, fx_buf_view(&b), &err), 0);
	fx_buf_free(&b);
}
END_TEST

/* Objects of every size around the change of method, with and without a duplicate. */
START_TEST(duplicates_in_objects_of_any_size)
{
	static const int sizes[] = {2, 3, 64, 127, 128, 129, 130, 300, 5000};
	struct fx_buf b = {0};

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		int n = sizes[k];

		for (int twice = -1; twice < n; twice += n < 131 ? 1 : n / 7) {
			fx_buf_reset(&b);
			for (int i = 0; i < n; i++)
				fx_buf_fmt(&b, "%c\"name-%d\":{\"name-%d\":1}", i ? ',' : '{', i, i);
			ck_assert(b.n > 0);
			if (twice >= 0)
				fx_buf_fmt(&b, ",\"name-%d\":2", twice);
			fx_buf_byte(&b, '}');
			ck_assert_int_eq(fx_tape_read(&t, fx_buf_view(&b), &err), twice < 0 ? 0 : -1);
			if (twice >= 0)
				ck_assert_ptr_nonnull(strstr(err.msg, "duplicate"));
		}
	}
	fx_buf_free(&b);
}
END_TEST

START_TEST(look_ups)
{
	struct fx_str s = FX_STR("{\"a\":{\"b\":\"x\"},\"caf\\u00e9\":\"\\ud83d\\ude00\\n\",\"n\":1}");
	uint32_t i;

	ck_assert_int_eq(fx_tape_read(&t, s, &err), 0);
	i = fx_tape_get(&t, 0, FX_STR("a"));
	ck_assert_uint_ne(i, FX_NONE);
	ck_assert(fx_str_eq(fx_tape_get_str(&t, i, FX_STR("b"), &arena), FX_STR("x")));
	ck_assert_uint_eq(fx_tape_get(&t, 0, FX_STR("b")), FX_NONE);
	ck_assert_uint_eq(fx_tape_get(&t, fx_tape_get(&t, 0, FX_STR("n")), FX_STR("b")), FX_NONE);
	ck_assert(fx_str_eq(fx_tape_get_str(&t, 0, FX_STR("caf\xc3\xa9"), &arena),
			    FX_STR("\xf0\x9f\x98\x80\n")));
	ck_assert_ptr_null(fx_tape_get_str(&t, 0, FX_STR("n"), &arena).p);
	ck_assert_ptr_null(fx_tape_get_str(&t, 0, FX_STR("none"), &arena).p);
	/* A prefix and an extension of an escaped name are other names. */
	ck_assert_uint_eq(fx_tape_get(&t, 0, FX_STR("caf")), FX_NONE);
	ck_assert_uint_eq(fx_tape_get(&t, 0, FX_STR("caf\xc3\xa9s")), FX_NONE);
}
END_TEST

/* An escaped NUL is a character: strings and names go by their length. */
START_TEST(escaped_nuls)
{
	struct fx_str s = FX_STR("{\"a\":\"x\\u0000y\",\"a\\u0000\":1,\"a\\u0000b\":2}");
	bool found;
	uint32_t i;

	ck_assert_int_eq(fx_tape_read(&t, s, &err), 0);
	ck_assert(t.nul);
	ck_assert(fx_str_eq(fx_tape_get_str(&t, 0, FX_STR("a"), &arena), FX_STR("x\0y")));
	ck_assert(fx_tape_str_eq(&t, 2, FX_STR("x\0y")));
	ck_assert(!fx_tape_str_eq(&t, 2, FX_STR("x")));
	ck_assert(!fx_tape_str_eq(&t, 2, FX_STR("x\0")));
	i = fx_tape_get(&t, 0, FX_STR("a\0b"));
	ck_assert(fx_str_is(fx_tape_raw(&t, i), "2"));
	i = fx_tape_pointer(&t, FX_STR("/a\0"), &found);
	ck_assert(found && fx_str_is(fx_tape_raw(&t, i), "1"));
	ck_assert_int_eq(fx_tape_read(&t, FX_STR("{\"a\":\"\\u0001\\u00000\"}"), &err), 0);
	ck_assert(t.nul);
	ck_assert_int_eq(fx_tape_read(&t, FX_STR("[\"\\\\u0000\"]"), &err), 0);
	ck_assert(!t.nul);
}
END_TEST

static const struct {
	const char *text, *member; /* NULL: taken */
	unsigned long byte;
} records[] = {
    {"{\"note\":\"\\u0000\",\"event_id\":\"e\"}", NULL, 0},
    {"{\"lines\":[{\"name\\u0000\":{\"idx\":\"\\u0000\",\"paid\":\"\\u0000\"}}]}", NULL, 0},
    {"{\"order_id\":[1],\"x\":\"\\u0000\"}", NULL, 0},
    {"{\"event_id\\u0000\":\"e\",\"_id\":\"\\u0000\"}", NULL, 0},
    {"\"\\u0000\"", NULL, 0},
    {"{\"event_id\":\"e\\u0000\"}", "event_id", 12},
    {"{\"event\\u005fid\":\"\\u0000e\"}", "event_id", 17},
    {"{\"event\":\"e\\u0000\"}", "event", 9},
    {"{\"a\":\"\\u0000\",\"source\":\"\\u0000\"}", "source", 23},
    {"{\"trigger\":{\"id\":\"\\u0000\"}}", "id", 17},
    {"{\"lines\":[{\"line_id\":\"1\\u00002\"}]}", "line_id", 21},
    {"{\"caused_by\":[\"a\",\"b\\u0000\"]}", "caused_by", 18},
    {"{\"task_id\":{\"x_id\":1,\"\\u0000\":2}}", "task_id", 21},
};

START_TEST(names_hold_no_nul)
{
	char why[64];

	if (!records[_i].member) {
		ck_assert_int_eq(fx_record_read(&t, fx_str(records[_i].text), &err), 0);
		ck_assert_uint_gt(t.n, 0);
		return;
	}
	ck_assert_int_eq(fx_record_read(&t, fx_str(records[_i].text), &err), -1);
	snprintf(why, sizeof(why), "NUL in %s, at byte %lu", records[_i].member, records[_i].byte);
	ck_assert_str_eq(err.msg, why);
	ck_assert_uint_eq(err.byte, records[_i].byte);
	ck_assert_int_eq(err.code, FX_EDATA);
	ck_assert_uint_eq(t.n, 0);
}
END_TEST

/* The examples of RFC 6901, section 5, and what must not be found. */
START_TEST(pointers)
{
	struct fx_str s = FX_STR("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
				 "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}");
	static const struct {
		const char *pointer, *value;
	} cases[] = {
	    {"/foo", "[\"bar\",\"baz\"]"},
	    {"/foo/0", "\"bar\""},
	    {"/", "0"},
	    {"/a~1b", "1"},
	    {"/c%d", "2"},
	    {"/e^f", "3"},
	    {"/g|h", "4"},
	    {"/i\\j", "5"},
	    {"/k\"l", "6"},
	    {"/ ", "7"},
	    {"/m~0n", "8"},
	    {"/foo/1", "\"baz\""},
	    {"foo", NULL},
	    {"/foo/2", NULL},
	    {"/foo/00", NULL},
	    {"/foo/-", NULL},
	    {"/foo/", NULL},
	    {"/foo/18446744073709551616", NULL},
	    {"/a/b", NULL},
	    {"/m~n", NULL},
	    {"/m~2n", NULL},
	    {"/a~1b/x", NULL},
	    {"/foo/0/x", NULL},
	};
	bool found;
	uint32_t i;

	ck_assert_int_eq(fx_tape_read(&t, s, &err), 0);
	i = fx_tape_pointer(&t, FX_STR(""), &found);
	ck_assert(found && i == 0);
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		i = fx_tape_pointer(&t, fx_str(cases[k].pointer), &found);
		ck_assert_msg(found == (cases[k].value != NULL), "%s", cases[k].pointer);
		if (found)
			ck_assert(fx_str_is(fx_tape_raw(&t, i), cases[k].value));
	}
}
END_TEST

static uint64_t dice;

static unsigned roll(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

/* Objects of few names, in few orders, some twice, some escaped, some never seen before. */
static void random_object(struct fx_buf *b, unsigned depth)
{
	unsigned n = roll(7), skip = roll(3), space = roll(20) == 0;

	fx_buf_byte(b, '{');
	for (unsigned i = 0; i < n; i++) {
		unsigned name = roll(9) == 0 ? roll(12) : (i + skip) % 12;

		if (i)
			fx_buf_z(b, space ? " , " : ",");
		if (roll(40) == 0)
			fx_buf_fmt(b, "\"name \\u00%02x\"", 0x40 + name);
		else if (roll(30) == 0)
			fx_buf_fmt(b, "\"new %u\"", roll(1000000));
		else
			fx_buf_fmt(b, "\"name %c%.*s\"", 'a' + name, (int)name * 8,
			           "a long tail, a long tail, a long tail, a long tail, a long tail, "
			           "a long tail, a long tail");
		fx_buf_z(b, space ? " :\t" : ":");
		if (depth < 4 && roll(4) == 0) {
			fx_buf_byte(b, '[');
			for (unsigned k = roll(3); k > 0; k--) {
				random_object(b, depth + 1);
				fx_buf_byte(b, ',');
			}
			fx_buf_z(b, "{}]");
		} else if (depth < 4 && roll(3) == 0) {
			random_object(b, depth + 1);
		} else {
			fx_buf_fmt(b, "%u", roll(100));
		}
	}
	fx_buf_byte(b, '}');
}

static bool same_names(const struct fx_tape *a, uint32_t x, uint32_t y)
{
	uint32_t i = x + 1, k = y + 1;

	for (; i < a->node[x].next && k < a->node[y].next;
	     i = fx_tape_next(a, i), k = fx_tape_next(a, k))
		if (!fx_str_eq(fx_tape_raw(a, i), fx_tape_raw(a, k)))
			return false;
	return i == a->node[x].next && k == a->node[y].next;
}

/* What was noted of a name is there in the next object of the shape, and in no other. */
static void check_notes(const struct fx_tape *a, uint32_t obj)
{
	unsigned char *note = fx_tape_notes(a, obj);

	ck_assert((note != NULL) == (fx_tape_shape(a, obj) != 0));
	for (uint32_t i = obj + 1; note && i < a->node[obj].next; i = fx_tape_next(a, i), note++) {
		unsigned char want = (unsigned char)(1 + a->text[a->node[i].off + 5]);

		ck_assert(*note == 0 || *note == want);
		*note = want;
	}
}

static void check_shapes(const struct fx_tape *a)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (a->node[i].type == FX_OBJECT)
			check_notes(a, i);
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (a->node[i].type == FX_OBJECT && a->node[k].type == FX_OBJECT &&
			    fx_tape_shape(a, i) && fx_tape_shape(a, i) == fx_tape_shape(a, k))
				ck_assert(same_names(a, i, k));
}

/* Whatever a tape has read before, it reads a record as one that has read nothing does. */
START_TEST(a_used_tape_reads_as_a_new_one)
{
	struct fx_buf b = {0};
	struct fx_err why = {0};
	unsigned refused = 0, shaped = 0;

	dice = 1;
	for (int round = 0; round < 20000; round++) {
		struct fx_tape fresh = {0};
		int rc;

		fx_buf_reset(&b);
		random_object(&b, 0);
		rc = fx_tape_read(&fresh, fx_buf_view(&b), &why);
		ck_assert_int_eq(fx_tape_read(&t, fx_buf_view(&b), &err), rc);
		if (rc) {
			if (err.byte != why.byte || strcmp(err.msg, why.msg) != 0)
				ck_abort_msg("%s, not %s: %.*s", err.msg, why.msg, (int)b.n, b.p);
			refused++;
		}
		ck_assert_uint_eq(t.n, fresh.n);
		for (uint32_t i = 0; i < t.n; i++) {
			struct fx_node x = t.node[i], y = fresh.node[i];

			if (x.flags & FX_NODE_KEY)
				x.count = y.count = 0;
			if (memcmp(&x, &y, sizeof(x)) != 0)
				ck_abort_msg("node %u of %.*s", i, (int)b.n, b.p);
			shaped += x.type == FX_OBJECT && fx_tape_shape(&t, i);
		}
		check_shapes(&t);
		fx_tape_free(&fresh);
	}
	/* neither side of any question went untried */
	ck_assert_uint_gt(refused, 1000);
	ck_assert_uint_lt(refused, 15000);
	ck_assert_uint_gt(shaped, 1000);
	fx_buf_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json_tape");
	TCase *tc = tcase_create("tape");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, refuses_with_the_byte, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, refuses_every_prefix);
	tcase_add_test(tc, nodes_are_as_documented);
	tcase_add_test(tc, depth_is_capped);
	tcase_add_test(tc, size_is_capped);
	tcase_add_test(tc, every_byte_everywhere);
	tcase_add_test(tc, many_alike_names_are_not_slow);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, duplicates_in_objects_of_any_size);
	tcase_add_test(tc, a_used_tape_reads_as_a_new_one);
	tcase_add_test(tc, look_ups);
	tcase_add_test(tc, escaped_nuls);
	tcase_add_loop_test(tc, names_hold_no_nul, 0, sizeof(records) / sizeof(records[0]));
	tcase_add_test(tc, pointers);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
