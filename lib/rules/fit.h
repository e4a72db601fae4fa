/*
 * From what the solver found to an order that the contract takes.
 *
 * A record of the members that matter becomes one of its event, with all that the contract
 * demands: what lacks is added, a value that the contract refuses is replaced by one that it
 * takes and that the predicates judge alike.  Each guess (rules/sample.h) is tried against the
 * contract itself.
 */
#ifndef FX_RULES_FIT_H
#define FX_RULES_FIT_H

#include "contract/contract.h"
#include "rules/cel_solve.h"
#include "rules/registry.h"

struct fx_fit {
	struct fx_str event; /* what the next record is to be, */
	bool line;           /* and whether it has a line */
	/* of the record that fitted last: the members that matter alone, in out_arena */
	struct fx_str brief;
	/* of the last that did not, for people: "/currency is ..., wanted ..."; empty: none was */
	struct fx_str refused;
	/* private */
	struct fx_arena *out_arena;
	struct fx_contract *contract; /* NULL: none to hold orders against */
	struct fx_str *name;          /* of each schema: its file's, */
	json_t **doc;                 /* and the document */
	size_t ndocs;
	struct fx_check check;
	struct fx_tape tape;
	struct fx_arena scratch, names;
	struct fx_doc *whole;     /* of each schema: the document once more, with its places */
	struct fx_schemas *parts; /* of single attributes: */
	struct fx_map part;       /* schema and attribute -> struct fx_schema, or NULL */
};

/*
 * For a registry's contract.  -1: a schema of it is wrong, errs; then no order is held against any.
 * A registry without a contract, or that came from no directory, has none.
 */
int fx_fit_init(struct fx_fit *f, const struct fx_registry *r, struct fx_errs *errs);
void fx_fit_free(struct fx_fit *f);

/*
 * Can an order of fit->event have that text as the attribute's value?  False only when it cannot:
 * by what the schema says of the attribute whatever else the order holds.  As fx_cel_takes.
 */
bool fx_fit_takes(void *fit, struct fx_str path, struct fx_str text);

/*
 * The solver's question with fit asked of each record that it finds, of an event and with a line
 * or without; then fx_cel_solve.  So FOUND is an order that the contract takes (fit->brief: what
 * matters of it), and what only orders show that it refuses is UNDECIDED, with fit->refused.
 */
enum fx_cel_sat fx_fit_solve(struct fx_fit *f, struct fx_arena *a, struct fx_cel_question *q,
                             struct fx_str event, bool line, struct fx_str *order);

#endif
