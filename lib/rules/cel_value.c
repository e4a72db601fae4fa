/* Values: from the tape, equality, order, look-up, walking. */
#include "rules/cel_ast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- limits ---- */

cel_value cel_limit(struct cel_ctx *cx, enum fx_cel_why why)
{
	if (!cx->limited) {
		cx->limited = true;
		cx->limit = (unsigned char)why;
		cx->steps = 0; /* whatever absorbs this error, nothing more is done */
	}
	return cel_err(why, (struct fx_str){NULL, 0});
}

bool cel_spend(struct cel_ctx *cx, size_t n)
{
	if (n >= cx->steps) {
		cel_limit(cx, FX_CEL_STEPS);
		return false;
	}
	cx->steps -= (uint32_t)n;
	return true;
}

void *cel_alloc(struct cel_ctx *cx, size_t n)
{
	if (n > cx->memory) {
		cel_limit(cx, FX_CEL_SIZE);
		return NULL;
	}
	cx->memory -= n;
	return fx_arena_alloc(cx->a, n);
}

/* ---- making ---- */

cel_value cel_err(enum fx_cel_why why, struct fx_str what)
{
	return (cel_value){.kind = FX_CV_ERROR, .why = (unsigned char)why, .s = what};
}

cel_value cel_no_overload(const char *what, const cel_value *a, const cel_value *b)
{
	cel_value e = cel_err(FX_CEL_NO_OVERLOAD, fx_str(what));

	/* kept as numbers: an error that nobody reads must cost nothing */
	e.ns = (a->kind + 1) | (b ? b->kind + 1 : 0) << 8;
	return e;
}

cel_value cel_text(struct cel_ctx *cx, const char *p, size_t n)
{
	char *copy = cel_alloc(cx, n);

	if (!copy)
		return cel_limit(cx, FX_CEL_SIZE);
	if (n)
		memcpy(copy, p, n);
	return FX_CEL_STRING(((struct fx_str){copy, n}));
}

cel_value cel_list(struct cel_ctx *cx, const cel_value *v, size_t n)
{
	cel_value *copy = cel_alloc(cx, n * sizeof(*v));

	if (!copy)
		return cel_limit(cx, FX_CEL_SIZE);
	if (n)
		memcpy(copy, v, n * sizeof(*v));
	return (cel_value){.kind = FX_CV_LIST, .seq = {copy, n}};
}

cel_value cel_optional(struct cel_ctx *cx, cel_value v)
{
	cel_value *copy;

	if (v.kind == FX_CV_ERROR)
		return v;
	copy = cel_alloc(cx, sizeof(*copy));
	if (!copy)
		return cel_limit(cx, FX_CEL_SIZE);
	*copy = v;
	return (cel_value){.kind = FX_CV_OPTIONAL, .opt = copy};
}

/* ---- numbers ---- */

