/*
 * fx-send: what the ledger holds open and nobody has accepted yet goes to its owners.
 * See fx-send(1).
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "json/record.h"
#include "json/reject.h"
#include "json/write.h"
#include "send/outbox.h"
#include "send/sink.h"
#include "task/load.h"

/* Records of a stream that are sent together; it also bounds what a stream holds. */
#define ROUND 4096

struct ctx {
	struct fx_app *app;
	uint64_t parallel, timeout, patience, turn;
	struct fx_list owners;
	bool dry_run, ndjson;
	struct fx_registry *reg;
	struct fx_ledger *ledger;
	struct fx_sink sink;
	struct fx_arena round;  /* messages of this round */
	struct fx_lane *lanes;  /* one an owner of the registry, in its order */
	size_t *cap;            /* of each lane's jobs */
	int *lock;              /* of each owner; -1: not ours */
	fx_time *rest;          /* until then its endpoint wants nothing */
	pthread_t *thread;
	uint64_t in, untried, busy, waiting, rejected;
};

static bool chosen(const struct ctx *c, struct fx_str id)
{
	for (size_t i = 0; i < c->owners.n; i++)
		if (fx_str_is(id, c->owners.v[i]))
			return true;
	return c->owners.n == 0;
}

static fx_time seconds(uint64_t n)
{
	return n < 86400 ? (fx_time)n * FX_SEC : FX_DAY;
}

static void make_lanes(struct ctx *c)
{
	size_t n = c->reg->nowners;

	c->lanes = fx_alloc(n, sizeof(*c->lanes));
	c->cap = fx_alloc(n, sizeof(*c->cap));
	c->lock = fx_alloc(n, sizeof(*c->lock));
	c->rest = fx_alloc(n, sizeof(*c->rest));
	c->thread = fx_alloc(n, sizeof(*c->thread));
	for (size_t i = 0; i < n; i++) {
		struct fx_lane *l = &c->lanes[i];

		l->owner = &c->reg->owners[i];
		l->parallel = (unsigned)(c->parallel ? c->parallel : 1);
		if (l->owner->parallel && l->owner->parallel < l->parallel)
			l->parallel = l->owner->parallel;
		l->timeout = seconds(c->timeout);
		l->patience = (unsigned)(c->patience ? c->patience : 1);
		l->done = fx_sink_put;
		l->arg = &c->sink;
		c->lock[i] = -1;
		c->rest[i] = FX_TIME_NONE;
		fx_endpoint_of(&l->to, l->owner, c->app->home, &c->app->arena);
	}
	fx_lane_pace(c->lanes, n, &c->app->arena);
}

static void free_lanes(struct ctx *c)
{
	for (size_t i = 0; c->lanes && i < c->reg->nowners; i++) {
		free(c->lanes[i].job);
		if (c->lock[i] >= 0)
			close(c->lock[i]);
	}
	fx_lane_unpace(c->lanes, c->reg->nowners);
	free(c->lanes);
	free(c->cap);
	free(c->lock);
	free(c->rest);
	free(c->thread);
}

static void add_job(struct ctx *c, const struct fx_owner *o, const struct fx_message *m,
		    uint64_t index)
{
	size_t i = (size_t)(o - c->reg->owners);
	struct fx_lane *l = &c->lanes[i];

	if (l->n == c->cap[i]) {
		c->cap[i] = c->cap[i] ? c->cap[i] * 2 : 64;
		l->job = fx_realloc(l->job, c->cap[i], sizeof(*l->job));
	}
	l->job[l->n++] = (struct fx_job){.m = *m, .index = index};
}

static void show(struct ctx *c, const struct fx_lane *l, const struct fx_message *m)
{
	struct fx_buf b = {0};

	if (c->ndjson) {
		const struct fx_str v[] = {m->owner_id, l->to.shown, m->event,   m->event_id,
					   m->order_id, m->task_id,  fx_str(m->key)};
		static const char *const k[] = {"owner_id", "endpoint", "event", "event_id",
						"order_id", "task_id",  "key"};

		fx_buf_byte(&b, '{');
		for (size_t i = 0; i < sizeof(k) / sizeof(k[0]); i++) {
			fx_json_key(&b, k[i]);
			fx_json_string(&b, v[i]);
		}
		fx_json_key(&b, "attempt");
		fx_json_int(&b, m->attempt);
		fx_buf_byte(&b, '}');
	} else {
		fx_buf_fmt(&b, "%-28.*s %-20.*s order %.*s, attempt %u, to %.*s", FX_FMT(m->owner_id),
			   FX_FMT(m->event), FX_FMT(m->order_id), m->attempt, FX_FMT(l->to.shown));
	}
	fx_out_line(&c->app->out, fx_buf_view(&b));
	fx_buf_free(&b);
}

static void *run_lane(void *lane)
{
	fx_lane_run(lane);
	return NULL;
}

static fx_time now(const struct ctx *c)
{
	return c->app->now_given ? c->app->now : fx_time_clock();
}

