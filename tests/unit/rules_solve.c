/* What the solver proves, against brute force over a whole small domain. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/diff.h"
#include "rules/lint.h"

static unsigned draw(unsigned n)
{
	static uint32_t x = 88172645u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % n;
}

/* Three attributes: a string of a, b, other or absent; a number 0 to 4 in halves or absent; a bool.
 */
static bool with_forms;

static void condition(struct fx_buf *b)
{
	static const char *const cmp[] = {"<", "<=", ">", ">=", "==", "!="};
	/* the same attributes again, depending on each other */
	static const char *const forms[] = {"size(s) == 1",
	                                    "size(s) > 1",
	                                    "s.contains(\"b\")",
	                                    "s.startsWith(\"a\") && s != \"a\"",
	                                    "s in [\"a\", \"b\"] && s != \"b\"",
	                                    "SKU.n > 1.5 && SKU.n < 2",
	                                    "double(SKU.n) >= 2.0",
	                                    "line.n == 2",
	                                    "SKU.n in [1, 2] || SKU.n != 1",
	                                    "SKU.n * 2 > 3",
	                                    "size(lines) == 1",
	                                    "lines[0].n < 2",
	                                    "has(SKU.n) && SKU.n < 2",
	                                    "f ? s == \"a\" : has(s)",
	                                    "string(SKU.n) == \"2\"",
	                                    "lines.exists(l, l.n > 1)"};

	if (with_forms && draw(2)) {
		fx_buf_fmt(b, "(%s)", forms[draw(sizeof(forms) / sizeof(*forms))]);
		return;
	}
	switch (draw(6)) {
	case 0:
		fx_buf_fmt(b, "s %s \"%c\"", draw(2) ? "==" : "!=", "ab"[draw(2)]);
		break;
	case 1:
		fx_buf_z(b, draw(2) ? "s in [\"a\", \"b\"]" : "s.startsWith(\"a\")");
		break;
	case 2:
	case 3:
		fx_buf_fmt(b, "SKU.n %s %u", cmp[draw(6)], 1 + draw(3));
		break;
	case 4:
		fx_buf_z(b, draw(2) ? "f" : "f == false");
		break;
	default:
		fx_buf_z(b, draw(2) ? "has(s)" : "has(SKU.n)");
	}
}

static void predicate(struct fx_buf *b, unsigned depth)
{
	if (depth == 0 || draw(3) == 0) {
		condition(b);
		return;
	}
	fx_buf_z(b, draw(4) ? "(" : "!(");
	predicate(b, depth - 1);
	fx_buf_z(b, draw(2) ? " && " : " || ");
	predicate(b, depth - 1);
	fx_buf_byte(b, ')');
}

static struct fx_registry *random_registry(unsigned n, bool catch_all)
{
	char dir[] = "/tmp/fx-unit.XXXXXX", path[64];
	struct fx_errs errs = {0};
	struct fx_registry *r;
	struct fx_buf b = {0};
	FILE *f;

	fx_buf_z(&b, "owners: [{id: a, kind: team, send: 'spool:a'}, "
	             "{id: b, kind: team, send: 'spool:b'}, {id: c, kind: team, send: 'spool:c'}]\n"
	             "rules:\n");
	for (unsigned i = 0; i < n; i++) {
		fx_buf_fmt(&b,
		           "- {rule: r%u, version: 1, maintainer: m, on: order.placed, owner: %c, "
		           "flow: f, "
		           "when: '",
		           i, "abc"[draw(3)]);
		predicate(&b, 2);
		fx_buf_z(&b, "'}\n");
	}
	if (catch_all)
		fx_buf_z(&b,
		         "- {rule: rest, version: 1, maintainer: m, on: order.placed, owner: a, "
		         "flow: f, when: true}\n");
	ck_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/r.yaml", dir);
	f = fopen(path, "w");
	ck_assert(f && fwrite(b.p, 1, b.n, f) == b.n);
	fclose(f);
	r = fx_registry_load(dir, &errs);
	ck_assert_msg(r, "%s", errs.n ? errs.v[0].msg : "");
	unlink(path);
	rmdir(dir);
	fx_buf_free(&b);
	return r;
}

static struct fx_str record(struct fx_buf *b, unsigned s, unsigned n, unsigned f, bool line)
{
	static const char *const strings[] = {
	    "",         "\"s\":\"a\",", "\"s\":\"b\",", "\"s\":\"ab\",", "\"s\":\"x\",",
	    "\"s\":7,", "\"s\":null,"};
	static const char *const bools[] = {"", "\"f\":true,", "\"f\":false,", "\"f\":null,"};

