/* Writing a batch: entries, hashes, checkpoint, in the order that a crash needs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "ledger/commit.h"
#include "ledger/writer.h"

int fx_pwrite_all(int fd, const char *p, size_t n, uint64_t off)
{
	while (n > 0) {
		ssize_t w = pwrite(fd, p, n, (off_t)off);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
		off += (uint64_t)w;
	}
	return 0;
}

void fx_writer_leaf(struct fx_writer *w, const struct fx_hash *leaf)
{
	struct fx_hash done[FX_LEVELS - 1];
	unsigned n = fx_frontier_add(&w->f, leaf, done);

	fx_buf_add(&w->hashes[0], (const char *)leaf, sizeof(*leaf));
	for (unsigned i = 0; i < n; i++)
		fx_buf_add(&w->hashes[i + 1], (const char *)&done[i], sizeof(done[i]));
}

static int open_level(struct fx_ledger *l, unsigned level, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	char path[FX_PATH];

	if (w->level[level] >= 0)
		return 0;
	(void)snprintf(path, sizeof(path), "hashes/%u", level);
	w->level[level] = openat(l->fd, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (w->level[level] < 0)
		return fx_fail_errno(err, "%s/%s", l->dir, path);
	return fx_ledger_sync_dir(l, "hashes", err);
}

int fx_writer_hashes(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;

	for (unsigned i = 0; i < FX_LEVELS; i++) {
		struct fx_buf *b = &w->hashes[i];
		/* These are the last ones of the frontier's tree. */
		uint64_t end = (w->f.size >> (8 * i)) * FX_SHA256_LEN;

		if (b->over)
			return fx_fail(err, FX_ELIMIT, "a batch of too many entries");
		if (b->n == 0)
			continue;
		if (open_level(l, i, err))
			return -1;
		if (fx_pwrite_all(w->level[i], b->p, b->n, end - b->n) != 0 ||
		    fdatasync(w->level[i]) != 0)
			return fx_fail_errno(err, "%s/hashes/%u", l->dir, i);
		fx_buf_reset(b);
	}
	return 0;
}

int fx_writer_replace(struct fx_ledger *l, const char *name, struct fx_str text,
		      struct fx_err *err)
{
	char tmp[FX_PATH];
	int fd;

