#include "base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef F_SETPIPE_SZ
#define F_SETPIPE_SZ 1031
#endif

#define PIPE_SIZE (1 << 20)
/* Text that waits; a command that puts records together caps them lower. */
#define OUT_MAX ((size_t)1 << 30)

static uint64_t total_size(char *const *files, int n)
{
	uint64_t total = 0;
	struct stat st;

	for (int i = 0; i < n; i++) {
		if (strcmp(files[i], "-") == 0 || stat(files[i], &st) != 0 || !S_ISREG(st.st_mode))
			return 0;
		total += (uint64_t)st.st_size;
	}
	return total;
}

void fx_in_init(struct fx_in *in, char *const *files, int n)
{
	static char *const dash[] = {(char *)"-", NULL};

	*in = (struct fx_in){.name = "stdin", .fd = -1, .max = FX_LINE_MAX};
	in->files = n > 0 ? files : dash;
	in->nfiles = n > 0 ? n : 1;
	in->total = total_size(in->files, in->nfiles);
}

void fx_in_close(struct fx_in *in)
{
	if (in->fd > 0)
		close(in->fd);
	in->fd = -1;
	free(in->buf);
	in->buf = NULL;
}

static int open_next(struct fx_in *in)
{
	const char *path = in->files[in->next++];
	struct stat st;

	if (strcmp(path, "-") == 0) {
		in->name = "stdin";
		in->fd = 0;
	} else {
		in->name = path;
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			return fx_fail_errno(&in->err, "%s", path);
	}
	if (fstat(in->fd, &st) == 0 && S_ISFIFO(st.st_mode))
		(void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_SIZE);
	else if (S_ISREG(st.st_mode))
		(void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	in->line = 0;
	in->eof = false;
	in->first = true;
	in->start = in->end = in->scanned = 0;
	return 0;
}

/* What the input is instead of UTF-8 text, or NULL. */
static const char *no_text(const char *p, size_t n)
{
	if (n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
		return "UTF-16 (try iconv -f UTF-16 -t UTF-8 FILE | ...)";
	if (n >= 2 && memcmp(p, "\x1f\x8b", 2) == 0)
		return "compressed input: gzip (try zcat FILE | ...)";
	if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return "compressed input: zstd (try zstdcat FILE | ...)";
	if (n >= 6 && memcmp(p, "\xfd" "7zXZ\0", 6) == 0)
		return "compressed input: xz (try xzcat FILE | ...)";
	if (n >= 4 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9')
		return "compressed input: bzip2 (try bzcat FILE | ...)";
	return NULL;
}

/* True when read(2) would wait: nothing there now, and the end not reached. */
static bool would_block(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

/* Make room behind end: move the open line to the front, grow up to a whole line. */
static void make_room(struct fx_in *in)
{
	if (in->start > 0) {
		memmove(in->buf, in->buf + in->start, in->end - in->start);
		in->end -= in->start;
		in->scanned -= in->start;
		in->start = 0;
	}
	if (in->end == in->cap) {
		in->cap = in->cap ? in->cap * 2 : FX_BLOCK;
		in->buf = fx_realloc(in->buf, in->cap, 1);
	}
}

/* -1: error; else in->eof tells whether there is more. */
static int fill(struct fx_in *in)
{
	ssize_t n;

	make_room(in);
	do
		n = read(in->fd, in->buf + in->end, in->cap - in->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fx_fail_errno(&in->err, "%s", in->name);
	if (n == 0) {
		in->eof = true;
		return 0;
	}
	in->end += (size_t)n;
	in->bytes += (uint64_t)n;
	if (in->first && (in->end >= 6 || in->end == (size_t)n)) {
		const char *kind = no_text(in->buf, in->end);

		if (kind)
			return fx_fail(&in->err, FX_EIO, "%s: %s", in->name, kind);
	}
	return 0;
}

static struct fx_str take(struct fx_in *in, size_t len, size_t with_newline)
{
	struct fx_str s = {in->buf + in->start, len};

	in->start += with_newline;
	in->scanned = in->start;
	in->line++;
	if (in->first && s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0) {
		s.p += 3;
		s.n -= 3;
	}
	in->first = false;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static bool blank(struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
			return false;
	return true;
}

/* The end of the file at hand, or a line over the limit, has no newline in the buffer. */
static enum fx_in_what next_raw(struct fx_in *in, struct fx_str *line)
{
	for (;;) {
		char *nl = NULL;

		if (in->fd < 0) {
			if (in->next >= in->nfiles)
				return FX_IN_END;
			if (open_next(in))
				return FX_IN_FAIL;
		}
		if (in->end > in->scanned)
			nl = memchr(in->buf + in->scanned, '\n', in->end - in->scanned);
		if (nl) {
			size_t len = (size_t)(nl - in->buf) - in->start;

			if (in->skipping) { /* the rest of a line that was told as FX_IN_LONG */
				in->skipping = false;
				in->start += len + 1;
				in->scanned = in->start;
				continue;
			}
			*line = take(in, len, len + 1);
			return line->n > in->max ? FX_IN_LONG : FX_IN_LINE;
		}
		in->scanned = in->end;
		if (in->skipping)
			in->start = in->end;
		if (in->end - in->start > in->max) {
			*line = take(in, in->end - in->start, in->end - in->start);
			in->skipping = true;
			return FX_IN_LONG;
		}
		if (in->eof) {
			size_t len = in->end - in->start;

			in->skipping = false;
			if (in->fd > 0)
				close(in->fd);
			in->fd = -1;
			if (len == 0)
				continue;
			*line = take(in, len, len);
			return FX_IN_LINE;
		}
		if (!in->paused && would_block(in->fd)) {
			in->paused = true;
			return FX_IN_PAUSE;
		}
		in->paused = false;
		if (fill(in))
			return FX_IN_FAIL;
	}
}

enum fx_in_what fx_in_next(struct fx_in *in, struct fx_str *line)
{
	enum fx_in_what what;

	do
		what = next_raw(in, line);
	while (what == FX_IN_LINE && blank(*line));
	return what;
}

size_t fx_in_lines(struct fx_in *in, struct fx_in_line *v, size_t max)
{
	size_t n = 0;

	while (n < max && in->fd >= 0 && !in->skipping && in->end > in->scanned) {
		const char *nl = memchr(in->buf + in->scanned, '\n', in->end - in->scanned);
		size_t len = nl ? (size_t)(nl - in->buf) - in->start : SIZE_MAX;

		if (len > in->max)
			break;
		v[n].text = take(in, len, len + 1);
		v[n].number = in->line;
		n += !blank(v[n].text);
	}
	return n;
}

void fx_out_init(struct fx_out *out, int fd, bool discard)
{
	struct stat st;

	*out = (struct fx_out){.fd = fd, .discard = discard};
	out->text.max = OUT_MAX;
	fx_buf_room(&out->text, 2 * FX_BLOCK); /* a block, and the record that fills it */
	if (!discard && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

int fx_write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int out_write(struct fx_out *out, const char *p, size_t n)
{
	if (out->failed)
		return -1;
	out->bytes += n;
	if (out->discard || fx_write_all(out->fd, p, n) == 0)
		return 0;
	out->failed = true;
	return fx_fail_errno(&out->err, "standard output");
}

int fx_out_flush(struct fx_out *out)
{
	size_t n = out->text.n;

	fx_buf_reset(&out->text);
	if (out->failed)
		return -1;
	return n ? out_write(out, out->text.p, n) : 0;
}

int fx_out_end(struct fx_out *out)
{
	return out->text.n >= FX_BLOCK ? fx_out_flush(out) : -out->failed;
}

int fx_out_add(struct fx_out *out, struct fx_str s)
{
	if (s.n > FX_BLOCK - out->text.n && fx_out_flush(out))
		return -1;
	if (s.n >= FX_BLOCK)
		return out_write(out, s.p, s.n);
	fx_buf_str(&out->text, s);
	return -out->failed;
}

int fx_out_line(struct fx_out *out, struct fx_str s)
{
	fx_out_add(out, s);
	return fx_out_add(out, FX_STR("\n"));
}

void fx_out_free(struct fx_out *out)
{
	fx_buf_free(&out->text);
}

static int read_fd(int fd, const char *name, struct fx_buf *out, size_t max, struct fx_err *err)
{
	for (size_t total = 0;;) {
		char *to;
		ssize_t n;

		out->max = out->n + max + FX_BLOCK; /* the room below must never hit the cap */
		to = fx_buf_room(out, 65536);
		if (!to)
			return fx_fail_at(err, FX_ELIMIT, name, 0, 0, "larger than memory allows");
		n = read(fd, to, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fx_fail_errno(err, "%s", name);
		if (n == 0)
			return 0;
		out->n += (size_t)n;
		total += (size_t)n;
		if (total > max)
			return fx_fail_at(err, FX_ELIMIT, name, 0, 0, "larger than %zu bytes", max);
	}
}

int fx_read_file(const char *path, struct fx_buf *out, size_t max, struct fx_err *err)
{
	bool std = strcmp(path, "-") == 0;
	size_t cap = out->max;
	int fd = std ? 0 : open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return fx_fail_errno(err, "%s", path);
	r = read_fd(fd, std ? "stdin" : path, out, max ? max : (size_t)64 << 20, err);
	out->max = cap;
	if (!std)
		close(fd);
	return r;
}
