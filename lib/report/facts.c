#include "report/facts.h"

#include <stdio.h>

#include "report/deploys.h"

const struct fx_quantile fx_quantiles[FX_NQUANTILE] = {
    {0.5, "p50"}, {0.9, "p90"}, {0.95, "p95"}, {0.99, "p99"}};

const char *fx_unit_name(enum fx_unit u)
{
	static const char *const names[] = {"count", "seconds", "ratio", "per_1000", "time"};
	return names[u];
}

void fx_seconds(struct fx_buf *out, fx_time us)
{
	uint64_t u = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	fx_buf_fmt(out, "%s%llu", us < 0 ? "-" : "", (unsigned long long)(u / FX_SEC));
	if (u % FX_SEC == 0)
		return;
	fx_buf_fmt(out, ".%06llu", (unsigned long long)(u % FX_SEC));
	while (out->p[out->n - 1] == '0')
		out->n--;
}

void fx_decimal(struct fx_buf *out, double v)
{
	fx_buf_fmt(out, "%.6f", v);
	if (out->over)
		return;
	while (out->p[out->n - 1] == '0')
		out->n--;
	if (out->p[out->n - 1] == '.')
		out->n--;
}

void fx_fact_value(struct fx_buf *out, const struct fx_fact *fact)
{
	if (!fact->known)
		return;
	if (fact->unit == FX_UNIT_TIME) {
		char text[FX_TIME_LEN];
		fx_time_format(fact->time, text);
		fx_buf_z(out, text);
	} else if (fact->unit == FX_UNIT_COUNT)
		fx_buf_fmt(out, "%llu", (unsigned long long)fact->count);
	else if (fact->unit == FX_UNIT_SECONDS)
		fx_seconds(out, fact->time);
	else
		fx_decimal(out, fact->share);
}

struct teller {
	void (*fact)(void *user, const struct fx_fact *);
	void *user;
	struct fx_fact f;
};

/* Set the outer names; name becomes the innermost. */
static void under(struct teller *t, const char *outer, struct fx_str inner)
{
	t->f.path[0] = fx_str(outer);
	t->f.path[1] = inner;
	t->f.path[2] = (struct fx_str){NULL, 0};
}

static void tell(struct teller *t, const char *name)
{
	struct fx_fact f = t->f;
	size_t i = 0;
	while (i < 2 && f.path[i].n)
		i++;
	f.path[i] = fx_str(name);
	t->fact(t->user, &f);
}

static void count(struct teller *t, const char *name, uint64_t n)
{
	t->f.unit = FX_UNIT_COUNT;
	t->f.known = true;
	t->f.count = n;
	tell(t, name);
}

static void seconds(struct teller *t, const char *name, fx_time us)
{
	t->f.unit = FX_UNIT_SECONDS;
	t->f.known = us != FX_TIME_NONE;
	t->f.time = us;
	tell(t, name);
}

static void moment(struct teller *t, const char *name, fx_time at)
{
	t->f.unit = FX_UNIT_TIME;
	t->f.known = at != FX_TIME_NONE;
	t->f.time = at;
	tell(t, name);
}

static void share(struct teller *t, const char *name, double v, enum fx_unit unit)
{
	t->f.unit = unit;
	t->f.known = v >= 0;
	t->f.share = v;
	tell(t, name);
}

static const struct fx_str none;

static void distribution(struct teller *t, struct fx_sketch *s)
{
	count(t, "n", s->n);
	seconds(t, "min_s", s->n ? s->min : FX_TIME_NONE);
	for (size_t i = 0; i < FX_NQUANTILE; i++) {
		static const char *const names[FX_NQUANTILE] = {"p50_s", "p90_s", "p95_s", "p99_s"};
		seconds(t, names[i], fx_sketch_quantile(s, fx_quantiles[i].q));
	}
	seconds(t, "max_s", s->n ? s->max : FX_TIME_NONE);
	seconds(t, "mean_s", fx_sketch_mean(s));
}

