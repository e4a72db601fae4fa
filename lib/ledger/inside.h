/*
 * What store, append, recover and check share; nobody outside the room includes it.
 */
#ifndef FX_LEDGER_INSIDE_H
#define FX_LEDGER_INSIDE_H

#include "ledger/index.h"
#include "ledger/note.h"
#include "ledger/store.h"

#define FX_PATH 64 /* of a file inside the ledger, e.g. "entries/000000.ndjson" */

/* One segment file in memory. */
struct fx_segment {
	uint64_t number;
	char *p; /* NULL: not loaded */
	size_t n;
	bool heap;   /* unpacked from .zst rather than mapped */
	size_t *mark; /* offset of each 64th entry, for look-ups */
	size_t nmark;
	unsigned nlooked; /* look-ups so far */
};

struct fx_keys;
struct fx_writer;

struct fx_ledger {
	char *dir;
	int fd; /* of dir */
	struct fx_vkey vkey;  /* the newest */
	struct fx_keys *keys; /* all of them */
	size_t signer;        /* the newest of these that signed the checkpoint */
	struct fx_buf note; /* the checkpoint as it was read or written last */
	uint64_t size;
	struct fx_hash root;
	int level[FX_LEVELS]; /* hashes/L for reading, -1: not open yet */
	struct fx_segment **seg; /* by number, NULL: not loaded */
	size_t nseg;
	struct fx_memo memo; /* of its tree, for proofs */
	struct fx_index *index;
	struct fx_writer *w; /* NULL: for reading */
};

/* "entries/000042.ndjson" */
void fx_segment_path(char out[FX_PATH], uint64_t number);
/* Load segment `number`; it must hold entries (bytes) as far as the file goes. */
int fx_segment_load(struct fx_ledger *l, uint64_t number, struct fx_segment *out,
		    struct fx_err *err);
bool fx_segment_there(struct fx_ledger *l, uint64_t number);
/* Put other text in a segment's place, whole or not at all; packed: as .zst, where it lies. */
int fx_segment_replace(struct fx_ledger *l, uint64_t number, struct fx_str text, bool packed,
		       struct fx_err *err);
void fx_segment_unload(struct fx_segment *s);
/* Forget what is loaded of a segment (its file changed). */
void fx_segment_forget(struct fx_ledger *l, uint64_t number);
/* An entry without its newline, where it lies; valid until the next call for another segment. */
int fx_entry_view(struct fx_ledger *l, uint64_t index, struct fx_str *entry, struct fx_err *err);

/*
 * Offset of the k-th entry of a mapped segment, found from the hash file without reading all that is
 * before it; false when it cannot be told so: then count lines.
 */
bool fx_segment_near(struct fx_ledger *l, const struct fx_segment *s, unsigned k, size_t *off);

/* Write a file whole or not at all: NAME.tmp, synced, renamed; its directory is not synced. */
int fx_put_file(int at, const char *name, struct fx_str text, struct fx_err *err);

/* The ledger's hash files as a source of hashes. */
struct fx_hashes fx_ledger_hashes(struct fx_ledger *l);
/* Open the hash files there are, so that several threads may read them. */
void fx_ledger_open_levels(struct fx_ledger *l);
/* Read a small file of the ledger into out (emptied first). 1: there is none. */
int fx_ledger_read(struct fx_ledger *l, const char *name, struct fx_buf *out, struct fx_err *err);
/* Read and check the checkpoint file.  0: l has it now; 1: as before; 2: there is none; -1. */
int fx_ledger_checkpoint(struct fx_ledger *l, struct fx_err *err);
/* "ORIGIN/INDEX#LEAFHASH" */
void fx_token_add(const struct fx_ledger *l, uint64_t index, const unsigned char *leaf,
		  struct fx_buf *out);
/* The index as it is, without what LMDB lacks. */
int fx_ledger_index_open(struct fx_ledger *l, struct fx_err *err);
/* The index, opened (and brought up to the ledger's size in memory) when first needed. */
int fx_ledger_index(struct fx_ledger *l, struct fx_err *err);
void fx_writer_free(struct fx_ledger *l);
bool fx_writer_recovers(const struct fx_ledger *l);
/* Wait until the writer's thread does nothing more with the ledger. */
void fx_writer_idle(struct fx_ledger *l);
/* Note in the lock file what is acknowledged now. */
void fx_writer_seen(struct fx_ledger *l);
/* The directory and the verifier keys of a ledger; no checkpoint is read. */
struct fx_ledger *fx_ledger_open_dir(const char *dir, struct fx_err *err);

/* The identifying members of a record; spans of the text, or of the arena where they were escaped. */
struct fx_ids {
	struct fx_str event, event_id, source, at, order_id;
	/* task.assigned with a decision: */
	struct fx_str trigger_source, trigger_id, digest, supersedes;
	uint64_t tasks; /* 0: no decision */
	bool owned;     /* it has a logged_at, audit_token or audit_proof */
};
void fx_ids_read(const struct fx_tape *t, struct fx_arena *a, struct fx_ids *ids);
/* Add an entry's keys to the index; hash: fx_index_hash of its source and event id. */
void fx_index_ids(struct fx_index *ix, const struct fx_ids *ids, uint64_t hash, uint64_t entry);
/* Take entries that the index does not know into its memory. */
int fx_index_catch_up(struct fx_ledger *l, struct fx_err *err);

#endif
