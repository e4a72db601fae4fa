/*
 * What a predicate says, taken apart: for the rules' index, and for exact reasoning in
 * lint and diff.
 */
#ifndef FX_RULES_CEL_ATOM_H
#define FX_RULES_CEL_ATOM_H

#include "rules/cel_value.h"

enum fx_cel_rel {
	FX_CEL_EQ, /* attribute == value[0]; numbers over their types, else false for another type
	            */
	FX_CEL_IN, /* attribute in [value[0], ...]; n may be 0 */
	FX_CEL_LT, /* attribute < value[0] */
	FX_CEL_LE,
	FX_CEL_GT,
	FX_CEL_GE,
	FX_CEL_PREFIX, /* attribute.startsWith(value[0]) */
	FX_CEL_ENDS,   /* attribute.endsWith(value[0]) */
	FX_CEL_HOLDS,  /* value[0] in attribute: a list's element, a map's key */
	FX_CEL_IS,     /* the attribute, a bool, is true */
	FX_CEL_HAS     /* has(attribute); an error only when its parent is absent */
};

/*
 * A condition on one attribute against constants (null, bool, numbers, strings, and for
 * via timestamp and duration those).  It is an error when the attribute is absent, and
 * for LT to GE, PREFIX, ENDS and IS when its type is not the constant's (numbers are one
 * type): the predicate is then false unless || or && absorb it, and !error is an error.
 */
struct fx_cel_atom {
	enum fx_cel_rel rel;
	struct fx_str path; /* as fx_cel_attrs tells it: "channel", "SKU.type" */
	struct fx_str
	    via; /* a function of the attribute alone that is compared: "double"; or empty */
	const struct fx_cel_value *value;
	size_t n;
	const struct fx_cel_type *type; /* of the attribute, as the contract says; NULL: unknown */
};

/* False when the expression is no such condition. */
bool fx_cel_atom(const struct fx_cel *e, struct fx_cel_atom *out);

enum fx_cel_logic {
	FX_CEL_ALL_OF,
	FX_CEL_ANY_OF,
	FX_CEL_NOT_OF, /* one part; an attribute != value is a NOT_OF an EQ */
	FX_CEL_ATOM,
	FX_CEL_CONST, /* true or false */
	FX_CEL_OPAQUE /* anything else: to be evaluated, not reasoned about */
};

struct fx_cel_formula {
	enum fx_cel_logic logic;
	const struct fx_cel_formula *part;
	size_t nparts;
	struct fx_cel_atom atom;
	bool value;                /* CONST */
	const struct fx_cel *expr; /* this part, to be tested alone; its source, its attributes */
};

/* The structure of a predicate, in the arena. */
const struct fx_cel_formula *fx_cel_formula(struct fx_arena *a, const struct fx_cel *e);

#endif
