/* fx-report: do the rules work?  Figures off the ledger. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/app.h"
#include "ledger/store.h"
#include "report/alerts.h"
#include "report/board.h"
#include "report/canary.h"
#include "report/compare.h"
#include "report/figures.h"
#include "report/points.h"
#include "report/render.h"
#include "task/load.h"

struct want {
	const char *since, *until, *by, *format, *output, *canary, *compare;
	bool partial, merge, points, alerts, with_customer;
};

static int window(struct fx_app *app, const char *name, const char *text, fx_time *out)
{
	struct fx_err err;
	*out = FX_TIME_NONE;
	if (text && fx_time_arg(fx_str(text), app->now, out, &err)) {
		fx_app_warn(app, "--%s: %s", name, err.msg);
		return -1;
	}
	return 0;
}

static int options(struct fx_app *app, const struct want *w, struct fx_figures_opt *opt)
{
	struct fx_err err;
	*opt = (struct fx_figures_opt){.now = app->now};
	if (app->now_record) {
		fx_app_warn(app, "--now record: a report is as of one moment; give a time");
		return -1;
	}
	if (window(app, "since", w->since, &opt->since) ||
	    window(app, "until", w->until, &opt->until))
		return -1;
	if (opt->since != FX_TIME_NONE && opt->until != FX_TIME_NONE && opt->until <= opt->since) {
		fx_app_warn(app, "--until %s is not after --since %s", w->until, w->since);
		return -1;
	}
	struct fx_str rest = fx_str(w->by);
	while (w->by) {
		size_t comma = fx_str_find(rest, ',');
		struct fx_str name = {rest.p, comma};
		if (opt->nby == FX_BY_MAX) {
			fx_app_warn(app, "--by: at most %d names", FX_BY_MAX);
			return -1;
		}
		if (fx_by_check(name, &err)) {
			fx_app_warn(app, "%s", err.msg);
			return -1;
		}
		opt->by[opt->nby++] = name;
		if (comma == rest.n)
			break;
		rest.p += comma + 1;
		rest.n -= comma + 1;
	}
	return 0;
}

/* What the entries are for: a fold is begun and ended for each ledger. */
struct reader {
	struct fx_life *(*begin)(void *to);
	void (*end)(void *to, struct fx_life *l);
	void *to;
};

static struct fx_life *begin_figures(void *to)
{
	return fx_figures_life(to);
}

static void end_figures(void *to, struct fx_life *l)
{
	fx_figures_life_end(to, l);
}

static struct fx_life *begin_canary(void *to)
{
	return fx_canary_life(to);
}

static void end_canary(void *to, struct fx_life *l)
{
	fx_canary_life_end(to, l);
}

static struct fx_life *begin_points(void *to)
{
	return fx_points_life(to);
}

static void end_points(void *to, struct fx_life *l)
{
	fx_points_life_end(to, l);
}

static int read_ledger(const struct reader *r, const char *dir, struct fx_err *err)
{
	struct fx_ledger *l = fx_ledger_open(dir, err);
	if (!l)
		return -1;
	struct fx_life *life = r->begin(r->to);
	int status = fx_life_read_ledger(life, l, err);
	fx_ledger_close(l);
	r->end(r->to, life);
	return status;
}

/* The operands, else every ledger whole. */
static int read_all(struct fx_app *app, const struct reader *r, struct fx_err *err)
{
	int status = 0;
	if (app->nfiles) {
		struct fx_life *life = r->begin(r->to);
		status = fx_life_read_files(life, app, err);
		r->end(r->to, life);
		return status;
	}
	for (size_t i = 0; !status && i < app->ledgers.n; i++)
		status = read_ledger(r, app->ledgers.v[i], err);
	return status;
}

/* What --partial wrote. */
static int merge_files(struct fx_app *app, struct fx_figures *f, struct fx_err *err)
{
	struct fx_err why = {0};
	struct fx_str line;
	for (enum fx_in_what what; (what = fx_in_next(&app->in, &line)) != FX_IN_END;) {
		if (what == FX_IN_FAIL) {
			*err = app->in.err;
			return -1;
		}
		if (what == FX_IN_LONG)
			fx_fail(&why, FX_EDATA, "a line over %zu MiB", FX_LINE_MAX >> 20);
		if (what == FX_IN_LONG || (what == FX_IN_LINE && fx_figures_merge(f, line, &why)))
			return fx_fail_at(err, why.code, app->in.name, (unsigned)app->in.line, 0,
			                  "%s", why.msg);
		fx_app_tick(app);
	}
	return fx_figures_merge_end(f, err);
}

