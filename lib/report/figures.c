#include "report/figures.h"

#include <stdlib.h>
#include <string.h>

#include "json/write.h"

const struct fx_interval_info fx_interval_info[FX_NINTERVAL] = {
    {"trigger_to_decision", "trigger to decision", "trigger -> task.assigned"},
    {"decision_to_execution", "decision to execution", "task.assigned -> task.confirmed"},
    {"trigger_to_outcome", "trigger to outcome", "trigger -> task.completed, else task.shipped"},
    {"trigger_to_confirmation", "trigger to confirmation", "trigger -> task.confirmed"},
    {"trigger_to_handover", "trigger to handover", "trigger -> task.shipped"},
    {"trigger_to_delivery", "trigger to delivery", "trigger -> task.completed"},
    {"time_to_resolution", "time to resolution", "exception.opened -> exception.resolved"},
};

int fx_by_check(struct fx_str by, struct fx_err *err)
{
	if (by.n == 0 || memchr(by.p, '\0', by.n))
		return fx_fail(err, FX_EUSAGE,
		               "--by wants names, separated by commas, such as "
		               "flow,owner");
	return 0;
}

void fx_figures_init(struct fx_figures *f, const struct fx_figures_opt *opt)
{
	*f = (struct fx_figures){.opt = *opt,
	                         .published = FX_TIME_NONE,
	                         .first_entry = FX_TIME_NONE,
	                         .last_entry = FX_TIME_NONE};
}

static void group_free(struct fx_group *g)
{
	for (size_t i = 0; i < FX_NINTERVAL; i++)
		fx_sketch_free(&g->interval[i].took);
	for (size_t i = 0; i < g->nmilestone; i++)
		fx_sketch_free(&g->milestone[i].lateness);
	free(g->milestone);
	free(g->failure);
	free(g->owner);
	free(g->hour);
}

void fx_group_free(struct fx_group *g)
{
	group_free(g);
	memset(g, 0, sizeof(*g));
}

void fx_figures_free(struct fx_figures *f)
{
	for (size_t i = 0; i < f->ngroup; i++)
		group_free(f->group[i]);
	for (size_t i = 0; i < f->npace; i++)
		free(f->pace[i]->slot);
	free(f->pace);
	free(f->objective);
	free(f->handover);
	free(f->group);
	free(f->event);
	fx_map_free(&f->paces);
	fx_map_free(&f->rules);
	fx_map_free(&f->registries);
	fx_due_free(&f->clock);
	fx_map_free(&f->groups);
	fx_map_free(&f->owners);
	fx_map_free(&f->events);
	free(f->seen.v);
	fx_arena_free(&f->arena);
	fx_arena_free(&f->scratch);
}

/* ---- the hooks ------------------------------------------------------------ */

static uint32_t array_of(const struct fx_tape *t, uint32_t obj, const char *name)
{
	uint32_t a = obj == FX_NONE ? FX_NONE : fx_tape_get(t, obj, fx_str(name));
	return a != FX_NONE && fx_tape_type(t, a) == FX_ARRAY ? a : FX_NONE;
}

static void read_rules(struct fx_figures *f, const struct fx_tape *t, uint32_t registry, fx_time at)
{
	uint32_t rules = array_of(t, registry, "rules");
	for (uint32_t i = rules + 1; rules && i < t->node[rules].next; i = fx_tape_next(t, i)) {
		struct fx_str rule = fx_tape_get_str(t, i, FX_STR("rule"), &f->scratch);
		uint32_t number = fx_tape_get(t, i, FX_STR("version"));
		uint64_t version;
		if (!rule.n || number == FX_NONE || fx_str_u64(fx_tape_raw(t, number), &version))
			continue;
		struct fx_rule_version *v = fx_figures_rule(f, rule, version);
		if (v->published == FX_TIME_NONE || at < v->published)
			v->published = at;
	}
}

