#include "rules/solve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "rules/cel_atom.h"
#include "rules/cel_env.h"

/* Partial orders that one search may look at. */
#define NODES_MAX 200000
/* Integers beyond this are not told apart by a double: left open. */
#define EXACT_MAX 9007199254740992.0

enum kind { ABSENT, ORPHAN, IS_NULL, TEXT, NUMBER, BOOLEAN };

/* One value that stands for a class. */
struct value {
	enum kind kind;
	struct fx_str text;
	double number;
	bool boolean;
};

struct attr {
	struct fx_str path;
	struct value *v;
	size_t n, cap;
	const struct value *now; /* what it has in the partial order; NULL: not decided */
};

struct rule_form {
	const struct fx_rule *rule;
	const struct fx_cel_formula *form;
};

struct fx_solver {
	struct fx_arena *a;
	struct fx_str event;
	bool with_line;
	struct rule_form *rule;
	size_t nrules;
	struct fx_map paths; /* -> struct attr */
	enum fx_truth *truth;
	/* the search at hand */
	fx_solve_goal *goal;
	void *ctx;
	struct attr **order;
	size_t norder, nodes;
	bool undecided;
	struct fx_str witness;
	struct fx_tape tape;
	struct fx_arena scratch;
	struct fx_buf json;
};

static struct attr *attr_of(struct fx_solver *s, struct fx_str path)
{
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&s->paths, path, &fresh);

	if (fresh) {
		e->v.ptr = FX_NEW(s->a, struct attr);
		((struct attr *)e->v.ptr)->path = path;
	}
	return e->v.ptr;
}

static bool same(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->number == b->number && a->boolean == b->boolean &&
	       fx_str_eq(a->text, b->text);
}

static void add(struct fx_solver *s, struct attr *at, struct value v)
{
	for (size_t i = 0; i < at->n; i++)
		if (same(&at->v[i], &v))
			return;
	if (at->n == at->cap) {
		struct value *more = FX_NEWV(s->a, struct value, at->cap * 2 + 8);

		if (at->n)
			memcpy(more, at->v, at->n * sizeof(*more));
		at->v = more;
		at->cap = at->cap * 2 + 8;
	}
	at->v[at->n++] = v;
}

static void add_text(struct fx_solver *s, struct attr *at, const char *before, struct fx_str text,
                     const char *after)
{
	add(s, at,
	    (struct value){.kind = TEXT,
	                   .text = fx_arena_fmt(s->a, "%s%.*s%s", before, FX_FMT(text), after)});
}

static bool number_of(const struct fx_cel_value *v, double *out)
{
	if (v->kind == FX_CV_INT)
		*out = (double)v->i;
	else if (v->kind == FX_CV_UINT)
		*out = (double)v->u;
	else if (v->kind == FX_CV_DOUBLE)
		*out = v->d;
	else
		return false;
	return fabs(*out) < EXACT_MAX;
}

/* Can the atom be decided from a value of its attribute? */
static bool is_plain(const struct fx_cel_atom *m)
{
	double number;

	if (m->via.n || m->rel == FX_CEL_HOLDS || fx_str_is(m->path, "SKU"))
		return false;
	for (size_t i = 0; i < m->n; i++)
		if (m->value[i].kind != FX_CV_STRING && m->value[i].kind != FX_CV_BOOL &&
		    m->value[i].kind != FX_CV_NULL && !number_of(&m->value[i], &number))
			return false;
	return true;
}

/* Everything that some atom tells apart goes into its attribute's classes. */
static void note_atom(struct fx_solver *s, const struct fx_cel_atom *m)
{
	struct attr *at = attr_of(s, m->path);

	for (size_t i = 0; i < m->n; i++) {
		const struct fx_cel_value *v = &m->value[i];
		double number;

		if (v->kind == FX_CV_STRING) {
			add_text(s, at, "", v->s, "");
			if (m->rel == FX_CEL_PREFIX)
				add_text(s, at, "", v->s, "~");
			if (m->rel == FX_CEL_ENDS)
				add_text(s, at, "~", v->s, "");
		} else if (v->kind == FX_CV_BOOL) {
			add(s, at, (struct value){.kind = BOOLEAN, .boolean = v->b != 0});
		} else if (number_of(v, &number)) {
			add(s, at, (struct value){.kind = NUMBER, .number = number});
		}
	}
}

