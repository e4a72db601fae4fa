/*
 * The index: 64-bit keyed hashes of what entries are looked up by -> their indices.
 *
 * It lives in LMDB (index/), is derived from the entries and may lag behind them;
 * what LMDB lacks is kept in memory.  A hash is only a candidate: callers check
 * it against the entry.
 */
#ifndef FX_LEDGER_INDEX_H
#define FX_LEDGER_INDEX_H

#include "base/err.h"
#include "base/mem.h"
#include "ledger/tree.h"

/* Entries that a writer may leave to the next one, who reads them in no time: fewer than this. */
#define FX_INDEX_LAG 64u

struct fx_index;

struct fx_pair {
	uint64_t hash, entry;
};
/* Sort n pairs by hash (random ones), those of one hash in the order that they had. */
void fx_sort_pairs(struct fx_pair *v, size_t n);

enum fx_key_kind { FX_BY_EVENT = 'e', FX_BY_ORDER = 'o', FX_BY_TRIGGER = 't' };

/* Whose index it must be, and of which state of the ledger LMDB may know at most. */
struct fx_index_of {
	unsigned char ledger[8]; /* of the verifier key */
	uint64_t size;
	/* the root that the ledger had at an earlier size */
	int (*root_at)(void *arg, uint64_t size, struct fx_hash *root, struct fx_err *err);
	void *arg;
	bool recover; /* start afresh where the index contradicts the ledger */
};

/*
 * dir: of index/, made when write is set; what cannot be trusted is then begun anew.  A
 * reader that cannot use it gets one in memory that knows no entry yet.
 * NULL with err.code FX_ELEDGER: the index has seen more than, or other than, the ledger has.
 */
struct fx_index *fx_index_open(const char *dir, bool write, const struct fx_index_of *of,
			       struct fx_err *err);
/* Nothing is written: call fx_index_flush before. */
void fx_index_close(struct fx_index *ix);
/* Entries that it knows: all below. */
uint64_t fx_index_size(const struct fx_index *ix);
/* Of these, how many LMDB does not have yet. */
uint64_t fx_index_pending(const struct fx_index *ix);
uint64_t fx_index_hash(const struct fx_index *ix, enum fx_key_kind kind, struct fx_str a,
		       struct fx_str b);
/* Add a key of an entry; then tell the entry complete.  Entries come in order. */
void fx_index_add(struct fx_index *ix, enum fx_key_kind kind, uint64_t hash, uint64_t entry);
void fx_index_done(struct fx_index *ix, uint64_t entry);

/* Look-ups between begin and end see one state of LMDB. */
int fx_index_begin(struct fx_index *ix, struct fx_err *err);
void fx_index_end(struct fx_index *ix);
/*
 * Candidates, ascending: call fx_index_first, then fx_index_next.
 * 1: *entry, 0: no more, -1.
 */
struct fx_index_iter {
	uint64_t hash;
	uint64_t after; /* entries above only */
	size_t pos;
	bool lmdb, started;
	enum fx_key_kind kind;
};
void fx_index_find(const struct fx_index *ix, enum fx_key_kind kind, uint64_t hash,
		   struct fx_index_iter *it);
int fx_index_next(struct fx_index *ix, struct fx_index_iter *it, uint64_t *entry,
		  struct fx_err *err);

/* Each key of an entry below `size` that LMDB holds, in no order to rely on. */
int fx_index_each(struct fx_index *ix, uint64_t size,
		  void (*each)(void *arg, uint64_t hash, uint64_t entry), void *arg,
		  struct fx_err *err);
/* Write what LMDB lacks; root: of the ledger at fx_index_size. */
int fx_index_flush(struct fx_index *ix, const struct fx_hash *root, struct fx_err *err);
/* Make LMDB durable and say so in it, so that it outlives a power cut. */
int fx_index_sync(struct fx_index *ix, struct fx_err *err);

#endif
