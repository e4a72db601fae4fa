#include "rules/index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/num.h"
#include "rules/cel_atom.h"

/* A range over more segments than this is not worth its entries. */
#define SEGMENTS_MAX 64
/* Lengths of prefixes that are looked up for one attribute. */
#define LENGTHS_MAX 16

struct list {
	uint32_t *v;
	size_t n, cap;
};

struct range {
	double from, to; /* both included */
	uint32_t rule;
};

/* All that is filed under one attribute. */
struct file {
	struct fx_str path; /* below the record, or below the line */
	bool of_line, deep;
	struct fx_map values;   /* -> struct list */
	struct fx_map prefixes; /* -> struct list */
	size_t length[LENGTHS_MAX];
	size_t nlength;
	struct range *range;
	size_t nrange, range_cap;
	double *bound; /* sorted; segment 2 i + 1 is bound[i], 2 i what lies before it */
	size_t nbound;
	struct list *segment; /* 2 nbound + 1 */
};

struct fx_index {
	struct fx_arena *a;
	struct fx_map paths; /* -> struct file */
	struct list residual;
	uint32_t *stamp; /* of each rule: the call that it was last a candidate in */
	uint32_t call;
};

static void push(struct fx_arena *a, struct list *l, uint32_t rule)
{
	if (l->n > 0 && l->v[l->n - 1] == rule)
		return;
	if (l->n == l->cap) {
		uint32_t *more = fx_arena_alloc(a, (l->cap * 2 + 4) * sizeof(*more));

		if (l->n)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
		l->cap = l->cap * 2 + 4;
	}
	l->v[l->n++] = rule;
}

static struct list *list_at(struct fx_arena *a, struct fx_map *m, struct fx_str key)
{
	bool fresh;
	struct fx_map_entry *e = fx_map_put(m, key, &fresh);

	if (fresh)
		e->v.ptr = FX_NEW(a, struct list);
	return e->v.ptr;
}

static struct file *file_of(struct fx_index *x, struct fx_str path)
{
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&x->paths, path, &fresh);
	struct file *f = e->v.ptr;

	if (!fresh)
		return f;
	e->v.ptr = f = FX_NEW(x->a, struct file);
	f->of_line = fx_str_starts(path, FX_STR("SKU."));
	f->path = f->of_line ? (struct fx_str){path.p + 4, path.n - 4} : path;
	f->deep = fx_str_find(f->path, '.') < f->path.n;
	return f;
}

static bool is_number(const struct fx_cel_value *v, double *out)
{
	switch (v->kind) {
	case FX_CV_INT:
		*out = (double)v->i;
		return true;
	case FX_CV_UINT:
		*out = (double)v->u;
		return true;
	case FX_CV_DOUBLE:
		*out = v->d;
		return !isnan(v->d);
	default:
		return false;
	}
}

static bool all_strings(const struct fx_cel_atom *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->value[i].kind != FX_CV_STRING)
			return false;
	return m->n > 0;
}

/*
 * How well a conjunct narrows: the attribute's values so far over those that it
 * takes; 0: it cannot be filed.
 */
static double worth(const struct fx_index *x, const struct fx_cel_atom *m)
{
	const struct file *f = fx_map_ptr(&x->paths, m->path);
	size_t known = f ? f->values.live : 0;
	double number;

	if (m->via.n || fx_str_is(m->path, "SKU"))
		return 0;
	switch (m->rel) {
	case FX_CEL_EQ:
		if (is_number(m->value, &number))
			return 0.5;
		/* fall through */
	case FX_CEL_IN:
		return all_strings(m) ? (double)(known + 2) / (double)m->n : 0;
	case FX_CEL_PREFIX:
		return all_strings(m) && m->value[0].s.n > 0 ? 1 : 0;
	case FX_CEL_LT:
	case FX_CEL_LE:
	case FX_CEL_GT:
	case FX_CEL_GE:
		return is_number(m->value, &number) ? 0.25 : 0;
	default:
		return 0;
	}
}

static const struct fx_cel_formula *conjuncts(const struct fx_cel_formula *f, size_t *n)
{
	if (f->logic == FX_CEL_ALL_OF) {
		*n = f->nparts;
		return f->part;
	}
	*n = 1;
	return f;
}

static const struct fx_cel_atom *best(const struct fx_index *x, const struct fx_cel_formula *f)
{
	const struct fx_cel_atom *found = NULL;
	double top = 0;
	size_t n;
	const struct fx_cel_formula *part = conjuncts(f, &n);

	for (size_t i = 0; i < n; i++) {
		double w = part[i].logic == FX_CEL_ATOM ? worth(x, &part[i].atom) : 0;

		if (w > top) {
			top = w;
			found = &part[i].atom;
		}
	}
	return found;
}

