/* Figures for people, on a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/deploys.h"
#include "report/facts.h"
#include "report/pen.h"
#include "report/render.h"
#include "report/slo.h"
#include "report/words.h"

static void window(struct fx_pen *p, const struct fx_figures *f)
{
	char a[FX_TIME_LEN], z[FX_TIME_LEN], now[FX_TIME_LEN], n[32];
	fx_time from = f->opt.since != FX_TIME_NONE ? f->opt.since : f->first_entry;
	fx_time to = f->opt.until != FX_TIME_NONE ? f->opt.until : f->last_entry;
	fx_time_format(from, a);
	fx_time_format(to, z);
	fx_time_format(f->opt.now, now);
	fx_buf_fmt(p->b, "%s entries", fx_thousands(f->entries, n));
	if (from != FX_TIME_NONE && to != FX_TIME_NONE)
		fx_buf_fmt(p->b, ", %s to %s", a, z);
	else if (from != FX_TIME_NONE)
		fx_buf_fmt(p->b, ", none from %s on", a);
	else if (to != FX_TIME_NONE)
		fx_buf_fmt(p->b, ", none before %s", z);
	fx_buf_fmt(p->b, ",%sas of %s\n", fx_pen_columns(p) < 90 ? "\n  " : " ", now);
	for (size_t i = 0; i < f->nevent; i++) {
		fx_buf_z(p->b, i == 0 ? "  " : i % 3 ? ", " : ",\n  ");
		fx_plain(p->b, f->event[i].name);
		fx_buf_fmt(p->b, " %s", fx_thousands(f->event[i].n, n));
	}
	fx_buf_z(p->b, f->nevent ? "\n\n" : "\n");
}

static void states(struct fx_pen *p, const struct fx_group *g)
{
	char n[32];
	bool first = true;
	size_t start = p->b->n;
	fx_buf_fmt(p->b, "%s orders, ", fx_thousands(g->orders, n));
	fx_buf_fmt(p->b, "%s tasks", fx_thousands(g->tasks, n));
	for (size_t i = FX_ASSIGNED; i <= FX_SUPERSEDED; i++) {
		if (!g->state[i])
			continue;
		fx_buf_z(p->b, first ? ":" : ",");
		if (!first && p->b->n - start + 28 > fx_pen_columns(p)) {
			start = p->b->n + 1;
			fx_buf_z(p->b, "\n ");
		}
		fx_buf_byte(p->b, ' ');
		fx_buf_fmt(p->b, "%s %s", fx_thousands(g->state[i], n),
		           i == FX_ASSIGNED ? "not yet confirmed"
		                            : fx_state_name((enum fx_state)i));
		first = false;
	}
	fx_buf_z(p->b, "\n\n");
}

/* A column of the series and what it says: "tasks a day  ..:#  2026-11-19 to 2026-11-23, 9 at most"
 */
static void series(struct fx_pen *p, const char *name, const struct fx_strip *s, const uint64_t *v)
{
	char from[FX_TIME_LEN], to[FX_TIME_LEN], n[32], each[32] = "hour";
	uint64_t most = 0;
	for (size_t i = 0; i < s->n; i++)
		if (v[i] > most)
			most = v[i];
	if (s->each == 24)
		snprintf(each, sizeof(each), "day");
	else if (s->each > 24)
		snprintf(each, sizeof(each), "%lld days", (long long)(s->each / 24));
	size_t start = p->b->n;
	fx_buf_fmt(p->b, "%s, each %s", name, each);
	fx_pad(p->b, p->b->n - start < 34 ? 34 - (p->b->n - start) : 1);
	fx_draw_spark(p->b, p->look, v, s->n);
	fx_time_format(s->first * FX_HOUR, from);
	fx_time_format((s->first + s->each * (int64_t)(s->n - 1)) * FX_HOUR, to);
	int len = s->each == 1 ? 16 : 10;
	if (fx_pen_columns(p) >= 34 + s->n + 32 + (size_t)len * 2 - 20)
		fx_buf_fmt(p->b, "  %.*s to %.*s, at most %s\n", len, from, len, to,
		           fx_thousands(most, n));
	else
		fx_buf_fmt(p->b, "  at most %s\n", fx_thousands(most, n));
}

