#include "report/figures.h"

#include <stdlib.h>
#include <string.h>

#include "json/write.h"

const struct fx_interval_info fx_interval_info[FX_NINTERVAL] = {
    {"trigger_to_decision", "trigger to decision", "trigger -> task.assigned"},
    {"decision_to_execution", "decision to execution", "task.assigned -> task.confirmed"},
    {"trigger_to_outcome", "trigger to outcome", "trigger -> task.completed, else task.shipped"},
    {"trigger_to_confirmation", "trigger to confirmation", "trigger -> task.confirmed"},
    {"trigger_to_handover", "trigger to handover", "trigger -> task.shipped"},
    {"trigger_to_delivery", "trigger to delivery", "trigger -> task.completed"},
    {"time_to_resolution", "time to resolution", "exception.opened -> exception.resolved"},
};

int fx_by_check(struct fx_str by, struct fx_err *err)
{
	if (by.n == 0 || memchr(by.p, '\0', by.n))
		return fx_fail(err, FX_EUSAGE,
		               "--by wants names, separated by commas, such as "
		               "flow,owner");
	return 0;
}

void fx_figures_init(struct fx_figures *f, const struct fx_figures_opt *opt)
{
	*f = (struct fx_figures){.opt = *opt,
	                         .published = FX_TIME_NONE,
	                         .first_entry = FX_TIME_NONE,
	                         .last_entry = FX_TIME_NONE};
}

static void group_free(struct fx_group *g)
{
	for (size_t i = 0; i < FX_NINTERVAL; i++)
		fx_sketch_free(&g->interval[i].took);
	for (size_t i = 0; i < g->nmilestone; i++)
		fx_sketch_free(&g->milestone[i].lateness);
	free(g->milestone);
	free(g->failure);
	free(g->owner);
	free(g->hour);
}

void fx_group_free(struct fx_group *g)
{
	group_free(g);
	memset(g, 0, sizeof(*g));
}

void fx_figures_free(struct fx_figures *f)
{
	for (size_t i = 0; i < f->ngroup; i++)
		group_free(f->group[i]);
	for (size_t i = 0; i < f->npace; i++)
		free(f->pace[i]->slot);
	free(f->pace);
	free(f->objective);
	free(f->handover);
	free(f->group);
	free(f->event);
	fx_map_free(&f->paces);
	fx_map_free(&f->rules);
	fx_map_free(&f->registries);
	fx_due_free(&f->clock);
	fx_map_free(&f->groups);
	fx_map_free(&f->owners);
	fx_map_free(&f->events);
	free(f->seen.v);
	fx_arena_free(&f->arena);
	fx_arena_free(&f->scratch);
}

/* ---- groups and what they list ------------------------------------------ */

/* The values one after the other, each behind its length, so that none is mistaken for another. */
static struct fx_str joined(struct fx_arena *a, const struct fx_str *key, size_t n)
{
	size_t len = 1;
	for (size_t i = 0; i < n; i++)
		len += key[i].n + 1 + sizeof(key[i].n);
	char *p = fx_arena_alloc(a, len), *q = p;
	for (size_t i = 0; i < n; i++) {
		*q++ = key[i].p ? '+' : '-';
		memcpy(q, &key[i].n, sizeof(key[i].n));
		q += sizeof(key[i].n);
		if (key[i].n)
			memcpy(q, key[i].p, key[i].n);
		q += key[i].n;
	}
	return (struct fx_str){p, (size_t)(q - p)};
}

struct fx_group *fx_figures_group(struct fx_figures *f, const struct fx_str *key)
{
	struct fx_str k = joined(&f->scratch, key, f->opt.nby);
	struct fx_group *g = fx_map_ptr(&f->groups, k);
	if (g)
		return g;
	g = FX_NEW(&f->arena, struct fx_group);
	g->first = g->last = FX_TIME_NONE;
	for (size_t i = 0; i < f->opt.nby; i++)
		if (key[i].p)
			g->key[i] = fx_arena_str(&f->arena, key[i]);
	fx_map_put(&f->groups, fx_arena_str(&f->arena, k), NULL)->v.ptr = g;
	if (f->ngroup == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->group = fx_realloc(f->group, f->cap, sizeof(*f->group));
	}
	f->group[f->ngroup++] = g;
	return g;
}

