#include "task/pool.h"

#include <stdlib.h>
#include <string.h>

void *fx_pool_get(struct fx_pool *p, size_t n)
{
	size_t class = (n + 15) / 16;
	void *o;

	if (n > FX_POOL_MAX)
		return fx_alloc(1, n);
	o = p->free[class];
	if (!o)
		return fx_arena_zalloc(&p->arena, class * 16);
	memcpy(&p->free[class], o, sizeof(void *));
	memset(o, 0, n);
	return o;
}

void fx_pool_put(struct fx_pool *p, void *o, size_t n)
{
	size_t class = (n + 15) / 16;

	if (!o || n == 0)
		return;
	if (n > FX_POOL_MAX) {
		free(o);
		return;
	}
	memcpy(o, &p->free[class], sizeof(void *));
	p->free[class] = o;
}

struct fx_str fx_pool_str(struct fx_pool *p, struct fx_str s)
{
	char *to;

	if (s.n == 0)
		return (struct fx_str){NULL, 0};
	to = fx_pool_get(p, s.n);
	memcpy(to, s.p, s.n);
	return (struct fx_str){to, s.n};
}

void fx_pool_str_put(struct fx_pool *p, struct fx_str s)
{
	union {
		const char *from;
		void *to;
	} u = {.from = s.p};

	fx_pool_put(p, u.to, s.n);
}

void fx_pool_free(struct fx_pool *p)
{
	fx_arena_free(&p->arena);
	memset(p, 0, sizeof(*p));
}
