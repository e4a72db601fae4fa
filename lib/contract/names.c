#include "contract/node.h"

/* Fill the table by that multiplier; how many names did not find their own slot free. */
static unsigned fill(struct names *t, uint64_t mul)
{
	unsigned probes = 0;

	t->mul = mul;
	for (uint32_t i = 0; i <= t->mask; i++)
		t->slot[i].name = 0;
	for (uint32_t k = 0; k < t->n; k++) {
		struct fx_str s = t->name[k].text;
		struct key key = name_key(s, s.p + s.n);
		uint32_t i = names_slot(t, &key);

		for (; t->slot[i].name; i = (i + 1) & t->mask)
			probes++;
		t->slot[i] = (struct slot){key, k + 1};
	}
	return probes;
}

/*
 * A table four times as large as its names, by the best of 64 multipliers: the
 * usual contract then finds each name in its first slot.
 */
void names_build(struct names *t, struct fx_arena *a)
{
	uint64_t mul = 0x9e3779b97f4a7c15u, best = mul;
	unsigned least = ~0u, bits = 2;

	if (!t->n)
		return;
	while ((uint64_t)1 << bits < (uint64_t)t->n * 4)
		bits++;
	t->mask = (uint32_t)(((uint64_t)1 << bits) - 1);
	t->shift = 64 - bits;
	t->slot = FX_NEWV(a, struct slot, (size_t)t->mask + 1);
	for (int i = 0; i < 64 && least; i++) {
		unsigned probes = fill(t, mul);

		if (probes < least) {
			least = probes;
			best = mul;
		}
		mul = (mul * 6364136223846793005u + 1442695040888963407u) | 1;
	}
	fill(t, best);
}