static void all_series(struct fx_pen *p, const struct fx_group *g)
{
	uint64_t tasks[FX_STRIP_MAX], excepted[FX_STRIP_MAX];
	struct fx_strip s = fx_strip_of(g, fx_pen_columns(p) >= 100 ? 48 : 30);
	if (s.n < 2)
		return;
	fx_strip_fill(&s, g, tasks, excepted);
	series(p, "tasks assigned", &s, tasks);
	if (g->with_exception)
		series(p, "of them with exception", &s, excepted);
	fx_buf_byte(p->b, '\n');
}

static void intervals(struct fx_pen *p, struct fx_group *g)
{
	bool narrow = fx_pen_columns(p) < 90;
	fx_pen_heading(
	    p, narrow ? "FIGURE                           n     p50     p95     p99     max    open"
	              : "FIGURE                           n     p50     p90     p95     p99     "
	                "max    mean    open");
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		fx_left(p->b, fx_str(fx_interval_info[i].title), 24);
		fx_pen_number(p->b, v->took.n, 10);
		for (size_t q = 0; q < FX_NQUANTILE; q++)
			if (!narrow || fx_quantiles[q].q != 0.9)
				fx_pen_lasting(p->b,
				               fx_sketch_quantile(&v->took, fx_quantiles[q].q), 8);
		fx_pen_lasting(p->b, v->took.n ? v->took.max : FX_TIME_NONE, 8);
		if (!narrow)
			fx_pen_lasting(p->b, fx_sketch_mean(&v->took), 8);
		fx_pen_number(p->b, v->open, 8);
		fx_buf_byte(p->b, '\n');
	}
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		char worst[FX_TIME_LEN], n[32];
		if (!v->negative)
			continue;
		fx_dur_format(v->worst, worst);
		fx_pen_style(p, "33");
		fx_buf_fmt(p->b,
		           "%s: %s ended before they began (by up to %s), counted in no percentile",
		           fx_interval_info[i].title, fx_thousands(v->negative, n),
		           worst[0] == '-' ? worst + 1 : worst);
		fx_pen_style(p, "0");
		fx_buf_byte(p->b, '\n');
	}
	fx_buf_byte(p->b, '\n');
}

static void exceptions(struct fx_pen *p, const struct fx_figures *f, struct fx_group *g)
{
	char a[32], b[32];
	double rate = fx_group_exception_rate(g), handoffs = fx_group_handoffs_per_1000(f, g);
	fx_left(p->b, FX_STR("exception rate"), 24);
	fx_pen_percent(p->b, rate, 10);
	fx_buf_fmt(p->b, "  %s of %s tasks had one\n", fx_thousands(g->with_exception, a),
	           fx_thousands(g->tasks, b));
	fx_left(p->b, FX_STR("exceptions"), 24);
	fx_pen_number(p->b, g->exceptions, 10);
	fx_buf_fmt(p->b, "  %s open", fx_thousands(g->exceptions - g->resolved, b));
	struct fx_sketch *took = &g->interval[FX_TIME_TO_RESOLUTION].took;
	if (took->n) {
		if (fx_pen_columns(p) < 90)
			fx_buf_fmt(p->b, ";\n%36s", "");
		else
			fx_buf_z(p->b, "; ");
		fx_buf_z(p->b, "resolved in ");
		fx_pen_duration(p->b, fx_sketch_quantile(took, 0.5));
		fx_buf_z(p->b, " (median), ");
		fx_pen_duration(p->b, fx_sketch_mean(took));
		fx_buf_z(p->b, " (mean)");
	}
	fx_buf_byte(p->b, '\n');
	for (size_t i = 0; i < g->nfailure; i++) {
		fx_buf_z(p->b, "  ");
		fx_left(p->b, g->failure[i].name, 22);
		fx_pen_number(p->b, g->failure[i].n, 10);
		fx_buf_fmt(p->b, "  %s open\n", fx_thousands(g->failure[i].open, a));
	}
	fx_left(p->b, FX_STR("manual handoffs"), 24);
	if (handoffs < 0)
		snprintf(a, sizeof(a), "-");
	else
		snprintf(a, sizeof(a), "%.1f", handoffs);
	fx_right(p->b, a, 10);
	fx_buf_fmt(p->b, "  per 1000 orders: %s to teams, ",
	           fx_thousands(fx_group_to_teams(f, g), a));
	fx_buf_fmt(p->b, "%s by hand\n", fx_thousands(g->handed_over, a));
	fx_left(p->b, FX_STR("other changes of owner"), 24);
	fx_pen_number(p->b, g->rerouted, 10);
	fx_buf_fmt(p->b, "  tasks that came back to a former owner: %s\n\n",
	           fx_thousands(g->flapped, b));
}

