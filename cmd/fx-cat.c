/* fx-cat: print entries of the ledger. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/app.h"
#include "json/tape.h"
#include "json/write.h"
#include "ledger/check.h"

struct cat {
	struct fx_app *app;
	struct fx_ledger *l; /* the shard at hand */
	bool token, proof;
	struct fx_arena arena;
	struct fx_tape tape;
	struct fx_buf line, note;
	uint64_t out;
	struct fx_err *err;
};

/* One entry as it stands, or with what was asked for spliced in before its closing brace. */
static int print(struct cat *c, uint64_t index, struct fx_str entry)
{
	struct fx_str token;

	c->out++;
	if (!c->token && !c->proof) {
		fx_out_line(&c->app->out, entry);
		return c->app->out.failed;
	}
	fx_arena_reset(&c->arena);
	if (fx_ledger_token(c->l, index, &c->arena, &token, c->err))
		return -1;
	fx_buf_reset(&c->line);
	fx_buf_add(&c->line, entry.p, entry.n - 1);
	fx_json_key(&c->line, "audit_token");
	fx_json_string(&c->line, token);
	if (c->proof) {
		fx_buf_reset(&c->note);
		if (fx_ledger_proof(c->l, index, &c->note, c->err))
			return -1;
		fx_json_key(&c->line, "audit_proof");
		fx_json_string(&c->line, fx_buf_view(&c->note));
	}
	fx_buf_byte(&c->line, '}');
	fx_out_line(&c->app->out, fx_buf_view(&c->line));
	return c->app->out.failed;
}

static int print_one(struct cat *c, uint64_t index)
{
	struct fx_arena a = {0};
	struct fx_str entry;
	int r = fx_ledger_entry(c->l, index, &a, &entry, c->err);

	if (r == 0)
		r = print(c, index, entry);
	fx_arena_free(&a);
	return r;
}

/* Entries from .. to - 1; with an id, those that have it as event_id. */
static int print_range(struct cat *c, uint64_t from, uint64_t to, const char *event_id)
{
	struct fx_str entry, id = fx_str(event_id);
	struct fx_ledger_scan s;
	int r;

	fx_ledger_scan_init(&s, c->l, from);
	while ((r = fx_ledger_scan_next(&s, &entry, c->err)) == 1 && s.index < to) {
		if (id.n) {
			fx_arena_reset(&c->arena);
			if (fx_tape_read(&c->tape, entry, NULL) ||
			    !fx_str_eq(fx_tape_get_str(&c->tape, 0, FX_STR("event_id"), &c->arena), id))
				continue;
		}
		r = print(c, s.index, entry);
		if (r)
			break;
		fx_app_tick(c->app);
	}
	fx_ledger_scan_end(&s);
	return r < 0 ? -1 : 0;
}

/* The entries of an order; with a task, those that bear its id. */
static int print_order(struct cat *c, struct fx_str order, const char *task)
{
	struct fx_arena a = {0};
	uint64_t *index;
	size_t n;
	int r = fx_ledger_find_order(c->l, order, &a, &index, &n, c->err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fx_str entry;

		r = fx_ledger_entry(c->l, index[i], &a, &entry, c->err);
		if (r == 0 && task) {
			if (fx_tape_read(&c->tape, entry, NULL) ||
			    !fx_str_is(fx_tape_get_str(&c->tape, 0, FX_STR("task_id"), &a), task))
				continue;
		}
		if (r == 0)
			r = print(c, index[i], entry);
	}
	fx_arena_free(&a);
	return r;
}

/* A task's id is its order's, a hash and a number, with slashes between. */
static int print_task(struct cat *c, const char *task)
{
	struct fx_str order = fx_str(task);

	for (int slashes = 0; order.n && slashes < 2;)
		slashes += order.p[--order.n] == '/';
	if (order.n == 0)
		return fx_fail(c->err, FX_EUSAGE, "--task: \"%s\" is no task id (ORDER/HASH/NUMBER)", task);
	return print_order(c, order, task);
}

/* "17", "10-20" (both included), "10-", or an audit token. */
static int print_operand(struct cat *c, const char *text)
{
	struct fx_str s = fx_str(text), origin;
	unsigned char leaf[FX_SHA256_LEN];
	size_t dash = fx_str_find(s, '-');
	uint64_t from, to = UINT64_MAX - 1;

	if (fx_token_parse(s, &origin, &from, leaf) == 0)
		return fx_str_eq(origin, fx_ledger_origin(c->l)) ? print_one(c, from) : 0;
	if (fx_str_u64((struct fx_str){s.p, dash}, &from) ||
	    (dash + 1 < s.n && fx_str_u64((struct fx_str){s.p + dash + 1, s.n - dash - 1}, &to)))
		return fx_fail(c->err, FX_EUSAGE, "\"%s\" is no entry: 17, 10-20, 10- or an audit token",
			       text);
	if (dash == s.n)
		return print_one(c, from);
	return print_range(c, from, to == UINT64_MAX ? to : to + 1, NULL);
}

