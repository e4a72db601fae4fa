/* What the registry's contract says of a rule's records, for the check of its predicate. */
#include "rules/cel_env.h"
#include "rules/read.h"

/* The contract's schemas, each parsed when it is first asked for. */
struct docs {
	const struct fx_registry *r;
	json_t **v; /* by contract */
};

static const json_t *doc_at(struct docs *d, size_t i)
{
	struct fx_str text = d->r->contracts[i].text;

	if (!d->v[i])
		d->v[i] = json_loadb(text.p, text.n, 0, NULL);
	return d->v[i];
}

/* The schema that an event's records must meet: the first that names it. */
static const json_t *schema_of(struct docs *d, struct fx_str event)
{
	for (size_t i = 0; i < d->r->ncontracts; i++) {
		struct fx_str e = d->r->contracts[i].event;
		bool prefix = e.n && e.p[e.n - 1] == '*';

		if (prefix ? fx_str_starts(event, (struct fx_str){e.p, e.n - 1})
		           : fx_str_eq(e, event))
			return doc_at(d, i);
	}
	return NULL;
}

static struct fx_str base_name(struct fx_str path)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '/')
		n--;
	return (struct fx_str){path.p + n, path.n - n};
}

/* A $ref to a file beside: one that the contract names, too (others are not in the registry). */
static const json_t *beside(void *ctx, struct fx_str file)
{
	struct docs *d = ctx;

	for (size_t i = 0; i < d->r->ncontracts; i++)
		if (fx_str_eq(base_name(d->r->contracts[i].schema), file))
			return doc_at(d, i);
	return NULL;
}

static const struct fx_cel_env *make(struct fx_loader *ld, const struct fx_rule *rule)
{
	struct fx_cel_contract *v = FX_NEWV(&ld->scratch, struct fx_cel_contract, rule->non + 1);
	struct docs d = {ld->r, FX_NEWV(&ld->scratch, json_t *, ld->r->ncontracts + 1)};
	const struct fx_cel_env *env = NULL;
	size_t n;

	for (n = 0; n < rule->non; n++) {
		v[n] = (struct fx_cel_contract){schema_of(&d, rule->on[n]), rule->on[n]};
		if (!v[n].schema) /* nothing is promised of this event, so of none of its fields */
			break;
	}
	if (n == rule->non)
		env = fx_cel_env_new(&ld->r->arena, v, n, beside, &d);
	for (size_t i = 0; i < ld->r->ncontracts; i++)
		json_decref(d.v[i]);
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
