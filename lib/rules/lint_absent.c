/* Predicates that err where the contract lets a field be absent. */
#include <string.h>

#include "rules/cel_env.h"
#include "rules/cel_solve.h"
#include "rules/lint_parts.h"

static bool touches(struct fx_str attr, struct fx_str path)
{
	return fx_str_starts(attr, path) && (attr.n == path.n || attr.p[path.n] == '.');
}

static bool names(const struct fx_cel *e, struct fx_str path)
{
	const struct fx_str *attr;

	for (size_t k = fx_cel_attrs(e, &attr); k--;)
		if (touches(attr[k], path))
			return true;
	return false;
}

/* The predicate's text with each condition that errs without the attribute as false. */
static void without(struct fx_buf *b, const struct fx_cel_formula *f, struct fx_str path)
{
	if (!names(f->expr, path) || (f->logic == FX_CEL_ATOM && f->atom.rel == FX_CEL_HAS &&
	                              fx_str_eq(f->atom.path, path))) {
		fx_buf_byte(b, '(');
		fx_buf_str(b, fx_cel_source(f->expr));
		fx_buf_byte(b, ')');
		return;
	}
	if (f->nparts == 0) {
		fx_buf_z(b, "false");
		return;
	}
	fx_buf_z(b, f->logic == FX_CEL_NOT_OF ? "!(" : "(");
	for (size_t i = 0; i < f->nparts; i++) {
		if (i)
			fx_buf_z(b, f->logic == FX_CEL_ANY_OF ? " || " : " && ");
		without(b, &f->part[i], path);
	}
	fx_buf_byte(b, ')');
}

static const struct fx_cel_formula *formula(struct fx_lint_run *l, const struct fx_rule *r,
                                            struct fx_str text)
{
	struct fx_arena *a = &l->out->arena;
	const struct fx_cel *e = fx_cel_compile(a, fx_arena_str(a, text), r->env, NULL);

	return e ? fx_cel_formula(a, e) : NULL;
}

static bool word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '"' || c == '\'' || c == '.';
}

/* Where the predicate names the attribute first; 0 when it writes it in another way. */
static size_t offset_of(struct fx_str src, struct fx_str path)
{
	for (size_t i = 0; i + path.n <= src.n; i++)
		if (memcmp(src.p + i, path.p, path.n) == 0 && (i == 0 || !word(src.p[i - 1])) &&
		    (i + path.n == src.n || !word(src.p[i + path.n])))
			return i;
	return 0;
}

/* Why the predicate errs on the order; empty: it does not. */
static struct fx_str why(struct fx_lint_run *l, const struct fx_rule *r, struct fx_str order)
{
	struct fx_cel_input in = {.tape = &l->tape, .line = FX_NONE, .scratch = &l->scratch};
	struct fx_err err = {0};
	uint32_t lines;

	if (fx_tape_read(&l->tape, order, NULL))
		return (struct fx_str){NULL, 0};
	lines = fx_tape_get(&l->tape, 0, FX_STR("lines"));
	if (lines != FX_NONE && fx_tape_type(&l->tape, lines) == FX_ARRAY &&
	    l->tape.node[lines].count)
		in.line = lines + 1;
	if (fx_cel_test(r->when, &in, &err) != FX_CEL_ERROR)
		return (struct fx_str){NULL, 0};
	return fx_arena_str(&l->out->arena, fx_str(err.msg));
}

struct question {
	const struct fx_rule *rule;
	struct fx_str path;
	const struct fx_cel_formula *none[3];  /* it, its opposite, has(path) */
	const struct fx_cel_formula *rest;     /* all its other attributes are there */
	const struct fx_cel_formula *other;    /* it, with what errs for that as false */
	const struct fx_cel_formula *opposite; /* of that: nothing else is to blame for the error */
};

/*
 * FOUND: an order that the contract takes on which the predicate errs, the attribute is absent,
 * and all of `all` are true.
 */
static enum fx_cel_sat ask(struct fx_lint_run *l, const struct question *k,
                           const struct fx_cel_formula *const *all, size_t n, struct fx_str *order,
                           struct fx_str *reason)
{
	bool never = true;

	for (size_t i = 0; i < k->rule->non; i++) {
		struct fx_cel_question q = {
		    .all = all, .nall = n, .none = k->none, .nnone = 3, .env = k->rule->env};
		enum fx_cel_sat got = fx_lint_solve(l, &q, k->rule->on[i], true, order);

		never &= got == FX_CEL_NEVER;
		if (got != FX_CEL_FOUND)
			continue;
		*reason = why(l, k->rule, *order);
		if (fx_str_starts(*reason, FX_STR("no such field")))
			return FX_CEL_FOUND;
	}
	return never ? FX_CEL_NEVER : FX_CEL_UNDECIDED;
}

