/* fx-queue: what is open, whose, and how late. */
#include <stdlib.h>
#include <unistd.h>

#include "base/app.h"
#include "base/screen.h"
#include "ledger/order.h"
#include "rules/registry.h"
#include "task/known.h"
#include "task/load.h"
#include "task/queue.h"

#define WATCH_MS 2000 /* between two drawings */

struct queue {
	struct fx_app *app;
	struct fx_registry *registry;
	struct fx_life **lives; /* one a shard: rows point into them */
	size_t nlives;
	bool watch;
	struct shard {
		struct fx_ledger *ledger;
		uint64_t seen;
	} *shards; /* under watch: of each life */
	size_t nshards;
	struct fx_queue rows;
	struct fx_queue_filter filter;
	const char *order;
	fx_time now;
	uint64_t overdue;
};

static struct fx_life *new_life(struct queue *q)
{
	struct fx_life *l = fx_life_new(&(struct fx_life_opt){
	    .now = q->now, .untold = true, .live_from = q->registry->live_from});

	q->lives = fx_realloc(q->lives, q->nlives + 1, sizeof(struct fx_life *));
	q->lives[q->nlives++] = l;
	return l;
}

static int read_shard(struct queue *q, const char *dir, struct fx_err *err)
{
	struct fx_ledger *from = fx_ledger_open(dir, err);
	uint64_t fresh;
	int r;

	if (!from)
		return -1;
	r = fx_life_resume(new_life(q), from, &fresh, err);
	if (q->watch) {
		q->shards = fx_realloc(q->shards, q->nshards + 1, sizeof(*q->shards));
		q->shards[q->nshards++] = (struct shard){from, fx_ledger_size(from)};
	} else {
		fx_ledger_close(from);
	}
	return r;
}

static void free_lives(struct queue *q)
{
	fx_queue_free(&q->rows);
	while (q->nlives)
		fx_life_free(q->lives[--q->nlives]);
}

/* Only the order's entries, of whichever shards have some. */
static int read_order(struct queue *q, struct fx_ledger *const *l, size_t n, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str id;
	int r = fx_order_find(l, n, fx_str(q->order), &a, &id, err);

	if (r == 0) {
		fx_app_warn(q->app, "the ledger has no order '%s' (fx-trace -m TEXT finds one by e-mail or "
				    "tracking number)", q->order);
		q->app->exit = FX_EXIT_DIRTY;
	}
	for (size_t i = 0; r == 1 && i < n; i++)
		if (fx_life_read_order(new_life(q), l[i], id, err) != 0)
			r = -1;
	fx_arena_free(&a);
	return r < 0 ? -1 : 0;
}

static int read_order_everywhere(struct queue *q, struct fx_err *err)
{
	const struct fx_list *dirs = &q->app->ledgers;
	struct fx_ledger **l = fx_alloc(dirs->n, sizeof(struct fx_ledger *));
	size_t n = 0;
	int r;

	while (n < dirs->n && (l[n] = fx_ledger_open(dirs->v[n], err)) != NULL)
		n++;
	r = n == dirs->n ? read_order(q, l, n, err) : -1;
	while (n)
		fx_ledger_close(l[--n]);
	free(l);
	return r;
}

static int read_all(struct queue *q, struct fx_err *err)
{
	if (q->app->nfiles)
		return fx_life_read_files(new_life(q), q->app, err);
	if (q->order)
		return read_order_everywhere(q, err);
	for (size_t i = 0; i < q->app->ledgers.n; i++)
		if (read_shard(q, q->app->ledgers.v[i], err) != 0)
			return -1;
	return 0;
}

static int check_name(const struct queue *q, enum fx_name what, const char *word, struct fx_str name,
		      struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str near;
	int r = 0;

	if (name.n && !fx_name_known(q->registry, what, name, &a, &near))
		r = near.n ? fx_fail(err, FX_EUSAGE, "no %s '%.*s'; did you mean '%.*s'?", word,
				     FX_FMT(name), FX_FMT(near))
			   : fx_fail(err, FX_EUSAGE, "no %s '%.*s' in the registry, and nothing open has it",
				     word, FX_FMT(name));
	fx_arena_free(&a);
	return r;
}

