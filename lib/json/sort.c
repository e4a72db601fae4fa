#include "json/sort.h"

#include <string.h>

uint32_t *fx_sort_names(const struct fx_tape *t, uint32_t *v, uint32_t *spare, uint32_t n,
                        fx_name_cmp *cmp)
{
	for (uint32_t run = 1; run < n; run *= 2) {
		uint32_t *swap = v;

		for (uint32_t lo = 0; lo < n; lo += 2 * run) {
			uint32_t mid = n - lo < run ? n : lo + run;
			uint32_t hi = n - mid < run ? n : mid + run;
			uint32_t a = lo, b = mid, o = lo;

			while (a < mid && b < hi)
				spare[o++] = cmp(t, v[a], v[b]) <= 0 ? v[a++] : v[b++];
			memcpy(spare + o, v + a, (mid - a) * sizeof(*v));
			memcpy(spare + o + (mid - a), v + b, (hi - b) * sizeof(*v));
		}
		v = spare;
		spare = swap;
	}
	return v;
}
