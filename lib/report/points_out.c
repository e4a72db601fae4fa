/* Decision points, for people and for programs. */
#include <stdint.h>
#include <string.h>

#include "json/write.h"
#include "report/facts.h"
#include "report/pen.h"
#include "report/points.h"
#include "report/render.h"
#include "report/words.h"

#define THREE 3
#define PROSE 88 /* columns that can be read */
#define LEFT 47  /* of the last column of the table */
#define ROWS 20  /* that are told to people, and for which a rule is looked for */

/* ---- sentences ------------------------------------------------------------------ */

static void tasks_of(struct fx_buf *b, const struct fx_point *x)
{
	fx_buf_z(b, x->flow.n ? "tasks of " : "orders");
	fx_plain(b, x->flow);
}

static void word(struct fx_buf *b, const char *before, struct fx_str s)
{
	if (!s.n)
		return;
	fx_buf_z(b, before);
	fx_plain(b, s);
}

/* "somebody moved tasks of vendor-dropship from vendor to ops-team" */
static void what(struct fx_buf *b, const struct fx_point *x)
{
	static const struct {
		const char *event, *says;
	} verbs[] = {{"handoff.manual", "moved "},
	             {"task.assigned", "gave "},
	             {"exception.acknowledged", "acknowledged "},
	             {"exception.resolved", "resolved "},
	             {"hold.released", "released a hold on "}};
	if (!x->event.n) {
		tasks_of(b, x);
		word(b, " wait for ", x->from);
		return;
	}
	if (x->by == FX_BY_UNTOLD) {
		fx_plain(b, x->event);
		word(b, " came after ", x->after);
		word(b, " came from ", x->from);
		word(b, " for tasks of ", x->flow);
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!fx_str_is(x->event, verbs[i].event))
			continue;
		fx_buf_fmt(b, "somebody %s", verbs[i].says);
		fx_plain(b, x->failure);
		if (x->failure.n)
			fx_buf_z(b, " of ");
		tasks_of(b, x);
		word(b, i == 0 ? " from " : " that lay with ", x->from);
		word(b, " to ", x->to);
		return;
	}
	if (x->from.n)
		fx_plain(b, x->from);
	else
		fx_buf_z(b, "somebody");
	fx_buf_z(b, " decided on ");
	tasks_of(b, x);
	word(b, ": ", x->event);
	word(b, ", ", x->failure);
	word(b, " to ", x->to);
}

static void predicate(struct fx_buf *b, const struct fx_told_apart *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (i)
			fx_buf_z(b, " AND ");
		fx_plain(b, r->name[i]);
		fx_buf_z(b, " == ");
		fx_plain(b, r->value[i]);
	}
}

static void percent(struct fx_buf *b, uint64_t part, uint64_t whole)
{
	fx_buf_fmt(b, "%.0f %%", whole ? 100 * (double)part / (double)whole : 0.0);
}

static void rule(struct fx_buf *b, const struct fx_points *p, const struct fx_point *x)
{
	struct fx_told_apart r;
	uint64_t all = fx_point_flow_tasks(p, x), others = all - x->kinds.sum;
	char n[32], m[32];
	fx_point_rule(p, x, &r);
	if (p->attrs.over)
		fx_buf_z(b, "There are too many kinds of tasks to say which.");
	else if (!x->kinds.sum)
		fx_buf_z(b, "Nothing is recorded of what they were like.");
	else if (r.n) {
		fx_buf_z(b, "A rule on ");
		predicate(b, &r);
		fx_buf_z(b, " would take ");
		percent(b, r.takes, x->kinds.sum);
		fx_buf_fmt(b, " of them, and %s of the %s others.", fx_thousands(r.others, n),
		           fx_thousands(others, m));
	} else if (x->kinds.sum < FX_ATTR_LEAST) {
		fx_buf_z(b, "They are too few to say which.");
	} else if (10 * x->kinds.sum >= 9 * all) {
		fx_buf_z(b, "They are ");
		percent(b, x->kinds.sum, all);
		fx_buf_z(b, x->flow.n ? " of the flow's tasks: its own rule can decide it."
		                      : " of the orders: one rule can decide it for all.");
	} else
		fx_buf_z(b, "No recorded attribute, and no two, set them apart from the others.");
}

/* The text in lines of at most w columns, the later ones indented. */
static void wrap(struct fx_buf *b, struct fx_str s, size_t at, size_t indent, size_t w)
{
	while (s.n) {
		size_t end = fx_str_find(s, ' ');
		struct fx_str one = {s.p, end};
		size_t columns = fx_columns(one);
		if (at > indent && at + 1 + columns > w) {
			fx_buf_byte(b, '\n');
			fx_pad(b, indent);
			at = indent;
		} else if (at > indent) {
			fx_buf_byte(b, ' ');
			at++;
		}
		fx_buf_str(b, one);
		at += columns;
		s.p += end + (end < s.n);
		s.n -= end + (end < s.n);
	}
	fx_buf_byte(b, '\n');
}

