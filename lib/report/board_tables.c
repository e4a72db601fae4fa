/* The dashboard's tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/board_inside.h"
#include "report/canary.h"
#include "report/page.h"

void fx_board_number(struct fx_buf *b, uint64_t n)
{
	fx_buf_z(b, "<td class=\"n\">");
	fx_page_number(b, n);
	fx_buf_z(b, "</td>");
}

void fx_board_time(struct fx_buf *b, fx_time t)
{
	fx_buf_z(b, "<td class=\"n\">");
	fx_page_lasting(b, t);
	fx_buf_z(b, "</td>");
}

static void cell_percent(struct fx_buf *b, double v, bool good_is_high)
{
	double bad = good_is_high ? 1 - v : v;
	const char *mood = v < 0 ? "" : bad > 0.1 ? " bad" : bad > 0.02 ? " warn" : " good";
	fx_buf_fmt(b, "<td class=\"n%s\">", mood);
	fx_page_percent(b, v);
	fx_buf_z(b, "</td>");
}

double fx_board_kept(const struct fx_group *g)
{
	struct fx_attainment sum = {0};
	for (size_t i = 0; i < g->nmilestone; i++) {
		sum.met += g->milestone[i].met;
		sum.late += g->milestone[i].late;
		sum.overdue += g->milestone[i].overdue;
	}
	return fx_attained(&sum);
}

static void key(struct fx_buf *b, struct fx_str s)
{
	if (s.p)
		fx_page_text(b, s);
	else
		fx_buf_z(b, "<i>none</i>");
}

/* ---- groups ------------------------------------------------------------------------ */

/* The objective of a flow that is furthest from being met, or NULL. */
static const struct fx_slo_state *worst_slo(const struct fx_slo_state *s, size_t n,
                                            struct fx_str flow)
{
	const struct fx_slo_state *worst = NULL;
	for (size_t i = 0; i < n; i++)
		if (fx_str_eq(s[i].flow, flow) && (!worst || s[i].budget_left < worst->budget_left))
			worst = &s[i];
	return worst;
}

static void group_cells(struct fx_group *g, struct fx_buf *b)
{
	cell_percent(b, fx_board_kept(g), true);
	cell_percent(b, fx_group_exception_rate(g), false);
	fx_buf_z(b, "<td>");
	fx_board_state_bar(g, b);
	fx_buf_z(b, "</td>");
	fx_board_time(b, fx_sketch_quantile(&g->interval[FX_DECISION_TO_EXECUTION].took, 0.5));
	fx_board_time(b, fx_sketch_quantile(&g->interval[FX_TRIGGER_TO_OUTCOME].took, 0.5));
}

void fx_board_groups(struct fx_side *s, size_t by, const char *name, const char *caption,
                     struct fx_buf *b)
{
	const char *const head[] = {name,
	                            "#tasks",
	                            "#promises kept",
	                            "#exceptions",
	                            "where they are",
	                            "#confirmed in",
	                            "#done in",
	                            NULL};
	fx_page_table(b, caption, head);
	for (size_t i = 0; i < s->n; i++) {
		struct fx_group *g = &s->v[i];
		if (!g->tasks)
			continue;
		fx_buf_z(b, "<tr><th scope=\"row\">");
		key(b, g->key[by]);
		fx_buf_z(b, "</th>");
		fx_board_number(b, g->tasks);
		group_cells(g, b);
		fx_buf_z(b, "</tr>\n");
	}
	fx_page_table_end(b);
}

/* Those that miss their objective, those that have one, the others. */
static int rank(const struct fx_slo_state *slo)
{
	return !slo ? 2 : slo->attained >= 0 && slo->attained < slo->objective ? 0 : 1;
}

