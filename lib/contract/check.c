/*
 * The check: nodes against the tape.
 *
 * One walk serves twice.  First for the verdict alone, leaving at the first
 * fault; only a record that fails is walked again to collect what to tell.
 * Recursion follows schemas into values, so its depth is that of the tape times
 * the schemas that stay at one value; CHECK_DEPTH ends it in any case.
 */
#include <string.h>

#include "contract/format.h"
#include "contract/run.h"

/* The resources entered on the way here, for $dynamicRef; kept only when the set has one. */
struct scope {
	const struct resource *resource;
	const struct scope *up;
};

/*
 * What has been evaluated at one value: a bit for each member or element, or no
 * words at all when nobody asks (no unevaluated* is waiting for it).
 */
struct seen {
	uint64_t *bit;
	size_t words;
};

static struct seen seen_new(struct run *r, uint32_t v)
{
	struct seen s = {.words = (size_t)r->t->node[v].count / 64 + 1};

	s.bit = fx_arena_zalloc(&r->k->scratch, s.words * sizeof(*s.bit));
	return s;
}

static void see(struct seen *s, size_t i)
{
	if (s->bit)
		s->bit[i / 64] |= (uint64_t)1 << (i % 64);
}

static bool is_seen(const struct seen *s, size_t i)
{
	return s->bit[i / 64] >> (i % 64) & 1;
}

static bool deep(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                 struct seen *outer);

static inline bool check(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                         struct seen *seen)
{
	unsigned type = r->t->node[v].type;

	if (n->alias)
		n = n->alias;
	if (!(n->accept >> type & 1))
		return n->verdict == VERDICT_FALSE ? fault_false(r, n, v) : fault_type(r, n, v);
	if (!(n->more >> type & 1))
		return true;
	if (type == FX_STRING && n->plain)
		return check_string(r, n, v);
	return deep(r, n, v, up, seen);
}

/* The verdict alone, whatever the run collects. */
static bool quietly(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                    struct seen *seen)
{
	bool collect = r->collect, ok;

	r->collect = false;
	ok = check(r, n, v, up, seen);
	r->collect = collect;
	return ok;
}

/* The same; what a branch that fails has evaluated does not count. */
static bool branch(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                   struct seen *seen)
{
	struct mark m = mark(r);
	struct seen own = {0};
	bool ok;

	if (seen->bit)
		own = seen_new(r, v);
	ok = quietly(r, n, v, up, &own);
	if (ok)
		for (size_t i = 0; i < own.words; i++)
			seen->bit[i] |= own.bit[i];
	release(r, m);
	return ok;
}

/* --- arrays --- */

static inline bool check_size(struct run *r, const struct node *n, uint32_t v, uint64_t min, uint64_t max,
                       const char *kmin, const char *kmax, const char *what)
{
	uint64_t count = r->t->node[v].count;
	bool ok = true;

	if (count >= min && count <= max)
		return true;
	MUST(count >= min || fault_say(r, n, kmin, v, "has %llu %s, wanted at least %llu",
	                               (unsigned long long)count, what, (unsigned long long)min));
	MUST(count <= max || fault_say(r, n, kmax, v, "has %llu %s, wanted at most %llu",
	                               (unsigned long long)count, what, (unsigned long long)max));
	return ok;
}

static bool check_contains(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                           struct seen *seen)
{
	const struct array_kw *k = n->array;
	struct seen nobody = {0};
	uint64_t hits = 0;
	size_t ord = 0;
	bool ok = true;

	for (uint32_t i = v + 1; i < r->t->node[v].next; i = r->t->node[i].next, ord++) {
		if (!quietly(r, k->contains, i, up, &nobody))
			continue;
		see(seen, ord);
		hits++;
	}
	MUST(hits >= k->min_contains ||
	     fault_say(r, n, k->min_contains == 1 ? "contains" : "minContains", v,
	               "has %llu elements that fit, wanted at least %llu%s%s",
	               (unsigned long long)hits, (unsigned long long)k->min_contains,
	               node_text(k->contains, "title") ? ": " : "",
	               node_text(k->contains, "title") ? node_text(k->contains, "title") : ""));
	MUST(hits <= k->max_contains ||
	     fault_say(r, n, "maxContains", v, "has %llu elements that fit, wanted at most %llu",
	               (unsigned long long)hits, (unsigned long long)k->max_contains));
	return ok;
}

