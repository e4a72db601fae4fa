/*
 * A hash map from byte strings to a pointer or a number.
 *
 * Keys are not copied: they must outlive the map (use an arena).  Zero-initialise.
 * Iteration is in insertion order, so output made from a map is reproducible;
 * a deleted entry leaves a gap that has key.p == NULL.
 */
#ifndef FX_BASE_MAP_H
#define FX_BASE_MAP_H

#include "base/str.h"

struct fx_map_entry {
	struct fx_str key; /* key.p NULL: deleted */
	uint64_t hash;
	union {
		void *ptr;
		uint64_t u64;
		int64_t i64;
	} v;
};

struct fx_map {
	struct fx_map_entry *e; /* n entries in insertion order, gaps included */
	size_t n, cap, live;
	uint64_t *slot; /* private */
	size_t nslot;   /* power of two */
};

/* The entry, or NULL.  Valid until the next insertion. */
struct fx_map_entry *fx_map_get(const struct fx_map *m, struct fx_str key);
/* The value pointer, or NULL. */
void *fx_map_ptr(const struct fx_map *m, struct fx_str key);
/* Find or insert; *fresh (may be NULL) tells which; a fresh value is zero. */
struct fx_map_entry *fx_map_put(struct fx_map *m, struct fx_str key, bool *fresh);
bool fx_map_del(struct fx_map *m, struct fx_str key);
void fx_map_clear(struct fx_map *m); /* memory kept */
void fx_map_free(struct fx_map *m);

#endif