static const struct format {
	const char *name;
	void (*render)(struct fx_figures *f, struct fx_buf *out);
} formats[] = {{"table", NULL},
               {"json", fx_render_json},
               {"ndjson", fx_render_ndjson},
               {"csv", fx_render_csv},
               {"openmetrics", fx_render_openmetrics},
               {"html", NULL}};
#define NFORMAT (sizeof(formats) / sizeof(*formats))

static const struct format *format_of(struct fx_app *app, const char *name)
{
	for (size_t i = 0; i < NFORMAT; i++)
		if (!name || strcmp(name, formats[i].name) == 0)
			return &formats[i];
	struct fx_str names[NFORMAT];
	for (size_t i = 0; i < NFORMAT; i++)
		names[i] = fx_str(formats[i].name);
	int near = fx_str_nearest(fx_str(name), names, NFORMAT);
	fx_app_warn(app,
	            "--format: no format \"%s\"%s%s%s; there are table, json, ndjson, csv, "
	            "openmetrics, html",
	            name, near < 0 ? "" : " (did you mean ", near < 0 ? "" : formats[near].name,
	            near < 0 ? "" : "?)");
	return NULL;
}

static bool is_html(const struct want *w)
{
	return w->format && strcmp(w->format, "html") == 0;
}

/* The page groups by names of its own. */
static int html_options(struct fx_app *app, const struct want *w, struct fx_figures_opt *opt,
                        struct fx_board *board)
{
	if (w->by) {
		fx_app_warn(app, "--by: the page has its own groups; leave it away");
		return -1;
	}
	for (opt->nby = 0; opt->nby < FX_BOARD_BY; opt->nby++)
		opt->by[opt->nby] = fx_str(fx_board_by[opt->nby]);
	fx_board_init(board, app->now, w->with_customer);
	opt->on_order = fx_board_order;
	opt->on_entry = fx_board_entry;
	opt->user = board;
	return 0;
}

/* Were merged parts made for it? */
static int html_merged(const struct fx_figures *f, struct fx_err *err)
{
	for (size_t i = 0; i < FX_BOARD_BY; i++)
		if (i >= f->opt.nby || !fx_str_is(f->opt.by[i], fx_board_by[i]))
			return fx_fail(err, FX_EUSAGE,
			               "for html the parts must be made with "
			               "--by flow,rule_version,owner,channel");
	return 0;
}

/* What standard output can show, when that is where it goes. */
static struct fx_look look_of(const struct want *w)
{
	return (struct fx_look){.color = !w->output && fx_app_color(1),
	                        .utf8 = fx_app_utf8(),
	                        .width = w->output ? 0 : fx_app_width(1)};
}

/* The text that was made, to where it was asked for. */
static int deliver(struct fx_app *app, const struct want *w, struct fx_buf *b, struct fx_err *err)
{
	if (w->output)
		return fx_write_whole(w->output, fx_buf_view(b), err);
	return fx_out_add(&app->out, fx_buf_view(b));
}

static int write(struct fx_app *app, struct fx_figures *f, const struct want *w,
                 const struct format *format, struct fx_board *board, struct fx_err *err)
{
	if (w->partial)
		return fx_figures_write(f, &app->out);
	struct fx_buf b = {.max = (size_t)1 << 30};
	struct fx_look look = look_of(w);
	int status;
	fx_figures_end(f);
	if (is_html(w))
		fx_render_html(f, board, &b);
	else if (format->render)
		format->render(f, &b);
	else
		fx_render_table(f, &look, &b);
	if (b.over)
		status = fx_fail(err, FX_ELIMIT,
		                 "the report would be larger than a gigabyte: give fewer --by");
	else
		status = deliver(app, w, &b, err);
	fx_buf_free(&b);
	return status;
}

/* The ledger's, so that what it holds is known again. */
static struct fx_str origin_of(const struct fx_app *app, char out[256])
{
	struct fx_err err;
	struct fx_ledger *l =
	    app->nfiles || !app->ledgers.n ? NULL : fx_ledger_open(app->ledgers.v[0], &err);
	snprintf(out, 256, "fx");
	if (l)
		snprintf(out, 256, "%.*s", FX_FMT(fx_ledger_origin(l)));
	fx_ledger_close(l);
	return fx_str(out);
}

