#include "report/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void fx_local(struct fx_buf *b, const char *format, fx_time t)
{
	char text[128];
	struct tm tm;
	fx_time s = t / FX_SEC - (t % FX_SEC < 0);
	time_t clock = (time_t)s;
	if (t == FX_TIME_NONE || clock != s || !localtime_r(&clock, &tm))
		return;
	size_t n = strftime(text, sizeof(text), format, &tm);
	for (size_t i = 0; i < n; i++) /* %e pads with a space */
		if (text[i] != ' ' || i + 1 == n || text[i + 1] != ' ')
			fx_buf_byte(b, text[i]);
}

void fx_local_near(struct fx_buf *b, fx_time t, fx_time now)
{
	bool far = t < now - 180 * FX_DAY || t > now + 180 * FX_DAY;
	fx_local(b, far ? "%a %e %b %Y %H:%M" : FX_DAY_AND_TIME, t);
}

void fx_plain(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool c1 = c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;
		i += c1;
		fx_buf_byte(b, c < 0x20 || c == 0x7f || c1 ? '?' : s.p[i]);
	}
}

size_t fx_columns(struct fx_str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void fx_pad(struct fx_buf *b, size_t n)
{
	while (n-- > 0)
		fx_buf_byte(b, ' ');
}

void fx_left(struct fx_buf *b, struct fx_str s, size_t w)
{
	fx_plain(b, s);
	if (fx_columns(s) < w)
		fx_pad(b, w - fx_columns(s));
}

void fx_right(struct fx_buf *b, const char *z, size_t w)
{
	size_t n = strlen(z);
	fx_pad(b, n < w ? w - n : 1);
	fx_buf_z(b, z);
}

const char *fx_thousands(uint64_t n, char out[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), k = 0;
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
	return out;
}
