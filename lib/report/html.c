/* The dashboard's page. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/board.h"
#include "report/facts.h"
#include "report/render.h"
#include "report/slo.h"
#include "report/words.h"

const char *const fx_board_by[FX_BOARD_BY] = {"flow", "rule_version", "owner", "channel"};

static void text(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '<':
			fx_buf_z(b, "&lt;");
			break;
		case '>':
			fx_buf_z(b, "&gt;");
			break;
		case '&':
			fx_buf_z(b, "&amp;");
			break;
		case '"':
			fx_buf_z(b, "&quot;");
			break;
		default:
			fx_buf_byte(b, (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i]);
		}
	}
}

/* JSON inside <script>: nothing in it may end the element. */
static void script_json(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '<')
			fx_buf_z(b, "\\u003c");
		else
			fx_buf_byte(b, s.p[i]);
}

static void lasting(struct fx_buf *b, fx_time t)
{
	char s[FX_TIME_LEN] = "\xe2\x80\x93";
	if (t != FX_TIME_NONE)
		fx_dur_format(t, s);
	fx_buf_z(b, s);
}

static void percent(struct fx_buf *b, double v)
{
	if (v < 0)
		fx_buf_z(b, "\xe2\x80\x93");
	else
		fx_buf_fmt(b, "%.1f\xe2\x80\x89%%", v * 100);
}

static void number(struct fx_buf *b, uint64_t n)
{
	char s[32];
	fx_buf_z(b, fx_thousands(n, s));
}

static void utc(struct fx_buf *b, fx_time t)
{
	char s[FX_TIME_LEN];
	fx_time_format(t / FX_SEC * FX_SEC, s);
	fx_buf_fmt(b, "<time datetime=\"%s\">", s);
	fx_buf_fmt(b, "%.10s %.5s</time>", s, s + 11);
}

/* ---- groups by one of the names alone -------------------------------------- */

struct side {
	struct fx_group *v;
	size_t n;
};

/* The largest first; among equals in order of their names. */
static int by_tasks(const void *pa, const void *pb)
{
	const struct fx_group *a = pa, *b = pb;
	int c = (a->tasks < b->tasks) - (a->tasks > b->tasks);
	for (size_t i = 0; i < FX_BY_MAX && !c; i++)
		c = fx_str_cmp(a->key[i], b->key[i]);
	return c;
}

/* Groups with the same value of key `by` as one. */
static struct side along(struct fx_figures *f, size_t by)
{
	struct side s = {fx_alloc(f->ngroup + 1, sizeof(struct fx_group)), 0};
	for (size_t i = 0; i < f->ngroup; i++) {
		struct fx_str key = f->group[i]->key[by];
		size_t k = 0;
		while (k < s.n && !(fx_str_eq(s.v[k].key[by], key) && !s.v[k].key[by].p == !key.p))
			k++;
		if (k == s.n) {
			s.v[s.n] = (struct fx_group){.first = FX_TIME_NONE, .last = FX_TIME_NONE};
			s.v[s.n++].key[by] = key;
		}
		fx_figures_add_group(f, &s.v[k], f->group[i]);
	}
	qsort(s.v, s.n, sizeof(*s.v), by_tasks);
	return s;
}

static void side_free(struct side *s)
{
	for (size_t i = 0; i < s->n; i++)
		fx_group_free(&s->v[i]);
	free(s->v);
}

static void key(struct fx_buf *b, struct fx_str s)
{
	if (s.p)
		text(b, s);
	else
		fx_buf_z(b, "<i>none</i>");
}

/* ---- sections ----------------------------------------------------------------- */

static void open_section(struct fx_buf *b, const char *id, const char *title, const char *what)
{
	fx_buf_fmt(b,
	           "<section aria-labelledby=\"%s\"><header><h2 id=\"%s\">%s</h2><p>%s</p></header>"
	           "<div class=\"body\">\n",
	           id, id, title, what);
}

static void close_section(struct fx_buf *b)
{
	fx_buf_z(b, "</div></section>\n");
}

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

