/*
 * Erased records in the spools of owners: deleted there where that is ours to do, else named.
 */
#ifndef FX_SEND_ERASE_H
#define FX_SEND_ERASE_H

#include "ledger/traces.h"
#include "rules/registry.h"

struct fx_spools {
	uint64_t deleted; /* messages, of spools inside the home */
	uint64_t left;    /* of spools outside it */
	/* each of them */
	void (*say)(void *arg, const char *path, bool deleted);
	void *arg;
};
/*
 * Go through the spools of the registry's owners: DIR and the directories right below it
 * (tmp, new, cur).  A message that holds one of the records, in whatever format, is deleted
 * when DIR lies in the home.  A message that goes away meanwhile was taken by its owner.
 * 0, or -1 with err (FX_EIO).
 */
int fx_spools_erase(const struct fx_registry *reg, const char *home, struct fx_traces *t,
		    struct fx_spools *s, struct fx_err *err);

#endif
