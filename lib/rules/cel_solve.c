/*
 * Backtracking over the attributes' choices.
 *
 * Every attribute (or function of one, or opaque part) is a variable with finitely many
 * choices; a formula's verdict is a set, that of all choices still open.  A question is
 * answered by the first assignment that settles all formulas, if the record made of it
 * proves right when it is evaluated.
 */
#include "rules/cel_solve.h"

#include <string.h>

#include "base/map.h"
#include "rules/cel_domain.h"
#include "rules/cel_env.h"

#define BUDGET 200000u
#define ROUNDS 100u    /* of taking more of `none` into account */
#define WITNESSES 200u /* that are made and found wrong before it is given up */

/* A formula with its atoms' variables: leaf nodes point into them. */
struct node {
	enum fx_cel_logic logic;
	bool value;
	struct node *part;
	size_t nparts;
	uint32_t var, atom;
};

struct goal {
	struct node *root;
	const struct fx_cel_formula *f;
	bool wanted; /* of `all`; else of `none` */
};

struct uses {
	uint32_t *goal;
	size_t n, cap;
};

struct solver {
	struct fx_arena *a;
	const struct fx_cel_question *q;
	struct fx_map names; /* of variables -> number + 1 */
	struct cel_variable *var;
	struct uses *uses;    /* by variable: the goals that mention it */
	int32_t *chosen;      /* by variable: its choice, or -1 */
	unsigned char **open; /* by variable: union of the atoms' verdicts over its choices */
	uint32_t nvars, cap;
	struct goal *goal;
	uint32_t ngoals;
	uint64_t left;
	unsigned wrong;
	bool partial;
	struct fx_str witness;
	struct fx_tape tape;
	struct fx_arena scratch;
};

/* ---- variables ---- */

static uint32_t variable(struct solver *s, struct fx_str name)
{
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&s->names, name, &fresh);

	if (!fresh)
		return (uint32_t)e->v.u64;
	if (s->nvars == s->cap) {
		uint32_t cap = s->cap ? s->cap * 2 : 64;
		struct cel_variable *v = FX_NEWV(s->a, struct cel_variable, cap);
		struct uses *u = FX_NEWV(s->a, struct uses, cap);

		if (s->nvars) {
			memcpy(v, s->var, s->nvars * sizeof(*v));
			memcpy(u, s->uses, s->nvars * sizeof(*u));
		}
		s->var = v;
		s->uses = u;
		s->cap = cap;
	}
	e->v.u64 = s->nvars;
	return s->nvars++;
}

static void used_by(struct solver *s, uint32_t var, uint32_t goal)
{
	struct uses *u = &s->uses[var];

	if (u->n && u->goal[u->n - 1] == goal)
		return;
	if (u->n == u->cap) {
		size_t cap = u->cap ? u->cap * 2 : 4;
		uint32_t *g = FX_NEWV(s->a, uint32_t, cap);

		if (u->n)
			memcpy(g, u->goal, u->n * sizeof(*g));
		u->goal = g;
		u->cap = cap;
	}
	u->goal[u->n++] = goal;
}

static uint32_t add_atom(struct solver *s, struct cel_variable *v, const struct fx_cel_atom *a)
{
	if (v->natoms == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 4;
		const struct fx_cel_atom **more = FX_NEWV(s->a, const struct fx_cel_atom *, cap);

		if (v->natoms)
			memcpy(more, v->atom, v->natoms * sizeof(*more));
		v->atom = more;
		v->cap = cap;
	}
	v->atom[v->natoms++] = a;
	return (uint32_t)v->natoms - 1;
}

