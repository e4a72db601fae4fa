/*
 * Stand-in for libFuzzer's main: runs a target over every file of the named
 * directories and prints TAP, so that `make check` replays each corpus with
 * any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t n, cap = (size_t)32 << 20;

	if (!f)
		return -1;
	data = malloc(cap);
	if (!data) {
		fclose(f);
		return -1;
	}
	n = fread(data, 1, cap, f);
	fclose(f);
	/* An exact copy, so that a sanitizer sees a read past the end. */
	uint8_t *exact = malloc(n ? n : 1);

	for (size_t i = 0; exact && i < n; i++)
		exact[i] = data[i];
	if (exact)
		LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned done = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *e;

		if (!d) {
			printf("not ok 1 - %s: no such corpus\n1..1\n", argv[i]);
			return 1;
		}
		while ((e = readdir(d)) != NULL) {
			char path[4096];

			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			if (run_file(path) == 0)
				done++;
		}
		closedir(d);
	}
	printf("%s 1 - %u inputs\n1..1\n", done ? "ok" : "not ok", done);
	return done ? 0 : 1;
}
