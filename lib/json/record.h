/*
 * A record as it comes from outside, before anything is made of it.
 */
#ifndef FX_JSON_RECORD_H
#define FX_JSON_RECORD_H

#include "json/tape.h"

/*
 * fx_tape_read, and no NUL in what names things: `event`, `source`, `caused_by` and members
 * called `id` or something `_id`, at any depth.  Derived ids are hashes over such names with
 * a NUL between them, and a name ends up in a header, a file's name, a terminal.  0, or -1
 * with FX_EDATA and the tape empty.  What is no object is let through.
 */
int fx_record_read(struct fx_tape *t, struct fx_str line, struct fx_err *err);

#endif
