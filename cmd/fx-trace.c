/* fx-trace: an order's story, from trigger to outcome. */
#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "base/map.h"
#include "report/find.h"
#include "report/story.h"

struct want {
	const char *format, *match;
	const struct format *as;
	bool tokens, with_customer;
};

struct counts {
	uint64_t orders, forged, unknown;
	struct fx_map told; /* by order; each is told once */
};

static void as_text(struct fx_story *s, const struct want *w, uint64_t n, struct fx_buf *b)
{
	if (n)
		fx_buf_byte(b, '\n');
	fx_story_text(s, fx_app_color(1), w->tokens, b);
}

static void as_ndjson(struct fx_story *s, const struct want *w, uint64_t n, struct fx_buf *b)
{
	(void)w, (void)n;
	fx_story_ndjson(s, b);
}

static void as_otlp(struct fx_story *s, const struct want *w, uint64_t n, struct fx_buf *b)
{
	(void)w;
	if (n)
		fx_buf_byte(b, ',');
	fx_story_otlp(s, b);
}

static void otlp_begin(struct fx_buf *b)
{
	fx_buf_z(b, "{\"resourceSpans\":[");
}

static void otlp_end(struct fx_buf *b)
{
	fx_buf_z(b, "]}\n");
}

static void as_html(struct fx_story *s, const struct want *w, uint64_t n, struct fx_buf *b)
{
	fx_story_html(s, (unsigned)n, w->with_customer, b);
}

static const struct format {
	const char *name;
	/* n: stories before this one */
	void (*story)(struct fx_story *s, const struct want *w, uint64_t n, struct fx_buf *b);
	void (*begin)(struct fx_buf *b), (*end)(struct fx_buf *b); /* around all of them; or NULL */
} formats[] = {{"text", as_text, NULL, NULL},
               {"ndjson", as_ndjson, NULL, NULL},
               {"html", as_html, fx_story_html_begin, fx_story_html_end},
               {"otlp", as_otlp, otlp_begin, otlp_end}};
#define NFORMAT (sizeof(formats) / sizeof(*formats))

static const struct format *format_of(struct fx_app *app, const char *name)
{
	for (size_t i = 0; i < NFORMAT; i++)
		if (!name || strcmp(name, formats[i].name) == 0)
			return &formats[i];
	fx_app_warn(app, "--format: no format \"%s\"; there are text, ndjson, html and otlp", name);
	return NULL;
}

static int tell(struct fx_app *app, struct fx_finder *f, const struct want *w, struct fx_str id,
                struct counts *n, struct fx_err *err)
{
	struct fx_story s;
	struct fx_buf b = {.max = (size_t)1 << 30};
	fx_story_init(&s, id, app->now);
	int status = fx_find_story(f, &s, err);
	if (!status) {
		fx_story_end(&s);
		w->as->story(&s, w, n->orders, &b);
		if (b.over)
			status = fx_fail(err, FX_ELIMIT, "an order's story is over a gigabyte");
		else
			status = fx_out_add(&app->out, fx_buf_view(&b));
		n->orders++;
		for (size_t i = 0; i < s.ntold; i++)
			n->forged += s.told[i].vouched == FX_TOLD_FORGED;
	}
	fx_buf_free(&b);
	fx_story_free(&s);
	return status;
}

static void said_nowhere(struct fx_app *app, const struct fx_finder *f, const char *what)
{
	struct fx_buf b = {0};
	for (size_t i = 0; i < f->nfield; i++)
		fx_buf_fmt(&b, "%s%.*s", i ? ", " : "", FX_FMT(f->field[i]));
	fx_app_warn(app, "no order has '%s' as %.*s", what, (int)b.n, b.p);
	fx_buf_free(&b);
}

