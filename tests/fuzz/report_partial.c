/*
 * What --merge reads: any lines; what it took is written, read again and written the same,
 * and every renderer bears it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/board.h"
#include "report/figures.h"
#include "report/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int merge(struct fx_figures *f, struct fx_str text)
{
	while (text.n) {
		size_t end = fx_str_find(text, '\n');
		if (fx_figures_merge(f, (struct fx_str){text.p, end}, NULL))
			return -1;
		end += end < text.n;
		text.p += end;
		text.n -= end;
	}
	return fx_figures_merge_end(f, NULL);
}

/* fx_figures_write goes to a file. */
static void text_of(struct fx_figures *f, struct fx_buf *out)
{
	FILE *tmp = tmpfile();
	struct fx_out o;
	if (!tmp)
		abort();
	fx_out_init(&o, fileno(tmp), false);
	if (fx_figures_write(f, &o) || fx_out_flush(&o))
		abort();
	fx_out_free(&o);
	lseek(fileno(tmp), 0, SEEK_SET);
	char *room;
	ssize_t got;
	while ((room = fx_buf_room(out, 65536)) && (got = read(fileno(tmp), room, 65536)) > 0)
		out->n += (size_t)got;
	fclose(tmp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_figures_opt opt = {.since = FX_TIME_NONE, .until = FX_TIME_NONE};
	struct fx_figures f, g;
	struct fx_buf once = {0}, twice = {0}, page = {0};
	struct fx_board board;
	fx_figures_init(&f, &opt);
	if (merge(&f, (struct fx_str){(const char *)data, size}) == 0) {
		text_of(&f, &once);
		fx_figures_init(&g, &opt);
		if (merge(&g, fx_buf_view(&once)))
			abort();
		text_of(&g, &twice);
		if (!fx_str_eq(fx_buf_view(&once), fx_buf_view(&twice)))
			abort();
		fx_figures_free(&g);
		fx_render_table(&f, &(struct fx_look){true, true, 80}, &page);
		fx_render_json(&f, &page);
		fx_render_ndjson(&f, &page);
		fx_render_csv(&f, &page);
		fx_render_openmetrics(&f, &page);
		fx_board_init(&board, f.opt.now, true);
		if (f.opt.nby == FX_BOARD_BY)
			fx_render_html(&f, &board, &page);
		fx_board_free(&board);
	}
	fx_figures_free(&f);
	fx_buf_free(&once);
	fx_buf_free(&twice);
	fx_buf_free(&page);
	return 0;
}