static void describe(struct solver *s, struct cel_variable *v, const struct fx_cel_atom *a)
{
	bool line = fx_str_starts(a->path, FX_STR("SKU."));
	struct fx_str below = line ? (struct fx_str){a->path.p + 4, a->path.n - 4} : a->path;

	v->path = a->path;
	v->via = a->via;
	v->nested = fx_str_find(below, '.') < below.n;
	v->type = a->type;
	v->takes = s->q->takes;
	v->ctx = s->q->ctx;
	if (s->q->env) {
		const struct fx_cel_type *t = fx_cel_env_attr(s->q->env, a->path, &v->required);

		v->type = t && t->kind != FX_CT_DYN ? t : NULL;
	}
	if (s->q->event.n && fx_str_is(a->path, "event")) {
		v->only = s->q->event;
		v->required = true;
	}
}

static void build(struct solver *s, const struct fx_cel_formula *f, struct node *n, uint32_t goal)
{
	struct fx_str src;

	n->logic = f->logic;
	n->value = f->value;
	switch (f->logic) {
	case FX_CEL_CONST:
		return;
	case FX_CEL_ATOM:
		n->var = variable(
		    s, fx_arena_fmt(s->a, "%.*s(%.*s)", FX_FMT(f->atom.via), FX_FMT(f->atom.path)));
		if (!s->var[n->var].path.n)
			describe(s, &s->var[n->var], &f->atom);
		n->atom = add_atom(s, &s->var[n->var], &f->atom);
		used_by(s, n->var, goal);
		return;
	case FX_CEL_OPAQUE:
		src = fx_cel_source(f->expr);
		n->var = variable(s, fx_arena_fmt(s->a, "?%.*s", FX_FMT(src)));
		n->atom = 0;
		used_by(s, n->var, goal);
		return;
	default:
		n->nparts = f->nparts;
		n->part = FX_NEWV(s->a, struct node, f->nparts);
		for (size_t i = 0; i < f->nparts; i++)
			build(s, &f->part[i], &n->part[i], goal);
	}
}

static void opaque(struct solver *s, struct cel_variable *v)
{
	static const unsigned char bits[] = {MAY_TRUE, MAY_FALSE, MAY_ERROR};

	v->natoms = 1;
	v->choice = FX_NEWV(s->a, struct cel_choice, 3);
	v->nchoices = 3;
	for (size_t i = 0; i < 3; i++) {
		unsigned char *b = fx_arena_alloc(s->a, 1);

		*b = bits[i];
		v->choice[i].given = GIVEN_OPAQUE;
		v->choice[i].verdict = b;
	}
}

/* What every record has is in the witness, whether the search came upon it or not. */
static void add_required(struct solver *s, const struct fx_cel_formula *f)
{
	const struct fx_str *path;
	size_t k = fx_cel_attrs(f->expr, &path);
	bool required;

	while (k--) {
		struct fx_cel_atom named = {.path = path[k]};
		uint32_t v;

		if (!fx_cel_env_attr(s->q->env, path[k], &required) || !required)
			continue;
		v = variable(s, fx_arena_fmt(s->a, "(%.*s)", FX_FMT(path[k])));
		if (!s->var[v].path.n)
			describe(s, &s->var[v], &named);
	}
}

static void prepare(struct solver *s)
{
	for (uint32_t i = 0; s->q->env && i < s->ngoals; i++)
		add_required(s, s->goal[i].f);
	/* else nobody adds what the rest asks for */
	for (size_t i = 0; s->q->env && !s->q->fit && i < s->q->nnone; i++)
		add_required(s, s->q->none[i]);
	s->chosen = FX_NEWV(s->a, int32_t, s->nvars + 1);
	s->open = FX_NEWV(s->a, unsigned char *, s->nvars + 1);
	for (uint32_t i = 0; i < s->nvars; i++) {
		struct cel_variable *v = &s->var[i];

		if (v->path.n)
			cel_domain(s->a, v);
		else
			opaque(s, v);
		s->partial |= v->partial;
		s->chosen[i] = -1;
		s->open[i] = fx_arena_zalloc(s->a, v->natoms + 1);
		if (v->partial)
			memset(s->open[i], MAY_ANY, v->natoms);
		for (size_t c = 0; c < v->nchoices && !v->partial; c++)
			for (size_t k = 0; k < v->natoms; k++)
				s->open[i][k] |= v->choice[c].verdict[k];
	}
}

