#include "task/known.h"

#include "task/life.h"

static size_t owners(const struct fx_registry *r, struct fx_str *out)
{
	for (size_t i = 0; i < r->nowners; i++)
		out[i] = r->owners[i].id;
	return r->nowners;
}

static size_t failures(const struct fx_registry *r, struct fx_str *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->npaths; i++)
		if (!fx_str_is(r->paths[i].failure, "*"))
			out[n++] = r->paths[i].failure;
	for (size_t i = 0; i < r->nmilestones; i++)
		out[n++] = r->milestones[i].failure;
	for (const struct fx_closing *c = fx_closings; c->failure; c++)
		if (c->kind != FX_MISS && c->kind != FX_FAILED)
			out[n++] = fx_str(c->failure);
	return n;
}

static size_t flows(const struct fx_registry *r, struct fx_str *out)
{
	for (size_t i = 0; i < r->nrules; i++)
		out[i] = r->rules[i].flow;
	return r->nrules;
}

static struct fx_str hyphened(struct fx_str s, struct fx_arena *a)
{
	char *p = fx_arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] == ' ' ? '-' : s.p[i];
	return (struct fx_str){p, s.n};
}

struct fx_str *fx_names(const struct fx_registry *r, enum fx_name what, struct fx_arena *a, size_t *n)
{
	size_t most = r->nowners + r->npaths + r->nmilestones + r->nrules + FX_RUNAWAY + 1;
	struct fx_str *v = FX_NEWV(a, struct fx_str, most);

	*n = what == FX_NAME_OWNER ? owners(r, v) : what == FX_NAME_FLOW ? flows(r, v) : failures(r, v);
	return v;
}

bool fx_name_known(const struct fx_registry *r, enum fx_name what, struct fx_str name,
                   struct fx_arena *a, struct fx_str *near)
{
	size_t n;
	struct fx_str *v = fx_names(r, what, a, &n);
	int i;

	if (what == FX_NAME_FAILURE)
		name = hyphened(name, a);
	for (size_t k = 0; k < n; k++)
		if (fx_str_eq(v[k], name))
			return true;
	i = fx_str_nearest(name, v, n);
	*near = i < 0 ? (struct fx_str){NULL, 0} : v[i];
	return false;
}
