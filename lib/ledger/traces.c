#include "ledger/traces.h"

#include <stdlib.h>

#include "base/map.h"
#include "json/tape.h"

struct fx_traces {
	struct fx_map ids; /* source, NUL, event id */
	struct fx_arena arena, scratch;
	struct fx_tape tape;
	const char *order_id;
};

struct fx_traces *fx_traces_new(void)
{
	return fx_alloc(1, sizeof(struct fx_traces));
}

void fx_traces_free(struct fx_traces *t)
{
	if (!t)
		return;
	fx_map_free(&t->ids);
	fx_arena_free(&t->arena);
	fx_arena_free(&t->scratch);
	fx_tape_free(&t->tape);
	free(t);
}

void fx_traces_order(struct fx_traces *t, const char *order_id)
{
	t->order_id = order_id;
}

/* By what a record is known; empty: the object is none. */
static struct fx_str key_of(struct fx_traces *t, uint32_t obj, struct fx_arena *a)
{
	struct fx_str source = fx_tape_get_str(&t->tape, obj, FX_STR("source"), &t->scratch);
	struct fx_str id = fx_tape_get_str(&t->tape, obj, FX_STR("event_id"), &t->scratch);

	if (!source.p || !id.p)
		return (struct fx_str){0};
	return fx_arena_fmt(a, "%.*s%c%.*s", FX_FMT(source), '\0', FX_FMT(id));
}

void fx_traces_entry(struct fx_traces *t, struct fx_str entry)
{
	struct fx_str key;

	if (fx_tape_read(&t->tape, entry, NULL))
		return;
	key = key_of(t, 0, &t->arena);
	if (key.n)
		fx_map_put(&t->ids, key, NULL);
	fx_arena_reset(&t->scratch);
}

/* A task's trigger names a record and does not hold it. */
static bool only_names(const struct fx_tape *t, uint32_t obj)
{
	return obj > 0 && t->node[obj - 1].flags & FX_NODE_KEY &&
	       fx_tape_str_eq(t, obj - 1, FX_STR("trigger"));
}

int fx_traces_in(struct fx_traces *t, struct fx_str json)
{
	bool found = false;

	if (fx_tape_read(&t->tape, json, NULL))
		return -1;
	for (uint32_t i = 0; !found && i < t->tape.n; i++) {
		struct fx_str key, order;

		if (fx_tape_type(&t->tape, i) != FX_OBJECT || only_names(&t->tape, i))
			continue;
		key = key_of(t, i, &t->scratch);
		order = fx_tape_get_str(&t->tape, i, FX_STR("order_id"), &t->scratch);
		found = (key.n && fx_map_get(&t->ids, key)) ||
			(t->order_id && order.p && fx_str_is(order, t->order_id));
		fx_arena_reset(&t->scratch);
	}
	return found;
}
