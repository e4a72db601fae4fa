/*
 * The index: which rules of an event a trigger can match at all.
 *
 * A rule is filed under one of its top-level conjuncts: attribute == or in strings,
 * startsWith, or a range of numbers; a rule that has none is always a candidate.
 * What is left out cannot match, what comes out is still tested: the index changes
 * the time that a decision takes and nothing else.
 */
#ifndef FX_RULES_INDEX_H
#define FX_RULES_INDEX_H

#include "json/tape.h"
#include "rules/registry.h"

struct fx_index;

/* Over n rules in order, which must outlive it; in the arena. */
struct fx_index *fx_index_new(struct fx_arena *a, const struct fx_rule *const *rules, size_t n);
/* What it holds outside the arena. */
void fx_index_free(struct fx_index *x);
/* The candidates' positions, ascending, into out, which has room for n; how many. */
size_t fx_index_candidates(struct fx_index *x, const struct fx_tape *t, const uint32_t *lines,
                           size_t nlines, struct fx_arena *scratch, uint32_t *out);
/* How many rules are always candidates. */
size_t fx_index_residual(const struct fx_index *x);

#endif
