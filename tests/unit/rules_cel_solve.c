/* What the solver says, held against trying every record of a small world. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "json/tape.h"
#include "rules/cel_env.h"
#include "rules/cel_solve.h"

static struct fx_arena arena, scratch;
static const struct fx_cel_env *env;

/* A world that is small enough to be tried whole. */
static const char world[] =
    "{\"required\":[\"n\"],\"properties\":{"
    "\"n\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":4},"
    "\"c\":{\"enum\":[\"p\",\"pq\",\"q\"]},"
    "\"b\":{\"type\":\"boolean\"},"
    "\"z\":{\"type\":[\"string\",\"null\"],\"enum\":[\"u\",null]},"
    "\"lines\":{\"items\":{\"properties\":{\"t\":{\"enum\":[\"s\",\"r\"]}}}}}}";
static const char *const n_values[] = {"0", "1", "2", "3", "4"};
static const char *const c_values[] = {NULL, "\"p\"", "\"pq\"", "\"q\""};
static const char *const b_values[] = {NULL, "true", "false"};
static const char *const z_values[] = {NULL, "\"u\"", "null"};
static const char *const t_values[] = {NULL, "\"s\"", "\"r\""};
#define WORLD (5 * 4 * 3 * 3 * 3)
static struct fx_tape tapes[WORLD];

static void member(struct fx_buf *b, const char *name, const char *value)
{
	if (value)
		fx_buf_fmt(b, "%s\"%s\":%s", b->p[b->n - 1] == '{' ? "" : ",", name, value);
}

static void setup(void)
{
	json_t *schema = json_loads(world, 0, NULL);
	struct fx_err err;

	env = fx_cel_env_new(&arena, &(struct fx_cel_contract){.schema = schema}, 1, NULL, NULL);
	json_decref(schema);
	for (int i = 0; i < WORLD; i++) {
		struct fx_buf b = {0};

		fx_buf_z(&b, "{");
		member(&b, "n", n_values[i % 5]);
		member(&b, "c", c_values[i / 5 % 4]);
		member(&b, "b", b_values[i / 20 % 3]);
		member(&b, "z", z_values[i / 60 % 3]);
		fx_buf_z(&b, ",\"lines\":[{");
		member(&b, "t", t_values[i / 180 % 3]);
		fx_buf_z(&b, "}]}");
		ck_assert_int_eq(
		    fx_tape_read(&tapes[i], fx_arena_str(&arena, fx_buf_view(&b)), &err), 0);
		fx_buf_free(&b);
	}
}

static void teardown(void)
{
	for (int i = 0; i < WORLD; i++)
		fx_tape_free(&tapes[i]);
	fx_arena_free(&arena);
	fx_arena_free(&scratch);
}

static enum fx_cel_verdict test(const struct fx_cel *e, const struct fx_tape *t)
{
	struct fx_cel_input in = {.tape = t, .scratch = &scratch};
	uint32_t lines = fx_tape_get(t, 0, FX_STR("lines"));
	enum fx_cel_verdict v;

	if (lines)
		in.line = lines + 1;
	v = fx_cel_test(e, &in, NULL);
	fx_arena_reset(&scratch);
	return v;
}

static const struct fx_cel *compiled(const char *src, const struct fx_cel_env *in)
{
	struct fx_err err = {0};
	const struct fx_cel *e =
	    fx_cel_compile(&arena, fx_arena_str(&arena, fx_str(src)), in, &err);

	ck_assert_msg(e != NULL, "%s: %s", src, err.msg);
	return e;
}

static enum fx_cel_sat ask(const struct fx_cel *const *all, size_t nall,
                           const struct fx_cel *const *none, size_t nnone,
                           const struct fx_cel_env *in, struct fx_str *witness)
{
	const struct fx_cel_formula *x[8], *y[8];
	struct fx_cel_question q = {.all = x, .nall = nall, .none = y, .nnone = nnone, .env = in};

	for (size_t i = 0; i < nall; i++)
		x[i] = fx_cel_formula(&arena, all[i]);
	for (size_t i = 0; i < nnone; i++)
		y[i] = fx_cel_formula(&arena, none[i]);
	return fx_cel_solve(&arena, &q, witness);
}

