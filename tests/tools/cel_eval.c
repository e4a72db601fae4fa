/*
 * Evaluates lines of EXPRESSION <TAB> RECORD (the expression as a JSON string) and prints
 * each result as typed JSON: {"int":"5"}, {"string":"x"}, {"error":"..."} ...
 * With -f it prints the names of all functions instead.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "rules/cel_ast.h"

static struct fx_arena arena;

static void put(struct cel_ctx *cx, struct fx_buf *b, const struct fx_cel_value *v);

static void put_text(struct fx_buf *b, const char *kind, const char *p, size_t n)
{
	fx_buf_fmt(b, "{\"%s\":", kind);
	fx_json_string(b, (struct fx_str){p, n});
	fx_buf_byte(b, '}');
}

static int by_text(const void *a, const void *b)
{
	return fx_str_cmp(*(const struct fx_str *)a, *(const struct fx_str *)b);
}

/* Pairs in the order of their texts: maps have none of their own. */
static void put_map(struct cel_ctx *cx, struct fx_buf *b, const struct fx_cel_value *v)
{
	size_t n = cel_count(v), k = 0;
	struct fx_str *pair = FX_NEWV(&arena, struct fx_str, n);
	struct cel_iter it;
	struct fx_cel_value key, value;

	cel_iter_start(&it, v);
	while (cel_iter_next(cx, &it, &key, &value)) {
		struct fx_buf one = {0};

		fx_buf_byte(&one, '[');
		put(cx, &one, &key);
		fx_buf_byte(&one, ',');
		put(cx, &one, &value);
		fx_buf_byte(&one, ']');
		pair[k++] = fx_arena_str(&arena, fx_buf_view(&one));
		fx_buf_free(&one);
	}
	qsort(pair, n, sizeof(*pair), by_text);
	fx_buf_z(b, "{\"map\":[");
	for (k = 0; k < n; k++) {
		fx_json_sep(b);
		fx_buf_str(b, pair[k]);
	}
	fx_buf_z(b, "]}");
}

static void put(struct cel_ctx *cx, struct fx_buf *b, const struct fx_cel_value *v)
{
	char text[64];
	struct cel_iter it;
	struct fx_cel_value e;

	switch (v->kind) {
	case FX_CV_ERROR:
		e = FX_CEL_STRING(fx_cel_why_text(v, &arena));
		put_text(b, "error", e.s.p, e.s.n);
		break;
	case FX_CV_NULL:
		fx_buf_z(b, "null");
		break;
	case FX_CV_BOOL:
		fx_buf_z(b, v->b ? "true" : "false");
		break;
	case FX_CV_INT:
		fx_buf_fmt(b, "{\"int\":\"%lld\"}", (long long)v->i);
		break;
	case FX_CV_UINT:
		fx_buf_fmt(b, "{\"uint\":\"%llu\"}", (unsigned long long)v->u);
		break;
	case FX_CV_DOUBLE:
		if (isnan(v->d) || isinf(v->d))
			fx_buf_fmt(b, "{\"double\":\"%s\"}",
			           isnan(v->d) ? "NaN"
			           : v->d < 0  ? "-Infinity"
			                       : "Infinity");
		else
			fx_buf_fmt(b, "{\"double\":\"%.17e\"}", v->d);
		break;
	case FX_CV_STRING:
		put_text(b, "string", v->s.p, v->s.n);
		break;
	case FX_CV_BYTES:
		fx_buf_z(b, "{\"bytes\":\"");
		for (size_t i = 0; i < v->s.n; i++)
			fx_buf_fmt(b, "%02x", (unsigned)(unsigned char)v->s.p[i]);
		fx_buf_z(b, "\"}");
		break;
	case FX_CV_LIST:
		fx_buf_z(b, "{\"list\":[");
		cel_iter_start(&it, v);
		while (cel_iter_next(cx, &it, NULL, &e)) {
			fx_json_sep(b);
			put(cx, b, &e);
		}
		fx_buf_z(b, "]}");
		break;
	case FX_CV_MAP:
		put_map(cx, b, v);
		break;
	case FX_CV_TIMESTAMP:
		put_text(b, "timestamp", text, cel_timestamp_format(v, text));
		break;
	case FX_CV_DURATION:
		put_text(b, "duration", text, cel_duration_format(v, text));
		break;
	case FX_CV_TYPE:
		put_text(b, "type", v->s.p, v->s.n);
		break;
	default:
		fx_buf_z(b, "{\"optional\":0}");
	}
}

static int functions(void)
{
	size_t n;
	const struct cel_fn *f = cel_fn_table(&n);

	for (size_t i = 0; i < n; i++)
		puts(f[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	struct fx_tape tape = {0};
	struct fx_buf out = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc > 1 && !strcmp(argv[1], "-f"))
		return functions();
	while ((n = getline(&line, &cap, stdin)) > 0) {
		char *tab = memchr(line, '\t', (size_t)n);
		struct cel_ctx cx = {.a = &arena, .steps = CEL_STEPS, .memory = CEL_MEMORY};
		struct fx_cel_input in = {.tape = &tape, .scratch = &arena};
		struct fx_err err = {0};
		const struct fx_cel *e;
		struct fx_cel_value v;
		json_t *src;

		if (!tab)
			return 2;
		src = json_loadb(line, (size_t)(tab - line), JSON_DECODE_ANY, NULL);
		if (!src ||
		    fx_tape_read(&tape, (struct fx_str){tab + 1, (size_t)(line + n - tab - 1)},
		                 &err)) {
			fprintf(stderr, "cel_eval: cannot read: %s", line);
			return 2;
		}
		e = cel_compile_any(&arena, fx_str(json_string_value(src)), &err);
		if (e) {
			v = fx_cel_eval(e, &in, NULL, &arena);
			put(&cx, &out, &v);
		} else {
			fx_buf_z(&out, "{\"fault\":");
			fx_json_z(&out, err.msg);
			fx_buf_byte(&out, '}');
		}
		puts((fx_buf_byte(&out, 0), out.p));
		fx_buf_reset(&out);
		json_decref(src);
		fx_arena_reset(&arena);
	}
	free(line);
	fx_buf_free(&out);
	fx_tape_free(&tape);
	fx_arena_free(&arena);
	return fflush(stdout) ? 2 : 0;
}
