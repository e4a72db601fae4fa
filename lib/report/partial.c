/* Figures as text, and back: what --partial writes and --merge reads. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "json/write.h"
#include "report/figures.h"

#define FORMAT 5
/* No record's time lies outside of these. */
#define MOMENT_MAX (INT64_MAX / 32)
#define HOUR_MAX (MOMENT_MAX / FX_HOUR)

/* Counts that are written as they stand. */
static const struct count {
	const char *name;
	size_t off;
} group_counts[] =
    {
#define C(m)                                                                                       \
	{                                                                                          \
#m, offsetof(struct fx_group, m)                                                   \
	}
        C(orders),   C(tasks),       C(open),     C(with_exception), C(exceptions),
        C(resolved), C(handed_over), C(rerouted), C(flapped),
#undef C
},
  promise_counts[] = {
#define C(m)                                                                                       \
	{                                                                                          \
#m, offsetof(struct fx_attainment, m)                                              \
	}
      C(met), C(late), C(overdue), C(pending), C(lapsed), C(untold),
#undef C
};
#define N(a) (sizeof(a) / sizeof(*(a)))

static uint64_t *count_at(void *base, const struct count *c)
{
	return (uint64_t *)(void *)((char *)base + c->off);
}

/* ---- writing --------------------------------------------------------------- */

static void write_int(struct fx_buf *b, const char *name, int64_t v)
{
	fx_json_key(b, name);
	fx_json_int(b, v);
}

static void write_str(struct fx_buf *b, struct fx_str s)
{
	fx_json_sep(b);
	if (s.p)
		fx_json_string(b, s);
	else
		fx_buf_z(b, "null");
}

static void write_tallies(struct fx_buf *b, const char *name, const struct fx_tally *t, size_t n)
{
	fx_json_key(b, name);
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < n; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '[');
		write_str(b, t[i].name);
		fx_buf_fmt(b, ",%llu,%llu]", (unsigned long long)t[i].n,
		           (unsigned long long)t[i].open);
	}
	fx_buf_byte(b, ']');
}

static void write_counts(struct fx_buf *b, const struct count *c, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++)
		write_int(b, c[i].name, (int64_t)*count_at(base, &c[i]));
}

static void write_intervals(struct fx_buf *b, struct fx_group *g)
{
	fx_json_key(b, "intervals");
	fx_buf_byte(b, '{');
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		fx_json_key(b, fx_interval_info[i].id);
		fx_buf_byte(b, '{');
		write_int(b, "negative", (int64_t)v->negative);
		write_int(b, "worst", v->worst);
		write_int(b, "open", (int64_t)v->open);
		fx_json_key(b, "took");
		fx_sketch_write(&v->took, b);
		fx_buf_byte(b, '}');
	}
	fx_buf_byte(b, '}');
}

static void write_group(const struct fx_figures *f, struct fx_buf *b, struct fx_group *g)
{
	fx_buf_byte(b, '{');
	fx_json_key(b, "key");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < f->opt.nby; i++)
		write_str(b, g->key[i]);
	fx_buf_byte(b, ']');
	write_counts(b, group_counts, N(group_counts), g);
	write_int(b, "first", g->first);
	write_int(b, "last", g->last);
	fx_json_key(b, "states");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i <= FX_SUPERSEDED; i++) {
		fx_json_sep(b);
		fx_json_int(b, (int64_t)g->state[i]);
	}
	fx_buf_byte(b, ']');
	write_intervals(b, g);
	fx_json_key(b, "milestones");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < g->nmilestone; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '{');
		fx_json_key(b, "milestone");
		fx_json_string(b, g->milestone[i].milestone);
		write_counts(b, promise_counts, N(promise_counts), &g->milestone[i]);
		fx_json_key(b, "lateness");
		fx_sketch_write(&g->milestone[i].lateness, b);
		fx_buf_byte(b, '}');
	}
	fx_buf_byte(b, ']');
	write_tallies(b, "failures", g->failure, g->nfailure);
	write_tallies(b, "owners", g->owner, g->nowner);
	fx_json_key(b, "hours");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < g->nhour; i++) {
		fx_json_sep(b);
		fx_buf_fmt(b, "[%lld,%llu,%llu]", (long long)g->hour[i].hour,
		           (unsigned long long)g->hour[i].tasks,
		           (unsigned long long)g->hour[i].excepted);
	}
	fx_buf_z(b, "]}");
}

