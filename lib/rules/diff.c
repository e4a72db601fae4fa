#include "rules/diff.h"

#include <stdlib.h>
#include <string.h>

#include "rules/cel_solve.h"
#include "rules/index.h"

/* So many pairs of rules are looked at, and so many asked of the solver, for an event. */
#define PAIRS_MAX 200000000u
#define ASKED_MAX 250000u

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
	const struct fx_outcome **makes; /* of each rule, and of none of them */
	size_t *same; /* of each rule: the first of the other side that has its predicate */
	size_t n;
	bool routes; /* some rule is on the event */
	struct fx_index *index;
	uint32_t *candidate;
};

static struct side side_of(struct fx_diff *d, const struct fx_registry *r, struct fx_str event,
                           fx_time now, bool in_canary, bool line)
{
	struct side s = {.n = 0};

	s.v = FX_NEWV(&d->arena, const struct fx_rule *, r->nrules + 1);
	s.form = FX_NEWV(&d->arena, const struct fx_cel_formula *, r->nrules + 1);
	s.makes = FX_NEWV(&d->arena, const struct fx_outcome *, r->nrules + 1);
	s.candidate = FX_NEWV(&d->arena, uint32_t, r->nrules + 1);
	for (size_t i = 0; i < r->nrules; i++) {
		const struct fx_rule *rule = &r->rules[i];

		if (!fx_rule_on(rule, event))
			continue;
		s.routes = true;
		if (!fx_rule_holds(rule, now) || (rule->canary_weight && !in_canary) ||
		    (!line && fx_cel_uses_line(rule->when)))
			continue;
		s.form[s.n] = fx_cel_formula(&d->arena, rule->when);
		s.makes[s.n] = outcome(d, rule);
		s.v[s.n++] = rule;
	}
	s.makes[s.n] = word(d, s.routes ? "refused" : "passes");
	s.index = fx_index_new(&d->arena, s.v, s.n);
	return s;
}

/* Under one contract the same text says the same. */
static bool same_contract(const struct fx_registry *a, const struct fx_registry *b)
{
	if (a->ncontracts != b->ncontracts)
		return false;
	for (size_t i = 0; i < a->ncontracts; i++)
		if (!fx_str_eq(a->contracts[i].event, b->contracts[i].event) ||
		    !fx_str_eq(a->contracts[i].text, b->contracts[i].text))
			return false;
	return true;
}

/* A predicate, and the events whose fields give it its types. */
static struct fx_str meaning(struct fx_arena *a, const struct fx_rule *r)
{
	struct fx_str s = r->source;

	for (size_t i = 0; i < r->non; i++)
		s = fx_arena_fmt(a, "%.*s\n%.*s", FX_FMT(s), FX_FMT(r->on[i]));
	return s;
}

/* Where each rule's predicate stands first on the other side. */
static void find_same(struct fx_diff *d, struct side *s, const struct side *other)
{
	struct fx_map first = {0};
	struct fx_arena a = {0};
	bool fresh;

	s->same = FX_NEWV(&d->arena, size_t, s->n + 1);
	for (size_t i = 0; i < other->n && same_contract(d->before, d->after); i++) {
		struct fx_map_entry *e = fx_map_put(&first, meaning(&a, other->v[i]), &fresh);

		if (fresh)
			e->v.u64 = i;
	}
	for (size_t i = 0; i <= s->n; i++) {
		struct fx_map_entry *e = i < s->n ? fx_map_get(&first, meaning(&a, s->v[i])) : NULL;

		s->same[i] = e ? (size_t)e->v.u64 : other->n;
	}
	fx_map_free(&first);
	fx_arena_free(&a);
}

/* Both sides of a question: how far each goes. */
struct both {
	struct side was, is;
	size_t i, k;
	const struct fx_cel_formula **none; /* the old rules from the last on, then the new */
	uint32_t *suspect;
	struct fx_arena scratch, work;
	uint64_t pairs, asked;
};

