/* Figures for people, on a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/facts.h"
#include "report/render.h"
#include "report/slo.h"
#include "report/words.h"

struct pen {
	struct fx_buf *b;
	bool color;
};

static void style(struct pen *p, const char *code)
{
	if (p->color)
		fx_buf_fmt(p->b, "\033[%sm", code);
}

static void number(struct fx_buf *b, uint64_t n, size_t w)
{
	char s[32];
	fx_right(b, fx_thousands(n, s), w);
}

static void lasting(struct fx_buf *b, fx_time t, size_t w)
{
	char s[FX_TIME_LEN] = "-";
	if (t != FX_TIME_NONE)
		fx_dur_format(t, s);
	fx_right(b, s, w);
}

static void percent(struct fx_buf *b, double share, size_t w)
{
	char s[32] = "-";
	if (share >= 0)
		snprintf(s, sizeof(s), "%.1f %%", share * 100);
	fx_right(b, s, w);
}

static void heading(struct pen *p, const char *z)
{
	style(p, "1");
	fx_buf_z(p->b, z);
	style(p, "0");
	fx_buf_byte(p->b, '\n');
}

static void window(struct pen *p, const struct fx_figures *f)
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
	fx_buf_fmt(p->b, ", as of %s\n", now);
	for (size_t i = 0; i < f->nevent; i++) {
		fx_buf_z(p->b, i == 0 ? "  " : i % 4 ? ", " : ",\n  ");
		fx_plain(p->b, f->event[i].name);
		fx_buf_fmt(p->b, " %s", fx_thousands(f->event[i].n, n));
	}
	fx_buf_z(p->b, f->nevent ? "\n\n" : "\n");
}

static void states(struct pen *p, const struct fx_group *g)
{
	char n[32];
	bool first = true;
	fx_buf_fmt(p->b, "%s orders, ", fx_thousands(g->orders, n));
	fx_buf_fmt(p->b, "%s tasks", fx_thousands(g->tasks, n));
	for (size_t i = FX_ASSIGNED; i <= FX_SUPERSEDED; i++) {
		if (!g->state[i])
			continue;
		fx_buf_fmt(p->b, "%s%s %s", first ? ": " : ", ", fx_thousands(g->state[i], n),
		           i == FX_ASSIGNED ? "not yet confirmed"
		                            : fx_state_name((enum fx_state)i));
		first = false;
	}
	fx_buf_z(p->b, "\n\n");
}

static void intervals(struct pen *p, struct fx_group *g)
{
	heading(
	    p,
	    "FIGURE                           n     p50     p90     p95     p99     max    mean    "
	    "open");
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		fx_left(p->b, fx_str(fx_interval_info[i].title), 24);
		number(p->b, v->took.n, 10);
		for (size_t q = 0; q < FX_NQUANTILE; q++)
			lasting(p->b, fx_sketch_quantile(&v->took, fx_quantiles[q].q), 8);
		lasting(p->b, v->took.n ? v->took.max : FX_TIME_NONE, 8);
		lasting(p->b, fx_sketch_mean(&v->took), 8);
		number(p->b, v->open, 8);
		fx_buf_byte(p->b, '\n');
	}
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		char worst[FX_TIME_LEN], n[32];
		if (!v->negative)
			continue;
		fx_dur_format(v->worst, worst);
		style(p, "33");
		fx_buf_fmt(p->b,
		           "%s: %s ended before they began (by up to %s), counted in no percentile",
		           fx_interval_info[i].title, fx_thousands(v->negative, n),
		           worst[0] == '-' ? worst + 1 : worst);
		style(p, "0");
		fx_buf_byte(p->b, '\n');
	}
	fx_buf_byte(p->b, '\n');
}

static void exceptions(struct pen *p, const struct fx_figures *f, const struct fx_group *g)
{
	char a[32], b[32];
	double rate = fx_group_exception_rate(g), handoffs = fx_group_handoffs_per_1000(f, g);
	fx_left(p->b, FX_STR("exception rate"), 24);
	percent(p->b, rate, 10);
	fx_buf_fmt(p->b, "  %s of %s tasks had one; ", fx_thousands(g->with_exception, a),
	           fx_thousands(g->tasks, b));
	fx_buf_fmt(p->b, "%s exceptions, %s open\n", fx_thousands(g->exceptions, a),
	           fx_thousands(g->exceptions - g->resolved, b));
	for (size_t i = 0; i < g->nfailure; i++) {
		fx_buf_z(p->b, "  ");
		fx_left(p->b, g->failure[i].name, 22);
		number(p->b, g->failure[i].n, 10);
		fx_buf_fmt(p->b, "  %s open\n", fx_thousands(g->failure[i].open, a));
	}
	fx_left(p->b, FX_STR("manual handoffs"), 24);
	if (handoffs < 0)
		snprintf(a, sizeof(a), "-");
	else
		snprintf(a, sizeof(a), "%.1f", handoffs);
	fx_right(p->b, a, 10);
	fx_buf_fmt(p->b, "  per 1000 orders: %s assignments to teams, ",
	           fx_thousands(fx_group_to_teams(f, g), a));
	fx_buf_fmt(p->b, "%s by hand; %s re-routed\n\n", fx_thousands(g->handed_over, a),
	           fx_thousands(g->rerouted, b));
}

static void milestones(struct pen *p, struct fx_group *g)
{
	if (!g->nmilestone)
		return;
	heading(
	    p,
	    "MILESTONE                 promised      in time     late  overdue  pending   lapsed  "
	    "late by");
	for (size_t i = 0; i < g->nmilestone; i++) {
		struct fx_attainment *a = &g->milestone[i];
		double share = fx_attained(a);
		fx_left(p->b, a->milestone, 24);
		number(p->b, a->met + a->late + a->overdue + a->pending + a->lapsed + a->untold,
		       10);
		style(p, share < 0 ? "0" : share < 0.9 ? "31" : share < 0.99 ? "33" : "32");
		percent(p->b, share, 13);
		style(p, "0");
		number(p->b, a->late, 9);
		number(p->b, a->overdue, 9);
		number(p->b, a->pending, 9);
		number(p->b, a->lapsed + a->untold, 9);
		lasting(p->b, fx_sketch_quantile(&a->lateness, 0.5), 9);
		fx_buf_byte(p->b, '\n');
	}
}

static void burn_rate(struct pen *p, const struct fx_burn *u)
{
	char s[48] = "-";
	if (u->lng >= 0 && u->shrt >= 0)
		snprintf(s, sizeof(s), "%.1f/%.1f", u->lng > 9999 ? 9999 : u->lng,
		         u->shrt > 9999 ? 9999 : u->shrt);
	else if (u->lng >= 0)
		snprintf(s, sizeof(s), "%.1f/-", u->lng > 9999 ? 9999 : u->lng);
	if (u->firing)
		style(p, "1;31");
	fx_right(p->b, s, 12);
	if (u->firing)
		style(p, "0");
}

static void objectives(struct pen *p, const struct fx_figures *f)
{
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	if (n) {
		fx_buf_byte(p->b, '\n');
		heading(p, "OBJECTIVE                attained  budget left       1h/5m      6h/30m "
		           "      1d/2h "
		           "      3d/6h  alert");
	}
	for (size_t i = 0; i < n; i++) {
		const char *alert = "-";
		fx_plain(p->b, s[i].flow);
		fx_buf_z(p->b, ": ");
		fx_plain(p->b, s[i].text);
		fx_buf_byte(p->b, '\n');
		percent(p->b, s[i].attained, 33);
		char left[32];
		snprintf(left, sizeof(left), "%.0f %%", s[i].budget_left * 100);
		fx_right(p->b, s[i].attained < 0 ? "-" : left, 13);
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

/* ---- groups side by side ------------------------------------------------- */