	fx_buf_reset(b);
	fx_buf_fmt(b, "{%s%s\"event\":\"order.placed\"", strings[s], bools[f]);
	if (line && n < 10)
		fx_buf_fmt(b, ",\"lines\":[{\"n\":%g}]", n * 0.5);
	else if (line)
		fx_buf_z(b, n == 10 ? ",\"lines\":[{}]" : ",\"lines\":[{\"n\":\"1\"}]");
	fx_buf_byte(b, '}');
	return fx_buf_view(b);
}

/* The first rule that takes the record's line, or the record; nrules: none. */
static size_t first_rule(const struct fx_registry *r, const struct fx_tape *t, bool line)
{
	struct fx_arena a = {0};
	struct fx_cel_input in = {.tape = t, .scratch = &a};
	size_t i = 0;

	if (line)
		in.line = fx_tape_get(t, 0, FX_STR("lines")) + 1;
	while (i < r->nrules && ((!line && fx_cel_uses_line(r->rules[i].when)) ||
	                         fx_cel_test(r->rules[i].when, &in, NULL) != FX_CEL_TRUE))
		i++;
	fx_arena_free(&a);
	return i;
}

START_TEST(lint_says_what_brute_force_finds)
{
	struct fx_buf b = {0};
	struct fx_tape t = {0};
	unsigned dead = 0, gaps = 0;

	for (unsigned round = 0; round < 400; round++) {
		struct fx_registry *r = random_registry(2 + draw(5), draw(2));
		bool won[16] = {false}, gap = false, said[16] = {false}, said_gap = false;
		struct fx_findings found = {0};

		for (unsigned i = 0; i < 2 * 7 * 12 * 4; i++) {
			bool line = i % 2;
			size_t w;

			ck_assert_int_eq(
			    fx_tape_read(&t, record(&b, i / 2 % 7, i / 14 % 12, i / 168, line),
			                 NULL),
			    0);
			w = first_rule(r, &t, line);
			if (w < r->nrules)
				won[w] = true;
			else
				gap = true;
		}
		fx_lint(r, 0, false, &found);
		for (size_t i = 0; i < found.n; i++) {
			/* All of it is in the fragment. */
			ck_assert_str_ne(found.v[i].code, "undecided");
			if (strcmp(found.v[i].code, "gap") == 0)
				said_gap = true;
			for (size_t k = 0; k < r->nrules; k++)
				if (strcmp(found.v[i].code, "never-wins") == 0 &&
				    r->rules[k].at.line == found.v[i].at.line)
					said[k] = true;
		}
		ck_assert_msg(gap == said_gap, "round %u: gap %d, said %d", round, gap, said_gap);
		for (size_t k = 0; k < r->nrules; k++) {
			ck_assert_msg(won[k] != said[k], "round %u: %s: won %d, said never %d: %s",
			              round, r->rules[k].id.p, won[k], said[k],
			              r->rules[k].source.p);
			dead += said[k];
		}
		gaps += gap;
		fx_findings_free(&found);
		fx_registry_free(r);
	}
	/* The generator must make enough of both, or the test shows nothing. */
	ck_assert_uint_gt(dead, 50);
	ck_assert_uint_gt(gaps, 50);
	fx_tape_free(&t);
	fx_buf_free(&b);
}
END_TEST

static bool has_code(const struct fx_findings *f, const char *code, unsigned line)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].code, code) == 0 && (!line || f->v[i].at.line == line))
			return true;
	return false;
}

/* Of each gap that is told the order is shown, and no rule takes it. */
static void gaps_are_gaps(const struct fx_registry *r, const struct fx_findings *f)
{
	struct fx_tape t = {0};

	for (size_t i = 0; i < f->n; i++) {
		uint32_t lines;

		if (strcmp(f->v[i].code, "gap"))
			continue;
		ck_assert_int_eq(fx_tape_read(&t, f->v[i].order, NULL), 0);
		lines = fx_tape_get(&t, 0, FX_STR("lines"));
		ck_assert_uint_eq(first_rule(r, &t, lines && t.node[lines].count), r->nrules);
	}
	fx_tape_free(&t);
}