#define BAR 10

static void milestones(struct fx_pen *p, struct fx_group *g)
{
	bool wide = fx_pen_columns(p) >= 92;
	if (!g->nmilestone)
		return;
	fx_pen_heading(
	    p, wide ? "MILESTONE            promised  in time            late  overdue  pending   "
	              "lapsed  late by"
	            : "MILESTONE            promised  in time            late  overdue  pending");
	for (size_t i = 0; i < g->nmilestone; i++) {
		struct fx_attainment *a = &g->milestone[i];
		double share = fx_attained(a);
		fx_left(p->b, a->milestone, 20);
		fx_pen_number(
		    p->b, a->met + a->late + a->overdue + a->pending + a->lapsed + a->untold, 9);
		fx_pen_style(p, share < 0 ? "0" : share < 0.9 ? "31" : share < 0.99 ? "33" : "32");
		fx_pen_percent(p->b, share, 9);
		fx_buf_byte(p->b, ' ');
		if (share < 0)
			fx_pad(p->b, BAR - 4);
		else
			fx_draw_bar(p->b, p->look, share, BAR - 4);
		fx_pen_style(p, "0");
		fx_pen_number(p->b, a->late, 9);
		fx_pen_number(p->b, a->overdue, 9);
		fx_pen_number(p->b, a->pending, 9);
		if (wide) {
			fx_pen_number(p->b, a->lapsed + a->untold, 9);
			fx_pen_lasting(p->b, fx_sketch_quantile(&a->lateness, 0.5), 9);
		}
		fx_buf_byte(p->b, '\n');
	}
}

static void burn_rate(struct fx_pen *p, const struct fx_burn *u)
{
	char s[48] = "-";
	if (u->lng >= 0 && u->shrt >= 0)
		snprintf(s, sizeof(s), "%.1f/%.1f", u->lng > 999 ? 999 : u->lng,
		         u->shrt > 999 ? 999 : u->shrt);
	else if (u->lng >= 0)
		snprintf(s, sizeof(s), "%.1f/-", u->lng > 999 ? 999 : u->lng);
	if (u->firing)
		fx_pen_style(p, "1;31");
	fx_right(p->b, s, 11);
	if (u->firing)
		fx_pen_style(p, "0");
}

static void objectives(struct fx_pen *p, const struct fx_figures *f)
{
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	if (n) {
		fx_buf_byte(p->b, '\n');
		fx_pen_heading(p, "OBJECTIVES");
		fx_pen_heading(
		    p, "   attained  budget left        1h/5m     6h/30m      1d/2h      3d/6h "
		       " alert");
	}
	for (size_t i = 0; i < n; i++) {
		const char *alert = "-";
		fx_plain(p->b, s[i].flow);
		fx_buf_z(p->b, ": ");
		fx_plain(p->b, s[i].text);
		fx_buf_byte(p->b, '\n');
		fx_pen_percent(p->b, s[i].attained, 11);
		char left[32];
		if (s[i].budget_left < 0)
			snprintf(left, sizeof(left), "-%.1fx", -s[i].budget_left);
		else
			snprintf(left, sizeof(left), "%.0f %%", s[i].budget_left * 100);
		fx_right(p->b, s[i].attained < 0 ? "-" : left, 7);
		fx_buf_byte(p->b, ' ');
		if (s[i].attained < 0)
			fx_pad(p->b, BAR - 4);
		else
			fx_draw_bar(p->b, p->look, s[i].budget_left, BAR - 4);
		for (size_t k = 0; k < FX_NBURN; k++) {
			burn_rate(p, &s[i].burn[k]);
			if (s[i].burn[k].firing && *alert == '-')
				alert = fx_burn_rules[k].action;
		}
		fx_buf_fmt(p->b, "  %s\n", alert);
		for (size_t k = 0; k < FX_NBURN; k++)
			if (s[i].burn[k].never)
				fx_buf_fmt(
				    p->b,
				    "  %s can never fire: %.1f times the budget is more than all\n",
				    fx_burn_rules[k].name, s[i].burn[k].factor);
	}
	free(s);
}