/* Send all that the lanes hold, each owner by its own thread, and empty them. */
static int send_round(struct ctx *c)
{
	for (size_t i = 0; i < c->reg->nowners; i++) {
		struct fx_lane *l = &c->lanes[i];

		if (l->n == 0)
			continue;
		if (l->to.kind == FX_TO_NONE)
			fx_app_warn(c->app, "%zu unsent: %s", l->n, l->to.why);
		for (size_t j = 0; c->dry_run && j < l->n; j++)
			show(c, l, &l->job[j].m);
		fx_lane_order(l);
		/* A stream's records have no next run. */
		l->until = c->ledger ? fx_time_clock() + seconds(c->turn) : INT64_MAX;
		if (!c->dry_run && pthread_create(&c->thread[i], NULL, run_lane, l) != 0) {
			fx_app_warn(c->app, "no thread for owner %s: its work waits", l->owner->id.p);
			c->untried += l->n;
			l->n = 0;
		}
	}
	for (size_t i = 0; i < c->reg->nowners; i++) {
		struct fx_lane *l = &c->lanes[i];

		if (l->n && !c->dry_run) {
			pthread_join(c->thread[i], NULL);
			c->untried += l->untried;
			if (l->rest && c->lock[i] >= 0)
				fx_owner_set_rest(c->lock[i], &l->to, now(c) + l->rest);
		}
		l->n = l->accepted = l->failed = 0;
		l->rest = 0;
	}
	fx_arena_reset(&c->round);
	return c->sink.failed ? -1 : 0;
}

/* ---- the ledger's outbox ---- */

/* Each owner's lock first, then what the ledger says: so no other fx-send is at the same work. */
static void lock_owners(struct ctx *c)
{
	for (size_t i = 0; i < c->reg->nowners; i++) {
		const struct fx_owner *o = c->lanes[i].owner;

		if (!chosen(c, o->id) || c->dry_run)
			continue;
		c->lock[i] = fx_owner_lock(c->app->ledger, o->id);
		if (c->lock[i] < 0 && errno == EWOULDBLOCK)
			c->busy++;
		else if (c->lock[i] < 0)
			fx_app_warn(c->app, "owner %s: no lock in %s/state: %s", o->id.p,
				    c->app->ledger, strerror(errno));
		else
			c->rest[i] = fx_owner_rest(c->lock[i], &c->lanes[i].to);
	}
}

static int load_jobs(struct ctx *c, const struct fx_outbox *box, struct fx_err *err)
{
	struct fx_tape t = {0};
	int r = 0;

	for (size_t i = 0; i < box->n && r == 0; i++) {
		const struct fx_pending *p = &box->v[i];
		const size_t owner = (size_t)(p->owner - c->reg->owners);
		struct fx_message m;
		struct fx_str record;

		if (!chosen(c, p->owner->id) || (!c->dry_run && c->lock[owner] < 0))
			continue;
		if (c->rest[owner] != FX_TIME_NONE && c->rest[owner] > now(c)) {
			c->waiting++;
			continue;
		}
		r = fx_export_of(c->ledger, p->index, &c->round, &record, err);
		if (r == 0)
			r = fx_tape_read(&t, record, err);
		if (r == 0)
			r = fx_message_of(&m, &t, record, p->owner->id, fx_arena_str(&c->round, p->cause),
					  &c->round, err);
		if (r)
			break;
		m.attempt = p->attempt;
		c->in++;
		add_job(c, p->owner, &m, p->index);
	}
	fx_tape_free(&t);
	return r;
}

static int send_outbox(struct ctx *c, struct fx_err *err)
{
	struct fx_life_opt lo = {
	    .now = c->app->now, .untold = true, .live_from = c->reg->live_from};
	struct fx_life *life = fx_life_new(&lo);
	struct fx_outbox box = {0};
	uint64_t fresh;
	int r = -1;

	lock_owners(c);
	if (fx_ledger_refresh(c->ledger, err) < 0 || fx_life_resume(life, c->ledger, &fresh, err))
		goto done;
	if (fx_outbox_collect(&box, life, c->reg, c->ledger, &c->round, err))
		goto done;
	c->waiting = box.waiting;
	if (box.unknown)
		fx_app_warn(c->app, "%zu unsent: their owners are not in the registry %s",
			    box.unknown, c->app->registry);
	if (load_jobs(c, &box, err))
		goto done;
	if (send_round(c))
		*err = c->sink.err;
	else
		r = 0;
done:
	fx_outbox_free(&box);
	fx_life_free(life);
	return r;
}

/* ---- records of a stream ---- */

static int take_line(struct ctx *c, struct fx_tape *t, struct fx_str line, struct fx_err *err)
{
	struct fx_str copy = fx_arena_str(&c->round, line);
	const struct fx_owner *o = NULL;
	struct fx_message m;
	struct fx_err why;
	bool read = fx_record_read(t, copy, &why) == 0, good;

	c->in++;
	good = read && fx_message_of(&m, t, copy, (struct fx_str){0}, (struct fx_str){0}, &c->round,
				     &why) == 0;
	if (good) {
		o = fx_registry_owner(c->reg, m.owner_id);
		if (!o)
			fx_fail(&why, FX_EDATA, "no owner '%.*s' in the registry", FX_FMT(m.owner_id));
	}
	if (!o) {
		c->rejected++;
		return fx_reject_err(c->app, line, read ? t : NULL, "send", &why, err);
	}
	if (chosen(c, o->id))
		add_job(c, o, &m, 0);
	return 0;
}

