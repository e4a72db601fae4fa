#include "rules/diff.h"

#include <stdlib.h>
#include <string.h>

#include "rules/solve.h"

static const struct fx_outcome *intern(struct fx_diff *d, struct fx_str text, struct fx_str full)
{
	bool fresh;
	struct fx_map_entry *e;
	struct fx_outcome *o;

	if (!fx_map_get(&d->outcomes, full))
		full = fx_arena_str(&d->arena, full);
	e = fx_map_put(&d->outcomes, full, &fresh);
	if (fresh) {
		e->v.ptr = o = FX_NEW(&d->arena, struct fx_outcome);
		o->text = fx_arena_str(&d->arena, text);
		o->full = full;
	}
	return e->v.ptr;
}

static const struct fx_outcome *word(struct fx_diff *d, const char *z)
{
	return intern(d, fx_str(z), fx_str(z));
}

static const struct fx_outcome *outcome(struct fx_diff *d, const struct fx_rule *r)
{
	struct fx_buf b = {0};
	const struct fx_outcome *o;
	size_t n;

	fx_buf_fmt(&b, "%.*s, %.*s", FX_FMT(r->owner->id), FX_FMT(r->flow));
	n = b.n;
	for (size_t i = 0; i < r->nsla; i++)
		fx_buf_fmt(&b, ", %.*s", FX_FMT(r->sla[i].text));
	if (r->fallback)
		fx_buf_fmt(&b, ", %.*s", FX_FMT(r->fallback_text));
	o = intern(d, (struct fx_str){b.p, n}, fx_buf_view(&b));
	fx_buf_free(&b);
	return o;
}

static struct fx_handover *handover(struct fx_diff *d, const struct fx_outcome *from,
                                    const struct fx_outcome *to)
{
	for (size_t i = 0; i < d->nhandovers; i++)
		if (d->handovers[i].from == from && d->handovers[i].to == to)
			return &d->handovers[i];
	if (d->nhandovers == d->cap) {
		d->cap = d->cap * 2 + 16;
		d->handovers = fx_realloc(d->handovers, d->cap, sizeof(*d->handovers));
	}
	d->handovers[d->nhandovers] = (struct fx_handover){.from = from, .to = to};
	return &d->handovers[d->nhandovers++];
}

/* The rule as its document has it. */
static const json_t *json_of(const struct fx_rule *r)
{
	const json_t *v = r->doc->root;
	struct fx_str p = r->pointer;

	/* "/rules/12" */
	return json_array_get(json_object_get(v, "rules"), (size_t)strtoul(p.p + 7, NULL, 10));
}

static struct fx_str differing_keys(struct fx_diff *d, const json_t *a, const json_t *b)
{
	struct fx_str out = FX_STR("");
	const json_t *side[] = {a, b};

	for (size_t s = 0; s < 2; s++) {
		const char *key;
		json_t *v;

		json_object_foreach((json_t *)side[s], key, v)
		{
			const json_t *other = json_object_get(side[1 - s], key);

			if (strcmp(key, "tests") == 0 || strcmp(key, "version") == 0 ||
			    (s == 1 && other) || (other && json_equal(v, (json_t *)other)))
				continue;
			out = fx_arena_fmt(&d->arena, "%.*s%s%s", FX_FMT(out), out.n ? ", " : "",
			                   key);
		}
	}
	return out;
}

/* The rule of that id and version, else, when it has just one of that id, that one. */
static const struct fx_rule *counterpart(const struct fx_registry *r, const struct fx_rule *of)
{
	const struct fx_rule *same = fx_registry_rule(r, of->id, of->version), *one = NULL;

	if (same)
		return same;
	for (size_t i = 0; i < r->nrules; i++)
		if (fx_str_eq(r->rules[i].id, of->id)) {
			if (one)
				return NULL;
			one = &r->rules[i];
		}
	return one;
}

