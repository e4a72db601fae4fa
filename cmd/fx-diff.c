/* fx-diff: whose work would change under other rules. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/app.h"
#include "json/write.h"
#include "ledger/store.h"
#include "rules/diff.h"

#define SINCE (7 * FX_DAY)

struct task {
	struct fx_app *app;
	struct fx_registry *before, *after;
	struct fx_ledger **ledger; /* shards, where there is no other source of orders */
	size_t nledger;
	struct fx_diff diff;
	struct fx_tape tape;
	fx_time since;
	bool json, with_orders;
};

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct fx_registry *load(struct fx_app *app, const char *dir)
{
	struct fx_errs errs = {0};
	struct fx_registry *r = fx_registry_load(dir, &errs);

	fx_app_errs(app, &errs);
	fx_errs_free(&errs);
	return r;
}

/* The registry that a ledger holds last, if it was logged after *at; *r is replaced by it. */
static int published(struct task *k, struct fx_ledger *l, struct fx_registry **r, fx_time *at,
		     struct fx_errs *errs, struct fx_err *err)
{
	struct fx_ledger_scan scan;
	struct fx_arena a = {0};
	struct fx_str entry;
	int rc;

	fx_ledger_scan_init(&scan, l, 0);
	while ((rc = fx_ledger_scan_next(&scan, &entry, err)) > 0) {
		uint32_t body;
		fx_time logged;

		if (fx_tape_read(&k->tape, entry, NULL))
			continue;
		fx_arena_reset(&a);
		body = fx_tape_get(&k->tape, 0, FX_STR("registry"));
		if (body == FX_NONE ||
		    !fx_str_is(fx_tape_get_str(&k->tape, 0, FX_STR("event"), &a), "registry.published") ||
		    fx_time_parse(fx_tape_get_str(&k->tape, 0, FX_STR("logged_at"), &a), &logged) ||
		    (*r && logged < *at))
			continue;
		fx_registry_free(*r);
		*r = fx_registry_from_json(fx_tape_raw(&k->tape, body), errs);
		*at = logged;
	}
	fx_ledger_scan_end(&scan);
	fx_arena_free(&a);
	return rc;
}

/* The registry that the ledgers hold last. */
static struct fx_registry *last_published(struct task *k, struct fx_err *err)
{
	struct fx_registry *r = NULL;
	struct fx_errs errs = {0};
	fx_time at = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < k->nledger; i++)
		rc = published(k, k->ledger[i], &r, &at, &errs, err);
	fx_app_errs(k->app, &errs);
	if (rc == 0 && !r && errs.n == 0)
		fx_fail(err, FX_ELEDGER, "%s: holds no registry yet; name two directories",
		        k->app->ledger);
	fx_errs_free(&errs);
	return r;
}

static void one(struct task *k, struct fx_str line)
{
	if (fx_tape_read(&k->tape, line, NULL) == 0)
		fx_diff_order(&k->diff, &k->tape, k->app->now_record ? FX_TIME_NONE : k->app->now);
}

static int over_files(struct task *k, struct fx_err *err)
{
	struct fx_str line;

	for (enum fx_in_what what; (what = fx_in_next(&k->app->in, &line)) != FX_IN_END;) {
		if (what == FX_IN_LINE)
			one(k, line);
		if (what == FX_IN_FAIL) {
			*err = k->app->in.err;
			return -1;
		}
	}
	return 0;
}

static int over_ledger(struct task *k, struct fx_ledger *l, struct fx_err *err)
{
	struct fx_ledger_scan scan;
	struct fx_arena a = {0};
	struct fx_str entry;
	int rc;

	fx_ledger_scan_init(&scan, l, 0);
	while ((rc = fx_ledger_scan_next(&scan, &entry, err)) > 0) {
		fx_time at;

		fx_arena_reset(&a);
		if (fx_tape_read(&k->tape, entry, NULL) == 0 &&
		    fx_time_parse(fx_tape_get_str(&k->tape, 0, FX_STR("at"), &a), &at) == 0 &&
		    at >= k->since)
			one(k, entry);
	}
	fx_ledger_scan_end(&scan);
	fx_arena_free(&a);
	return rc;
}