/* The same, with nothing else absent where that can be: it shows best what is meant. */
static enum fx_cel_sat ask_best(struct fx_lint_run *l, const struct question *k, bool loses,
                                struct fx_str *order, struct fx_str *reason)
{
	const struct fx_cel_formula *all[2] = {k->rest, loses ? k->other : k->opposite};

	if (ask(l, k, all, 2, order, reason) == FX_CEL_FOUND)
		return FX_CEL_FOUND;
	return ask(l, k, all + 1, 1, order, reason);
}

static void absent(struct fx_lint_run *l, const struct question *k)
{
	const struct fx_rule *r = k->rule;
	struct fx_place_of at = fx_lint_rule_place(l, r, "when", offset_of(r->source, k->path));
	struct fx_str order, reason;
	enum fx_cel_sat loses = ask_best(l, k, true, &order, &reason), errs;

	if (loses == FX_CEL_FOUND) {
		fx_lint_find(l, FX_LINT_WARNING, "absent-loses", at,
		             "without '%.*s' the predicate of '%.*s' errs (%.*s) and does not "
		             "match, though it would if what errs were false; ask has() first",
		             FX_FMT(k->path), FX_FMT(r->id), FX_FMT(reason))
		    ->order = order;
		return;
	}
	errs = ask_best(l, k, false, &order, &reason);
	if (errs == FX_CEL_FOUND)
		fx_lint_find(l, FX_LINT_NOTE, "absent-errs", at,
		             "without '%.*s' the predicate of '%.*s' errs (%.*s), which counts as "
		             "false",
		             FX_FMT(k->path), FX_FMT(r->id), FX_FMT(reason))
		    ->order = order;
	if (loses == FX_CEL_UNDECIDED || errs == FX_CEL_UNDECIDED)
		fx_lint_find(l, FX_LINT_NOTE, "absent-undecided", at,
		             "what the predicate of '%.*s' makes of an order without '%.*s' could "
		             "not be decided",
		             FX_FMT(r->id), FX_FMT(k->path));
}

/* That all attributes are there that need not be, but for this one and what is in or around it. */
static void rest(struct fx_buf *b, const struct fx_rule *r, struct fx_str path)
{
	const struct fx_str *attr;
	size_t n = fx_cel_attrs(r->when, &attr);
	bool required;

	fx_buf_z(b, "true");
	for (size_t i = 0; i < n; i++)
		if (fx_cel_env_attr(r->env, attr[i], &required) && !required &&
		    !touches(attr[i], path) && !touches(path, attr[i]))
			fx_buf_fmt(b, " && has(%.*s)", FX_FMT(attr[i]));
}

static void of_rule(struct fx_lint_run *l, const struct fx_rule *r)
{
	const struct fx_cel_formula *f = fx_cel_formula(&l->out->arena, r->when);
	const struct fx_str *attr;
	size_t n = fx_cel_attrs(r->when, &attr);
	struct fx_buf b = {0};

	for (size_t i = 0; i < n; i++) {
		struct question k = {.rule = r, .path = attr[i], .none = {f}};
		bool required = true;

		if (!fx_cel_env_attr(r->env, attr[i], &required) || required ||
		    fx_str_is(attr[i], "SKU"))
			continue;
		k.none[1] = formula(l, r, fx_arena_fmt(&l->scratch, "!(%.*s)", FX_FMT(r->source)));
		k.none[2] = formula(l, r, fx_arena_fmt(&l->scratch, "has(%.*s)", FX_FMT(attr[i])));
		fx_buf_reset(&b);
		without(&b, f, attr[i]);
		k.other = formula(l, r, fx_buf_view(&b));
		k.opposite =
		    formula(l, r, fx_arena_fmt(&l->scratch, "!(%.*s)", FX_FMT(fx_buf_view(&b))));
		fx_buf_reset(&b);
		rest(&b, r, attr[i]);
		k.rest = formula(l, r, fx_buf_view(&b));
		if (k.none[1] && k.none[2] && k.other && k.opposite && k.rest)
			absent(l, &k);
	}
	fx_buf_free(&b);
}

void fx_lint_absent(struct fx_lint_run *l)
{
	if (l->r->nrules > FX_LINT_SOLVE_MAX)
		return;
	for (size_t i = 0; i < l->r->nrules; i++)
		if (l->r->rules[i].env)
			of_rule(l, &l->r->rules[i]);
}
