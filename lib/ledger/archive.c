#include "ledger/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#include "base/dir.h"
#include "base/stream.h"
#include "ledger/inside.h"
#include "ledger/marker.h"

#define LEVEL 9 /* of zstd: JSON lines get little smaller beyond */
#define PATH_LEN 4096

int fx_put_file(int at, const char *name, struct fx_str text, struct fx_err *err)
{
	char tmp[PATH_LEN];
	int fd, bad;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.tmp", name) >= sizeof(tmp))
		return fx_fail(err, FX_ELIMIT, "%s: too long a name", name);
	fd = openat(at, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bad = fd < 0 || fx_write_all(fd, text.p, text.n) != 0 || fsync(fd) != 0;
	if (fd >= 0)
		close(fd);
	if (bad || renameat(at, tmp, at, name) != 0)
		return fx_fail_errno(err, "%s", name);
	return 0;
}

/* The entries of a segment must be what hashes/2 has for it before the plain file goes. */
static int check_segment(struct fx_ledger *l, const struct fx_segment *s, struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_hash done[FX_LEVELS - 1], have = {{0}}, want;
	struct fx_frontier *f = fx_alloc(1, sizeof(*f));
	size_t at = 0;
	const char *nl;

	while (f->size < FX_SEGMENT && at < s->n && (nl = memchr(s->p + at, '\n', s->n - at))) {
		struct fx_hash leaf;

		fx_line_leaf((struct fx_str){s->p + at, (size_t)(nl - s->p) - at}, &leaf);
		if (fx_frontier_add(f, &leaf, done) == 2)
			have = done[1];
		at = (size_t)(nl - s->p) + 1;
	}
	free(f);
	if (src.read(src.arg, 2, s->number, 1, &want, err))
		return -1;
	if (at == s->n && memcmp(&have, &want, sizeof(have)) == 0)
		return 0;
	return fx_fail(err, FX_ELEDGER, "%s/entries/%06llu.ndjson is not what was signed; it stays "
		       "(fx-verify --all says more)", l->dir, (unsigned long long)s->number);
}

/* Compress s into out, and unpack it again to see. */
static int squeeze(struct fx_str s, struct fx_buf *out, struct fx_err *err)
{
	size_t cap = ZSTD_compressBound(s.n), n;
	char *back;
	bool same;

	out->max = cap + 1;
	if (!fx_buf_room(out, cap))
		return fx_fail(err, FX_ELIMIT, "a segment too large");
	n = ZSTD_compress(out->p, cap, s.p, s.n, LEVEL);
	if (ZSTD_isError(n))
		return fx_fail(err, FX_EIO, "zstd: %s", ZSTD_getErrorName(n));
	out->n = n;
	back = fx_realloc(NULL, s.n + 1, 1);
	n = ZSTD_decompress(back, s.n, out->p, out->n);
	same = !ZSTD_isError(n) && n == s.n && memcmp(back, s.p, n) == 0;
	free(back);
	return same ? 0 : fx_fail(err, FX_EIO, "zstd does not give back what it was given");
}

/* Put a file in the place of one of entries/, there or where its symbolic link leads. */
static int put_entries(int at, const char *name, struct fx_str text, struct fx_err *err)
{
	char to[PATH_LEN];
	ssize_t n = readlinkat(at, name, to, sizeof(to) - 1);
	char *slash;

	if (n < 0 && (errno == EINVAL || errno == ENOENT))
		return fx_put_file(at, name, text, err);
	if (n < 0)
		return fx_fail_errno(err, "entries/%s", name);
	to[n] = '\0';
	if (fx_put_file(at, to, text, err))
		return -1;
	slash = strrchr(to, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	return fx_sync_dir(at, *to ? to : "/") ? fx_fail_errno(err, "%s", to) : 0;
}

/* A compressed copy beside the plain file: what a killed fx-archive left. */
static int drop_packed(int at, const char *name, struct fx_err *err)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : fx_fail_errno(err, "entries/%s", name);
	if (put_entries(at, name, (struct fx_str){0}, err))
		return -1;
	return unlinkat(at, name, 0) ? fx_fail_errno(err, "entries/%s", name) : 0;
}

int fx_segment_replace(struct fx_ledger *l, uint64_t number, struct fx_str text, bool packed,
		       struct fx_err *err)
{
	int at = openat(l->fd, "entries", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	char plain[FX_PATH], zst[FX_PATH];
	struct fx_buf z = {0};

	if (at < 0)
		return fx_fail_errno(err, "%s/entries", l->dir);
	(void)snprintf(plain, sizeof(plain), "%06llu.ndjson", (unsigned long long)number);
	(void)snprintf(zst, sizeof(zst), "%06llu.ndjson.zst", (unsigned long long)number);
	if (packed)
		r = squeeze(text, &z, err) || put_entries(at, zst, fx_buf_view(&z), err) ? -1 : 0;
	else
		r = drop_packed(at, zst, err) || fx_put_file(at, plain, text, err) ? -1 : 0;
	fx_buf_free(&z);
	if (r == 0 && fsync(at) != 0)
		r = fx_fail_errno(err, "%s/entries", l->dir);
	close(at);
	return r;
}

/* Put the compressed text where it belongs: beside the plain file, or elsewhere with a link. */
static int place(struct fx_ledger *l, const struct fx_archive *a, uint64_t number,
		 const struct fx_buf *z, struct fx_err *err)
{
	char name[PATH_LEN], away[PATH_LEN], tmp[PATH_LEN];

	(void)snprintf(name, sizeof(name), "entries/%06llu.ndjson.zst", (unsigned long long)number);
	if (!a->move)
		return fx_put_file(l->fd, name, fx_buf_view(z), err);
	if ((size_t)snprintf(away, sizeof(away), "%s/%06llu.ndjson.zst", a->move,
			     (unsigned long long)number) >= sizeof(away))
		return fx_fail(err, FX_ELIMIT, "%s: too long a name", a->move);
	if (fx_put_file(AT_FDCWD, away, fx_buf_view(z), err))
		return -1;
	if (fx_sync_dir(AT_FDCWD, a->move) != 0)
		return fx_fail_errno(err, "%s", a->move);
	(void)snprintf(tmp, sizeof(tmp), "entries/%06llu.link.tmp", (unsigned long long)number);
	if (unlinkat(l->fd, tmp, 0) != 0 && errno != ENOENT)
		return fx_fail_errno(err, "%s/%s", l->dir, tmp);
	if (symlinkat(away, l->fd, tmp) != 0 || renameat(l->fd, tmp, l->fd, name) != 0)
		return fx_fail_errno(err, "%s/%s", l->dir, name);
	return 0;
}

static int put_away(struct fx_ledger *l, struct fx_archive *a, uint64_t number, struct fx_err *err)
{
	struct fx_buf z = {0};
	struct fx_segment s;
	char plain[FX_PATH];
	int r;

	if (fx_segment_load(l, number, &s, err))
		return -1;
	if (s.heap) { /* it is put away already */
		fx_segment_unload(&s);
		return 0;
	}
	r = check_segment(l, &s, err) || squeeze((struct fx_str){s.p, s.n}, &z, err) || place(l, a, number, &z, err) ? -1 : 0;
	fx_segment_path(plain, number);
	if (r == 0 && (fx_sync_dir(l->fd, "entries") != 0 || unlinkat(l->fd, plain, 0) != 0 ||
		       fx_sync_dir(l->fd, "entries") != 0))
		r = fx_fail_errno(err, "%s/%s", l->dir, plain);
	if (r == 0) {
		a->segments++;
		a->before += s.n;
		a->after += z.n;
	}
	fx_segment_forget(l, number);
	fx_segment_unload(&s);
	fx_buf_free(&z);
	return r;
}

int fx_archive_segments(struct fx_ledger *l, struct fx_archive *a, struct fx_err *err)
{
	uint64_t closed = l->size / FX_SEGMENT;
	char away[PATH_LEN];
	int lock, r = 0;

	a->segments = a->before = a->after = 0;
	if (a->move) { /* the link must lead there from anywhere */
		if (!realpath(a->move, away))
			return fx_fail_errno(err, "%s", a->move);
		a->move = away;
	}
	/* Against another fx-archive; appends do not touch closed segments, but share the lock. */
	lock = openat(l->fd, "lock", O_RDWR | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) != 0) {
		fx_fail_errno(err, "%s/lock", l->dir);
		if (lock >= 0)
			close(lock);
		return -1;
	}
	for (uint64_t n = 0; r == 0 && n + a->keep < closed; n++)
		r = put_away(l, a, n, err);
	close(lock);
	return r;
}

/* "x001/x234/067" */
static void tile_name(char *out, size_t size, uint64_t n)
{
	char part[8][8];
	int k = 0;
	size_t at = 0;

	do
		(void)snprintf(part[k++], sizeof(part[0]), "%03u", (unsigned)(n % 1000));
	while ((n /= 1000) && k < 8);
	while (k-- > 0 && at < size)
		at += (size_t)snprintf(out + at, size - at, k ? "x%s/" : "%s", part[k]);
}

/* Make the directories above a path. */
static int make_parents(int at, char *path)
{
	for (char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdirat(at, path, 0777) != 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

/* tile/KIND/N or tile/KIND/N.p/W; -1: error, 1: a full one is there already. */
static int tile_path(int at, const char *kind, uint64_t n, unsigned width, char *path, size_t size,
		     struct fx_err *err)
{
	char name[64];

	tile_name(name, sizeof(name), n);
	if (width == 256)
		(void)snprintf(path, size, "tile/%s/%s", kind, name);
	else
		(void)snprintf(path, size, "tile/%s/%s.p/%u", kind, name, width);
	if (width == 256 && faccessat(at, path, F_OK, 0) == 0)
		return 1;
	return make_parents(at, path) ? fx_fail_errno(err, "%s", path) : 0;
}

static int write_hashes(struct fx_ledger *l, int at, struct fx_tiles *t, struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_hash h[256];
	char path[256], kind[8];

	for (unsigned level = 0; level < FX_LEVELS && l->size >> (8 * level); level++) {
		uint64_t count = l->size >> (8 * level);

		(void)snprintf(kind, sizeof(kind), "%u", level);
		for (uint64_t n = 0; n * 256 < count; n++) {
			unsigned width = count - n * 256 < 256 ? (unsigned)(count - n * 256) : 256;
			int r = tile_path(at, kind, n, width, path, sizeof(path), err);

			if (r == 1)
				continue;
			if (r || src.read(src.arg, level, n * 256, width, h, err) ||
			    fx_put_file(at, path, (struct fx_str){(char *)h, width * sizeof(*h)}, err))
				return -1;
			t->tiles++;
		}
	}
	return 0;
}

/* A bundle: each entry behind its length in two bytes. */
static int write_bundles(struct fx_ledger *l, int at, struct fx_tiles *t, struct fx_err *err)
{
	struct fx_buf b = {0};
	char path[256];
	int r = 0;

	for (uint64_t n = 0; r == 0 && n * 256 < l->size; n++) {
		unsigned width = l->size - n * 256 < 256 ? (unsigned)(l->size - n * 256) : 256;
		uint64_t unfit = t->large + t->erased;

		r = tile_path(at, "entries", n, width, path, sizeof(path), err);
		if (r == 1) {
			r = 0;
			continue;
		}
		fx_buf_reset(&b);
		for (unsigned i = 0; r == 0 && i < width; i++) {
			struct fx_str e;

			r = fx_entry_view(l, n * 256 + i, &e, err);
			if (r)
				break;
			t->large += e.n > 0xffff;
			t->erased += fx_marker(e, NULL, NULL);
			fx_buf_byte(&b, (char)(e.n >> 8));
			fx_buf_byte(&b, (char)e.n);
			fx_buf_str(&b, e);
		}
		if (r == 0 && t->large + t->erased == unfit) {
			r = fx_put_file(at, path, fx_buf_view(&b), err);
			t->bundles += r == 0;
		}
	}
	fx_buf_free(&b);
	return r;
}

int fx_archive_tiles(struct fx_ledger *l, const char *dir, struct fx_tiles *t, struct fx_err *err)
{
	int at, r;

	*t = (struct fx_tiles){0};
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return fx_fail_errno(err, "%s", dir);
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return fx_fail_errno(err, "%s", dir);
	r = write_hashes(l, at, t, err) || write_bundles(l, at, t, err) ||
		    fx_put_file(at, "checkpoint", fx_buf_view(&l->note), err)
		? -1 : 0;
	close(at);
	return r;
}
