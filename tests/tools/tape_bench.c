/*
 * tape_bench FILE [ROUNDS]: MB/s of processor time of the tape over the lines of FILE, best of
 * ROUNDS, from memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/stream.h"
#include "json/tape.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct fx_buf b = {.max = (size_t)1 << 30};
	struct fx_err err = {0};
	struct fx_tape t = {0};
	int rounds = argc > 2 ? atoi(argv[2]) : 5;
	double best = 1e9;
	size_t lines = 0;

	if (argc < 2 || fx_read_file(argv[1], &b, b.max, &err) != 0) {
		fprintf(stderr, "tape_bench: %s\n", argc < 2 ? "a FILE, please" : err.msg);
		return 2;
	}
	for (int r = 0; r < rounds; r++) {
		double start = now();
		const char *p = b.p, *end = b.p + b.n;

		for (lines = 0; p < end; lines++) {
			const char *nl = memchr(p, '\n', (size_t)(end - p));
			size_t n = (size_t)((nl ? nl : end) - p);

			if (fx_tape_read(&t, (struct fx_str){p, n}, &err) != 0) {
				fprintf(stderr, "tape_bench: line %zu: %s\n", lines + 1, err.msg);
				return 1;
			}
			p += n + 1;
		}
		if (now() - start < best)
			best = now() - start;
	}
	printf("%zu lines, %.1f bytes a line, %.0f MB/s\n", lines, (double)b.n / (double)lines,
	       (double)b.n / 1e6 / best);
	fx_tape_free(&t);
	fx_buf_free(&b);
	return 0;
}