static void read_registry(struct fx_figures *f, const struct fx_tape *t, fx_time at)
{
	uint32_t registry = fx_tape_get(t, 0, FX_STR("registry"));
	uint32_t owners = array_of(t, registry, "owners"), slos = array_of(t, registry, "slos");
	struct fx_arena *a = &f->scratch;
	for (uint32_t i = owners + 1; owners && i < t->node[owners].next; i = fx_tape_next(t, i)) {
		struct fx_str id = fx_tape_get_str(t, i, FX_STR("id"), a);
		if (id.p)
			fx_figures_owner_kind(
			    f, id, fx_str_is(fx_tape_get_str(t, i, FX_STR("kind"), a), "team"), at);
	}
	if (at > f->opt.now || registry == FX_NONE)
		return;
	read_rules(f, t, registry, at);
	if (!fx_figures_published(f, fx_tape_get_str(t, 0, FX_STR("digest"), a), at))
		return;
	struct fx_str maintainer = fx_tape_get_str(t, registry, FX_STR("maintainer"), a);
	for (uint32_t i = slos + 1; slos && i < t->node[slos].next; i = fx_tape_next(t, i)) {
		struct fx_str flow = fx_tape_get_str(t, i, FX_STR("flow"), a);
		struct fx_str text = fx_tape_get_str(t, i, FX_STR("objective"), a);
		struct fx_str notify = fx_tape_get_str(t, i, FX_STR("notify"), a);
		if (flow.p && text.p)
			fx_figures_objective(f, flow, text, notify.n ? notify : maintainer);
	}
}

void fx_figures_registry(struct fx_figures *f, const struct fx_tape *t)
{
	fx_time at;
	fx_arena_reset(&f->scratch);
	struct fx_str when = fx_tape_get_str(t, 0, FX_STR("at"), &f->scratch);
	if (fx_str_is(fx_tape_get_str(t, 0, FX_STR("event"), &f->scratch), "registry.published") &&
	    when.p && fx_time_parse(when, &at) == 0)
		read_registry(f, t, at);
}

static void on_entry(void *user, const struct fx_tape *t, uint64_t index)
{
	struct fx_figures *f = user;
	(void)index;
	fx_arena_reset(&f->scratch);
	f->entries++;
	if (f->opt.on_entry)
		f->opt.on_entry(f->opt.user, t);
	fx_time at;
	struct fx_str type = fx_tape_get_str(t, 0, FX_STR("event"), &f->scratch);
	struct fx_str when = fx_tape_get_str(t, 0, FX_STR("at"), &f->scratch);
	if (!type.p || !when.p || fx_time_parse(when, &at))
		return;
	bool registry = fx_str_is(type, "registry.published");
	if (registry) {
		struct fx_str digest = fx_tape_get_str(t, 0, FX_STR("digest"), &f->scratch);
		f->entries -= !fx_figures_registry_seen(f, digest.n ? digest : when, at);
		read_registry(f, t, at);
		fx_due_note(&f->clock, t, &f->scratch);
	}
	if (!fx_figures_within(f, at))
		return;
	fx_figures_event(f, type)->n += !registry; /* those are told by fx_figures_end */
	if (f->first_entry == FX_TIME_NONE || at < f->first_entry)
		f->first_entry = at;
	if (at > f->last_entry)
		f->last_entry = at;
}

/* A dotted path; {NULL, 0} when the record has no such value or it is null. */
static struct fx_str path_value(struct fx_figures *f, const struct fx_tape *t, uint32_t node,
                                struct fx_str path)
{
	while (path.n) {
		size_t dot = fx_str_find(path, '.');
		node = fx_tape_get(t, node, (struct fx_str){path.p, dot});
		if (node == FX_NONE)
			return (struct fx_str){NULL, 0};
		size_t eaten = dot < path.n ? dot + 1 : dot;
		path.p += eaten;
		path.n -= eaten;
	}
	if (fx_tape_type(t, node) == FX_NULL)
		return (struct fx_str){NULL, 0};
	if (fx_tape_type(t, node) == FX_STRING)
		return fx_tape_str(t, node, &f->scratch);
	return fx_tape_raw(t, node);
}

