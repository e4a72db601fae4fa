#include "rules/mcdc.h"

#include <stdlib.h>

/* The parts that AND, OR and NOT join; `a != b` stays one, though it is NOT of an equality. */
static size_t parts(const struct fx_cel_formula *f)
{
	bool unequal = f->logic == FX_CEL_NOT_OF &&
	               fx_str_eq(fx_cel_source(f->expr), fx_cel_source(f->part[0].expr));

	return unequal ? 0 : f->nparts;
}

static size_t leaves(const struct fx_cel_formula *f, bool consts)
{
	size_t n = parts(f) ? 0 : consts || f->logic != FX_CEL_CONST;

	for (size_t i = 0; i < parts(f); i++)
		n += leaves(&f->part[i], consts);
	return n;
}

static size_t count(const struct fx_cel_formula *f)
{
	return leaves(f, false);
}

static void collect(const struct fx_cel_formula *f, struct fx_conditions *c)
{
	if (!parts(f) && f->logic != FX_CEL_CONST)
		c->v[c->n++] = f;
	for (size_t i = 0; i < parts(f); i++)
		collect(&f->part[i], c);
}

struct fx_conditions fx_conditions(struct fx_arena *a, const struct fx_cel *when)
{
	struct fx_conditions c = {.root = fx_cel_formula(a, when)};

	c.v = FX_NEWV(a, const struct fx_cel_formula *, count(c.root) + 1);
	collect(c.root, &c);
	return c;
}

/* CEL's && over two verdicts. */
static enum fx_cel_verdict both(enum fx_cel_verdict a, enum fx_cel_verdict b)
{
	if (a == FX_CEL_FALSE || b == FX_CEL_FALSE)
		return FX_CEL_FALSE;
	return a == FX_CEL_ERROR || b == FX_CEL_ERROR ? FX_CEL_ERROR : FX_CEL_TRUE;
}

static enum fx_cel_verdict turned(enum fx_cel_verdict a)
{
	return a == FX_CEL_ERROR ? a : a == FX_CEL_TRUE ? FX_CEL_FALSE : FX_CEL_TRUE;
}

/* What the conditions' verdicts make of it; *next walks through them. */
static enum fx_cel_verdict outcome(const struct fx_cel_formula *f, const enum fx_cel_verdict *v,
                                   size_t *next)
{
	bool any = f->logic == FX_CEL_ANY_OF;
	enum fx_cel_verdict r = FX_CEL_TRUE;

	if (f->logic == FX_CEL_CONST)
		return f->value ? FX_CEL_TRUE : FX_CEL_FALSE;
	if (!parts(f))
		return v[(*next)++];
	if (f->logic == FX_CEL_NOT_OF)
		return turned(outcome(&f->part[0], v, next));
	for (size_t i = 0; i < f->nparts; i++) {
		enum fx_cel_verdict one = outcome(&f->part[i], v, next);

		r = both(r, any ? turned(one) : one);
	}
	return any ? turned(r) : r;
}

static bool holds(const struct fx_conditions *c, const enum fx_cel_verdict *v)
{
	size_t next = 0;

	return outcome(c->root, v, &next) == FX_CEL_TRUE;
}

void fx_conditions_show(const struct fx_conditions *c, const struct fx_cel_input *in,
                        unsigned char *shown)
{
	enum fx_cel_verdict *v = fx_alloc(c->n + 1, sizeof(*v));

	for (size_t i = 0; i < c->n; i++)
		v[i] = fx_cel_test(c->v[i]->expr, in, NULL);
	for (size_t i = 0; i < c->n; i++) {
		enum fx_cel_verdict is = v[i];
		bool now, other;

		if (is == FX_CEL_ERROR) /* neither true nor false */
			continue;
		now = holds(c, v);
		v[i] = turned(is);
		other = holds(c, v);
		v[i] = is;
		if (now != other)
			shown[i] |= is == FX_CEL_TRUE ? FX_SHOWN_TRUE : FX_SHOWN_FALSE;
	}
	free(v);
}

/* ---- what shows it ---- */

static const struct fx_cel_formula *
    not(struct fx_arena * a, const struct fx_cel_formula *f, const struct fx_cel_env *env)
{
	const struct fx_cel *e = fx_cel_compile(
	    a, fx_arena_fmt(a, "!(%.*s)", FX_FMT(fx_cel_source(f->expr))), env, NULL);

	return e ? fx_cel_formula(a, e) : NULL;
}

static void want(struct fx_shown_where *w, const struct fx_cel_formula *f, bool holds_so)
{
	if (!f)
		return; /* what it says is left out: then what is found is tried all the same */
	if (holds_so)
		w->all[w->nall++] = f;
	else
		w->none[w->nnone++] = f;
}

/*
 * A part matters in an AND where the others are true, in an OR where they are not.  Below a NOT
 * it is false that must be told from what is not false, errors included.
 */
static void beside(struct fx_arena *a, const struct fx_cel_formula *f, bool any, bool turned_round,
                   const struct fx_cel_env *env, struct fx_shown_where *w)
{
	if (!turned_round)
		want(w, f, !any);
	else
		want(w, not(a, f, env), any);
}

void fx_condition_where(struct fx_arena *a, const struct fx_conditions *c, size_t i, bool value,
                        const struct fx_cel_env *env, struct fx_shown_where *out)
{
	const struct fx_cel_formula *at = c->root;
	bool turned_round = false;
	size_t most = leaves(c->root, true);

	*out = (struct fx_shown_where){.all = FX_NEWV(a, const struct fx_cel_formula *, most),
	                               .none = FX_NEWV(a, const struct fx_cel_formula *, most)};
	while (parts(at)) {
		const struct fx_cel_formula *down = NULL;

		for (size_t k = 0; k < at->nparts; k++) {
			size_t n = count(&at->part[k]);

			if (!down && i < n) {
				down = &at->part[k];
				continue;
			}
			i -= down ? 0 : n;
			beside(a, &at->part[k], at->logic == FX_CEL_ANY_OF, turned_round, env, out);
		}
		turned_round ^= at->logic == FX_CEL_NOT_OF;
		at = down;
	}
	want(out, value ? at : not(a, at, env), true);
}
