#include "report/canary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/figures.h"

#define ALPHA 0.05

/* rule@version; false when it has no version. */
static bool split_name(struct fx_str name, struct fx_str *rule, uint64_t *version)
{
	size_t at = name.n;
	while (at > 0 && name.p[at - 1] != '@')
		at--;
	if (at < 2)
		return false;
	*rule = (struct fx_str){name.p, at - 1};
	return fx_str_u64((struct fx_str){name.p + at, name.n - at}, version) == 0;
}

int fx_canary_init(struct fx_canary *c, struct fx_str spec, fx_time since, fx_time until,
                   fx_time now, struct fx_err *err)
{
	struct fx_str rule;
	uint64_t version;
	size_t comma = fx_str_find(spec, ',');
	*c = (struct fx_canary){.since = since, .until = until, .now = now, .from = FX_TIME_NONE};
	c->want[0] = (struct fx_str){spec.p, comma};
	if (comma < spec.n)
		c->want[1] = (struct fx_str){spec.p + comma + 1, spec.n - comma - 1};
	bool both = c->want[1].n > 0;
	if (!spec.n || (comma < spec.n && !both) ||
	    (both && (!split_name(c->want[0], &rule, &version) ||
	              !split_name(c->want[1], &rule, &version))))
		return fx_fail(err, FX_EUSAGE, "--canary wants a rule, or two as NEW@4,OLD@3");
	return 0;
}

static struct fx_canary_side *side_of(struct fx_canary *c, struct fx_str rule, uint64_t version)
{
	for (size_t i = 0; i < c->nside; i++)
		if (c->side[i].version == version && fx_str_eq(c->side[i].rule, rule))
			return &c->side[i];
	c->side = fx_realloc(c->side, c->nside + 1, sizeof(*c->side));
	c->side[c->nside] =
	    (struct fx_canary_side){.rule = fx_arena_str(&c->arena, rule), .version = version};
	return &c->side[c->nside++];
}

static bool wanted(const struct fx_canary *c, const struct fx_task *t)
{
	struct fx_str rule;
	uint64_t version;
	if (!t->rule || t->state == FX_WAITING || t->assigned->at > c->now ||
	    (c->since != FX_TIME_NONE && t->assigned->at < c->since) ||
	    (c->until != FX_TIME_NONE && t->assigned->at >= c->until))
		return false;
	if (!c->want[1].n && fx_str_eq(t->rule->s, c->want[0]))
		return true;
	for (size_t i = 0; i < 2; i++)
		if (split_name(c->want[i], &rule, &version) && version == t->rule_version &&
		    fx_str_eq(t->rule->s, rule))
			return true;
	return false;
}

static void take(struct fx_canary *c, const struct fx_task *t)
{
	struct fx_canary_side *s = side_of(c, t->rule->s, t->rule_version);
	struct fx_canary_task one = {.assigned = t->assigned->at, .exception = t->nexceptions > 0};
	fx_time end = t->confirmed != FX_TIME_NONE ? t->confirmed
	              : t->closed != FX_TIME_NONE  ? t->closed
	                                           : c->now;
	one.wait.censored = t->confirmed == FX_TIME_NONE;
	one.wait.took = end > t->assigned->at ? end - t->assigned->at : 0;
	for (uint32_t i = 0; i < t->npromises; i++) {
		const struct fx_promise *p = &t->promises[i];
		if (p->due == FX_TIME_NONE)
			continue;
		fx_time due = fx_due_of(&c->clock, t, p);
		if (p->met != FX_TIME_NONE && p->met <= due)
			one.kept++;
		else if (p->met != FX_TIME_NONE ||
		         (due < c->now && (t->closed == FX_TIME_NONE || t->closed > due)))
			one.broken++;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 256;
		s->task = fx_realloc(s->task, s->cap, sizeof(*s->task));
	}
	s->task[s->n++] = one;
}

static void on_closed(void *user, struct fx_order *o)
{
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (wanted(user, t))
			take(user, t);
}

static int each(void *user, struct fx_order *o)
{
	on_closed(user, o);
	return 0;
}