static void headline_interval(struct fx_buf *b, struct fx_group *g, enum fx_interval_id id)
{
	struct fx_interval *v = &g->interval[id];
	fx_buf_fmt(b, "<div><dt>%s</dt><dd>", fx_interval_info[id].title);
	lasting(b, fx_sketch_quantile(&v->took, 0.5));
	fx_buf_z(b, "<small>median; 95\xe2\x80\x89% within ");
	lasting(b, fx_sketch_quantile(&v->took, 0.95));
	if (v->open) {
		fx_buf_z(b, "; ");
		number(b, v->open);
		fx_buf_z(b, " still open");
	}
	fx_buf_z(b, "</small></dd></div>\n");
}

static void headlines(const struct fx_figures *f, struct fx_group *g, struct fx_buf *b)
{
	double handoffs = fx_group_handoffs_per_1000(f, g);
	fx_buf_z(b, "<dl class=\"headlines\">\n<div><dt>orders</dt><dd>");
	number(b, g->orders);
	fx_buf_z(b, "<small>");
	number(b, g->tasks);
	fx_buf_z(b, " tasks, ");
	number(b, g->open);
	fx_buf_z(b, " open</small></dd></div>\n<div><dt>promises kept</dt><dd>");
	percent(b, all_attained(g));
	fx_buf_z(b, "<small>of those whose time has come</small></dd></div>\n");
	headline_interval(b, g, FX_TRIGGER_TO_DECISION);
	headline_interval(b, g, FX_DECISION_TO_EXECUTION);
	headline_interval(b, g, FX_TRIGGER_TO_OUTCOME);
	fx_buf_z(b, "<div><dt>exception rate</dt><dd>");
	percent(b, fx_group_exception_rate(g));
	fx_buf_z(b, "<small>");
	number(b, g->exceptions - g->resolved);
	fx_buf_z(b, " exceptions open, ");
	number(b, g->resolved);
	fx_buf_z(b, " resolved</small></dd></div>\n<div><dt>manual handoffs</dt><dd>");
	if (handoffs < 0)
		fx_buf_z(b, "\xe2\x80\x93");
	else
		fx_buf_fmt(b, "%.0f", handoffs);
	fx_buf_z(b, "<small>per 1000 orders</small></dd></div>\n</dl>\n");
}

/* The states as one bar. */
static void state_bar(const struct fx_group *g, struct fx_buf *b)
{
	double x = 0;
	fx_buf_z(b, "<svg class=\"bar\" viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" "
	            "role=\"img\" aria-label=\"");
	for (size_t i = FX_ASSIGNED; i <= FX_SUPERSEDED; i++)
		if (g->state[i])
			fx_buf_fmt(b, "%llu %s, ", (unsigned long long)g->state[i],
			           fx_state_name((enum fx_state)i));
	fx_buf_z(b, "in all\">");
	for (size_t i = FX_ASSIGNED; i <= FX_SUPERSEDED && g->tasks; i++) {
		double w = 200.0 * (double)g->state[i] / (double)g->tasks;
		if (w > 0)
			fx_buf_fmt(b,
			           "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=\"10\"/>",
			           fx_state_name((enum fx_state)i), x, w);
		x += w;
	}
	fx_buf_z(b, "</svg>");
}

static void th(struct fx_buf *b, const char *const *names)
{
	fx_buf_z(b, "<thead><tr>");
	for (; *names; names++)
		fx_buf_fmt(b, "<th scope=\"col\">%s</th>", *names);
	fx_buf_z(b, "</tr></thead><tbody>\n");
}

static void cell_number(struct fx_buf *b, uint64_t n)
{
	fx_buf_z(b, "<td class=\"n\">");
	number(b, n);
	fx_buf_z(b, "</td>");
}

static void cell_time(struct fx_buf *b, fx_time t)
{
	fx_buf_z(b, "<td class=\"n\">");
	lasting(b, t);
	fx_buf_z(b, "</td>");
}

static void cell_percent(struct fx_buf *b, double v, bool good_is_high)
{
	double bad = good_is_high ? 1 - v : v;
	const char *mood = v < 0 ? "" : bad > 0.1 ? " bad" : bad > 0.02 ? " warn" : " good";
	fx_buf_fmt(b, "<td class=\"n%s\">", mood);
	percent(b, v);
	fx_buf_z(b, "</td>");
}