static void note(struct fx_solver *s, const struct fx_cel_formula *f)
{
	for (size_t i = 0; i < f->nparts; i++)
		note(s, &f->part[i]);
	if (f->logic == FX_CEL_ATOM && is_plain(&f->atom))
		note_atom(s, &f->atom);
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool in_range(const struct fx_cel_type *t, double v)
{
	if (!t)
		return true;
	if (t->kind == FX_CT_INT && v != floor(v))
		return false;
	return (!t->has_min || (t->min_excluded ? v > t->min : v >= t->min)) &&
	       (!t->has_max || (t->max_excluded ? v < t->max : v <= t->max));
}

static void add_number(struct fx_solver *s, struct attr *at, const struct fx_cel_type *t, double v)
{
	if (in_range(t, v))
		add(s, at, (struct value){.kind = NUMBER, .number = v});
}

/* Between the constants, and beyond them. */
static void fill_numbers(struct fx_solver *s, struct attr *at, const struct fx_cel_type *t)
{
	double *c = FX_NEWV(s->a, double, at->n + 3);
	bool whole = t && t->kind == FX_CT_INT;
	size_t n = 0;

	for (size_t i = 0; i < at->n; i++)
		if (at->v[i].kind == NUMBER)
			c[n++] = at->v[i].number;
	if (t && t->has_min)
		c[n++] = t->min;
	if (t && t->has_max)
		c[n++] = t->max;
	if (n == 0)
		c[n++] = 0;
	qsort(c, n, sizeof(*c), by_number);
	add_number(s, at, t, floor(c[0]) - 1);
	for (size_t i = 0; i < n; i++) {
		double mid = i + 1 < n ? c[i] + (c[i + 1] - c[i]) / 2 : floor(c[i]) + 1;

		add_number(s, at, t, c[i]);
		if (whole)
			mid = floor(mid) > c[i] ? floor(mid) : floor(mid) + 1;
		if (i + 1 == n || mid < c[i + 1])
			add_number(s, at, t, mid);
	}
}

/* Any other string, and each start with each end. */
static void fill_texts(struct fx_solver *s, struct attr *at)
{
	size_t n = at->n;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			struct fx_str a = at->v[i].text, b = at->v[k].text;

			if (at->v[i].kind != TEXT || at->v[k].kind != TEXT || a.n < 2 || b.n < 2 ||
			    a.p[a.n - 1] != '~' || b.p[0] != '~')
				continue;
			add(s, at,
			    (struct value){.kind = TEXT,
			                   .text = fx_arena_fmt(s->a, "%.*s%.*s", FX_FMT(a),
			                                        (int)b.n - 1, b.p + 1)});
		}
	add_text(s, at, "", FX_STR("~"), "");
}

static void keep_kinds(struct attr *at, unsigned kinds)
{
	size_t n = 0;

	for (size_t i = 0; i < at->n; i++)
		if (kinds & 1u << at->v[i].kind)
			at->v[n++] = at->v[i];
	at->n = n;
}

/* The classes that the contract leaves, or all kinds where it says nothing. */
static void fill(struct fx_solver *s, struct attr *at, const struct fx_cel_type *t, bool required)
{
	if (fx_str_is(at->path, "event")) {
		at->n = 0;
		add_text(s, at, "", s->event, "");
		return;
	}
	switch (t ? t->kind : FX_CT_DYN) {
	case FX_CT_STRING:
		keep_kinds(at, 1u << TEXT);
		if (t->nvalues > 0) {
			at->n = 0;
			for (size_t i = 0; i < t->nvalues; i++)
				add_text(s, at, "", t->values[i], "");
		} else {
			fill_texts(s, at);
		}
		break;
	case FX_CT_INT:
	case FX_CT_UINT:
	case FX_CT_DOUBLE:
		keep_kinds(at, 1u << NUMBER);
		fill_numbers(s, at, t);
		for (size_t i = 0; i < at->n; i++)
			if (!in_range(t, at->v[i].number))
				at->v[i--] = at->v[--at->n];
		break;
	case FX_CT_BOOL:
		at->n = 0;
		add(s, at, (struct value){.kind = BOOLEAN, .boolean = false});
		add(s, at, (struct value){.kind = BOOLEAN, .boolean = true});
		break;
	default:
		fill_texts(s, at);
		fill_numbers(s, at, NULL);
		add(s, at, (struct value){.kind = BOOLEAN, .boolean = false});
		add(s, at, (struct value){.kind = BOOLEAN, .boolean = true});
		add(s, at, (struct value){.kind = IS_NULL});
	}
	if (t && t->nullable)
		add(s, at, (struct value){.kind = IS_NULL});
	if (!t || !required)
		add(s, at, (struct value){.kind = ABSENT});
	if ((!t || !required) && fx_str_find(at->path, '.') < at->path.n &&
	    !fx_str_starts(at->path, FX_STR("SKU.")))
		add(s, at, (struct value){.kind = ORPHAN});
}

