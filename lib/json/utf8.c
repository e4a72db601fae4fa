/* UTF-8: well-formed sequences, and code points written as such. */
#include "json/escape.h"
#include "json/write.h"

typedef unsigned char uchar;

static bool is_cont(const uchar *p, const uchar *end)
{
	return p < end && (*p & 0xc0) == 0x80;
}

/* Unicode 15, table 3-7. */
const uchar *fx_utf8_scan(const uchar *p, const uchar *end)
{
	uchar c = *p, d = p + 1 < end ? p[1] : 0, low = 0x80, high = 0xbf;

	if (c < 0x80)
		return p + 1;
	if (c >= 0xc2 && c <= 0xdf)
		return is_cont(p + 1, end) ? p + 2 : NULL;
	if (c >= 0xe0 && c <= 0xef) {
		low = c == 0xe0 ? 0xa0 : low;
		high = c == 0xed ? 0x9f : high;
		return d >= low && d <= high && is_cont(p + 2, end) ? p + 3 : NULL;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		low = c == 0xf0 ? 0x90 : low;
		high = c == 0xf4 ? 0x8f : high;
		if (d >= low && d <= high && is_cont(p + 2, end) && is_cont(p + 3, end))
			return p + 4;
	}
	return NULL;
}

bool fx_utf8_valid(struct fx_str s)
{
	const uchar *p = (const uchar *)s.p, *end = p + s.n;

	while (p && p < end)
		p = fx_utf8_scan(p, end);
	return s.n == 0 || p;
}

size_t fx_utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