static int alerts(struct fx_app *app, const struct want *w, const struct fx_figures_opt *opt)
{
	struct fx_alerts a = {0};
	struct fx_figures_opt own = *opt;
	struct fx_figures f;
	struct fx_err err = {0};
	uint64_t untold = 0;
	char origin[256];
	if (w->by || w->partial || w->merge || w->since || w->until || w->format || w->output) {
		fx_app_warn(app, "--alerts takes no other option of what to show");
		return FX_EXIT_FATAL;
	}
	own.now = fx_alerts_now(opt->now);
	own.on_order = fx_alerts_order;
	own.user = &a;
	fx_figures_init(&f, &own);
	int bad = read_all(app, &(struct reader){begin_figures, end_figures, &f}, &err);
	fx_figures_end(&f);
	if (!bad)
		bad = fx_alerts_write(&a, &f, origin_of(app, origin), &untold, &app->out);
	if (bad && !app->out.failed)
		fx_app_fatal(app, &err);
	if (untold) {
		fx_app_warn(app,
		            "%llu alerts have nobody to tell: give the objectives 'notify', or "
		            "the registry a 'maintainer'",
		            (unsigned long long)untold);
		if (app->exit == FX_EXIT_OK)
			app->exit = FX_EXIT_DIRTY;
	}
	fx_figures_free(&f);
	fx_alerts_free(&a);
	return app->exit;
}

static int canary(struct fx_app *app, const struct want *w, const struct fx_figures_opt *opt)
{
	struct fx_canary c;
	struct fx_buf b = {0};
	struct fx_err err = {0};
	bool json =
	    w->format && (strcmp(w->format, "json") == 0 || strcmp(w->format, "ndjson") == 0);
	if (w->by || w->partial || w->merge ||
	    (w->format && !json && strcmp(w->format, "table") != 0)) {
		fx_app_warn(
		    app,
		    "--canary takes no --by, --partial, --merge, and of formats table and json");
		return FX_EXIT_FATAL;
	}
	int bad = fx_canary_init(&c, fx_str(w->canary), opt->since, opt->until, opt->now, &err) ||
	          read_all(app, &(struct reader){begin_canary, end_canary, &c}, &err) ||
	          fx_canary_end(&c, &err);
	if (!bad) {
		if (json)
			fx_canary_json(&c, &b);
		else
			fx_canary_text(&c, !w->output && fx_app_color(1), &b);
		bad = deliver(app, w, &b, &err);
	}
	if (bad && !app->out.failed)
		fx_app_fatal(app, &err);
	fx_buf_free(&b);
	fx_canary_free(&c);
	return app->exit;
}

static int points(struct fx_app *app, const struct want *w, const struct fx_figures_opt *opt)
{
	static const struct {
		const char *name;
		void (*render)(struct fx_points *p, struct fx_buf *out);
	} as[] = {{"json", fx_points_json}, {"ndjson", fx_points_ndjson}, {"csv", fx_points_csv}};
	struct fx_points p;
	struct fx_look look = look_of(w);
	struct fx_buf b = {0};
	struct fx_err err = {0};
	size_t i = 0;
	while (i < 3 && (!w->format || strcmp(w->format, as[i].name) != 0))
		i++;
	if (w->by || w->partial || w->merge ||
	    (i == 3 && w->format && strcmp(w->format, "table") != 0)) {
		fx_app_warn(app, "--decision-points takes no --by, --partial, --merge, and of "
		                 "formats table, json, ndjson and csv");
		return FX_EXIT_FATAL;
	}
	fx_points_init(&p, &(struct fx_points_opt){opt->since, opt->until, opt->now});
	int bad = read_all(app, &(struct reader){begin_points, end_points, &p}, &err);
	if (!bad) {
		fx_points_end(&p);
		if (i < 3)
			as[i].render(&p, &b);
		else
			fx_points_text(&p, &look, &b);
		bad = deliver(app, w, &b, &err);
	}
	if (bad && !app->out.failed)
		fx_app_fatal(app, &err);
	fx_buf_free(&b);
	fx_points_free(&p);
	return app->exit;
}

