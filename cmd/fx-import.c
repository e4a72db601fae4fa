/* fx-import: order files -> triggers and the later events that they tell of. */
#include "base/app.h"
#include "import/guess.h"
#include "import/import.h"
#include "json/reject.h"

static int reject(struct fx_app *app, const struct fx_import_item *item, struct fx_err *err)
{
	struct fx_fault fault[16];
	size_t n = item->nerr < 16 ? item->nerr : 16;

	app->in.name = item->file;
	app->in.line = item->line;
	for (size_t i = 0; i < n; i++)
		fault[i] = (struct fx_fault){.keyword = FX_STR("import"),
		                             .message = fx_str(item->err[i].msg)};
	return fx_reject(app, item->raw, NULL, fault, n, err);
}

static void notice(const struct fx_app *app, const struct fx_err *err)
{
	char text[1200];

	fx_app_warn(app, "%s", fx_err_text(err, text, sizeof(text)));
}

static int run(struct fx_app *app, struct fx_import *im)
{
	const struct fx_import_count *c = fx_import_counts(im);
	struct fx_import_item item;
	enum fx_import_what what;
	struct fx_err err = {0};

	while ((what = fx_import_next(im, &item)) != FX_IMPORT_END) {
		switch (what) {
		case FX_IMPORT_ORDER:
			fx_out_add(&app->out, item.records);
			if (app->unbuffered)
				fx_out_flush(&app->out);
			break;
		case FX_IMPORT_REJECT:
			if (reject(app, &item, &err) < 0)
				return fx_app_fatal(app, &err);
			break;
		case FX_IMPORT_NOTICE:
			notice(app, &item.err[0]);
			break;
		case FX_IMPORT_WAIT:
			fx_out_flush(&app->out);
			break;
		default:
			return fx_app_fatal(app, &item.err[0]);
		}
		if (app->out.failed)
			break;
		app->in.bytes = c->bytes < app->in.total ? c->bytes : app->in.total;
		fx_app_tick(app);
	}
	if (c->lines_unmatched > 0)
		fx_app_warn(app, "%llu order lines belong to no order of the file",
		            (unsigned long long)c->lines_unmatched);
	return 0;
}

/* --guess: one mapping on standard output. */
static int guess(struct fx_app *app, const char *path)
{
	struct fx_buf out = {0};
	struct fx_err err = {0};
	int got = fx_guess(path, &out, &err);

	if (got >= 0)
		fx_out_add(&app->out, fx_buf_view(&out));
	fx_buf_free(&out);
	if (got < 0)
		return fx_app_fatal(app, &err);
	if (got == 0)
		fx_app_warn(app, "%s: no column looks like the order's number or time: see FIXME",
		            path);
	return got == 0 ? FX_EXIT_DIRTY : FX_EXIT_OK;
}

int main(int argc, char **argv)
{
	const char *mapping = NULL, *source = NULL, *to_guess = NULL;
	struct fx_list tables = {0};
	bool extra = false;
	const struct fx_opt opts[] = {
	    {'f', "format", FX_OPT_TEXT, &mapping, "MAPPING",
	     "the mapping: REGISTRY/import/MAPPING.yaml, or a path"},
	    {0, "table", FX_OPT_LIST, &tables, "NAME=FILE", "the file of a joined table"},
	    {0, "extra", FX_OPT_FLAG, &extra, NULL,
	     "keep what the mapping does not name under extra"},
	    {0, "source", FX_OPT_TEXT, &source, "NAME",
	     "the records' source, instead of the mapping's"},
	    {0, "guess", FX_OPT_TEXT, &to_guess, "FILE",
	     "write a first mapping for a CSV file, from its header"},
	    {0},
	};
	struct fx_app app = {
	    .name = "fx-import",
	    .synopsis = "-f MAPPING [options] [FILE ...]",
	    .summary = "turn a platform's order file into triggers and later events",
	    .example = "fx-import -f shopify orders_export.csv | fx-validate | fx-route",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_REJECTS | FX_HAS_STREAM,
	};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;

	struct fx_errs errs = {0};
	struct fx_import *im = NULL;
	const struct fx_import_count none = {0}, *c = &none;

	if (to_guess) {
		app.exit = guess(&app, to_guess);
	} else if (!mapping) {
		fx_app_warn(&app,
		            "no mapping: give -f NAME, such as -f shopify (see fx-import(1))");
		app.exit = FX_EXIT_FATAL;
	} else {
		const struct fx_import_opt opt = {.files = app.files,
		                                  .nfiles = app.nfiles,
		                                  .tables = tables.v,
		                                  .ntables = tables.n,
		                                  .source = source,
		                                  .extra = extra};

		struct fx_err err = {0};

		mapping = fx_import_find(app.registry, mapping, &app.arena, &err);
		if (mapping)
			im = fx_import_open(mapping, &opt, &errs);
		else
			fx_errs_add(&errs, &err);
		if (im) {
			c = fx_import_counts(im);
			status = run(&app, im);
			if (status > 0)
				app.exit = status;
		} else {
			fx_app_errs(&app, &errs);
			app.exit = FX_EXIT_FATAL;
		}
	}

	const struct fx_count counts[] = {{"rows", c->rows},
	                                  {"rows_rejected", c->rows_rejected},
	                                  {"orders", c->orders},
	                                  {"orders_rejected", c->orders_rejected},
	                                  {"lines", c->lines},
	                                  {"lines_rejected", c->lines_rejected},
	                                  {"lines_unmatched", c->lines_unmatched},
	                                  {"triggers", c->triggers},
	                                  {"events", c->events},
	                                  {NULL, 0}};

	status = fx_app_end(&app, counts);
	fx_errs_free(&errs);
	fx_import_close(im);
	return status;
}
