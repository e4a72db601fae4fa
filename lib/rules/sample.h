/*
 * Values that a JSON Schema is likely to take: guesses, to be tried against it.
 */
#ifndef FX_RULES_SAMPLE_H
#define FX_RULES_SAMPLE_H

#include <jansson.h>

#include "base/mem.h"

#define FX_SAMPLES 96

/*
 * JSON texts for the schema at a pointer (RFC 6901) of the document `root`, the likeliest first:
 * const, enum, examples and default, then what its pattern, lengths, format, bounds and type ask
 * for, as near to `like` (a string's value, or the text of another value) as can be.  Without a
 * document (NULL) some of each type; none when there is no schema at the pointer.  At most
 * FX_SAMPLES; in the arena.
 */
size_t fx_samples(struct fx_arena *a, const json_t *root, struct fx_str pointer, struct fx_str like,
                  struct fx_str out[FX_SAMPLES]);

/* Ways to write a pattern's text, joined by |. */
enum {
	FX_WAY_FOLLOW = 1, /* repeat for as long as `like` goes on */
	FX_WAY_FIRST = 2,  /* the first character of a class, else a plain one */
	FX_WAY_LAST = 4,
	FX_WAY_OTHER = 8 /* the second alternative, else the first */
};
/*
 * A text that a regular expression (ECMA-262; literals, classes, groups and quantifiers, ASCII
 * alone) is likely to match, with the characters of `like` in their places where they fit.
 * False when it holds anything else.
 */
bool fx_pattern_text(struct fx_arena *a, struct fx_str pattern, struct fx_str like, unsigned ways,
                     struct fx_str *out);

#endif