/* What depends on each other may be undecided, and nothing that is said is wrong. */
START_TEST(lint_is_not_wrong_about_other_forms)
{
	struct fx_buf b = {0};
	struct fx_tape t = {0};
	unsigned dead = 0, gaps = 0, undecided = 0;

	with_forms = true;
	for (unsigned round = 0; round < 400; round++) {
		struct fx_registry *r = random_registry(2 + draw(5), draw(2));
		bool won[16] = {false}, gap = false;
		struct fx_findings found = {0};

		for (unsigned i = 0; i < 2 * 7 * 12 * 4; i++) {
			size_t w;

			ck_assert_int_eq(
			    fx_tape_read(&t, record(&b, i / 2 % 7, i / 14 % 12, i / 168, i % 2),
			                 NULL),
			    0);
			w = first_rule(r, &t, i % 2);
			won[w < r->nrules ? w : 15] = true;
			gap |= w == r->nrules;
		}
		fx_lint(r, 0, true, &found);
		ck_assert(!gap || has_code(&found, "gap", 0) ||
		          has_code(&found, "no-catch-all", 0));
		gaps_are_gaps(r, &found);
		for (size_t k = 0; k < r->nrules; k++) {
			bool never = has_code(&found, "never-wins", r->rules[k].at.line);

			ck_assert_msg(!never || !won[k], "round %u: %s wins", round,
			              r->rules[k].source.p);
			undecided += has_code(&found, "undecided", r->rules[k].at.line);
			dead += never;
		}
		gaps += has_code(&found, "gap", 0);
		fx_findings_free(&found);
		fx_registry_free(r);
	}
	with_forms = false;
	ck_assert_msg(dead > 40 && gaps > 50 && undecided < 400, "%u never, %u gaps, %u undecided",
	              dead, gaps, undecided);
	fx_tape_free(&t);
	fx_buf_free(&b);
}
END_TEST

/* Does any record of the domain set these verdicts of two rules? */
static bool meets(const struct fx_registry *r, struct fx_tape *t, struct fx_buf *b, size_t i,
                  size_t k, bool first, bool second)
{
	for (unsigned n = 0; n < 7 * 12 * 4; n++) {
		struct fx_arena a = {0};
		struct fx_cel_input in = {.tape = t, .scratch = &a};
		bool x, y;

		ck_assert_int_eq(fx_tape_read(t, record(b, n % 7, n / 7 % 12, n / 84, true), NULL),
		                 0);
		in.line = fx_tape_get(t, 0, FX_STR("lines")) + 1;
		x = fx_cel_test(r->rules[i].when, &in, NULL) == FX_CEL_TRUE;
		y = fx_cel_test(r->rules[k].when, &in, NULL) == FX_CEL_TRUE;
		fx_arena_free(&a);
		if (x == first && y == second)
			return true;
	}
	return false;
}

START_TEST(overlaps_are_those_of_brute_force)
{
	struct fx_buf b = {0};
	struct fx_tape t = {0};
	unsigned yes = 0, no = 0;

	for (unsigned round = 0; round < 100; round++) {
		struct fx_registry *r = random_registry(3, draw(2));
		struct fx_findings found = {0};

		fx_lint(r, 0, true, &found);
		for (size_t k = 1; k < r->nrules; k++) {
			unsigned said = 0, are = 0;

			for (size_t i = 0; i < found.n; i++) {
				ck_assert_str_ne(found.v[i].code, "overlap-undecided");
				said += strcmp(found.v[i].code, "overlap") == 0 &&
				        found.v[i].at.line == r->rules[k].at.line;
			}
			for (size_t i = 0; i < k; i++)
				are += meets(r, &t, &b, i, k, true, true) &&
				       meets(r, &t, &b, i, k, true, false) &&
				       meets(r, &t, &b, i, k, false, true);
			ck_assert_msg(said == are, "round %u: %s: said %u, are %u", round,
			              r->rules[k].source.p, said, are);
			yes += are;
			no += (unsigned)k - are;
		}
		fx_findings_free(&found);
		fx_registry_free(r);
	}
	ck_assert_uint_gt(yes, 50);
	ck_assert_uint_gt(no, 50);
	fx_tape_free(&t);
	fx_buf_free(&b);
}
END_TEST

/* ---- absent fields ---- */

static void replace(struct fx_buf *b, const char *what, const char *by)
{
	struct fx_buf out = {0};
	size_t n = strlen(what);

	for (size_t i = 0; i < b->n; i++) {
		bool here = i + n <= b->n && memcmp(b->p + i, what, n) == 0;

		if (here)
			fx_buf_z(&out, by);
		else
			fx_buf_byte(&out, b->p[i]);
		i += here ? n - 1 : 0;
	}
	fx_buf_free(b);
	*b = out;
}

