#include "ledger/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

/*
 * One LMDB tree: a key is the hash and the entry's index, both big-endian, and has
 * no value, so that equal hashes lie side by side in the order of the entries.
 * "meta" is the one other key.
 */
#define KEY_LEN 16
#define META_FORMAT 1
#define MAP_SIZE (sizeof(size_t) > 4 ? (size_t)1 << 38 : (size_t)1 << 30)
/* Keys put in one transaction: bounds its dirty pages (a page each at worst, 4 KiB). */
#define PUTS 16384
/* LMDB's reader table is shared by all processes. */
#define READERS 512

struct meta {
	uint32_t format;
	uint32_t clean; /* all that LMDB holds was synced */
	uint64_t size;
	unsigned char ledger[8];
	unsigned char sip[16];
	struct fx_hash root;
	char boot[40]; /* written since this boot, when not clean */
};

struct fx_index {
	MDB_env *env; /* NULL: a reader without a usable one */
	MDB_dbi dbi;
	MDB_txn *txn;
	MDB_cursor *cur;
	struct meta meta; /* as LMDB has it, to our knowledge */
	uint64_t size;
	/* what LMDB lacks; a writer seldom looks for an order, and keeps no table of them */
	struct fx_pair *v;
	size_t n, cap;
	uint32_t *slot;
	size_t nslot, used;
	bool table_orders;
};

static int mdb_fail(struct fx_err *err, int rc, const char *what)
{
	if (rc == MDB_MAP_FULL)
		return fx_fail(err, FX_EIO, "index/: %s: the index has outgrown its map", what);
	return fx_fail(err, FX_EIO, "index/: %s: %s", what, mdb_strerror(rc));
}

/* SipHash-2-4 (Aumasson, Bernstein 2012): keyed, so that nobody can aim for collisions. */
static uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static uint64_t load64(const unsigned char *p)
{
	uint64_t x = 0;

	for (int i = 7; i >= 0; i--)
		x = x << 8 | p[i];
	return x;
}

static uint64_t siphash(const unsigned char key[16], const unsigned char *p, size_t n)
{
	uint64_t k0 = load64(key), k1 = load64(key + 8), last = (uint64_t)n << 56;
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
			 k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};

	for (; n >= 8; p += 8, n -= 8) {
		uint64_t m = load64(p);

		v[3] ^= m;
		sip_round(v);
		sip_round(v);
		v[0] ^= m;
	}
	for (size_t i = 0; i < n; i++)
		last |= (uint64_t)p[i] << (8 * i);
	v[3] ^= last;
	sip_round(v);
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t fx_index_hash(const struct fx_index *ix, enum fx_key_kind kind, struct fx_str a,
		       struct fx_str b)
{
	unsigned char few[256], *text = few;
	size_t n = 2 + a.n + b.n;
	uint64_t h;

	if (n > sizeof(few))
		text = fx_realloc(NULL, n, 1);
	text[0] = (unsigned char)kind;
	if (a.n)
		memcpy(text + 1, a.p, a.n);
	text[1 + a.n] = 0;
	if (b.n)
		memcpy(text + 2 + a.n, b.p, b.n);
	h = siphash(ix->meta.sip, text, n);
	if (text != few)
		free(text);
	return h;
}

static void store_be(unsigned char *p, uint64_t x)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(x >> (56 - 8 * i));
}

static uint64_t load_be(const unsigned char *p)
{
	uint64_t x = 0;

	for (int i = 0; i < 8; i++)
		x = x << 8 | p[i];
	return x;
}

static void boot_id(char out[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, 36);

	if (fd >= 0)
		close(fd);
	memset(out + (n > 0 ? n : 0), 0, (size_t)(40 - (n > 0 ? n : 0)));
}

static MDB_val meta_key(void)
{
	static char name[] = "meta";

	return (MDB_val){4, name};
}

/* 0, MDB_NOTFOUND, or another error. */
static int get_meta(MDB_txn *txn, MDB_dbi dbi, struct meta *m)
{
	MDB_val k = meta_key(), v;
	int rc = mdb_get(txn, dbi, &k, &v);

	if (rc)
		return rc;
	if (v.mv_size != sizeof(*m))
		return MDB_NOTFOUND;
	memcpy(m, v.mv_data, sizeof(*m));
	return m->format == META_FORMAT ? 0 : MDB_NOTFOUND;
}

