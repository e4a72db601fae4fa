/*
 * A registry's own tests: those of each rule, and those in files beside it.
 */
#ifndef FX_RULES_RULETEST_H
#define FX_RULES_RULETEST_H

#include "rules/decide.h"

struct fx_test_result {
	struct fx_str name; /* "marketplace-preorder v3, test 1" */
	struct fx_place_of at;
	bool ok;
	struct fx_str why; /* what came instead */
};

struct fx_tests {
	struct fx_arena arena;
	struct fx_test_result *v;
	size_t n, cap, failed;
	const struct fx_registry *registry;
	size_t *wins; /* of each rule: in how many tests it won something */
	size_t *conditions, *seen_true, *seen_false; /* of each rule: its conjuncts, and how many
	                                                were seen so in tests that came to it */
	/* private */
	struct fx_decider *decider;
	struct fx_tape tape;
	unsigned char **seen; /* of each rule and conjunct: bits */
};

/*
 * Run the tests of every rule, then those in DIR/tests/ *.yaml (a list of given and expect),
 * as of now.  -1: such a file cannot be read, errs.
 */
int fx_tests_run(struct fx_tests *t, const struct fx_registry *r, fx_time now,
                 struct fx_errs *errs);
void fx_tests_free(struct fx_tests *t);

/*
 * Append the tests that are missing, as YAML for tests/ *.yaml, for a person to review: for each rule
 * that can win an order that it takes, and for each of its conditions one that differs in that
 * condition and that the rule does not take.  What is expected is what the registry does now.
 */
void fx_tests_generate(const struct fx_registry *r, fx_time now, struct fx_buf *out);

#endif