/* ---- rules that changed --------------------------------------------------- */

#define DEPLOYS 10

static void deploy(struct fx_pen *p, const struct fx_deploy *d)
{
	char at[FX_TIME_LEN], name[128], n[32];
	snprintf(name, sizeof(name), "%.*s@%llu", FX_FMT(d->v->rule),
	         (unsigned long long)d->v->version);
	fx_time_format(d->deployed, at);
	fx_pen_cut(p, fx_str(name), 30);
	fx_buf_fmt(p->b, "%.16sZ", at);
	fx_right(p->b, fx_thousands(d->v->tasks, n), 9);
	fx_pen_percent(p->b, d->v->tasks ? (double)d->v->excepted / (double)d->v->tasks : -1, 9);
	fx_pen_style(p, d->failed ? "31" : "0");
	fx_buf_z(p->b, d->failed ? "  " : "  holds");
	fx_buf_z(p->b, fx_deploy_why(d->failed));
	if (d->restored_in != FX_TIME_NONE) {
		fx_buf_z(p->b, ", for ");
		fx_pen_duration(p->b, d->restored_in);
	}
	fx_pen_style(p, "0");
	fx_buf_byte(p->b, '\n');
}

static void deployments(struct fx_pen *p, const struct fx_figures *f)
{
	struct fx_deploy *d;
	struct fx_dora all;
	size_t n = fx_deploys(f, &d), told = 0;
	char a[32], b[32];
	fx_dora_of(f, (struct fx_str){NULL, 0}, &all);
	if (all.deployments) {
		fx_buf_byte(p->b, '\n');
		fx_pen_heading(
		    p, "RULE DEPLOYED                 AT                    TASKS   EXCEPT");
	}
	for (size_t i = 0; i < n && told < DEPLOYS; i++)
		if (d[i].counts) {
			deploy(p, &d[i]);
			told++;
		}
	if (all.deployments) {
		fx_buf_fmt(p->b, "%s deployment%s, %s failed (", fx_thousands(all.deployments, a),
		           all.deployments == 1 ? "" : "s", fx_thousands(all.failed, b));
		fx_buf_fmt(p->b, "%.1f %%)", fx_change_failure_rate(&all) * 100);
		if (all.restore.n) {
			fx_buf_z(p->b, "; restored in ");
			fx_pen_duration(p->b, fx_sketch_quantile(&all.restore, 0.5));
			fx_buf_z(p->b, " in the median");
		}
		if (all.open)
			fx_buf_fmt(p->b, "; %s at work still", fx_thousands(all.open, a));
		fx_buf_byte(p->b, '\n');
	}
	fx_sketch_free(&all.restore);
	free(d);
}

void fx_render_table(struct fx_figures *f, const struct fx_look *look, struct fx_buf *out)
{
	struct fx_pen p = {out, look};
	struct fx_group all;
	fx_figures_total(f, &all);
	window(&p, f);
	if (f->opt.nby) {
		fx_table_groups(&p, f, &all);
	} else {
		states(&p, &all);
		all_series(&p, &all);
		intervals(&p, &all);
		exceptions(&p, f, &all);
		milestones(&p, &all);
	}
	objectives(&p, f);
	deployments(&p, f);
	fx_group_free(&all);
}
