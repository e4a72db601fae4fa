/*
 * fx-event: one record from arguments, signed, as logger(1) logs.  See fx-event(1).
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "contract/contract.h"
#include "json/record.h"
#include "json/write.h"
#include "ledger/append.h"
#include "ledger/order.h"
#include "task/known.h"

struct event {
	struct fx_app *app;
	const char *order, *task, *exception, *owner, *failure, *reason, *until, *from, *to, *by,
	    *source, *at, *carrier, *tracking;
	struct fx_list set;
	bool print, force;
	const char *names;
	struct fx_str type;
	fx_time until_at, at_time;
	struct fx_contract *contract;
	struct fx_ledger *ledger;
	struct fx_batch *batch;
	struct fx_str origin;
	struct fx_arena one;
	struct fx_tape tape;
	struct fx_check check;
	struct fx_opened opened;
	uint64_t written, refused;
};

/* What the record is about. */
struct about {
	struct fx_str order, task, exception;
};

static const char FORCE[] = "--force signs it all the same";

/* What a typo is held against: an entry of a wrong type could never be taken back. */
static const struct fx_str KNOWN[] = {
    FX_STR_INIT("order.placed"),          FX_STR_INIT("order.changed"),      FX_STR_INIT("order.cancelled"),
    FX_STR_INIT("return.requested"),      FX_STR_INIT("task.assigned"),      FX_STR_INIT("task.confirmed"),
    FX_STR_INIT("task.shipped"),          FX_STR_INIT("task.completed"),     FX_STR_INIT("task.failed"),
    FX_STR_INIT("task.cancelled"),        FX_STR_INIT("exception.resolved"), FX_STR_INIT("exception.acknowledged"),
    FX_STR_INIT("exception.opened"),
    FX_STR_INIT("handoff.manual"),        FX_STR_INIT("hold.released"),      FX_STR_INIT("silence.set"),
};

static int check_type(struct fx_str type, struct fx_err *err)
{
	int near = fx_str_nearest(type, KNOWN, sizeof(KNOWN) / sizeof(KNOWN[0]));

	if (near < 0 || fx_str_eq(type, KNOWN[near]))
		return 0;
	return fx_fail(err, FX_EUSAGE, "no event '%.*s'; did you mean %.*s?", FX_FMT(type),
		       FX_FMT(KNOWN[near]));
}

/* The person, also behind sudo; who they say they are is checked by whoever lets them run this. */
static const char *person(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw;

	if (sudo && *sudo)
		return sudo;
	pw = getpwuid(getuid());
	return pw ? pw->pw_name : "unknown";
}

static void member(struct fx_buf *b, const char *name, const char *v)
{
	if (!v)
		return;
	fx_json_key(b, name);
	fx_json_z(b, v);
}

/* Such an event may be the first that the ledger hears of an order. */
static bool creates(struct fx_str type)
{
	return fx_str_starts(type, FX_STR("order.")) || fx_str_is(type, "return.requested");
}

/* An entry about what does not exist could never be taken back. */
static int unknown(const struct event *e, const char *what, struct fx_str id, struct fx_err *err)
{
	const char *hint = "";

	if (e->force)
		return 0;
	if (fx_str_is(id, "null"))
		hint = " (jq -r prints null for what is not there: '.exception_id // empty')";
	return fx_fail(err, FX_EDATA, "the ledger has no %s '%.*s'%s; nothing is signed of it, %s", what,
		       FX_FMT(id), hint, FORCE);
}

/* Order and task of the exception, where they were not given. */
static int settle_exception(struct event *e, struct about *about, struct fx_err *err)
{
	struct fx_opened_one x;
	int r = fx_opened_find(&e->opened, e->ledger, about->exception, &e->one, &x, err);

	if (r <= 0)
		return r < 0 ? -1 : unknown(e, "exception", about->exception, err);
	if (!about->order.n)
		about->order = x.order_id;
	if (!about->task.n)
		about->task = x.task_id;
	if (!e->force && x.order_id.n && !fx_str_eq(about->order, x.order_id))
		return fx_fail(err, FX_EDATA, "exception '%.*s' is of order '%.*s', not '%.*s'; %s",
			       FX_FMT(about->exception), FX_FMT(x.order_id), FX_FMT(about->order), FORCE);
	return 0;
}

