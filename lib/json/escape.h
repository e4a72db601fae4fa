/*
 * Private to the room: the escapes of a string that the tape has already checked.
 */
#ifndef FX_JSON_ESCAPE_H
#define FX_JSON_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

/* The value of a hexadecimal digit, or -1. */
static inline int fx_hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A code point as UTF-8; the number of bytes, 1 to 4. */
size_t fx_utf8(uint32_t c, char out[4]);
/*
 * *p is at a backslash: decode the escape (or the pair of surrogates) as UTF-8
 * into out, move *p behind it, return the number of bytes, 1 to 4.
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
