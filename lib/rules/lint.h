/*
 * What is wrong with a registry that loads, or will be.
 */
#ifndef FX_RULES_LINT_H
#define FX_RULES_LINT_H

#include "rules/registry.h"

enum fx_severity { FX_LINT_ERROR, FX_LINT_WARNING, FX_LINT_NOTE };

struct fx_finding {
	enum fx_severity severity;
	const char *code; /* "never-wins": a paragraph of fx-lint(1) */
	struct fx_place_of at;
	struct fx_str message;
	struct fx_str order; /* a witness as JSON; empty: none */
};

struct fx_findings {
	struct fx_arena arena;
	struct fx_finding *v;
	size_t n, cap;
};
void fx_findings_free(struct fx_findings *f);

/*
 * All checks, as of now (windows, canaries); findings by file and line.  overlaps: notes of rules
 * that share an order, too, with codes that begin so.
 */
void fx_lint(const struct fx_registry *r, fx_time now, bool overlaps, struct fx_findings *out);

#endif
