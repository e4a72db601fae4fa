/*
 * Private to the room: how the readers of YAML and of JSON make a document, value by value.
 */
#ifndef FX_JSON_BUILD_H
#define FX_JSON_BUILD_H

#include "json/doc.h"
#include "json/tape.h"

/* How a scalar is written, for fx_doc_place_in. */
enum fx_style {
	FX_STYLE_OTHER, /* folded or over several lines: only its start is known */
	FX_STYLE_PLAIN,
	FX_STYLE_SINGLE,
	FX_STYLE_DOUBLE,
	FX_STYLE_LITERAL,
	FX_STYLE_JSON
};

/* What the map of places holds. */
struct fx_spot {
	struct fx_place at;
	enum fx_style style;
};

/* An array or object that is still open. */
struct fx_level {
	json_t *node;
	size_t path;       /* length of its own pointer */
	struct fx_str key; /* object: the name whose value comes next; p NULL: a name comes next */
};

struct fx_builder {
	struct fx_doc *d;
	struct fx_err *err;
	struct fx_buf path;
	struct fx_level stack[FX_DEPTH];
	size_t depth;
};

void fx_build_start(struct fx_builder *b, struct fx_doc *d, struct fx_str text, const char *file,
                    struct fx_err *err);
/* Does a member's name come next? */
bool fx_build_wants_key(const struct fx_builder *b);
/* Each: 0, or -1 with err.  A value is taken over, also on failure. */
int fx_build_key(struct fx_builder *b, struct fx_str name, struct fx_place at);
int fx_build_value(struct fx_builder *b, json_t *value, struct fx_spot spot);
/* raw is a JSON number's text. */
int fx_build_number(struct fx_builder *b, struct fx_str raw, struct fx_spot spot);
/* An empty array or object, which stays open. */
int fx_build_open(struct fx_builder *b, json_t *node, struct fx_place at);
void fx_build_close(struct fx_builder *b);
/* Releases the builder, and the document when it failed; returns status. */
int fx_build_end(struct fx_builder *b, int status);
int fx_build_fail(struct fx_builder *b, struct fx_place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
