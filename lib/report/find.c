#include "report/find.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ledger/order.h"

int fx_finder_open(struct fx_finder *f, const char *const *dirs, size_t n, struct fx_err *err)
{
	*f = (struct fx_finder){.witness = fx_witness_new()};
	f->ledger = fx_alloc(n + 1, sizeof(struct fx_ledger *));
	for (; f->n < n; f->n++) {
		f->ledger[f->n] = fx_ledger_open(dirs[f->n], err);
		if (!f->ledger[f->n])
			return -1;
	}
	return 0;
}

void fx_finder_close(struct fx_finder *f)
{
	for (size_t i = 0; i < f->n; i++)
		fx_ledger_close(f->ledger[i]);
	free(f->ledger);
	fx_witness_free(f->witness);
	fx_arena_free(&f->arena);
}

static void found(struct fx_finder *f, struct fx_found *out, struct fx_str id)
{
	if (!id.n)
		return;
	for (size_t i = 0; i < out->n; i++)
		if (fx_str_eq(out->id[i], id))
			return;
	if (out->n == out->cap) {
		out->cap = out->cap ? out->cap * 2 : 8;
		out->id = fx_realloc(out->id, out->cap, sizeof(*out->id));
	}
	out->id[out->n++] = fx_arena_str(&f->arena, id);
}

/* The order when some ledger has entries of it. */
static int find_order(struct fx_finder *f, struct fx_str what, struct fx_found *out,
                      struct fx_err *err)
{
	struct fx_str id;
	int r = fx_order_find(f->ledger, f->n, what, &f->arena, &id, err);
	if (r == 1)
		found(f, out, id);
	return r < 0 ? -1 : 0;
}

/* ORIGIN/INDEX#HASH: the order of that entry, if the hash is the entry's. */
static int find_token(struct fx_finder *f, struct fx_str what, struct fx_found *out,
                      struct fx_err *err)
{
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_str origin, entry;
	struct fx_tape t = {0};
	struct fx_err why;
	uint64_t index;
	int status = 0;
	if (fx_token_parse(what, &origin, &index, leaf))
		return 0;
	for (size_t i = 0; i < f->n && !status; i++) {
		if (!fx_str_eq(origin, fx_ledger_origin(f->ledger[i])))
			continue;
		int vouch = fx_vouch_token(f->ledger[i], f->witness, what, &index, &why, err);
		if (vouch < 0)
			status = -1;
		else if (vouch != FX_VOUCHED)
			continue;
		else if (fx_ledger_entry(f->ledger[i], index, &f->arena, &entry, err) ||
		         fx_tape_read(&t, entry, err))
			status = -1;
		else
			found(f, out, fx_tape_get_str(&t, 0, FX_STR("order_id"), &f->arena));
	}
	fx_tape_free(&t);
	return status;
}

/* ---- reading the entries through ------------------------------------------- */

struct sought {
	struct fx_str text;
	const char *const *path; /* dotted, ended by NULL */
};