/* Lists of a handful, in order of their names, so that the way they came does not show. */
struct fx_tally *fx_tally_of(struct fx_figures *f, struct fx_tally **list, size_t *n,
                             struct fx_str name)
{
	size_t i = 0;
	int c = 1;
	while (i < *n && (c = fx_str_cmp((*list)[i].name, name)) < 0)
		i++;
	if (i < *n && c == 0)
		return &(*list)[i];
	*list = fx_realloc(*list, *n + 1, sizeof(**list));
	memmove(*list + i + 1, *list + i, (*n - i) * sizeof(**list));
	(*list)[i] = (struct fx_tally){.name = fx_arena_str(&f->arena, name)};
	(*n)++;
	return &(*list)[i];
}

struct fx_attainment *fx_group_milestone(struct fx_figures *f, struct fx_group *g,
                                         struct fx_str name)
{
	size_t i = 0;
	int c = 1;
	while (i < g->nmilestone && (c = fx_str_cmp(g->milestone[i].milestone, name)) < 0)
		i++;
	if (i < g->nmilestone && c == 0)
		return &g->milestone[i];
	g->milestone = fx_realloc(g->milestone, g->nmilestone + 1, sizeof(*g->milestone));
	memmove(g->milestone + i + 1, g->milestone + i,
	        (g->nmilestone - i) * sizeof(*g->milestone));
	g->milestone[i] = (struct fx_attainment){.milestone = fx_arena_str(&f->arena, name)};
	g->nmilestone++;
	return &g->milestone[i];
}

struct fx_hour *fx_group_hour(struct fx_group *g, int64_t hour)
{
	size_t i = g->nhour; /* most come in order */
	while (i > 0 && g->hour[i - 1].hour > hour)
		i--;
	if (i > 0 && g->hour[i - 1].hour == hour)
		return &g->hour[i - 1];
	if (g->nhour == g->hour_cap) {
		g->hour_cap = g->hour_cap ? g->hour_cap * 2 : 8;
		g->hour = fx_realloc(g->hour, g->hour_cap, sizeof(*g->hour));
	}
	memmove(g->hour + i + 1, g->hour + i, (g->nhour - i) * sizeof(*g->hour));
	g->hour[i] = (struct fx_hour){.hour = hour};
	g->nhour++;
	return &g->hour[i];
}

struct fx_tally *fx_figures_event(struct fx_figures *f, struct fx_str type)
{
	struct fx_tally *t = fx_map_ptr(&f->events, type);
	if (t)
		return t;
	t = FX_NEW(&f->arena, struct fx_tally);
	t->name = fx_arena_str(&f->arena, type);
	fx_map_put(&f->events, t->name, NULL)->v.ptr = t;
	return t;
}

void fx_figures_owner_kind(struct fx_figures *f, struct fx_str id, bool team, fx_time at)
{
	struct fx_owner_kind_of *o = fx_map_ptr(&f->owners, id);
	if (!o) {
		o = FX_NEW(&f->arena, struct fx_owner_kind_of);
		o->at = FX_TIME_NONE;
		o->id = fx_arena_str(&f->arena, id);
		fx_map_put(&f->owners, o->id, NULL)->v.ptr = o;
	}
	if (at > o->at) {
		o->team = team;
		o->at = at;
	} else if (at == o->at) {
		o->team |= team;
	}
}

struct fx_pace *fx_figures_pace(struct fx_figures *f, struct fx_str flow, struct fx_str milestone)
{
	struct fx_str both[2] = {flow, milestone};
	struct fx_str k = joined(&f->scratch, both, 2);
	struct fx_pace *p = fx_map_ptr(&f->paces, k);
	if (p)
		return p;
	p = FX_NEW(&f->arena, struct fx_pace);
	p->flow = fx_arena_str(&f->arena, flow);
	p->milestone = fx_arena_str(&f->arena, milestone);
	fx_map_put(&f->paces, fx_arena_str(&f->arena, k), NULL)->v.ptr = p;
	if (f->npace == f->pace_cap) {
		f->pace_cap = f->pace_cap ? f->pace_cap * 2 : 16;
		f->pace = fx_realloc(f->pace, f->pace_cap, sizeof(*f->pace));
	}
	f->pace[f->npace++] = p;
	return p;
}

