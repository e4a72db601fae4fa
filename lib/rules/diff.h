/*
 * Two registries: which rules differ, and for which orders somebody else gets the work.
 */
#ifndef FX_RULES_DIFF_H
#define FX_RULES_DIFF_H

#include "rules/decide.h"
#include "rules/fit.h"

enum fx_rule_change { FX_RULE_ADDED, FX_RULE_REMOVED, FX_RULE_CHANGED };

struct fx_rule_diff {
	enum fx_rule_change change;
	const struct fx_rule *before, *after; /* NULL where there is none */
	struct fx_str what;                   /* CHANGED: the keys that differ, joined by ", " */
	bool same_version;                    /* CHANGED, and the version did not rise */
};

/* What becomes of a line: who has it, how, with which promises.  Interned: compare the pointers. */
struct fx_outcome {
	struct fx_str text; /* "owner, flow", "refused" or "passes" */
	struct fx_str full; /* with SLA and fallback */
};

struct fx_handover {
	const struct fx_outcome *from, *to;
	uint64_t lines, orders;
	struct fx_str order; /* the first order's id; of a witness: the order as JSON */
	uint64_t last_order; /* private */
};

struct fx_diff {
	struct fx_arena arena;
	const struct fx_registry *before, *after;
	struct fx_rule_diff *rules;
	size_t nrules;
	struct fx_handover *handovers; /* in order of first sight */
	size_t nhandovers, cap;
	uint64_t orders, lines, changed_orders, changed_lines;
	bool undecided; /* fx_diff_regions: some region could not be decided */
	/* private */
	struct fx_decider *old_decider, *new_decider;
	struct fx_map outcomes;
	bool order_differs;
	struct fx_fit fit;
};

/* The registries must outlive it; their rules are compared at once. */
void fx_diff_init(struct fx_diff *d, const struct fx_registry *before,
                  const struct fx_registry *after);
/* Decide a trigger both ways, as of now (FX_TIME_NONE: its own at); others are not looked at. */
void fx_diff_order(struct fx_diff *d, const struct fx_tape *t, fx_time now);
/*
 * Without orders: a witness for each pair of outcomes that some order is moved between, as
 * of now, for orders inside no canary and inside all of them.  None and not undecided:
 * proved that nothing moves.  A witness meets the contract of the new registry, where it has one
 * that is sound, else of the old.
 */
void fx_diff_regions(struct fx_diff *d, fx_time now);
void fx_diff_free(struct fx_diff *d);

#endif
