#include "report/slo.h"

#include <stdlib.h>
#include <string.h>

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

/* In (now - before - window, now - before]. */
static void count(const struct fx_figures *f, struct fx_str flow, struct fx_str milestone,
                  fx_time window, fx_time before, uint64_t *good, uint64_t *bad)
{
	size_t first = (size_t)(before / FX_PACE), end = first + (size_t)(window / FX_PACE);
	*good = *bad = 0;
	for (size_t i = 0; i < f->npace; i++) {
		const struct fx_pace *p = f->pace[i];
		if (!fx_str_eq(p->flow, flow) || !fx_str_eq(p->milestone, milestone))
			continue;
		for (size_t k = first; k < p->n && k < end; k++) {
			*good += p->slot[k].good;
			*bad += p->slot[k].bad;
		}
	}
}

void fx_pace_count(const struct fx_figures *f, struct fx_str flow, struct fx_str milestone,
                   fx_time window, uint64_t *good, uint64_t *bad)
{
	count(f, flow, milestone, window, 0, good, bad);
}

/* Share of bad events over the share that the objective allows. */
static double burn_rate(const struct fx_figures *f, const struct fx_slo_state *s, fx_time window,
                        fx_time before, uint64_t *events)
{
	uint64_t good, bad;
	count(f, s->flow, s->milestone, window, before, &good, &bad);
	*events = good + bad;
	if (*events == 0)
		return -1;
	double share = (double)bad / (double)*events;
	if (s->objective >= 1)
		return bad ? 1e9 : 0;
	return share / (1 - s->objective);
}

static struct fx_burn burn_of(const struct fx_figures *f, const struct fx_slo_state *s,
                              const struct fx_burn_rule *r, fx_time before)
{
	struct fx_burn b = {.factor = fx_burn_factor(r, s->window)};
	uint64_t unused;
	b.lng = burn_rate(f, s, r->lng, before, &b.events);
	b.shrt = burn_rate(f, s, r->shrt, before, &unused);
	b.never = s->objective < 1 && b.factor >= 1 / (1 - s->objective);
	b.firing = b.lng > b.factor && b.shrt > b.factor && b.events >= FX_SLO_LEAST;
	return b;
}

bool fx_slo_fired(const struct fx_figures *f, const struct fx_slo_state *s, const char *action,
                  fx_time before)
{
	for (size_t i = 0; i < FX_NBURN; i++)
		if (strcmp(fx_burn_rules[i].action, action) == 0 &&
		    burn_of(f, s, &fx_burn_rules[i], before).firing)
			return true;
	return false;
}

static void measure(const struct fx_figures *f, struct fx_slo_state *s)
{
	fx_pace_count(f, s->flow, s->milestone, s->window, &s->good, &s->bad);
	uint64_t all = s->good + s->bad;
	s->attained = all ? (double)s->good / (double)all : -1;
	s->budget_left = 1;
	if (all && s->objective < 1)
		s->budget_left = 1 - (1 - s->attained) / (1 - s->objective);
	else if (s->bad)
		s->budget_left = 0;
	for (size_t i = 0; i < FX_NBURN; i++)
		s->burn[i] = burn_of(f, s, &fx_burn_rules[i], 0);
}

size_t fx_slo_states(const struct fx_figures *f, struct fx_slo_state **out)
{
	size_t n = 0;
	*out = fx_alloc(f->nobjective + 1, sizeof(**out));
	for (size_t i = 0; i < f->nobjective; i++) {
		struct fx_slo_state *s = &(*out)[n];
		*s = (struct fx_slo_state){.flow = f->objective[i].flow,
		                           .text = f->objective[i].text,
		                           .notify = f->objective[i].notify};
		if (fx_slo_parse(s->text, &s->objective, &s->milestone, &s->window))
			continue; /* a registry of another version: nothing that can be judged */
		measure(f, s);
		n++;
	}
	return n;
}