static struct fx_str attribute(struct fx_figures *f, const struct fx_tape *t, struct fx_str by)
{
	static const struct {
		const char *by, *member;
	} known[] = {{"flow", "flow_id"},
	             {"owner", "owner_id"},
	             {"rule", "rule_id"},
	             {"carrier", "preferred_carrier"}};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (fx_str_is(by, known[i].by))
			return path_value(f, t, 0, fx_str(known[i].member));
	if (fx_str_is(by, "rule_version")) {
		struct fx_str rule = path_value(f, t, 0, FX_STR("rule_id"));
		struct fx_str version = path_value(f, t, 0, by);
		if (!rule.p)
			return rule;
		return fx_arena_fmt(&f->scratch, "%.*s@%.*s", FX_FMT(rule), FX_FMT(version));
	}
	uint32_t decision = fx_tape_get(t, 0, FX_STR("decision"));
	uint32_t context =
	    decision == FX_NONE ? FX_NONE : fx_tape_get(t, decision, FX_STR("context"));
	uint32_t named = context == FX_NONE ? FX_NONE : fx_tape_get(t, context, by);
	if (named != FX_NONE)
		return path_value(f, t, named, (struct fx_str){NULL, 0});
	return path_value(f, t, 0, by);
}

static void on_assigned(void *user, struct fx_task *task, const struct fx_tape *t)
{
	struct fx_figures *f = user;
	struct fx_str key[FX_BY_MAX];
	if (!fx_figures_within(f, task->assigned->at))
		return;
	for (size_t i = 0; i < f->opt.nby; i++)
		key[i] = attribute(f, t, f->opt.by[i]);
	task->user = fx_figures_group(f, key);
}

/* ---- measuring ------------------------------------------------------------- */

static void measure(struct fx_interval *i, fx_time from, fx_time to)
{
	if (to >= from) {
		fx_sketch_add(&i->took, to - from);
		return;
	}
	i->negative++;
	if (to - from < i->worst)
		i->worst = to - from;
}

/* From a point to one that may not be reached; going says that it still may. */
static void measure_to(struct fx_interval *i, fx_time from, fx_time to, bool going)
{
	if (to != FX_TIME_NONE)
		measure(i, from, to);
	else if (going)
		i->open++;
}

/* The promise's moment: met in time, or its time passed. */
static void count_pace(struct fx_figures *f, const struct fx_task *t, const struct fx_promise *p)
{
	if (!p->milestone || !t->flow || p->due == FX_TIME_NONE)
		return;
	fx_time due = fx_due_of(&f->clock, t, p);
	bool good = p->met != FX_TIME_NONE && p->met <= due;
	fx_time at = good ? p->met : due;
	if (at > f->opt.now || (!good && at == f->opt.now) ||
	    (!good && p->met == FX_TIME_NONE && t->closed != FX_TIME_NONE && t->closed <= due))
		return;
	uint64_t slot = (uint64_t)(f->opt.now - at) / (uint64_t)FX_PACE;
	if (slot >= FX_PACE_SLOTS)
		return;
	struct fx_pace *pace = fx_figures_pace(f, t->flow->s, p->milestone->s);
	if (good)
		fx_pace_slot(pace, slot)->good++;
	else
		fx_pace_slot(pace, slot)->bad++;
}

static void count_promise(struct fx_figures *f, struct fx_group *g, const struct fx_task *t,
                          const struct fx_promise *p)
{
	if (!p->milestone)
		return;
	struct fx_attainment *a = fx_group_milestone(f, g, p->milestone->s);
	fx_time due = p->due == FX_TIME_NONE ? FX_TIME_NONE : fx_due_of(&f->clock, t, p);
	if (due == FX_TIME_NONE) {
		a->untold++;
	} else if (p->met != FX_TIME_NONE && p->met <= due) {
		a->met++;
	} else if (p->met != FX_TIME_NONE) {
		a->late++;
		fx_sketch_add(&a->lateness, p->met - due);
	} else if (t->closed != FX_TIME_NONE && t->closed <= due) {
		a->lapsed++;
	} else if (due < f->opt.now) {
		a->overdue++;
	} else {
		a->pending++;
	}
}

