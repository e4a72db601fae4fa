/*
 * A batch from the inside; for batch.c and append.c.
 */
#ifndef FX_LEDGER_BATCH_H
#define FX_LEDGER_BATCH_H

#include "ledger/append.h"
#include "ledger/inside.h"

#define FX_NO_GROUP UINT32_MAX
#define FX_NO_ITEM UINT32_MAX
#define FX_SLOTS 8192 /* of tables over a batch's items: a power of two, twice FX_BATCH_MAX */

/* ,"logged_at":"2026-11-20T18:03:09.123456Z"} and the newline */
#define FX_STAMP_LEN (sizeof(",\"logged_at\":\"2026-11-20T18:03:09.123456Z\"}\n") - 1)

struct fx_item {
	struct fx_signed s;
	struct fx_ids ids;
	size_t off;   /* of the record in the batch's text */
	size_t close; /* of its closing brace there; FX_STAMP_LEN bytes are free behind */
	struct fx_str original; /* as given, when stage-owned members were taken out; else NULL */
	uint32_t group;         /* its decision, or FX_NO_GROUP */
	/* for append: */
	uint64_t hash;     /* of source and event_id, as the index has it */
	uint32_t twin;     /* an earlier item with the same ids, or FX_NO_ITEM */
	uint32_t leads;    /* as a trigger: the first decision of it in the batch, or FX_NO_GROUP */
	bool settled;      /* the fate is known */
	bool moved;        /* to another batch, by fx_batch_carry */
};

/* A decision whose tasks are in the batch. */
struct fx_group {
	uint64_t hash;        /* of its trigger */
	uint32_t first, last; /* items */
	uint32_t trigger;     /* item of its trigger, or FX_NO_ITEM */
	uint64_t have, need;
	/* for append: */
	const char *refused; /* why none of it is taken */
	bool known;          /* a task of it is in the ledger */
	bool decided;        /* its trigger has another live decision */
	uint64_t live;       /* an entry of that one */
};

struct fx_batch {
	struct fx_item *item; /* FX_BATCH_MAX of them */
	size_t n;
	char *text;
	size_t len, cap, held; /* held: bytes carried over from the batch before */
	bool rotates;                /* it may hold a key.rotated */
	struct fx_group *group;
	size_t ngroup, groupcap;
	uint16_t group_slot[FX_SLOTS]; /* group + 1, by its trigger */
	uint16_t item_slot[FX_SLOTS];  /* item + 1, by source and event_id; append's */
	struct fx_arena arena; /* strings that were escaped, originals */
	struct fx_tape tape;
	struct fx_buf scratch;
};

/* The next group of that trigger, from slot *at on (start with fx_group_slot); NULL: no more. */
struct fx_group *fx_group_next(struct fx_batch *b, const struct fx_ids *ids, uint64_t hash,
			       size_t *at);

bool fx_batch_full(const struct fx_batch *b);
/* The record of item i as it was given (valid while it is not stamped). */
struct fx_str fx_batch_record(const struct fx_batch *b, const struct fx_item *it);

#endif
