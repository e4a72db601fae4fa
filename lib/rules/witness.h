/*
 * An order that shows something, from what the solver found.
 */
#ifndef FX_RULES_WITNESS_H
#define FX_RULES_WITNESS_H

#include "base/mem.h"

/* The members that matter, as an order of that event, with a line when it is about one; in the
 * arena. */
struct fx_str fx_witness(struct fx_arena *a, struct fx_str event, bool line, struct fx_str members);

#endif