struct fx_solver *fx_solver_new(struct fx_arena *a, const struct fx_rule *const *rules, size_t n,
                                struct fx_str event, bool with_line)
{
	struct fx_solver *s = fx_alloc(1, sizeof(*s));

	s->a = a;
	s->event = event;
	s->with_line = with_line;
	s->rule = FX_NEWV(a, struct rule_form, n + 1);
	s->truth = FX_NEWV(a, enum fx_truth, n + 1);
	s->nrules = n;
	for (size_t i = 0; i < n; i++) {
		s->rule[i] = (struct rule_form){rules[i], fx_cel_formula(a, rules[i]->when)};
		if (with_line || !fx_cel_uses_line(rules[i]->when))
			note(s, s->rule[i].form);
	}
	s->order = FX_NEWV(a, struct attr *, s->paths.n + 1);
	for (size_t k = 0; k < s->paths.n; k++) {
		struct attr *at = s->paths.e[k].v.ptr;
		const struct fx_cel_type *t = NULL;
		bool required = true;

		/* A field that one rule's events need not have may be absent. */
		for (size_t i = 0; i < n; i++) {
			bool req = false;
			const struct fx_cel_type *u =
			    rules[i]->env ? fx_cel_env_attr(rules[i]->env, at->path, &req) : NULL;

			t = t ? t : u;
			required &= !u || req;
		}
		fill(s, at, t, t && required);
	}
	return s;
}

void fx_solver_free(struct fx_solver *s)
{
	if (!s)
		return;
	fx_map_free(&s->paths);
	fx_tape_free(&s->tape);
	fx_arena_free(&s->scratch);
	fx_buf_free(&s->json);
	free(s);
}

static bool equals(const struct value *v, const struct fx_cel_value *c)
{
	double number;

	switch (v->kind) {
	case IS_NULL:
		return c->kind == FX_CV_NULL;
	case TEXT:
		return c->kind == FX_CV_STRING && fx_str_eq(v->text, c->s);
	case BOOLEAN:
		return c->kind == FX_CV_BOOL && v->boolean == (c->b != 0);
	case NUMBER:
		return number_of(c, &number) && number == v->number;
	default:
		return false;
	}
}

static enum fx_truth truth(bool b)
{
	return b ? FX_TRUE_T : FX_FALSE_T;
}

static enum fx_truth compare(const struct value *v, const struct fx_cel_atom *m)
{
	const struct fx_cel_value *c = m->value;
	double number;
	int d;

	if (v->kind == TEXT && c->kind == FX_CV_STRING)
		d = fx_str_cmp(v->text, c->s);
	else if (v->kind == NUMBER && number_of(c, &number))
		d = (v->number > number) - (v->number < number);
	else if (v->kind == BOOLEAN && c->kind == FX_CV_BOOL)
		d = (int)v->boolean - (c->b != 0);
	else
		return FX_ERROR_T;
	switch (m->rel) {
	case FX_CEL_LT:
		return truth(d < 0);
	case FX_CEL_LE:
		return truth(d <= 0);
	case FX_CEL_GT:
		return truth(d > 0);
	default:
		return truth(d >= 0);
	}
}

static enum fx_truth atom_truth(const struct value *v, const struct fx_cel_atom *m)
{
	struct fx_str s = v->text, c;

