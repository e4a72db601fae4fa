/* The whole ledger, entry by entry. */
#include "ledger/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/inside.h"

#define NONE UINT64_MAX
/* Entries that are named when they do not hash to what hashes/0 says. */
#define MISMATCHES 100

struct id {
	uint64_t hash, entry;
};

struct pass {
	struct fx_ledger *l;
	struct fx_check *c;
	struct fx_tape tape;
	struct fx_arena arena;
	struct fx_frontier entries; /* the tree that the entries make */
	struct fx_frontier hashes;  /* the tree that hashes/0 makes */
	struct fx_hash want[256];   /* a tile of hashes/0 */
	uint64_t tile;
	size_t nwant;
	uint64_t bad[MISMATCHES], nbad;
	struct id *ids;
	size_t nids;
	uint64_t sum[2]; /* of all keys that the index must have, of entries below indexed */
	uint64_t indexed;
	unsigned long wrong_levels; /* a bit for each level of hashes/ found wrong */
};

static void say(struct pass *p, uint64_t entry, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct pass *p, uint64_t entry, const char *fmt, ...)
{
	char text[512];
	struct fx_finding f = {entry, text};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->c->faults++;
	p->c->say(p->c->arg, &f);
}

/* The hash that hashes/0 has for an entry; NULL when the file ends before. */
static const struct fx_hash *wanted(struct pass *p, uint64_t entry)
{
	struct fx_hashes src = fx_ledger_hashes(p->l);

	if (entry >= p->l->size)
		return NULL;
	if (p->nwant == 0 || p->tile != entry / 256) {
		uint64_t first = entry / 256 * 256;

		p->tile = entry / 256;
		p->nwant = p->l->size - first < 256 ? (size_t)(p->l->size - first) : 256;
		while (p->nwant && src.read(src.arg, 0, first, p->nwant, p->want, NULL))
			p->nwant--;
	}
	return entry % 256 < p->nwant ? &p->want[entry % 256] : NULL;
}

/* hashes/1 and above, each hash when the leaves that it is made of are complete. */
static void check_levels(struct pass *p, const struct fx_hash *leaf)
{
	struct fx_hashes src = fx_ledger_hashes(p->l);
	struct fx_hash done[FX_LEVELS - 1], have;
	unsigned n = fx_frontier_add(&p->hashes, leaf, done);

	for (unsigned i = 0; i < n; i++) {
		uint64_t at = (p->hashes.size >> (8 * (i + 1))) - 1;

		if (src.read(src.arg, i + 1, at, 1, &have, NULL) == 0 &&
		    memcmp(&have, &done[i], sizeof(have)) == 0)
			continue;
		if (!(p->wrong_levels >> (i + 1) & 1))
			say(p, NONE, "hashes/%u: hash %llu is not that of the %u below it in hashes/%u",
			    i + 1, (unsigned long long)at, 256u, i);
		p->wrong_levels |= 1ul << (i + 1);
	}
}

