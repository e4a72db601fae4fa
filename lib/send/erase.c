#include "send/erase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/stream.h"
#include "send/endpoint.h"

#define MESSAGE_MAX (4 * FX_LINE_MAX) /* an exception with its context may be larger than a line */

/* Is dir the home or below it, whatever links there are?  1, 0, -1. */
static int inside(const char *home, const char *dir, struct fx_err *err)
{
	char *h = realpath(home, NULL), *d = h ? realpath(dir, NULL) : NULL;
	size_t n = h ? strlen(h) : 0;
	int in;

	if (h && d)
		in = strncmp(d, h, n) == 0 && (d[n] == '/' || d[n] == '\0' || n == 1);
	else if (h && errno == ENOENT)
		in = 0;
	else
		in = fx_fail_errno(err, "%s", h ? dir : home);
	free(h);
	free(d);
	return in;
}

static int one_file(const char *path, bool ours, struct fx_traces *t, struct fx_spools *s,
		    struct fx_err *err)
{
	struct fx_buf text = {0};
	bool found = false;
	int r = fx_read_file(path, &text, MESSAGE_MAX, err);

	if (r && errno == ENOENT)
		r = 0;
	else if (r == 0)
		found = fx_traces_in(t, fx_buf_view(&text)) == 1;
	fx_buf_free(&text);
	if (!found)
		return r;
	if (ours && unlink(path) != 0 && errno != ENOENT)
		return fx_fail_errno(err, "%s", path);
	if (ours)
		s->deleted++;
	else
		s->left++;
	s->say(s->arg, path, ours);
	return 0;
}

/* The files of one directory, and when deep is set those of the directories in it. */
static int one_dir(const char *dir, bool ours, bool deep, struct fx_traces *t, struct fx_spools *s,
		   struct fx_err *err)
{
	struct fx_arena a = {0};
	uint64_t before = s->deleted;
	const char **name;
	size_t n;
	int r = fx_dir_list(dir, &a, &name, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fx_str path = fx_arena_fmt(&a, "%s/%s", dir, name[i]);
		struct stat st;

		if (stat(path.p, &st) != 0)
			r = errno == ENOENT ? 0 : fx_fail_errno(err, "%s", path.p);
		else if (S_ISREG(st.st_mode))
			r = one_file(path.p, ours, t, s, err);
		else if (S_ISDIR(st.st_mode) && deep)
			r = one_dir(path.p, ours, false, t, s, err);
	}
	if (r == 0 && s->deleted > before && fx_sync_dir(AT_FDCWD, dir) != 0)
		r = fx_fail_errno(err, "%s", dir);
	fx_arena_free(&a);
	return r < 0 ? -1 : 0;
}

int fx_spools_erase(const struct fx_registry *reg, const char *home, struct fx_traces *t,
		    struct fx_spools *s, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_map seen = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < reg->nowners; i++) {
		struct fx_str dir;
		bool fresh;

		if (!fx_spool_dir(&reg->owners[i], home, &a, &dir))
			continue;
		fx_map_put(&seen, dir, &fresh);
		if (!fresh)
			continue;
		r = inside(home, dir.p, err);
		if (r >= 0)
			r = one_dir(dir.p, r, true, t, s, err);
	}
	fx_map_free(&seen);
	fx_arena_free(&a);
	return r;
}
