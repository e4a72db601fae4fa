#include "rules/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "rules/decider.h"

#define UNDECIDED UINT32_MAX
/* Fewer rules than this are tried one by one. */
#define INDEX_FROM 10

const char *fx_reason_name(enum fx_reason r)
{
	static const char *const names[] = {"TARGETING_MATCH", "SPLIT", "DEFAULT"};

	return names[r];
}

/* MurmurHash3 x86-32, Austin Appleby, public domain; little-endian words by definition. */
uint32_t fx_murmur3(struct fx_str s, uint32_t seed)
{
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t h = seed, k = 0;

	for (size_t i = 0; i < s.n; i++) {
		k |= (uint32_t)p[i] << 8 * (i % 4);
		if (i % 4 != 3 && i + 1 < s.n)
			continue;
		k *= 0xcc9e2d51;
		k = k << 15 | k >> 17;
		h ^= k * 0x1b873593;
		k = 0;
		if (i % 4 == 3) {
			h = h << 13 | h >> 19;
			h = h * 5 + 0xe6546b64;
		}
	}
	h ^= (uint32_t)s.n;
	h = (h ^ h >> 16) * 0x85ebca6b;
	h = (h ^ h >> 13) * 0xc2b2ae35;
	return h ^ h >> 16;
}

uint32_t fx_bucket(struct fx_str rule_id, struct fx_str order_id, uint32_t total)
{
	char key[512];
	size_t n = rule_id.n < sizeof(key) ? rule_id.n : sizeof(key);
	size_t m = order_id.n < sizeof(key) - n ? order_id.n : sizeof(key) - n;

	/* Longer ids fall by their first 512 bytes: the same order still on the same side. */
	memcpy(key, rule_id.p, n);
	memcpy(key + n, order_id.p, m);
	return (uint32_t)((uint64_t)fx_murmur3((struct fx_str){key, n + m}, 0) * total >> 32);
}

struct fx_decider *fx_decider_new(const struct fx_registry *r)
{
	struct fx_decider *d = fx_alloc(1, sizeof(*d));

	d->registry = r;
	d->canonical.max = 4 * FX_LINE_MAX;
	d->blank = FX_NEWV(&d->arena, struct fx_blank, r->nrules + 1);
	for (size_t i = 0; i < r->nrules; i++) {
		const struct fx_rule *rule = &r->rules[i];

		fx_blank_init(d, rule);
		for (size_t k = 0; k < rule->non; k++) {
			bool fresh;
			struct fx_map_entry *e = fx_map_put(&d->by_event, rule->on[k], &fresh);
			struct fx_event_rules *er = e->v.ptr;

			if (fresh) {
				e->v.ptr = er = FX_NEW(&d->arena, struct fx_event_rules);
				er->v = FX_NEWV(&d->arena, const struct fx_rule *, r->nrules);
			}
			if (er->n == 0 || er->v[er->n - 1] != rule)
				er->v[er->n++] = rule;
		}
	}
	d->candidate = FX_NEWV(&d->arena, uint32_t, r->nrules + 1);
	for (size_t i = 0; i < d->by_event.n; i++) {
		struct fx_event_rules *er = d->by_event.e[i].v.ptr;

		if (er->n >= INDEX_FROM)
			er->index = fx_index_new(&d->arena, er->v, er->n);
	}
	return d;
}

void fx_decider_free(struct fx_decider *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->by_event.n; i++)
		fx_index_free(((struct fx_event_rules *)d->by_event.e[i].v.ptr)->index);
	fx_map_free(&d->by_event);
	for (size_t i = 0; i < d->registry->nrules; i++)
		fx_blank_free(&d->blank[i]);
	fx_arena_free(&d->arena);
	fx_arena_free(&d->scratch);
	fx_canon_free(&d->canon);
	fx_buf_free(&d->canonical);
	free(d->kind);
	free(d->pieces);
	free(d->line);
	free(d->taken);
	free(d->grouped);
	free(d->won);
	free(d->tasks);
	free(d->number);
	free(d);
}

