/*
 * The writing side of a ledger from the inside; for append.c, commit.c and recover.c.
 */
#ifndef FX_LEDGER_WRITER_H
#define FX_LEDGER_WRITER_H

#include <pthread.h>

#include "ledger/batch.h"

/* A commit on the ledger's own thread. */
struct fx_worker {
	pthread_t thread;
	bool started, stop;
	enum { FX_IDLE, FX_ASKED, FX_RUNNING, FX_DONE } state;
	bool busy; /* also after FX_DONE: the index is being written */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct fx_batch *batch;
	bool last;
	int result;
	struct fx_err err;
};

struct fx_writer {
	struct fx_skey *key;
	struct fx_skey *next;    /* while the key is changed: it signs, too */
	bool changed;            /* the key's files were behind: the last rotation was ended here */
	struct fx_ledger_how how;
	int lock; /* of the lock file */
	bool settled;  /* what follows is of the ledger's present checkpoint */
	bool failed;   /* an append failed: the state on disk is not known */
	struct fx_frontier f;
	uint64_t seg;     /* number of the segment that the next entry goes to */
	int seg_fd;       /* -1: not open */
	uint64_t seg_end; /* bytes of it that are vouched for */
	int level[FX_LEVELS];
	struct fx_buf hashes[FX_LEVELS]; /* new ones, to be written */
	uint64_t synced;                 /* index entries written since the last fx_index_sync */
	struct fx_worker worker;
};

/* Take the lock, waiting as `how` says. */
int fx_writer_lock(struct fx_ledger *l, struct fx_err *err);
void fx_writer_unlock(struct fx_ledger *l);
/*
 * Under the lock: take up the checkpoint on disk and make sure that the files hold
 * exactly what it vouches for; what a killed writer left is moved to cut/.
 */
int fx_writer_settle(struct fx_ledger *l, struct fx_err *err);
/*
 * Recovery: sign for the whole lines beyond the checkpoint, in w->seg from w->seg_end on and the
 * files after it; a last decision of which a task is missing is left, with what follows it.
 */
int fx_writer_adopt(struct fx_ledger *l, uint64_t segments, struct fx_err *err);
/* Open the segment that entry l->size goes to, made when missing. */
int fx_writer_segment(struct fx_ledger *l, struct fx_err *err);
/* Add a leaf to the frontier and to the hashes to be written. */
void fx_writer_leaf(struct fx_writer *w, const struct fx_hash *leaf);
/* Write and sync w->hashes; then sign and publish the checkpoint of the frontier's state. */
int fx_writer_hashes(struct fx_ledger *l, struct fx_err *err);
int fx_writer_publish(struct fx_ledger *l, struct fx_err *err);
/* Under the lock: see that w->key is the ledger's newest, loaded anew when it was replaced. */
int fx_writer_key(struct fx_ledger *l, struct fx_err *err);
/* Put text in the place of a file of the ledger's, whole or not at all, and sync it. */
int fx_writer_replace(struct fx_ledger *l, const char *name, struct fx_str text,
		      struct fx_err *err);
/* fx_ledger_append for who has the lock already. */
int fx_writer_append(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err);
/* pwrite until all is written. */
int fx_pwrite_all(int fd, const char *p, size_t n, uint64_t off);
/* fsync a directory inside the ledger ("." is itself). */
int fx_ledger_sync_dir(struct fx_ledger *l, const char *name, struct fx_err *err);

#endif
