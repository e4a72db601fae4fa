#include "ledger/same.h"

#include <stdlib.h>
#include <string.h>

/* digits without zeros at either end, and the power of ten of the last one */
struct decimal {
	bool negative;
	const char *p; /* digits, perhaps with a point among them */
	size_t n;
	int64_t exp;
	bool huge; /* the exponent is beyond any use: compare the text */
};

static struct decimal decimal(struct fx_str s)
{
	struct decimal d = {0};
	size_t i = 0, point, end, mantissa;
	int64_t e = 0;
	bool minus = false;

	if (i < s.n && s.p[i] == '-') {
		d.negative = true;
		i++;
	}
	mantissa = i;
	while (i < s.n && s.p[i] != 'e' && s.p[i] != 'E')
		i++;
	end = i;
	if (i < s.n) {
		i++;
		if (s.p[i] == '-' || s.p[i] == '+')
			minus = s.p[i++] == '-';
		for (; i < s.n; i++) {
			if (e > INT64_MAX / 100)
				d.huge = true;
			else
				e = e * 10 + (s.p[i] - '0');
		}
	}
	d.p = s.p + mantissa;
	d.n = end - mantissa;
	point = fx_str_find((struct fx_str){d.p, d.n}, '.');
	d.exp = (minus ? -e : e) - (point < d.n ? (int64_t)(d.n - point - 1) : 0);
	while (d.n && (d.p[0] == '0' || d.p[0] == '.')) {
		d.p++;
		d.n--;
	}
	/* A trailing zero raises the exponent of the last digit that is left. */
	while (d.n && (d.p[d.n - 1] == '0' || d.p[d.n - 1] == '.')) {
		if (d.p[d.n - 1] == '0')
			d.exp++;
		d.n--;
	}
	if (d.n == 0) {
		d.exp = 0;
		d.negative = d.huge = false;
	}
	return d;
}

bool fx_same_number(struct fx_str x, struct fx_str y)
{
	struct decimal a, b;
	size_t i = 0, j = 0;

	if (fx_str_eq(x, y))
		return true;
	a = decimal(x);
	b = decimal(y);
	if (a.huge || b.huge || a.negative != b.negative || a.exp != b.exp)
		return false;
	for (;; i++, j++) {
		i += i < a.n && a.p[i] == '.';
		j += j < b.n && b.p[j] == '.';
		if (i >= a.n || j >= b.n)
			return i >= a.n && j >= b.n;
		if (a.p[i] != b.p[j])
			return false;
	}
}

/* A container under comparison: where it is in both tapes, and the child that comes next. */
struct level {
	uint32_t x, y;   /* the containers' nodes */
	uint32_t i, j;   /* next child of x; of y while both go in step */
	uint32_t number; /* of the child, in an array */
	uint32_t *sorted; /* y's names in order, once the orders differed */
	uint32_t nsorted;
};

struct pass {
	const struct fx_tape *x, *y;
	const struct fx_str *except;
	size_t nexcept;
	struct fx_arena *a;
	struct level stack[FX_DEPTH + 1];
	unsigned depth;
};

static bool skipped(const struct pass *p, const struct fx_tape *t, uint32_t name)
{
	if (p->depth != 1)
		return false;
	for (size_t k = 0; k < p->nexcept; k++)
		if (fx_tape_str_eq(t, name, p->except[k]))
			return true;
	return false;
}

static uint32_t skip(const struct pass *p, const struct fx_tape *t, uint32_t obj, uint32_t i)
{
	while (i < t->node[obj].next && skipped(p, t, i))
		i = fx_tape_next(t, i);
	return i;
}

/* heap sort by name: no global for qsort's comparison, no worst case */
static int cmp_names(const struct pass *p, uint32_t a, uint32_t b)
{
	return fx_str_cmp(fx_tape_str(p->y, a, p->a), fx_tape_str(p->y, b, p->a));
}

static void sift(const struct pass *p, uint32_t *v, uint32_t root, uint32_t n)
{
	for (uint32_t kid; (kid = 2 * root + 1) < n; root = kid) {
		uint32_t t = v[root];

		if (kid + 1 < n && cmp_names(p, v[kid], v[kid + 1]) < 0)
			kid++;
		if (cmp_names(p, v[root], v[kid]) >= 0)
			return;
		v[root] = v[kid];
		v[kid] = t;
	}
}

static void sort_names(const struct pass *p, struct level *l)
{
	uint32_t n = 0, *v = FX_NEWV(p->a, uint32_t, p->y->node[l->y].count + 1u);

	for (uint32_t j = l->y + 1; j < p->y->node[l->y].next; j = fx_tape_next(p->y, j))
		if (!skipped(p, p->y, j))
			v[n++] = j;
	for (uint32_t k = n / 2; k-- > 0;)
		sift(p, v, k, n);
	for (uint32_t k = n; k-- > 1;) {
		uint32_t t = v[0];

		v[0] = v[k];
		v[k] = t;
		sift(p, v, 0, k);
	}
	l->sorted = v;
	l->nsorted = n;
}

