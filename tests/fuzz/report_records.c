/* Any records, as fx-report and fx-trace read them: every rendering bears them. */
#include <stdlib.h>
#include <string.h>

#include "report/board.h"
#include "report/canary.h"
#include "report/figures.h"
#include "report/render.h"
#include "report/story.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const fx_time now = 1795176000 * FX_SEC; /* 2026-11-20T12:00:00Z */

static void feed(struct fx_life *l, struct fx_story *s, struct fx_str text)
{
	uint64_t n = 0;
	while (text.n) {
		size_t end = fx_str_find(text, '\n');
		struct fx_str line = {text.p, end};
		if (s)
			fx_story_add(s, line, n, FX_STR("t"), FX_TOLD_VOUCHED, NULL);
		else
			fx_life_add(l, line, n, NULL);
		n++;
		end += end < text.n;
		text.p += end;
		text.n -= end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_str text = {(const char *)data, size};
	struct fx_figures_opt opt = {.since = FX_TIME_NONE, .until = FX_TIME_NONE, .now = now};
	struct fx_figures f;
	struct fx_board board;
	struct fx_story s;
	struct fx_canary c;
	struct fx_buf out = {0};
	for (opt.nby = 0; opt.nby < FX_BOARD_BY; opt.nby++)
		opt.by[opt.nby] = fx_str(fx_board_by[opt.nby]);
	fx_board_init(&board, now, true);
	opt.on_order = fx_board_order;
	opt.user = &board;
	fx_figures_init(&f, &opt);
	struct fx_life *l = fx_figures_life(&f);
	feed(l, NULL, text);
	fx_figures_life_end(&f, l);
	fx_figures_end(&f);
	fx_render_table(&f, &(struct fx_look){true, true, 80}, &out);
	fx_render_html(&f, &board, &out);
	fx_render_openmetrics(&f, &out);
	fx_board_free(&board);
	fx_figures_free(&f);

	fx_story_init(&s, FX_STR("#1"), now);
	feed(NULL, &s, text);
	fx_story_end(&s);
	fx_story_text(&s, true, true, &out);
	fx_story_ndjson(&s, &out);
	fx_story_free(&s);

	if (fx_canary_init(&c, FX_STR("r"), FX_TIME_NONE, FX_TIME_NONE, now, NULL))
		abort();
	l = fx_canary_life(&c);
	feed(l, NULL, text);
	fx_canary_life_end(&c, l);
	if (fx_canary_end(&c, NULL) == 0)
		fx_canary_text(&c, true, &out);
	fx_canary_free(&c);
	fx_buf_free(&out);
	return 0;
}
