/* OpenMetrics 1.0 text, for Prometheus and node_exporter's textfile collector. */
#include <stdio.h>
#include <stdlib.h>

#include "report/deploys.h"
#include "report/facts.h"
#include "report/render.h"
#include "report/slo.h"

/* A metric family at a time: that is how the format wants it. */
static void family(struct fx_buf *b, const char *name, const char *type, const char *unit,
                   const char *help)
{
	fx_buf_fmt(b, "# TYPE %s %s\n", name, type);
	if (unit)
		fx_buf_fmt(b, "# UNIT %s %s\n", name, unit);
	fx_buf_fmt(b, "# HELP %s %s\n", name, help);
}

static void label(struct fx_buf *b, bool *first, const char *name, struct fx_str value)
{
	fx_buf_byte(b, *first ? '{' : ',');
	*first = false;
	fx_buf_z(b, name);
	fx_buf_z(b, "=\"");
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n')
			fx_buf_z(b, "\\n");
		else if (value.p[i] == '"' || value.p[i] == '\\') {
			fx_buf_byte(b, '\\');
			fx_buf_byte(b, value.p[i]);
		} else
			fx_buf_byte(b, value.p[i]);
	}
	fx_buf_byte(b, '"');
}

/* ship_to.country as a label's name; those that the format itself uses get a prefix. */
static void label_name(struct fx_str by, char out[64])
{
	size_t n = 0;
	if (by.n && by.p[0] >= '0' && by.p[0] <= '9')
		out[n++] = '_';
	for (size_t i = 0; i < by.n && n < 60; i++) {
		char c = by.p[i];
		bool ok =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		out[n++] = ok ? c : '_';
	}
	out[n] = '\0';
}

static bool reserved(struct fx_str by)
{
	static const char *const used[] = {"quantile", "state", "failure", "milestone", "verdict"};
	for (size_t i = 0; i < sizeof(used) / sizeof(*used); i++)
		if (fx_str_is(by, used[i]))
			return true;
	return false;
}

/* name{the group's labels, one more}; extra NULL: none. */
static void sample(const struct fx_figures *f, const struct fx_group *g, const char *name,
                   const char *suffix, const char *extra, struct fx_str value, struct fx_buf *b)
{
	bool first = true;
	char text[64];
	fx_buf_fmt(b, "%s%s", name, suffix);
	for (size_t i = 0; i < f->opt.nby; i++) {
		label_name(f->opt.by[i], text);
		char by[72];
		snprintf(by, sizeof(by), "%s%s", reserved(f->opt.by[i]) ? "by_" : "", text);
		label(b, &first, by, g->key[i]);
	}
	if (extra)
		label(b, &first, extra, value);
	fx_buf_z(b, first ? " " : "} ");
}

static const struct fx_str none;

static void count(const struct fx_figures *f, struct fx_buf *b, const char *name, const char *help,
                  uint64_t (*get)(const struct fx_group *))
{
	family(b, name, "gauge", NULL, help);
	for (size_t i = 0; i < f->ngroup; i++) {
		sample(f, f->group[i], name, "", NULL, none, b);
		fx_buf_fmt(b, "%llu\n", (unsigned long long)get(f->group[i]));
	}
}

static uint64_t get_orders(const struct fx_group *g)
{
	return g->orders;
}

static uint64_t get_excepted(const struct fx_group *g)
{
	return g->with_exception;
}

static uint64_t get_handed_over(const struct fx_group *g)
{
	return g->handed_over;
}

static void tasks(const struct fx_figures *f, struct fx_buf *b)
{
	family(b, "fx_tasks", "gauge", NULL, "Tasks by the state that they are in.");
	for (size_t i = 0; i < f->ngroup; i++)
		for (size_t s = FX_ASSIGNED; s <= FX_SUPERSEDED; s++) {
			sample(f, f->group[i], "fx_tasks", "", "state",
			       fx_str(fx_state_name((enum fx_state)s)), b);
			fx_buf_fmt(b, "%llu\n", (unsigned long long)f->group[i]->state[s]);
		}
}

static void failures(const struct fx_figures *f, struct fx_buf *b, const char *name, bool open)
{
	family(b, name, "gauge", NULL,
	       open ? "Exceptions that nobody has resolved." : "Exceptions that were opened.");
	for (size_t i = 0; i < f->ngroup; i++)
		for (size_t k = 0; k < f->group[i]->nfailure; k++) {
			const struct fx_tally *t = &f->group[i]->failure[k];
			sample(f, f->group[i], name, "", "failure", t->name, b);
			fx_buf_fmt(b, "%llu\n", (unsigned long long)(open ? t->open : t->n));
		}
}

