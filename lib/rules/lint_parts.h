/* What the parts of lint share.  Inside rules. */
#ifndef FX_RULES_LINT_PARTS_H
#define FX_RULES_LINT_PARTS_H

#include "rules/fit.h"
#include "rules/lint.h"

/* Beyond this many rules of one event only the plain checks are made. */
#define FX_LINT_SOLVE_MAX 20000

struct fx_lint_run {
	const struct fx_registry *r;
	struct fx_findings *out;
	fx_time now;
	struct fx_fit fit;
	struct fx_tape tape;
	struct fx_arena scratch, work; /* work: of one question */
};

/* The finding stays valid until the next one. */
struct fx_finding *fx_lint_find(struct fx_lint_run *l, enum fx_severity severity, const char *code,
                                struct fx_place_of at, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The place of a key's value in a rule (of the rule itself when it is a table's row). */
struct fx_place_of fx_lint_rule_place(const struct fx_lint_run *l, const struct fx_rule *r,
                                      const char *key, size_t offset);
/* Do two rules share an event?  The first that they do, else an empty one. */
struct fx_str fx_lint_shared_event(const struct fx_rule *a, const struct fx_rule *b);

void fx_lint_nobody(struct fx_lint_run *l);
/* fx_fit_solve; the order is copied to the findings when it is asked for. */
enum fx_cel_sat fx_lint_solve(struct fx_lint_run *l, struct fx_cel_question *q, struct fx_str event,
                              bool line, struct fx_str *order);

void fx_lint_wins(struct fx_lint_run *l);
void fx_lint_overlaps(struct fx_lint_run *l);
void fx_lint_unused(struct fx_lint_run *l);
void fx_lint_holes(struct fx_lint_run *l);
void fx_lint_absent(struct fx_lint_run *l);

#endif
