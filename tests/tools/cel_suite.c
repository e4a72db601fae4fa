/*
 * Runs CEL's conformance tests as NDJSON (SUITES/cel).
 *
 *   cel_suite [-v] FILE...
 *
 * Prints a row for each file: its name, passed, failed; -v also each failure.
 * A test that type-checks must get the type that the suite's "type" tells, too.
 * int64 values are strings, bytes base64, an absent "value" means true.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "rules/cel_value.h"

static struct fx_arena arena;
static bool verbose;

static struct fx_str text(const json_t *j)
{
	return fx_arena_str(&arena, (struct fx_str){json_string_value(j), json_string_length(j)});
}

/* ---- values ---- */

static struct fx_cel_value value(const json_t *j);

static struct fx_cel_value computed(const char *fmt, const char *arg)
{
	struct fx_cel_scope none = {0};
	struct fx_err err;
	struct fx_str src = fx_arena_fmt(&arena, fmt, arg);
	const struct fx_cel *e = fx_cel_compile_scope(&arena, src, &none, &err);

	if (!e) {
		fprintf(stderr, "cel_suite: %.*s: %s\n", FX_FMT(src), err.msg);
		exit(2);
	}
	return fx_cel_eval(e, NULL, NULL, &arena);
}

static struct fx_cel_value list(const json_t *values)
{
	size_t n = json_array_size(values);
	struct fx_cel_value *v = FX_NEWV(&arena, struct fx_cel_value, n);

	for (size_t i = 0; i < n; i++)
		v[i] = value(json_array_get(values, i));
	return (struct fx_cel_value){.kind = FX_CV_LIST, .seq = {v, n}};
}

static struct fx_cel_value map(const json_t *entries)
{
	size_t n = json_array_size(entries);
	struct fx_cel_value *v = FX_NEWV(&arena, struct fx_cel_value, 2 * n);

	for (size_t i = 0; i < n; i++) {
		v[2 * i] = value(json_object_get(json_array_get(entries, i), "key"));
		v[2 * i + 1] = value(json_object_get(json_array_get(entries, i), "value"));
	}
	return (struct fx_cel_value){.kind = FX_CV_MAP, .seq = {v, n}};
}

static double number(const json_t *j)
{
	const char *s = json_string_value(j);

	if (!s)
		return json_number_value(j);
	return !strcmp(s, "NaN") ? (double)NAN : !strcmp(s, "Infinity") ? HUGE_VAL : -HUGE_VAL;
}

static struct fx_cel_value bytes(struct fx_str b64)
{
	unsigned char *out = fx_arena_alloc(&arena, b64.n + 3);
	long n = fx_base64_decode(out, b64);

	return (struct fx_cel_value){.kind = FX_CV_BYTES,
	                             .s = {(char *)out, n < 0 ? 0 : (size_t)n}};
}

static struct fx_cel_value value(const json_t *j)
{
	const json_t *v;

	if ((v = json_object_get(j, "boolValue")))
		return FX_CEL_BOOL(json_is_true(v));
	if ((v = json_object_get(j, "int64Value")))
		return FX_CEL_INT(strtoll(json_string_value(v), NULL, 10));
	if ((v = json_object_get(j, "uint64Value")))
		return FX_CEL_UINT(strtoull(json_string_value(v), NULL, 10));
	if ((v = json_object_get(j, "doubleValue")))
		return FX_CEL_DOUBLE(number(v));
	if ((v = json_object_get(j, "stringValue")))
		return FX_CEL_STRING(text(v));
	if ((v = json_object_get(j, "bytesValue")))
		return bytes(text(v));
	if (json_object_get(j, "nullValue"))
		return FX_CEL_NULL;
	if ((v = json_object_get(j, "typeValue")))
		return (struct fx_cel_value){.kind = FX_CV_TYPE, .s = text(v)};
	if ((v = json_object_get(j, "listValue")))
		return list(json_object_get(v, "values"));
	if ((v = json_object_get(j, "mapValue")))
		return map(json_object_get(v, "entries"));
	if ((v = json_object_get(j, "objectValue"))) {
		bool dur =
		    strstr(json_string_value(json_object_get(v, "@type")), "Duration") != NULL;

		return computed(dur ? "duration('%s')" : "timestamp('%s')",
		                json_string_value(json_object_get(v, "value")));
	}
	fprintf(stderr, "cel_suite: unknown value %s\n", json_dumps(j, JSON_ENCODE_ANY));
	exit(2);
}

/* The same value of the same type; NaN is itself here. */
static bool same(const struct fx_cel_value *a, const struct fx_cel_value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == FX_CV_DOUBLE && isnan(a->d) && isnan(b->d))
		return true;
	if (a->kind == FX_CV_LIST) {
		bool ok = a->seq.n == b->seq.n;

		for (size_t i = 0; ok && i < a->seq.n; i++)
			ok = same(&a->seq.v[i], &b->seq.v[i]);
		return ok;
	}
	if (a->kind == FX_CV_MAP && a->seq.n == b->seq.n) {
		for (size_t i = 0; i < a->seq.n; i++) {
			bool found = false;

			for (size_t k = 0; k < b->seq.n && !found; k++)
				found = same(&a->seq.v[2 * i], &b->seq.v[2 * k]) &&
				        same(&a->seq.v[2 * i + 1], &b->seq.v[2 * k + 1]);
			if (!found)
				return false;
		}
		return true;
	}
	return fx_cel_equal(a, b, &arena);
}

