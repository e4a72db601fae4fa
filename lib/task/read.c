#include "task/fold.h"

#include <string.h>

/* What a type of event is to the fold. */
static const struct {
	struct fx_str event;
	enum fx_kind kind;
} kinds[] = {
    {{"task.assigned", sizeof("task.assigned") - 1}, FX_K_ASSIGNED},
    {{"task.attempted", sizeof("task.attempted") - 1}, FX_K_ATTEMPT},
    {{"task.confirmed", sizeof("task.confirmed") - 1}, FX_K_PROGRESS},
    {{"task.shipped", sizeof("task.shipped") - 1}, FX_K_PROGRESS},
    {{"task.completed", sizeof("task.completed") - 1}, FX_K_PROGRESS},
    {{"task.failed", sizeof("task.failed") - 1}, FX_K_FAILED},
    {{"task.cancelled", sizeof("task.cancelled") - 1}, FX_K_TOLD},
    {{"order.placed", sizeof("order.placed") - 1}, FX_K_TRIGGER},
    {{"order.changed", sizeof("order.changed") - 1}, FX_K_TRIGGER},
    {{"return.requested", sizeof("return.requested") - 1}, FX_K_TRIGGER},
    {{"order.cancelled", sizeof("order.cancelled") - 1}, FX_K_CANCEL},
    {{"exception.opened", sizeof("exception.opened") - 1}, FX_K_OPENED},
    {{"exception.escalated", sizeof("exception.escalated") - 1}, FX_K_ESCALATED},
    {{"exception.acknowledged", sizeof("exception.acknowledged") - 1}, FX_K_ACK},
    {{"exception.resolved", sizeof("exception.resolved") - 1}, FX_K_RESOLVED},
    {{"handoff.manual", sizeof("handoff.manual") - 1}, FX_K_HANDOFF},
    {{"hold.released", sizeof("hold.released") - 1}, FX_K_RELEASE},
    {{"silence.set", sizeof("silence.set") - 1}, FX_K_SILENCE},
    {{"export.rejected", sizeof("export.rejected") - 1}, FX_K_REJECTED},
    {{"registry.published", sizeof("registry.published") - 1}, FX_K_NONE},
};

enum how { STR, TIME, UINT, NODE };

/* The members, by length of their names: one comparison of bytes finds one. */
static const struct field {
	const char *name;
	unsigned char len, how;
	unsigned short off;
} fields[] = {
#define F(name, how, member)                                                                       \
	{                                                                                          \
		name, sizeof(name) - 1, how, offsetof(struct fx_entry, member)                     \
	}
    F("at", TIME, at),
    F("by", STR, by),
    F("to", STR, to),
    F("due", TIME, due),
    F("sla", NODE, sla),
    F("from", STR, from),
    F("hold", STR, hold),
    F("step", UINT, step),
    F("about", STR, about),
    F("event", STR, event),
    F("lines", NODE, lines),
    F("since", TIME, since),
    F("until", TIME, until),
    F("export", NODE, export),
    F("cancel", NODE, cancel),
    F("reason", STR, reason),
    F("repeat", UINT, repeat),
    F("resend", NODE, resend),
    F("source", STR, source),
    F("attempt", UINT, attempt),
    F("carrier", STR, carrier),
    F("failure", STR, failure),
    F("flow_id", STR, flow_id),
    F("outcome", STR, outcome),
    F("rule_id", STR, rule_id),
    F("task_id", STR, task_id),
    F("trigger", NODE, trigger),
    F("decision", NODE, decision),
    F("event_id", STR, event_id),
    F("order_id", STR, order_id),
    F("owner_id", STR, owner_id),
    F("registry", STR, registry),
    F("retry_at", TIME, retry_at),
    F("caused_by", NODE, caused_by),
    F("dedup_key", STR, dedup_key),
    F("milestone", STR, milestone),
    F("fallback_at", TIME, fallback_at),
    F("exception_id", STR, exception_id),
    F("rule_version", UINT, rule_version),
    F("fallback_route", STR, fallback_route),
    F("preferred_carrier", STR, preferred_carrier),
#undef F
};
#define NFIELDS (sizeof(fields) / sizeof(*fields))