static void recommend(struct fx_points *p, struct fx_point *x, size_t nth,
                      const struct fx_look *look, struct fx_buf *b)
{
	struct fx_buf line = {0};
	char n[32];
	fx_buf_fmt(b, " %zu. ", nth);
	if (look->color)
		fx_buf_z(b, "\033[1m");
	fx_buf_fmt(&line, "%s %s in ", fx_thousands(x->n, n), x->n == 1 ? "time" : "times");
	fx_time from = p->opt.since != FX_TIME_NONE ? p->opt.since : p->first;
	fx_time to = p->opt.until != FX_TIME_NONE   ? p->opt.until
	             : p->opt.since != FX_TIME_NONE ? p->opt.now
	                                            : p->last;
	fx_pen_duration(&line, to - from);
	fx_buf_byte(&line, ' ');
	what(&line, x);
	if (look->color)
		fx_buf_z(&line, "\033[0m");
	if (x->took.n) {
		fx_buf_z(&line, x->by == FX_BY_HAND ? ": " : " (who decided is not told): ");
		fx_pen_duration(&line, fx_sketch_quantile(&x->took, 0.5));
		fx_buf_z(&line, x->by == FX_BY_HAND ? " lost" : " went by");
		fx_buf_z(&line, " in the median, ");
		fx_pen_duration(&line, fx_point_lost(x));
		fx_buf_z(&line, " in all. ");
	} else {
		fx_buf_z(&line, "; since when it had waited is not told. ");
	}
	if (x->by == FX_BY_HAND)
		rule(&line, p, x);
	wrap(b, fx_buf_view(&line), 4, 4, look->width && look->width < PROSE ? look->width : PROSE);
	fx_buf_free(&line);
}

static void row(struct fx_point *x, const struct fx_look *look, struct fx_buf *b)
{
	char s[32];
	struct fx_buf t = {0};
	fx_right(b, fx_thousands(x->n, s), 10);
	fx_time told[] = {fx_sketch_quantile(&x->took, 0.5), fx_sketch_quantile(&x->took, 0.95),
	                  x->took.n ? fx_point_lost(x) : FX_TIME_NONE};
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		char d[FX_TIME_LEN] = "-";
		if (told[i] != FX_TIME_NONE)
			fx_dur_format(told[i], d);
		fx_right(b, d, 9);
	}
	fx_right(b, x->open ? fx_thousands(x->open, s) : "-", 8);
	fx_buf_z(b, "  ");
	what(&t, x);
	if (x->by == FX_BY_UNTOLD)
		fx_buf_z(&t, " (?)");
	wrap(b, fx_buf_view(&t), LEFT, LEFT, look->width ? look->width : SIZE_MAX);
	fx_buf_free(&t);
}

void fx_points_text(struct fx_points *p, const struct fx_look *look, struct fx_buf *b)
{
	char n[4][32], from[FX_TIME_LEN], to[FX_TIME_LEN];
	size_t width = look->width && look->width < PROSE ? look->width : PROSE;
	struct fx_buf line = {0};
	fx_buf_fmt(&line, "%s decisions", fx_thousands(p->by_rule + p->by_hand + p->untold, n[0]));
	if (p->first != FX_TIME_NONE) {
		fx_time_format(p->first, from);
		fx_time_format(p->last, to);
		fx_buf_fmt(&line, ", %s to %s", from, to);
	}
	fx_buf_fmt(&line,
	           ": %s by rules, %s by hand, %s of which it is not told; %s tasks wait for a "
	           "team now",
	           fx_thousands(p->by_rule, n[0]), fx_thousands(p->by_hand, n[1]),
	           fx_thousands(p->untold, n[2]), fx_thousands(p->waiting, n[3]));
	wrap(b, fx_buf_view(&line), 0, 0, width);
	fx_buf_free(&line);
	fx_buf_byte(b, '\n');
	size_t told = 0;
	for (size_t i = 0; i < p->npoint && told < THREE; i++)
		if (p->point[i]->n) {
			if (!told)
				fx_buf_z(b,
				         p->point[i]->by == FX_BY_HAND
				             ? "To write rules for first:\n"
				             : "What a person decided is not told; most time went "
				               "by at:\n");
			recommend(p, p->point[i], ++told, look, b);
		}
	if (!p->npoint)
		return;
	fx_buf_z(b, look->color ? "\n\033[1m" : "\n");
	fx_buf_z(b, "     TIMES   MEDIAN      P95     LOST    OPEN  WHAT WAS DECIDED");
	fx_buf_z(b, look->color ? "\033[0m\n" : "\n");
	for (size_t i = 0; i < p->npoint && i < ROWS; i++)
		row(p->point[i], look, b);
	if (p->npoint > ROWS)
		fx_buf_fmt(b, "and %s more: --format csv\n", fx_thousands(p->npoint - ROWS, n[0]));
	if (p->untold)
		fx_buf_z(b, "(?): whether a person decided is not told.\n");
}