/* ---- types ---- */

static const struct fx_cel_type *type(const json_t *j);

static const struct fx_cel_type *make(enum fx_cel_type_kind kind, const json_t *a, const json_t *b)
{
	struct fx_cel_type *t = FX_NEW(&arena, struct fx_cel_type);
	const struct fx_cel_type **p = FX_NEWV(&arena, const struct fx_cel_type *, 2);

	t->kind = (unsigned char)kind;
	t->param = p;
	if (a)
		p[t->nparam++] = type(a);
	if (b)
		p[t->nparam++] = type(b);
	return t;
}

static const struct fx_cel_type *abstract(const json_t *j)
{
	const json_t *params = json_object_get(j, "parameterTypes");
	struct fx_cel_type *t = FX_NEW(&arena, struct fx_cel_type);
	const struct fx_cel_type **p;

	t->kind = FX_CT_ABSTRACT;
	t->name = text(json_object_get(j, "name"));
	t->nparam = json_array_size(params);
	p = FX_NEWV(&arena, const struct fx_cel_type *, t->nparam);
	for (size_t i = 0; i < t->nparam; i++)
		p[i] = type(json_array_get(params, i));
	t->param = p;
	return t;
}

static const struct fx_cel_type *type(const json_t *j)
{
	static const struct {
		const char *name;
		enum fx_cel_type_kind kind;
	} names[] = {{"BOOL", FX_CT_BOOL},
	             {"INT64", FX_CT_INT},
	             {"UINT64", FX_CT_UINT},
	             {"DOUBLE", FX_CT_DOUBLE},
	             {"STRING", FX_CT_STRING},
	             {"BYTES", FX_CT_BYTES},
	             {"google.protobuf.Duration", FX_CT_DURATION},
	             {"google.protobuf.Timestamp", FX_CT_TIMESTAMP},
	             {"DURATION", FX_CT_DURATION},
	             {"TIMESTAMP", FX_CT_TIMESTAMP}};
	const json_t *v = json_object_get(j, "primitive");

	if (!v)
		v = json_object_get(j, "messageType");
	if (!v)
		v = json_object_get(j, "wellKnown");
	for (size_t i = 0; v && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(json_string_value(v), names[i].name))
			return make(names[i].kind, NULL, NULL);
	if ((v = json_object_get(j, "listType")))
		return make(FX_CT_LIST, json_object_get(v, "elemType"), NULL);
	if ((v = json_object_get(j, "mapType")))
		return make(FX_CT_MAP, json_object_get(v, "keyType"),
		            json_object_get(v, "valueType"));
	if ((v = json_object_get(j, "abstractType")))
		return abstract(v);
	if ((v = json_object_get(j, "typeParam"))) {
		struct fx_cel_type *t = FX_NEW(&arena, struct fx_cel_type);

		t->kind = FX_CT_PARAM;
		t->name = text(v);
		return t;
	}
	if (json_object_get(j, "null"))
		return make(FX_CT_NULL, NULL, NULL);
	if (json_object_get(j, "dyn"))
		return make(FX_CT_DYN, NULL, NULL);
	if ((v = json_object_get(j, "type")))
		return make(FX_CT_TYPE, json_object_size(v) ? v : NULL, NULL);
	fprintf(stderr, "cel_suite: unknown type %s\n", json_dumps(j, JSON_ENCODE_ANY));
	exit(2);
}

/* ---- one test ---- */

struct scope {
	struct fx_cel_scope s;
	struct fx_cel_var vars[8];
	struct fx_cel_fn_decl fns[8];
	struct fx_cel_value values[8];
};

static void declare(struct scope *sc, const json_t *test)
{
	const json_t *env = json_object_get(test, "typeEnv"), *bind, *b, *d;
	const char *key;
	size_t i;

	json_array_foreach(env, i, d)
	{
		const json_t *ident = json_object_get(d, "ident"), *o;
		size_t k;

		if (ident) {
			sc->vars[sc->s.nvars].name = text(json_object_get(d, "name"));
			sc->vars[sc->s.nvars++].type = type(json_object_get(ident, "type"));
			continue;
		}
		json_array_foreach(json_object_get(json_object_get(d, "function"), "overloads"), k,
		                   o)
		{
			struct fx_cel_fn_decl *f = &sc->fns[sc->s.nfns++];
			const json_t *params = json_object_get(o, "params");
			const struct fx_cel_type **p;

			f->name = text(json_object_get(d, "name"));
			f->nparams = json_array_size(params);
			f->result = type(json_object_get(o, "resultType"));
			p = FX_NEWV(&arena, const struct fx_cel_type *, f->nparams);
			for (size_t m = 0; m < f->nparams; m++)
				p[m] = type(json_array_get(params, m));
			f->params = p;
		}
	}
	bind = json_object_get(test, "bindings");
	json_object_foreach((json_t *)bind, key, b)
	{
		for (i = 0; i < sc->s.nvars; i++) {
			if (!fx_str_is(sc->vars[i].name, key))
				continue;
			sc->values[i] = value(json_object_get(b, "value"));
		}
	}
}