/* Everything that is meant by what the person gave. */
static int trace(struct fx_app *app, struct fx_finder *f, const struct want *w, const char *what,
                 bool text, struct counts *n, struct fx_err *err)
{
	struct fx_found found = {0};
	int status = text ? fx_find_text(f, fx_str(what), &found, err)
	                  : fx_find(f, fx_str(what), &found, err);
	if (!status && found.n == 0) {
		n->unknown++;
		if (text)
			said_nowhere(app, f, what);
		else if (found.of_none)
			fx_app_warn(app, "'%s' is of no order; fx-cat --event '%s' shows it", what,
			            what);
		else
			fx_app_warn(app,
			            "nothing is called '%s': no order, task, event or token "
			            "(an e-mail or tracking number: try -m '%s')",
			            what, what);
	}
	for (size_t i = 0; i < found.n && !status; i++) {
		bool fresh;
		fx_map_put(&n->told, found.id[i], &fresh);
		if (fresh)
			status = tell(app, f, w, found.id[i], n, err);
	}
	free(found.id);
	return status;
}

/* What -m looks in. */
static int fields(struct fx_app *app, struct fx_finder *f, struct fx_err *err)
{
	struct fx_errs errs = {0};
	int r = fx_finder_fields(f, app->registry, &errs);
	if (r == 0)
		fx_app_warn(app,
		            "no contract in %s marks fields as x-searchable: looking in e-mail, "
		            "phone, customer id and tracking number",
		            app->registry);
	fx_app_errs(app, &errs);
	fx_errs_free(&errs);
	return r < 0 ? fx_fail(err, FX_EDATA, "the contract in %s is not sound", app->registry) : 0;
}

static void around(struct fx_app *app, void (*write)(struct fx_buf *b))
{
	struct fx_buf b = {0};
	if (write)
		write(&b);
	fx_out_add(&app->out, fx_buf_view(&b));
	fx_buf_free(&b);
}

static int run(struct fx_app *app, const struct want *w, struct counts *n, struct fx_err *err)
{
	struct fx_finder f;
	int status = fx_finder_open(&f, app->ledgers.v, app->ledgers.n, err);
	if (!status)
		around(app, w->as->begin);
	if (!status && w->match)
		status = fields(app, &f, err);
	if (!status && w->match)
		status = trace(app, &f, w, w->match, true, n, err);
	for (int i = 0; i < app->nfiles && !status; i++)
		status = trace(app, &f, w, app->files[i], false, n, err);
	if (!status)
		around(app, w->as->end);
	fx_map_free(&n->told); /* its keys are the finder's */
	fx_finder_close(&f);
	return status;
}

int main(int argc, char **argv)
{
	struct want w = {0};
	const struct fx_opt opts[] = {
	    {'m', "match", FX_OPT_TEXT, &w.match, "TEXT",
	     "orders with this e-mail, tracking number, ... as the contract marks"},
	    {0, "format", FX_OPT_TEXT, &w.format, "NAME",
	     "text (the default), ndjson, html or otlp"},
	    {0, "with-customer", FX_OPT_FLAG, &w.with_customer, NULL,
	     "html: show the customer's data, too"},
	    {0, "tokens", FX_OPT_FLAG, &w.tokens, NULL, "show each entry's audit token"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-trace",
	    .synopsis = "[options] ORDER|TASK|EVENT|TOKEN ...",
	    .summary = "an order's story: where it is, since when, what happens next",
	    .example = "fx-trace 1051; fx-trace -m buyer@example.com",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_HAS_NOW,
	};
	struct counts n = {0};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);
	if (status >= 0)
		return status;
	w.as = format_of(&app, w.format);
	if (!w.as) {
		app.exit = FX_EXIT_FATAL;
	} else if (app.now_record) {
		fx_app_warn(&app, "--now record: a story is as of one moment; give a time");
		app.exit = FX_EXIT_FATAL;
	} else if (!app.nfiles && !w.match) {
		fx_app_warn(&app, "which order?  Give its id, a task's, an event's or a token "
		                  "(fx-trace --help)");
		app.exit = FX_EXIT_FATAL;
	} else if (run(&app, &w, &n, &err)) {
		if (!app.out.failed) /* else fx_app_end says so */
			fx_app_fatal(&app, &err);
	} else if (n.unknown || n.forged) {
		app.exit = FX_EXIT_DIRTY;
	}
	return fx_app_end(&app, NULL);
}