static void to_teams(const struct fx_figures *f, struct fx_buf *b)
{
	family(b, "fx_assignments_to_teams", "gauge", NULL,
	       "Assignments to owners of kind team, first or by an exception path.");
	for (size_t i = 0; i < f->ngroup; i++) {
		sample(f, f->group[i], "fx_assignments_to_teams", "", NULL, none, b);
		fx_buf_fmt(b, "%llu\n", (unsigned long long)fx_group_to_teams(f, f->group[i]));
	}
}

static void promises(const struct fx_figures *f, struct fx_buf *b)
{
	family(b, "fx_promises", "gauge", NULL, "Promised milestones by what became of them.");
	for (size_t i = 0; i < f->ngroup; i++)
		for (size_t k = 0; k < f->group[i]->nmilestone; k++) {
			const struct fx_attainment *a = &f->group[i]->milestone[k];
			const struct {
				const char *verdict;
				uint64_t n;
			} v[] = {{"met", a->met},         {"late", a->late},
			         {"overdue", a->overdue}, {"pending", a->pending},
			         {"lapsed", a->lapsed},   {"untold", a->untold}};
			for (size_t j = 0; j < sizeof(v) / sizeof(*v); j++) {
				sample(f, f->group[i], "fx_promises", "", "milestone", a->milestone,
				       b);
				b->n -= 2; /* one label more */
				fx_buf_fmt(b, ",verdict=\"%s\"} %llu\n", v[j].verdict,
				           (unsigned long long)v[j].n);
			}
		}
}

static void interval(struct fx_figures *f, enum fx_interval_id id, struct fx_buf *b)
{
	char name[64];
	snprintf(name, sizeof(name), "fx_%s_seconds", fx_interval_info[id].id);
	family(b, name, "summary", "seconds", fx_interval_info[id].ends);
	for (size_t i = 0; i < f->ngroup; i++) {
		struct fx_sketch *s = &f->group[i]->interval[id].took;
		for (size_t q = 0; q < FX_NQUANTILE && s->n; q++) {
			char quantile[16];
			snprintf(quantile, sizeof(quantile), "%.2f", fx_quantiles[q].q);
			sample(f, f->group[i], name, "", "quantile", fx_str(quantile), b);
			fx_seconds(b, fx_sketch_quantile(s, fx_quantiles[q].q));
			fx_buf_byte(b, '\n');
		}
		sample(f, f->group[i], name, "_count", NULL, none, b);
		fx_buf_fmt(b, "%llu\n", (unsigned long long)s->n);
		sample(f, f->group[i], name, "_sum", NULL, none, b);
		fx_buf_fmt(b, "%llu.%06llu\n", (unsigned long long)s->sum_s,
		           (unsigned long long)s->sum_us);
	}
}

static void slo_sample(const struct fx_slo_state *s, const char *name, const char *window, double v,
                       struct fx_buf *b)
{
	bool first = true;
	fx_buf_z(b, name);
	label(b, &first, "flow", s->flow);
	label(b, &first, "milestone", s->milestone);
	if (window)
		label(b, &first, "window", fx_str(window));
	fx_buf_z(b, "} ");
	fx_decimal(b, v);
	fx_buf_byte(b, '\n');
}

static void slos(const struct fx_figures *f, struct fx_buf *b)
{
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	family(b, "fx_slo_objective_ratio", "gauge", "ratio",
	       "What share of promises must be met.");
	for (size_t i = 0; i < n; i++)
		slo_sample(&s[i], "fx_slo_objective_ratio", NULL, s[i].objective, b);
	family(b, "fx_slo_attained_ratio", "gauge", "ratio", "What share was met in the window.");
	for (size_t i = 0; i < n; i++)
		if (s[i].attained >= 0)
			slo_sample(&s[i], "fx_slo_attained_ratio", NULL, s[i].attained, b);
	family(b, "fx_slo_error_budget_left_ratio", "gauge", "ratio",
	       "Share of the error budget that is left; below 0 overspent.");
	for (size_t i = 0; i < n; i++)
		slo_sample(&s[i], "fx_slo_error_budget_left_ratio", NULL, s[i].budget_left, b);
	family(b, "fx_slo_burn_rate", "gauge", NULL,
	       "How many times as fast as allowed the error budget is spent.");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < FX_NBURN; k++) {
			const struct fx_burn *u = &s[i].burn[k];
			if (u->lng >= 0)
				slo_sample(&s[i], "fx_slo_burn_rate", fx_burn_rules[k].lng_name,
				           u->lng, b);
			/* 6h is the long window of one pair and the short one of another. */
			if (u->shrt >= 0 && k < 3)
				slo_sample(&s[i], "fx_slo_burn_rate", fx_burn_rules[k].shrt_name,
				           u->shrt, b);
		}
	family(b, "fx_slo_firing", "gauge", NULL, "1 when both windows burn faster than they may.");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < FX_NBURN; k++)
			slo_sample(&s[i], "fx_slo_firing", fx_burn_rules[k].lng_name,
			           s[i].burn[k].firing, b);
	free(s);
}

