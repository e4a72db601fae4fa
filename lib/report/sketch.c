#include "report/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "json/write.h"

/* 2^SUB buckets an octave; values below 2^SUB have one each. */
#define SUB 6u
#define NBUCKET ((64u - SUB) << SUB)

static unsigned bucket_of(int64_t v)
{
	uint64_t u = (uint64_t)v;
	if (u < 1u << SUB)
		return (unsigned)u;
	unsigned shift = 63u - (unsigned)__builtin_clzll(u) - SUB;
	return ((shift + 1) << SUB) + (unsigned)(u >> shift & ((1u << SUB) - 1));
}

/* The middle of the bucket. */
static int64_t value_of(unsigned b)
{
	if (b < 2u << SUB)
		return b;
	unsigned shift = (b >> SUB) - 1;
	uint64_t low = (uint64_t)((1u << SUB) | (b & ((1u << SUB) - 1))) << shift;
	return (int64_t)(low + ((uint64_t)1 << shift >> 1));
}

static void to_buckets(struct fx_sketch *s)
{
	if (s->bucket)
		return;
	s->bucket = fx_alloc(NBUCKET, sizeof(*s->bucket));
	for (uint64_t i = 0; s->value && i < s->n; i++)
		s->bucket[bucket_of(s->value[i])]++;
	free(s->value);
	s->value = NULL;
	s->cap = 0;
}

static void keep(struct fx_sketch *s, int64_t v)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->value = fx_realloc(s->value, s->cap, sizeof(*s->value));
	}
	s->sorted = s->n == 0 || (s->sorted && s->value[s->n - 1] <= v);
	s->value[s->n] = v;
}

static void totals(struct fx_sketch *s, fx_time min, fx_time max, uint64_t n, uint64_t sum_s,
                   uint64_t sum_us)
{
	if (n == 0)
		return;
	if (s->n == 0 || min < s->min)
		s->min = min;
	if (s->n == 0 || max > s->max)
		s->max = max;
	s->n += n;
	s->sum_us += sum_us;
	s->sum_s += sum_s + s->sum_us / FX_SEC;
	s->sum_us %= FX_SEC;
}

void fx_sketch_add(struct fx_sketch *s, fx_time v)
{
	if (s->n >= FX_SKETCH_EXACT)
		to_buckets(s);
	if (s->bucket)
		s->bucket[bucket_of(v)]++;
	else
		keep(s, v);
	totals(s, v, v, 1, (uint64_t)(v / FX_SEC), (uint64_t)(v % FX_SEC));
}

