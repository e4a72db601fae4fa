/*
 * A new signing key for a ledger, for which the old one vouches.
 */
#ifndef FX_LEDGER_ROTATE_H
#define FX_LEDGER_ROTATE_H

#include "ledger/append.h"

struct fx_rotate {
	const char *by; /* who, or NULL */
	/* results */
	uint64_t record;       /* the entry that says so */
	bool ended;            /* the last rotation had been broken off and was ended; no other one was made */
	uint32_t old_id, new_id; /* of the keys */
};
/*
 * With a ledger that is open for writing: make a key in KEY.new, append a key.rotated under
 * a checkpoint that both keys sign, keep that record with its proof as rotations/N, add the key to
 * vkey (from here on it signs alone), keep the old key as KEY.old-ID and put the new one
 * in its place.  Broken off before vkey has the key, the old one goes on, and the next
 * call takes up KEY.new; after that, the next fx_ledger_open_write does the rest.
 */
int fx_ledger_rotate(struct fx_ledger *l, struct fx_rotate *r, struct fx_err *err);

#endif