/* Figures of one period. */
static int measure(struct fx_app *app, struct fx_figures *f, const struct fx_figures_opt *opt,
                   struct fx_err *err)
{
	fx_figures_init(f, opt);
	fx_in_close(&app->in);
	fx_in_init(&app->in, app->files, app->nfiles);
	int status = read_all(app, &(struct reader){begin_figures, end_figures, f}, err);
	fx_figures_end(f);
	return status;
}

/* ---- what only the page has -------------------------------------------------- */

/* The period of the same length before, as it stood then. */
static int period_before(struct fx_app *app, const struct fx_figures_opt *opt, struct fx_board *board,
                         struct fx_figures *before, struct fx_err *err)
{
	struct fx_figures_opt of = {.since = opt->since, .until = opt->since, .now = opt->now};
	fx_time until = opt->until == FX_TIME_NONE ? opt->now : opt->until;
	if (opt->since == FX_TIME_NONE || until <= opt->since)
		return 0;
	of.since -= until - opt->since;
	of.now -= until - opt->since;
	board->before = before;
	return measure(app, before, &of, err);
}

/* Rules of which two versions decided, each with what --canary says. */
static int canaries(struct fx_app *app, const struct fx_figures *f, struct fx_board *board,
                    struct fx_err *err)
{
	for (size_t i = 0; i < f->rules.n && board->ncanary < FX_BOARD_CANARIES; i++) {
		const struct fx_rule_version *v = f->rules.e[i].v.ptr;
		struct fx_err why;
		size_t others = 0;
		for (size_t k = 0; k < i; k++) {
			const struct fx_rule_version *x = f->rules.e[k].v.ptr;
			others += x->tasks && fx_str_eq(x->rule, v->rule);
		}
		if (!v->tasks || others != 1)
			continue;
		struct fx_canary *c = &board->canary[board->ncanary];
		if (fx_canary_init(c, v->rule, f->opt.since, f->opt.until, f->opt.now, err))
			return -1;
		board->ncanary++;
		fx_in_close(&app->in);
		fx_in_init(&app->in, app->files, app->nfiles);
		if (read_all(app, &(struct reader){begin_canary, end_canary, c}, err))
			return -1;
		if (fx_canary_end(c, &why)) { /* never at work together: nothing to say */
			fx_canary_free(c);
			board->ncanary--;
		}
	}
	return 0;
}

/* Both read everything once more: not what comes from a pipe or from parts. */
static int html_more(struct fx_app *app, const struct want *w, const struct fx_figures *f,
                     struct fx_board *board, struct fx_figures *before, struct fx_err *err)
{
	struct stat st;
	for (int i = 0; i < app->nfiles; i++)
		if (stat(app->files[i], &st) || !S_ISREG(st.st_mode))
			return 0;
	if (w->merge)
		return 0;
	return period_before(app, &f->opt, board, before, err) || canaries(app, f, board, err) ? -1 : 0;
}

static int compare(struct fx_app *app, const struct want *w, const struct fx_figures_opt *opt)
{
	struct fx_figures_opt of[2] = {*opt, *opt};
	struct fx_err err = {0};
	bool json =
	    w->format && (strcmp(w->format, "json") == 0 || strcmp(w->format, "ndjson") == 0);
	if (w->by || w->partial || w->merge || w->since || w->until ||
	    (w->format && !json && strcmp(w->format, "table") != 0)) {
		fx_app_warn(app,
		            "--compare takes no --by, --since, --until, --partial, --merge, and of "
		            "formats table and json");
		return FX_EXIT_FATAL;
	}
	for (int i = 0; i < app->nfiles; i++)
		if (strcmp(app->files[i], "-") == 0) {
			fx_app_warn(app,
			            "--compare reads twice: give a file instead of standard input");
			return FX_EXIT_FATAL;
		}
	if (fx_compare_periods(fx_str(w->compare), app->now, of, &err)) {
		fx_app_warn(app, "--compare: %s", err.msg);
		return FX_EXIT_FATAL;
	}
	struct fx_figures f[2];
	struct fx_buf b = {0};
	int bad = measure(app, &f[0], &of[0], &err);
	if (!bad) {
		bad = measure(app, &f[1], &of[1], &err);
		if (!bad && json)
			fx_compare_json(&f[0], &f[1], &b);
		else if (!bad)
			fx_compare_text(&f[0], &f[1], !w->output && fx_app_color(1), &b);
		if (!bad)
			bad = deliver(app, w, &b, &err);
		fx_figures_free(&f[1]);
	}
	if (bad && !app->out.failed)
		fx_app_fatal(app, &err);
	fx_figures_free(&f[0]);
	fx_buf_free(&b);
	return app->exit;
}

