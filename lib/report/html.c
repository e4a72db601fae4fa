/* The dashboard's page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/board_inside.h"
#include "report/compare.h"
#include "report/page.h"
#include "report/render.h"

const char *const fx_board_by[FX_BOARD_BY] = {"flow", "rule_version", "owner", "channel"};

/* JSON inside <script>: nothing in it may end the element. */
static void script_json(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '<')
			fx_buf_z(b, "\\u003c");
		else
			fx_buf_byte(b, s.p[i]);
}

/* ---- groups by one of the names alone -------------------------------------- */

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
static struct fx_side along(struct fx_figures *f, size_t by)
{
	struct fx_side s = {fx_alloc(f->ngroup + 1, sizeof(struct fx_group)), 0};
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

static void side_free(struct fx_side *s)
{
	for (size_t i = 0; i < s->n; i++)
		fx_group_free(&s->v[i]);
	free(s->v);
}

/* ---- the headline ----------------------------------------------------------- */

struct headline {
	struct fx_buf *b;
	bool any; /* changes are known */
	struct fx_change change[FX_NCHANGE];
};

/* Against the period before: in colour where its 95 % interval has no zero in it. */
static void changed(const struct headline *h, const char *id, bool good_is_high)
{
	const struct fx_change *c = NULL;
	char text[48], low[48], high[48];
	for (size_t i = 0; h->any && i < FX_NCHANGE; i++)
		if (strcmp(h->change[i].id, id) == 0)
			c = &h->change[i];
	if (!c || !c->has_change)
		return;
	bool sure = c->has_interval && (c->low > 0 || c->high < 0);
	bool good = good_is_high ? c->change > 0 : c->change < 0;
	fx_change_text(c, c->change, true, text);
	fx_buf_fmt(h->b, "<span class=\"change %s\">%s",
	           !sure  ? ""
	           : good ? "good"
	                  : "bad",
	           c->change < 0 || c->change > 0 ? text : "no change");
	if (c->has_interval && c->low < c->high) {
		fx_change_text(c, c->low, true, low);
		fx_change_text(c, c->high, true, high);
		fx_buf_fmt(h->b, " <small>(%s to %s)</small>", low, high);
	}
	fx_buf_z(h->b, "</span>");
}

static void open_headline(const struct headline *h, const char *name)
{
	fx_buf_fmt(h->b, "<div><dt>%s</dt><dd>", name);
}

static void close_headline(const struct headline *h)
{
	fx_buf_z(h->b, "</dd></div>\n");
}

static void headline_interval(const struct headline *h, struct fx_group *g, enum fx_interval_id id,
                              const char *change)
{
	struct fx_interval *v = &g->interval[id];
	struct fx_buf *b = h->b;
	open_headline(h, fx_interval_info[id].title);
	fx_page_lasting(b, fx_sketch_quantile(&v->took, 0.5));
	changed(h, change, false);
	if (v->took.n) {
		fx_buf_z(b, "<small>median; 95\xe2\x80\x89% within ");
		fx_page_lasting(b, fx_sketch_quantile(&v->took, 0.95));
	} else {
		fx_buf_z(b, "<small>none so far");
	}
	if (v->open) {
		fx_buf_z(b, "; ");
		fx_page_number(b, v->open);
		fx_buf_z(b, " still open");
	}
	fx_buf_z(b, "</small>");
	close_headline(h);
}

static void headlines(struct fx_figures *f, struct fx_figures *before, struct fx_group *g,
                      struct fx_buf *b)
{
	struct headline h = {.b = b, .any = before != NULL};
	double handoffs = fx_group_handoffs_per_1000(f, g);
	if (before)
		fx_compare(before, f, h.change);
	fx_buf_z(b, "<dl class=\"headlines\">\n");
	open_headline(&h, "orders");
	fx_page_number(b, g->orders);
	changed(&h, "orders", true);
	fx_buf_z(b, "<small>");
	fx_page_number(b, g->tasks);
	fx_buf_z(b, " tasks, ");
	fx_page_number(b, g->open);
	fx_buf_z(b, " open</small>");
	close_headline(&h);
	open_headline(&h, "promises kept");
	fx_page_percent(b, fx_board_kept(g));
	changed(&h, "promises_kept", true);
	fx_buf_z(b, "<small>of those whose time has come</small>");
	close_headline(&h);
	open_headline(&h, "exception rate");
	fx_page_percent(b, fx_group_exception_rate(g));
	changed(&h, "exception_rate", false);
	fx_buf_z(b, "<small>");
	fx_page_number(b, g->exceptions - g->resolved);
	fx_buf_z(b, " exceptions open, ");
	fx_page_number(b, g->resolved);
	fx_buf_z(b, " resolved</small>");
	close_headline(&h);
	headline_interval(&h, g, FX_TRIGGER_TO_DECISION, "trigger_to_decision.p50_s");
	headline_interval(&h, g, FX_DECISION_TO_EXECUTION, "decision_to_execution.p50_s");
	headline_interval(&h, g, FX_TRIGGER_TO_OUTCOME, "trigger_to_outcome.p50_s");
	open_headline(&h, "manual handoffs");
	if (handoffs < 0)
		fx_buf_z(b, "\xe2\x80\x93");
	else
		fx_buf_fmt(b, "%.0f", handoffs);
	changed(&h, "manual_handoffs_per_1000_orders", false);
	fx_buf_z(b, "<small>per 1000 orders</small>");
	close_headline(&h);
	fx_buf_z(b, "</dl>\n");
}

/* When, of what, and what the changes are against. */
static void top(const struct fx_figures *f, const struct fx_figures *before, struct fx_buf *b)
{
	fx_buf_z(b, "<header class=\"top\"><h1>Fulfilment, as the ledger tells it</h1><p>As of ");
	fx_page_utc(b, f->opt.now);
	fx_buf_z(b, " UTC");
	if (f->first_entry != FX_TIME_NONE) {
		fx_buf_z(b, ", from ");
		fx_page_number(b, f->entries);
		fx_buf_z(b, " entries of ");
		fx_page_utc(b, f->first_entry);
		fx_buf_z(b, " to ");
		fx_page_utc(b, f->last_entry);
	}
	fx_buf_z(b, ".");
	if (f->opt.since != FX_TIME_NONE || f->opt.until != FX_TIME_NONE) {
		fx_buf_z(b, " Tasks assigned");
		if (f->opt.since != FX_TIME_NONE) {
			fx_buf_z(b, " from ");
			fx_page_utc(b, f->opt.since);
		}
		if (f->opt.until != FX_TIME_NONE) {
			fx_buf_z(b, " to ");
			fx_page_utc(b, f->opt.until);
		}
		fx_buf_z(b, ".");
	}
	if (before) {
		fx_time length = before->opt.until - before->opt.since;
		fx_buf_z(b, " Changes are against the ");
		if (length % FX_DAY == 0)
			fx_buf_fmt(b, "%lld days", (long long)(length / FX_DAY));
		else
			fx_page_lasting(b, length);
		fx_buf_z(b, " before, with their 95\xe2\x80\x89% intervals; in colour where that "
		            "cannot be chance.");
	}
	fx_buf_z(b, "</p></header>\n");
}

/* ---- orders -------------------------------------------------------------------- */

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
	fx_page_section(b, NULL, "orders", "Orders",
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
	fx_page_number(b, d->open.n);
	fx_buf_z(b, " of ");
	fx_page_number(b, d->open.seen);
	fx_buf_z(b, " open orders, ");
	fx_page_number(b, d->closed.n);
	fx_buf_z(b, " of ");
	fx_page_number(b, d->closed.seen);
	fx_buf_z(
	    b, " closed ones. The rest: <code>fx-trace ORDER</code>, <code>fx-queue</code>.</p>\n");
	fx_page_section_end(b);
}

static void section_groups(struct fx_side *s, size_t by, const char *id, const char *title,
                           const char *what, struct fx_buf *b)
{
	fx_page_section(b, NULL, id, title, what);
	fx_board_groups(s, by, fx_board_by[by], title, b);
	fx_page_section_end(b);
}

static void scripts(struct fx_figures *f, const struct fx_board *d, struct fx_buf *b)
{
	struct fx_buf json = {.max = (size_t)256 << 20};
	bool first = true;
	fx_buf_z(b, "<script type=\"application/json\" id=\"figures\">");
	fx_render_json(f, &json);
	script_json(b, fx_str_trim(fx_buf_view(&json)));
	fx_buf_z(b, "</script>\n<script type=\"application/json\" id=\"list\">[");
	orders_json(&d->open, b, &first);
	orders_json(&d->closed, b, &first);
	fx_buf_z(b, "]</script>\n<script>");
	for (const char *const *part = fx_board_js; *part; part++)
		fx_buf_z(b, *part);
	fx_buf_z(b, "</script>\n");
	fx_buf_free(&json);
}

void fx_render_html(struct fx_figures *f, struct fx_board *d, struct fx_buf *b)
{
	struct fx_group all;
	struct fx_side flows = along(f, 0), rules = along(f, 1), owners = along(f, 2),
	               channels = along(f, 3);
	fx_figures_total(f, &all);
	fx_board_sort(d);
	fx_page_begin(b, FX_STR("Fulfilment, as the ledger tells it"), fx_board_css, true);
	top(f, d->before, b);
	fx_buf_z(b, "<main>\n");
	headlines(f, d->before, &all, b);
	fx_board_volume(&all, b);
	fx_board_flows(f, &flows, b);
	fx_board_objectives(f, b);
	fx_board_exceptions(d, &all, b);
	search(d, b);
	fx_board_latencies(&all, b);
	fx_board_rules(d, &rules, b);
	section_groups(&owners, 2, "owners", "Owners", "By who got the task first.", b);
	section_groups(&channels, 3, "channels", "Channels", "Where the orders came from.", b);
	fx_board_handovers(f, b);
	fx_buf_z(
	    b,
	    "</main>\n<footer><p>Every number is the one that <code>fx-report --format json</code> "
	    "prints; the entries behind it are in the ledger, and <code>fx-verify --all</code> "
	    "checks them.</p></footer>\n");
	scripts(f, d, b);
	fx_page_end(b);
	side_free(&flows);
	side_free(&rules);
	side_free(&owners);
	side_free(&channels);
	fx_group_free(&all);
}
