/*
 * What a schema becomes: nodes in an arena, constant once compiled.
 * Private to the room.
 */
#ifndef FX_CONTRACT_NODE_H
#define FX_CONTRACT_NODE_H

#include "contract/regex.h"
#include "contract/schema.h"
#include "json/num.h"

struct fx_schemas;
struct node;

/* A document, or the part of one that stands for a schema's file. */
struct file {
	const struct fx_doc *doc;
	struct fx_str base; /* pointer of the schema's root in the document */
	struct fx_str uri;  /* where it was retrieved from */
	const char *name;   /* for messages */
	unsigned id;
};

/* A schema resource: what an $id (or a file) names; anchors are its own. */
struct resource {
	struct fx_str uri;
	const struct file *file;
	struct fx_str pointer; /* of its root in the document */
	const json_t *root;
	struct fx_map anchors; /* name -> struct anchor * */
	unsigned vocabulary;   /* VOCAB_* */
	const struct dynamic *dynamic;
};

/* A dynamic anchor of a resource: entry of a list. */
struct dynamic {
	struct fx_str name;
	const struct node *node;
	const struct dynamic *next;
};

enum { VOCAB_APPLICATOR = 1, VOCAB_UNEVALUATED = 2, VOCAB_VALIDATION = 4, VOCAB_FORMAT = 8 };

/* A name that an object's keywords speak of. */
struct name {
	struct fx_str text;
	const struct node *schema; /* of `properties`, or NULL */
	uint64_t bit;              /* in the mask of names seen; 0: not kept there */
	bool required;
};

/*
 * A text's key: its length and its first sixteen bytes, zeros behind its end; of a
 * longer one the first and the last eight.
 */
struct key {
	uint64_t head, tail;
	uint32_t n;
};

/*
 * limit: bytes may be read up to there, so that most keys are two loads and two
 * masks; names of all lengths follow each other, and a branch on each would be
 * foretold badly.
 */
static inline struct key name_key(struct fx_str s, const char *limit)
{
	static const uint64_t low[] = {
	    0,          0xff,         0xffff,         0xffffff,
	    0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
	    UINT64_MAX,
	};
	struct key k = {0, 0, (uint32_t)s.n};
	unsigned char bytes[16] = {0};

	if (s.n > 16) {
		__builtin_memcpy(&k.head, s.p, 8);
		__builtin_memcpy(&k.tail, s.p + s.n - 8, 8);
	} else if (limit - s.p >= 16) {
		uint32_t n = k.n < 8 ? k.n : 8;

		__builtin_memcpy(&k.head, s.p, 8);
		__builtin_memcpy(&k.tail, s.p + 8, 8);
		k.head &= low[n];
		k.tail &= low[k.n - n];
	} else {
		if (s.n)
			__builtin_memcpy(bytes, s.p, s.n);
		__builtin_memcpy(&k.head, bytes, 8);
		__builtin_memcpy(&k.tail, bytes + 8, 8);
	}
	return k;
}

struct slot {
	struct key key;
	uint32_t name; /* 1 + its index, or 0 */
};

/* Names by an open-addressed table whose multiplier was chosen for few collisions. */
struct names {
	struct name *name; /* in the schema's order */
	struct slot *slot;
	uint32_t n, mask;
	unsigned shift;
	uint64_t mul;
};

void names_build(struct names *t, struct fx_arena *a);

static inline uint32_t names_slot(const struct names *t, const struct key *k)
{
	return (uint32_t)((k->head ^ (k->tail << 23 | k->tail >> 41) ^ (uint64_t)k->n << 56) *
	                      t->mul >>
	                  t->shift);
}

static inline struct name *names_find(const struct names *t, struct fx_str s, const char *limit)
{
	struct key k = name_key(s, limit);

	if (!t->n)
		return NULL;
	for (uint32_t i = names_slot(t, &k); t->slot[i].name; i = (i + 1) & t->mask) {
		const struct slot *e = &t->slot[i];
		struct name *name = &t->name[e->name - 1];

		if (e->key.head == k.head && e->key.tail == k.tail && e->key.n == k.n &&
		    (k.n <= 16 || __builtin_memcmp(name->text.p, s.p, s.n) == 0))
			return name;
	}
	return NULL;
}

/* A list of nodes: allOf, anyOf, oneOf, prefixItems. */
struct nodes {
	const struct node **v;
	uint32_t n;
};

struct pattern_schema {
	struct regex *regex;
	const struct node *schema;
};

struct dependent {
	const struct name *on;
	const struct name **need; /* dependentRequired */
	uint32_t nneed;
	const struct node *schema; /* dependentSchemas */
};

struct object_kw {
	struct names names;
	uint64_t required; /* bits of the required names */
	bool late;         /* some name that must be kept has no bit: there are over 64 */
	uint64_t min, max;
	struct pattern_schema *pattern;
	uint32_t npattern;
	const struct node *additional, *property_names;
	struct dependent *dependent;
	uint32_t ndependent;
};

struct array_kw {
	struct nodes prefix;
	const struct node *items, *contains;
	uint64_t min, max, min_contains, max_contains;
	bool unique;
};

struct string_kw {
	uint64_t min, max;
	struct regex *pattern;
	const struct format *format;
};

struct bound {
	struct fx_str text; /* p NULL: none */
	int64_t i;
	bool small; /* i holds it */
};

struct number_kw {
	struct bound min, max, above, below, multiple;
};

/* enum and const: strings by table, all by tape. */
struct equal_kw {
	struct names strings;
	struct fx_tape tape; /* an array of the values */
	bool others;         /* some value is no string */
	bool is_const;
	const struct equal_kw *next; /* a schema may have both */
};

struct logic_kw {
	const struct node *ref, *dynamic_ref;
	struct fx_str dynamic_name; /* p NULL: $dynamicRef is just a $ref */
	struct nodes all, any, one;
	const struct node * not, *cond, *then, *otherwise;
};

enum { VERDICT_OPEN, VERDICT_TRUE, VERDICT_FALSE };

struct node {
	const struct node *alias; /* nothing but a $ref: go there */
	uint8_t verdict;          /* of a boolean schema or an empty one */
	uint8_t accept;           /* bit per enum fx_type that `type` lets through */
	uint8_t more;             /* bit per enum fx_type that has more to check */
	bool whole;               /* numbers only when whole: `type` says integer, not number */
	bool plain;               /* no enum, const, nor anything that applies other schemas */
	const struct object_kw *object;
	const struct array_kw *array;
	const struct string_kw *string;
	const struct number_kw *number;
	const struct equal_kw *equal;
	const struct logic_kw *logic;
	const struct node *unevaluated_items, *unevaluated_properties;
	const struct resource *resource;
	/* for messages */
	const struct file *file;
	struct fx_str pointer; /* in the document */
	const json_t *json;
	unsigned types;    /* FX_T_* */
	uint8_t color;     /* of the search for loops */
	struct node *next; /* in the set's list */
};

struct fx_schema {
	const struct node *root;
	const struct fx_schemas *set;
};

#endif