struct wanted {
	struct fx_list orders, tasks, events;
	uint64_t last;
	bool follow;
};

/* As tail -f: what is appended from `from` on, for ever. */
static int follow(struct cat *c, uint64_t from)
{
	const struct timespec nap = {0, 200000000};

	for (;;) {
		uint64_t size = fx_ledger_size(c->l);

		if (print_range(c, from, size, NULL))
			return -1;
		fx_out_flush(&c->app->out);
		if (c->app->out.failed)
			return 0;
		from = size;
		nanosleep(&nap, NULL);
		if (fx_ledger_refresh(c->l, c->err) < 0)
			return -1;
	}
}

static int one_ledger(struct cat *c, const struct wanted *w)
{
	const struct fx_app *app = c->app;
	uint64_t size = fx_ledger_size(c->l), from = w->last < size ? size - w->last : 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->orders.n; i++)
		r = print_order(c, fx_str(w->orders.v[i]), NULL);
	for (size_t i = 0; r == 0 && i < w->tasks.n; i++)
		r = print_task(c, w->tasks.v[i]);
	for (size_t i = 0; r == 0 && i < w->events.n; i++)
		r = print_range(c, 0, size, w->events.v[i]);
	for (int i = 0; r == 0 && i < app->nfiles; i++)
		r = print_operand(c, app->files[i]);
	if (r == 0 && w->follow)
		r = follow(c, w->last == UINT64_MAX ? size : from);
	else if (r == 0 && w->last != UINT64_MAX)
		r = print_range(c, from, size, NULL);
	else if (r == 0 && !w->orders.n && !w->tasks.n && !w->events.n && !app->nfiles)
		r = print_range(c, 0, size, NULL);
	return r < 0 ? -1 : 0;
}

static int cat(struct cat *c, const struct wanted *w)
{
	const struct fx_list *dirs = &c->app->ledgers;
	int r = 0;

	if (w->follow && dirs->n > 1)
		return fx_fail(c->err, FX_EUSAGE, "--follow takes one ledger");
	for (size_t i = 0; r == 0 && i < dirs->n; i++) {
		c->l = fx_ledger_open(dirs->v[i], c->err);
		r = c->l ? one_ledger(c, w) : -1;
		fx_ledger_close(c->l);
	}
	if (r == 0 && c->out == 0 && (w->orders.n || w->tasks.n || w->events.n || c->app->nfiles))
		c->app->exit = FX_EXIT_DIRTY; /* as grep: nothing found */
	return r;
}

int main(int argc, char **argv)
{
	struct wanted w = {.last = UINT64_MAX};
	struct cat c = {0};
	const struct fx_opt opts[] = {
	    {0, "order", FX_OPT_LIST, &w.orders, "ID", "the entries of this order"},
	    {0, "task", FX_OPT_LIST, &w.tasks, "ID", "those of this task"},
	    {0, "event", FX_OPT_LIST, &w.events, "ID",
	     "those with this event_id (reads the whole ledger)"},
	    {0, "last", FX_OPT_UINT, &w.last, "N", "the last N entries"},
	    {0, "follow", FX_OPT_FLAG, &w.follow, NULL, "go on with what is appended, as tail -f"},
	    {0, "token", FX_OPT_FLAG, &c.token, NULL, "add each entry's audit_token"},
	    {0, "proof", FX_OPT_FLAG, &c.proof, NULL, "add audit_token and audit_proof"},
	    {0}};
	struct fx_app app = {
	    .name = "fx-cat",
	    .synopsis = "[options] [INDEX | FROM-TO | TOKEN ...]",
	    .summary = "Print entries of the ledger",
	    .example = "fx-cat --order ORD-77 --token\n"
		       "fx-cat --last 100 | jq .event",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_HAS_STREAM,
	};
	struct fx_err err = {0};
	int r = fx_app_start(&app, argc, argv);

	if (r >= 0)
		return r;
	c.app = &app;
	c.err = &err;
	if (cat(&c, &w))
		fx_app_fatal(&app, &err);
	fx_tape_free(&c.tape);
	fx_arena_free(&c.arena);
	fx_buf_free(&c.line);
	fx_buf_free(&c.note);
	return fx_app_end(&app, (const struct fx_count[]){{"out", c.out}, {NULL, 0}});
}
