/* One check under way.  Private to the room. */
#ifndef FX_CONTRACT_RUN_H
#define FX_CONTRACT_RUN_H

#include "contract/set.h"

/* Schemas within schemas at most so deep: the value's depth, times what stays at one value. */
#define CHECK_DEPTH 2048
/* A check ends after so many steps and as many more for each node of the value. */
#define CHECK_STEPS ((uint64_t)1 << 20)
#define CHECK_STEPS_NODE 256

/* How far a branch is from fitting: no text is made, only a sum. */
struct score {
	uint32_t at; /* the value that the branch is for */
	unsigned long sum, n;
};

struct run {
	const struct fx_tape *t;
	const char *end; /* of the text of the root: bytes may be read up to there */
	uint32_t base;   /* the value under check: pointers start here */
	struct fx_check *k;
	const struct fx_schemas *set;
	const struct file *file; /* of the root schema */
	bool collect;            /* go on after a fault, and tell each */
	struct score *score;     /* when collecting: only score */
	unsigned depth;
	uint64_t steps;
	bool over; /* a limit was passed: the verdict is "no", whatever a `not` makes of it */
};

/* What a fault concerns: the keyword of a node, and its index or name below (NULL: none). */
struct fault_at {
	const struct node *n;
	const char *keyword;
	uint32_t v;
};

/*
 * The cold side: each does nothing unless the run collects, and returns false,
 * so that a failing test is `return fault_x(...)`.
 */
bool fault_say(struct run *r, const struct node *n, const char *keyword, uint32_t v,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));
bool fault_type(struct run *r, const struct node *n, uint32_t v);
bool fault_false(struct run *r, const struct node *n, uint32_t v);
bool fault_equal(struct run *r, const struct node *n, const struct equal_kw *e, uint32_t v);
bool fault_missing(struct run *r, const struct node *n, const struct name *e, uint32_t v,
                   const struct name *because);
bool fault_unknown(struct run *r, const struct node *n, const char *keyword, uint32_t key);
bool fault_pattern(struct run *r, const struct node *n, uint32_t v, bool limit);
bool fault_bound(struct run *r, const struct node *n, const char *keyword, uint32_t v,
                 const char *wanted, const struct bound *b);
bool fault_over(struct run *r, const struct node *n, uint32_t v);
/* "fits none of 3 alternatives", before the faults of the nearest are told. */
bool fault_none(struct run *r, const struct node *n, const char *keyword, const struct nodes *list,
                uint32_t nearest, uint32_t v);
/* True (and told) when no branch lets the value's type through, so that types are all there is to
 * say. */
bool fault_types(struct run *r, const struct node *n, const char *keyword, const struct nodes *list,
                 uint32_t v);

/* A string's or name's value; scratch is used when it has escapes. */
static inline struct fx_str text_of(const struct run *r, uint32_t v)
{
	const struct fx_node *n = &r->t->node[v];

	if (n->flags & FX_NODE_ESCAPED)
		return fx_tape_str(r->t, v, &r->k->scratch);
	return (struct fx_str){r->t->text + n->off, n->len};
}

/* The limit of names_find for that text. */
static inline const char *limit_of(const struct run *r, uint32_t v, struct fx_str text)
{
	return r->t->node[v].flags & FX_NODE_ESCAPED ? text.p + text.n : r->end;
}

static inline struct fx_str raw_of(const struct run *r, uint32_t v)
{
	return (struct fx_str){r->t->text + r->t->node[v].off, r->t->node[v].len};
}

/* Where the scratch stood: what was taken since is given back. */
struct mark {
	struct fx_chunk *cur;
	size_t used;
};

static inline struct mark mark(const struct run *r)
{
	return (struct mark){r->k->scratch.cur, r->k->scratch.used};
}

static inline void release(struct run *r, struct mark m)
{
	r->k->scratch.cur = m.cur ? m.cur : r->k->scratch.first;
	r->k->scratch.used = m.used;
}

/*
 * A test within a keyword: at its failure leave when only the verdict is
 * wanted, else remember and go on.
 */
#define MUST(expr)                                                                                 \
	do {                                                                                       \
		if (!(expr)) {                                                                     \
			if (!r->collect)                                                           \
				return false;                                                      \
			ok = false;                                                                \
		}                                                                                  \
	} while (0)

/* What concerns one value alone; each tells its faults. */
bool check_string(struct run *r, const struct node *n, uint32_t v);
bool check_number(struct run *r, const struct node *n, uint32_t v);
bool check_equal(struct run *r, const struct node *n, uint32_t v);
bool check_unique(struct run *r, const struct node *n, uint32_t v);

/* Title, description ...: a string member of the schema, or NULL. */
const char *node_text(const struct node *n, const char *key);

#endif
