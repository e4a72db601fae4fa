/* fx-redact: erase a person's data from entries of the ledger, and say so in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "ledger/order.h"
#include "ledger/redact.h"
#include "send/erase.h"

/* The entries that are meant. */
static int collect(struct fx_app *app, struct fx_ledger *l, const char *order, struct fx_redact *r,
		   struct fx_err *err)
{
	uint64_t *found = NULL;
	struct fx_str id;
	size_t n = 0;
	int there = order ? fx_order_find(&l, 1, fx_str(order), &app->arena, &id, err) : 0;

	if (there < 0)
		return -1;
	if (order && !there)
		fx_app_warn(app, "the ledger has no order '%s'", order);
	if (there && fx_ledger_find_order(l, id, &app->arena, &found, &n, err))
		return -1;
	r->order_id = there ? id.p : order;
	r->index = FX_NEWV(&app->arena, uint64_t, n + (size_t)app->nfiles + 1);
	if (n)
		memcpy(r->index, found, n * sizeof(*found));
	r->n = n;
	for (int i = 0; i < app->nfiles; i++)
		if (fx_str_u64(fx_str(app->files[i]), &r->index[r->n++]))
			return fx_fail(err, FX_EUSAGE, "\"%s\" is no entry's index", app->files[i]);
	if (r->order_id)
		fx_traces_order(r->traces, r->order_id);
	return 0;
}

static void say_message(void *arg, const char *path, bool deleted)
{
	fx_app_warn(arg, deleted ? "%s: deleted; its owner gets it no more"
				 : "%s holds it, too: outside the home, so it is yours to delete", path);
}

/* The spools that the registry names. */
static int erase_spools(struct fx_app *app, struct fx_traces *t, struct fx_spools *s,
			struct fx_err *err)
{
	struct fx_errs errs = {0};
	struct fx_registry *reg;
	int r = 0;

	if (access(app->registry, F_OK) != 0 && errno == ENOENT) {
		fx_app_warn(app, "there is no registry %s, so no spool was looked at", app->registry);
		return 0;
	}
	reg = fx_registry_load(app->registry, &errs);
	if (reg) {
		r = fx_spools_erase(reg, app->home, t, s, err);
	} else {
		fx_app_errs(app, &errs);
		r = fx_fail(err, FX_ECONF, "no spool was looked at: mend the registry and run this again");
	}
	fx_registry_free(reg);
	fx_errs_free(&errs);
	return r;
}

static void say_all(struct fx_app *app, const struct fx_redact *r, const struct fx_spools *s)
{
	if (r->erased)
		fx_app_warn(app, "%llu entries erased; entry %llu says so", (unsigned long long)r->erased,
			    (unsigned long long)r->record);
	if (r->cut)
		fx_app_warn(app, "%llu lines taken out of %s/cut", (unsigned long long)r->cut, app->ledger);
	if (r->erased + r->cut + s->deleted + s->left == 0) {
		fx_app_warn(app, "there was nothing to erase");
		app->exit = FX_EXIT_DIRTY;
	} else {
		fx_app_warn(app, "not reached: backups, copies by fx-archive --tiles, rejects, imported "
			    "files, and what owners have taken over");
	}
}

int main(int argc, char **argv)
{
	const char *order = NULL;
	struct fx_redact r = {0};
	const struct fx_opt opts[] = {
	    {0, "order", FX_OPT_TEXT, &order, "ID", "all entries of this order (1051 is #1051, too)"},
	    {0, "by", FX_OPT_TEXT, &r.by, "WHO", "who erases"},
	    {0, "reason", FX_OPT_TEXT, &r.reason, "TEXT", "why, such as the case number"},
	    {0}};
	struct fx_app app = {
	    .name = "fx-redact",
	    .synopsis = "--by WHO --reason TEXT [--order ID] [INDEX ...]",
	    .summary = "Erase a person's data from entries of the ledger",
	    .example = "fx-redact --by dpo@shop.example --reason 'GDPR case 17' --order ORD-77",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_LEDGER | FX_ONE_LEDGER | FX_HAS_KEY | FX_HAS_NOW,
	};
	struct fx_ledger_how how = {.lock_timeout = -1};
	struct fx_spools spools = {.say = say_message, .arg = &app};
	struct fx_ledger *l = NULL;
	struct fx_err err = {0};
	int bad = fx_app_start(&app, argc, argv);

	if (bad >= 0)
		return bad;
	how.key = app.key;
	r.at = app.now;
	r.traces = fx_traces_new();
	if (!r.by || !r.reason || !*r.by || !*r.reason)
		bad = fx_fail(&err, FX_EUSAGE, "--by and --reason are needed: they go into the ledger");
	else if (!order && !app.nfiles)
		bad = fx_fail(&err, FX_EUSAGE, "takes --order or indices of entries");
	else
		bad = (l = fx_ledger_open_write(app.ledger, &how, &err)) ? 0 : -1;
	if (!bad)
		bad = collect(&app, l, order, &r, &err) || fx_ledger_redact(l, &r, &err);
	if (!bad) {
		bad = erase_spools(&app, r.traces, &spools, &err);
		say_all(&app, &r, &spools);
	}
	if (bad)
		fx_app_fatal(&app, &err);
	fx_ledger_close(l);
	fx_traces_free(r.traces);
	return fx_app_end(&app, (const struct fx_count[]){{"erased", r.erased}, {NULL, 0}});
}
