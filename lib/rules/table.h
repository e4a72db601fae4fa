/*
 * Decision tables: a CSV file whose rows are rules (fx-rules(5)).
 *
 * Inside the room.  Each row becomes the JSON of a rule, in a document whose lines are
 * those of the CSV file, so that it is read, told of, published and compared like any other.
 */
#ifndef FX_RULES_TABLE_H
#define FX_RULES_TABLE_H

#include "rules/read.h"

extern const struct fx_key FX_KEYS_TABLE[];

struct fx_table {
	const json_t *rule; /* the element of `rules` that names it */
	struct fx_doc doc;  /* {"rules": [a rule for each row]} */
};

/* Read the table that a rule names into *out; rows that are wrong are faults.  0, or -1. */
int fx_table_read(struct fx_loader *ld, struct fx_val rule, struct fx_table *out);
/* The table of a rule, or NULL. */
const struct fx_table *fx_table_of(const struct fx_registry *r, const json_t *rule);

#endif
