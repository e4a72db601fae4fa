/*
 * Erasing a person's data from entries, with the tree unharmed and the erasure on record.
 */
#ifndef FX_LEDGER_REDACT_H
#define FX_LEDGER_REDACT_H

#include "ledger/append.h"
#include "ledger/traces.h"

struct fx_redact {
	const char *by, *reason; /* who and why, in words */
	const char *order_id;    /* whose entries they are; NULL: not said */
	fx_time at;
	uint64_t *index; /* of the entries, ascending; sorted and thinned here */
	size_t n;
	struct fx_traces *traces; /* gets what is to be looked for elsewhere, too */
	/* results */
	uint64_t erased; /* now */
	uint64_t record; /* the entry that says so */
	uint64_t cut;    /* lines taken out of cut/ */
};
/*
 * Append an entry.redacted that names the entries (those that are erased already are left
 * out), then put a marker in the place of each: its leaf hash, the number of that record,
 * and those members that tell of the work and not of the person.  Snapshots in state/ and
 * half-written files in entries/ are deleted; of cut/ those lines that are of these records,
 * and those that are no whole record.  Killed anywhere, the same call again does the rest.
 */
int fx_ledger_redact(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err);

#endif
