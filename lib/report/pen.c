#include "report/pen.h"

#include <stdio.h>

#include "report/words.h"

#define ROOM 1000 /* columns, when it is no terminal */

size_t fx_pen_columns(const struct fx_pen *p)
{
	return p->look->width ? p->look->width : ROOM;
}

void fx_pen_style(struct fx_pen *p, const char *code)
{
	if (p->look->color)
		fx_buf_fmt(p->b, "\033[%sm", code);
}

void fx_pen_number(struct fx_buf *b, uint64_t n, size_t w)
{
	char s[32];
	fx_right(b, fx_thousands(n, s), w);
}

void fx_pen_lasting(struct fx_buf *b, fx_time t, size_t w)
{
	char s[FX_TIME_LEN] = "-";
	if (t != FX_TIME_NONE)
		fx_dur_format(t, s);
	fx_right(b, s, w);
}

void fx_pen_duration(struct fx_buf *b, fx_time t)
{
	char s[FX_TIME_LEN];
	fx_dur_format(t, s);
	fx_buf_z(b, s);
}

void fx_pen_percent(struct fx_buf *b, double share, size_t w)
{
	char s[32] = "-";
	if (share >= 0)
		snprintf(s, sizeof(s), "%.1f %%", share * 100);
	fx_right(b, s, w);
}

void fx_pen_heading(struct fx_pen *p, const char *z)
{
	fx_pen_style(p, "1");
	fx_buf_z(p->b, z);
	fx_pen_style(p, "0");
	fx_buf_byte(p->b, '\n');
}

void fx_pen_cut(struct fx_pen *p, struct fx_str s, size_t w)
{
	size_t n = 0, at = 0;
	if (fx_columns(s) <= w) {
		fx_left(p->b, s, w + 1);
		return;
	}
	while (n < s.n && (at < w - 1 || ((unsigned char)s.p[n] & 0xc0) == 0x80))
		at += ((unsigned char)s.p[n++] & 0xc0) != 0x80 ? 1 : 0;
	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	fx_plain(p->b, (struct fx_str){s.p, n});
	fx_buf_z(p->b, p->look->utf8 ? "\xe2\x80\xa6 " : "~ ");
}
