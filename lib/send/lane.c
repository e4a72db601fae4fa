#include "send/lane.h"

#include <string.h>

#include "base/map.h"

/*
 * The group that a message may go with.  None where each has to be by itself: CloudEvents, which
 * have batches; PagerDuty, where each exception is an incident; a task or hold given to a system.
 */
static struct fx_str group_of(const struct fx_lane *l, const struct fx_message *m,
			      struct fx_arena *a)
{
	if ((l->to.format != FX_FORMAT_TASK && l->to.format != FX_FORMAT_SLACK) || !m->group.n ||
	    ((m->handed || (m->hold && l->to.holds)) && l->owner->kind == FX_OWNER_SYSTEM))
		return (struct fx_str){NULL, 0};
	/* Those that were tried together are tried together again. */
	return fx_arena_fmt(a, "%u\n%.*s", m->attempt, FX_FMT(m->group));
}

static void order_groups(struct fx_lane *l)
{
	struct fx_arena a = {0};
	struct fx_map last = {0};

	for (size_t i = 0; i < l->n; i++) {
		struct fx_str group = group_of(l, &l->job[i].m, &a);
		struct fx_map_entry *e;

		l->job[i].with = 0;
		if (group.n == 0)
			continue;
		e = fx_map_put(&last, group, NULL);
		if (e->v.u64)
			l->job[e->v.u64 - 1].with = (uint32_t)i + 1;
		e->v.u64 = i + 1;
	}
	fx_map_free(&last);
	fx_arena_free(&a);
}

void fx_lane_order(struct fx_lane *l)
{
	struct fx_map last = {0};

	for (size_t i = 0; i < l->n; i++) {
		struct fx_str about = l->job[i].m.task_id.n ? l->job[i].m.task_id
							    : l->job[i].m.exception_id;
		struct fx_map_entry *e;

		l->job[i].at = FX_TIME_NONE;
		l->job[i].started = false;
		l->job[i].after = 0;
		if (about.n == 0)
			continue;
		e = fx_map_put(&last, about, NULL);
		l->job[i].after = (uint32_t)e->v.u64;
		e->v.u64 = i + 1;
	}
	fx_map_free(&last);
	order_groups(l);
}

void fx_lane_pace(struct fx_lane *lanes, size_t n, struct fx_arena *a)
{
	for (size_t i = 0; i < n; i++) {
		struct fx_lane *l = &lanes[i];

		if (l->to.kind != FX_TO_HTTP || l->to.format != FX_FORMAT_SLACK)
			continue;
		for (size_t k = 0; k < i && !l->pace; k++)
			if (lanes[k].pace && fx_str_eq(lanes[k].to.target, l->to.target))
				l->pace = lanes[k].pace;
		if (l->pace)
			continue;
		l->pace = FX_NEW(a, struct fx_pace);
		pthread_mutex_init(&l->pace->lock, NULL);
	}
}

void fx_lane_unpace(struct fx_lane *lanes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fx_pace *p = lanes[i].pace;

		for (size_t k = i; p && k < n; k++)
			if (lanes[k].pace == p)
				lanes[k].pace = NULL;
		if (p)
			pthread_mutex_destroy(&p->lock);
	}
}

bool fx_lane_ready(const struct fx_lane *l, size_t i)
{
	const struct fx_job *before = l->job[i].after ? &l->job[l->job[i].after - 1] : NULL;

	return !before || (before->at != FX_TIME_NONE && before->out.accepted);
}

size_t fx_lane_together(const struct fx_lane *l, size_t i, struct fx_job **out)
{
	uint32_t next = l->job[i].with;
	size_t n = 0;

	out[n++] = &l->job[i];
	for (; next && n < FX_GROUP_MAX; next = l->job[next - 1].with)
		if (!l->job[next - 1].started && fx_lane_ready(l, next - 1))
			out[n++] = &l->job[next - 1];
	return n;
}

const struct fx_message *fx_lane_message(struct fx_job *const *job, size_t n,
					 struct fx_message *group, struct fx_arena *a)
{
	const struct fx_message *m[FX_GROUP_MAX];

	if (n == 1)
		return &job[0]->m;
	for (size_t i = 0; i < n; i++)
		m[i] = &job[i]->m;
	fx_message_group(group, m, n, a);
	return group;
}

bool fx_lane_settle(struct fx_lane *l, struct fx_job *const *job, size_t n,
		    const struct fx_outcome *o, unsigned *in_a_row)
{
	const fx_time at = fx_time_clock();

	*(o->accepted ? &l->accepted : &l->failed) += n;
	if (o->stop && o->retry_after > l->rest)
		l->rest = o->retry_after;
	/* A refusal of one record says nothing about the endpoint. */
	if (o->accepted || (o->final && !o->stop))
		*in_a_row = 0;
	else
		++*in_a_row;
	for (size_t i = 0; i < n; i++) {
		job[i]->out = *o;
		job[i]->at = at;
		if (l->done(l->arg, l, job[i])) {
			l->broken = true;
			return false;
		}
	}
	return !o->stop && *in_a_row < l->patience;
}

static void send_one(struct fx_lane *l, struct fx_job *const *job, size_t n, struct fx_outcome *o)
{
	struct fx_arena scratch = {0};
	struct fx_message group;
	const struct fx_message *m = fx_lane_message(job, n, &group, &scratch);
	struct fx_payload p;

	fx_payload_of(&p, m, &l->to, fx_time_clock(), &scratch);
	if (l->to.kind == FX_TO_SPOOL)
		fx_spool_send(&l->to, m, &p, o);
	else if (l->to.kind == FX_TO_EXEC)
		fx_exec_send(&l->to, m, &p, l->timeout, o);
	else
		fx_mail_send(&l->to, m, &p, l->timeout, o);
	if (n > 1)
		memcpy(o->batch, m->key, sizeof(o->batch));
	fx_payload_free(&p);
	fx_arena_free(&scratch);
}

static void one_by_one(struct fx_lane *l)
{
	unsigned in_a_row = 0;

	for (size_t i = 0; i < l->n && fx_time_clock() < l->until; i++) {
		struct fx_job *job[FX_GROUP_MAX];
		struct fx_outcome o;
		size_t n;

		if (l->job[i].started || !fx_lane_ready(l, i))
			continue;
		n = fx_lane_together(l, i, job);
		for (size_t k = 0; k < n; k++)
			job[k]->started = true;
		send_one(l, job, n, &o);
		if (!fx_lane_settle(l, job, n, &o, &in_a_row))
			return;
	}
}

void fx_lane_run(struct fx_lane *l)
{
	if (l->to.kind == FX_TO_HTTP)
		fx_http_lane(l);
	else if (l->to.kind != FX_TO_NONE)
		one_by_one(l);
	l->untried = l->n - l->accepted - l->failed;
	if (!l->broken && l->done(l->arg, l, NULL))
		l->broken = true;
}