/* What each member is; noted for the records of the same shape that follow. */
static void look_names(struct fx_decider *d, const struct fx_tape *t)
{
	unsigned char *notes = fx_tape_notes(t, 0);
	uint32_t count = t->node[0].count, n = 0;

	if (count > d->kind_cap) {
		d->kind_cap = count * (size_t)2;
		d->kind = fx_realloc(d->kind, d->kind_cap, 1);
	}
	if (notes && notes[0]) {
		memcpy(d->kind, notes, count);
		return;
	}
	for (uint32_t i = 1; i < t->node[0].next; i = t->node[i + 1].next)
		d->kind[n++] = (unsigned char)fx_top_of(fx_tape_str(t, i, &d->scratch));
	if (notes)
		memcpy(notes, d->kind, count);
}

/* The known members' value nodes; each name at most once (the tape refuses duplicates). */
static void look(struct fx_decider *d, const struct fx_tape *t)
{
	size_t n = 0;

	memset(d->top, 0, sizeof(d->top));
	if (fx_tape_type(t, 0) != FX_OBJECT)
		return;
	look_names(d, t);
	for (uint32_t i = 1; i < t->node[0].next; i = t->node[i + 1].next, n++)
		if (d->kind[n] < FX_TOP_OTHER)
			d->top[d->kind[n]] = i + 1;
}

static struct fx_str text_of(struct fx_decider *d, const struct fx_tape *t, enum fx_top top)
{
	uint32_t i = d->top[top];

	if (i == FX_NONE || t->node[i].type != FX_STRING)
		return (struct fx_str){NULL, 0};
	return fx_tape_str(t, i, &d->scratch);
}

/* The fields that ids and times are made of. */
static int identify(struct fx_decider *d, const struct fx_tape *t, fx_time *at, struct fx_err *err)
{
	struct fx_str when = text_of(d, t, FX_TOP_AT);

	d->order_id = text_of(d, t, FX_TOP_ORDER_ID);
	d->event_id = text_of(d, t, FX_TOP_EVENT_ID);
	d->source = text_of(d, t, FX_TOP_SOURCE);
	if (d->order_id.n == 0)
		return fx_fail(err, FX_EDATA, "no order_id: a trigger needs one to be decided");
	if (d->event_id.n == 0)
		return fx_fail(err, FX_EDATA, "no event_id: a trigger needs one to be decided");
	if (d->source.n == 0)
		return fx_fail(err, FX_EDATA, "no source: a trigger needs one to be decided");
	if (fx_time_parse(when, at))
		return fx_fail(err, FX_EDATA, "at is no RFC 3339 time");
	return 0;
}

static void grow(void *array, size_t n, size_t size)
{
	void **p = array;

	*p = fx_realloc(*p, n, size);
}

static int take_lines(struct fx_decider *d, const struct fx_tape *t, struct fx_err *err)
{
	uint32_t a = d->top[FX_TOP_LINES];
	size_t n = 0;

	d->nline = 0;
	if (a == FX_NONE || t->node[a].type == FX_NULL)
		return 0;
	if (t->node[a].type != FX_ARRAY)
		return fx_fail(err, FX_EDATA, "lines is no array");
	n = t->node[a].count;
	if (n > d->line_cap) {
		d->line_cap = n + n / 2 + 16;
		grow(&d->line, d->line_cap, sizeof(*d->line));
		grow(&d->taken, d->line_cap, sizeof(*d->taken));
		grow(&d->grouped, d->line_cap, sizeof(*d->grouped));
	}
	for (uint32_t i = a + 1; i < t->node[a].next; i = t->node[i].next) {
		d->taken[d->nline] = UNDECIDED;
		d->line[d->nline++] = i;
	}
	return 0;
}

bool fx_rule_on(const struct fx_rule *r, struct fx_str event)
{
	for (size_t i = 0; i < r->non; i++)
		if (fx_str_eq(r->on[i], event))
			return true;
	return false;
}

bool fx_rule_holds(const struct fx_rule *r, fx_time at)
{
	return (r->from == FX_TIME_NONE || at >= r->from) &&
	       (r->until == FX_TIME_NONE || at < r->until) &&
	       (!r->canary_weight || r->canary_until == FX_TIME_NONE || at < r->canary_until);
}

