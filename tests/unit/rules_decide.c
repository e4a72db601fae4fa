/* The decision: published vectors of the hash, worked examples of who takes which line. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/decide.h"
#include "rules/explain.h"

START_TEST(murmur_vectors)
{
	/* As published for MurmurHash3 x86-32. */
	ck_assert_uint_eq(fx_murmur3(FX_STR(""), 0), 0);
	ck_assert_uint_eq(fx_murmur3(FX_STR(""), 1), 0x514e28b7);
	ck_assert_uint_eq(fx_murmur3(FX_STR("test"), 0), 0xba6bd213);
	ck_assert_uint_eq(fx_murmur3(FX_STR("Hello, world!"), 0), 0xc0363e43);
	ck_assert_uint_eq(fx_murmur3(FX_STR("The quick brown fox jumps over the lazy dog"), 0),
	                  0x2e4ff723);
	ck_assert_uint_eq(
	    fx_murmur3(FX_STR("The quick brown fox jumps over the lazy dog"), 0x9747b28c),
	    0x2fa826cd);
}
END_TEST

/* The flags of flagd's testbed whose fractions are plain: what is hashed before the name. */
static const struct flag {
	const char *name, *prefix;
	const char *variants[4];
	unsigned n;
} FLAGS[] = {
    {"fractional-flag", "fractional-flag", {"clubs", "diamonds", "hearts", "spades"}, 4},
    {"fractional-flag-shorthand", "fractional-flag-shorthand", {"heads", "tails"}, 2},
    {"fractional-flag-A-shared-seed", "shared-seed", {"clubs", "diamonds", "hearts", "spades"}, 4},
    {"fractional-flag-B-shared-seed",
     "shared-seed",
     {"ace-of-clubs", "ace-of-diamonds", "ace-of-hearts", "ace-of-spades"},
     4},
    {"fractional-hash-edge-flag", "", {"lower", "upper"}, 2},
};

/* One "| name | value |" row of the feature file. */
static void flagd_row(const struct flag *f, char *row)
{
	char *save = NULL, *name = strtok_r(row, " |\n", &save),
	     *value = strtok_r(NULL, " |\n", &save);
	/* As many equal shares as there are variants, of 100000 in all as a canary has it. */
	uint32_t b = fx_bucket(fx_str(f->prefix), fx_str(name), FX_CANARY_TOTAL);

	ck_assert_str_eq(f->variants[b / (FX_CANARY_TOTAL / f->n)], value);
}

START_TEST(flagd_vectors)
{
	const char *suites = getenv("FX_SUITES");
	char path[4096], line[512];
	const struct flag *flag = NULL;
	bool v2 = false, header = false;
	unsigned rows = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/flagd/evaluator-gherkin-fractional.feature",
	         suites ? suites : "../shared/suites");
	f = fopen(path, "r");
	if (!f)
		return; /* make conformance says so aloud */
	while (fgets(line, sizeof(line), f)) {
		char *key = strstr(line, "String-flag with key \"");

		if (strstr(line, "Scenario")) {
			flag = NULL;
		} else if (key) {
			key = strchr(key, '"') + 1;
			*strchr(key, '"') = '\0';
			for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++)
				if (strcmp(FLAGS[i].name, key) == 0)
					flag = &FLAGS[i];
		} else if (strstr(line, "@fractional-")) {
			v2 = strstr(line, "@fractional-v2") != NULL;
		} else if (strstr(line, "Examples:")) {
			header = true;
		} else if (strchr(line, '|') && header) {
			header = false;
		} else if (strchr(line, '|') && flag && v2) {
			flagd_row(flag, line);
			rows++;
		}
	}
	fclose(f);
	ck_assert_uint_eq(rows, 5 + 2 + 4 + 4 + 5);
}
END_TEST

