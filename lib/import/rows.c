/*
 * CSV base files: a row an order, or rows that continue one.
 */
#include <string.h>

#include "import/source.h"

static int open_base(struct fx_import *im)
{
	struct fx_join *j = &im->m.base;

	if (fx_csv_open(&im->csv, im->base[im->at], j->dialect, j->enc, &im->err) < 0)
		return -1;
	im->open = true;
	im->col = fx_source_bind(im, j);
	if (!im->col)
		return -1;
	im->scope.file = im->csv.feed.name;
	im->scope.col = im->col;
	return 0;
}

static void close_base(struct fx_import *im)
{
	im->count.rows += im->csv.rows;
	im->done += im->csv.feed.bytes;
	fx_csv_close(&im->csv);
	im->open = false;
	im->at++;
}

/* The row's text in the column that tells orders apart; p NULL when it has none. */
static struct fx_str key_of(const struct fx_import *im, const struct fx_str *cell, unsigned n)
{
	const struct fx_expr *order = im->m.order;

	for (unsigned i = 0; i < order->nfrom; i++) {
		int col = im->col[order->from[i].slot];

		if (order->from[i].table < 0 && col >= 0)
			return (unsigned)col < n ? cell[col] : (struct fx_str){NULL, 0};
	}
	return (struct fx_str){NULL, 0};
}

static struct fx_str copy(char **to, struct fx_str s)
{
	struct fx_str out = {*to, s.n};

	if (s.n > 0)
		memcpy(*to, s.p, s.n);
	*to += s.n;
	return out;
}

/*
 * Take the reader's row into the group.  A format without continuing rows makes an order
 * of each at once, so the spans of the reader serve; else the row is copied.
 */
static void take_row(struct fx_import *im, const struct fx_err *bad)
{
	const struct fx_csv *csv = &im->csv;
	struct fx_row *row;

	if (im->nrow == im->row_cap) {
		im->row_cap = im->row_cap ? im->row_cap * 2 : 16;
		im->row = fx_realloc(im->row, im->row_cap, sizeof(*im->row));
	}
	row = &im->row[im->nrow++];
	*row = (struct fx_row){
	    .cell = csv->cell, .ncell = csv->ncell, .line = csv->line, .raw = csv->raw};
	if (bad) {
		struct fx_err *err = fx_arena_alloc(&im->rows, sizeof(*err));

		*err = *bad;
		row->bad = err;
	}
	if (!im->m.grouped)
		return;

	size_t bytes = csv->raw.n;

	for (unsigned i = 0; i < csv->ncell; i++)
		bytes += csv->cell[i].n;

	struct fx_str *cell = fx_arena_alloc(&im->rows, csv->ncell * sizeof(*cell) + bytes);
	char *p = (char *)(cell + csv->ncell);

	for (unsigned i = 0; i < csv->ncell; i++)
		cell[i] = copy(&p, csv->cell[i]);
	row->cell = cell;
	row->raw = copy(&p, csv->raw);
}

/* Lines that the order at hand would have had, for the count of a refused one. */
static uint64_t lines_of(struct fx_import *im)
{
	const struct fx_event *ev = &im->m.event[0];
	struct fx_iter it;
	uint64_t n = 0;

	if (!ev->has_lines)
		return 0;
	fx_iter_begin(&it, &im->scope, &ev->lines);
	while (fx_iter_next(&it))
		n++;
	return n;
}

static struct fx_str raw_of_group(struct fx_import *im)
{
	if (im->nrow == 1)
		return im->row[0].raw;
	fx_buf_reset(&im->raw);
	for (unsigned i = 0; i < im->nrow; i++) {
		if (i > 0)
			fx_buf_byte(&im->raw, '\n');
		fx_buf_str(&im->raw, im->row[i].raw);
	}
	return fx_buf_view(&im->raw);
}

/* The group is whole: its records, or its rows refused together. */
static enum fx_import_what finish_group(struct fx_import *im, struct fx_import_item *item)
{
	struct fx_scope *s = &im->scope;
	enum fx_import_what what;
	s->group = im->row;
	s->ngroup = im->nrow;
	fx_scope_begin(s);
	for (unsigned i = 0; i < im->nrow; i++)
		if (im->row[i].bad) {
			if (im->nrow == 1)
				fx_scope_fail(s, "%s", im->row[i].bad->msg);
			else
				fx_scope_fail(s, "line %llu: %s",
				              (unsigned long long)im->row[i].line,
				              im->row[i].bad->msg);
		}
	what = fx_source_order(im, item, im->row[0].line, raw_of_group(im));
	if (what == FX_IMPORT_REJECT) {
		size_t nerr = s->nerr;

		im->count.rows_rejected += im->nrow;
		im->count.lines_rejected += lines_of(im);
		s->nerr = nerr;
		item->nerr = nerr;
	}
	im->nrow = 0;
	fx_arena_reset(&im->rows);
	return what;
}

/* 1: a row was added to the group; 0: it belongs to the next one; the reader still holds it. */
static bool join_group(struct fx_import *im, const struct fx_err *bad)
{
	if (im->nrow > 0) {
		struct fx_str a = key_of(im, im->row[0].cell, im->row[0].ncell);
		struct fx_str b = key_of(im, im->csv.cell, im->csv.ncell);

		if (!im->m.grouped || !a.p || !b.p || !fx_str_eq(a, b))
			return false;
	}
	take_row(im, bad);
	return true;
}

/* One row from the reader into the group; true when the group is whole. */
static bool got_row(struct fx_import *im, const struct fx_err *bad)
{
	if (join_group(im, bad))
		return !im->m.grouped;
	im->pending = true;
	im->pending_bad = bad != NULL;
	if (bad)
		im->pending_err = *bad;
	return true;
}

enum fx_import_what fx_source_csv_next(struct fx_import *im, struct fx_import_item *item)
{
	for (;;) {
		struct fx_err err = {0};

		if (!im->open) {
			if (im->at == im->nbase)
				return FX_IMPORT_END;
			if (open_base(im) < 0)
				return fx_source_fail(im, item);
		}
		if (im->pending) {
			im->pending = false;
			take_row(im, im->pending_bad ? &im->pending_err : NULL);
		}
		switch (fx_csv_next(&im->csv)) {
		case FX_CSV_ROW:
			if (im->csv.ncell != im->ncolumn)
				fx_fail(&err, FX_EDATA, "the row has %u fields, the header %u: %s",
				        im->csv.ncell, im->ncolumn,
				        im->csv.ncell > im->ncolumn
				            ? "a delimiter in a value that is not quoted?"
				            : "was it broken off?");
			if (got_row(im, err.code ? &err : NULL))
				return finish_group(im, item);
			break;
		case FX_CSV_BAD:
			if (got_row(im, &im->csv.err))
				return finish_group(im, item);
			break;
		case FX_CSV_END:
			close_base(im);
			if (im->nrow > 0)
				return finish_group(im, item);
			break;
		case FX_CSV_WAIT:
			return FX_IMPORT_WAIT;
		case FX_CSV_FAIL:
			im->err = im->csv.err;
			return fx_source_fail(im, item);
		}
	}
}
