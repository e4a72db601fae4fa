/* fx-sign: append records to the ledger, pass them on with their audit token. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "json/record.h"
#include "json/reject.h"
#include "ledger/rotate.h"

/* How long a last record without tasks may wait for them: they come right behind their trigger. */
#define OPEN_END_MS 20

/* Where a record of a batch came from. */
struct place {
	const char *name;
	uint64_t line;
};

struct counts {
	uint64_t in, appended, duplicates, decided, rejected;
};

struct sign {
	struct fx_app *app;
	struct fx_ledger *ledger;
	/* One is filled while the other is on its way to the disk. */
	struct fx_batch *batch[2];
	struct place place[2][FX_BATCH_MAX];
	int cur;
	bool under_way; /* the other one is */
	bool proof;     /* --proof */
	struct fx_tape tape;
	struct fx_buf line;
	struct counts n;
	struct fx_err *err;
};

static int refuse(struct sign *s, struct fx_str line, struct place at, const char *keyword,
		  const struct fx_err *why)
{
	struct fx_app *app = s->app;
	const char *name = app->in.name;
	uint64_t number = app->in.line;
	bool json = fx_record_read(&s->tape, line, NULL) == 0;
	int r;

	/* Diagnostics name the line that the record came from, not the one read last. */
	app->in.name = at.name;
	app->in.line = at.line;
	s->n.rejected++;
	r = fx_reject_err(app, line, json ? &s->tape : NULL, keyword, why, s->err);
	app->in.name = name;
	app->in.line = number;
	return r;
}

static int refuse_conflict(struct sign *s, const struct fx_signed *g, struct place at)
{
	struct fx_err why = {0};

	if (g->fate == FX_SIGN_CONFLICT)
		fx_fail(&why, FX_EDATA, "%s, as entry %llu", g->why, (unsigned long long)g->index);
	else
		fx_fail(&why, FX_EDATA, "%s", g->why);
	return refuse(s, g->record, at, g->fate == FX_SIGN_CONFLICT ? "conflict" : "decision", &why);
}

/* Pass on what a batch's append has acknowledged; keep the places of what it holds. */
static int emit(struct sign *s, int which)
{
	struct fx_batch *b = s->batch[which];
	struct place *place = s->place[which];
	size_t kept = 0;

	for (size_t i = 0; i < fx_batch_count(b); i++) {
		const struct fx_signed *g = fx_batch_signed(b, i);

		switch (g->fate) {
		case FX_SIGN_APPENDED:
		case FX_SIGN_DUPLICATE:
			g->fate == FX_SIGN_APPENDED ? s->n.appended++ : s->n.duplicates++;
			if (s->app->quiet)
				break;
			fx_buf_reset(&s->line);
			if (s->proof && fx_signed_proof(s->ledger, g, &s->line, s->err))
				return -1;
			if (!s->proof)
				fx_signed_record(s->ledger, g, &s->line);
			fx_out_line(&s->app->out, fx_buf_view(&s->line));
			break;
		case FX_SIGN_DECIDED:
			s->n.decided++;
			break;
		case FX_SIGN_HELD:
			place[kept++] = place[i];
			break;
		default:
			if (refuse_conflict(s, g, place[i]))
				return -1;
		}
	}
	fx_batch_reset(b);
	return 0;
}

/* Wait for the batch under way and pass it on. */
static int finish(struct sign *s)
{
	if (!s->under_way)
		return 0;
	s->under_way = false;
	return fx_ledger_append_wait(s->ledger, s->err) || emit(s, !s->cur) ? -1 : 0;
}

/* The input pauses or ends: append what is there and pass it on. */
static int settle(struct sign *s, bool last)
{
	if (finish(s) || fx_ledger_append(s->ledger, s->batch[s->cur], last, s->err) ||
	    emit(s, s->cur))
		return -1;
	fx_out_flush(&s->app->out);
	return 0;
}

/* The batch is full: send it on its way and fill the other. */
static int turn(struct sign *s)
{
	struct fx_batch *b = s->batch[s->cur], *other = s->batch[!s->cur];
	size_t n = fx_batch_count(b), kept = 0;

	if (finish(s))
		return -1;
	if (fx_batch_carry(b, other) == 0)
		return settle(s, false);
	for (size_t i = 0; i < n; i++)
		if (fx_batch_signed(b, i)->fate == FX_SIGN_HELD)
			s->place[!s->cur][kept++] = s->place[s->cur][i];
	/* All that is left is whole. */
	fx_ledger_append_start(s->ledger, b, true);
	s->under_way = true;
	s->cur = !s->cur;
	return 0;
}

static int one(struct sign *s, struct fx_str line)
{
	struct place at = {s->app->in.name, s->app->in.line};
	struct fx_err why = {0};
	int r;

	s->n.in++;
	while ((r = fx_batch_add(s->batch[s->cur], line, &why)) == 1)
		if (turn(s))
			return -1;
	if (r < 0)
		return refuse(s, line, at, "ledger", &why);
	s->place[s->cur][fx_batch_count(s->batch[s->cur]) - 1] = at;
	return s->app->unbuffered ? settle(s, false) : 0;
}

/* The tasks of a trigger follow it at once, though the pipe may cut between them. */
static bool more_comes(const struct sign *s)
{
	struct pollfd p = {.fd = s->app->in.fd, .events = POLLIN};

	return fx_batch_open_end(s->batch[s->cur]) && poll(&p, 1, OPEN_END_MS) > 0;
}