START_TEST(a_growing_share_only_adds)
{
	uint32_t at_10 = 0, at_20 = 0;

	for (unsigned i = 0; i < 10000; i++) {
		char order[24];
		struct fx_rule r = {.id = FX_STR("r")};
		bool small, large;

		snprintf(order, sizeof(order), "ORD-%u", i);
		r.canary_weight = FX_CANARY_TOTAL / 10;
		small = fx_rule_share(&r, fx_str(order));
		r.canary_weight = FX_CANARY_TOTAL / 5;
		large = fx_rule_share(&r, fx_str(order));
		ck_assert(!small || large);
		at_10 += small;
		at_20 += large;
	}
	/* Five standard deviations of a fair draw. */
	ck_assert_uint_ge(at_10, 1000 - 150);
	ck_assert_uint_le(at_10, 1000 + 150);
	ck_assert_uint_ge(at_20, 2000 - 200);
	ck_assert_uint_le(at_20, 2000 + 200);
}
END_TEST

#define OWNERS "owners:\n- {id: a, kind: system}\n- {id: b, kind: system}\n- {id: c, kind: team}\n"
#define RULE(name, when, owner, more)                                                              \
	"- {rule: " name ", version: 1, maintainer: m, when: '" when "', owner: " owner            \
	", flow: f" more "}\n"

static struct fx_registry *registry_of(const char *yaml)
{
	char dir[] = "/tmp/fx-unit.XXXXXX", path[64];
	struct fx_errs errs = {0};
	struct fx_registry *r;
	FILE *f;

	ck_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/r.yaml", dir);
	f = fopen(path, "w");
	ck_assert(f);
	fputs(yaml, f);
	fclose(f);
	r = fx_registry_load(dir, &errs);
	unlink(path);
	rmdir(dir);
	ck_assert_msg(r, "%u:%u: %s", errs.n ? errs.v[0].line : 0, errs.n ? errs.v[0].col : 0,
	              errs.n ? errs.v[0].msg : "");
	fx_errs_free(&errs);
	return r;
}

#define HEAD                                                                                       \
	"{\"event\":\"order.placed\",\"event_id\":\"e\",\"order_id\":\"O\",\"source\":\"s\","      \
	"\"at\":\"2026-11-20T12:00:00Z\""

struct run {
	struct fx_registry *r;
	struct fx_decider *d;
	struct fx_tape t;
	const struct fx_decision *dec;
	struct fx_err err;
};

static enum fx_decided decide(struct run *x, const char *yaml, const char *record)
{
	struct fx_err err = {0};

	*x = (struct run){0};
	x->r = registry_of(yaml);
	x->d = fx_decider_new(x->r);
	ck_assert_msg(fx_tape_read(&x->t, fx_str(record), &err) == 0, "%s", err.msg);
	return fx_decide(x->d, &x->t, FX_TIME_NONE, FX_STR(""), &x->dec, &x->err);
}

static void end(struct run *x)
{
	fx_tape_free(&x->t);
	fx_decider_free(x->d);
	fx_registry_free(x->r);
}

/* "rule:line_ids rule:line_ids ..." of the tasks in order. */
static void outcome_is(struct run *x, const char *want)
{
	struct fx_buf b = {0};
	struct fx_arena a = {0};

	for (size_t i = 0; i < x->dec->ntasks; i++) {
		const struct fx_assigned *task = &x->dec->tasks[i];

		fx_buf_fmt(&b, "%s%s:", i ? " " : "", task->rule->id.p);
		for (size_t k = 0; k < task->nlines; k++)
			fx_buf_str(&b,
			           fx_tape_get_str(&x->t, task->lines[k], FX_STR("line_id"), &a));
	}
	fx_buf_byte(&b, '\0');
	ck_assert_str_eq(b.p, want);
	fx_buf_free(&b);
	fx_arena_free(&a);
}