static void write_options(const struct fx_figures_opt *opt, struct fx_buf *b)
{
	write_int(b, "fx_report", FORMAT);
	fx_json_key(b, "fx");
	fx_json_z(b, FX_VERSION);
	fx_json_key(b, "by");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < opt->nby; i++)
		write_str(b, opt->by[i]);
	fx_buf_byte(b, ']');
	write_int(b, "since", opt->since);
	write_int(b, "until", opt->until);
	write_int(b, "now", opt->now);
}

static int owner_cmp(const void *a, const void *b)
{
	const struct fx_owner_kind_of *const *x = a, *const *y = b;
	return fx_str_cmp((*x)->id, (*y)->id);
}

static void write_owners(const struct fx_figures *f, struct fx_buf *b)
{
	struct fx_owner_kind_of **o = fx_alloc(f->owners.n + 1, sizeof(struct fx_owner_kind_of *));
	for (size_t i = 0; i < f->owners.n; i++)
		o[i] = f->owners.e[i].v.ptr;
	qsort(o, f->owners.n, sizeof(*o), owner_cmp);
	fx_json_key(b, "kinds");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < f->owners.n; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '[');
		write_str(b, o[i]->id);
		fx_buf_fmt(b, ",%s,%lld]", o[i]->team ? "true" : "false", (long long)o[i]->at);
	}
	fx_buf_byte(b, ']');
	free(o);
}

static void write_objectives(const struct fx_figures *f, struct fx_buf *b)
{
	write_int(b, "published", f->published);
	fx_json_key(b, "registry");
	write_str(b, f->registry);
	fx_json_key(b, "objectives");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < f->nobjective; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '[');
		write_str(b, f->objective[i].flow);
		write_str(b, f->objective[i].text);
		fx_buf_byte(b, ']');
	}
	fx_buf_byte(b, ']');
}

static int registry_cmp(const void *a, const void *b)
{
	const struct fx_registry_seen *const *x = a, *const *y = b;
	return fx_str_cmp((*x)->digest, (*y)->digest);
}

static void write_registries(const struct fx_figures *f, struct fx_buf *b)
{
	size_t n = f->registries.n;
	struct fx_registry_seen **r = fx_alloc(n + 1, sizeof(struct fx_registry_seen *));
	for (size_t i = 0; i < n; i++)
		r[i] = f->registries.e[i].v.ptr;
	qsort(r, n, sizeof(*r), registry_cmp);
	fx_json_key(b, "registries");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < n; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '[');
		write_str(b, r[i]->digest);
		fx_buf_fmt(b, ",%lld]", (long long)r[i]->at);
	}
	fx_buf_byte(b, ']');
	free(r);
}

static int rule_cmp(const void *a, const void *b)
{
	const struct fx_rule_version *const *x = a, *const *y = b;
	int c = fx_str_cmp((*x)->rule, (*y)->rule);
	return c ? c : ((*x)->version > (*y)->version) - ((*x)->version < (*y)->version);
}

static void write_rules(const struct fx_figures *f, struct fx_buf *b)
{
	struct fx_rule_version **v = fx_alloc(f->rules.n + 1, sizeof(struct fx_rule_version *));
	for (size_t i = 0; i < f->rules.n; i++)
		v[i] = f->rules.e[i].v.ptr;
	qsort(v, f->rules.n, sizeof(*v), rule_cmp);
	fx_json_key(b, "rules");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < f->rules.n; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '[');
		write_str(b, v[i]->rule);
		fx_buf_fmt(b, ",%llu,%lld,%lld,%lld,%llu,%llu]", (unsigned long long)v[i]->version,
		           (long long)v[i]->published, (long long)v[i]->first,
		           (long long)v[i]->last, (unsigned long long)v[i]->tasks,
		           (unsigned long long)v[i]->excepted);
	}
	fx_buf_byte(b, ']');
	free(v);
}