bool fx_rule_share(const struct fx_rule *r, struct fx_str order_id)
{
	return !r->canary_weight || fx_bucket(r->id, order_id, FX_CANARY_TOTAL) < r->canary_weight;
}

static bool matches(struct fx_decider *d, const struct fx_rule *r, uint32_t line)
{
	struct fx_cel_input in = {.tape = d->tape, .line = line, .scratch = &d->scratch};

	return r->always || fx_cel_test(r->when, &in, NULL) == FX_CEL_TRUE;
}

static uint32_t win(struct fx_decider *d, const struct fx_rule *r)
{
	if (d->nwon == d->task_cap) {
		d->task_cap = d->task_cap * 2 + 16;
		grow(&d->won, d->task_cap, sizeof(*d->won));
		grow(&d->tasks, d->task_cap, sizeof(*d->tasks));
		grow(&d->number, d->task_cap, sizeof(*d->number));
	}
	d->won[d->nwon] = (struct fx_assigned){
	    .rule = r,
	    .reason = d->blank[r->index].reason,
	};
	return (uint32_t)d->nwon++;
}

/* The lines that the rule takes of those undecided; how many are left. */
static size_t offer_lines(struct fx_decider *d, const struct fx_rule *r, size_t left)
{
	bool by_line = fx_cel_uses_line(r->when);
	uint32_t task = UNDECIDED;

	if (!fx_rule_share(r, d->order_id) || (!by_line && !matches(d, r, FX_NONE)))
		return left;
	for (size_t i = 0; i < d->nline && left > 0; i++) {
		if (d->taken[i] != UNDECIDED || (by_line && !matches(d, r, d->line[i])))
			continue;
		if (task == UNDECIDED)
			task = win(d, r);
		d->taken[i] = task;
		left--;
	}
	return left;
}

/* Give each line, or the order that has none, to the first rule that takes it; what is left. */
static size_t assign(struct fx_decider *d, const struct fx_event_rules *rules, fx_time at)
{
	size_t left = d->nline, n = rules->n;

	d->nwon = 0;
	if (rules->index)
		n = fx_index_candidates(rules->index, d->tape, d->line, d->nline, &d->scratch,
		                        d->candidate);
	for (size_t i = 0; i < n; i++) {
		const struct fx_rule *r = rules->v[rules->index ? d->candidate[i] : i];

		if (!fx_rule_holds(r, at))
			continue;
		if (d->nline > 0) {
			left = offer_lines(d, r, left);
			if (left == 0)
				return 0;
		} else if (!fx_cel_uses_line(r->when) && fx_rule_share(r, d->order_id) &&
		           matches(d, r, FX_NONE)) {
			win(d, r);
			return 0;
		}
	}
	return d->nline ? left : 1;
}

/* won, in rule order, to tasks, numbered by their first line's position. */
static void number_tasks(struct fx_decider *d)
{
	size_t n = 0;
	uint32_t *next = d->grouped;

	if (d->nline == 0) {
		d->tasks[0] = d->won[0];
		return;
	}
	for (size_t i = 0; i < d->nline; i++) {
		struct fx_assigned *w = &d->won[d->taken[i]];

		if (w->nlines++ == 0)
			d->number[d->taken[i]] = (uint32_t)n++;
	}
	for (size_t i = 0; i < d->nwon; i++)
		d->tasks[d->number[i]] = d->won[i];
	for (size_t i = 0; i < n; i++) {
		d->tasks[i].lines = next;
		next += d->tasks[i].nlines;
		d->tasks[i].nlines = 0;
	}
	for (size_t i = 0; i < d->nline; i++) {
		struct fx_assigned *task = &d->tasks[d->number[d->taken[i]]];

		((uint32_t *)task->lines)[task->nlines++] = d->line[i];
	}
}

