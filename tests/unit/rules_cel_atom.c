/* Predicates taken apart: what the index and exact reasoning build upon. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "json/tape.h"
#include "rules/cel_atom.h"

static struct fx_arena arena, scratch;

static void teardown(void)
{
	fx_arena_free(&arena);
	fx_arena_free(&scratch);
}

static const struct fx_cel *compiled(const char *src)
{
	struct fx_err err = {0};
	const struct fx_cel *e = fx_cel_compile(&arena, fx_str(src), NULL, &err);

	ck_assert_msg(e != NULL, "%s: %s", src, err.msg);
	return e;
}

static void put_value(struct fx_buf *b, const struct fx_cel_value *v)
{
	switch (v->kind) {
	case FX_CV_NULL:
		fx_buf_z(b, "null");
		break;
	case FX_CV_BOOL:
		fx_buf_z(b, v->b ? "true" : "false");
		break;
	case FX_CV_INT:
		fx_buf_fmt(b, "%lld", (long long)v->i);
		break;
	case FX_CV_UINT:
		fx_buf_fmt(b, "%lluu", (unsigned long long)v->u);
		break;
	case FX_CV_DOUBLE:
		fx_buf_fmt(b, "%g", v->d);
		break;
	case FX_CV_TIMESTAMP:
		fx_buf_fmt(b, "@%lld", (long long)v->i);
		break;
	case FX_CV_STRING:
		fx_buf_fmt(b, "'%.*s'", FX_FMT(v->s));
		break;
	default:
		ck_abort_msg("kind %d", v->kind);
	}
}

static void put_atom(struct fx_buf *b, const struct fx_cel_atom *a)
{
	static const char *const rel[] = {
	    "=", "in", "<", "<=", ">", ">=", "^=", "$=", "holds", "is", "has"};

	fx_buf_fmt(b, "%.*s%s%.*s%s %s", FX_FMT(a->via), a->via.n ? "(" : "", FX_FMT(a->path),
	           a->via.n ? ")" : "", rel[a->rel]);
	for (size_t i = 0; i < a->n; i++) {
		fx_buf_byte(b, ' ');
		put_value(b, &a->value[i]);
	}
}

static void put(struct fx_buf *b, const struct fx_cel_formula *f)
{
	switch (f->logic) {
	case FX_CEL_CONST:
		fx_buf_z(b, f->value ? "true" : "false");
		return;
	case FX_CEL_OPAQUE:
		fx_buf_fmt(b, "<%.*s>", FX_FMT(fx_cel_source(f->expr)));
		return;
	case FX_CEL_ATOM:
		put_atom(b, &f->atom);
		return;
	default:
		fx_buf_z(b, f->logic == FX_CEL_ALL_OF   ? "all["
		            : f->logic == FX_CEL_ANY_OF ? "any["
		                                        : "not[");
		for (size_t i = 0; i < f->nparts; i++) {
			if (i)
				fx_buf_z(b, "; ");
			put(b, &f->part[i]);
		}
		fx_buf_byte(b, ']');
	}
}

static void is(const char *src, const char *want)
{
	struct fx_buf b = {0};

	put(&b, fx_cel_formula(&arena, compiled(src)));
	fx_buf_byte(&b, 0);
	ck_assert_str_eq(b.p, want);
	fx_buf_free(&b);
}

START_TEST(structure)
{
	is("channel == 'web'", "channel = 'web'");
	is("'web' == channel", "channel = 'web'");
	is("channel != 'web'", "not[channel = 'web']");
	is("NOT channel == 'web'", "not[channel = 'web']");
	is("a == 1 && b >= 2.5 AND SKU.c < 3u", "all[a = 1; b >= 2.5; SKU.c < 3u]");
	is("5 < a", "a > 5");
	is("5 >= a", "a <= 5");
	is("a < b", "<a < b>");
	is("c in ['x', 'y']", "c in 'x' 'y'");
	is("c in []", "c in");
	is("c in ['x', d]", "<c in ['x', d]>");
	is("'gift' in flags", "flags holds 'gift'");
	is("sku.startsWith('A-')", "sku ^= 'A-'");
	is("line.sku.endsWith('-Z')", "SKU.sku $= '-Z'");
	is("sku.contains('A-')", "<sku.contains('A-')>");
	is("express", "express is");
	is("!express || has(ship_to.zip)", "any[not[express is]; ship_to.zip has]");
	is("ship_to['zip'] == null", "ship_to.zip = null");
	is("double(total) > 10.0 * 10.5 - 5.0", "double(total) > 100");
	is("size(lines) > 3", "size(lines) > 3");
	is("lines.size() > 3", "size(lines) > 3");
	is("timestamp(at) < timestamp('1970-01-01T00:01:00Z')", "timestamp(at) < @60");
	is("true", "true");
	is("a == 1 || !(b == 2 && (c || d == false))",
	   "any[a = 1; not[all[b = 2; any[c is; d = false]]]]");
	is("lines.exists(l, l.qty > 1) && a == -1", "all[<lines.exists(l, l.qty > 1)>; a = -1]");
	is("a.?b == optional.of(1)", "<a.?b == optional.of(1)>");
	is("lines[0].sku == 'A'", "<lines[0].sku == 'A'>");
	is("a == 1 ? b : c", "<a == 1 ? b : c>");
}
END_TEST

/* CEL's logic over the parts' own verdicts. */
static enum fx_cel_verdict by_parts(const struct fx_cel_formula *f, const struct fx_cel_input *in)
{
	enum fx_cel_verdict v, r;

