/*
 * JSON base files: an array of orders, an object that wraps one, orders one after the
 * other (a line each or not), and bulk lines whose children follow their parent.
 *
 * The file is split by its brackets, so that an order at a time is held; each is then
 * read strictly by the tape.
 */
#include <stdlib.h>
#include <string.h>

#include "import/source.h"

enum mode {
	TOP,   /* between values */
	ARRAY, /* inside the array of orders */
	ONE,   /* at the one order of a wrapper */
	REST   /* behind the orders of a wrapper, up to its closing brace */
};

struct fx_json_source {
	enum mode mode;
	bool wrapped; /* ARRAY: inside an object */
	bool comma;   /* ARRAY: an element was read, so a comma or the end follows */
	bool wanted;  /* REST: the name of a member that holds orders was read */
	uint64_t line;
	/* the scan of the value that begins at the feed's start */
	size_t done;
	unsigned depth;
	bool string, escape;
	/* what is held to be forgotten with the next call */
	size_t eat;
	/* orders found inside one value on the tape */
	struct fx_tape tape;
	uint32_t next, end;
	unsigned name; /* of the mapping's wrapping members: the next to look for */
	struct fx_str text;
	uint64_t text_line;
	/* bulk lines: the parent and its children */
	struct fx_tape *tapes; /* [0] the parent */
	struct fx_str *texts;
	uint64_t group_line;
	unsigned ntape, cap;
	bool pending;
};

static bool space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void eat(struct fx_import *im, size_t n)
{
	struct fx_json_source *j = im->json;

	for (const char *p = im->feed.p, *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		j->line++;
	fx_feed_eat(&im->feed, n);
}

enum read { GOT, AGAIN, ENDED, FAILED };

/* More bytes, or why there are none. */
static enum read more(struct fx_import *im, enum fx_import_what *what, struct fx_import_item *item)
{
	switch (fx_feed_more(&im->feed)) {
	case FX_FEED_MORE:
		return GOT;
	case FX_FEED_EOF:
		return ENDED;
	case FX_FEED_WAIT:
		*what = FX_IMPORT_WAIT;
		return AGAIN;
	case FX_FEED_FULL:
		fx_fail_at(&im->err, FX_EDATA, im->feed.name, (unsigned)im->json->line, 0,
			   "a value of more than 16 MiB begins here; if it wraps the orders, name its "
			   "member in the mapping (orders:) and let it come first");
		break;
	case FX_FEED_FAIL:
		im->err = im->feed.err;
		break;
	}
	*what = fx_source_fail(im, item);
	return FAILED;
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
		j->mode = ARRAY;
		j->wrapped = true;
		j->comma = false;
		eat(im, (size_t)(q + 1 - p));
	} else if (*q == '{') {
		j->mode = ONE;
		eat(im, (size_t)(q - p));
	}
	return true;
}

static enum read bad_json(struct fx_import *im, enum fx_import_what *what,
			  struct fx_import_item *item, const char *msg)
{
	fx_fail_at(&im->err, FX_EDATA, im->feed.name, (unsigned)im->json->line, 0, "%s", msg);
	*what = fx_source_fail(im, item);
	return FAILED;
}

/* Skip what stands between values; GOT: a value begins, ENDED: the file is over. */
static enum read between(struct fx_import *im, enum fx_import_what *what, struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;

	for (;;) {
		size_t n = 0;
		enum read r;

		while (n < im->feed.n && space(im->feed.p[n]))
			n++;
		eat(im, n);
		if (im->feed.n == 0) {
			r = more(im, what, item);
			if (r == ENDED && im->feed.n == 0 && j->mode != TOP)
				return bad_json(im, what, item,
						"the file ends inside the list of orders: is it whole?");
			if (r != GOT && !(r == ENDED && im->feed.n > 0))
				return r;
			continue;
		}

		char c = im->feed.p[0];

		if (j->mode == REST) {
			/* The wrapper's other members: up to its brace, strings and nests skipped. */
			if (c == '}') {
				eat(im, 1);
				j->mode = TOP;
				continue;
			}
			if (c == ',' || c == ':') {
				j->wanted = j->wanted && c == ':';
				eat(im, 1);
				continue;
			}
			if (j->wanted && c == '[') {
				eat(im, 1);
				j->mode = ARRAY;
				j->wrapped = true;
				j->comma = j->wanted = false;
				continue;
			}
			if (j->wanted && c == '{') {
				j->mode = ONE;
				j->wanted = false;
			}
			return GOT;
		}
		if (j->mode == ARRAY && c == ']') {
			eat(im, 1);
			j->mode = j->wrapped ? REST : TOP;
			continue;
		}
		if (j->mode == ARRAY && j->comma) {
			if (c != ',')
				return bad_json(im, what, item,
						"wanted a comma or ] behind an order of the list");
			eat(im, 1);
			j->comma = false;
			continue;
		}
		if (j->mode == TOP && c == '[') {
			eat(im, 1);
			j->mode = ARRAY;
			j->wrapped = j->comma = false;
			continue;
		}
		if (j->mode == TOP && c != '{')
			return bad_json(im, what, item,
					"no JSON object or array begins here: is the file JSON?");
		return GOT;
	}
}