static double all_attained(const struct fx_group *g)
{
	struct fx_attainment sum = {0};
	for (size_t i = 0; i < g->nmilestone; i++) {
		sum.met += g->milestone[i].met;
		sum.late += g->milestone[i].late;
		sum.overdue += g->milestone[i].overdue;
	}
	return fx_attained(&sum);
}

static void row(struct pen *p, const struct fx_figures *f, struct fx_group *g, const size_t *w,
                bool total)
{
	for (size_t i = 0; i < f->opt.nby; i++) {
		struct fx_str key = total         ? i ? fx_str("") : FX_STR("all")
		                            : g->key[i].p ? g->key[i]
		                                  : FX_STR("-");
		fx_left(p->b, key, w[i] + 1);
	}
	number(p->b, g->orders, 8);
	number(p->b, g->tasks, 8);
	number(p->b, g->open, 7);
	lasting(p->b, fx_sketch_quantile(&g->interval[FX_TRIGGER_TO_DECISION].took, 0.5), 8);
	lasting(p->b, fx_sketch_quantile(&g->interval[FX_DECISION_TO_EXECUTION].took, 0.5), 8);
	lasting(p->b, fx_sketch_quantile(&g->interval[FX_TRIGGER_TO_OUTCOME].took, 0.5), 8);
	percent(p->b, fx_group_exception_rate(g), 9);
	percent(p->b, all_attained(g), 9);
	char s[32];
	snprintf(s, sizeof(s), "%.1f", fx_group_handoffs_per_1000(f, g));
	fx_right(p->b, g->orders ? s : "-", 9);
	fx_buf_byte(p->b, '\n');
}

static void groups(struct pen *p, struct fx_figures *f, struct fx_group *total)
{
	size_t w[FX_BY_MAX];
	for (size_t i = 0; i < f->opt.nby; i++) {
		w[i] = fx_columns(f->opt.by[i]) > 3 ? fx_columns(f->opt.by[i]) : 3;
		for (size_t k = 0; k < f->ngroup; k++)
			if (fx_columns(f->group[k]->key[i]) > w[i])
				w[i] = fx_columns(f->group[k]->key[i]);
	}
	style(p, "1");
	for (size_t i = 0; i < f->opt.nby; i++) {
		size_t start = p->b->n;
		fx_left(p->b, f->opt.by[i], w[i] + 1);
		for (; start < p->b->n; start++)
			if (p->b->p[start] >= 'a' && p->b->p[start] <= 'z')
				p->b->p[start] = (char)(p->b->p[start] - 'a' + 'A');
	}
	heading(p, "  orders   tasks   open  decide execute outcome   except   in time  hand/1k");
	for (size_t i = 0; i < f->ngroup; i++)
		if (f->group[i]->tasks) /* else it has exceptions alone, and no column for them */
			row(p, f, f->group[i], w, false);
	style(p, "1");
	row(p, f, total, w, true);
	style(p, "0");
	fx_buf_z(p->b, "\ndecide, execute, outcome: medians; in time: all promises; "
	               "hand/1k: manual handoffs per 1000 orders\n");
}

void fx_render_table(struct fx_figures *f, bool color, struct fx_buf *out)
{
	struct pen p = {out, color};
	struct fx_group all;
	fx_figures_total(f, &all);
	window(&p, f);
	if (f->opt.nby) {
		groups(&p, f, &all);
	} else {
		states(&p, &all);
		intervals(&p, &all);
		exceptions(&p, f, &all);
		milestones(&p, &all);
	}
	objectives(&p, f);
	fx_group_free(&all);
}
