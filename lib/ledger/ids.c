/* The members by which the ledger knows a record, read off the tape in one walk. */
#include <string.h>

#include "ledger/inside.h"

static bool named(const struct fx_tape *t, uint32_t i, const char *name, size_t n)
{
	const struct fx_node *k = &t->node[i];

	if (k->flags & FX_NODE_ESCAPED)
		return fx_tape_str_eq(t, i, (struct fx_str){name, n});
	return k->len == n && memcmp(t->text + k->off, name, n) == 0;
}

#define NAMED(i, lit) named(t, i, lit, sizeof(lit) - 1)

static struct fx_str string(const struct fx_tape *t, uint32_t value, struct fx_arena *a)
{
	if (fx_tape_type(t, value) != FX_STRING)
		return (struct fx_str){0};
	return fx_tape_str(t, value, a);
}

static void read_decision(const struct fx_tape *t, uint32_t decision, uint32_t trigger,
			  struct fx_arena *a, struct fx_ids *ids)
{
	uint32_t n = fx_tape_get(t, decision, FX_STR("tasks"));

	ids->trigger_source = fx_tape_get_str(t, trigger, FX_STR("source"), a);
	ids->trigger_id = fx_tape_get_str(t, trigger, FX_STR("event_id"), a);
	ids->digest = fx_tape_get_str(t, decision, FX_STR("digest"), a);
	ids->supersedes = fx_tape_get_str(t, decision, FX_STR("supersedes"), a);
	if (ids->trigger_source.p && ids->trigger_id.p && ids->digest.p && n != FX_NONE &&
	    fx_tape_type(t, n) == FX_NUMBER)
		(void)fx_str_u64(fx_tape_raw(t, n), &ids->tasks);
}

void fx_ids_read(const struct fx_tape *t, struct fx_arena *a, struct fx_ids *ids)
{
	uint32_t decision = FX_NONE, trigger = FX_NONE;

	*ids = (struct fx_ids){0};
	if (fx_tape_type(t, 0) != FX_OBJECT)
		return;
	for (uint32_t i = 1; i < t->node[0].next; i = t->node[i + 1].next) {
		uint32_t v = i + 1, len = t->node[i].len;

		/* Few names have these lengths; an escaped name has a length of its own. */
		if (t->node[i].flags & FX_NODE_ESCAPED)
			len = (uint32_t)fx_tape_str(t, i, a).n;
		switch (len) {
		case 2:
			if (NAMED(i, "at"))
				ids->at = string(t, v, a);
			break;
		case 5:
			if (NAMED(i, "event"))
				ids->event = string(t, v, a);
			break;
		case 6:
			if (NAMED(i, "source"))
				ids->source = string(t, v, a);
			break;
		case 7:
			if (NAMED(i, "trigger"))
				trigger = v;
			break;
		case 8:
			if (NAMED(i, "event_id"))
				ids->event_id = string(t, v, a);
			else if (NAMED(i, "order_id"))
				ids->order_id = string(t, v, a);
			else if (NAMED(i, "decision"))
				decision = v;
			break;
		case 9:
			ids->owned |= NAMED(i, "logged_at");
			break;
		case 11:
			ids->owned |= NAMED(i, "audit_token") || NAMED(i, "audit_proof");
			break;
		default:
			break;
		}
	}
	if (decision != FX_NONE && trigger != FX_NONE && fx_str_is(ids->event, "task.assigned"))
		read_decision(t, decision, trigger, a, ids);
}
