/* A ledger opened for appending, and its own thread. */
#include "ledger/append.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/stream.h"
#include "json/write.h"
#include "ledger/commit.h"
#include "ledger/resolve.h"
#include "ledger/writer.h"

/* Entries in memory before they are written to LMDB: many at once cost far less each. */
#define FLUSH_MIN 65536u
#define FLUSH_MAX ((uint64_t)1 << 20)

bool fx_writer_recovers(const struct fx_ledger *l)
{
	return l->w->how.recover;
}

static int flush_index(struct fx_ledger *l, struct fx_err *err)
{
	uint64_t n = fx_index_pending(l->index);

	if (fx_index_flush(l->index, &l->root, err))
		return -1;
	l->w->synced += n;
	return 0;
}

/* After a batch: is it time? A ledger of many entries takes more of them at once. */
static int maybe_flush(struct fx_ledger *l, struct fx_err *err)
{
	uint64_t enough = l->size / 4;

	if (enough < FLUSH_MIN)
		enough = FLUSH_MIN;
	if (enough > FLUSH_MAX)
		enough = FLUSH_MAX;
	return fx_index_pending(l->index) >= enough ? flush_index(l, err) : 0;
}

int fx_writer_append(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err)
{
	int n;

	if (fx_writer_settle(l, err) || fx_ledger_index(l, err))
		return -1;
	n = fx_resolve(l, b, last, err);
	if (n > 0)
		return fx_commit_entries(l, b, err);
	return n;
}

static int append(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	int r;

	if (w->failed)
		return fx_fail(err, FX_EIO, "%s: an earlier append failed", l->dir);
	if (fx_batch_count(b) == 0)
		return 0;
	r = fx_writer_lock(l, err);
	if (r == 0) {
		r = fx_writer_append(l, b, last, err);
		fx_writer_unlock(l);
	}
	w->failed = r != 0;
	return r;
}

static void *work(void *arg)
{
	struct fx_ledger *l = arg;
	struct fx_worker *k = &l->w->worker;

	pthread_mutex_lock(&k->mutex);
	for (;;) {
		struct fx_err err = {0};
		int r;

		while (k->state != FX_ASKED && !k->stop)
			pthread_cond_wait(&k->cond, &k->mutex);
		if (k->state != FX_ASKED)
			break;
		k->state = FX_RUNNING;
		k->busy = true;
		pthread_mutex_unlock(&k->mutex);
		r = append(l, k->batch, k->last, &err);
		pthread_mutex_lock(&k->mutex);
		k->result = r;
		k->err = err;
		k->state = FX_DONE;
		pthread_cond_broadcast(&k->cond);
		pthread_mutex_unlock(&k->mutex);
		/* The records can go on while the index is written; a failure is the next append's. */
		if (r == 0 && maybe_flush(l, NULL))
			l->w->failed = true;
		pthread_mutex_lock(&k->mutex);
		k->busy = false;
		pthread_cond_broadcast(&k->cond);
	}
	pthread_mutex_unlock(&k->mutex);
	return NULL;
}

/* Wait until the thread does nothing more with the ledger. */
void fx_writer_idle(struct fx_ledger *l)
{
	struct fx_worker *k = &l->w->worker;

	if (!k->started || pthread_equal(k->thread, pthread_self()))
		return;
	pthread_mutex_lock(&k->mutex);
	while (k->busy || k->state == FX_ASKED)
		pthread_cond_wait(&k->cond, &k->mutex);
	pthread_mutex_unlock(&k->mutex);
}

int fx_ledger_append(struct fx_ledger *l, struct fx_batch *b, bool last, struct fx_err *err)
{
	int r;

	fx_writer_idle(l);
	r = append(l, b, last, err);
	if (r == 0 && maybe_flush(l, err))
		l->w->failed = true;
	return r;
}

void fx_ledger_append_start(struct fx_ledger *l, struct fx_batch *b, bool last)
{
	struct fx_worker *k = &l->w->worker;

	if (!k->started) {
		pthread_mutex_init(&k->mutex, NULL);
		pthread_cond_init(&k->cond, NULL);
		k->started = pthread_create(&k->thread, NULL, work, l) == 0;
	}
	if (!k->started) { /* no thread to be had: then here and now */
		k->result = append(l, b, last, &k->err);
		k->state = FX_DONE;
		return;
	}
	pthread_mutex_lock(&k->mutex);
	k->batch = b;
	k->last = last;
	k->state = FX_ASKED;
	pthread_cond_broadcast(&k->cond);
	pthread_mutex_unlock(&k->mutex);
}

int fx_ledger_append_wait(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_worker *k = &l->w->worker;
	int r = 0;

	if (k->started)
		pthread_mutex_lock(&k->mutex);
	while (k->state == FX_ASKED || k->state == FX_RUNNING)
		pthread_cond_wait(&k->cond, &k->mutex);
	if (k->state == FX_DONE) {
		r = k->result;
		if (r && err)
			*err = k->err;
		k->state = FX_IDLE;
	}
	if (k->started)
		pthread_mutex_unlock(&k->mutex);
	return r;
}

static void stop_worker(struct fx_worker *k)
{
	if (!k->started)
		return;
	pthread_mutex_lock(&k->mutex);
	k->stop = true;
	pthread_cond_broadcast(&k->cond);
	pthread_mutex_unlock(&k->mutex);
	pthread_join(k->thread, NULL);
	pthread_mutex_destroy(&k->mutex);
	pthread_cond_destroy(&k->cond);
	k->started = false;
}

