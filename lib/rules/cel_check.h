/* The type check's parts.  Inside CEL. */
#ifndef FX_RULES_CEL_CHECK_H
#define FX_RULES_CEL_CHECK_H

#include "rules/cel_type.h"

struct cel_checker {
	struct cel_unit *u;
	struct cel_types ts;
	const cel_type *slot[CEL_SLOTS];
};

/* The type of a node, noted in it; NULL with the unit's err.  All below likewise. */
const cel_type *cel_check_node(struct cel_checker *c, struct cel_node *n);
/* A type for messages. */
struct fx_str cel_type_words(struct cel_checker *c, const cel_type *t);

/* cel_check_ops.c */
bool cel_want_bool(struct cel_checker *c, struct cel_node *n);
const cel_type *cel_check_equal(struct cel_checker *c, struct cel_node *n);
const cel_type *cel_check_order(struct cel_checker *c, struct cel_node *n);
const cel_type *cel_check_in(struct cel_checker *c, struct cel_node *n);
const cel_type *cel_check_arith(struct cel_checker *c, struct cel_node *n);
const cel_type *cel_check_cond(struct cel_checker *c, struct cel_node *n);
const cel_type *cel_check_call(struct cel_checker *c, struct cel_node *n);
/* A function that the scope declares. */
const cel_type *cel_check_declared(struct cel_checker *c, struct cel_node *n);

#endif