static int put_meta(MDB_txn *txn, MDB_dbi dbi, const struct meta *m)
{
	struct meta copy = *m;
	MDB_val k = meta_key(), v = {sizeof(copy), &copy};

	return mdb_put(txn, dbi, &k, &v, 0);
}

/* Trust what LMDB holds?  After a crash of the system it may be anything unless synced. */
static bool trusted(const struct meta *m)
{
	char boot[40];

	boot_id(boot);
	return m->clean || (boot[0] && memcmp(boot, m->boot, sizeof(boot)) == 0);
}

/* A file that was cut short must not be read through the map: that is a SIGBUS. */
static bool is_short(MDB_env *env)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	int fd;

	return mdb_env_get_fd(env, &fd) || fstat(fd, &st) != 0 || mdb_env_info(env, &info) ||
	       mdb_env_stat(env, &stat) ||
	       (uint64_t)st.st_size < ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

static int env_open(struct fx_index *ix, const char *dir, bool write)
{
	unsigned flags = MDB_NOTLS | MDB_NOSYNC | (write ? 0 : MDB_RDONLY);
	MDB_txn *txn;
	int rc = mdb_env_create(&ix->env);

	if (rc)
		return rc;
	mdb_env_set_mapsize(ix->env, MAP_SIZE);
	mdb_env_set_maxreaders(ix->env, READERS);
	rc = mdb_env_open(ix->env, dir, flags, 0666);
	if (rc == 0 && is_short(ix->env))
		rc = MDB_CORRUPTED;
	if (rc == 0 && write) {
		int dead;

		mdb_reader_check(ix->env, &dead);
	}
	if (rc == 0)
		rc = mdb_txn_begin(ix->env, NULL, write ? 0 : MDB_RDONLY, &txn);
	if (rc)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &ix->dbi);
	if (rc == 0)
		rc = get_meta(txn, ix->dbi, &ix->meta);
	if (rc == 0 || rc == MDB_NOTFOUND) {
		int rc2 = mdb_txn_commit(txn);

		return rc2 ? rc2 : rc;
	}
	mdb_txn_abort(txn);
	return rc;
}

static void env_close(struct fx_index *ix)
{
	if (ix->cur)
		mdb_cursor_close(ix->cur);
	if (ix->txn)
		mdb_txn_abort(ix->txn);
	if (ix->env)
		mdb_env_close(ix->env);
	ix->env = NULL;
	ix->txn = NULL;
	ix->cur = NULL;
}

/* Throw the files away and begin with none: it is derived. */
static int start_afresh(struct fx_index *ix, const char *dir, const struct fx_index_of *of,
			struct fx_err *err)
{
	static const char *const names[] = {"data.mdb", "lock.mdb"};
	MDB_txn *txn = NULL;
	int rc, fd;

	env_close(ix);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fx_fail_errno(err, "%s", dir);
	for (size_t i = 0; i < 2; i++)
		if (unlinkat(fd, names[i], 0) != 0 && errno != ENOENT) {
			close(fd);
			return fx_fail_errno(err, "index/%s", names[i]);
		}
	close(fd);
	rc = env_open(ix, dir, true);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return mdb_fail(err, rc, "open");
	memset(&ix->meta, 0, sizeof(ix->meta));
	ix->meta.format = META_FORMAT;
	memcpy(ix->meta.ledger, of->ledger, sizeof(of->ledger));
	fx_sha256((struct fx_str){"", 0}, ix->meta.root.b);
	boot_id(ix->meta.boot);
	if (getrandom(ix->meta.sip, sizeof(ix->meta.sip), 0) != (ssize_t)sizeof(ix->meta.sip))
		return fx_fail_errno(err, "getrandom");
	rc = mdb_txn_begin(ix->env, NULL, 0, &txn);
	if (rc == 0)
		rc = put_meta(txn, ix->dbi, &ix->meta);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else if (txn)
		mdb_txn_abort(txn);
	return rc ? mdb_fail(err, rc, "write") : 0;
}

/* Does what LMDB says of itself fit the ledger?  1: yes, 0: it is not of this ledger, -1. */
static int fits(const struct fx_index *ix, bool write, const struct fx_index_of *of,
		struct fx_err *err)
{
	const struct meta *m = &ix->meta;
	struct fx_hash root;

