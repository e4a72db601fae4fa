/* URI references: RFC 3986, sections 3 and 5.  Private to the room. */
#ifndef FX_CONTRACT_URI_H
#define FX_CONTRACT_URI_H

#include "base/mem.h"

/*
 * ref resolved against base (5.2), in the arena.  base may be empty or relative:
 * then the result is as absolute as the two make it.
 */
struct fx_str uri_resolve(struct fx_arena *a, struct fx_str base, struct fx_str ref);
/* The part before '#'; *fragment (may be NULL) gets what follows, p NULL when there is no '#'. */
struct fx_str uri_cut(struct fx_str uri, struct fx_str *fragment);
/* A fragment with its %XX decoded, in the arena; p NULL when an escape is broken. */
struct fx_str uri_decode(struct fx_arena *a, struct fx_str s);
/* The part up to and with the last '/' (of the path), or empty. */
struct fx_str uri_folder(struct fx_str uri);

#endif
