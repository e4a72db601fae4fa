/* Single records, tokens and proofs against a ledger or a key. */
#include <stdlib.h>
#include <string.h>

#include "json/splice.h"
#include "ledger/check.h"
#include "ledger/inside.h"
#include "ledger/marker.h"
#include "ledger/same.h"

#define TILE 256

struct fx_witness {
	struct fx_tape tape;
	struct fx_arena arena;
	struct fx_buf bytes, where;
	/* the tile of leaf hashes that was proved last */
	const struct fx_ledger *of;
	uint64_t tile, size;
	size_t n;
	struct fx_hash leaf[TILE];
	struct fx_proof proof;
};

struct fx_witness *fx_witness_new(void)
{
	return fx_alloc(1, sizeof(struct fx_witness));
}

void fx_witness_free(struct fx_witness *w)
{
	if (!w)
		return;
	fx_tape_free(&w->tape);
	fx_arena_free(&w->arena);
	fx_buf_free(&w->bytes);
	fx_buf_free(&w->where);
	free(w);
}

int fx_token_parse(struct fx_str token, struct fx_str *origin, uint64_t *index,
		   unsigned char leaf[FX_SHA256_LEN])
{
	size_t hash = fx_str_find(token, '#'), slash = hash;
	unsigned char raw[36];
	struct fx_str number;

	while (slash > 0 && token.p[slash - 1] != '/')
		slash--;
	if (hash == token.n || slash < 2)
		return -1;
	*origin = (struct fx_str){token.p, slash - 1};
	number = (struct fx_str){token.p + slash, hash - slash};
	if (!fx_key_name_valid(*origin) || (number.n > 1 && number.p[0] == '0') ||
	    fx_str_u64(number, index))
		return -1;
	token = (struct fx_str){token.p + hash + 1, token.n - hash - 1};
	if (token.n != 43 || fx_base64url_decode(raw, token) != FX_SHA256_LEN)
		return -1;
	memcpy(leaf, raw, FX_SHA256_LEN);
	return 0;
}

/* Serves the witness's own copy of the tile, so that what is proved is what is compared. */
static int read_tile(void *arg, unsigned level, uint64_t first, size_t n, struct fx_hash *out,
		     struct fx_err *err)
{
	struct fx_witness *w = arg;
	struct fx_hashes src = fx_ledger_hashes((struct fx_ledger *)(uintptr_t)w->of);

	if (level == 0 && first / TILE == w->tile && first % TILE + n <= w->n) {
		memcpy(out, &w->leaf[first % TILE], n * sizeof(*out));
		return 0;
	}
	return src.read(src.arg, level, first, n, out, err);
}

/*
 * Load the tile of leaf hashes that holds an entry, and prove it: the path of its first
 * leaf is made of all the others, so that one inclusion proof proves them all.
 */
static int load_tile(struct fx_ledger *l, struct fx_witness *w, uint64_t index, struct fx_err *err)
{
	const struct fx_hashes src = fx_ledger_hashes(l), mine = {.read = read_tile, .arg = w};
	struct fx_hash path[FX_PROOF_MAX];
	uint64_t tile = index / TILE;
	int n;

	if (w->of == l && w->tile == tile && w->size == l->size && w->n)
		return 0;
	w->of = l;
	w->tile = tile;
	w->size = l->size;
	w->n = 0;
	n = l->size - tile * TILE < TILE ? (int)(l->size - tile * TILE) : TILE;
	if (src.read(src.arg, 0, tile * TILE, (size_t)n, w->leaf, err))
		return -1;
	w->n = (size_t)n;
	n = fx_tree_inclusion(&mine, tile * TILE, l->size, path, err);
	if (n >= 0 && !fx_tree_included(tile * TILE, l->size, &w->leaf[0], path, (size_t)n, &l->root))
		n = fx_fail(err, FX_ELEDGER, "%s: the hashes of entries %llu to %llu do not lead to the "
			    "checkpoint's root", l->dir, (unsigned long long)(tile * TILE),
			    (unsigned long long)(tile * TILE + w->n - 1));
	if (n < 0)
		w->n = 0;
	return n < 0 ? -1 : 0;
}

