/* Notes, checkpoints, proofs, keys and tokens from hostile bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/check.h"
#include "ledger/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char vkey[] =
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	struct fx_str in = {(const char *)data, size}, text, origin;
	struct fx_vkey key, other;
	struct fx_checkpoint c;
	struct fx_proof *p = malloc(sizeof(*p));
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_err err;
	struct fx_buf b = {0};
	uint64_t index, signers;

	if (!p || fx_vkey_parse(fx_str(vkey), &key, &err))
		abort();
	if (fx_note_open(in, &key, 1, &text, &signers, &err) == 0) {
		/* What is accepted lies inside, ends in a newline, and is signed. */
		if (text.p != in.p || text.n >= in.n || text.p[text.n - 1] != '\n' || signers != 1)
			abort();
	}
	if (fx_checkpoint_parse(in, &c, &err) == 0) {
		/* The three lines written again are the three lines. */
		fx_checkpoint_add(&b, &c);
		if (b.n > size || memcmp(b.p, data, b.n) != 0)
			abort();
	}
	fx_buf_reset(&b);
	if (fx_proof_parse(in, p, &err) == 0) {
		if (p->n > FX_PROOF_MAX)
			abort();
		fx_proof_add(&b, p);
		if (b.n > size)
			abort();
		(void)fx_note_open(p->checkpoint, &key, 1, &text, NULL, &err);
	}
	fx_buf_reset(&b);
	if (fx_vkey_parse(in, &other, &err) == 0) {
		fx_vkey_add(&b, &other);
		if (!fx_str_eq(fx_buf_view(&b), fx_str_trim(in)))
			abort();
	}
	if (fx_token_parse(in, &origin, &index, leaf) == 0 && !fx_key_name_valid(origin))
		abort();
	fx_buf_free(&b);
	free(p);
	return 0;
}
