/*
 * Private to the room: sorting the names of an object.
 */
#ifndef FX_JSON_SORT_H
#define FX_JSON_SORT_H

#include "json/tape.h"

typedef int fx_name_cmp(const struct fx_tape *t, uint32_t a, uint32_t b);

/*
 * Stable merge sort of n nodes from the bottom up: no recursion, and no input
 * makes it slow, as a hash table's worst case would.  spare takes n, too.
 * Returns the sorted one of the two.
 */
uint32_t *fx_sort_names(const struct fx_tape *t, uint32_t *v, uint32_t *spare, uint32_t n,
                        fx_name_cmp *cmp);

#endif
