/*
 * Where a life's entries come from: a ledger, or files.
 */
#ifndef FX_TASK_LOAD_H
#define FX_TASK_LOAD_H

#include "base/app.h"
#include "ledger/store.h"
#include "task/life.h"

/* All entries of the ledger that the life has not seen; 0, or -1. */
int fx_life_read_ledger(struct fx_life *l, struct fx_ledger *from, struct fx_err *err);
/* The same from the ledger's snapshot on, where it has one that fits: for a fresh life without
 * hooks. *fresh: how many entries were read. */
int fx_life_resume(struct fx_life *l, struct fx_ledger *from, uint64_t *fresh, struct fx_err *err);
/* What has entered the ledger since it had *seen entries, which is moved on. */
int fx_life_follow(struct fx_life *l, struct fx_ledger *from, uint64_t *seen, struct fx_err *err);
/* Replace the snapshot when at least so many entries were new; 0: when it is worth the time. */
int fx_life_save(struct fx_life *l, struct fx_ledger *from, uint64_t fresh, uint64_t least,
                 struct fx_err *err);
/* The entries of one order, by the ledger's index. */
int fx_life_read_order(struct fx_life *l, struct fx_ledger *from, struct fx_str order_id,
                       struct fx_err *err);
/*
 * The command's operands (`-`: standard input).  A line that is no record is said
 * on stderr and makes the exit status FX_EXIT_DIRTY.  0, or -1: reading failed.
 */
int fx_life_read_files(struct fx_life *l, struct fx_app *app, struct fx_err *err);

#endif