static void groups_table(struct side *s, size_t by, const char *name, const char *caption,
                         struct fx_buf *b)
{
	const char *const head[] = {name,      "tasks",      "where they are", "confirmed in",
	                            "done in", "exceptions", "promises kept",  NULL};
	fx_buf_fmt(
	    b,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s, a table\">"
	    "<table><caption>%s</caption>",
	    caption, caption);
	th(b, head);
	for (size_t i = 0; i < s->n; i++) {
		struct fx_group *g = &s->v[i];
		if (!g->tasks)
			continue;
		fx_buf_z(b, "<tr><th scope=\"row\">");
		key(b, g->key[by]);
		fx_buf_z(b, "</th>");
		cell_number(b, g->tasks);
		fx_buf_z(b, "<td>");
		state_bar(g, b);
		fx_buf_z(b, "</td>");
		cell_time(b, fx_sketch_quantile(&g->interval[FX_DECISION_TO_EXECUTION].took, 0.5));
		cell_time(b, fx_sketch_quantile(&g->interval[FX_TRIGGER_TO_OUTCOME].took, 0.5));
		cell_percent(b, fx_group_exception_rate(g), false);
		cell_percent(b, all_attained(g), true);
		fx_buf_z(b, "</tr>\n");
	}
	fx_buf_z(b, "</tbody></table></div>\n");
}

static void legend(struct fx_buf *b)
{
	fx_buf_z(b, "<p class=\"legend\">");
	for (size_t i = FX_ASSIGNED; i <= FX_SUPERSEDED; i++)
		fx_buf_fmt(
		    b,
		    "<span><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"%s\" "
		    "width=\"10\" height=\"10\"/></svg>%s</span> ",
		    fx_state_name((enum fx_state)i),
		    i == FX_ASSIGNED ? "not yet confirmed" : fx_state_name((enum fx_state)i));
	fx_buf_z(b, "</p>\n");
}

/* Attainment against the objective, on a scale that begins where it matters. */
static void slo_bar(const struct fx_slo_state *s, struct fx_buf *b)
{
	double low = s->attained < s->objective ? s->attained : s->objective;
	double from = low > 0.9 ? 0.9 : low > 0.5 ? 0.5 : 0;
	double scale = 200 / (1 - from);
	fx_buf_fmt(
	    b,
	    "<svg class=\"bar\" viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" role=\"img\" "
	    "aria-label=\"%.2f %% kept, objective %.2f %%\">",
	    s->attained * 100, s->objective * 100);
	fx_buf_fmt(
	    b,
	    "<rect class=\"track\" width=\"200\" height=\"10\"/><rect class=\"%s\" width=\"%.2f\" "
	    "height=\"10\"/><rect class=\"mark\" x=\"%.2f\" y=\"-1\" width=\"1.6\" "
	    "height=\"12\"/></svg>",
	    s->attained >= s->objective ? "met" : "missed",
	    s->attained > from ? (s->attained - from) * scale : 0,
	    (s->objective - from) * scale - 0.8);
}

