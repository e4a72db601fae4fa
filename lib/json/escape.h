/*
 * Private to the room: the bytes of strings, eight at a time, and their escapes.
 */
#ifndef FX_JSON_ESCAPE_H
#define FX_JSON_ESCAPE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first of the eight bytes is the lowest of the number. */
static inline uint64_t fx_load8(const void *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

#define FX_EACH(byte) (0x0101010101010101u * (byte))

/*
 * The high bit of each byte that is a quote, a backslash, a control or not ASCII; of a
 * byte behind the first such one it may be wrong (a borrow), never before it.
 */
static inline uint64_t fx_special8(uint64_t w)
{
	uint64_t quote = (w ^ FX_EACH('"')) - FX_EACH(1);
	uint64_t backslash = (w ^ FX_EACH('\\')) - FX_EACH(1);

	return (quote | backslash | (w - FX_EACH(0x20)) | w) & FX_EACH(0x80);
}

/* The value of a hexadecimal digit, or -1. */
static inline int fx_hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * *p is at a backslash of a string that the tape has read: decode the escape (or the pair of
 * surrogates) as UTF-8 into out, move *p behind it, return the number of bytes, 1 to 4.
 */
size_t fx_unescape(const char **p, char out[4]);

/* Reads the bytes of a string's value one by one. */
struct fx_unquote {
	const char *p, *end;
	char part[4];
	unsigned char at, n;
};

static inline struct fx_unquote fx_unquote(const char *p, size_t n)
{
	return (struct fx_unquote){.p = p, .end = p + n};
}

/* The next byte, 0 to 255, or -1 at the end. */
static inline int fx_unquote_next(struct fx_unquote *u)
{
	if (u->at < u->n)
		return (unsigned char)u->part[u->at++];
	if (u->p == u->end)
		return -1;
	if (*u->p != '\\')
		return (unsigned char)*u->p++;
	u->n = (unsigned char)fx_unescape(&u->p, u->part);
	u->at = 1;
	return (unsigned char)u->part[0];
}

#endif
