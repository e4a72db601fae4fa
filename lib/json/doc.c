#include "json/write.h"
#include "json/doc.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "json/build.h"
#include "json/escape.h"

int fx_doc_load(struct fx_doc *d, const char *path, struct fx_err *err)
{
	struct fx_buf b = {0};
	struct fx_str name = fx_str(path);
	bool yaml = (name.n > 5 && strcmp(path + name.n - 5, ".yaml") == 0) ||
	            (name.n > 4 && strcmp(path + name.n - 4, ".yml") == 0);
	int rc;

	*d = (struct fx_doc){.nul = d->nul};
	rc = fx_read_file(path, &b, 0, err);
	if (rc == 0)
		rc = yaml ? fx_doc_parse_yaml(d, fx_buf_view(&b), path, err)
		          : fx_doc_parse_json(d, fx_buf_view(&b), path, err);
	fx_buf_free(&b);
	return rc;
}

void fx_doc_free(struct fx_doc *d)
{
	json_decref(d->root);
	fx_map_free(&d->places);
	fx_map_free(&d->keys);
	fx_map_free(&d->raws);
	fx_arena_free(&d->arena);
	*d = (struct fx_doc){0};
}

/* What a map holds for the pointer or for the nearest parent that it knows. */
static const void *nearest(const struct fx_map *m, struct fx_str pointer)
{
	for (;;) {
		const void *hit = fx_map_ptr(m, pointer);

		if (hit || pointer.n == 0)
			return hit;
		while (pointer.n > 0 && pointer.p[--pointer.n] != '/')
			;
	}
}

struct fx_place fx_doc_place(const struct fx_doc *d, struct fx_str pointer)
{
	const struct fx_spot *s = nearest(&d->places, pointer);

	return s ? s->at : (struct fx_place){1, 1};
}

struct fx_place fx_doc_key_place(const struct fx_doc *d, struct fx_str pointer)
{
	const struct fx_place *p = fx_map_ptr(&d->keys, pointer);

	return p ? *p : fx_doc_place(d, pointer);
}

struct fx_str fx_doc_raw(const struct fx_doc *d, struct fx_str pointer)
{
	const struct fx_str *raw = fx_map_ptr(&d->raws, pointer);

	return raw ? *raw : (struct fx_str){NULL, 0};
}

