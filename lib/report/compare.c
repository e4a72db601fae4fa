#include "report/compare.h"

#include <math.h>
#include <stdio.h>

#include "json/write.h"
#include "report/facts.h"
#include "report/stats.h"
#include "report/words.h"

/* "FROM..TO" */
static int one_period(struct fx_str text, fx_time now, struct fx_figures_opt *opt,
                      struct fx_err *err)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] != '.' || text.p[i + 1] != '.')
			continue;
		if (fx_time_arg((struct fx_str){text.p, i}, now, &opt->since, err) ||
		    fx_time_arg((struct fx_str){text.p + i + 2, text.n - i - 2}, now, &opt->until,
		                err))
			return -1;
		if (opt->since < opt->until)
			return 0;
		break;
	}
	return fx_fail(err, FX_EUSAGE, "wanted are two periods, as 14d..7d,7d..now");
}

int fx_compare_periods(struct fx_str text, fx_time now, struct fx_figures_opt of[2],
                       struct fx_err *err)
{
	size_t comma = fx_str_find(text, ','), rest = comma + (comma < text.n);
	if (one_period((struct fx_str){text.p, comma}, now, &of[0], err))
		return -1;
	return one_period((struct fx_str){text.p + rest, text.n - rest}, now, &of[1], err);
}

static struct fx_change *next(struct fx_change **at, const char *id, const char *title,
                              enum fx_change_unit unit)
{
	struct fx_change *c = (*at)++;
	*c = (struct fx_change){.id = id, .title = title};
	c->unit = unit;
	return c;
}

static void count(struct fx_change **at, const char *id, const char *title, uint64_t a, uint64_t b)
{
	struct fx_change *c = next(at, id, title, FX_CHANGE_COUNT);
	c->known[0] = c->known[1] = c->has_change = true;
	c->value[0] = (double)a;
	c->value[1] = (double)b;
	c->change = c->value[1] - c->value[0];
}

/* An interval of a difference out of one for each side. */
static void together(struct fx_change *c, const double low[2], const double high[2])
{
	c->has_interval = true;
	c->low = c->change - hypot(c->value[1] - low[1], high[0] - c->value[0]);
	c->high = c->change + hypot(high[1] - c->value[1], c->value[0] - low[0]);
}

static double order_statistic(struct fx_sketch *s, uint64_t rank)
{
	double q = s->n > 1 ? (double)(rank - 1) / (double)(s->n - 1) : 0;
	return (double)fx_sketch_quantile(s, q) / (double)FX_SEC;
}

static void quantile(struct fx_change **at, const char *id, const char *title, struct fx_sketch *a,
                     struct fx_sketch *b, double q)
{
	struct fx_change *c = next(at, id, title, FX_CHANGE_SECONDS);
	struct fx_sketch *s[2] = {a, b};
	double low[2], high[2];
	bool narrow = true;
	for (int i = 0; i < 2; i++) {
		uint64_t n = s[i]->n, from, to;
		c->known[i] = n > 0;
		if (!n)
			continue;
		c->value[i] = (double)fx_sketch_quantile(s[i], q) / (double)FX_SEC;
		if (!fx_quantile_ranks(n, q, &from, &to)) {
			narrow = false;
			continue;
		}
		low[i] = order_statistic(s[i], from);
		high[i] = order_statistic(s[i], to);
	}
	c->has_change = c->known[0] && c->known[1];
	c->change = c->value[1] - c->value[0];
	if (c->has_change && narrow)
		together(c, low, high);
}

static void share(struct fx_change **at, const char *id, const char *title, const uint64_t x[2],
                  const uint64_t n[2])
{
	struct fx_change *c = next(at, id, title, FX_CHANGE_SHARE);
	struct fx_proportions p;
	fx_proportions(x[1], n[1], x[0], n[0], &p);
	for (int i = 0; i < 2; i++) {
		c->known[i] = n[i] > 0;
		c->value[i] = n[i] ? (double)x[i] / (double)n[i] : 0;
	}
	c->has_change = c->has_interval = c->known[0] && c->known[1];
	c->change = p.difference;
	c->low = p.low;
	c->high = p.high;
}

