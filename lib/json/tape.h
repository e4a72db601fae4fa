/*
 * The tape: a JSON text read in one strict pass, without a copy.
 *
 * Reads RFC 8259 JSON in UTF-8: one value, nothing but white space around it.
 * Refused, each with its byte: invalid UTF-8, a lone surrogate escape, a NUL as it
 * is, a duplicate member name, nesting over FX_DEPTH, a text over FX_LINE_MAX.
 * Numbers of any size are taken; they are kept as their text.  So is \u0000: a decoded
 * string may hold a NUL, and goes by its length.
 * No recursion, no allocation once the tape has grown to the largest record.
 */
#ifndef FX_JSON_TAPE_H
#define FX_JSON_TAPE_H

#include "base/err.h"
#include "base/mem.h"

#define FX_DEPTH 128

enum fx_type { FX_NULL, FX_FALSE, FX_TRUE, FX_NUMBER, FX_STRING, FX_ARRAY, FX_OBJECT };

enum {
	FX_NODE_ESCAPED = 1, /* string: holds a backslash, so its bytes are not its value */
	FX_NODE_INTEGER = 2, /* number: no fraction and no exponent in the text */
	FX_NODE_KEY = 4,     /* string: a member's name; its value is the next node */
	FX_NODE_PLAIN = 8    /* value: a scalar whose text is surely its canonical form */
};

/*
 * Nodes lie in document order; an object's children are name, value, name,
 * value.  off and len are of the text: a string without its quotes, a container
 * with its brackets.  next is the node after this value with all that is in it.
 */
struct fx_node {
	uint32_t off, len, next;
	uint32_t count : 24; /* members or elements; of an object's first name: fx_tape_shape's */
	uint32_t type : 4;   /* enum fx_type */
	uint32_t flags : 4;
};

struct fx_tape {
	const char *text; /* the caller's; must outlive the use of the tape */
	struct fx_node *node;
	uint32_t n, cap;
	bool nul; /* some string or name has \u0000 */
	/* private: the table that finds duplicate names in large objects */
	uint32_t *dup;
	uint32_t ndup;
	struct fx_shapes *shapes; /* what is known of earlier objects' names */
};

/* 0, or -1 with FX_EDATA: message and err->byte.  Node 0 is the value. */
int fx_tape_read(struct fx_tape *t, struct fx_str text, struct fx_err *err);
void fx_tape_free(struct fx_tape *t);

/* No node: what a look-up returns when there is none (node 0 is always the root). */
#define FX_NONE 0u

/* The value of a member by its decoded name, or FX_NONE; FX_NONE too when obj is no object. */
uint32_t fx_tape_get(const struct fx_tape *t, uint32_t obj, struct fx_str name);
/* By RFC 6901 pointer ("" is the root); *found tells whether it is there. */
uint32_t fx_tape_pointer(const struct fx_tape *t, struct fx_str pointer, bool *found);
static inline enum fx_type fx_tape_type(const struct fx_tape *t, uint32_t i)
{
	return (enum fx_type)t->node[i].type;
}
/* Not 0: objects of the record with the same number have the same names in the same order. */
static inline uint32_t fx_tape_shape(const struct fx_tape *t, uint32_t obj)
{
	return t->node[obj].count ? t->node[obj + 1].count : 0;
}
/*
 * A byte for each of the object's names in order, for what the tape's user knows of them: 0 at
 * first, and then the same for all objects of the shape.  NULL when the shape is not known.
 */
unsigned char *fx_tape_notes(const struct fx_tape *t, uint32_t obj);
/* The value's text as it stands, a string with its quotes. */
static inline struct fx_str fx_tape_raw(const struct fx_tape *t, uint32_t i)
{
	const struct fx_node *n = &t->node[i];
	bool quoted = n->type == FX_STRING;

	return (struct fx_str){t->text + n->off - quoted, n->len + 2u * quoted};
}
/* A string's value: the line's own bytes, or decoded into the arena when it has escapes. */
struct fx_str fx_tape_str(const struct fx_tape *t, uint32_t i, struct fx_arena *a);
/* Is the string (or name) of that value? */
bool fx_tape_str_eq(const struct fx_tape *t, uint32_t i, struct fx_str s);
/* The string member of that name, decoded; {NULL, 0} when absent or no string. */
struct fx_str fx_tape_get_str(const struct fx_tape *t, uint32_t obj, struct fx_str name,
                              struct fx_arena *a);

/* for (uint32_t i = c + 1; i < t->node[c].next; i = fx_tape_next(t, i)) over an array's elements;
 * over an object's members, i is the name and i + 1 the value. */
static inline uint32_t fx_tape_next(const struct fx_tape *t, uint32_t i)
{
	return t->node[i].flags & FX_NODE_KEY ? t->node[i + 1].next : t->node[i].next;
}

#endif
