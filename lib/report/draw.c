#include "report/draw.h"

#include <string.h>

void fx_draw_spark(struct fx_buf *b, const struct fx_look *look, const uint64_t *v, size_t n)
{
	uint64_t most = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i] > most)
			most = v[i];
	for (size_t i = 0; i < n; i++) {
		/* Only nothing is at the bottom. */
		int level = v[i] ? 1 + (int)((double)v[i] * 6 / (double)most + 0.5) : 0;
		if (look->utf8)
			fx_buf_fmt(b, "\xe2\x96%c", '\x81' + level);
		else
			fx_buf_byte(b, "_.:-=+*#"[level]);
	}
}

void fx_draw_bar(struct fx_buf *b, const struct fx_look *look, double share, size_t w)
{
	double part = share < 0 ? 0 : share > 1 ? 1 : share;
	size_t eighths = (size_t)(part * (double)w * 8 + 0.5);
	for (size_t i = 0; i < w; i++) {
		size_t left = eighths > i * 8 ? eighths - i * 8 : 0;
		if (!look->utf8)
			fx_buf_byte(b, left >= 4 ? '#' : '.');
		else if (left == 0)
			fx_buf_z(b, "\xe2\x96\x91");
		else /* U+2588 is whole, U+258F an eighth */
			fx_buf_fmt(b, "\xe2\x96%c", '\x90' - (int)(left > 8 ? 8 : left));
	}
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct fx_strip fx_strip_of(const struct fx_group *g, size_t w)
{
	struct fx_strip s = {0};
	if (w > FX_STRIP_MAX)
		w = FX_STRIP_MAX;
	if (!g->nhour || !w)
		return s;
	int64_t first = g->hour[0].hour, last = g->hour[g->nhour - 1].hour;
	s.each = last - first < 48 && last - first < (int64_t)w ? 1 : 24;
	while (floor_div(last, s.each) - floor_div(first, s.each) >= (int64_t)w)
		s.each += 24;
	s.first = floor_div(first, s.each) * s.each;
	s.n = (size_t)((last - s.first) / s.each) + 1;
	return s;
}

void fx_strip_fill(const struct fx_strip *s, const struct fx_group *g, uint64_t tasks[FX_STRIP_MAX],
                   uint64_t excepted[FX_STRIP_MAX])
{
	memset(tasks, 0, FX_STRIP_MAX * sizeof(*tasks));
	memset(excepted, 0, FX_STRIP_MAX * sizeof(*excepted));
	for (size_t i = 0; i < g->nhour && s->n; i++) {
		int64_t k = (g->hour[i].hour - s->first) / s->each;
		if (g->hour[i].hour < s->first || k >= (int64_t)s->n)
			continue;
		tasks[k] += g->hour[i].tasks;
		excepted[k] += g->hour[i].excepted;
	}
}
