/*
 * Why: each rule in order, for each line of a trigger.
 *
 * Tests every rule's conjuncts one by one, also those behind the winner; does not use the
 * index, so it is a second account of the decision.
 */
#ifndef FX_RULES_EXPLAIN_H
#define FX_RULES_EXPLAIN_H

#include "rules/decide.h"

enum fx_trace_what {
	FX_TRACE_WON,
	FX_TRACE_LATER,     /* matches, but a rule before it won */
	FX_TRACE_FAILED,    /* a conjunct is false or an error */
	FX_TRACE_WINDOW,    /* outside from and until, or behind the canary's end */
	FX_TRACE_CANARY,    /* matches, but the order is not in its share */
	FX_TRACE_NEEDS_LINE /* names SKU, and the order has no lines */
};

struct fx_trace {
	const struct fx_rule *rule;
	enum fx_trace_what what;
	const struct fx_cel *failed; /* FAILED: the first conjunct that is not true */
	size_t nfailed;              /* FAILED: how many are not true */
	bool near_miss;              /* FAILED: just one of several */
	bool error;                  /* that conjunct is an error, not false */
	uint32_t bucket;             /* CANARY: of FX_CANARY_TOTAL */
	char message[160];           /* error: why */
};

/*
 * Append the trace of a trigger that fx_decide decided or refused just now, as text for people or
 * as one JSON object a line of the order (json).  place: "FILE:LINE", for people.
 */
void fx_explain(struct fx_decider *d, enum fx_decided how, const struct fx_err *why,
                struct fx_str place, bool json, struct fx_buf *out);
/* One rule on one line (FX_NONE: the order). won: whether an earlier rule took it. */
void fx_trace_rule(struct fx_decider *d, const struct fx_rule *r, uint32_t line, fx_time at,
                   bool won, struct fx_trace *out);

#endif