void fx_board_flows(const struct fx_figures *f, struct fx_side *s, struct fx_buf *b)
{
	const char *const head[] = {"flow",        "#tasks",         "#promises kept",
	                            "#exceptions", "where they are", "#confirmed in",
	                            "#done in",    "objective",      NULL};
	struct fx_slo_state *slo;
	size_t n = fx_slo_states(f, &slo);
	fx_page_section(b, NULL, "flows", "Flows",
	                "Each way of fulfilling: those that miss their objective first, then by "
	                "their number of tasks.");
	fx_page_table(b, "Flows", head);
	for (int r = 0; r < 3; r++)
		for (size_t i = 0; i < s->n; i++) {
			struct fx_group *g = &s->v[i];
			const struct fx_slo_state *o = worst_slo(slo, n, g->key[0]);
			if (!g->tasks || rank(o) != r)
				continue;
			fx_buf_z(b, "<tr><th scope=\"row\">");
			key(b, g->key[0]);
			fx_buf_z(b, "</th>");
			fx_board_number(b, g->tasks);
			group_cells(g, b);
			fx_buf_z(b, "<td class=\"o\">");
			if (o)
				fx_buf_fmt(b, "<span class=\"%s\">%s</span><small>",
				           r ? "good" : "bad", r ? "met" : "missed");
			if (o)
				fx_page_text(b, o->text);
			fx_buf_z(b, o ? "</small></td></tr>\n" : "\xe2\x80\x93</td></tr>\n");
		}
	fx_page_table_end(b);
	fx_board_legend(b);
	fx_page_section_end(b);
	free(slo);
}

void fx_board_objectives(const struct fx_figures *f, struct fx_buf *b)
{
	const char *const head[] = {"objective",    "#kept",  "against the objective",
	                            "#budget left", "#1h/5m", "#6h/30m",
	                            "#1d/2h",       "#3d/6h", NULL};
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	fx_page_section(
	    b, NULL, "objectives", "Objectives",
	    "Budget left, and how fast it burns: at 1 it lasts just as long as its window. "
	    "A pair that fires is marked.");
	if (!n)
		fx_buf_z(b, "<p>The registry has no objectives.</p>\n");
	else
		fx_page_table(b, "Service level objectives", head);
	for (size_t i = 0; i < n; i++) {
		fx_buf_z(b, "<tr><th scope=\"row\">");
		fx_page_text(b, s[i].flow);
		fx_buf_z(b, "<small>");
		fx_page_text(b, s[i].text);
		fx_buf_z(b, "</small></th><td class=\"n\">");
		fx_page_percent(b, s[i].attained);
		fx_buf_z(b, "</td><td>");
		if (s[i].attained >= 0)
			fx_board_slo_bar(&s[i], b);
		fx_buf_fmt(b, "</td><td class=\"n%s\">%.0f\xe2\x80\x89%%</td>",
		           s[i].budget_left < 0     ? " bad"
		           : s[i].budget_left < 0.5 ? " warn"
		                                    : " good",
		           s[i].budget_left * 100);
		for (size_t k = 0; k < FX_NBURN; k++) {
			const struct fx_burn *u = &s[i].burn[k];
			fx_buf_fmt(b, "<td class=\"n%s\">", u->firing ? " fire" : "");
			if (u->lng >= 0)
				fx_buf_fmt(b, "%.1f", u->lng);
			else
				fx_buf_z(b, "\xe2\x80\x93");
			if (u->firing)
				fx_buf_fmt(b, " <b>%s</b>", fx_burn_rules[k].action);
			fx_buf_z(b, "</td>");
		}
		fx_buf_z(b, "</tr>\n");
	}
	if (n)
		fx_page_table_end(b);
	fx_page_section_end(b);
	free(s);
}

/* ---- exceptions -------------------------------------------------------------------- */

static void failures(const struct fx_group *g, struct fx_buf *b)
{
	const char *const head[] = {"failure", "#opened", "#open", "of the most frequent", NULL};
	uint64_t most = 1;
	for (size_t i = 0; i < g->nfailure; i++)
		if (g->failure[i].n > most)
			most = g->failure[i].n;
	fx_page_table(b, "Exceptions by failure", head);
	for (size_t i = 0; i < g->nfailure; i++) {
		const struct fx_tally *t = &g->failure[i];
		fx_buf_z(b, "<tr><th scope=\"row\">");
		fx_page_text(b, t->name);
		fx_buf_z(b, "</th>");
		fx_board_number(b, t->n);
		fx_board_number(b, t->open);
		fx_buf_fmt(
		    b,
		    "<td><svg class=\"bar\" viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" "
		    "aria-hidden=\"true\"><rect class=\"half\" width=\"%.2f\" height=\"10\"/>"
		    "<rect class=\"missed\" width=\"%.2f\" height=\"10\"/></svg></td></tr>\n",
		    200.0 * (double)t->n / (double)most, 200.0 * (double)t->open / (double)most);
	}
	fx_page_table_end(b);
}

