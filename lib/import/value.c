/*
 * One value: the columns' text, through the mapping's conversions, to JSON.
 */
#include <string.h>

#include "import/record.h"
#include "import/when.h"
#include "json/write.h"

/* "column "Total" in line 17": where the value stands, for a message. */
static const char *place(const struct fx_scope *s, const struct fx_from *from, char *out, size_t n)
{
	bool csv = s->m->format == FX_FORMAT_CSV;
	struct fx_buf b = {.max = n};

	fx_buf_fmt(&b, "%s \"%.*s\"", csv ? "column" : "member", FX_FMT(from->text));
	if (csv && from->table >= 0 && s->table[from->table].row)
		fx_buf_fmt(&b, " (%s:%llu)", s->table[from->table].path,
		           (unsigned long long)s->table[from->table].row->line);
	else if (csv && from->table < 0 && !from->root && s->cur != s->group)
		fx_buf_fmt(&b, " (line %llu)", (unsigned long long)s->cur->line);
	out[0] = '\0';
	if (b.n > 0) {
		n = b.n < n - 1 ? b.n : n - 1;
		memcpy(out, b.p, n);
		out[n] = '\0';
	}
	fx_buf_free(&b);
	return out;
}

static bool all_digits(struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool is_integer(struct fx_str s)
{
	if (s.n > 0 && s.p[0] == '-') {
		s.p++;
		s.n--;
	}
	return all_digits(s) && (s.n == 1 || s.p[0] != '0');
}

/* Digits, an optional point with digits behind it, an optional minus. */
static bool is_decimal(struct fx_str s)
{
	if (s.n > 0 && s.p[0] == '-') {
		s.p++;
		s.n--;
	}
	size_t point = fx_str_find(s, '.');

	return all_digits((struct fx_str){s.p, point}) &&
	       (point == s.n || all_digits((struct fx_str){s.p + point + 1, s.n - point - 1}));
}

bool fx_import_comma(struct fx_str s, struct fx_str *out, char text[FX_DECIMAL_MAX])
{
	size_t mark = fx_str_find(s, ','), n = 0, digits = 0;
	bool parted = false;

	if (s.n > FX_DECIMAL_MAX || fx_str_find((struct fx_str){s.p, mark}, '.') == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.') {
			if (i > mark || digits == 0 || digits > 3 || (parted && digits != 3))
				return false;
			parted = true;
			digits = 0;
			continue;
		}
		if (i == mark && parted && digits != 3)
			return false;
		digits += c >= '0' && c <= '9';
		text[n++] = c == ',' ? '.' : c;
	}
	if (mark == s.n && parted && digits != 3)
		return false;
	if (!is_decimal((struct fx_str){text, n}))
		return false;
	*out = (struct fx_str){text, n};
	return true;
}

/* A decimal as the column writes it, with a point in *out. */
static bool read_decimal(const struct fx_expr *e, struct fx_str s, struct fx_str *out,
                         char text[FX_DECIMAL_MAX])
{
	*out = s;
	return e->comma ? fx_import_comma(s, out, text) : is_decimal(s);
}

/* RFC 8259, section 6. */
static bool is_number(struct fx_str s)
{
	size_t e = 0;

	while (e < s.n && s.p[e] != 'e' && s.p[e] != 'E')
		e++;
	if (e < s.n) {
		struct fx_str exp = {s.p + e + 1, s.n - e - 1};

		if (exp.n > 0 && (exp.p[0] == '+' || exp.p[0] == '-')) {
			exp.p++;
			exp.n--;
		}
		if (!all_digits(exp))
			return false;
	}
	return is_decimal((struct fx_str){s.p, e}) &&
	       is_integer((struct fx_str){s.p, fx_str_find((struct fx_str){s.p, e}, '.')});
}

static bool same_word(struct fx_str s, const char *word)
{
	size_t n = strlen(word);

	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((s.p[i] | 0x20) != word[i])
			return false;
	return true;
}

static int truth(struct fx_str s)
{
	if (same_word(s, "true") || same_word(s, "yes") || fx_str_is(s, "1"))
		return 1;
	if (same_word(s, "false") || same_word(s, "no") || fx_str_is(s, "0"))
		return 0;
	return -1;
}

static int parse_time(struct fx_scope *s, const struct fx_expr *e, const struct fx_from *from,
                      struct fx_str text, fx_time *out)
{
	struct fx_str want = fx_str_is(e->times[0], "iso")
	                         ? FX_STR("YYYY-MM-DD, with a time and a zone or not")
	                         : e->times[0];
	char where[256];

	for (unsigned i = 0; i < e->ntimes; i++)
		if (fx_when_parse(text, e->times[i], e->zone, out) == 0)
			return 1;
	return fx_scope_fail(s, "%s: \"%.*s%s\" is no time (wanted: %.*s%s)",
	                     place(s, from, where, sizeof(where)), FX_SHOW(text), FX_FMT(want),
	                     e->ntimes > 1 ? ", ..." : "");
}

