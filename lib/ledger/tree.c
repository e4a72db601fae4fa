#include "ledger/tree.h"

#include <string.h>

#define LEVEL_BITS 8

void fx_leaf_hash(struct fx_str entry, struct fx_hash *out)
{
	const struct fx_str parts[] = {{"\0", 1}, entry};

	fx_sha256v(parts, 2, out->b);
}

void fx_node_hash(const struct fx_hash *left, const struct fx_hash *right, struct fx_hash *out)
{
	char both[1 + 2 * FX_SHA256_LEN];

	both[0] = 1;
	memcpy(both + 1, left->b, FX_SHA256_LEN);
	memcpy(both + 1 + FX_SHA256_LEN, right->b, FX_SHA256_LEN);
	fx_sha256((struct fx_str){both, sizeof(both)}, out->b);
}

unsigned fx_frontier_add(struct fx_frontier *f, const struct fx_hash *leaf,
			 struct fx_hash done[FX_LEVELS - 1])
{
	struct fx_hash h = *leaf;
	unsigned i = 0, n = 0;

	for (; f->size >> i & 1; i++) {
		fx_node_hash(&f->h[i], &h, &h);
		if ((i + 1) % LEVEL_BITS == 0)
			done[n++] = h;
	}
	f->h[i] = h;
	f->size++;
	return n;
}

void fx_frontier_join(struct fx_frontier *f, const struct fx_frontier *more, unsigned height)
{
	struct fx_hash h;

	for (unsigned i = 0; i < height; i++)
		if (more->size >> i & 1)
			f->h[i] = more->h[i];
	if (more->size >> height & 1) {
		unsigned i = height;

		h = more->h[height];
		for (; f->size >> i & 1; i++)
			fx_node_hash(&f->h[i], &h, &h);
		f->h[i] = h;
	}
	f->size += more->size;
}

void fx_frontier_root(const struct fx_frontier *f, struct fx_hash *root)
{
	bool have = false;

	if (f->size == 0)
		fx_sha256((struct fx_str){"", 0}, root->b);
	for (unsigned i = 0; i < 64; i++) {
		if (!(f->size >> i & 1))
			continue;
		if (have)
			fx_node_hash(&f->h[i], root, root);
		else
			*root = f->h[i];
		have = true;
	}
}

/* The root of the whole subtree of 2^height leaves that is the index-th of its kind. */
static int whole(const struct fx_hashes *src, unsigned height, uint64_t index, struct fx_hash *out,
		 struct fx_err *err)
{
	struct fx_hash h[1 << (LEVEL_BITS - 1)];
	unsigned rest = height % LEVEL_BITS;
	size_t n = (size_t)1 << rest;
	struct fx_node_of *m = rest && src->memo ? &src->memo->v[(index + height * 61) % FX_MEMO] : NULL;

	if (m && m->height == height && m->index == index) {
		*out = m->h;
		return 0;
	}
	if (src->read(src->arg, height / LEVEL_BITS, index << rest, n, h, err))
		return -1;
	for (; n > 1; n /= 2)
		for (size_t i = 0; i < n / 2; i++)
			fx_node_hash(&h[2 * i], &h[2 * i + 1], &h[i]);
	*out = h[0];
	if (m)
		*m = (struct fx_node_of){index, height, h[0]};
	return 0;
}

/* MTH(D[lo:hi]); lo is a multiple of the largest power of two that hi - lo reaches. */
static int subtree(const struct fx_hashes *src, uint64_t lo, uint64_t hi, struct fx_hash *out,
		   struct fx_err *err)
{
	uint64_t n = hi - lo;
	bool have = false;

	for (unsigned i = 0; i < 64 && n >> i; i++) {
		struct fx_hash h;

		if (!(n >> i & 1))
			continue;
		if (whole(src, i, (hi >> i) - 1, &h, err))
			return -1;
		hi -= (uint64_t)1 << i;
		if (have)
			fx_node_hash(&h, out, out);
		else
			*out = h;
		have = true;
	}
	return 0;
}

int fx_tree_frontier(const struct fx_hashes *src, uint64_t size, struct fx_frontier *f,
		     struct fx_err *err)
{
	f->size = size;
	for (unsigned i = 0; i < 64; i++)
		if (size >> i & 1 && whole(src, i, (size >> i) - 1, &f->h[i], err))
			return -1;
	return 0;
}

/* The largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static void reverse(struct fx_hash *h, int n)
{
	for (int i = 0; i < n / 2; i++) {
		struct fx_hash t = h[i];

		h[i] = h[n - 1 - i];
		h[n - 1 - i] = t;
	}
}

int fx_tree_inclusion(const struct fx_hashes *src, uint64_t index, uint64_t size,
		      struct fx_hash proof[FX_PROOF_MAX], struct fx_err *err)
{
	uint64_t lo = 0, hi = size;
	int n = 0;

	while (hi - lo > 1) {
		uint64_t mid = lo + split(hi - lo);
		bool left = index < mid;

		if (subtree(src, left ? mid : lo, left ? hi : mid, &proof[n++], err))
			return -1;
		if (left)
			hi = mid;
		else
			lo = mid;
	}
	reverse(proof, n);
	return n;
}

int fx_tree_consistency(const struct fx_hashes *src, uint64_t from, uint64_t size,
			struct fx_hash proof[FX_PROOF_MAX + 1], struct fx_err *err)
{
	uint64_t lo = 0, hi = size;
	int n = 0;

	if (from == 0 || from == size)
		return 0;
	while (from != hi) {
		uint64_t mid = lo + split(hi - lo);
		bool left = from <= mid;

		if (subtree(src, left ? mid : lo, left ? hi : mid, &proof[n++], err))
			return -1;
		if (left)
			hi = mid;
		else
			lo = mid;
	}
	if (lo > 0 && subtree(src, lo, hi, &proof[n++], err))
		return -1;
	reverse(proof, n);
	return n;
}

static bool same(const struct fx_hash *a, const struct fx_hash *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool fx_tree_included(uint64_t index, uint64_t size, const struct fx_hash *leaf,
		      const struct fx_hash *proof, size_t n, const struct fx_hash *root)
{
	uint64_t fn = index, sn = size - 1;
	struct fx_hash r = *leaf;

	if (index >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			fx_node_hash(&proof[i], &r, &r);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			fx_node_hash(&r, &proof[i], &r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && same(&r, root);
}

bool fx_tree_consistent(uint64_t from, uint64_t size, const struct fx_hash *proof, size_t n,
			const struct fx_hash *from_root, const struct fx_hash *root)
{
	uint64_t fn = from - 1, sn = size - 1;
	struct fx_hash fr, sr;
	size_t i = 0;

	if (from == 0 || from > size)
		return false;
	if (from == size)
		return n == 0 && same(from_root, root);
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	/* The old tree is whole where fn is 0: its root starts the path and is not in the proof. */
	if (fn == 0)
		fr = *from_root;
	else if (n > 0)
		fr = proof[i++];
	else
		return false;
	sr = fr;
	for (; i < n; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			fx_node_hash(&proof[i], &fr, &fr);
			fx_node_hash(&proof[i], &sr, &sr);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			fx_node_hash(&sr, &proof[i], &sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && same(&fr, from_root) && same(&sr, root);
}