static void compare_rules(struct fx_diff *d)
{
	d->rules =
	    FX_NEWV(&d->arena, struct fx_rule_diff, d->before->nrules + d->after->nrules + 1);
	for (size_t i = 0; i < d->after->nrules; i++) {
		const struct fx_rule *now = &d->after->rules[i];
		const struct fx_rule *was = counterpart(d->before, now);
		struct fx_str what;

		if (!was) {
			d->rules[d->nrules++] =
			    (struct fx_rule_diff){.change = FX_RULE_ADDED, .after = now};
			continue;
		}
		what = differing_keys(d, json_of(was), json_of(now));
		if (what.n || was->version != now->version)
			d->rules[d->nrules++] = (struct fx_rule_diff){
			    FX_RULE_CHANGED, was, now, what, was->version >= now->version};
	}
	for (size_t i = 0; i < d->before->nrules; i++)
		if (!counterpart(d->after, &d->before->rules[i]))
			d->rules[d->nrules++] = (struct fx_rule_diff){
			    .change = FX_RULE_REMOVED, .before = &d->before->rules[i]};
}

void fx_diff_init(struct fx_diff *d, const struct fx_registry *before,
                  const struct fx_registry *after)
{
	*d = (struct fx_diff){.before = before, .after = after};
	d->old_decider = fx_decider_new(before);
	d->new_decider = fx_decider_new(after);
	compare_rules(d);
}

void fx_diff_free(struct fx_diff *d)
{
	fx_decider_free(d->old_decider);
	fx_decider_free(d->new_decider);
	fx_map_free(&d->outcomes);
	free(d->handovers);
	fx_arena_free(&d->arena);
	*d = (struct fx_diff){0};
}

/* What one side makes of each line, or of the order, in out. */
static void outcomes_of(struct fx_diff *d, const struct fx_decision *dec, enum fx_decided how,
                        const struct fx_tape *t, size_t n, const struct fx_outcome **out)
{
	uint32_t lines = fx_tape_get(t, 0, FX_STR("lines")), at = lines + 1;

	for (size_t i = 0; i < n; i++, at = fx_tape_next(t, at)) {
		out[i] =
		    how == FX_DECIDED ? NULL : word(d, how == FX_PASSED ? "passes" : "refused");
		for (size_t k = 0; how == FX_DECIDED && k < dec->ntasks && !out[i]; k++) {
			const struct fx_assigned *task = &dec->tasks[k];

			if (task->nlines == 0)
				out[i] = outcome(d, task->rule);
			for (size_t l = 0; l < task->nlines && !out[i]; l++)
				if (task->lines[l] == at)
					out[i] = outcome(d, task->rule);
		}
		if (lines == FX_NONE)
			break;
	}
}

static void count_line(struct fx_diff *d, const struct fx_outcome *from,
                       const struct fx_outcome *to, const struct fx_tape *t)
{
	struct fx_handover *h;

	d->lines++;
	if (from == to)
		return;
	h = handover(d, from, to);
	if (h->lines == 0)
		h->order =
		    fx_arena_str(&d->arena, fx_tape_get_str(t, 0, FX_STR("order_id"), &d->arena));
	h->lines++;
	h->orders += h->last_order != d->orders;
	h->last_order = d->orders;
	d->changed_lines++;
	d->order_differs = true;
}

void fx_diff_order(struct fx_diff *d, const struct fx_tape *t, fx_time now)
{
	const struct fx_decision *was = NULL, *is = NULL;
	enum fx_decided a = fx_decide(d->old_decider, t, now, FX_STR(""), &was, NULL);
	enum fx_decided b = fx_decide(d->new_decider, t, now, FX_STR(""), &is, NULL);
	uint32_t lines = fx_tape_get(t, 0, FX_STR("lines"));
	size_t n = 1;
	const struct fx_outcome **x, **y;

	if (a == FX_PASSED && b == FX_PASSED)
		return;
	if (lines != FX_NONE && fx_tape_type(t, lines) == FX_ARRAY && t->node[lines].count > 0)
		n = t->node[lines].count;
	x = fx_alloc(2 * n, sizeof(*x));
	y = x + n;
	outcomes_of(d, was, a, t, n, x);
	outcomes_of(d, is, b, t, n, y);
	d->orders++;
	d->order_differs = false;
	for (size_t i = 0; i < n; i++)
		count_line(d, x[i], y[i], t);
	d->changed_orders += d->order_differs;
	free(x);
}

