/*
 * Splice and replace: change some members of a record, leave every other byte.
 *
 * (design, section 2, Pass-through.)
 */
#ifndef FX_JSON_SPLICE_H
#define FX_JSON_SPLICE_H

#include "base/mem.h"
#include "json/tape.h"

struct fx_member {
	struct fx_str name; /* decoded; needs no escaping */
	struct fx_str json; /* the value's text; json.p NULL: take the member out */
};

/*
 * Append to out the object (node obj of the tape) with members set: one that is
 * there has its value replaced in place, the others are added before the closing
 * brace in the order given.  -1 when out is over its cap.
 */
int fx_splice(struct fx_buf *out, const struct fx_tape *t, uint32_t obj, const struct fx_member *m,
              size_t n);

#endif
