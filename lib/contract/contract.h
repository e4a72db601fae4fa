/*
 * The contract: which JSON Schema each event type must meet.
 *
 * A registry names it as pairs of event type and schema file, the first that
 * fits an event counting; a type may end in `*`.  Schemas are JSON Schema
 * 2020-12 (contract/schema.h), compiled once; a check reads the tape and
 * allocates nothing once its scratch has grown to the largest record.
 */
#ifndef FX_CONTRACT_CONTRACT_H
#define FX_CONTRACT_CONTRACT_H

#include "contract/schema.h"

struct fx_contract;

/* An empty contract.  assert_formats: `format` is checked, not only told. */
struct fx_contract *fx_contract_new(bool assert_formats);
void fx_contract_free(struct fx_contract *c);

/*
 * Add one pair: event is a type ("task.assigned"), a prefix with a trailing `*`
 * ("order.*"), or "*".  0, or -1 with every fault of the schema in errs.
 */
int fx_contract_add(struct fx_contract *c, struct fx_str event, const char *path,
                    struct fx_errs *errs);
/*
 * Add the pairs of the `contract:` lists in every .yaml of DIR, in lexical order of the
 * files; nothing else of the registry is looked at.  Schema files are relative
 * to DIR.  0 (also when no file has such a list), or -1 with every fault.
 */
int fx_contract_add_registry(struct fx_contract *c, const char *dir, struct fx_errs *errs);

/* How many pairs there are, and each of them in order; false past the last. */
size_t fx_contract_count(const struct fx_contract *c);
bool fx_contract_pair(const struct fx_contract *c, size_t i, struct fx_str *event,
                      const struct fx_schema **schema);
/* The schema of the first pair that fits, or NULL. */
const struct fx_schema *fx_contract_for(const struct fx_contract *c, struct fx_str event);

enum fx_verdict {
	FX_MEETS,
	FX_FAILS,    /* k holds the faults */
	FX_UNCOVERED /* no pair fits its event type: nothing is known against it */
};
/*
 * A record against the contract: an object, its `event` a string (unless the pair is for
 * "*"), its schema's demands; with `signed_too` an `audit_token`, too.
 */
enum fx_verdict fx_contract_check(const struct fx_contract *c, struct fx_check *k,
                                  const struct fx_tape *t, bool signed_too);

/*
 * The contract for people: for each pair a table of field, type, required and
 * meaning; as_json: an object a line with the same (event, path, type, required,
 * meaning, values).
 */
void fx_contract_describe(const struct fx_contract *c, struct fx_buf *out, bool as_json);

#endif
