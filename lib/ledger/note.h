/*
 * Signed notes (c2sp.org/signed-note), their keys, and the checkpoints and proofs
 * that are made of them (c2sp.org/tlog-checkpoint, tlog-proof, tlog-cosignature).
 */
#ifndef FX_LEDGER_NOTE_H
#define FX_LEDGER_NOTE_H

#include "base/time.h"
#include "ledger/tree.h"

#define FX_NOTE_MAX ((size_t)1 << 20) /* bytes in a note */
#define FX_NAME_MAX 255               /* bytes in a key name or origin */
#define FX_VKEYS_MAX 64               /* keys that a note is opened with */

enum fx_key_type {
	FX_KEY_ED25519 = 1, /* signs the note's text */
	FX_KEY_COSIGN = 4   /* signs "cosignature/v1", a time and the text */
};

struct fx_vkey {
	char name[FX_NAME_MAX + 1];
	uint32_t id;
	enum fx_key_type type;
	unsigned char pub[32];
};

/* Not empty, at most FX_NAME_MAX bytes of UTF-8, without "+", Unicode spaces and controls. */
bool fx_key_name_valid(struct fx_str name);
/* "NAME+HEXID+BASE64", white space around it ignored; the id is checked. */
int fx_vkey_parse(struct fx_str text, struct fx_vkey *out, struct fx_err *err);
/* One of them a line, at most FX_VKEYS_MAX (so many has out); none comes twice. */
int fx_vkeys_parse(struct fx_str text, struct fx_vkey *out, size_t *n, struct fx_err *err);
void fx_vkey_add(struct fx_buf *out, const struct fx_vkey *key);

/* A private key; zeroed when freed. */
struct fx_skey;
/*
 * From a file of "PRIVATE+KEY+NAME+HEXID+BASE64" (the form of Go's note package);
 * refused when group or others may read or write it.  Turns core dumps off.
 */
struct fx_skey *fx_skey_load(const char *path, struct fx_err *err);
/* A new key in a new file of mode 0600, synced; refused when the file is there. */
struct fx_skey *fx_skey_create(const char *path, struct fx_str name, enum fx_key_type type,
			       struct fx_err *err);
void fx_skey_free(struct fx_skey *k);
const struct fx_vkey *fx_skey_public(const struct fx_skey *k);
/* Append the signature line over text (which ends in a newline); at: seconds, for FX_KEY_COSIGN. */
int fx_note_sign_line(struct fx_buf *out, struct fx_str text, const struct fx_skey *k, uint64_t at,
		      struct fx_err *err);

/*
 * Check a note.  0 with its text (through the last newline before the blank line)
 * when at least one of the keys signed it and no signature of theirs is false;
 * signers (may be NULL) gets the bit of each key that did (n up to 64).
 * -1 with FX_EDATA: malformed, or who did not sign.
 */
int fx_note_open(struct fx_str note, const struct fx_vkey *keys, size_t n, struct fx_str *text,
		 uint64_t *signers, struct fx_err *err);

struct fx_checkpoint {
	struct fx_str origin; /* inside the text it was parsed from */
	uint64_t size;
	struct fx_hash root;
};
/* The text of a note as a checkpoint; extension lines are let pass. */
int fx_checkpoint_parse(struct fx_str text, struct fx_checkpoint *out, struct fx_err *err);
void fx_checkpoint_add(struct fx_buf *out, const struct fx_checkpoint *c);

/* A c2sp.org/tlog-proof@v1 text. */
struct fx_proof {
	uint64_t index;
	size_t n;
	struct fx_hash path[FX_PROOF_MAX];
	struct fx_str checkpoint; /* the whole signed note, inside the text */
};
void fx_proof_add(struct fx_buf *out, const struct fx_proof *p);
/* Its form; what it proves is checked by fx_note_open and fx_tree_included. */
int fx_proof_parse(struct fx_str text, struct fx_proof *out, struct fx_err *err);

#endif
