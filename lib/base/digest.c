#include "base/digest.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/sha.h>

#include "base/err.h"

/*
 * The one-shot SHA256_* calls are deprecated in OpenSSL 3 for EVP, whose set-up
 * costs more than hashing a record does; the declarations are still its API.
 */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

/* Blocks of what is hashed at once; an id's text fits in two. */
#define SHORT_BLOCKS 3
#define BLOCK 64

static void put_word(unsigned char *to, uint32_t w)
{
	to[0] = (unsigned char)(w >> 24);
	to[1] = (unsigned char)(w >> 16);
	to[2] = (unsigned char)(w >> 8);
	to[3] = (unsigned char)w;
}

/* Padded here, by FIPS 180-4 section 5.1.1: whole blocks are hashed where they lie. */
static void sha256_short(const struct fx_str *parts, size_t n, size_t bytes,
			 unsigned char out[FX_SHA256_LEN])
{
	unsigned char text[SHORT_BLOCKS * BLOCK];
	size_t at = 0, end = (bytes + 8) / BLOCK * BLOCK + BLOCK;
	SHA256_CTX c;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].n)
			memcpy(text + at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	text[at++] = 0x80;
	memset(text + at, 0, end - at);
	put_word(text + end - 4, (uint32_t)bytes * 8);
	SHA256_Init(&c);
	SHA256_Update(&c, text, end);
	for (size_t i = 0; i < FX_SHA256_LEN / 4; i++)
		put_word(out + 4 * i, c.h[i]);
}

void fx_sha256v(const struct fx_str *parts, size_t n, unsigned char out[FX_SHA256_LEN])
{
	size_t bytes = 0;
	SHA256_CTX c;

	for (size_t i = 0; i < n; i++)
		bytes += parts[i].n > BLOCK * SHORT_BLOCKS ? BLOCK * SHORT_BLOCKS : parts[i].n;
	if (bytes + 9 <= BLOCK * SHORT_BLOCKS) {
		sha256_short(parts, n, bytes, out);
		return;
	}
	SHA256_Init(&c);
	for (size_t i = 0; i < n; i++)
		if (parts[i].n)
			SHA256_Update(&c, parts[i].p, parts[i].n);
	SHA256_Final(out, &c);
}

void fx_sha256(struct fx_str s, unsigned char out[FX_SHA256_LEN])
{
	fx_sha256v(&s, 1, out);
}

static const char BASE32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void fx_base32(char *out, const unsigned char *p, size_t chars)
{
	unsigned acc = 0, bits = 0;

	for (; chars >= 8; chars -= 8, p += 5, out += 8) {
		uint64_t v = (uint64_t)p[0] << 32 | (uint64_t)p[1] << 24 | (uint64_t)p[2] << 16 |
		             (uint64_t)p[3] << 8 | p[4];

		for (int i = 7; i >= 0; i--, v >>= 5)
			out[i] = BASE32[v & 31];
	}
	for (size_t i = 0; i < chars; i++) {
		if (bits < 5) {
			acc = (acc << 8 | *p++) & 0xffff;
			bits += 8;
		}
		bits -= 5;
		out[i] = BASE32[acc >> bits & 31];
	}
}

static void id_from(char out[FX_ID_LEN + 1], const unsigned char *digest)
{
	memcpy(out, "fx:", 3);
	fx_base32(out + 3, digest, FX_ID_LEN - 3);
	out[FX_ID_LEN] = '\0';
}

void fx_derive_id(char out[FX_ID_LEN + 1], struct fx_str type, struct fx_str source,
		  struct fx_str id, struct fx_str discriminator)
{
	const struct fx_str nul = {"", 1};
	const struct fx_str parts[] = {type, nul, source, nul, id, nul, discriminator};
	unsigned char digest[FX_SHA256_LEN];

	fx_sha256v(parts, sizeof(parts) / sizeof(parts[0]), digest);
	id_from(out, digest);
}

void fx_random_id(char out[FX_ID_LEN + 1])
{
	unsigned char r[FX_SHA256_LEN] = {0};
	size_t have = 0;

	while (have < sizeof(r)) {
		ssize_t n = getrandom(r + have, sizeof(r) - have, 0);

		if (n > 0)
			have += (size_t)n;
		else if (errno != EINTR)
			fx_oom(); /* no kernel that fx runs on lacks the call */
	}
	id_from(out, r);
}

void fx_hex(char *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int encode(struct fx_buf *b, const unsigned char *p, size_t n, const char *alphabet,
		  bool pad)
{
	char *to = fx_buf_room(b, n / 3 * 4 + 4);

	if (!to)
		return -1;
	char *start = to;

	for (; n >= 3; n -= 3, p += 3) {
		*to++ = alphabet[p[0] >> 2];
		*to++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
		*to++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
		*to++ = alphabet[p[2] & 63];
	}
	if (n > 0) {
		unsigned second = n > 1 ? p[1] : 0;

		*to++ = alphabet[p[0] >> 2];
		*to++ = alphabet[(p[0] & 3u) << 4 | second >> 4];
		if (n > 1)
			*to++ = alphabet[(second & 15) << 2];
		else if (pad)
			*to++ = '=';
		if (pad)
			*to++ = '=';
	}
	b->n += (size_t)(to - start);
	return 0;
}

int fx_base64_add(struct fx_buf *b, const unsigned char *p, size_t n)
{
	return encode(b, p, n, BASE64, true);
}

int fx_base64url_add(struct fx_buf *b, const unsigned char *p, size_t n)
{
	return encode(b, p, n, BASE64URL, false);
}

static int sextet(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

/* s without padding. */
static long decode(unsigned char *out, struct fx_str s, const char *alphabet)
{
	unsigned acc = 0, bits = 0;
	long n = 0;

	if (s.n % 4 == 1)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		int v = sextet(s.p[i], alphabet);

		if (v < 0)
			return -1;
		acc = (acc << 6 | (unsigned)v) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (unsigned char)(acc >> bits);
		}
	}
	/* RFC 4648 section 3.5: left-over bits must be zero. */
	return acc & ((1u << bits) - 1) ? -1 : n;
}

long fx_base64_decode(unsigned char *out, struct fx_str s)
{
	if (s.n % 4 != 0)
		return -1;
	for (int i = 0; i < 2 && s.n > 0 && s.p[s.n - 1] == '='; i++)
		s.n--;
	return decode(out, s, BASE64);
}

long fx_base64url_decode(unsigned char *out, struct fx_str s)
{
	return decode(out, s, BASE64URL);
}
