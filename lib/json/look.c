/* Looking things up on a tape. */
#include <string.h>

#include "json/write.h"
#include "json/escape.h"
#include "json/tape.h"

size_t fx_unescape(const char **at, char out[4])
{
	static const char plain[] = "\"\\/bfnrt", value[] = "\"\\/\b\f\n\r\t";
	const char *p = *at + 1;
	uint32_t c = 0;

	if (*p != 'u') {
		const char *hit = strchr(plain, *p);

		out[0] = value[hit - plain];
		*at = p + 1;
		return 1;
	}
	for (int i = 1; i <= 4; i++)
		c = c << 4 | (uint32_t)fx_hex_digit((unsigned char)p[i]);
	p += 5;
	if (c >= 0xd800 && c < 0xdc00) {
		uint32_t low = 0;

		for (int i = 2; i <= 5; i++)
			low = low << 4 | (uint32_t)fx_hex_digit((unsigned char)p[i]);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	*at = p;
	return fx_utf8(c, out);
}

struct fx_str fx_tape_str(const struct fx_tape *t, uint32_t i, struct fx_arena *a)
{
	const struct fx_node *n = &t->node[i];
	const char *p = t->text + n->off, *end = p + n->len;
	char *out;
	size_t len = 0;

	if (!(n->flags & FX_NODE_ESCAPED))
		return (struct fx_str){p, n->len};
	out = fx_arena_alloc(a, n->len);
	while (p < end) {
		const char *esc = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((esc ? esc : end) - p);
		char utf8[4];
		size_t k;

		memcpy(out + len, p, plain);
		len += plain;
		p += plain;
		if (!esc)
			break;
		k = fx_unescape(&p, utf8);
		memcpy(out + len, utf8, k);
		len += k;
	}
	return (struct fx_str){out, len};
}

bool fx_tape_str_eq(const struct fx_tape *t, uint32_t i, struct fx_str s)
{
	const struct fx_node *n = &t->node[i];
	const char *p = t->text + n->off;

	if (!(n->flags & FX_NODE_ESCAPED))
		return fx_str_eq((struct fx_str){p, n->len}, s);
	if (s.n >= n->len)
		return false;
	struct fx_unquote u = fx_unquote(p, n->len);

	for (size_t k = 0; k < s.n; k++)
		if (fx_unquote_next(&u) != (unsigned char)s.p[k])
			return false;
	return fx_unquote_next(&u) < 0;
}

uint32_t fx_tape_get(const struct fx_tape *t, uint32_t obj, struct fx_str name)
{
	const struct fx_node *node = t->node;
	uint32_t end = node[obj].next;

	if (node[obj].type != FX_OBJECT)
		return FX_NONE;
	for (uint32_t i = obj + 1; i < end; i = node[i + 1].next) {
		if (node[i].flags & FX_NODE_ESCAPED) {
			if (fx_tape_str_eq(t, i, name))
				return i + 1;
		} else if (node[i].len == name.n &&
		           fx_bytes_eq(t->text + node[i].off, name.p, name.n)) {
			return i + 1;
		}
	}
	return FX_NONE;
}

struct fx_str fx_tape_get_str(const struct fx_tape *t, uint32_t obj, struct fx_str name,
                              struct fx_arena *a)
{
	uint32_t i = fx_tape_get(t, obj, name);

	if (i == FX_NONE || t->node[i].type != FX_STRING)
		return (struct fx_str){NULL, 0};
	return fx_tape_str(t, i, a);
}

/* Is the member's name at node i what the pointer's token (~0 and ~1 in it) stands for? */
static bool is_token(const struct fx_tape *t, uint32_t i, struct fx_str token)
{
	struct fx_unquote u = fx_unquote(t->text + t->node[i].off, t->node[i].len);

	for (size_t k = 0; k < token.n; k++) {
		char c = token.p[k];

		if (c == '~') {
			char d = k + 1 < token.n ? token.p[++k] : '\0';

			if (d != '0' && d != '1')
				return false;
			c = d == '0' ? '~' : '/';
		}
		if (fx_unquote_next(&u) != (unsigned char)c)
			return false;
	}
	return fx_unquote_next(&u) < 0;
}

static uint32_t element(const struct fx_tape *t, uint32_t array, struct fx_str token)
{
	uint64_t index;
	uint32_t i = array + 1;

	if (fx_str_u64(token, &index) != 0 || (token.n > 1 && token.p[0] == '0') ||
	    index >= t->node[array].count)
		return FX_NONE;
	while (index-- > 0)
		i = t->node[i].next;
	return i;
}

static uint32_t member(const struct fx_tape *t, uint32_t obj, struct fx_str token)
{
	if (fx_str_find(token, '~') == token.n)
		return fx_tape_get(t, obj, token);
	for (uint32_t i = obj + 1; i < t->node[obj].next; i = t->node[i + 1].next)
		if (is_token(t, i, token))
			return i + 1;
	return FX_NONE;
}

uint32_t fx_tape_pointer(const struct fx_tape *t, struct fx_str pointer, bool *found)
{
	uint32_t i = 0;

	*found = false;
	if (t->n == 0)
		return FX_NONE;
	while (pointer.n > 0) {
		struct fx_str rest = {pointer.p + 1, pointer.n - 1};
		struct fx_str token = {rest.p, fx_str_find(rest, '/')};

		if (pointer.p[0] != '/')
			return FX_NONE;
		if (t->node[i].type == FX_OBJECT)
			i = member(t, i, token);
		else if (t->node[i].type == FX_ARRAY)
			i = element(t, i, token);
		else
			return FX_NONE;
		if (i == FX_NONE)
			return FX_NONE;
		pointer.p += 1 + token.n;
		pointer.n -= 1 + token.n;
	}
	*found = true;
	return i;
}
