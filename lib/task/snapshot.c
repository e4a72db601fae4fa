#include "task/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/app.h"
#include "task/codec.h"

#define MAGIC "fxlife2"
#define FILE_MAX ((size_t)16 << 30)

/* All numbers as this machine has them: the file goes nowhere else. */
struct header {
	char magic[8], version[16];
	uint64_t check; /* of all that follows it */
	uint64_t bytes; /* of the file */
	unsigned char root[FX_SHA256_LEN];
	uint64_t size; /* of the ledger, at that root */
	int64_t now, live_from;
	uint64_t linger, flags, added;
	uint64_t words, global, table; /* offsets */
	uint64_t nwords, norders;
};

struct row {
	uint64_t hash, off, len, touched;
	int64_t due; /* nothing falls due before */
	uint64_t marks;
};

struct fx_snap {
	const char *map;
	size_t bytes;
	const struct header *h;
	const struct row *row;
	unsigned char *taken; /* a flag a row: decoded, so the life knows better */
	uint64_t left;        /* not taken */
};

static uint64_t flags_of(const struct fx_life *l)
{
	return (uint64_t)l->opt.untold | (uint64_t)l->opt.delivered << 1;
}

static uint64_t check_of(const char *map, size_t bytes)
{
	size_t from = offsetof(struct header, bytes);

	return fx_str_hash((struct fx_str){map + from, bytes - from});
}

/* ---- reading ------------------------------------------------------------- */

static bool fits(const struct fx_snap *s, const struct fx_life *l, struct fx_ledger *ledger)
{
	const struct header *h = s->h;
	unsigned char root[FX_SHA256_LEN];

	return s->bytes >= sizeof(*h) && memcmp(h->magic, MAGIC, sizeof(h->magic)) == 0 &&
	       strncmp(h->version, FX_VERSION, sizeof(h->version)) == 0 && h->bytes == s->bytes &&
	       h->now <= l->opt.now && h->live_from == l->opt.live_from &&
	       h->linger == l->opt.linger && h->flags == flags_of(l) &&
	       h->size <= fx_ledger_size(ledger) && h->table % sizeof(uint64_t) == 0 &&
	       h->table <= s->bytes && (s->bytes - h->table) / sizeof(struct row) == h->norders &&
	       h->words <= h->table && h->global <= h->table &&
	       h->check == check_of(s->map, s->bytes) &&
	       fx_ledger_root_at(ledger, h->size, root, NULL) == 0 &&
	       memcmp(root, h->root, sizeof(root)) == 0;
}

static bool map_file(struct fx_snap *s, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(struct header))
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return false;
	s->map = p;
	s->bytes = (size_t)st.st_size;
	s->h = p;
	return true;
}

static void read_words(struct fx_life *l, const struct fx_snap *s)
{
	struct fx_codec c = {.l = l, .p = s->map + s->h->words, .end = s->map + s->bytes};

	for (uint64_t i = 0; i < s->h->nwords && !c.bad; i++)
		fx_life_word(l, fx_code_span(&c));
}

void fx_snapshot_load(struct fx_life *l, struct fx_ledger *ledger, uint64_t *from)
{
	struct fx_snap *s = fx_alloc(1, sizeof(*s));
	struct fx_codec c;
	char path[PATH_MAX];

	*from = 0;
	l->snap = s;
	snprintf(path, sizeof(path), "%s/state/life", fx_ledger_dir(ledger));
	if (l->added || !map_file(s, path) || !fits(s, l, ledger)) {
		fx_snapshot_drop(l);
		return;
	}
	s->row = (const struct row *)(const void *)(s->map + s->h->table);
	s->taken = fx_alloc(s->h->norders + 1, 1);
	s->left = s->h->norders;
	read_words(l, s);
	c = (struct fx_codec){.l = l, .p = s->map + s->h->global, .end = s->map + s->bytes};
	fx_code_global(&c);
	l->added = s->h->added;
	l->seen_now = s->h->now;
	*from = s->h->size;
}

void fx_snapshot_drop(struct fx_life *l)
{
	union {
		const char *from;
		void *to;
	} u;

	if (!l->snap)
		return;
	u.from = l->snap->map;
	if (u.to)
		munmap(u.to, l->snap->bytes);
	free(l->snap->taken);
	free(l->snap);
	l->snap = NULL;
}

static void take(struct fx_life *l, uint64_t i)
{
	struct fx_snap *s = l->snap;
	const struct row *r = &s->row[i];
	struct fx_codec c = {.l = l, .p = s->map + r->off, .end = s->map + r->off + r->len};
	struct fx_order *o = fx_pool_get(&l->pool, sizeof(*o));

	s->taken[i] = 1;
	s->left--;
	fx_code_order(&c, o);
	o->touched = r->touched;
	o->dirty = true;
	fx_map_put(&l->orders, o->id, NULL)->v.ptr = o;
}

