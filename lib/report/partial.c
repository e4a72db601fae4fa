/* Figures as text: what --partial writes. */
#include "report/partial.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/app.h"
#include "json/write.h"

#define GROUP(m)                                                                                   \
	{                                                                                          \
#m, offsetof(struct fx_group, m)                                                   \
	}
#define PROMISE(m)                                                                                 \
	{                                                                                          \
#m, offsetof(struct fx_attainment, m)                                              \
	}
const struct fx_part_count fx_part_group[] = {
    GROUP(orders),   GROUP(tasks),       GROUP(open),     GROUP(with_exception), GROUP(exceptions),
    GROUP(resolved), GROUP(handed_over), GROUP(rerouted), GROUP(flapped),        {NULL, 0}};
const struct fx_part_count fx_part_promise[] = {PROMISE(met),     PROMISE(late),   PROMISE(overdue),
                                                PROMISE(pending), PROMISE(lapsed), PROMISE(untold),
                                                {NULL, 0}};

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

static void write_counts(struct fx_buf *b, const struct fx_part_count *c, void *base)
{
	for (; c->name; c++)
		write_int(b, c->name, (int64_t)*fx_part_count_at(base, c));
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
	write_counts(b, fx_part_group, g);
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
		write_counts(b, fx_part_promise, &g->milestone[i]);
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
	write_int(b, "fx_report", FX_PART_FORMAT);
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
