/*
 * Checking a ledger, or what is said to come from it.
 */
#ifndef FX_LEDGER_CHECK_H
#define FX_LEDGER_CHECK_H

#include "ledger/note.h"
#include "ledger/store.h"

struct fx_finding {
	uint64_t entry; /* UINT64_MAX: of none in particular */
	const char *text;
};

struct fx_check {
	uint64_t entries; /* looked at */
	uint64_t beyond;  /* lines that no checkpoint vouches for (yet) */
	uint64_t erased;  /* of the entries: by fx-redact, each with a record of it */
	uint64_t lag;     /* entries that the index does not know, though a writer would have told it */
	uint64_t faults;
	/* each fault, in the order of the entries where it has one */
	void (*say)(void *arg, const struct fx_finding *f);
	void (*tick)(void *arg); /* now and then, or NULL */
	void *arg;
};

/*
 * The whole ledger: every entry is a record that hashes to its place in hashes/, all levels of
 * these to the root that the checkpoint signs, no source and event_id comes twice, the index
 * leads to the entries.  0 with c->faults; -1: it could not be read.
 */
int fx_check_all(struct fx_ledger *l, struct fx_check *c, struct fx_err *err);

/* Do the checkpoints by which keys vouched for the next ones belong to this ledger's history? */
int fx_ledger_check_keys(struct fx_ledger *l, void (*say)(void *arg, const struct fx_finding *f),
			 void *arg, struct fx_err *err);

/* What a check of a record says. */
enum fx_vouch {
	FX_VOUCHED,       /* byte for byte the entry */
	FX_VOUCHED_VALUE, /* the same JSON value, written anew by another system */
	FX_FORGED,        /* why says where it differs from the entry */
	FX_UNKNOWN        /* the ledger does not have it; why */
};
/* Scratch; it also remembers the tile whose hashes were checked last. */
struct fx_witness;
struct fx_witness *fx_witness_new(void);
void fx_witness_free(struct fx_witness *w);
/*
 * Does the ledger vouch for this record?  By its audit_token, or without one by its source
 * and event_id.  The entry is proved against the checkpoint's root.  -1 with err when the
 * ledger cannot be read or contradicts itself.
 */
int fx_vouch_record(struct fx_ledger *l, struct fx_witness *w, const struct fx_tape *t,
		    uint64_t *index, struct fx_err *why, struct fx_err *err);
/* Is this what entry `index` was when it was signed, or its marker?  FX_VOUCHED, FX_FORGED, -1. */
int fx_vouch_entry(struct fx_ledger *l, struct fx_witness *w, uint64_t index, struct fx_str entry,
		   struct fx_err *err);
/* Does it for this token (ORIGIN/INDEX#LEAFHASH)? */
int fx_vouch_token(struct fx_ledger *l, struct fx_witness *w, struct fx_str token, uint64_t *index,
		   struct fx_err *why, struct fx_err *err);
/* Does the record's audit_proof, by these keys alone?  FX_VOUCHED, FX_FORGED or FX_UNKNOWN. */
enum fx_vouch fx_vouch_proof(struct fx_witness *w, const struct fx_tape *t,
			     const struct fx_vkey *keys, size_t n, uint64_t *index,
			     struct fx_err *why);
/*
 * Does the ledger's checkpoint hold in the eyes of who trusts these keys: signed by one
 * of them, or by a key that one of them vouched for (by way of others between)?
 */
bool fx_ledger_trusts(const struct fx_ledger *l, const struct fx_vkey *key, size_t n);
/* How many signing keys it had; the i-th, and how many entries it vouches for (of the last: all). */
size_t fx_ledger_key_count(const struct fx_ledger *l);
const struct fx_vkey *fx_ledger_key(const struct fx_ledger *l, size_t i, uint64_t *end);
/* A token taken apart; -1 when it is none. */
int fx_token_parse(struct fx_str token, struct fx_str *origin, uint64_t *index,
		   unsigned char leaf[FX_SHA256_LEN]);

#endif
