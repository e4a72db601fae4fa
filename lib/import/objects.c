/*
 * JSON base files: an array of orders, an object that wraps one, orders one after the
 * other (a line each or not), and bulk lines whose children follow their parent.
 */
#include <stdlib.h>
#include <string.h>

#include "import/split.h"

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
		if (fx_split_next(im, &what, item) != FX_SPLIT_GOT)
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
			enum fx_split_what r = fx_split_next(im, &what, item);

			if (r == FX_SPLIT_END && j->ntape > 0)
				return finish_group(im, item);
			if (r != FX_SPLIT_GOT)
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
			fx_fail(&err, FX_EDATA,
			        "the line belongs to \"%.*s\", which does not stand before it",
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
			im->json->mode = FX_SPLIT_TOP;
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