START_TEST(lines_go_to_the_first_rule_that_takes_them)
{
	static const char yaml[] = OWNERS "rules:\n" RULE("pre", "SKU.type == \"p\"", "a", "")
	    RULE("big", "SKU.qty > 5", "b", "") RULE("rest", "true", "c", "");
	struct run x;

	ck_assert_int_eq(decide(&x, yaml,
	                        HEAD ",\"lines\":["
	                             "{\"line_id\":\"1\",\"type\":\"s\",\"qty\":1},"
	                             "{\"line_id\":\"2\",\"type\":\"p\",\"qty\":9},"
	                             "{\"line_id\":\"3\",\"type\":\"s\",\"qty\":9},"
	                             "{\"line_id\":\"4\",\"type\":\"p\",\"qty\":1},"
	                             "{\"line_id\":\"5\"}]}"),
	                 FX_DECIDED);
	/* Numbered by their first line, not by the rules' order. */
	outcome_is(&x, "rest:15 pre:24 big:3");
	ck_assert_int_eq(x.dec->tasks[0].reason, FX_DEFAULT);
	ck_assert_int_eq(x.dec->tasks[1].reason, FX_TARGETING_MATCH);
	ck_assert_uint_eq(x.dec->nlines, 5);
	end(&x);
}
END_TEST

START_TEST(a_rule_that_names_no_line_takes_all_that_are_left)
{
	static const char yaml[] = OWNERS "rules:\n" RULE("pre", "line.type == \"p\"", "a", "")
	    RULE("web", "channel == \"web\"", "b", "") RULE("rest", "true", "c", "");
	struct run x;

	ck_assert_int_eq(
	    decide(&x, yaml,
	           HEAD ",\"channel\":\"web\",\"lines\":["
	                "{\"line_id\":\"1\",\"type\":\"s\"},{\"line_id\":\"2\",\"type\":\"p\"},"
	                "{\"line_id\":\"3\"}]}"),
	    FX_DECIDED);
	outcome_is(&x, "web:13 pre:2");
	end(&x);
}
END_TEST

START_TEST(an_order_without_lines_is_one_task)
{
	static const char yaml[] = OWNERS "rules:\n" RULE("pre", "SKU.type == \"p\"", "a", "")
	    RULE("not", "NOT (SKU.type == \"p\")", "a", "") RULE("rest", "true", "c", "");
	const char *const records[] = {HEAD "}", HEAD ",\"lines\":[]}", HEAD ",\"lines\":null}"};

	for (size_t i = 0; i < 3; i++) {
		struct run x;

		ck_assert_int_eq(decide(&x, yaml, records[i]), FX_DECIDED);
		outcome_is(&x, "rest:");
		end(&x);
	}
}
END_TEST

START_TEST(what_no_rule_takes_is_refused)
{
	static const char yaml[] = OWNERS "rules:\n" RULE("pre", "SKU.type == \"p\"", "a", "");
	struct run x;

	ck_assert_int_eq(decide(&x, yaml, HEAD ",\"lines\":[{\"type\":\"p\"},{\"type\":\"s\"}]}"),
	                 FX_REFUSED);
	ck_assert_str_eq(x.err.msg, "no rule takes 1 of its 2 lines, first lines[1]");
	end(&x);
	ck_assert_int_eq(decide(&x, yaml, HEAD ",\"lines\":[{\"type\":\"s\"}]}"), FX_REFUSED);
	ck_assert_str_eq(x.err.msg, "no rule takes this \"order.placed\"");
	end(&x);
	ck_assert_int_eq(decide(&x, yaml, HEAD "}"), FX_REFUSED);
	end(&x);
	ck_assert_int_eq(decide(&x, yaml, "{\"event\":\"order.placed\",\"event_id\":\"e\"}"),
	                 FX_REFUSED);
	end(&x);
	ck_assert_int_eq(decide(&x, yaml, "{\"event\":\"task.confirmed\"}"), FX_PASSED);
	end(&x);
	ck_assert_int_eq(decide(&x, yaml, "[1]"), FX_PASSED);
	end(&x);
}
END_TEST

