/*
 * Inside an append: what becomes of each record of a batch.
 */
#ifndef FX_LEDGER_RESOLVE_H
#define FX_LEDGER_RESOLVE_H

#include "ledger/batch.h"

/*
 * Give each item its fate and index, as if entries were appended from l->size on.
 * Returns how many are to be appended, or -1.
 */
int fx_resolve(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err);

#endif
