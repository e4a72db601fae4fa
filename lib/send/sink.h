/*
 * Where attempts go: into the ledger, or to a stream.  Shared by the lanes' threads.
 */
#ifndef FX_SEND_SINK_H
#define FX_SEND_SINK_H

#include <pthread.h>

#include "base/stream.h"
#include "ledger/append.h"
#include "send/lane.h"

struct fx_sink {
	struct fx_ledger *ledger; /* open for writing, or NULL */
	struct fx_out *out;       /* where there is no ledger; or both NULL: nowhere */
	struct fx_str source;     /* of the attempts: the ledger's origin */
	fx_time now;              /* FX_TIME_NONE: the clock at each outcome */
	/* results */
	uint64_t attempts, accepted;
	struct fx_err err;        /* the first failure; nothing is sent after it */
	bool failed;
	/* private */
	pthread_mutex_t lock;
	struct fx_batch *batch;
	size_t pending;
	fx_time last;
};

void fx_sink_init(struct fx_sink *s);
void fx_sink_free(struct fx_sink *s);
/*
 * A lane's `done` with the sink as its arg: record one outcome, durable at the latest
 * when a second or 256 outcomes have passed; job NULL: make all of them durable now,
 * which has to be before an owner's lock is released.
 */
int fx_sink_put(void *sink, const struct fx_lane *l, const struct fx_job *job);

/*
 * The owner's lock: DIR/state/send/OWNER.lock.  The descriptor, or -1 with errno
 * (EWOULDBLOCK: another fx-send is at this owner).  It goes with close(2).
 */
int fx_owner_lock(const char *ledger, struct fx_str owner);
/* Whoever has the lock: until when the owner's endpoint wants to be sent nothing (Retry-After, or
 * it is gone).  FX_TIME_NONE: it did not say, or the owner has another one now.  A lost answer
 * costs one attempt. */
fx_time fx_owner_rest(int lock, const struct fx_endpoint *e);
void fx_owner_set_rest(int lock, const struct fx_endpoint *e, fx_time until);

/*
 * What goes out for entry `index`: the entry with its audit_token, an exception's
 * context with the entries themselves in place of their tokens.  Into the arena.
 */
int fx_export_of(struct fx_ledger *l, uint64_t index, struct fx_arena *a, struct fx_str *record,
		 struct fx_err *err);

#endif