	if (memcmp(m->ledger, of->ledger, sizeof(m->ledger)) != 0)
		return 0;
	if (m->size > of->size && !write)
		return 1; /* a writer was faster than this reader's checkpoint */
	if (m->size > of->size)
		return fx_fail(err, FX_ELEDGER,
			       "index/ has seen %llu entries, the checkpoint vouches for %llu",
			       (unsigned long long)m->size, (unsigned long long)of->size);
	if (of->root_at(of->arg, m->size, &root, err))
		return -1;
	if (memcmp(&root, &m->root, sizeof(root)) != 0)
		return fx_fail(err, FX_ELEDGER, "index/ was made of other entries than the first %llu",
			       (unsigned long long)m->size);
	return 1;
}

struct fx_index *fx_index_open(const char *dir, bool write, const struct fx_index_of *of,
			       struct fx_err *err)
{
	struct fx_index *ix = fx_alloc(1, sizeof(*ix));
	int rc, ok = 0;

	ix->table_orders = !write;
	if (write && mkdir(dir, 0777) != 0 && errno != EEXIST) {
		fx_fail_errno(err, "%s", dir);
		goto bad;
	}
	rc = env_open(ix, dir, write);
	if (rc == 0 && trusted(&ix->meta))
		ok = fits(ix, write, of, err);
	if (ok < 0 && !(write && of->recover && err->code == FX_ELEDGER))
		goto bad;
	if (ok <= 0 && write) {
		if (rc == EACCES || rc == EROFS || rc == ENOSPC || rc == EIO || rc == ENOMEM) {
			mdb_fail(err, rc, "open");
			goto bad;
		}
		if (start_afresh(ix, dir, of, err))
			goto bad;
	} else if (ok <= 0) {
		env_close(ix);
		memset(&ix->meta, 0, sizeof(ix->meta));
	}
	ix->size = ix->meta.size;
	return ix;
bad:
	fx_index_close(ix);
	return NULL;
}

void fx_index_close(struct fx_index *ix)
{
	if (!ix)
		return;
	env_close(ix);
	free(ix->v);
	free(ix->slot);
	free(ix);
}

uint64_t fx_index_size(const struct fx_index *ix)
{
	return ix->size;
}

uint64_t fx_index_pending(const struct fx_index *ix)
{
	return ix->size - ix->meta.size;
}

/* The table over ix->v: open addressing, a slot holds position + 1. */
static void slot_put(struct fx_index *ix, uint64_t hash, uint32_t pos)
{
	size_t i = (size_t)hash & (ix->nslot - 1);

	while (ix->slot[i])
		i = (i + 1) & (ix->nslot - 1);
	ix->slot[i] = pos + 1;
	ix->used++;
}

static bool in_table(const struct fx_index *ix, enum fx_key_kind kind)
{
	return kind != FX_BY_ORDER || ix->table_orders;
}

static void grow(struct fx_index *ix)
{
	size_t old = ix->nslot;
	uint32_t *slot = ix->slot;

	ix->nslot = old ? old * 2 : 1024;
	ix->slot = fx_alloc(ix->nslot, sizeof(*ix->slot));
	ix->used = 0;
	for (size_t i = 0; i < old; i++)
		if (slot[i])
			slot_put(ix, ix->v[slot[i] - 1].hash, slot[i] - 1);
	free(slot);
}

void fx_index_add(struct fx_index *ix, enum fx_key_kind kind, uint64_t hash, uint64_t entry)
{
	if (ix->n == ix->cap) {
		ix->cap = ix->cap ? ix->cap * 2 : 4096;
		ix->v = fx_realloc(ix->v, ix->cap, sizeof(*ix->v));
	}
	ix->v[ix->n] = (struct fx_pair){hash, entry};
	if (in_table(ix, kind)) {
		if (ix->used * 2 >= ix->nslot)
			grow(ix);
		slot_put(ix, hash, (uint32_t)ix->n);
	}
	ix->n++;
}

void fx_index_done(struct fx_index *ix, uint64_t entry)
{
	ix->size = entry + 1;
}

int fx_index_begin(struct fx_index *ix, struct fx_err *err)
{
	int rc = 0;

	if (!ix->env || ix->meta.size == 0)
		return 0;
	if (!ix->txn) {
		rc = mdb_txn_begin(ix->env, NULL, MDB_RDONLY, &ix->txn);
		if (rc == 0)
			rc = mdb_cursor_open(ix->txn, ix->dbi, &ix->cur);
	} else {
		rc = mdb_txn_renew(ix->txn);
		if (rc == 0)
			rc = mdb_cursor_renew(ix->txn, ix->cur);
	}
	return rc ? mdb_fail(err, rc, "read") : 0;
}