static bool right(const struct fx_cel *const *all, size_t nall, const struct fx_cel *const *none,
                  size_t nnone, const struct fx_tape *t)
{
	for (size_t i = 0; i < nall; i++)
		if (test(all[i], t) != FX_CEL_TRUE)
			return false;
	for (size_t i = 0; i < nnone; i++)
		if (test(none[i], t) == FX_CEL_TRUE)
			return false;
	return true;
}

/* ---- random predicates ---- */

static uint64_t state;
static unsigned dice(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((state >> 33) % n);
}

static const char *const atoms[] = {"n == 0",
                                    "n == 2",
                                    "n < 2",
                                    "n <= 3",
                                    "n > 1",
                                    "n >= 4",
                                    "n != 3",
                                    "n in [1, 3]",
                                    "n > 2",
                                    "c == 'p'",
                                    "c != 'q'",
                                    "c in ['p', 'pq']",
                                    "c.startsWith('p')",
                                    "c.endsWith('q')",
                                    "c < 'pq'",
                                    "b",
                                    "b == true",
                                    "!b",
                                    "has(c)",
                                    "has(b)",
                                    "z == null",
                                    "z == 'u'",
                                    "has(z)",
                                    "SKU.t == 's'",
                                    "SKU.t in ['s', 'r']",
                                    "has(SKU.t)",
                                    "SKU.t != 'r'",
                                    "true",
                                    "false"};

/* The same attributes in other forms: they depend on each other, and on those above. */
static const char *const forms[] = {"size(c) == 1",
                                    "size(c) > 1",
                                    "size(c) != 2",
                                    "c.contains('q')",
                                    "c.matches('^p')",
                                    "c + 'x' == 'px'",
                                    "c.startsWith('pq') || c == 'p'",
                                    "c in ['p', 'q'] && c != 'q'",
                                    "n > 1.5",
                                    "n == 2.0",
                                    "double(n) <= 2.5",
                                    "string(n) == '3'",
                                    "n * 2 > 5",
                                    "n % 2 == 0",
                                    "n in [0, 4] || n != 2",
                                    "-n < -1",
                                    "line.t == 's'",
                                    "lines[0].t == 'r'",
                                    "size(lines) == 1",
                                    "size(SKU.t) == 1",
                                    "lines.exists(l, l.t == 's')",
                                    "lines.all(l, has(l.t))",
                                    "has(SKU.t) && SKU.t in ['s']",
                                    "has(c) ? c == 'q' : b",
                                    "z != null && size(z) == 1",
                                    "[b, n > 2] == [true, true]"};
static bool with_forms;

static void predicate(struct fx_buf *b, unsigned depth)
{
	if (depth == 0 || dice(4) == 0) {
		fx_buf_z(b, with_forms && dice(2) ? forms[dice(sizeof(forms) / sizeof(*forms))]
		                                  : atoms[dice(sizeof(atoms) / sizeof(*atoms))]);
		return;
	}
	if (dice(5) == 0) {
		fx_buf_z(b, "!(");
		predicate(b, depth - 1);
	} else {
		fx_buf_z(b, "(");
		predicate(b, depth - 1);
		fx_buf_z(b, dice(2) ? " && " : " || ");
		predicate(b, depth - 1);
	}
	fx_buf_z(b, ")");
}

