/* What a writer does before it writes: the lock, and files that agree with the checkpoint. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/stream.h"
#include "ledger/keys.h"
#include "ledger/marker.h"
#include "ledger/writer.h"

/* The lock file says how many entries were acknowledged and where the last segment then ended. */
#define LOCK_TEXT "%020llu %020llu\n"
#define LOCK_LEN 42

static int try_lock(int fd, bool wait)
{
	int r;

	do
		r = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
	while (r != 0 && errno == EINTR);
	return r;
}

int fx_writer_lock(struct fx_ledger *l, struct fx_err *err)
{
	const struct timespec nap = {0, 5000000};
	struct fx_writer *w = l->w;
	fx_time until;

	if (try_lock(w->lock, false) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return fx_fail_errno(err, "%s/lock", l->dir);
	if (w->how.waiting)
		w->how.waiting(w->how.arg);
	if (w->how.lock_timeout < 0)
		return try_lock(w->lock, true) ? fx_fail_errno(err, "%s/lock", l->dir) : 0;
	until = fx_time_clock() + w->how.lock_timeout;
	while (fx_time_clock() < until) {
		nanosleep(&nap, NULL);
		if (try_lock(w->lock, false) == 0)
			return 0;
	}
	return fx_fail(err, FX_EIO, "%s/lock: another writer has it, and the time to wait is over",
		       l->dir);
}

void fx_writer_unlock(struct fx_ledger *l)
{
	(void)flock(l->w->lock, LOCK_UN);
}

/* What the lock file says; zeros when it says nothing. */
static void read_seen(const struct fx_writer *w, uint64_t *size, uint64_t *end)
{
	char text[LOCK_LEN];

	*size = *end = 0;
	if (pread(w->lock, text, LOCK_LEN, 0) != LOCK_LEN)
		return;
	if (fx_str_u64((struct fx_str){text, 20}, size) ||
	    fx_str_u64((struct fx_str){text + 21, 20}, end))
		*size = *end = 0;
}

void fx_writer_seen(struct fx_ledger *l)
{
	char text[LOCK_LEN + 1];

	(void)snprintf(text, sizeof(text), LOCK_TEXT, (unsigned long long)l->size,
		       (unsigned long long)l->w->seg_end);
	/* A hint and a guard, not the truth: a failure costs a scan at the next open. */
	(void)fx_pwrite_all(l->w->lock, text, LOCK_LEN, 0);
}

int fx_ledger_sync_dir(struct fx_ledger *l, const char *name, struct fx_err *err)
{
	return fx_sync_dir(l->fd, name) ? fx_fail_errno(err, "%s/%s", l->dir, name) : 0;
}

int fx_writer_segment(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	char path[FX_PATH];

	if (w->seg_fd >= 0)
		return 0;
	fx_segment_path(path, w->seg);
	w->seg_fd = openat(l->fd, path, O_RDWR | O_CLOEXEC);
	if (w->seg_fd >= 0)
		return 0;
	if (errno == ENOENT) {
		w->seg_fd = openat(l->fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (w->seg_fd >= 0)
			return fx_ledger_sync_dir(l, "entries", err);
	}
	return fx_fail_errno(err, "%s/%s", l->dir, path);
}

/* Bytes of a segment file; 0 when there is none, -1 on error. */
static int64_t segment_size(struct fx_ledger *l, uint64_t number, struct fx_err *err)
{
	char path[FX_PATH];
	struct stat st;

	fx_segment_path(path, number);
	if (fstatat(l->fd, path, &st, 0) == 0)
		return (int64_t)st.st_size;
	if (errno == ENOENT)
		return 0;
	return fx_fail_errno(err, "%s/%s", l->dir, path);
}

/* Does the k-th entry of that segment end at `end`, by its leaf hash? */
static bool ends_at(struct fx_ledger *l, const struct fx_segment *s, uint64_t end)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_hash leaf, want;
	size_t from;

	if (end == 0 || end > s->n || s->p[end - 1] != '\n')
		return false;
	for (from = (size_t)end - 1; from > 0 && s->p[from - 1] != '\n'; from--)
		;
	if (src.read(src.arg, 0, l->size - 1, 1, &want, NULL))
		return false;
	fx_line_leaf((struct fx_str){s->p + from, (size_t)end - 1 - from}, &leaf);
	return memcmp(&leaf, &want, sizeof(leaf)) == 0;
}

/* Find w->seg and w->seg_end: where the entries that are vouched for end. */
static int find_end(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	uint64_t k = l->size % FX_SEGMENT, seen, end;
	struct fx_segment s;
	size_t off = 0;

	w->seg = l->size / FX_SEGMENT;
	w->seg_end = 0;
	if (k == 0)
		return 0;
	if (fx_segment_load(l, w->seg, &s, err))
		return -1;
	read_seen(w, &seen, &end);
	if (seen == l->size && ends_at(l, &s, end)) {
		w->seg_end = end;
		fx_segment_unload(&s);
		return 0;
	}
	for (; k; k--) {
		const char *nl = off < s.n ? memchr(s.p + off, '\n', s.n - off) : NULL;

		if (!nl)
			break;
		off = (size_t)(nl - s.p) + 1;
	}
	w->seg_end = off;
	if (k == 0 && !ends_at(l, &s, off))
		k = 1;
	fx_segment_unload(&s);
	if (k)
		return fx_fail(err, FX_ELEDGER,
			       "%s/entries/%06llu.ndjson does not hold the %llu entries that the "
			       "checkpoint vouches for (fx-verify --all says more)",
			       l->dir, (unsigned long long)w->seg, (unsigned long long)l->size);
	return 0;
}

/* Newlines from `off` on, and one more for a last line without. */
static uint64_t lines_from(const struct fx_segment *s, size_t off)
{
	uint64_t n = 0;

	while (off < s->n) {
		const char *nl = memchr(s->p + off, '\n', s->n - off);

		n++;
		off = nl ? (size_t)(nl - s->p) + 1 : s->n;
	}
	return n;
}

/* How many entries lie beyond the checkpoint, in w->seg and those after it. */
static int surplus(struct fx_ledger *l, uint64_t *lines, uint64_t *segments, struct fx_err *err)
{
	struct fx_writer *w = l->w;

	*lines = *segments = 0;
	for (uint64_t number = w->seg;; number++) {
		int64_t n = segment_size(l, number, err);
		struct fx_segment s;

		if (n < 0)
			return -1;
		if (n == 0 && number > w->seg)
			return 0;
		if (n == 0)
			continue;
		if (fx_segment_load(l, number, &s, err))
			return -1;
		*lines += lines_from(&s, number == w->seg ? (size_t)w->seg_end : 0);
		*segments = number - w->seg + 1;
		fx_segment_unload(&s);
	}
}

/* Create cut/TIME-SIZE.ndjson. */
static int cut_file(struct fx_ledger *l, char path[FX_PATH], struct fx_err *err)
{
	char at[FX_TIME_LEN];
	int fd = -1;

	if (mkdirat(l->fd, "cut", 0777) != 0 && errno != EEXIST)
		return fx_fail_errno(err, "%s/cut", l->dir);
	fx_time_format(fx_time_clock() / FX_SEC * FX_SEC, at);
	for (int i = 0; fd < 0 && i < 1000; i++) {
		(void)snprintf(path, FX_PATH, "cut/%s-%llu-%d.ndjson", at, (unsigned long long)l->size, i);
		fd = openat(l->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? fx_fail_errno(err, "%s/%s", l->dir, path) : fd;
}

/* Copy what lies beyond the checkpoint to cut/, then take it away. */
static int cut(struct fx_ledger *l, uint64_t segments, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	char to[FX_PATH] = "", path[FX_PATH];
	int fd = cut_file(l, to, err), bad = 0;

	if (fd < 0)
		return -1;
	for (uint64_t i = 0; !bad && i < segments; i++) {
		size_t from = i == 0 ? (size_t)w->seg_end : 0;
		struct fx_segment s;

		if (fx_segment_load(l, w->seg + i, &s, err)) {
			close(fd);
			return -1;
		}
		bad = s.n > from && fx_write_all(fd, s.p + from, s.n - from) != 0;
		fx_segment_unload(&s);
	}
	bad = bad || fsync(fd) != 0;
	if (bad)
		fx_fail_errno(err, "%s/%s", l->dir, to);
	close(fd);
	if (bad || fx_ledger_sync_dir(l, "cut", err) || fx_ledger_sync_dir(l, ".", err))
		return -1;
	for (uint64_t i = segments; i-- > 1;) {
		fx_segment_path(path, w->seg + i);
		fx_segment_forget(l, w->seg + i);
		if (unlinkat(l->fd, path, 0) != 0)
			return fx_fail_errno(err, "%s/%s", l->dir, path);
	}
	fx_segment_forget(l, w->seg);
	if (fx_writer_segment(l, err))
		return -1;
	if (ftruncate(w->seg_fd, (off_t)w->seg_end) != 0 || fsync(w->seg_fd) != 0)
		return fx_fail_errno(err, "%s/entries/%06llu.ndjson", l->dir, (unsigned long long)w->seg);
	return fx_ledger_sync_dir(l, "entries", err);
}

/* Open a hash file for writing if there is one. */
static int open_level(struct fx_ledger *l, unsigned level, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	char path[FX_PATH];

	if (w->level[level] >= 0)
		return 0;
	(void)snprintf(path, sizeof(path), "hashes/%u", level);
	w->level[level] = openat(l->fd, path, O_RDWR | O_CLOEXEC);
	return w->level[level] >= 0 || errno == ENOENT ? 0
						       : fx_fail_errno(err, "%s/%s", l->dir, path);
}

/* Hashes that level has for a tree of that size. */
static uint64_t level_count(uint64_t size, unsigned level)
{
	return size >> (8 * level);
}

/* 1: a hash file is shorter than the checkpoint's size asks for; longer ones are cut when told to. */
static int measure_hashes(struct fx_ledger *l, bool trim, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	int lacking = 0;

	for (unsigned i = 0; i < FX_LEVELS; i++) {
		off_t want = (off_t)(level_count(l->size, i) * FX_SHA256_LEN);
		struct stat st;

		if (open_level(l, i, err))
			return -1;
		if (w->level[i] < 0) {
			lacking |= want > 0;
			continue;
		}
		if (fstat(w->level[i], &st) != 0)
			return fx_fail_errno(err, "%s/hashes/%u", l->dir, i);
		lacking |= st.st_size < want;
		if (trim && st.st_size > want && ftruncate(w->level[i], want) != 0)
			return fx_fail_errno(err, "%s/hashes/%u", l->dir, i);
	}
	return lacking;
}

/* All hashes anew from the entries: they are derived, the checkpoint then says if they are right. */
static int rebuild_hashes(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	struct fx_ledger_scan s;
	struct fx_str entry;
	uint64_t size = l->size;
	int r;

	for (unsigned i = 0; i < FX_LEVELS; i++) {
		fx_buf_reset(&w->hashes[i]);
		if (w->level[i] >= 0 && ftruncate(w->level[i], 0) != 0)
			return fx_fail_errno(err, "%s/hashes/%u", l->dir, i);
	}
	w->f.size = 0;
	fx_ledger_scan_init(&s, l, 0);
	while ((r = fx_ledger_scan_next(&s, &entry, err)) == 1) {
		struct fx_hash leaf;

		fx_line_leaf(entry, &leaf);
		fx_writer_leaf(w, &leaf);
		if (w->f.size % FX_SEGMENT == 0) {
			r = fx_writer_hashes(l, err);
			if (r)
				break;
		}
	}
	fx_ledger_scan_end(&s);
	l->size = size;
	return r ? -1 : fx_writer_hashes(l, err);
}

/* The frontier of the checkpoint's tree, whose root must be the checkpoint's. */
static int read_frontier(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_writer *w = l->w;
	int lacking = measure_hashes(l, false, err);
	struct fx_hash root;

	if (lacking < 0)
		return -1;
	if (lacking ? rebuild_hashes(l, err) : fx_tree_frontier(&src, l->size, &w->f, err))
		return -1;
	fx_frontier_root(&w->f, &root);
	if (memcmp(&root, &l->root, sizeof(root)) == 0)
		return 0;
	return fx_fail(err, FX_ELEDGER, "%s: the %s do not give the checkpoint's root "
		       "(fx-verify --all says which entry is wrong)", l->dir,
		       lacking ? "entries" : "hashes");
}

/* Entries beyond the checkpoint: a killed writer's last batch, or the sign of an old checkpoint. */
static int settle_surplus(struct fx_ledger *l, bool none, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	uint64_t lines, segments, seen, end;

	read_seen(w, &seen, &end);
	/* A change of the key remembers, too, how many there were. */
	if (l->keys->n > 1 && l->keys->end[l->keys->n - 2].size > seen)
		seen = l->keys->end[l->keys->n - 2].size;
	if (surplus(l, &lines, &segments, err))
		return -1;
	if (w->how.recover && (none || (lines > 0 && (seen > l->size || lines > FX_BATCH_MAX)))) {
		if (fx_writer_adopt(l, segments, err) || find_end(l, err) ||
		    surplus(l, &lines, &segments, err))
			return -1;
	} else if (none && !w->how.recover) {
		return fx_fail(err, FX_ELEDGER, "%s has no checkpoint: it was lost, or --init was broken off "
			       "(--recover signs for the %llu entries that are there)", l->dir,
			       (unsigned long long)lines);
	} else if (seen > l->size && !w->how.recover) {
		return fx_fail(err, FX_ELEDGER,
			       "%s/checkpoint vouches for %llu entries, and %llu were acknowledged: an "
			       "old one was put back (--recover goes on with the %llu that are there)",
			       l->dir, (unsigned long long)l->size, (unsigned long long)seen,
			       (unsigned long long)(l->size + lines));
	} else if (lines > FX_BATCH_MAX) {
		return fx_fail(err, FX_ELEDGER,
			       "%s holds %llu entries more than its checkpoint vouches for, which no "
			       "killed writer leaves: an old one was put back (--recover takes them up)",
			       l->dir, (unsigned long long)lines);
	}
	if (lines == 0 && segments <= 1)
		return 0;
	/* The index has its own memory of what was acknowledged: it may yet refuse. */
	return fx_ledger_index_open(l, err) ? -1 : cut(l, segments, err);
}

/* Nobody wrote behind the last entry, nor put another file in the segment's place (fx-redact). */
static bool untouched(struct fx_ledger *l)
{
	struct fx_writer *w = l->w;
	char path[FX_PATH];
	struct stat open_one, named;

	fx_segment_path(path, w->seg);
	return fstat(w->seg_fd, &open_one) == 0 && (uint64_t)open_one.st_size == w->seg_end &&
	       fstatat(l->fd, path, &named, 0) == 0 && named.st_ino == open_one.st_ino &&
	       named.st_dev == open_one.st_dev;
}

int fx_writer_settle(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	int r = fx_ledger_checkpoint(l, err);
	char path[FX_PATH];

	if (r < 0)
		return -1;
	if (r == 1 && w->settled && w->seg_fd >= 0 && untouched(l))
		return 0;
	if (fx_writer_key(l, err))
		return -1;
	if (r == 2 && w->settled)
		return fx_fail(err, FX_ELEDGER, "%s has no checkpoint any more", l->dir);
	if (w->seg_fd >= 0)
		close(w->seg_fd);
	w->seg_fd = -1;
	w->settled = false;
	for (unsigned i = 0; i < FX_LEVELS; i++)
		fx_buf_reset(&w->hashes[i]);
	if (r == 2)
		fx_sha256((struct fx_str){"", 0}, l->root.b);
	if (read_frontier(l, err) || find_end(l, err) || settle_surplus(l, r == 2, err) ||
	    measure_hashes(l, true, err) < 0)
		return -1;
	if (w->seg_fd >= 0)
		close(w->seg_fd);
	/* Kept open, its size tells at the next append whether another writer left something. */
	fx_segment_path(path, w->seg);
	w->seg_fd = openat(l->fd, path, O_RDWR | O_CLOEXEC);
	if (w->seg_fd < 0 && errno != ENOENT)
		return fx_fail_errno(err, "%s/%s", l->dir, path);
	w->settled = true;
	return 0;
}