static void on_entry(void *user, const struct fx_tape *t, uint64_t index)
{
	struct fx_canary *c = user;
	(void)index;
	fx_arena_reset(&c->scratch);
	fx_due_note(&c->clock, t, &c->scratch);
}

struct fx_life *fx_canary_life(struct fx_canary *c)
{
	struct fx_life_opt opt = {.now = c->now,
	                          .delivered = true,
	                          .live_from = FX_TIME_NONE,
	                          .user = c,
	                          .on_entry = on_entry,
	                          .on_closed = on_closed};
	return fx_life_new(&opt);
}

void fx_canary_life_end(struct fx_canary *c, struct fx_life *l)
{
	fx_life_each(l, each, c);
	fx_life_free(l);
}

/* ---- comparing ------------------------------------------------------------- */

static struct fx_canary_side *named(struct fx_canary *c, struct fx_str name)
{
	struct fx_str rule;
	uint64_t version;
	if (!split_name(name, &rule, &version))
		return NULL;
	for (size_t i = 0; i < c->nside; i++)
		if (c->side[i].version == version && fx_str_eq(c->side[i].rule, rule))
			return &c->side[i];
	return NULL;
}

static int choose(struct fx_canary *c, struct fx_err *err)
{
	if (c->want[1].n) {
		for (size_t i = 0; i < 2; i++)
			if (!(c->of[i] = named(c, c->want[i])))
				return fx_fail(err, FX_EDATA,
				               "no task was assigned by %.*s in the window",
				               FX_FMT(c->want[i]));
		return 0;
	}
	for (size_t i = 0; i < c->nside; i++) {
		struct fx_canary_side *s = &c->side[i];
		if (!c->of[0] || s->version > c->of[0]->version) {
			c->of[1] = c->of[0];
			c->of[0] = s;
		} else if (!c->of[1] || s->version > c->of[1]->version) {
			c->of[1] = s;
		}
	}
	if (!c->of[0])
		return fx_fail(err, FX_EDATA, "no task was assigned by %.*s in the window",
		               FX_FMT(c->want[0]));
	if (!c->of[1])
		return fx_fail(
		    err, FX_EDATA,
		    "only version %llu of %.*s was at work in the window; name the other side: "
		    "--canary %.*s@%llu,OTHER@1",
		    (unsigned long long)c->of[0]->version, FX_FMT(c->want[0]), FX_FMT(c->want[0]),
		    (unsigned long long)c->of[0]->version);
	return 0;
}

/* From when both were at work, so that not the season is compared. */
static fx_time both_from(const struct fx_canary *c)
{
	fx_time from = FX_TIME_NONE;
	for (size_t i = 0; i < 2; i++) {
		fx_time first = INT64_MAX;
		for (size_t k = 0; k < c->of[i]->n; k++)
			if (c->of[i]->task[k].assigned < first)
				first = c->of[i]->task[k].assigned;
		if (first > from)
			from = first;
	}
	return from;
}

static struct fx_wait *count(struct fx_canary *c, size_t i)
{
	const struct fx_canary_side *s = c->of[i];
	struct fx_wait *w = fx_alloc(s->n + 1, sizeof(*w));
	for (size_t k = 0; k < s->n; k++) {
		const struct fx_canary_task *t = &s->task[k];
		if (t->assigned < c->from)
			continue;
		w[c->tasks[i]++] = t->wait;
		c->unconfirmed[i] += t->wait.censored;
		c->excepted[i] += t->exception;
		c->kept[i] += t->kept;
		c->promised[i] += t->kept + t->broken;
	}
	fx_waits_sort(w, c->tasks[i]);
	c->median[i] = fx_kaplan_meier(w, c->tasks[i], 0.5);
	c->p90[i] = fx_kaplan_meier(w, c->tasks[i], 0.9);
	fx_kaplan_meier_interval(w, c->tasks[i], 0.5, &c->median_low[i], &c->median_high[i]);
	return w;
}

/* Holm: the smallest p must pass a third of alpha, the next a half, the last alpha. */
static void holm(const double p[3], bool sure[3])
{
	size_t order[3] = {0, 1, 2};
	for (size_t i = 0; i < 2; i++)
		for (size_t k = i + 1; k < 3; k++)
			if (p[order[k]] < p[order[i]]) {
				size_t x = order[i];
				order[i] = order[k];
				order[k] = x;
			}
	for (size_t i = 0; i < 3; i++) {
		if (p[order[i]] > ALPHA / (double)(3 - i))
			return;
		sure[order[i]] = true;
	}
}

