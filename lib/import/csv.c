#include "import/csv.h"

#include <stdlib.h>
#include <string.h>

#include "json/write.h"

bool fx_utf8_ok(struct fx_str s, size_t *at)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	while (i < s.n) {
		/* Eight ASCII bytes at once; the second term finds a NUL among them. */
		while (s.n - i >= 8) {
			uint64_t w;

			memcpy(&w, p + i, 8);
			if ((w | (w - 0x0101010101010101u)) & 0x8080808080808080u)
				break;
			i += 8;
		}
		if (i == s.n)
			break;
		if (p[i] < 0x80 && p[i] != 0) {
			i++;
			continue;
		}
		const unsigned char *next = p[i] ? fx_utf8_scan(p + i, p + s.n) : NULL;

		if (!next) {
			*at = i;
			return false;
		}
		i = (size_t)(next - p);
	}
	return true;
}

int fx_csv_open(struct fx_csv *c, const char *path, struct fx_csv_dialect dialect,
                enum fx_encoding enc, struct fx_err *err)
{
	*c = (struct fx_csv){.dialect = dialect, .next_line = 1};
	if (!c->dialect.delimiter)
		c->dialect.delimiter = ',';
	if (!c->dialect.quote)
		c->dialect.quote = '"';
	c->stop[(unsigned char)c->dialect.delimiter] = 1;
	c->stop['\n'] = 1;
	c->plain.max = FX_FEED_MAX;
	return fx_feed_open(&c->feed, path, enc, err);
}

void fx_csv_close(struct fx_csv *c)
{
	fx_feed_close(&c->feed);
	free(c->cell);
	fx_buf_free(&c->plain);
	*c = (struct fx_csv){.feed.fd = -1};
}

enum scan { WHOLE, MORE, UNCLOSED, STRAY, WIDE };

static enum scan add_cell(struct fx_csv *c, const char *p, size_t n)
{
	if (c->ncell == c->cap) {
		if (c->cap == FX_CSV_COLUMNS)
			return WIDE;
		c->cap = c->cap ? c->cap * 2 : 64;
		c->cell = fx_realloc(c->cell, c->cap, sizeof(*c->cell));
	}
	c->cell[c->ncell++] = (struct fx_str){p, n};
	return WHOLE;
}

/* A field in quotes; *pp is behind the opening one and is left behind the closing one. */
static enum scan quoted(struct fx_csv *c, const char **pp, const char *end, bool eof)
{
	const char *start = *pp, *q = start, *hit;
	char quote = c->dialect.quote;
	bool doubled = false;

	for (;;) {
		hit = q < end ? memchr(q, quote, (size_t)(end - q)) : NULL;
		if (!hit)
			return eof ? UNCLOSED : MORE;
		if (hit + 1 == end && !eof)
			return MORE;
		if (hit + 1 == end || hit[1] != quote)
			break;
		doubled = true;
		q = hit + 2;
	}
	*pp = hit + 1;
	if (!doubled)
		return add_cell(c, start, (size_t)(hit - start));

	/* plain was given room for the whole row before the scan, so it does not move. */
	char *to = c->plain.p + c->plain.n;
	size_t n = 0;

	for (q = start; q < hit; q++) {
		to[n++] = *q;
		if (*q == quote)
			q++;
	}
	c->plain.n += n;
	return add_cell(c, to, n);
}

/*
 * One row from p; *used is its length with the newline, *len without it.  On STRAY both
 * tell up to the end of the line in which the fault lies.
 */
static enum scan scan_row(struct fx_csv *c, const char *p, const char *end, bool eof, size_t *len,
                          size_t *used)
{
	const char *row = p;
	enum scan verdict = WHOLE;

	c->ncell = 0;
	for (;;) {
		const char *q = p;

		if (q < end && *q == c->dialect.quote) {
			q++;
			enum scan s = quoted(c, &q, end, eof);

			if (s != WHOLE)
				return s;
			if (q + 1 == end && *q == '\r' && !eof)
				return MORE;
			if (q < end && *q == '\r' && (q + 1 == end || q[1] == '\n'))
				q++;
			if (q < end && !c->stop[(unsigned char)*q]) {
				verdict = STRAY;
				q = memchr(q, '\n', (size_t)(end - q));
				if (!q && !eof)
					return MORE;
				if (!q)
					q = end;
			}
		} else {
			while (q < end && !c->stop[(unsigned char)*q])
				q++;
			if (q == end && !eof)
				return MORE;

			size_t n = (size_t)(q - p);

			if (n > 0 && (q == end || *q == '\n') && p[n - 1] == '\r')
				n--;
			if (add_cell(c, p, n) == WIDE)
				return WIDE;
		}
		if (q == end || *q == '\n') {
			*used = (size_t)(q - row) + (q < end);
			*len = (size_t)(q - row);
			if (*len > 0 && row[*len - 1] == '\r')
				--*len;
			return verdict;
		}
		p = q + 1; /* behind a delimiter: nothing else stops a field */
	}
}