START_TEST(against_every_record)
{
	unsigned found = 0, never = 0;

	state = 20261120;
	for (int round = 0; round < 1500; round++) {
		const struct fx_cel *e[4];
		size_t nall = dice(3), nnone = 1 + dice(2);
		struct fx_buf b = {0};
		struct fx_str witness;
		bool there = false;
		enum fx_cel_sat r;

		for (size_t i = 0; i < nall + nnone; i++) {
			fx_buf_reset(&b);
			predicate(&b, 3);
			fx_buf_byte(&b, 0);
			e[i] = compiled(b.p, env);
		}
		fx_buf_free(&b);
		for (int i = 0; i < WORLD && !there; i++)
			there = right(e, nall, e + nall, nnone, &tapes[i]);
		r = ask(e, nall, e + nall, nnone, env, &witness);
		ck_assert_msg(r == (there ? FX_CEL_FOUND : FX_CEL_NEVER),
		              "round %d: %d, records say %d: %.*s; %.*s", round, r, there,
		              FX_FMT(fx_cel_source(e[0])), FX_FMT(witness));
		if (there) {
			struct fx_tape t = {0};
			struct fx_err err;

			found++;
			ck_assert_int_eq(fx_tape_read(&t, witness, &err), 0);
			ck_assert(right(e, nall, e + nall, nnone, &t));
			fx_tape_free(&t);
		} else {
			never++;
		}
	}
	/* both answers were met often, or the test says little */
	ck_assert_msg(found > 200 && never > 200, "%u found, %u never", found, never);
}
END_TEST

/* What depends on each other is reasoned about jointly or said to be undecided. */
START_TEST(other_forms)
{
	unsigned found = 0, never = 0, undecided = 0;

	with_forms = true;
	for (int round = 0; round < 3000; round++) {
		const struct fx_cel *e[4];
		size_t nall = dice(3), nnone = 1 + dice(2);
		const struct fx_cel_env *in = round % 2 ? env : NULL;
		struct fx_buf b = {0};
		struct fx_str witness;
		struct fx_tape t = {0};
		bool there = false;
		enum fx_cel_sat r;

		for (size_t i = 0; i < nall + nnone; i++) {
			fx_buf_reset(&b);
			predicate(&b, 2);
			fx_buf_byte(&b, 0);
			e[i] = compiled(b.p, in);
		}
		fx_buf_free(&b);
		for (int i = 0; i < WORLD && !there; i++)
			there = right(e, nall, e + nall, nnone, &tapes[i]);
		r = ask(e, nall, e + nall, nnone, in, &witness);
		ck_assert_msg(r != FX_CEL_NEVER || !there, "round %d: never, but a record is: %.*s",
		              round, FX_FMT(fx_cel_source(e[0])));
		if (r == FX_CEL_FOUND) {
			ck_assert_int_eq(fx_tape_read(&t, witness, NULL), 0);
			ck_assert(right(e, nall, e + nall, nnone, &t));
			fx_tape_free(&t);
		}
		found += r == FX_CEL_FOUND;
		never += r == FX_CEL_NEVER;
		undecided += r == FX_CEL_UNDECIDED;
	}
	with_forms = false;
	ck_assert_msg(found > 500 && never > 200 && undecided < 1000,
	              "%u found, %u never, %u undecided", found, never, undecided);
}
END_TEST

/* Without a contract the world is larger: what a record shows to be possible is never denied. */
START_TEST(never_denies)
{
	state = 7;
	for (int round = 0; round < 1000; round++) {
		const struct fx_cel *e[3];
		struct fx_buf b = {0};
		struct fx_str witness;
		bool there = false;
		enum fx_cel_sat r;

		for (size_t i = 0; i < 3; i++) {
			fx_buf_reset(&b);
			predicate(&b, 2);
			fx_buf_byte(&b, 0);
			e[i] = compiled(b.p, NULL);
		}
		fx_buf_free(&b);
		for (int i = 0; i < WORLD && !there; i++)
			there = right(e, 1, e + 1, 2, &tapes[i]);
		r = ask(e, 1, e + 1, 2, NULL, &witness);
		ck_assert_msg(r != FX_CEL_UNDECIDED && (!there || r == FX_CEL_FOUND),
		              "round %d: %d", round, r);
	}
}
END_TEST

static enum fx_cel_sat between(const char *yes, const char *no, struct fx_str *witness)
{
	const struct fx_cel *a = compiled(yes, NULL), *b = no ? compiled(no, NULL) : NULL;

	return ask(&a, 1, &b, no ? 1 : 0, NULL, witness);
}

