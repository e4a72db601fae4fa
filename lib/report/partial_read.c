/* Figures as text, read back: what --merge takes. */
#include <string.h>

#include "base/app.h"
#include "report/partial.h"

/* No record's time lies outside of these. */
#define MOMENT_MAX (INT64_MAX / 32)
#define HOUR_MAX (MOMENT_MAX / FX_HOUR)

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

static void read_counts(struct reader *r, uint32_t obj, const struct fx_part_count *c, void *base)
{
	for (; c->name; c++)
		*fx_part_count_at(base, c) = count_of(r, get(r, obj, c->name, FX_NUMBER));
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
	read_counts(r, node, fx_part_group, &g);
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
		read_counts(r, i, fx_part_promise, a);
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
	if (r->bad || (format == FX_PART_FORMAT && fx_str_is(fx, FX_VERSION)))
		return 0;
	return fx_fail(err, FX_EDATA,
	               "fx-report %.*s wrote it, in its format %lld, and this is fx-report %s "
	               "with format %d: make all parts with one version",
	               FX_FMT(fx.n ? fx : FX_STR("(older than 0.1.0)")), (long long)format,
	               FX_VERSION, FX_PART_FORMAT);
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
