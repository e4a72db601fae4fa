/* fx-escalate: what is due by a time, written as exceptions, escalations, resolutions. */
#include "base/app.h"
#include "ledger/store.h"
#include "rules/registry.h"
#include "task/load.h"
#include "task/plan.h"
#include "task/sweep.h"

struct escalate {
	struct fx_app *app;
	struct fx_registry *registry;
	struct fx_ledger *ledger; /* of the sweep at hand; NULL: files were given */
	struct fx_sweep_count n;
	uint64_t orders, snapshot;
	const char *plan;
	fx_time until;
};

static int emit(void *user, struct fx_str record, struct fx_err *err)
{
	struct escalate *e = user;

	if (fx_out_line(&e->app->out, record) == 0)
		return 0;
	*err = e->app->out.err;
	return -1;
}

static int token(void *user, uint64_t index, struct fx_arena *a, struct fx_str *out,
                 struct fx_err *err)
{
	struct escalate *e = user;

	return fx_ledger_token(e->ledger, index, a, out, err);
}

static void shut(void *user, const struct fx_shut *s)
{
	struct escalate *e = user;

	fx_app_warn(
	    e->app, "limit %s (%llu per sweep) reached: %llu not done; exception %.*s %s %.*s",
	    s->action, (unsigned long long)s->limit, (unsigned long long)s->undone,
	    FX_FMT(s->exception_id), s->opened ? "opened for" : "is open with", FX_FMT(s->owner));
}

static struct fx_life *new_life(const struct escalate *e)
{
	return fx_life_new(&(struct fx_life_opt){
	    .now = e->app->now, .untold = true, .live_from = e->registry->live_from});
}

static int plan(struct escalate *e, struct fx_life *life, struct fx_str origin, struct fx_err *err)
{
	struct fx_plan_opt opt = {
	    .registry = e->registry, .origin = origin, .until = e->until, .user = e, .emit = emit};

	return fx_plan(life, &opt, &e->n, err);
}

static int sweep(struct escalate *e, struct fx_life *life, struct fx_str origin, uint64_t size,
                 struct fx_err *err)
{
	struct fx_sweep_opt opt = {.registry = e->registry,
	                           .origin = origin,
	                           .size = size,
	                           .user = e,
	                           .emit = emit,
	                           .token = e->ledger ? token : NULL,
	                           .shut = shut};

	e->orders += fx_life_count(life);
	if (e->plan)
		return plan(e, life, origin, err);
	return fx_sweep(life, &opt, &e->n, err);
}

static int sweep_files(struct escalate *e, struct fx_str origin, struct fx_err *err)
{
	struct fx_life *life = new_life(e);
	int r = fx_life_read_files(life, e->app, err);

	if (r == 0)
		r = sweep(e, life, origin, 0, err);
	fx_life_free(life);
	return r;
}

/* Each shard is an account of its own: an order's entries are in one of them. */
static int sweep_ledger(struct escalate *e, const char *dir, struct fx_err *err)
{
	struct fx_life *life;
	uint64_t fresh;
	int r;

	e->ledger = fx_ledger_open(dir, err);
	if (!e->ledger)
		return -1;
	life = new_life(e);
	r = fx_life_resume(life, e->ledger, &fresh, err);
	if (r == 0)
		r = sweep(e, life, fx_ledger_origin(e->ledger), fx_ledger_size(e->ledger), err);
	if (r == 0 && !e->plan)
		r = fx_life_save(life, e->ledger, fresh, e->snapshot, err);
	fx_life_free(life);
	fx_ledger_close(e->ledger);
	return r;
}

static int run(struct escalate *e, const char *origin, struct fx_err *err)
{
	if (e->app->now_record)
		return fx_fail(err, FX_EUSAGE, "--now record: a sweep has one time for all");
	if (e->plan && fx_time_arg(fx_str(e->plan), e->app->now, &e->until, err) != 0)
		return -1;
	if (e->app->nfiles)
		return sweep_files(e, fx_str(origin), err);
	for (size_t i = 0; i < e->app->ledgers.n; i++)
		if (sweep_ledger(e, e->app->ledgers.v[i], err) != 0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	const char *origin = "fx";
	struct escalate e = {0};
	const struct fx_opt opts[] = {
	    {0, "origin", FX_OPT_TEXT, &origin, "NAME",
	     "source of the records when FILEs are read (default: fx)"},
	    {0, "plan", FX_OPT_TEXT, &e.plan, "UNTIL",
	     "print what sweeps will do until then, as a timeline for people"},
	    {0, "snapshot", FX_OPT_UINT, &e.snapshot, "N",
	     "write a snapshot when N entries were new (default: when it is worth it)"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-escalate",
	    .synopsis = "[options] [FILE ...]",
	    .summary =
	        "write the exceptions that are due: missed deadlines, failed tasks, next steps",
	    .example = "fx-escalate | fx-sign -q\n"
	               "fx-escalate --plan +12h",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_HAS_NOW | FX_HAS_STREAM,
	};
	struct fx_errs errs = {0};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	e.app = &app;
	if (status >= 0)
		return status;
	e.registry = fx_registry_load(app.registry, &errs);
	if (!e.registry) {
		fx_app_errs(&app, &errs);
		app.exit = FX_EXIT_FATAL;
	} else if (run(&e, origin, &err) != 0 && !app.out.failed) {
		fx_app_fatal(&app, &err);
	}
	const struct fx_count counts[] = {{"orders", e.orders},
	                                  {"opened", e.n.opened},
	                                  {"escalated", e.n.escalated},
	                                  {"resolved", e.n.resolved},
	                                  {"cancelled", e.n.cancelled},
	                                  {"unacted", e.n.unacted},
	                                  {NULL, 0}};

	status = fx_app_end(&app, counts);
	fx_registry_free(e.registry);
	fx_errs_free(&errs);
	return status;
}