static void milestone(struct teller *t, struct fx_attainment *a)
{
	under(t, "milestones", a->milestone);
	count(t, "promised", a->met + a->late + a->overdue + a->pending + a->lapsed + a->untold);
	count(t, "met", a->met);
	count(t, "late", a->late);
	count(t, "overdue", a->overdue);
	count(t, "pending", a->pending);
	count(t, "lapsed", a->lapsed);
	count(t, "untold", a->untold);
	share(t, "attainment", fx_attained(a), FX_UNIT_RATIO);
	seconds(t, "late_by_p50_s", fx_sketch_quantile(&a->lateness, 0.5));
	seconds(t, "late_by_max_s", a->lateness.n ? a->lateness.max : FX_TIME_NONE);
}

/* Of all rules, and of groups that are of one. */
static void deployments(struct teller *t, const struct fx_figures *f, const struct fx_group *g)
{
	struct fx_str rule = {NULL, 0};
	for (size_t i = 0; i < f->opt.nby && !g->total; i++)
		if (fx_str_is(f->opt.by[i], "rule") || fx_str_is(f->opt.by[i], "rule_version"))
			rule = g->key[i];
	if (!g->total && !rule.p && f->opt.nby)
		return;
	struct fx_dora d;
	fx_dora_of(f, rule, &d);
	under(t, "deployments", none);
	count(t, "n", d.deployments);
	count(t, "failed", d.failed);
	share(t, "change_failure_rate", fx_change_failure_rate(&d), FX_UNIT_RATIO);
	count(t, "failed_open", d.open);
	seconds(t, "time_to_restore_p50_s", fx_sketch_quantile(&d.restore, 0.5));
	seconds(t, "time_to_restore_mean_s", fx_sketch_mean(&d.restore));
	fx_sketch_free(&d.restore);
}

void fx_facts(const struct fx_figures *f, struct fx_group *g,
              void (*fact)(void *user, const struct fx_fact *), void *user)
{
	struct teller t = {.fact = fact, .user = user};
	under(&t, "", none);
	count(&t, "orders", g->orders);
	count(&t, "tasks", g->tasks);
	count(&t, "tasks_open", g->open);
	moment(&t, "first_assigned", g->first);
	moment(&t, "last_assigned", g->last);
	under(&t, "states", none);
	for (size_t i = FX_ASSIGNED; i <= FX_SUPERSEDED; i++)
		count(&t, fx_state_name((enum fx_state)i), g->state[i]);
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		under(&t, fx_interval_info[i].id, none);
		distribution(&t, &g->interval[i].took);
		count(&t, "open", g->interval[i].open);
		count(&t, "negative", g->interval[i].negative);
	}
	under(&t, "", none);
	share(&t, "exception_rate", fx_group_exception_rate(g), FX_UNIT_RATIO);
	count(&t, "tasks_with_exception", g->with_exception);
	count(&t, "exceptions", g->exceptions);
	count(&t, "exceptions_resolved", g->resolved);
	count(&t, "exceptions_open", g->exceptions - g->resolved);
	for (size_t i = 0; i < g->nfailure; i++) {
		under(&t, "failures", g->failure[i].name);
		count(&t, "n", g->failure[i].n);
		count(&t, "open", g->failure[i].open);
	}
	under(&t, "", none);
	share(&t, "manual_handoffs_per_1000_orders", fx_group_handoffs_per_1000(f, g),
	      FX_UNIT_PER_1000);
	count(&t, "handoffs_manual", g->handed_over);
	count(&t, "assignments_to_teams", fx_group_to_teams(f, g));
	count(&t, "rerouted", g->rerouted);
	count(&t, "flapped", g->flapped);
	for (size_t i = 0; i < g->nmilestone; i++)
		milestone(&t, &g->milestone[i]);
	deployments(&t, f, g);
}
