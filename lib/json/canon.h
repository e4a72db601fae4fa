/*
 * Canonical form: RFC 8785 (JCS), and what is the same JSON value.
 */
#ifndef FX_JSON_CANON_H
#define FX_JSON_CANON_H

#include "json/tape.h"

enum fx_canon_mode {
	/*
	 * Numbers keep all their digits, so that two values have the same form when
	 * and only when they are the same.  What digests and comparisons want:
	 * JCS's doubles would let 1234567890123456781 pass for ...789.  Equal to
	 * JCS for every number that a double holds to its last digit.
	 */
	FX_CANON_EXACT,
	FX_CANON_JCS /* RFC 8785 to the letter */
};

/* Scratch, kept between calls; zero-initialise. */
struct fx_canon {
	uint32_t *names;
	size_t cap;
	struct fx_buf a, b;
};

/*
 * Append the canonical form of node i to out: members sorted by UTF-16 code units,
 * no white space, shortest escapes.  Members of node i itself that are named in
 * skip are left out.  0; -1 with FX_EDATA when a number has no such form
 * (fx_num_canon), with FX_ELIMIT when out is over its cap.
 */
int fx_canon(struct fx_canon *c, struct fx_buf *out, const struct fx_tape *t, uint32_t i,
             const struct fx_str *skip, size_t nskip, enum fx_canon_mode mode, struct fx_err *err);
/*
 * The same JSON value (members in any order, numbers as exact decimals, strings by
 * what their escapes mean), members of the two nodes named in skip left out?
 */
bool fx_same_value(struct fx_canon *c, const struct fx_tape *ta, uint32_t a,
                   const struct fx_tape *tb, uint32_t b, const struct fx_str *skip, size_t nskip);
void fx_canon_free(struct fx_canon *c);

#endif
