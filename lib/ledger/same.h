/*
 * Are two records the same JSON value, and if not, where do they differ?
 */
#ifndef FX_LEDGER_SAME_H
#define FX_LEDGER_SAME_H

#include "base/mem.h"
#include "json/tape.h"

/*
 * Objects without regard to order, strings as decoded, numbers as exact decimals (1.0 is
 * 1; no double comes in).  Top-level members named in except are passed over in both.
 * When they differ, where (may be NULL) gets the RFC 6901 pointer of the first place, in
 * a's order.  a: scratch.
 */
bool fx_same(const struct fx_tape *x, const struct fx_tape *y, const struct fx_str *except,
	     size_t n, struct fx_arena *a, struct fx_buf *where);
/* The same decimal number?  Both are JSON number texts. */
bool fx_same_number(struct fx_str x, struct fx_str y);

#endif