/* The leaf hash of an entry, proved against the checkpoint. */
static int proved_leaf(struct fx_ledger *l, struct fx_witness *w, uint64_t index,
		       struct fx_hash *leaf, struct fx_err *err)
{
	if (load_tile(l, w, index, err))
		return -1;
	*leaf = w->leaf[index % TILE];
	return 0;
}

static int unknown(struct fx_err *why, const char *text)
{
	fx_fail(why, FX_EDATA, "%s", text);
	return FX_UNKNOWN;
}

int fx_vouch_token(struct fx_ledger *l, struct fx_witness *w, struct fx_str token, uint64_t *index,
		   struct fx_err *why, struct fx_err *err)
{
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_str origin;
	struct fx_hash have;

	if (fx_token_parse(token, &origin, index, leaf))
		return unknown(why, "no audit token (ORIGIN/INDEX#LEAFHASH)");
	if (!fx_str_is(origin, l->vkey.name)) {
		fx_fail(why, FX_EDATA, "its token is of the ledger %.*s, not of %s", FX_FMT(origin),
			l->vkey.name);
		return FX_UNKNOWN;
	}
	if (*index >= l->size) {
		fx_fail(why, FX_EDATA, "its token is of entry %llu, and the ledger has %llu",
			(unsigned long long)*index, (unsigned long long)l->size);
		return FX_UNKNOWN;
	}
	if (proved_leaf(l, w, *index, &have, err))
		return -1;
	if (memcmp(have.b, leaf, sizeof(leaf)) == 0)
		return FX_VOUCHED;
	fx_fail(why, FX_EDATA, "its token does not have the hash of entry %llu",
		(unsigned long long)*index);
	return FX_FORGED;
}

int fx_vouch_entry(struct fx_ledger *l, struct fx_witness *w, uint64_t index, struct fx_str entry,
		   struct fx_err *err)
{
	struct fx_hash want, have;

	if (proved_leaf(l, w, index, &want, err))
		return -1;
	fx_line_leaf(entry, &have);
	return memcmp(&have, &want, sizeof(have)) == 0 ? FX_VOUCHED : FX_FORGED;
}

/* The record without what was added after it was hashed. */
static int strip(struct fx_witness *w, const struct fx_tape *t)
{
	const struct fx_member cut[] = {{.name = FX_STR("audit_token")},
					{.name = FX_STR("audit_proof")}};

	fx_buf_reset(&w->bytes);
	return fx_splice(&w->bytes, t, 0, cut, 2);
}

/* Compare a record with entry `index`. */
static int compare(struct fx_ledger *l, struct fx_witness *w, const struct fx_tape *t,
		   uint64_t index, struct fx_err *why, struct fx_err *err)
{
	const struct fx_str except[] = {FX_STR("audit_token"), FX_STR("audit_proof")};
	struct fx_hash want, have;
	struct fx_str entry;

	if (proved_leaf(l, w, index, &want, err))
		return -1;
	if (strip(w, t))
		return unknown(why, "too large to be a record");
	fx_leaf_hash(fx_buf_view(&w->bytes), &have);
	if (memcmp(&have, &want, sizeof(have)) == 0)
		return FX_VOUCHED;
	if (fx_entry_view(l, index, &entry, err))
		return -1;
	fx_line_leaf(entry, &have);
	if (memcmp(&have, &want, sizeof(have)) != 0)
		return fx_fail(err, FX_ELEDGER, "%s: entry %llu is not what was signed", l->dir,
			       (unsigned long long)index);
	if (fx_marker(entry, NULL, NULL)) {
		if (fx_str_eq(entry, fx_buf_view(&w->bytes)))
			return FX_VOUCHED; /* the marker itself */
		fx_fail(why, FX_EDATA, "entry %llu was erased: only the very bytes that were signed would do",
			(unsigned long long)index);
		return FX_UNKNOWN;
	}
	if (fx_tape_read(&w->tape, entry, err))
		return -1;
	fx_buf_reset(&w->where);
	if (fx_same(t, &w->tape, except, 2, &w->arena, &w->where))
		return FX_VOUCHED_VALUE;
	fx_fail(why, FX_EDATA, "forged: it differs from entry %llu at %.*s",
		(unsigned long long)index, w->where.n ? (int)w->where.n : 12,
		w->where.n ? w->where.p : "its very top");
	return FX_FORGED;
}

