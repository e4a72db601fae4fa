/*
 * Directories as lists of names.
 */
#ifndef FX_BASE_DIR_H
#define FX_BASE_DIR_H

#include "base/err.h"
#include "base/mem.h"

/*
 * The names in a directory but for those that begin with a dot, in byte order, in the arena.
 * 0; 1: there is no such directory (*n is 0); -1 with err (FX_EIO).
 */
int fx_dir_list(const char *dir, struct fx_arena *a, const char ***names, size_t *n,
		struct fx_err *err);

/* fsync a directory (name is relative to the descriptor at).  0, or -1 with errno. */
int fx_sync_dir(int at, const char *name);

#endif
