/*
 * Order files -> triggers and the later events that they tell of.
 *
 *	fx_import_open(&im, "rules.d/import/shopify.yaml", &opt, &errs);
 *	while ((what = fx_import_next(im)) != FX_IMPORT_END)
 *		switch (what) {
 *		case FX_IMPORT_ORDER:  records holds whole lines: the trigger, then its events
 *		case FX_IMPORT_REJECT: raw, line, err: what is refused and why
 *		case FX_IMPORT_NOTICE: err: what a person may want to look at
 *		case FX_IMPORT_WAIT:   flush, go on
 *		case FX_IMPORT_FAIL:   err; the output is not whole
 *		}
 *
 * The base file is streamed, an order (or a group of rows that make one) at a
 * time; joined tables are held in memory, of each row only the mapped columns.
 */
#ifndef FX_IMPORT_IMPORT_H
#define FX_IMPORT_IMPORT_H

#include "base/err.h"
#include "base/mem.h"

struct fx_import;

enum fx_import_what {
	FX_IMPORT_END,
	FX_IMPORT_ORDER,
	FX_IMPORT_REJECT,
	FX_IMPORT_NOTICE,
	FX_IMPORT_WAIT,
	FX_IMPORT_FAIL
};

struct fx_import_opt {
	char *const *files; /* the base file(s) and joined tables, in any order */
	int nfiles;
	const char *const *tables; /* "NAME=FILE" */
	size_t ntables;
	const char *source; /* instead of the mapping's; NULL */
	bool extra;         /* keep unmapped columns under `extra` */
};

/* rows = rows_used + rows_rejected; orders = orders_out + orders_rejected. */
struct fx_import_count {
	uint64_t rows, rows_rejected; /* of the base and the line tables, headers not counted */
	uint64_t orders, orders_rejected;
	uint64_t lines, lines_rejected; /* order lines; lines = in triggers + rejected */
	uint64_t lines_unmatched;       /* rows of a line table that no order asked for */
	uint64_t triggers, events;      /* records written: triggers, later events */
	uint64_t bytes;                 /* read */
};

struct fx_import_item {
	struct fx_str records; /* whole lines, the newline of each included */
	const char *file;      /* where the order or the refused row stands */
	uint64_t line;
	struct fx_str raw;        /* of a reject: the refused text, without the last newline */
	const struct fx_err *err; /* of a reject: nerr reasons; of the others: one */
	size_t nerr;
};

/*
 * The path of a mapping: REGISTRY/import/NAME.yaml, in the arena, or the name itself when it is a
 * path (it holds a slash or ends in .yaml).  NULL with FX_EUSAGE, which lists the mappings that
 * there are, when there is no such file.
 */
const char *fx_import_find(const char *registry, const char *name, struct fx_arena *a,
                           struct fx_err *err);
/* NULL with every fault of the mapping in errs (file:line:col), or the file that cannot be read. */
struct fx_import *fx_import_open(const char *mapping, const struct fx_import_opt *opt,
                                 struct fx_errs *errs);
/* item's spans hold until the next call. */
enum fx_import_what fx_import_next(struct fx_import *im, struct fx_import_item *item);
const struct fx_import_count *fx_import_counts(const struct fx_import *im);
void fx_import_close(struct fx_import *im);

#endif
