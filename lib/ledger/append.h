/*
 * Appending: a batch of records in, each one's fate out.
 *
 *	struct fx_batch *b = fx_batch_new();
 *	fx_batch_add(b, line, &why);            -- as often as there are records
 *	fx_ledger_append(l, b, true, &err);     -- all durable, or -1 and none
 *	for (i = 0; i < fx_batch_count(b); i++)
 *		if (fx_batch_signed(b, i)->fate ...)
 *	fx_batch_reset(b);
 *
 * A record whose fate is told is in the ledger, synced, under a signed checkpoint.
 */
#ifndef FX_LEDGER_APPEND_H
#define FX_LEDGER_APPEND_H

#include "ledger/store.h"

#define FX_BATCH_MAX 4096u                 /* records a batch */
#define FX_BATCH_BYTES ((size_t)8 << 20)   /* a batch takes no further record beyond that */
/*
 * A decision is the task.assigned records with one trigger (source, event_id) and one
 * decision.digest; decision.tasks says how many there are.  It supersedes the live
 * decision of its trigger when its decision.supersedes is that one's digest.
 */
#define FX_BATCH_HELD ((size_t)256 << 20)  /* of an unfinished decision, at most */

enum fx_fate {
	FX_SIGN_APPENDED,   /* as entry `index` */
	FX_SIGN_DUPLICATE,  /* the ledger has it as entry `index`; what goes on is that entry */
	FX_SIGN_CONFLICT,   /* entry `index` has its source and event_id, and other content:
			     * reject */
	FX_SIGN_DECIDED,    /* its trigger has another live decision, of which entry `index` is
			     * one: count as already_decided, neither appended nor passed on */
	FX_SIGN_INCOMPLETE, /* its decision is not whole: reject */
	FX_SIGN_HELD        /* its decision may yet become whole: fx_batch_reset keeps it */
};

struct fx_signed {
	enum fx_fate fate;
	uint64_t index;
	struct fx_str record; /* as it was given */
	struct fx_str entry;  /* as the ledger has it (FX_SIGN_APPENDED, FX_SIGN_DUPLICATE) */
	unsigned char leaf[FX_SHA256_LEN];
	const char *why; /* FX_SIGN_CONFLICT, FX_SIGN_INCOMPLETE: one line for people */
};

struct fx_batch;
struct fx_batch *fx_batch_new(void);
void fx_batch_free(struct fx_batch *b);
/*
 * Take one record (copied).  0: taken; 1: the batch is full, append and reset it
 * first; -1: no record for a ledger (event, event_id, source, at are needed),
 * why says why, the batch is as it was.
 */
int fx_batch_add(struct fx_batch *b, struct fx_str line, struct fx_err *why);
/* The same with the tape of the line, when the caller has read it already. */
int fx_batch_add_tape(struct fx_batch *b, struct fx_str line, const struct fx_tape *t,
		      struct fx_err *why);
/* Records in it, in the order they were added. */
size_t fx_batch_count(const struct fx_batch *b);
/* True when the last record may be a trigger whose tasks are still to come. */
bool fx_batch_open_end(const struct fx_batch *b);
/* The fate of record i, after fx_ledger_append; valid until reset. */
const struct fx_signed *fx_batch_signed(const struct fx_batch *b, size_t i);
/*
 * Before an append that runs while another batch is filled: move what is not whole
 * (and an open end, when the batch is full) to the empty batch `to`, there and here in the
 * same order.  What moved has the fate FX_SIGN_HELD here at once and is gone at the
 * reset.  Returns how many records are left; when none would be, nothing is moved.
 */
size_t fx_batch_carry(struct fx_batch *b, struct fx_batch *to);
/* Empty it, but for what is FX_SIGN_HELD. */
void fx_batch_reset(struct fx_batch *b);

/*
 * Append a batch: waits for the lock, cuts what a killed writer left, drops
 * duplicates, writes, syncs, signs.  0: each record has its fate; -1: nothing was
 * acknowledged (FX_EIO, FX_ELEDGER); the ledger is then of no further use to the
 * caller but to be closed.
 * last: no more input comes, so that an unfinished decision is FX_SIGN_INCOMPLETE;
 * otherwise its records are FX_SIGN_HELD, as is an open end when the batch was full.
 */
int fx_ledger_append(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err);
/*
 * The same on the ledger's own thread, so that the caller can read on during the
 * sync.  One at a time; until fx_ledger_append_wait (0 or -1 as above; 0 when none
 * is under way) neither l nor b may be used.
 */
void fx_ledger_append_start(struct fx_ledger *l, struct fx_batch *b, bool last);
int fx_ledger_append_wait(struct fx_ledger *l, struct fx_err *err);

/*
 * What goes on: the entry with audit_token as its last member, appended to out
 * without a newline.  Only for FX_SIGN_APPENDED and FX_SIGN_DUPLICATE.
 */
void fx_signed_record(const struct fx_ledger *l, const struct fx_signed *s, struct fx_buf *out);
/* The same with audit_proof, too: the entry's proof under the present checkpoint. */
int fx_signed_proof(struct fx_ledger *l, const struct fx_signed *s, struct fx_buf *out,
		    struct fx_err *err);

#endif
