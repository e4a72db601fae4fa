#include "report/slo.h"

#include <stdlib.h>
#include <string.h>

const struct fx_burn_rule fx_burn_rules[FX_NBURN] = {
    {FX_HOUR, 5 * FX_MIN, "1h/5m", "1h", "5m", 0.02, "page"},
    {6 * FX_HOUR, 30 * FX_MIN, "6h/30m", "6h", "30m", 0.05, "page"},
    {FX_DAY, 2 * FX_HOUR, "1d/2h", "1d", "2h", 0.1, "ticket"},
    {3 * FX_DAY, 6 * FX_HOUR, "3d/6h", "3d", "6h", 0.1, "ticket"},
};

/* Digits with a point, as a number; -1 when it is none. */
static double decimal(struct fx_str s)
{
	double v = 0, unit = 0;
	if (s.n == 0 || s.n > 15)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && unit == 0) {
			unit = 1;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
		unit *= 10;
	}
	return unit > 0 ? v / unit : v;
}

int fx_slo_parse(struct fx_str text, double *objective, struct fx_str *milestone, fx_time *window)
{
	struct fx_str word[4];
	struct fx_dur over;
	size_t n = 0;
	for (struct fx_str rest = fx_str_trim(text); rest.n; rest = fx_str_trim(rest)) {
		if (n == 4)
			return -1;
		size_t end = fx_str_find(rest, ' ');
		word[n++] = (struct fx_str){rest.p, end};
		rest.p += end;
		rest.n -= end;
	}
	if (n != 4 || word[0].n < 2 || word[0].p[word[0].n - 1] != '%' ||
	    !fx_str_is(word[2], "over") || fx_dur_parse(word[3], &over) || over.us <= 0)
		return -1;
	word[0].n--;
	double percent = decimal(word[0]);
	if (percent <= 0 || percent > 100)
		return -1;
	*objective = percent / 100;
	*milestone = word[1];
	*window = over.us;
	return 0;
}

void fx_pace_count(const struct fx_figures *f, struct fx_str flow, struct fx_str milestone,
                   fx_time window, uint64_t *good, uint64_t *bad)
{
	*good = *bad = 0;
	for (size_t i = 0; i < f->npace; i++) {
		const struct fx_pace *p = f->pace[i];
		if (!fx_str_eq(p->flow, flow) || !fx_str_eq(p->milestone, milestone))
			continue;
		for (size_t k = 0; k < p->n && (fx_time)k < window / FX_PACE; k++) {
			*good += p->slot[k].good;
			*bad += p->slot[k].bad;
		}
	}
}

/* Share of bad events over the share that the objective allows. */
static double burn_rate(const struct fx_figures *f, const struct fx_slo_state *s, fx_time window,
                        uint64_t *events)
{
	uint64_t good, bad;
	fx_pace_count(f, s->flow, s->milestone, window, &good, &bad);
	*events = good + bad;
	if (*events == 0)
		return -1;
	double share = (double)bad / (double)*events;
	if (s->objective >= 1)
		return bad ? 1e9 : 0;
	return share / (1 - s->objective);
}

static void measure(const struct fx_figures *f, struct fx_slo_state *s)
{
	uint64_t unused;
	fx_pace_count(f, s->flow, s->milestone, s->window, &s->good, &s->bad);
	uint64_t all = s->good + s->bad;
	s->attained = all ? (double)s->good / (double)all : -1;
	s->budget_left = 1;
	if (all && s->objective < 1)
		s->budget_left = 1 - (1 - s->attained) / (1 - s->objective);
	else if (s->bad)
		s->budget_left = 0;
	for (size_t i = 0; i < FX_NBURN; i++) {
		struct fx_burn *b = &s->burn[i];
		const struct fx_burn_rule *r = &fx_burn_rules[i];
		b->factor = r->budget * (double)s->window / (double)r->lng;
		b->lng = burn_rate(f, s, r->lng, &b->events);
		b->shrt = burn_rate(f, s, r->shrt, &unused);
		b->never = s->objective < 1 && b->factor >= 1 / (1 - s->objective);
		b->firing = b->lng > b->factor && b->shrt > b->factor && b->events >= FX_SLO_LEAST;
	}
}

size_t fx_slo_states(const struct fx_figures *f, struct fx_slo_state **out)
{
	size_t n = 0;
	*out = fx_alloc(f->nobjective + 1, sizeof(**out));
	for (size_t i = 0; i < f->nobjective; i++) {
		struct fx_slo_state *s = &(*out)[n];
		*s = (struct fx_slo_state){.flow = f->objective[i].flow,
		                           .text = f->objective[i].text};
		if (fx_slo_parse(s->text, &s->objective, &s->milestone, &s->window))
			continue; /* a registry of another version: nothing that can be judged */
		measure(f, s);
		n++;
	}
	return n;
}