static void say_rule(const struct fx_rule_diff *x, struct fx_buf *b)
{
	const struct fx_rule *r = x->after ? x->after : x->before;

	fx_buf_fmt(b, "  %c %.*s", "+-~"[x->change], FX_FMT(r->id));
	if (x->change != FX_RULE_CHANGED) {
		fx_buf_fmt(b, " v%llu\n", (unsigned long long)r->version);
		return;
	}
	fx_buf_fmt(b, " v%llu", (unsigned long long)x->before->version);
	if (x->after->version != x->before->version)
		fx_buf_fmt(b, " -> v%llu", (unsigned long long)x->after->version);
	if (x->what.n)
		fx_buf_fmt(b, ": %.*s", FX_FMT(x->what));
	fx_buf_z(b, x->same_version ? "; its version must rise\n" : "\n");
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void say_handover(const struct task *k, const struct fx_handover *h, struct fx_buf *b)
{
	bool same = fx_str_eq(h->from->text, h->to->text);

	fx_buf_fmt(b, "  %.*s -> %.*s", FX_FMT(same ? h->from->full : h->from->text),
	           FX_FMT(same ? h->to->full : h->to->text));
	if (k->with_orders)
		fx_buf_fmt(b, ": %llu lines of %llu orders (%.1f %%), first %.*s\n",
		           (unsigned long long)h->lines, (unsigned long long)h->orders,
		           percent(h->lines, k->diff.lines), FX_FMT(h->order));
	else
		fx_buf_fmt(b, "\n    %.*s\n", FX_FMT(h->order));
}

static void say(struct task *k, struct fx_buf *b)
{
	const struct fx_diff *d = &k->diff;

	fx_buf_fmt(b, "%zu rule%s\n", d->nrules, d->nrules == 1 ? " differs" : "s differ");
	for (size_t i = 0; i < d->nrules; i++)
		say_rule(&d->rules[i], b);
	if (k->with_orders)
		fx_buf_fmt(b, "%llu of %llu orders change hands (%.1f %%), %llu of %llu lines\n",
		           (unsigned long long)d->changed_orders, (unsigned long long)d->orders,
		           percent(d->changed_orders, d->orders),
		           (unsigned long long)d->changed_lines, (unsigned long long)d->lines);
	else if (d->nhandovers)
		fx_buf_z(b, "orders that change hands:\n");
	else if (!d->undecided)
		fx_buf_z(b, "no order changes hands\n");
	for (size_t i = 0; i < d->nhandovers; i++)
		say_handover(k, &d->handovers[i], b);
	if (d->undecided)
		fx_buf_z(
		    b,
		    "whether other orders change hands could not be decided; give orders to try\n");
}

static void version_json(struct fx_buf *b, const char *key, const struct fx_rule *r)
{
	fx_json_key(b, key);
	if (r)
		fx_json_int(b, (int64_t)r->version);
	else
		fx_buf_z(b, "null");
}

static void rule_json(const struct fx_rule_diff *x, struct fx_buf *b)
{
	static const char *const names[] = {"added", "removed", "changed"};

	fx_buf_z(b, "{\"rule_id\":");
	fx_json_string(b, (x->after ? x->after : x->before)->id);
	fx_json_key(b, "change");
	fx_json_z(b, names[x->change]);
	version_json(b, "from_version", x->before);
	version_json(b, "to_version", x->after);
	fx_json_key(b, "keys");
	fx_json_string(b, x->what);
	fx_json_key(b, "version_must_rise");
	fx_json_bool(b, x->same_version);
	fx_buf_z(b, "}\n");
}

static void say_json(struct task *k, struct fx_buf *b)
{
	const struct fx_diff *d = &k->diff;

	for (size_t i = 0; i < d->nrules; i++)
		rule_json(&d->rules[i], b);
	for (size_t i = 0; i < d->nhandovers; i++) {
		const struct fx_handover *h = &d->handovers[i];

		fx_buf_z(b, "{\"from\":");
		fx_json_string(b, h->from->full);
		fx_json_key(b, "to");
		fx_json_string(b, h->to->full);
		if (k->with_orders) {
			fx_json_key(b, "lines");
			fx_json_int(b, (int64_t)h->lines);
			fx_json_key(b, "orders");
			fx_json_int(b, (int64_t)h->orders);
			fx_json_key(b, "first_order_id");
			fx_json_string(b, h->order);
		} else {
			fx_json_key(b, "order");
			fx_buf_str(b, h->order);
		}
		fx_buf_z(b, "}\n");
	}
	fx_buf_z(b, "{\"rules\":");
	fx_json_int(b, (int64_t)d->nrules);
	fx_json_key(b, "orders");
	fx_json_int(b, (int64_t)d->orders);
	fx_json_key(b, "changed_orders");
	fx_json_int(b, (int64_t)d->changed_orders);
	fx_json_key(b, "undecided");
	fx_json_bool(b, d->undecided);
	fx_buf_z(b, "}\n");
}

static int open_ledgers(struct task *k, struct fx_err *err)
{
	const struct fx_list *dirs = &k->app->ledgers;

	k->ledger = FX_NEWV(&k->app->arena, struct fx_ledger *, dirs->n);
	for (; k->nledger < dirs->n; k->nledger++) {
		k->ledger[k->nledger] = fx_ledger_open(dirs->v[k->nledger], err);
		if (!k->ledger[k->nledger])
			return -1;
	}
	return 0;
}

/* Registries are the operands that are directories, orders the rest. */
static int open_all(struct task *k, struct fx_err *err)
{
	struct fx_app *app = k->app;
	int dirs = 0;

	while (dirs < app->nfiles && dirs < 2 && is_dir(app->files[dirs]))
		dirs++;
	k->with_orders = app->nfiles > dirs;
	if (dirs == 0) {
		if (open_ledgers(k, err))
			return -1;
		k->before = last_published(k, err);
		k->with_orders = true;
	} else {
		k->before = load(app, app->files[0]);
	}
	if (!k->before)
		return -1;
	k->after = load(app, dirs == 2 ? app->files[1] : app->registry);
	if (!k->after)
		return -1;
	fx_diff_init(&k->diff, k->before, k->after);
	if (app->nfiles > dirs) {
		fx_in_close(&app->in);
		fx_in_init(&app->in, app->files + dirs, app->nfiles - dirs);
		return over_files(k, err);
	}
	if (k->nledger == 0)
		fx_diff_regions(&k->diff, app->now);
	for (size_t i = 0; i < k->nledger; i++)
		if (over_ledger(k, k->ledger[i], err))
			return -1;
	return 0;
}

static void report(struct task *k)
{
	struct fx_buf b = {0};

	(k->json ? say_json : say)(k, &b);
	fx_out_add(&k->app->out, fx_buf_view(&b));
	if (k->diff.nrules || k->diff.nhandovers)
		k->app->exit = FX_EXIT_DIRTY;
	fx_buf_free(&b);
}

static int wishes(struct task *k, const char *format, const char *since)
{
	struct fx_err err = {0};

	k->json = format && strcmp(format, "ndjson") == 0;
	k->since = k->app->now - SINCE;
	if (format && !k->json && strcmp(format, "human") != 0)
		fx_app_warn(k->app, "--format is human or ndjson");
	else if (since && fx_time_arg(fx_str(since), k->app->now, &k->since, &err))
		fx_app_warn(k->app, "--since: %s", err.msg);
	else
		return 0;
	return -1;
}

int main(int argc, char **argv)
{
	const char *format = NULL, *since = NULL;
	const struct fx_opt opts[] = {
	    {0, "since", FX_OPT_TEXT, &since, "TIME", "of the ledger's triggers (default: 7d)"},
	    {0, "format", FX_OPT_TEXT, &format, "FORMAT", "human (default) or ndjson"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-diff",
	    .synopsis = "[options] [OLD [NEW]] [FILE ...]",
	    .summary = "tell whose work changes under another registry",
	    .example = "fx-diff old.d rules.d orders.ndjson",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_HAS_NOW,
	};
	struct task k = {.app = &app};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	if (wishes(&k, format, since)) {
		app.exit = FX_EXIT_FATAL;
	} else if (open_all(&k, &err)) {
		if (err.code != FX_OK)
			fx_app_fatal(&app, &err);
		app.exit = FX_EXIT_FATAL;
	} else {
		report(&k);
	}
	while (k.nledger > 0)
		fx_ledger_close(k.ledger[--k.nledger]);
	status = fx_app_end(&app, NULL);
	fx_diff_free(&k.diff);
	fx_registry_free(k.before);
	fx_registry_free(k.after);
	fx_tape_free(&k.tape);
	return status;
}
