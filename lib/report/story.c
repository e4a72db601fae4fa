#include "report/story.h"

#include <stdlib.h>
#include <string.h>

void fx_story_init(struct fx_story *s, struct fx_str order_id, fx_time now)
{
	struct fx_life_opt opt = {
	    .now = now, .keep = true, .delivered = true, .live_from = FX_TIME_NONE};
	*s = (struct fx_story){.now = now};
	s->order_id = fx_arena_str(&s->arena, order_id);
	s->life = fx_life_new(&opt);
}

static int add(struct fx_story *s, struct fx_told **list, size_t *n, size_t *cap,
               struct fx_str entry, struct fx_err *err)
{
	if (*n == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		*list = fx_realloc(*list, *cap, sizeof(**list));
	}
	struct fx_told *t = &(*list)[*n];
	*t = (struct fx_told){.at = FX_TIME_NONE};
	t->text = fx_arena_str(&s->arena, entry);
	if (fx_tape_read(&t->tape, t->text, err) || fx_tape_type(&t->tape, 0) != FX_OBJECT) {
		fx_tape_free(&t->tape);
		return fx_fail(err, FX_EDATA, "no JSON object");
	}
	struct fx_str at = fx_tape_get_str(&t->tape, 0, FX_STR("at"), &s->arena);
	if (!at.p || fx_time_parse(at, &t->at))
		t->at = FX_TIME_NONE;
	(*n)++;
	return 0;
}

int fx_story_add(struct fx_story *s, struct fx_str entry, uint64_t index, struct fx_str token,
                 enum fx_told_how vouched, struct fx_err *err)
{
	if (add(s, &s->told, &s->ntold, &s->cap, entry, err))
		return -1;
	struct fx_told *t = &s->told[s->ntold - 1];
	t->index = index;
	t->token = fx_arena_str(&s->arena, token);
	t->vouched = vouched;
	fx_life_add_tape(s->life, &t->tape, index);
	return 0;
}

int fx_story_registry(struct fx_story *s, struct fx_str entry, struct fx_err *err)
{
	if (add(s, &s->published, &s->npublished, &s->pubcap, entry, err))
		return -1;
	fx_due_note(&s->clock, &s->published[s->npublished - 1].tape, &s->arena);
	return 0;
}