/* An acknowledgement or a resolution is of one exception, or it would say nothing: the open one. */
static int settle_open(struct event *e, struct about *about, struct fx_err *err)
{
	struct fx_str *ids;
	size_t n;

	if (about->exception.n || e->force || !about->order.n ||
	    (!fx_str_is(e->type, "exception.acknowledged") && !fx_str_is(e->type, "exception.resolved")))
		return 0;
	if (fx_open_exceptions(e->ledger, about->order, about->task, e->app->now, &e->one, &ids, &n, err))
		return -1;
	if (n == 0)
		return fx_fail(err, FX_EDATA, "order '%.*s' has no open exception; %s",
			       FX_FMT(about->order), FORCE);
	if (n > 1)
		return fx_fail(err, FX_EDATA, "order '%.*s' has %zu open exceptions, such as %.*s: --exception "
					      "says which", FX_FMT(about->order), n, FX_FMT(ids[0]));
	about->exception = ids[0];
	return 0;
}

/* What was given made whole, by its real ids, and known to the ledger. */
static int settle(struct event *e, struct about *about, struct fx_err *err)
{
	struct fx_str id;
	int r = 0;

	if (about->task.n && !about->order.n)
		about->order = fx_task_order(about->task);
	if (!e->ledger)
		return 0;
	if (about->order.n && !fx_str_is(e->type, "order.placed")) {
		r = fx_order_find(&e->ledger, 1, about->order, &e->one, &id, err);
		if (r < 0)
			return -1;
		if (r == 1)
			about->order = id;
		else if (!about->task.n && !creates(e->type) &&
			 unknown(e, "order", about->order, err))
			return -1;
	}
	if (settle_open(e, about, err) || (about->exception.n && settle_exception(e, about, err)))
		return -1;
	if (!about->task.n)
		return 0;
	r = fx_task_known(e->ledger, about->order, about->task, err);
	return r == 0 ? unknown(e, "task", about->task, err) : r < 0 ? -1 : 0;
}

static int check_name(const struct event *e, const struct fx_registry *r, enum fx_name what,
		      const char *option, const char *name, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str near;
	int status = 0;

	if (name && !fx_name_known(r, what, fx_str(name), &a, &near))
		status = near.n ? fx_fail(err, FX_EDATA, "%s: no %s '%s'; did you mean '%.*s'? (%s)", option,
					  what == FX_NAME_OWNER ? "owner" : "failure", name,
					  FX_FMT(near), FORCE)
				: fx_fail(err, FX_EDATA, "%s: the registry in %s has no %s '%s'; %s", option,
					  e->app->registry, what == FX_NAME_OWNER ? "owner" : "failure",
					  name, FORCE);
	fx_arena_free(&a);
	return status;
}

/* A carrier that failed inhibits by its exact name; one that no rule has may still be a parcel's. */
static void check_carrier(const struct event *e, const struct fx_registry *r)
{
	struct fx_str *v, name = fx_str(e->carrier);
	int near;

	if (!e->carrier || fx_str_is(e->type, "task.shipped") || e->force)
		return;
	v = fx_alloc(r->nrules, sizeof(*v));
	for (size_t i = 0; i < r->nrules; i++)
		v[i] = r->rules[i].carrier;
	near = fx_str_nearest(name, v, r->nrules);
	if (near >= 0 && !fx_str_eq(v[near], name))
		fx_app_warn(e->app, "--carrier: no rule has '%s'; did you mean '%.*s'? It is signed as it is",
			    e->carrier, FX_FMT(v[near]));
	else if (near < 0)
		fx_app_warn(e->app, "--carrier: no rule has '%s'; it is signed as it is", e->carrier);
	free(v);
}

/* Owners and failures are the registry's words. */
static int check_names(const struct event *e, struct fx_err *err)
{
	struct fx_errs errs = {0};
	struct fx_registry *r;
	int status = -1;

	if (e->force || (!e->owner && !e->failure && !e->from && !e->to && !e->carrier))
		return 0;
	r = fx_registry_load(e->app->registry, &errs);
	fx_errs_free(&errs);
	if (!r) {
		fx_app_warn(e->app, "the registry in %s does not load (fx-lint says why): owners and failures "
				    "were not held against it", e->app->registry);
		return 0;
	}
	if (check_name(e, r, FX_NAME_OWNER, "--owner", e->owner, err) == 0 &&
	    check_name(e, r, FX_NAME_OWNER, "--from", e->from, err) == 0 &&
	    check_name(e, r, FX_NAME_OWNER, "--to", e->to, err) == 0 &&
	    check_name(e, r, FX_NAME_FAILURE, "--failure", e->failure, err) == 0)
		status = 0;
	if (status == 0)
		check_carrier(e, r);
	fx_registry_free(r);
	return status;
}

