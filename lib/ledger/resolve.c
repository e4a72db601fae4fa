/* Duplicates, conflicts, decisions: what becomes of each record of a batch. */
#include "ledger/resolve.h"

#include <string.h>

#include "ledger/marker.h"
#include "ledger/same.h"

static const char *const WHY_CONFLICT =
    "the ledger has another record of the same source and event_id";
static const char *const WHY_MATE = "another task of its decision was refused";
static const char *const WHY_TRIGGER = "the trigger of its decision was refused";
static const char *const WHY_SHORT = "its decision is not whole: decision.tasks says there are more";
static const char *const WHY_LONG = "its decision has more tasks than decision.tasks says";
static const char *const WHY_LARGE = "its decision is larger than a batch of the ledger can be";

/* A look-up needs these; they grow to the largest record. */
struct lookup {
	struct fx_tape mine, theirs;
	struct fx_arena arena;
};

static bool derived(struct fx_str id)
{
	if (id.n != FX_ID_LEN || memcmp(id.p, "fx:", 3) != 0)
		return false;
	for (size_t i = 3; i < id.n; i++)
		if (!((id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= '2' && id.p[i] <= '7')))
			return false;
	return true;
}

/* Is the entry the record's bytes and a stamp?  So it is when a night is simply run again. */
static bool same_bytes(struct fx_str record, struct fx_str entry)
{
	static const char key[] = ",\"logged_at\":\"";
	size_t n = record.n - 1; /* without the brace */

	return entry.n == n + FX_STAMP_LEN - 1 && memcmp(entry.p, record.p, n) == 0 &&
	       memcmp(entry.p + n, key, sizeof(key) - 1) == 0;
}

/* The same value but for what may differ.  l->mine is read from record when needed. */
static bool same_value(struct lookup *k, struct fx_str record)
{
	const struct fx_str except[] = {FX_STR("at"), FX_STR("logged_at"), FX_STR("audit_token"),
					FX_STR("audit_proof")};

	return fx_tape_read(&k->mine, record, NULL) == 0 &&
	       fx_same(&k->mine, &k->theirs, except, 4, &k->arena, NULL);
}

/* The entry with the item's source and event id.  1: found, k->theirs holds its tape; 0; -1. */
static int find(struct fx_ledger *l, struct lookup *k, const struct fx_item *it, uint64_t *index,
		struct fx_str *entry, struct fx_ids *ids, struct fx_err *err)
{
	struct fx_index_iter iter;
	int r;

	fx_index_find(l->index, FX_BY_EVENT, it->hash, &iter);
	while ((r = fx_index_next(l->index, &iter, index, err)) == 1) {
		if (fx_entry_view(l, *index, entry, err))
			return -1;
		fx_arena_reset(&k->arena);
		if (fx_tape_read(&k->theirs, *entry, NULL))
			continue;
		fx_ids_read(&k->theirs, &k->arena, ids);
		if (fx_str_eq(ids->source, it->ids.source) &&
		    fx_str_eq(ids->event_id, it->ids.event_id))
			return 1;
	}
	return r;
}

static void settle(struct fx_item *it, enum fx_fate fate, uint64_t index, const char *why)
{
	it->settled = true;
	it->s.fate = fate;
	it->s.index = index;
	it->s.why = why;
}

/* A record whose ids are those of an entry, or of an earlier record of the batch. */
static void meet(struct fx_batch *b, struct lookup *k, struct fx_item *it, uint64_t index,
		 struct fx_str entry, const struct fx_ids *ids)
{
	struct fx_group *g = it->group == FX_NO_GROUP ? NULL : &b->group[it->group];
	struct fx_str record = {b->text + it->off, it->close + 1 - it->off};
	struct fx_hash leaf;

	if (g && !fx_str_eq(ids->digest, it->ids.digest)) {
		settle(it, FX_SIGN_DECIDED, index, NULL);
		return;
	}
	/* What was erased cannot be compared, and must not come back: it is a duplicate. */
	if (!same_bytes(record, entry) && !fx_marker(entry, NULL, NULL) && !derived(it->ids.event_id) && !same_value(k, record)) {
		settle(it, FX_SIGN_CONFLICT, index, WHY_CONFLICT);
		if (g)
			g->refused = WHY_MATE;
		return;
	}
	if (g)
		g->known = true;
	settle(it, FX_SIGN_DUPLICATE, index, NULL);
	it->s.entry = entry;
	fx_line_leaf(entry, &leaf);
	memcpy(it->s.leaf, leaf.b, sizeof(leaf.b));
}