static bool same_text(struct fx_str a, struct fx_str b)
{
	return a.p && a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static struct fx_str at_path(const struct fx_tape *t, const char *path, struct fx_arena *a)
{
	struct fx_str rest = fx_str(path);
	uint32_t node = 0;
	for (;;) {
		size_t dot = fx_str_find(rest, '.');
		if (dot == rest.n)
			return fx_tape_get_str(t, node, rest, a);
		node = fx_tape_get(t, node, (struct fx_str){rest.p, dot});
		if (node == FX_NONE)
			return (struct fx_str){NULL, 0};
		rest.p += dot + 1;
		rest.n -= dot + 1;
	}
}

/* May the entry hold the text?  An escaped one could be spelt otherwise. */
static bool may_hold(struct fx_str entry, struct fx_str text)
{
	char first[2];
	if (!text.n)
		return false;
	first[0] = text.p[0] >= 'A' && text.p[0] <= 'Z' ? (char)(text.p[0] + 32) : text.p[0];
	first[1] = first[0] >= 'a' && first[0] <= 'z' ? (char)(first[0] - 32) : first[0];
	for (int k = 0; k < 1 + (first[0] != first[1]); k++)
		for (const char *p = entry.p, *end = entry.p + entry.n;
		     (p = memchr(p, first[k], (size_t)(end - p))) != NULL; p++)
			if ((size_t)(end - p) >= text.n && strncasecmp(p, text.p, text.n) == 0)
				return true;
	return memchr(entry.p, '\\', entry.n) != NULL;
}

static int look(struct fx_finder *f, struct fx_ledger *l, const struct sought *s,
                struct fx_found *out, struct fx_err *err)
{
	struct fx_ledger_scan scan;
	struct fx_arena scratch = {0};
	struct fx_tape t = {0};
	struct fx_str entry;
	int more;
	fx_ledger_scan_init(&scan, l, 0);
	while ((more = fx_ledger_scan_next(&scan, &entry, err)) == 1) {
		if (!may_hold(entry, s->text))
			continue;
		fx_arena_reset(&scratch);
		if (fx_tape_read(&t, entry, err)) {
			more = -1;
			break;
		}
		for (size_t i = 0; s->path[i]; i++)
			if (same_text(at_path(&t, s->path[i], &scratch), s->text)) {
				found(f, out, fx_tape_get_str(&t, 0, FX_STR("order_id"), &scratch));
				break;
			}
	}
	fx_ledger_scan_end(&scan);
	fx_tape_free(&t);
	fx_arena_free(&scratch);
	return more;
}

static int look_everywhere(struct fx_finder *f, const struct sought *s, struct fx_found *out,
                           struct fx_err *err)
{
	for (size_t i = 0; i < f->n; i++)
		if (look(f, f->ledger[i], s, out, err))
			return -1;
	return 0;
}

int fx_find(struct fx_finder *f, struct fx_str what, struct fx_found *out, struct fx_err *err)
{
	static const char *const ids[] = {"event_id", "exception_id", "task_id", NULL};
	struct fx_str of_task = fx_task_order(what);
	if (find_order(f, what, out, err) || out->n)
		return out->n ? 0 : -1;
	if (find_token(f, what, out, err) || out->n)
		return out->n ? 0 : -1;
	if (of_task.n && (find_order(f, of_task, out, err) || out->n))
		return out->n ? 0 : -1;
	return look_everywhere(f, &(struct sought){what, ids}, out, err);
}

int fx_find_text(struct fx_finder *f, struct fx_str text, struct fx_found *out, struct fx_err *err)
{
	static const char *const members[] = {"customer.email", "customer.phone",  "customer.id",
	                                      "ship_to.phone",  "tracking_number", NULL};
	return look_everywhere(f, &(struct sought){text, members}, out, err);
}

/* ---- an order's story -------------------------------------------------------- */

/* The bytes have the hash that the token names, and the checkpoint's tree holds that hash. */
static enum fx_told_how checked(struct fx_finder *f, struct fx_ledger *l, struct fx_str entry,
                                struct fx_str token, struct fx_err *err)
{
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_str origin;
	struct fx_hash hash;
	struct fx_err why;
	uint64_t index;
	fx_leaf_hash(entry, &hash);
	if (fx_token_parse(token, &origin, &index, leaf) || memcmp(leaf, hash.b, sizeof(leaf)) != 0)
		return FX_TOLD_FORGED;
	int vouch = fx_vouch_token(l, f->witness, token, &index, &why, err);
	return vouch == FX_VOUCHED ? FX_TOLD_VOUCHED : FX_TOLD_FORGED;
}

static int add_registries(struct fx_finder *f, struct fx_story *s, struct fx_ledger *l,
                          struct fx_err *err)
{
	char id[FX_ID_LEN + 1], last[FX_ID_LEN + 1] = "";
	for (size_t i = 0; i < s->ntold; i++) {
		const struct fx_tape *t = &s->told[i].tape;
		struct fx_str digest = fx_tape_get_str(t, 0, FX_STR("registry"), &s->arena);
		struct fx_str source = fx_tape_get_str(t, 0, FX_STR("source"), &s->arena), entry;
		uint64_t index;
		bool there;
		if (!digest.n || !source.n)
			continue;
		fx_derive_id(id, FX_STR("registry.published"), source, digest, FX_STR(""));
		if (strcmp(id, last) == 0)
			continue;
		memcpy(last, id, sizeof(id));
		if (fx_ledger_find_event(l, source, fx_str(id), &index, &there, err))
			return -1;
		if (there && (fx_ledger_entry(l, index, &f->arena, &entry, err) ||
		              fx_story_registry(s, entry, err)))
			return -1;
	}
	return 0;
}

int fx_find_story(struct fx_finder *f, struct fx_story *s, struct fx_err *err)
{
	for (size_t k = 0; k < f->n; k++) {
		struct fx_ledger *l = f->ledger[k];
		struct fx_str entry, token;
		uint64_t *index;
		size_t n;
		if (fx_ledger_find_order(l, s->order_id, &f->arena, &index, &n, err))
			return -1;
		for (size_t i = 0; i < n; i++)
			if (fx_ledger_entry(l, index[i], &f->arena, &entry, err) ||
			    fx_ledger_token(l, index[i], &f->arena, &token, err) ||
			    fx_story_add(s, entry, index[i], token,
			                 checked(f, l, entry, token, err), err))
				return -1;
		if (n && add_registries(f, s, l, err))
			return -1;
	}
	return 0;
}