	if (m->rel == FX_CEL_HAS)
		return v->kind == ORPHAN ? FX_ERROR_T : truth(v->kind != ABSENT);
	if (v->kind == ABSENT || v->kind == ORPHAN)
		return FX_ERROR_T;
	switch (m->rel) {
	case FX_CEL_EQ:
	case FX_CEL_IN:
		for (size_t i = 0; i < m->n; i++)
			if (equals(v, &m->value[i]))
				return FX_TRUE_T;
		return FX_FALSE_T;
	case FX_CEL_PREFIX:
		return v->kind == TEXT ? truth(fx_str_starts(s, m->value[0].s)) : FX_ERROR_T;
	case FX_CEL_ENDS:
		c = m->value[0].s;
		if (v->kind != TEXT)
			return FX_ERROR_T;
		return truth(s.n >= c.n && memcmp(s.p + s.n - c.n, c.p, c.n) == 0);
	case FX_CEL_IS:
		return v->kind == BOOLEAN ? truth(v->boolean) : FX_ERROR_T;
	default:
		return compare(v, m);
	}
}

/* As CEL: && and || are commutative and absorb errors. */
static enum fx_truth eval(const struct fx_solver *s, const struct fx_cel_formula *f)
{
	enum fx_truth strong, all;
	const struct attr *at;
	bool open = false, error = false;

	switch (f->logic) {
	case FX_CEL_CONST:
		return truth(f->value);
	case FX_CEL_OPAQUE:
		return FX_OPEN_T;
	case FX_CEL_ATOM:
		at = is_plain(&f->atom) ? fx_map_ptr(&s->paths, f->atom.path) : NULL;
		return at && at->now ? atom_truth(at->now, &f->atom) : FX_OPEN_T;
	case FX_CEL_NOT_OF:
		all = eval(s, &f->part[0]);
		return all == FX_TRUE_T ? FX_FALSE_T : all == FX_FALSE_T ? FX_TRUE_T : all;
	default:
		break;
	}
	strong = f->logic == FX_CEL_ALL_OF ? FX_FALSE_T : FX_TRUE_T;
	for (size_t i = 0; i < f->nparts; i++) {
		enum fx_truth t = eval(s, &f->part[i]);

		if (t == strong)
			return strong;
		open |= t == FX_OPEN_T;
		error |= t == FX_ERROR_T;
	}
	return open ? FX_OPEN_T : error ? FX_ERROR_T : strong == FX_TRUE_T ? FX_FALSE_T : FX_TRUE_T;
}

static void write_value(struct fx_buf *b, const struct value *v)
{
	switch (v->kind) {
	case TEXT:
		fx_json_string(b, v->text);
		break;
	case NUMBER:
		fx_buf_fmt(b, "%.17g", v->number);
		break;
	case BOOLEAN:
		fx_json_bool(b, v->boolean);
		break;
	default:
		fx_buf_z(b, "null");
	}
}

/* The members below a path prefix ("" or "ship_to."): those decided and not absent. */
static void write_members(const struct fx_solver *s, struct fx_str prefix, struct fx_buf *b)
{
	for (size_t i = 0; i < s->paths.n; i++) {
		const struct attr *at = s->paths.e[i].v.ptr;
		struct fx_str rest = {at->path.p + prefix.n, at->path.n - prefix.n}, name;
		bool done = false;

		if (!at->now || at->now->kind == ORPHAN || !fx_str_starts(at->path, prefix) ||
		    (prefix.n == 0 && fx_str_starts(at->path, FX_STR("SKU."))))
			continue;
		name = (struct fx_str){rest.p, fx_str_find(rest, '.')};
		if (name.n == rest.n && at->now->kind == ABSENT)
			continue;
		/* An object once, at the first attribute that lies in it. */
		for (size_t k = 0; k < i && name.n < rest.n && !done; k++) {
			const struct attr *o = s->paths.e[k].v.ptr;

			done = o->now && o->now->kind != ORPHAN && o->path.n > prefix.n + name.n &&
			       fx_str_starts(o->path,
			                     (struct fx_str){at->path.p, prefix.n + name.n + 1});
		}
		if (done)
			continue;
		fx_json_sep(b);
		fx_json_string(b, name);
		fx_buf_byte(b, ':');
		if (name.n == rest.n) {
			write_value(b, at->now);
			continue;
		}
		fx_buf_byte(b, '{');
		write_members(s, (struct fx_str){at->path.p, prefix.n + name.n + 1}, b);
		fx_buf_byte(b, '}');
	}
}