static void handoffs(struct fx_change **at, const uint64_t x[2], const uint64_t n[2])
{
	struct fx_change *c =
	    next(at, "manual_handoffs_per_1000_orders", "manual handoffs per 1000", FX_CHANGE_RATE);
	double low[2], high[2];
	for (int i = 0; i < 2; i++) {
		c->known[i] = n[i] > 0;
		if (!n[i])
			continue;
		double per = 1000 / (double)n[i];
		fx_poisson(x[i], &low[i], &high[i]);
		c->value[i] = per * (double)x[i];
		low[i] *= per;
		high[i] *= per;
	}
	c->has_change = c->known[0] && c->known[1];
	c->change = c->value[1] - c->value[0];
	if (c->has_change)
		together(c, low, high);
}

static void promises(const struct fx_group *g, uint64_t *met, uint64_t *all)
{
	*met = *all = 0;
	for (size_t i = 0; i < g->nmilestone; i++) {
		*met += g->milestone[i].met;
		*all += g->milestone[i].met + g->milestone[i].late + g->milestone[i].overdue;
	}
}

void fx_compare(struct fx_figures *before, struct fx_figures *after,
                struct fx_change out[FX_NCHANGE])
{
	struct fx_group a, b;
	uint64_t x[2], n[2];
	fx_figures_total(before, &a);
	fx_figures_total(after, &b);
#define SKETCHES(id) &a.interval[id].took, &b.interval[id].took
	count(&out, "orders", "orders", a.orders, b.orders);
	count(&out, "tasks", "tasks", a.tasks, b.tasks);
	count(&out, "tasks_open", "tasks still open", a.open, b.open);
	quantile(&out, "trigger_to_decision.p50_s", "trigger to decision, median",
	         SKETCHES(FX_TRIGGER_TO_DECISION), 0.5);
	quantile(&out, "decision_to_execution.p50_s", "decision to execution, median",
	         SKETCHES(FX_DECISION_TO_EXECUTION), 0.5);
	quantile(&out, "decision_to_execution.p95_s", "decision to execution, p95",
	         SKETCHES(FX_DECISION_TO_EXECUTION), 0.95);
	quantile(&out, "trigger_to_outcome.p50_s", "trigger to outcome, median",
	         SKETCHES(FX_TRIGGER_TO_OUTCOME), 0.5);
	quantile(&out, "trigger_to_outcome.p95_s", "trigger to outcome, p95",
	         SKETCHES(FX_TRIGGER_TO_OUTCOME), 0.95);
	quantile(&out, "time_to_resolution.p50_s", "time to resolution, median",
	         SKETCHES(FX_TIME_TO_RESOLUTION), 0.5);
#undef SKETCHES
	x[0] = a.with_exception;
	x[1] = b.with_exception;
	n[0] = a.tasks;
	n[1] = b.tasks;
	share(&out, "exception_rate", "exception rate", x, n);
	promises(&a, &x[0], &n[0]);
	promises(&b, &x[1], &n[1]);
	share(&out, "promises_kept", "promises kept", x, n);
	x[0] = a.handed_over + fx_group_to_teams(before, &a);
	x[1] = b.handed_over + fx_group_to_teams(after, &b);
	n[0] = a.orders;
	n[1] = b.orders;
	handoffs(&out, x, n);
	fx_group_free(&a);
	fx_group_free(&b);
}

/* ---- text --------------------------------------------------------------------- */

void fx_change_text(const struct fx_change *c, double v, bool sign, char out[48])
{
	char text[FX_TIME_LEN + 1], digits[32];
	const char *plus = sign && v > 0 ? "+" : "";
	switch (c->unit) {
	case FX_CHANGE_COUNT:
		fx_thousands((uint64_t)fabs(v), digits);
		snprintf(out, 48, "%s%s", v < 0 ? "-" : plus, digits);
		break;
	case FX_CHANGE_SECONDS:
		fx_dur_format((fx_time)(v * (double)FX_SEC), text);
		snprintf(out, 48, "%s%s", plus, text);
		break;
	case FX_CHANGE_SHARE:
		snprintf(out, 48, sign ? "%+.1f pts" : "%.1f %%", v * 100);
		break;
	default:
		snprintf(out, 48, sign ? "%+.1f" : "%.1f", v);
	}
}