/* Set by hand, these would get past the look-ups, or stand twice. */
static int check_set(const struct event *e, struct fx_err *err)
{
	static const char *const own[][2] = {{"order_id", "order"},         {"task_id", "task"},
					     {"exception_id", "exception"}, {"owner_id", "owner"},
					     {"failure", "failure"},        {"from", "from"},
					     {"to", "to"}};

	for (size_t i = 0; i < e->set.n; i++)
		for (size_t k = 0; k < sizeof(own) / sizeof(own[0]); k++) {
			size_t n = strlen(own[k][0]);

			if (strncmp(e->set.v[i], own[k][0], n) == 0 && e->set.v[i][n] == '=')
				return fx_fail(err, FX_EUSAGE, "--set %s: --%s is for that", own[k][0],
					       own[k][1]);
		}
	return 0;
}

static int put_set(struct event *e, struct fx_buf *b, struct fx_err *err)
{
	for (size_t i = 0; i < e->set.n; i++) {
		const char *text = e->set.v[i], *eq = strchr(text, '=');

		if (!eq || eq == text)
			return fx_fail(err, FX_EUSAGE, "--set takes NAME=VALUE, not '%s'", text);
		fx_json_sep(b);
		fx_json_string(b, (struct fx_str){text, (size_t)(eq - text)});
		fx_buf_byte(b, ':');
		fx_json_z(b, eq + 1);
	}
	return 0;
}

static int build(struct event *e, struct fx_buf *b, const struct about *about, struct fx_err *err)
{
	char id[FX_ID_LEN + 1];

	fx_random_id(id);
	fx_buf_reset(b);
	fx_buf_byte(b, '{');
	fx_json_key(b, "event");
	fx_json_string(b, e->type);
	member(b, "event_id", id);
	if (about->order.n) {
		fx_json_key(b, "order_id");
		fx_json_string(b, about->order);
	}
	fx_json_key(b, "at");
	fx_json_time(b, e->at_time);
	fx_json_key(b, "source");
	fx_json_string(b, e->source ? fx_str(e->source) : e->origin);
	if (about->task.n) {
		fx_json_key(b, "task_id");
		fx_json_string(b, about->task);
	}
	if (about->exception.n) {
		fx_json_key(b, "exception_id");
		fx_json_string(b, about->exception);
	} else if (fx_str_is(e->type, "exception.opened")) {
		member(b, "exception_id", id);
	}
	member(b, "owner_id", e->owner);
	member(b, "failure", e->failure);
	member(b, "from", e->from);
	member(b, "to", e->to);
	member(b, "carrier", e->carrier);
	member(b, "tracking_number", e->tracking);
	if (e->until) {
		fx_json_key(b, "until");
		fx_json_time(b, e->until_at);
	}
	member(b, "reason", e->reason);
	member(b, "by", e->by ? e->by : person());
	if (put_set(e, b, err))
		return -1;
	fx_buf_byte(b, '}');
	return 0;
}

static int check(struct event *e, struct fx_str record, struct fx_err *err)
{
	const struct fx_schema *schema = fx_contract_for(e->contract, e->type);

	if (fx_record_read(&e->tape, record, err))
		return -1;
	if (!schema || fx_schema_check(schema, &e->check, &e->tape, 0))
		return 0;
	for (size_t i = 0; i < e->check.n; i++) {
		struct fx_str at = e->check.fault[i].instance; /* empty: the record itself */

		fx_app_warn(e->app, "%.*s%s%.*s", FX_FMT(at), at.n ? ": " : "",
			    FX_FMT(e->check.fault[i].message));
	}
	return fx_fail(err, FX_EDATA, "the record does not meet the contract: it is not signed");
}

static int say(struct event *e, struct about about, struct fx_err *err)
{
	struct fx_buf b = {0};
	int r = -1;

	fx_arena_reset(&e->one);
	if (settle(e, &about, err) == 0 && build(e, &b, &about, err) == 0 &&
	    check(e, fx_buf_view(&b), err) == 0) {
		if (e->print)
			r = fx_out_line(&e->app->out, fx_buf_view(&b));
		else
			r = fx_batch_add(e->batch, fx_buf_view(&b), err);
		e->written++;
	}
	fx_buf_free(&b);
	return r;
}