void fx_sketch_merge(struct fx_sketch *s, const struct fx_sketch *other)
{
	if (!other->bucket) {
		for (uint64_t i = 0; i < other->n; i++)
			fx_sketch_add(s, other->value[i]);
		return;
	}
	to_buckets(s);
	for (unsigned i = 0; i < NBUCKET; i++)
		s->bucket[i] += other->bucket[i];
	totals(s, other->min, other->max, other->n, other->sum_s, other->sum_us);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void sort(struct fx_sketch *s)
{
	if (s->value && !s->sorted)
		qsort(s->value, s->n, sizeof(*s->value), by_value);
	s->sorted = true;
}

/* The value of the given rank, from 0. */
static int64_t at_rank(const struct fx_sketch *s, uint64_t rank)
{
	if (!s->bucket)
		return s->value[rank];
	uint64_t seen = 0;
	unsigned b = 0;
	while (b < NBUCKET - 1 && (seen += s->bucket[b]) <= rank)
		b++;
	int64_t v = value_of(b);
	return v < s->min ? s->min : v > s->max ? s->max : v;
}

fx_time fx_sketch_quantile(struct fx_sketch *s, double q)
{
	if (s->n == 0)
		return FX_TIME_NONE;
	if (q <= 0)
		return s->min;
	if (q >= 1)
		return s->max;
	sort(s);
	double place = q * (double)(s->n - 1);
	uint64_t rank = (uint64_t)place;
	double part = place - (double)rank;
	int64_t low = at_rank(s, rank);
	if (part <= 0 || rank + 1 >= s->n)
		return low;
	int64_t high = at_rank(s, rank + 1);
	return low + (int64_t)(part * (double)(high - low) + 0.5);
}

fx_time fx_sketch_mean(const struct fx_sketch *s)
{
	if (s->n == 0)
		return FX_TIME_NONE;
	uint64_t rest = s->sum_s % s->n;
	double part = ((double)rest * (double)FX_SEC + (double)s->sum_us) / (double)s->n;
	return (fx_time)(s->sum_s / s->n) * FX_SEC + (fx_time)(part + 0.5);
}

uint64_t fx_sketch_at_most(const struct fx_sketch *s, fx_time v)
{
	uint64_t n = 0;
	if (v < 0)
		return 0;
	if (s->bucket)
		for (unsigned b = 0; b <= bucket_of(v); b++)
			n += s->bucket[b];
	else
		for (uint64_t i = 0; i < s->n; i++)
			n += s->value[i] <= v;
	return n;
}

void fx_sketch_free(struct fx_sketch *s)
{
	free(s->value);
	free(s->bucket);
	memset(s, 0, sizeof(*s));
}

static void write_number(struct fx_buf *out, const char *name, int64_t v)
{
	fx_json_key(out, name);
	fx_json_int(out, v);
}

void fx_sketch_write(struct fx_sketch *s, struct fx_buf *out)
{
	sort(s);
	fx_buf_byte(out, '{');
	if (!s->bucket) {
		fx_json_key(out, "values");
		fx_buf_byte(out, '[');
		for (uint64_t i = 0; i < s->n; i++) {
			fx_json_sep(out);
			fx_json_int(out, s->value[i]);
		}
		fx_buf_z(out, "]}");
		return;
	}
	write_number(out, "min", s->min);
	write_number(out, "max", s->max);
	write_number(out, "sum_s", (int64_t)s->sum_s);
	write_number(out, "sum_us", (int64_t)s->sum_us);
	fx_json_key(out, "buckets");
	fx_buf_byte(out, '[');
	for (unsigned i = 0; i < NBUCKET; i++)
		if (s->bucket[i]) {
			fx_json_sep(out);
			fx_buf_fmt(out, "[%u,%llu]", i, (unsigned long long)s->bucket[i]);
		}
	fx_buf_z(out, "]}");
}

static int read_uint(const struct fx_tape *t, uint32_t node, uint64_t max, uint64_t *out)
{
	if (node == FX_NONE || fx_tape_type(t, node) != FX_NUMBER ||
	    fx_str_u64(fx_tape_raw(t, node), out) || *out > max)
		return -1;
	return 0;
}

static int read_values(struct fx_sketch *s, const struct fx_tape *t, uint32_t list)
{
	for (uint32_t i = list + 1; i < t->node[list].next; i = fx_tape_next(t, i)) {
		uint64_t v;
		if (read_uint(t, i, INT64_MAX, &v) || s->n >= FX_SKETCH_EXACT)
			return -1;
		fx_sketch_add(s, (fx_time)v);
	}
	return 0;
}

static int read_buckets(struct fx_sketch *s, const struct fx_tape *t, uint32_t node, uint32_t list)
{
	uint64_t min, max, sum_s, sum_us, b, n, total = 0;
	if (read_uint(t, fx_tape_get(t, node, FX_STR("min")), INT64_MAX, &min) ||
	    read_uint(t, fx_tape_get(t, node, FX_STR("max")), INT64_MAX, &max) || min > max ||
	    read_uint(t, fx_tape_get(t, node, FX_STR("sum_s")), FX_SKETCH_COUNT, &sum_s) ||
	    read_uint(t, fx_tape_get(t, node, FX_STR("sum_us")), FX_SEC - 1, &sum_us))
		return -1;
	to_buckets(s);
	for (uint32_t i = list + 1; i < t->node[list].next; i = fx_tape_next(t, i)) {
		if (fx_tape_type(t, i) != FX_ARRAY || t->node[i].count != 2 ||
		    read_uint(t, i + 1, NBUCKET - 1, &b) ||
		    read_uint(t, i + 2, FX_SKETCH_COUNT, &n) ||
		    n > (uint64_t)FX_SKETCH_COUNT - total)
			return -1;
		s->bucket[b] += n;
		total += n;
	}
	if (total <= FX_SKETCH_EXACT)
		return -1;
	totals(s, (fx_time)min, (fx_time)max, total, sum_s, sum_us);
	return 0;
}

int fx_sketch_read(struct fx_sketch *s, const struct fx_tape *t, uint32_t node, struct fx_err *err)
{
	uint32_t values = fx_tape_get(t, node, FX_STR("values"));
	uint32_t buckets = fx_tape_get(t, node, FX_STR("buckets"));
	int bad = -1;
	if (values != FX_NONE && fx_tape_type(t, values) == FX_ARRAY)
		bad = read_values(s, t, values);
	else if (buckets != FX_NONE && fx_tape_type(t, buckets) == FX_ARRAY)
		bad = read_buckets(s, t, node, buckets);
	return bad ? fx_fail(err, FX_EDATA, "this is no sketch of fx-report") : 0;
}
