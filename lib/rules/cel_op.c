/* Arithmetic, comparison, membership. */
#include "rules/cel_ast.h"

#include <stdlib.h>
#include <string.h>

static cel_value overflow(void)
{
	return cel_err(FX_CEL_OVERFLOW, (struct fx_str){NULL, 0});
}

static const char *sign(enum cel_op op)
{
	static const char *const text[] = {
	    "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"};

	return text[op - CEL_EQ];
}

static cel_value arith_int(enum cel_op op, int64_t a, int64_t b)
{
	int64_t r = 0;
	bool over = false;

	switch (op) {
	case CEL_ADD:
		over = __builtin_add_overflow(a, b, &r);
		break;
	case CEL_SUB:
		over = __builtin_sub_overflow(a, b, &r);
		break;
	case CEL_MUL:
		over = __builtin_mul_overflow(a, b, &r);
		break;
	default:
		if (b == 0)
			return cel_err(op == CEL_DIV ? FX_CEL_DIVIDE : FX_CEL_MODULUS,
			               (struct fx_str){NULL, 0});
		over = a == INT64_MIN && b == -1;
		if (!over)
			r = op == CEL_DIV ? a / b : a % b;
	}
	return over ? overflow() : FX_CEL_INT(r);
}

static cel_value arith_uint(enum cel_op op, uint64_t a, uint64_t b)
{
	uint64_t r = 0;
	bool over = false;

	switch (op) {
	case CEL_ADD:
		over = __builtin_add_overflow(a, b, &r);
		break;
	case CEL_SUB:
		over = __builtin_sub_overflow(a, b, &r);
		break;
	case CEL_MUL:
		over = __builtin_mul_overflow(a, b, &r);
		break;
	default:
		if (b == 0)
			return cel_err(op == CEL_DIV ? FX_CEL_DIVIDE : FX_CEL_MODULUS,
			               (struct fx_str){NULL, 0});
		r = op == CEL_DIV ? a / b : a % b;
	}
	return over ? overflow() : FX_CEL_UINT(r);
}

static cel_value arith_double(enum cel_op op, double a, double b)
{
	switch (op) {
	case CEL_ADD:
		return FX_CEL_DOUBLE(a + b);
	case CEL_SUB:
		return FX_CEL_DOUBLE(a - b);
	case CEL_MUL:
		return FX_CEL_DOUBLE(a * b);
	case CEL_DIV:
		return FX_CEL_DOUBLE(a / b);
	default: { /* % */
		cel_value x = FX_CEL_DOUBLE(a);

		return cel_no_overload("%", &x, &x);
	}
	}
}

static cel_value concat(struct cel_ctx *cx, const cel_value *a, const cel_value *b)
{
	size_t n = a->s.n + b->s.n;
	char *p;

	if (!cel_spend(cx, n / 64))
		return cel_limit(cx, FX_CEL_STEPS);
	p = cel_alloc(cx, n);
	if (!p)
		return cel_limit(cx, FX_CEL_SIZE);
	if (a->s.n)
		memcpy(p, a->s.p, a->s.n);
	if (b->s.n)
		memcpy(p + a->s.n, b->s.p, b->s.n);
	return (cel_value){.kind = a->kind, .s = {p, n}};
}

static cel_value join_lists(struct cel_ctx *cx, const cel_value *a, const cel_value *b)
{
	size_t n = cel_count(a) + cel_count(b), k = 0;
	cel_value *out;
	struct cel_iter it;

	if (!cel_spend(cx, n))
		return cel_limit(cx, FX_CEL_STEPS);
	out = cel_alloc(cx, n * sizeof(*out));
	if (!out)
		return cel_limit(cx, FX_CEL_SIZE);
	cel_iter_start(&it, a);
	while (cel_iter_next(cx, &it, NULL, &out[k]))
		k++;
	cel_iter_start(&it, b);
	while (cel_iter_next(cx, &it, NULL, &out[k]))
		k++;
	return (cel_value){.kind = FX_CV_LIST, .seq = {out, n}};
}

/* ---- times ---- */

#define SECOND INT64_C(1000000000)

static cel_value shifted(const cel_value *t, int64_t by, bool back)
{
	int64_t sec = by / SECOND, ns = by % SECOND;
	cel_value r = *t;

	sec = back ? -sec : sec;
	ns = (back ? -ns : ns) + t->ns;
	if (ns < 0) {
		ns += SECOND;
		sec--;
	} else if (ns >= SECOND) {
		ns -= SECOND;
		sec++;
	}
	r.i = t->i + sec; /* both are far from the ends of int64 */
	r.ns = (int32_t)ns;
	return cel_timestamp_ok(r.i) ? r : cel_err(FX_CEL_RANGE, FX_STR("timestamp"));
}

