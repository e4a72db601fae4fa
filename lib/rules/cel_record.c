/* A record out of choices: the witness of an answer. */
#include <string.h>

#include "base/map.h"
#include "json/write.h"
#include "rules/cel_domain.h"
#include "rules/cel_fn.h"

#define LINES_MAX 10000

struct choices {
	struct fx_arena *a;
	const struct cel_variable *var;
	const struct cel_choice *const *choice;
	uint32_t n;
	bool line; /* `lines` is written by itself */
};

static void put_value(struct fx_buf *b, const cel_value *v)
{
	char text[64];
	size_t n;

	switch (v->kind) {
	case FX_CV_NULL:
		fx_buf_z(b, "null");
		break;
	case FX_CV_BOOL:
		fx_json_bool(b, v->b);
		break;
	case FX_CV_INT:
		fx_json_int(b, v->i);
		break;
	case FX_CV_UINT:
		fx_buf_fmt(b, "%llu", (unsigned long long)v->u);
		break;
	case FX_CV_DOUBLE:
		n = cel_double_text(v->d, text);
		fx_buf_add(b, text, n);
		break;
	case FX_CV_STRING:
		fx_json_string(b, v->s);
		break;
	case FX_CV_TIMESTAMP:
		n = cel_timestamp_format(v, text);
		fx_json_string(b, (struct fx_str){text, n});
		break;
	case FX_CV_DURATION:
		n = cel_duration_format(v, text);
		fx_json_string(b, (struct fx_str){text, n});
		break;
	case FX_CV_LIST:
		fx_buf_byte(b, '[');
		for (size_t i = 0; i < v->seq.n; i++) {
			fx_json_sep(b);
			put_value(b, &v->seq.v[i]);
		}
		fx_buf_byte(b, ']');
		break;
	default:
		fx_buf_z(b, "{}");
	}
}

/* What f(attribute) has the value of; tried, so it may be wrong. */
static void put_via(struct fx_buf *b, const struct cel_variable *v, const cel_value *val)
{
	if (fx_str_is(v->via, "size")) {
		bool list = v->type && v->type->kind == FX_CT_LIST;

		fx_buf_byte(b, list ? '[' : '"');
		for (int64_t i = 0; val->kind == FX_CV_INT && i < val->i && i < 10000; i++)
			fx_buf_z(b, !list ? "x" : i ? ",\"x\"" : "\"x\"");
		fx_buf_byte(b, list ? ']' : '"');
		return;
	}
	if (cel_is_number(val) && !(v->type && v->type->kind != FX_CT_STRING)) {
		fx_buf_byte(b, '"');
		put_value(b, val);
		fx_buf_byte(b, '"');
		return;
	}
	put_value(b, val);
}

/* Is something chosen below this path?  Then it is an object, whatever else it may be. */
static bool has_below(const struct choices *s, struct fx_str path)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct cel_choice *c = s->choice[i];
		struct fx_str p = s->var[i].path;

		if (c && c->given != GIVEN_NOWHERE && p.n > path.n && p.p[path.n] == '.' &&
		    fx_str_starts(p, path))
			return true;
	}
	return false;
}

/* The members below a path's beginning ("" or "ship_to."), each name once. */
static void put_members(const struct choices *s, struct fx_buf *b, struct fx_str head,
                        unsigned depth)
{
	struct fx_map done = {0};

	for (uint32_t i = 0; i < s->n && depth < 32; i++) {
		const struct cel_variable *v = &s->var[i];
		const struct cel_choice *c = s->choice[i];
		struct fx_str rest, name;
		bool fresh;

		if (!v->path.n || !c || c->given == GIVEN_NOWHERE ||
		    !fx_str_starts(v->path, head) || v->path.n == head.n)
			continue;
		if (head.n == 0 &&
		    (fx_str_is(v->path, "SKU") || fx_str_starts(v->path, FX_STR("SKU.")) ||
		     (s->line && fx_str_is(v->path, "lines"))))
			continue;
		rest = (struct fx_str){v->path.p + head.n, v->path.n - head.n};
		name = (struct fx_str){rest.p, fx_str_find(rest, '.')};
		if (name.n == rest.n && (c->given == GIVEN_ABSENT || has_below(s, v->path)))
			continue;
		fx_map_put(&done, name, &fresh);
		if (!fresh)
			continue;
		fx_json_sep(b);
		fx_json_string(b, name);
		fx_buf_byte(b, ':');
		if (name.n < rest.n) {
			fx_buf_byte(b, '{');
			put_members(s, b,
			            fx_arena_fmt(s->a, "%.*s%.*s.", FX_FMT(head), FX_FMT(name)),
			            depth + 1);
			fx_buf_byte(b, '}');
		} else if (v->via.n) {
			put_via(b, v, &c->value);
		} else {
			put_value(b, &c->value);
		}
	}
	fx_map_free(&done);
}

/* How many lines there are to be, as far as size(lines) was chosen; one at least. */
static int64_t line_count(const struct choices *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->choice[i] && fx_str_is(s->var[i].path, "lines") &&
		    fx_str_is(s->var[i].via, "size") && s->choice[i]->value.kind == FX_CV_INT)
			return s->choice[i]->value.i < LINES_MAX ? s->choice[i]->value.i : 1;
	return 1;
}

void cel_record(struct fx_buf *b, struct fx_arena *a, const struct cel_variable *var,
                const struct cel_choice *const *choice, uint32_t n, bool line)
{
	struct choices s = {a, var, choice, n, line};

	fx_buf_byte(b, '{');
	put_members(&s, b, FX_STR(""), 0);
	if (line) {
		fx_json_key(b, "lines");
		fx_buf_z(b, "[{");
		put_members(&s, b, FX_STR("SKU."), 0);
		fx_buf_byte(b, '}');
		for (int64_t i = line_count(&s); i > 1; i--)
			fx_buf_z(b, ",{}");
		fx_buf_byte(b, ']');
	}
	fx_buf_byte(b, '}');
}
