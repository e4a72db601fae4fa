/* What shows that a condition decides, against putting true and false in its place. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rules/cel_env.h"
#include "rules/cel_solve.h"
#include "rules/mcdc.h"

static struct fx_arena arena, scratch;
static const struct fx_cel_env *env;

/* A world that is small enough to be tried whole. */
static const char world[] =
    "{\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3},"
    "\"c\":{\"enum\":[\"p\",\"q\"]},\"b\":{\"type\":\"boolean\"}}}";
static const char *const n_values[] = {"", "\"n\":0", "\"n\":1", "\"n\":2", "\"n\":3"};
static const char *const c_values[] = {"", "\"c\":\"p\"", "\"c\":\"q\""};
static const char *const b_values[] = {"", "\"b\":true", "\"b\":false"};
#define WORLD (5 * 3 * 3)
static struct fx_tape tapes[WORLD];

static const char *const leaf[] = {"n == 1",     "n < 2",      "n != 3", "n in [0, 2]",
                                   "c == \"p\"", "c != \"q\"", "b",      "has(c)"};
#define CONDITIONS 12
static const char *conditions[CONDITIONS];
static unsigned nconditions;

static void setup(void)
{
	json_t *schema = json_loads(world, 0, NULL);

	env = fx_cel_env_new(&arena, &(struct fx_cel_contract){.schema = schema}, 1, NULL, NULL);
	json_decref(schema);
	for (int i = 0; i < WORLD; i++) {
		const char *m[] = {n_values[i % 5], c_values[i / 5 % 3], b_values[i / 15]};
		struct fx_str text = FX_STR("{");

		for (int k = 0; k < 3; k++)
			text = fx_arena_fmt(&arena, "%.*s%s%s", FX_FMT(text),
			                    *m[k] && text.n > 1 ? "," : "", m[k]);
		text = fx_arena_fmt(&arena, "%.*s}", FX_FMT(text));
		ck_assert_int_eq(fx_tape_read(&tapes[i], text, NULL), 0);
	}
}

static void teardown(void)
{
	for (int i = 0; i < WORLD; i++)
		fx_tape_free(&tapes[i]);
	fx_arena_free(&arena);
	fx_arena_free(&scratch);
}

static unsigned dice(unsigned n)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % n;
}

/* A predicate with ?A, ?B ... where its conditions stand. */
static void shape(struct fx_buf *b, unsigned depth)
{
	if (depth == 0 || dice(4) == 0 || nconditions > CONDITIONS - 3) {
		conditions[nconditions] = leaf[dice(sizeof(leaf) / sizeof(*leaf))];
		fx_buf_fmt(b, "?%c", 'A' + nconditions++);
		return;
	}
	fx_buf_z(b, dice(3) ? "(" : "!(");
	shape(b, depth - 1);
	fx_buf_z(b, dice(2) ? " && " : " || ");
	shape(b, depth - 1);
	fx_buf_z(b, ")");
}

/* With condition `at` written as `by`, each other as it is. */
static const struct fx_cel *filled(struct fx_str s, unsigned at, const char *by)
{
	struct fx_buf b = {0};
	struct fx_err err = {0};
	const struct fx_cel *e;

	for (size_t i = 0; i < s.n; i++) {
		unsigned k;

		if (s.p[i] != '?') {
			fx_buf_byte(&b, s.p[i]);
			continue;
		}
		k = (unsigned)(s.p[++i] - 'A');
		fx_buf_fmt(&b, "%s", k == at ? by : conditions[k]);
	}
	e = fx_cel_compile(&arena, fx_arena_str(&arena, fx_buf_view(&b)), env, &err);
	ck_assert_msg(e != NULL, "%.*s: %s", FX_FMT(fx_buf_view(&b)), err.msg);
	fx_buf_free(&b);
	return e;
}

static enum fx_cel_verdict test(const struct fx_cel *e, const struct fx_tape *t)
{
	struct fx_cel_input in = {.tape = t, .line = FX_NONE, .scratch = &scratch};
	enum fx_cel_verdict v = fx_cel_test(e, &in, NULL);

	fx_arena_reset(&scratch);
	return v;
}

/* What a record shows of a condition, by writing true and false in its place. */
static unsigned by_hand(struct fx_str s, unsigned at, const struct fx_tape *t)
{
	enum fx_cel_verdict is = test(filled(FX_STR("?A"), 0, conditions[at]), t);
	bool yes = test(filled(s, at, "true"), t) == FX_CEL_TRUE;
	bool no = test(filled(s, at, "false"), t) == FX_CEL_TRUE;

	if (yes == no || is == FX_CEL_ERROR)
		return 0;
	return is == FX_CEL_TRUE ? FX_SHOWN_TRUE : FX_SHOWN_FALSE;
}

static void round_of(struct fx_str s, unsigned *shown_count, unsigned *never_count)
{
	struct fx_conditions c = fx_conditions(&arena, filled(s, CONDITIONS, ""));
	unsigned char all[CONDITIONS] = {0};

	ck_assert_uint_eq(c.n, nconditions);
	for (unsigned r = 0; r < WORLD; r++) {
		struct fx_cel_input in = {.tape = &tapes[r], .line = FX_NONE, .scratch = &scratch};
		unsigned char shown[CONDITIONS] = {0};

		fx_conditions_show(&c, &in, shown);
		for (unsigned i = 0; i < c.n; i++) {
			ck_assert_msg(shown[i] == by_hand(s, i, &tapes[r]),
			              "%.*s: condition %u (%s) on %s: %u", FX_FMT(s), i,
			              conditions[i], tapes[r].text, shown[i]);
			all[i] |= shown[i];
		}
	}
	/* The solver finds an order just where one of the world shows it. */
	for (unsigned i = 0; i < 2 * c.n; i++) {
		struct fx_shown_where w;
		struct fx_cel_question q = {.env = env};
		struct fx_str record;
		bool value = i % 2, is = all[i / 2] & (value ? FX_SHOWN_TRUE : FX_SHOWN_FALSE);
		enum fx_cel_sat got;

		fx_condition_where(&arena, &c, i / 2, value, env, &w);
		q.all = w.all;
		q.nall = w.nall;
		q.none = w.none;
		q.nnone = w.nnone;
		got = fx_cel_solve(&arena, &q, &record);
		ck_assert_msg(got == (is ? FX_CEL_FOUND : FX_CEL_NEVER),
		              "%.*s: condition %u (%s) %d: %d", FX_FMT(s), i / 2, conditions[i / 2],
		              value, got);
		*shown_count += is;
		*never_count += !is;
	}
}

START_TEST(conditions_decide_as_by_hand)
{
	unsigned shown = 0, never = 0;

	for (unsigned round = 0; round < 150; round++) {
		struct fx_buf b = {0};

		nconditions = 0;
		shape(&b, 3);
		round_of(fx_arena_str(&arena, fx_buf_view(&b)), &shown, &never);
		fx_buf_free(&b);
	}
	ck_assert_msg(shown > 500 && never > 100, "%u shown, %u never", shown, never);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mcdc");
	TCase *t = tcase_create("mcdc");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, conditions_decide_as_by_hand);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