static int send_stream(struct ctx *c, struct fx_err *err)
{
	struct fx_tape t = {0};
	enum fx_in_what what;
	struct fx_str line;
	size_t held = 0;
	int r = 0;

	while (r == 0 && (what = fx_in_next(&c->app->in, &line)) != FX_IN_END) {
		switch (what) {
		case FX_IN_LINE:
			r = take_line(c, &t, line, err);
			if (++held < ROUND)
				break;
			/* fall through */
		case FX_IN_PAUSE:
			r = r ? r : send_round(c);
			held = 0;
			break;
		case FX_IN_LONG:
			c->rejected++;
			fx_app_warn_line(c->app, "line over 16 MiB");
			c->app->exit = FX_EXIT_DIRTY;
			break;
		default:
			*err = c->app->in.err;
			r = -1;
		}
		fx_app_tick(c->app);
	}
	if (r == 0 && send_round(c)) {
		*err = c->sink.err;
		r = -1;
	}
	fx_tape_free(&t);
	return r;
}

static int open_ledger(struct ctx *c, struct fx_err *err)
{
	struct fx_ledger_how how = {.key = c->app->key, .lock_timeout = 60 * FX_SEC};

	c->ledger = c->dry_run ? fx_ledger_open(c->app->ledger, err)
			       : fx_ledger_open_write(c->app->ledger, &how, err);
	if (!c->ledger)
		return -1;
	c->sink.ledger = c->dry_run ? NULL : c->ledger;
	c->sink.source = fx_ledger_origin(c->ledger);
	return 0;
}

int main(int argc, char **argv)
{
	struct ctx c = {.parallel = 16, .timeout = 30, .patience = 3, .turn = 50};
	const struct fx_opt opts[] = {
	    {'j', "parallel", FX_OPT_UINT, &c.parallel, "N", "requests at once to one HTTP owner (16)"},
	    {'t', "timeout", FX_OPT_UINT, &c.timeout, "SECONDS", "of one attempt (30)"},
	    {0, "turn", FX_OPT_UINT, &c.turn, "SECONDS", "after which an owner's rest waits for the next run (50)"},
	    {0, "patience", FX_OPT_UINT, &c.patience, "N", "failures in a row that end an owner's turn (3)"},
	    {'o', "owner", FX_OPT_LIST, &c.owners, "ID", "only this owner (may be repeated)"},
	    {'n', "dry-run", FX_OPT_FLAG, &c.dry_run, NULL, "show what would go where, send nothing"},
	    {0, "ndjson", FX_OPT_FLAG, &c.ndjson, NULL, "with -n: as records"},
	    {0},
	};
	struct fx_app app = {
	    .name = "fx-send",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "Send what the ledger holds open and nobody has accepted yet to its owners; "
		       "with FILE or -, those records",
	    .example = "fx-send -n\nfx-escalate | fx-sign -q; fx-send -q",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_ONE_LEDGER | FX_HAS_KEY | FX_HAS_NOW | FX_HAS_REJECTS |
		   FX_HAS_STREAM,
	};
	struct fx_errs errs = {0};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv), r = -1;

	if (status >= 0)
		return status;
	c.app = &app;
	c.sink.now = app.now_given ? app.now : FX_TIME_NONE;
	fx_http_start();
	c.reg = fx_registry_load(app.registry, &errs);
	if (!c.reg) {
		fx_app_errs(&app, &errs);
		app.exit = FX_EXIT_FATAL;
	} else {
		make_lanes(&c);
		if (app.nfiles > 0) {
			c.sink.out = c.dry_run ? NULL : &app.out;
			c.sink.source = FX_STR("fx");
			fx_sink_init(&c.sink);
			r = send_stream(&c, &err);
		} else if (open_ledger(&c, &err) == 0) {
			fx_sink_init(&c.sink);
			r = send_outbox(&c, &err);
		}
		if (r)
			fx_app_fatal(&app, &err);
	}
	const struct fx_count counts[] = {
	    {"in", c.in},           {"attempts", c.sink.attempts},
	    {"accepted", c.sink.accepted}, {"failed", c.sink.attempts - c.sink.accepted},
	    {"untried", c.untried}, {"waiting", c.waiting},
	    {"busy_owners", c.busy}, {"rejected", c.rejected},
	    {0},
	};

	if (c.reg) {
		free_lanes(&c);
		fx_sink_free(&c.sink);
		fx_registry_free(c.reg);
	}
	if (c.ledger)
		fx_ledger_close(c.ledger);
	fx_errs_free(&errs);
	fx_arena_free(&c.round);
	fx_http_stop();
	return fx_app_end(&app, counts);
}