struct fx_rule_version *fx_figures_rule(struct fx_figures *f, struct fx_str rule, uint64_t version)
{
	struct fx_str both[2] = {rule, {(const char *)&version, sizeof(version)}};
	struct fx_str k = joined(&f->scratch, both, 2);
	struct fx_rule_version *v = fx_map_ptr(&f->rules, k);
	if (v)
		return v;
	v = FX_NEW(&f->arena, struct fx_rule_version);
	*v = (struct fx_rule_version){.rule = fx_arena_str(&f->arena, rule),
	                              .version = version,
	                              .published = FX_TIME_NONE,
	                              .first = FX_TIME_NONE,
	                              .last = FX_TIME_NONE};
	fx_map_put(&f->rules, fx_arena_str(&f->arena, k), NULL)->v.ptr = v;
	return v;
}

struct fx_pace_slot *fx_pace_slot(struct fx_pace *p, size_t k)
{
	if (k >= p->n) {
		size_t n = k + 1 > p->n * 2 ? k + 1 : p->n * 2;
		p->slot = fx_realloc(p->slot, n, sizeof(*p->slot));
		memset(p->slot + p->n, 0, (n - p->n) * sizeof(*p->slot));
		p->n = n;
	}
	return &p->slot[k];
}

bool fx_figures_registry_seen(struct fx_figures *f, struct fx_str digest, fx_time at)
{
	struct fx_registry_seen *r = fx_map_ptr(&f->registries, digest);
	bool fresh = !r;
	if (fresh) {
		r = FX_NEW(&f->arena, struct fx_registry_seen);
		*r = (struct fx_registry_seen){fx_arena_str(&f->arena, digest), at};
		fx_map_put(&f->registries, r->digest, NULL)->v.ptr = r;
	}
	if (at < r->at)
		r->at = at;
	return fresh;
}

bool fx_figures_published(struct fx_figures *f, struct fx_str digest, fx_time at)
{
	if (at < f->published || (at == f->published && fx_str_cmp(digest, f->registry) <= 0))
		return false;
	f->published = at;
	f->registry = fx_arena_str(&f->arena, digest);
	f->nobjective = 0;
	return true;
}

void fx_figures_objective(struct fx_figures *f, struct fx_str flow, struct fx_str text,
                          struct fx_str notify)
{
	f->objective = fx_realloc(f->objective, f->nobjective + 1, sizeof(*f->objective));
	f->objective[f->nobjective++] =
	    (struct fx_objective){fx_arena_str(&f->arena, flow), fx_arena_str(&f->arena, text),
	                          fx_arena_str(&f->arena, notify)};
}

/* ---- the hooks ------------------------------------------------------------ */

static bool within(const struct fx_figures *f, fx_time at)
{
	return (f->opt.since == FX_TIME_NONE || at >= f->opt.since) &&
	       (f->opt.until == FX_TIME_NONE || at < f->opt.until) && at <= f->opt.now;
}

static uint32_t array_of(const struct fx_tape *t, uint32_t obj, const char *name)
{
	uint32_t a = obj == FX_NONE ? FX_NONE : fx_tape_get(t, obj, fx_str(name));
	return a != FX_NONE && fx_tape_type(t, a) == FX_ARRAY ? a : FX_NONE;
}

static void read_rules(struct fx_figures *f, const struct fx_tape *t, uint32_t registry, fx_time at)
{
	uint32_t rules = array_of(t, registry, "rules");
	for (uint32_t i = rules + 1; rules && i < t->node[rules].next; i = fx_tape_next(t, i)) {
		struct fx_str rule = fx_tape_get_str(t, i, FX_STR("rule"), &f->scratch);
		uint32_t number = fx_tape_get(t, i, FX_STR("version"));
		uint64_t version;
		if (!rule.n || number == FX_NONE || fx_str_u64(fx_tape_raw(t, number), &version))
			continue;
		struct fx_rule_version *v = fx_figures_rule(f, rule, version);
		if (v->published == FX_TIME_NONE || at < v->published)
			v->published = at;
	}
}

