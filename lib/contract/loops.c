/* Schemas that would come back to themselves for ever. */
#include <stdlib.h>

#include "contract/set.h"

/* Edges that stay at the same value: i counts from 0; NULL past the last, no edge is &gap. */
static const struct node *in_place(const struct node *n, size_t i)
{
	static const struct node gap;
	const struct logic_kw *l = n->logic;
	const struct node *single[] = {l ? l->ref : NULL, l ? l->not : NULL, l ? l->cond : NULL,
	                               l ? l->then : NULL, l ? l->otherwise : NULL};
	const size_t nsingle = sizeof(single) / sizeof(*single);

	if (i < nsingle)
		return single[i] ? single[i] : &gap;
	i -= nsingle;
	if (l) {
		const struct nodes *list[] = {&l->all, &l->any, &l->one};

		for (size_t k = 0; k < 3; k++) {
			if (i < list[k]->n)
				return list[k]->v[i];
			i -= list[k]->n;
		}
	}
	if (n->object && i < n->object->ndependent) {
		const struct node *d = n->object->dependent[i].schema;

		return d ? d : &gap;
	}
	return NULL;
}

struct visit {
	struct node *n;
	size_t edge;
};

/* A schema that comes back to itself at the same value would never end: refuse it. */
void set_find_loops(struct fx_schemas *s)
{
	struct visit *stack = NULL;
	size_t n = 0, cap = 0;

	for (struct node *from = s->first; from; from = from->next) {
		struct node *next = from->color ? NULL : from;

		while (next || n) {
			struct visit *v;
			const struct node *to;

			if (next) {
				if (n == cap)
					stack = fx_realloc(stack, cap = cap ? cap * 2 : 64,
					                   sizeof(*stack));
				next->color = 1;
				stack[n++] = (struct visit){next, 0};
				next = NULL;
			}
			v = &stack[n - 1];
			to = in_place(v->n, v->edge++);
			if (!to) {
				v->n->color = 2;
				n--;
			} else if (to->color == 1) {
				set_fault(s, v->n->file, v->n->pointer,
				          "this schema comes back to itself without going into the "
				          "value: the check would never end");
			} else if (to->file && to->color == 0) {
				next = (struct node *)(uintptr_t)to;
			}
		}
	}
	free(stack);
}
