#include "report/points.h"

#include <stdlib.h>
#include <string.h>

void fx_points_init(struct fx_points *p, const struct fx_points_opt *opt)
{
	struct fx_figures_opt kinds = {
	    .now = opt->now, .since = FX_TIME_NONE, .until = FX_TIME_NONE};
	*p = (struct fx_points){.opt = *opt, .first = FX_TIME_NONE, .last = FX_TIME_NONE};
	fx_figures_init(&p->kinds, &kinds);
}

void fx_points_free(struct fx_points *p)
{
	for (size_t i = 0; i < p->points.n; i++) {
		struct fx_point *x = p->points.e[i].v.ptr;
		fx_sketch_free(&x->took);
		free(x->kinds.v);
	}
	for (size_t i = 0; i < p->flows.n; i++)
		free(((struct fx_point_flow *)p->flows.e[i].v.ptr)->kinds.v);
	free(p->point);
	fx_map_free(&p->points);
	fx_map_free(&p->flows);
	fx_figures_free(&p->kinds);
	fx_attrs_free(&p->attrs);
	fx_arena_free(&p->arena);
	fx_arena_free(&p->scratch);
}

/* ---- what is counted ---------------------------------------------------------- */

static bool within(const struct fx_points *p, fx_time at)
{
	return (p->opt.since == FX_TIME_NONE || at >= p->opt.since) &&
	       (p->opt.until == FX_TIME_NONE || at < p->opt.until) && at <= p->opt.now;
}

static struct fx_point_flow *flow_of(struct fx_points *p, struct fx_str name)
{
	struct fx_point_flow *f = fx_map_ptr(&p->flows, name);
	if (f)
		return f;
	f = FX_NEW(&p->arena, struct fx_point_flow);
	f->name = fx_arena_str(&p->arena, name);
	fx_map_put(&p->flows, f->name, NULL)->v.ptr = f;
	return f;
}

static struct fx_point *point_of(struct fx_points *p, const struct fx_point *key)
{
	struct fx_str k =
	    fx_arena_fmt(&p->scratch, "%d %zu %zu %zu %zu %zu %.*s%.*s%.*s%.*s%.*s%.*s",
	                 (int)key->by, key->event.n, key->after.n, key->flow.n, key->from.n,
	                 key->to.n, FX_FMT(key->event), FX_FMT(key->after), FX_FMT(key->flow),
	                 FX_FMT(key->from), FX_FMT(key->to), FX_FMT(key->failure));
	struct fx_point *x = fx_map_ptr(&p->points, k);
	if (x)
		return x;
	x = FX_NEW(&p->arena, struct fx_point);
	x->by = key->by;
	x->event = fx_arena_str(&p->arena, key->event);
	x->after = fx_arena_str(&p->arena, key->after);
	x->flow = fx_arena_str(&p->arena, key->flow);
	x->from = fx_arena_str(&p->arena, key->from);
	x->to = fx_arena_str(&p->arena, key->to);
	x->failure = fx_arena_str(&p->arena, key->failure);
	fx_map_put(&p->points, fx_arena_str(&p->arena, k), NULL)->v.ptr = x;
	return x;
}

/* ---- the walk over one task's events ---------------------------------------------- */

/* What a record says that the fold does not keep. */
struct said {
	const struct fx_event **by; /* a person did it */
	size_t nby;
	const struct fx_kind_of_task *kind; /* of the order's trigger */
};

enum made { BY_HAND, BY_RULE, UNTOLD, NO_DECISION };

struct thread {
	struct fx_points *p;
	const struct fx_order *o;
	const struct fx_task *task; /* NULL: what is of the order and of no task */
	const struct fx_kind_of_task *kind;
	const struct fx_word *holder;
	const struct fx_event *before; /* the last that ended a wait */
	fx_time since;                 /* of the wait; FX_TIME_NONE: not known */
	fx_time asked;                 /* the last step of an exception */
	bool fresh;                    /* the holder has not done anything yet */
	bool counted;
};