/* An empty queue must not be a typo's.  What left the registry may still have rows. */
static int check_names(const struct queue *q, struct fx_err *err)
{
	if (q->rows.n)
		return 0;
	if (check_name(q, FX_NAME_OWNER, "owner", q->filter.owner, err) ||
	    check_name(q, FX_NAME_FAILURE, "failure", q->filter.failure, err))
		return -1;
	return check_name(q, FX_NAME_FLOW, "flow", q->filter.flow, err);
}

/* What fell due up to `by` and no sweep wrote. */
static int look_stale(struct queue *q, fx_time by, struct fx_err *err)
{
	for (size_t i = 0; i < q->nlives; i++) {
		uint64_t n;

		if (fx_sweep_overdue(q->lives[i], q->registry, by, &n, err) != 0)
			return -1;
		q->overdue += n;
	}
	return 0;
}

static void collect(struct queue *q)
{
	fx_queue_free(&q->rows);
	for (size_t i = 0; i < q->nlives; i++)
		fx_queue_collect(&q->rows, q->lives[i], q->registry, &q->filter);
	fx_queue_sort(&q->rows);
}

static void print(struct queue *q, bool ndjson)
{
	struct fx_buf b = {.max = (size_t)1 << 30};

	collect(q);
	for (size_t i = 0; ndjson && i < q->rows.n; i++) {
		fx_buf_reset(&b);
		fx_queue_json(&b, &q->rows.v[i], q->now);
		fx_out_line(&q->app->out, fx_buf_view(&b));
	}
	if (!ndjson && q->rows.n)
		fx_queue_table(&b, &q->rows, q->now, fx_app_width(1), fx_app_color(1));
	if (!ndjson)
		fx_out_add(&q->app->out, fx_buf_view(&b));
	if (b.over) {
		fx_app_warn(q->app, "the table is over 1 GiB: take --ndjson");
		q->app->exit = FX_EXIT_FATAL;
	}
	fx_buf_free(&b);
}

/* The time, and what has entered the ledgers meanwhile. */
static int catch_up(struct queue *q, struct fx_err *err)
{
	if (!q->app->now_given)
		q->now = fx_time_clock();
	if (q->order) {
		free_lives(q);
		return read_order_everywhere(q, err);
	}
	for (size_t i = 0; i < q->nshards; i++) {
		if (fx_life_follow(q->lives[i], q->shards[i].ledger, &q->shards[i].seen, err) != 0)
			return -1;
		if (q->now > fx_life_now(q->lives[i]))
			fx_life_set_now(q->lives[i], q->now);
	}
	return 0;
}

static int draw(const struct queue *q)
{
	struct fx_buf b = {.max = (size_t)1 << 30}, status = {0};
	char now[FX_TIME_LEN];
	size_t columns, lines, late = 0;
	int r;

	while (late < q->rows.n && q->rows.v[late].due != FX_TIME_NONE && q->rows.v[late].due <= q->now)
		late++;
	fx_time_format(q->now - q->now % FX_SEC, now);
	fx_buf_fmt(&status, "%s  %zu open, %zu late; q quits", now + 11, q->rows.n, late);
	fx_screen_size(&columns, &lines);
	if (q->rows.n)
		fx_queue_table(&b, &q->rows, q->now, columns, fx_app_color(1));
	r = fx_screen_draw(fx_buf_view(&b), fx_buf_view(&status));
	fx_buf_free(&b);
	fx_buf_free(&status);
	return r;
}

static int watch(struct queue *q, struct fx_err *err)
{
	struct fx_screen screen;
	int r = 0;

	if (fx_screen_start(&screen, err) != 0)
		return -1;
	while (r == 0 && draw(q) == 0 && fx_screen_wait(&screen, WATCH_MS)) {
		r = catch_up(q, err);
		if (r == 0)
			collect(q);
	}
	fx_screen_end(&screen);
	return r;
}