START_TEST(by_hand)
{
	static const struct {
		const char *yes, *no;
		enum fx_cel_sat want;
	} cases[] = {
	    {"a > 5 && a < 6", NULL, FX_CEL_FOUND}, /* 5.5: no contract says that a is whole */
	    {"a > 5 && a < 5", NULL, FX_CEL_NEVER},
	    {"a >= 5", "a > 4", FX_CEL_NEVER},
	    {"a > 4", "a >= 5", FX_CEL_FOUND},
	    {"c.startsWith('ab')", "c.startsWith('a')", FX_CEL_NEVER},
	    {"c.startsWith('a')", "c.startsWith('ab')", FX_CEL_FOUND},
	    {"c.startsWith('a') && c.endsWith('b')", "c == 'ab'", FX_CEL_FOUND},
	    {"c > 'a' && c < 'b'", "c.startsWith('a')", FX_CEL_NEVER},
	    {"c >= 'a' && c < 'c'", "c.startsWith('a') || c.startsWith('b')", FX_CEL_NEVER},
	    {"c == 'x' && c == 'y'", NULL, FX_CEL_NEVER},
	    {"c in ['x', 'y', 'z']", "c == 'x' || c in ['z', 'y']", FX_CEL_NEVER},
	    {"c in ['x', 'y', 'z']", "c == 'x' || c == 'z'", FX_CEL_FOUND},
	    {"'g' in flags && !('h' in flags)", NULL, FX_CEL_FOUND},
	    {"'g' in flags", "'g' in flags || 'h' in flags", FX_CEL_NEVER},
	    {"double(total) > 100.0 && double(total) <= 250.0", NULL, FX_CEL_FOUND},
	    {"double(total) > 100.0", "double(total) > 50.0", FX_CEL_NEVER},
	    {"size(lines) > 2 && size(lines) < 4", NULL, FX_CEL_FOUND},
	    {"timestamp(at) < timestamp('2026-01-01T00:00:00Z')",
	     "timestamp(at) < timestamp('2027-01-01T00:00:00Z')", FX_CEL_NEVER},
	    {"timestamp(at) < timestamp('2026-01-01T00:00:00Z')", NULL, FX_CEL_FOUND},
	    {"true", "channel == 'web' || channel != 'web'", FX_CEL_FOUND}, /* it is absent */
	    {"has(channel)", "channel == 'web' || channel != 'web'", FX_CEL_NEVER},
	    {"has(ship_to.zip) && ship_to.country == 'DE'", NULL, FX_CEL_FOUND},
	    {"ship_to.country == 'DE'", "has(ship_to.country)", FX_CEL_NEVER},
	    {"a == 1 && sku.matches('x')", "a == 1",
	     FX_CEL_NEVER}, /* opaque, but it does not matter */
	    {"a == 1 || sku.matches('x')", NULL, FX_CEL_FOUND},
	    {"sku.matches('x')", "a == 1", FX_CEL_UNDECIDED},
	    {"sku.matches('x') && a == 1", "sku.matches('x')", FX_CEL_NEVER},
	    {"true", "true", FX_CEL_NEVER},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fx_str witness;
		enum fx_cel_sat r = between(cases[i].yes, cases[i].no, &witness);

		ck_assert_msg(r == cases[i].want, "%s but not %s: %d %.*s", cases[i].yes,
		              cases[i].no ? cases[i].no : "-", r, FX_FMT(witness));
	}
}
END_TEST

/* The witness is as plain as the question. */
START_TEST(witness)
{
	struct fx_str w;

	ck_assert_int_eq(between("channel == 'marketplace' && SKU.type == 'preorder'",
	                         "ship_to.country == 'DE'", &w),
	                 FX_CEL_FOUND);
	ck_assert_msg(
	    fx_str_is(w, "{\"channel\":\"marketplace\",\"lines\":[{\"type\":\"preorder\"}]}"),
	    "%.*s", FX_FMT(w));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cel_solve");
	TCase *t = tcase_create("solve");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, by_hand);
	tcase_add_test(t, witness);
	tcase_add_test(t, against_every_record);
	tcase_add_test(t, never_denies);
	tcase_add_test(t, other_forms);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