START_TEST(windows_and_canaries)
{
	static const char yaml[] =
	    OWNERS "rules:\n" RULE("past", "true", "a", ", until: 2026-11-20")
	        RULE("future", "true", "a", ", from: '2026-11-20T12:00:01Z'")
	            RULE("over", "true", "a", ", canary: 100% until 2026-11-20")
	                RULE("all", "true", "b", ", canary: 100%") RULE("rest", "true", "c", "");
	struct run x;

	ck_assert_int_eq(decide(&x, yaml, HEAD "}"), FX_DECIDED);
	outcome_is(&x, "all:");
	ck_assert_int_eq(x.dec->tasks[0].reason, FX_SPLIT);
	end(&x);
}
END_TEST

/* The same decision over again, and after the registry went through its published form. */
START_TEST(digests_tell_what_differs)
{
	static const char yaml[] = OWNERS "rules:\n" RULE("pre", "SKU.type == \"p\"", "a", "")
	    RULE("rest", "true", "c", "");
	static const char other[] = OWNERS "rules:\n" RULE("pre", "SKU.type == \"s\"", "a", "")
	    RULE("rest", "true", "c", "");
	static const char lines[] = ",\"lines\":[{\"type\":\"p\"},{\"type\":\"s\"}]";
	char digest[72], id[FX_ID_LEN + 1], record[512];
	struct fx_errs errs = {0};
	struct fx_registry *again;
	struct run x;

	snprintf(record, sizeof(record), HEAD "%s}", lines);
	ck_assert_int_eq(decide(&x, yaml, record), FX_DECIDED);
	memcpy(digest, x.dec->digest, sizeof(digest));
	memcpy(id, x.dec->id, sizeof(id));
	again = fx_registry_from_json(x.r->canonical, &errs);
	ck_assert_msg(again, "%s", errs.n ? errs.v[0].msg : "");
	ck_assert_str_eq(again->digest, x.r->digest);
	fx_registry_free(again);
	end(&x);
	/* A ledger's stamps and another order of members change nothing. */
	ck_assert_int_eq(decide(&x, yaml,
	                        "{\"lines\":[{\"type\":\"p\"},{\"type\":\"s\"}],\"order_id\":\"O\","
	                        "\"event\":\"order.placed\",\"event_id\":\"e\",\"source\":\"s\","
	                        "\"at\":\"2026-11-20T12:00:00Z\",\"logged_at\":\"x\","
	                        "\"audit_token\":\"y\"}"),
	                 FX_DECIDED);
	ck_assert_str_eq(x.dec->digest, digest);
	end(&x);
	/* Other rules: the same id, another digest. */
	ck_assert_int_eq(decide(&x, other, record), FX_DECIDED);
	ck_assert_str_ne(x.dec->digest, digest);
	ck_assert_str_eq(x.dec->id, id);
	/* What supersedes has an id of its own. */
	ck_assert_int_eq(fx_decide(x.d, &x.t, FX_TIME_NONE, fx_str(digest), &x.dec, &x.err),
	                 FX_DECIDED);
	ck_assert_str_ne(x.dec->id, id);
	end(&x);
}
END_TEST

/*
 * The task's bytes up to "task_id" when its event's id is cut out: EVENT_ID stands for it.
 */
static void written(const char *record, const char *want)
{
	static const char yaml[] = OWNERS "rules:\n" RULE("pre", "SKU.type == \"p\"", "a", "")
	    RULE("rest", "true", "c", "");
	struct fx_buf b = {0};
	char *id, *tail;
	struct run x;

	ck_assert_int_eq(decide(&x, yaml, record), FX_DECIDED);
	ck_assert_int_eq(fx_task_write(x.d, x.dec, 0, FX_STR("o\"o"), &b), 0);
	fx_buf_byte(&b, '\0');
	id = strstr(b.p, "\"fx:");
	tail = strstr(b.p, "\"task_id\":\"O");
	ck_assert(id && tail);
	*tail = '\0';
	memcpy(id, "EVENT_ID", 8);
	memmove(id + 8, id + FX_ID_LEN + 2, strlen(id + FX_ID_LEN + 2) + 1);
	ck_assert_str_eq(b.p, want);
	fx_buf_free(&b);
	end(&x);
}