/* Slots without an event are left out. */
static void write_pace(struct fx_buf *b, const struct fx_pace *p)
{
	fx_buf_byte(b, '{');
	fx_json_key(b, "pace");
	fx_buf_byte(b, '[');
	write_str(b, p->flow);
	write_str(b, p->milestone);
	fx_buf_byte(b, ']');
	fx_json_key(b, "slots");
	fx_buf_byte(b, '[');
	for (size_t k = 0; k < p->n; k++)
		if (p->slot[k].good || p->slot[k].bad) {
			fx_json_sep(b);
			fx_buf_fmt(b, "[%zu,%u,%u]", k, p->slot[k].good, p->slot[k].bad);
		}
	fx_buf_z(b, "]}");
}

int fx_figures_write(struct fx_figures *f, struct fx_out *out)
{
	struct fx_buf b = {0};
	fx_figures_end(f);
	fx_buf_byte(&b, '{');
	write_options(&f->opt, &b);
	write_int(&b, "entries", (int64_t)f->entries);
	write_int(&b, "orders", (int64_t)f->orders);
	write_int(&b, "first_entry", f->first_entry);
	write_int(&b, "last_entry", f->last_entry);
	write_tallies(&b, "events", f->event, f->nevent);
	write_tallies(&b, "handovers", f->handover, f->nhandover);
	write_registries(f, &b);
	write_owners(f, &b);
	write_objectives(f, &b);
	write_rules(f, &b);
	write_int(&b, "paces", (int64_t)f->npace);
	write_int(&b, "groups", (int64_t)f->ngroup);
	fx_buf_byte(&b, '}');
	int status = fx_out_line(out, fx_buf_view(&b));
	for (size_t i = 0; i < f->ngroup && status == 0; i++) {
		fx_buf_reset(&b);
		write_group(f, &b, f->group[i]);
		status = fx_out_line(out, fx_buf_view(&b));
	}
	for (size_t i = 0; i < f->npace && status == 0; i++) {
		fx_buf_reset(&b);
		write_pace(&b, f->pace[i]);
		status = fx_out_line(out, fx_buf_view(&b));
	}
	fx_buf_free(&b);
	return status;
}

/* ---- reading --------------------------------------------------------------- */

struct reader {
	struct fx_figures *f;
	struct fx_tape t;
	bool bad;
};

static uint32_t get(struct reader *r, uint32_t obj, const char *name, enum fx_type type)
{
	uint32_t v = fx_tape_get(&r->t, obj, fx_str(name));
	if (v != FX_NONE && fx_tape_type(&r->t, v) == type)
		return v;
	r->bad = true;
	return FX_NONE;
}

/* A signed 64-bit number; anything else marks the reader bad. */
static int64_t int_at(struct reader *r, uint32_t node)
{
	uint64_t v = 0;
	struct fx_str s = {NULL, 0};
	if (node != FX_NONE && fx_tape_type(&r->t, node) == FX_NUMBER)
		s = fx_tape_raw(&r->t, node);
	bool minus = s.n > 0 && *s.p == '-';
	if (minus)
		s = (struct fx_str){s.p + 1, s.n - 1};
	if (s.n == 0 || fx_str_u64(s, &v) || v > (uint64_t)INT64_MAX + minus) {
		r->bad = true;
		return 0;
	}
	return minus ? (int64_t)(0 - v) : (int64_t)v;
}

static int64_t get_int(struct reader *r, uint32_t obj, const char *name)
{
	return int_at(r, get(r, obj, name, FX_NUMBER));
}

static uint64_t count_of(struct reader *r, uint32_t node)
{
	int64_t v = int_at(r, node);
	if (v < 0 || v > FX_SKETCH_COUNT)
		r->bad = true;
	return r->bad ? 0 : (uint64_t)v;
}

static struct fx_str str_at(struct reader *r, uint32_t node)
{
	if (fx_tape_type(&r->t, node) == FX_STRING)
		return fx_tape_str(&r->t, node, &r->f->arena);
	if (fx_tape_type(&r->t, node) != FX_NULL)
		r->bad = true;
	return (struct fx_str){NULL, 0};
}

static uint32_t list(struct reader *r, uint32_t obj, const char *name, uint32_t *end)
{
	uint32_t a = get(r, obj, name, FX_ARRAY);
	*end = a == FX_NONE ? 0 : r->t.node[a].next;
	return a + 1;
}