static bool is_by(const struct fx_order *o, const struct fx_event *e)
{
	const struct said *s = o->user;
	for (size_t i = 0; s && i < s->nby; i++)
		if (s->by[i] == e)
			return true;
	return false;
}

static const struct fx_task *task_named(const struct fx_order *o, struct fx_str id)
{
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (fx_str_eq(t->id, id))
			return t;
	return NULL;
}

/* The task that an event is about: as it says, else the first that it may mean. */
static const struct fx_task *task_of(const struct fx_order *o, const struct fx_event *e)
{
	if (e->kind == FX_K_ASSIGNED)
		return e->task;
	if (e->kind == FX_K_TRIGGER)
		return NULL;
	if (e->task_id.n)
		return task_named(o, e->task_id);
	for (const struct fx_exception *x = o->exceptions; x && e->exception_id.n; x = x->next)
		if (fx_str_eq(x->id, e->exception_id))
			return x->task;
	const struct fx_word *who = e->kind == FX_K_HANDOFF ? e->from : e->owner;
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		bool had = !who;
		for (uint32_t i = 0; i < t->ntenure && !had; i++)
			had = t->tenure[i].owner == who;
		if (had && t->state != FX_WAITING &&
		    (t->closed == FX_TIME_NONE || e->at <= t->closed))
			return t;
	}
	return NULL;
}

static const struct fx_word *moved_to(const struct thread *th, const struct fx_event *e)
{
	if (e->kind == FX_K_ASSIGNED)
		return e->owner;
	if (!th->task)
		return e->kind == FX_K_HANDOFF ? e->to : NULL;
	for (uint32_t i = 1; i < th->task->ntenure; i++)
		if (th->task->tenure[i].by == e)
			return th->task->tenure[i].owner;
	return NULL;
}

/* Whoever had the work made what no person is told to have made: a team decides, a system
 * does as it is told. */
static enum made made_by_holder(const struct thread *th)
{
	const struct fx_owner_kind_of *o =
	    th->holder ? fx_map_ptr(&th->p->kinds.owners, th->holder->s) : NULL;
	return !o ? UNTOLD : o->team ? BY_HAND : NO_DECISION;
}

static enum made made_by(const struct thread *th, const struct fx_event *e)
{
	if (is_by(th->o, e) && (th->task || th->before))
		return BY_HAND;
	switch ((enum fx_kind)e->kind) {
	case FX_K_ASSIGNED:
		return th->task && th->task->rule ? BY_RULE : BY_HAND;
	case FX_K_HANDOFF:
	case FX_K_ACK:
	case FX_K_RELEASE:
		return BY_HAND;
	case FX_K_OPENED:
	case FX_K_ESCALATED:
		return BY_RULE;
	case FX_K_RESOLVED:
		return e->about.n ? BY_HAND : NO_DECISION;
	case FX_K_CANCEL: /* the customer's */
		return th->task || th->o->tasks || !th->before ? NO_DECISION : UNTOLD;
	case FX_K_PROGRESS:
	case FX_K_FAILED:
	case FX_K_OTHER:
		if (th->task ? !th->fresh : th->o->tasks || !th->before)
			return NO_DECISION;
		if (th->task && e->kind == FX_K_OTHER && e->owner != th->holder)
			return NO_DECISION;
		return made_by_holder(th);
	default:
		return NO_DECISION;
	}
}

static struct fx_str text(const struct fx_word *w)
{
	return w ? w->s : (struct fx_str){NULL, 0};
}

static bool of_exception(const struct fx_event *e)
{
	return (e->kind >= FX_K_OPENED && e->kind <= FX_K_ACK) || e->kind == FX_K_RESOLVED;
}

static struct fx_str failure_of(const struct thread *th, const struct fx_event *e)
{
	if (e->failure || !of_exception(e))
		return text(e->failure);
	for (const struct fx_exception *x = th->o->exceptions; x; x = x->next)
		if (fx_str_eq(x->id, e->exception_id))
			return x->failure->s;
	return (struct fx_str){NULL, 0};
}