static int say_line(struct event *e, struct fx_str line, struct fx_err *err)
{
	const struct fx_str id = fx_str_trim(line);
	struct about about = {0};

	/* Of exceptions, tasks or orders, as the event type says. */
	if (fx_str_starts(e->type, FX_STR("exception.")))
		about.exception = id;
	else if (fx_str_starts(e->type, FX_STR("task.")) || fx_str_is(e->type, "handoff.manual"))
		about.task = id;
	else
		about.order = id;
	return say(e, about, err);
}

/* Ids on standard input, a line each.  A bad one is said and passed over. */
static int say_all(struct event *e, struct fx_err *err)
{
	char dash[] = "-", *const files[] = {dash};
	struct fx_in *in = &e->app->in;
	enum fx_in_what what;
	struct fx_str line;

	fx_in_init(in, files, 1);
	while ((what = fx_in_next(in, &line)) != FX_IN_END) {
		if (what == FX_IN_FAIL) {
			*err = in->err;
			return -1;
		}
		if (what == FX_IN_PAUSE)
			continue;
		if (what == FX_IN_LONG)
			fx_fail(err, FX_EDATA, "so long a line is no id");
		else if (say_line(e, line, err) == 0)
			continue;
		if (err->code != FX_EDATA)
			return -1;
		fx_app_warn_line(e->app, "%s", err->msg);
		e->app->exit = FX_EXIT_DIRTY;
		e->refused++;
	}
	if (e->written + e->refused == 0)
		return fx_fail(err, FX_EDATA, "no id on standard input");
	return 0;
}

static int sign(struct event *e, struct fx_err *err)
{
	struct fx_ledger_how how = {.key = e->app->key, .lock_timeout = 60 * FX_SEC};
	struct fx_buf b = {0};

	/* A process has a ledger's index open only once. */
	fx_ledger_close(e->ledger);
	e->ledger = fx_ledger_open_write(e->app->ledger, &how, err);
	if (!e->ledger || fx_ledger_append(e->ledger, e->batch, true, err))
		return -1;
	for (size_t i = 0; i < fx_batch_count(e->batch); i++) {
		const struct fx_signed *s = fx_batch_signed(e->batch, i);

		fx_buf_reset(&b);
		fx_signed_record(e->ledger, s, &b);
		fx_out_line(&e->app->out, fx_buf_view(&b));
	}
	fx_buf_free(&b);
	return 0;
}

static int open_all(struct event *e, struct fx_err *err)
{
	struct fx_errs errs = {0};

	e->contract = fx_contract_new(false);
	if (fx_contract_add_registry(e->contract, e->app->registry, &errs)) {
		fx_app_errs(e->app, &errs);
		fx_errs_free(&errs);
		return fx_fail(err, FX_ECONF, "the contract in %s could not be read", e->app->registry);
	}
	e->origin = FX_STR("fx");
	e->ledger = fx_ledger_open(e->app->ledger, err);
	if (!e->ledger && !e->print)
		return -1;
	if (e->ledger)
		e->origin = fx_ledger_origin(e->ledger);
	e->batch = fx_batch_new();
	return 0;
}

static int list_names(struct event *e, struct fx_err *err)
{
	if (strcmp(e->names, "events") != 0)
		return fx_names_list(e->app, e->names, err);
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
		fx_out_line(&e->app->out, KNOWN[i]);
	return 0;
}

static int run(struct event *e, struct fx_err *err)
{
	char **f = e->app->files;
	bool many = e->app->nfiles == 2 && strcmp(f[1], "-") == 0;

	if (e->names && e->app->nfiles == 0)
		return list_names(e, err);
	if (e->app->nfiles < 1 || (e->app->nfiles > 1 && !many))
		return fx_fail(err, FX_EUSAGE, "one event type, such as task.confirmed, and at most a "
					       "'-' behind it; see fx-event --help");
	e->type = fx_str(f[0]);
	e->at_time = e->app->now;
	if (check_type(e->type, err) || check_set(e, err))
		return -1;
	/* Signed without these, it would change nothing. */
	if (fx_str_is(e->type, "handoff.manual") && !e->to)
		return fx_fail(err, FX_EUSAGE, "handoff.manual: --to says who takes over");
	if (fx_str_is(e->type, "silence.set") && !e->owner && !e->failure)
		return fx_fail(err, FX_EUSAGE, "silence.set: --owner or --failure says of what");
	if (e->at && fx_time_arg(fx_str(e->at), e->app->now, &e->at_time, err))
		return -1;
	if (e->until && fx_time_arg(fx_str(e->until), e->app->now, &e->until_at, err))
		return -1;
	/* An empty id is a script's unset variable. */
	if ((e->order && !*e->order) || (e->task && !*e->task) || (e->exception && !*e->exception))
		return fx_fail(err, FX_EUSAGE, "an empty id for --order, --task or --exception");
	if (!many && !e->order && !e->task && !e->exception && !e->owner && !e->failure)
		return fx_fail(err, FX_EUSAGE, "about what? --order, --task or --exception says so");
	if (fx_str_is(e->type, "exception.opened") && (!e->failure || e->exception || many))
		return fx_fail(err, FX_EUSAGE, "exception.opened takes --failure, and makes its own id");
	if (open_all(e, err) || check_names(e, err))
		return -1;
	if (many ? say_all(e, err)
		 : say(e, (struct about){fx_str(e->order), fx_str(e->task), fx_str(e->exception)}, err))
		return -1;
	return e->print || e->written == 0 ? 0 : sign(e, err);
}