static void objectives(const struct fx_figures *f, struct fx_buf *b)
{
	const char *const head[] = {"objective",   "kept",  "against the objective",
	                            "budget left", "1h/5m", "6h/30m",
	                            "1d/2h",       "3d/6h", NULL};
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	open_section(
	    b, "objectives", "Objectives",
	    "Budget left, and how fast it burns: at 1 it lasts just as long as its window. "
	    "A pair that fires is marked.");
	if (!n)
		fx_buf_z(b, "<p>The registry has no objectives.</p>\n");
	else {
		fx_buf_z(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		            "aria-label=\"Objectives, a table\"><table>"
		            "<caption>Service level objectives</caption>");
		th(b, head);
	}
	for (size_t i = 0; i < n; i++) {
		fx_buf_z(b, "<tr><th scope=\"row\">");
		text(b, s[i].flow);
		fx_buf_z(b, "<small>");
		text(b, s[i].text);
		fx_buf_z(b, "</small></th><td class=\"n\">");
		percent(b, s[i].attained);
		fx_buf_z(b, "</td><td>");
		if (s[i].attained >= 0)
			slo_bar(&s[i], b);
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
		fx_buf_z(b, "</tbody></table></div>\n");
	close_section(b);
	free(s);
}

/* ---- latencies on one logarithmic axis -------------------------------------- */

#define AXIS_W 640.0
/* From a second to a hundred days. */
static double axis(fx_time t)
{
	double s = (double)t / (double)FX_SEC;
	double x = s <= 1 ? 0 : log10(s) / log10(8640000.0);
	return x > 1 ? AXIS_W : x * AXIS_W;
}

static void axis_ticks(struct fx_buf *b, double height)
{
	static const struct {
		fx_time at;
		const char *name;
	} ticks[] = {{FX_SEC, "1s"},       {10 * FX_SEC, "10s"}, {FX_MIN, "1m"},
	             {10 * FX_MIN, "10m"}, {FX_HOUR, "1h"},      {6 * FX_HOUR, "6h"},
	             {FX_DAY, "1d"},       {7 * FX_DAY, "7d"},   {30 * FX_DAY, "30d"}};
	for (size_t i = 0; i < sizeof(ticks) / sizeof(*ticks); i++)
		fx_buf_fmt(b,
		           "<line class=\"tick\" x1=\"%.1f\" x2=\"%.1f\" y1=\"14\" y2=\"%.0f\"/>"
		           "<text class=\"tick\" x=\"%.1f\" y=\"9\">%s</text>",
		           axis(ticks[i].at), axis(ticks[i].at), height, axis(ticks[i].at),
		           ticks[i].name);
}

static void latencies(struct fx_group *g, struct fx_buf *b)
{
	const double row = 34;
	double height = 18 + row * FX_NINTERVAL;
	open_section(b, "latencies", "How long it takes",
	             "Half of all within the dark part, 90\xe2\x80\x89% within the light one, "
	             "99\xe2\x80\x89% "
	             "within the line. The scale is logarithmic.");
	fx_buf_fmt(b,
	           "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Durations\">"
	           "<svg class=\"strips\" viewBox=\"-6 0 %.0f %.0f\" role=\"img\" "
	           "aria-label=\"Durations; the table below has the numbers\">",
	           AXIS_W + 12, height);
	axis_ticks(b, height);
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_sketch *s = &g->interval[i].took;
		double y = 18 + row * (double)i;
		fx_buf_fmt(b, "<text x=\"0\" y=\"%.1f\">%s</text>", y + 11,
		           fx_interval_info[i].title);
		if (!s->n)
			continue;
		double low = axis(fx_sketch_quantile(s, 0.01)),
		       p99 = axis(fx_sketch_quantile(s, 0.99));
		double p5 = axis(fx_sketch_quantile(s, 0.05)),
		       p95 = axis(fx_sketch_quantile(s, 0.95));
		double q1 = axis(fx_sketch_quantile(s, 0.25)),
		       q3 = axis(fx_sketch_quantile(s, 0.75));
		double mid = axis(fx_sketch_quantile(s, 0.5));
		fx_buf_fmt(
		    b, "<line class=\"range\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
		    low, p99, y + 21, y + 21);
		fx_buf_fmt(
		    b, "<rect class=\"most\" x=\"%.1f\" width=\"%.1f\" y=\"%.1f\" height=\"8\"/>",
		    p5, p95 - p5 + 1, y + 17);
		fx_buf_fmt(
		    b, "<rect class=\"half\" x=\"%.1f\" width=\"%.1f\" y=\"%.1f\" height=\"8\"/>",
		    q1, q3 - q1 + 1, y + 17);
		fx_buf_fmt(
		    b, "<rect class=\"middle\" x=\"%.1f\" width=\"2\" y=\"%.1f\" height=\"12\"/>",
		    mid - 1, y + 15);
	}
	fx_buf_z(b, "</svg></div>\n");
	const char *const head[] = {"interval", "n",    "median", "p90",      "p95", "p99",
	                            "longest",  "mean", "open",   "negative", NULL};
	fx_buf_z(b, "<details><summary>The numbers</summary><div class=\"scroll\" tabindex=\"0\" "
	            "role=\"region\" "
	            "aria-label=\"Durations in numbers\"><table><caption>Durations</caption>");
	th(b, head);
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		fx_buf_fmt(b, "<tr><th scope=\"row\">%s</th>", fx_interval_info[i].title);
		cell_number(b, v->took.n);
		for (size_t q = 0; q < FX_NQUANTILE; q++)
			cell_time(b, fx_sketch_quantile(&v->took, fx_quantiles[q].q));
		cell_time(b, v->took.n ? v->took.max : FX_TIME_NONE);
		cell_time(b, fx_sketch_mean(&v->took));
		cell_number(b, v->open);
		cell_number(b, v->negative);
		fx_buf_z(b, "</tr>\n");
	}
	fx_buf_z(b, "</tbody></table></div></details>\n");
	close_section(b);
}

