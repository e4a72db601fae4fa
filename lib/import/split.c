#include "import/split.h"

#include <string.h>

static bool space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void eat(struct fx_import *im, size_t n)
{
	struct fx_json_source *j = im->json;

	for (const char *p = im->feed.p, *end = p + n; (p = memchr(p, '\n', (size_t)(end - p)));
	     p++)
		j->line++;
	fx_feed_eat(&im->feed, n);
}

/* More bytes, or why there are none. */
static enum fx_split_what more(struct fx_import *im, enum fx_import_what *what,
                               struct fx_import_item *item)
{
	switch (fx_feed_more(&im->feed)) {
	case FX_FEED_MORE:
		return FX_SPLIT_GOT;
	case FX_FEED_EOF:
		return FX_SPLIT_END;
	case FX_FEED_WAIT:
		*what = FX_IMPORT_WAIT;
		return FX_SPLIT_AGAIN;
	case FX_FEED_FULL:
		fx_fail_at(
		    &im->err, FX_EDATA, im->feed.name, (unsigned)im->json->line, 0,
		    "a value of more than 16 MiB begins here; if it wraps the orders, name its "
		    "member in the mapping (orders:) and let it come first");
		break;
	case FX_FEED_FAIL:
		im->err = im->feed.err;
		break;
	}
	*what = fx_source_fail(im, item);
	return FX_SPLIT_FAIL;
}

/* The length of the value at the feed's start, 0 when its end is not there yet. */
static size_t extent(struct fx_json_source *j, const char *p, size_t n, bool eof)
{
	size_t i = j->done;

	for (; i < n; i++) {
		char c = p[i];

		if (j->string) {
			if (j->escape)
				j->escape = false;
			else if (c == '\\')
				j->escape = true;
			else if (c == '"')
				j->string = false;
			else
				continue;
			if (!j->string && j->depth == 0)
				return i + 1;
		} else if (c == '"') {
			j->string = true;
		} else if (c == '{' || c == '[') {
			j->depth++;
		} else if (c == '}' || c == ']') {
			if (j->depth == 0)
				return i; /* behind a bare number or word */
			if (--j->depth == 0)
				return i + 1;
		} else if (j->depth == 0 && i > 0 && (space(c) || c == ',')) {
			return i;
		}
	}
	j->done = i;
	return eof && j->depth == 0 && !j->string ? i : 0;
}

static bool wraps(const struct fx_mapping *m, struct fx_str name)
{
	for (unsigned i = 0; i < m->nunwrap; i++)
		if (fx_str_eq(m->unwrap[i], name))
			return true;
	return false;
}

/*
 * At a top-level object: when its first member is one that wraps orders, step inside.
 * False: more bytes are needed to tell.
 */
static bool unwrap(struct fx_import *im, bool eof)
{
	const char *p = im->feed.p, *end = p + im->feed.n, *q = p + 1, *name;
	struct fx_json_source *j = im->json;

	while (q < end && space(*q))
		q++;
	if (q == end || *q != '"')
		return q < end || eof;
	name = ++q;
	q = memchr(q, '"', (size_t)(end - q));
	if (!q)
		return eof || im->feed.n > 4096;
	if (!wraps(&im->m, (struct fx_str){name, (size_t)(q - name)}))
		return true;
	for (q++; q < end && (space(*q) || *q == ':'); q++)
		;
	if (q == end)
		return eof;
	if (*q == '[') {
		j->mode = FX_SPLIT_ARRAY;
		j->wrapped = true;
		j->comma = false;
		eat(im, (size_t)(q + 1 - p));
	} else if (*q == '{') {
		j->mode = FX_SPLIT_ONE;
		eat(im, (size_t)(q - p));
	}
	return true;
}

static enum fx_split_what bad_json(struct fx_import *im, enum fx_import_what *what,
                                   struct fx_import_item *item, const char *msg)
{
	fx_fail_at(&im->err, FX_EDATA, im->feed.name, (unsigned)im->json->line, 0, "%s", msg);
	*what = fx_source_fail(im, item);
	return FX_SPLIT_FAIL;
}