void fx_index_end(struct fx_index *ix)
{
	if (ix->txn)
		mdb_txn_reset(ix->txn);
}

void fx_index_find(const struct fx_index *ix, enum fx_key_kind kind, uint64_t hash,
		   struct fx_index_iter *it)
{
	*it = (struct fx_index_iter){.hash = hash, .kind = kind};
	it->lmdb = ix->env && ix->meta.size > 0;
	it->pos = ix->nslot && in_table(ix, kind) ? (size_t)hash & (ix->nslot - 1) : 0;
}

static int next_lmdb(struct fx_index *ix, struct fx_index_iter *it, uint64_t *entry,
		     struct fx_err *err)
{
	unsigned char key[KEY_LEN];
	MDB_val k = {KEY_LEN, key}, v;
	int rc;

	store_be(key, it->hash);
	store_be(key + 8, it->started ? it->after + 1 : 0);
	it->started = true;
	rc = mdb_cursor_get(ix->cur, &k, &v, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc)
		return mdb_fail(err, rc, "read");
	if (k.mv_size != KEY_LEN || memcmp(k.mv_data, key, 8) != 0)
		return 0;
	*entry = it->after = load_be((unsigned char *)k.mv_data + 8);
	/* Above: put by an update that was not finished, or that this process has in memory. */
	return *entry < ix->meta.size ? 1 : 0;
}

int fx_index_next(struct fx_index *ix, struct fx_index_iter *it, uint64_t *entry,
		  struct fx_err *err)
{
	if (it->lmdb) {
		int r = next_lmdb(ix, it, entry, err);

		if (r)
			return r;
		it->lmdb = false;
	}
	/* A writer seldom asks for an order, and its table has none: one after the other. */
	if (!in_table(ix, it->kind)) {
		while (it->pos < ix->n)
			if (ix->v[it->pos++].hash == it->hash) {
				*entry = ix->v[it->pos - 1].entry;
				return 1;
			}
		return 0;
	}
	if (!ix->nslot)
		return 0;
	for (; ix->slot[it->pos]; it->pos = (it->pos + 1) & (ix->nslot - 1)) {
		const struct fx_pair *p = &ix->v[ix->slot[it->pos] - 1];

		if (p->hash != it->hash)
			continue;
		*entry = p->entry;
		it->pos = (it->pos + 1) & (ix->nslot - 1);
		return 1;
	}
	return 0;
}

int fx_index_each(struct fx_index *ix, uint64_t size,
		  void (*each)(void *arg, uint64_t hash, uint64_t entry), void *arg,
		  struct fx_err *err)
{
	MDB_val k, v;
	int rc;

	if (!ix->env || ix->meta.size == 0)
		return 0;
	if (fx_index_begin(ix, err))
		return -1;
	for (rc = mdb_cursor_get(ix->cur, &k, &v, MDB_FIRST); rc == 0;
	     rc = mdb_cursor_get(ix->cur, &k, &v, MDB_NEXT)) {
		const unsigned char *p = k.mv_data;

		if (k.mv_size == KEY_LEN && load_be(p + 8) < size)
			each(arg, load_be(p), load_be(p + 8));
	}
	fx_index_end(ix);
	return rc == MDB_NOTFOUND ? 0 : mdb_fail(err, rc, "read");
}

