#include "ledger/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "ledger/keys.h"

struct fx_str fx_ledger_note(const struct fx_ledger *l)
{
	return fx_buf_view(&l->note);
}

static int no(struct fx_err *why, const char *file, const char *text)
{
	fx_fail_at(why, FX_EDATA, file, 0, 0, "%s", text);
	return 0;
}

int fx_ledger_grown(struct fx_ledger *l, struct fx_str earlier, const char *file, uint64_t *size,
		    struct fx_err *why, struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_hash proof[FX_PROOF_MAX + 1], empty;
	struct fx_checkpoint c;
	struct fx_str text;
	struct fx_err e;
	int n;

	if (fx_ledger_note_open(l, earlier, &c, &text, NULL, &e))
		return no(why, file, e.msg);
	if (!fx_str_is(c.origin, l->vkey.name))
		return no(why, file, "the checkpoint of another ledger");
	if (size)
		*size = c.size;
	if (c.size > l->size) {
		fx_fail_at(why, FX_EDATA, file, 0, 0,
			   "it vouches for %llu entries, and the ledger has only %llu: entries that were "
			   "signed are gone", (unsigned long long)c.size, (unsigned long long)l->size);
		return 0;
	}
	fx_sha256((struct fx_str){"", 0}, empty.b);
	if (c.size == 0)
		return memcmp(&c.root, &empty, sizeof(empty)) == 0 ? 1 : no(why, file, "a false empty root");
	n = fx_tree_consistency(&src, c.size, l->size, proof, err);
	if (n < 0)
		return -1;
	if (fx_tree_consistent(c.size, l->size, proof, (size_t)n, &c.root, &l->root))
		return 1;
	fx_fail_at(why, FX_EDATA, file, 0, 0,
		   "the first %llu entries of the ledger are not those that this checkpoint signs: history "
		   "was rewritten", (unsigned long long)c.size);
	return 0;
}

/* Put note into the file, whole or not at all. */
static int replace(const char *file, const struct fx_buf *note, struct fx_err *err)
{
	struct fx_buf tmp = {0};
	int fd, bad;

	fx_buf_fmt(&tmp, "%s.tmp", file);
	fx_buf_byte(&tmp, '\0');
	fd = open(tmp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bad = fd < 0 || fx_write_all(fd, note->p, note->n) != 0 || fsync(fd) != 0;
	if (fd >= 0)
		close(fd);
	bad = bad || rename(tmp.p, file) != 0;
	if (bad)
		fx_fail_errno(err, "%s", file);
	fx_buf_free(&tmp);
	return bad ? -1 : 0;
}

static int cosign(struct fx_ledger *l, const struct fx_skey *k, struct fx_buf *note,
		  struct fx_err *err)
{
	const struct fx_vkey *pub = fx_skey_public(k);
	bool own = pub->type != FX_KEY_COSIGN || strcmp(pub->name, l->vkey.name) == 0;
	struct fx_checkpoint c;
	struct fx_str text;

	for (size_t i = 0; i < l->keys->n; i++)
		own |= memcmp(pub->pub, l->keys->v[i].pub, sizeof(pub->pub)) == 0;
	if (own)
		return fx_fail(err, FX_ECONF, "the cosigner's key must be one of its own, made with "
			       "--new-key, not the ledger's");
	if (fx_ledger_note_open(l, fx_buf_view(&l->note), &c, &text, NULL, err))
		return -1;
	return fx_note_sign_line(note, text, k, (uint64_t)(fx_time_clock() / FX_SEC), err);
}

int fx_ledger_watch(struct fx_ledger *l, const char *file, const struct fx_skey *cosigner,
		    struct fx_err *why, struct fx_err *err)
{
	struct fx_buf seen = {0}, note = {0};
	int r = 1;

	if (access(file, F_OK) == 0 || errno != ENOENT) {
		r = fx_read_file(file, &seen, FX_NOTE_MAX, err);
		if (r == 0)
			r = fx_ledger_grown(l, fx_buf_view(&seen), file, NULL, why, err);
	}
	fx_buf_str(&note, fx_buf_view(&l->note));
	if (r == 1 && cosigner && cosign(l, cosigner, &note, err))
		r = -1;
	if (r == 1 && replace(file, &note, err))
		r = -1;
	fx_buf_free(&seen);
	fx_buf_free(&note);
	return r;
}
