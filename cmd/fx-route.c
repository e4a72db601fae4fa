/* fx-route: decide who owns each line of each trigger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "base/team.h"
#include "json/record.h"
#include "json/reject.h"
#include "json/tape.h"
#include "ledger/store.h"
#include "rules/decide.h"
#include "rules/explain.h"
#include "rules/many.h"
#include "rules/registry.h"

/* With fewer lines there than this, threads cost more than they bring. */
#define MANY_MIN 32
#define MANY_MAX 4096
#define THREADS_MAX 4

struct counts {
	uint64_t in, decided, passed, rejected, tasks, lines_in, lines_out, lines_rejected,
	    superseding;
};

struct route {
	struct fx_app *app;
	struct fx_registry *registry;
	struct fx_decider *decider;
	struct fx_tape tape;
	struct fx_str origin;
	struct counts n;
	uint64_t parallel;
	struct fx_many *many; /* NULL: one record after the other */
	struct fx_in_line *lines;
	bool published;
	bool explain, json;     /* say why instead of writing records; as NDJSON */
	struct fx_ledger *live; /* --reroute: where the decisions stand that may be superseded */
	struct fx_tape entry;
	struct fx_arena scratch; /* of the look-up at hand */
};

/* registry.published goes first, at the time that the run is for. */
static void publish(struct route *r, fx_time at)
{
	r->published = true;
	if (r->explain)
		return;
	fx_published_write(r->registry, r->origin, at, &r->app->out.text);
	fx_buf_byte(&r->app->out.text, '\n');
	fx_out_end(&r->app->out);
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

static void count(struct route *r, size_t tasks, size_t lines)
{
	r->n.decided++;
	r->n.tasks += tasks;
	r->n.lines_in += lines;
	r->n.lines_out += lines;
}

static int decided(struct route *r, struct fx_str line, const struct fx_decision *dec,
                   struct fx_err *err)
{
	struct fx_buf *out = &r->app->out.text;
	struct fx_err why = {0};
	size_t before = out->n;

	if (fx_decision_write(r->decider, line, dec, r->origin, out, &why)) {
		r->n.lines_in += dec->nlines;
		return refuse(r, line, &r->tape, &why, err);
	}
	if (r->explain)
		out->n = before;
	fx_out_end(&r->app->out);
	count(r, dec->ntasks, dec->nlines);
	return 0;
}

/* Is the entry a task of the trigger?  Then its decision's digest and what that superseded. */
static bool decided_by(struct route *r, struct fx_str entry, struct fx_str source,
                       struct fx_str event_id, struct fx_str *digest, struct fx_str *supersedes)
{
	struct fx_tape *t = &r->entry;
	uint32_t trigger, decision;

	if (fx_tape_read(t, entry, NULL))
		return false;
	trigger = fx_tape_get(t, 0, FX_STR("trigger"));
	decision = fx_tape_get(t, 0, FX_STR("decision"));
	if (trigger == FX_NONE || decision == FX_NONE ||
	    !fx_str_eq(fx_tape_get_str(t, trigger, FX_STR("source"), &r->scratch), source) ||
	    !fx_str_eq(fx_tape_get_str(t, trigger, FX_STR("event_id"), &r->scratch), event_id))
		return false;
	*digest = fx_tape_get_str(t, decision, FX_STR("digest"), &r->scratch);
	*supersedes = fx_tape_get_str(t, decision, FX_STR("supersedes"), &r->scratch);
	return digest->n > 0;
}

/* The trigger's live decision: its last in the ledger.  1: there is one, 0, -1. */
static int find_live(struct route *r, struct fx_str *digest, struct fx_str *supersedes,
                     struct fx_err *err)
{
	struct fx_str order = fx_tape_get_str(&r->tape, 0, FX_STR("order_id"), &r->scratch);
	struct fx_str source = fx_tape_get_str(&r->tape, 0, FX_STR("source"), &r->scratch);
	struct fx_str id = fx_tape_get_str(&r->tape, 0, FX_STR("event_id"), &r->scratch), entry;
	uint64_t *index;
	size_t n;

	if (fx_ledger_find_order(r->live, order, &r->scratch, &index, &n, err))
		return -1;
	while (n-- > 0) {
		if (fx_ledger_entry(r->live, index[n], &r->scratch, &entry, err))
			return -1;
		if (decided_by(r, entry, source, id, digest, supersedes))
			return 1;
	}
	return 0;
}

/*
 * Decide; with --reroute against the live decision: the same one again when nothing would
 * change, else one that says which it supersedes.  -1: the run is broken.
 */
static int decide(struct route *r, enum fx_decided *how, const struct fx_decision **dec,
                  struct fx_err *why, struct fx_err *err)
{
	fx_time now = r->app->now_record ? FX_TIME_NONE : r->app->now;
	struct fx_str digest, supersedes;
	int live;

	*how = fx_decide(r->decider, &r->tape, now, FX_STR(""), dec, why);
	if (!r->live || *how != FX_DECIDED)
		return 0;
	fx_arena_reset(&r->scratch);
	live = find_live(r, &digest, &supersedes, err);
	if (live <= 0)
		return live;
	*how = fx_decide(r->decider, &r->tape, now, supersedes, dec, why);
	if (*how == FX_DECIDED && !fx_str_is(digest, (*dec)->digest)) {
		*how = fx_decide(r->decider, &r->tape, now, digest, dec, why);
		r->n.superseding++;
	}
	return 0;
}

static void explain(struct route *r, enum fx_decided how, const struct fx_err *why)
{
	struct fx_app *app = r->app;
	struct fx_str place =
	    fx_arena_fmt(&r->scratch, "%s:%llu", app->in.name, (unsigned long long)app->in.line);

	fx_explain(r->decider, how, why, place, r->json, &app->out.text);
	fx_out_end(&app->out);
	fx_arena_reset(&r->scratch);
}

/* One record.  -1: the run is broken. */
static int one(struct route *r, struct fx_str line, struct fx_err *err)
{
	const struct fx_decision *dec = NULL;
	struct fx_err why = {0};
	enum fx_decided how;

	r->n.in++;
	if (fx_record_read(&r->tape, line, &why))
		return refuse(r, line, NULL, &why, err);
	if (fx_tape_type(&r->tape, 0) != FX_OBJECT) {
		fx_fail(&why, FX_EDATA, "a record is a JSON object");
		return refuse(r, line, NULL, &why, err);
	}
	if (decide(r, &how, &dec, &why, err))
		return -1;
	if (r->explain)
		explain(r, how, &why);
	switch (how) {
	case FX_DECIDED:
		if (!r->published)
			publish(r, dec->at);
		return decided(r, line, dec, err);
	case FX_REFUSED:
		r->n.lines_in += line_count(&r->tape);
		return refuse(r, line, &r->tape, &why, err);
	case FX_PASSED:
		if (!r->published)
			publish(r, r->app->now);
		r->n.passed++;
		if (!r->explain)
			fx_out_line(&r->app->out, line);
	}
	return 0;
}

/* The line at hand and those that are there already, on several threads. */
static int many(struct route *r, struct fx_str line, struct fx_err *err)
{
	struct fx_in *in = &r->app->in;
	struct fx_out *out = &r->app->out;
	const struct fx_routed *to;
	struct fx_str text = {NULL, 0}; /* of records that lie side by side */
	size_t n;

	r->lines[0] = (struct fx_in_line){line, in->line};
	n = 1 + fx_in_lines(in, r->lines + 1, MANY_MAX - 1);
	if (n < MANY_MIN) {
		for (size_t i = 0; i < n; i++) {
			in->line = r->lines[i].number;
			if (one(r, r->lines[i].text, err))
				return -1;
		}
		return 0;
	}
	to = fx_many_decide(r->many, r->lines, n, r->app->now_record ? FX_TIME_NONE : r->app->now,
	                    r->origin);
	for (size_t i = 0; i < n && !out->failed; i++) {
		if (to[i].left) {
			in->line = r->lines[i].number;
			fx_out_add(out, text);
			text.n = 0;
			if (one(r, r->lines[i].text, err))
				return -1;
			in->line = r->lines[n - 1].number;
			continue;
		}
		if (text.p + text.n != to[i].text.p) {
			fx_out_add(out, text);
			text = (struct fx_str){to[i].text.p, 0};
		}
		text.n += to[i].text.n;
		r->n.in++;
		if (to[i].how == FX_PASSED)
			r->n.passed++;
		else
			count(r, to[i].ntasks, to[i].nlines);
	}
	fx_out_add(out, text);
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
			if (r->many && r->published ? many(r, line, err) : one(r, line, err))
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

/* All that the records need; on failure all faults are told. */
static int prepare(struct route *r, const char *origin, const char *format, bool reroute)
{
	struct fx_app *app = r->app;
	struct fx_errs errs = {0};
	struct fx_err err = {0};

	if (format && strcmp(format, "ndjson") != 0 && strcmp(format, "human") != 0) {
		fx_app_warn(app, "--format is human or ndjson");
		return -1;
	}
	r->json = format && strcmp(format, "ndjson") == 0;
	r->registry = fx_registry_load(app->registry, &errs);
	fx_app_errs(app, &errs);
	fx_errs_free(&errs);
	if (!r->registry)
		return -1;
	if (reroute && !(r->live = fx_ledger_open(app->ledger, &err))) {
		fx_app_fatal(app, &err);
		return -1;
	}
	r->origin = origin ? fx_str(origin) : ledger_origin(app);
	r->decider = fx_decider_new(r->registry);
	/* What says why, asks the ledger or goes out at once is done one by one. */
	if (r->parallel > 1 && !r->explain && !r->live && !app->unbuffered) {
		r->many = fx_many_new(r->registry, r->parallel);
		r->lines = fx_alloc(MANY_MAX, sizeof(*r->lines));
	}
	return 0;
}

static void release(struct route *r)
{
	fx_many_free(r->many);
	free(r->lines);
	fx_decider_free(r->decider);
	fx_registry_free(r->registry);
	fx_ledger_close(r->live);
	fx_tape_free(&r->tape);
	fx_tape_free(&r->entry);
	fx_arena_free(&r->scratch);
}

int main(int argc, char **argv)
{
	const char *origin = NULL, *format = NULL;
	bool reroute = false;
	struct route r = {.parallel = fx_team_size(THREADS_MAX)};
	const struct fx_opt opts[] = {
	    {0, "origin", FX_OPT_TEXT, &origin, "NAME",
	     "source of the tasks (default: the ledger's origin, else fx)"},
	    {0, "reroute", FX_OPT_FLAG, &reroute, NULL,
	     "supersede the ledger's decisions where the rules now say otherwise"},
	    {'j', "parallel", FX_OPT_UINT, &r.parallel, "N",
	     "decide on N threads (as many as there are processors, at most 4)"},
	    {0, "explain", FX_OPT_FLAG, &r.explain, NULL,
	     "write no records but each rule's verdict on each line"},
	    {0, "format", FX_OPT_TEXT, &format, "FORMAT",
	     "of --explain: human (default) or ndjson"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-route",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "decide by the registry's rules who owns each line of each order",
	    .example = "fx-validate <orders.ndjson | fx-route | fx-sign >tasks.ndjson",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_ONE_LEDGER | FX_HAS_NOW | FX_HAS_REJECTS |
	           FX_HAS_STREAM,
	};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	r.app = &app;
	if (prepare(&r, origin, format, reroute))
		app.exit = FX_EXIT_FATAL;
	else if (run(&r, &err))
		fx_app_fatal(&app, &err);
	else if (!r.published && !app.out.failed)
		publish(&r, app.now);
	const struct fx_count counts[] = {{"in", r.n.in},
	                                  {"decided", r.n.decided},
	                                  {"passed", r.n.passed},
	                                  {"rejected", r.n.rejected},
	                                  {"superseding", r.n.superseding},
	                                  {"tasks", r.n.tasks},
	                                  {"lines_in", r.n.lines_in},
	                                  {"lines_out", r.n.lines_out},
	                                  {"lines_rejected", r.n.lines_rejected},
	                                  {NULL, 0}};

	status = fx_app_end(&app, counts);
	release(&r);
	return status;
}
