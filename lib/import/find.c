/*
 * A mapping by its name: the registry's import directory.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/import.h"

#define SUFFIX ".yaml"
/* A directory of more mappings than this is some other directory. */
enum { NAMES_MAX = 256 };

static bool is_yaml(const char *name)
{
	size_t n = strlen(name);

	return n > strlen(SUFFIX) && name[0] != '.' &&
	       strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const void *a, const void *b)
{
	return fx_str_cmp(*(const struct fx_str *)a, *(const struct fx_str *)b);
}

/* The names of the mappings in a directory, sorted; how many, or -1 with errno. */
static int names_in(const char *dir, struct fx_arena *a, struct fx_str *name)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	if (!d)
		return -1;
	while (n < NAMES_MAX && (e = readdir(d)))
		if (is_yaml(e->d_name))
			name[n++] = fx_arena_str(
			    a, (struct fx_str){e->d_name, strlen(e->d_name) - strlen(SUFFIX)});
	closedir(d);
	qsort(name, (size_t)n, sizeof(*name), by_name);
	return n;
}

static int unknown(const char *dir, const char *name, struct fx_arena *a, struct fx_err *err)
{
	struct fx_str known[NAMES_MAX];
	struct fx_buf list = {0};
	int n = names_in(dir, a, known), near;

	if (n < 0)
		return fx_fail(err, FX_EUSAGE, "no mapping \"%s\": %s: %s", name, dir,
		               strerror(errno));
	for (int i = 0; i < n; i++)
		fx_buf_fmt(&list, "%s%.*s", i ? ", " : "", FX_FMT(known[i]));
	near = fx_str_nearest(fx_str(name), known, (size_t)n);
	fx_fail(err, FX_EUSAGE, "no mapping \"%s\" in %s%s%.*s%s%s%.*s", name, dir,
	        near < 0 ? "" : "; did you mean \"", near < 0 ? 0 : (int)known[near].n,
	        near < 0 ? "" : known[near].p, near < 0 ? "" : "\"?",
	        n == 0  ? "; it holds none" : near < 0 ? "; there are " : " There are ",
	        (int)list.n, list.n ? list.p : "");
	fx_buf_free(&list);
	return -1;
}

const char *fx_import_find(const char *registry, const char *name, struct fx_arena *a,
                           struct fx_err *err)
{
	const char *dir, *path;

	if (strchr(name, '/') || is_yaml(name))
		return name;
	dir = fx_arena_fmt(a, "%s/import", registry).p;
	path = fx_arena_fmt(a, "%s/%s" SUFFIX, dir, name).p;
	if (access(path, F_OK) == 0)
		return path;
	unknown(dir, name, a, err);
	return NULL;
}
