/* Collecting records for an append. */
#include "ledger/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "json/record.h"
#include "json/splice.h"
#include "ledger/marker.h"

/* Room for a full batch and one more line of the largest size. */
#define TEXT_CAP (FX_BATCH_BYTES + FX_LINE_MAX + FX_BATCH_MAX * FX_STAMP_LEN)

struct fx_batch *fx_batch_new(void)
{
	struct fx_batch *b = fx_alloc(1, sizeof(*b));

	b->item = fx_realloc(NULL, FX_BATCH_MAX, sizeof(*b->item));
	b->cap = TEXT_CAP;
	b->text = fx_realloc(NULL, b->cap, 1);
	return b;
}

void fx_batch_free(struct fx_batch *b)
{
	if (!b)
		return;
	free(b->item);
	free(b->text);
	free(b->group);
	fx_arena_free(&b->arena);
	fx_tape_free(&b->tape);
	fx_buf_free(&b->scratch);
	free(b);
}

size_t fx_batch_count(const struct fx_batch *b)
{
	return b->n;
}

const struct fx_signed *fx_batch_signed(const struct fx_batch *b, size_t i)
{
	return &b->item[i].s;
}

bool fx_batch_full(const struct fx_batch *b)
{
	return b->n == FX_BATCH_MAX || b->len - b->held >= FX_BATCH_BYTES || b->len >= FX_BATCH_HELD;
}

bool fx_batch_open_end(const struct fx_batch *b)
{
	return b->n && b->item[b->n - 1].group == FX_NO_GROUP;
}

struct fx_str fx_batch_record(const struct fx_batch *b, const struct fx_item *it)
{
	if (it->original.p)
		return it->original;
	return (struct fx_str){b->text + it->off, it->close + 1 - it->off};
}

static void move(struct fx_str *s, const char *from, size_t n, char *to)
{
	if (s->p >= from && s->p < from + n)
		s->p = to + (s->p - from);
}

static void move_ids(struct fx_ids *ids, const char *from, size_t n, char *to)
{
	struct fx_str *const all[] = {&ids->event,	&ids->event_id,	      &ids->source,
				      &ids->at,		&ids->order_id,	      &ids->trigger_source,
				      &ids->trigger_id, &ids->digest,	      &ids->supersedes};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		move(all[i], from, n, to);
}

/* Room for n more bytes of text; only a decision of great size makes it move. */
static void room(struct fx_batch *b, size_t n)
{
	char *was = b->text;

	if (b->cap - b->len >= n)
		return;
	while (b->cap - b->len < n)
		b->cap *= 2;
	b->text = fx_realloc(NULL, b->cap, 1);
	memcpy(b->text, was, b->len);
	for (size_t i = 0; i < b->n; i++)
		move_ids(&b->item[i].ids, was, b->len, b->text);
	free(was);
}

static uint64_t trigger_hash(const struct fx_ids *ids)
{
	return fx_str_hash(ids->trigger_id) * 31 + fx_str_hash(ids->trigger_source);
}

struct fx_group *fx_group_next(struct fx_batch *b, const struct fx_ids *ids, uint64_t hash,
			       size_t *at)
{
	for (; b->group_slot[*at]; *at = (*at + 1) % FX_SLOTS) {
		struct fx_group *g = &b->group[b->group_slot[*at] - 1];
		const struct fx_ids *first = &b->item[g->first].ids;

		if (g->hash == hash && fx_str_eq(first->trigger_id, ids->trigger_id) &&
		    fx_str_eq(first->trigger_source, ids->trigger_source)) {
			*at = (*at + 1) % FX_SLOTS;
			return g;
		}
	}
	return NULL;
}

/* The record that comes before a decision's first task is its trigger, if it is in the batch. */
static uint32_t trigger_of(const struct fx_batch *b, const struct fx_ids *ids)
{
	for (size_t i = b->n, plain = 0; i-- > 0 && plain < 4;) {
		const struct fx_item *it = &b->item[i];

		if (it->group != FX_NO_GROUP)
			continue;
		if (fx_str_eq(it->ids.event_id, ids->trigger_id) &&
		    fx_str_eq(it->ids.source, ids->trigger_source))
			return (uint32_t)i;
		plain++;
	}
	return FX_NO_ITEM;
}

