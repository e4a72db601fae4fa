/*
 * The bytes of an order file, block by block, in UTF-8.
 *
 * base/stream.h hands out lines; an order file has quoted newlines and JSON that
 * spans lines, so its readers take raw blocks.  What is not yet consumed stays in
 * one piece.
 */
#ifndef FX_IMPORT_FEED_H
#define FX_IMPORT_FEED_H

#include "base/err.h"
#include "base/mem.h"

enum fx_encoding { FX_UTF8, FX_LATIN1, FX_CP1252 };

/* The longest row or JSON value that is held in one piece. */
#define FX_FEED_MAX ((size_t)16 << 20)

enum fx_feed_what {
	FX_FEED_MORE, /* new bytes behind those that were there */
	FX_FEED_FULL, /* FX_FEED_MAX bytes are held already */
	FX_FEED_WAIT, /* nothing to read right now: flush, call again (then it blocks) */
	FX_FEED_EOF,
	FX_FEED_FAIL /* err */
};

struct fx_feed {
	const char *name; /* for messages: the path, "stdin" for "-" */
	const char *p;    /* the n bytes not yet consumed */
	size_t n;
	uint64_t bytes; /* read from the file */
	struct fx_err err;
	/* private */
	int fd;
	char *buf, *raw;
	size_t cap;
	enum fx_encoding enc;
	bool eof, started, waited;
};

/* path "-" is standard input; it must outlive the feed.  0, or -1 with err. */
int fx_feed_open(struct fx_feed *f, const char *path, enum fx_encoding enc, struct fx_err *err);
/*
 * Read more.  A BOM at the start is taken off; compressed files and UTF-16 are
 * refused with a hint.  A table of the encoding turns every byte into UTF-8, so
 * that all behind the feed is one encoding (UTF-8 itself is not checked here).
 */
enum fx_feed_what fx_feed_more(struct fx_feed *f);
/* Forget the first n bytes held. */
void fx_feed_eat(struct fx_feed *f, size_t n);
void fx_feed_close(struct fx_feed *f);

#endif