START_TEST(every_other_byte_stays)
{
	/* White space, escapes, order, a 19-digit number and 10.10 as they were; lines cut. */
	written(
	    "{ \"n\" : 1234567890123456789,\"event\":\"order.placed\", \"event_id\":\"e\\u0041\" ,"
	    "\"order_id\":\"O\",\"at\":\"2026-11-20T12:00:00Z\",\"source\":\"s\",\"t\":10.10 ,"
	    "\"lines\" : [ {\"type\":\"p\", \"q\":1.0} ,{}, {\"type\" :\"p\"}], \"z\":\"\\/\" }",
	    "{ \"n\" : 1234567890123456789,\"event\":\"task.assigned\", \"event_id\":EVENT_ID ,"
	    "\"order_id\":\"O\",\"at\":\"2026-11-20T12:00:00Z\",\"source\":\"o\\\"o\",\"t\":10.10 ,"
	    "\"lines\" : [{\"type\":\"p\", \"q\":1.0},{\"type\" :\"p\"}], \"z\":\"\\/\" "
	    ",\"caused_by\":[\"e\\u0041\"],");
	/* One task with all lines: the array as it stands. */
	written(HEAD ",\"lines\":[ {} , {}]}",
	        "{\"event\":\"task.assigned\",\"event_id\":EVENT_ID,\"order_id\":\"O\",\"source\":"
	        "\"o\\\"o\",\"at\":\"2026-11-20T12:00:00Z\",\"lines\":[ {} , {}],"
	        "\"caused_by\":[\"e\"],");
}
END_TEST

START_TEST(fields_of_ours_are_replaced_never_doubled)
{
	written(
	    "{\"task_id\":\"old\", \"event\":\"order.placed\",\"event_id\":\"e\",\"audit_token\":"
	    "\"x\" , \"caused_by\":[\"y\"],\"order_id\":\"O\",\"at\":\"2026-11-20T12:00:00Z\","
	    "\"source\":\"s\",\"logged_at\":\"z\"}",
	    "{ \"event\":\"task.assigned\",\"event_id\":EVENT_ID,"
	    " \"caused_by\":[\"e\"],\"order_id\":\"O\",\"at\":\"2026-11-20T12:00:00Z\","
	    "\"source\":\"o\\\"o\",");
}
END_TEST

/* A small generator, so that a failure can be had again. */
static unsigned draw(unsigned n)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % n;
}

static void random_condition(struct fx_buf *b)
{
	static const char *const fields[] = {"channel", "SKU.type", "SKU.sku", "ship_to.country"};
	const char *f = fields[draw(4)];

	switch (draw(7)) {
	case 0:
	case 1:
		fx_buf_fmt(b, "%s == \"v%u\"", f, draw(6));
		break;
	case 2:
		fx_buf_fmt(b, "%s in [\"v%u\", \"v%u\"]", f, draw(6), draw(6));
		break;
	case 3:
		fx_buf_fmt(b, "%s.startsWith(\"v%u\")", f, draw(6));
		break;
	case 4:
		fx_buf_fmt(b, "SKU.qty %s %u", draw(2) ? ">=" : "<", draw(20));
		break;
	case 5:
		fx_buf_fmt(b, "total > %u && total <= %u.5", draw(20), draw(20));
		break;
	default:
		fx_buf_fmt(b, "%s != \"v%u\"", f, draw(6));
	}
}

static void random_rules(struct fx_buf *b, unsigned n)
{
	fx_buf_z(b, OWNERS "rules:\n");
	for (unsigned i = 0; i < n; i++) {
		fx_buf_fmt(b, "- {rule: r%u, version: 1, maintainer: m, owner: a, flow: f, when: '",
		           i);
		random_condition(b);
		for (unsigned k = draw(3); k > 0; k--) {
			fx_buf_z(b, draw(4) ? " && " : " || ");
			random_condition(b);
		}
		fx_buf_z(b, "'}\n");
	}
	fx_buf_z(b, RULE("rest", "true", "c", ""));
	fx_buf_byte(b, '\0');
}

