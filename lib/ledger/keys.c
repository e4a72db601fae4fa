#include "ledger/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/check.h"

static bool same_key(const struct fx_vkey *a, const struct fx_vkey *b)
{
	return a->id == b->id && a->type == b->type && strcmp(a->name, b->name) == 0 &&
	       memcmp(a->pub, b->pub, sizeof(a->pub)) == 0;
}

int fx_vkeys_parse(struct fx_str text, struct fx_vkey *out, size_t *n, struct fx_err *err)
{
	struct fx_str rest = fx_str_trim(text);

	*n = 0;
	do {
		size_t nl = fx_str_find(rest, '\n');

		if (*n == FX_VKEYS_MAX)
			return fx_fail(err, FX_ECONF, "more than %d keys", FX_VKEYS_MAX);
		if (fx_vkey_parse((struct fx_str){rest.p, nl}, &out[*n], err))
			return -1;
		for (size_t i = 0; i < *n; i++)
			if (out[i].id == out[*n].id && strcmp(out[i].name, out[*n].name) == 0)
				return fx_fail(err, FX_ECONF, "the key %s+%08x comes twice", out[i].name,
					       out[i].id);
		++*n;
		rest = nl < rest.n ? (struct fx_str){rest.p + nl + 1, rest.n - nl - 1}
				   : (struct fx_str){rest.p, 0};
	} while (rest.n);
	return 0;
}

/* Is that member of the record this key? */
static bool names(const struct fx_tape *t, const char *member, const struct fx_vkey *key,
		  struct fx_arena *a)
{
	struct fx_str s = fx_tape_get_str(t, 0, fx_str(member), a);
	struct fx_err none;
	struct fx_vkey v;

	return s.p && fx_vkey_parse(s, &v, &none) == 0 && same_key(&v, key);
}

/* The record of rotation i: by the keys before and after it; why not, in words. */
static int check_record(struct fx_keys *k, size_t i, const struct fx_tape *t, struct fx_arena *a,
			struct fx_err *why)
{
	const struct fx_vkey *pair = &k->v[i];
	struct fx_witness *w = fx_witness_new();
	uint64_t index = 0, signers = 0;
	struct fx_checkpoint c = {0};
	struct fx_proof proof;
	struct fx_str text;
	int r = fx_vouch_proof(w, t, pair, 2, &index, why) == FX_VOUCHED ? 0 : -1;

	fx_witness_free(w);
	if (r)
		return -1;
	text = fx_tape_get_str(t, 0, FX_STR("audit_proof"), a);
	if (fx_proof_parse(text, &proof, why) ||
	    fx_note_open(proof.checkpoint, pair, 2, &text, &signers, why) ||
	    fx_checkpoint_parse(text, &c, why))
		return -1;
	if (signers != 3)
		return fx_fail(why, FX_EDATA, "its checkpoint is not signed by both keys");
	if (!fx_str_is(fx_tape_get_str(t, 0, FX_STR("event"), a), FX_ROTATED) ||
	    !fx_str_is(fx_tape_get_str(t, 0, FX_STR("source"), a), pair[0].name) ||
	    !names(t, "old_vkey", &pair[0], a) || !names(t, "new_vkey", &pair[1], a))
		return fx_fail(why, FX_EDATA, "it is no " FX_ROTATED " from %s+%08x to +%08x",
			       pair[0].name, pair[0].id, pair[1].id);
	if (i > 0 && c.size < k->end[i - 1].size)
		return fx_fail(why, FX_EDATA, "it is older than the rotation before it");
	k->end[i].size = c.size;
	k->end[i].root = c.root;
	return 0;
}

static int check_rotation(struct fx_ledger *l, struct fx_keys *k, size_t i, struct fx_err *err)
{
	struct fx_buf text = {0};
	struct fx_arena a = {0};
	struct fx_tape t = {0};
	char path[FX_PATH];
	struct fx_err why;
	int r;

	(void)snprintf(path, sizeof(path), "rotations/%zu", i + 1);
	r = fx_ledger_read(l, path, &text, err);
	if (r == 1)
		r = fx_fail(err, FX_ELEDGER, "%s/%s is missing: nothing vouches for line %zu of vkey",
			    l->dir, path, i + 2);
	else if (r == 0 && (fx_tape_read(&t, fx_str_trim(fx_buf_view(&text)), &why) ||
			    check_record(k, i, &t, &a, &why)))
		r = fx_fail(err, FX_ELEDGER, "%s/%s does not vouch for line %zu of vkey: %s", l->dir,
			    path, i + 2, why.msg);
	fx_tape_free(&t);
	fx_arena_free(&a);
	fx_buf_free(&text);
	return r;
}