	(void)snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	fd = openat(l->fd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return fx_fail_errno(err, "%s/%s", l->dir, tmp);
	if (fx_write_all(fd, text.p, text.n) != 0 || fsync(fd) != 0) {
		fx_fail_errno(err, "%s/%s", l->dir, tmp);
		close(fd);
		return -1;
	}
	close(fd);
	if (renameat(l->fd, tmp, l->fd, name) != 0 || fsync(l->fd) != 0)
		return fx_fail_errno(err, "%s/%s", l->dir, name);
	return 0;
}

int fx_writer_publish(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	struct fx_checkpoint c = {.origin = fx_ledger_origin(l), .size = w->f.size};
	struct fx_buf note = {0}, text = {0};
	int r;

	fx_frontier_root(&w->f, &c.root);
	fx_checkpoint_add(&text, &c);
	fx_buf_str(&note, fx_buf_view(&text));
	fx_buf_byte(&note, '\n');
	r = fx_note_sign_line(&note, fx_buf_view(&text), w->key, 0, err);
	if (r == 0 && w->next)
		r = fx_note_sign_line(&note, fx_buf_view(&text), w->next, 0, err);
	fx_buf_free(&text);
	if (r == 0)
		r = fx_writer_replace(l, "checkpoint", fx_buf_view(&note), err);
	if (r) {
		fx_buf_free(&note);
		return -1;
	}
	fx_buf_free(&l->note);
	l->note = note;
	l->size = c.size;
	l->root = c.root;
	return 0;
}

static void stamp_text(char out[FX_STAMP_LEN + 1])
{
	fx_time now = fx_time_clock();
	char at[FX_TIME_LEN];
	size_t n = fx_time_format(now - now % FX_SEC, at);

	/* always six digits, so that every stamp has one length; n counts the final Z */
	(void)snprintf(out, FX_STAMP_LEN + 1, ",\"logged_at\":\"%.*s.%06dZ\"}\n", (int)n - 1, at,
		       (int)(now % FX_SEC));
}

/* Stamp the items that are to be appended and hash them. */
static void make_entries(struct fx_ledger *l, struct fx_batch *b)
{
	char stamp[FX_STAMP_LEN + 1];

	stamp_text(stamp);
	for (size_t i = 0; i < b->n; i++) {
		struct fx_item *it = &b->item[i];
		struct fx_hash leaf;

		if (it->s.fate != FX_SIGN_APPENDED)
			continue;
		memcpy(b->text + it->close, stamp, FX_STAMP_LEN);
		it->s.entry.p = b->text + it->off;
		it->s.entry.n = it->close + FX_STAMP_LEN - 1 - it->off;
		fx_leaf_hash(it->s.entry, &leaf);
		memcpy(it->s.leaf, leaf.b, sizeof(leaf.b));
		fx_writer_leaf(l->w, &leaf);
	}
	/* What repeats a record of this very batch goes on as that entry, stamp and all. */
	for (size_t i = 0; i < b->n; i++) {
		struct fx_item *it = &b->item[i];
		const struct fx_item *first;

		if (it->s.fate != FX_SIGN_DUPLICATE || it->twin == FX_NO_ITEM)
			continue;
		first = &b->item[it->twin];
		it->s.entry = first->s.entry;
		memcpy(it->s.leaf, first->s.leaf, sizeof(it->s.leaf));
	}
}

static int next_segment(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;

	if (w->seg_fd >= 0 && (fdatasync(w->seg_fd) != 0 || close(w->seg_fd) != 0))
		return fx_fail_errno(err, "%s/entries/%06llu.ndjson", l->dir, (unsigned long long)w->seg);
	w->seg_fd = -1;
	w->seg++;
	w->seg_end = 0;
	return 0;
}

/* Write entries; those that lie side by side in the batch go by one call. */
static int write_entries(struct fx_ledger *l, struct fx_batch *b, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	size_t i = 0;

	while (i < b->n) {
		const struct fx_item *it = &b->item[i];
		size_t from = it->off, to = from;

		if (it->s.fate != FX_SIGN_APPENDED) {
			i++;
			continue;
		}
		if (w->seg != it->s.index / FX_SEGMENT && next_segment(l, err))
			return -1;
		if (fx_writer_segment(l, err))
			return -1;
		for (; i < b->n && b->item[i].s.fate == FX_SIGN_APPENDED; i++) {
			if (b->item[i].s.index / FX_SEGMENT != w->seg)
				break;
			to = b->item[i].close + FX_STAMP_LEN;
		}
		if (fx_pwrite_all(w->seg_fd, b->text + from, to - from, w->seg_end) != 0)
			return fx_fail_errno(err, "%s/entries/%06llu.ndjson", l->dir,
					     (unsigned long long)w->seg);
		w->seg_end += to - from;
	}
	if (fdatasync(w->seg_fd) != 0)
		return fx_fail_errno(err, "%s/entries/%06llu.ndjson", l->dir, (unsigned long long)w->seg);
	return 0;
}

int fx_commit_entries(struct fx_ledger *l, struct fx_batch *b, struct fx_err *err)
{
	struct fx_writer *w = l->w;

	make_entries(l, b);
	if (write_entries(l, b, err) || fx_writer_hashes(l, err) || fx_writer_publish(l, err))
		return -1;
	fx_writer_seen(l);
	for (size_t i = 0; i < b->n; i++) {
		const struct fx_item *it = &b->item[i];

		if (it->s.fate != FX_SIGN_APPENDED)
			continue;
		fx_index_ids(l->index, &it->ids, it->hash, it->s.index);
		fx_index_done(l->index, it->s.index);
	}
	/* When the last segment is full, the next batch begins another. */
	if (l->size / FX_SEGMENT != w->seg)
		return next_segment(l, err);
	return 0;
}