/* An earlier item with the same source and event id, or FX_NO_ITEM; takes item i in. */
static uint32_t earlier(struct fx_batch *b, size_t i)
{
	const struct fx_item *it = &b->item[i];
	size_t at = (size_t)it->hash % FX_SLOTS;

	for (; b->item_slot[at]; at = (at + 1) % FX_SLOTS) {
		uint32_t j = b->item_slot[at] - 1u;
		const struct fx_item *other = &b->item[j];

		if (other->hash == it->hash && fx_str_eq(other->ids.event_id, it->ids.event_id) &&
		    fx_str_eq(other->ids.source, it->ids.source))
			return j;
	}
	b->item_slot[at] = (uint16_t)(i + 1);
	return FX_NO_ITEM;
}

/* First pass: what the ledger has already. */
static int meet_all(struct fx_ledger *l, struct fx_batch *b, struct lookup *k, struct fx_err *err)
{
	memset(b->item_slot, 0, sizeof(b->item_slot));
	for (size_t i = 0; i < b->n; i++) {
		struct fx_item *it = &b->item[i];
		struct fx_str entry;
		struct fx_ids ids;
		uint64_t index;
		int r;

		it->settled = it->moved;
		if (it->moved)
			continue;
		it->hash = fx_index_hash(l->index, FX_BY_EVENT, it->ids.source, it->ids.event_id);
		it->twin = earlier(b, i);
		if (it->twin != FX_NO_ITEM)
			continue;
		r = find(l, k, it, &index, &entry, &ids, err);
		if (r < 0)
			return -1;
		/* The view may go with the next one: what is passed on is copied. */
		if (r == 1)
			meet(b, k, it, index, fx_arena_str(&b->arena, entry), &ids);
	}
	return 0;
}

/* The live decision of a trigger: that of its latest task in the ledger. */
static int live_decision(struct fx_ledger *l, struct lookup *k, const struct fx_ids *mine,
			 bool *found, uint64_t *live, bool *replaced, struct fx_err *err)
{
	struct fx_index_iter iter;
	uint64_t index;
	uint64_t hash =
	    fx_index_hash(l->index, FX_BY_TRIGGER, mine->trigger_source, mine->trigger_id);
	int r;

	*found = false;
	fx_index_find(l->index, FX_BY_TRIGGER, hash, &iter);
	while ((r = fx_index_next(l->index, &iter, &index, err)) == 1) {
		struct fx_str entry;
		struct fx_ids ids;

		if (*found && index < *live)
			continue;
		if (fx_entry_view(l, index, &entry, err))
			return -1;
		fx_arena_reset(&k->arena);
		if (fx_tape_read(&k->theirs, entry, NULL))
			continue;
		fx_ids_read(&k->theirs, &k->arena, &ids);
		if (!fx_str_eq(ids.trigger_source, mine->trigger_source) ||
		    !fx_str_eq(ids.trigger_id, mine->trigger_id))
			continue;
		*found = true;
		*live = index;
		*replaced = mine->supersedes.n && fx_str_eq(ids.digest, mine->supersedes);
	}
	return r;
}

static bool whole(const struct fx_group *g)
{
	return g->have == g->need;
}

/* An earlier decision of the batch on the same trigger that stands; NULL: none. */
static struct fx_group *rival(struct fx_batch *b, struct fx_group *g)
{
	const struct fx_ids *ids = &b->item[g->first].ids;
	size_t at = g->hash % FX_SLOTS;
	struct fx_group *other, *found = NULL;

	while ((other = fx_group_next(b, ids, g->hash, &at)))
		if (other < g && whole(other) && !other->refused && !other->decided)
			found = other;
	return found;
}

/* Second pass: which decisions stand. */
static int judge(struct fx_ledger *l, struct fx_batch *b, struct lookup *k, struct fx_err *err)
{
	for (size_t i = 0; i < b->ngroup; i++) {
		struct fx_group *g = &b->group[i], *other = rival(b, g);
		const struct fx_ids *ids = &b->item[g->first].ids;
		bool found, replaced = false;

		if (g->trigger != FX_NO_ITEM && b->item[g->trigger].settled &&
		    b->item[g->trigger].s.fate == FX_SIGN_CONFLICT)
			g->refused = WHY_TRIGGER;
		if (g->have > g->need && !g->refused)
			g->refused = WHY_LONG;
		if (live_decision(l, k, ids, &found, &g->live, &replaced, err))
			return -1;
		g->decided = found && !replaced;
		if (other && !fx_str_eq(ids->supersedes, b->item[other->first].ids.digest)) {
			g->decided = true;
			g->live = b->item[other->first].s.index;
		}
	}
	return 0;
}

