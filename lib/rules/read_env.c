/* What the registry's contract says of a rule's records, for the check of its predicate. */
#include "rules/cel_env.h"
#include "rules/read.h"

/* The schema's text that an event's records must meet: the first that names it. */
static const struct fx_contract_ref *contract_of(const struct fx_registry *r, struct fx_str event)
{
	for (size_t i = 0; i < r->ncontracts; i++) {
		struct fx_str e = r->contracts[i].event;
		bool prefix = e.n && e.p[e.n - 1] == '*';

		if (prefix ? fx_str_starts(event, (struct fx_str){e.p, e.n - 1}) : fx_str_eq(e, event))
			return &r->contracts[i];
	}
	return NULL;
}

static const struct fx_cel_env *make(struct fx_loader *ld, const struct fx_rule *rule)
{
	struct fx_cel_contract *v = FX_NEWV(&ld->scratch, struct fx_cel_contract, rule->non);
	json_t **parsed = FX_NEWV(&ld->scratch, json_t *, rule->non);
	const struct fx_cel_env *env = NULL;
	size_t n;

	for (n = 0; n < rule->non; n++) {
		const struct fx_contract_ref *c = contract_of(ld->r, rule->on[n]);

		parsed[n] = c ? json_loadb(c->text.p, c->text.n, 0, NULL) : NULL;
		if (!parsed[n]) /* nothing is promised of this event, so of none of its fields */
			break;
		v[n] = (struct fx_cel_contract){parsed[n], rule->on[n]};
	}
	if (n == rule->non)
		env = fx_cel_env_new(&ld->r->arena, v, n, NULL, NULL);
	while (n--)
		json_decref(parsed[n]);
	return env;
}

const struct fx_cel_env *fx_read_env(struct fx_loader *ld, const struct fx_rule *rule)
{
	struct fx_str key = {NULL, 0};
	struct fx_map_entry *e;
	bool fresh;

	for (size_t i = 0; i < rule->non; i++)
		key = fx_arena_fmt(&ld->scratch, "%.*s %.*s", FX_FMT(key), FX_FMT(rule->on[i]));
	e = fx_map_put(&ld->envs, key, &fresh);
	if (fresh)
		e->v.ptr = (void *)make(ld, rule);
	return e->v.ptr;
}
