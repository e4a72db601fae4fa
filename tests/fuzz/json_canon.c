/*
 * Canonical form: names ascend by UTF-16 code units (compared as such here), the form's form is
 * itself, and it is the same value as the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static size_t utf16(struct fx_str s, uint16_t *out)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
	size_t n = 0;

	while (p < end) {
		uint32_t c = *p++;
		int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

		c &= more == 0 ? 0x7f : more == 1 ? 0x1f : more == 2 ? 0x0f : 0x07;
		while (more-- > 0)
			c = c << 6 | (*p++ & 0x3fu);
		if (c < 0x10000) {
			out[n++] = (uint16_t)c;
		} else {
			out[n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			out[n++] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
		}
	}
	return n;
}

static bool ascend(struct fx_str a, struct fx_str b)
{
	uint16_t *u = malloc(2 * a.n + 2), *v = malloc(2 * b.n + 2);
	size_t n = utf16(a, u), m = utf16(b, v), i = 0;
	bool yes;

	while (i < n && i < m && u[i] == v[i])
		i++;
	yes = i < n && i < m ? u[i] < v[i] : n < m;
	free(u);
	free(v);
	return yes;
}

static void check_order(const struct fx_tape *t)
{
	struct fx_arena a = {0};

	for (uint32_t o = 0; o < t->n; o++) {
		uint32_t last = 0;

		if (fx_tape_type(t, o) != FX_OBJECT)
			continue;
		for (uint32_t i = o + 1; i < t->node[o].next; i = fx_tape_next(t, i)) {
			MUST(!last || ascend(fx_tape_str(t, last, &a), fx_tape_str(t, i, &a)));
			last = i;
		}
	}
	fx_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum fx_canon_mode modes[] = {FX_CANON_EXACT, FX_CANON_JCS};
	struct fx_tape t = {0}, u = {0};
	struct fx_buf once = {0}, twice = {0};
	struct fx_canon c = {0};

	if (fx_tape_read(&t, (struct fx_str){(const char *)data, size}, NULL) != 0)
		goto out;
	for (size_t k = 0; k < 2; k++) {
		fx_buf_reset(&once);
		fx_buf_reset(&twice);
		if (fx_canon(&c, &once, &t, 0, NULL, 0, modes[k], NULL) != 0)
			continue;
		MUST(fx_tape_read(&u, fx_buf_view(&once), NULL) == 0);
		MUST(u.n == t.n);
		check_order(&u);
		MUST(fx_canon(&c, &twice, &u, 0, NULL, 0, modes[k], NULL) == 0);
		MUST(fx_str_eq(fx_buf_view(&once), fx_buf_view(&twice)));
		/* the same from a tape that knows the names by now */
		fx_buf_reset(&twice);
		MUST(fx_tape_read(&t, (struct fx_str){(const char *)data, size}, NULL) == 0);
		MUST(fx_canon(&c, &twice, &t, 0, NULL, 0, modes[k], NULL) == 0);
		MUST(fx_str_eq(fx_buf_view(&once), fx_buf_view(&twice)));
		if (modes[k] == FX_CANON_EXACT)
			MUST(fx_same_value(&c, &t, 0, &u, 0, NULL, 0));
	}
out:
	fx_canon_free(&c);
	fx_buf_free(&once);
	fx_buf_free(&twice);
	fx_tape_free(&t);
	fx_tape_free(&u);
	return 0;
}
