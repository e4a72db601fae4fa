/*
 * Old segments put away, and copies that any tlog-tiles client can read.
 */
#ifndef FX_LEDGER_ARCHIVE_H
#define FX_LEDGER_ARCHIVE_H

#include "ledger/store.h"

struct fx_archive {
	uint64_t keep;    /* closed segments to leave as they are, counted from the last */
	const char *move; /* put the compressed files there, leaving links; NULL: in place */
	/* results */
	uint64_t segments; /* put away now */
	uint64_t before, after; /* bytes of them */
};
/*
 * Compress closed segments (zstd), each after its entries were checked against the tree and
 * the compressed copy against it.  Killed anywhere, each segment is there in one form at least.
 */
int fx_archive_segments(struct fx_ledger *l, struct fx_archive *a, struct fx_err *err);

struct fx_tiles {
	uint64_t tiles, bundles; /* files written now */
	/* entries over 65,535 bytes, and erased ones: their bundles cannot be written */
	uint64_t large, erased;
};
/*
 * Write or complete a copy in the layout of c2sp.org/tlog-tiles under dir (made when missing):
 * checkpoint (last), tile/L/N, tile/entries/N, partial ones as N.p/W.  Full tiles that are
 * there are left alone.
 */
int fx_archive_tiles(struct fx_ledger *l, const char *dir, struct fx_tiles *t, struct fx_err *err);

#endif