static int wrong(struct fx_scope *s, const struct fx_from *from, struct fx_str text,
                 const char *want)
{
	char where[256];

	return fx_scope_fail(s, "%s: \"%.*s%s\" is no %s", place(s, from, where, sizeof(where)),
	                     FX_SHOW(text), want);
}

static int typed(struct fx_scope *s, const struct fx_expr *e, const struct fx_from *from,
                 struct fx_str text, struct fx_buf *out)
{
	char digits[FX_DECIMAL_MAX];
	fx_time t;
	int yes;

	switch (e->kind) {
	case FX_AS_STRING:
		fx_json_string(out, text);
		return 1;
	case FX_AS_INTEGER:
		if (!is_integer(text))
			return wrong(s, from, text, "integer");
		fx_buf_str(out, text);
		return 1;
	case FX_AS_NUMBER:
		if (!is_number(text))
			return wrong(s, from, text, "number");
		fx_buf_str(out, text);
		return 1;
	case FX_AS_DECIMAL:
		if (!read_decimal(e, text, &text, digits))
			return wrong(s, from, text,
			             e->comma ? "decimal (digits, one comma)"
			                      : "decimal (digits, one point, no thousands mark; "
			                        "mark: \",\" takes 1.234,56)");
		fx_json_string(out, text);
		return 1;
	case FX_AS_BOOLEAN:
		yes = truth(text);
		if (yes < 0)
			return wrong(s, from, text, "boolean (true, yes, 1; false, no, 0)");
		fx_json_bool(out, yes);
		return 1;
	case FX_AS_TIME:
		if (parse_time(s, e, from, text, &t) < 0)
			return -1;
		fx_json_time(out, t);
		return 1;
	}
	return -1;
}

static int json_or_absent(struct fx_str json, struct fx_buf *out)
{
	if (!json.p || fx_str_is(json, "null"))
		return 0;
	fx_buf_str(out, json);
	return 1;
}

static int absent(struct fx_scope *s, const struct fx_expr *e, struct fx_buf *out)
{
	char where[256];

	if (e->position) {
		fx_buf_fmt(out, e->kind == FX_AS_STRING ? "\"%u\"" : "%u", s->position);
		return 1;
	}
	if (e->fallback.p)
		return json_or_absent(e->fallback, out);
	if (!e->required || e->nfrom == 0)
		return 0;
	return fx_scope_fail(s, "%s is empty, and the mapping requires it",
	                     place(s, &e->from[0], where, sizeof(where)));
}

/* Text without the prefix to strip. */
static struct fx_str stripped(const struct fx_expr *e, struct fx_str text)
{
	if (e->strip.n > 0 && fx_str_starts(text, e->strip)) {
		text.p += e->strip.n;
		text.n -= e->strip.n;
	}
	return text;
}

/* 1: text and the column it came from; 0: none is there; -1. */
static int source_text(struct fx_scope *s, const struct fx_expr *e, struct fx_str *text,
                       const struct fx_from **from)
{
	bool json, any = false;
	char where[256];

	fx_buf_reset(&s->text);
	for (unsigned i = 0; i < e->nfrom; i++) {
		struct fx_str one;

		if (!fx_scope_text(s, &e->from[i], &one, &json))
			continue;
		if (json)
			return fx_scope_fail(s, "%s is an object or an array; name a member of it",
			                     place(s, &e->from[i], where, sizeof(where)));
		if (!any)
			*from = &e->from[i];
		*text = one;
		if (!e->joined) {
			*text = stripped(e, one);
			return 1;
		}
		if (any)
			fx_buf_str(&s->text, e->join);
		fx_buf_str(&s->text, stripped(e, one));
		any = true;
	}
	if (any)
		*text = fx_buf_view(&s->text);
	return any;
}

static int matched(struct fx_scope *s, const struct fx_expr *e, struct fx_buf *out)
{
	for (unsigned m = 0; m < e->nmatch; m++)
		for (unsigned i = 0; i < e->nfrom; i++) {
			struct fx_str text;
			bool json;

			if (fx_scope_text(s, &e->from[i], &text, &json) &&
			    fx_glob_match(e->match[m].pattern, text))
				return json_or_absent(e->match[m].json, out);
		}
	return e->other.p ? json_or_absent(e->other, out) : absent(s, e, out);
}

/* One text that is no longer a list. */
static int converted(struct fx_scope *s, const struct fx_expr *e, const struct fx_from *from,
                     struct fx_str text, struct fx_buf *out)
{
	if (e->values.n > 0) {
		const struct fx_str *json = fx_map_ptr(&e->values, text);

		if (json)
			return json_or_absent(*json, out);
		if (e->other.p)
			return json_or_absent(e->other, out);
	}
	return typed(s, e, from, text, out);
}