static void count_handover(struct fx_figures *f, struct fx_str from, struct fx_str to)
{
	struct fx_buf b = {0};
	fx_buf_byte(&b, '[');
	fx_json_string(&b, from);
	fx_buf_byte(&b, ',');
	fx_json_string(&b, to);
	fx_buf_byte(&b, ']');
	fx_tally_of(f, &f->handover, &f->nhandover, fx_buf_view(&b))->n++;
	fx_buf_free(&b);
}

static void count_tenures(struct fx_figures *f, struct fx_group *g, const struct fx_task *t)
{
	bool back = false;
	fx_tally_of(f, &g->owner, &g->nowner, t->owner0->s)->n++;
	for (uint32_t i = 1; i < t->ntenure; i++) {
		count_handover(f, t->tenure[i - 1].owner->s, t->tenure[i].owner->s);
		if (t->tenure[i].by && fx_str_is(t->tenure[i].by->type->s, "handoff.manual")) {
			g->handed_over++;
		} else {
			g->rerouted++;
			fx_tally_of(f, &g->owner, &g->nowner, t->tenure[i].owner->s)->n++;
		}
		for (uint32_t k = 0; k < i; k++)
			back |= t->tenure[k].owner == t->tenure[i].owner;
	}
	g->flapped += back;
}

/* Whatever the window: a version is deployed once. */
static void count_rule(struct fx_figures *f, const struct fx_task *t)
{
	fx_time at = t->assigned->at;
	if (!t->rule)
		return;
	struct fx_rule_version *v = fx_figures_rule(f, t->rule->s, t->rule_version);
	v->tasks++;
	v->excepted += t->nexceptions > 0;
	if (v->first == FX_TIME_NONE || at < v->first)
		v->first = at;
	if (at > v->last)
		v->last = at;
}

/* again: the fold knew the order before, and forgot it. */
static void count_task(struct fx_figures *f, struct fx_group *g, const struct fx_task *t,
                       bool again)
{
	fx_time placed = t->trigger.at, decided = t->assigned->at;
	bool going = fx_task_open(t);
	g->tasks++;
	g->open += going;
	g->state[t->state]++;
	g->with_exception += t->nexceptions > 0;
	if (g->seen != t->order && !(again && fx_figures_seen_before(f, t->order, g)))
		g->orders++;
	g->seen = t->order;
	struct fx_hour *hour = fx_group_hour(g, decided / FX_HOUR - (decided % FX_HOUR < 0));
	hour->tasks++;
	hour->excepted += t->nexceptions > 0;
	if (g->first == FX_TIME_NONE || decided < g->first)
		g->first = decided;
	if (decided > g->last)
		g->last = decided;

	struct fx_interval *i = g->interval;
	measure(&i[FX_TRIGGER_TO_DECISION], placed, decided);
	measure_to(&i[FX_DECISION_TO_EXECUTION], decided, t->confirmed, going);
	measure_to(&i[FX_TRIGGER_TO_OUTCOME], placed,
	           t->completed != FX_TIME_NONE ? t->completed : t->shipped, going);
	measure_to(&i[FX_TRIGGER_TO_CONFIRMATION], placed, t->confirmed, going);
	measure_to(&i[FX_TRIGGER_TO_HANDOVER], placed, t->shipped, going);
	measure_to(&i[FX_TRIGGER_TO_DELIVERY], placed, t->completed,
	           going || t->state == FX_SHIPPED);
	for (uint32_t k = 0; k < t->npromises; k++)
		count_promise(f, g, t, &t->promises[k]);
	count_tenures(f, g, t);
}

