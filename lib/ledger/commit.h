/*
 * Inside an append: make what is to be appended durable.
 */
#ifndef FX_LEDGER_COMMIT_H
#define FX_LEDGER_COMMIT_H

#include "ledger/batch.h"

/*
 * Under the lock, with a settled writer: write the items whose fate is FX_SIGN_APPENDED
 * (their indices follow the ledger's size), publish the checkpoint, add them to the index.
 */
int fx_commit_entries(struct fx_ledger *l, struct fx_batch *b, struct fx_err *err);

#endif
