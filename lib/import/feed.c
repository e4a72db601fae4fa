#include "import/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)

/* Windows-1252 above 0x7f where it differs from Latin-1; its five holes are the C1 controls. */
static const uint16_t cp1252[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

int fx_feed_open(struct fx_feed *f, const char *path, enum fx_encoding enc, struct fx_err *err)
{
	*f = (struct fx_feed){.name = path, .enc = enc, .fd = -1};
	if (strcmp(path, "-") == 0) {
		f->name = "stdin";
		f->fd = STDIN_FILENO;
	} else {
		f->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (f->fd < 0) {
			fx_fail_errno(err, "cannot open %s", path);
			return -1;
		}
	}
	f->cap = BLOCK;
	f->buf = fx_alloc(f->cap, 1);
	f->p = f->buf;
	if (enc != FX_UTF8)
		f->raw = fx_alloc(BLOCK, 1);
	return 0;
}

static void make_room(struct fx_feed *f)
{
	if (f->p != f->buf && (f->n <= f->cap / 2 || f->p + f->n == f->buf + f->cap)) {
		memmove(f->buf, f->p, f->n);
		f->p = f->buf;
	}
	if (f->n > f->cap / 2 && f->p == f->buf) {
		f->cap *= 2;
		f->buf = fx_realloc(f->buf, f->cap, 1);
		f->p = f->buf;
	}
}

/* One byte of a single-byte encoding as UTF-8; at most three bytes. */
static char *put(char *o, unsigned char c, enum fx_encoding enc)
{
	unsigned u = enc == FX_CP1252 && c >= 0x80 && c < 0xa0 ? cp1252[c - 0x80] : c;

	if (u < 0x80) {
		*o++ = (char)u;
	} else if (u < 0x800) {
		*o++ = (char)(0xc0 | u >> 6);
		*o++ = (char)(0x80 | (u & 0x3f));
	} else {
		*o++ = (char)(0xe0 | u >> 12);
		*o++ = (char)(0x80 | (u >> 6 & 0x3f));
		*o++ = (char)(0x80 | (u & 0x3f));
	}
	return o;
}

static int check_start(struct fx_feed *f)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *what, *hint;
	} known[] = {
	    {"\x1f\x8b", 2, "gzip", "zcat"},
	    {"\x28\xb5\x2f\xfd", 4, "zstd", "zstdcat"},
	    {"\xfd"
	     "7zXZ",
	     5, "xz", "xzcat"},
	    {"BZh", 3, "bzip2", "bzcat"},
	    {"PK\x03\x04", 4, "a zip archive (or a spreadsheet)", "unzip -p"},
	    {"\xff\xfe", 2, "UTF-16", "iconv -f UTF-16 -t UTF-8"},
	    {"\xfe\xff", 2, "UTF-16", "iconv -f UTF-16 -t UTF-8"},
	};

	for (size_t i = 0; f->enc == FX_UTF8 && i < sizeof(known) / sizeof(*known); i++)
		if (f->n >= known[i].n && memcmp(f->p, known[i].magic, known[i].n) == 0)
			return fx_fail_at(&f->err, FX_EIO, f->name, 0, 0,
			                  "the file is %s; try: %s %s | fx-import ... -",
			                  known[i].what, known[i].hint, f->name);
	if (f->n >= 3 && memcmp(f->p, "\xef\xbb\xbf", 3) == 0)
		fx_feed_eat(f, 3);
	return 0;
}

enum fx_feed_what fx_feed_more(struct fx_feed *f)
{
	size_t room;
	ssize_t got;

	if (f->eof)
		return FX_FEED_EOF;
	if (f->n + 3 > FX_FEED_MAX)
		return FX_FEED_FULL;
	if (!f->waited) {
		struct pollfd pfd = {.fd = f->fd, .events = POLLIN};

		if (poll(&pfd, 1, 0) == 0) {
			f->waited = true;
			return FX_FEED_WAIT;
		}
	}
	f->waited = false;
	make_room(f);
	room = (size_t)(f->buf + f->cap - (f->p + f->n));
	if (room > FX_FEED_MAX - f->n)
		room = FX_FEED_MAX - f->n;
	if (f->raw)
		room = room / 3 < BLOCK ? room / 3 : BLOCK;
	do
		got = read(f->fd, f->raw ? f->raw : f->buf + (f->p - f->buf) + f->n, room);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		fx_fail_errno(&f->err, "cannot read %s", f->name);
		return FX_FEED_FAIL;
	}
	f->bytes += (uint64_t)got;
	if (f->raw) {
		char *start = f->buf + (f->p - f->buf) + f->n, *o = start;

		for (ssize_t i = 0; i < got; i++)
			o = put(o, (unsigned char)f->raw[i], f->enc);
		f->n += (size_t)(o - start);
	} else {
		f->n += (size_t)got;
	}
	if (got == 0)
		f->eof = true;
	/* A BOM may come in pieces. */
	if (!f->started && (f->n >= 6 || f->eof)) {
		f->started = true;
		if (check_start(f) < 0)
			return FX_FEED_FAIL;
	}
	if (!f->started)
		return fx_feed_more(f);
	return f->eof ? FX_FEED_EOF : FX_FEED_MORE;
}

void fx_feed_eat(struct fx_feed *f, size_t n)
{
	f->p += n;
	f->n -= n;
}

void fx_feed_close(struct fx_feed *f)
{
	if (f->fd > STDIN_FILENO)
		close(f->fd);
	free(f->buf);
	free(f->raw);
	*f = (struct fx_feed){.fd = -1};
}