static void random_record(struct fx_buf *b)
{
	fx_buf_z(b, HEAD);
	if (draw(4))
		fx_buf_fmt(b, ",\"channel\":\"v%u\"", draw(6));
	if (draw(4))
		fx_buf_fmt(b, ",\"total\":%u.%u", draw(20), draw(2) * 5);
	if (draw(2))
		fx_buf_fmt(b, ",\"ship_to\":{\"country\":\"v%u%u\"}", draw(6), draw(3));
	fx_buf_z(b, ",\"lines\":[");
	for (unsigned i = 0, n = draw(4); i < n; i++) {
		fx_buf_fmt(b, "%s{\"type\":\"v%u\",\"sku\":", i ? "," : "", draw(6));
		if (draw(3))
			fx_buf_fmt(b, "\"\\u0076%u\"", draw(6));
		else
			fx_buf_fmt(b, "%u", draw(9));
		fx_buf_fmt(b, ",\"qty\":%u}", draw(22));
	}
	fx_buf_z(b, "]}");
	fx_buf_byte(b, '\0');
}

/* The first rule that --explain, which tests all of them, says wins the line. */
static const struct fx_rule *winner(struct run *x, uint32_t line)
{
	struct fx_trace t;

	for (size_t i = 0; i < x->r->nrules; i++) {
		fx_trace_rule(x->d, &x->r->rules[i], line, 0, false, &t);
		if (t.what == FX_TRACE_WON)
			return t.rule;
	}
	return NULL;
}

START_TEST(the_index_changes_nothing)
{
	struct fx_buf yaml = {0}, record = {0};
	struct fx_err err = {0};
	struct run x;

	for (unsigned registry = 0; registry < 12; registry++) {
		fx_buf_reset(&yaml);
		random_rules(&yaml, 30 + 40 * registry);
		decide(&x, yaml.p, HEAD "}");
		for (unsigned i = 0; i < 400; i++) {
			size_t decided = 0;

			fx_buf_reset(&record);
			random_record(&record);
			ck_assert_msg(fx_tape_read(&x.t, fx_str(record.p), &err) == 0, "%s",
			              err.msg);
			ck_assert_int_eq(
			    fx_decide(x.d, &x.t, FX_TIME_NONE, FX_STR(""), &x.dec, &x.err),
			    FX_DECIDED);
			if (x.dec->nlines == 0)
				ck_assert_ptr_eq(x.dec->tasks[0].rule, winner(&x, FX_NONE));
			for (size_t k = 0; k < x.dec->ntasks; k++)
				for (size_t l = 0; l < x.dec->tasks[k].nlines; l++, decided++)
					ck_assert_msg(x.dec->tasks[k].rule ==
					                  winner(&x, x.dec->tasks[k].lines[l]),
					              "%s", record.p);
			ck_assert_uint_eq(decided, x.dec->nlines);
		}
		end(&x);
	}
	fx_buf_free(&yaml);
	fx_buf_free(&record);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules_decide");
	TCase *tc = tcase_create("decide");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, murmur_vectors);
	tcase_add_test(tc, flagd_vectors);
	tcase_add_test(tc, a_growing_share_only_adds);
	tcase_add_test(tc, lines_go_to_the_first_rule_that_takes_them);
	tcase_add_test(tc, a_rule_that_names_no_line_takes_all_that_are_left);
	tcase_add_test(tc, an_order_without_lines_is_one_task);
	tcase_add_test(tc, what_no_rule_takes_is_refused);
	tcase_add_test(tc, windows_and_canaries);
	tcase_add_test(tc, digests_tell_what_differs);
	tcase_add_test(tc, every_other_byte_stays);
	tcase_add_test(tc, fields_of_ours_are_replaced_never_doubled);
	tcase_add_test(tc, the_index_changes_nothing);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