/* Order matters not: a sum of well-mixed words is the same for the same set. */
static void add_key(uint64_t sum[2], uint64_t hash, uint64_t entry)
{
	uint64_t x = (hash ^ entry * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;

	x ^= x >> 31;
	sum[0] += x;
	sum[1] += x * 0x94d049bb133111ebu ^ hash;
}

static void note_ids(struct pass *p, uint64_t entry, const struct fx_ids *ids)
{
	struct fx_index *ix = p->l->index;
	uint64_t h = fx_index_hash(ix, FX_BY_EVENT, ids->source, ids->event_id);

	p->ids[p->nids++] = (struct id){h, entry};
	if (entry >= p->indexed)
		return;
	add_key(p->sum, h, entry);
	if (ids->order_id.n)
		add_key(p->sum,
			fx_index_hash(ix, FX_BY_ORDER, ids->order_id, (struct fx_str){0}), entry);
	if (ids->tasks)
		add_key(p->sum,
			fx_index_hash(ix, FX_BY_TRIGGER, ids->trigger_source, ids->trigger_id), entry);
}

static void check_entry(struct pass *p, uint64_t index, struct fx_str entry, bool ids)
{
	struct fx_ids got;
	struct fx_err why;

	if (fx_tape_read(&p->tape, entry, &why)) {
		say(p, index, "it is no JSON: %s", why.msg);
		return;
	}
	fx_arena_reset(&p->arena);
	fx_ids_read(&p->tape, &p->arena, &got);
	if (!got.source.n || !got.event_id.n)
		say(p, index, "it has no source or no event_id");
	else if (ids)
		note_ids(p, index, &got);
}

/* Cut the next line off [*at, end); false when there is none that ends in a newline. */
static bool next_line(const char **at, const char *end, struct fx_str *line)
{
	const char *nl = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;

	if (!nl)
		return false;
	*line = (struct fx_str){*at, (size_t)(nl - *at)};
	*at = nl + 1;
	return true;
}

static bool is(const struct fx_hash *a, const struct fx_hash *b)
{
	return a && memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * A line that does not hash to what hashes/0 has at its place.  When a line was taken out
 * or put in, its neighbours tell, and the rest of the file is compared in step again.
 * Returns by how much the index of this line is to be moved; INT_MAX: it is no entry at all.
 */
#define INSERTED 2
static int mismatch(struct pass *p, uint64_t i, const struct fx_hash *leaf, const char *at,
		    const char *end)
{
	struct fx_hash here, after, next = {0};
	const struct fx_hash *w = wanted(p, i);
	struct fx_str line;
	bool more = next_line(&at, end, &line);

	if (!w)
		return 0; /* check_hashes says it */
	here = *w;
	w = wanted(p, i + 1);
	after = w ? *w : (struct fx_hash){{0}};
	if (more)
		fx_leaf_hash(line, &next);
	if (w && is(&after, leaf) && more && is(&next, &here)) {
		say(p, i, "it and entry %llu have changed places", (unsigned long long)i + 1);
		return 0;
	}
	if (w && is(&after, leaf) && i % FX_SEGMENT != FX_SEGMENT - 1) {
		say(p, i, "it was taken out");
		return 1;
	}
	if (more && is(&next, &here)) {
		say(p, i, "a line that was not signed stands before it");
		return INSERTED;
	}
	if (p->nbad < MISMATCHES)
		p->bad[p->nbad] = i;
	p->nbad++;
	return 0;
}

static int check_segment(struct pass *p, uint64_t number, struct fx_err *err)
{
	uint64_t i = number * FX_SEGMENT, last = i + FX_SEGMENT;
	struct fx_segment s;
	struct fx_str line;
	const char *at, *end;
	bool swapped = false;
	char path[FX_PATH];

	if (last > p->l->size)
		last = p->l->size;
	fx_segment_path(path, number);
	if (faccessat(p->l->fd, path, F_OK, 0) != 0) {
		say(p, i, "entries/%06llu.ndjson, which begins with it, is missing",
		    (unsigned long long)number);
		return 0;
	}
	if (fx_segment_load(p->l, number, &s, err))
		return -1;
	for (at = s.p, end = s.p + s.n; i < last && next_line(&at, end, &line); i++) {
		struct fx_hash leaf;
		int move = 0;

		fx_leaf_hash(line, &leaf);
		if (!is(wanted(p, i), &leaf) && !swapped) {
			uint64_t before = p->c->faults;

			move = mismatch(p, i, &leaf, at, end);
			swapped = move == 0 && p->c->faults > before;
		} else {
			swapped = false;
		}
		if (move == INSERTED) {
			i--;
			continue;
		}
		i += (uint64_t)move;
		check_entry(p, i, line, true);
		if (p->entries.size == i) {
			struct fx_hash done[FX_LEVELS - 1];

			fx_frontier_add(&p->entries, &leaf, done);
		}
		p->c->entries++;
		if (p->c->tick && i % 4096 == 0)
			p->c->tick(p->c->arg);
	}
	if (i < last)
		say(p, i, "the file ends before it: %llu entries are missing",
		    (unsigned long long)(last - i));
	while (i == p->l->size && next_line(&at, end, &line))
		p->c->beyond++;
	fx_segment_unload(&s);
	return 0;
}

/* All of hashes/: their own tree, against the root. */
static void check_hashes(struct pass *p, bool *right)
{
	struct fx_hash root;
	const struct fx_hash *w;

	while (p->hashes.size < p->l->size && (w = wanted(p, p->hashes.size)))
		check_levels(p, w);
	if (p->hashes.size < p->l->size)
		say(p, NONE, "hashes/0 has %llu hashes, the checkpoint vouches for %llu entries",
		    (unsigned long long)p->hashes.size, (unsigned long long)p->l->size);
	fx_frontier_root(&p->hashes, &root);
	*right = p->hashes.size == p->l->size && is(&root, &p->l->root);
}

/* Which of the two is wrong where an entry and its hash disagree?  The signed root tells. */
static void judge(struct pass *p)
{
	bool hashes_right, entries_right;
	struct fx_hash root;

	check_hashes(p, &hashes_right);
	fx_frontier_root(&p->entries, &root);
	entries_right = p->entries.size == p->l->size && is(&root, &p->l->root);
	for (uint64_t k = 0; k < p->nbad && k < MISMATCHES; k++) {
		if (entries_right)
			say(p, p->bad[k], "it is as it was signed, but its hash in hashes/0 is wrong");
		else if (hashes_right)
			say(p, p->bad[k], "it was changed: it does not hash to what was signed");
		else
			say(p, p->bad[k], "it does not hash to what hashes/0 says");
	}
	if (p->nbad > MISMATCHES)
		say(p, NONE, "%llu further entries do not hash to what hashes/0 says",
		    (unsigned long long)(p->nbad - MISMATCHES));
	if (!hashes_right && !entries_right)
		say(p, NONE, "neither the entries nor the hashes give the root that the checkpoint signs");
	else if (!hashes_right)
		say(p, NONE, "hashes/ do not give the root that the checkpoint signs; the entries do");
	else if (!entries_right && p->c->faults == 0)
		say(p, NONE, "the entries do not give the root that the checkpoint signs");
}

static int by_hash(const void *a, const void *b)
{
	const struct id *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static int same_ids(struct pass *p, uint64_t a, uint64_t b, bool *same, struct fx_err *err)
{
	struct fx_str e;
	struct fx_ids x, y;
	struct fx_arena arena = {0};
	int r = 0;

	*same = false;
	fx_arena_reset(&p->arena);
	if (fx_ledger_entry(p->l, a, &arena, &e, err) || fx_tape_read(&p->tape, e, err))
		r = -1;
	if (r == 0)
		fx_ids_read(&p->tape, &p->arena, &x);
	if (r == 0 && (fx_ledger_entry(p->l, b, &arena, &e, err) || fx_tape_read(&p->tape, e, err)))
		r = -1;
	if (r == 0) {
		fx_ids_read(&p->tape, &p->arena, &y);
		*same = fx_str_eq(x.source, y.source) && fx_str_eq(x.event_id, y.event_id);
	}
	fx_arena_free(&arena);
	return r;
}

static int check_unique(struct pass *p, struct fx_err *err)
{
	if (p->nids)
		qsort(p->ids, p->nids, sizeof(*p->ids), by_hash);
	for (size_t k = 1; k < p->nids; k++) {
		bool same;

		if (p->ids[k].hash != p->ids[k - 1].hash)
			continue;
		if (same_ids(p, p->ids[k - 1].entry, p->ids[k].entry, &same, err))
			return -1;
		if (same)
			say(p, p->ids[k].entry, "it has the source and event_id of entry %llu",
			    (unsigned long long)p->ids[k - 1].entry);
	}
	return 0;
}

static void add_indexed(void *arg, uint64_t hash, uint64_t entry)
{
	add_key(arg, hash, entry);
}

static int check_index(struct pass *p, struct fx_err *err)
{
	uint64_t sum[2] = {0, 0};

	/* Where entries are wrong, the index differs anyway. */
	if (p->indexed == 0 || p->c->faults)
		return 0;
	if (fx_index_each(p->l->index, p->indexed, add_indexed, sum, err))
		return -1;
	if (sum[0] != p->sum[0] || sum[1] != p->sum[1])
		say(p, NONE, "index/ does not lead to the entries: delete it, it is made anew from them");
	return 0;
}

int fx_check_all(struct fx_ledger *l, struct fx_check *c, struct fx_err *err)
{
	struct pass p = {.l = l, .c = c};
	int r = fx_ledger_index_open(l, err);

	c->entries = c->beyond = c->faults = 0;
	if (r == 0) {
		p.indexed = fx_index_size(l->index);
		if (p.indexed > l->size)
			p.indexed = l->size;
		p.ids = fx_realloc(NULL, (size_t)l->size + 1, sizeof(*p.ids));
	}
	for (uint64_t number = 0; r == 0 && number * FX_SEGMENT < l->size; number++)
		r = check_segment(&p, number, err);
	if (r == 0) {
		judge(&p);
		r = check_unique(&p, err);
	}
	if (r == 0)
		r = check_index(&p, err);
	free(p.ids);
	fx_tape_free(&p.tape);
	fx_arena_free(&p.arena);
	return r;
}
