/*
 * SHA-256, derived ids, and the text encodings that go with them.
 * The digest is OpenSSL's; nothing else in base sees OpenSSL.
 */
#ifndef FX_BASE_DIGEST_H
#define FX_BASE_DIGEST_H

#include "base/mem.h"
#include "base/str.h"

#define FX_SHA256_LEN 32
/* "fx:" and 26 base32 characters (RFC 4648 alphabet, lower case: 130 bits) and the NUL. */
#define FX_ID_LEN (3 + 26)

/* Digest of parts[0] .. parts[n-1] one after the other. */
void fx_sha256v(const struct fx_str *parts, size_t n, unsigned char out[FX_SHA256_LEN]);
void fx_sha256(struct fx_str s, unsigned char out[FX_SHA256_LEN]);

/*
 * The id of a record that the toolkit emits (design, section 2): SHA-256 over
 * NUL-separated event type, source and id of the cause, and a discriminator.
 */
void fx_derive_id(char out[FX_ID_LEN + 1], struct fx_str type, struct fx_str source,
		  struct fx_str id, struct fx_str discriminator);
/* A random id of the same form, from getrandom(2). */
void fx_random_id(char out[FX_ID_LEN + 1]);

/* Lower-case hex; out takes 2 n + 1 bytes. */
void fx_hex(char *out, const unsigned char *p, size_t n);
/* Strict base64 of RFC 4648 (padded, section 4) and base64url (unpadded, section 5). */
int fx_base64_add(struct fx_buf *b, const unsigned char *p, size_t n);
int fx_base64url_add(struct fx_buf *b, const unsigned char *p, size_t n);
/*
 * Decode; refuses foreign characters, wrong padding and non-zero trailing bits.
 * out takes up to s.n / 4 * 3 + 3 bytes.  The number of bytes, or -1.
 */
long fx_base64_decode(unsigned char *out, struct fx_str s);
long fx_base64url_decode(unsigned char *out, struct fx_str s);
/* Lower-case RFC 4648 base32 without padding: chars characters of the leading bits. */
void fx_base32(char *out, const unsigned char *p, size_t chars);

#endif