static uint64_t newlines(const char *p, size_t n)
{
	uint64_t lines = 0;

	for (const char *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	return lines;
}

static enum fx_csv_what refuse(struct fx_csv *c)
{
	c->err.line = (unsigned)c->line;
	c->rows++;
	return FX_CSV_BAD;
}

/* The row of len bytes at the feed's start is over; used with its newline. */
static void take(struct fx_csv *c, size_t len, size_t used)
{
	c->raw = (struct fx_str){c->feed.p, len};
	c->line = c->next_line;
	c->next_line += newlines(c->feed.p, used);
	c->last_line = c->line + newlines(c->feed.p, len);
	c->eat = used;
}

/* A quote that nothing closes: refuse up to the end of the file, or the first line when the row is
 * over the cap, since what follows cannot be told apart. */
static enum fx_csv_what refuse_unclosed(struct fx_csv *c, bool eof)
{
	size_t len = c->feed.n;

	take(c, len, len);
	if (len > 0 && c->raw.p[len - 1] == '\n')
		c->raw.n--;
	if (c->raw.n > 0 && c->raw.p[c->raw.n - 1] == '\r')
		c->raw.n--;
	c->last_line = c->line + newlines(c->raw.p, c->raw.n);
	fx_fail_at(
	    &c->err, FX_EDATA, c->feed.name, 0, 0,
	    eof ? "a quote that is opened in line %llu or after it is never closed: refused "
	          "up to the end of the file (line %llu)"
	        : "the row that begins in line %llu is longer than 16 MiB (up to line %llu): a "
	          "quote that is never closed?",
	    (unsigned long long)c->line, (unsigned long long)c->last_line);
	return refuse(c);
}

static enum fx_csv_what finish(struct fx_csv *c, enum scan s, size_t len, size_t used)
{
	size_t at;

	take(c, len, used);
	if (s == STRAY) {
		fx_fail_at(
		    &c->err, FX_EDATA, c->feed.name, 0, 0,
		    "field %u: text behind its closing quote%s; a quote inside a quoted field is "
		    "written twice (\"\")",
		    c->ncell,
		    c->last_line > c->line ? " (a quote opened in an earlier line?)" : "");
		return refuse(c);
	}
	if (!fx_utf8_ok(c->raw, &at)) {
		if (c->raw.p[at] == '\0')
			fx_fail_at(&c->err, FX_EDATA, c->feed.name, 0, 0,
			           "a NUL at byte %zu of the row", at);
		else
			fx_fail_at(
			    &c->err, FX_EDATA, c->feed.name, 0, 0,
			    "byte %zu of the row (0x%02x) is not UTF-8; is the file windows-1252? "
			    "then say so in the mapping: encoding: windows-1252",
			    at, (unsigned char)c->raw.p[at]);
		c->err.byte = at;
		return refuse(c);
	}
	c->rows++;
	return FX_CSV_ROW;
}

enum fx_csv_what fx_csv_next(struct fx_csv *c)
{
	bool eof = c->feed.eof;

	fx_feed_eat(&c->feed, c->eat);
	c->eat = 0;
	for (;;) {
		size_t len = 0, used = 0;
		enum scan s = MORE;

		if (c->feed.n > 0) {
			fx_buf_reset(&c->plain);
			if (c->plain.cap < c->feed.n)
				fx_buf_room(&c->plain, c->feed.n);
			s = scan_row(c, c->feed.p, c->feed.p + c->feed.n, eof, &len, &used);
			if (s == WHOLE && len == 0) {
				fx_feed_eat(&c->feed, used);
				c->next_line++;
				continue;
			}
		} else if (eof) {
			return FX_CSV_END;
		}
		if (s == WHOLE || s == STRAY)
			return finish(c, s, len, used);
		if (s == UNCLOSED)
			return refuse_unclosed(c, true);
		if (s == WIDE) {
			fx_fail_at(&c->err, FX_ELIMIT, c->feed.name, (unsigned)c->next_line, 0,
			           "more than %u columns", FX_CSV_COLUMNS);
			return FX_CSV_FAIL;
		}
		switch (fx_feed_more(&c->feed)) {
		case FX_FEED_MORE:
			break;
		case FX_FEED_EOF:
			eof = true;
			break;
		case FX_FEED_WAIT:
			return FX_CSV_WAIT;
		case FX_FEED_FULL:
			return refuse_unclosed(c, false);
		case FX_FEED_FAIL:
			c->err = c->feed.err;
			return FX_CSV_FAIL;
		}
	}
}
