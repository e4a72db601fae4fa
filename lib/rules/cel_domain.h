/* The values of an attribute that its conditions tell apart.  Inside CEL. */
#ifndef FX_RULES_CEL_DOMAIN_H
#define FX_RULES_CEL_DOMAIN_H

#include "rules/cel_ast.h"
#include "rules/cel_atom.h"

/* Verdicts as sets. */
enum { MAY_TRUE = 1, MAY_FALSE = 2, MAY_ERROR = 4, MAY_ANY = 7 };

enum cel_given {
	GIVEN_VALUE,
	GIVEN_ABSENT,
	GIVEN_NOWHERE, /* its parent is absent, too */
	GIVEN_OPAQUE   /* no attribute: the verdict of an opaque part */
};

struct cel_choice {
	enum cel_given given;
	cel_value value;        /* VALUE */
	unsigned char *verdict; /* by the variable's atoms: one bit of MAY_* each */
};

struct cel_variable {
	struct fx_str path, via;
	const struct fx_cel_type *type; /* NULL: unknown */
	struct fx_str only; /* the one value that it can have, a string; empty: any */
	bool required, nested;
	bool (*takes)(void *ctx, struct fx_str path, struct fx_str text); /* NULL: any text */
	void *ctx;
	const struct fx_cel_atom **atom;
	size_t natoms, cap;
	struct cel_choice *choice; /* one for each way that the atoms can turn out together */
	size_t nchoices;
	bool partial; /* some way may be missing */
};

/* Fill choices: what tells apart, each once, the plainest first, absence last. */
void cel_domain(struct fx_arena *a, struct cel_variable *v);

/*
 * Write the record that the choices make (NULL: none for this variable); with line, what is of
 * SKU is in lines[0].
 */
void cel_record(struct fx_buf *b, struct fx_arena *a, const struct cel_variable *var,
                const struct cel_choice *const *choice, uint32_t n, bool line);

#endif
