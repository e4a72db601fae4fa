/* fx-route: decide who owns each line of each trigger. */
#include <stdio.h>
#include <string.h>

#include "base/app.h"
#include "json/reject.h"
#include "json/tape.h"
#include "rules/decide.h"
#include "rules/registry.h"

/* All tasks of one trigger together; more is some attack. */
#define TASKS_MAX ((size_t)256 << 20)

struct counts {
	uint64_t in, decided, passed, rejected, tasks, lines_in, lines_out, lines_rejected;
};

struct route {
	struct fx_app *app;
	struct fx_registry *registry;
	struct fx_decider *decider;
	struct fx_tape tape;
	struct fx_str origin;
	struct fx_buf tasks;
	struct counts n;
	bool published;
};

/* registry.published goes first, at the time that the run is for. */
static void publish(struct route *r, fx_time at)
{
	r->published = true;
	fx_buf_reset(&r->tasks);
	fx_published_write(r->registry, r->origin, at, &r->tasks);
	fx_out_line(&r->app->out, fx_buf_view(&r->tasks));
}

static uint64_t line_count(const struct fx_tape *t)
{
	uint32_t lines = t->n ? fx_tape_get(t, 0, FX_STR("lines")) : FX_NONE;

	return lines != FX_NONE && fx_tape_type(t, lines) == FX_ARRAY ? t->node[lines].count : 0;
}

static int refuse(struct route *r, struct fx_str line, const struct fx_tape *t,
                  const struct fx_err *why, struct fx_err *err)
{
	r->n.rejected++;
	if (t)
		r->n.lines_rejected += line_count(t);
	return fx_reject_err(r->app, line, t, t ? "route" : "json", why, err);
}

/* All tasks of the decision, a line each.  -1: too large. */
static int write_tasks(struct route *r, const struct fx_decision *dec, struct fx_err *why)
{
	fx_buf_reset(&r->tasks);
	for (size_t i = 0; i < dec->ntasks; i++) {
		size_t from = r->tasks.n;

		fx_task_write(r->decider, dec, i, r->origin, &r->tasks);
		if (r->tasks.over || r->tasks.n - from > FX_LINE_MAX)
			return fx_fail(why, FX_EDATA, "its tasks are larger than a record may be");
		fx_buf_byte(&r->tasks, '\n');
	}
	return 0;
}

static int decided(struct route *r, struct fx_str line, const struct fx_decision *dec,
                   struct fx_err *err)
{
	struct fx_err why = {0};

	if (write_tasks(r, dec, &why))
		return refuse(r, line, &r->tape, &why, err);
	fx_out_line(&r->app->out, line);
	fx_out_add(&r->app->out, fx_buf_view(&r->tasks));
	r->n.decided++;
	r->n.tasks += dec->ntasks;
	r->n.lines_out += dec->nlines;
	return 0;
}

/* One record.  -1: the run is broken. */
static int one(struct route *r, struct fx_str line, struct fx_err *err)
{
	fx_time now = r->app->now_record ? FX_TIME_NONE : r->app->now;
	const struct fx_decision *dec = NULL;
	struct fx_err why = {0};

	r->n.in++;
	if (fx_tape_read(&r->tape, line, &why))
		return refuse(r, line, NULL, &why, err);
	switch (fx_decide(r->decider, &r->tape, now, FX_STR(""), &dec, &why)) {
	case FX_DECIDED:
		if (!r->published)
			publish(r, dec->at);
		r->n.lines_in += dec->nlines;
		return decided(r, line, dec, err);
	case FX_REFUSED:
		r->n.lines_in += line_count(&r->tape);
		return refuse(r, line, &r->tape, &why, err);
	case FX_PASSED:
		if (!r->published)
			publish(r, r->app->now);
		r->n.passed++;
		fx_out_line(&r->app->out, line);
	}
	return 0;
}

static int run(struct route *r, struct fx_err *err)
{
	struct fx_app *app = r->app;
	struct fx_err why = {0};
	struct fx_str line;

	for (enum fx_in_what what; (what = fx_in_next(&app->in, &line)) != FX_IN_END;) {
		switch (what) {
		case FX_IN_LINE:
			if (one(r, line, err))
				return -1;
			break;
		case FX_IN_LONG:
			r->n.in++;
			fx_fail(&why, FX_EDATA, "a line over %zu MiB", FX_LINE_MAX >> 20);
			if (refuse(r, line, NULL, &why, err))
				return -1;
			break;
		case FX_IN_PAUSE:
			fx_out_flush(&app->out);
			break;
		default:
			*err = app->in.err;
			return -1;
		}
		if (app->out.failed)
			return 0; /* fx_app_end says so */
		fx_app_tick(app);
	}
	return 0;
}

/* The ledger's origin: the first line of its checkpoint; "fx" where there is none. */
static struct fx_str ledger_origin(struct fx_app *app)
{
	struct fx_str path = fx_arena_fmt(&app->arena, "%s/checkpoint", app->ledger);
	struct fx_buf b = {0};
	struct fx_str origin = FX_STR("fx"), text;

	if (fx_read_file(path.p, &b, 1 << 20, NULL) == 0) {
		text = fx_buf_view(&b);
		text.n = fx_str_find(text, '\n');
		if (text.n)
			origin = fx_arena_str(&app->arena, text);
	}
	fx_buf_free(&b);
	return origin;
}

int main(int argc, char **argv)
{
	const char *origin = NULL;
	const struct fx_opt opts[] = {
	    {0, "origin", FX_OPT_TEXT, &origin, "NAME",
	     "source of the tasks (default: the ledger's origin, else fx)"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-route",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "decide by the registry's rules who owns each line of each order",
	    .example = "fx-validate <orders.ndjson | fx-route | fx-sign >tasks.ndjson",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_HAS_NOW | FX_HAS_REJECTS | FX_HAS_STREAM,
	};
	struct route r = {.app = &app, .tasks = {.max = TASKS_MAX}};
	struct fx_errs errs = {0};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	r.registry = fx_registry_load(app.registry, &errs);
	if (r.registry) {
		r.origin = origin ? fx_str(origin) : ledger_origin(&app);
		r.decider = fx_decider_new(r.registry);
		if (run(&r, &err))
			fx_app_fatal(&app, &err);
		else if (!r.published && !app.out.failed)
			publish(&r, app.now);
	} else {
		fx_app_errs(&app, &errs);
		app.exit = FX_EXIT_FATAL;
	}
	const struct fx_count counts[] = {{"in", r.n.in},
	                                  {"decided", r.n.decided},
	                                  {"passed", r.n.passed},
	                                  {"rejected", r.n.rejected},
	                                  {"tasks", r.n.tasks},
	                                  {"lines_in", r.n.lines_in},
	                                  {"lines_out", r.n.lines_out},
	                                  {"lines_rejected", r.n.lines_rejected},
	                                  {NULL, 0}};

	status = fx_app_end(&app, counts);
	fx_decider_free(r.decider);
	fx_registry_free(r.registry);
	fx_errs_free(&errs);
	fx_buf_free(&r.tasks);
	fx_tape_free(&r.tape);
	return status;
}
