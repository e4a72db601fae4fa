/* JSON documents: read by the tape, turned into jansson values. */
#include <string.h>

#include "json/build.h"

/* Line and column of offsets that only grow. */
struct cursor {
	const char *text;
	size_t off;
	struct fx_place at;
};

static struct fx_place place_of(struct cursor *c, size_t off)
{
	for (; c->off < off; c->off++) {
		unsigned char b = (unsigned char)c->text[c->off];

		if (b == '\n')
			c->at = (struct fx_place){c->at.line + 1, 1};
		else if ((b & 0xc0) != 0x80)
			c->at.col++;
	}
	return c->at;
}

static int add_node(struct fx_builder *b, const struct fx_tape *t, uint32_t i, struct cursor *c,
                    struct fx_arena *scratch)
{
	struct fx_str raw = fx_tape_raw(t, i), s;
	struct fx_place at = place_of(c, (size_t)(raw.p - t->text));
	struct fx_spot spot = {at, FX_STYLE_JSON}, other = {at, FX_STYLE_OTHER};

	switch (fx_tape_type(t, i)) {
	case FX_OBJECT:
		return fx_build_open(b, json_object(), at);
	case FX_ARRAY:
		return fx_build_open(b, json_array(), at);
	case FX_STRING:
		s = fx_tape_str(t, i, scratch);
		if (t->node[i].flags & FX_NODE_KEY)
			return fx_build_key(b, s, at);
		return fx_build_value(b, json_stringn_nocheck(s.p, s.n), spot);
	case FX_NUMBER:
		return fx_build_number(b, raw, other);
	case FX_NULL:
		return fx_build_value(b, json_null(), other);
	default:
		return fx_build_value(b, json_boolean(fx_tape_type(t, i) == FX_TRUE), other);
	}
}

int fx_doc_parse_json(struct fx_doc *d, struct fx_str text, const char *file, struct fx_err *err)
{
	struct fx_builder b;
	struct fx_arena scratch = {0};
	struct fx_tape t = {0};
	struct fx_err why;
	struct cursor c;
	uint32_t ends[FX_DEPTH];
	int rc = 0;

	if (fx_str_starts(text, FX_STR("\xef\xbb\xbf"))) {
		text.p += 3;
		text.n -= 3;
	}
	fx_build_start(&b, d, text, file, err);
	c = (struct cursor){d->text.p, 0, {1, 1}};
	if (fx_tape_read(&t, d->text, &why) != 0) {
		/* Line and column say it better than the byte that ends the message. */
		char *byte = strrchr(why.msg, ',');

		if (byte)
			*byte = '\0';
		rc = fx_build_fail(&b, place_of(&c, why.byte), "%s", why.msg);
	}
	for (uint32_t i = 0; rc == 0 && i < t.n; i++) {
		while (b.depth > 0 && ends[b.depth - 1] == i)
			fx_build_close(&b);
		rc = add_node(&b, &t, i, &c, &scratch);
		if (b.depth > 0 && t.node[i].type >= FX_ARRAY)
			ends[b.depth - 1] = t.node[i].next;
	}
	fx_tape_free(&t);
	fx_arena_free(&scratch);
	return fx_build_end(&b, rc);
}