static void read_registry(struct fx_figures *f, const struct fx_tape *t, fx_time at)
{
	uint32_t registry = fx_tape_get(t, 0, FX_STR("registry"));
	uint32_t owners = array_of(t, registry, "owners"), slos = array_of(t, registry, "slos");
	struct fx_arena *a = &f->scratch;
	for (uint32_t i = owners + 1; owners && i < t->node[owners].next; i = fx_tape_next(t, i)) {
		struct fx_str id = fx_tape_get_str(t, i, FX_STR("id"), a);
		if (id.p)
			fx_figures_owner_kind(
			    f, id, fx_str_is(fx_tape_get_str(t, i, FX_STR("kind"), a), "team"), at);
	}
	if (at > f->opt.now || registry == FX_NONE)
		return;
	read_rules(f, t, registry, at);
	if (!fx_figures_published(f, fx_tape_get_str(t, 0, FX_STR("digest"), a), at))
		return;
	struct fx_str maintainer = fx_tape_get_str(t, registry, FX_STR("maintainer"), a);
	for (uint32_t i = slos + 1; slos && i < t->node[slos].next; i = fx_tape_next(t, i)) {
		struct fx_str flow = fx_tape_get_str(t, i, FX_STR("flow"), a);
		struct fx_str text = fx_tape_get_str(t, i, FX_STR("objective"), a);
		struct fx_str notify = fx_tape_get_str(t, i, FX_STR("notify"), a);
		if (flow.p && text.p)
			fx_figures_objective(f, flow, text, notify.n ? notify : maintainer);
	}
}

void fx_figures_registry(struct fx_figures *f, const struct fx_tape *t)
{
	fx_time at;
	fx_arena_reset(&f->scratch);
	struct fx_str when = fx_tape_get_str(t, 0, FX_STR("at"), &f->scratch);
	if (fx_str_is(fx_tape_get_str(t, 0, FX_STR("event"), &f->scratch), "registry.published") &&
	    when.p && fx_time_parse(when, &at) == 0)
		read_registry(f, t, at);
}

static void on_entry(void *user, const struct fx_tape *t, uint64_t index)
{
	struct fx_figures *f = user;
	(void)index;
	fx_arena_reset(&f->scratch);
	f->entries++;
	if (f->opt.on_entry)
		f->opt.on_entry(f->opt.user, t);
	fx_time at;
	struct fx_str type = fx_tape_get_str(t, 0, FX_STR("event"), &f->scratch);
	struct fx_str when = fx_tape_get_str(t, 0, FX_STR("at"), &f->scratch);
	if (!type.p || !when.p || fx_time_parse(when, &at))
		return;
	bool registry = fx_str_is(type, "registry.published");
	if (registry) {
		struct fx_str digest = fx_tape_get_str(t, 0, FX_STR("digest"), &f->scratch);
		f->entries -= !fx_figures_registry_seen(f, digest.n ? digest : when, at);
		read_registry(f, t, at);
		fx_due_note(&f->clock, t, &f->scratch);
	}
	if (!within(f, at))
		return;
	fx_figures_event(f, type)->n += !registry; /* those are told by fx_figures_end */
	if (f->first_entry == FX_TIME_NONE || at < f->first_entry)
		f->first_entry = at;
	if (at > f->last_entry)
		f->last_entry = at;
}

/* A dotted path; {NULL, 0} when the record has no such value or it is null. */
static struct fx_str path_value(struct fx_figures *f, const struct fx_tape *t, uint32_t node,
                                struct fx_str path)
{
	while (path.n) {
		size_t dot = fx_str_find(path, '.');
		node = fx_tape_get(t, node, (struct fx_str){path.p, dot});
		if (node == FX_NONE)
			return (struct fx_str){NULL, 0};
		size_t eaten = dot < path.n ? dot + 1 : dot;
		path.p += eaten;
		path.n -= eaten;
	}
	if (fx_tape_type(t, node) == FX_NULL)
		return (struct fx_str){NULL, 0};
	if (fx_tape_type(t, node) == FX_STRING)
		return fx_tape_str(t, node, &f->scratch);
	return fx_tape_raw(t, node);
}

static struct fx_str attribute(struct fx_figures *f, const struct fx_tape *t, struct fx_str by)
{
	static const struct {
		const char *by, *member;
	} known[] = {{"flow", "flow_id"},
	             {"owner", "owner_id"},
	             {"rule", "rule_id"},
	             {"carrier", "preferred_carrier"}};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (fx_str_is(by, known[i].by))
			return path_value(f, t, 0, fx_str(known[i].member));
	if (fx_str_is(by, "rule_version")) {
		struct fx_str rule = path_value(f, t, 0, FX_STR("rule_id"));
		struct fx_str version = path_value(f, t, 0, by);
		if (!rule.p)
			return rule;
		return fx_arena_fmt(&f->scratch, "%.*s@%.*s", FX_FMT(rule), FX_FMT(version));
	}
	uint32_t decision = fx_tape_get(t, 0, FX_STR("decision"));
	uint32_t context =
	    decision == FX_NONE ? FX_NONE : fx_tape_get(t, decision, FX_STR("context"));
	uint32_t named = context == FX_NONE ? FX_NONE : fx_tape_get(t, context, by);
	if (named != FX_NONE)
		return path_value(f, t, named, (struct fx_str){NULL, 0});
	return path_value(f, t, 0, by);
}

