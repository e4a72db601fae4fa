/*
 * What may still hold an erased record beside entries/: a text is asked whether it has one.
 */
#ifndef FX_LEDGER_TRACES_H
#define FX_LEDGER_TRACES_H

#include "ledger/store.h"

struct fx_traces;
struct fx_traces *fx_traces_new(void);
void fx_traces_free(struct fx_traces *t);
/* Look for the records of this order. */
void fx_traces_order(struct fx_traces *t, const char *order_id);
/* Look for this record, an entry or the marker that stands for it. */
void fx_traces_entry(struct fx_traces *t, struct fx_str entry);
/*
 * Does the JSON text hold such a record, itself or anywhere inside (an exception's context, an
 * event's data)?  1, 0, -1: it is no JSON.
 */
int fx_traces_in(struct fx_traces *t, struct fx_str json);

#endif