/* The numbers that the conjuncts on one attribute leave, ends included: wider does no harm. */
static struct range range_of(const struct fx_cel_formula *f, struct fx_str path, uint32_t rule)
{
	struct range r = {-INFINITY, INFINITY, rule};
	size_t n;
	const struct fx_cel_formula *part = conjuncts(f, &n);

	for (size_t i = 0; i < n; i++) {
		const struct fx_cel_atom *m = &part[i].atom;
		double v;

		if (part[i].logic != FX_CEL_ATOM || m->via.n || !fx_str_eq(m->path, path) ||
		    m->n != 1 || !is_number(m->value, &v))
			continue;
		if ((m->rel == FX_CEL_GT || m->rel == FX_CEL_GE || m->rel == FX_CEL_EQ) &&
		    v > r.from)
			r.from = v;
		if ((m->rel == FX_CEL_LT || m->rel == FX_CEL_LE || m->rel == FX_CEL_EQ) && v < r.to)
			r.to = v;
	}
	return r;
}

static bool file_prefix(struct fx_index *x, struct file *f, struct fx_str prefix, uint32_t rule)
{
	size_t i = 0;

	while (i < f->nlength && f->length[i] != prefix.n)
		i++;
	if (i == LENGTHS_MAX)
		return false;
	if (i == f->nlength)
		f->length[f->nlength++] = prefix.n;
	push(x->a, list_at(x->a, &f->prefixes, prefix), rule);
	return true;
}

static void file_rule(struct fx_index *x, const struct fx_cel_formula *form, uint32_t rule)
{
	const struct fx_cel_atom *m = best(x, form);
	struct file *f = m ? file_of(x, m->path) : NULL;

	if (f && m->rel == FX_CEL_PREFIX && file_prefix(x, f, m->value[0].s, rule))
		return;
	if (f && (m->rel == FX_CEL_EQ || m->rel == FX_CEL_IN) && all_strings(m)) {
		for (size_t i = 0; i < m->n; i++)
			push(x->a, list_at(x->a, &f->values, m->value[i].s), rule);
		return;
	}
	if (f && m->rel != FX_CEL_PREFIX) {
		if (f->nrange == f->range_cap) {
			f->range_cap = f->range_cap * 2 + 16;
			f->range = fx_realloc(f->range, f->range_cap, sizeof(*f->range));
		}
		f->range[f->nrange++] = range_of(form, m->path, rule);
		return;
	}
	push(x->a, &x->residual, rule);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int by_rule(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The segment of a number: odd on a bound, even between two. */
static size_t segment_of(const struct file *f, double v)
{
	size_t lo = 0, hi = f->nbound;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->bound[mid] < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->nbound && f->bound[lo] == v ? 2 * lo + 1 : 2 * lo;
}

static void file_ranges(struct fx_index *x, struct file *f)
{
	size_t n = 0;

	f->bound = FX_NEWV(x->a, double, 2 * f->nrange + 1);
	for (size_t i = 0; i < f->nrange; i++) {
		if (isfinite(f->range[i].from))
			f->bound[n++] = f->range[i].from;
		if (isfinite(f->range[i].to))
			f->bound[n++] = f->range[i].to;
	}
	qsort(f->bound, n, sizeof(double), by_value);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || f->bound[i] != f->bound[f->nbound - 1])
			f->bound[f->nbound++] = f->bound[i];
	f->segment = FX_NEWV(x->a, struct list, 2 * f->nbound + 1);
	for (size_t i = 0; i < f->nrange; i++) {
		size_t from = segment_of(f, f->range[i].from), to = segment_of(f, f->range[i].to);

		if (to > from + SEGMENTS_MAX)
			push(x->a, &x->residual, f->range[i].rule);
		else
			for (size_t s = from; s <= to; s++)
				push(x->a, &f->segment[s], f->range[i].rule);
	}
	free(f->range);
	f->range = NULL;
}

struct fx_index *fx_index_new(struct fx_arena *a, const struct fx_rule *const *rules, size_t n)
{
	struct fx_index *x = FX_NEW(a, struct fx_index);
	const struct fx_cel_formula **form = FX_NEWV(a, const struct fx_cel_formula *, n + 1);

	x->a = a;
	x->stamp = FX_NEWV(a, uint32_t, n + 1);
	/* First all values, so that the choice knows which attributes tell rules apart. */
	for (size_t i = 0; i < n; i++) {
		size_t np;
		const struct fx_cel_formula *part;

		form[i] = fx_cel_formula(a, rules[i]->when);
		part = conjuncts(form[i], &np);
		for (size_t k = 0; k < np; k++)
			if (part[k].logic == FX_CEL_ATOM && part[k].atom.rel == FX_CEL_EQ &&
			    worth(x, &part[k].atom) >= 1)
				list_at(a, &file_of(x, part[k].atom.path)->values,
				        part[k].atom.value[0].s);
	}
	for (size_t i = 0; i < n; i++)
		file_rule(x, form[i], (uint32_t)i);
	for (size_t i = 0; i < x->paths.n; i++)
		file_ranges(x, x->paths.e[i].v.ptr);
	/* Ranges may have added some out of order. */
	if (x->residual.n > 0)
		qsort(x->residual.v, x->residual.n, sizeof(uint32_t), by_rule);
	return x;
}

void fx_index_free(struct fx_index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->paths.n; i++) {
		struct file *f = x->paths.e[i].v.ptr;

		fx_map_free(&f->values);
		fx_map_free(&f->prefixes);
		free(f->range);
	}
	fx_map_free(&x->paths);
}