/* The predicate with what errs without the attribute as false: as `condition` writes it. */
static void without(struct fx_buf *b, char attr)
{
	char text[64];

	if (attr == 's') {
		replace(b, "s in [\"a\", \"b\"]", "false");
		replace(b, "s.startsWith(\"a\")", "false");
		replace(b, "s == \"a\"", "false");
		replace(b, "s == \"b\"", "false");
		replace(b, "s != \"a\"", "true");
		replace(b, "s != \"b\"", "true");
		return;
	}
	for (unsigned i = 1; i < 4; i++)
		for (unsigned k = 0; k < 6; k++) {
			static const char *const cmp[] = {"<", "<=", ">", ">=", "==", "!="};

			snprintf(text, sizeof(text), "SKU.n %s %u", cmp[k], i);
			replace(b, text, k == 5 ? "true" : "false");
		}
}

static struct fx_registry *with_contract(struct fx_buf *when, struct fx_findings *found)
{
	char dir[] = "/tmp/fx-unit.XXXXXX", path[2][64];
	struct fx_errs errs = {0};
	struct fx_registry *r;
	FILE *f;

	ck_assert(mkdtemp(dir));
	snprintf(path[0], sizeof(path[0]), "%s/c.json", dir);
	snprintf(path[1], sizeof(path[1]), "%s/r.yaml", dir);
	f = fopen(path[0], "w");
	ck_assert(f && fputs("{\"required\": [\"event\", \"f\"], \"properties\": {"
	                     "\"event\": {\"type\": \"string\"}, "
	                     "\"s\": {\"type\": \"string\"}, \"f\": {\"type\": \"boolean\"}, "
	                     "\"lines\": {\"type\": \"array\", \"items\": {\"properties\": "
	                     "{\"n\": {\"type\": \"number\"}}}}}}",
	                     f) >= 0);
	fclose(f);
	f = fopen(path[1], "w");
	ck_assert(f && fprintf(f,
	                       "owners: [{id: a, kind: team, send: 'spool:a'}]\n"
	                       "contract: [{event: order.placed, schema: c.json}]\n"
	                       "rules:\n- {rule: r, version: 1, maintainer: m, on: order.placed, "
	                       "owner: a, flow: f, when: '%.*s'}\n",
	                       FX_FMT(fx_buf_view(when))) > 0);
	fclose(f);
	r = fx_registry_load(dir, &errs);
	ck_assert_msg(r, "%s", errs.n ? errs.v[0].msg : "");
	fx_lint(r, 0, false, found);
	unlink(path[0]);
	unlink(path[1]);
	rmdir(dir);
	return r;
}

/* Does it err on a record that the contract takes and that lacks the attribute, where `other` is as
 * wanted? */
static bool errs_where(const struct fx_cel *e, const struct fx_cel *other,
                       enum fx_cel_verdict wanted, char attr)
{
	struct fx_buf b = {0};
	struct fx_tape t = {0};
	bool found = false;

	for (unsigned i = 0; i < 5 * 11 * 2 && !found; i++) {
		unsigned s = i % 5, n = i / 5 % 11;
		struct fx_arena a = {0};
		struct fx_cel_input in = {.tape = &t, .scratch = &a};

		if (attr == 's' ? s != 0 : n != 10)
			continue;
		ck_assert_int_eq(fx_tape_read(&t, record(&b, s, n, 1 + i / 55, true), NULL), 0);
		in.line = fx_tape_get(&t, 0, FX_STR("lines")) + 1;
		found = fx_cel_test(e, &in, NULL) == FX_CEL_ERROR &&
		        fx_cel_test(other, &in, NULL) == wanted;
		fx_arena_free(&a);
	}
	fx_tape_free(&t);
	fx_buf_free(&b);
	return found;
}

static bool said(const struct fx_findings *f, const char *code, char attr)
{
	const char *begin = attr == 's' ? "without 's'" : "without 'SKU.n'";

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].code, code) == 0 &&
		    fx_str_starts(f->v[i].message, fx_str(begin)))
			return true;
	return false;
}

START_TEST(absent_fields_err_as_brute_force_finds)
{
	unsigned lose = 0, err = 0, neither = 0;

	for (unsigned round = 0; round < 400; round++) {
		struct fx_buf when = {0};
		struct fx_findings found = {0};
		struct fx_registry *r;
		char attr = "sn"[round % 2];
		struct fx_arena a = {0};
		const struct fx_cel *other;
		bool loses, errs;

		predicate(&when, 2);
		r = with_contract(&when, &found);
		without(&when, attr);
		other = fx_cel_compile(&a, fx_buf_view(&when), NULL, NULL);
		ck_assert(other);
		loses = errs_where(r->rules[0].when, other, FX_CEL_TRUE, attr);
		errs = !loses && errs_where(r->rules[0].when, other, FX_CEL_FALSE, attr);
		for (size_t i = 0; i < found.n; i++)
			ck_assert_str_ne(found.v[i].code, "absent-undecided");
		ck_assert_msg(said(&found, "absent-loses", attr) == loses, "%s: %s: loses %d",
		              r->rules[0].source.p, attr == 's' ? "s" : "n", loses);
		ck_assert_msg(said(&found, "absent-errs", attr) == errs, "%s: %s: errs %d",
		              r->rules[0].source.p, attr == 's' ? "s" : "n", errs);
		lose += loses;
		err += errs;
		neither += !loses && !errs;
		fx_findings_free(&found);
		fx_registry_free(r);
		fx_arena_free(&a);
		fx_buf_free(&when);
	}
	ck_assert_uint_gt(lose, 40);
	ck_assert_uint_gt(err, 40);
	ck_assert_uint_gt(neither, 40);
}
END_TEST

