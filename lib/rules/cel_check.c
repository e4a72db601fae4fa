/* Types, deduced and held against each other. */
#include "rules/cel_ast.h"

int cel_check(struct cel_unit *u, struct cel_node *root)
{
	(void)u;
	(void)root;
	return 0;
}

struct fx_str fx_cel_type_text(const struct fx_cel_type *t, struct fx_arena *a)
{
	(void)a;
	return t ? FX_STR("?") : FX_STR("none");
}
