/* Opening a ledger and looking things up. */
#include "ledger/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream.h"
#include "ledger/keys.h"

int fx_ledger_read(struct fx_ledger *l, const char *name, struct fx_buf *out, struct fx_err *err)
{
	int fd = openat(l->fd, name, O_RDONLY | O_CLOEXEC);

	fx_buf_reset(out);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return fx_fail_errno(err, "%s/%s", l->dir, name);
	for (;;) {
		char *to = fx_buf_room(out, 4096);
		ssize_t n = to ? read(fd, to, 4096) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close(fd);
			return fx_fail_errno(err, "%s/%s", l->dir, name);
		}
		out->n += (size_t)n;
		if (n == 0 || out->n > FX_NOTE_MAX)
			break;
	}
	close(fd);
	return 0;
}

int fx_ledger_checkpoint(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_buf note = {0};
	struct fx_checkpoint c;
	struct fx_str text;
	struct fx_err why;
	size_t signer;
	int r = fx_ledger_read(l, "checkpoint", &note, err);

	if (r == 0 && l->note.n && fx_str_eq(fx_buf_view(&note), fx_buf_view(&l->note)))
		r = 1;
	else if (r == 1)
		r = 2;
	if (r) {
		fx_buf_free(&note);
		return r;
	}
	/* The keys after the checkpoint: a new one is in vkey before it signs alone. */
	if (fx_ledger_keys(l, err)) {
		fx_buf_free(&note);
		return -1;
	}
	if (fx_ledger_note_open(l, fx_buf_view(&note), &c, &text, &signer, &why)) {
		fx_buf_free(&note);
		return fx_fail(err, FX_ELEDGER, "%s/checkpoint: %s", l->dir, why.msg);
	}
	if (!fx_str_is(c.origin, l->vkey.name) || c.size < l->size) {
		fx_buf_free(&note);
		return fx_fail(err, FX_ELEDGER, c.size < l->size
			       ? "%s/checkpoint is older than the one before it"
			       : "%s/checkpoint is of another ledger", l->dir);
	}
	l->size = c.size;
	l->root = c.root;
	l->signer = signer;
	fx_buf_free(&l->note);
	l->note = note;
	return 0;
}

static void open_level(struct fx_ledger *l, unsigned level)
{
	char path[FX_PATH];

	(void)snprintf(path, sizeof(path), "hashes/%u", level);
	if (l->level[level] < 0)
		l->level[level] = openat(l->fd, path, O_RDONLY | O_CLOEXEC);
}

void fx_ledger_open_levels(struct fx_ledger *l)
{
	for (unsigned i = 0; i < FX_LEVELS; i++)
		open_level(l, i);
}

static int read_hashes(void *arg, unsigned level, uint64_t first, size_t n, struct fx_hash *out,
		       struct fx_err *err)
{
	struct fx_ledger *l = arg;
	char path[FX_PATH];
	size_t want = n * sizeof(*out), got = 0;

	open_level(l, level);
	(void)snprintf(path, sizeof(path), "hashes/%u", level);
	if (l->level[level] < 0)
		return fx_fail_errno(err, "%s/%s", l->dir, path);
	while (got < want) {
		ssize_t r = pread(l->level[level], (char *)out + got, want - got,
				  (off_t)(first * sizeof(*out) + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fx_fail_errno(err, "%s/%s", l->dir, path);
		if (r == 0)
			return fx_fail(err, FX_ELEDGER, "%s/%s ends before hash %llu", l->dir, path,
				       (unsigned long long)(first + got / sizeof(*out)));
		got += (size_t)r;
	}
	return 0;
}

struct fx_hashes fx_ledger_hashes(struct fx_ledger *l)
{
	return (struct fx_hashes){.read = read_hashes, .arg = l};
}

static int root_at(void *arg, uint64_t size, struct fx_hash *root, struct fx_err *err)
{
	struct fx_ledger *l = arg;
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_frontier f;

	if (size == l->size) {
		*root = l->root;
		return 0;
	}
	if (fx_tree_frontier(&src, size, &f, err))
		return -1;
	fx_frontier_root(&f, root);
	return 0;
}

int fx_ledger_root_at(struct fx_ledger *l, uint64_t size, unsigned char out[FX_SHA256_LEN],
		      struct fx_err *err)
{
	struct fx_hash root;

	if (size > l->size)
		return fx_fail(err, FX_ELEDGER, "the ledger has %llu entries, not %llu",
			       (unsigned long long)l->size, (unsigned long long)size);
	if (root_at(l, size, &root, err))
		return -1;
	memcpy(out, root.b, FX_SHA256_LEN);
	return 0;
}

/* The directory and the verifier keys; no checkpoint yet. */
struct fx_ledger *fx_ledger_open_dir(const char *dir, struct fx_err *err)
{
	struct fx_ledger *l = fx_alloc(1, sizeof(*l));
	size_t n = strlen(dir);

	l->dir = fx_alloc(n + 1, 1);
	memcpy(l->dir, dir, n);
	for (int i = 0; i < FX_LEVELS; i++)
		l->level[i] = -1;
	l->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->fd < 0 && errno == ENOENT)
		fx_fail(err, FX_EIO, "there is no ledger %s (fx-sign --init --origin NAME makes one)", dir);
	else if (l->fd < 0)
		fx_fail_errno(err, "the ledger %s", dir);
	else if (fx_ledger_keys(l, err) == 0)
		return l;
	fx_ledger_close(l);
	return NULL;
}

struct fx_ledger *fx_ledger_open(const char *dir, struct fx_err *err)
{
	struct fx_ledger *l = fx_ledger_open_dir(dir, err);
	int r = l ? fx_ledger_checkpoint(l, err) : -1;

