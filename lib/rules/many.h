/*
 * Many records decided at once, a share of them a thread.
 *
 * Each record is read, decided and its tasks written as one alone would be; what comes out goes
 * in the order that the records came in.  What is not plainly decided or passed is left to the
 * caller, one by one: so faults are told in one place, in order.
 */
#ifndef FX_RULES_MANY_H
#define FX_RULES_MANY_H

#include "base/stream.h"
#include "rules/decide.h"

/* All tasks of one trigger together; more is some attack. */
#define FX_TASKS_MAX ((size_t)256 << 20)

/* What became of one of the lines. */
struct fx_routed {
	bool left;           /* to the caller: faulty, refused, or too large to go along */
	enum fx_decided how; /* FX_DECIDED or FX_PASSED */
	size_t ntasks, nlines;
	struct fx_str text; /* the line and its tasks, each with a newline */
};

struct fx_many;
/* parts: threads, the caller's included.  The registry must outlive it. */
struct fx_many *fx_many_new(const struct fx_registry *r, size_t parts);
void fx_many_free(struct fx_many *m);
/*
 * Decide n lines as of `now` (FX_TIME_NONE: each record's own `at`).  The n results and their
 * texts are valid until the next call; texts that follow each other may lie side by side.
 */
const struct fx_routed *fx_many_decide(struct fx_many *m, const struct fx_in_line *lines, size_t n,
                                       fx_time now, struct fx_str origin);

/*
 * The trigger as it came and all tasks of the decision made last by d, each with a newline,
 * appended to out.  -1: larger than records may be, out as it was.
 */
int fx_decision_write(struct fx_decider *d, struct fx_str line, const struct fx_decision *dec,
                      struct fx_str origin, struct fx_buf *out, struct fx_err *err);

#endif
