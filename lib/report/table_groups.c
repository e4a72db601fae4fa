/* Figures of groups side by side, for people. */
#include <stdio.h>

#include "report/facts.h"
#include "report/pen.h"
#include "report/words.h"

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

/* The figures of a row, and which go first where there is no room. */
enum figure { ORDERS, TASKS, OPEN, DECIDE, EXECUTE, OUTCOME, EXCEPT, IN_TIME, HANDS, NFIGURES };
static const struct {
	const char *name;
	unsigned char w, leaves; /* 0: never */
} figures[NFIGURES] = {{"orders", 8, 0}, {"tasks", 8, 0},   {"open", 7, 2},
                       {"decide", 8, 1}, {"execute", 8, 4}, {"outcome", 8, 0},
                       {"except", 9, 3}, {"in time", 9, 0}, {"hand/1k", 9, 5}};
#define SPARK_MOST 24
#define NAME_LEAST 8

struct layout {
	size_t w[FX_BY_MAX]; /* of the names */
	bool left[NFIGURES]; /* out */
	size_t spark;        /* 0: no room */
	struct fx_strip strip;
};

/* Figures leave until the names have room, cut short as they may be. */
static size_t choose(const struct fx_pen *p, const struct fx_figures *f, struct layout *l)
{
	size_t sum = 0;
	for (size_t i = 0; i < NFIGURES; i++)
		sum += figures[i].w;
	for (unsigned turn = 1; turn <= 5; turn++)
		for (size_t i = 0; i < NFIGURES; i++) {
			size_t names = 0;
			for (size_t k = 0; k < f->opt.nby; k++)
				names += (l->w[k] < 16 ? l->w[k] : 16) + 1;
			if (figures[i].leaves != turn || sum + names <= fx_pen_columns(p))
				continue;
			l->left[i] = true;
			sum -= figures[i].w;
		}
	return sum;
}

static struct layout lay_out(const struct fx_pen *p, const struct fx_figures *f,
                             const struct fx_group *total)
{
	struct layout l = {0};
	size_t sum = 0, widest = 0;
	for (size_t i = 0; i < f->opt.nby; i++) {
		l.w[i] = fx_columns(f->opt.by[i]) > 3 ? fx_columns(f->opt.by[i]) : 3;
		for (size_t k = 0; k < f->ngroup; k++)
			if (fx_columns(f->group[k]->key[i]) > l.w[i])
				l.w[i] = fx_columns(f->group[k]->key[i]);
		sum += l.w[i] + 1;
	}
	sum += choose(p, f, &l);
	for (; sum > fx_pen_columns(p); sum--) {
		for (size_t i = widest = 0; i < f->opt.nby; i++)
			if (l.w[i] > l.w[widest])
				widest = i;
		if (l.w[widest] <= NAME_LEAST)
			break;
		l.w[widest]--;
	}
	size_t left = fx_pen_columns(p) > sum + 2 ? fx_pen_columns(p) - sum - 2 : 0;
	l.spark = left < 8 ? 0 : left < SPARK_MOST ? left : SPARK_MOST;
	l.strip = fx_strip_of(total, l.spark);
	if (l.strip.n < 2)
		l.spark = 0;
	return l;
}

static void figure(struct fx_pen *p, const struct fx_figures *f, struct fx_group *g,
                   enum figure what)
{
	size_t w = figures[what].w;
	char s[32];
	switch (what) {
	case ORDERS:
		fx_pen_number(p->b, g->orders, w);
		break;
	case TASKS:
		fx_pen_number(p->b, g->tasks, w);
		break;
	case OPEN:
		fx_pen_number(p->b, g->open, w);
		break;
	case DECIDE:
		fx_pen_lasting(
		    p->b, fx_sketch_quantile(&g->interval[FX_TRIGGER_TO_DECISION].took, 0.5), w);
		break;
	case EXECUTE:
		fx_pen_lasting(
		    p->b, fx_sketch_quantile(&g->interval[FX_DECISION_TO_EXECUTION].took, 0.5), w);
		break;
	case OUTCOME:
		fx_pen_lasting(
		    p->b, fx_sketch_quantile(&g->interval[FX_TRIGGER_TO_OUTCOME].took, 0.5), w);
		break;
	case EXCEPT:
		fx_pen_percent(p->b, fx_group_exception_rate(g), w);
		break;
	case IN_TIME:
		fx_pen_percent(p->b, all_attained(g), w);
		break;
	default:
		snprintf(s, sizeof(s), "%.1f", fx_group_handoffs_per_1000(f, g));
		fx_right(p->b, g->orders ? s : "-", w);
	}
}

static void row(struct fx_pen *p, const struct fx_figures *f, struct fx_group *g,
                const struct layout *l)
{
	for (size_t i = 0; i < f->opt.nby; i++) {
		struct fx_str key = g->total      ? i ? fx_str("") : FX_STR("all")
		                         : g->key[i].p ? g->key[i]
		                                  : FX_STR("-");
		fx_pen_cut(p, key, l->w[i]);
	}
	for (size_t i = 0; i < NFIGURES; i++)
		if (!l->left[i])
			figure(p, f, g, (enum figure)i);
	if (l->spark) {
		uint64_t tasks[FX_STRIP_MAX], excepted[FX_STRIP_MAX];
		fx_strip_fill(&l->strip, g, tasks, excepted);
		fx_buf_z(p->b, "  ");
		fx_draw_spark(p->b, p->look, tasks, l->strip.n);
	}
	fx_buf_byte(p->b, '\n');
}

void fx_table_groups(struct fx_pen *p, struct fx_figures *f, struct fx_group *total)
{
	struct layout l = lay_out(p, f, total);
	fx_pen_style(p, "1");
	for (size_t i = 0; i < f->opt.nby; i++) {
		size_t start = p->b->n;
		fx_pen_cut(p, f->opt.by[i], l.w[i]);
		for (; start < p->b->n; start++)
			if (p->b->p[start] >= 'a' && p->b->p[start] <= 'z')
				p->b->p[start] = (char)(p->b->p[start] - 'a' + 'A');
	}
	for (size_t i = 0; i < NFIGURES; i++)
		if (!l.left[i])
			fx_right(p->b, figures[i].name, figures[i].w);
	fx_pen_heading(p, l.spark ? "  tasks" : "");
	for (size_t i = 0; i < f->ngroup; i++)
		if (f->group[i]->tasks) /* else it has exceptions alone, and no column for them */
			row(p, f, f->group[i], &l);
	fx_pen_style(p, "1");
	row(p, f, total, &l);
	fx_pen_style(p, "0");
	fx_buf_z(p->b, "\ndecide, execute, outcome: medians; in time: all promises;\n"
	               "hand/1k: manual handoffs per 1000 orders");
	if (l.spark && l.strip.each == 1)
		fx_buf_z(p->b, "; tasks: assigned in each hour");
	else if (l.spark && l.strip.each == 24)
		fx_buf_z(p->b, "; tasks: assigned on each day");
	else if (l.spark)
		fx_buf_fmt(p->b, "; tasks: assigned in each %lld days",
		           (long long)l.strip.each / 24);
	fx_buf_byte(p->b, '\n');
}
