/*
 * Inside a private key; for key.c and note.c alone.
 */
#ifndef FX_LEDGER_KEY_H
#define FX_LEDGER_KEY_H

#include <openssl/evp.h>

#include "ledger/note.h"

struct fx_skey {
	struct fx_vkey pub;
	EVP_PKEY *pkey;
};

/* One code point of strict UTF-8 at s.p[*i], stepping over it; -1 when there is none. */
int32_t fx_utf8_next(struct fx_str s, size_t *i);
/* The key id of signed-note: the first four bytes of SHA-256(name \n type key). */
uint32_t fx_key_id(struct fx_str name, enum fx_key_type type, const unsigned char pub[32]);
/* Ed25519 (RFC 8032) over msg. */
int fx_ed25519_sign(EVP_PKEY *k, struct fx_str msg, unsigned char sig[64]);
bool fx_ed25519_verify(const unsigned char pub[32], struct fx_str msg, const unsigned char *sig);

#endif
