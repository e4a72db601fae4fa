#include "rules/ready.h"

static const char *const NAMES[FX_READY_ITEMS] = {"trigger",      "owner",        "source of truth",
                                                  "routing rule", "failure mode", "QA signal",
                                                  "metric",       "recovery path"};
enum { TRIGGER, OWNER, TRUTH, RULE, FAILURE, QA, METRIC, RECOVERY };

/* Add a word to a list, once. */
static void put(struct fx_arena *a, struct fx_str *list, struct fx_str word)
{
	struct fx_str left = *list;

	while (left.n) {
		size_t n = fx_str_find(left, ';');

		if (fx_str_eq((struct fx_str){left.p, n}, word))
			return;
		n += n < left.n ? 2 : 0; /* "; " */
		left = (struct fx_str){left.p + n, left.n - n};
	}
	*list = fx_arena_fmt(a, "%.*s%s%.*s", FX_FMT(*list), list->n ? "; " : "", FX_FMT(word));
}

static const struct fx_contract_ref *truth_of(const struct fx_registry *r, struct fx_str event)
{
	for (size_t i = 0; i < r->ncontracts; i++) {
		struct fx_str e = r->contracts[i].event;
		bool prefix = e.n && e.p[e.n - 1] == '*';

		if (prefix ? fx_str_starts(event, (struct fx_str){e.p, e.n - 1})
		           : fx_str_eq(e, event))
			return &r->contracts[i];
	}
	return NULL;
}

static void of_events(struct fx_arena *a, const struct fx_registry *r, const struct fx_rule *rule,
                      struct fx_ready_item *item)
{
	for (size_t i = 0; i < rule->non; i++) {
		const struct fx_contract_ref *c = truth_of(r, rule->on[i]);

		put(a, &item[TRIGGER].have, rule->on[i]);
		if (c)
			put(a, &item[TRUTH].have, c->schema);
		else
			put(a, &item[TRUTH].lacks,
			    fx_arena_fmt(a, "no contract for %.*s", FX_FMT(rule->on[i])));
	}
}

static void of_promises(struct fx_arena *a, const struct fx_registry *r, const struct fx_rule *rule,
                        struct fx_ready_item *item)
{
	for (size_t i = 0; i < rule->nsla; i++) {
		struct fx_str failure = rule->sla[i].milestone->failure;
		const struct fx_path *path = fx_registry_path(r, failure);

		put(a, &item[FAILURE].have, failure);
		if (path)
			put(a, &item[RECOVERY].have,
			    fx_arena_fmt(a, "%.*s: %.*s", FX_FMT(failure),
			                 FX_FMT(path->steps[0].text)));
		else
			put(a, &item[RECOVERY].lacks,
			    fx_arena_fmt(a, "no exception path for %.*s", FX_FMT(failure)));
	}
	if (!rule->nsla)
		put(a, &item[FAILURE].lacks,
		    fx_arena_fmt(a, "rule %.*s promises nothing", FX_FMT(rule->id)));
}

static void of_rule(struct fx_arena *a, const struct fx_registry *r, const struct fx_tests *tests,
                    const struct fx_rule *rule, struct fx_ready_item *item)
{
	put(a, &item[RULE].have,
	    fx_arena_fmt(a, "%.*s v%llu", FX_FMT(rule->id), (unsigned long long)rule->version));
	of_events(a, r, rule, item);
	put(a, &item[OWNER].have, rule->owner->id);
	if (!rule->owner->send.n)
		put(a, &item[OWNER].lacks,
		    fx_arena_fmt(a, "%.*s has no 'send'", FX_FMT(rule->owner->id)));
	of_promises(a, r, rule, item);
	if (rule->fallback)
		put(a, &item[RECOVERY].have, rule->fallback_text);
	else
		put(a, &item[RECOVERY].lacks,
		    fx_arena_fmt(a, "rule %.*s has no fallback", FX_FMT(rule->id)));
	if (!tests->of[rule->index].won)
		put(a, &item[QA].lacks,
		    fx_arena_fmt(a, "rule %.*s wins in no test", FX_FMT(rule->id)));
}

static void of_flow(struct fx_arena *a, const struct fx_registry *r, const struct fx_tests *tests,
                    struct fx_ready *f)
{
	struct fx_ready_item *item = f->item;
	size_t won = 0;

	for (size_t i = 0; i < FX_READY_ITEMS; i++)
		item[i] = (struct fx_ready_item){NAMES[i], FX_STR(""), FX_STR("")};
	for (size_t i = 0; i < r->nrules; i++)
		if (fx_str_eq(r->rules[i].flow, f->flow)) {
			of_rule(a, r, tests, &r->rules[i], item);
			won += tests->of[i].won;
		}
	if (won)
		item[QA].have = fx_arena_fmt(a, "%zu test%s", won, won == 1 ? "" : "s");
	for (size_t i = 0; i < r->nslos; i++)
		if (fx_str_eq(r->slos[i].flow, f->flow))
			put(a, &item[METRIC].have, r->slos[i].text);
	if (!item[METRIC].have.n)
		item[METRIC].lacks = FX_STR("no objective in 'slos'");
	for (size_t i = 0; i < FX_READY_ITEMS; i++)
		f->lacking += item[i].lacks.n > 0;
}

size_t fx_readiness(struct fx_arena *a, const struct fx_registry *r, const struct fx_tests *tests,
                    struct fx_ready **out)
{
	struct fx_ready *v = *out = FX_NEWV(a, struct fx_ready, r->nrules + 1);
	size_t n = 0;

	for (size_t i = 0; i < r->nrules; i++) {
		size_t k = 0;

		while (k < n && !fx_str_eq(v[k].flow, r->rules[i].flow))
			k++;
		if (k < n)
			continue;
		v[n].flow = r->rules[i].flow;
		of_flow(a, r, tests, &v[n++]);
	}
	return n;
}