/* The fate of an item of a decision that the ledger does not have. */
static void judge_task(struct fx_item *it, const struct fx_group *g, bool last)
{
	if (g->refused)
		settle(it, FX_SIGN_INCOMPLETE, 0, g->refused);
	else if (g->decided)
		settle(it, FX_SIGN_DECIDED, g->live, NULL);
	else if (!whole(g) && last)
		settle(it, FX_SIGN_INCOMPLETE, 0, WHY_SHORT);
	else if (!whole(g))
		settle(it, FX_SIGN_HELD, 0, NULL);
}

/* A repeated record follows the first one of the batch. */
static void follow(struct fx_batch *b, struct lookup *k, struct fx_item *it)
{
	const struct fx_item *first = &b->item[it->twin];
	struct fx_str other = {b->text + first->off, first->close + 1 - first->off};
	struct fx_ids ids = first->ids;

	if (first->s.fate != FX_SIGN_APPENDED && first->s.fate != FX_SIGN_DUPLICATE) {
		settle(it, first->s.fate, first->s.index, first->s.why);
		return;
	}
	if (first->s.fate == FX_SIGN_DUPLICATE)
		other = first->s.entry;
	fx_arena_reset(&k->arena);
	(void)fx_tape_read(&k->theirs, other, NULL); /* it was read before */
	meet(b, k, it, first->s.index, other, &ids);
}

/* Third pass: what is new gets its index. */
static int number(struct fx_ledger *l, struct fx_batch *b, struct lookup *k, bool last)
{
	bool full = fx_batch_full(b);
	uint64_t next = l->size;

	for (size_t i = 0; i < b->n; i++) {
		struct fx_item *it = &b->item[i];
		const struct fx_group *g = it->group == FX_NO_GROUP ? NULL : &b->group[it->group];

		if (it->settled)
			continue;
		if (it->twin != FX_NO_ITEM) {
			follow(b, k, it);
			continue;
		}
		if (g)
			judge_task(it, g, last);
		else if (!last && it->leads != FX_NO_GROUP && !whole(&b->group[it->leads]) &&
			 !b->group[it->leads].refused && !b->group[it->leads].decided)
			settle(it, FX_SIGN_HELD, 0, NULL);
		else if (!last && full && i > 0 && i + 1 == b->n)
			settle(it, FX_SIGN_HELD, 0, NULL);
		if (!it->settled)
			settle(it, FX_SIGN_APPENDED, next++, NULL);
	}
	return (int)(next - l->size);
}

/* A full batch that holds everything would never end: its first decision is too large. */
static void give_up_largest(struct fx_batch *b)
{
	uint32_t group = FX_NO_GROUP;

	for (size_t i = 0; i < b->n; i++) {
		if (b->item[i].s.fate != FX_SIGN_HELD)
			return;
		if (group == FX_NO_GROUP)
			group = b->item[i].group;
	}
	for (size_t i = 0; i < b->n; i++)
		if (b->item[i].group == group && group != FX_NO_GROUP)
			settle(&b->item[i], FX_SIGN_INCOMPLETE, 0, WHY_LARGE);
}

int fx_resolve(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err)
{
	struct lookup k = {0};
	int n = -1;

	if (fx_index_begin(l->index, err))
		return -1;
	if (meet_all(l, b, &k, err) == 0 && judge(l, b, &k, err) == 0) {
		n = number(l, b, &k, last);
		if (n == 0 && !last && fx_batch_full(b))
			give_up_largest(b);
		for (size_t i = 0; i < b->n; i++)
			if (b->item[i].s.fate != FX_SIGN_APPENDED)
				b->item[i].s.record = fx_batch_record(b, &b->item[i]);
	}
	fx_index_end(l->index);
	fx_tape_free(&k.mine);
	fx_tape_free(&k.theirs);
	fx_arena_free(&k.arena);
	return n;
}