/* Empty when the test passes, else what came instead.  checked: the type that cel-go deduced. */
static struct fx_str run(const json_t *test, const char *checked)
{
	struct scope sc = {.values = {{.kind = FX_CV_ERROR, .why = FX_CEL_UNDECLARED}}};
	const json_t *want = json_object_get(test, "value"), *typed, *deduced;
	struct fx_err err = {0};
	const struct fx_cel *e;
	struct fx_cel_value got, wanted;

	for (size_t i = 0; i < 8; i++)
		sc.values[i] = (struct fx_cel_value){.why = FX_CEL_UNDECLARED};
	declare(&sc, test);
	sc.s.vars = sc.vars;
	sc.s.fns = sc.fns;
	sc.s.unchecked = json_is_true(json_object_get(test, "disableCheck"));
	if (json_object_get(test, "container"))
		sc.s.container = text(json_object_get(test, "container"));
	e = fx_cel_compile_scope(&arena, text(json_object_get(test, "expr")), &sc.s, &err);
	if (!e)
		return fx_arena_fmt(&arena, "does not compile: %u: %s", err.col, err.msg);
	typed = json_object_get(test, "typedResult");
	deduced = json_object_get(typed, "deducedType");
	if (deduced) {
		struct fx_str a = fx_cel_type_text(type(deduced), &arena);
		struct fx_str b = fx_cel_type_text(fx_cel_deduced(e), &arena);

		if (!fx_str_eq(a, b))
			return fx_arena_fmt(&arena, "type %.*s, wanted %.*s", FX_FMT(b), FX_FMT(a));
	}
	if (checked && !typed && !sc.s.unchecked) {
		struct fx_str b = fx_cel_type_text(fx_cel_deduced(e), &arena);

		if (!fx_str_is(b, checked))
			return fx_arena_fmt(&arena, "type %.*s, wanted %s", FX_FMT(b), checked);
	}
	if (json_is_true(json_object_get(test, "checkOnly")))
		return FX_STR("");
	if (typed)
		want = json_object_get(typed, "result");
	got = fx_cel_eval(e, NULL, sc.values, &arena);
	if (json_object_get(test, "evalError")) {
		if (got.kind == FX_CV_ERROR)
			return FX_STR("");
		return fx_arena_fmt(&arena, "no error");
	}
	wanted = want ? value(want) : FX_CEL_BOOL(true);
	if (same(&got, &wanted))
		return FX_STR("");
	if (got.kind == FX_CV_ERROR) {
		struct fx_str why = fx_cel_why_text(&got, &arena);

		return fx_arena_fmt(&arena, "error: %.*s", FX_FMT(why));
	}
	if (got.kind == FX_CV_STRING)
		return fx_arena_fmt(&arena, "got '%.*s'", FX_FMT(got.s));
	return fx_arena_fmt(&arena, "another value, of type %s", fx_cel_kind_name(got.kind).p);
}

static int file(const char *path)
{
	FILE *f = fopen(path, "r");
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t cap = 0, passed = 0, failed = 0;
	char *line = NULL;
	json_error_t jerr;

	if (!f) {
		perror(path);
		return -1;
	}
	while (getline(&line, &cap, f) > 0) {
		json_t *j = json_loads(line, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &jerr),
		       *t = json_object_get(j, "original");
		struct fx_str why;

		if (!t) {
			fprintf(stderr, "cel_suite: %s: not a test: %s\n", path, jerr.text);
			return -1;
		}
		why = run(t, json_string_value(json_object_get(j, "type")));
		if (why.n == 0) {
			passed++;
		} else {
			failed++;
			if (verbose)
				printf("# %s/%s: %s -> %.*s\n",
				       json_string_value(json_object_get(j, "suite")),
				       json_string_value(json_object_get(t, "name")),
				       json_string_value(json_object_get(t, "expr")), FX_FMT(why));
		}
		json_decref(j);
		fx_arena_reset(&arena);
	}
	free(line);
	fclose(f);
	printf("%.*s\t%zu\t%zu\n", (int)strcspn(base, "."), base, passed, failed);
	return 0;
}

int main(int argc, char **argv)
{
	int i = 1;

	if (i < argc && !strcmp(argv[i], "-v")) {
		verbose = true;
		i++;
	}
	for (; i < argc; i++)
		if (file(argv[i]))
			return 2;
	fx_arena_free(&arena);
	return ferror(stdout) || fflush(stdout) ? 2 : 0;
}