size_t fx_index_residual(const struct fx_index *x)
{
	return x->residual.n;
}

static uint32_t node_at(const struct fx_tape *t, uint32_t node, struct fx_str path)
{
	for (size_t dot; (dot = fx_str_find(path, '.')) < path.n;
	     path = (struct fx_str){path.p + dot + 1, path.n - dot - 1}) {
		node = fx_tape_get(t, node, (struct fx_str){path.p, dot});
		if (node == FX_NONE)
			return FX_NONE;
	}
	return fx_tape_get(t, node, path);
}

static size_t take(struct fx_index *x, const struct list *l, uint32_t *out, size_t n)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (x->stamp[l->v[i]] != x->call) {
			x->stamp[l->v[i]] = x->call;
			out[n++] = l->v[i];
		}
	return n;
}

static size_t take_value(struct fx_index *x, const struct file *f, const struct fx_tape *t,
                         uint32_t base, struct fx_arena *scratch, uint32_t *out, size_t n)
{
	uint32_t node = f->deep ? node_at(t, base, f->path) : fx_tape_get(t, base, f->path);

	if (node == FX_NONE)
		return n;
	if (fx_tape_type(t, node) == FX_STRING) {
		struct fx_str s = fx_tape_str(t, node, scratch);

		n = take(x, fx_map_ptr(&f->values, s), out, n);
		for (size_t i = 0; i < f->nlength; i++)
			if (f->length[i] <= s.n)
				n = take(
				    x, fx_map_ptr(&f->prefixes, (struct fx_str){s.p, f->length[i]}),
				    out, n);
	} else if (fx_tape_type(t, node) == FX_NUMBER && f->nrange > 0) {
		n = take(x, &f->segment[segment_of(f, fx_num_double(fx_tape_raw(t, node)))], out,
		         n);
	}
	return n;
}

/* Shell's sort: in place, without allocation, and the candidates are few. */
static void sort(uint32_t *v, size_t n)
{
	for (size_t gap = n > 10 ? n / 3 : 1; gap > 0; gap = gap > 1 && gap < 3 ? 1 : gap / 3)
		for (size_t i = gap; i < n; i++) {
			uint32_t x = v[i];
			size_t k = i;

			for (; k >= gap && v[k - gap] > x; k -= gap)
				v[k] = v[k - gap];
			v[k] = x;
		}
}

size_t fx_index_candidates(struct fx_index *x, const struct fx_tape *t, const uint32_t *lines,
                           size_t nlines, struct fx_arena *scratch, uint32_t *out)
{
	const struct list *r = &x->residual;
	size_t n = 0, i, k;

	x->call++;
	for (i = 0; i < x->paths.n; i++) {
		const struct file *f = x->paths.e[i].v.ptr;

		if (!f->of_line)
			n = take_value(x, f, t, 0, scratch, out, n);
		for (k = 0; f->of_line && k < nlines; k++)
			n = take_value(x, f, t, lines[k], scratch, out, n);
	}
	sort(out, n);
	/* The two sorted lists become one, from the end, in place. */
	for (i = n, k = r->n, n += k; k > 0;)
		if (i > 0 && out[i - 1] > r->v[k - 1]) {
			out[i + k - 1] = out[i - 1];
			i--;
		} else {
			out[i + k - 1] = r->v[k - 1];
			k--;
		}
	return n;
}
