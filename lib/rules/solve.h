/*
 * Exact reasoning over rules: is there an order for which something holds?
 *
 * Each attribute that the predicates compare with constants falls into finitely many
 * classes (each constant, between two numbers, any other string, null, absent ...);
 * one value stands for each class.  The search goes through the classes, attribute by
 * attribute, and cuts what a partial order decides already.  What a predicate does
 * beyond comparisons, in, startsWith, endsWith, has and boolean structure is open:
 * it may be true or not.  An order that is found is tried by the evaluator itself, so
 * "there is one" and "there is none" are both proved, or the answer is "undecided".
 */
#ifndef FX_RULES_SOLVE_H
#define FX_RULES_SOLVE_H

#include "rules/decide.h"

enum fx_truth { FX_FALSE_T, FX_TRUE_T, FX_ERROR_T, FX_OPEN_T };
enum fx_solved { FX_NONE_EXISTS, FX_EXISTS, FX_UNDECIDED };

struct fx_solver;

/* Over the rules given, of one event, in order; with_line: for a line of an order, else for an
 * order without lines, where rules that name SKU do not count. */
struct fx_solver *fx_solver_new(struct fx_arena *a, const struct fx_rule *const *rules, size_t n,
                                struct fx_str event, bool with_line);
void fx_solver_free(struct fx_solver *s);

/*
 * What is looked for, told of each partial order: v[i] is rule i's truth, OPEN when not
 * decided yet.  FALSE: not here nor in any order beyond; TRUE: whatever comes, here it is; OPEN.
 */
typedef enum fx_truth fx_solve_goal(const enum fx_truth *v, size_t n, void *ctx);

/*
 * Search.  EXISTS: *witness is such an order as JSON, in the arena.  first: the rule whose
 * attributes are tried first (n: none).
 */
enum fx_solved fx_solve(struct fx_solver *s, fx_solve_goal *goal, void *ctx, size_t first,
                        struct fx_str *witness);

#endif
