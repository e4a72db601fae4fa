/*
 * The Merkle tree of RFC 6962 section 2.1 (SHA-256), kept as C2SP tlog-tiles
 * lays it out: level L holds MTH(D[i * 256^L : (i + 1) * 256^L]) for i from 0.
 */
#ifndef FX_LEDGER_TREE_H
#define FX_LEDGER_TREE_H

#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"

#define FX_LEVELS 8     /* 256^8 leaves */
#define FX_PROOF_MAX 64 /* hashes in an inclusion proof */

struct fx_hash {
	unsigned char b[FX_SHA256_LEN];
};

/* SHA-256(0x00 || entry) and SHA-256(0x01 || left || right). */
void fx_leaf_hash(struct fx_str entry, struct fx_hash *out);
void fx_node_hash(const struct fx_hash *left, const struct fx_hash *right, struct fx_hash *out);

/*
 * The right edge of a tree, enough to let it grow: for each bit i that is set in
 * size, h[i] is the root of a whole subtree of 2^i leaves.  Zero is the empty tree.
 */
struct fx_frontier {
	uint64_t size;
	struct fx_hash h[64];
};
/*
 * Add a leaf.  Hashes of levels 1, 2, ... that it completes are written to
 * done[0], done[1], ...; returns how many (at most FX_LEVELS - 1).
 */
unsigned fx_frontier_add(struct fx_frontier *f, const struct fx_hash *leaf,
			 struct fx_hash done[FX_LEVELS - 1]);
/* Put the tree of `more` (at most 2^height leaves) behind one of a multiple of 2^height leaves. */
void fx_frontier_join(struct fx_frontier *f, const struct fx_frontier *more, unsigned height);
void fx_frontier_root(const struct fx_frontier *f, struct fx_hash *root);

/* Roots of whole subtrees that were computed before; zero-initialise.  They never change. */
#define FX_MEMO 512
struct fx_memo {
	struct fx_node_of {
		uint64_t index;
		unsigned height; /* 0: none */
		struct fx_hash h;
	} v[FX_MEMO];
};

/* Where hashes come from: n of a level, from index first on.  0, or -1 with err. */
struct fx_hashes {
	int (*read)(void *arg, unsigned level, uint64_t first, size_t n, struct fx_hash *out,
		    struct fx_err *err);
	void *arg;
	struct fx_memo *memo; /* NULL: none; for many proofs of one tree */
};
/* The frontier of the first `size` leaves. */
int fx_tree_frontier(const struct fx_hashes *src, uint64_t size, struct fx_frontier *f,
		     struct fx_err *err);
/* PATH(index, D[size]): the hashes from the leaf's sibling up; index < size. Their number, or -1. */
int fx_tree_inclusion(const struct fx_hashes *src, uint64_t index, uint64_t size,
		      struct fx_hash proof[FX_PROOF_MAX], struct fx_err *err);
/* PROOF(from, D[size]), from <= size.  Their number, or -1. */
int fx_tree_consistency(const struct fx_hashes *src, uint64_t from, uint64_t size,
			struct fx_hash proof[FX_PROOF_MAX + 1], struct fx_err *err);

/* The checks of RFC 9162 sections 2.1.3.2 and 2.1.4.2 (nothing is proved from size 0). */
bool fx_tree_included(uint64_t index, uint64_t size, const struct fx_hash *leaf,
		      const struct fx_hash *proof, size_t n, const struct fx_hash *root);
bool fx_tree_consistent(uint64_t from, uint64_t size, const struct fx_hash *proof, size_t n,
			const struct fx_hash *from_root, const struct fx_hash *root);

#endif
