/*
 * Names that a person gives, held against the registry before they do harm.
 */
#ifndef FX_TASK_KNOWN_H
#define FX_TASK_KNOWN_H

#include "base/app.h"
#include "ledger/store.h"
#include "rules/registry.h"

enum fx_name { FX_NAME_OWNER, FX_NAME_FAILURE, FX_NAME_FLOW };

/*
 * True when the registry knows the owner, the failure (of an exception path, of a milestone, one
 * that fx-escalate(1) itself opens; spaces count as hyphens) or the flow.  Else *near is
 * a name like it, in the arena or the registry; empty: there is none.
 */
bool fx_name_known(const struct fx_registry *r, enum fx_name what, struct fx_str name,
                   struct fx_arena *a, struct fx_str *near);

/* Those names, *n of them, some perhaps more than once; spans of the registry's, array in the arena. */
struct fx_str *fx_names(const struct fx_registry *r, enum fx_name what, struct fx_arena *a,
                        size_t *n);

/*
 * The open exceptions of an order, of one of its tasks where `task` is not empty: *n ids into the
 * arena.  0, or -1.
 */
int fx_open_exceptions(struct fx_ledger *from, struct fx_str order, struct fx_str task, fx_time now,
                       struct fx_arena *a, struct fx_str **ids, size_t *n, struct fx_err *err);

/*
 * For a shell's completion: the names of a kind to the command's output, a line each, each once:
 * the registry's "owners", "failures" and "flows"; the open "orders", "tasks" and "exceptions" of
 * the ledger, from the sweeps' snapshot on.  0, or -1 (FX_EUSAGE: no such kind).
 */
int fx_names_list(struct fx_app *app, const char *kind, struct fx_err *err);

#endif
