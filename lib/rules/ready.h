/*
 * Is a flow ready to carry real orders?  Eight things that it needs, and which of them are there.
 */
#ifndef FX_RULES_READY_H
#define FX_RULES_READY_H

#include "rules/ruletest.h"

#define FX_READY_ITEMS 8

struct fx_ready_item {
	const char *name;    /* "trigger" */
	struct fx_str have;  /* what is there; may be empty */
	struct fx_str lacks; /* what is not; empty: it is ready */
};

struct fx_ready {
	struct fx_str flow;
	size_t lacking; /* how many items are not ready */
	/*
	 * trigger: the events; owner: who can be reached; source of truth: the schema that says
	 * what a trigger must carry; routing rule; failure mode: what its promises fail with; QA
	 * signal: tests in which its rules win; metric: objectives; recovery path: fallbacks and
	 * exception paths.
	 */
	struct fx_ready_item item[FX_READY_ITEMS];
};

/* Each flow in order of its first rule, in the arena; tests: of the registry, run. */
size_t fx_readiness(struct fx_arena *a, const struct fx_registry *r, const struct fx_tests *tests,
                    struct fx_ready **out);

#endif