static bool check_array(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                        struct seen *seen)
{
	const struct array_kw *k = n->array;
	struct seen nobody = {0};
	size_t ord = 0;
	bool ok = true;

	MUST(check_size(r, n, v, k->min, k->max, "minItems", "maxItems", "elements"));
	for (uint32_t i = v + 1; i < r->t->node[v].next; i = r->t->node[i].next, ord++) {
		const struct node *e = ord < k->prefix.n ? k->prefix.v[ord] : k->items;

		if (!e) {
			if (!seen->bit)
				break;
			continue;
		}
		see(seen, ord);
		MUST(check(r, e, i, up, &nobody));
	}
	if (k->contains)
		MUST(check_contains(r, n, v, up, seen));
	if (k->unique)
		MUST(check_unique(r, n, v));
	return ok;
}

/* --- objects --- */

static bool has(const struct run *r, uint32_t v, const struct name *e, uint64_t names)
{
	return e->bit ? (names & e->bit) != 0 : fx_tape_get(r->t, v, e->text) != FX_NONE;
}

/* One member; true also when no keyword speaks of it. */
static bool check_member(struct run *r, const struct node *n, uint32_t key, size_t ord,
                         const struct scope *up, struct seen *seen, const struct name *e,
                         struct fx_str text)
{
	const struct object_kw *o = n->object;
	struct seen nobody = {0};
	bool ok = true, covered = false;

	if (e && e->schema) {
		covered = true;
		MUST(check(r, e->schema, key + 1, up, &nobody));
	}
	for (uint32_t p = 0; p < o->npattern; p++) {
		int hit = regex_match(o->pattern[p].regex, &r->k->match, text);

		r->over |= hit < 0;
		if (hit > 0) {
			covered = true;
			MUST(check(r, o->pattern[p].schema, key + 1, up, &nobody));
		}
	}
	if (!covered && o->additional) {
		covered = true;
		if (o->additional->verdict == VERDICT_FALSE)
			MUST(fault_unknown(r, n, "additionalProperties", key));
		else
			MUST(check(r, o->additional, key + 1, up, &nobody));
	}
	if (covered)
		see(seen, ord);
	if (o->property_names)
		MUST(check(r, o->property_names, key, up, &nobody));
	return ok;
}

static bool check_dependent(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                            struct seen *seen, uint64_t names)
{
	const struct object_kw *o = n->object;
	bool ok = true;

	for (uint32_t i = 0; i < o->ndependent; i++) {
		const struct dependent *d = &o->dependent[i];

		if (!has(r, v, d->on, names))
			continue;
		for (uint32_t k = 0; k < d->nneed; k++)
			MUST(has(r, v, d->need[k], names) ||
			     fault_missing(r, n, d->need[k], v, d->on));
		if (d->schema)
			MUST(check(r, d->schema, v, up, seen));
	}
	return ok;
}

static bool check_required(struct run *r, const struct node *n, uint32_t v, uint64_t names)
{
	const struct object_kw *o = n->object;
	bool ok = true;

	if (!o->late && (names & o->required) == o->required)
		return true;
	for (uint32_t i = 0; i < o->names.n; i++) {
		const struct name *e = &o->names.name[i];

		MUST(!e->required || has(r, v, e, names) || fault_missing(r, n, e, v, NULL));
	}
	return ok;
}

static bool check_object(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                         struct seen *seen)
{
	const struct object_kw *o = n->object;
	const struct fx_node *node = r->t->node;
	bool plain = !o->npattern && !o->additional && !o->property_names && !seen->bit, ok = true;
	struct seen nobody = {0};
	uint32_t left = o->names.n;
	uint64_t names = 0;
	size_t ord = 0;

	for (uint32_t i = v + 1; i < node[v].next; i = node[i + 1].next, ord++) {
		bool escaped = node[i].flags & FX_NODE_ESCAPED;
		struct mark m = {0};
		struct fx_str text;
		const struct name *e;

		if (escaped)
			m = mark(r);
		text = text_of(r, i);
		e = names_find(&o->names, text, limit_of(r, i, text));
		if (e)
			names |= e->bit;
		if (!plain)
			MUST(check_member(r, n, i, ord, up, seen, e, text));
		else if (e && e->schema)
			MUST(check(r, e->schema, i + 1, up, &nobody));
		if (escaped)
			release(r, m);
		/* a name comes once: when all have come, nothing more concerns a plain object */
		if (e && --left == 0 && plain)
			break;
	}
	MUST(check_required(r, n, v, names));
	MUST(check_size(r, n, v, o->min, o->max, "minProperties", "maxProperties", "members"));
	if (o->ndependent)
		MUST(check_dependent(r, n, v, up, seen, names));
	return ok;
}