static int run(struct sign *s)
{
	struct fx_app *app = s->app;
	struct fx_err why = {0};
	struct fx_str line;

	for (enum fx_in_what what; (what = fx_in_next(&app->in, &line)) != FX_IN_END;) {
		switch (what) {
		case FX_IN_LINE:
			if (one(s, line))
				return -1;
			break;
		case FX_IN_LONG:
			s->n.in++;
			fx_fail(&why, FX_EDATA, "a line over %zu MiB", FX_LINE_MAX >> 20);
			if (refuse(s, line, (struct place){app->in.name, app->in.line}, "json", &why))
				return -1;
			break;
		case FX_IN_PAUSE:
			if (!more_comes(s) && settle(s, false))
				return -1;
			break;
		default:
			*s->err = app->in.err;
			return -1;
		}
		if (app->out.failed)
			return finish(s); /* fx_app_end says why */
		fx_app_tick(app);
	}
	return settle(s, true);
}

static void say_waiting(void *arg)
{
	if (isatty(STDERR_FILENO))
		fx_app_warn(arg, "waiting for another writer of the ledger");
}

static int sign(struct sign *s, const struct fx_ledger_how *how)
{
	int r;

	s->ledger = fx_ledger_open_write(s->app->ledger, how, s->err);
	if (!s->ledger)
		return -1;
	s->batch[0] = fx_batch_new();
	s->batch[1] = fx_batch_new();
	r = run(s);
	if (s->under_way)
		(void)fx_ledger_append_wait(s->ledger, NULL);
	fx_batch_free(s->batch[0]);
	fx_batch_free(s->batch[1]);
	fx_ledger_close(s->ledger);
	fx_tape_free(&s->tape);
	fx_buf_free(&s->line);
	return r;
}

/* A new key, and where the old one went. */
static int rotate(struct sign *s, const struct fx_ledger_how *how, struct fx_rotate *r)
{
	int bad;

	s->ledger = fx_ledger_open_write(s->app->ledger, how, s->err);
	if (!s->ledger)
		return -1;
	bad = fx_ledger_rotate(s->ledger, r, s->err);
	if (!bad && r->ended)
		fx_app_warn(s->app, "the rotation to the key +%08x, which had been broken off, is done",
			    r->new_id);
	else if (!bad)
		fx_app_warn(s->app, "entry %llu says that the key is now +%08x; the old one is kept in "
			    "%s.old-%08x", (unsigned long long)r->record, r->new_id, how->key, r->old_id);
	fx_ledger_close(s->ledger);
	return bad;
}

int main(int argc, char **argv)
{
	struct sign s = {0};
	bool init = false, recover = false, new_key = false;
	struct fx_rotate change = {0};
	const char *origin = NULL, *timeout = NULL;
	const struct fx_opt opts[] = {
	    {0, "init", FX_OPT_FLAG, &init, NULL, "create the ledger and its key, and leave"},
	    {0, "origin", FX_OPT_TEXT, &origin, "NAME",
	     "the name of the ledger to create, such as shop.example/orders"},
	    {0, "rotate", FX_OPT_FLAG, &new_key, NULL,
	     "give the ledger a new key, for which the old one vouches, and leave"},
	    {0, "by", FX_OPT_TEXT, &change.by, "WHO", "with --rotate: who does it"},
	    {0, "proof", FX_OPT_FLAG, &s.proof, NULL,
	     "add audit_proof, too, which the verifier key alone can check"},
	    {0, "lock-timeout", FX_OPT_TEXT, &timeout, "TIME",
	     "wait so long for other writers (30s, 5m; default: as long as it takes)"},
	    {0, "recover", FX_OPT_FLAG, &recover, NULL,
	     "go on with a ledger that is ahead of its checkpoint"},
	    {0}};
	struct fx_app app = {
	    .name = "fx-sign",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "Append records to the ledger and pass them on with their audit_token",
	    .example = "fx-sign --init --origin shop.example/orders\n"
		       "fx-route orders.ndjson | fx-sign >signed.ndjson",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_ONE_LEDGER | FX_HAS_KEY | FX_HAS_REJECTS | FX_HAS_STREAM,
	};
	struct fx_ledger_how how = {.lock_timeout = -1, .waiting = say_waiting, .arg = &app};
	struct fx_err err = {0};
	struct fx_dur dur;
	int r = fx_app_start(&app, argc, argv);

	if (r >= 0)
		return r;
	if (timeout && (fx_dur_parse(fx_str(timeout), &dur) || dur.workdays)) {
		fx_fail(&err, FX_EUSAGE, "--lock-timeout: \"%s\" is no duration such as 30s", timeout);
		fx_app_fatal(&app, &err);
	} else if (init != (origin != NULL)) {
		fx_fail(&err, FX_EUSAGE, "--init and --origin NAME go together");
		fx_app_fatal(&app, &err);
	} else if (new_key ? init || recover || app.nfiles > 0 : change.by != NULL) {
		fx_fail(&err, FX_EUSAGE, new_key ? "--rotate goes alone: no --init, --recover or files"
						 : "--by WHO goes with --rotate");
		fx_app_fatal(&app, &err);
	} else if (init) {
		if (fx_ledger_init(app.ledger, app.key, fx_str(origin), &err))
			fx_app_fatal(&app, &err);
	} else {
		how.key = app.key;
		how.recover = recover;
		if (timeout)
			how.lock_timeout = dur.us;
		s.app = &app;
		s.err = &err;
		if (new_key ? rotate(&s, &how, &change) : sign(&s, &how))
			fx_app_fatal(&app, &err);
	}
	return fx_app_end(&app, (const struct fx_count[]){{"in", s.n.in},
							  {"appended", s.n.appended},
							  {"duplicates", s.n.duplicates},
							  {"already_decided", s.n.decided},
							  {"rejected", s.n.rejected},
							  {NULL, 0}});
}
