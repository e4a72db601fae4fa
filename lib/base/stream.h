/*
 * Records in and out: lines by 256 KiB blocks.
 *
 * The reader hands out each line as a span of its own block, without a copy.
 * It says FX_IN_PAUSE before it would block, so that a filter flushes what it
 * holds and `tail -f x | fx-validate | fx-route` is live.  A command's loop is
 *
 *	while ((what = fx_in_next(&in, &line)) != FX_IN_END)
 *		switch (what) {
 *		case FX_IN_LINE:  ...; break;
 *		case FX_IN_PAUSE: fx_out_flush(&out); break;
 *		case FX_IN_LONG:  reject, line holds the first bytes; break;
 *		case FX_IN_FAIL:  fatal, in.err says why; exit 2
 *		}
 */
#ifndef FX_BASE_STREAM_H
#define FX_BASE_STREAM_H

#include "base/err.h"
#include "base/mem.h"

#define FX_BLOCK ((size_t)256 << 10)
#define FX_LINE_MAX ((size_t)16 << 20)

enum fx_in_what { FX_IN_END, FX_IN_LINE, FX_IN_PAUSE, FX_IN_LONG, FX_IN_FAIL };

struct fx_in {
	const char *name;        /* of the file being read: "stdin" for "-" */
	uint64_t line;           /* of that file, from 1: the one handed out last */
	uint64_t bytes;          /* read so far, all files */
	uint64_t total;          /* sum of sizes when all are regular files, else 0 */
	struct fx_err err;
	/* private */
	char *const *files;
	int nfiles, next, fd;
	char *buf;
	size_t cap, start, end, scanned, max;
	bool eof, skipping, paused, first;
};

/*
 * Files are read one after the other; none (n 0) means standard input, as does
 * "-".  Blank lines are skipped (and counted as lines), a BOM at a file's start
 * and a CR before the LF are taken off, a last line without LF is a line.
 * A gzip, zstd, xz or bzip2 magic is refused with a hint.  Pipes are widened to
 * 1 MiB.  The array must outlive the reader.
 */
void fx_in_init(struct fx_in *in, char *const *files, int n);
/* line is valid until the next call. */
enum fx_in_what fx_in_next(struct fx_in *in, struct fx_str *line);
/*
 * Further lines that are whole in the block at hand, at most max, as fx_in_next would give them
 * as FX_IN_LINE; nothing is read, so the line before stays valid, too.  How many.
 */
struct fx_in_line {
	struct fx_str text;
	uint64_t number; /* of the file being read */
};
size_t fx_in_lines(struct fx_in *in, struct fx_in_line *v, size_t max);
void fx_in_close(struct fx_in *in);

/*
 * Buffered output; the first failure is kept, and later writes do nothing.
 * What goes out next is in `text`: a record may be put together at its end, and be
 * cut off again, before fx_out_end.
 */
struct fx_out {
	int fd;
	struct fx_buf text;
	uint64_t bytes;
	struct fx_err err;
	bool failed, discard;
};

/* discard: take everything, write nothing (-q). */
void fx_out_init(struct fx_out *out, int fd, bool discard);
int fx_out_add(struct fx_out *out, struct fx_str s);
/* s and a newline. */
int fx_out_line(struct fx_out *out, struct fx_str s);
/* Behind a record that was put together in `text`: writes when a block is full. */
int fx_out_end(struct fx_out *out);
/* 0, or -1 with out->err.  A failed write is never silent: check it at the end. */
int fx_out_flush(struct fx_out *out);
void fx_out_free(struct fx_out *out);

/* write(2) until all is written.  0, or -1 with errno. */
int fx_write_all(int fd, const char *p, size_t n);
/* A whole file ("-": standard input) of at most max bytes (0: 64 MiB) appended to out. */
int fx_read_file(const char *path, struct fx_buf *out, size_t max, struct fx_err *err);

#endif