static bool repeated(const struct fx_batch *b, const struct fx_group *g, uint32_t number,
		     const struct fx_ids *ids)
{
	for (uint32_t i = g->first; i <= g->last; i++)
		if (b->item[i].group == number && fx_str_eq(b->item[i].ids.event_id, ids->event_id))
			return true;
	return false;
}

/* Count the task at item n (not in yet) to its decision. */
static uint32_t join_group(struct fx_batch *b, const struct fx_ids *ids)
{
	uint64_t hash = trigger_hash(ids);
	size_t at = hash % FX_SLOTS;
	struct fx_group *g;

	while ((g = fx_group_next(b, ids, hash, &at))) {
		uint32_t number = (uint32_t)(g - b->group);

		if (!fx_str_eq(b->item[g->first].ids.digest, ids->digest))
			continue;
		if (!repeated(b, g, number, ids))
			g->have++;
		g->last = (uint32_t)b->n;
		return number;
	}
	if (b->ngroup == b->groupcap) {
		b->groupcap = b->groupcap ? b->groupcap * 2 : 256;
		b->group = fx_realloc(b->group, b->groupcap, sizeof(*b->group));
	}
	g = &b->group[b->ngroup];
	*g = (struct fx_group){.hash = hash, .have = 1, .need = ids->tasks};
	g->first = g->last = (uint32_t)b->n;
	g->trigger = trigger_of(b, ids);
	if (g->trigger != FX_NO_ITEM && b->item[g->trigger].leads == FX_NO_GROUP)
		b->item[g->trigger].leads = (uint32_t)b->ngroup;
	b->group_slot[at] = (uint16_t)++b->ngroup;
	return (uint32_t)b->ngroup - 1;
}

static int check_ids(const struct fx_ids *ids, struct fx_err *why)
{
	const struct {
		const char *name;
		struct fx_str value;
	} need[] = {{"event", ids->event},
		    {"event_id", ids->event_id},
		    {"source", ids->source},
		    {"at", ids->at}};
	fx_time at;

	for (size_t i = 0; i < sizeof(need) / sizeof(need[0]); i++)
		if (need[i].value.n == 0)
			return fx_fail(why, FX_EDATA, "the ledger needs a string \"%s\"", need[i].name);
	if (fx_time_parse(ids->at, &at))
		return fx_fail(why, FX_EDATA, "\"at\" is no RFC 3339 time");
	return 0;
}

/* Put in the record whose tape is t; line: what it was before members were cut, or NULL. */
static int add(struct fx_batch *b, const struct fx_tape *t, struct fx_ids *ids,
	       const struct fx_str *line, struct fx_err *why)
{
	struct fx_str body = fx_tape_raw(t, 0);
	struct fx_item *it = &b->item[b->n];

	if (check_ids(ids, why))
		return -1;
	if (fx_str_starts(body, (struct fx_str){FX_MARKER, sizeof(FX_MARKER) - 1}))
		return fx_fail(why, FX_EDATA, "a record that begins with \"redacted\" is the ledger's own");
	if (fx_str_is(ids->event, "key.rotated") && !b->rotates)
		return fx_fail(why, FX_EDATA, "key.rotated is the ledger's own (fx-sign --rotate)");
	room(b, body.n + FX_STAMP_LEN);
	*it = (struct fx_item){.off = b->len, .close = b->len + body.n - 1};
	memcpy(b->text + b->len, body.p, body.n);
	move_ids(ids, body.p, body.n, b->text + b->len);
	it->ids = *ids;
	it->twin = FX_NO_ITEM;
	it->leads = it->group = FX_NO_GROUP;
	if (line)
		it->original = fx_arena_str(&b->arena, *line);
	if (ids->tasks)
		it->group = join_group(b, ids);
	b->len += body.n - 1 + FX_STAMP_LEN;
	b->n++;
	return 0;
}

