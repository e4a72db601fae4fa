/* The whole ledger, entry by entry, a segment a thread. */
#include "ledger/check.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/team.h"
#include "ledger/inside.h"
#include "ledger/marker.h"

#define NONE UINT64_MAX
#define THREADS 8
#define SEGMENT_BITS 16 /* of FX_SEGMENT */
#define FINDINGS 1000   /* that a segment keeps; further ones are counted */

struct finding {
	uint64_t entry;
	char *text;
	bool hash; /* entry and hash disagree: which is wrong only the root tells; no text */
};

/* What became of one segment. */
struct part {
	bool done, failed;
	struct fx_err err;
	struct finding *v;
	size_t n, cap, dropped;
	struct erasure {
		uint64_t entry, by;
		struct fx_hash leaf;
	} *erased;
	size_t nerased;
	uint64_t entries, beyond, ids;
	uint64_t sum[2];
	struct fx_frontier signed_tree, hash_tree; /* of the entries, and of hashes/0 */
};

struct pass {
	struct fx_ledger *l;
	struct fx_check *c;
	struct part *part;
	uint64_t nparts, next; /* next to be taken by a thread */
	struct fx_pair *ids;   /* of entry i at i; hash 0 and entry NONE: it has none */
	uint64_t indexed;      /* entries that LMDB must know */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

/* A thread's scratch. */
struct worker {
	struct pass *p;
	struct part *part;
	uint64_t first, n; /* entries of the segment at hand */
	struct fx_tape tape;
	struct fx_arena arena;
	struct fx_hash *leaf, *want; /* what they hash to, what hashes/0 says */
	size_t nwant;
};

static void find(struct worker *w, uint64_t entry, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void keep(struct part *p, struct finding f)
{
	if (p->n == FINDINGS) {
		p->dropped++;
		free(f.text);
		return;
	}
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 16;
		p->v = fx_realloc(p->v, p->cap, sizeof(*p->v));
	}
	p->v[p->n++] = f;
}

static void find(struct worker *w, uint64_t entry, const char *fmt, ...)
{
	struct finding f = {.entry = entry, .text = fx_alloc(512, 1)};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f.text, 512, fmt, ap);
	va_end(ap);
	keep(w->part, f);
}

