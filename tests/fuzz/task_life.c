/* The fold on hostile lines: whatever they say, each order settles, is asked, becomes bytes and
 * comes back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/codec.h"
#include "task/life.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static int ask(void *user, struct fx_order *o)
{
	struct fx_life *l = user;
	struct fx_held held[4];
	struct fx_notice notice[4];
	uint64_t context[FX_CONTEXT_MAX];
	struct fx_buf once = {0}, twice = {0};
	struct fx_codec c = {.l = l, .out = &once, .write = true};
	struct fx_life *other;
	struct fx_order *copy;
	size_t from;

	fx_order_holds(o, held, 4);
	fx_order_notices(l, o, notice, 4);
	fx_order_next(l, o);
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		MUST(fx_task_context(t, NULL, context) <= FX_CONTEXT_MAX);
		MUST(fx_task_owner_before(t, l->opt.now));
		fx_task_carrier(t);
	}
	for (const struct fx_exception *x = o->exceptions; x; x = x->next) {
		if (x->task)
			MUST(fx_task_context(x->task, x, context) <= FX_CONTEXT_MAX);
		for (const struct fx_event *e = o->events; e; e = e->next)
			fx_hold_ended(o, x, e);
	}
	MUST((fx_order_marks(o) & 1) == o->open);
	/* An order decoded in a life with the same words is the same order. */
	fx_code_global(&c);
	from = once.n;
	fx_code_order(&c, o);
	other = fx_life_new(&l->opt);
	for (size_t i = 0; i < l->words.n; i++)
		fx_life_word(other, l->words.e[i].key);
	copy = fx_pool_get(&other->pool, sizeof(*copy));
	c = (struct fx_codec){.l = other, .p = once.p, .end = once.p + once.n};
	fx_code_global(&c);
	fx_code_order(&c, copy);
	copy->dirty = true;
	fx_map_put(&other->orders, copy->id, NULL)->v.ptr = copy;
	fx_order_settle(other, copy);
	c = (struct fx_codec){.l = other, .out = &twice, .write = true};
	fx_code_order(&c, copy);
	MUST(!c.bad && once.n - from == twice.n);
	MUST(memcmp(once.p + from, twice.p, twice.n) == 0);
	MUST(copy->open == o->open);
	MUST(fx_order_next(other, copy) == fx_order_next(l, o));
	fx_life_free(other);
	fx_buf_free(&once);
	fx_buf_free(&twice);
	fx_order_close(l, o);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_life *l = fx_life_new(&(struct fx_life_opt){
	    .now = INT64_C(1795000000000000), .untold = size % 2 != 0, .live_from = FX_TIME_NONE});
	struct fx_str rest = {(const char *)data, size};
	uint64_t index = 0;

	while (rest.n) {
		size_t n = fx_str_find(rest, '\n');

		fx_life_add(l, (struct fx_str){rest.p, n}, index++, NULL);
		rest.p += n < rest.n ? n + 1 : n;
		rest.n -= n < rest.n ? n + 1 : n;
	}
	fx_life_each(l, ask, l);
	fx_life_set_now(l, INT64_MAX);
	fx_life_each(l, ask, l);
	fx_life_free(l);
	return 0;
}
