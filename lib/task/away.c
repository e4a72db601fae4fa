#include "task/duty.h"

#include <stdlib.h>

/* The last re-route of the path's first n steps. */
static const struct fx_action *rerouted(const struct fx_path *p, uint32_t n, size_t *step)
{
	const struct fx_action *last = NULL;

	for (size_t i = 0; i < n && i < p->nsteps; i++)
		for (size_t k = 0; k < p->steps[i].nactions; k++)
			if (p->steps[i].actions[k].kind == FX_ACT_REROUTE) {
				last = &p->steps[i].actions[k];
				*step = i;
			}
	return last;
}

static const struct fx_path *path_of(const struct fx_registry *r)
{
	return fx_exception_path(r, FX_UNAVAILABLE, FX_STR("owner-unavailable"));
}

bool fx_away_possible(const struct fx_registry *r)
{
	const struct fx_path *p = path_of(r);
	size_t step;

	return p && rerouted(p, (uint32_t)p->nsteps, &step);
}

void fx_away_note(struct fx_sweeping *s, struct fx_str owner, struct fx_str id, uint32_t step)
{
	const struct fx_path *p = path_of(s->r);
	const struct fx_word *w = fx_life_word(s->l, owner);
	const struct fx_action *act;
	size_t at = 0, i = 0;

	act = p ? rerouted(p, step, &at) : NULL;
	if (!act)
		return;
	while (i < s->naway && s->away[i].owner != w)
		i++;
	/* A late entry may have opened a second one: the least id, whatever came in first. */
	if (i < s->naway && fx_str_cmp(s->away[i].id, id) < 0)
		return;
	if (i == s->naway)
		s->away = fx_realloc(s->away, ++s->naway, sizeof(*s->away));
	s->away[i] = (struct fx_away){.owner = w,
	                              .to = act->owner->id,
	                              .text = p->steps[at].text,
	                              .maintainer = p->maintainer,
	                              .id = fx_arena_str(&s->arena, id),
	                              .number = (uint32_t)at + 1};
}

const struct fx_away *fx_away_of(const struct fx_sweeping *s, const struct fx_word *owner)
{
	for (size_t i = 0; i < s->naway; i++)
		if (s->away[i].owner == owner && !fx_str_eq(s->away[i].to, owner->s))
			return &s->away[i];
	return NULL;
}

static bool accepted(const struct fx_task *t, const struct fx_word *owner)
{
	for (const struct fx_event *e = t->order->events; e && e != t->order->waiting; e = e->next)
		if (e->kind == FX_K_ATTEMPT && e->accepted && e->owner == owner &&
		    fx_str_eq(e->task_id, t->id))
			return true;
	return false;
}

bool fx_away_wants(const struct fx_sweeping *s, const struct fx_task *t)
{
	return t->progressed == FX_TIME_NONE &&
	       t->tenure[t->ntenure - 1].from + s->r->grace <= s->now && !accepted(t, t->owner);
}
