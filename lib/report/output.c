#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream.h"
#include "report/render.h"

int fx_write_whole(const char *path, struct fx_str text, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str tmp = fx_arena_fmt(&a, "%s.%ld.tmp", path, (long)getpid());
	int fd = open(tmp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int status = 0;
	if (fd < 0)
		status = fx_fail_errno(err, "%s", tmp.p);
	else if (fx_write_all(fd, text.p, text.n) || fsync(fd))
		status = fx_fail_errno(err, "%s", tmp.p);
	if (fd >= 0 && close(fd) && !status)
		status = fx_fail_errno(err, "%s", tmp.p);
	if (!status && rename(tmp.p, path))
		status = fx_fail_errno(err, "%s", path);
	if (status && fd >= 0)
		unlink(tmp.p);
	fx_arena_free(&a);
	return status;
}
