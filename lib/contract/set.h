/*
 * A set of schemas: its documents, resources and nodes.  Private to the room.
 */
#ifndef FX_CONTRACT_SET_H
#define FX_CONTRACT_SET_H

#include <string.h>

#include "contract/node.h"

struct fx_schemas {
	struct fx_arena arena;
	bool assert_formats;
	bool dynamic;                      /* some schema has a $dynamicRef: scopes must be kept */
	struct fx_map resources;           /* absolute URI -> struct resource * */
	struct fx_map roots;               /* address of a resource's root -> struct resource * */
	struct fx_map nodes;               /* "FILE-ID#POINTER" -> struct node * */
	struct node *first, **last, *todo; /* all nodes; those from todo on are not compiled yet */
	struct mapping *maps;
	struct owned *owned; /* documents, patterns and tapes to free */
	unsigned nfiles;
	struct fx_errs *errs; /* of the load at hand */
	size_t nerrs;         /* faults of the load at hand */
};

/* A fault at a pointer of a file's document. */
void set_fault(struct fx_schemas *s, const struct file *f, struct fx_str pointer, const char *fmt,
               ...) __attribute__((format(printf, 4, 5)));

/* Each takes over what it is given, to be freed with the set. */
void set_own_regex(struct fx_schemas *s, struct regex *r);
void set_own_tape(struct fx_schemas *s, struct fx_tape *t);

/* The node of a place, compiled later when it is new. */
struct node *set_node(struct fx_schemas *s, const struct file *f, struct fx_str pointer,
                      const json_t *json, const struct resource *r);
/*
 * Where a reference in node n leads; NULL with a fault at the pointer.  *anchor (may be
 * NULL) gets the name when it led to a $dynamicAnchor, else p NULL.
 */
struct node *set_resolve(struct fx_schemas *s, const struct node *n, struct fx_str ref,
                         struct fx_str pointer, struct fx_str *anchor);
/* A fault for each schema that comes back to itself without going into the value. */
void set_find_loops(struct fx_schemas *s);
/* Compile one node. */
void node_compile(struct fx_schemas *s, struct node *n);

/* A string that jansson holds whole, but that ends early as a C string. */
static inline bool has_nul(const json_t *v)
{
	return memchr(json_is_string(v) ? json_string_value(v) : "", '\0',
	              json_string_length(v)) != NULL;
}

/* pointer + "/" + key, escaped; in the arena. */
struct fx_str pointer_key(struct fx_arena *a, struct fx_str pointer, const char *key);
struct fx_str pointer_index(struct fx_arena *a, struct fx_str pointer, size_t i);

/* How a keyword holds schemas. */
enum holds { HOLDS_NONE, HOLDS_ONE, HOLDS_LIST, HOLDS_MAP };
enum holds keyword_holds(const char *keyword);

/* Text of the built-in meta-schema of that URI (without fragment), or p NULL. */
struct fx_str meta_schema(struct fx_str uri);
#define META_2020_12 "https://json-schema.org/draft/2020-12/schema"

#endif
