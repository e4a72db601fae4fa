/*
 * Predicates: the Common Expression Language over a record.
 *
 * Compiled once into an arena, evaluated on the tape without allocation beyond
 * the caller's scratch arena, bounded in steps and size.  `AND`, `OR`, `NOT` are
 * other spellings of &&, ||, ! (NOT binds weaker than a comparison).
 * Variables: the record's top-level fields; SKU and line: the line under decision.
 */
#ifndef FX_RULES_CEL_H
#define FX_RULES_CEL_H

#include "base/err.h"
#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"

struct fx_cel;
struct fx_cel_env; /* what the contract says of fields and types; NULL: nothing is known */

/*
 * NULL with err: err->col is the byte offset in src of the token at fault, from 1.
 * src must live as long as the arena.
 */
const struct fx_cel *fx_cel_compile(struct fx_arena *a, struct fx_str src,
                                    const struct fx_cel_env *env, struct fx_err *err);

/* What a predicate is evaluated on. */
struct fx_cel_input {
	const struct fx_tape *tape; /* node 0: the record */
	uint32_t line;              /* node of the line under decision, or FX_NONE */
	struct fx_arena *scratch;   /* reset by the caller between records */
};

enum fx_cel_verdict { FX_CEL_FALSE, FX_CEL_TRUE, FX_CEL_ERROR };

/* A predicate's verdict; ERROR fills err->msg ("no such field: channel"); err may be NULL. */
enum fx_cel_verdict fx_cel_test(const struct fx_cel *e, const struct fx_cel_input *in,
                                struct fx_err *err);

/* True when the expression names SKU or line. */
bool fx_cel_uses_line(const struct fx_cel *e);
/*
 * The attributes that the expression names, as dotted paths in order of first
 * mention ("channel", "SKU.type", "ship_to.country"; `line.x` is told as SKU.x).
 */
size_t fx_cel_attrs(const struct fx_cel *e, const struct fx_str **paths);
/*
 * The top-level conjuncts (a && b && c is three), each an expression of its own
 * that can be tested alone, with its span of the source: for --explain and the index.
 */
size_t fx_cel_conjuncts(const struct fx_cel *e, const struct fx_cel *const **parts);
struct fx_str fx_cel_source(const struct fx_cel *e);

#endif
