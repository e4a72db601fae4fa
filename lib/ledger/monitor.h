/*
 * Watching a ledger from outside: it may only grow.
 */
#ifndef FX_LEDGER_MONITOR_H
#define FX_LEDGER_MONITOR_H

#include "ledger/note.h"
#include "ledger/store.h"

/*
 * Does the ledger's present checkpoint lead on from an earlier one (a signed note, file names
 * it in messages)?  Proved by an RFC 6962 consistency proof.  1: yes; 0: no, why says
 * what is wrong; -1 with err.  size (may be NULL): of the earlier one.
 */
int fx_ledger_grown(struct fx_ledger *l, struct fx_str earlier, const char *file, uint64_t *size,
		    struct fx_err *why, struct fx_err *err);
/*
 * A monitor's turn: compare with what it saw last (the file; none yet: this is its first
 * look), and when the ledger only grew keep its present checkpoint there instead, cosigned
 * when a key is given (c2sp.org/tlog-cosignature, never the ledger's own).  1, 0, -1 as above.
 */
int fx_ledger_watch(struct fx_ledger *l, const char *file, const struct fx_skey *cosigner,
		    struct fx_err *why, struct fx_err *err);
/* The checkpoint as the ledger has it now, a signed note. */
struct fx_str fx_ledger_note(const struct fx_ledger *l);

#endif
