/*
 * A registry's own tests: those of each rule, and those in files beside it.
 */
#ifndef FX_RULES_RULETEST_H
#define FX_RULES_RULETEST_H

#include "rules/decide.h"
#include "rules/mcdc.h"

struct fx_test_result {
	struct fx_str name; /* "marketplace-preorder v3, test 1" */
	struct fx_place_of at;
	bool ok;
	struct fx_str why; /* what came instead */
};

/* What the tests say of one rule. */
struct fx_coverage {
	size_t won; /* tests in which it won something */
	struct fx_conditions conditions;
	unsigned char *shown; /* of each condition, on lines that no rule before it took: bits */
	size_t covered;       /* conditions that were shown both ways */
};

struct fx_tests {
	struct fx_arena arena;
	struct fx_test_result *v;
	size_t n, cap, failed;
	const struct fx_registry *registry;
	struct fx_coverage *of; /* each rule */
	/* private */
	struct fx_decider *decider;
	struct fx_tape tape;
};

/*
 * Run the tests of every rule, then those in DIR/tests/ *.yaml (a list of given and expect),
 * as of now.  -1: such a file cannot be read, errs.
 */
int fx_tests_run(struct fx_tests *t, const struct fx_registry *r, fx_time now,
                 struct fx_errs *errs);
void fx_tests_free(struct fx_tests *t);
/*
 * Decide what is given, with what every trigger has where it lacks, and add what that shows to the
 * coverage.  The decision is valid until the next one.
 */
enum fx_decided fx_tests_decide(struct fx_tests *t, const json_t *given, struct fx_str event,
                                fx_time now, const struct fx_decision **dec, struct fx_err *err);

/*
 * Append the tests that are missing, as YAML for tests/ *.yaml, for a person to review: for each
 * rule an order that it takes, and for each of its conditions one that shows it true and one that
 * shows it false (rules/mcdc.h), as far as those that are there do not.  What is expected is what
 * the registry does now.  What no order was found for is a comment at the end.  -1: errs, as above.
 */
int fx_tests_generate(const struct fx_registry *r, fx_time now, struct fx_buf *out,
                      struct fx_errs *errs);

#endif