int fx_vouch_record(struct fx_ledger *l, struct fx_witness *w, const struct fx_tape *t,
		    uint64_t *index, struct fx_err *why, struct fx_err *err)
{
	struct fx_str token, source, id;
	bool found;
	int r;

	fx_arena_reset(&w->arena);
	token = fx_tape_get_str(t, 0, FX_STR("audit_token"), &w->arena);
	if (token.p) {
		r = fx_vouch_token(l, w, token, index, why, err);
		return r == FX_VOUCHED ? compare(l, w, t, *index, why, err) : r;
	}
	source = fx_tape_get_str(t, 0, FX_STR("source"), &w->arena);
	id = fx_tape_get_str(t, 0, FX_STR("event_id"), &w->arena);
	if (!source.p || !id.p)
		return unknown(why, "it has no audit_token, nor a source and event_id to look for");
	if (fx_ledger_find_event(l, source, id, index, &found, err))
		return -1;
	if (!found)
		return unknown(why, "it has no audit_token, and the ledger has no record of its source and "
			       "event_id");
	return compare(l, w, t, *index, why, err);
}

enum fx_vouch fx_vouch_proof(struct fx_witness *w, const struct fx_tape *t,
			     const struct fx_vkey *keys, size_t n, uint64_t *index,
			     struct fx_err *why)
{
	struct fx_proof *p = &w->proof;
	struct fx_checkpoint c;
	struct fx_hash leaf;
	struct fx_str text, note, origin, token;
	unsigned char hash[FX_SHA256_LEN];
	struct fx_err e;
	uint64_t signers, k;

	fx_arena_reset(&w->arena);
	text = fx_tape_get_str(t, 0, FX_STR("audit_proof"), &w->arena);
	if (!text.p) {
		unknown(why, "it has no audit_proof (fx-sign --proof adds one)");
		return FX_UNKNOWN;
	}
	if (fx_proof_parse(text, p, &e) || fx_note_open(p->checkpoint, keys, n, &note, &signers, &e) ||
	    fx_checkpoint_parse(note, &c, &e)) {
		fx_fail(why, FX_EDATA, "its audit_proof: %s", e.msg);
		return FX_FORGED;
	}
	*index = p->index;
	/* The log's own key must have signed: a witness alone vouches for growth, not for a log. */
	for (k = 0; k < n; k++)
		if (signers >> k & 1 && keys[k].type == FX_KEY_ED25519 && fx_str_is(c.origin, keys[k].name))
			break;
	if (k == n) {
		fx_fail(why, FX_EDATA, "its audit_proof is not signed by the ledger %.*s",
			FX_FMT(c.origin));
		return FX_FORGED;
	}
	token = fx_tape_get_str(t, 0, FX_STR("audit_token"), &w->arena);
	if (strip(w, t)) {
		unknown(why, "too large to be a record");
		return FX_UNKNOWN;
	}
	fx_leaf_hash(fx_buf_view(&w->bytes), &leaf);
	if (!fx_tree_included(p->index, c.size, &leaf, p->path, p->n, &c.root)) {
		fx_fail(why, FX_EDATA, "its audit_proof proves another record (or this one before it was "
			"changed or written anew)");
		return FX_FORGED;
	}
	if (token.p && (fx_token_parse(token, &origin, &k, hash) || !fx_str_eq(origin, c.origin) ||
			k != p->index || memcmp(hash, leaf.b, sizeof(hash)) != 0)) {
		fx_fail(why, FX_EDATA, "its audit_token is not of the entry that its audit_proof proves");
		return FX_FORGED;
	}
	return FX_VOUCHED;
}
