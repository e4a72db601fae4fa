#include "send/lane.h"

#include "base/map.h"

void fx_lane_order(struct fx_lane *l)
{
	struct fx_map last = {0};

	for (size_t i = 0; i < l->n; i++) {
		struct fx_str about = l->job[i].m.task_id.n ? l->job[i].m.task_id
							    : l->job[i].m.exception_id;
		struct fx_map_entry *e;

		l->job[i].at = FX_TIME_NONE;
		l->job[i].after = 0;
		if (about.n == 0)
			continue;
		e = fx_map_put(&last, about, NULL);
		l->job[i].after = (uint32_t)e->v.u64;
		e->v.u64 = i + 1;
	}
	fx_map_free(&last);
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

static void send_one(struct fx_lane *l, const struct fx_job *job, struct fx_outcome *o)
{
	struct fx_arena scratch = {0};
	struct fx_payload p;

	fx_payload_of(&p, &job->m, &l->to, fx_time_clock(), &scratch);
	if (l->to.kind == FX_TO_SPOOL)
		fx_spool_send(&l->to, &job->m, &p, o);
	else if (l->to.kind == FX_TO_EXEC)
		fx_exec_send(&l->to, &job->m, &p, l->timeout, o);
	else
		fx_mail_send(&l->to, &job->m, &p, l->timeout, o);
	fx_payload_free(&p);
	fx_arena_free(&scratch);
}

static void one_by_one(struct fx_lane *l)
{
	unsigned in_a_row = 0;

	for (size_t i = 0; i < l->n && fx_time_clock() < l->until; i++) {
		struct fx_job *job = &l->job[i];
		struct fx_outcome o;

		if (!fx_lane_ready(l, i))
			continue;
		send_one(l, job, &o);
		if (!fx_lane_settle(l, &job, 1, &o, &in_a_row))
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
