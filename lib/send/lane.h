/*
 * A lane: all that goes to one owner in one run, by one thread.
 *
 * Lanes do not wait for each other, so an owner who is slow or dead holds up
 * nobody else's work.  Within a lane up to `parallel` HTTP requests are under way
 * at once, but never two about the same task: a later message about a task waits
 * for the one before it, and stays unsent when that one failed.  In the batch format
 * a request carries many messages, and its one answer is the outcome of each; so does
 * one message for all steps of a group (fx_message_group).
 *
 * Slack takes one message a second from a webhook: lanes with the same one share a pace.
 */
#ifndef FX_SEND_LANE_H
#define FX_SEND_LANE_H

#include <pthread.h>

#include "send/transport.h"

struct fx_job {
	struct fx_message m;
	uint64_t index;        /* of the record in the ledger, for order */
	uint32_t after;        /* job that must be accepted first, + 1; 0: none */
	uint32_t with;         /* the next job of its group, + 1; 0: none */
	bool started;
	struct fx_outcome out;
	fx_time at;            /* when its outcome was known; FX_TIME_NONE: not tried */
};

struct fx_lane;
/* Told what became of one job, by the lane's thread, in order of completion; and, with job NULL,
 * that the lane is at its end.  -1 stops the lane. */
typedef int fx_lane_done(void *arg, const struct fx_lane *l, const struct fx_job *job);

struct fx_pace {
	pthread_mutex_t lock; /* held from before a message until its answer */
	fx_time next;         /* by the clock: no message before */
	fx_time rest;         /* by the clock: until then the endpoint wants nothing at all */
};

struct fx_lane {
	const struct fx_owner *owner;
	struct fx_endpoint to;
	struct fx_job *job; /* n of them, in the order to be sent */
	size_t n;
	unsigned parallel;  /* HTTP requests at once, at least 1 */
	fx_time timeout;    /* of one attempt */
	unsigned patience;  /* failures in a row after which the lane stops for this run */
	fx_time until;      /* by the clock: no message is started after it; INT64_MAX: no end */
	struct fx_pace *pace; /* of an HTTP endpoint that wants one; NULL: none */
	fx_lane_done *done;
	void *arg;
	/* results */
	size_t accepted, failed, untried;
	fx_time rest;       /* the endpoint wants nothing for so long (Retry-After); 0: it did not say */
	bool broken;        /* done said -1 */
};

/* Set job[i].after and .with for all, from task and exception ids and groups. */
void fx_lane_order(struct fx_lane *l);
/* Give lanes their paces, in the arena; fx_lane_unpace afterwards. */
void fx_lane_pace(struct fx_lane *lanes, size_t n, struct fx_arena *a);
void fx_lane_unpace(struct fx_lane *lanes, size_t n);
/* Run the lane to its end; the thread's whole work. */
void fx_lane_run(struct fx_lane *l);

/* Once a process, before the first thread and after the last (libcurl wants that). */
void fx_http_start(void);
void fx_http_stop(void);

/* private to lib/send: the HTTP part of fx_lane_run, by a libcurl multi handle. */
void fx_http_lane(struct fx_lane *l);
/* private: may job i be started?  Its predecessor is accepted. */
bool fx_lane_ready(const struct fx_lane *l, size_t i);
/* private: job i, that is ready, and those of its group that are; at most FX_GROUP_MAX into out. */
size_t fx_lane_together(const struct fx_lane *l, size_t i, struct fx_job **out);
/* private: the message that jobs of one group are, one of them or many. */
const struct fx_message *fx_lane_message(struct fx_job *const *job, size_t n,
					 struct fx_message *group, struct fx_arena *a);
/* private: account for one answer, the outcome of n jobs; false when the lane has to stop. */
bool fx_lane_settle(struct fx_lane *l, struct fx_job *const *job, size_t n,
		    const struct fx_outcome *o, unsigned *in_a_row);

#endif
