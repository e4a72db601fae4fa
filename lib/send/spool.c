#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/stream.h"
#include "send/transport.h"

/* mkdir -p */
static int make_dirs(const char *dir)
{
	char path[4096];
	size_t n = strlen(dir);

	if (n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i <= n; i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		memcpy(path, dir, i);
		path[i] = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int write_synced(int at, const char *name, struct fx_str body)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), r;

	if (fd < 0)
		return -1;
	r = fx_write_all(fd, body.p, body.n) || fx_write_all(fd, "\n", 1) || fsync(fd) ? -1 : 0;
	if (close(fd) != 0)
		r = -1;
	if (r)
		(void)unlinkat(at, name, 0);
	return r;
}

void fx_spool_send(const struct fx_endpoint *e, const struct fx_message *m,
		   const struct fx_payload *p, struct fx_outcome *o)
{
	char tmp[64], new[64];
	fx_time start = fx_time_clock();
	int dir = -1;

	*o = (struct fx_outcome){0};
	snprintf(tmp, sizeof(tmp), "tmp/%s.json", m->key);
	snprintf(new, sizeof(new), "new/%s.json", m->key);
	if (make_dirs(e->target.p) == 0)
		dir = open(e->target.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || (mkdirat(dir, "tmp", 0777) != 0 && errno != EEXIST) ||
	    (mkdirat(dir, "new", 0777) != 0 && errno != EEXIST) ||
	    write_synced(dir, tmp, fx_buf_view(&p->body)) || renameat(dir, tmp, dir, new) ||
	    fx_sync_dir(dir, "new"))
		snprintf(o->error, sizeof(o->error), "%.120s: %s", e->target.p, strerror(errno));
	else
		o->accepted = true;
	if (dir >= 0)
		close(dir);
	o->took = fx_time_clock() - start;
}