/* ---- verdicts ---- */

/* CEL's && (for ||, swap TRUE and FALSE before and after) over sets. */
static unsigned both(unsigned a, unsigned b)
{
	unsigned r = (a | b) & MAY_FALSE;

	if ((a & MAY_TRUE) && (b & MAY_TRUE))
		r |= MAY_TRUE;
	if (((a & MAY_ERROR) && (b & (MAY_TRUE | MAY_ERROR))) ||
	    ((b & MAY_ERROR) && (a & MAY_TRUE)))
		r |= MAY_ERROR;
	return r;
}

static unsigned turned(unsigned a)
{
	return (a & MAY_ERROR) | (a & MAY_TRUE ? MAY_FALSE : 0u) | (a & MAY_FALSE ? MAY_TRUE : 0u);
}

static unsigned may(const struct solver *s, const struct node *n)
{
	unsigned r = MAY_TRUE;
	bool any = n->logic == FX_CEL_ANY_OF;

	switch (n->logic) {
	case FX_CEL_CONST:
		return n->value ? MAY_TRUE : MAY_FALSE;
	case FX_CEL_ATOM:
	case FX_CEL_OPAQUE:
		return s->chosen[n->var] < 0
		           ? s->open[n->var][n->atom]
		           : s->var[n->var].choice[s->chosen[n->var]].verdict[n->atom];
	case FX_CEL_NOT_OF:
		return turned(may(s, &n->part[0]));
	default:
		for (size_t i = 0; i < n->nparts && r != MAY_FALSE; i++) {
			unsigned v = may(s, &n->part[i]);

			r = both(r, any ? turned(v) : v);
		}
		return any ? turned(r) : r;
	}
}

static bool possible(const struct solver *s, const struct goal *g)
{
	unsigned v = may(s, g->root);

	return g->wanted ? v & MAY_TRUE : v & (MAY_FALSE | MAY_ERROR);
}

static bool settled(const struct solver *s, const struct goal *g)
{
	unsigned v = may(s, g->root);

	return g->wanted ? v == MAY_TRUE : !(v & MAY_TRUE);
}

/* An attribute that is still open and stands where the verdict is not settled; nvars: none. */
static uint32_t next_variable(const struct solver *s, const struct node *n)
{
	unsigned v = may(s, n);

	if ((v & (v - 1)) == 0)
		return s->nvars;
	if (n->logic == FX_CEL_ATOM || n->logic == FX_CEL_OPAQUE)
		return s->chosen[n->var] < 0 ? n->var : s->nvars;
	for (size_t i = 0; i < n->nparts; i++) {
		uint32_t found = next_variable(s, &n->part[i]);

		if (found < s->nvars)
			return found;
	}
	return s->nvars;
}

/* ---- the witness ---- */

static const struct cel_choice *choice_of(const struct solver *s, uint32_t i)
{
	const struct cel_variable *v = &s->var[i];

	if (s->chosen[i] >= 0)
		return &v->choice[s->chosen[i]];
	return v->required && !v->via.n && v->nchoices ? v->choice : NULL;
}

static bool any_line(const struct solver *s)
{
	for (size_t i = 0; i < s->q->nall; i++)
		if (fx_cel_uses_line(s->q->all[i]->expr))
			return true;
	for (size_t i = 0; i < s->q->nnone; i++)
		if (fx_cel_uses_line(s->q->none[i]->expr))
			return true;
	return false;
}

/* The line that the record on the tape is judged with. */
static uint32_t line_of(const struct fx_tape *t)
{
	uint32_t lines = fx_tape_get(t, 0, FX_STR("lines"));

	return lines != FX_NONE && fx_tape_type(t, lines) == FX_ARRAY && t->node[lines].count
	           ? lines + 1
	           : FX_NONE;
}