static void count(struct thread *th, const struct fx_event *e, enum made made,
                  const struct fx_word *to)
{
	struct fx_points *p = th->p;
	fx_time since = of_exception(e) && th->asked > th->since ? th->asked : th->since;
	const struct fx_word *from = e->kind == FX_K_HANDOFF && e->from ? e->from : th->holder;
	if (!within(p, e->at))
		return;
	if (p->first == FX_TIME_NONE || e->at < p->first)
		p->first = e->at;
	if (e->at > p->last)
		p->last = e->at;
	if (made == BY_RULE) {
		p->by_rule++;
		return;
	}
	struct fx_point key = {.event = e->type->s,
	                       .flow = th->task ? text(th->task->flow) : text(NULL),
	                       .from = text(from),
	                       .to = text(to),
	                       .failure = failure_of(th, e),
	                       .by = made == BY_HAND ? FX_BY_HAND : FX_BY_UNTOLD};
	if (!from && made == UNTOLD && th->before)
		key.after = th->before->type->s;
	struct fx_point *x = point_of(p, &key);
	x->n++;
	*(made == BY_HAND ? &p->by_hand : &p->untold) += 1;
	if (since != FX_TIME_NONE && e->at >= since)
		fx_sketch_add(&x->took, e->at - since);
	if (x->stamp != p->stamp)
		fx_kinds_add(&x->kinds, th->kind);
	x->stamp = p->stamp;
	th->counted = true;
}

static void step(struct thread *th, const struct fx_event *e)
{
	const struct fx_word *to = moved_to(th, e);
	enum made made = made_by(th, e);
	if (th->task && !th->holder && made != BY_HAND && e->kind != FX_K_ASSIGNED)
		return; /* older than the assignment */
	if (th->task && e->kind == FX_K_OTHER && made != BY_HAND && e->owner != th->holder)
		return; /* somebody else's, beside the work */
	if (made != NO_DECISION)
		count(th, e, made, to);
	if (e->kind == FX_K_OPENED || e->kind == FX_K_ESCALATED)
		th->asked = e->at;
	if (made == BY_RULE && !to)
		return; /* an alarm: the work lies where it lay */
	th->since = e->at;
	th->before = e;
	th->fresh = to != NULL;
	if (to)
		th->holder = to;
}

static void still(struct thread *th)
{
	struct fx_point key = {.flow = text(th->task->flow), .from = text(th->holder)};
	if (!th->fresh || !th->holder || !fx_task_open(th->task) || made_by_holder(th) != BY_HAND)
		return;
	th->p->waiting++;
	struct fx_point *x = point_of(th->p, &key);
	x->open++;
	x->open_for += th->p->opt.now - th->since;
}

static bool takes_part(const struct fx_event *e)
{
	return e->kind != FX_K_ATTEMPT && e->kind != FX_K_TOLD && e->kind != FX_K_REJECTED &&
	       e->kind != FX_K_SILENCE && e->kind != FX_K_NONE;
}

static void walk(struct fx_points *p, const struct fx_order *o, const struct fx_task *t)
{
	const struct said *s = o->user;
	struct thread th = {.p = p,
	                    .o = o,
	                    .task = t,
	                    .kind = t   ? t->user
	                            : s ? s->kind
	                                : NULL,
	                    .since = t ? t->trigger.at : FX_TIME_NONE,
	                    .asked = FX_TIME_NONE};
	p->stamp++;
	for (const struct fx_event *e = o->events; e && e->at <= p->opt.now; e = e->next)
		if (takes_part(e) && task_of(o, e) == t)
			step(&th, e);
	if (t)
		still(&th);
	/* Of a flow are all its tasks of the window, and those of which something was decided in
	 * it. */
	if (th.counted || (t ? within(p, t->assigned->at) : !o->tasks))
		fx_kinds_add(&flow_of(p, t ? text(t->flow) : FX_STR(""))->kinds, th.kind);
}

/* ---- the hooks ----------------------------------------------------------------------- */

static void on_entry(void *user, const struct fx_tape *t, uint64_t index)
{
	struct fx_points *p = user;
	(void)index;
	fx_arena_reset(&p->scratch);
	fx_figures_registry(&p->kinds, t);
}

