/*
 * What people and scripts call orders, tasks and exceptions, held against the ledger.
 */
#ifndef FX_LEDGER_ORDER_H
#define FX_LEDGER_ORDER_H

#include "base/map.h"
#include "ledger/store.h"

/*
 * The order that is meant by text: the one of that id, else, as shops leave it off, the one
 * with # in front.  Looks in all n ledgers for the first before it tries the second.
 * 1: *id is its id, in the arena; 0: no ledger has such an order; -1.
 */
int fx_order_find(struct fx_ledger *const *l, size_t n, struct fx_str text, struct fx_arena *a,
		  struct fx_str *id, struct fx_err *err);

/* "ORD-77/3kq9x2ab/1" -> "ORD-77": an order's id may hold slashes, the rest does not.
 * Empty: it is no task's id. */
struct fx_str fx_task_order(struct fx_str task_id);
/* Does an entry of the order bear the task's id?  1, 0, -1. */
int fx_task_known(struct fx_ledger *l, struct fx_str order_id, struct fx_str task_id,
		  struct fx_err *err);

/* Exceptions by their ids.  Zero-initialise. */
struct fx_opened {
	struct fx_tape tape;
	struct fx_arena arena;
	struct fx_map other; /* of those whose source is not the ledger's origin */
	bool read;
};
struct fx_opened_one {
	struct fx_str order_id, task_id; /* empty: it is about none */
};
/*
 * What an exception.opened of the ledger says of an exception.  Those of the ledger's own origin
 * are found by the index; for others the entries are read through, once.
 * 1: *out, in the arena; 0: there is no such exception; -1.
 */
int fx_opened_find(struct fx_opened *o, struct fx_ledger *l, struct fx_str id, struct fx_arena *a,
		   struct fx_opened_one *out, struct fx_err *err);
void fx_opened_free(struct fx_opened *o);

#endif