static bool right(void *solver, struct fx_str record)
{
	struct solver *s = solver;
	struct fx_cel_input in = {.tape = &s->tape, .line = FX_NONE, .scratch = &s->scratch};

	if (fx_tape_read(&s->tape, record, NULL))
		return false;
	if (any_line(s))
		in.line = line_of(&s->tape);
	for (uint32_t i = 0; i < s->ngoals; i++) {
		enum fx_cel_verdict v = fx_cel_test(s->goal[i].f->expr, &in, NULL);

		fx_arena_reset(&s->scratch);
		if ((v == FX_CEL_TRUE) != s->goal[i].wanted)
			return false;
	}
	return true;
}

/* The record of the choices made is evaluated: is it what was asked for, and can it be? */
static bool proved(struct solver *s)
{
	const struct cel_choice **choice = FX_NEWV(s->a, const struct cel_choice *, s->nvars + 1);
	struct fx_buf b = {0};
	struct fx_str record;

	for (uint32_t i = 0; i < s->nvars; i++)
		choice[i] = choice_of(s, i);
	cel_record(&b, s->a, s->var, choice, s->nvars, any_line(s));
	record = fx_arena_str(s->a, fx_buf_view(&b));
	fx_buf_free(&b);
	if (!right(s, record) || (s->q->fit && !s->q->fit(s->q->ctx, &record, right, s)))
		return false;
	s->witness = record;
	return true;
}

/* ---- the search ---- */

static bool choose(struct solver *s, uint32_t var, int32_t choice)
{
	const struct uses *u = &s->uses[var];

	s->chosen[var] = choice;
	for (size_t i = 0; i < u->n; i++)
		if (!possible(s, &s->goal[u->goal[i]]))
			return false;
	return true;
}

static uint32_t unsettled(const struct solver *s)
{
	for (uint32_t i = 0; i < s->ngoals; i++) {
		uint32_t var;

		if (settled(s, &s->goal[i]))
			continue;
		var = next_variable(s, s->goal[i].root);
		if (var < s->nvars)
			return var;
	}
	return s->nvars;
}

/* FOUND, NEVER (none at all), UNDECIDED (given up, or only such as did not prove right). */
static enum fx_cel_sat search(struct solver *s)
{
	uint32_t *trail = FX_NEWV(s->a, uint32_t, s->nvars + 1), n = 0;
	bool doubt = s->partial;
	uint32_t var = unsettled(s);

	for (;;) {
		if (var == s->nvars) {
			if (proved(s))
				return FX_CEL_FOUND;
			doubt = true;
			if (++s->wrong > WITNESSES)
				return FX_CEL_UNDECIDED;
		} else {
			trail[n++] = var;
			s->chosen[var] = -1;
		}
		/* the next choice of the innermost variable that has one */
		for (;;) {
			int32_t next;

			if (n == 0)
				return doubt ? FX_CEL_UNDECIDED : FX_CEL_NEVER;
			var = trail[n - 1];
			next = s->chosen[var] + 1;
			if ((size_t)next >= s->var[var].nchoices) {
				s->chosen[var] = -1;
				n--;
				continue;
			}
			if (s->left-- == 0)
				return FX_CEL_UNDECIDED;
			if (choose(s, var, next))
				break;
		}
		var = unsettled(s);
	}
}

/* ---- what cannot be true together at a glance ---- */

static bool fixed(const struct fx_cel_formula *f)
{
	return f->logic == FX_CEL_ATOM && (f->atom.rel == FX_CEL_EQ || f->atom.rel == FX_CEL_IN);
}

static bool disjoint(const struct fx_cel_atom *a, const struct fx_cel_atom *b)
{
	struct cel_ctx cx = {.steps = UINT32_MAX};

	if (!fx_str_eq(a->path, b->path) || !fx_str_eq(a->via, b->via) || a->n * b->n > 64)
		return false;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (cel_eq(&cx, &a->value[i], &b->value[k]))
				return false;
	return true;
}

