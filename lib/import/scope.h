/*
 * What an expression of the mapping sees: the order at hand, the row or element that is
 * being repeated over, and the joined tables' rows that belong to it.
 */
#ifndef FX_IMPORT_SCOPE_H
#define FX_IMPORT_SCOPE_H

#include "import/mapping.h"
#include "json/tape.h"

/* A row of the base file; cells by the file's columns. */
struct fx_row {
	const struct fx_str *cell;
	unsigned ncell;
	uint64_t line;
	struct fx_str raw;
	const struct fx_err *bad; /* why it is refused; NULL: it is not */
};

/* A row of a joined table; cells by the mapping's slots. */
struct fx_trow {
	struct fx_trow *next; /* of the same key, in file order */
	struct fx_trow *last; /* of the first row of a key: the last one */
	uint64_t line;
	const struct fx_err *bad;
	bool used;
	struct fx_str cell[];
};

struct fx_table {
	struct fx_join *join;
	const char *path; /* NULL: an optional table that is not there */
	int *col;         /* slot -> column of the file, -1: it has none */
	struct fx_arena arena;
	struct fx_map index; /* key -> the first row */
	uint64_t rows;
	/* of the order at hand */
	struct fx_trow *row;
	bool known;
};

#define FX_IMPORT_ERRORS 16

struct fx_scope {
	const struct fx_mapping *m;
	const char *file; /* of the base */
	/* CSV */
	const int *col; /* slot -> column of the base file */
	const struct fx_row *group, *cur;
	unsigned ngroup;
	struct fx_table *table;
	/* JSON: the order, its children (bulk lines) and the element at hand */
	const struct fx_tape *tape, *kid;
	unsigned nkid;
	uint32_t root;
	const struct fx_tape *elem_tape;
	uint32_t elem;
	bool extra;        /* keep what the mapping does not name */
	unsigned position; /* of the row or element that is repeated over, from 1 */
	/* faults of this order */
	struct fx_err err[FX_IMPORT_ERRORS];
	size_t nerr;
	struct fx_arena scratch; /* of this order */
	struct fx_buf text;      /* joined columns */
	struct fx_buf order_id, identity;
};

/* Begin an order: the group or the tape was set. */
void fx_scope_begin(struct fx_scope *s);
/* Add a fault (at most FX_IMPORT_ERRORS are kept); returns -1. */
int fx_scope_fail(struct fx_scope *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The text of a column or path; false when it is absent, empty or a null word.  A JSON
 * array or object gives its JSON text and *json.
 */
bool fx_scope_text(struct fx_scope *s, const struct fx_from *from, struct fx_str *text, bool *json);
/* True when all conditions hold. */
bool fx_scope_holds(struct fx_scope *s, const struct fx_cond *cond, unsigned n);

/* for (fx_iter_begin(&it, s, each); fx_iter_next(&it);) ...: conditions of each are applied. */
struct fx_iter {
	struct fx_scope *s;
	const struct fx_each *each;
	/* private */
	unsigned i, position;
	struct fx_trow *row;
	uint32_t node, end;
	struct {
		const struct fx_row *cur;
		const struct fx_tape *tape;
		uint32_t elem;
		unsigned position;
	} outer;
	bool once;
};
void fx_iter_begin(struct fx_iter *it, struct fx_scope *s, const struct fx_each *each);
bool fx_iter_next(struct fx_iter *it);

#endif
