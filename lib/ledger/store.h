/*
 * The store: a ledger directory as appends, reads and look-ups.
 *
 * (design, section 5; fx-ledger(5).)  Readers need no lock and see what the
 * checkpoint they opened with vouches for, until fx_ledger_refresh.
 */
#ifndef FX_LEDGER_STORE_H
#define FX_LEDGER_STORE_H

#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"

struct fx_ledger;

/* Create an empty ledger and its key (mode 0600, refused when either exists). */
int fx_ledger_init(const char *dir, const char *key, struct fx_str origin, struct fx_err *err);
/* For reading.  NULL with err (FX_EIO, FX_ELEDGER). */
struct fx_ledger *fx_ledger_open(const char *dir, struct fx_err *err);
/* For appending, with the private key. */
struct fx_ledger *fx_ledger_open_write(const char *dir, const char *key, struct fx_err *err);
void fx_ledger_close(struct fx_ledger *l);

struct fx_str fx_ledger_origin(const struct fx_ledger *l);
uint64_t fx_ledger_size(const struct fx_ledger *l);
/* Take up a newer checkpoint.  1: grown, 0: the same, -1. */
int fx_ledger_refresh(struct fx_ledger *l, struct fx_err *err);

/* Sequential reading from an entry on; entry.p is valid until the next call. */
struct fx_ledger_scan {
	uint64_t index; /* of the entry handed out last */
	/* private */
	struct fx_ledger *l;
	uint64_t next;
	void *seg;
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

/* Indices (ascending, in the arena) of the entries of an order, or with an event id. */
int fx_ledger_find_order(struct fx_ledger *l, struct fx_str order_id, struct fx_arena *a,
			 uint64_t **index, size_t *n, struct fx_err *err);
int fx_ledger_find_event(struct fx_ledger *l, struct fx_str source, struct fx_str event_id,
			 uint64_t *index, bool *found, struct fx_err *err);

#endif
