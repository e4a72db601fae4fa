#include "report/deploys.h"

#include <stdlib.h>

#include "report/stats.h"

#define ALPHA 0.05

const char *fx_deploy_why(enum fx_deploy_why w)
{
	static const char *const names[] = {"", "rolled back", "more exceptions"};
	return names[w];
}

static int by_rule(const void *pa, const void *pb)
{
	const struct fx_rule_version *a = ((const struct fx_deploy *)pa)->v,
	                             *b = ((const struct fx_deploy *)pb)->v;
	int c = fx_str_cmp(a->rule, b->rule);
	return c ? c : (a->version > b->version) - (a->version < b->version);
}

/* Did it stop deciding while an older version went on, before a newer one came?  Of two versions
 * side by side either may decide last: the pause must be ten of its usual ones. */
static bool rolled_back(const struct fx_deploy *d, const struct fx_deploy *older)
{
	const struct fx_rule_version *v = d->v, *u = older->v;
	if (v->tasks < 2 || u->last == FX_TIME_NONE)
		return false;
	fx_time until =
	    d->replaced != FX_TIME_NONE && d->replaced < u->last ? d->replaced : u->last;
	return until - v->last > 10 * ((v->last - v->first) / (fx_time)(v->tasks - 1));
}

static void judge(struct fx_deploy *d, const struct fx_deploy *first, const struct fx_deploy *end)
{
	struct fx_proportions p;
	const struct fx_deploy *before = d > first ? d - 1 : NULL;
	for (const struct fx_deploy *e = d + 1; e < end; e++)
		if (e->deployed > d->deployed &&
		    (d->replaced == FX_TIME_NONE || e->deployed < d->replaced))
			d->replaced = e->deployed;
	for (const struct fx_deploy *e = first; e < d && !d->failed; e++)
		if (rolled_back(d, e))
			d->failed = FX_DEPLOY_ROLLED_BACK;
	if (d->failed)
		d->replaced = d->v->last;
	if (!d->failed && before && d->v->tasks >= FX_DEPLOY_LEAST &&
	    before->v->tasks >= FX_DEPLOY_LEAST) {
		fx_proportions(d->v->excepted, d->v->tasks, before->v->excepted, before->v->tasks,
		               &p);
		if (p.difference > 0 && p.p < ALPHA)
			d->failed = FX_DEPLOY_MORE_EXCEPTIONS;
	}
	if (d->failed && d->replaced != FX_TIME_NONE)
		d->restored_in = d->replaced - d->deployed;
}

/* What was there at the start was not deployed: what the first registry has, and, of a rule that
 * no registry tells of, the version that is the oldest or came first. */
static void count(const struct fx_figures *f, struct fx_deploy *first, struct fx_deploy *end,
                  fx_time start)
{
	fx_time came = INT64_MAX;
	for (const struct fx_deploy *d = first; d < end; d++)
		if (d->deployed < came)
			came = d->deployed;
	for (struct fx_deploy *d = first; d < end; d++) {
		bool later = d->v->published != FX_TIME_NONE ? d->v->published > start
		                                             : d > first && d->deployed > came;
		d->counts = later &&
		            (f->opt.since == FX_TIME_NONE || d->deployed >= f->opt.since) &&
		            (f->opt.until == FX_TIME_NONE || d->deployed < f->opt.until);
	}
}

size_t fx_deploys(const struct fx_figures *f, struct fx_deploy **out)
{
	size_t n = f->rules.n;
	struct fx_deploy *d = fx_alloc(n + 1, sizeof(*d));
	for (size_t i = 0; i < n; i++) {
		const struct fx_rule_version *v = f->rules.e[i].v.ptr;
		bool published = v->published != FX_TIME_NONE &&
		                 (v->first == FX_TIME_NONE || v->published < v->first);
		d[i] = (struct fx_deploy){.v = v,
		                          .deployed = published ? v->published : v->first,
		                          .replaced = FX_TIME_NONE,
		                          .restored_in = FX_TIME_NONE};
	}
	fx_time start = INT64_MAX; /* the first registry of all */
	for (size_t i = 0; i < n; i++)
		if (d[i].v->published != FX_TIME_NONE && d[i].v->published < start)
			start = d[i].v->published;
	qsort(d, n, sizeof(*d), by_rule);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && fx_str_eq(d[end].v->rule, d[i].v->rule);)
			end++;
		for (size_t k = i; k < end; k++)
			judge(&d[k], d + i, d + end);
		count(f, d + i, d + end, start);
	}
	*out = d;
	return n;
}

static bool is_named(const struct fx_rule_version *v, struct fx_str name)
{
	uint64_t version;
	if (!name.p || fx_str_eq(v->rule, name))
		return true;
	return name.n > v->rule.n + 1 && fx_str_starts(name, v->rule) && name.p[v->rule.n] == '@' &&
	       fx_str_u64((struct fx_str){name.p + v->rule.n + 1, name.n - v->rule.n - 1},
	                  &version) == 0 &&
	       version == v->version;
}

void fx_dora_of(const struct fx_figures *f, struct fx_str rule, struct fx_dora *out)
{
	struct fx_deploy *d;
	size_t n = fx_deploys(f, &d);
	*out = (struct fx_dora){0};
	for (size_t i = 0; i < n; i++) {
		if (!d[i].counts || !is_named(d[i].v, rule))
			continue;
		out->deployments++;
		out->failed += d[i].failed != FX_DEPLOY_HOLDS;
		out->open += d[i].failed && d[i].replaced == FX_TIME_NONE;
		if (d[i].restored_in != FX_TIME_NONE && d[i].restored_in >= 0)
			fx_sketch_add(&out->restore, d[i].restored_in);
	}
	free(d);
}

double fx_change_failure_rate(const struct fx_dora *d)
{
	return d->deployments ? (double)d->failed / (double)d->deployments : -1;
}