bool fx_cel_exclude(const struct fx_cel_formula *f, const struct fx_cel_formula *g)
{
	size_t n = f->logic == FX_CEL_ALL_OF ? f->nparts : 1,
	       m = g->logic == FX_CEL_ALL_OF ? g->nparts : 1;

	for (size_t i = 0; i < n; i++) {
		const struct fx_cel_formula *x = f->logic == FX_CEL_ALL_OF ? &f->part[i] : f;

		for (size_t k = 0; k < m && fixed(x); k++) {
			const struct fx_cel_formula *y =
			    g->logic == FX_CEL_ALL_OF ? &g->part[k] : g;

			if (fixed(y) && disjoint(&x->atom, &y->atom))
				return true;
		}
	}
	return false;
}

/* Of `none` only what could be true where `all` is. */
static bool matters(const struct fx_cel_question *q, const struct fx_cel_formula *f)
{
	for (size_t i = 0; i < q->nall; i++)
		if (fx_cel_exclude(q->all[i], f))
			return false;
	return true;
}

static void add_goal(struct solver *s, const struct fx_cel_formula *f, bool wanted)
{
	struct goal *g = &s->goal[s->ngoals];

	g->f = f;
	g->wanted = wanted;
	g->root = FX_NEW(s->a, struct node);
	build(s, f, g->root, s->ngoals++);
}

/* All of `all`, and those of `none` that are marked. */
static enum fx_cel_sat solve(struct solver *s, const struct fx_cel_question *q, const bool *marked)
{
	bool can = true;

	s->goal = FX_NEWV(s->a, struct goal, q->nall + q->nnone + 1);
	for (size_t i = 0; i < q->nall; i++)
		add_goal(s, q->all[i], true);
	for (size_t i = 0; i < q->nnone; i++)
		if (marked[i])
			add_goal(s, q->none[i], false);
	prepare(s);
	for (uint32_t i = 0; i < s->ngoals && can; i++)
		can = possible(s, &s->goal[i]);
	return can ? search(s) : FX_CEL_NEVER;
}

/* Mark those of `none` that the witness meets; false when there is no other. */
static bool refuted(struct solver *s, const struct fx_cel_question *q, bool *marked)
{
	struct fx_cel_input in = {.tape = &s->tape, .scratch = &s->scratch};
	const uint32_t *some = NULL;
	size_t n = q->nnone;
	bool any = false;

	if (fx_tape_read(&s->tape, s->witness, NULL))
		return false;
	in.line = line_of(&s->tape);
	if (q->suspects)
		some = q->suspects(q->suspects_ctx, &s->tape, in.line, &n);
	for (size_t i = 0; i < n; i++) {
		size_t k = some ? some[i] : i;

		if (marked[k] || fx_cel_test(q->none[k]->expr, &in, NULL) != FX_CEL_TRUE)
			continue;
		marked[k] = any = true;
		fx_arena_reset(&s->scratch);
	}
	return any;
}

static void release(struct solver *s)
{
	fx_map_free(&s->names);
	fx_tape_free(&s->tape);
	fx_arena_free(&s->scratch);
}

/*
 * Of `none` only those count at first that a witness turned out to meet: of thousands of
 * rules few stand in each other's way.
 */
enum fx_cel_sat fx_cel_solve(struct fx_arena *a, const struct fx_cel_question *q,
                             struct fx_str *witness)
{
	bool *marked = FX_NEWV(a, bool, q->nnone + 1);
	enum fx_cel_sat r;
	bool again = true, whole = q->nnone == 0;

	*witness = (struct fx_str){NULL, 0};
	for (unsigned round = 0; again; round++) {
		struct solver s = {.a = a, .q = q, .left = q->budget ? q->budget : BUDGET};

		r = solve(&s, q, marked);
		again = r == FX_CEL_FOUND ? !whole && refuted(&s, q, marked)
		                          : r == FX_CEL_UNDECIDED && !whole;
		if (r == FX_CEL_FOUND && !again)
			*witness = s.witness;
		if (again && (r == FX_CEL_UNDECIDED || round == ROUNDS)) {
			whole = true;
			for (size_t i = 0; i < q->nnone; i++)
				marked[i] |= matters(q, q->none[i]);
		}
		release(&s);
	}
	return r;
}
