/*
 * From what a person has in hand to an order's story.
 */
#ifndef FX_REPORT_FIND_H
#define FX_REPORT_FIND_H

#include "base/mem.h"
#include "ledger/store.h"
#include "report/story.h"

struct fx_witness;

/* Ledgers to look in (shards), and scratch. */
struct fx_finder {
	struct fx_ledger **ledger;
	size_t n;
	struct fx_witness *witness;
	struct fx_str *field; /* that fx_find_text looks in, "customer.email" */
	size_t nfield;
	struct fx_arena arena; /* what is found lives here */
};

int fx_finder_open(struct fx_finder *f, const char *const *dirs, size_t n, struct fx_err *err);
void fx_finder_close(struct fx_finder *f);

/* Order ids, each once. */
struct fx_found {
	struct fx_str *id;
	size_t n, cap;
	bool of_none; /* an entry was found that is of no order */
};

/*
 * What is meant: an order's id (1051 is #1051, too, when there is no 1051), an audit token, a
 * task's id, the id of an event or exception of the toolkit's own; by the index.  Else another
 * event's or exception's id, for which the entries are read through.  0 with *out (nothing found:
 * out->n is 0), or -1.
 */
int fx_find(struct fx_finder *f, struct fx_str what, struct fx_found *out, struct fx_err *err);
/*
 * Let fx_find_text look in the fields that the contract in a registry's directory marks as
 * x-searchable: 1.  0: there is none, or it marks nothing; then in e-mail addresses, phone numbers,
 * customers' ids and tracking numbers.  -1 with every fault of the contract.
 */
int fx_finder_fields(struct fx_finder *f, const char *registry, struct fx_errs *errs);
/*
 * Orders whose records have the text in one of those fields, whole; the case of ASCII letters does
 * not count.  Reads the entries through.
 */
int fx_find_text(struct fx_finder *f, struct fx_str text, struct fx_found *out, struct fx_err *err);

/* Add all of an order's entries to its story, each checked, and the registries that decided. */
int fx_find_story(struct fx_finder *f, struct fx_story *s, struct fx_err *err);

#endif
