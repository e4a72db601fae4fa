/*
 * The conditions of a predicate, and what shows that each of them decides: masking MC/DC.
 *
 * A condition is a part that no AND, OR or NOT takes apart; one that is written twice is two.
 * A record shows it true (or false) when it is so there and the predicate would come out
 * otherwise - true for not true, or the reverse - were it the opposite, all others being what they
 * are.  Shown both ways, a pair of records differs in that condition and in the outcome.
 */
#ifndef FX_RULES_MCDC_H
#define FX_RULES_MCDC_H

#include "rules/cel_atom.h"

struct fx_conditions {
	const struct fx_cel_formula *root;
	const struct fx_cel_formula **v; /* in the order that they are written in */
	size_t n;
};

enum { FX_SHOWN_TRUE = 1, FX_SHOWN_FALSE = 2, FX_SHOWN_BOTH = 3 };

struct fx_conditions fx_conditions(struct fx_arena *a, const struct fx_cel *when);
/* Add to shown[0 .. n-1] what a record (or its line) shows. */
void fx_conditions_show(const struct fx_conditions *c, const struct fx_cel_input *in,
                        unsigned char *shown);

/* What holds on the records that show a condition so, and on no others. */
struct fx_shown_where {
	const struct fx_cel_formula **all, **none; /* true; not true */
	size_t nall, nnone;
};
/* Of condition i being `value`; in the arena. */
void fx_condition_where(struct fx_arena *a, const struct fx_conditions *c, size_t i, bool value,
                        const struct fx_cel_env *env, struct fx_shown_where *out);

#endif