static struct said *said_of(struct fx_order *o)
{
	if (!o->user)
		o->user = fx_alloc(1, sizeof(struct said));
	return o->user;
}

static void on_event(void *user, struct fx_order *o, struct fx_event *e, const struct fx_tape *t)
{
	struct fx_points *p = user;
	if (e->kind == FX_K_TRIGGER)
		said_of(o)->kind = fx_attrs_read(&p->attrs, t, &p->scratch);
	if (e->kind == FX_K_ATTEMPT || !fx_tape_get_str(t, 0, FX_STR("by"), &p->scratch).n)
		return;
	struct said *s = said_of(o);
	s->by = fx_realloc(s->by, s->nby + 1, sizeof(const struct fx_event *));
	s->by[s->nby++] = e;
}

static void on_assigned(void *user, struct fx_task *task, const struct fx_tape *t)
{
	struct fx_points *p = user;
	union {
		const struct fx_kind_of_task *kind;
		void *user;
	} u = {fx_attrs_read(&p->attrs, t, &p->scratch)};
	task->user = u.user;
}

static void on_closed(void *user, struct fx_order *o)
{
	struct fx_points *p = user;
	struct said *s = o->user;
	fx_arena_reset(&p->scratch);
	if (o->id.n) {
		walk(p, o, NULL);
		for (const struct fx_task *t = o->tasks; t; t = t->next)
			if (t->state != FX_WAITING)
				walk(p, o, t);
	}
	if (s)
		free(s->by);
	free(s);
	o->user = NULL;
}

static int each(void *user, struct fx_order *o)
{
	on_closed(user, o);
	return 0;
}

struct fx_life *fx_points_life(struct fx_points *p)
{
	struct fx_life_opt opt = {.now = p->opt.now,
	                          .undecided = true,
	                          .live_from = FX_TIME_NONE,
	                          .user = p,
	                          .on_entry = on_entry,
	                          .on_assigned = on_assigned,
	                          .on_event = on_event,
	                          .on_closed = on_closed};
	return fx_life_new(&opt);
}

void fx_points_life_end(struct fx_points *p, struct fx_life *l)
{
	fx_life_each(l, each, p);
	fx_life_free(l);
}

/* ---- reading off ---------------------------------------------------------------------- */

fx_time fx_point_lost(const struct fx_point *x)
{
	return (fx_time)(x->took.sum_s * (uint64_t)FX_SEC + x->took.sum_us);
}

static int by_lost(const void *pa, const void *pb)
{
	const struct fx_point *a = *(struct fx_point *const *)pa,
	                      *b = *(struct fx_point *const *)pb;
	fx_time la = fx_point_lost(a), lb = fx_point_lost(b);
	int c;
	if (a->by != b->by)
		return a->by < b->by ? -1 : 1;
	if (la != lb)
		return la > lb ? -1 : 1;
	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	const struct fx_str x[] = {a->event, a->after, a->flow, a->from, a->to, a->failure},
	                    y[] = {b->event, b->after, b->flow, b->from, b->to, b->failure};
	for (size_t i = 0; i < sizeof(x) / sizeof(*x); i++)
		if ((c = fx_str_cmp(x[i], y[i])))
			return c;
	return 0;
}

void fx_points_end(struct fx_points *p)
{
	p->point = fx_alloc(p->points.n + 1, sizeof(struct fx_point *));
	for (size_t i = 0; i < p->points.n; i++)
		p->point[p->npoint++] = p->points.e[i].v.ptr;
	qsort(p->point, p->npoint, sizeof(struct fx_point *), by_lost);
}

uint64_t fx_point_flow_tasks(const struct fx_points *p, const struct fx_point *x)
{
	const struct fx_point_flow *f = fx_map_ptr(&p->flows, x->flow);
	return f ? f->kinds.sum : 0;
}

void fx_point_rule(const struct fx_points *p, const struct fx_point *x, struct fx_told_apart *out)
{
	const struct fx_point_flow *f = fx_map_ptr(&p->flows, x->flow);
	*out = (struct fx_told_apart){0};
	if (f)
		fx_attrs_tell(&p->attrs, &x->kinds, &f->kinds, out);
}
