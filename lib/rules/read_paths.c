#include <string.h>

#include "rules/phrase.h"
#include "rules/publish.h"
#include "rules/read.h"

/* Who has the exception after a step. */
static const struct fx_owner *holder(const struct fx_step *step, const struct fx_owner *before)
{
	for (size_t i = 0; i < step->nactions; i++)
		if (step->actions[i].kind == FX_ACT_REROUTE ||
		    step->actions[i].kind == FX_ACT_ROUTE ||
		    step->actions[i].kind == FX_ACT_ESCALATE)
			before = step->actions[i].owner;
	return before;
}

static void read_steps(struct fx_loader *ld, struct fx_val v, struct fx_path *p)
{
	struct fx_val action = fx_val_get(ld, v, "action"), esc = fx_val_get(ld, v, "escalation");
	size_t n = json_is_array(esc.v) ? json_array_size(esc.v) : esc.v ? 1 : 0;
	struct fx_phrase_env env = {.registry = ld->r};
	struct fx_err err = {0};

	p->steps = FX_NEWV(&ld->r->arena, struct fx_step, n + 1);
	if (fx_phrase_actions(&env, &ld->r->arena, fx_val_str(action), &p->steps[0], &err)) {
		fx_val_fault_in(ld, action, &err);
		return;
	}
	p->nsteps = 1;
	env.owner = holder(&p->steps[0], NULL);
	for (size_t i = 0; i < n; i++) {
		struct fx_val one = json_is_array(esc.v) ? fx_val_at(ld, esc, i) : esc;
		struct fx_step *step = &p->steps[p->nsteps];

		err = (struct fx_err){0};
		if (fx_phrase_escalation(&env, &ld->r->arena, fx_val_str(one), step, &err)) {
			fx_val_fault_in(ld, one, &err);
			continue;
		}
		p->nsteps++;
		env.owner = holder(step, env.owner);
	}
}

void fx_read_exception(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;
	struct fx_path *p = &r->paths[r->npaths];
	struct fx_val repeat = fx_val_get(ld, v, "repeat");
	struct fx_err err = {0};
	struct fx_map_entry *e;
	bool fresh;

	if (fx_val_keys(ld, v, "exception", FX_KEYS_EXCEPTION))
		return;
	p->failure = fx_failure_name(&r->arena, fx_val_str(fx_val_get(ld, v, "failure")));
	p->maintainer = fx_val_text(ld, v, "maintainer");
	p->at = fx_val_place(ld, v);
	read_steps(ld, v, p);
	if (repeat.v && fx_phrase_repeat(fx_val_str(repeat), &p->repeat, &err))
		fx_val_fault_in(ld, repeat, &err);
	e = fx_map_put(&r->path_ids, p->failure, &fresh);
	if (!fresh) {
		fx_val_fault(ld, v, "failure '%.*s' has two paths: the first in line %u of %.*s",
		             FX_FMT(p->failure), ((struct fx_path *)e->v.ptr)->at.line,
		             FX_FMT(((struct fx_path *)e->v.ptr)->at.file));
		return;
	}
	e->v.ptr = p;
	r->npaths++;
}

static bool among(struct fx_str s, const struct fx_str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fx_str_eq(s, v[i]))
			return true;
	return false;
}

/* The failures that a path or a milestone names, and can be about a task. */
static size_t failures_of_tasks(const struct fx_registry *r, struct fx_str *out)
{
	static const struct fx_str not [] = {
	    FX_STR_INIT("*"), FX_STR_INIT("fallback-due"), FX_STR_INIT("owner-unavailable"),
	    FX_STR_INIT("export-rejected"), FX_STR_INIT("runaway-automation")};
	size_t n = 0;

	for (size_t i = 0; i < r->npaths; i++)
		if (!among(r->paths[i].failure, not, sizeof(not ) / sizeof(not [0])))
			out[n++] = r->paths[i].failure;
	for (size_t i = 0; i < r->nmilestones; i++)
		out[n++] = r->milestones[i].failure;
	return n;
}

static void read_inhibited(struct fx_loader *ld, struct fx_val v, struct fx_path *p)
{
	struct fx_registry *r = ld->r;
	struct fx_str name = fx_failure_name(&r->arena, fx_val_str(v));
	struct fx_str *can = FX_NEWV(&ld->scratch, struct fx_str, r->npaths + r->nmilestones + 1);
	size_t n = failures_of_tasks(r, can);
	int near;

	if (!among(name, can, n)) {
		near = fx_str_nearest(name, can, n);
		if (near < 0)
			fx_val_fault(ld, v, "no failure '%.*s' of a task that could be inhibited",
			             FX_FMT(name));
		else
			fx_val_fault(ld, v,
			             "no failure '%.*s' of a task that could be inhibited; did you "
			             "mean '%.*s'?",
			             FX_FMT(name), FX_FMT(can[near]));
	} else if (fx_str_eq(name, p->failure)) {
		fx_val_fault(ld, v, "'%.*s' inhibits itself", FX_FMT(name));
	} else {
		p->inhibits[p->ninhibits++] = name;
	}
}

static bool inhibits(const struct fx_path *p, const struct fx_path *o)
{
	return among(o->failure, p->inhibits, p->ninhibits);
}

/* One level only, so that nothing goes round: the path that p or that p's would make a second. */
static const struct fx_path *chained(const struct fx_registry *r, const struct fx_path *p)
{
	for (size_t i = 0; i < r->npaths; i++)
		if (r->paths[i].ninhibits &&
		    (inhibits(&r->paths[i], p) || inhibits(p, &r->paths[i])))
			return &r->paths[i];
	return NULL;
}

void fx_read_inhibits(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;
	struct fx_val list = fx_val_get(ld, v, "inhibits");
	size_t n = json_is_array(list.v) ? json_array_size(list.v) : 1;
	const struct fx_path *o;
	struct fx_path *p;

	if (!list.v)
		return;
	p = fx_map_ptr(&r->path_ids,
	               fx_failure_name(&ld->scratch, fx_val_str(fx_val_get(ld, v, "failure"))));
	if (!p || p->ninhibits)
		return;
	if (fx_str_is(p->failure, "*")) {
		fx_val_fault(ld, list, "a failure without a name inhibits nothing");
		return;
	}
	p->inhibits = FX_NEWV(&r->arena, struct fx_str, n + 1);
	for (size_t i = 0; i < n; i++)
		read_inhibited(ld, json_is_array(list.v) ? fx_val_at(ld, list, i) : list, p);
	o = chained(r, p);
	if (o)
		fx_val_fault(ld, list, "'%.*s' and '%.*s': what is inhibited cannot inhibit others",
		             FX_FMT(p->failure), FX_FMT(o->failure));
}
