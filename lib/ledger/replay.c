#include "ledger/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "ledger/inside.h"
#include "ledger/marker.h"
#include "rules/decide.h"

/* A registry that the ledger holds. */
struct edition {
	struct fx_registry *registry; /* NULL: it does not load here */
	struct fx_decider *decider;
	char why[800];
};

/* A task of the decision at hand. */
struct task {
	uint64_t entry;
	struct fx_str owner, flow, rule, version;
};

/* The decision at hand: tasks of one trigger and digest, one after the other. */
struct group {
	struct fx_arena arena;
	struct task *v;
	size_t n, cap;
	struct fx_str trigger_source, trigger_id, digest, supersedes, registry, at;
};

struct pass {
	struct fx_ledger *l;
	struct fx_replay *r;
	struct fx_tape tape, trigger;
	struct fx_arena arena; /* of the entry at hand */
	struct fx_arena keep;
	struct fx_map editions; /* digest -> struct edition */
	struct group g;
};

static void say(struct pass *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct pass *p, const char *fmt, ...)
{
	char text[512];
	struct fx_finding f = {p->g.v[0].entry, text};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->r->say(p->r->arg, &f);
}

static struct fx_str text_of(const struct fx_tape *t, const char *name, struct fx_arena *a)
{
	uint32_t i = fx_tape_get(t, 0, fx_str(name));

	if (i == FX_NONE)
		return (struct fx_str){0};
	return fx_arena_str(a, fx_tape_type(t, i) == FX_STRING ? fx_tape_str(t, i, a)
							       : fx_tape_raw(t, i));
}

static void load_edition(struct pass *p)
{
	struct fx_str digest = fx_tape_get_str(&p->tape, 0, FX_STR("digest"), &p->arena);
	uint32_t body = fx_tape_get(&p->tape, 0, FX_STR("registry"));
	struct fx_errs errs = {0};
	struct edition *e;

	if (!digest.p || body == FX_NONE || fx_map_get(&p->editions, digest))
		return;
	e = FX_NEW(&p->keep, struct edition);
	fx_map_put(&p->editions, fx_arena_str(&p->keep, digest), NULL)->v.ptr = e;
	e->registry = fx_registry_from_json(fx_tape_raw(&p->tape, body), &errs);
	if (e->registry && !fx_str_is(digest, e->registry->digest)) {
		(void)snprintf(e->why, sizeof(e->why), "it is not what its digest says (here %s)",
			       e->registry->digest);
		fx_registry_free(e->registry);
		e->registry = NULL;
	} else if (!e->registry) {
		(void)snprintf(e->why, sizeof(e->why), "it does not load: %s",
			       errs.n ? errs.v[0].msg : "?");
	}
	if (e->registry)
		e->decider = fx_decider_new(e->registry);
	fx_errs_free(&errs);
}

/* Add the task on p->tape to the decision at hand. */
static void add_task(struct pass *p, uint64_t entry, const struct fx_ids *ids)
{
	struct group *g = &p->g;
	struct fx_arena *a = &g->arena;

	if (g->n == 0) {
		g->trigger_source = fx_arena_str(a, ids->trigger_source);
		g->trigger_id = fx_arena_str(a, ids->trigger_id);
		g->digest = fx_arena_str(a, ids->digest);
		g->supersedes = fx_arena_str(a, ids->supersedes);
		g->registry = text_of(&p->tape, "registry", a);
		g->at = fx_arena_str(a, ids->at);
	}
	if (g->n == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 16;
		g->v = fx_realloc(g->v, g->cap, sizeof(*g->v));
	}
	g->v[g->n++] = (struct task){.entry = entry,
				     .owner = text_of(&p->tape, "owner_id", a),
				     .flow = text_of(&p->tape, "flow_id", a),
				     .rule = text_of(&p->tape, "rule_id", a),
				     .version = text_of(&p->tape, "rule_version", a)};
}

/* Does it come out the same?  Says where not; a digest alone could be copied from elsewhere. */
static bool same_decision(struct pass *p, const struct fx_decision *d)
{
	const struct group *g = &p->g;

	for (size_t i = 0; i < g->n && i < d->ntasks; i++) {
		const struct fx_rule *rule = d->tasks[i].rule;
		const struct task *t = &g->v[i];
		char version[24];

		(void)snprintf(version, sizeof(version), "%llu", (unsigned long long)rule->version);
		if (fx_str_eq(t->rule, rule->id) && fx_str_is(t->version, version) &&
		    fx_str_eq(t->owner, rule->owner->id) && fx_str_eq(t->flow, rule->flow))
			continue;
		say(p, "task %zu of %.*s went to %.*s by %.*s (version %.*s); now it goes to %.*s by %.*s "
		    "(version %s)", i + 1, FX_FMT(g->trigger_id), FX_FMT(t->owner), FX_FMT(t->rule),
		    FX_FMT(t->version), FX_FMT(rule->owner->id), FX_FMT(rule->id), version);
		return false;
	}
	if (g->n != d->ntasks)
		say(p, "%.*s had %zu tasks; now it has %zu", FX_FMT(g->trigger_id), g->n, d->ntasks);
	else if (!fx_str_is(g->digest, d->digest))
		say(p, "%.*s: owners and rules are the same, but not the decision's digest (its lines, "
		    "or the trigger itself)", FX_FMT(g->trigger_id));
	else
		return true;
	return false;
}