/* Tasks that the smaller side lacks until the rates as they are now would show (Schoenfeld). */
static uint64_t more_for_rates(const struct fx_canary *c)
{
	double n0 = (double)c->tasks[0], n1 = (double)c->tasks[1];
	double seen = c->confirmed.observed[0] + c->confirmed.observed[1];
	if (c->confirmed.ratio <= 0 || fabs(log(c->confirmed.ratio)) < 0.01 || seen < 1)
		return UINT64_MAX;
	double need = fx_events_needed(c->confirmed.ratio, n0 / (n0 + n1));
	double lacks = (double)c->tasks[c->smaller] * (need / seen - 1);
	return lacks > 1e12 ? UINT64_MAX : lacks < 1 ? 1 : (uint64_t)ceil(lacks);
}

static uint64_t more_for_shares(const struct fx_proportions *p, uint64_t have)
{
	if (p->share[0] < 0 || p->share[1] < 0)
		return UINT64_MAX;
	uint64_t need = fx_sample_size(p->share[0], p->share[1]);
	return need == UINT64_MAX ? need : need > have ? need - have : 1;
}

static void judge(struct fx_canary *c)
{
	const double p[3] = {c->confirmed.p, c->exceptions.p, c->promises.p};
	const bool better[3] = {
	    c->confirmed.ratio > 1 ||
	        (c->confirmed.ratio < 0 && c->confirmed.observed[0] > c->confirmed.expected[0]),
	    c->exceptions.difference<0, c->promises.difference> 0};
	bool good = false, bad = false;
	holm(p, c->sure);
	for (size_t i = 0; i < 3; i++) {
		good |= c->sure[i] && better[i];
		bad |= c->sure[i] && !better[i];
	}
	if (bad || good) {
		c->verdict = bad ? FX_ROLL_BACK : FX_PROMOTE;
		return;
	}
	uint64_t lacks[3] = {more_for_rates(c),
	                     more_for_shares(&c->exceptions, c->tasks[c->smaller]),
	                     more_for_shares(&c->promises, c->promised[c->smaller])};
	c->more = UINT64_MAX;
	for (size_t i = 0; i < 3; i++)
		if (lacks[i] < c->more)
			c->more = lacks[i];
	c->verdict = c->more < 1000000 ? FX_WAIT : FX_NO_DIFFERENCE;
}

int fx_canary_end(struct fx_canary *c, struct fx_err *err)
{
	if (choose(c, err))
		return -1;
	c->from = both_from(c);
	struct fx_wait *w[2] = {count(c, 0), count(c, 1)};
	int status = 0;
	for (size_t i = 0; i < 2 && !status; i++)
		if (!c->tasks[i])
			status =
			    fx_fail(err, FX_EDATA, "%.*s@%llu had ended when the other side began",
			            FX_FMT(c->of[i]->rule), (unsigned long long)c->of[i]->version);
	if (!status) {
		c->smaller = c->tasks[1] < c->tasks[0];
		fx_logrank(w[0], c->tasks[0], w[1], c->tasks[1], &c->confirmed);
		fx_proportions(c->excepted[0], c->tasks[0], c->excepted[1], c->tasks[1],
		               &c->exceptions);
		fx_proportions(c->kept[0], c->promised[0], c->kept[1], c->promised[1],
		               &c->promises);
		c->least_ratio =
		    fx_least_ratio(c->confirmed.observed[0] + c->confirmed.observed[1],
		                   (double)c->tasks[0] / (double)(c->tasks[0] + c->tasks[1]));
		judge(c);
	}
	free(w[0]);
	free(w[1]);
	return status;
}

void fx_canary_free(struct fx_canary *c)
{
	for (size_t i = 0; i < c->nside; i++)
		free(c->side[i].task);
	free(c->side);
	fx_arena_free(&c->arena);
	fx_arena_free(&c->scratch);
	fx_due_free(&c->clock);
}