/* The next value that may be an order; its text stays until the next call. */
static enum read next_value(struct fx_import *im, enum fx_import_what *what,
			    struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;

	eat(im, j->eat);
	j->eat = 0;
	for (;;) {
		bool eof = im->feed.eof;
		enum read r;
		size_t n;

		if (j->done == 0) {
			r = between(im, what, item);
			if (r != GOT)
				return r;
			if (j->mode == TOP && im->m.nunwrap > 0) {
				if (!unwrap(im, eof)) {
					r = more(im, what, item);
					if (r == AGAIN || r == FAILED)
						return r;
					continue;
				}
				if (j->mode != TOP)
					continue;
			}
			j->depth = 0;
			j->string = j->escape = false;
		}
		n = extent(j, im->feed.p, im->feed.n, eof);
		if (n == 0 && eof) {
			n = im->feed.n;
			if (n == 0)
				return ENDED;
		}
		if (n > 0) {
			j->done = 0;
			j->eat = n;
			if (j->mode == REST) {
				j->wanted = n > 2 && im->feed.p[0] == '"' &&
					    wraps(&im->m, (struct fx_str){im->feed.p + 1, n - 2});
				eat(im, n);
				j->eat = 0;
				continue;
			}
			j->comma = true;
			if (j->mode == ONE)
				j->mode = REST;
			j->text = (struct fx_str){im->feed.p, n};
			j->text_line = j->line;
			return GOT;
		}
		r = more(im, what, item);
		if (r == AGAIN || r == FAILED)
			return r;
	}
}

static enum fx_import_what refuse(struct fx_import *im, struct fx_import_item *item,
				  const struct fx_err *err)
{
	im->err = *err;
	im->count.orders++;
	im->count.orders_rejected++;
	*item = (struct fx_import_item){.file = im->feed.name,
					.line = im->json->text_line,
					.raw = im->json->text,
					.err = &im->err,
					.nerr = 1};
	return FX_IMPORT_REJECT;
}

static enum fx_import_what order(struct fx_import *im, struct fx_import_item *item, uint32_t node)
{
	struct fx_json_source *j = im->json;
	struct fx_scope *s = &im->scope;

	s->tape = &j->tape;
	s->root = node;
	fx_scope_begin(s);
	if (fx_tape_type(&j->tape, node) != FX_OBJECT)
		fx_scope_fail(s, "wanted an object, an order");
	return fx_source_order(im, item, j->text_line, fx_tape_raw(&j->tape, node));
}

/* The next list of orders inside the value on the tape. */
static bool inner_list(struct fx_import *im)
{
	struct fx_json_source *j = im->json;

	while (j->name < im->m.nunwrap) {
		uint32_t node = fx_tape_get(&j->tape, 0, im->m.unwrap[j->name++]);

		if (node == FX_NONE)
			continue;
		if (fx_tape_type(&j->tape, node) == FX_ARRAY) {
			j->next = node + 1;
			j->end = j->tape.node[node].next;
			return true;
		}
		if (fx_tape_type(&j->tape, node) == FX_OBJECT) {
			j->next = node;
			j->end = node + 1;
			return true;
		}
	}
	return false;
}

static enum fx_import_what next_order(struct fx_import *im, struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;
	enum fx_import_what what = FX_IMPORT_END;
	struct fx_err err = {0};

	for (;;) {
		if (j->next < j->end) {
			uint32_t node = j->next;

			j->next = fx_tape_next(&j->tape, node);
			return order(im, item, node);
		}
		if (j->tape.n > 0 && inner_list(im))
			continue;
		if (next_value(im, &what, item) != GOT)
			return what;
		j->name = 0;
		j->next = j->end = 0;
		if (fx_tape_read(&j->tape, j->text, &err) < 0) {
			j->tape.n = 0;
			return refuse(im, item, &err);
		}
		if (!inner_list(im)) {
			j->name = im->m.nunwrap;
			return order(im, item, 0);
		}
	}
}

