/*
 * A snapshot of a life in the ledger's state/: a run reads what is new, plus what is due.
 *
 * The file holds each order as the fold keeps it, by the hash of its id, with the
 * first moment at which anything about it may fall due.  It is mapped, not read:
 * an order is decoded when an entry names it, when that moment has come, or when
 * somebody asks for it.  It is derived: one of another ledger, version, option or
 * of a later moment, or a damaged one, is passed over, and deleting it costs time.
 */
#ifndef FX_TASK_SNAPSHOT_H
#define FX_TASK_SNAPSHOT_H

#include "ledger/store.h"
#include "task/life.h"

/*
 * Start a fresh life (no hooks) from the ledger's snapshot, if it has one that fits.
 * *from: the first entry that it does not know; 0 without.  Never fails.
 */
void fx_snapshot_load(struct fx_life *l, struct fx_ledger *ledger, uint64_t *from);
/*
 * Write the life, which knows the first `size` entries of the ledger, and replace the
 * ledger's snapshot.  -1 with err; a directory that may not be written to is no error.
 */
int fx_snapshot_save(struct fx_life *l, struct fx_ledger *ledger, uint64_t size,
                     struct fx_err *err);
#endif