static void failures(const struct fx_group *g, struct fx_buf *b)
{
	const char *const head[] = {"failure", "opened", "open", "of the most frequent", NULL};
	uint64_t most = 1;
	open_section(b, "exceptions", "Exceptions",
	             "What went wrong, by its name, and what is still open. The orders are in the "
	             "search below.");
	if (!g->nfailure)
		fx_buf_z(b, "<p>None was opened.</p>\n");
	for (size_t i = 0; i < g->nfailure; i++)
		if (g->failure[i].n > most)
			most = g->failure[i].n;
	if (g->nfailure) {
		fx_buf_z(b, "<table><caption>Exceptions by failure</caption>");
		th(b, head);
	}
	for (size_t i = 0; i < g->nfailure; i++) {
		const struct fx_tally *t = &g->failure[i];
		fx_buf_z(b, "<tr><th scope=\"row\">");
		text(b, t->name);
		fx_buf_z(b, "</th>");
		cell_number(b, t->n);
		cell_number(b, t->open);
		fx_buf_fmt(
		    b,
		    "<td><svg class=\"bar\" viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" "
		    "aria-hidden=\"true\"><rect class=\"half\" width=\"%.2f\" height=\"10\"/>"
		    "<rect class=\"missed\" width=\"%.2f\" height=\"10\"/></svg></td></tr>\n",
		    200.0 * (double)t->n / (double)most, 200.0 * (double)t->open / (double)most);
	}
	if (g->nfailure)
		fx_buf_z(b, "</tbody></table>\n");
	close_section(b);
}

/* ---- who gives work to whom ------------------------------------------------------ */

static void handovers(const struct fx_figures *f, struct fx_buf *b)
{
	const char *const head[] = {"from", "to", "times", "of the most frequent", NULL};
	uint64_t most = 1;
	open_section(
	    b, "handovers", "Hand-overs",
	    "Tasks that went from one owner to another: by an exception path, or by hand.");
	for (size_t i = 0; i < f->nhandover; i++)
		if (f->handover[i].n > most)
			most = f->handover[i].n;
	if (!f->nhandover)
		fx_buf_z(b, "<p>No task changed hands.</p>\n");
	else {
		fx_buf_z(b, "<table><caption>Hand-overs between owners</caption>");
		th(b, head);
	}
	struct fx_tape t = {0};
	struct fx_arena a = {0};
	for (size_t i = 0; i < f->nhandover; i++) {
		if (fx_tape_read(&t, f->handover[i].name, NULL) || t.node[0].count != 2)
			continue;
		fx_buf_z(b, "<tr><th scope=\"row\">");
		text(b, fx_tape_str(&t, 1, &a));
		fx_buf_z(b, "</th><td>");
		text(b, fx_tape_str(&t, 2, &a));
		fx_buf_z(b, "</td>");
		cell_number(b, f->handover[i].n);
		fx_buf_fmt(
		    b,
		    "<td><svg class=\"bar\" viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" "
		    "aria-hidden=\"true\"><rect class=\"half\" width=\"%.2f\" "
		    "height=\"10\"/></svg></td></tr>\n",
		    200.0 * (double)f->handover[i].n / (double)most);
	}
	fx_tape_free(&t);
	fx_arena_free(&a);
	if (f->nhandover)
		fx_buf_z(b, "</tbody></table>\n");
	close_section(b);
}

static void orders_json(const struct fx_board_list *l, struct fx_buf *b, bool *first)
{
	for (size_t i = 0; i < l->n; i++) {
		fx_buf_z(b, *first ? "" : ",\n");
		*first = false;
		script_json(b, (struct fx_str){l->v[i].json, l->v[i].n});
	}
}

