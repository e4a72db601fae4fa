/*
 * Small objects that come and go: free lists by size over one arena.
 *
 * Orders, tasks and events live as long as their order is open; giving them back
 * here keeps the memory of a long run that of what is open, without a system
 * allocator's header on each.
 */
#ifndef FX_TASK_POOL_H
#define FX_TASK_POOL_H

#include "base/mem.h"
#include "base/str.h"

#define FX_POOL_MAX 1024 /* larger objects are the system's */

struct fx_pool {
	struct fx_arena arena;
	void *free[FX_POOL_MAX / 16 + 1];
};

/* n bytes, zeroed, aligned to 16. */
void *fx_pool_get(struct fx_pool *p, size_t n);
/* Back, with the n that it was asked for; NULL and n 0 are fine. */
void fx_pool_put(struct fx_pool *p, void *o, size_t n);
/* A copy; the empty string takes nothing. */
struct fx_str fx_pool_str(struct fx_pool *p, struct fx_str s);
void fx_pool_str_put(struct fx_pool *p, struct fx_str s);
/* All but the large objects, which their owners must have put back. */
void fx_pool_free(struct fx_pool *p);

#endif