static bool tuple(struct reader *r, uint32_t node, uint32_t n)
{
	if (fx_tape_type(&r->t, node) != FX_ARRAY || r->t.node[node].count != n)
		r->bad = true;
	return !r->bad;
}

static void read_tallies(struct reader *r, uint32_t obj, const char *name, struct fx_tally **to,
                         size_t *n)
{
	uint32_t end;
	for (uint32_t i = list(r, obj, name, &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (!tuple(r, i, 3))
			return;
		struct fx_str s = str_at(r, i + 1);
		struct fx_tally add = {s, count_of(r, i + 2), count_of(r, i + 3)}, *t;
		t = to ? fx_tally_of(r->f, to, n, s) : fx_figures_event(r->f, s);
		t->n += add.n;
		t->open += add.open;
	}
}

static void read_counts(struct reader *r, uint32_t obj, const struct count *c, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++)
		*count_at(base, &c[i]) = count_of(r, get(r, obj, c[i].name, FX_NUMBER));
}

static void read_sketch(struct reader *r, uint32_t obj, const char *name, struct fx_sketch *to)
{
	if (fx_sketch_read(to, &r->t, get(r, obj, name, FX_OBJECT), NULL))
		r->bad = true;
}

static void read_intervals(struct reader *r, uint32_t node, struct fx_group *g)
{
	uint32_t all = get(r, node, "intervals", FX_OBJECT);
	for (size_t i = 0; i < FX_NINTERVAL && !r->bad; i++) {
		struct fx_interval *v = &g->interval[i];
		uint32_t o = get(r, all, fx_interval_info[i].id, FX_OBJECT);
		if (r->bad)
			return;
		v->negative = count_of(r, get(r, o, "negative", FX_NUMBER));
		v->worst = get_int(r, o, "worst");
		v->open = count_of(r, get(r, o, "open", FX_NUMBER));
		read_sketch(r, o, "took", &v->took);
	}
}