static void search(const struct fx_board *d, struct fx_buf *b)
{
	open_section(b, "orders", "Orders",
	             "Open orders, those in trouble first, and the ones that ended last. "
	             "Type an order, an owner, a flow or a failure.");
	fx_buf_z(
	    b, "<p class=\"search\"><label for=\"q\">Find</label> <input id=\"q\" type=\"search\" "
	       "autocomplete=\"off\" placeholder=\"#30417, out-of-stock, vendor\" "
	       "aria-controls=\"hits\"></p>\n"
	       "<p id=\"count\" role=\"status\"></p>\n<ul id=\"hits\"></ul>\n"
	       "<noscript><p>Finding orders needs JavaScript; <code>fx-trace ORDER</code> does "
	       "not.</p></noscript>\n"
	       "<p class=\"more\">In this page: ");
	number(b, d->open.n);
	fx_buf_z(b, " of ");
	number(b, d->open.seen);
	fx_buf_z(b, " open orders, ");
	number(b, d->closed.n);
	fx_buf_z(b, " of ");
	number(b, d->closed.seen);
	fx_buf_z(
	    b, " closed ones. The rest: <code>fx-trace ORDER</code>, <code>fx-queue</code>.</p>\n");
	close_section(b);
}

static void parts(struct fx_buf *b, const char *const *part)
{
	for (; *part; part++)
		fx_buf_z(b, *part);
}

void fx_render_html(struct fx_figures *f, struct fx_board *d, struct fx_buf *b)
{
	struct fx_group all;
	struct side flows = along(f, 0), rules = along(f, 1), owners = along(f, 2),
	            channels = along(f, 3);
	struct fx_buf json = {.max = (size_t)256 << 20};
	bool first = true;
	fx_figures_total(f, &all);
	fx_board_sort(d);
	fx_buf_z(
	    b,
	    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"icon\" href=\"data:,\">\n"
	    "<title>Fulfilment, as the ledger tells it</title>\n<style>");
	parts(b, fx_board_css);
	fx_buf_z(b, "</style></head><body>\n<header class=\"top\"><h1>Fulfilment, as the ledger "
	            "tells it</h1>"
	            "<p>As of ");
	utc(b, f->opt.now);
	fx_buf_z(b, " UTC");
	if (f->first_entry != FX_TIME_NONE) {
		fx_buf_z(b, ", from ");
		number(b, f->entries);
		fx_buf_z(b, " entries of ");
		utc(b, f->first_entry);
		fx_buf_z(b, " to ");
		utc(b, f->last_entry);
	}
	fx_buf_z(b, ".</p></header>\n<main>\n");
	headlines(f, &all, b);
	open_section(b, "flows", "Flows", "Each way of fulfilling: how much, how far, how well.");
	groups_table(&flows, 0, "flow", "Flows", b);
	legend(b);
	close_section(b);
	objectives(f, b);
	failures(&all, b);
	search(d, b);
	latencies(&all, b);
	open_section(b, "rules", "Rules",
	             "Each version of each rule, side by side: did the change help?");
	groups_table(&rules, 1, "rule@version", "Rule versions", b);
	close_section(b);
	open_section(b, "owners", "Owners", "By who got the task first.");
	groups_table(&owners, 2, "owner", "Owners", b);
	close_section(b);
	open_section(b, "channels", "Channels", "Where the orders came from.");
	groups_table(&channels, 3, "channel", "Channels", b);
	close_section(b);
	handovers(f, b);
	fx_buf_z(
	    b,
	    "</main>\n<footer><p>Every number is the one that <code>fx-report --format json</code> "
	    "prints; the entries behind it are in the ledger, and <code>fx-verify --all</code> "
	    "checks "
	    "them.</p></footer>\n<script type=\"application/json\" id=\"figures\">");
	fx_render_json(f, &json);
	script_json(b, fx_str_trim(fx_buf_view(&json)));
	fx_buf_z(b, "</script>\n<script type=\"application/json\" id=\"list\">[");
	orders_json(&d->open, b, &first);
	orders_json(&d->closed, b, &first);
	fx_buf_z(b, "]</script>\n<script>");
	parts(b, fx_board_js);
	fx_buf_z(b, "</script>\n</body></html>\n");
	fx_buf_free(&json);
	side_free(&flows);
	side_free(&rules);
	side_free(&owners);
	side_free(&channels);
	fx_group_free(&all);
}
