/*
 * What tasks were like: the recorded attributes that a rule could ask for, counted so
 * that the predicate which tells some tasks from the others can be found.
 */
#ifndef FX_REPORT_ATTRS_H
#define FX_REPORT_ATTRS_H

#include "base/map.h"
#include "base/mem.h"
#include "json/tape.h"

#define FX_ATTRS 32         /* names; those that come later are not looked at */
#define FX_ATTR_VALUES 48   /* of one name; a name with more is an id or an amount, and left out */
#define FX_ATTR_KINDS 65536 /* different tasks; with more nothing is said */
#define FX_ATTR_LEAST 5     /* tasks that a predicate must take: of fewer anything can be said */

/* One way that a task can be: for each name 0 (absent), or its value's number from 1. */
struct fx_kind_of_task {
	uint8_t v[FX_ATTRS];
	uint32_t id;
};

/* Zero-initialise; fx_attrs_free releases it. */
struct fx_attrs {
	struct fx_attr {
		struct fx_str name;
		struct fx_str text[FX_ATTR_VALUES]; /* JSON literals; number k is text[k - 1] */
		size_t n;
		bool wild;
	} attr[FX_ATTRS];
	size_t n;
	struct fx_map kinds;
	const struct fx_kind_of_task **kind; /* by id */
	size_t nkind, cap;
	bool over;
	struct fx_arena arena;
};

/* Of a trigger or a task.assigned: the decision's context, scalar members ("channel",
 * "ship_to.country") and those of lines that agree ("SKU.type").  Customers' members, ids and
 * times are left out.  NULL once there are too many kinds. */
const struct fx_kind_of_task *fx_attrs_read(struct fx_attrs *a, const struct fx_tape *t,
                                            struct fx_arena *scratch);
void fx_attrs_free(struct fx_attrs *a);

/* How many tasks there are of each kind, by its id.  Zero-initialise; free with free(v). */
struct fx_kinds {
	uint64_t *v;
	size_t n;
	uint64_t sum;
};
void fx_kinds_add(struct fx_kinds *k, const struct fx_kind_of_task *kind);

/* A predicate of one or two equalities: how many of some it takes, and how many of the others. */
struct fx_told_apart {
	size_t n; /* equalities; 0: none tells them apart */
	struct fx_str name[2], value[2];
	uint64_t takes, others;
};
/*
 * The one with the best F1 score (harmonic mean of the share of `some` that it takes and the share
 * of what it takes that is of them); both shares at least a half, no more than half of the others
 * taken, and better than taking all.
 * A second equality must earn its place by 0.02.
 */
void fx_attrs_tell(const struct fx_attrs *a, const struct fx_kinds *some,
                   const struct fx_kinds *all, struct fx_told_apart *out);

#endif
