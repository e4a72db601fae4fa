/*
 * Inside the import room: the run over base files and tables, one reader a format.
 */
#ifndef FX_IMPORT_SOURCE_H
#define FX_IMPORT_SOURCE_H

#include "import/import.h"
#include "import/scope.h"

struct fx_import {
	struct fx_mapping m;
	struct fx_str source;
	struct fx_scope scope;
	struct fx_import_count count;
	/* base files, in order */
	const char **base;
	unsigned nbase, at;
	bool open; /* base[at] is being read */
	/* tables, loaded before the base is */
	struct fx_table *table;
	uint64_t done; /* bytes of the files that were read to their end */
	unsigned loading;
	bool loading_open;
	/* CSV */
	struct fx_csv csv;
	unsigned ncolumn; /* of the header of the file being read */
	int *col;
	struct fx_row *row; /* the group */
	unsigned nrow, row_cap;
	bool pending; /* csv holds a row that belongs to the next group */
	struct fx_err pending_err;
	bool pending_bad;
	struct fx_arena rows; /* of the group */
	/* JSON */
	struct fx_feed feed;
	struct fx_json_source *json;
	/* what is handed out */
	struct fx_buf records, raw;
	struct fx_err err;
	struct fx_errs notes; /* of headers; those before `noted` were handed out */
	size_t noted;
	struct fx_arena arena; /* of the run: names, paths */
};

enum fx_import_what fx_source_csv_next(struct fx_import *im, struct fx_import_item *item);
enum fx_import_what fx_source_json_next(struct fx_import *im, struct fx_import_item *item);
void fx_source_json_free(struct fx_import *im);
/*
 * Read the header of im->csv and bind the slots of j to its columns; NULL with im->err.  The
 * numbers (a slot's column, -1: none) live in im->arena.
 */
int *fx_source_bind(struct fx_import *im, struct fx_join *j);

/* The tables' phase: FX_IMPORT_END when all are loaded. */
enum fx_import_what fx_source_tables(struct fx_import *im, struct fx_import_item *item);
/* Turn the order in the scope into records, or a reject with the given text. */
enum fx_import_what fx_source_order(struct fx_import *im, struct fx_import_item *item,
                                    uint64_t line, struct fx_str raw);
enum fx_import_what fx_source_fail(struct fx_import *im, struct fx_import_item *item);

#endif