static void on_assigned(void *user, struct fx_task *task, const struct fx_tape *t)
{
	struct fx_figures *f = user;
	struct fx_str key[FX_BY_MAX];
	if (!within(f, task->assigned->at))
		return;
	for (size_t i = 0; i < f->opt.nby; i++)
		key[i] = attribute(f, t, f->opt.by[i]);
	task->user = fx_figures_group(f, key);
}

/* ---- measuring ------------------------------------------------------------- */

static void measure(struct fx_interval *i, fx_time from, fx_time to)
{
	if (to >= from) {
		fx_sketch_add(&i->took, to - from);
		return;
	}
	i->negative++;
	if (to - from < i->worst)
		i->worst = to - from;
}

/* From a point to one that may not be reached; going says that it still may. */
static void measure_to(struct fx_interval *i, fx_time from, fx_time to, bool going)
{
	if (to != FX_TIME_NONE)
		measure(i, from, to);
	else if (going)
		i->open++;
}

/* The promise's moment: met in time, or its time passed. */
static void count_pace(struct fx_figures *f, const struct fx_task *t, const struct fx_promise *p)
{
	if (!p->milestone || !t->flow || p->due == FX_TIME_NONE)
		return;
	fx_time due = fx_due_of(&f->clock, t, p);
	bool good = p->met != FX_TIME_NONE && p->met <= due;
	fx_time at = good ? p->met : due;
	if (at > f->opt.now || (!good && at == f->opt.now) ||
	    (!good && p->met == FX_TIME_NONE && t->closed != FX_TIME_NONE && t->closed <= due))
		return;
	uint64_t slot = (uint64_t)(f->opt.now - at) / (uint64_t)FX_PACE;
	if (slot >= FX_PACE_SLOTS)
		return;
	struct fx_pace *pace = fx_figures_pace(f, t->flow->s, p->milestone->s);
	if (good)
		fx_pace_slot(pace, slot)->good++;
	else
		fx_pace_slot(pace, slot)->bad++;
}

static void count_promise(struct fx_figures *f, struct fx_group *g, const struct fx_task *t,
                          const struct fx_promise *p)
{
	if (!p->milestone)
		return;
	struct fx_attainment *a = fx_group_milestone(f, g, p->milestone->s);
	fx_time due = p->due == FX_TIME_NONE ? FX_TIME_NONE : fx_due_of(&f->clock, t, p);
	if (due == FX_TIME_NONE) {
		a->untold++;
	} else if (p->met != FX_TIME_NONE && p->met <= due) {
		a->met++;
	} else if (p->met != FX_TIME_NONE) {
		a->late++;
		fx_sketch_add(&a->lateness, p->met - due);
	} else if (t->closed != FX_TIME_NONE && t->closed <= due) {
		a->lapsed++;
	} else if (due < f->opt.now) {
		a->overdue++;
	} else {
		a->pending++;
	}
}

static void count_handover(struct fx_figures *f, struct fx_str from, struct fx_str to)
{
	struct fx_buf b = {0};
	fx_buf_byte(&b, '[');
	fx_json_string(&b, from);
	fx_buf_byte(&b, ',');
	fx_json_string(&b, to);
	fx_buf_byte(&b, ']');
	fx_tally_of(f, &f->handover, &f->nhandover, fx_buf_view(&b))->n++;
	fx_buf_free(&b);
}

static void count_tenures(struct fx_figures *f, struct fx_group *g, const struct fx_task *t)
{
	bool back = false;
	fx_tally_of(f, &g->owner, &g->nowner, t->owner0->s)->n++;
	for (uint32_t i = 1; i < t->ntenure; i++) {
		count_handover(f, t->tenure[i - 1].owner->s, t->tenure[i].owner->s);
		if (t->tenure[i].by && fx_str_is(t->tenure[i].by->type->s, "handoff.manual")) {
			g->handed_over++;
		} else {
			g->rerouted++;
			fx_tally_of(f, &g->owner, &g->nowner, t->tenure[i].owner->s)->n++;
		}
		for (uint32_t k = 0; k < i; k++)
			back |= t->tenure[k].owner == t->tenure[i].owner;
	}
	g->flapped += back;
}