int main(int argc, char **argv)
{
	struct event e = {0};
	const struct fx_opt opts[] = {
	    {'n', "print", FX_OPT_FLAG, &e.print, NULL, "print the record, do not sign it"},
	    {0, "force", FX_OPT_FLAG, &e.force, NULL,
	     "sign it even when ledger or registry know no such order, task, exception, owner or failure"},
	    {0, "order", FX_OPT_TEXT, &e.order, "ID", "the order it concerns"},
	    {0, "task", FX_OPT_TEXT, &e.task, "ID", "the task"},
	    {0, "exception", FX_OPT_TEXT, &e.exception, "ID", "the exception (its order is looked up)"},
	    {0, "owner", FX_OPT_TEXT, &e.owner, "ID", "the owner"},
	    {0, "failure", FX_OPT_TEXT, &e.failure, "NAME", "the failure"},
	    {0, "from", FX_OPT_TEXT, &e.from, "OWNER", "who hands over (handoff.manual)"},
	    {0, "to", FX_OPT_TEXT, &e.to, "OWNER", "who takes over (handoff.manual)"},
	    {0, "carrier", FX_OPT_TEXT, &e.carrier, "NAME", "the carrier (task.shipped, task.failed, exception.opened)"},
	    {0, "tracking", FX_OPT_TEXT, &e.tracking, "NUMBER", "its tracking number"},
	    {0, "until", FX_OPT_TEXT, &e.until, "TIME", "how long it holds (acknowledged, silence.set)"},
	    {'m', "reason", FX_OPT_TEXT, &e.reason, "TEXT", "why, for those who read the trail"},
	    {0, "at", FX_OPT_TEXT, &e.at, "TIME", "when it happened (default: now)"},
	    {0, "by", FX_OPT_TEXT, &e.by, "NAME", "who says so (default: the person, also behind sudo)"},
	    {0, "source", FX_OPT_TEXT, &e.source, "NAME", "the system (default: the ledger's origin)"},
	    {0, "names", FX_OPT_TEXT, &e.names, "KIND",
	     "list events, owners, failures, flows, or open orders, tasks, exceptions; sign nothing"},
	    {0, "set", FX_OPT_LIST, &e.set, "NAME=VALUE", "any other member, as text"},
	    {0},
	};
	struct fx_app app = {
	    .name = "fx-event",
	    .synopsis = "[options] EVENT [-]",
	    .summary = "Say that something happened: one record from arguments, signed; with -, one "
		       "for each id on standard input",
	    .example = "fx-event task.confirmed --order ORD-1 --reason \"phone\"\n"
		       "fx-queue --ndjson | jq -r '.exception_id // empty' |\n"
		       "  fx-event exception.acknowledged --until +1h -",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_ONE_LEDGER | FX_HAS_KEY | FX_HAS_NOW | FX_HAS_STREAM,
	};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	e.app = &app;
	if (run(&e, &err)) {
		fx_app_fatal(&app, &err);
		if (err.code == FX_EDATA)
			app.exit = FX_EXIT_DIRTY;
	}
	const struct fx_count counts[] = {{"records", e.written}, {"refused", e.refused}, {0}};

	fx_batch_free(e.batch);
	if (e.ledger)
		fx_ledger_close(e.ledger);
	fx_contract_free(e.contract);
	fx_tape_free(&e.tape);
	fx_check_free(&e.check);
	fx_arena_free(&e.one);
	fx_opened_free(&e.opened);
	return fx_app_end(&app, counts);
}
