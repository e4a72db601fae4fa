#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int fx_dir_list(const char *dir, struct fx_arena *a, const char ***names, size_t *n,
		struct fx_err *err)
{
	DIR *d = opendir(dir);
	const char **v = NULL;
	struct dirent *e;
	size_t cap = 0;

	*names = NULL;
	*n = 0;
	if (!d)
		return errno == ENOENT ? 1 : fx_fail_errno(err, "%s", dir);
	while ((errno = 0, e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (*n == cap) {
			const char **more = fx_arena_alloc(a, (cap * 2 + 64) * sizeof(*more));

			if (cap)
				memcpy(more, v, cap * sizeof(*more));
			v = more;
			cap = cap * 2 + 64;
		}
		v[(*n)++] = fx_arena_str(a, fx_str(e->d_name)).p;
	}
	if (errno) {
		fx_fail_errno(err, "%s", dir);
		closedir(d);
		return -1;
	}
	closedir(d);
	if (*n)
		qsort(v, *n, sizeof(*v), by_name);
	*names = v;
	return 0;
}

int fx_sync_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), e;

	if (fd < 0)
		return -1;
	e = fsync(fd) != 0 ? errno : 0;
	close(fd);
	errno = e;
	return e ? -1 : 0;
}