/* Who has it, by brute force: rules of one registry have owners in turn. */
static const struct fx_owner *who(const struct fx_registry *r, const struct fx_tape *t, bool line)
{
	size_t i = first_rule(r, t, line);

	return i < r->nrules ? r->rules[i].owner : NULL;
}

/* The order of each handover that is told is handed over. */
static void handovers_are(const struct fx_diff *d)
{
	struct fx_tape t = {0};

	for (size_t i = 0; i < d->nhandovers; i++) {
		uint32_t lines;
		bool line;

		ck_assert_int_eq(fx_tape_read(&t, d->handovers[i].order, NULL), 0);
		lines = fx_tape_get(&t, 0, FX_STR("lines"));
		line = lines && t.node[lines].count;
		ck_assert(!fx_str_eq(who(d->before, &t, line)->id, who(d->after, &t, line)->id));
	}
	fx_tape_free(&t);
}

static void check_diff(bool forms)
{
	struct fx_buf b = {0};
	struct fx_tape t = {0};
	unsigned moved = 0, still = 0, undecided = 0;

	with_forms = forms;
	for (unsigned round = 0; round < 300; round++) {
		/* The same rules over again, or others. */
		uint32_t same = draw(3);
		struct fx_registry *x = random_registry(2 + draw(3), true), *y;
		struct fx_errs errs = {0};
		struct fx_diff d;
		bool differs = false;

		y = same ? fx_registry_from_json(x->canonical, &errs)
		         : random_registry(2 + draw(3), true);
		ck_assert(y);
		if (same == 2 && y->nrules > 2) {
			struct fx_rule swap = y->rules[0];

			y->rules[0] = y->rules[1];
			y->rules[1] = swap;
			y->rules[0].index = 0;
			y->rules[1].index = 1;
		}
		for (unsigned i = 0; i < 2 * 7 * 12 * 4; i++) {
			const struct fx_owner *p, *q;

			ck_assert_int_eq(
			    fx_tape_read(&t, record(&b, i / 2 % 7, i / 14 % 12, i / 168, i % 2),
			                 NULL),
			    0);
			p = who(x, &t, i % 2);
			q = who(y, &t, i % 2);
			differs |= (!p != !q) || (p && !fx_str_eq(p->id, q->id));
		}
		fx_diff_init(&d, x, y);
		fx_diff_regions(&d, 0);
		ck_assert(forms || !d.undecided);
		/* the forms tell more apart than the records at hand do */
		ck_assert_msg(
		    d.undecided || (d.nhandovers > 0) == differs || (forms && d.nhandovers),
		    "round %u: %zu handovers, brute force %d", round, d.nhandovers, differs);
		handovers_are(&d);
		undecided += d.undecided;
		moved += differs;
		still += !differs;
		fx_diff_free(&d);
		fx_registry_free(x);
		fx_registry_free(y);
	}
	ck_assert_uint_gt(moved, 50);
	with_forms = false;
	ck_assert_uint_gt(still, 50);
	ck_assert_uint_lt(undecided, 150);
	fx_tape_free(&t);
	fx_buf_free(&b);
}

START_TEST(diff_says_what_brute_force_finds)
{
	check_diff(false);
}
END_TEST

START_TEST(diff_is_not_wrong_about_other_forms)
{
	check_diff(true);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules_solve");
	TCase *tc = tcase_create("solve");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, lint_says_what_brute_force_finds);
	tcase_add_test(tc, overlaps_are_those_of_brute_force);
	tcase_add_test(tc, absent_fields_err_as_brute_force_finds);
	tcase_add_test(tc, diff_says_what_brute_force_finds);
	tcase_add_test(tc, lint_is_not_wrong_about_other_forms);
	tcase_add_test(tc, diff_is_not_wrong_about_other_forms);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