	if (r == 0)
		return l;
	if (r == 2)
		fx_fail(err, FX_ELEDGER, "%s has no checkpoint: it was lost, or --init was broken off "
			"(fx-ledger(5), RECOVERY)", dir);
	fx_ledger_close(l);
	return NULL;
}

void fx_ledger_close(struct fx_ledger *l)
{
	if (!l)
		return;
	fx_writer_free(l);
	for (size_t i = 0; i < l->nseg; i++)
		fx_segment_forget(l, i);
	free(l->seg);
	fx_index_close(l->index);
	for (int i = 0; i < FX_LEVELS; i++)
		if (l->level[i] >= 0)
			close(l->level[i]);
	if (l->fd >= 0)
		close(l->fd);
	fx_buf_free(&l->note);
	fx_keys_free(l->keys);
	free(l->dir);
	free(l);
}

struct fx_str fx_ledger_origin(const struct fx_ledger *l)
{
	return fx_str(l->vkey.name);
}

const char *fx_ledger_dir(const struct fx_ledger *l)
{
	return l->dir;
}

uint64_t fx_ledger_size(const struct fx_ledger *l)
{
	return l->size;
}

void fx_ledger_root_hash(const struct fx_ledger *l, unsigned char out[FX_SHA256_LEN])
{
	memcpy(out, l->root.b, FX_SHA256_LEN);
}

int fx_ledger_refresh(struct fx_ledger *l, struct fx_err *err)
{
	int r = fx_ledger_checkpoint(l, err);

	if (r == 2)
		return fx_fail(err, FX_ELEDGER, "%s has no checkpoint any more", l->dir);
	return r < 0 ? -1 : r == 0;
}

void fx_token_add(const struct fx_ledger *l, uint64_t index, const unsigned char *leaf,
		  struct fx_buf *out)
{
	fx_buf_fmt(out, "%s/%llu#", l->vkey.name, (unsigned long long)index);
	fx_base64url_add(out, leaf, FX_SHA256_LEN);
}

int fx_ledger_token(struct fx_ledger *l, uint64_t index, struct fx_arena *a, struct fx_str *token,
		    struct fx_err *err)
{
	struct fx_buf b = {0};
	struct fx_hash leaf;

