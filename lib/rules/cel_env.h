/*
 * What a contract says of a record, for the type check of predicates and for lint.
 */
#ifndef FX_RULES_CEL_ENV_H
#define FX_RULES_CEL_ENV_H

#include <jansson.h>

#include "rules/cel_value.h"

/* The document that a $ref such as "common.json#/$defs/money" names ("common.json"), or NULL. */
typedef const json_t *fx_cel_find_doc(void *ctx, struct fx_str file);

/* A schema, and what the records that must meet it have as `event` (empty: anything). */
struct fx_cel_contract {
	const json_t *schema;
	struct fx_str event;
};

/*
 * Read from JSON Schemas (2020-12): properties, items, $ref, allOf, anyOf, oneOf, type, enum,
 * const, minimum, maximum; if/then/else, which is decided when it asks for the event alone. Several
 * contracts: a record meets one of them (a rule on several events); a field is known when one names
 * it.  The line under decision is an element of `lines`. Objects are taken as closed, whatever
 * additionalProperties says, but for a schema there or patternProperties: a rule that needs a field
 * has it named in the contract.  What cannot be told is dyn.  Copies what it needs into the arena;
 * find may be NULL.  NULL when no field is known.
 */
const struct fx_cel_env *fx_cel_env_new(struct fx_arena *a, const struct fx_cel_contract *v,
                                        size_t n, fx_cel_find_doc *find, void *ctx);

/*
 * The type of an attribute as fx_cel_attrs tells it ("channel", "SKU.type"), NULL when the
 * contract does not know it; *required (may be NULL): every record or line has it.
 */
const struct fx_cel_type *fx_cel_env_attr(const struct fx_cel_env *env, struct fx_str path,
                                          bool *required);

#endif