static const struct field *find_field(struct fx_str name)
{
	size_t low = 0, end = NFIELDS;

	while (low < end) {
		size_t middle = (low + end) / 2;

		if (fields[middle].len < name.n)
			low = middle + 1;
		else
			end = middle;
	}
	for (; low < NFIELDS && fields[low].len == name.n; low++)
		if (fields[low].name[0] == *name.p && memcmp(fields[low].name, name.p, name.n) == 0)
			return &fields[low];
	return NULL;
}

static void set_field(struct fx_entry *e, const struct field *f, uint32_t v,
                      struct fx_arena *scratch)
{
	char *to = (char *)e + f->off;
	enum fx_type type = fx_tape_type(e->t, v);

	switch (f->how) {
	case STR:
		if (type == FX_STRING) {
			struct fx_str s = fx_tape_str(e->t, v, scratch);

			memcpy(to, &s, sizeof(s));
		}
		break;
	case TIME:
		if (type == FX_STRING) {
			fx_time at;

			if (fx_time_parse(fx_tape_str(e->t, v, scratch), &at) == 0)
				memcpy(to, &at, sizeof(at));
		}
		break;
	case UINT:
		if (type == FX_NUMBER) {
			uint64_t n;

			if (fx_str_u64(fx_tape_raw(e->t, v), &n) == 0)
				memcpy(to, &n, sizeof(n));
		}
		break;
	case NODE:
		memcpy(to, &v, sizeof(v));
		break;
	}
}

void fx_entry_read(struct fx_entry *e, const struct fx_tape *t, struct fx_arena *scratch)
{
	*e = (struct fx_entry){.t = t,
	                       .kind = FX_K_NONE,
	                       .at = FX_TIME_NONE,
	                       .due = FX_TIME_NONE,
	                       .until = FX_TIME_NONE,
	                       .retry_at = FX_TIME_NONE,
	                       .fallback_at = FX_TIME_NONE,
	                       .since = FX_TIME_NONE};
	if (fx_tape_type(t, 0) != FX_OBJECT)
		return;
	for (uint32_t i = 1; i < t->node[0].next; i = fx_tape_next(t, i)) {
		struct fx_str name = {t->text + t->node[i].off, t->node[i].len};
		const struct field *f;

		if (t->node[i].flags & FX_NODE_ESCAPED)
			name = fx_tape_str(t, i, scratch);
		f = find_field(name);
		if (f)
			set_field(e, f, i + 1, scratch);
	}
	if (e->event.n == 0 || e->event_id.n == 0 || e->at == FX_TIME_NONE)
		return;
	e->kind = FX_K_OTHER;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (fx_str_eq(e->event, kinds[i].event)) {
			e->kind = kinds[i].kind;
			break;
		}
	if (e->kind == FX_K_RESOLVED)
		e->about = e->by;
	if (e->kind != FX_K_REJECTED || e->export == FX_NONE)
		return;
	if (e->order_id.n == 0)
		e->order_id = fx_tape_get_str(t, e->export, FX_STR("order_id"), scratch);
	e->about = fx_tape_get_str(t, e->export, FX_STR("event_id"), scratch);
}

int64_t fx_entry_qty(const struct fx_tape *t, uint32_t node, struct fx_arena *scratch)
{
	struct fx_str s;
	int64_t v = 0;
	size_t i = 0;
	int frac = -1;

	if (node == FX_NONE)
		return FX_QTY_ALL;
	if (fx_tape_type(t, node) == FX_NUMBER)
		s = fx_tape_raw(t, node);
	else if (fx_tape_type(t, node) == FX_STRING)
		s = fx_tape_str(t, node, scratch);
	else
		return FX_QTY_ALL;
	for (; i < s.n; i++) {
		if (s.p[i] == '.' && frac < 0) {
			frac = 0;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return FX_QTY_ALL;
		if (frac >= 6)
			continue;
		if (v > INT64_MAX / 100000000)
			return FX_QTY_ALL;
		v = v * 10 + (s.p[i] - '0');
		if (frac >= 0)
			frac++;
	}
	for (frac = frac < 0 ? 0 : frac; frac < 6; frac++)
		v *= 10;
	return s.n ? v : FX_QTY_ALL;
}

fx_time fx_entry_time(const struct fx_tape *t, uint32_t obj, struct fx_str name,
                      struct fx_arena *scratch)
{
	struct fx_str s = fx_tape_get_str(t, obj, name, scratch);
	fx_time at;

	return s.n && fx_time_parse(s, &at) == 0 ? at : FX_TIME_NONE;
}