/* "#30417" as a fragment that the page's search takes. */
static void fragment(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			fx_buf_byte(b, s.p[i]);
		else
			fx_buf_fmt(b, "%%%02X", c);
	}
}

static void queue(const struct fx_board *d, struct fx_buf *b)
{
	const char *const head[] = {"order", "next step", "failure", "with", NULL};
	fx_page_table(b, "Open exceptions, the next step that is due first", head);
	for (size_t i = 0; i < d->nqueue; i++) {
		const struct fx_board_exception *x = &d->queue[i];
		fx_buf_z(b, "<tr><th scope=\"row\">");
		if (x->order.n) {
			fx_buf_z(b, "<a href=\"#");
			fragment(b, x->order);
			fx_buf_z(b, "\">");
			fx_page_text(b, x->order);
			fx_buf_z(b, "</a>");
		} else { /* about an owner, or the sweep itself */
			fx_buf_z(b, "\xe2\x80\x93");
		}
		bool late = x->due != FX_TIME_NONE && x->due < d->now;
		fx_buf_fmt(b, "</th><td class=\"t%s\">", late ? " bad" : "");
		if (x->due == FX_TIME_NONE)
			fx_buf_z(b, "\xe2\x80\x93");
		else {
			fx_buf_z(b, late ? "late by " : "in ");
			fx_page_lasting(b, late ? d->now - x->due : x->due - d->now);
		}
		fx_buf_z(b, "</td><td>");
		fx_page_text(b, x->failure);
		fx_buf_fmt(b, "<small>step %u, open for ", x->step);
		fx_page_lasting(b, d->now > x->opened ? d->now - x->opened : 0);
		fx_buf_z(b, "</small></td><td>");
		fx_page_text(b, x->owner.n ? x->owner : FX_STR("\xe2\x80\x93"));
		fx_buf_z(b, "</td></tr>\n");
	}
	fx_page_table_end(b);
}

void fx_board_exceptions(const struct fx_board *d, const struct fx_group *g, struct fx_buf *b)
{
	fx_page_section(
	    b, NULL, "exceptions", "Exceptions",
	    "What went wrong, by its name, and the queue: whose turn it is, and when the "
	    "path goes on by itself.");
	if (g->nfailure)
		failures(g, b);
	else
		fx_buf_z(b, "<p>None was opened.</p>\n");
	if (d->nqueue) {
		fx_buf_z(b, "<h3>The queue</h3>\n");
		queue(d, b);
		fx_buf_z(b, "<p class=\"more\">");
		fx_page_number(b, d->nqueue);
		fx_buf_z(b, " of ");
		fx_page_number(b, d->nopen);
		fx_buf_z(b, " open ones; <code>fx-queue</code> lists all.</p>\n");
	}
	fx_page_section_end(b);
}

/* ---- rules ---------------------------------------------------------------------------- */

static void canary_row(struct fx_buf *b, const char *name, const struct fx_proportions *p,
                       bool sure, bool good_is_high)
{
	bool good = good_is_high ? p->difference > 0 : p->difference < 0;
	fx_buf_fmt(b, "<tr><th scope=\"row\">%s</th>", name);
	for (size_t i = 0; i < 2; i++) {
		fx_buf_z(b, "<td class=\"n\">");
		fx_page_percent(b, p->share[i]);
		fx_buf_z(b, "</td>");
	}
	fx_buf_fmt(b, "<td class=\"n %s\">", !sure ? "" : good ? "good" : "bad");
	if (p->share[0] >= 0 && p->share[1] >= 0)
		fx_buf_fmt(b, "%+.1f pts <small>%+.1f to %+.1f</small>", p->difference * 100,
		           p->low * 100, p->high * 100);
	else
		fx_buf_z(b, "\xe2\x80\x93");
	fx_buf_z(b, "</td></tr>\n");
}

