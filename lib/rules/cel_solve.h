/*
 * Exact reasoning over predicates: is there a record on which these hold and those do not?
 *
 * With one question all of lint's and diff's are asked.  A rule that can never win: all = the rule,
 * none = those before it.  A gap: none = all rules.  An overlap: all = both.  A change:
 * all = what the new rule takes, none = what the old one took.
 */
#ifndef FX_RULES_CEL_SOLVE_H
#define FX_RULES_CEL_SOLVE_H

#include "rules/cel_atom.h"

enum fx_cel_sat {
	FX_CEL_NEVER, /* proved: there is no such record */
	FX_CEL_FOUND, /* there is: the witness was evaluated and is one */
	FX_CEL_UNDECIDED
};

/* Is it what the question asks for, by the evaluator?  Of a record as JSON. */
typedef bool fx_cel_right(void *solver, struct fx_str record);
/*
 * Make a record that was found one of this world, in memory that outlives the question, such that
 * right(solver, *record) still holds.  False: it cannot be; the search goes on, but what it
 * does not find is UNDECIDED from then on.
 */
typedef bool fx_cel_fit(void *ctx, struct fx_str *record, fx_cel_right *right, void *solver);

/*
 * Those of `none`, by number and in any order, that the record on the tape (and its line, or
 * FX_NONE) can meet at all: of thousands few.  *n of them, valid until the next call.
 */
typedef const uint32_t *fx_cel_suspects(void *ctx, const struct fx_tape *t, uint32_t line,
                                        size_t *n);

/* False when no record of this world can have that text as the attribute's value. */
typedef bool fx_cel_takes(void *ctx, struct fx_str path, struct fx_str text);

struct fx_cel_question {
	const struct fx_cel_formula *const *all; /* must be true */
	size_t nall;
	const struct fx_cel_formula *const *none; /* must be false or an error */
	size_t nnone;
	const struct fx_cel_env *env; /* types, values, ranges, required fields; may be NULL */
	uint64_t budget;              /* of trials; 0: 200,000 */
	struct fx_str event;          /* what all records have as `event`; empty: anything */
	fx_cel_fit *fit;              /* rules/fit.h; NULL: a record is as it was found */
	fx_cel_takes *takes;          /* NULL: any text may be */
	void *ctx;                    /* of both */
	fx_cel_suspects *suspects; /* NULL: any may be met */
	void *suspects_ctx;
};

/*
 * Conditions on single attributes are decided exactly: equality, sets, ranges, prefixes and
 * endings, elements, presence, and bools.  What is opaque may turn out any way, and
 * attributes are taken as independent of each other but for their conditions here; so
 * NEVER is always right, FOUND is always right, and what is between them is UNDECIDED.
 * Of the contract, env has values and ranges; patterns, lengths and the rest are fit's.
 *
 * witness: the members of a record that matter, as a JSON object; a line is lines[0].  In the
 * arena.
 */
enum fx_cel_sat fx_cel_solve(struct fx_arena *a, const struct fx_cel_question *q,
                             struct fx_str *witness);

/* True when they cannot both be true: each fixes one attribute, to different values.  At a glance.
 */
bool fx_cel_exclude(const struct fx_cel_formula *f, const struct fx_cel_formula *g);

#endif
