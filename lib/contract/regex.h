/* Patterns: ECMA-262 (Unicode mode) as PCRE2 reads it.  Private to the room. */
#ifndef FX_CONTRACT_REGEX_H
#define FX_CONTRACT_REGEX_H

#include "base/mem.h"

struct regex;
struct regex_scratch;

/*
 * NULL when the text is no pattern of ECMA-262: *why says what is wrong (in the
 * arena) and *at the byte.  Taken, though ECMA's Unicode mode does not: an
 * escaped punctuation mark (\@) and a brace that repeats nothing.
 */
struct regex *regex_compile(struct fx_arena *a, struct fx_str pattern, struct fx_str *why,
                            size_t *at);
void regex_free(struct regex *r);

/* One reader's scratch: created at its first match. */
void regex_scratch_free(struct regex_scratch *x);
/* Somewhere in s, which must be UTF-8: 1; nowhere: 0; -1 when it takes more than the match limit.
 */
int regex_match(const struct regex *r, struct regex_scratch **x, struct fx_str s);

/* The same pattern in PCRE2's own writing, appended to out.  0, or -1 with why and at. */
int regex_translate(struct fx_buf *out, struct fx_str pattern, const char **why, size_t *at);

#endif