int fx_doc_fault(const struct fx_doc *d, struct fx_errs *errs, struct fx_str pointer,
                 const char *fmt, ...)
{
	struct fx_place at = fx_doc_place(d, pointer);
	char msg[sizeof(((struct fx_err *)NULL)->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return fx_errs_fail(errs, FX_ECONF, d->file, at.line, at.col, "%s", msg);
}

/* Where the source stands while the bytes of a scalar's value are counted. */
struct walk {
	const char *p, *end;
	struct fx_place at;
};

static void step(struct walk *w)
{
	unsigned char c = (unsigned char)*w->p++;

	if (c == '\n') {
		w->at.line++;
		w->at.col = 1;
	} else if (w->p == w->end || ((unsigned char)*w->p & 0xc0) != 0x80) {
		w->at.col++;
	}
}

static void skip(struct walk *w, size_t n)
{
	while (n-- > 0 && w->p < w->end)
		step(w);
}

static size_t hex_bytes(const char *p, const char *end, size_t digits)
{
	char out[4];
	uint32_t c = 0;

	while (digits-- > 0 && p < end)
		c = c << 4 | (uint32_t)(fx_hex_digit((unsigned char)*p++) & 15);
	return fx_utf8(c, out);
}

/* Bytes of the value that YAML's escape at w makes; its length in the source in *len. */
static size_t yaml_escape(const struct walk *w, size_t *len)
{
	char c = w->p + 1 < w->end ? w->p[1] : '"';
	size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;

	*len = 2 + digits;
	if (digits > 0)
		return hex_bytes(w->p + 2, w->end, digits);
	if (c == 'N' || c == '_')
		return 2; /* U+0085, U+00A0 */
	return c == 'L' || c == 'P' ? 3 : 1;
}

/* Moves w over the source of `offset` bytes of a value on one line. */
static void walk_line(struct walk *w, enum fx_style style, size_t offset)
{
	if (style != FX_STYLE_PLAIN)
		step(w); /* the quote */
	while (offset > 0 && w->p < w->end) {
		size_t len = 1, bytes = 1;

		if (style == FX_STYLE_SINGLE && *w->p == '\'') {
			len = 2;
		} else if (style == FX_STYLE_DOUBLE && *w->p == '\\') {
			bytes = yaml_escape(w, &len);
		} else if (style == FX_STYLE_JSON && *w->p == '\\') {
			const char *p = w->p;
			char out[4];

			bytes = fx_unescape(&p, out);
			len = (size_t)(p - w->p);
		}
		if (bytes > offset)
			return;
		offset -= bytes;
		skip(w, len);
	}
}

static void next_line(struct walk *w)
{
	while (w->p < w->end && *w->p != '\n')
		step(w);
	skip(w, 1);
}

static size_t spaces(const struct walk *w)
{
	size_t n = 0;

	while (w->p + n < w->end && w->p[n] == ' ')
		n++;
	return n;
}

/* The same for a literal block; w is at its bar. */
static void walk_literal(struct walk *w, size_t offset)
{
	size_t indent = 0;

	next_line(w);
	for (struct walk probe = *w; probe.p < probe.end; next_line(&probe)) {
		indent = spaces(&probe);
		if (probe.p + indent < probe.end && !strchr("\r\n", probe.p[indent]))
			break;
	}
	while (w->p < w->end) {
		size_t lead = spaces(w);

		skip(w, lead < indent ? lead : indent);
		for (; offset > 0 && w->p < w->end && *w->p != '\n'; step(w))
			offset -= *w->p != '\r';
		if (offset == 0)
			return;
		offset--; /* the newline */
		skip(w, 1);
	}
}

struct fx_place fx_doc_place_in(const struct fx_doc *d, struct fx_str pointer, size_t offset)
{
	const struct fx_spot *s = fx_map_ptr(&d->places, pointer);
	struct walk w = {d->text.p, d->text.p + d->text.n, {1, 1}};

	if (!s || s->style == FX_STYLE_OTHER)
		return fx_doc_place(d, pointer);
	while (w.p < w.end && (w.at.line < s->at.line || w.at.col < s->at.col))
		step(&w);
	if (s->style == FX_STYLE_LITERAL)
		walk_literal(&w, offset);
	else
		walk_line(&w, s->style, offset);
	return w.at;
}

void fx_build_start(struct fx_builder *b, struct fx_doc *d, struct fx_str text, const char *file,
                    struct fx_err *err)
{
	*d = (struct fx_doc){.nul = d->nul};
	d->file = fx_arena_str(&d->arena, fx_str(file)).p;
	d->text = fx_arena_str(&d->arena, text);
	b->d = d;
	b->err = err;
	b->path = (struct fx_buf){0};
	b->depth = 0;
}

int fx_build_end(struct fx_builder *b, int status)
{
	fx_buf_free(&b->path);
	if (status != 0)
		fx_doc_free(b->d);
	return status;
}

int fx_build_fail(struct fx_builder *b, struct fx_place at, const char *fmt, ...)
{
	char msg[sizeof(b->err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return fx_fail_at(b->err, FX_ECONF, b->d->file, at.line, at.col, "%s", msg);
}

static struct fx_level *innermost(struct fx_builder *b)
{
	return b->depth > 0 ? &b->stack[b->depth - 1] : NULL;
}

bool fx_build_wants_key(const struct fx_builder *b)
{
	const struct fx_level *l = b->depth > 0 ? &b->stack[b->depth - 1] : NULL;

	return l && json_is_object(l->node) && !l->key.p;
}

static void push_token(struct fx_buf *path, struct fx_str name)
{
	fx_buf_byte(path, '/');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '~')
			fx_buf_add(path, "~0", 2);
		else if (name.p[i] == '/')
			fx_buf_add(path, "~1", 2);
		else
			fx_buf_byte(path, name.p[i]);
	}
}

int fx_build_key(struct fx_builder *b, struct fx_str name, struct fx_place at)
{
	struct fx_level *l = innermost(b);
	struct fx_place *place = FX_NEW(&b->d->arena, struct fx_place);

	if (memchr(name.p, '\0', name.n))
		return fx_build_fail(b, at, "NUL in a name");
	if (json_object_getn(l->node, name.p, name.n))
		return fx_build_fail(b, at, "duplicate name \"%.*s\"", FX_FMT(name));
	l->key = fx_arena_str(&b->d->arena, name);
	b->path.n = l->path;
	push_token(&b->path, name);
	*place = at;
	fx_map_put(&b->d->keys, fx_arena_str(&b->d->arena, fx_buf_view(&b->path)), NULL)->v.ptr =
	    place;
	return 0;
}

/* Hang the value in where it belongs; b->path then is its pointer. */
static int attach(struct fx_builder *b, json_t *value, struct fx_spot spot)
{
	struct fx_level *l = innermost(b);
	struct fx_spot *kept = FX_NEW(&b->d->arena, struct fx_spot);
	int rc = 0;

	if (!value)
		fx_oom();
	if (!l) {
		b->d->root = value;
	} else if (json_is_object(l->node)) {
		/* The path is the key's already. */
		rc = json_object_setn_new_nocheck(l->node, l->key.p, l->key.n, value);
		l->key.p = NULL;
	} else {
		b->path.n = l->path;
		fx_buf_fmt(&b->path, "/%zu", json_array_size(l->node));
		rc = json_array_append_new(l->node, value);
	}
	if (rc != 0)
		fx_oom();
	*kept = spot;
	fx_map_put(&b->d->places, fx_arena_str(&b->d->arena, fx_buf_view(&b->path)), NULL)->v.ptr =
	    kept;
	return 0;
}

int fx_build_value(struct fx_builder *b, json_t *value, struct fx_spot spot)
{
	if (!b->d->nul && json_is_string(value) &&
	    memchr(json_string_value(value), '\0', json_string_length(value))) {
		json_decref(value);
		return fx_build_fail(b, spot.at, "NUL in a string");
	}
	return attach(b, value, spot);
}

/*
 * jansson's number for the text: an integer when int64 holds it, else the nearest
 * double, which past the largest is the largest (the text is kept beside it).
 */
static json_t *number(const char *raw)
{
	char *end;
	double d;

	if (!strpbrk(raw, ".eE")) {
		long long v;

		errno = 0;
		v = strtoll(raw, &end, 10);
		if (errno == 0)
			return json_integer(v);
	}
	d = strtod(raw, &end);
	return json_real(isinf(d) ? copysign(DBL_MAX, d) : d);
}

int fx_build_number(struct fx_builder *b, struct fx_str raw, struct fx_spot spot)
{
	struct fx_str *kept = FX_NEW(&b->d->arena, struct fx_str);

	*kept = fx_arena_str(&b->d->arena, raw);
	if (attach(b, number(kept->p), spot) != 0)
		return -1;
	fx_map_put(&b->d->raws, fx_arena_str(&b->d->arena, fx_buf_view(&b->path)), NULL)->v.ptr =
	    kept;
	return 0;
}

int fx_build_open(struct fx_builder *b, json_t *node, struct fx_place at)
{
	if (b->depth == FX_DEPTH) {
		json_decref(node);
		return fx_build_fail(b, at, "nesting over %d", FX_DEPTH);
	}
	if (attach(b, node, (struct fx_spot){at, FX_STYLE_OTHER}) != 0)
		return -1;
	b->stack[b->depth++] = (struct fx_level){.node = node, .path = b->path.n};
	return 0;
}

void fx_build_close(struct fx_builder *b)
{
	b->depth--;
}
