/* fx-archive: put a ledger's old segments away, or copy it as tlog-tiles. */
#include <string.h>

#include "base/app.h"
#include "ledger/archive.h"

static int segments(struct fx_app *app, struct fx_ledger *l, struct fx_archive *a,
		    struct fx_err *err)
{
	if (fx_archive_segments(l, a, err))
		return -1;
	fx_out_line(&app->out,
		    fx_arena_fmt(&app->arena, "%llu segments put away, %llu bytes are %llu now",
				 (unsigned long long)a->segments, (unsigned long long)a->before,
				 (unsigned long long)a->after));
	return 0;
}

static int tiles(struct fx_app *app, struct fx_ledger *l, const char *dir, struct fx_err *err)
{
	struct fx_tiles t;

	if (fx_archive_tiles(l, dir, &t, err))
		return -1;
	fx_out_line(&app->out,
		    fx_arena_fmt(&app->arena, "%llu tiles and %llu entry bundles written to %s",
				 (unsigned long long)t.tiles, (unsigned long long)t.bundles, dir));
	if (t.large) {
		fx_app_warn(app, "%llu entries are over 65535 bytes: their bundles cannot be written",
			    (unsigned long long)t.large);
		app->exit = FX_EXIT_DIRTY;
	}
	if (t.erased) {
		fx_app_warn(app, "%llu entries were erased: their bundles cannot be written",
			    (unsigned long long)t.erased);
		app->exit = FX_EXIT_DIRTY;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct fx_archive a = {.keep = 0};
	const char *to = NULL;
	const struct fx_opt opts[] = {
	    {0, "keep", FX_OPT_UINT, &a.keep, "N", "leave the last N closed segments as they are"},
	    {0, "move", FX_OPT_TEXT, &a.move, "DIR", "put the compressed files there, and leave links"},
	    {0, "tiles", FX_OPT_TEXT, &to, "DIR",
	     "instead write a copy there that any tlog-tiles client can read"},
	    {0}};
	struct fx_app app = {
	    .name = "fx-archive",
	    .synopsis = "[options]",
	    .summary = "Compress a ledger's closed segments, or publish it as tiles",
	    .example = "fx-archive --keep 4\n"
		       "fx-archive --tiles /srv/www/ledger",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_ONE_LEDGER | FX_HAS_STREAM,
	};
	struct fx_ledger *l = NULL;
	struct fx_err err = {0};
	int r = fx_app_start(&app, argc, argv);

	if (r >= 0)
		return r;
	if (app.nfiles || (to && a.move))
		r = fx_fail(&err, FX_EUSAGE, to && a.move ? "--tiles and --move do not go together"
							  : "takes no files");
	else
		r = (l = fx_ledger_open(app.ledger, &err)) ? 0 : -1;
	if (r == 0)
		r = to ? tiles(&app, l, to, &err) : segments(&app, l, &a, &err);
	if (r)
		fx_app_fatal(&app, &err);
	fx_ledger_close(l);
	return fx_app_end(&app, (const struct fx_count[]){{"segments", a.segments}, {NULL, 0}});
}
