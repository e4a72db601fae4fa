/*
 * Joined tables: read whole, of each row only the columns that the mapping names.
 */
#include <string.h>
#include <strings.h>

#include "import/source.h"

/* A mapped column that the header has not: said where the mapping names it. */
static int no_column(const struct fx_csv *csv, const struct fx_mapping *m,
                     const struct fx_column *c, struct fx_err *err)
{
	struct fx_place at = fx_doc_place(&m->doc, c->ptr);
	int near = fx_str_nearest(c->name, csv->cell, csv->ncell);

	if (near >= 0)
		return fx_fail_at(err, FX_ECONF, m->doc.file, at.line, at.col,
		                  "%s has no column \"%.*s\"; did you mean \"%.*s\"?",
		                  csv->feed.name, FX_FMT(c->name), FX_FMT(csv->cell[near]));
	return fx_fail_at(err, FX_ECONF, m->doc.file, at.line, at.col,
	                  "%s has no column \"%.*s\"%s", csv->feed.name, FX_FMT(c->name),
	                  csv->ncell == 1 ? "; it has one column: another delimiter?" : "");
}

enum { NONE = -1, TWICE = -2 };

/* The column of that name: as it stands, else in other case. */
static int column_of(const struct fx_csv *csv, struct fx_str name)
{
	for (int fold = 0; fold < 2; fold++) {
		int col = NONE;

		for (unsigned i = 0; i < csv->ncell; i++) {
			struct fx_str head = fx_str_trim(csv->cell[i]);

			if (head.n != name.n || (fold ? strncasecmp(head.p, name.p, name.n)
			                              : memcmp(head.p, name.p, name.n)) != 0)
				continue;
			col = col == NONE ? (int)i : TWICE;
		}
		if (col != NONE)
			return col;
	}
	return NONE;
}

/* The first required value none of whose columns the header has; NULL. */
static const struct fx_expr *lacking(const struct fx_mapping *m, const struct fx_join *j,
                                     const int *col)
{
	for (unsigned k = 0; k < m->nmust; k++) {
		const struct fx_expr *e = m->must[k];
		bool there = false;

		for (unsigned i = 0; i < e->nfrom && !there; i++) {
			const struct fx_from *f = &e->from[i];

			there = (f->table < 0 ? &m->base : &m->join[f->table]) != j ||
			        col[f->slot] >= 0;
		}
		if (!there)
			return e;
	}
	return NULL;
}

/* Of a value's columns the one that a header seems to misspell, else the first. */
static const struct fx_column *likeliest(const struct fx_csv *csv, const struct fx_join *j,
                                         const struct fx_expr *e)
{
	for (unsigned i = 0; i < e->nfrom; i++) {
		const struct fx_column *c = &j->column[e->from[i].slot];

		if (fx_str_nearest(c->name, csv->cell, csv->ncell) >= 0)
			return c;
	}
	return &j->column[e->from[0].slot];
}

/* A header that no column of the mapping is, within a slip of the pen of that name. */
static int misspelt(const struct fx_csv *csv, const struct fx_join *j, const int *col,
                    struct fx_str name)
{
	unsigned far = name.n < 5 ? 1 : 2;

	for (unsigned i = 0; i < csv->ncell; i++) {
		bool bound = false;

		if (fx_str_distance(name, fx_str_trim(csv->cell[i]), far) > far)
			continue;
		for (unsigned s = 0; s < j->ncolumn && !bound; s++)
			bound = col[s] == (int)i && !j->column[s].extra;
		if (!bound)
			return (int)i;
	}
	return NONE;
}

/* Columns that may be missing, but are more likely misspelt. */
static void note_misspelt(struct fx_import *im, struct fx_join *j, const int *col)
{
	const struct fx_csv *csv = &im->csv;

	for (unsigned s = 0; s < j->ncolumn; s++) {
		struct fx_column *c = &j->column[s];
		struct fx_place at;
		int near;

		if (col[s] != NONE || c->extra || c->told)
			continue;
		near = misspelt(csv, j, col, c->name);
		if (near < 0)
			continue;
		c->told = true;
		at = fx_doc_place(&im->m.doc, c->ptr);
		fx_errs_fail(&im->notes, FX_ECONF, im->m.doc.file, at.line, at.col,
		             "%s has no column \"%.*s\", which is taken as empty; is it "
		             "\"%.*s\"?",
		             csv->feed.name, FX_FMT(c->name), FX_FMT(csv->cell[near]));
	}
}