static int by_time(const void *pa, const void *pb)
{
	const struct fx_told *a = pa, *b = pb;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

void fx_story_end(struct fx_story *s)
{
	if (s->ntold)
		qsort(s->told, s->ntold, sizeof(*s->told), by_time);
	s->order = fx_life_order(s->life, s->order_id);
}

void fx_story_free(struct fx_story *s)
{
	for (size_t i = 0; i < s->ntold; i++)
		fx_tape_free(&s->told[i].tape);
	for (size_t i = 0; i < s->npublished; i++)
		fx_tape_free(&s->published[i].tape);
	free(s->told);
	free(s->published);
	fx_due_free(&s->clock);
	fx_life_free(s->life);
	fx_arena_free(&s->arena);
}

struct fx_str fx_told_member(struct fx_story *s, const struct fx_told *t, const char *name)
{
	uint32_t v = fx_tape_get(&t->tape, 0, fx_str(name));
	if (v == FX_NONE || fx_tape_type(&t->tape, v) == FX_NULL)
		return (struct fx_str){NULL, 0};
	if (fx_tape_type(&t->tape, v) == FX_STRING)
		return fx_tape_str(&t->tape, v, &s->arena);
	return fx_tape_raw(&t->tape, v);
}

const struct fx_task *fx_story_task(const struct fx_story *s, struct fx_str id)
{
	for (const struct fx_task *t = s->order ? s->order->tasks : NULL; t; t = t->next)
		if (fx_str_eq(t->id, id))
			return t;
	return NULL;
}

fx_time fx_story_since(const struct fx_task *t)
{
	if (t->state == FX_CONFIRMED && t->confirmed != FX_TIME_NONE)
		return t->confirmed;
	if (t->state == FX_SHIPPED && t->shipped != FX_TIME_NONE)
		return t->shipped;
	if (t->state == FX_COMPLETED && t->completed != FX_TIME_NONE)
		return t->completed;
	return t->state >= FX_COMPLETED && t->closed != FX_TIME_NONE
	           ? t->closed
	           : t->tenure[t->ntenure - 1].from;
}

static struct fx_str maintainer_in(struct fx_story *s, const struct fx_tape *t,
                                   const struct fx_task *task)
{
	uint32_t registry = fx_tape_get(t, 0, FX_STR("registry"));
	uint32_t rules = registry ? fx_tape_get(t, registry, FX_STR("rules")) : FX_NONE;
	if (rules == FX_NONE || fx_tape_type(t, rules) != FX_ARRAY)
		return (struct fx_str){NULL, 0};
	for (uint32_t i = rules + 1; i < t->node[rules].next; i = fx_tape_next(t, i)) {
		uint32_t version = fx_tape_get(t, i, FX_STR("version"));
		uint64_t v = 0;
		if (version == FX_NONE || fx_str_u64(fx_tape_raw(t, version), &v))
			continue;
		if (v == task->rule_version &&
		    fx_str_eq(fx_tape_get_str(t, i, FX_STR("rule"), &s->arena), task->rule->s))
			return fx_tape_get_str(t, i, FX_STR("maintainer"), &s->arena);
	}
	return (struct fx_str){NULL, 0};
}

struct fx_str fx_story_maintainer(const struct fx_story *story, const struct fx_task *task)
{
	struct fx_story *s = (struct fx_story *)story; /* its arena takes decoded strings */
	for (size_t i = 0; i < s->npublished && task->registry && task->rule; i++) {
		const struct fx_tape *t = &s->published[i].tape;
		if (fx_str_eq(fx_tape_get_str(t, 0, FX_STR("digest"), &s->arena),
		              task->registry->s))
			return maintainer_in(s, t, task);
	}
	return (struct fx_str){NULL, 0};
}

const char *fx_story_verdict(const struct fx_story *s, const struct fx_task *t,
                             const struct fx_promise *p, fx_time due)
{
	if (due == FX_TIME_NONE)
		return "untold";
	if (p->met != FX_TIME_NONE)
		return p->met <= due ? "met" : "late";
	if (t->closed != FX_TIME_NONE && t->closed <= due)
		return "lapsed";
	return due < s->now ? "overdue" : "pending";
}

fx_time fx_story_held_since(const struct fx_story *s)
{
	struct fx_held held[64];
	size_t n = s->order ? fx_order_holds(s->order, held, 64) : 0;
	return n && held[n - 1].to == INT64_MAX ? held[n - 1].from : FX_TIME_NONE;
}

/* The first of those in [from, to). */
struct due {
	struct fx_next first;
	fx_time from, to;
};

static void sooner(struct due *d, fx_time at, struct fx_str what)
{
	struct fx_next *n = &d->first;
	if (at == FX_TIME_NONE || at < d->from || at >= d->to ||
	    (n->at != FX_TIME_NONE && n->at <= at))
		return;
	n->at = at;
	n->what = what;
}

static struct fx_next first_due(struct fx_story *s, fx_time from, fx_time to)
{
	struct due n = {{FX_TIME_NONE, {NULL, 0}}, from, to};
	for (struct fx_task *t = s->order ? s->order->tasks : NULL; t; t = t->next) {
		if (!fx_task_open(t))
			continue;
		for (uint32_t i = 0; i < t->npromises; i++) {
			const struct fx_promise *p = &t->promises[i];
			fx_time due = fx_due_of(&s->clock, t, p);
			if (p->met == FX_TIME_NONE && p->milestone && due != INT64_MAX)
				sooner(&n, due, p->milestone->s);
		}
		if (t->fallback && t->progressed == FX_TIME_NONE && t->ntenure < 2)
			sooner(&n, t->fallback_at,
			       fx_arena_fmt(&s->arena, "the fallback to %.*s",
			                    FX_FMT(t->fallback->s)));
	}
	for (struct fx_exception *x = s->order ? s->order->exceptions : NULL; x; x = x->next)
		if (fx_exception_open(x))
			sooner(&n, x->due,
			       fx_arena_fmt(&s->arena, "the next step of %.*s",
			                    FX_FMT(x->failure->s)));
	return n.first;
}

struct fx_next fx_story_next(struct fx_story *s)
{
	return first_due(s, s->now, INT64_MAX);
}

struct fx_next fx_story_overdue(struct fx_story *s)
{
	return first_due(s, INT64_MIN + 1, s->now);
}
