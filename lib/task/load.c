#include "task/load.h"

#include "task/snapshot.h"

#include <stdio.h>

/* So many entries are read anew rather than a snapshot written. */
#define FEW 4096

static int read_from(struct fx_life *l, struct fx_ledger *from, uint64_t first, struct fx_err *err)
{
	struct fx_ledger_scan scan;
	struct fx_str entry;
	int r;

	fx_ledger_scan_init(&scan, from, first);
	while ((r = fx_ledger_scan_next(&scan, &entry, err)) == 1)
		if (fx_life_add(l, entry, scan.index, err) != 0) {
			char msg[sizeof(err->msg)];

			snprintf(msg, sizeof(msg), "%s", err->msg);
			r = fx_fail(err, FX_ELEDGER, "%s: entry %llu: %.600s", fx_ledger_dir(from),
			            (unsigned long long)scan.index, msg);
			break;
		}
	fx_ledger_scan_end(&scan);
	return r;
}

int fx_life_read_ledger(struct fx_life *l, struct fx_ledger *from, struct fx_err *err)
{
	return read_from(l, from, 0, err);
}

int fx_life_resume(struct fx_life *l, struct fx_ledger *from, uint64_t *fresh, struct fx_err *err)
{
	uint64_t first;

	fx_snapshot_load(l, from, &first);
	*fresh = fx_ledger_size(from) - first;
	return read_from(l, from, first, err);
}

int fx_life_follow(struct fx_life *l, struct fx_ledger *from, uint64_t *seen, struct fx_err *err)
{
	if (fx_ledger_refresh(from, err) < 0 || read_from(l, from, *seen, err) != 0)
		return -1;
	*seen = fx_ledger_size(from);
	return 0;
}

int fx_life_save(struct fx_life *l, struct fx_ledger *from, uint64_t fresh, uint64_t least,
                 struct fx_err *err)
{
	/* Writing costs what is open: seldom enough, it is no more than reading what is new. */
	if (least == 0)
		least = fx_life_count(l) / 16 > FEW ? fx_life_count(l) / 16 : FEW;
	if (fresh < least)
		return 0;
	return fx_snapshot_save(l, from, fx_ledger_size(from), err);
}

int fx_life_read_order(struct fx_life *l, struct fx_ledger *from, struct fx_str order_id,
                       struct fx_err *err)
{
	struct fx_arena a = {0}, one = {0};
	uint64_t *index;
	size_t n;
	int r = fx_ledger_find_order(from, order_id, &a, &index, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fx_str entry;

		fx_arena_reset(&one);
		r = fx_ledger_entry(from, index[i], &one, &entry, err);
		if (r == 0)
			r = fx_life_add(l, entry, index[i], err);
	}
	fx_arena_free(&a);
	fx_arena_free(&one);
	return r;
}

int fx_life_read_files(struct fx_life *l, struct fx_app *app, struct fx_err *err)
{
	struct fx_err why = {0};
	uint64_t index = 0;
	struct fx_str line;

	for (enum fx_in_what what; (what = fx_in_next(&app->in, &line)) != FX_IN_END;) {
		switch (what) {
		case FX_IN_LINE:
			if (fx_life_add(l, line, index++, &why) == 0)
				break;
			fx_app_warn_line(app, "%s (byte %lu)", why.msg, why.byte);
			app->exit = FX_EXIT_DIRTY;
			break;
		case FX_IN_LONG:
			index++;
			fx_app_warn_line(app, "a line over %zu MiB", FX_LINE_MAX >> 20);
			app->exit = FX_EXIT_DIRTY;
			break;
		case FX_IN_PAUSE:
			break;
		default:
			*err = app->in.err;
			return -1;
		}
		fx_app_tick(app);
	}
	return 0;
}
