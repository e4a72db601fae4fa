/* How keywords become nodes.  Private to the room. */
#ifndef FX_CONTRACT_COMPILE_H
#define FX_CONTRACT_COMPILE_H

#include "contract/set.h"

struct compiler {
	struct fx_schemas *s;
	struct node *n;
	struct object_kw *object;
	struct array_kw *array;
	struct string_kw *string;
	struct number_kw *number;
	struct logic_kw *logic;
	struct fx_map names; /* of object->names: text -> struct name * */
	uint32_t bits;       /* handed out so far */
};

/* The keyword at hand: its name, value and place. */
struct at {
	const char *key;
	const json_t *v;
	struct fx_str pointer;
};

#define bad(c, a, ...) set_fault((c)->s, (c)->n->file, (a)->pointer, __VA_ARGS__)

struct keyword {
	const char *name;
	unsigned vocabulary; /* 0: always */
	enum holds holds;
	void (*compile)(struct compiler *, const struct at *); /* NULL: says nothing of a value */
};

/* NULL: no keyword, so an annotation. */
const struct keyword *keyword_find(const char *name);

/* What a node needs, made when the first keyword asks for it. */
struct object_kw *need_object(struct compiler *c);
struct array_kw *need_array(struct compiler *c);
struct string_kw *need_string(struct compiler *c);
struct number_kw *need_number(struct compiler *c);
struct logic_kw *need_logic(struct compiler *c);

/* A name that an object's keywords speak of; kept: the check must remember whether it is there. */
struct name *name_of(struct compiler *c, const char *text);
struct name *name_kept(struct compiler *c, const char *text);

/* The value of a keyword, or a fault at its place. */
const struct node *take_schema(struct compiler *c, const struct at *a);
struct nodes take_schemas(struct compiler *c, const struct at *a);
bool take_map(struct compiler *c, const struct at *a);
uint64_t take_count(struct compiler *c, const struct at *a);
struct bound take_bound(struct compiler *c, const struct at *a);
struct regex *take_pattern(struct compiler *c, const struct at *a, const char *text);
bool take_string(struct compiler *c, const struct at *a);
/* A list of strings, each once; each is handed to take. */
void take_strings(struct compiler *c, const struct at *a,
                  void (*take)(struct compiler *, void *, const char *), void *arg);
/* enum and const. */
void take_equal(struct compiler *c, const struct at *a, bool is_const);

#endif