static const uint32_t *suspects(void *ctx, const struct fx_tape *t, uint32_t line, size_t *n)
{
	struct both *b = ctx;
	size_t found;

	fx_arena_reset(&b->scratch);
	*n = 0;
	found = fx_index_candidates(b->was.index, t, &line, line != FX_NONE, &b->scratch,
	                            b->was.candidate);
	for (size_t c = 0; c < found && b->was.candidate[c] < b->i; c++)
		b->suspect[(*n)++] = (uint32_t)b->i - 1 - b->was.candidate[c];
	found = fx_index_candidates(b->is.index, t, &line, line != FX_NONE, &b->scratch,
	                            b->is.candidate);
	for (size_t c = 0; c < found && b->is.candidate[c] < b->k; c++)
		b->suspect[(*n)++] = (uint32_t)b->i + b->is.candidate[c];
	return b->suspect;
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
static enum fx_cel_sat ask(struct fx_diff *d, struct both *b, struct fx_str event, bool line,
                           struct fx_str *order)
{
	const struct fx_cel_formula *all[2];
	struct fx_cel_question q = {.all = all,
	                            .none = b->none + b->was.n - b->i,
	                            .nnone = b->i + b->k,
	                            .suspects = suspects,
	                            .suspects_ctx = b};
	enum fx_cel_sat got;

	if (b->i < b->was.n)
		all[q.nall++] = b->was.form[b->i];
	if (b->k < b->is.n)
		all[q.nall++] = b->is.form[b->k];
	q.env = b->is.n ? b->is.v[0]->env : b->was.n ? b->was.v[0]->env : NULL;
	fx_arena_reset(&b->work);
	got = fx_fit_solve(&d->fit, &b->work, &q, event, line, order);
	if (got == FX_CEL_FOUND)
		*order = fx_arena_str(&d->arena, *order);
	return got;
}

/* Can the pair at hand meet, and does it matter?  At a glance. */
static bool worth_asking(const struct fx_diff *d, const struct both *b)
{
	const struct fx_outcome *from = b->was.makes[b->i], *to = b->is.makes[b->k];

	return from != to && !known(d, from, to) &&
	       !(b->i < b->was.n && b->k < b->is.n &&
	         fx_cel_exclude(b->was.form[b->i], b->is.form[b->k]));
}

/*
 * Rule by rule.  Where the new registry has the old rule's predicate, no rule behind it gets what
 * the old one took, and the other way round: of two registries that are much the same few pairs
 * are left.
 */
static void search(struct fx_diff *d, struct both *b, struct fx_str event, bool line)
{
	for (b->i = 0; b->i <= b->was.n; b->i++)
		for (b->k = 0; b->k <= b->was.same[b->i] && b->k <= b->is.n; b->k++) {
			struct fx_str order;
			enum fx_cel_sat got;

			if (b->is.same[b->k] < b->i)
				continue;
			if (b->pairs++ == PAIRS_MAX || b->asked == ASKED_MAX) {
				d->undecided = true;
				return;
			}
			if (!worth_asking(d, b))
				continue;
			b->asked++;
			got = ask(d, b, event, line, &order);
			if (got == FX_CEL_FOUND)
				handover(d, b->was.makes[b->i], b->is.makes[b->k])->order = order;
			d->undecided |= got == FX_CEL_UNDECIDED;
		}
}

static void region(struct fx_diff *d, struct fx_str event, fx_time now)
{
	for (unsigned way = 0; way < 4; way++) {
		bool line = !(way & 1), in_canary = way & 2;
		struct both b = {.was = side_of(d, d->before, event, now, in_canary, line),
		                 .is = side_of(d, d->after, event, now, in_canary, line)};
		size_t n = b.was.n, m = b.is.n;

		find_same(d, &b.was, &b.is);
		find_same(d, &b.is, &b.was);
		b.none = FX_NEWV(&d->arena, const struct fx_cel_formula *, n + m + 1);
		b.suspect = FX_NEWV(&d->arena, uint32_t, n + m + 1);
		for (size_t i = 0; i < n; i++)
			b.none[i] = b.was.form[n - 1 - i];
		memcpy(b.none + n, b.is.form, m * sizeof(*b.none));
		search(d, &b, event, line);
		fx_index_free(b.was.index);
		fx_index_free(b.is.index);
		fx_arena_free(&b.scratch);
		fx_arena_free(&b.work);
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