/* Whatever the window: a version is deployed once. */
static void count_rule(struct fx_figures *f, const struct fx_task *t)
{
	fx_time at = t->assigned->at;
	if (!t->rule)
		return;
	struct fx_rule_version *v = fx_figures_rule(f, t->rule->s, t->rule_version);
	v->tasks++;
	v->excepted += t->nexceptions > 0;
	if (v->first == FX_TIME_NONE || at < v->first)
		v->first = at;
	if (at > v->last)
		v->last = at;
}

/* ---- orders that were counted before --------------------------------------- */

static uint64_t *slot_of(const struct fx_seen *s, uint64_t h)
{
	size_t i = (size_t)h & (s->cap - 1);
	while (s->v[i] && s->v[i] != h)
		i = (i + 1) & (s->cap - 1);
	return &s->v[i];
}

/* Of an order, in a group or (NULL) at all. */
static uint64_t seen_hash(const struct fx_order *o, const struct fx_group *g)
{
	uint64_t h = fx_str_hash(o->id);
	if (g)
		h = (h ^ (uint64_t)(uintptr_t)g) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32 ? h ^ h >> 32 : 1;
}

static bool seen_before(const struct fx_figures *f, const struct fx_order *o,
                        const struct fx_group *g)
{
	if (!f->opt.nby)
		g = NULL; /* there is one group, and all are in it */
	return f->seen.n && *slot_of(&f->seen, seen_hash(o, g));
}

static void see(struct fx_seen *s, uint64_t h)
{
	if (4 * s->n >= 3 * s->cap) {
		struct fx_seen more = {.n = s->n, .cap = s->cap ? s->cap * 2 : 1024};
		more.v = fx_alloc(more.cap, sizeof(*more.v));
		for (size_t i = 0; i < s->cap; i++)
			if (s->v[i])
				*slot_of(&more, s->v[i]) = s->v[i];
		free(s->v);
		*s = more;
	}
	uint64_t *slot = slot_of(s, h);
	s->n += !*slot;
	*slot = h;
}

/* again: the fold knew the order before, and forgot it. */
static void count_task(struct fx_figures *f, struct fx_group *g, const struct fx_task *t,
                       bool again)
{
	fx_time placed = t->trigger.at, decided = t->assigned->at;
	bool going = fx_task_open(t);
	g->tasks++;
	g->open += going;
	g->state[t->state]++;
	g->with_exception += t->nexceptions > 0;
	if (g->seen != t->order && !(again && seen_before(f, t->order, g)))
		g->orders++;
	g->seen = t->order;
	struct fx_hour *hour = fx_group_hour(g, decided / FX_HOUR - (decided % FX_HOUR < 0));
	hour->tasks++;
	hour->excepted += t->nexceptions > 0;
	if (g->first == FX_TIME_NONE || decided < g->first)
		g->first = decided;
	if (decided > g->last)
		g->last = decided;

	struct fx_interval *i = g->interval;
	measure(&i[FX_TRIGGER_TO_DECISION], placed, decided);
	measure_to(&i[FX_DECISION_TO_EXECUTION], decided, t->confirmed, going);
	measure_to(&i[FX_TRIGGER_TO_OUTCOME], placed,
	           t->completed != FX_TIME_NONE ? t->completed : t->shipped, going);
	measure_to(&i[FX_TRIGGER_TO_CONFIRMATION], placed, t->confirmed, going);
	measure_to(&i[FX_TRIGGER_TO_HANDOVER], placed, t->shipped, going);
	measure_to(&i[FX_TRIGGER_TO_DELIVERY], placed, t->completed,
	           going || t->state == FX_SHIPPED);
	for (uint32_t k = 0; k < t->npromises; k++)
		count_promise(f, g, t, &t->promises[k]);
	count_tenures(f, g, t);
}

/* The group of a failure (p NULL: of none) beside g, where --by asks for failures. */
static struct fx_group *of_failure(struct fx_figures *f, struct fx_group *g, struct fx_str failure)
{
	struct fx_str key[FX_BY_MAX];
	bool asked = false;
	for (size_t i = 0; i < f->opt.nby; i++) {
		bool here = fx_str_is(f->opt.by[i], "failure");
		key[i] = here ? failure : g->key[i];
		asked |= here;
	}
	return asked ? fx_figures_group(f, key) : g;
}