int fx_batch_add_tape(struct fx_batch *b, struct fx_str line, const struct fx_tape *t,
		      struct fx_err *why)
{
	static const char *const owned[] = {"logged_at", "audit_token", "audit_proof"};
	struct fx_member cut[3];
	struct fx_ids ids;

	if (fx_batch_full(b))
		return 1;
	if (fx_tape_type(t, 0) != FX_OBJECT)
		return fx_fail(why, FX_EDATA, "a record is a JSON object");
	fx_ids_read(t, &b->arena, &ids);
	if (!ids.owned)
		return add(b, t, &ids, NULL, why);
	for (size_t i = 0; i < 3; i++)
		cut[i] = (struct fx_member){.name = fx_str(owned[i])};
	fx_buf_reset(&b->scratch);
	if (fx_splice(&b->scratch, t, 0, cut, 3))
		return fx_fail(why, FX_ELIMIT, "the record is too large");
	if (fx_tape_read(&b->tape, fx_buf_view(&b->scratch), why))
		return -1;
	fx_ids_read(&b->tape, &b->arena, &ids);
	return add(b, &b->tape, &ids, &line, why);
}

int fx_batch_add(struct fx_batch *b, struct fx_str line, struct fx_err *why)
{
	static const size_t most = FX_LINE_MAX;

	if (fx_batch_full(b))
		return 1;
	if (line.n > most)
		return fx_fail(why, FX_ELIMIT, "a record of more than %zu bytes", most);
	if (fx_record_read(&b->tape, line, why))
		return -1;
	return fx_batch_add_tape(b, line, &b->tape, why);
}

/* Not to be appended yet: of a decision that is not whole, or perhaps a trigger before its tasks. */
static bool unfinished(const struct fx_batch *b, size_t i)
{
	const struct fx_item *it = &b->item[i];
	uint32_t group = it->group != FX_NO_GROUP ? it->group : it->leads;

	if (group != FX_NO_GROUP)
		return b->group[group].have < b->group[group].need;
	return i > 0 && i + 1 == b->n && fx_batch_full(b);
}

size_t fx_batch_carry(struct fx_batch *b, struct fx_batch *to)
{
	size_t left = 0;

	for (size_t i = 0; i < b->n; i++)
		left += !unfinished(b, i);
	if (left == 0)
		return 0;
	for (size_t i = 0; i < b->n; i++) {
		struct fx_item *it = &b->item[i];

		if (!unfinished(b, i))
			continue;
		it->moved = it->settled = true;
		it->s.fate = FX_SIGN_HELD;
		to->held = to->len; /* what is held never fills the batch by itself */
		(void)fx_batch_add(to, fx_batch_record(b, it), NULL);
	}
	to->held = to->len;
	return left;
}

void fx_batch_reset(struct fx_batch *b)
{
	struct fx_buf held = {.max = SIZE_MAX};
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct fx_str r;

		if (b->item[i].s.fate != FX_SIGN_HELD || b->item[i].moved)
			continue;
		r = fx_batch_record(b, &b->item[i]);
		fx_buf_add(&held, (const char *)&r.n, sizeof(r.n));
		fx_buf_str(&held, r);
		n++;
	}
	b->n = b->ngroup = b->len = b->held = 0;
	memset(b->group_slot, 0, sizeof(b->group_slot));
	fx_arena_reset(&b->arena);
	for (size_t at = 0; n; n--) {
		struct fx_str r;

		memcpy(&r.n, held.p + at, sizeof(r.n));
		r.p = held.p + at + sizeof(r.n);
		at += sizeof(r.n) + r.n;
		b->held = b->len; /* what is held never fills the batch by itself */
		(void)fx_batch_add(b, r, NULL);
	}
	b->held = b->len;
	fx_buf_free(&held);
}
