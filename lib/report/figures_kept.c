/* What figures are kept in: groups and their lists, and what is known beside them. */
#include <stdlib.h>
#include <string.h>

#include "report/figures.h"

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

bool fx_figures_within(const struct fx_figures *f, fx_time at)
{
	return (f->opt.since == FX_TIME_NONE || at >= f->opt.since) &&
	       (f->opt.until == FX_TIME_NONE || at < f->opt.until) && at <= f->opt.now;
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

bool fx_figures_seen_before(const struct fx_figures *f, const struct fx_order *o,
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

void fx_figures_see(struct fx_figures *f, const struct fx_order *o, const struct fx_group *g)
{
	see(&f->seen, seen_hash(o, g));
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
		registries +=
		    fx_figures_within(f, ((struct fx_registry_seen *)f->registries.e[i].v.ptr)->at);
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