static cel_value arith_time(enum cel_op op, const cel_value *a, const cel_value *b)
{
	int64_t r;
	bool at = a->kind == FX_CV_TIMESTAMP, bt = b->kind == FX_CV_TIMESTAMP;

	if (op != CEL_ADD && op != CEL_SUB)
		return cel_no_overload(sign(op), a, b);
	if (at && !bt)
		return shifted(a, b->i, op == CEL_SUB);
	if (bt && !at)
		return op == CEL_ADD ? shifted(b, a->i, false) : cel_no_overload("-", a, b);
	if (at) {
		if (op == CEL_ADD)
			return cel_no_overload("+", a, b);
		if (__builtin_mul_overflow(a->i - b->i, SECOND, &r) ||
		    __builtin_add_overflow(r, (int64_t)a->ns - b->ns, &r))
			return cel_err(FX_CEL_RANGE, FX_STR("duration"));
	} else if (op == CEL_ADD ? __builtin_add_overflow(a->i, b->i, &r)
	                         : __builtin_sub_overflow(a->i, b->i, &r)) {
		return cel_err(FX_CEL_RANGE, FX_STR("duration"));
	}
	return (cel_value){.kind = FX_CV_DURATION, .i = r};
}

static bool is_time(const cel_value *v)
{
	return v->kind == FX_CV_TIMESTAMP || v->kind == FX_CV_DURATION;
}

cel_value cel_arith(struct cel_ctx *cx, enum cel_op op, const cel_value *a, const cel_value *b)
{
	if (is_time(a) && is_time(b))
		return arith_time(op, a, b);
	if (a->kind == b->kind) {
		switch (a->kind) {
		case FX_CV_INT:
			return arith_int(op, a->i, b->i);
		case FX_CV_UINT:
			return arith_uint(op, a->u, b->u);
		case FX_CV_DOUBLE:
			return arith_double(op, a->d, b->d);
		case FX_CV_STRING:
		case FX_CV_BYTES:
			if (op == CEL_ADD)
				return concat(cx, a, b);
			break;
		case FX_CV_LIST:
			if (op == CEL_ADD)
				return join_lists(cx, a, b);
			break;
		default:
			break;
		}
	}
	return cel_no_overload(sign(op), a, b);
}

cel_value cel_negate(const cel_value *a)
{
	if (a->kind == FX_CV_INT)
		return a->i == INT64_MIN ? overflow() : FX_CEL_INT(-a->i);
	if (a->kind == FX_CV_DOUBLE)
		return FX_CEL_DOUBLE(-a->d);
	return cel_no_overload("-", a, NULL);
}

cel_value cel_compare(enum cel_op op, const cel_value *a, const cel_value *b)
{
	int r = cel_order(a, b);

	if (r == 2)
		return cel_no_overload(sign(op), a, b);
	if (r == 3)
		return FX_CEL_BOOL(false);
	switch (op) {
	case CEL_LT:
		return FX_CEL_BOOL(r < 0);
	case CEL_LE:
		return FX_CEL_BOOL(r <= 0);
	case CEL_GT:
		return FX_CEL_BOOL(r > 0);
	default:
		return FX_CEL_BOOL(r >= 0);
	}
}

cel_value cel_in(struct cel_ctx *cx, const cel_value *a, const cel_value *b)
{
	struct cel_iter it;
	cel_value v;

	if (b->kind == FX_CV_MAP) {
		v = cel_lookup(cx, b, a);
		return FX_CEL_BOOL(v.kind != FX_CV_ERROR);
	}
	if (b->kind != FX_CV_LIST)
		return cel_no_overload("in", a, b);
	if (!cel_spend(cx, cel_count(b) / 4))
		return cel_limit(cx, FX_CEL_STEPS);
	cel_iter_start(&it, b);
	while (cel_iter_next(cx, &it, NULL, &v))
		if (cel_eq(cx, a, &v))
			return FX_CEL_BOOL(true);
	return FX_CEL_BOOL(false);
}

#define SET_MIN 8 /* shorter lists are as fast looked through */

static int by_text(const void *a, const void *b)
{
	return fx_str_cmp(*(const struct fx_str *)a, *(const struct fx_str *)b);
}

const struct cel_set *cel_set(struct fx_arena *a, const cel_value *list)
{
	struct cel_set *set;
	struct fx_str *v;

	if (list->kind != FX_CV_LIST || list->tape || list->seq.n < SET_MIN)
		return NULL;
	for (size_t i = 0; i < list->seq.n; i++)
		if (list->seq.v[i].kind != FX_CV_STRING)
			return NULL;
	set = FX_NEW(a, struct cel_set);
	v = FX_NEWV(a, struct fx_str, list->seq.n);
	for (size_t i = 0; i < list->seq.n; i++)
		v[i] = list->seq.v[i].s;
	qsort(v, list->seq.n, sizeof(*v), by_text);
	set->v = v;
	set->n = list->seq.n;
	return set;
}

bool cel_set_has(const struct cel_set *set, struct fx_str s)
{
	return bsearch(&s, set->v, set->n, sizeof(*set->v), by_text) != NULL;
}