/* Radix passes over the 33 upper bits leave next to nothing to the insertion at the end. */
void fx_sort_pairs(struct fx_pair *v, size_t n)
{
	enum { BITS = 11, BINS = 1 << BITS, PASSES = 3 };
	struct fx_pair *room = n ? fx_realloc(NULL, n, sizeof(*room)) : NULL, *from = v, *to = room;

	for (int pass = 0; pass < PASSES; pass++) {
		int shift = 64 - (PASSES - pass) * BITS;
		size_t at[BINS] = {0}, sum = 0;
		struct fx_pair *t = from;

		for (size_t i = 0; i < n; i++)
			at[from[i].hash >> shift & (BINS - 1)]++;
		for (size_t k = 0; k < BINS; k++) {
			size_t here = at[k];

			at[k] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			to[at[from[i].hash >> shift & (BINS - 1)]++] = from[i];
		from = to;
		to = t;
	}
	for (size_t i = 0; i < n; i++) { /* an odd number of passes: from is the room */
		struct fx_pair p = from[i];
		size_t k = i;

		for (; k > 0 && v[k - 1].hash > p.hash; k--)
			v[k] = v[k - 1];
		v[k] = p;
	}
	free(room);
}

/*
 * One transaction's worth of sorted keys; through a cursor, neighbours cost no descent.
 * MDB_KEYEXIST, nothing done: another process has declared LMDB clean.
 */
static int put_some(struct fx_index *ix, const struct fx_pair *v, size_t n)
{
	MDB_cursor *cur;
	MDB_txn *txn;
	struct meta m;
	int rc = mdb_txn_begin(ix->env, NULL, 0, &txn);

	if (rc)
		return rc;
	rc = get_meta(txn, ix->dbi, &m);
	if (rc == 0 && m.clean)
		rc = MDB_KEYEXIST;
	if (rc == 0)
		rc = mdb_cursor_open(txn, ix->dbi, &cur);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		unsigned char key[KEY_LEN];
		MDB_val k = {KEY_LEN, key}, none = {0, key};

		store_be(key, v[i].hash);
		store_be(key + 8, v[i].entry);
		rc = mdb_cursor_put(cur, &k, &none, 0);
	}
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* Store meta with size not below what another process reached. */
static int put_size(struct fx_index *ix, const struct meta *m)
{
	struct meta now;
	MDB_txn *txn;
	int rc = mdb_txn_begin(ix->env, NULL, 0, &txn);

	if (rc)
		return rc;
	rc = get_meta(txn, ix->dbi, &now);
	if (rc == 0 && m->size >= now.size)
		rc = put_meta(txn, ix->dbi, m);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* Before anything unsynced is written, what is on the disk must say so. */
static int mark_dirty(struct fx_index *ix)
{
	MDB_txn *txn;
	struct meta m;
	int rc = mdb_txn_begin(ix->env, NULL, 0, &txn);

	if (rc)
		return rc;
	rc = get_meta(txn, ix->dbi, &m);
	if (rc == 0 && !m.clean) {
		mdb_txn_abort(txn);
		return 0;
	}
	m.clean = 0;
	boot_id(m.boot);
	if (rc == 0)
		rc = put_meta(txn, ix->dbi, &m);
	if (rc) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	return rc ? rc : mdb_env_sync(ix->env, 1);
}

int fx_index_flush(struct fx_index *ix, const struct fx_hash *root, struct fx_err *err)
{
	struct meta m = ix->meta;
	int rc;

	if (ix->size == ix->meta.size)
		return 0;
	rc = mark_dirty(ix);
	fx_sort_pairs(ix->v, ix->n);
	for (size_t i = 0; rc == 0 && i < ix->n;) {
		size_t n = ix->n - i < PUTS ? ix->n - i : PUTS;

		rc = put_some(ix, ix->v + i, n);
		if (rc == MDB_KEYEXIST)
			rc = mark_dirty(ix);
		else
			i += n;
	}
	m.size = ix->size;
	m.root = *root;
	m.clean = 0;
	boot_id(m.boot);
	if (rc == 0)
		rc = put_size(ix, &m);
	if (rc)
		return mdb_fail(err, rc, "write");
	ix->meta = m;
	ix->n = ix->used = 0;
	if (ix->nslot)
		memset(ix->slot, 0, ix->nslot * sizeof(*ix->slot));
	return 0;
}

int fx_index_sync(struct fx_index *ix, struct fx_err *err)
{
	MDB_txn *txn;
	struct meta m;
	/* The open transaction keeps others from writing between the sync and the word of it. */
	int rc = mdb_txn_begin(ix->env, NULL, 0, &txn);

	if (rc)
		return mdb_fail(err, rc, "sync");
	rc = mdb_env_sync(ix->env, 1);
	if (rc == 0)
		rc = get_meta(txn, ix->dbi, &m);
	m.clean = 1;
	if (rc == 0)
		rc = put_meta(txn, ix->dbi, &m);
	if (rc) {
		mdb_txn_abort(txn);
		return mdb_fail(err, rc, "sync");
	}
	rc = mdb_txn_commit(txn);
	if (rc == 0)
		rc = mdb_env_sync(ix->env, 1);
	return rc ? mdb_fail(err, rc, "sync") : 0;
}
