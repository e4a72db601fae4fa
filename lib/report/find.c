#include "report/find.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ledger/check.h"
#include "ledger/marker.h"
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
	free(f->field);
	fx_witness_free(f->witness);
	fx_arena_free(&f->arena);
}

static void found(struct fx_finder *f, struct fx_found *out, struct fx_str id)
{
	if (!id.n) {
		out->of_none = true;
		return;
	}
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
	const struct fx_str *path; /* "customer.email", "lines[].sku" */
	size_t npath;
	/* its byte that is rarest in records, in both cases, and where it stands in it */
	char rare[2];
	size_t at;
};

/* Bytes as they are found in records, the rarest first; digits and the others come after. */
static size_t rarity(char c)
{
	static const char order[] = "@+ QXZJYKWVGHFBUqxzjKVWkwvyghPMLCNRDfbp";
	const char *p = c ? strchr(order, c) : NULL;
	return p ? (size_t)(p - order) : c >= '0' && c <= '9' ? 50 : 60;
}

static struct sought seek(struct fx_str text, const struct fx_str *path, size_t npath)
{
	struct sought s = {.text = text, .path = path, .npath = npath};
	for (size_t i = 1; i < text.n; i++)
		if (rarity(text.p[i]) < rarity(text.p[s.at]))
			s.at = i;
	char c = text.n ? text.p[s.at] : 0;
	s.rare[0] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	s.rare[1] = s.rare[0] >= 'a' && s.rare[0] <= 'z' ? (char)(s.rare[0] - 32) : s.rare[0];
	return s;
}

/* May the entry hold the text?  An escaped one could be spelt otherwise. */
static bool may_hold(struct fx_str entry, const struct sought *s)
{
	if (entry.n < s->text.n || !s->text.n)
		return false;
	const char *from = entry.p + s->at, *last = entry.p + entry.n - (s->text.n - s->at);
	char begins = (char)(s->text.p[0] | 32), ends = (char)(s->text.p[s->text.n - 1] | 32);
	for (int k = 0; k < 1 + (s->rare[0] != s->rare[1]); k++)
		for (const char *p = from;
		     p <= last && (p = memchr(p, s->rare[k], (size_t)(last - p) + 1)); p++)
			if ((p[-(ptrdiff_t)s->at] | 32) == begins &&
			    (p[s->text.n - s->at - 1] | 32) == ends &&
			    strncasecmp(p - s->at, s->text.p, s->text.n) == 0)
				return true;
	return memchr(entry.p, '\\', entry.n) != NULL;
}

/* Is the text at the path?  Paths are a schema's: they are a few names deep. */
static bool at_path(const struct fx_tape *t, uint32_t node, struct fx_str path, struct fx_str text,
                    struct fx_arena *a)
{
	size_t n = fx_str_find(path, '.');
	struct fx_str name = {path.p, n},
	              rest = {path.p + n + (n < path.n), path.n - n - (n < path.n)};
	bool list = n > 2 && name.p[n - 1] == ']';
	if (list)
		name.n -= 2;
	node = fx_tape_get(t, node, name);
	if (node == FX_NONE)
		return false;
	if (list && fx_tape_type(t, node) == FX_ARRAY) {
		for (uint32_t i = node + 1; i < t->node[node].next && rest.n;
		     i = fx_tape_next(t, i))
			if (fx_tape_type(t, i) == FX_OBJECT && at_path(t, i, rest, text, a))
				return true;
		return false;
	}
	if (rest.n)
		return fx_tape_type(t, node) == FX_OBJECT && at_path(t, node, rest, text, a);
	if (fx_tape_type(t, node) != FX_STRING)
		return false;
	struct fx_str v = fx_tape_str(t, node, a);
	return v.n == text.n && strncasecmp(v.p, text.p, v.n) == 0;
}

/* An owner's event may name its task alone. */
static struct fx_str order_of(const struct fx_tape *t, struct fx_arena *a)
{
	struct fx_str id = fx_tape_get_str(t, 0, FX_STR("order_id"), a);
	return id.n ? id : fx_task_order(fx_tape_get_str(t, 0, FX_STR("task_id"), a));
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
		if (!may_hold(entry, s))
			continue;
		fx_arena_reset(&scratch);
		if (fx_tape_read(&t, entry, err)) {
			more = -1;
			break;
		}
		for (size_t i = 0; i < s->npath; i++)
			if (at_path(&t, 0, s->path[i], s->text, &scratch)) {
				found(f, out, order_of(&t, &scratch));
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

/* An event or exception of the toolkit's own: those the index has by source and id. */
static int find_own(struct fx_finder *f, struct fx_str what, struct fx_found *out,
                    struct fx_err *err)
{
	struct fx_tape t = {0};
	struct fx_str entry;
	uint64_t index;
	bool there;
	int status = 0;
	for (size_t i = 0; i < f->n && !status; i++) {
		struct fx_ledger *l = f->ledger[i];
		status = fx_ledger_find_event(l, fx_ledger_origin(l), what, &index, &there, err);
		if (status || !there)
			continue;
		status = fx_ledger_entry(l, index, &f->arena, &entry, err) ||
		         fx_tape_read(&t, entry, err);
		if (!status)
			found(f, out, order_of(&t, &f->arena));
	}
	fx_tape_free(&t);
	return status ? -1 : 0;
}

int fx_find(struct fx_finder *f, struct fx_str what, struct fx_found *out, struct fx_err *err)
{
	static const struct fx_str ids[] = {{"event_id", 8}, {"exception_id", 12}, {"task_id", 7}};
	struct fx_str of_task = fx_task_order(what);
	if (find_order(f, what, out, err) || out->n)
		return out->n ? 0 : -1;
	if (find_token(f, what, out, err) || out->n)
		return out->n ? 0 : -1;
	if (of_task.n && (find_order(f, of_task, out, err) || out->n))
		return out->n ? 0 : -1;
	if (find_own(f, what, out, err) || out->n)
		return out->n ? 0 : -1;
	struct sought s = seek(what, ids, sizeof(ids) / sizeof(*ids));
	return look_everywhere(f, &s, out, err);
}

int fx_find_text(struct fx_finder *f, struct fx_str text, struct fx_found *out, struct fx_err *err)
{
	struct sought s = seek(text, f->field, f->nfield);
	return look_everywhere(f, &s, out, err);
}

/* ---- an order's story -------------------------------------------------------- */

/*
 * The bytes, or an erased entry's marker, have the hash that the token names, and the checkpoint's
 * tree holds that hash.
 */
static enum fx_told_how checked(struct fx_finder *f, struct fx_ledger *l, struct fx_str entry,
                                struct fx_str token, struct fx_err *err)
{
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_str origin;
	struct fx_hash hash;
	struct fx_err why;
	uint64_t index;
	fx_line_leaf(entry, &hash);
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
