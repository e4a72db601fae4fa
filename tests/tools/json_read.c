/*
 * json_read FILE...: "accepted<TAB>FILE" or "rejected<TAB>FILE<TAB>why" for each, as the tape reads
 * it. json_read -c FILE: its canonical form (RFC 8785), without a newline.
 */
#include <stdio.h>
#include <string.h>

#include "base/stream.h"
#include "json/canon.h"

static int canonical(const char *path)
{
	struct fx_buf in = {0}, out = {0};
	struct fx_canon c = {0};
	struct fx_tape t = {0};
	struct fx_err err = {0};
	int rc = fx_read_file(path, &in, 0, &err);

	if (rc == 0)
		rc = fx_tape_read(&t, fx_buf_view(&in), &err);
	if (rc == 0)
		rc = fx_canon(&c, &out, &t, 0, NULL, 0, FX_CANON_JCS, &err);
	if (rc == 0)
		rc = fx_write_all(1, out.p, out.n);
	if (rc != 0)
		fprintf(stderr, "json_read: %s: %s\n", path, err.msg);
	fx_canon_free(&c);
	fx_tape_free(&t);
	fx_buf_free(&in);
	fx_buf_free(&out);
	return rc == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct fx_tape t = {0};
	int status = 0;

	if (argc == 3 && strcmp(argv[1], "-c") == 0)
		return canonical(argv[2]);
	for (int i = 1; i < argc; i++) {
		struct fx_buf in = {0};
		struct fx_err err = {0};

		if (fx_read_file(argv[i], &in, 0, &err) != 0) {
			fprintf(stderr, "json_read: %s: %s\n", argv[i], err.msg);
			status = 2;
		} else if (fx_tape_read(&t, fx_buf_view(&in), &err) == 0) {
			printf("accepted\t%s\n", argv[i]);
		} else {
			printf("rejected\t%s\t%s\n", argv[i], err.msg);
		}
		fx_buf_free(&in);
	}
	fx_tape_free(&t);
	return status;
}