static void rule_sample(const struct fx_deploy *d, const char *name, struct fx_buf *b)
{
	bool first = true;
	char version[24];
	snprintf(version, sizeof(version), "%llu", (unsigned long long)d->v->version);
	fx_buf_z(b, name);
	label(b, &first, "rule", d->v->rule);
	label(b, &first, "version", fx_str(version));
	fx_buf_z(b, "} ");
}

static void rule_counts(const struct fx_deploy *d, size_t n, const char *name, const char *help,
                        uint64_t (*get)(const struct fx_deploy *), struct fx_buf *b)
{
	family(b, name, "gauge", NULL, help);
	for (size_t i = 0; i < n; i++) {
		rule_sample(&d[i], name, b);
		fx_buf_fmt(b, "%llu\n", (unsigned long long)get(&d[i]));
	}
}

static uint64_t get_tasks(const struct fx_deploy *d)
{
	return d->v->tasks;
}

static uint64_t get_rule_excepted(const struct fx_deploy *d)
{
	return d->v->excepted;
}

static uint64_t get_failed(const struct fx_deploy *d)
{
	return d->failed != FX_DEPLOY_HOLDS;
}

static void deployments(const struct fx_figures *f, struct fx_buf *b)
{
	struct fx_deploy *d;
	struct fx_dora dora;
	size_t n = fx_deploys(f, &d);
	family(b, "fx_rule_deployed_timestamp_seconds", "gauge", "seconds",
	       "When a rule's version came.");
	for (size_t i = 0; i < n; i++) {
		rule_sample(&d[i], "fx_rule_deployed_timestamp_seconds", b);
		fx_seconds(b, d[i].deployed);
		fx_buf_byte(b, '\n');
	}
	rule_counts(d, n, "fx_rule_tasks", "Tasks that a rule's version decided.", get_tasks, b);
	rule_counts(d, n, "fx_rule_tasks_with_exception", "Those with an exception.",
	            get_rule_excepted, b);
	rule_counts(d, n, "fx_rule_failed", "1 when the version was a change that failed.",
	            get_failed, b);
	family(b, "fx_rule_restore_seconds", "gauge", "seconds",
	       "From the deployment of a version that failed to the next.");
	for (size_t i = 0; i < n; i++) {
		if (d[i].restored_in == FX_TIME_NONE)
			continue;
		rule_sample(&d[i], "fx_rule_restore_seconds", b);
		fx_seconds(b, d[i].restored_in);
		fx_buf_byte(b, '\n');
	}
	free(d);
	fx_dora_of(f, none, &dora);
	family(b, "fx_deployments", "gauge", NULL, "Rule versions that came in the window.");
	fx_buf_fmt(b, "fx_deployments %llu\n", (unsigned long long)dora.deployments);
	family(b, "fx_change_failure_ratio", "gauge", "ratio", "Share of them that failed.");
	if (dora.deployments) {
		fx_buf_z(b, "fx_change_failure_ratio ");
		fx_decimal(b, fx_change_failure_rate(&dora));
		fx_buf_byte(b, '\n');
	}
	fx_sketch_free(&dora.restore);
}

void fx_render_openmetrics(struct fx_figures *f, struct fx_buf *b)
{
	family(b, "fx_entries", "gauge", NULL, "Entries of the ledger that were read, by event.");
	for (size_t i = 0; i < f->nevent; i++) {
		bool first = true;
		fx_buf_z(b, "fx_entries");
		label(b, &first, "event", f->event[i].name);
		fx_buf_fmt(b, "} %llu\n", (unsigned long long)f->event[i].n);
	}
	count(f, b, "fx_orders", "Orders with a task.", get_orders);
	tasks(f, b);
	count(f, b, "fx_tasks_with_exception", "Tasks that had an exception.", get_excepted);
	failures(f, b, "fx_exceptions", false);
	failures(f, b, "fx_exceptions_open", true);
	count(f, b, "fx_handoffs_manual", "Tasks that a person gave to another owner.",
	      get_handed_over);
	to_teams(f, b);
	promises(f, b);
	for (size_t i = 0; i < FX_NINTERVAL; i++)
		interval(f, (enum fx_interval_id)i, b);
	slos(f, b);
	deployments(f, b);
	family(b, "fx_report_timestamp_seconds", "gauge", "seconds",
	       "The moment that these figures are of.");
	fx_buf_z(b, "fx_report_timestamp_seconds ");
	fx_seconds(b, f->opt.now);
	fx_buf_z(b, "\n# EOF\n");
}