static int run(struct queue *q, const char *stale, bool ndjson, struct fx_err *err)
{
	struct fx_dur d = {0};

	if (q->app->now_record)
		return fx_fail(err, FX_EUSAGE, "--now record: a queue has one time for all");
	if (q->order && q->app->nfiles)
		return fx_fail(err, FX_EUSAGE, "--order asks the ledger's index: give no FILE");
	if (stale && (fx_dur_parse(fx_str(stale), &d) != 0 || d.workdays))
		return fx_fail(err, FX_EUSAGE, "--stale %s: a duration such as 5m", stale);
	if (q->watch && (stale || ndjson || q->app->nfiles))
		return fx_fail(err, FX_EUSAGE, "--watch draws the ledger's queue: no FILE, --ndjson or --stale");
	if (q->watch && !(isatty(0) && isatty(1)))
		return fx_fail(err, FX_EUSAGE, "--watch draws on a terminal; elsewhere take --ndjson, or "
					       "watch(1) with fx-queue");
	q->now = q->app->now;
	if (read_all(q, err) != 0)
		return -1;
	if (q->watch && q->order && q->nlives == 0)
		return 0;
	if (q->watch) {
		collect(q);
		return check_names(q, err) ? -1 : watch(q, err);
	}
	if (!stale) {
		print(q, ndjson);
		return check_names(q, err);
	}
	if (look_stale(q, q->now - d.us, err) != 0)
		return -1;
	if (q->overdue) {
		fx_app_warn(q->app,
		            "due over %s ago and not in the ledger: %llu; have sweeps stopped?",
		            stale, (unsigned long long)q->overdue);
		q->app->exit = FX_EXIT_DIRTY;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *owner = NULL, *failure = NULL, *flow = NULL, *stale = NULL, *order = NULL;
	bool late = false, ndjson = false;
	struct queue q = {0};
	const struct fx_opt opts[] = {
	    {0, "owner", FX_OPT_TEXT, &owner, "ID", "only what this owner has now"},
	    {0, "failure", FX_OPT_TEXT, &failure, "NAME", "only exceptions of this failure"},
	    {0, "flow", FX_OPT_TEXT, &flow, "ID", "only tasks of this flow"},
	    {0, "order", FX_OPT_TEXT, &order, "ID", "only this order, by the ledger's index (1051 is #1051, too)"},
	    {0, "late", FX_OPT_FLAG, &late, NULL, "only what is past its due time"},
	    {0, "ndjson", FX_OPT_FLAG, &ndjson, NULL, "a record a row instead of a table"},
	    {0, "watch", FX_OPT_FLAG, &q.watch, NULL, "draw the table again every 2 seconds; q ends it"},
	    {0, "stale", FX_OPT_TEXT, &stale, "DURATION",
	     "print nothing; exit 1 when no sweep wrote what was due that long ago"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-queue",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "show what is open: whose, what, since when, how late, what comes next",
	    .example = "fx-queue --late --owner ops-team\n"
	               "fx-queue --stale 5m || echo 'sweeps have stopped'",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_HAS_NOW | FX_HAS_STREAM,
	};
	struct fx_errs errs = {0};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	q.app = &app;
	q.order = order;
	q.filter = (struct fx_queue_filter){fx_str(owner), fx_str(failure), fx_str(flow), late};
	q.registry = fx_registry_load(app.registry, &errs);
	if (!q.registry) {
		fx_app_errs(&app, &errs);
		app.exit = FX_EXIT_FATAL;
	} else if (run(&q, stale, ndjson, &err) != 0) {
		fx_app_fatal(&app, &err);
	}
	const struct fx_count counts[] = {{"rows", q.rows.n}, {NULL, 0}};

	status = fx_app_end(&app, counts);
	free_lives(&q);
	free(q.lives);
	for (size_t i = 0; i < q.nshards; i++)
		fx_ledger_close(q.shards[i].ledger);
	free(q.shards);
	fx_registry_free(q.registry);
	fx_errs_free(&errs);
	return status;
}