int *fx_source_bind(struct fx_import *im, struct fx_join *j)
{
	struct fx_csv *csv = &im->csv;
	enum fx_csv_what what;
	int *col;

	while ((what = fx_csv_next(csv)) == FX_CSV_WAIT)
		;
	if (what == FX_CSV_END) {
		fx_fail_at(&im->err, FX_EIO, csv->feed.name, 0, 0,
		           "the file is empty: not even a header");
		return NULL;
	}
	if (what != FX_CSV_ROW) {
		im->err = csv->err;
		return NULL;
	}
	csv->rows = 0; /* the header is none */
	im->ncolumn = csv->ncell;
	for (unsigned i = 0; im->scope.extra && i < csv->ncell; i++) {
		struct fx_str name = fx_str_trim(csv->cell[i]);
		bool known = name.n == 0;

		for (unsigned s = 0; s < j->ncolumn && !known; s++)
			known = column_of(csv, j->column[s].name) == (int)i;
		if (!known)
			fx_mapping_extra(&im->m, j, name);
	}
	col = fx_arena_alloc(&im->arena, (j->ncolumn + 1) * sizeof(*col));
	for (unsigned s = 0; s < j->ncolumn; s++) {
		const struct fx_column *c = &j->column[s];

		col[s] = column_of(csv, c->name);
		if (col[s] == TWICE && !c->extra) {
			fx_fail_at(&im->err, FX_EIO, csv->feed.name, 1, 0,
			           "two columns are named \"%.*s\"", FX_FMT(c->name));
			return NULL;
		}
		if (col[s] < 0 && !c->extra && (!j->vary || c->required)) {
			no_column(csv, &im->m, c, &im->err);
			return NULL;
		}
	}

	const struct fx_expr *e = lacking(&im->m, j, col);

	if (e) {
		no_column(csv, &im->m, likeliest(csv, j, e), &im->err);
		return NULL;
	}
	note_misspelt(im, j, col);
	return col;
}

/* A copy of the row's mapped cells, filed under its key; NULL when it has none. */
static struct fx_trow *keep(struct fx_table *t, const struct fx_csv *csv)
{
	unsigned n = t->join->ncolumn;
	size_t head = sizeof(struct fx_trow) + n * sizeof(struct fx_str), bytes = 0;
	struct fx_trow *row, *first;
	struct fx_map_entry *e;
	bool fresh;
	char *p;

	if (t->col[t->join->key] < 0 || (unsigned)t->col[t->join->key] >= csv->ncell)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		if (t->col[i] >= 0 && (unsigned)t->col[i] < csv->ncell)
			bytes += csv->cell[t->col[i]].n;
	row = fx_arena_alloc(&t->arena, head + bytes);
	p = (char *)row + head;
	*row = (struct fx_trow){.line = csv->line};
	for (unsigned i = 0; i < n; i++) {
		struct fx_str cell = {"", 0};

		if (t->col[i] >= 0 && (unsigned)t->col[i] < csv->ncell)
			cell = csv->cell[t->col[i]];
		if (cell.n > 0)
			memcpy(p, cell.p, cell.n);
		row->cell[i] = (struct fx_str){p, cell.n};
		p += cell.n;
	}
	e = fx_map_put(&t->index, row->cell[t->join->key], &fresh);
	if (fresh) {
		e->v.ptr = row;
		row->last = row;
	} else {
		first = e->v.ptr;
		first->last->next = row;
		first->last = row;
	}
	t->rows++;
	return row;
}

static enum fx_import_what refuse_row(struct fx_import *im, struct fx_import_item *item,
                                      const struct fx_err *err)
{
	struct fx_table *t = &im->table[im->loading];
	struct fx_trow *row = keep(t, &im->csv);

	if (row) {
		struct fx_err *copy = FX_NEW(&t->arena, struct fx_err);

		*copy = *err;
		row->bad = copy;
	}
	im->err = *err;
	im->count.rows_rejected++;
	*item = (struct fx_import_item){.file = im->csv.feed.name,
	                                .line = im->csv.line,
	                                .raw = im->csv.raw,
	                                .err = &im->err,
	                                .nerr = 1};
	return FX_IMPORT_REJECT;
}

static int open_table(struct fx_import *im)
{
	struct fx_table *t = &im->table[im->loading];

	if (fx_csv_open(&im->csv, t->path, t->join->dialect, t->join->enc, &im->err) < 0)
		return -1;
	im->loading_open = true;
	t->col = fx_source_bind(im, t->join);
	return t->col ? 0 : -1;
}

static void close_table(struct fx_import *im)
{
	im->count.rows += im->csv.rows;
	im->done += im->csv.feed.bytes;
	fx_csv_close(&im->csv);
	im->loading_open = false;
	im->loading++;
}

enum fx_import_what fx_source_tables(struct fx_import *im, struct fx_import_item *item)
{
	while (im->loading < im->m.njoin) {
		struct fx_table *t = &im->table[im->loading];
		struct fx_err err = {0};

		if (!t->path) {
			im->loading++;
			continue;
		}
		if (!im->loading_open && open_table(im) < 0)
			return fx_source_fail(im, item);
		switch (fx_csv_next(&im->csv)) {
		case FX_CSV_ROW:
			if (im->csv.ncell == im->ncolumn) {
				keep(t, &im->csv);
				break;
			}
			fx_fail(&err, FX_EDATA, "the row has %u fields, the header %u",
			        im->csv.ncell, im->ncolumn);
			return refuse_row(im, item, &err);
		case FX_CSV_BAD:
			return refuse_row(im, item, &im->csv.err);
		case FX_CSV_END:
			close_table(im);
			break;
		case FX_CSV_WAIT:
			return FX_IMPORT_WAIT;
		case FX_CSV_FAIL:
			im->err = im->csv.err;
			return fx_source_fail(im, item);
		}
	}
	return FX_IMPORT_END;
}