/* A task with exceptions is of its first one's failure. */
static struct fx_group *group_of(struct fx_figures *f, const struct fx_task *t)
{
	const struct fx_exception *first = NULL;
	for (const struct fx_exception *x = t->order->exceptions; x; x = x->next) {
		if (x->task != t || !x->last)
			continue;
		if (!first || x->opened->at < first->opened->at ||
		    (x->opened->at == first->opened->at && fx_str_cmp(x->id, first->id) < 0))
			first = x;
	}
	return first ? of_failure(f, t->user, first->failure->s) : t->user;
}

static void count_exception(struct fx_figures *f, const struct fx_exception *x)
{
	static const struct fx_str nothing[FX_BY_MAX];
	struct fx_group *g;
	if (!x->last || x->opened->at > f->opt.now)
		return;
	if (x->task)
		g = x->task->user;
	else
		g = within(f, x->opened->at) ? fx_figures_group(f, nothing) : NULL;
	if (!g)
		return;
	g = of_failure(f, g, x->failure->s);
	g->exceptions++;
	struct fx_tally *by = fx_tally_of(f, &g->failure, &g->nfailure, x->failure->s);
	by->n++;
	measure_to(&g->interval[FX_TIME_TO_RESOLUTION], x->opened->at, x->resolved, true);
	if (x->resolved != FX_TIME_NONE)
		g->resolved++;
	else
		by->open++;
}

static bool is_counted(const struct fx_task *t)
{
	return t->user && t->state != FX_WAITING;
}

static int count_order(void *user, struct fx_order *o)
{
	struct fx_figures *f = user;
	bool counted = false, again = false;
	fx_arena_reset(&f->scratch);
	for (struct fx_task *t = o->tasks; t; t = t->next) {
		if (t->state != FX_WAITING)
			count_rule(f, t);
		for (uint32_t i = 0; i < t->npromises && t->state != FX_WAITING; i++)
			count_pace(f, t, &t->promises[i]);
	}
	for (struct fx_task *t = o->tasks; t; t = t->next)
		if (is_counted(t)) {
			again = counted ? again : seen_before(f, o, NULL);
			t->user = group_of(f, t);
			count_task(f, t->user, t, again);
			counted = true;
		}
	f->orders += counted && !again;
	for (struct fx_exception *x = o->exceptions; x; x = x->next)
		count_exception(f, x);
	if (f->opt.on_order)
		f->opt.on_order(f->opt.user, o);
	/* Another order may come to lie at the same address. */
	for (struct fx_task *t = o->tasks; t; t = t->next)
		if (t->user)
			((struct fx_group *)t->user)->seen = NULL;
	return 0;
}

/* The fold forgets it: what still comes of it will look like a new order. */
static void on_closed(void *user, struct fx_order *o)
{
	struct fx_figures *f = user;
	count_order(f, o);
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (is_counted(t)) {
			see(&f->seen, seen_hash(o, NULL));
			if (f->opt.nby)
				see(&f->seen, seen_hash(o, t->user));
		}
}

struct fx_life *fx_figures_life(struct fx_figures *f)
{
	struct fx_life_opt opt = {.now = f->opt.now,
	                          .delivered = true,
	                          .live_from = FX_TIME_NONE,
	                          .user = f,
	                          .on_entry = on_entry,
	                          .on_assigned = on_assigned,
	                          .on_closed = on_closed};
	return fx_life_new(&opt);
}

void fx_figures_life_end(struct fx_figures *f, struct fx_life *l)
{
	fx_arena_reset(&f->scratch);
	fx_life_each(l, count_order, f);
	fx_life_free(l);
}

/* ---- reading off ----------------------------------------------------------- */

static int str_or_none(struct fx_str a, struct fx_str b)
{
	if (!a.p || !b.p)
		return (a.p != NULL) - (b.p != NULL);
	return fx_str_cmp(a, b);
}

static int by_key(const void *pa, const void *pb)
{
	const struct fx_group *a = *(struct fx_group *const *)pa,
	                      *b = *(struct fx_group *const *)pb;
	int c = 0;
	for (size_t i = 0; i < FX_BY_MAX && c == 0; i++)
		c = str_or_none(a->key[i], b->key[i]);
	return c;
}

static int by_name(const void *a, const void *b)
{
	return fx_str_cmp(((const struct fx_tally *)a)->name, ((const struct fx_tally *)b)->name);
}

static int by_flow(const void *pa, const void *pb)
{
	const struct fx_pace *a = *(struct fx_pace *const *)pa, *b = *(struct fx_pace *const *)pb;
	int c = fx_str_cmp(a->flow, b->flow);
	return c ? c : fx_str_cmp(a->milestone, b->milestone);
}

