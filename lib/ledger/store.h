/*
 * The store: a ledger directory as reads and look-ups.  Appending is ledger/append.h.
 *
 * (design, section 5; fx-ledger(5).)  Readers need no lock and see what the
 * checkpoint they opened with vouches for, until fx_ledger_refresh.  A struct
 * fx_ledger belongs to one thread at a time.
 */
#ifndef FX_LEDGER_STORE_H
#define FX_LEDGER_STORE_H

#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"

#define FX_SEGMENT 65536u /* entries a segment file holds */

struct fx_ledger;

/*
 * Create an empty ledger and its key (mode 0600); refused when either exists.
 * origin: a schema-less URL such as "shop.example/ledger", no white space, no "+".
 */
int fx_ledger_init(const char *dir, const char *key, struct fx_str origin, struct fx_err *err);
/* For reading.  NULL with err (FX_EIO, FX_ELEDGER: vkey or checkpoint do not hold). */
struct fx_ledger *fx_ledger_open(const char *dir, struct fx_err *err);

struct fx_ledger_how {
	const char *key;      /* the private key's file */
	bool recover;         /* go on where a plain open refuses (fx-ledger(5), RECOVERY) */
	int64_t lock_timeout; /* microseconds to wait for other writers; < 0: for ever */
	/* called once when another writer has the lock and this one waits; may be NULL */
	void (*waiting)(void *arg);
	void *arg;
};
/*
 * For appending.  NULL with err: FX_ECONF (key), FX_EIO, FX_ELEDGER (it contradicts
 * itself or is older than what was acknowledged; nothing was changed).
 */
struct fx_ledger *fx_ledger_open_write(const char *dir, const struct fx_ledger_how *how,
				       struct fx_err *err);
void fx_ledger_close(struct fx_ledger *l);

struct fx_str fx_ledger_origin(const struct fx_ledger *l);
const char *fx_ledger_dir(const struct fx_ledger *l);
uint64_t fx_ledger_size(const struct fx_ledger *l);
/* The checkpoint's root hash: with size and origin it names the state exactly. */
void fx_ledger_root_hash(const struct fx_ledger *l, unsigned char out[FX_SHA256_LEN]);
/*
 * The root that the tree had at an earlier size, so that a snapshot made then can
 * tell whether it is of this ledger.  -1 with err when size is larger than now.
 */
int fx_ledger_root_at(struct fx_ledger *l, uint64_t size, unsigned char out[FX_SHA256_LEN],
		      struct fx_err *err);
/* Take up a newer checkpoint.  1: grown, 0: the same, -1. */
int fx_ledger_refresh(struct fx_ledger *l, struct fx_err *err);

/* Sequential reading from an entry on (segments are mapped); entry.p is valid until the next call. */
struct fx_ledger_scan {
	uint64_t index; /* of the entry handed out last */
	/* private */
	struct fx_ledger *l;
	uint64_t next;
	void *seg;
	const char *p, *end;
};
void fx_ledger_scan_init(struct fx_ledger_scan *s, struct fx_ledger *l, uint64_t from);
/* 1: an entry (without its newline), 0: the end, -1. */
int fx_ledger_scan_next(struct fx_ledger_scan *s, struct fx_str *entry, struct fx_err *err);
void fx_ledger_scan_end(struct fx_ledger_scan *s);

/* One entry, copied into the arena. */
int fx_ledger_entry(struct fx_ledger *l, uint64_t index, struct fx_arena *a, struct fx_str *entry,
		    struct fx_err *err);
/* "ORIGIN/INDEX#LEAFHASH" of an entry, into the arena. */
int fx_ledger_token(struct fx_ledger *l, uint64_t index, struct fx_arena *a, struct fx_str *token,
		    struct fx_err *err);

/*
 * The c2sp.org/tlog-proof@v1 of an entry under the present checkpoint, appended to out:
 * with it and the verifier key alone the entry can be checked by somebody without a ledger.
 */
int fx_ledger_proof(struct fx_ledger *l, uint64_t index, struct fx_buf *out, struct fx_err *err);

/* Indices (ascending, in the arena) of the entries of an order. */
int fx_ledger_find_order(struct fx_ledger *l, struct fx_str order_id, struct fx_arena *a,
			 uint64_t **index, size_t *n, struct fx_err *err);
/* The entry that has this source and event id. */
int fx_ledger_find_event(struct fx_ledger *l, struct fx_str source, struct fx_str event_id,
			 uint64_t *index, bool *found, struct fx_err *err);

#endif
