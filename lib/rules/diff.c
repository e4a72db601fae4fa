#include "rules/diff.h"

#include <stdlib.h>
#include <string.h>

#include "rules/cel_solve.h"

/* More pairs of rules than this are not gone through. */
#define PAIRS_MAX 250000

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
	fx_fit_free(&d->fit);
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

/* One registry's rules of an event that hold; with canaries or without. */
struct side {
	const struct fx_rule **v;
	const struct fx_cel_formula **form;
	size_t n;
	bool routes; /* some rule is on the event */
};

static struct side side_of(struct fx_diff *d, const struct fx_registry *r, struct fx_str event,
                           fx_time now, bool in_canary, bool line)
{
	struct side s = {.n = 0};

	s.v = FX_NEWV(&d->arena, const struct fx_rule *, r->nrules + 1);
	s.form = FX_NEWV(&d->arena, const struct fx_cel_formula *, r->nrules + 1);
	for (size_t i = 0; i < r->nrules; i++) {
		const struct fx_rule *rule = &r->rules[i];

		if (!fx_rule_on(rule, event))
			continue;
		s.routes = true;
		if (!fx_rule_holds(rule, now) || (rule->canary_weight && !in_canary) ||
		    (!line && fx_cel_uses_line(rule->when)))
			continue;
		s.form[s.n] = fx_cel_formula(&d->arena, rule->when);
		s.v[s.n++] = rule;
	}
	return s;
}

/* What rule i of a side, or none (i = n), makes of an order. */
static const struct fx_outcome *outcome_at(struct fx_diff *d, const struct side *s, size_t i)
{
	if (i < s->n)
		return outcome(d, s->v[i]);
	return word(d, s->routes ? "refused" : "passes");
}

static bool known(const struct fx_diff *d, const struct fx_outcome *from,
                  const struct fx_outcome *to)
{
	for (size_t i = 0; i < d->nhandovers; i++)
		if (d->handovers[i].from == from && d->handovers[i].to == to)
			return true;
	return false;
}

/* Is there an order that rule i of the old takes and rule k of the new, and none before them? */
static enum fx_cel_sat ask(struct fx_diff *d, const struct side *was, size_t i,
                           const struct side *is, size_t k, struct fx_str event, bool line,
                           struct fx_str *order)
{
	const struct fx_cel_formula *all[2], **none = fx_alloc(i + k + 1, sizeof(*none));
	struct fx_cel_question q = {.all = all, .none = none, .nnone = i + k};
	enum fx_cel_sat got;

	memcpy(none, was->form, i * sizeof(*none));
	memcpy(none + i, is->form, k * sizeof(*none));
	if (i < was->n)
		all[q.nall++] = was->form[i];
	if (k < is->n)
		all[q.nall++] = is->form[k];
	q.env = is->n ? is->v[0]->env : was->n ? was->v[0]->env : NULL;
	got = fx_fit_solve(&d->fit, &d->arena, &q, event, line, order);
	free(none);
	return got;
}

static void search(struct fx_diff *d, const struct side *was, const struct side *is,
                   struct fx_str event, bool line)
{
	if ((was->n + 1) * (is->n + 1) > PAIRS_MAX) {
		d->undecided = true;
		return;
	}
	for (size_t i = 0; i <= was->n; i++)
		for (size_t k = 0; k <= is->n; k++) {
			const struct fx_outcome *from = outcome_at(d, was, i);
			const struct fx_outcome *to = outcome_at(d, is, k);
			struct fx_str order;
			enum fx_cel_sat got;

			if (from == to || known(d, from, to))
				continue;
			got = ask(d, was, i, is, k, event, line, &order);
			if (got == FX_CEL_FOUND)
				handover(d, from, to)->order = order;
			d->undecided |= got == FX_CEL_UNDECIDED;
		}
}

static void region(struct fx_diff *d, struct fx_str event, fx_time now)
{
	for (unsigned way = 0; way < 4; way++) {
		bool line = !(way & 1), in_canary = way & 2;
		struct side was = side_of(d, d->before, event, now, in_canary, line);
		struct side is = side_of(d, d->after, event, now, in_canary, line);

		search(d, &was, &is, event, line);
	}
}

void fx_diff_regions(struct fx_diff *d, fx_time now)
{
	struct fx_errs errs = {0};

	if (fx_fit_init(&d->fit, d->after, &errs) || !d->fit.contract) {
		fx_fit_free(&d->fit);
		fx_fit_init(&d->fit, d->before, &errs);
	}
	fx_errs_free(&errs);
	for (size_t i = 0; i < d->before->events.n; i++)
		region(d, d->before->events.e[i].key, now);
	for (size_t i = 0; i < d->after->events.n; i++)
		if (!fx_registry_routes(d->before, d->after->events.e[i].key))
			region(d, d->after->events.e[i].key, now);
}
