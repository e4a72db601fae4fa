/* fx-cat: print entries of the ledger. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/app.h"
#include "json/tape.h"
#include "json/write.h"
#include "ledger/check.h"
#include "ledger/order.h"

struct cat {
	struct fx_app *app;
	struct fx_ledger **ledger; /* shards */
	size_t nledger;
	struct fx_ledger *l; /* the one at hand */
	struct fx_witness *witness;
	uint64_t unproved; /* the tile whose hashes do not lead to the root, said already */
	bool token, proof;
	struct fx_list types; /* of events; none: all */
	struct fx_arena arena;
	struct fx_tape tape;
	struct fx_buf line, note;
	uint64_t found, out;
	struct fx_err *err;
};

static bool wanted(struct cat *c, struct fx_str entry)
{
	struct fx_str event;

	if (!c->types.n)
		return true;
	fx_arena_reset(&c->arena);
	if (fx_tape_read(&c->tape, entry, NULL))
		return false;
	event = fx_tape_get_str(&c->tape, 0, FX_STR("event"), &c->arena);
	for (size_t i = 0; i < c->types.n; i++)
		if (fx_str_is(event, c->types.v[i]))
			return true;
	return false;
}

/* Say it where what is printed is not what was signed; it is printed all the same. */
static void check(struct cat *c, uint64_t index, struct fx_str entry)
{
	uint64_t tile = index / 256 + 1;
	struct fx_err err;
	char text[1024];
	int r;

	if (c->unproved == tile)
		return;
	r = fx_vouch_entry(c->l, c->witness, index, entry, &err);
	if (r == FX_VOUCHED)
		return;
	if (r == FX_FORGED) {
		fx_app_warn(c->app, "%s: entry %llu is not what was signed (fx-verify --all says more)",
			    fx_ledger_dir(c->l), (unsigned long long)index);
	} else {
		fx_app_warn(c->app, "%s", fx_err_text(&err, text, sizeof(text)));
		c->unproved = tile;
	}
	c->app->exit = FX_EXIT_DIRTY;
}

/* One entry as it stands, or with what was asked for spliced in before its closing brace. */
static int print(struct cat *c, uint64_t index, struct fx_str entry)
{
	struct fx_str token;

	c->found++;
	if (!wanted(c, entry))
		return 0;
	c->out++;
	check(c, index, entry);
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

static int print_task(struct cat *c, const char *task)
{
	struct fx_str order = fx_task_order(fx_str(task));

	if (order.n == 0)
		return fx_fail(c->err, FX_EUSAGE, "--task: \"%s\" is no task id (ORDER/HASH/NUMBER)", task);
	return print_order(c, order, task);
}

static int print_token(struct cat *c, struct fx_str token, struct fx_str origin, uint64_t index)
{
	struct fx_str have;

	if (!fx_str_eq(origin, fx_ledger_origin(c->l)))
		return 0;
	fx_arena_reset(&c->arena);
	if (fx_ledger_token(c->l, index, &c->arena, &have, c->err))
		return -1;
	if (fx_str_eq(have, token))
		return print_one(c, index);
	fx_app_warn(c->app, "entry %llu does not have the hash of the token", (unsigned long long)index);
	return 0;
}

/* "17", "10-20" (both included), "10-": 0, else -1. */
static int read_range(const char *text, uint64_t *from, uint64_t *to)
{
	struct fx_str s = fx_str(text);
	size_t dash = fx_str_find(s, '-');

	if (fx_str_u64((struct fx_str){s.p, dash}, from))
		return -1;
	*to = dash == s.n ? *from : UINT64_MAX - 1;
	return dash + 1 < s.n ? fx_str_u64((struct fx_str){s.p + dash + 1, s.n - dash - 1}, to) : 0;
}

static int check_operand(const char *text, struct fx_err *err)
{
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_str origin;
	uint64_t from, to;

	if (fx_token_parse(fx_str(text), &origin, &from, leaf) == 0)
		return 0;
	if (read_range(text, &from, &to))
		return fx_fail(err, FX_EUSAGE, "\"%s\" is no entry: 17, 10-20, 10- or an audit token",
			       text);
	if (from > to)
		return fx_fail(err, FX_EUSAGE, "\"%s\" ends before it begins: %llu-%llu?", text,
			       (unsigned long long)to, (unsigned long long)from);
	return 0;
}

static int print_operand(struct cat *c, const char *text)
{
	struct fx_str s = fx_str(text), origin;
	unsigned char leaf[FX_SHA256_LEN];
	uint64_t from, to;

	if (fx_token_parse(s, &origin, &from, leaf) == 0)
		return print_token(c, s, origin, from);
	if (read_range(text, &from, &to))
		return -1; /* check_operand has seen it */
	if (!strchr(text, '-'))
		return print_one(c, from);
	return print_range(c, from, to == UINT64_MAX ? to : to + 1, NULL);
}

/* What was asked for by name. */
enum item_kind { ORDER, TASK, EVENT, OPERAND };
struct item {
	enum item_kind kind;
	const char *text;
	struct fx_str order; /* its real id */
	bool found;
};

struct wanted {
	struct fx_list orders, tasks, events;
	struct item *item;
	size_t n;
	uint64_t last;
	bool follow;
};

static int print_item(struct cat *c, struct item *it, uint64_t size)
{
	uint64_t before = c->found;
	int r = 0;

	switch (it->kind) {
	case ORDER:
		r = print_order(c, it->order, NULL);
		break;
	case TASK:
		r = print_task(c, it->text);
		break;
	case EVENT:
		r = print_range(c, 0, size, it->text);
		break;
	case OPERAND:
		r = print_operand(c, it->text);
		break;
	}
	it->found |= c->found > before;
	return r;
}

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
	uint64_t size = fx_ledger_size(c->l), from = w->last < size ? size - w->last : 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n; i++)
		r = print_item(c, &w->item[i], size);
	if (r == 0 && w->follow)
		r = follow(c, w->last == UINT64_MAX ? size : from);
	else if (r == 0 && w->last != UINT64_MAX)
		r = print_range(c, from, size, NULL);
	else if (r == 0 && w->n == 0)
		r = print_range(c, 0, size, NULL);
	return r < 0 ? -1 : 0;
}

