/* What an expression names: paths and attributes.  Inside CEL. */
#ifndef FX_RULES_CEL_RESOLVE_H
#define FX_RULES_CEL_RESOLVE_H

#include "rules/cel_ast.h"

/*
 * The dotted path that a resolved node reads ("SKU.type"); *whole is false when it is only
 * a beginning of what the node reads ("lines" of lines[0]).  Empty when it reads none.
 */
struct fx_str cel_path(struct fx_arena *a, const struct cel_node *e, bool *whole);

/* Attributes in the order of first mention. */
struct cel_names {
	struct fx_arena *a;
	struct fx_str *v;
	size_t n, cap;
	bool line; /* SKU or line is named */
};
void cel_names(struct cel_names *out, const struct cel_node *e);

#endif
