/* Segment files in memory, sequential reading, single entries. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#include "base/stream.h"
#include "ledger/inside.h"

#define MARK_EVERY 64 /* entries between two marks */
#define FAR 32        /* marks that are still to be set before an entry */
#define FEW 16        /* look-ups in a segment */
#define UNPACKED_MAX 4 /* segments that were unpacked and are kept for look-ups */

void fx_segment_path(char out[FX_PATH], uint64_t number)
{
	/* snprintf into a fixed array: 20 digits at most */
	(void)snprintf(out, FX_PATH, "entries/%06llu.ndjson", (unsigned long long)number);
}

/* "entries/000042.ndjson.zst": where fx-archive puts it. */
static void packed_path(char out[FX_PATH], uint64_t number)
{
	(void)snprintf(out, FX_PATH, "entries/%06llu.ndjson.zst", (unsigned long long)number);
}

bool fx_segment_there(struct fx_ledger *l, uint64_t number)
{
	char plain[FX_PATH], packed[FX_PATH];

	fx_segment_path(plain, number);
	packed_path(packed, number);
	return faccessat(l->fd, plain, F_OK, 0) == 0 || faccessat(l->fd, packed, F_OK, 0) == 0;
}

static int map_file(struct fx_ledger *l, const char *path, int fd, struct fx_segment *out,
		    struct fx_err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return fx_fail_errno(err, "%s/%s", l->dir, path);
	out->n = (size_t)st.st_size;
	if (out->n == 0)
		return 0;
	p = mmap(NULL, out->n, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return fx_fail_errno(err, "%s/%s", l->dir, path);
	out->p = p;
	return 0;
}

/* Replace the mapped compressed file by what it holds. */
static int unpack(struct fx_ledger *l, const char *path, struct fx_segment *s, struct fx_err *err)
{
	unsigned long long n = ZSTD_getFrameContentSize(s->p, s->n);
	char *text = NULL;
	size_t got = 0;

	/* No entry is larger than a record and its stamp. */
	if (n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR ||
	    n > FX_SEGMENT * (unsigned long long)(FX_LINE_MAX + 64))
		return fx_fail(err, FX_ELEDGER, "%s/%s is no segment put away by fx-archive", l->dir, path);
	/* A false size must not be fatal: the text is checked against the tree anyway. */
	text = malloc((size_t)n + 1);
	if (text)
		got = ZSTD_decompress(text, (size_t)n, s->p, s->n);
	if (!text || ZSTD_isError(got) || got != n) {
		free(text);
		return fx_fail(err, FX_ELEDGER, "%s/%s cannot be unpacked: %s", l->dir, path,
			       text ? ZSTD_getErrorName(got) : "it claims to be larger than memory");
	}
	fx_segment_unload(s);
	s->p = text;
	s->n = got;
	s->heap = true;
	return 0;
}

int fx_segment_load(struct fx_ledger *l, uint64_t number, struct fx_segment *out,
		    struct fx_err *err)
{
	char path[FX_PATH];
	bool packed = false;
	int fd, r;

	*out = (struct fx_segment){.number = number};
	fx_segment_path(path, number);
	fd = openat(l->fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		char other[FX_PATH];

		packed_path(other, number);
		fd = openat(l->fd, other, O_RDONLY | O_CLOEXEC);
		packed = fd >= 0;
		if (packed)
			memcpy(path, other, sizeof(path));
	}
	if (fd < 0)
		return fx_fail_errno(err, "%s/%s", l->dir, path);
	r = map_file(l, path, fd, out, err);
	close(fd);
	if (r == 0 && packed)
		r = unpack(l, path, out, err);
	out->number = number;
	if (r)
		fx_segment_unload(out);
	return r;
}

void fx_segment_unload(struct fx_segment *s)
{
	if (s->p && s->heap)
		free(s->p);
	else if (s->p)
		munmap(s->p, s->n);
	free(s->mark);
	*s = (struct fx_segment){0};
}

void fx_segment_forget(struct fx_ledger *l, uint64_t number)
{
	if (number >= l->nseg || !l->seg[number])
		return;
	fx_segment_unload(l->seg[number]);
	free(l->seg[number]);
	l->seg[number] = NULL;
}

static int fail_short(struct fx_ledger *l, uint64_t number, uint64_t index, struct fx_err *err)
{
	char path[FX_PATH];

	fx_segment_path(path, number);
	return fx_fail(err, FX_ELEDGER, "%s/%s ends before entry %llu, which the checkpoint vouches for",
		       l->dir, path, (unsigned long long)index);
}

/* Mapped files cost nothing to keep; of unpacked ones only a few stay in memory. */
static void drop_unpacked(struct fx_ledger *l)
{
	unsigned n = 0;

	for (size_t i = 0; i < l->nseg; i++)
		n += l->seg[i] && l->seg[i]->heap;
	for (size_t i = 0; n >= UNPACKED_MAX && i < l->nseg; i++)
		if (l->seg[i] && l->seg[i]->heap) {
			fx_segment_forget(l, i);
			n--;
		}
}

static int load_for_lookup(struct fx_ledger *l, uint64_t number, struct fx_segment **out,
			   struct fx_err *err)
{
	struct fx_segment *s;

	if (number >= l->nseg) {
		size_t n = (size_t)number + 16;

		l->seg = fx_realloc(l->seg, n, sizeof(struct fx_segment *));
		memset(l->seg + l->nseg, 0, (n - l->nseg) * sizeof(struct fx_segment *));
		l->nseg = n;
	}
	s = l->seg[number];
	if (!s) {
		drop_unpacked(l);
		s = fx_alloc(1, sizeof(*s));
		if (fx_segment_load(l, number, s, err)) {
			free(s);
			return -1;
		}
		s->mark = fx_alloc(FX_SEGMENT / MARK_EVERY, sizeof(*s->mark));
		s->nmark = 1;
		l->seg[number] = s;
	}
	*out = s;
	return 0;
}

/* Offset of the k-th entry of a loaded segment, or s->n when the file ends before. */
static size_t offset_of(struct fx_segment *s, unsigned k)
{
	unsigned at = k / MARK_EVERY < s->nmark ? k / MARK_EVERY : (unsigned)s->nmark - 1;
	size_t off = s->mark[at];

	for (at *= MARK_EVERY; at < k; at++) {
		const char *nl = off < s->n ? memchr(s->p + off, '\n', s->n - off) : NULL;

		if (!nl)
			return s->n;
		off = (size_t)(nl - s->p) + 1;
		if ((at + 1) % MARK_EVERY == 0 && (at + 1) / MARK_EVERY == s->nmark)
			s->mark[s->nmark++] = off;
	}
	return off;
}

int fx_entry_view(struct fx_ledger *l, uint64_t index, struct fx_str *entry, struct fx_err *err)
{
	uint64_t number = index / FX_SEGMENT;
	unsigned k = (unsigned)(index % FX_SEGMENT);

	/* The last segment may have grown since it was mapped: then once more. */
	for (int tries = 0; tries < 2; tries++) {
		struct fx_segment *s;
		const char *nl;
		size_t off;

		if (load_for_lookup(l, number, &s, err))
			return -1;
		/* For a few look-ups it does not pay to count all lines before them. */
		if (s->heap || k / MARK_EVERY < s->nmark + FAR || s->nlooked++ >= FEW ||
		    !fx_segment_near(l, s, k, &off))
			off = offset_of(s, k);
		nl = off < s->n ? memchr(s->p + off, '\n', s->n - off) : NULL;
		if (nl) {
			*entry = (struct fx_str){s->p + off, (size_t)(nl - s->p) - off};
			return 0;
		}
		fx_segment_forget(l, number);
	}
	return fail_short(l, number, index, err);
}

int fx_ledger_entry(struct fx_ledger *l, uint64_t index, struct fx_arena *a, struct fx_str *entry,
		    struct fx_err *err)
{
	struct fx_str view;

	if (index >= l->size)
		return fx_fail(err, FX_EUSAGE, "there is no entry %llu: the ledger has %llu",
			       (unsigned long long)index, (unsigned long long)l->size);
	if (fx_entry_view(l, index, &view, err))
		return -1;
	*entry = fx_arena_str(a, view);
	return 0;
}

void fx_ledger_scan_init(struct fx_ledger_scan *s, struct fx_ledger *l, uint64_t from)
{
	*s = (struct fx_ledger_scan){.l = l, .next = from};
}

void fx_ledger_scan_end(struct fx_ledger_scan *s)
{
	if (s->seg) {
		fx_segment_unload(s->seg);
		free(s->seg);
	}
	s->seg = NULL;
	s->p = s->end = NULL;
}

/* Map the segment of s->next and stand before that entry. */
static int scan_load(struct fx_ledger_scan *s, struct fx_err *err)
{
	uint64_t number = s->next / FX_SEGMENT, skip = s->next % FX_SEGMENT;
	struct fx_segment *seg;

	fx_ledger_scan_end(s);
	seg = fx_alloc(1, sizeof(*seg));
	s->seg = seg;
	if (fx_segment_load(s->l, number, seg, err))
		return -1;
	if (!seg->heap && seg->p)
		(void)posix_madvise(seg->p, seg->n, POSIX_MADV_SEQUENTIAL);
	s->p = seg->p;
	s->end = seg->p + seg->n;
	for (; skip; skip--) {
		const char *nl = s->p < s->end ? memchr(s->p, '\n', (size_t)(s->end - s->p)) : NULL;

		if (!nl)
			return fail_short(s->l, number, s->next, err);
		s->p = nl + 1;
	}
	return 0;
}

int fx_ledger_scan_next(struct fx_ledger_scan *s, struct fx_str *entry, struct fx_err *err)
{
	const struct fx_segment *seg = s->seg;
	const char *nl;

	if (s->next >= s->l->size)
		return 0;
	if (!seg || seg->number != s->next / FX_SEGMENT) {
		if (scan_load(s, err))
			return -1;
	}
	nl = s->p < s->end ? memchr(s->p, '\n', (size_t)(s->end - s->p)) : NULL;
	if (!nl) { /* it may have grown since it was mapped */
		if (scan_load(s, err))
			return -1;
		nl = s->p < s->end ? memchr(s->p, '\n', (size_t)(s->end - s->p)) : NULL;
		if (!nl)
			return fail_short(s->l, s->next / FX_SEGMENT, s->next, err);
	}
	*entry = (struct fx_str){s->p, (size_t)(nl - s->p)};
	s->p = nl + 1;
	s->index = s->next++;
	return 1;
}
