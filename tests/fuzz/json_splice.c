/*
 * Splicing into any object: the result is JSON, members named are set or gone, all
 * others stand in their order with their bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/splice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const struct fx_member set[] = {
    {{"a", 1}, {"{\"x\":[1]}", 9}}, {{"gone", 4}, {NULL, 0}},  {{"", 0}, {"null", 4}},
    {{"b", 1}, {NULL, 0}},          {{"lines", 5}, {"[]", 2}},
};
#define N (sizeof(set) / sizeof(set[0]))

static const struct fx_member *named(const struct fx_tape *t, uint32_t i)
{
	for (size_t k = 0; k < N; k++)
		if (fx_tape_str_eq(t, i, set[k].name))
			return &set[k];
	return NULL;
}

static void check(const struct fx_tape *old, const struct fx_tape *new)
{
	uint32_t o = 1, n = 1;

	/* In order: what was there and stays. */
	for (; o < old->node[0].next; o = fx_tape_next(old, o)) {
		const struct fx_member *m = named(old, o);

		if (m && !m->json.p)
			continue;
		MUST(n < new->node[0].next);
		MUST(fx_str_eq(fx_tape_raw(old, o), fx_tape_raw(new, n)));
		MUST(fx_str_eq(m ? m->json : fx_tape_raw(old, o + 1), fx_tape_raw(new, n + 1)));
		n = fx_tape_next(new, n);
	}
	/* Then what is new, in the order given. */
	for (size_t k = 0; k < N; k++) {
		if (!set[k].json.p || fx_tape_get(old, 0, set[k].name) != FX_NONE)
			continue;
		MUST(n < new->node[0].next);
		MUST(fx_tape_str_eq(new, n, set[k].name));
		MUST(fx_str_eq(set[k].json, fx_tape_raw(new, n + 1)));
		n = fx_tape_next(new, n);
	}
	MUST(n == new->node[0].next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_tape t = {0}, u = {0};
	struct fx_buf out = {0};

	if (fx_tape_read(&t, (struct fx_str){(const char *)data, size}, NULL) == 0 &&
	    fx_tape_type(&t, 0) == FX_OBJECT) {
		MUST(fx_splice(&out, &t, 0, set, N) == 0);
		MUST(fx_tape_read(&u, fx_buf_view(&out), NULL) == 0);
		check(&t, &u);
		/* Nothing to set: not a byte changes. */
		fx_buf_reset(&out);
		MUST(fx_splice(&out, &t, 0, NULL, 0) == 0);
		MUST(fx_str_eq(fx_buf_view(&out), fx_tape_raw(&t, 0)));
	}
	fx_buf_free(&out);
	fx_tape_free(&t);
	fx_tape_free(&u);
	return 0;
}
