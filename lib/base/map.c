#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * Slots hold entry index + 1 below and the upper half of the hash above, so that of a crowd
 * only the one that is looked for is read; a deleted entry keeps its slot as a tombstone.
 */
#define TAG 0xffffffff00000000u

static struct fx_map_entry *entry_of(const struct fx_map *m, uint64_t slot)
{
	return &m->e[(uint32_t)slot - 1];
}

static size_t probe(const struct fx_map *m, struct fx_str key, uint64_t hash)
{
	size_t i = hash & (m->nslot - 1);

	for (uint64_t s; (s = m->slot[i]) != 0; i = (i + 1) & (m->nslot - 1)) {
		const struct fx_map_entry *e;

		if ((s ^ hash) & TAG)
			continue;
		e = entry_of(m, s);
		if (e->hash == hash && e->key.p && fx_str_eq(e->key, key))
			break;
	}
	return i;
}

static void rebuild(struct fx_map *m)
{
	size_t live = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->e[i].key.p)
			m->e[live++] = m->e[i];
	m->n = live;
	if (m->nslot < 16 || live * 2 >= m->nslot) {
		m->nslot = m->nslot < 16 ? 16 : m->nslot * 2;
		m->slot = fx_realloc(m->slot, m->nslot, sizeof(*m->slot));
	}
	memset(m->slot, 0, m->nslot * sizeof(*m->slot));
	for (size_t i = 0; i < m->n; i++)
		m->slot[probe(m, m->e[i].key, m->e[i].hash)] = (m->e[i].hash & TAG) | (i + 1);
}

struct fx_map_entry *fx_map_get(const struct fx_map *m, struct fx_str key)
{
	size_t i;

	if (m->nslot == 0)
		return NULL;
	i = probe(m, key, fx_str_hash(key));
	return m->slot[i] ? entry_of(m, m->slot[i]) : NULL;
}

void *fx_map_ptr(const struct fx_map *m, struct fx_str key)
{
	struct fx_map_entry *e = fx_map_get(m, key);

	return e ? e->v.ptr : NULL;
}

struct fx_map_entry *fx_map_put(struct fx_map *m, struct fx_str key, bool *fresh)
{
	uint64_t hash = fx_str_hash(key);
	size_t i;

	if ((m->n + 1) * 4 > m->nslot * 3)
		rebuild(m);
	i = probe(m, key, hash);
	if (fresh)
		*fresh = m->slot[i] == 0;
	if (m->slot[i])
		return entry_of(m, m->slot[i]);
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 16;
		m->e = fx_realloc(m->e, m->cap, sizeof(*m->e));
	}
	if (!key.p)
		key.p = "";
	m->e[m->n] = (struct fx_map_entry){.key = key, .hash = hash};
	m->slot[i] = (hash & TAG) | ++m->n;
	m->live++;
	return &m->e[m->n - 1];
}

bool fx_map_del(struct fx_map *m, struct fx_str key)
{
	struct fx_map_entry *e = fx_map_get(m, key);

	if (!e)
		return false;
	e->key = (struct fx_str){NULL, 0};
	m->live--;
	return true;
}

void fx_map_clear(struct fx_map *m)
{
	m->n = m->live = 0;
	if (m->nslot)
		memset(m->slot, 0, m->nslot * sizeof(*m->slot));
}

void fx_map_free(struct fx_map *m)
{
	free(m->e);
	free(m->slot);
	*m = (struct fx_map){0};
}
