/*
 * The outbox: what the ledger holds open and nobody has accepted yet.
 *
 * Wanted are, for live triggers (registry's live_from) and owners that are not silenced:
 *  - each open task's export, to the owner it was assigned to, while that owner has it,
 *    and to one to whom a person handed it;
 *  - each step of an open exception, to whoever has it by that step and to those that
 *    its record names in `notify`, and the export again when the step says so;
 *  - an exception's acknowledgement and its end, to those with whom it opened an incident
 *    (fx_incident: PagerDuty), and its hold's to who keeps it (fx_hold_ended);
 *  - each task.cancelled that is owed (fx_notice_owed).
 * What was accepted is done; what failed for good is done, too (it has its own
 * exception path); what failed and has a retry_at waits for it.
 */
#ifndef FX_SEND_OUTBOX_H
#define FX_SEND_OUTBOX_H

#include "ledger/store.h"
#include "rules/registry.h"
#include "task/life.h"

struct fx_pending {
	uint64_t index;               /* of the record in the ledger */
	const struct fx_owner *owner;
	struct fx_str cause;          /* the event id that asks for it */
	unsigned attempt;             /* the number of this one, from 1 */
};

struct fx_outbox {
	struct fx_pending *v; /* by index */
	size_t n, cap;
	size_t waiting;       /* failed, and not due again yet */
	size_t unknown;       /* their owner is not in the registry any more */
};

/*
 * Collect from a life whose `now` is set, and that was read from the ledger; spans live
 * as long as the life and the arena.
 */
int fx_outbox_collect(struct fx_outbox *b, struct fx_life *life, const struct fx_registry *r,
		      struct fx_ledger *ledger, struct fx_arena *a, struct fx_err *err);
void fx_outbox_free(struct fx_outbox *b);

#endif
