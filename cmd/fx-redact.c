/* fx-redact: erase a person's data from entries of the ledger, and say so in it. */
#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "ledger/redact.h"

static int collect(struct fx_app *app, struct fx_ledger *l, const char *order, struct fx_redact *r,
		   struct fx_err *err)
{
	uint64_t *found = NULL;
	size_t n = 0;

	if (order && fx_ledger_find_order(l, fx_str(order), &app->arena, &found, &n, err))
		return -1;
	r->index = FX_NEWV(&app->arena, uint64_t, n + (size_t)app->nfiles + 1);
	if (n)
		memcpy(r->index, found, n * sizeof(*found));
	r->n = n;
	for (int i = 0; i < app->nfiles; i++)
		if (fx_str_u64(fx_str(app->files[i]), &r->index[r->n++]))
			return fx_fail(err, FX_EUSAGE, "\"%s\" is no entry's index", app->files[i]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *order = NULL;
	struct fx_redact r = {0};
	const struct fx_opt opts[] = {
	    {0, "order", FX_OPT_TEXT, &order, "ID", "all entries of this order"},
	    {0, "by", FX_OPT_TEXT, &r.by, "WHO", "who erases"},
	    {0, "reason", FX_OPT_TEXT, &r.reason, "TEXT", "why, such as the case number"},
	    {0}};
	struct fx_app app = {
	    .name = "fx-redact",
	    .synopsis = "--by WHO --reason TEXT [--order ID] [INDEX ...]",
	    .summary = "Erase a person's data from entries of the ledger",
	    .example = "fx-redact --by dpo@shop.example --reason 'GDPR case 17' --order ORD-77",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_HAS_KEY | FX_HAS_NOW,
	};
	struct fx_ledger_how how = {.lock_timeout = -1};
	struct fx_ledger *l = NULL;
	struct fx_err err = {0};
	int bad = fx_app_start(&app, argc, argv);

	if (bad >= 0)
		return bad;
	how.key = app.key;
	r.at = app.now;
	r.order_id = order;
	if (!r.by || !r.reason || !*r.by || !*r.reason)
		bad = fx_fail(&err, FX_EUSAGE, "--by and --reason are needed: they go into the ledger");
	else if (app.ledgers.n > 1 || (!order && !app.nfiles))
		bad = fx_fail(&err, FX_EUSAGE, "takes one ledger, and --order or indices of entries");
	else
		bad = (l = fx_ledger_open_write(app.ledger, &how, &err)) ? 0 : -1;
	if (!bad)
		bad = collect(&app, l, order, &r, &err) || fx_ledger_redact(l, &r, &err);
	if (bad)
		fx_app_fatal(&app, &err);
	else if (r.n == 0)
		app.exit = FX_EXIT_DIRTY; /* nothing to erase */
	else
		fx_app_warn(&app, "%llu entries erased; entry %llu says so",
			    (unsigned long long)r.erased, (unsigned long long)r.record);
	fx_ledger_close(l);
	return fx_app_end(&app, (const struct fx_count[]){{"erased", r.erased}, {NULL, 0}});
}
