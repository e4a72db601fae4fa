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

bool fx_lane_ready(const struct fx_lane *l, size_t i, bool *dead)
{
	const struct fx_job *before;

	*dead = false;
	if (l->job[i].after == 0)
		return true;
	before = &l->job[l->job[i].after - 1];
	*dead = before->at != FX_TIME_NONE && !before->out.accepted;
	return before->at != FX_TIME_NONE && before->out.accepted;
}

bool fx_lane_settle(struct fx_lane *l, struct fx_job *job, unsigned *in_a_row)
{
	job->at = fx_time_clock();
	if (job->out.accepted)
		l->accepted++;
	else
		l->failed++;
	/* A refusal of one record says nothing about the endpoint. */
	if (job->out.accepted || (job->out.final && !job->out.stop))
		*in_a_row = 0;
	else
		++*in_a_row;
	if (l->done(l->arg, l, job)) {
		l->broken = true;
		return false;
	}
	return !job->out.stop && *in_a_row < l->patience;
}

static void send_one(struct fx_lane *l, struct fx_job *job)
{
	struct fx_arena scratch = {0};
	struct fx_payload p;

	fx_payload_of(&p, &job->m, &l->to, fx_time_clock(), &scratch);
	if (l->to.kind == FX_TO_SPOOL)
		fx_spool_send(&l->to, &job->m, &p, &job->out);
	else if (l->to.kind == FX_TO_EXEC)
		fx_exec_send(&l->to, &job->m, &p, l->timeout, &job->out);
	else
		fx_mail_send(&l->to, &job->m, &p, l->timeout, &job->out);
	fx_payload_free(&p);
	fx_arena_free(&scratch);
}

static void one_by_one(struct fx_lane *l)
{
	unsigned in_a_row = 0;

	for (size_t i = 0; i < l->n; i++) {
		bool dead;

		if (!fx_lane_ready(l, i, &dead))
			continue;
		send_one(l, &l->job[i]);
		if (!fx_lane_settle(l, &l->job[i], &in_a_row))
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