/* --- what applies schemas to the same value --- */

/* The outermost resource on the way here that has this dynamic anchor. */
static const struct node *dynamic_target(const struct logic_kw *l, const struct scope *scope)
{
	const struct node *to = l->dynamic_ref;

	if (!l->dynamic_name.p)
		return to;
	for (; scope; scope = scope->up)
		for (const struct dynamic *d = scope->resource->dynamic; d; d = d->next)
			if (fx_str_eq(d->name, l->dynamic_name))
				to = d->node;
	return to;
}

/* Collecting, none of the branches fits: tell why the one that comes nearest does not. */
static bool tell_nearest(struct run *r, const struct node *n, const char *keyword,
                         const struct nodes *list, uint32_t v, const struct scope *up)
{
	struct score *outer = r->score;
	struct seen nobody = {0};
	unsigned long best = ~0ul;
	uint32_t nearest = 0;

	if (!r->collect || fault_types(r, n, keyword, list, v))
		return false;
	for (uint32_t i = 0; i < list->n; i++) {
		struct score s = {.at = v};

		r->score = &s;
		check(r, list->v[i], v, up, &nobody);
		if (s.sum < best) {
			best = s.sum;
			nearest = i;
		}
	}
	r->score = outer;
	fault_none(r, n, keyword, list, nearest, v);
	check(r, list->v[nearest], v, up, &nobody);
	return false;
}

static bool check_any(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                      struct seen *seen)
{
	const struct nodes *list = &n->logic->any;
	bool hit = false;

	for (uint32_t i = 0; i < list->n && (!hit || seen->bit); i++)
		hit |= branch(r, list->v[i], v, up, seen);
	return hit || tell_nearest(r, n, "anyOf", list, v, up);
}

static bool check_one(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                      struct seen *seen)
{
	const struct nodes *list = &n->logic->one;
	uint32_t hits = 0, first = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		if (!branch(r, list->v[i], v, up, seen))
			continue;
		if (hits++)
			return fault_say(r, n, "oneOf", v,
			                 "fits alternatives %u and %u, wanted exactly one of %u",
			                 first + 1, i + 1, list->n);
		first = i;
	}
	return hits == 1 || tell_nearest(r, n, "oneOf", list, v, up);
}

static bool check_logic(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                        struct seen *seen)
{
	const struct logic_kw *l = n->logic;
	struct seen nobody = {0};
	bool ok = true;

	if (l->ref)
		MUST(check(r, l->ref, v, up, seen));
	if (l->dynamic_ref)
		MUST(check(r, dynamic_target(l, up), v, up, seen));
	for (uint32_t i = 0; i < l->all.n; i++)
		MUST(check(r, l->all.v[i], v, up, seen));
	if (l->any.n)
		MUST(check_any(r, n, v, up, seen));
	if (l->one.n)
		MUST(check_one(r, n, v, up, seen));
	if (l->not &&quietly(r, l->not, v, up, &nobody)) {
		const char *title = node_text(l->not, "title");

		MUST(fault_say(r, n, "not", v, "is what the contract excludes%s%s",
		               title ? ": " : "", title ? title : ""));
	}
	if (l->cond) {
		const struct node *next = branch(r, l->cond, v, up, seen) ? l->then : l->otherwise;

		if (next)
			MUST(check(r, next, v, up, seen));
	}
	return ok;
}

/* --- unevaluated --- */