	if (index >= l->size)
		return fx_fail(err, FX_EUSAGE, "there is no entry %llu: the ledger has %llu",
			       (unsigned long long)index, (unsigned long long)l->size);
	if (read_hashes(l, 0, index, 1, &leaf, err))
		return -1;
	fx_token_add(l, index, leaf.b, &b);
	*token = fx_arena_str(a, fx_buf_view(&b));
	fx_buf_free(&b);
	return 0;
}

int fx_ledger_proof(struct fx_ledger *l, uint64_t index, struct fx_buf *out, struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_proof p = {.index = index, .checkpoint = fx_buf_view(&l->note)};
	int n;

	src.memo = &l->memo;
	if (index >= l->size)
		return fx_fail(err, FX_EUSAGE, "there is no entry %llu: the ledger has %llu",
			       (unsigned long long)index, (unsigned long long)l->size);
	n = fx_tree_inclusion(&src, index, l->size, p.path, err);
	if (n < 0)
		return -1;
	p.n = (size_t)n;
	fx_proof_add(out, &p);
	return 0;
}

/* Take entries that the index does not know into its memory. */
int fx_index_catch_up(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_ledger_scan s;
	struct fx_tape t = {0};
	struct fx_arena a = {0};
	struct fx_str entry;
	int r;

	fx_ledger_scan_init(&s, l, fx_index_size(l->index));
	while ((r = fx_ledger_scan_next(&s, &entry, err)) == 1) {
		struct fx_ids ids;

		if (fx_tape_read(&t, entry, NULL) == 0) {
			fx_ids_read(&t, &a, &ids);
			fx_index_ids(l->index, &ids,
				     fx_index_hash(l->index, FX_BY_EVENT, ids.source, ids.event_id),
				     s.index);
		}
		fx_index_done(l->index, s.index);
		fx_arena_reset(&a);
	}
	fx_ledger_scan_end(&s);
	fx_tape_free(&t);
	fx_arena_free(&a);
	return r;
}

void fx_index_ids(struct fx_index *ix, const struct fx_ids *ids, uint64_t hash, uint64_t entry)
{
	fx_index_add(ix, FX_BY_EVENT, hash, entry);
	if (ids->order_id.n)
		fx_index_add(ix, FX_BY_ORDER,
			     fx_index_hash(ix, FX_BY_ORDER, ids->order_id, (struct fx_str){0}), entry);
	if (ids->tasks)
		fx_index_add(ix, FX_BY_TRIGGER,
			     fx_index_hash(ix, FX_BY_TRIGGER, ids->trigger_source, ids->trigger_id),
			     entry);
}

int fx_ledger_index_open(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_index_of of = {.size = l->size, .root_at = root_at, .arg = l};
	unsigned char d[FX_SHA256_LEN];
	struct fx_buf b = {0};

	if (l->index)
		return 0;
	fx_vkey_add(&b, &l->keys->v[0]);
	fx_sha256(fx_buf_view(&b), d);
	memcpy(of.ledger, d, sizeof(of.ledger));
	of.recover = l->w && fx_writer_recovers(l);
	fx_buf_reset(&b);
	fx_buf_fmt(&b, "%s/index", l->dir);
	fx_buf_byte(&b, '\0');
	l->index = fx_index_open(b.p, l->w, &of, err);
	fx_buf_free(&b);
	return l->index ? 0 : -1;
}

int fx_ledger_index(struct fx_ledger *l, struct fx_err *err)
{
	if (l->w)
		fx_writer_idle(l);
	if (fx_ledger_index_open(l, err))
		return -1;
	return fx_index_size(l->index) >= l->size ? 0 : fx_index_catch_up(l, err);
}

/* Is entry `index` what was looked for?  1, 0, or -1. */
static int matches(struct fx_ledger *l, uint64_t index, struct fx_tape *t, struct fx_arena *a,
		   enum fx_key_kind kind, struct fx_str x, struct fx_str y, struct fx_err *err)
{
	struct fx_str entry;
	struct fx_ids ids;

	if (fx_entry_view(l, index, &entry, err))
		return -1;
	if (fx_tape_read(t, entry, NULL))
		return 0;
	fx_ids_read(t, a, &ids);
	if (kind == FX_BY_ORDER)
		return fx_str_eq(ids.order_id, x);
	return fx_str_eq(ids.source, x) && fx_str_eq(ids.event_id, y);
}

/* All entries with that key; for events the first one ends the search. */
static int find(struct fx_ledger *l, enum fx_key_kind kind, struct fx_str x, struct fx_str y,
		struct fx_arena *out, uint64_t **index, size_t *n, struct fx_err *err)
{
	struct fx_index_iter it;
	struct fx_arena a = {0};
	struct fx_tape t = {0};
	size_t cap = 0;
	uint64_t entry;
	int r;

	*n = 0;
	*index = NULL;
	if (fx_ledger_index(l, err) || fx_index_begin(l->index, err))
		return -1;
	fx_index_find(l->index, kind, fx_index_hash(l->index, kind, x, y), &it);
	while ((r = fx_index_next(l->index, &it, &entry, err)) == 1) {
		if (entry >= l->size)
			continue;
		r = matches(l, entry, &t, &a, kind, x, y, err);
		if (r < 0)
			break;
		if (!r)
			continue;
		if (*n == cap) {
			uint64_t *v = fx_arena_alloc(out, (cap ? cap * 2 : 8) * sizeof(*v));

			if (cap)
				memcpy(v, *index, cap * sizeof(*v));
			*index = v;
			cap = cap ? cap * 2 : 8;
		}
		(*index)[(*n)++] = entry;
		if (kind == FX_BY_EVENT) {
			r = 0;
			break;
		}
		fx_arena_reset(&a);
	}
	fx_index_end(l->index);
	fx_tape_free(&t);
	fx_arena_free(&a);
	return r < 0 ? -1 : 0;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int fx_ledger_find_order(struct fx_ledger *l, struct fx_str order_id, struct fx_arena *a,
			 uint64_t **index, size_t *n, struct fx_err *err)
{
	if (find(l, FX_BY_ORDER, order_id, (struct fx_str){0}, a, index, n, err))
		return -1;
	if (*n > 1)
		qsort(*index, *n, sizeof(**index), by_number);
	return 0;
}

int fx_ledger_find_event(struct fx_ledger *l, struct fx_str source, struct fx_str event_id,
			 uint64_t *index, bool *found, struct fx_err *err)
{
	struct fx_arena a = {0};
	uint64_t *v;
	size_t n;
	int r = find(l, FX_BY_EVENT, source, event_id, &a, &v, &n, err);

	*found = r == 0 && n > 0;
	if (*found)
		*index = v[0];
	fx_arena_free(&a);
	return r;
}
