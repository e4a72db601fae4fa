/*
 * CSV as RFC 4180 describes it and as it is met in the wild.
 *
 * Lines end in LF or CRLF; a field in quotes may hold delimiters, newlines and
 * doubled quotes; a quote inside a field that does not begin with one stands for
 * itself (6" pipe).  Refused, each with its line: text behind a closing quote, a
 * quote that is never closed, invalid UTF-8, a NUL, more columns than the cap.
 * How many fields a row must have is the caller's business.
 */
#ifndef FX_IMPORT_CSV_H
#define FX_IMPORT_CSV_H

#include "import/feed.h"

#define FX_CSV_COLUMNS 4096u

struct fx_csv_dialect {
	char delimiter; /* 0: ',' */
	char quote;     /* 0: '"'; FX_CSV_NO_QUOTE: quotes mean nothing (TSV of Amazon) */
};
#define FX_CSV_NO_QUOTE '\1'

enum fx_csv_what {
	FX_CSV_END,
	FX_CSV_ROW,
	FX_CSV_BAD,  /* err says why; raw and line say what is refused; the next call goes on */
	FX_CSV_WAIT, /* as FX_FEED_WAIT */
	FX_CSV_FAIL  /* the file cannot be read on: err */
};

struct fx_csv {
	struct fx_feed feed;
	struct fx_csv_dialect dialect;
	/* the row handed out last; its spans hold until the next call */
	struct fx_str *cell; /* without quotes, "" for an empty field */
	unsigned ncell;
	struct fx_str raw;  /* its bytes, without the newline */
	uint64_t line;      /* where it starts, from 1 */
	uint64_t last_line; /* where it ends */
	uint64_t rows;      /* handed out or refused so far, blank lines not counted */
	struct fx_err err;
	/* private */
	uint64_t next_line;
	unsigned cap;
	size_t eat;
	struct fx_buf plain; /* quoted fields with doubled quotes, undoubled */
	unsigned char stop[256];
};

/* 0, or -1 with err; the path must outlive the reader. */
int fx_csv_open(struct fx_csv *c, const char *path, struct fx_csv_dialect dialect,
                enum fx_encoding enc, struct fx_err *err);
enum fx_csv_what fx_csv_next(struct fx_csv *c);
void fx_csv_close(struct fx_csv *c);

/* Whether s is UTF-8 (RFC 3629) without a NUL; *at is the offset of the first bad byte. */
bool fx_utf8_ok(struct fx_str s, size_t *at);

#endif
