#include "send/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "json/splice.h"
#include "json/write.h"

#define PENDING_MAX 256

void fx_sink_init(struct fx_sink *s)
{
	pthread_mutex_init(&s->lock, NULL);
	if (s->ledger)
		s->batch = fx_batch_new();
	s->last = fx_time_clock();
}

void fx_sink_free(struct fx_sink *s)
{
	if (s->batch)
		fx_batch_free(s->batch);
	pthread_mutex_destroy(&s->lock);
}

static int flush_locked(struct fx_sink *s)
{
	s->last = fx_time_clock();
	if (s->failed)
		return -1;
	if (s->pending == 0)
		return 0;
	s->pending = 0;
	if (s->ledger) {
		if (fx_ledger_append(s->ledger, s->batch, true, &s->err))
			s->failed = true;
		else
			fx_batch_reset(s->batch);
	} else if (s->out && fx_out_flush(s->out)) {
		s->err = s->out->err;
		s->failed = true;
	}
	return s->failed ? -1 : 0;
}

static int put_locked(struct fx_sink *s, struct fx_str record)
{
	struct fx_err why;
	int r;

	if (s->failed)
		return -1;
	if (!s->ledger) {
		if (s->out)
			fx_out_line(s->out, record);
		s->pending++;
		return 0;
	}
	r = fx_batch_add(s->batch, record, &why);
	if (r == 1 && flush_locked(s) == 0)
		r = fx_batch_add(s->batch, record, &why);
	if (r == 0)
		s->pending++;
	else if (!s->failed) {
		s->err = why;
		s->failed = true;
	}
	return s->failed ? -1 : 0;
}

int fx_sink_put(void *sink, const struct fx_lane *l, const struct fx_job *job)
{
	struct fx_sink *s = sink;
	struct fx_buf b = {0};
	int r = 0;

	pthread_mutex_lock(&s->lock);
	if (job) {
		fx_attempt_record(&b, &job->m, &l->to, &job->out, s->source,
				  s->now != FX_TIME_NONE ? s->now : job->at);
		s->attempts++;
		s->accepted += job->out.accepted;
		r = put_locked(s, fx_buf_view(&b));
	}
	if (r == 0 && (!job || s->pending >= PENDING_MAX || fx_time_clock() - s->last >= FX_SEC))
		r = flush_locked(s);
	pthread_mutex_unlock(&s->lock);
	fx_buf_free(&b);
	return r;
}

int fx_owner_lock(const char *ledger, struct fx_str owner)
{
	struct fx_buf path = {.max = 4096};
	unsigned char d[FX_SHA256_LEN];
	char name[21] = {0};
	int fd = -1, saved;

	/* An owner's id may hold a slash: the lock is named by its hash. */
	fx_sha256(owner, d);
	fx_base32(name, d, 20);
	fx_buf_fmt(&path, "%s/state", ledger);
	if (mkdir(path.p, 0777) == 0 || errno == EEXIST) {
		fx_buf_z(&path, "/send");
		path.p[path.n] = '\0';
		if (mkdir(path.p, 0777) == 0 || errno == EEXIST) {
			fx_buf_fmt(&path, "/%s.lock", name);
			fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		}
	}
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		saved = errno;
		close(fd);
		fd = -1;
		errno = saved;
	}
	saved = errno;
	fx_buf_free(&path);
	errno = saved;
	return fd;
}

/* "TIME ENDPOINT", the endpoint by its hash: it may hold what is secret. */
static struct fx_str name_endpoint(const struct fx_endpoint *e, char name[21])
{
	unsigned char d[FX_SHA256_LEN];

	fx_sha256(e->target, d);
	fx_base32(name, d, 20);
	name[20] = '\0';
	return (struct fx_str){name, 20};
}

fx_time fx_owner_rest(int lock, const struct fx_endpoint *e)
{
	char text[FX_TIME_LEN + 32], name[21];
	ssize_t n = pread(lock, text, sizeof(text), 0);
	struct fx_str said = {text, n > 0 ? (size_t)n : 0}, when = {text, fx_str_find(said, ' ')};
	fx_time t;

	if (when.n == said.n || fx_time_parse(when, &t) ||
	    !fx_str_eq((struct fx_str){text + when.n + 1, said.n - when.n - 1}, name_endpoint(e, name)))
		return FX_TIME_NONE;
	return t;
}

void fx_owner_set_rest(int lock, const struct fx_endpoint *e, fx_time until)
{
	char at[FX_TIME_LEN], name[21];
	struct fx_buf b = {0};

	fx_time_format(until, at);
	fx_buf_fmt(&b, "%s %s", at, name_endpoint(e, name).p);
	if (ftruncate(lock, 0) == 0)
		(void)!pwrite(lock, b.p, b.n, 0);
	fx_buf_free(&b);
}

/* ORIGIN/INDEX#HASH -> INDEX */
static int token_index(struct fx_str token, uint64_t *index)
{
	size_t hash = fx_str_find(token, '#'), slash = hash;

	while (slash > 0 && token.p[slash - 1] != '/')
		slash--;
	if (hash == token.n || slash == 0)
		return -1;
	return fx_str_u64((struct fx_str){token.p + slash, hash - slash}, index);
}

static int put_context(struct fx_ledger *l, const struct fx_tape *t, uint32_t list,
		       struct fx_arena *a, struct fx_buf *out, struct fx_err *err)
{
	fx_buf_byte(out, '[');
	for (uint32_t i = list + 1; i < t->node[list].next; i = fx_tape_next(t, i)) {
		struct fx_str entry;
		uint64_t index;

		fx_json_sep(out);
		if (fx_tape_type(t, i) == FX_STRING && token_index(fx_tape_str(t, i, a), &index) == 0 &&
		    index < fx_ledger_size(l)) {
			if (fx_ledger_entry(l, index, a, &entry, err))
				return -1;
			fx_buf_str(out, entry);
		} else {
			fx_buf_str(out, fx_tape_raw(t, i));
		}
	}
	fx_buf_byte(out, ']');
	return 0;
}

int fx_export_of(struct fx_ledger *l, uint64_t index, struct fx_arena *a, struct fx_str *record,
		 struct fx_err *err)
{
	struct fx_buf out = {.max = 4 * FX_LINE_MAX}, context = {.max = 2 * FX_LINE_MAX},
		      quoted = {0};
	struct fx_tape t = {0};
	struct fx_str entry, token;
	struct fx_member m[2];
	uint32_t list;
	size_t n = 0;
	int r = -1;

	if (fx_ledger_entry(l, index, a, &entry, err) ||
	    fx_ledger_token(l, index, a, &token, err) || fx_tape_read(&t, entry, err))
		goto done;
	list = fx_tape_get(&t, 0, FX_STR("context"));
	if (list != FX_NONE && fx_tape_type(&t, list) == FX_ARRAY) {
		if (put_context(l, &t, list, a, &context, err))
			goto done;
		if (!context.over)
			m[n++] = (struct fx_member){FX_STR("context"), fx_buf_view(&context)};
	}
	fx_json_string(&quoted, token);
	m[n++] = (struct fx_member){FX_STR("audit_token"), fx_buf_view(&quoted)};
	if (fx_splice(&out, &t, 0, m, n)) {
		fx_fail(err, FX_ELIMIT, "entry %llu with its context is too large",
			(unsigned long long)index);
		goto done;
	}
	*record = fx_arena_str(a, fx_buf_view(&out));
	r = 0;
done:
	fx_tape_free(&t);
	fx_buf_free(&out);
	fx_buf_free(&context);
	fx_buf_free(&quoted);
	return r;
}