/* Take the decision at hand again. */
static int decide(struct pass *p, struct fx_err *err)
{
	struct group *g = &p->g;
	const struct edition *e = fx_map_ptr(&p->editions, g->registry);
	const struct fx_decision *d;
	struct fx_err why = {0};
	struct fx_str entry;
	uint64_t index;
	bool found;
	fx_time at;

	p->r->decisions++;
	if (!e || !e->registry) {
		say(p, "%.*s: its registry %.*s %s", FX_FMT(g->trigger_id), FX_FMT(g->registry),
		    e ? e->why : "is not in the ledger before it");
		return 0;
	}
	if (fx_ledger_find_event(p->l, g->trigger_source, g->trigger_id, &index, &found, err))
		return -1;
	if (!found || fx_time_parse(g->at, &at)) {
		say(p, found ? "%.*s: its tasks have no time" : "%.*s: the trigger is not in the ledger",
		    FX_FMT(g->trigger_id));
		return 0;
	}
	if (fx_ledger_entry(p->l, index, &g->arena, &entry, err))
		return -1;
	if (fx_marker(entry, NULL, NULL)) {
		p->r->decisions--;
		p->r->erased++;
		return 0;
	}
	if (fx_tape_read(&p->trigger, entry, err))
		return -1;
	switch (fx_decide(e->decider, &p->trigger, at, g->supersedes, &d, &why)) {
	case FX_DECIDED:
		p->r->same += same_decision(p, d);
		break;
	case FX_PASSED:
		say(p, "%.*s: no rule of its registry is for its event", FX_FMT(g->trigger_id));
		break;
	case FX_REFUSED:
		say(p, "%.*s: now it is refused: %s", FX_FMT(g->trigger_id), why.msg);
	}
	return 0;
}

/* The decision at hand is complete. */
static int finish(struct pass *p, struct fx_err *err)
{
	int r = p->g.n ? decide(p, err) : 0;

	p->g.n = 0;
	fx_arena_reset(&p->g.arena);
	return r;
}

static int one(struct pass *p, uint64_t index, struct fx_str entry, struct fx_err *err)
{
	struct fx_ids ids;

	fx_arena_reset(&p->arena);
	if (fx_tape_read(&p->tape, entry, NULL))
		return finish(p, err);
	fx_ids_read(&p->tape, &p->arena, &ids);
	if (p->g.n && (!ids.tasks || !fx_str_eq(ids.trigger_id, p->g.trigger_id) ||
		       !fx_str_eq(ids.trigger_source, p->g.trigger_source) ||
		       !fx_str_eq(ids.digest, p->g.digest)) &&
	    finish(p, err))
		return -1;
	if (fx_str_is(ids.event, "registry.published"))
		load_edition(p);
	else if (ids.tasks)
		add_task(p, index, &ids);
	return 0;
}

int fx_replay(struct fx_ledger *l, struct fx_replay *r, struct fx_err *err)
{
	struct pass p = {.l = l, .r = r};
	struct fx_ledger_scan s;
	struct fx_str entry;
	int got, bad = 0;

	r->decisions = r->same = r->erased = 0;
	fx_ledger_scan_init(&s, l, 0);
	while (!bad && (got = fx_ledger_scan_next(&s, &entry, err)) == 1) {
		bad = one(&p, s.index, entry, err);
		if (r->tick && s.index % 1024 == 0)
			r->tick(r->arg);
	}
	bad = bad || got < 0 || finish(&p, err);
	fx_ledger_scan_end(&s);
	for (size_t i = 0; i < p.editions.n; i++) {
		struct edition *e = p.editions.e[i].v.ptr;

		if (e->decider)
			fx_decider_free(e->decider);
		if (e->registry)
			fx_registry_free(e->registry);
	}
	fx_map_free(&p.editions);
	fx_tape_free(&p.tape);
	fx_tape_free(&p.trigger);
	fx_arena_free(&p.arena);
	fx_arena_free(&p.keep);
	fx_arena_free(&p.g.arena);
	free(p.g.v);
	return bad ? -1 : 0;
}