void fx_figures_end(struct fx_figures *f)
{
	if (f->npace)
		qsort(f->pace, f->npace, sizeof(struct fx_pace *), by_flow);
	if (f->ngroup)
		qsort(f->group, f->ngroup, sizeof(*f->group), by_key);
	uint64_t registries = 0;
	for (size_t i = 0; i < f->registries.n; i++)
		registries += within(f, ((struct fx_registry_seen *)f->registries.e[i].v.ptr)->at);
	if (registries)
		fx_figures_event(f, FX_STR("registry.published"))->n = registries;
	free(f->event);
	f->nevent = 0;
	f->event = fx_alloc(f->events.n + 1, sizeof(*f->event));
	for (size_t i = 0; i < f->events.n; i++) {
		struct fx_tally *t = f->events.e[i].v.ptr;
		if (t->n)
			f->event[f->nevent++] = *t;
	}
	qsort(f->event, f->nevent, sizeof(*f->event), by_name);
}

static void add_tallies(struct fx_figures *f, struct fx_tally **to, size_t *nto,
                        const struct fx_tally *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fx_tally *t = fx_tally_of(f, to, nto, from[i].name);
		t->n += from[i].n;
		t->open += from[i].open;
	}
}

void fx_figures_add_group(struct fx_figures *f, struct fx_group *g, const struct fx_group *o)
{
	g->orders += o->orders;
	g->tasks += o->tasks;
	g->open += o->open;
	for (size_t i = 0; i <= FX_SUPERSEDED; i++)
		g->state[i] += o->state[i];
	g->with_exception += o->with_exception;
	g->exceptions += o->exceptions;
	g->resolved += o->resolved;
	g->handed_over += o->handed_over;
	g->rerouted += o->rerouted;
	g->flapped += o->flapped;
	if (o->first != FX_TIME_NONE && (g->first == FX_TIME_NONE || o->first < g->first))
		g->first = o->first;
	if (o->last > g->last)
		g->last = o->last;
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *to = &g->interval[i];
		fx_sketch_merge(&to->took, &o->interval[i].took);
		to->negative += o->interval[i].negative;
		to->open += o->interval[i].open;
		if (o->interval[i].worst < to->worst)
			to->worst = o->interval[i].worst;
	}
	for (size_t i = 0; i < o->nmilestone; i++) {
		const struct fx_attainment *from = &o->milestone[i];
		struct fx_attainment *to = fx_group_milestone(f, g, from->milestone);
		to->met += from->met;
		to->late += from->late;
		to->overdue += from->overdue;
		to->pending += from->pending;
		to->lapsed += from->lapsed;
		to->untold += from->untold;
		fx_sketch_merge(&to->lateness, &from->lateness);
	}
	add_tallies(f, &g->failure, &g->nfailure, o->failure, o->nfailure);
	add_tallies(f, &g->owner, &g->nowner, o->owner, o->nowner);
	for (size_t i = 0; i < o->nhour; i++) {
		struct fx_hour *hour = fx_group_hour(g, o->hour[i].hour);
		hour->tasks += o->hour[i].tasks;
		hour->excepted += o->hour[i].excepted;
	}
}

void fx_figures_total(struct fx_figures *f, struct fx_group *out)
{
	*out = (struct fx_group){.first = FX_TIME_NONE, .last = FX_TIME_NONE, .total = true};
	for (size_t i = 0; i < f->ngroup; i++)
		fx_figures_add_group(f, out, f->group[i]);
	out->orders = f->orders;
}

uint64_t fx_group_to_teams(const struct fx_figures *f, const struct fx_group *g)
{
	uint64_t n = 0;
	for (size_t i = 0; i < g->nowner; i++) {
		const struct fx_owner_kind_of *o = fx_map_ptr(&f->owners, g->owner[i].name);
		if (o && o->team)
			n += g->owner[i].n;
	}
	return n;
}

double fx_group_handoffs_per_1000(const struct fx_figures *f, const struct fx_group *g)
{
	if (g->orders == 0)
		return -1;
	return (double)(g->handed_over + fx_group_to_teams(f, g)) * 1000 / (double)g->orders;
}

double fx_group_exception_rate(const struct fx_group *g)
{
	return g->tasks ? (double)g->with_exception / (double)g->tasks : -1;
}

double fx_attained(const struct fx_attainment *a)
{
	uint64_t all = a->met + a->late + a->overdue;
	return all ? (double)a->met / (double)all : -1;
}
