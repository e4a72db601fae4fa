/* The dashboard's pictures: inline SVG, each with its numbers beside it or in words. */
#include <math.h>
#include <stdio.h>

#include "report/board_inside.h"
#include "report/draw.h"
#include "report/facts.h"
#include "report/page.h"
#include "report/words.h"

void fx_board_state_bar(const struct fx_group *g, struct fx_buf *b)
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

void fx_board_legend(struct fx_buf *b)
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
void fx_board_slo_bar(const struct fx_slo_state *s, struct fx_buf *b)
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

void fx_board_latencies(struct fx_group *g, struct fx_buf *b)
{
	const double row = 34;
	double height = 18 + row * FX_NINTERVAL;
	fx_page_section(b, NULL, "latencies", "How long it takes",
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
	const char *const head[] = {"interval", "#n",    "#median", "#p90",      "#p95", "#p99",
	                            "#longest", "#mean", "#open",   "#negative", NULL};
	fx_buf_z(b, "<details><summary>The numbers</summary>");
	fx_page_table(b, "Durations in numbers", head);
	for (size_t i = 0; i < FX_NINTERVAL; i++) {
		struct fx_interval *v = &g->interval[i];
		fx_buf_fmt(b, "<tr><th scope=\"row\">%s</th>", fx_interval_info[i].title);
		fx_board_number(b, v->took.n);
		for (size_t q = 0; q < FX_NQUANTILE; q++)
			fx_board_time(b, fx_sketch_quantile(&v->took, fx_quantiles[q].q));
		fx_board_time(b, v->took.n ? v->took.max : FX_TIME_NONE);
		fx_board_time(b, fx_sketch_mean(&v->took));
		fx_board_number(b, v->open);
		fx_board_number(b, v->negative);
		fx_buf_z(b, "</tr>\n");
	}
	fx_page_table_end(b);
	fx_buf_z(b, "</details>\n");
	fx_page_section_end(b);
}

/* ---- tasks over time --------------------------------------------------------------- */

void fx_board_volume(const struct fx_group *g, struct fx_buf *b)
{
	uint64_t tasks[FX_STRIP_MAX], excepted[FX_STRIP_MAX], most = 1;
	struct fx_strip s = fx_strip_of(g, 60);
	size_t busy = 0;
	char each[32], n[32];
	if (s.n)
		fx_strip_fill(&s, g, tasks, excepted);
	for (size_t i = 0; i < s.n; i++) {
		most = tasks[i] > most ? tasks[i] : most;
		busy += tasks[i] > 0;
	}
	if (busy < 3)
		return;
	double w = 600.0 / (double)s.n;
	if (s.each == 1)
		snprintf(each, sizeof(each), "an hour");
	else if (s.each == 24)
		snprintf(each, sizeof(each), "a day");
	else
		snprintf(each, sizeof(each), "%lld days", (long long)s.each / 24);
	fx_buf_fmt(
	    b,
	    "<figure class=\"volume\"><svg viewBox=\"0 0 600 44\" preserveAspectRatio=\"none\" "
	    "role=\"img\" aria-label=\"Tasks assigned over time, at most %s in %s; those with "
	    "an exception in red\"><rect class=\"track\" y=\"43\" width=\"600\" height=\"1\"/>",
	    fx_thousands(most, n), each);
	for (size_t i = 0; i < s.n; i++) {
		double h = 42.0 * (double)tasks[i] / (double)most;
		double bad = 42.0 * (double)excepted[i] / (double)most;
		if (tasks[i])
			fx_buf_fmt(b,
			           "<rect class=\"half\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
			           "height=\"%.2f\"/>",
			           w * (double)i, 43 - h, w * 0.82, h - bad);
		if (excepted[i])
			fx_buf_fmt(b,
			           "<rect class=\"missed\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
			           "height=\"%.2f\"/>",
			           w * (double)i, 43 - bad, w * 0.82, bad);
	}
	fx_buf_z(b, "</svg><figcaption><span>");
	fx_page_utc(b, (fx_time)s.first * FX_HOUR);
	fx_buf_fmt(
	    b,
	    "</span><span>tasks assigned, a bar for %s, at most %s; in red those with an exception"
	    "</span><span>",
	    each, fx_thousands(most, n));
	fx_page_utc(b, (fx_time)(s.first + (int64_t)s.n * s.each) * FX_HOUR);
	fx_buf_z(b, "</span></figcaption></figure>\n");
}

/* ---- who gives work to whom ---------------------------------------------------------- */

#define LINKS 24 /* the largest; all are in the table */
#define SPACE 10.0
#define LEFT 200.0
#define RIGHT 440.0

struct link {
	struct fx_str name[2]; /* from, to */
	uint64_t n;
	size_t node[2];
};

struct node {
	struct fx_str name;
	uint64_t n;
	double y, used; /* used: by links so far */
};

struct sankey {
	struct link link[LINKS];
	struct node node[2][LINKS];
	size_t nlink, nnode[2];
	double scale, height;
};

static size_t node_of(struct sankey *k, int side, struct fx_str name, uint64_t n)
{
	size_t i = 0;
	while (i < k->nnode[side] && !fx_str_eq(k->node[side][i].name, name))
		i++;
	if (i == k->nnode[side])
		k->node[side][k->nnode[side]++] = (struct node){.name = name};
	k->node[side][i].n += n;
	return i;
}

static void place(struct sankey *k, uint64_t total)
{
	size_t most = k->nnode[0] > k->nnode[1] ? k->nnode[0] : k->nnode[1];
	k->height = 26.0 * (double)most > 150 ? 26.0 * (double)most : 150;
	k->scale = (k->height - SPACE * (double)most) / (double)total;
	for (int side = 0; side < 2; side++) {
		double y = 0;
		for (size_t i = 0; i < k->nnode[side]; i++) {
			k->node[side][i].y = y;
			y += k->scale * (double)k->node[side][i].n + SPACE;
		}
	}
}

static void draw_link(struct sankey *k, const struct link *l, struct fx_buf *b)
{
	struct node *from = &k->node[0][l->node[0]], *to = &k->node[1][l->node[1]];
	double h = k->scale * (double)l->n, mid = (LEFT + RIGHT) / 2;
	double y0 = from->y + from->used, y1 = to->y + to->used;
	from->used += h;
	to->used += h;
	fx_buf_fmt(
	    b,
	    "<path class=\"link\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fV%.1fC%.1f %.1f %.1f "
	    "%.1f %.1f %.1fZ\"><title>",
	    LEFT, y0, mid, y0, mid, y1, RIGHT, y1, y1 + h, mid, y1 + h, mid, y0 + h, LEFT, y0 + h);
	fx_page_text(b, l->name[0]);
	fx_buf_z(b, " to ");
	fx_page_text(b, l->name[1]);
	fx_buf_fmt(b, ": %llu</title></path>", (unsigned long long)l->n);
}

static void draw_nodes(const struct sankey *k, int side, struct fx_buf *b)
{
	for (size_t i = 0; i < k->nnode[side]; i++) {
		const struct node *n = &k->node[side][i];
		double h = k->scale * (double)n->n, y = n->y + h / 2 + 4;
		fx_buf_fmt(
		    b, "<rect class=\"half\" x=\"%.1f\" y=\"%.1f\" width=\"6\" height=\"%.1f\"/>",
		    side ? RIGHT : LEFT - 6, n->y, h < 1 ? 1 : h);
		fx_buf_fmt(b, "<text x=\"%.1f\" y=\"%.1f\"%s>", side ? RIGHT + 12 : LEFT - 12, y,
		           side ? "" : " text-anchor=\"end\"");
		fx_page_text(b, n->name);
		fx_buf_fmt(b, " <tspan>%llu</tspan></text>", (unsigned long long)n->n);
	}
}

void fx_board_sankey(const struct fx_handover *v, size_t n, struct fx_buf *b)
{
	struct sankey k = {.nlink = 0};
	uint64_t total = 0;
	for (size_t i = 0; i < n && k.nlink < LINKS; i++) {
		struct link *l = &k.link[k.nlink++];
		*l = (struct link){.name = {v[i].from, v[i].to}, .n = v[i].n};
		for (int side = 0; side < 2; side++)
			l->node[side] = node_of(&k, side, l->name[side], l->n);
		total += l->n;
	}
	if (!total)
		return;
	place(&k, total);
	fx_buf_fmt(
	    b,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Hand-overs, a "
	    "picture\"><svg class=\"sankey\" viewBox=\"0 -4 640 %.0f\" role=\"img\" "
	    "aria-label=\"Hand-overs from owner to owner; the table below has the numbers\">",
	    k.height + 8);
	for (size_t i = 0; i < k.nlink; i++)
		draw_link(&k, &k.link[i], b);
	for (int side = 0; side < 2; side++)
		draw_nodes(&k, side, b);
	fx_buf_z(b, "</svg></div>\n");
}
