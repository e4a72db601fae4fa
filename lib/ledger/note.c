#include "ledger/note.h"

#include <string.h>

#include "ledger/key.h"

#define DASH "\xe2\x80\x94 " /* em dash and space, which begin a signature line */
#define SIGS_MAX 128
#define COSIGN_HEAD "cosignature/v1\ntime "

static void cosign_message(struct fx_buf *m, struct fx_str text, uint64_t at)
{
	fx_buf_reset(m);
	fx_buf_fmt(m, COSIGN_HEAD "%llu\n", (unsigned long long)at);
	fx_buf_str(m, text);
}

int fx_note_sign_line(struct fx_buf *out, struct fx_str text, const struct fx_skey *k, uint64_t at,
		      struct fx_err *err)
{
	const struct fx_vkey *pub = &k->pub;
	struct fx_buf msg = {0};
	unsigned char raw[4 + 8 + 64];
	size_t n = 4;
	int bad;

	for (int i = 0; i < 4; i++)
		raw[i] = (unsigned char)(pub->id >> (24 - 8 * i));
	if (pub->type == FX_KEY_COSIGN) {
		for (int i = 0; i < 8; i++)
			raw[n++] = (unsigned char)(at >> (56 - 8 * i));
		cosign_message(&msg, text, at);
		text = fx_buf_view(&msg);
	}
	bad = fx_ed25519_sign(k->pkey, text, raw + n);
	fx_buf_free(&msg);
	if (bad)
		return fx_fail(err, FX_ECONF, "OpenSSL does not sign");
	fx_buf_fmt(out, DASH "%s ", pub->name);
	fx_base64_add(out, raw, n + 64);
	return fx_buf_byte(out, '\n');
}

/* One signature line without its newline. */
struct sigline {
	struct fx_str name;
	uint32_t id;
	const unsigned char *sig;
	size_t n;
};

static int parse_sig(struct fx_str line, unsigned char *room, struct sigline *out)
{
	const struct fx_str dash = FX_STR(DASH);
	struct fx_str b64;
	size_t sp;
	long n;

	if (!fx_str_starts(line, dash))
		return -1;
	line = (struct fx_str){line.p + dash.n, line.n - dash.n};
	sp = fx_str_find(line, ' ');
	if (sp == line.n)
		return -1;
	out->name = (struct fx_str){line.p, sp};
	b64 = (struct fx_str){line.p + sp + 1, line.n - sp - 1};
	n = b64.n ? fx_base64_decode(room, b64) : -1;
	if (n < 5 || !fx_key_name_valid(out->name))
		return -1;
	out->id = (uint32_t)room[0] << 24 | (uint32_t)room[1] << 16 | (uint32_t)room[2] << 8 | room[3];
	out->sig = room + 4;
	out->n = (size_t)n - 4;
	return 0;
}

static bool verify(const struct fx_vkey *k, const struct sigline *s, struct fx_str text)
{
	struct fx_buf msg = {0};
	uint64_t at = 0;
	bool ok;

	if (k->type == FX_KEY_ED25519)
		return s->n == 64 && fx_ed25519_verify(k->pub, text, s->sig);
	if (s->n != 8 + 64)
		return false;
	for (int i = 0; i < 8; i++)
		at = at << 8 | s->sig[i];
	if (at > INT64_MAX)
		return false;
	cosign_message(&msg, text, at);
	ok = fx_ed25519_verify(k->pub, fx_buf_view(&msg), s->sig + 8);
	fx_buf_free(&msg);
	return ok;
}

/* Valid UTF-8 without controls but newline. */
static bool clean(struct fx_str s)
{
	for (size_t i = 0; i < s.n;) {
		int32_t c = fx_utf8_next(s, &i);

		if (c < 0x20 && c != '\n')
			return false;
	}
	return true;
}

/* Offset of the last "\n\n", or s.n. */
static size_t last_blank(struct fx_str s)
{
	for (size_t i = s.n; i >= 2; i--)
		if (s.p[i - 1] == '\n' && s.p[i - 2] == '\n')
			return i - 2;
	return s.n;
}