/* ---- for programs ------------------------------------------------------------------ */

struct column {
	const char *name;
	bool quoted;
	struct fx_buf text;
};
#define NCOLUMN 20

static void number(struct column *c, const char *name, uint64_t n)
{
	c->name = name;
	fx_buf_fmt(&c->text, "%llu", (unsigned long long)n);
}

static void string(struct column *c, const char *name, struct fx_str s)
{
	c->name = name;
	c->quoted = true;
	fx_buf_str(&c->text, s);
}

static void seconds(struct column *c, const char *name, fx_time t)
{
	c->name = name;
	if (t != FX_TIME_NONE)
		fx_seconds(&c->text, t);
}

/* One list of columns for all formats; unknown ones are empty. */
static void columns(struct fx_points *p, size_t i, struct column c[NCOLUMN])
{
	struct fx_point *x = p->point[i];
	struct fx_told_apart r = {0};
	memset(c, 0, NCOLUMN * sizeof(*c));
	string(c++, "by", x->by == FX_BY_HAND ? FX_STR("hand") : FX_STR("untold"));
	string(c++, "event", x->event);
	string(c++, "after", x->after);
	string(c++, "flow", x->flow);
	string(c++, "from", x->from);
	string(c++, "to", x->to);
	string(c++, "failure", x->failure);
	number(c++, "n", x->n);
	number(c++, "lost_n", x->took.n);
	seconds(c++, "lost_p50_s", fx_sketch_quantile(&x->took, 0.5));
	seconds(c++, "lost_p95_s", fx_sketch_quantile(&x->took, 0.95));
	seconds(c++, "lost_max_s", x->took.n ? x->took.max : FX_TIME_NONE);
	seconds(c++, "lost_s", fx_point_lost(x));
	number(c++, "open", x->open);
	seconds(c++, "open_s", x->open_for);
	number(c++, "tasks", x->kinds.sum);
	number(c++, "flow_tasks", fx_point_flow_tasks(p, x));
	if (i < ROWS)
		fx_point_rule(p, x, &r);
	c->name = "rule";
	c->quoted = true;
	predicate(&c++->text, &r);
	c->name = "rule_takes";
	if (r.n)
		number(c, "rule_takes", r.takes);
	(++c)->name = "rule_others";
	if (r.n)
		number(c, "rule_others", r.others);
}

static void object(struct fx_points *p, size_t nth, struct fx_buf *b)
{
	struct column c[NCOLUMN];
	columns(p, nth, c);
	fx_buf_byte(b, '{');
	for (size_t i = 0; i < NCOLUMN; i++) {
		fx_json_key(b, c[i].name);
		if (!c[i].text.n)
			fx_buf_z(b, "null");
		else if (c[i].quoted)
			fx_json_string(b, fx_buf_view(&c[i].text));
		else
			fx_buf_str(b, fx_buf_view(&c[i].text));
		fx_buf_free(&c[i].text);
	}
	fx_buf_byte(b, '}');
}

void fx_points_ndjson(struct fx_points *p, struct fx_buf *b)
{
	for (size_t i = 0; i < p->npoint; i++) {
		object(p, i, b);
		fx_buf_byte(b, '\n');
	}
}

static void total(struct fx_buf *b, const char *name, uint64_t n)
{
	fx_json_key(b, name);
	fx_json_int(b, (int64_t)n);
}

void fx_points_json(struct fx_points *p, struct fx_buf *b)
{
	fx_buf_byte(b, '{');
	fx_json_key(b, "first");
	fx_json_time(b, p->first);
	fx_json_key(b, "last");
	fx_json_time(b, p->last);
	total(b, "by_rule", p->by_rule);
	total(b, "by_hand", p->by_hand);
	total(b, "untold", p->untold);
	total(b, "waiting", p->waiting);
	fx_json_key(b, "points");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < p->npoint; i++) {
		fx_json_sep(b);
		object(p, i, b);
	}
	fx_buf_z(b, "]}\n");
}

void fx_points_csv(struct fx_points *p, struct fx_buf *b)
{
	fx_buf_z(b, "by,event,after,flow,from,to,failure,n,lost_n,lost_p50_s,lost_p95_s,lost_max_s,"
	            "lost_s,open,open_s,tasks,flow_tasks,rule,rule_takes,rule_others\n");
	for (size_t i = 0; i < p->npoint; i++) {
		struct column c[NCOLUMN];
		columns(p, i, c);
		for (size_t k = 0; k < NCOLUMN; k++) {
			if (k)
				fx_buf_byte(b, ',');
			fx_csv_field(b, fx_buf_view(&c[k].text));
			fx_buf_free(&c[k].text);
		}
		fx_buf_byte(b, '\n');
	}
}
