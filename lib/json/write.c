#include "json/write.h"

#include <string.h>

#include "json/escape.h"

static const char hex[] = "0123456789abcdef";

/* The letter of a two-character escape, 'u' for \u00xx, 0 for a byte that stays as it is. */
static char escape_of(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\f':
		return 'f';
	case '\r':
		return 'r';
	}
	return c < 0x20 ? 'u' : '\0';
}

void fx_json_escaped(struct fx_buf *b, struct fx_str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c;
		char e;

		while (s.n - i >= 8 && fx_special8(fx_load8(s.p + i)) == 0)
			i += 8;
		if (i == s.n)
			break;
		c = (unsigned char)s.p[i];
		e = escape_of(c);
		if (!e)
			continue;
		fx_buf_add(b, s.p + from, i - from);
		from = i + 1;
		if (e == 'u')
			fx_buf_add(b, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
		else
			fx_buf_add(b, (char[]){'\\', e}, 2);
	}
	if (s.n > from)
		fx_buf_add(b, s.p + from, s.n - from);
}

void fx_json_string(struct fx_buf *b, struct fx_str s)
{
	fx_buf_byte(b, '"');
	fx_json_escaped(b, s);
	fx_buf_byte(b, '"');
}

void fx_json_text(struct fx_buf *b, struct fx_str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;

	fx_buf_byte(b, '"');
	while (p < end) {
		const unsigned char *from = p, *next;

		while (p < end && *p && (next = fx_utf8_scan(p, end)))
			p = next;
		fx_json_escaped(b, (struct fx_str){(const char *)from, (size_t)(p - from)});
		if (p < end) {
			fx_buf_add(b, "\xef\xbf\xbd", 3);
			p++;
		}
	}
	fx_buf_byte(b, '"');
}

void fx_json_z(struct fx_buf *b, const char *z)
{
	fx_json_string(b, fx_str(z));
}

void fx_json_int(struct fx_buf *b, int64_t v)
{
	char text[20];
	size_t at = sizeof(text);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		text[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		fx_buf_byte(b, '-');
	fx_buf_add(b, text + at, sizeof(text) - at);
}

void fx_json_bool(struct fx_buf *b, bool v)
{
	fx_buf_z(b, v ? "true" : "false");
}

void fx_json_time(struct fx_buf *b, fx_time t)
{
	char text[FX_TIME_LEN];
	size_t n = t == FX_TIME_NONE ? 0 : fx_time_format(t, text);

	if (n == 0)
		fx_buf_z(b, "null");
	else
		fx_json_string(b, (struct fx_str){text, n});
}

void fx_json_sep(struct fx_buf *b)
{
	if (b->n > 0 && !memchr("{[,:", b->p[b->n - 1], 4))
		fx_buf_byte(b, ',');
}

void fx_json_key(struct fx_buf *b, const char *name)
{
	fx_json_sep(b);
	fx_json_z(b, name);
	fx_buf_byte(b, ':');
}