/* Rule versions side by side: what --canary says of them. */
static void canary(const struct fx_canary *c, struct fx_buf *b)
{
	char name[2][32], caption[96];
	const char *const head[] = {"", name[0], name[1], "#new against old", NULL};
	struct fx_buf words = {0};
	for (size_t i = 0; i < 2; i++)
		snprintf(name[i], sizeof(name[i]), "#version %llu%s",
		         (unsigned long long)c->of[i]->version, i ? "" : " (new)");
	fx_canary_verdict(c, &words);
	fx_buf_z(b, "<h3>");
	fx_page_text(b, c->of[0]->rule);
	fx_buf_fmt(b, ", version %llu against %llu</h3>\n<p class=\"verdict %s\">",
	           (unsigned long long)c->of[0]->version, (unsigned long long)c->of[1]->version,
	           c->verdict == FX_PROMOTE     ? "good"
	           : c->verdict == FX_ROLL_BACK ? "bad"
	                                        : "");
	fx_page_text(b, fx_str_trim(fx_buf_view(&words)));
	fx_buf_z(b, "</p>\n");
	snprintf(caption, sizeof(caption), "Canary: version %llu against %llu",
	         (unsigned long long)c->of[0]->version, (unsigned long long)c->of[1]->version);
	fx_page_table(b, caption, head);
	fx_buf_z(b, "<tr><th scope=\"row\">tasks</th>");
	fx_board_number(b, c->tasks[0]);
	fx_board_number(b, c->tasks[1]);
	fx_buf_z(b, "<td></td></tr>\n<tr><th scope=\"row\">confirmed in, median</th>");
	fx_board_time(b, c->median[0]);
	fx_board_time(b, c->median[1]);
	fx_buf_z(b, "<td class=\"n\">");
	if (c->confirmed.ratio > 0)
		fx_buf_fmt(b, "%.2f times as fast <small>%.2f to %.2f</small>", c->confirmed.ratio,
		           c->confirmed.low, c->confirmed.high);
	fx_buf_z(b, "</td></tr>\n");
	canary_row(b, "tasks with an exception", &c->exceptions, c->sure[1], false);
	canary_row(b, "promises kept", &c->promises, c->sure[2], true);
	fx_page_table_end(b);
	fx_buf_free(&words);
}

void fx_board_rules(const struct fx_board *d, struct fx_side *s, struct fx_buf *b)
{
	fx_page_section(b, NULL, "rules", "Rules",
	                "Each version of each rule, side by side; where two were at work together, "
	                "whether the new one does better.");
	fx_board_groups(s, 1, "rule@version", "Rule versions", b);
	for (size_t i = 0; i < d->ncanary; i++)
		canary(&d->canary[i], b);
	fx_page_section_end(b);
}

/* ---- who gives work to whom -------------------------------------------------------------- */

static int most_first(const void *pa, const void *pb)
{
	const struct fx_handover *a = pa, *b = pb;
	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	int c = fx_str_cmp(a->from, b->from);
	return c ? c : fx_str_cmp(a->to, b->to);
}

void fx_board_handovers(const struct fx_figures *f, struct fx_buf *b)
{
	const char *const head[] = {"from", "to", "#times", NULL};
	struct fx_handover *v = fx_alloc(f->nhandover + 1, sizeof(*v));
	struct fx_tape t = {0};
	struct fx_arena a = {0};
	size_t n = 0;
	for (size_t i = 0; i < f->nhandover; i++)
		if (!fx_tape_read(&t, f->handover[i].name, NULL) && t.node[0].count == 2)
			v[n++] = (struct fx_handover){fx_arena_str(&a, fx_tape_str(&t, 1, &a)),
			                              fx_arena_str(&a, fx_tape_str(&t, 2, &a)),
			                              f->handover[i].n};
	qsort(v, n, sizeof(*v), most_first);
	fx_page_section(
	    b, NULL, "handovers", "Hand-overs",
	    "Tasks that went from one owner to another: by an exception path, or by hand.");
	if (!n)
		fx_buf_z(b, "<p>No task changed hands.</p>\n");
	fx_board_sankey(v, n, b);
	if (n) {
		fx_buf_z(b, "<details><summary>The numbers</summary>");
		fx_page_table(b, "Hand-overs between owners", head);
	}
	for (size_t i = 0; i < n; i++) {
		fx_buf_z(b, "<tr><th scope=\"row\">");
		fx_page_text(b, v[i].from);
		fx_buf_z(b, "</th><td>");
		fx_page_text(b, v[i].to);
		fx_buf_z(b, "</td>");
		fx_board_number(b, v[i].n);
		fx_buf_z(b, "</tr>\n");
	}
	if (n) {
		fx_page_table_end(b);
		fx_buf_z(b, "</details>\n");
	}
	fx_page_section_end(b);
	fx_tape_free(&t);
	fx_arena_free(&a);
	free(v);
}