static void read_group(struct reader *r, uint32_t node)
{
	struct fx_group g = {0};
	uint32_t end, k = 0;
	if (fx_tape_type(&r->t, node) != FX_OBJECT) {
		r->bad = true;
		return;
	}
	for (uint32_t i = list(r, node, "key", &end); i < end && k < FX_BY_MAX;
	     i = fx_tape_next(&r->t, i))
		g.key[k++] = str_at(r, i);
	if (k != r->f->opt.nby)
		r->bad = true;
	read_counts(r, node, group_counts, N(group_counts), &g);
	g.first = get_int(r, node, "first");
	g.last = get_int(r, node, "last");
	k = 0;
	for (uint32_t i = list(r, node, "states", &end); i < end && k <= FX_SUPERSEDED;
	     i = fx_tape_next(&r->t, i))
		g.state[k++] = count_of(r, i);
	read_intervals(r, node, &g);
	for (uint32_t i = list(r, node, "milestones", &end); i < end && !r->bad;
	     i = fx_tape_next(&r->t, i)) {
		uint32_t name = get(r, i, "milestone", FX_STRING);
		if (r->bad)
			break;
		struct fx_attainment *a = fx_group_milestone(r->f, &g, str_at(r, name));
		read_counts(r, i, promise_counts, N(promise_counts), a);
		read_sketch(r, i, "lateness", &a->lateness);
	}
	read_tallies(r, node, "failures", &g.failure, &g.nfailure);
	read_tallies(r, node, "owners", &g.owner, &g.nowner);
	for (uint32_t i = list(r, node, "hours", &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (!tuple(r, i, 3))
			break;
		int64_t at = int_at(r, i + 1);
		if (at > HOUR_MAX || at < -HOUR_MAX)
			r->bad = true;
		struct fx_hour *hour = fx_group_hour(&g, r->bad ? 0 : at);
		hour->tasks += count_of(r, i + 2);
		hour->excepted += count_of(r, i + 3);
	}
	if (!r->bad) {
		fx_figures_add_group(r->f, fx_figures_group(r->f, g.key), &g);
		r->f->awaited--;
	}
	fx_group_free(&g);
}

static void read_kinds(struct reader *r)
{
	uint32_t end;
	for (uint32_t i = list(r, 0, "kinds", &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (!tuple(r, i, 3) || fx_tape_type(&r->t, i + 1) != FX_STRING) {
			r->bad = true;
			return;
		}
		fx_figures_owner_kind(r->f, str_at(r, i + 1), fx_tape_type(&r->t, i + 2) == FX_TRUE,
		                      int_at(r, i + 3));
	}
}

/* Each is an entry once, though every part may have it. */
static void read_registries(struct reader *r)
{
	uint32_t end;
	for (uint32_t i = list(r, 0, "registries", &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (!tuple(r, i, 2))
			return;
		struct fx_str digest = str_at(r, i + 1);
		fx_time at = int_at(r, i + 2);
		if (r->bad || r->f->entries == 0) {
			r->bad = true;
			return;
		}
		r->f->entries -= !fx_figures_registry_seen(r->f, digest, at);
	}
}

static fx_time earlier(fx_time a, fx_time b)
{
	return b == FX_TIME_NONE || (a != FX_TIME_NONE && a < b) ? a : b;
}

static void read_rules(struct reader *r)
{
	uint32_t end;
	for (uint32_t i = list(r, 0, "rules", &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (!tuple(r, i, 7))
			return;
		struct fx_str rule = str_at(r, i + 1);
		uint64_t version = (uint64_t)int_at(r, i + 2);
		fx_time published = int_at(r, i + 3), first = int_at(r, i + 4),
		        last = int_at(r, i + 5);
		uint64_t tasks = count_of(r, i + 6), excepted = count_of(r, i + 7);
		bool times = first <= last && first >= -MOMENT_MAX && last <= MOMENT_MAX;
		if (published != FX_TIME_NONE &&
		    (published < -MOMENT_MAX || published > MOMENT_MAX))
			times = false;
		if (tasks ? !times : first != FX_TIME_NONE || last != FX_TIME_NONE)
			r->bad = true;
		if (r->bad || excepted > tasks) {
			r->bad = true;
			return;
		}
		struct fx_rule_version *v = fx_figures_rule(r->f, rule, version);
		v->published = earlier(v->published, published);
		v->first = earlier(v->first, first);
		v->last = last > v->last ? last : v->last;
		v->tasks += tasks;
		v->excepted += excepted;
	}
}

static void read_objectives(struct reader *r)
{
	fx_time at = get_int(r, 0, "published");
	uint32_t digest = fx_tape_get(&r->t, 0, FX_STR("registry")), end;
	if (digest == FX_NONE || r->bad) {
		r->bad = true;
		return;
	}
	if (at == FX_TIME_NONE || !fx_figures_published(r->f, str_at(r, digest), at))
		return;
	for (uint32_t i = list(r, 0, "objectives", &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (!tuple(r, i, 2))
			return;
		fx_figures_objective(r->f, str_at(r, i + 1), str_at(r, i + 2),
		                     (struct fx_str){NULL, 0});
	}
}

static void read_pace(struct reader *r)
{
	uint32_t name = get(r, 0, "pace", FX_ARRAY), end;
	if (r->bad || !tuple(r, name, 2))
		return;
	struct fx_str flow = str_at(r, name + 1), milestone = str_at(r, name + 2);
	struct fx_pace *p = fx_figures_pace(r->f, flow, milestone);
	for (uint32_t k = list(r, 0, "slots", &end); k < end; k = fx_tape_next(&r->t, k)) {
		if (!tuple(r, k, 3))
			return;
		uint64_t at = count_of(r, k + 1), good = count_of(r, k + 2),
		         bad = count_of(r, k + 3);
		if (r->bad || at >= FX_PACE_SLOTS || good > UINT32_MAX / 2 ||
		    bad > UINT32_MAX / 2) {
			r->bad = true;
			return;
		}
		struct fx_pace_slot *slot = fx_pace_slot(p, at);
		slot->good += (uint32_t)good;
		slot->bad += (uint32_t)bad;
	}
	r->f->awaited -= !r->bad;
}

static void read_options(struct reader *r, struct fx_figures_opt *opt)
{
	uint32_t end;
	*opt = (struct fx_figures_opt){0};
	opt->since = get_int(r, 0, "since");
	opt->until = get_int(r, 0, "until");
	opt->now = get_int(r, 0, "now");
	for (uint32_t i = list(r, 0, "by", &end); i < end; i = fx_tape_next(&r->t, i)) {
		if (opt->nby == FX_BY_MAX || fx_tape_type(&r->t, i) != FX_STRING) {
			r->bad = true;
			return;
		}
		opt->by[opt->nby++] = fx_arena_str(&r->f->arena, str_at(r, i));
	}
}

static const char *differing(const struct fx_figures_opt *a, const struct fx_figures_opt *b)
{
	bool same = a->nby == b->nby;
	for (size_t i = 0; i < a->nby && same; i++)
		same = fx_str_eq(a->by[i], b->by[i]);
	if (!same)
		return "--by";
	if (a->since != b->since)
		return "--since";
	if (a->until != b->until)
		return "--until";
	return a->now != b->now ? "--now" : NULL;
}

/* Another version's figures may mean something else under the same names. */
static int check_version(struct reader *r, struct fx_err *err)
{
	struct fx_str fx = fx_tape_get_str(&r->t, 0, FX_STR("fx"), &r->f->scratch);
	int64_t format = get_int(r, 0, "fx_report");
	if (r->bad || (format == FORMAT && fx_str_is(fx, FX_VERSION)))
		return 0;
	return fx_fail(err, FX_EDATA,
	               "fx-report %.*s wrote it, in its format %lld, and this is fx-report %s "
	               "with format %d: make all parts with one version",
	               FX_FMT(fx.n ? fx : FX_STR("(older than 0.1.0)")), (long long)format,
	               FX_VERSION, FORMAT);
}

/* The first line of a file: options, and what is not of a group. */
static int read_head(struct reader *r, struct fx_err *err)
{
	struct fx_figures *f = r->f;
	struct fx_figures_opt opt;
	if (check_version(r, err))
		return -1;
	read_options(r, &opt);
	if (r->bad)
		return 0;
	const char *what = f->files ? differing(&f->opt, &opt) : NULL;
	if (what)
		return fx_fail(err, FX_EDATA,
		               "made with another %s than the first file: give all "
		               "--partial runs the same",
		               what);
	opt.on_order = f->opt.on_order;
	opt.user = f->opt.user;
	f->opt = opt;
	f->files++;
	fx_time first = get_int(r, 0, "first_entry"), last = get_int(r, 0, "last_entry");
	f->entries += count_of(r, get(r, 0, "entries", FX_NUMBER));
	f->orders += count_of(r, get(r, 0, "orders", FX_NUMBER));
	f->awaited += count_of(r, get(r, 0, "groups", FX_NUMBER));
	f->awaited += count_of(r, get(r, 0, "paces", FX_NUMBER));
	if (first != FX_TIME_NONE && (f->first_entry == FX_TIME_NONE || first < f->first_entry))
		f->first_entry = first;
	if (last > f->last_entry)
		f->last_entry = last;
	read_tallies(r, 0, "events", NULL, NULL);
	read_tallies(r, 0, "handovers", &f->handover, &f->nhandover);
	read_registries(r);
	read_kinds(r);
	read_rules(r);
	read_objectives(r);
	return 0;
}

int fx_figures_merge(struct fx_figures *f, struct fx_str line, struct fx_err *err)
{
	struct reader r = {.f = f};
	int status = 0;
	fx_arena_reset(&f->scratch);
	if (fx_tape_read(&r.t, line, err))
		r.bad = true;
	else if (fx_tape_get(&r.t, 0, FX_STR("fx_report")) != FX_NONE)
		status = read_head(&r, err);
	else if (f->awaited == 0)
		r.bad = true;
	else if (fx_tape_get(&r.t, 0, FX_STR("pace")) != FX_NONE)
		read_pace(&r);
	else
		read_group(&r, 0);
	fx_tape_free(&r.t);
	if (r.bad)
		return fx_fail(err, FX_EDATA, "this is no line that fx-report --partial wrote");
	return status;
}

int fx_figures_merge_end(const struct fx_figures *f, struct fx_err *err)
{
	if (f->files == 0)
		return fx_fail(err, FX_EDATA, "nothing to merge: no file has a line");
	if (f->awaited)
		return fx_fail(err, FX_EDATA, "the files are not whole: %llu lines are missing",
		               (unsigned long long)f->awaited);
	return 0;
}