/* Both registries' rules of an event, the old ones first, in one solver. */
struct regions {
	struct fx_diff *d;
	const struct fx_rule **v;
	size_t nold, n;
	bool routes_old, routes_new;
	bool in_canary;
	fx_time now;
	const struct fx_outcome *from, *to; /* of the order that was found */
};

/* The outcome among v[from .. to): NULL while it is open. */
static const struct fx_outcome *winner(const struct regions *g, const enum fx_truth *v, size_t from,
                                       size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct fx_rule *r = g->v[i];

		if (!fx_rule_holds(r, g->now) || (r->canary_weight && !g->in_canary))
			continue;
		if (v[i] == FX_TRUE_T)
			return outcome(g->d, r);
		if (v[i] == FX_OPEN_T)
			return NULL;
	}
	return word(g->d, "refused");
}

static enum fx_truth moves(const enum fx_truth *v, size_t n, void *ctx)
{
	struct regions *g = ctx;

	g->from = g->routes_old ? winner(g, v, 0, g->nold) : word(g->d, "passes");
	g->to = g->routes_new ? winner(g, v, g->nold, n) : word(g->d, "passes");
	if (!g->from || !g->to)
		return FX_OPEN_T;
	if (g->from == g->to)
		return FX_FALSE_T;
	for (size_t i = 0; i < g->d->nhandovers; i++)
		if (g->d->handovers[i].from == g->from && g->d->handovers[i].to == g->to)
			return FX_FALSE_T;
	return FX_TRUE_T;
}

static size_t add_rules(const struct fx_registry *r, struct fx_str event, const struct fx_rule **v)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nrules; i++)
		for (size_t k = 0; k < r->rules[i].non; k++)
			if (fx_str_eq(r->rules[i].on[k], event)) {
				v[n++] = &r->rules[i];
				break;
			}
	return n;
}

static void search(struct regions *g, struct fx_str event)
{
	struct fx_diff *d = g->d;

	for (unsigned way = 0; way < 4; way++) {
		struct fx_solver *s = fx_solver_new(&d->arena, g->v, g->n, event, way & 1);
		enum fx_solved got;
		struct fx_str witness;

		g->in_canary = way & 2;
		while ((got = fx_solve(s, moves, g, g->n, &witness)) == FX_EXISTS) {
			const struct fx_outcome *from = g->from, *to = g->to;

			handover(d, from, to)->order = witness;
		}
		d->undecided |= got == FX_UNDECIDED;
		fx_solver_free(s);
	}
}

static void region(struct fx_diff *d, struct fx_str event, fx_time now)
{
	struct regions g = {.d = d, .now = now};

	g.v = FX_NEWV(&d->arena, const struct fx_rule *, d->before->nrules + d->after->nrules + 1);
	g.nold = add_rules(d->before, event, g.v);
	g.n = g.nold + add_rules(d->after, event, g.v + g.nold);
	g.routes_old = g.nold > 0;
	g.routes_new = g.n > g.nold;
	search(&g, event);
}

void fx_diff_regions(struct fx_diff *d, fx_time now)
{
	for (size_t i = 0; i < d->before->events.n; i++)
		region(d, d->before->events.e[i].key, now);
	for (size_t i = 0; i < d->after->events.n; i++)
		if (!fx_registry_routes(d->before, d->after->events.e[i].key))
			region(d, d->after->events.e[i].key, now);
}