	switch (f->logic) {
	case FX_CEL_CONST:
		return f->value ? FX_CEL_TRUE : FX_CEL_FALSE;
	case FX_CEL_ALL_OF:
	case FX_CEL_ANY_OF:
		r = f->logic == FX_CEL_ALL_OF ? FX_CEL_TRUE : FX_CEL_FALSE;
		for (size_t i = 0; i < f->nparts; i++) {
			v = by_parts(&f->part[i], in);
			if (v == (f->logic == FX_CEL_ALL_OF ? FX_CEL_FALSE : FX_CEL_TRUE))
				return v;
			if (v == FX_CEL_ERROR)
				r = v;
		}
		return r;
	case FX_CEL_NOT_OF:
		v = by_parts(&f->part[0], in);
		return v == FX_CEL_ERROR ? v : v == FX_CEL_TRUE ? FX_CEL_FALSE : FX_CEL_TRUE;
	default:
		return fx_cel_test(f->expr, in, NULL);
	}
}

START_TEST(parts_make_the_whole)
{
	static const char *const records[] = {"{}",
	                                      "{\"a\":1}",
	                                      "{\"a\":1,\"b\":2}",
	                                      "{\"a\":2,\"b\":\"x\",\"c\":true}",
	                                      "{\"a\":null,\"b\":3,\"c\":false,\"d\":[1,\"x\"]}",
	                                      "{\"a\":\"abc\",\"c\":1,\"d\":{\"x\":1}}"};
	static const char *const src[] = {"a == 1 && b == 2",
	                                  "a == 1 || b == 2",
	                                  "a != 1 && !(b == 2 || c)",
	                                  "!c || a > 1",
	                                  "NOT a < 2 AND NOT c",
	                                  "a in [1, 'abc'] && 'x' in d",
	                                  "has(a) && (a == 2 || !has(c))",
	                                  "a.startsWith('a') || c",
	                                  "true && a == 1 || false",
	                                  "(b == 3 ? c : !c) || a == 2"};

	for (size_t i = 0; i < sizeof(src) / sizeof(*src); i++) {
		const struct fx_cel *e = compiled(src[i]);
		const struct fx_cel_formula *f = fx_cel_formula(&arena, e);

		for (size_t k = 0; k < sizeof(records) / sizeof(*records); k++) {
			struct fx_tape t = {0};
			struct fx_cel_input in = {.tape = &t, .scratch = &scratch};
			struct fx_err err;

			ck_assert_int_eq(fx_tape_read(&t, fx_str(records[k]), &err), 0);
			ck_assert_msg(by_parts(f, &in) == fx_cel_test(e, &in, NULL), "%s on %s",
			              src[i], records[k]);
			fx_tape_free(&t);
		}
	}
}
END_TEST

START_TEST(of_a_conjunct)
{
	const struct fx_cel *const *parts;
	struct fx_cel_atom a;

	ck_assert_uint_eq(fx_cel_conjuncts(compiled("a == 1 && lines.all(l, l.x)"), &parts), 2);
	ck_assert(fx_cel_atom(parts[0], &a));
	ck_assert(a.rel == FX_CEL_EQ && fx_str_is(a.path, "a") && a.value[0].i == 1);
	ck_assert(!fx_cel_atom(parts[1], &a));
	ck_assert(!fx_cel_atom(compiled("a != 1"), &a));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cel_atom");
	TCase *t = tcase_create("formula");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, structure);
	tcase_add_test(t, parts_make_the_whole);
	tcase_add_test(t, of_a_conjunct);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
