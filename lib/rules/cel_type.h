/* Types and their unification, as in cel-go's checker.  Inside CEL. */
#ifndef FX_RULES_CEL_TYPE_H
#define FX_RULES_CEL_TYPE_H

#include "rules/cel_ast.h"

typedef struct fx_cel_type cel_type;

/* What the checker's variables stand for. */
struct cel_types {
	struct fx_arena *a;
	const cel_type **bound; /* by variable number; NULL: free */
	uint32_t n, cap;
};

/* A type without parameters. */
const cel_type *cel_t(enum fx_cel_type_kind kind);
const cel_type *cel_t1(struct fx_arena *a, enum fx_cel_type_kind kind, const cel_type *p);
const cel_type *cel_t2(struct fx_arena *a, enum fx_cel_type_kind kind, const cel_type *p,
                       const cel_type *q);
const cel_type *cel_t_optional(struct fx_arena *a, const cel_type *p);
/* T of optional_type(T), else NULL. */
const cel_type *cel_t_unwrap(const cel_type *t);
const cel_type *cel_t_var(struct cel_types *ts);
/* What t stands for now (its own parameters may still be variables). */
const cel_type *cel_t_find(const struct cel_types *ts, const cel_type *t);
/* With all variables replaced; free ones stay, or become dyn. */
const cel_type *cel_t_subst(struct cel_types *ts, const cel_type *t, bool free_to_dyn);
/* Can a value of t1 stand where t2 is wanted?  Binds variables only when it can. */
bool cel_t_assignable(struct cel_types *ts, const cel_type *t1, const cel_type *t2);
bool cel_t_assignable_all(struct cel_types *ts, const cel_type *const *a, const cel_type *const *b,
                          size_t n);
/* The same, binding nothing. */
bool cel_t_fits(struct cel_types *ts, const cel_type *const *a, const cel_type *const *b, size_t n);
bool cel_t_same(const cel_type *a, const cel_type *b);
/* The type of what is either; dyn when nothing else is. */
const cel_type *cel_t_join(struct cel_types *ts, const cel_type *a, const cel_type *b);
bool cel_t_number(const cel_type *t);
bool cel_t_dyn(const cel_type *t);
/* Where null may be. */
bool cel_t_null_ok(const cel_type *t);

#endif