static bool check_unevaluated(struct run *r, const struct node *n, uint32_t v,
                              const struct scope *up, struct seen *seen)
{
	bool object = r->t->node[v].type == FX_OBJECT, ok = true;
	const struct node *u = object ? n->unevaluated_properties : n->unevaluated_items;
	struct seen nobody = {0};
	size_t ord = 0;

	for (uint32_t i = v + 1; i < r->t->node[v].next; i = fx_tape_next(r->t, i), ord++) {
		if (is_seen(seen, ord))
			continue;
		see(seen, ord);
		if (object && u->verdict == VERDICT_FALSE)
			MUST(fault_unknown(r, n, "unevaluatedProperties", i));
		else
			MUST(check(r, u, object ? i + 1 : i, up, &nobody));
	}
	return ok;
}

/* --- a node --- */

static bool keywords(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                     struct seen *seen)
{
	bool ok = true;

	if (n->equal)
		MUST(check_equal(r, n, v));
	switch (r->t->node[v].type) {
	case FX_NUMBER:
		if (n->number || n->whole)
			MUST(check_number(r, n, v));
		break;
	case FX_STRING:
		if (n->string)
			MUST(check_string(r, n, v));
		break;
	case FX_ARRAY:
		if (n->array)
			MUST(check_array(r, n, v, up, seen));
		break;
	case FX_OBJECT:
		if (n->object)
			MUST(check_object(r, n, v, up, seen));
		break;
	default:
		break;
	}
	if (n->logic)
		MUST(check_logic(r, n, v, up, seen));
	return ok;
}

/* A node with unevaluated*: what was evaluated within it is its own account, then its parent's. */
static bool accounting(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                       struct seen *outer)
{
	struct mark m = mark(r);
	struct seen own = seen_new(r, v);
	bool ok = keywords(r, n, v, up, &own);

	/* after a fault the account is not whole, and its gaps are no news */
	if (ok)
		ok = check_unevaluated(r, n, v, up, &own);
	if (ok && outer->bit)
		for (size_t i = 0; i < own.words; i++)
			outer->bit[i] |= own.bit[i];
	release(r, m);
	return ok;
}

static bool deep(struct run *r, const struct node *n, uint32_t v, const struct scope *up,
                 struct seen *outer)
{
	unsigned type = r->t->node[v].type;
	struct scope here = {n->resource, up};
	bool ok;

	if (r->depth == CHECK_DEPTH || r->steps == 0)
		return fault_over(r, n, v);
	r->depth++;
	r->steps--;
	if (r->set->dynamic && (!up || up->resource != n->resource))
		up = &here;
	if ((type == FX_OBJECT && n->unevaluated_properties) ||
	    (type == FX_ARRAY && n->unevaluated_items))
		ok = accounting(r, n, v, up, outer);
	else
		ok = keywords(r, n, v, up, outer);
	r->depth--;
	return ok;
}

static bool run_once(struct run *r, const struct node *root, bool collect)
{
	struct seen nobody = {0};

	r->collect = collect;
	r->depth = 0;
	r->steps = CHECK_STEPS + (uint64_t)CHECK_STEPS_NODE * r->t->n;
	fx_arena_reset(&r->k->scratch);
	return check(r, root, r->base, NULL, &nobody) && !r->over;
}

bool fx_schema_check(const struct fx_schema *s, struct fx_check *k, const struct fx_tape *t,
                     uint32_t node)
{
	struct run r = {.t = t, .base = node, .k = k, .set = s->set, .file = s->root->file};

	r.end = t->text + t->node[0].off + t->node[0].len;
	k->n = k->more = 0;
	if (run_once(&r, s->root, false))
		return true;
	fx_arena_reset(&k->text);
	r.over = false;
	run_once(&r, s->root, true);
	if (!k->n)
		fault_over(&r, s->root, node);
	if (k->more)
		k->fault[k->n++] = (struct fx_fault){
		    .message = fx_arena_fmt(&k->text, "and %zu more faults", k->more)};
	return false;
}

void fx_check_add(struct fx_check *k, const struct fx_fault *f)
{
	size_t last = k->n < FX_FAULTS + 1 ? k->n++ : FX_FAULTS;

	memmove(k->fault + 1, k->fault, last * sizeof(*k->fault));
	k->fault[0] = *f;
}

void fx_check_free(struct fx_check *k)
{
	fx_arena_free(&k->scratch);
	fx_arena_free(&k->text);
	fx_buf_free(&k->buf);
	fx_canon_free(&k->canon);
	regex_scratch_free(k->match);
	*k = (struct fx_check){0};
}
