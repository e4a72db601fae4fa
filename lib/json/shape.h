/*
 * Private to the room: what the names of objects were so far.
 *
 * Records repeat: behind "event" comes "event_id", as in the record before.  Each name that is
 * met is kept with the names that stood before it in its object, as a tree; the tape guesses the
 * next name from there and has only to compare it.  A name on such a path is known to be no
 * duplicate, and objects that end at the same node have the same names in the same order.  What
 * the tree has no room for is read as if there were none.
 */
#ifndef FX_JSON_SHAPE_H
#define FX_JSON_SHAPE_H

#include "json/tape.h"

#define FX_SHAPES 1024    /* nodes of the tree */
#define FX_SHAPE_NAMES 64 /* of one object */
#define FX_SHAPE_NAME 64  /* bytes of a name with its quotes */

/* Node 0 is an object without names. */
struct fx_shape {
	const char *name; /* the last name, with its quotes */
	uint32_t len;
	uint16_t n; /* names */
	uint16_t child, sibling; /* the child met last comes first */
	uint16_t inner; /* the first name of the objects that are or lie in this name's value */
	unsigned char *order; /* the names in the order of RFC 8785, once an object ended here */
	unsigned char *notes; /* fx_tape_notes' */
};

struct fx_shapes {
	struct fx_shape s[FX_SHAPES];
	uint32_t n;
	uint32_t missed;     /* names that found no room since */
	uint32_t root;       /* the first name of the last record */
	struct fx_arena mem; /* of names and orders */
};

/* Does the name with its quotes stand at p? */
static inline bool fx_shape_is(const struct fx_shape *s, const unsigned char *p,
                               const unsigned char *end)
{
	return (size_t)(end - p) >= s->len && fx_bytes_eq((const char *)p, s->name, s->len);
}
/* The node below `at` whose name stands at p, which then comes first; or 0. */
uint32_t fx_shape_find(struct fx_shapes *sh, uint32_t at, const unsigned char *p,
                       const unsigned char *end);
/* A new node below `at`; the name, with its quotes, is copied.  0: no room. */
uint32_t fx_shape_add(struct fx_shapes *sh, uint32_t at, struct fx_str name);
/* Before each record: there are shapes, and they still fit. */
void fx_shape_refresh(struct fx_tape *t);
void fx_shape_free(struct fx_shapes *sh);

/* The order of an object's names as positions among them; NULL: not known. */
static inline const unsigned char *fx_shape_order(const struct fx_tape *t, uint32_t obj)
{
	uint32_t shape = fx_tape_shape(t, obj);

	return shape ? t->shapes->s[shape].order : NULL;
}
/* Keep it for objects of the same shape: all n names' nodes, sorted. */
void fx_shape_learn(const struct fx_tape *t, uint32_t obj, const uint32_t *sorted, uint32_t n);

#endif
