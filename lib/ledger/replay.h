/*
 * Taking every decision of a ledger again, from the ledger alone.
 */
#ifndef FX_LEDGER_REPLAY_H
#define FX_LEDGER_REPLAY_H

#include "ledger/check.h"

struct fx_replay {
	uint64_t decisions; /* taken again */
	uint64_t same;
	uint64_t erased; /* that cannot be taken again: their trigger was erased */
	/* each one that comes out otherwise, or cannot be taken again: entry is its first task */
	void (*say)(void *arg, const struct fx_finding *f);
	void (*tick)(void *arg); /* now and then, or NULL */
	void *arg;
};

/*
 * Each decision is taken as of its tasks' `at`, on its trigger, with the registry that its
 * tasks name; trigger and registry.published must be in the ledger before it.
 */
int fx_replay(struct fx_ledger *l, struct fx_replay *r, struct fx_err *err);

#endif