static void add_number(struct fx_buf *b, uint64_t v)
{
	char text[20], *p = text + sizeof(text);

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	fx_buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

/*
 * SHA-256 of the trigger's canonical form, then, each after a NUL (which no canonical form
 * holds): what is superseded, each task's owner, flow, rule and version, and for each line in
 * order the number of its task, from 1.
 */
static int digest(struct fx_decider *d, struct fx_str supersedes, struct fx_err *err)
{
	static const struct fx_str stamps[] = {
	    {"logged_at", 9}, {"audit_token", 11}, {"audit_proof", 11}};
	unsigned char sum[FX_SHA256_LEN];
	struct fx_buf *b = &d->canonical;

	fx_buf_reset(b);
	if (fx_canon(&d->canon, b, d->tape, 0, stamps, 3, FX_CANON_EXACT, err))
		return -1;
	fx_buf_byte(b, '\0');
	fx_buf_str(b, supersedes);
	for (size_t k = 0; k < d->nwon; k++) {
		const struct fx_rule *r = d->tasks[k].rule;
		const struct fx_str parts[] = {r->owner->id, r->flow, r->id};

		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			fx_buf_byte(b, '\0');
			fx_buf_str(b, parts[i]);
		}
		fx_buf_byte(b, '\0');
		add_number(b, r->version);
	}
	for (size_t i = 0; i < d->nline; i++) {
		fx_buf_byte(b, '\0');
		add_number(b, d->number[d->taken[i]] + UINT64_C(1));
	}
	if (b->over)
		return fx_fail(err, FX_EDATA, "too large to be decided");
	fx_sha256(fx_buf_view(b), sum);
	memcpy(d->decision.digest, "sha256:", 7);
	fx_hex(d->decision.digest + 7, sum, sizeof(sum));
	return 0;
}

static int refuse(const struct fx_decider *d, size_t left, struct fx_err *err)
{
	struct fx_str event = fx_tape_raw(d->tape, d->top[FX_TOP_EVENT]);
	size_t first = 0;

	if (d->nline == 0)
		return fx_fail(err, FX_EDATA, "no rule takes this %.*s (it has no lines)",
		               FX_FMT(event));
	while (first < d->nline && d->taken[first] != UNDECIDED)
		first++;
	if (left == d->nline)
		return fx_fail(err, FX_EDATA, "no rule takes this %.*s", FX_FMT(event));
	return fx_fail(err, FX_EDATA, "no rule takes %zu of its %zu lines, first lines[%zu]", left,
	               d->nline, first);
}

static int decide(struct fx_decider *d, const struct fx_event_rules *rules, fx_time now,
                  struct fx_str supersedes, struct fx_err *err)
{
	fx_time own_at;
	size_t left;

	if (identify(d, d->tape, &own_at, err) || take_lines(d, d->tape, err))
		return -1;
	if (now == FX_TIME_NONE)
		now = own_at;
	d->tried_at = now;
	left = assign(d, rules, now);
	if (left > 0)
		return refuse(d, left, err);
	number_tasks(d);
	if (digest(d, supersedes, err))
		return -1;
	fx_derive_id(d->decision.id, FX_STR("decision"), d->source, d->event_id, supersedes);
	if (d->at_text.n == 0 || d->at != now)
		fx_time_text(&d->at_text, now);
	d->at = now;
	for (size_t k = 0; k < d->nwon; k++)
		fx_blank_times(d, &d->tasks[k], now);
	d->decision.at = now;
	d->decision.supersedes = supersedes;
	d->decision.tasks = d->tasks;
	d->decision.ntasks = d->nwon;
	d->decision.nlines = d->nline;
	fx_pieces(d);
	return 0;
}

enum fx_decided fx_decide(struct fx_decider *d, const struct fx_tape *t, fx_time now,
                          struct fx_str supersedes, const struct fx_decision **out,
                          struct fx_err *err)
{
	const struct fx_event_rules *rules;

	fx_arena_reset(&d->scratch);
	d->tape = t;
	d->tried_at = FX_TIME_NONE;
	look(d, t);
	d->nwon = 0;
	rules = fx_map_ptr(&d->by_event, text_of(d, t, FX_TOP_EVENT));
	if (!rules)
		return FX_PASSED;
	*out = &d->decision;
	return decide(d, rules, now, supersedes, err) ? FX_REFUSED : FX_DECIDED;
}