/* The group of a failure (p NULL: of none) beside g, where --by asks for failures. */
static struct fx_group *of_failure(struct fx_figures *f, struct fx_group *g, struct fx_str failure)
{
	struct fx_str key[FX_BY_MAX];
	bool asked = false;
	for (size_t i = 0; i < f->opt.nby; i++) {
		bool here = fx_str_is(f->opt.by[i], "failure");
		key[i] = here ? failure : g->key[i];
		asked |= here;
	}
	return asked ? fx_figures_group(f, key) : g;
}

/* A task with exceptions is of its first one's failure. */
static struct fx_group *group_of(struct fx_figures *f, const struct fx_task *t)
{
	const struct fx_exception *first = NULL;
	for (const struct fx_exception *x = t->order->exceptions; x; x = x->next) {
		if (x->task != t || !x->last)
			continue;
		if (!first || x->opened->at < first->opened->at ||
		    (x->opened->at == first->opened->at && fx_str_cmp(x->id, first->id) < 0))
			first = x;
	}
	return first ? of_failure(f, t->user, first->failure->s) : t->user;
}

static void count_exception(struct fx_figures *f, const struct fx_exception *x)
{
	static const struct fx_str nothing[FX_BY_MAX];
	struct fx_group *g;
	if (!x->last || x->opened->at > f->opt.now)
		return;
	if (x->task)
		g = x->task->user;
	else
		g = fx_figures_within(f, x->opened->at) ? fx_figures_group(f, nothing) : NULL;
	if (!g)
		return;
	g = of_failure(f, g, x->failure->s);
	g->exceptions++;
	struct fx_tally *by = fx_tally_of(f, &g->failure, &g->nfailure, x->failure->s);
	by->n++;
	measure_to(&g->interval[FX_TIME_TO_RESOLUTION], x->opened->at, x->resolved, true);
	if (x->resolved != FX_TIME_NONE)
		g->resolved++;
	else
		by->open++;
}

static bool is_counted(const struct fx_task *t)
{
	return t->user && t->state != FX_WAITING;
}

static int count_order(void *user, struct fx_order *o)
{
	struct fx_figures *f = user;
	bool counted = false, again = false;
	fx_arena_reset(&f->scratch);
	for (struct fx_task *t = o->tasks; t; t = t->next) {
		if (t->state != FX_WAITING)
			count_rule(f, t);
		for (uint32_t i = 0; i < t->npromises && t->state != FX_WAITING; i++)
			count_pace(f, t, &t->promises[i]);
	}
	for (struct fx_task *t = o->tasks; t; t = t->next)
		if (is_counted(t)) {
			again = counted ? again : fx_figures_seen_before(f, o, NULL);
			t->user = group_of(f, t);
			count_task(f, t->user, t, again);
			counted = true;
		}
	f->orders += counted && !again;
	for (struct fx_exception *x = o->exceptions; x; x = x->next)
		count_exception(f, x);
	if (f->opt.on_order)
		f->opt.on_order(f->opt.user, o);
	/* Another order may come to lie at the same address. */
	for (struct fx_task *t = o->tasks; t; t = t->next)
		if (t->user)
			((struct fx_group *)t->user)->seen = NULL;
	return 0;
}

/* The fold forgets it: what still comes of it will look like a new order. */
static void on_closed(void *user, struct fx_order *o)
{
	struct fx_figures *f = user;
	count_order(f, o);
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (is_counted(t)) {
			fx_figures_see(f, o, NULL);
			if (f->opt.nby)
				fx_figures_see(f, o, t->user);
		}
}

struct fx_life *fx_figures_life(struct fx_figures *f)
{
	struct fx_life_opt opt = {.now = f->opt.now,
	                          .delivered = true,
	                          .live_from = FX_TIME_NONE,
	                          .user = f,
	                          .on_entry = on_entry,
	                          .on_assigned = on_assigned,
	                          .on_closed = on_closed};
	return fx_life_new(&opt);
}

void fx_figures_life_end(struct fx_figures *f, struct fx_life *l)
{
	fx_arena_reset(&f->scratch);
	fx_life_each(l, count_order, f);
	fx_life_free(l);
}