/* Of one name, each vouched for, and the ones that l has still among them. */
static int check_keys(struct fx_ledger *l, struct fx_keys *k, struct fx_err *err)
{
	struct fx_err why;

	if (fx_vkeys_parse(fx_buf_view(&k->text), k->v, &k->n, &why))
		return fx_fail(err, FX_ELEDGER, "%s/vkey: %s", l->dir, why.msg);
	for (size_t i = 0; l->keys && i < l->keys->n; i++)
		if (i >= k->n || !same_key(&k->v[i], &l->keys->v[i]))
			return fx_fail(err, FX_ELEDGER, "%s/vkey was replaced by that of another ledger",
				       l->dir);
	for (size_t i = 0; i + 1 < k->n; i++) {
		if (strcmp(k->v[i].name, k->v[i + 1].name) != 0)
			return fx_fail(err, FX_ELEDGER, "%s/vkey has keys of two ledgers", l->dir);
		if (check_rotation(l, k, i, err))
			return -1;
	}
	return 0;
}

int fx_ledger_keys(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_keys *k = fx_alloc(1, sizeof(*k));
	int r = fx_ledger_read(l, "vkey", &k->text, err);

	if (r == 1)
		r = fx_fail(err, FX_ELEDGER, "%s is no ledger: it has no vkey (fx-sign --init makes one)",
			    l->dir);
	else if (r == 0 && l->keys && fx_str_eq(fx_buf_view(&k->text), fx_buf_view(&l->keys->text)))
		r = 1;
	else if (r == 0)
		r = check_keys(l, k, err);
	if (r) {
		fx_keys_free(k);
		return r < 0 ? -1 : 0;
	}
	fx_keys_free(l->keys);
	l->keys = k;
	l->vkey = k->v[k->n - 1];
	return 0;
}

void fx_keys_free(struct fx_keys *k)
{
	if (!k)
		return;
	fx_buf_free(&k->text);
	free(k);
}

int fx_ledger_note_open(const struct fx_ledger *l, struct fx_str note, struct fx_checkpoint *c,
			struct fx_str *text, size_t *signer, struct fx_err *err)
{
	const struct fx_keys *k = l->keys;
	uint64_t signers;
	size_t i = k->n;

	if (fx_note_open(note, k->v, k->n, text, &signers, err) || fx_checkpoint_parse(*text, c, err))
		return -1;
	while (!(signers >> --i & 1))
		;
	if (i + 1 < k->n && c->size > k->end[i].size)
		return fx_fail(err, FX_EDATA, "signed with the key +%08x, which was replaced at %llu entries",
			       k->v[i].id, (unsigned long long)k->end[i].size);
	if (signer)
		*signer = i;
	return 0;
}

bool fx_ledger_trusts(const struct fx_ledger *l, const struct fx_vkey *key, size_t n)
{
	for (size_t i = 0; i <= l->signer; i++)
		for (size_t j = 0; j < n; j++)
			if (same_key(&l->keys->v[i], &key[j]))
				return true;
	return false;
}

int fx_ledger_check_keys(struct fx_ledger *l, void (*say)(void *arg, const struct fx_finding *f),
			 void *arg, struct fx_err *err)
{
	const struct fx_keys *k = l->keys;
	char text[200];

	for (size_t i = 0; i + 1 < k->n; i++) {
		const struct fx_finding f = {UINT64_MAX, text};
		struct fx_hash root = {{0}};

		if (k->end[i].size > l->size) {
			(void)snprintf(text, sizeof(text),
				       "rotations/%zu vouches for %llu entries, and the checkpoint for only %llu: "
				       "an old one was put back", i + 1, (unsigned long long)k->end[i].size,
				       (unsigned long long)l->size);
			say(arg, &f);
			continue;
		}
		(void)snprintf(text, sizeof(text),
			       "rotations/%zu is of another history: its checkpoint of %llu entries is not "
			       "one of this ledger", i + 1, (unsigned long long)k->end[i].size);
		if (fx_ledger_root_at(l, k->end[i].size, root.b, err))
			return -1;
		if (memcmp(&root, &k->end[i].root, sizeof(root)) != 0)
			say(arg, &f);
	}
	return 0;
}

size_t fx_ledger_key_count(const struct fx_ledger *l)
{
	return l->keys->n;
}

const struct fx_vkey *fx_ledger_key(const struct fx_ledger *l, size_t i, uint64_t *end)
{
	*end = i + 1 < l->keys->n ? l->keys->end[i].size : l->size;
	return &l->keys->v[i];
}
