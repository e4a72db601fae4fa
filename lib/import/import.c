#include "import/import.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/record.h"
#include "import/source.h"

enum fx_import_what fx_source_fail(struct fx_import *im, struct fx_import_item *item)
{
	*item = (struct fx_import_item){.err = &im->err, .nerr = 1};
	return FX_IMPORT_FAIL;
}

enum fx_import_what fx_source_order(struct fx_import *im, struct fx_import_item *item,
                                    uint64_t line, struct fx_str raw)
{
	struct fx_scope *s = &im->scope;

	fx_buf_reset(&im->records);
	im->count.orders++;
	if (s->nerr == 0 && fx_record_order(s, im->source, &im->records, &im->count) == 0) {
		*item = (struct fx_import_item){
		    .records = fx_buf_view(&im->records), .file = s->file, .line = line};
		return FX_IMPORT_ORDER;
	}
	im->count.orders_rejected++;
	*item = (struct fx_import_item){
	    .file = s->file, .line = line, .raw = raw, .err = s->err, .nerr = s->nerr};
	return FX_IMPORT_REJECT;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The table whose file: (a name or a glob) an operand is, or -1. */
static int table_of(const struct fx_mapping *m, const char *path)
{
	for (unsigned t = 0; t < m->njoin; t++)
		if (fx_glob_match(m->join[t].file, fx_str(base_name(path))))
			return (int)t;
	return -1;
}

static int named_tables(struct fx_import *im, const struct fx_import_opt *opt, struct fx_err *err)
{
	for (size_t i = 0; i < opt->ntables; i++) {
		const char *arg = opt->tables[i], *eq = strchr(arg, '=');
		unsigned t = 0;

		if (!eq)
			return fx_fail(err, FX_EUSAGE, "--table wants NAME=FILE, not \"%s\"", arg);
		while (t < im->m.njoin &&
		       !fx_str_eq(im->m.join[t].name, (struct fx_str){arg, (size_t)(eq - arg)}))
			t++;
		if (t == im->m.njoin)
			return fx_fail(err, FX_EUSAGE, "--table: %s has no table \"%.*s\"",
			               im->m.doc.file, (int)(eq - arg), arg);
		im->table[t].path = eq + 1;
	}
	return 0;
}

/* A table that no operand named lies beside the first base file. */
static int tables_beside(struct fx_import *im, struct fx_err *err)
{
	const char *first = im->base[0];
	size_t dir = (size_t)(base_name(first) - first);

	for (unsigned t = 0; t < im->m.njoin; t++) {
		const struct fx_join *j = &im->m.join[t];
		struct fx_str path;

		if (im->table[t].path)
			continue;
		path = fx_arena_fmt(&im->arena, "%.*s%.*s", (int)dir, first, FX_FMT(j->file));
		if (strcmp(first, "-") != 0 && access(path.p, R_OK) == 0)
			im->table[t].path = path.p;
		else if (!j->optional)
			return fx_fail(
			    err, FX_EUSAGE,
			    "the table \"%.*s\" is missing: %s is not there; name its file, "
			    "or give --table %.*s=FILE",
			    FX_FMT(j->name), path.p, FX_FMT(j->name));
	}
	return 0;
}

static int find_files(struct fx_import *im, const struct fx_import_opt *opt, struct fx_err *err)
{
	static const char *const dash[] = {"-"};

	im->table = FX_NEWV(&im->arena, struct fx_table, im->m.njoin + 1);
	im->base = FX_NEWV(&im->arena, const char *, (size_t)opt->nfiles + 1);
	for (unsigned t = 0; t < im->m.njoin; t++)
		im->table[t].join = &im->m.join[t];
	if (named_tables(im, opt, err) < 0)
		return -1;
	for (int i = 0; i < opt->nfiles; i++) {
		int t = table_of(&im->m, opt->files[i]);

		if (t >= 0 && !im->table[t].path)
			im->table[t].path = opt->files[i];
		else
			im->base[im->nbase++] = opt->files[i];
	}
	if (im->nbase == 0 && opt->nfiles > 0)
		return fx_fail(err, FX_EUSAGE,
		               "%s is a joined table of %s; the file of the orders is "
		               "missing",
		               opt->files[0], im->m.doc.file);
	if (im->nbase == 0)
		im->base[im->nbase++] = dash[0];
	return tables_beside(im, err);
}

struct fx_import *fx_import_open(const char *mapping, const struct fx_import_opt *opt,
                                 struct fx_errs *errs)
{
	struct fx_import *im = fx_alloc(1, sizeof(*im));
	struct fx_err err = {0};

	im->csv.feed.fd = im->feed.fd = -1;
	if (fx_mapping_load(&im->m, mapping, errs) < 0)
		goto fail;
	if (find_files(im, opt, &err) < 0) {
		fx_errs_add(errs, &err);
		goto fail;
	}
	im->source = opt->source ? fx_str(opt->source) : im->m.source;
	im->scope.m = &im->m;
	im->scope.table = im->table;
	im->scope.extra = opt->extra;
	return im;
fail:
	fx_import_close(im);
	return NULL;
}

/* Rows of line tables that no order asked for: they would be missed in silence. */
static uint64_t unmatched(const struct fx_import *im)
{
	uint64_t n = 0;

	for (unsigned t = 0; t < im->m.njoin; t++) {
		if (!im->m.join[t].lines)
			continue;
		for (size_t i = 0; i < im->table[t].index.n; i++)
			for (const struct fx_trow *r = im->table[t].index.e[i].v.ptr; r;
			     r = r->next)
				n += !r->used;
	}
	return n;
}

static enum fx_import_what next(struct fx_import *im, struct fx_import_item *item)
{
	enum fx_import_what what = FX_IMPORT_END;

	*item = (struct fx_import_item){0};
	if (im->loading < im->m.njoin)
		what = fx_source_tables(im, item);
	if (what == FX_IMPORT_END)
		what = im->m.format == FX_FORMAT_CSV ? fx_source_csv_next(im, item)
		                                     : fx_source_json_next(im, item);
	im->count.bytes = im->done + im->csv.feed.bytes + im->feed.bytes;
	if (what == FX_IMPORT_END)
		im->count.lines_unmatched = unmatched(im);
	return what;
}

enum fx_import_what fx_import_next(struct fx_import *im, struct fx_import_item *item)
{
	enum fx_import_what what = FX_IMPORT_END;

	if (im->noted == im->notes.n)
		what = next(im, item);
	if (what != FX_IMPORT_END || im->noted == im->notes.n)
		return what;
	*item = (struct fx_import_item){.err = &im->notes.v[im->noted++], .nerr = 1};
	return FX_IMPORT_NOTICE;
}

const struct fx_import_count *fx_import_counts(const struct fx_import *im)
{
	return &im->count;
}

void fx_import_close(struct fx_import *im)
{
	if (!im)
		return;
	for (unsigned t = 0; im->table && t < im->m.njoin; t++) {
		fx_map_free(&im->table[t].index);
		fx_arena_free(&im->table[t].arena);
	}
	fx_csv_close(&im->csv);
	fx_source_json_free(im);
	free(im->row);
	fx_arena_free(&im->rows);
	fx_buf_free(&im->records);
	fx_buf_free(&im->raw);
	fx_arena_free(&im->scope.scratch);
	fx_buf_free(&im->scope.text);
	fx_buf_free(&im->scope.order_id);
	fx_buf_free(&im->scope.identity);
	fx_errs_free(&im->notes);
	fx_mapping_free(&im->m);
	fx_arena_free(&im->arena);
	free(im);
}
