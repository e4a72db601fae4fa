/*
 * The verifier keys of a ledger, one after the other: the file vkey has a line for each, the
 * newest last, and rotations/N is what vouches for line N + 1; nobody outside the room includes it.
 */
#ifndef FX_LEDGER_KEYS_H
#define FX_LEDGER_KEYS_H

#include "ledger/inside.h"

#define FX_ROTATED "key.rotated"

struct fx_keys {
	struct fx_vkey v[FX_VKEYS_MAX];
	size_t n;
	/* Of all keys but the last: the checkpoint that it and the next one signed. */
	struct {
		uint64_t size; /* it vouches for so many entries and no more */
		struct fx_hash root;
	} end[FX_VKEYS_MAX];
	struct fx_buf text; /* of the file */
};

/*
 * Read vkey when it is not what l has, and check that each key vouched for the next: that
 * it signed, together with that one, a tree with the key.rotated that names both.
 */
int fx_ledger_keys(struct fx_ledger *l, struct fx_err *err);
void fx_keys_free(struct fx_keys *k);
/*
 * A checkpoint of the ledger by the keys that l has: signed by one, and not by one that
 * was replaced before.  signer: the newest that did.  -1 with FX_EDATA.
 */
int fx_ledger_note_open(const struct fx_ledger *l, struct fx_str note, struct fx_checkpoint *c,
			struct fx_str *text, size_t *signer, struct fx_err *err);

#endif