int fx_note_open(struct fx_str note, const struct fx_vkey *keys, size_t n, struct fx_str *text,
		 uint64_t *signers, struct fx_err *err)
{
	size_t cut, lines = 0;
	struct fx_buf room = {0};
	uint64_t seen = 0;
	struct fx_str rest;

	if (note.n > FX_NOTE_MAX)
		return fx_fail(err, FX_EDATA, "a note of more than %zu bytes", FX_NOTE_MAX);
	cut = last_blank(note);
	if (cut == note.n || note.p[note.n - 1] != '\n' || cut + 2 == note.n || !clean(note))
		return fx_fail(err, FX_EDATA, "not a signed note");
	*text = (struct fx_str){note.p, cut + 1};
	rest = (struct fx_str){note.p + cut + 2, note.n - cut - 2};
	if (!fx_buf_room(&room, rest.n))
		return fx_fail(err, FX_ELIMIT, "a note too large");
	while (rest.n) {
		size_t nl = fx_str_find(rest, '\n');
		struct sigline s;

		if (++lines > SIGS_MAX ||
		    parse_sig((struct fx_str){rest.p, nl}, (unsigned char *)room.p, &s)) {
			fx_buf_free(&room);
			return fx_fail(err, FX_EDATA, "signature line %zu of the note is malformed", lines);
		}
		rest = (struct fx_str){rest.p + nl + 1, rest.n - nl - 1};
		for (size_t i = 0; i < n && i < 64; i++) {
			if (keys[i].id != s.id || !fx_str_is(s.name, keys[i].name) || seen >> i & 1)
				continue;
			if (!verify(&keys[i], &s, *text)) {
				fx_buf_free(&room);
				return fx_fail(err, FX_EDATA, "the signature of %s+%08x is false",
					       keys[i].name, keys[i].id);
			}
			seen |= (uint64_t)1 << i;
		}
	}
	fx_buf_free(&room);
	if (signers)
		*signers = seen;
	if (!seen)
		return fx_fail(err, FX_EDATA, "not signed by %s", n ? keys[0].name : "anybody known");
	return 0;
}

/* Cut the first line (without its newline) off s; false when there is no newline. */
static bool line_of(struct fx_str *s, struct fx_str *line)
{
	size_t nl = fx_str_find(*s, '\n');

	if (nl == s->n)
		return false;
	*line = (struct fx_str){s->p, nl};
	*s = (struct fx_str){s->p + nl + 1, s->n - nl - 1};
	return true;
}

/* Decimal without leading zeros. */
static int decimal(struct fx_str s, uint64_t *out)
{
	return s.n > 1 && s.p[0] == '0' ? -1 : fx_str_u64(s, out);
}

static int hash_text(struct fx_str s, struct fx_hash *out)
{
	unsigned char raw[36]; /* 44 characters give 33 bytes and room */

	if (s.n != 44 || fx_base64_decode(raw, s) != FX_SHA256_LEN)
		return -1;
	memcpy(out->b, raw, FX_SHA256_LEN);
	return 0;
}

int fx_checkpoint_parse(struct fx_str text, struct fx_checkpoint *out, struct fx_err *err)
{
	struct fx_str size, root, more;

	if (!line_of(&text, &out->origin) || out->origin.n == 0)
		return fx_fail(err, FX_EDATA, "a checkpoint without an origin");
	if (!line_of(&text, &size) || decimal(size, &out->size))
		return fx_fail(err, FX_EDATA, "a checkpoint whose second line is no size");
	if (!line_of(&text, &root) || hash_text(root, &out->root))
		return fx_fail(err, FX_EDATA, "a checkpoint whose third line is no root hash");
	while (text.n)
		if (!line_of(&text, &more) || more.n == 0)
			return fx_fail(err, FX_EDATA, "a checkpoint with an empty extension line");
	return 0;
}

void fx_checkpoint_add(struct fx_buf *out, const struct fx_checkpoint *c)
{
	fx_buf_str(out, c->origin);
	fx_buf_fmt(out, "\n%llu\n", (unsigned long long)c->size);
	fx_base64_add(out, c->root.b, FX_SHA256_LEN);
	fx_buf_byte(out, '\n');
}

#define PROOF_HEAD "c2sp.org/tlog-proof@v1"

void fx_proof_add(struct fx_buf *out, const struct fx_proof *p)
{
	fx_buf_fmt(out, PROOF_HEAD "\nindex %llu\n", (unsigned long long)p->index);
	for (size_t i = 0; i < p->n; i++) {
		fx_base64_add(out, p->path[i].b, FX_SHA256_LEN);
		fx_buf_byte(out, '\n');
	}
	fx_buf_byte(out, '\n');
	fx_buf_str(out, p->checkpoint);
}

int fx_proof_parse(struct fx_str text, struct fx_proof *out, struct fx_err *err)
{
	const struct fx_str extra = FX_STR("extra "), index = FX_STR("index ");
	struct fx_str line;

	if (!line_of(&text, &line) || !fx_str_is(line, PROOF_HEAD))
		return fx_fail(err, FX_EDATA, "not a %s", PROOF_HEAD);
	if (!line_of(&text, &line))
		return fx_fail(err, FX_EDATA, "a proof that ends early");
	if (fx_str_starts(line, extra) && !line_of(&text, &line))
		return fx_fail(err, FX_EDATA, "a proof that ends early");
	if (!fx_str_starts(line, index) ||
	    decimal((struct fx_str){line.p + index.n, line.n - index.n}, &out->index))
		return fx_fail(err, FX_EDATA, "a proof without its index");
	for (out->n = 0;;) {
		if (!line_of(&text, &line))
			return fx_fail(err, FX_EDATA, "a proof that ends early");
		if (line.n == 0)
			break;
		if (out->n == FX_PROOF_MAX || hash_text(line, &out->path[out->n++]))
			return fx_fail(err, FX_EDATA, "a proof whose hash %zu is malformed", out->n);
	}
	out->checkpoint = text;
	return 0;
}
