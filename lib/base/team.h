/*
 * A team: threads that each do their part of one piece of work, and wait for the next.
 */
#ifndef FX_BASE_TEAM_H
#define FX_BASE_TEAM_H

#include <stddef.h>

#define FX_TEAM_MAX 16

struct fx_team;

/* n parts, 1 to FX_TEAM_MAX; the caller's own thread is one of them. */
struct fx_team *fx_team_new(size_t n);
/*
 * Call part(arg, i) once for each i from 0 to n - 1, at the same time as far as threads could be
 * had, and return when all have ended.  Part 0 is the caller's.
 */
void fx_team_do(struct fx_team *t, void (*part)(void *arg, size_t i), void *arg);
void fx_team_free(struct fx_team *t);

/* How many parts suit this machine: its processors, at most `most`. */
size_t fx_team_size(size_t most);

#endif