struct fx_order *fx_snapshot_find(struct fx_life *l, struct fx_str id)
{
	struct fx_snap *s = l->snap;
	uint64_t hash = fx_str_hash(id), lo = 0, hi = s->h->norders;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (s->row[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* Whoever shares the hash comes along. */
	for (; lo < s->h->norders && s->row[lo].hash == hash; lo++)
		if (!s->taken[lo])
			take(l, lo);
	return fx_map_ptr(&l->orders, id);
}

void fx_snapshot_take(struct fx_life *l, fx_time due, uint64_t marks)
{
	struct fx_snap *s = l->snap;

	for (uint64_t i = 0; s->left && i < s->h->norders; i++)
		if (!s->taken[i] && (s->row[i].due <= due || s->row[i].marks & marks))
			take(l, i);
}

uint64_t fx_snapshot_left(const struct fx_life *l)
{
	return l->snap->left;
}

/* ---- writing --------------------------------------------------------------- */

struct saving {
	struct fx_life *l;
	struct fx_buf out;
	struct row *row;
	size_t n, cap;
};

static struct row *new_row(struct saving *s)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 1024;
		s->row = fx_realloc(s->row, s->cap, sizeof(*s->row));
	}
	return &s->row[s->n++];
}

static void save_known(struct saving *s)
{
	struct fx_life *l = s->l;

	for (size_t i = 0; i < l->orders.n; i++) {
		struct fx_order *o = l->orders.e[i].key.p ? l->orders.e[i].v.ptr : NULL;
		struct fx_codec c = {.l = l, .out = &s->out, .write = true};
		struct row *r;

		if (!o)
			continue;
		fx_order_settle(l, o);
		if (!o->open && o->id.n && o->touched + l->opt.linger < l->added)
			continue;
		r = new_row(s);
		*r = (struct row){.hash = fx_str_hash(o->id),
		                  .off = s->out.n,
		                  .touched = o->touched,
		                  .due = fx_order_next(l, o),
		                  .marks = fx_order_marks(o)};
		fx_code_order(&c, o);
		r->len = s->out.n - r->off;
	}
}

/* Orders that nobody asked for go over as they are. */
static void save_rest(struct saving *s)
{
	struct fx_snap *old = s->l->snap;

	for (uint64_t i = 0; old && i < old->h->norders; i++) {
		struct row *r;

		if (old->taken[i] ||
		    (!(old->row[i].marks & 1) && old->row[i].touched + s->l->opt.linger < s->l->added))
			continue;
		r = new_row(s);
		*r = old->row[i];
		r->off = s->out.n;
		fx_buf_add(&s->out, old->map + old->row[i].off, r->len);
	}
}

static int by_hash(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void put_all(struct saving *s, struct header *h)
{
	struct fx_codec c = {.l = s->l, .out = &s->out, .write = true};

	fx_buf_add(&s->out, (const char *)h, sizeof(*h));
	save_known(s);
	save_rest(s);
	h->global = s->out.n;
	fx_code_global(&c);
	/* Last, for coding may make words. */
	h->words = s->out.n;
	h->nwords = s->l->words.n;
	for (size_t i = 0; i < s->l->words.n; i++)
		fx_code_put(&c, s->l->words.e[i].key);
	while (s->out.n % sizeof(uint64_t))
		fx_buf_byte(&s->out, '\0');
	h->table = s->out.n;
	h->norders = s->n;
	if (s->n)
		qsort(s->row, s->n, sizeof(*s->row), by_hash);
	if (s->n)
		fx_buf_add(&s->out, (const char *)s->row, s->n * sizeof(*s->row));
	h->bytes = s->out.n;
	if (s->out.over)
		return;
	memcpy(s->out.p, h, sizeof(*h));
	h->check = check_of(s->out.p, s->out.n);
	memcpy(s->out.p, h, sizeof(*h));
}

/* By rename, so that a reader has the old one or the new one; a torn one fails its check. */
static int replace(const char *dir, const struct fx_buf *b, struct fx_err *err)
{
	char path[PATH_MAX], tmp[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/state", dir);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return errno == EACCES || errno == EROFS ? 0 : fx_fail_errno(err, "%s", path);
	snprintf(path, sizeof(path), "%s/state/life", dir);
	snprintf(tmp, sizeof(tmp), "%s/state/life.%ld", dir, (long)getpid());
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno == EACCES || errno == EROFS ? 0 : fx_fail_errno(err, "%s", tmp);
	if (fx_write_all(fd, b->p, b->n) != 0 || close(fd) != 0 || rename(tmp, path) != 0) {
		fx_fail_errno(err, "%s", tmp);
		unlink(tmp);
		return -1;
	}
	return 0;
}

int fx_snapshot_save(struct fx_life *l, struct fx_ledger *ledger, uint64_t size, struct fx_err *err)
{
	struct saving s = {.l = l, .out = {.max = FILE_MAX}};
	struct header h = {.magic = MAGIC,
	                   .version = FX_VERSION,
	                   .size = size,
	                   .now = l->opt.now,
	                   .live_from = l->opt.live_from,
	                   .linger = l->opt.linger,
	                   .flags = flags_of(l),
	                   .added = l->added};
	int r = fx_ledger_root_at(ledger, size, h.root, err);

	if (r == 0) {
		put_all(&s, &h);
		r = s.out.over
		        ? fx_fail(err, FX_ELIMIT, "the snapshot grew over %zu GiB", FILE_MAX >> 30)
		        : replace(fx_ledger_dir(ledger), &s.out, err);
	}
	free(s.row);
	fx_buf_free(&s.out);
	return r;
}