int main(int argc, char **argv)
{
	struct want w = {0};
	const struct fx_opt opts[] = {
	    {0, "since", FX_OPT_TEXT, &w.since, "TIME", "only tasks assigned from TIME on"},
	    {0, "until", FX_OPT_TEXT, &w.until, "TIME", "only tasks assigned before TIME"},
	    {0, "by", FX_OPT_TEXT, &w.by, "NAME,...",
	     "a group for each flow, owner, rule, rule_version, channel or other attribute"},
	    {0, "format", FX_OPT_TEXT, &w.format, "NAME",
	     "table (the default), json, ndjson, csv, openmetrics or html"},
	    {0, "canary", FX_OPT_TEXT, &w.canary, "RULE",
	     "does the new version (or NEW@4 against OLD@3: NEW@4,OLD@3) do better?"},
	    {0, "compare", FX_OPT_TEXT, &w.compare, "A..B,C..D",
	     "tasks assigned from A to B beside those from C to D"},
	    {0, "decision-points", FX_OPT_FLAG, &w.points, NULL,
	     "what is decided by hand, how often, how long it waits: the three to write rules for"},
	    {0, "alerts", FX_OPT_FLAG, &w.alerts, NULL,
	     "write a record for each objective whose budget begins or ends to burn too fast"},
	    {'o', "output", FX_OPT_TEXT, &w.output, "FILE",
	     "write FILE, whole, by rename, instead of standard output"},
	    {0, "with-customer", FX_OPT_FLAG, &w.with_customer, NULL,
	     "html: show customers' names and e-mail addresses, too"},
	    {0, "partial", FX_OPT_FLAG, &w.partial, NULL, "write figures that --merge takes"},
	    {0, "merge", FX_OPT_FLAG, &w.merge, NULL, "read files that --partial wrote"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-report",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "figures off the ledger: how long, how often wrong, how often by hand",
	    .example = "fx-report --since 7d --by flow",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_HAS_NOW | FX_HAS_STREAM,
	};
	int status = fx_app_start(&app, argc, argv);
	if (status >= 0)
		return status;

	struct fx_figures_opt opt;
	const struct format *format = format_of(&app, w.format);
	struct fx_board board = {0};
	if (w.output && w.partial) {
		fx_app_warn(&app, "--output with --partial: redirect standard output instead");
		app.exit = FX_EXIT_FATAL;
		return fx_app_end(&app, NULL);
	}
	if (!format || options(&app, &w, &opt) ||
	    (is_html(&w) && html_options(&app, &w, &opt, &board))) {
		app.exit = FX_EXIT_FATAL;
		return fx_app_end(&app, NULL);
	}
	if (w.canary) {
		app.exit = canary(&app, &w, &opt);
		return fx_app_end(&app, NULL);
	}
	if (w.alerts) {
		app.exit = alerts(&app, &w, &opt);
		return fx_app_end(&app, NULL);
	}
	if (w.points) {
		app.exit = points(&app, &w, &opt);
		return fx_app_end(&app, NULL);
	}
	if (w.compare) {
		app.exit = compare(&app, &w, &opt);
		return fx_app_end(&app, NULL);
	}
	struct fx_figures f, before = {0};
	struct fx_err err = {0};
	fx_figures_init(&f, &opt);
	board.clock = &f.clock;
	int bad = 0;
	if (w.merge)
		bad = merge_files(&app, &f, &err);
	else
		bad = read_all(&app, &(struct reader){begin_figures, end_figures, &f}, &err);
	if (!bad && is_html(&w) && w.merge)
		bad = html_merged(&f, &err);
	if (!bad && is_html(&w))
		bad = html_more(&app, &w, &f, &board, &before, &err);
	if (!bad)
		bad = write(&app, &f, &w, format, &board, &err);
	if (bad && !app.out.failed) /* else fx_app_end says so */
		fx_app_fatal(&app, &err);
	const struct fx_count counts[] = {
	    {"entries", f.entries}, {"orders", f.orders}, {"groups", f.ngroup}, {NULL, 0}};
	status = fx_app_end(&app, counts);
	fx_figures_free(&f);
	if (board.before)
		fx_figures_free(&before);
	fx_board_free(&board);
	return status;
}
