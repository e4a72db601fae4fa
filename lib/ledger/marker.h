/*
 * What stands in the place of an erased entry: {"redacted":{"leaf":"HASH","by":INDEX},...}
 * It hashes to nothing; it says what the entry hashed to, and the tree says whether that is so.
 */
#ifndef FX_LEDGER_MARKER_H
#define FX_LEDGER_MARKER_H

#include "json/tape.h"
#include "ledger/tree.h"

/* No record may begin so: it is the ledger's own. */
#define FX_MARKER "{\"redacted\":"

/* Is the line a marker?  leaf and by (may be NULL) get what it says. */
bool fx_marker(struct fx_str line, struct fx_hash *leaf, uint64_t *by);
/* The leaf hash of a line: of the entry, or what its marker says. */
void fx_line_leaf(struct fx_str line, struct fx_hash *leaf);
/* Append the marker of an entry (t its tape), erased by the record at index `by`. */
void fx_marker_write(struct fx_buf *out, const struct fx_tape *t, struct fx_str entry, uint64_t by);

#endif
