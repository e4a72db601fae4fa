/*
 * Inside the room: the canonical JSON of a registry and its digest.
 */
#ifndef FX_RULES_PUBLISH_H
#define FX_RULES_PUBLISH_H

#include "rules/registry.h"

/*
 * Fill r->canonical and r->digest: the documents merged (lists joined in order), without the
 * rules' tests, which decide nothing, tables as rules, with the schemas' bytes and fx's version.  published: the
 * value that the registry was read from, whose version and schemas stand; NULL: files.
 * -1 with err when it is too large for a record.
 */
int fx_publish(struct fx_registry *r, const json_t *published, struct fx_err *err);

/* "vendor no-confirmation" as "vendor-no-confirmation". */
struct fx_str fx_failure_name(struct fx_arena *a, struct fx_str s);

#endif