/* Skip what stands between values; FX_SPLIT_GOT: a value begins, FX_SPLIT_END: the file is over. */
static enum fx_split_what between(struct fx_import *im, enum fx_import_what *what,
                                  struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;

	for (;;) {
		size_t n = 0;
		enum fx_split_what r;

		while (n < im->feed.n && space(im->feed.p[n]))
			n++;
		eat(im, n);
		if (im->feed.n == 0) {
			r = more(im, what, item);
			if (r == FX_SPLIT_END && im->feed.n == 0 && j->mode != FX_SPLIT_TOP)
				return bad_json(
				    im, what, item,
				    "the file ends inside the list of orders: is it whole?");
			if (r != FX_SPLIT_GOT && !(r == FX_SPLIT_END && im->feed.n > 0))
				return r;
			continue;
		}

		char c = im->feed.p[0];

		if (j->mode == FX_SPLIT_REST) {
			/* The wrapper's other members: up to its brace, strings and nests skipped.
			 */
			if (c == '}') {
				eat(im, 1);
				j->mode = FX_SPLIT_TOP;
				continue;
			}
			if (c == ',' || c == ':') {
				j->wanted = j->wanted && c == ':';
				eat(im, 1);
				continue;
			}
			if (j->wanted && c == '[') {
				eat(im, 1);
				j->mode = FX_SPLIT_ARRAY;
				j->wrapped = true;
				j->comma = j->wanted = false;
				continue;
			}
			if (j->wanted && c == '{') {
				j->mode = FX_SPLIT_ONE;
				j->wanted = false;
			}
			return FX_SPLIT_GOT;
		}
		if (j->mode == FX_SPLIT_ARRAY && c == ']') {
			eat(im, 1);
			j->mode = j->wrapped ? FX_SPLIT_REST : FX_SPLIT_TOP;
			continue;
		}
		if (j->mode == FX_SPLIT_ARRAY && j->comma) {
			if (c != ',')
				return bad_json(im, what, item,
				                "wanted a comma or ] behind an order of the list");
			eat(im, 1);
			j->comma = false;
			continue;
		}
		if (j->mode == FX_SPLIT_TOP && c == '[') {
			eat(im, 1);
			j->mode = FX_SPLIT_ARRAY;
			j->wrapped = j->comma = false;
			continue;
		}
		if (j->mode == FX_SPLIT_TOP && c != '{')
			return bad_json(im, what, item,
			                "no JSON object or array begins here: is the file JSON?");
		return FX_SPLIT_GOT;
	}
}

/* The next value that may be an order; its text stays until the next call. */
enum fx_split_what fx_split_next(struct fx_import *im, enum fx_import_what *what,
                                 struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;

	eat(im, j->eat);
	j->eat = 0;
	for (;;) {
		bool eof = im->feed.eof;
		enum fx_split_what r;
		size_t n;

		if (j->done == 0) {
			r = between(im, what, item);
			if (r != FX_SPLIT_GOT)
				return r;
			if (j->mode == FX_SPLIT_TOP && im->m.nunwrap > 0) {
				if (!unwrap(im, eof)) {
					r = more(im, what, item);
					if (r == FX_SPLIT_AGAIN || r == FX_SPLIT_FAIL)
						return r;
					continue;
				}
				if (j->mode != FX_SPLIT_TOP)
					continue;
			}
			j->depth = 0;
			j->string = j->escape = false;
		}
		n = extent(j, im->feed.p, im->feed.n, eof);
		if (n == 0 && eof) {
			n = im->feed.n;
			if (n == 0)
				return FX_SPLIT_END;
		}
		if (n > 0) {
			j->done = 0;
			j->eat = n;
			if (j->mode == FX_SPLIT_REST) {
				j->wanted = n > 2 && im->feed.p[0] == '"' &&
				            wraps(&im->m, (struct fx_str){im->feed.p + 1, n - 2});
				eat(im, n);
				j->eat = 0;
				continue;
			}
			j->comma = true;
			if (j->mode == FX_SPLIT_ONE)
				j->mode = FX_SPLIT_REST;
			j->text = (struct fx_str){im->feed.p, n};
			j->text_line = j->line;
			return FX_SPLIT_GOT;
		}
		r = more(im, what, item);
		if (r == FX_SPLIT_AGAIN || r == FX_SPLIT_FAIL)
			return r;
	}
}