static int list(struct fx_scope *s, const struct fx_expr *e, const struct fx_from *from,
                struct fx_str text, struct fx_buf *out)
{
	fx_buf_byte(out, '[');
	for (;;) {
		size_t n = fx_str_find(text, e->split);
		struct fx_str one = fx_str_trim((struct fx_str){text.p, n});
		size_t before = out->n;

		if (one.n > 0) {
			fx_json_sep(out);
			int got = converted(s, e, from, one, out);

			if (got < 0)
				return -1;
			if (got == 0)
				out->n = before;
		}
		if (n == text.n)
			break;
		text.p += n + 1;
		text.n -= n + 1;
	}
	fx_buf_byte(out, ']');
	return 1;
}

/*
 * Exact decimal addition in units of 10^-scale; scale grows to that of the finest
 * number.  Past 18 digits it fails: no order is worth that.
 */
struct sum {
	int64_t v;
	unsigned scale;
};

static int add(struct sum *sum, struct fx_str text)
{
	bool minus = text.p[0] == '-';
	size_t point = fx_str_find(text, '.');
	unsigned scale = (unsigned)(point == text.n ? 0 : text.n - point - 1);
	int64_t v = 0;

	for (size_t i = minus; i < text.n; i++)
		if (i != point && (__builtin_mul_overflow(v, 10, &v) ||
		                   __builtin_add_overflow(v, text.p[i] - '0', &v)))
			return -1;
	for (; scale < sum->scale; scale++)
		if (__builtin_mul_overflow(v, 10, &v))
			return -1;
	for (; sum->scale < scale; sum->scale++)
		if (__builtin_mul_overflow(sum->v, 10, &sum->v))
			return -1;
	return __builtin_add_overflow(sum->v, minus ? -v : v, &sum->v) ? -1 : 0;
}

static void put_sum(const struct sum *sum, struct fx_buf *out)
{
	uint64_t u = sum->v < 0 ? 0 - (uint64_t)sum->v : (uint64_t)sum->v, unit = 1;

	for (unsigned i = 0; i < sum->scale; i++)
		unit *= 10;
	fx_buf_fmt(out, "\"%s%llu", sum->v < 0 ? "-" : "", (unsigned long long)(u / unit));
	if (sum->scale > 0)
		fx_buf_fmt(out, ".%0*llu", (int)sum->scale, (unsigned long long)(u % unit));
	fx_buf_byte(out, '"');
}

static int summed(struct fx_scope *s, const struct fx_expr *e, struct fx_buf *out)
{
	struct fx_each each = {.on = true, .table = e->sum_table};
	struct fx_iter it;
	struct sum sum = {0};
	bool any = false;
	int bad = 0;

	if (e->over)
		each.array = *e->over;
	fx_iter_begin(&it, s, &each);
	while (fx_iter_next(&it)) {
		for (unsigned i = 0; i < e->nfrom; i++) {
			char digits[FX_DECIMAL_MAX];
			struct fx_str text;
			bool json;

			if (!fx_scope_text(s, &e->from[i], &text, &json))
				continue;
			any = true;
			if (json || !read_decimal(e, text, &text, digits))
				bad = wrong(s, &e->from[i], text, "decimal");
			else if (add(&sum, text) < 0)
				bad = wrong(s, &e->from[i], text, "number of at most 18 digits");
		}
	}
	if (bad)
		return -1;
	if (!any)
		return absent(s, e, out);
	put_sum(&sum, out);
	return 1;
}

int fx_expr_time(struct fx_scope *s, const struct fx_expr *e, fx_time *out)
{
	struct fx_str text;
	bool json, any = false;

	for (unsigned i = 0; i < e->nfrom; i++) {
		fx_time t;

		if (!fx_scope_text(s, &e->from[i], &text, &json))
			continue;
		if (parse_time(s, e, &e->from[i], text, &t) < 0)
			return -1;
		if (!any || t > *out)
			*out = t;
		any = true;
		if (!e->latest)
			break;
	}
	return any;
}

int fx_expr_json(struct fx_scope *s, const struct fx_expr *e, struct fx_buf *out)
{
	const struct fx_from *from = NULL;
	struct fx_str text;
	fx_time t;
	int got;

	if (e->constant.p)
		return json_or_absent(e->constant, out);
	if (e->sum)
		return summed(s, e, out);
	if (e->nmatch > 0)
		return matched(s, e, out);
	if (e->latest) {
		got = fx_expr_time(s, e, &t);
		if (got > 0)
			fx_json_time(out, t);
		return got == 0 ? absent(s, e, out) : got;
	}
	got = source_text(s, e, &text, &from);
	if (got < 0)
		return -1;
	if (got == 0)
		return absent(s, e, out);
	return e->split ? list(s, e, from, text, out) : converted(s, e, from, text, out);
}