/* The name in y's object that equals the one at x's node i, or FX_NONE. */
static uint32_t partner(struct pass *p, struct level *l, uint32_t i)
{
	struct fx_str name = fx_tape_str(p->x, i, p->a);
	uint32_t lo = 0, hi;

	if (!l->sorted) {
		uint32_t j = skip(p, p->y, l->y, l->j);

		if (j < p->y->node[l->y].next && fx_tape_str_eq(p->y, j, name)) {
			l->j = fx_tape_next(p->y, j);
			return j;
		}
		sort_names(p, l);
	}
	for (hi = l->nsorted; lo < hi;) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = fx_str_cmp(fx_tape_str(p->y, l->sorted[mid], p->a), name);

		if (c == 0)
			return l->sorted[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return FX_NONE;
}

static uint32_t members(const struct pass *p, const struct fx_tape *t, uint32_t obj)
{
	uint32_t n = 0;

	for (uint32_t i = obj + 1; i < t->node[obj].next; i = fx_tape_next(t, i))
		n += !skipped(p, t, i);
	return n;
}

static bool same_scalar(const struct pass *p, uint32_t i, uint32_t j)
{
	switch (fx_tape_type(p->x, i)) {
	case FX_NUMBER:
		return fx_same_number(fx_tape_raw(p->x, i), fx_tape_raw(p->y, j));
	case FX_STRING:
		return fx_tape_str_eq(p->y, j, fx_tape_str(p->x, i, p->a));
	default:
		return true;
	}
}

/* Compare two values; containers of one size are pushed to be walked. */
static bool enter(struct pass *p, uint32_t i, uint32_t j)
{
	enum fx_type type = fx_tape_type(p->x, i);
	struct level *l;

	if (type != fx_tape_type(p->y, j))
		return false;
	if (type != FX_ARRAY && type != FX_OBJECT)
		return same_scalar(p, i, j);
	l = &p->stack[p->depth++];
	*l = (struct level){.x = i, .y = j, .i = i + 1, .j = j + 1};
	if (type == FX_ARRAY || p->depth > 1)
		return p->x->node[i].count == p->y->node[j].count;
	return true; /* the root: its members are counted at the end, when all of x's were found */
}

static void say_where(const struct pass *p, uint32_t extra, struct fx_buf *where)
{
	for (unsigned d = 0; d < p->depth; d++) {
		const struct level *l = &p->stack[d];
		struct fx_str name;

		fx_buf_byte(where, '/');
		if (fx_tape_type(p->x, l->x) == FX_ARRAY) {
			fx_buf_fmt(where, "%u", l->number);
			continue;
		}
		name = d + 1 == p->depth && extra ? fx_tape_str(p->y, extra, p->a)
						  : fx_tape_str(p->x, l->i, p->a);
		for (size_t k = 0; k < name.n; k++) {
			if (name.p[k] == '~' || name.p[k] == '/')
				fx_buf_z(where, name.p[k] == '~' ? "~0" : "~1");
			else
				fx_buf_byte(where, name.p[k]);
		}
	}
}

/* The first member of y's root that x does not have. */
static uint32_t surplus(const struct pass *p)
{
	for (uint32_t j = 1; j < p->y->node[0].next; j = fx_tape_next(p->y, j))
		if (!skipped(p, p->y, j) &&
		    fx_tape_get(p->x, 0, fx_tape_str(p->y, j, p->a)) == FX_NONE)
			return j;
	return FX_NONE;
}

/* Step over the child at hand of the innermost container. */
static void advance(struct pass *p)
{
	struct level *l = &p->stack[p->depth - 1];

	l->i = fx_tape_next(p->x, l->i);
	if (fx_tape_type(p->x, l->x) == FX_ARRAY) {
		l->j = fx_tape_next(p->y, l->j);
		l->number++;
	}
}

bool fx_same(const struct fx_tape *x, const struct fx_tape *y, const struct fx_str *except,
	     size_t n, struct fx_arena *a, struct fx_buf *where)
{
	struct pass p = {.x = x, .y = y, .except = except, .nexcept = n, .a = a};
	uint32_t extra = FX_NONE;
	bool ok = enter(&p, 0, 0);

	while (ok && p.depth) {
		struct level *l = &p.stack[p.depth - 1];
		bool object = fx_tape_type(x, l->x) == FX_OBJECT;
		unsigned depth = p.depth;
		uint32_t j = l->j;

		if (object)
			l->i = skip(&p, x, l->x, l->i);
		if (l->i >= x->node[l->x].next) {
			if (depth == 1 && object && members(&p, x, 0) != members(&p, y, 0)) {
				extra = surplus(&p);
				ok = false;
				break;
			}
			if (--p.depth)
				advance(&p);
			continue;
		}
		if (object)
			j = partner(&p, l, l->i);
		ok = j != FX_NONE && enter(&p, object ? l->i + 1 : l->i, object ? j + 1 : j);
		if (!ok && p.depth > depth)
			p.depth--; /* name the container, not its first child */
		if (ok && p.depth == depth)
			advance(&p);
	}
	if (!ok && where)
		say_where(&p, extra, where);
	return ok;
}
