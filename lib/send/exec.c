#define _GNU_SOURCE /* pipe2: close-on-exec from the start, as threads spawn at once */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/stream.h"
#include "send/transport.h"

extern char **environ;

#define EX_DATAERR 65

/* The environment with what the child is told, without the path of the signing key. */
static char **child_env(const struct fx_message *m, struct fx_arena *a)
{
	size_t n = 0, out = 0;
	char **env;

	while (environ[n])
		n++;
	env = FX_NEWV(a, char *, n + 4);
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "FX_KEY=", 7) != 0)
			env[out++] = environ[i];
	/* posix_spawn takes char *, and does not write through it. */
	env[out++] = (char *)(uintptr_t)fx_arena_fmt(a, "FX_IDEMPOTENCY_KEY=%s", m->key).p;
	env[out++] = (char *)(uintptr_t)fx_arena_fmt(a, "FX_EVENT=%.*s", FX_FMT(m->event)).p;
	env[out++] = (char *)(uintptr_t)fx_arena_fmt(a, "FX_OWNER=%.*s", FX_FMT(m->owner_id)).p;
	return env;
}

static pid_t start(char *const argv[], char *const env[], int in[2], int err[2])
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none, defaults;
	pid_t pid = -1;
	int r;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, err[1], 2);
	posix_spawnattr_init(&at);
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigmask(&at, &none);
	posix_spawnattr_setsigdefault(&at, &defaults);
	posix_spawnattr_setpgroup(&at, 0);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					  POSIX_SPAWN_SETSIGDEF);
	r = posix_spawn(&pid, argv[0], &fa, &at, argv, env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	errno = r;
	return r ? -1 : pid;
}

/* Feed stdin and drain stderr until the child has closed both or the time is up. */
static bool converse(int in, int err, struct fx_str text, fx_time deadline, char *said, size_t max)
{
	size_t have = 0;
	bool eof = false;

	fcntl(in, F_SETFL, O_NONBLOCK);
	while (!eof) {
		struct pollfd p[2] = {{err, POLLIN, 0}, {in, POLLOUT, 0}};
		fx_time left = deadline - fx_time_clock();
		char buf[4096];
		int ready = left <= 0 ? 0 : poll(p, in >= 0 ? 2 : 1, (int)(left / 1000) + 1);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			break;
		if (in >= 0 && p[1].revents) {
			ssize_t n = write(in, text.p, text.n);

			if (n > 0) {
				text.p += n;
				text.n -= (size_t)n;
			}
			/* A child need not read it all: EPIPE is its choice, the exit code counts. */
			if (text.n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
				close(in);
				in = -1;
			}
		}
		if (p[0].revents) {
			ssize_t n = read(err, buf, sizeof(buf));

			eof = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
			for (ssize_t i = 0; i < n && have + 1 < max; i++)
				said[have++] = buf[i];
		}
	}
	if (in >= 0)
		close(in);
	said[have] = '\0';
	said[strcspn(said, "\r\n")] = '\0';
	return eof;
}

/* The exit status, or -1 when the time is up first. */
static int await(pid_t pid, fx_time deadline, int *status)
{
	for (;;) {
		pid_t r = waitpid(pid, status, WNOHANG);
		struct timespec nap = {0, 5000000};

		if (r == pid)
			return 0;
		if (r < 0 && errno != EINTR)
			return -1;
		if (fx_time_clock() >= deadline)
			return -1;
		nanosleep(&nap, NULL);
	}
}

static void run(char *const argv[], const struct fx_message *m, struct fx_str text, fx_time timeout,
		struct fx_outcome *o)
{
	fx_time began = fx_time_clock(), deadline = began + timeout;
	struct fx_arena a = {0};
	int in[2], err[2], status = 0;
	char said[160] = "";
	pid_t pid;

	*o = (struct fx_outcome){0};
	if (pipe2(in, O_CLOEXEC)) {
		snprintf(o->error, sizeof(o->error), "pipe: %s", strerror(errno));
		return;
	}
	if (pipe2(err, O_CLOEXEC)) {
		snprintf(o->error, sizeof(o->error), "pipe: %s", strerror(errno));
		close(in[0]);
		close(in[1]);
		return;
	}
	pid = start(argv, child_env(m, &a), in, err);
	close(in[0]);
	close(err[1]);
	if (pid < 0) {
		snprintf(o->error, sizeof(o->error), "%.80s: %s", argv[0], strerror(errno));
		close(in[1]);
	} else {
		converse(in[1], err[0], text, deadline, said, sizeof(said));
		if (await(pid, deadline, &status)) {
			kill(-pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
			snprintf(o->error, sizeof(o->error), "no answer in %lld s, killed",
				 (long long)(timeout / FX_SEC));
		} else if (WIFSIGNALED(status)) {
			snprintf(o->error, sizeof(o->error), "killed by signal %d",
				 WTERMSIG(status));
		} else {
			o->status = WEXITSTATUS(status);
			o->accepted = o->status == 0;
			o->final = o->status == EX_DATAERR;
			if (!o->accepted)
				snprintf(o->error, sizeof(o->error), "exit %d%s%s", o->status,
					 said[0] ? ": " : "", said);
		}
	}
	close(err[0]);
	fx_arena_free(&a);
	o->took = fx_time_clock() - began;
}

void fx_exec_send(const struct fx_endpoint *e, const struct fx_message *m,
		  const struct fx_payload *p, fx_time timeout, struct fx_outcome *o)
{
	char sh[] = "/bin/sh", c[] = "-c";
	char *argv[] = {sh, c, (char *)(uintptr_t)e->target.p, NULL};
	struct fx_buf text = {.max = 3 * FX_LINE_MAX};

	fx_buf_str(&text, fx_buf_view(&p->body));
	fx_buf_byte(&text, '\n');
	run(argv, m, fx_buf_view(&text), timeout, o);
	fx_buf_free(&text);
}

/* A header's value must stay one line, whatever the record holds. */
static void header_text(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		fx_buf_byte(b, (unsigned char)s.p[i] < 32 || s.p[i] == 127 ? ' ' : s.p[i]);
}

void fx_mail_send(const struct fx_endpoint *e, const struct fx_message *m,
		  const struct fx_payload *p, fx_time timeout, struct fx_outcome *o)
{
	const char *sendmail = getenv("FX_SENDMAIL");
	char t[] = "-t", oi[] = "-oi";
	char *argv[] = {(char *)(uintptr_t)(sendmail && *sendmail ? sendmail : "/usr/sbin/sendmail"),
			t, oi, NULL};
	struct fx_buf text = {.max = 3 * FX_LINE_MAX}, summary = {0};

	fx_message_summary(m, &summary);
	fx_buf_z(&text, "To: ");
	header_text(&text, e->target);
	fx_buf_z(&text, "\nSubject: [fx] ");
	header_text(&text, fx_buf_view(&summary));
	fx_buf_fmt(&text, "\nMessage-ID: <%s@fx>\nMIME-Version: 1.0\n"
			  "Content-Type: text/plain; charset=utf-8\n\n",
		   m->key);
	fx_buf_str(&text, fx_buf_view(&summary));
	fx_buf_z(&text, "\n\n");
	fx_buf_str(&text, fx_buf_view(&p->body));
	fx_buf_byte(&text, '\n');
	run(argv, m, fx_buf_view(&text), timeout, o);
	fx_buf_free(&text);
	fx_buf_free(&summary);
}