void fx_writer_free(struct fx_ledger *l)
{
	struct fx_writer *w = l->w;

	if (!w)
		return;
	stop_worker(&w->worker);
	/* The index is derived: what cannot be written now is read from the entries next time. */
	if (!w->failed && l->index && fx_index_pending(l->index) >= FX_INDEX_LAG)
		(void)flush_index(l, NULL);
	if (w->synced)
		(void)fx_index_sync(l->index, NULL);
	for (int i = 0; i < FX_LEVELS; i++) {
		if (w->level[i] >= 0)
			close(w->level[i]);
		fx_buf_free(&w->hashes[i]);
	}
	if (w->seg_fd >= 0)
		close(w->seg_fd);
	if (w->lock >= 0)
		close(w->lock);
	fx_skey_free(w->key);
	fx_skey_free(w->next);
	free(w);
	l->w = NULL;
}

static int start_writing(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	int r;

	w->key = fx_skey_load(w->how.key, err);
	if (!w->key)
		return -1;
	w->lock = openat(l->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (w->lock < 0)
		return fx_fail_errno(err, "%s/lock", l->dir);
	r = fx_writer_lock(l, err);
	if (r)
		return -1;
	r = fx_writer_settle(l, err) || fx_ledger_index(l, err) ? -1 : 0;
	fx_writer_unlock(l);
	return r;
}

struct fx_ledger *fx_ledger_open_write(const char *dir, const struct fx_ledger_how *how,
				       struct fx_err *err)
{
	struct fx_ledger *l = fx_ledger_open_dir(dir, err);

	if (!l)
		return NULL;
	l->w = fx_alloc(1, sizeof(*l->w));
	l->w->how = *how;
	l->w->lock = l->w->seg_fd = -1;
	for (int i = 0; i < FX_LEVELS; i++)
		l->w->level[i] = -1;
	if (start_writing(l, err) == 0)
		return l;
	l->w->failed = true;
	fx_ledger_close(l);
	return NULL;
}

static int write_vkey(int fd, const char *dir, const struct fx_skey *key, struct fx_err *err)
{
	struct fx_buf text = {0};
	int bad;

	fx_vkey_add(&text, fx_skey_public(key));
	fx_buf_byte(&text, '\n');
	bad = fx_put_file(fd, "vkey", fx_buf_view(&text), err);
	if (!bad && fsync(fd) != 0)
		bad = fx_fail_errno(err, "%s", dir);
	fx_buf_free(&text);
	return bad;
}

/* Is it a ledger, or what is left of one?  An --init that was broken off before the vkey made none. */
static bool is_ledger(int fd, const char *dir)
{
	struct fx_arena a = {0};
	const char **name;
	size_t n;
	int r;

	if (faccessat(fd, "vkey", F_OK, 0) == 0 || faccessat(fd, "checkpoint", F_OK, 0) == 0)
		return true;
	r = fx_dir_list(fx_arena_fmt(&a, "%s/entries", dir).p, &a, &name, &n, NULL);
	fx_arena_free(&a);
	return r < 0 || n > 0;
}

/* The first checkpoint: of the empty tree. */
static int first_checkpoint(const char *dir, struct fx_skey *key, struct fx_err *err)
{
	struct fx_ledger *l = fx_ledger_open_dir(dir, err);
	int r;

	if (!l)
		return -1;
	l->w = fx_alloc(1, sizeof(*l->w));
	l->w->lock = l->w->seg_fd = -1;
	for (int i = 0; i < FX_LEVELS; i++)
		l->w->level[i] = -1;
	l->w->key = key;
	l->w->failed = true; /* nothing of an index to be written */
	r = fx_writer_publish(l, err);
	l->w->key = NULL;
	fx_ledger_close(l);
	return r;
}

int fx_ledger_init(const char *dir, const char *key, struct fx_str origin, struct fx_err *err)
{
	static const char *const parts[] = {"entries", "hashes"};
	struct fx_skey *k;
	int fd, r = 0;

	if (!fx_key_name_valid(origin))
		return fx_fail(err, FX_EUSAGE,
			       "\"%.*s\" is no origin: a name such as shop.example/ledger, without white "
			       "space and +", FX_FMT(origin));
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return fx_fail_errno(err, "%s", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fx_fail_errno(err, "%s", dir);
	if (is_ledger(fd, dir)) {
		close(fd);
		return fx_fail(err, FX_ELEDGER, "%s is a ledger already", dir);
	}
	for (size_t i = 0; r == 0 && i < 2; i++)
		if (mkdirat(fd, parts[i], 0777) != 0 && errno != EEXIST)
			r = fx_fail_errno(err, "%s/%s", dir, parts[i]);
	k = r == 0 ? fx_skey_create(key, origin, FX_KEY_ED25519, err) : NULL;
	if (!k)
		r = -1;
	if (r == 0)
		r = write_vkey(fd, dir, k, err);
	close(fd);
	if (r == 0)
		r = first_checkpoint(dir, k, err);
	fx_skey_free(k);
	return r;
}

void fx_signed_record(const struct fx_ledger *l, const struct fx_signed *s, struct fx_buf *out)
{
	/* An entry ends in its brace. */
	fx_buf_add(out, s->entry.p, s->entry.n - 1);
	fx_buf_z(out, ",\"audit_token\":\"");
	fx_token_add(l, s->index, s->leaf, out);
	fx_buf_z(out, "\"}");
}

int fx_signed_proof(struct fx_ledger *l, const struct fx_signed *s, struct fx_buf *out,
		    struct fx_err *err)
{
	struct fx_buf proof = {0};
	int r = fx_ledger_proof(l, s->index, &proof, err);

	if (r == 0) {
		fx_signed_record(l, s, out);
		out->n -= out->n > 0;
		fx_buf_z(out, ",\"audit_proof\":");
		fx_json_string(out, fx_buf_view(&proof));
		fx_buf_byte(out, '}');
	}
	fx_buf_free(&proof);
	return r;
}