/* Exact for up to 15 digits and a small exponent (both are exact doubles); else strtod. */
double cel_strtod(struct fx_str s)
{
	static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
	                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	char small[64], *z = small;
	uint64_t m = 0;
	int digits = 0, scale = 0;
	bool minus = s.n && s.p[0] == '-', point = false;
	size_t i;
	double d;

	for (i = minus; i < s.n && digits <= 15; i++) {
		if (s.p[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			break;
		m = m * 10 + (uint64_t)(s.p[i] - '0');
		digits += m > 0;
		scale += point;
	}
	if (i == s.n && digits <= 15 && scale <= 22) {
		d = (double)m / ten[scale];
		return minus ? -d : d;
	}
	if (s.n >= sizeof(small))
		z = fx_alloc(s.n + 1, 1);
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	d = strtod(z, NULL);
	if (z != small)
		free(z);
	return d;
}

static bool tape_int(struct fx_str s, int64_t *out)
{
	bool minus = s.n && s.p[0] == '-';
	uint64_t v = 0;

	if (s.n - minus > 19)
		return false;
	for (size_t i = minus; i < s.n; i++)
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	if (v > (uint64_t)INT64_MAX + minus)
		return false;
	*out = minus ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool cel_is_number(const cel_value *v)
{
	return v->kind == FX_CV_INT || v->kind == FX_CV_UINT || v->kind == FX_CV_DOUBLE;
}

static int sign(bool less, bool more)
{
	return less ? -1 : more;
}

/* CEL compares an int with a double as doubles, once the double lies in the int's range. */
static int order_doubles(double a, double b)
{
	return isnan(a) || isnan(b) ? 3 : sign(a<b, a> b);
}

static int order_int_double(int64_t i, double d)
{
	if (d > 9223372036854775808.0)
		return -1;
	return d < -9223372036854775808.0 ? 1 : order_doubles((double)i, d);
}

static int order_uint_double(uint64_t u, double d)
{
	if (d > 18446744073709551616.0)
		return -1;
	return d < 0 ? 1 : order_doubles((double)u, d);
}

static int order_numbers(const cel_value *a, const cel_value *b)
{
	int r;

	if (a->kind == b->kind) {
		switch (a->kind) {
		case FX_CV_INT:
			return sign(a->i<b->i, a->i> b->i);
		case FX_CV_UINT:
			return sign(a->u<b->u, a->u> b->u);
		default:
			return order_doubles(a->d, b->d);
		}
	}
	if (a->kind == FX_CV_INT && b->kind == FX_CV_UINT)
		return a->i < 0 ? -1 : sign((uint64_t)a->i<b->u, (uint64_t)a->i> b->u);
	if (a->kind == FX_CV_INT)
		return order_int_double(a->i, b->d);
	if (a->kind == FX_CV_UINT && b->kind == FX_CV_DOUBLE)
		return order_uint_double(a->u, b->d);
	r = order_numbers(b, a);
	return r == 3 ? 3 : -r;
}

int cel_order(const cel_value *a, const cel_value *b)
{
	int c;

	if (cel_is_number(a) && cel_is_number(b))
		return order_numbers(a, b);
	if (a->kind != b->kind)
		return 2;
	switch (a->kind) {
	case FX_CV_BOOL:
		return sign(a->b<b->b, a->b> b->b);
	case FX_CV_STRING:
	case FX_CV_BYTES:
		c = fx_str_cmp(a->s, b->s);
		return sign(c<0, c> 0);
	case FX_CV_TIMESTAMP:
		if (a->i == b->i)
			return sign(a->ns<b->ns, a->ns> b->ns);
		return sign(a->i<b->i, a->i> b->i);
	case FX_CV_DURATION:
		return sign(a->i<b->i, a->i> b->i);
	default:
		return 2;
	}
}

/* ---- the tape ---- */

cel_value cel_from_tape(struct cel_ctx *cx, const struct fx_tape *t, uint32_t node)
{
	const struct fx_node *n = &t->node[node];
	struct fx_str raw = {t->text + n->off, n->len};
	int64_t i;

	switch ((enum fx_type)n->type) {
	case FX_NULL:
		return FX_CEL_NULL;
	case FX_FALSE:
		return FX_CEL_BOOL(false);
	case FX_TRUE:
		return FX_CEL_BOOL(true);
	case FX_NUMBER:
		if ((n->flags & FX_NODE_INTEGER) && tape_int(raw, &i))
			return FX_CEL_INT(i);
		return FX_CEL_DOUBLE(cel_strtod(raw));
	case FX_STRING:
		if (!(n->flags & FX_NODE_ESCAPED))
			return FX_CEL_STRING(raw);
		if (n->len > cx->memory)
			return cel_limit(cx, FX_CEL_SIZE);
		cx->memory -= n->len;
		return FX_CEL_STRING(fx_tape_str(t, node, cx->a));
	case FX_ARRAY:
		return (cel_value){.kind = FX_CV_LIST, .tape = 1, .at = {t, node}};
	case FX_OBJECT:
		return (cel_value){.kind = FX_CV_MAP, .tape = 1, .at = {t, node}};
	}
	return FX_CEL_NULL;
}

size_t cel_count(const cel_value *v)
{
	return v->tape ? (size_t)v->at.t->node[v->at.node].count : v->seq.n;
}

/* ---- walking ---- */

void cel_iter_start(struct cel_iter *it, const cel_value *v)
{
	it->v = v;
	it->i = 0;
	it->node = v->tape ? v->at.node + 1 : 0;
}

bool cel_iter_next(struct cel_ctx *cx, struct cel_iter *it, cel_value *key, cel_value *value)
{
	const cel_value *v = it->v;
	bool map = v->kind == FX_CV_MAP;

	if (it->i >= cel_count(v))
		return false;
	if (!map && key)
		*key = FX_CEL_INT((int64_t)it->i);
	if (v->tape) {
		const struct fx_tape *t = v->at.t;

		if (map && key)
			*key = cel_from_tape(cx, t, it->node);
		if (value)
			*value = cel_from_tape(cx, t, map ? it->node + 1 : it->node);
		it->node = fx_tape_next(t, it->node);
	} else if (map) {
		if (key)
			*key = v->seq.v[2 * it->i];
		if (value)
			*value = v->seq.v[2 * it->i + 1];
	} else if (value) {
		*value = v->seq.v[it->i];
	}
	it->i++;
	return true;
}

/* ---- equality ---- */

static bool eq_map(struct cel_ctx *cx, const cel_value *a, const cel_value *b)
{
	struct cel_iter it;
	cel_value k, v;

	cel_iter_start(&it, a);
	while (cel_iter_next(cx, &it, &k, &v)) {
		cel_value other = cel_lookup(cx, b, &k);

		if (other.kind == FX_CV_ERROR || !cel_eq(cx, &v, &other))
			return false;
	}
	return true;
}

static bool eq_list(struct cel_ctx *cx, const cel_value *a, const cel_value *b)
{
	struct cel_iter x, y;
	cel_value v, w;

	cel_iter_start(&x, a);
	cel_iter_start(&y, b);
	while (cel_iter_next(cx, &x, NULL, &v) && cel_iter_next(cx, &y, NULL, &w))
		if (!cel_eq(cx, &v, &w))
			return false;
	return true;
}

/* Recursion: records nest FX_DEPTH at most, made values CEL_DEPTH. */
bool cel_eq(struct cel_ctx *cx, const cel_value *a, const cel_value *b)
{
	if (a->kind != b->kind && !(cel_is_number(a) && cel_is_number(b)))
		return false;
	switch (a->kind) {
	case FX_CV_STRING:
	case FX_CV_BYTES:
		return cel_spend(cx, a->s.n / 64) && fx_str_eq(a->s, b->s);
	case FX_CV_NULL:
		return true;
	case FX_CV_TYPE:
		return fx_str_eq(a->s, b->s);
	case FX_CV_LIST:
		return cel_count(a) == cel_count(b) && cel_spend(cx, cel_count(a)) &&
		       eq_list(cx, a, b);
	case FX_CV_MAP:
		return cel_count(a) == cel_count(b) && cel_spend(cx, cel_count(a)) &&
		       eq_map(cx, a, b);
	case FX_CV_OPTIONAL:
		if (!a->opt || !b->opt)
			return a->opt == b->opt;
		return cel_eq(cx, a->opt, b->opt);
	case FX_CV_ERROR:
		return false;
	default:
		return cel_order(a, b) == 0;
	}
}

/* ---- look-up ---- */

cel_value cel_member(struct cel_ctx *cx, const cel_value *v, struct fx_str name)
{
	if (v->tape) {
		uint32_t at;

		if (!cel_spend(cx, cel_count(v) / 8))
			return cel_limit(cx, FX_CEL_STEPS);
		at = fx_tape_get(v->at.t, v->at.node, name);
		return at ? cel_from_tape(cx, v->at.t, at) : cel_err(FX_CEL_NO_KEY, name);
	}
	if (!cel_spend(cx, v->seq.n / 8))
		return cel_limit(cx, FX_CEL_STEPS);
	for (size_t i = 0; i < v->seq.n; i++) {
		const cel_value *k = &v->seq.v[2 * i];

		if (k->kind == FX_CV_STRING && fx_str_eq(k->s, name))
			return k[1];
	}
	return cel_err(FX_CEL_NO_KEY, name);
}

static cel_value element(struct cel_ctx *cx, const cel_value *v, const cel_value *key)
{
	cel_value zero = FX_CEL_INT(0), end = FX_CEL_INT((int64_t)cel_count(v));
	size_t i;

	if (!cel_is_number(key))
		return cel_no_overload("[]", v, key);
	if (key->kind == FX_CV_DOUBLE && key->d != trunc(key->d))
		return cel_err(FX_CEL_INDEX, FX_STR("no whole number"));
	if (cel_order(key, &zero) < 0 || cel_order(key, &end) != -1)
		return cel_err(FX_CEL_INDEX, FX_STR("out of range"));
	i = key->kind == FX_CV_INT    ? (size_t)key->i
	    : key->kind == FX_CV_UINT ? (size_t)key->u
	                              : (size_t)key->d;
	if (v->tape) {
		uint32_t at = v->at.node + 1;

		if (!cel_spend(cx, i / 4))
			return cel_limit(cx, FX_CEL_STEPS);
		while (i--)
			at = v->at.t->node[at].next;
		return cel_from_tape(cx, v->at.t, at);
	}
	return v->seq.v[i];
}

cel_value cel_lookup(struct cel_ctx *cx, const cel_value *v, const cel_value *key)
{
	if (v->kind == FX_CV_LIST)
		return element(cx, v, key);
	if (key->kind == FX_CV_STRING)
		return cel_member(cx, v, key->s);
	if (!v->tape) {
		if (!cel_spend(cx, v->seq.n / 8))
			return cel_limit(cx, FX_CEL_STEPS);
		for (size_t i = 0; i < v->seq.n; i++)
			if (cel_eq(cx, &v->seq.v[2 * i], key))
				return v->seq.v[2 * i + 1];
	}
	return cel_err(FX_CEL_NO_KEY, (struct fx_str){NULL, 0});
}

bool fx_cel_equal(const struct fx_cel_value *a, const struct fx_cel_value *b,
                  struct fx_arena *scratch)
{
	struct cel_ctx cx = {.a = scratch, .steps = CEL_STEPS, .memory = CEL_MEMORY};

	return cel_eq(&cx, a, b);
}

/* ---- words ---- */

struct fx_str fx_cel_kind_name(enum fx_cel_kind k)
{
	static const char *const names[] = {"error",
	                                    "null_type",
	                                    "bool",
	                                    "int",
	                                    "uint",
	                                    "double",
	                                    "string",
	                                    "bytes",
	                                    "list",
	                                    "map",
	                                    "google.protobuf.Timestamp",
	                                    "google.protobuf.Duration",
	                                    "type",
	                                    "optional_type"};

	return fx_str(names[k]);
}

struct fx_str fx_cel_why_text(const struct fx_cel_value *e, struct fx_arena *a)
{
	static const char *const text[] = {
	    [FX_CEL_NO_KEY] = "no such field",
	    [FX_CEL_NO_OVERLOAD] = "no such overload",
	    [FX_CEL_DIVIDE] = "divide by zero",
	    [FX_CEL_MODULUS] = "modulus by zero",
	    [FX_CEL_OVERFLOW] = "overflow",
	    [FX_CEL_RANGE] = "out of range",
	    [FX_CEL_CONVERT] = "cannot be converted",
	    [FX_CEL_INDEX] = "invalid index",
	    [FX_CEL_UNDECLARED] = "undeclared reference",
	    [FX_CEL_UNBOUND] = "unbound function",
	    [FX_CEL_KEY_TYPE] = "unsupported key type",
	    [FX_CEL_KEY_TWICE] = "repeated key",
	    [FX_CEL_REGEX] = "invalid regular expression",
	    [FX_CEL_FORMAT] = "invalid format",
	    [FX_CEL_NO_VALUE] = "an empty optional has no value",
	    [FX_CEL_ARGUMENT] = "invalid argument",
	    [FX_CEL_STEPS] = "takes too many steps",
	    [FX_CEL_SIZE] = "takes too much memory",
	};

	if (e->why == FX_CEL_NO_OVERLOAD && e->ns) {
		struct fx_str x = fx_cel_kind_name((enum fx_cel_kind)((e->ns & 0xff) - 1)), y;

		if (!(e->ns >> 8))
			return fx_arena_fmt(a, "%s: %.*s of %.*s", text[e->why], FX_FMT(e->s),
			                    FX_FMT(x));
		y = fx_cel_kind_name((enum fx_cel_kind)((e->ns >> 8) - 1));
		return fx_arena_fmt(a, "%s: %.*s %.*s %.*s", text[e->why], FX_FMT(x), FX_FMT(e->s),
		                    FX_FMT(y));
	}
	if (e->s.n == 0)
		return fx_str(text[e->why]);
	return fx_arena_fmt(a, "%s: %.*s", text[e->why], FX_FMT(e->s));
}