static void add_items(struct wanted *w, enum item_kind kind, const char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w->item[w->n++] = (struct item){.kind = kind, .text = text[i]};
}

static int add_all(struct cat *c, struct wanted *w)
{
	const struct fx_app *app = c->app;

	w->item = fx_alloc(w->orders.n + w->tasks.n + w->events.n + (size_t)app->nfiles + 1,
			   sizeof(*w->item));
	add_items(w, ORDER, w->orders.v, w->orders.n);
	add_items(w, TASK, w->tasks.v, w->tasks.n);
	add_items(w, EVENT, w->events.v, w->events.n);
	for (int i = 0; i < app->nfiles; i++) {
		const char *text = app->files[i];

		if (check_operand(text, c->err))
			return -1;
		add_items(w, OPERAND, &text, 1);
	}
	return 0;
}

static int open_all(struct cat *c)
{
	const struct fx_list *dirs = &c->app->ledgers;

	c->ledger = fx_alloc(dirs->n, sizeof(struct fx_ledger *));
	for (; c->nledger < dirs->n; c->nledger++) {
		c->ledger[c->nledger] = fx_ledger_open(dirs->v[c->nledger], c->err);
		if (!c->ledger[c->nledger])
			return -1;
	}
	return 0;
}

/* As grep, 1: nothing found; but each thing that was not is said. */
static void say_missing(struct cat *c, const struct wanted *w)
{
	static const char *const what[] = {"order", "task", "event", "entry"};

	for (size_t i = 0; i < w->n; i++)
		if (!w->item[i].found) {
			fx_app_warn(c->app, "the ledger has no %s '%s'", what[w->item[i].kind],
				    w->item[i].text);
			c->app->exit = FX_EXIT_DIRTY;
		}
	if (c->found && c->out == 0 && c->types.n)
		fx_app_warn(c->app, "no entry of the type that --type names is among them");
	if (c->out == 0 && (w->n || c->types.n))
		c->app->exit = FX_EXIT_DIRTY;
}

static int cat(struct cat *c, struct wanted *w)
{
	struct fx_arena ids = {0};
	int r = 0;

	if (w->follow && c->app->ledgers.n > 1)
		return fx_fail(c->err, FX_EUSAGE, "--follow takes one ledger");
	if (add_all(c, w) || open_all(c))
		return -1;
	for (size_t i = 0; r >= 0 && i < w->n; i++)
		if (w->item[i].kind == ORDER)
			r = fx_order_find(c->ledger, c->nledger, fx_str(w->item[i].text), &ids,
					  &w->item[i].order, c->err);
	r = r < 0 ? -1 : 0;
	for (size_t i = 0; r == 0 && i < c->nledger; i++) {
		c->l = c->ledger[i];
		c->unproved = 0;
		r = one_ledger(c, w);
	}
	if (r == 0)
		say_missing(c, w);
	fx_arena_free(&ids);
	return r;
}

int main(int argc, char **argv)
{
	struct wanted w = {.last = UINT64_MAX};
	struct cat c = {0};
	const struct fx_opt opts[] = {
	    {'t', "type", FX_OPT_LIST, &c.types, "EVENT",
	     "of all this only entries of this event type (order.placed)"},
	    {0, "order", FX_OPT_LIST, &w.orders, "ID", "the entries of this order (1051 is #1051, too)"},
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
		       "fx-cat -t order.placed | jq .order_id",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_HAS_STREAM,
	};
	struct fx_err err = {0};
	int r = fx_app_start(&app, argc, argv);

	if (r >= 0)
		return r;
	c.app = &app;
	c.err = &err;
	c.witness = fx_witness_new();
	if (cat(&c, &w))
		fx_app_fatal(&app, &err);
	for (size_t i = 0; i < c.nledger; i++)
		fx_ledger_close(c.ledger[i]);
	free(c.ledger);
	free(w.item);
	fx_tape_free(&c.tape);
	fx_arena_free(&c.arena);
	fx_buf_free(&c.line);
	fx_buf_free(&c.note);
	fx_witness_free(c.witness);
	return fx_app_end(&app, (const struct fx_count[]){{"out", c.out}, {NULL, 0}});
}