/* The order at hand: event first, SKU's attributes in its one line. */
static void write_order(struct fx_solver *s)
{
	struct fx_buf *b = &s->json;

	fx_buf_reset(b);
	fx_buf_byte(b, '{');
	if (!fx_map_ptr(&s->paths, FX_STR("event"))) {
		fx_json_key(b, "event");
		fx_json_string(b, s->event);
	}
	write_members(s, FX_STR(""), b);
	if (s->with_line) {
		fx_json_key(b, "lines");
		fx_buf_z(b, "[{");
		write_members(s, FX_STR("SKU."), b);
		fx_buf_z(b, "}]");
	}
	fx_buf_byte(b, '}');
}

/* What the evaluator itself says of the order. */
static bool confirmed(struct fx_solver *s)
{
	struct fx_cel_input in = {.tape = &s->tape, .scratch = &s->scratch};
	uint32_t lines;

	write_order(s);
	if (fx_tape_read(&s->tape, fx_buf_view(&s->json), NULL))
		return false;
	fx_arena_reset(&s->scratch);
	lines = fx_tape_get(&s->tape, 0, FX_STR("lines"));
	for (size_t i = 0; i < s->nrules; i++) {
		const struct fx_rule *r = s->rule[i].rule;
		enum fx_cel_verdict v = FX_CEL_FALSE;

		in.line = s->with_line && lines != FX_NONE ? lines + 1 : FX_NONE;
		if (s->with_line || !fx_cel_uses_line(r->when))
			v = fx_cel_test(r->when, &in, NULL);
		s->truth[i] = v == FX_CEL_TRUE    ? FX_TRUE_T
		              : v == FX_CEL_FALSE ? FX_FALSE_T
		                                  : FX_ERROR_T;
	}
	return s->goal(s->truth, s->nrules, s->ctx) == FX_TRUE_T;
}

/* Depth is the number of attributes. */
static bool search(struct fx_solver *s, size_t depth)
{
	enum fx_truth t;

	if (s->nodes++ > NODES_MAX) {
		s->undecided = true;
		return true;
	}
	for (size_t i = 0; i < s->nrules; i++) {
		bool counts = s->with_line || !fx_cel_uses_line(s->rule[i].rule->when);

		s->truth[i] = counts ? eval(s, s->rule[i].form) : FX_FALSE_T;
	}
	t = s->goal(s->truth, s->nrules, s->ctx);
	if (t == FX_FALSE_T)
		return false;
	if (t == FX_TRUE_T || depth == s->norder) {
		if (confirmed(s)) {
			s->witness = fx_arena_str(s->a, fx_buf_view(&s->json));
			return true;
		}
		/* What is open may yet make it so; where nothing is, it was no real order. */
		if (t == FX_OPEN_T)
			s->undecided = true;
		if (depth == s->norder)
			return false;
	}
	for (size_t k = 0; k < s->order[depth]->n; k++) {
		s->order[depth]->now = &s->order[depth]->v[k];
		if (search(s, depth + 1))
			return true;
	}
	s->order[depth]->now = NULL;
	return false;
}

static void order_by(struct fx_solver *s, const struct fx_cel_formula *f)
{
	struct attr *at;

	for (size_t i = 0; i < f->nparts; i++)
		order_by(s, &f->part[i]);
	if (f->logic != FX_CEL_ATOM || !(at = fx_map_ptr(&s->paths, f->atom.path)))
		return;
	for (size_t i = 0; i < s->norder; i++)
		if (s->order[i] == at)
			return;
	s->order[s->norder++] = at;
}

enum fx_solved fx_solve(struct fx_solver *s, fx_solve_goal *goal, void *ctx, size_t first,
                        struct fx_str *witness)
{
	s->goal = goal;
	s->ctx = ctx;
	s->nodes = s->norder = 0;
	s->undecided = false;
	s->witness = (struct fx_str){NULL, 0};
	for (size_t i = 0; i < s->paths.n; i++)
		((struct attr *)s->paths.e[i].v.ptr)->now = NULL;
	if (first < s->nrules)
		order_by(s, s->rule[first].form);
	for (size_t i = 0; i < s->nrules; i++)
		if (s->with_line || !fx_cel_uses_line(s->rule[i].rule->when))
			order_by(s, s->rule[i].form);
	search(s, 0);
	if (s->witness.p) {
		*witness = s->witness;
		return FX_EXISTS;
	}
	return s->undecided ? FX_UNDECIDED : FX_NONE_EXISTS;
}
