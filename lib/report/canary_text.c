/* A canary's comparison, for people and as JSON. */
#include <stdio.h>
#include <string.h>

#include "json/write.h"
#include "report/canary.h"
#include "report/facts.h"
#include "report/words.h"

static const char *const verdicts[] = {
    [FX_PROMOTE] = "promote",
    [FX_ROLL_BACK] = "roll back",
    [FX_WAIT] = "wait",
    [FX_NO_DIFFERENCE] = "no difference",
};

static void side_name(const struct fx_canary *c, size_t i, struct fx_buf *b)
{
	fx_plain(b, c->of[i]->rule);
	fx_buf_fmt(b, "@%llu", (unsigned long long)c->of[i]->version);
}

static void row(struct fx_buf *b, const char *name, const char *first, const char *second)
{
	fx_left(b, fx_str(name), 26);
	fx_right(b, first, 12);
	fx_right(b, second, 12);
}

static void row_counts(struct fx_buf *b, const char *name, const uint64_t n[2])
{
	char x[32], y[32];
	row(b, name, fx_thousands(n[0], x), fx_thousands(n[1], y));
	fx_buf_byte(b, '\n');
}

static void row_times(struct fx_buf *b, const char *name, const fx_time t[2])
{
	char x[FX_TIME_LEN] = "-", y[FX_TIME_LEN] = "-";
	if (t[0] != FX_TIME_NONE)
		fx_dur_format(t[0], x);
	if (t[1] != FX_TIME_NONE)
		fx_dur_format(t[1], y);
	row(b, name, x, y);
}

static void bound(fx_time t, char out[FX_TIME_LEN])
{
	out[0] = '-';
	out[1] = '\0';
	if (t != FX_TIME_NONE)
		fx_dur_format(t, out);
}

static void row_bounds(struct fx_buf *b, const struct fx_canary *c)
{
	char text[2][2 * FX_TIME_LEN + 4], low[FX_TIME_LEN], high[FX_TIME_LEN];
	for (size_t i = 0; i < 2; i++) {
		bound(c->median_low[i], low);
		bound(c->median_high[i], high);
		snprintf(text[i], sizeof(text[i]), "%s..%s", low, high);
	}
	row(b, "    95 %", text[0], text[1]);
	fx_buf_byte(b, '\n');
}

static void p_value(struct fx_buf *b, double p, bool sure)
{
	if (p < 0.0001)
		fx_buf_z(b, "p < 0.0001");
	else
		fx_buf_fmt(b, "p = %.4f", p);
	fx_buf_z(b, sure ? ", shown" : ", not shown");
}

static void row_shares(struct fx_buf *b, const char *name, const struct fx_proportions *p,
                       bool sure)
{
	char x[16] = "-", y[16] = "-";
	if (p->share[0] >= 0)
		snprintf(x, sizeof(x), "%.1f %%", p->share[0] * 100);
	if (p->share[1] >= 0)
		snprintf(y, sizeof(y), "%.1f %%", p->share[1] * 100);
	row(b, name, x, y);
	fx_buf_byte(b, '\n');
	if (p->share[0] < 0 || p->share[1] < 0)
		return;
	fx_buf_fmt(b, "    difference %+.1f points (95 %%: %+.1f to %+.1f), ", p->difference * 100,
	           p->low * 100, p->high * 100);
	p_value(b, p->p, sure);
	if (p->least >= 0)
		fx_buf_fmt(b, ";\n    these numbers would show %.1f points or more",
		           p->least * 100);
	fx_buf_byte(b, '\n');
}

void fx_canary_verdict(const struct fx_canary *c, struct fx_buf *b)
{
	char n[32];
	switch (c->verdict) {
	case FX_PROMOTE:
		fx_buf_z(b, "Promote: ");
		side_name(c, 0, b);
		fx_buf_z(b, " does better, and worse at nothing that shows.");
		break;
	case FX_ROLL_BACK:
		fx_buf_z(b, "Roll back: ");
		side_name(c, 0, b);
		fx_buf_z(b, " does worse.");
		break;
	case FX_WAIT:
		fx_buf_fmt(b, "Wait: if what is seen so far is so, about %s more tasks by ",
		           fx_thousands(c->more, n));
		side_name(c, c->smaller, b);
		fx_buf_z(b, " will show it.");
		break;
	default:
		fx_buf_z(b, "No difference to be seen, and none that more orders would soon show.");
	}
}

