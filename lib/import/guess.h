/*
 * A first mapping, guessed from a CSV file's header and its first rows.
 */
#ifndef FX_IMPORT_GUESS_H
#define FX_IMPORT_GUESS_H

#include "base/err.h"
#include "base/mem.h"

/*
 * Append a mapping (YAML, fx-import(5)) for the file to out: delimiter and encoding from its bytes,
 * members from the names of its columns, time formats from their values.  What could not be
 * placed is in its comments.  1: order and time were found; 0: a person must name one of them
 * (FIXME in the text); -1 with err.
 */
int fx_guess(const char *path, struct fx_buf *out, struct fx_err *err);

#endif