/* Copy the value at hand into the group as its last tape. */
static int push(struct fx_import *im, struct fx_err *err)
{
	struct fx_json_source *j = im->json;

	if (j->ntape == j->cap) {
		unsigned cap = j->cap ? j->cap * 2 : 16;

		j->tapes = fx_realloc(j->tapes, cap, sizeof(*j->tapes));
		j->texts = fx_realloc(j->texts, cap, sizeof(*j->texts));
		memset(j->tapes + j->cap, 0, (cap - j->cap) * sizeof(*j->tapes));
		j->cap = cap;
	}
	j->texts[j->ntape] = fx_arena_str(&im->rows, j->text);
	if (fx_tape_read(&j->tapes[j->ntape], j->texts[j->ntape], err) < 0)
		return -1;
	j->ntape++;
	return 0;
}

static bool belongs(struct fx_import *im, struct fx_str parent)
{
	struct fx_json_source *j = im->json;

	for (unsigned i = 0; i < j->ntape; i++)
		if (fx_str_eq(fx_tape_get_str(&j->tapes[i], 0, im->m.child_id, &im->rows), parent))
			return true;
	return false;
}

static enum fx_import_what finish_group(struct fx_import *im, struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;
	struct fx_scope *s = &im->scope;
	enum fx_import_what what;

	s->tape = &j->tapes[0];
	s->root = 0;
	s->kid = j->tapes + 1;
	s->nkid = j->ntape - 1;
	fx_scope_begin(s);
	fx_buf_reset(&im->raw);
	for (unsigned i = 0; i < j->ntape; i++) {
		if (i > 0)
			fx_buf_byte(&im->raw, '\n');
		fx_buf_str(&im->raw, j->texts[i]);
	}
	what = fx_source_order(im, item, j->group_line, fx_buf_view(&im->raw));
	j->ntape = 0;
	fx_arena_reset(&im->rows);
	return what;
}

/* Bulk lines: a parent and the children that follow it make an order. */
static enum fx_import_what next_bulk(struct fx_import *im, struct fx_import_item *item)
{
	struct fx_json_source *j = im->json;
	enum fx_import_what what = FX_IMPORT_END;
	struct fx_err err = {0};
	struct fx_str parent;

	for (;;) {
		if (!j->pending) {
			enum read r = next_value(im, &what, item);

			if (r == ENDED && j->ntape > 0)
				return finish_group(im, item);
			if (r != GOT)
				return what;
		}
		j->pending = false;
		if (fx_tape_read(&j->tape, j->text, &err) < 0)
			return refuse(im, item, &err);
		parent = fx_tape_get_str(&j->tape, 0, im->m.child_parent, &im->rows);
		if (!parent.p) {
			if (j->ntape > 0) {
				j->pending = true;
				return finish_group(im, item);
			}
			j->group_line = j->text_line;
		} else if (!belongs(im, parent)) {
			fx_fail(&err, FX_EDATA, "the line belongs to \"%.*s\", which does not stand before it",
				FX_FMT(parent));
			return refuse(im, item, &err);
		}
		if (push(im, &err) < 0)
			return refuse(im, item, &err);
	}
}

enum fx_import_what fx_source_json_next(struct fx_import *im, struct fx_import_item *item)
{
	for (;;) {
		enum fx_import_what what;

		if (!im->open) {
			if (im->at == im->nbase)
				return FX_IMPORT_END;
			if (!im->json)
				im->json = fx_alloc(1, sizeof(*im->json));
			im->json->mode = TOP;
			im->json->line = 1;
			if (fx_feed_open(&im->feed, im->base[im->at], im->m.base.enc, &im->err) < 0)
				return fx_source_fail(im, item);
			im->open = true;
			im->scope.file = im->feed.name;
		}
		what = im->m.children ? next_bulk(im, item) : next_order(im, item);
		if (what != FX_IMPORT_END)
			return what;
		im->done += im->feed.bytes;
		fx_feed_close(&im->feed);
		im->open = false;
		im->at++;
	}
}

void fx_source_json_free(struct fx_import *im)
{
	struct fx_json_source *j = im->json;

	fx_feed_close(&im->feed);
	if (!j)
		return;
	for (unsigned i = 0; i < j->cap; i++)
		fx_tape_free(&j->tapes[i]);
	free(j->tapes);
	free(j->texts);
	fx_tape_free(&j->tape);
	free(j);
	im->json = NULL;
}