/* Order matters not: a sum of well-mixed words is the same for the same set. */
static void add_key(uint64_t sum[2], uint64_t hash, uint64_t entry)
{
	uint64_t x = (hash ^ entry * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;

	x ^= x >> 31;
	sum[0] += x;
	sum[1] += x * 0x94d049bb133111ebu ^ hash;
}

static void note_ids(struct worker *w, uint64_t entry, const struct fx_ids *ids)
{
	const struct fx_index *ix = w->p->l->index;
	uint64_t h = fx_index_hash(ix, FX_BY_EVENT, ids->source, ids->event_id);

	w->p->ids[entry] = (struct fx_pair){h, entry};
	if (entry >= w->p->indexed)
		return;
	add_key(w->part->sum, h, entry);
	if (ids->order_id.n)
		add_key(w->part->sum,
			fx_index_hash(ix, FX_BY_ORDER, ids->order_id, (struct fx_str){0}), entry);
	if (ids->tasks)
		add_key(w->part->sum,
			fx_index_hash(ix, FX_BY_TRIGGER, ids->trigger_source, ids->trigger_id), entry);
}

static void check_entry(struct worker *w, uint64_t index, struct fx_str entry)
{
	struct fx_ids ids;
	struct fx_err why;

	if (fx_tape_read(&w->tape, entry, &why)) {
		find(w, index, "it is no JSON: %s", why.msg);
		return;
	}
	fx_arena_reset(&w->arena);
	fx_ids_read(&w->tape, &w->arena, &ids);
	if (!ids.source.n || !ids.event_id.n)
		find(w, index, "it has no source or no event_id");
	else
		note_ids(w, index, &ids);
}

static void note_erasure(struct worker *w, uint64_t entry, struct fx_str line)
{
	struct part *p = w->part;
	struct erasure e = {.entry = entry};

	if (line.n < sizeof(FX_MARKER) || line.p[2] != 'r' || !fx_marker(line, &e.leaf, &e.by))
		return;
	if (p->nerased % 64 == 0)
		p->erased = fx_realloc(p->erased, p->nerased + 64, sizeof(*p->erased));
	p->erased[p->nerased++] = e;
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
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Where a line that is not what hashes/0 has at its place belongs. */
enum { CHANGED, SWAPPED, TAKEN_OUT, PUT_IN };

/*
 * k: its place in the segment.  When a line was taken out or put in, its neighbours
 * tell, and the rest of the file is compared in step again.
 */
static int mismatch(const struct worker *w, uint64_t k, const struct fx_hash *leaf, const char *at,
		    const char *end)
{
	bool after = k + 1 < w->nwant && is(&w->want[k + 1], leaf);
	struct fx_hash next;
	struct fx_str line;
	bool before = next_line(&at, end, &line);

	if (before) {
		fx_line_leaf(line, &next);
		before = is(&next, &w->want[k]);
	}
	if (after)
		return before ? SWAPPED : TAKEN_OUT;
	return before ? PUT_IN : CHANGED;
}

/* The lines of a segment file against hashes/0; fills w->leaf in the places of the entries. */
static void check_lines(struct worker *w, const char *at, const char *end)
{
	bool swapped = false;
	struct fx_str line;
	uint64_t k = 0;

	for (; k < w->n && next_line(&at, end, &line); k++) {
		uint64_t i = w->first + k;
		struct fx_hash leaf;

		fx_line_leaf(line, &leaf);
		if (k < w->nwant && !is(&w->want[k], &leaf) && !swapped) {
			switch (mismatch(w, k, &leaf, at, end)) {
			case SWAPPED:
				find(w, i, "it and entry %llu have changed places",
				     (unsigned long long)i + 1);
				swapped = true;
				break;
			case TAKEN_OUT:
				find(w, i, "it was taken out");
				k++;
				break;
			case PUT_IN:
				find(w, i, "a line that was not signed stands before it");
				k--;
				continue;
			default:
				keep(w->part, (struct finding){.entry = i, .hash = true});
			}
		} else {
			swapped = false;
		}
		if (k == w->n)
			break;
		w->leaf[k] = leaf;
		note_erasure(w, w->first + k, line);
		check_entry(w, w->first + k, line);
		w->part->entries++;
	}
	if (k < w->n)
		find(w, w->first + k, "the file ends before it: %llu entries are missing",
		     (unsigned long long)(w->n - k));
	while (w->first + k == w->p->l->size && next_line(&at, end, &line))
		w->part->beyond++;
}

/* hashes/1 and above, where hashes of this segment's leaves complete one. */
static void check_levels(struct worker *w)
{
	struct fx_hashes src = fx_ledger_hashes(w->p->l);
	struct fx_frontier *f = &w->part->hash_tree;
	unsigned long wrong = 0;

	for (size_t k = 0; k < w->nwant; k++) {
		struct fx_hash done[FX_LEVELS - 1], have;
		unsigned n = fx_frontier_add(f, &w->want[k], done);

		for (unsigned i = 0; i < n; i++) {
			uint64_t at = ((w->first + f->size) >> (8 * (i + 1))) - 1;

			if (src.read(src.arg, i + 1, at, 1, &have, NULL) == 0 && is(&have, &done[i]))
				continue;
			if (!(wrong >> i & 1))
				find(w, NONE, "hashes/%u: hash %llu is not that of the 256 below it in hashes/%u",
				     i + 1, (unsigned long long)at, i);
			wrong |= 1ul << i;
		}
	}
}

static void check_trees(struct worker *w)
{
	struct fx_hash done[FX_LEVELS - 1];

	check_levels(w);
	if (w->nwant == w->n && memcmp(w->want, w->leaf, w->n * sizeof(*w->leaf)) == 0) {
		w->part->signed_tree = w->part->hash_tree;
		return;
	}
	for (size_t k = 0; k < w->n; k++)
		fx_frontier_add(&w->part->signed_tree, &w->leaf[k], done);
}

static int check_segment(struct worker *w, uint64_t number, struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(w->p->l);
	struct fx_segment s;
	char path[FX_PATH];

	w->first = number * FX_SEGMENT;
	w->n = w->p->l->size - w->first < FX_SEGMENT ? w->p->l->size - w->first : FX_SEGMENT;
	memset(w->leaf, 0, (size_t)w->n * sizeof(*w->leaf));
	/* All of them, or as many as there are: a file cut short is found by halves. */
	w->nwant = (size_t)w->n;
	if (src.read(src.arg, 0, w->first, w->nwant, w->want, NULL)) {
		size_t lo = 0, hi = w->nwant;

		while (lo + 1 < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (src.read(src.arg, 0, w->first, mid, w->want, NULL))
				hi = mid;
			else
				lo = mid;
		}
		w->nwant = lo;
	}
	fx_segment_path(path, number);
	if (!fx_segment_there(w->p->l, number)) {
		find(w, w->first, "%s, which begins with it, is missing", path);
	} else {
		if (fx_segment_load(w->p->l, number, &s, err))
			return -1;
		check_lines(w, s.p, s.p + s.n);
		fx_segment_unload(&s);
	}
	check_trees(w);
	return 0;
}

static void *work(void *arg)
{
	struct pass *p = arg;
	struct worker w = {.p = p};

	w.leaf = fx_realloc(NULL, FX_SEGMENT, sizeof(*w.leaf));
	w.want = fx_realloc(NULL, FX_SEGMENT, sizeof(*w.want));
	pthread_mutex_lock(&p->mutex);
	while (p->next < p->nparts) {
		uint64_t number = p->next++;
		int r;

		pthread_mutex_unlock(&p->mutex);
		w.part = &p->part[number];
		r = check_segment(&w, number, &w.part->err);
		pthread_mutex_lock(&p->mutex);
		w.part->failed = r != 0;
		w.part->done = true;
		pthread_cond_broadcast(&p->cond);
	}
	pthread_mutex_unlock(&p->mutex);
	fx_tape_free(&w.tape);
	fx_arena_free(&w.arena);
	free(w.leaf);
	free(w.want);
	return NULL;
}

static void say(struct pass *p, uint64_t entry, const char *text)
{
	struct fx_finding f = {entry, text};

	p->c->faults++;
	p->c->say(p->c->arg, &f);
}

/* All parts in order: first the trees, for the root decides what a mismatch means. */
static void report(struct pass *p)
{
	struct fx_frontier entries = {0}, hashes = {0};
	bool entries_right, hashes_right, found = false;
	struct fx_hash root;
	char text[128];

	for (uint64_t k = 0; k < p->nparts; k++) {
		fx_frontier_join(&entries, &p->part[k].signed_tree, SEGMENT_BITS);
		if (hashes.size == k * FX_SEGMENT)
			fx_frontier_join(&hashes, &p->part[k].hash_tree, SEGMENT_BITS);
	}
	fx_frontier_root(&entries, &root);
	entries_right = entries.size == p->l->size && is(&root, &p->l->root);
	fx_frontier_root(&hashes, &root);
	hashes_right = hashes.size == p->l->size && is(&root, &p->l->root);
	for (uint64_t k = 0; k < p->nparts; k++) {
		const struct part *part = &p->part[k];

		p->c->entries += part->entries;
		p->c->beyond += part->beyond;
		for (size_t i = 0; i < part->n; i++) {
			const struct finding *f = &part->v[i];

			say(p, f->entry, !f->hash ? f->text
			    : entries_right	  ? "it is as it was signed, but its hash in hashes/0 is wrong"
			    : hashes_right	  ? "it was changed: it does not hash to what was signed"
						  : "it does not hash to what hashes/0 says");
		}
		if (part->dropped) {
			(void)snprintf(text, sizeof(text), "%zu further faults in the same file", part->dropped);
			say(p, k * FX_SEGMENT, text);
			p->c->faults += part->dropped - 1;
		}
		found |= part->n > 0;
	}
	if (hashes.size < p->l->size) {
		(void)snprintf(text, sizeof(text),
			       "hashes/0 has %llu hashes, the checkpoint vouches for %llu entries",
			       (unsigned long long)hashes.size, (unsigned long long)p->l->size);
		say(p, NONE, text);
	} else if (!hashes_right && !entries_right) {
		say(p, NONE, "neither the entries nor the hashes give the root that the checkpoint signs");
	} else if (!hashes_right) {
		say(p, NONE, "hashes/ do not give the root that the checkpoint signs; the entries do");
	} else if (!entries_right && !found) {
		say(p, NONE, "the entries do not give the root that the checkpoint signs");
	}
}

static int same_ids(struct pass *p, uint64_t a, uint64_t b, bool *same, struct fx_err *err)
{
	struct fx_arena arena = {0};
	struct fx_tape t = {0};
	struct fx_ids ids[2];
	uint64_t index[2] = {a, b};
	int r = 0;

	for (int i = 0; r == 0 && i < 2; i++) {
		struct fx_str e;

		r = fx_ledger_entry(p->l, index[i], &arena, &e, err) || fx_tape_read(&t, e, err) ? -1 : 0;
		if (r == 0)
			fx_ids_read(&t, &arena, &ids[i]);
	}
	*same = r == 0 && fx_str_eq(ids[0].source, ids[1].source) &&
		fx_str_eq(ids[0].event_id, ids[1].event_id);
	fx_tape_free(&t);
	fx_arena_free(&arena);
	return r;
}

static int check_unique(struct pass *p, struct fx_err *err)
{
	size_t n = 0;

	/* Places without ids close up; those have been told already. */
	for (uint64_t i = 0; i < p->l->size; i++)
		if (p->ids[i].entry != NONE)
			p->ids[n++] = p->ids[i];
	fx_sort_pairs(p->ids, n);
	for (size_t k = 1; k < n; k++) {
		char text[96];
		bool same;

		if (p->ids[k].hash != p->ids[k - 1].hash)
			continue;
		if (same_ids(p, p->ids[k - 1].entry, p->ids[k].entry, &same, err))
			return -1;
		if (!same)
			continue;
		(void)snprintf(text, sizeof(text), "it has the source and event_id of entry %llu",
			       (unsigned long long)p->ids[k - 1].entry);
		say(p, p->ids[k].entry, text);
	}
	return 0;
}

/* Does that record say that the entry was erased?  1, 0, -1. */
static int told(struct pass *p, const struct erasure *e, struct fx_tape *t, struct fx_arena *a,
		struct fx_err *err)
{
	struct fx_str record;
	uint32_t list;

	if (e->by >= p->l->size || e->by <= e->entry)
		return 0;
	if (fx_ledger_entry(p->l, e->by, a, &record, err))
		return -1;
	if (fx_tape_read(t, record, NULL) ||
	    !fx_str_is(fx_tape_get_str(t, 0, FX_STR("event"), a), "entry.redacted"))
		return 0;
	list = fx_tape_get(t, 0, FX_STR("entries"));
	if (list == FX_NONE || fx_tape_type(t, list) != FX_ARRAY)
		return 0;
	for (uint32_t i = list + 1; i < t->node[list].next; i = fx_tape_next(t, i)) {
		uint32_t index = fx_tape_get(t, i, FX_STR("index"));
		uint64_t n;

		if (index != FX_NONE && fx_str_u64(fx_tape_raw(t, index), &n) == 0 && n == e->entry)
			return 1;
	}
	return 0;
}

static int check_erasures(struct pass *p, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_tape t = {0};
	int r = 0;

	for (uint64_t k = 0; r >= 0 && k < p->nparts; k++) {
		const struct part *part = &p->part[k];

		for (size_t i = 0; r >= 0 && i < part->nerased; i++) {
			r = told(p, &part->erased[i], &t, &a, err);
			if (r == 0)
				say(p, part->erased[i].entry,
				    "it was erased, and the record that its marker names does not say so");
			p->c->erased++;
			fx_arena_reset(&a);
		}
	}
	fx_tape_free(&t);
	fx_arena_free(&a);
	return r < 0 ? -1 : 0;
}

static void add_indexed(void *arg, uint64_t hash, uint64_t entry)
{
	add_key(arg, hash, entry);
}

static int check_index(struct pass *p, struct fx_err *err)
{
	uint64_t have[2] = {0, 0}, want[2] = {0, 0};

	/* Where entries are wrong, the index differs anyway. */
	if (p->indexed == 0 || p->c->faults)
		return 0;
	for (uint64_t k = 0; k < p->nparts; k++) {
		want[0] += p->part[k].sum[0];
		want[1] += p->part[k].sum[1];
	}
	if (fx_index_each(p->l->index, p->indexed, add_indexed, have, err))
		return -1;
	if (have[0] != want[0] || have[1] != want[1])
		say(p, NONE, "index/ does not lead to the entries: delete it, it is made anew from them");
	return 0;
}

static void say_finding(void *arg, const struct fx_finding *f)
{
	say(arg, f->entry, f->text);
}

/* Check all segments; -1 with err when one could not be read. */
static int run(struct pass *p, struct fx_err *err)
{
	pthread_t thread[THREADS];
	const int most = (int)fx_team_size(THREADS);
	int n = 0, r = 0;

	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->cond, NULL);
	while (n < most && (uint64_t)n < p->nparts &&
	       pthread_create(&thread[n], NULL, work, p) == 0)
		n++;
	if (n == 0)
		work(p);
	pthread_mutex_lock(&p->mutex);
	for (uint64_t k = 0; k < p->nparts; k++) {
		while (!p->part[k].done)
			pthread_cond_wait(&p->cond, &p->mutex);
		if (p->part[k].failed && r == 0) {
			*err = p->part[k].err;
			r = -1;
		}
		if (p->c->tick)
			p->c->tick(p->c->arg);
	}
	pthread_mutex_unlock(&p->mutex);
	while (n > 0)
		pthread_join(thread[--n], NULL);
	pthread_mutex_destroy(&p->mutex);
	pthread_cond_destroy(&p->cond);
	return r;
}

int fx_check_all(struct fx_ledger *l, struct fx_check *c, struct fx_err *err)
{
	struct pass p = {.l = l, .c = c, .nparts = (l->size + FX_SEGMENT - 1) / FX_SEGMENT};
	int r;

	c->entries = c->beyond = c->erased = c->faults = 0;
	if (fx_ledger_index_open(l, err))
		return -1;
	p.indexed = fx_index_size(l->index) < l->size ? fx_index_size(l->index) : l->size;
	c->lag = l->size - p.indexed < FX_INDEX_LAG ? 0 : l->size - p.indexed;
	p.part = fx_alloc((size_t)p.nparts + 1, sizeof(*p.part));
	p.ids = fx_realloc(NULL, (size_t)l->size + 1, sizeof(*p.ids));
	for (uint64_t i = 0; i < l->size; i++)
		p.ids[i].entry = NONE;
	fx_ledger_open_levels(l);
	r = run(&p, err);
	if (r == 0) {
		report(&p);
		r = check_erasures(&p, err);
	}
	if (r == 0)
		r = check_unique(&p, err);
	if (r == 0 && p.c->faults == 0) /* else their roots say nothing */
		r = fx_ledger_check_keys(l, say_finding, &p, err);
	if (r == 0)
		r = check_index(&p, err);
	for (uint64_t k = 0; k < p.nparts; k++) {
		for (size_t i = 0; i < p.part[k].n; i++)
			free(p.part[k].v[i].text);
		free(p.part[k].v);
		free(p.part[k].erased);
	}
	free(p.part);
	free(p.ids);
	return r;
}