static void line(const struct fx_change *c, bool color, struct fx_buf *b)
{
	char text[48], low[48], high[48];
	bool shown = c->has_interval && (c->low > 0 || c->high < 0);
	fx_left(b, fx_str(c->title), 31);
	for (int i = 0; i < 2; i++) {
		fx_change_text(c, c->value[i], false, text);
		fx_right(b, c->known[i] ? text : "-", 11);
	}
	if (c->has_change) {
		fx_change_text(c, c->change, true, text);
		if (shown && color)
			fx_buf_z(b, "\033[1m");
		fx_right(b, text, 12);
		if (shown && color)
			fx_buf_z(b, "\033[0m");
	}
	if (c->has_interval) {
		fx_change_text(c, c->low, true, low);
		fx_change_text(c, c->high, true, high);
		fx_buf_fmt(b, "  %s to %s%s", low, high, shown ? " *" : "");
	}
	fx_buf_byte(b, '\n');
}

static void period(const struct fx_figures *f, struct fx_buf *b)
{
	char since[FX_TIME_LEN], until[FX_TIME_LEN];
	fx_time_format(f->opt.since, since);
	fx_time_format(f->opt.until, until);
	fx_buf_fmt(b, "%s to %s", since, until);
}

void fx_compare_text(struct fx_figures *before, struct fx_figures *after, bool color,
                     struct fx_buf *b)
{
	struct fx_change c[FX_NCHANGE];
	fx_compare(before, after, c);
	fx_buf_z(b, "before: tasks assigned ");
	period(before, b);
	fx_buf_z(b, "\nafter:  tasks assigned ");
	period(after, b);
	fx_buf_z(b, "\n\n");
	if (color)
		fx_buf_z(b, "\033[1m");
	fx_left(b, FX_STR("FIGURE"), 31);
	fx_right(b, "BEFORE", 11);
	fx_right(b, "AFTER", 11);
	fx_right(b, "CHANGE", 12);
	fx_buf_z(b, "  95 % INTERVAL");
	if (color)
		fx_buf_z(b, "\033[0m");
	fx_buf_byte(b, '\n');
	for (size_t i = 0; i < FX_NCHANGE; i++)
		line(&c[i], color, b);
	fx_buf_z(b, "\n*: the interval leaves out no change at all.\n");
	if (c[2].value[0] > 0 || c[2].value[1] > 0)
		fx_buf_z(b, "Tasks that are still open have no duration yet: a young period looks "
		            "faster than "
		            "it is.\n");
}

static void number(struct fx_buf *b, const char *name, bool known, double v)
{
	fx_json_key(b, name);
	if (known)
		fx_decimal(b, v);
	else
		fx_buf_z(b, "null");
}

static void json_period(const struct fx_figures *f, const char *name, struct fx_buf *b)
{
	fx_json_key(b, name);
	fx_buf_byte(b, '{');
	fx_json_key(b, "since");
	fx_json_time(b, f->opt.since);
	fx_json_key(b, "until");
	fx_json_time(b, f->opt.until);
	fx_buf_byte(b, '}');
}

void fx_compare_json(struct fx_figures *before, struct fx_figures *after, struct fx_buf *b)
{
	static const char *const units[] = {"count", "seconds", "ratio", "per_1000"};
	struct fx_change c[FX_NCHANGE];
	fx_compare(before, after, c);
	fx_buf_byte(b, '{');
	json_period(before, "before", b);
	json_period(after, "after", b);
	fx_json_key(b, "figures");
	fx_buf_byte(b, '{');
	for (size_t i = 0; i < FX_NCHANGE; i++) {
		fx_json_key(b, c[i].id);
		fx_buf_byte(b, '{');
		fx_json_key(b, "unit");
		fx_json_z(b, units[c[i].unit]);
		number(b, "before", c[i].known[0], c[i].value[0]);
		number(b, "after", c[i].known[1], c[i].value[1]);
		number(b, "change", c[i].has_change, c[i].change);
		number(b, "low", c[i].has_interval, c[i].low);
		number(b, "high", c[i].has_interval, c[i].high);
		fx_buf_byte(b, '}');
	}
	fx_buf_z(b, "}}\n");
}
