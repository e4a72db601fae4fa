/* YAML documents, from libyaml's events. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "json/build.h"

/* What a plain scalar is by the core schema of YAML 1.2 (section 10.3.2). */
enum plain {
	PLAIN_WORD,
	PLAIN_NULL,
	PLAIN_TRUE,
	PLAIN_FALSE,
	PLAIN_NUMBER,
	PLAIN_BASED,
	PLAIN_INF
};

static bool is_one_of(struct fx_str s, const char *const *words)
{
	while (*words && !fx_str_is(s, *words))
		words++;
	return *words;
}

static size_t digits(struct fx_str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_number(struct fx_str s)
{
	size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'), whole, part = 0;

	whole = digits(s, i);
	i += whole;
	if (i < s.n && s.p[i] == '.') {
		part = digits(s, i + 1);
		i += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		size_t n;

		i++;
		if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
			i++;
		n = digits(s, i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == s.n;
}

static bool is_based(struct fx_str s)
{
	const char *set = fx_str_starts(s, FX_STR("0o"))   ? "01234567"
	                  : fx_str_starts(s, FX_STR("0x")) ? "0123456789abcdefABCDEF"
	                                                   : NULL;

	if (!set || s.n < 3)
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (!s.p[i] || !strchr(set, s.p[i]))
			return false;
	return true;
}

static enum plain resolve(struct fx_str s)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL};
	static const char *const falses[] = {"false", "False", "FALSE", NULL};
	static const char *const infs[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
	                                   "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
	                                   ".NaN",  ".NAN",  NULL};

	if (is_one_of(s, nulls))
		return PLAIN_NULL;
	if (is_one_of(s, trues))
		return PLAIN_TRUE;
	if (is_one_of(s, falses))
		return PLAIN_FALSE;
	if (is_one_of(s, infs))
		return PLAIN_INF;
	if (is_based(s))
		return PLAIN_BASED;
	return is_number(s) ? PLAIN_NUMBER : PLAIN_WORD;
}

/* YAML allows what JSON does not: "+1", ".5", "5.": as JSON writes them. */
static struct fx_str as_json_number(struct fx_str s, struct fx_arena *a)
{
	bool minus = s.p[0] == '-';
	size_t i = minus || s.p[0] == '+', whole = digits(s, i), part = 0, e = i + whole;

	if (e < s.n && s.p[e] == '.') {
		part = digits(s, e + 1);
		e += 1 + part;
	}
	return fx_arena_fmt(a, "%s%.*s%s%.*s%.*s", minus ? "-" : "", whole ? (int)whole : 1,
	                    whole ? s.p + i : "0", part ? "." : "", (int)part, s.p + e - part,
	                    (int)(s.n - e), s.p + e);
}

static struct fx_place place_of(const yaml_mark_t *m)
{
	return (struct fx_place){(unsigned)m->line + 1, (unsigned)m->column + 1};
}

static enum fx_style style_of(const yaml_event_t *e)
{
	bool one_line = e->start_mark.line == e->end_mark.line;

	switch (e->data.scalar.style) {
	case YAML_PLAIN_SCALAR_STYLE:
		return one_line ? FX_STYLE_PLAIN : FX_STYLE_OTHER;
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return one_line ? FX_STYLE_SINGLE : FX_STYLE_OTHER;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return one_line ? FX_STYLE_DOUBLE : FX_STYLE_OTHER;
	case YAML_LITERAL_SCALAR_STYLE:
		return FX_STYLE_LITERAL;
	default:
		return FX_STYLE_OTHER;
	}
}

static bool has_leading_zero(struct fx_str s)
{
	size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');

	return digits(s, i) > 1 && s.p[i] == '0';
}

static int add_plain(struct fx_builder *b, struct fx_str s, struct fx_spot spot)
{
	struct fx_spot other = {spot.at, FX_STYLE_OTHER};
	uint64_t v;

	switch (resolve(s)) {
	case PLAIN_NULL:
		return fx_build_value(b, json_null(), other);
	case PLAIN_TRUE:
		return fx_build_value(b, json_true(), other);
	case PLAIN_FALSE:
		return fx_build_value(b, json_false(), other);
	case PLAIN_INF:
		return fx_build_fail(b, spot.at, "%.*s is no number that JSON has", FX_FMT(s));
	case PLAIN_BASED:
		v = strtoull(fx_arena_str(&b->d->arena, (struct fx_str){s.p + 2, s.n - 2}).p, NULL,
		             s.p[1] == 'o' ? 8 : 16);
		if (v > INT64_MAX)
			return fx_build_fail(b, spot.at, "%.*s is too large", FX_FMT(s));
		return fx_build_number(b, fx_arena_fmt(&b->d->arena, "%" PRIu64, v), other);
	case PLAIN_NUMBER:
		if (has_leading_zero(s))
			return fx_build_fail(
			    b, spot.at, "number with a leading zero; text wants quotes: \"%.*s\"",
			    FX_FMT(s));
		return fx_build_number(b, as_json_number(s, &b->d->arena), other);
	case PLAIN_WORD:
		break;
	}
	return fx_build_value(b, json_stringn_nocheck(s.p, s.n), spot);
}

static int add_scalar(struct fx_builder *b, const yaml_event_t *e)
{
	struct fx_str s = {(const char *)e->data.scalar.value, e->data.scalar.length};
	struct fx_spot spot = {place_of(&e->start_mark), style_of(e)};
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (e->data.scalar.anchor)
		return fx_build_fail(b, spot.at, "anchors are not taken here");
	if (e->data.scalar.tag)
		return fx_build_fail(b, spot.at, "tags are not taken here");
	if (fx_build_wants_key(b)) {
		if (plain && resolve(s) != PLAIN_WORD)
			return fx_build_fail(b, spot.at, "a name must be a string; write \"%.*s\"",
			                     FX_FMT(s));
		return fx_build_key(b, s, spot.at);
	}
	if (plain)
		return add_plain(b, s, spot);
	return fx_build_value(b, json_stringn_nocheck(s.p, s.n), spot);
}

static int add_open(struct fx_builder *b, const yaml_event_t *e)
{
	struct fx_place at = place_of(&e->start_mark);
	bool map = e->type == YAML_MAPPING_START_EVENT;

	if (map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor)
		return fx_build_fail(b, at, "anchors are not taken here");
	if (map ? e->data.mapping_start.tag : e->data.sequence_start.tag)
		return fx_build_fail(b, at, "tags are not taken here");
	if (fx_build_wants_key(b))
		return fx_build_fail(b, at, "a name must be a string%s",
		                     map ? "; text that begins with { wants quotes" : "");
	return fx_build_open(b, map ? json_object() : json_array(), at);
}

static int add_document(struct fx_builder *b, const yaml_event_t *e)
{
	const yaml_version_directive_t *v = e->data.document_start.version_directive;
	struct fx_place at = place_of(&e->start_mark);

	if (b->d->root)
		return fx_build_fail(b, at, "a second document in one file");
	if (v && (v->major != 1 || v->minor != 2))
		return fx_build_fail(b, at, "YAML %d.%d; fx reads YAML 1.2", v->major, v->minor);
	return 0;
}

static int add_event(struct fx_builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return add_document(b, e);
	case YAML_ALIAS_EVENT:
		return fx_build_fail(b, place_of(&e->start_mark),
		                     "aliases are not taken here; "
		                     "text that begins with * wants quotes");
	case YAML_SCALAR_EVENT:
		return add_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return add_open(b, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		fx_build_close(b);
		return 0;
	default:
		return 0;
	}
}

/* libyaml's complaint, with what it was in the middle of. */
static int parser_fault(struct fx_builder *b, const yaml_parser_t *y)
{
	struct fx_place at = place_of(&y->problem_mark);
	const char *problem = y->problem ? y->problem : "cannot be read";
	size_t off = y->problem_offset;

	if (y->error == YAML_MEMORY_ERROR)
		fx_oom();
	if (y->error == YAML_READER_ERROR) {
		at = (struct fx_place){1, 1};
		for (size_t i = 0; i < off && i < b->d->text.n; i++) {
			unsigned char c = (unsigned char)b->d->text.p[i];

			if (c == '\n')
				at = (struct fx_place){at.line + 1, 1};
			else if ((c & 0xc0) != 0x80)
				at.col++;
		}
		return fx_build_fail(b, at, "%s", problem);
	}
	if (y->context && y->context_mark.line != y->problem_mark.line)
		return fx_build_fail(b, at, "%s, %s that begins in line %zu", problem, y->context,
		                     y->context_mark.line + 1);
	if (strstr(problem, "cannot start any token"))
		return fx_build_fail(b, at,
		                     "%s: a tab cannot indent, and text that begins with "
		                     "@, `, %% or a bracket wants quotes",
		                     problem);
	return fx_build_fail(b, at, "%s%s%s", problem, y->context ? ", " : "",
	                     y->context ? y->context : "");
}

int fx_doc_parse_yaml(struct fx_doc *d, struct fx_str text, const char *file, struct fx_err *err)
{
	struct fx_builder b;
	yaml_parser_t y;
	bool more = true;
	int rc = 0;

	if (fx_str_starts(text, FX_STR("\xef\xbb\xbf"))) {
		text.p += 3;
		text.n -= 3;
	}
	fx_build_start(&b, d, text, file, err);
	if (!yaml_parser_initialize(&y))
		fx_oom();
	yaml_parser_set_encoding(&y, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y, (const unsigned char *)d->text.p, d->text.n);
	while (rc == 0 && more) {
		yaml_event_t e;

		if (!yaml_parser_parse(&y, &e)) {
			rc = parser_fault(&b, &y);
			break;
		}
		more = e.type != YAML_STREAM_END_EVENT;
		rc = add_event(&b, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&y);
	if (rc == 0 && !d->root)
		rc = fx_build_value(&b, json_null(), (struct fx_spot){{1, 1}, FX_STYLE_OTHER});
	return fx_build_end(&b, rc);
}
