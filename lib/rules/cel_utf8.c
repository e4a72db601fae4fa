/* UTF-8 by character. */
#include "rules/cel_ast.h"

uint32_t cel_utf8_get(const char *p, const char *end, size_t *len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)*p;
	size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
	uint32_t v;

	*len = 1;
	if (n == 1)
		return c;
	if (n == 0 || c >= 0xf5 || (size_t)(end - p) < n)
		return 0xfffd;
	v = c & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0xfffd;
		v = v << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0xfffd;
	*len = n;
	return v;
}

size_t cel_utf8_len(const char *p, const char *end)
{
	size_t n;

	cel_utf8_get(p, end, &n);
	return n;
}

size_t cel_utf8_count(struct fx_str s)
{
	size_t n = 0;

	/* of valid text: every byte but the following ones begins a character */
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}
