#include "json/shape.h"

#include <stdlib.h>
#include <string.h>

/* Names below one node: so many are compared before a name is taken for one never met. */
#define CHILDREN 16
/* When so many names found no room, what there is no longer fits what comes. */
#define MISSED_MAX 4096

uint32_t fx_shape_find(struct fx_shapes *sh, uint32_t at, const unsigned char *p,
                       const unsigned char *end)
{
	uint32_t before = 0, i = sh->s[at].child;

	for (; i; before = i, i = sh->s[i].sibling)
		if (fx_shape_is(&sh->s[i], p, end))
			break;
	if (i && before) {
		sh->s[before].sibling = sh->s[i].sibling;
		sh->s[i].sibling = sh->s[at].child;
		sh->s[at].child = (uint16_t)i;
	}
	return i;
}

uint32_t fx_shape_add(struct fx_shapes *sh, uint32_t at, struct fx_str name)
{
	uint32_t children = 0;

	for (uint32_t i = sh->s[at].child; i; i = sh->s[i].sibling)
		children++;
	if (sh->n == FX_SHAPES || children == CHILDREN || sh->s[at].n == FX_SHAPE_NAMES ||
	    name.n > FX_SHAPE_NAME) {
		sh->missed++;
		return 0;
	}
	sh->s[sh->n] = (struct fx_shape){
	    .name = fx_arena_str(&sh->mem, name).p,
	    .len = (uint32_t)name.n,
	    .n = (uint16_t)(sh->s[at].n + 1),
	    .sibling = sh->s[at].child,
	};
	sh->s[at].child = (uint16_t)sh->n;
	return sh->n++;
}

static void clear(struct fx_shapes *sh)
{
	fx_arena_reset(&sh->mem);
	sh->s[0] = (struct fx_shape){0};
	sh->n = 1;
	sh->missed = sh->root = 0;
}

void fx_shape_refresh(struct fx_tape *t)
{
	if (!t->shapes) {
		t->shapes = fx_alloc(1, sizeof(*t->shapes));
		clear(t->shapes);
	} else if (t->shapes->missed > MISSED_MAX) {
		clear(t->shapes);
	}
}

void fx_shape_learn(const struct fx_tape *t, uint32_t obj, const uint32_t *sorted, uint32_t n)
{
	uint32_t shape = fx_tape_shape(t, obj);
	unsigned char *order;

	if (!shape || t->shapes->s[shape].order)
		return;
	order = fx_arena_alloc(&t->shapes->mem, n);
	for (uint32_t i = 0; i < n; i++) {
		order[i] = 0;
		for (uint32_t k = 0; k < n; k++)
			order[i] = (unsigned char)(order[i] + (sorted[k] < sorted[i]));
	}
	t->shapes->s[shape].order = order;
}

unsigned char *fx_tape_notes(const struct fx_tape *t, uint32_t obj)
{
	uint32_t shape = fx_tape_shape(t, obj);
	struct fx_shape *s = shape ? &t->shapes->s[shape] : NULL;

	if (s && !s->notes)
		s->notes = fx_arena_zalloc(&t->shapes->mem, s->n);
	return s ? s->notes : NULL;
}

void fx_shape_free(struct fx_shapes *sh)
{
	if (sh)
		fx_arena_free(&sh->mem);
	free(sh);
}
