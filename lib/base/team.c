#include "base/team.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

struct member {
	struct fx_team *team;
	size_t i;
	pthread_t thread;
};

struct fx_team {
	size_t n, started; /* members 1 to started have a thread */
	struct member member[FX_TEAM_MAX];
	pthread_mutex_t mutex;
	pthread_cond_t go, done;
	uint64_t round; /* rises with each piece of work */
	size_t busy;
	bool over;
	void (*part)(void *arg, size_t i);
	void *arg;
};

static void *work(void *arg)
{
	struct member *m = arg;
	struct fx_team *t = m->team;

	pthread_mutex_lock(&t->mutex);
	for (uint64_t seen = 0;; seen = t->round) {
		while (t->round == seen && !t->over)
			pthread_cond_wait(&t->go, &t->mutex);
		if (t->over)
			break;
		pthread_mutex_unlock(&t->mutex);
		t->part(t->arg, m->i);
		pthread_mutex_lock(&t->mutex);
		if (--t->busy == 0)
			pthread_cond_signal(&t->done);
	}
	pthread_mutex_unlock(&t->mutex);
	return NULL;
}

struct fx_team *fx_team_new(size_t n)
{
	struct fx_team *t = fx_alloc(1, sizeof(*t));

	t->n = n < 1 ? 1 : n > FX_TEAM_MAX ? FX_TEAM_MAX : n;
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->go, NULL);
	pthread_cond_init(&t->done, NULL);
	for (size_t i = 1; i < t->n; i++) {
		struct member *m = &t->member[i];

		*m = (struct member){.team = t, .i = i};
		if (pthread_create(&m->thread, NULL, work, m) != 0)
			break;
		t->started = i;
	}
	return t;
}

void fx_team_do(struct fx_team *t, void (*part)(void *arg, size_t i), void *arg)
{
	pthread_mutex_lock(&t->mutex);
	t->part = part;
	t->arg = arg;
	t->busy = t->started;
	t->round++;
	pthread_cond_broadcast(&t->go);
	pthread_mutex_unlock(&t->mutex);
	part(arg, 0);
	for (size_t i = t->started + 1; i < t->n; i++)
		part(arg, i);
	pthread_mutex_lock(&t->mutex);
	while (t->busy)
		pthread_cond_wait(&t->done, &t->mutex);
	pthread_mutex_unlock(&t->mutex);
}

void fx_team_free(struct fx_team *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->mutex);
	t->over = true;
	pthread_cond_broadcast(&t->go);
	pthread_mutex_unlock(&t->mutex);
	for (size_t i = 1; i <= t->started; i++)
		pthread_join(t->member[i].thread, NULL);
	pthread_mutex_destroy(&t->mutex);
	pthread_cond_destroy(&t->go);
	pthread_cond_destroy(&t->done);
	free(t);
}

size_t fx_team_size(size_t most)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (size_t)n > most ? most : (size_t)n;
}
