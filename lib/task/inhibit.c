#include "task/inhibit.h"

#include <stdlib.h>

#include "task/fold.h"

uint64_t fx_inhibits_marks(const struct fx_registry *r)
{
	uint64_t marks = 0;

	for (size_t i = 0; i < r->npaths; i++)
		if (r->paths[i].ninhibits)
			marks |= fx_failure_mark(r->paths[i].failure);
	return marks;
}

void fx_inhibitors_add(struct fx_inhibitors *v, const struct fx_inhibitor *one)
{
	if (v->n == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 8;
		v->v = fx_realloc(v->v, v->cap, sizeof(*v->v));
	}
	v->v[v->n++] = *one;
}

void fx_inhibitors_note(struct fx_inhibitors *v, struct fx_life *l, const struct fx_registry *r,
                        const struct fx_exception *x)
{
	const struct fx_path *p;
	struct fx_inhibitor one;
	struct fx_closed by;

	if (!fx_exception_open(x) || !x->last)
		return;
	p = fx_registry_path(r, x->failure->s);
	if (!p || p->ninhibits == 0 || fx_exception_closed(l, x, &by))
		return;
	one = (struct fx_inhibitor){.path = p, .carrier = x->opened->carrier, .id = x->id};
	if (x->task)
		one.owner = fx_task_owner_before(x->task, x->opened->at);
	else
		one.owner =
		    x->opened->about.n ? fx_life_word(l, x->opened->about) : x->opened->owner;
	fx_inhibitors_add(v, &one);
}

struct all {
	struct fx_inhibitors *v;
	struct fx_life *l;
	const struct fx_registry *r;
};

static int note_all(void *user, struct fx_order *o)
{
	struct all *a = user;

	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		fx_inhibitors_note(a->v, a->l, a->r, x);
	return 0;
}

void fx_inhibitors_collect(struct fx_inhibitors *v, struct fx_life *l, const struct fx_registry *r)
{
	if (fx_inhibits_marks(r))
		fx_life_each(l, note_all, &(struct all){v, l, r});
}

static bool names(const struct fx_path *p, struct fx_str failure)
{
	for (size_t i = 0; i < p->ninhibits; i++)
		if (fx_str_eq(p->inhibits[i], failure))
			return true;
	return false;
}

const struct fx_inhibitor *fx_inhibited(const struct fx_inhibitors *v, struct fx_str failure,
                                        const struct fx_task *t, const struct fx_word *owner)
{
	const struct fx_inhibitor *first = NULL;

	for (size_t i = 0; t && i < v->n; i++) {
		const struct fx_inhibitor *one = &v->v[i];

		if (!names(one->path, failure) ||
		    (one->carrier ? one->carrier != fx_task_carrier(t)
		                  : !one->owner || one->owner != owner))
			continue;
		if (!first || fx_str_cmp(one->id, first->id) < 0)
			first = one;
	}
	return first;
}

void fx_inhibitors_free(struct fx_inhibitors *v)
{
	free(v->v);
	*v = (struct fx_inhibitors){0};
}