void fx_canary_text(const struct fx_canary *c, bool color, struct fx_buf *b)
{
	char at[FX_TIME_LEN];
	fx_time_format(c->from, at);
	side_name(c, 0, b);
	fx_buf_z(b, " (new) against ");
	side_name(c, 1, b);
	fx_buf_fmt(b, " (old), tasks assigned since %s,\nwhen both were at work\n\n", at);
	if (color)
		fx_buf_z(b, "\033[1m");
	row(b, "", "NEW", "OLD");
	if (color)
		fx_buf_z(b, "\033[0m");
	fx_buf_byte(b, '\n');
	row_counts(b, "tasks", c->tasks);
	row_counts(b, "not confirmed (censored)", c->unconfirmed);
	row_times(b, "confirmed in, median", c->median);
	fx_buf_byte(b, '\n');
	row_bounds(b, c);
	row_times(b, "confirmed in, 90 %", c->p90);
	fx_buf_byte(b, '\n');
	if (c->confirmed.ratio > 0)
		fx_buf_fmt(b, "    confirms %.2f times as fast (95 %%: %.2f to %.2f), ",
		           c->confirmed.ratio, c->confirmed.low, c->confirmed.high);
	else
		fx_buf_z(b, "    ");
	p_value(b, c->confirmed.p, c->sure[0]);
	if (c->least_ratio > 0)
		fx_buf_fmt(b, ";\n    these numbers would show %.2f times as fast or more",
		           c->least_ratio);
	fx_buf_byte(b, '\n');
	row_shares(b, "tasks with an exception", &c->exceptions, c->sure[1]);
	row_shares(b, "promises kept", &c->promises, c->sure[2]);
	fx_buf_byte(b, '\n');
	if (color)
		fx_buf_z(b, "\033[1m");
	fx_canary_verdict(c, b);
	if (color)
		fx_buf_z(b, "\033[0m");
	fx_buf_z(b, "\n(log-rank for confirmations, two proportions for the rest; \"shown\" at 5 % "
	            "over the "
	            "three\ntests by Holm)\n");
}

static void number(struct fx_buf *b, const char *name, double v)
{
	fx_json_key(b, name);
	fx_buf_fmt(b, "%.9g", v);
}

static void json_side(const struct fx_canary *c, size_t i, struct fx_buf *b)
{
	fx_json_key(b, i ? "old" : "new");
	fx_buf_byte(b, '{');
	fx_json_key(b, "rule_id");
	fx_json_string(b, c->of[i]->rule);
	fx_json_key(b, "rule_version");
	fx_json_int(b, (int64_t)c->of[i]->version);
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {{"tasks", c->tasks[i]},
	              {"unconfirmed", c->unconfirmed[i]},
	              {"with_exception", c->excepted[i]},
	              {"promises_kept", c->kept[i]},
	              {"promises", c->promised[i]}};
	for (size_t k = 0; k < sizeof(counts) / sizeof(*counts); k++) {
		fx_json_key(b, counts[k].name);
		fx_json_int(b, (int64_t)counts[k].n);
	}
	const struct {
		const char *name;
		fx_time t;
	} times[] = {{"confirmed_p50_s", c->median[i]},
	             {"confirmed_p50_low_s", c->median_low[i]},
	             {"confirmed_p50_high_s", c->median_high[i]},
	             {"confirmed_p90_s", c->p90[i]}};
	for (size_t k = 0; k < sizeof(times) / sizeof(*times); k++) {
		fx_json_key(b, times[k].name);
		if (times[k].t == FX_TIME_NONE)
			fx_buf_z(b, "null");
		else
			fx_seconds(b, times[k].t);
	}
	fx_buf_byte(b, '}');
}

static void json_shares(struct fx_buf *b, const char *name, const struct fx_proportions *p,
                        bool sure)
{
	fx_json_key(b, name);
	fx_buf_byte(b, '{');
	number(b, "difference", p->difference);
	number(b, "low", p->low);
	number(b, "high", p->high);
	number(b, "p", p->p);
	number(b, "least_shown", p->least);
	fx_json_key(b, "shown");
	fx_json_bool(b, sure);
	fx_buf_byte(b, '}');
}

void fx_canary_json(const struct fx_canary *c, struct fx_buf *b)
{
	fx_buf_byte(b, '{');
	fx_json_key(b, "since");
	fx_json_time(b, c->from);
	json_side(c, 0, b);
	json_side(c, 1, b);
	fx_json_key(b, "confirmation");
	fx_buf_byte(b, '{');
	number(b, "rate_ratio", c->confirmed.ratio);
	number(b, "low", c->confirmed.low);
	number(b, "high", c->confirmed.high);
	number(b, "chi2", c->confirmed.chi2);
	number(b, "p", c->confirmed.p);
	number(b, "least_shown", c->least_ratio);
	fx_json_key(b, "shown");
	fx_json_bool(b, c->sure[0]);
	fx_buf_byte(b, '}');
	json_shares(b, "exceptions", &c->exceptions, c->sure[1]);
	json_shares(b, "promises", &c->promises, c->sure[2]);
	fx_json_key(b, "verdict");
	fx_json_z(b, verdicts[c->verdict]);
	fx_json_key(b, "more_tasks");
	if (c->verdict == FX_WAIT)
		fx_json_int(b, (int64_t)c->more);
	else
		fx_buf_z(b, "null");
	fx_buf_z(b, "}\n");
}
