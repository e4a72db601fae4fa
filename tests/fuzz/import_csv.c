/*
 * The CSV reader on any bytes: the first two choose delimiter and encoding.  What must hold: every
 * byte of the input is in a row, refused or not, or is a newline, a blank line or the BOM; and the
 * cells of each row that was read, quoted by RFC 4180 and read again, are the same cells.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/stream.h"
#include "import/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void open_bytes(struct fx_csv *c, int *fd, char path[32], const char *p, size_t n,
                       struct fx_csv_dialect d, enum fx_encoding enc)
{
	struct fx_err err;
	struct fx_buf b = {0};

	*fd = memfd_create("csv", 0);
	must(*fd >= 0 && fx_write_all(*fd, p, n) == 0);
	fx_buf_fmt(&b, "/proc/self/fd/%d", *fd);
	memcpy(path, b.p, b.n);
	path[b.n] = '\0';
	fx_buf_free(&b);
	must(fx_csv_open(c, path, d, enc, &err) == 0);
}

static void quote_row(struct fx_buf *b, const struct fx_csv *c)
{
	for (unsigned i = 0; i < c->ncell; i++) {
		if (i > 0)
			fx_buf_byte(b, c->dialect.delimiter);
		fx_buf_byte(b, '"');
		for (size_t k = 0; k < c->cell[i].n; k++) {
			if (c->cell[i].p[k] == '"')
				fx_buf_byte(b, '"');
			fx_buf_byte(b, c->cell[i].p[k]);
		}
		fx_buf_byte(b, '"');
	}
	fx_buf_z(b, "\r\n");
}

static void add_cells(struct fx_buf *b, const struct fx_csv *c)
{
	for (unsigned i = 0; i < c->ncell; i++) {
		fx_buf_fmt(b, "%zu:", c->cell[i].n);
		fx_buf_str(b, c->cell[i]);
	}
	fx_buf_byte(b, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delim[] = {',', ';', '\t', '|'};
	struct fx_csv c;
	struct fx_csv_dialect d = {0};
	struct fx_buf quoted = {0}, first = {0}, second = {0};
	enum fx_encoding enc;
	enum fx_csv_what what;
	size_t in_rows = 0;
	uint64_t line = 0;
	char path[32];
	int fd;

	if (size < 2)
		return 0;
	d.delimiter = delim[data[0] % 4];
	enc = (enum fx_encoding)(data[1] % 3);
	data += 2;
	size -= 2;
	open_bytes(&c, &fd, path, (const char *)data, size, d, enc);
	while ((what = fx_csv_next(&c)) != FX_CSV_END && what != FX_CSV_FAIL) {
		if (what == FX_CSV_WAIT)
			continue;
		must(c.line > line && c.last_line >= c.line);
		line = c.last_line;
		in_rows += c.raw.n;
		if (what == FX_CSV_ROW) {
			quote_row(&quoted, &c);
			add_cells(&first, &c);
		}
	}
	if (what == FX_CSV_END && enc == FX_UTF8) {
		size_t newlines = 0;

		for (size_t i = 0; i < size; i++)
			newlines += data[i] == '\n' || data[i] == '\r';
		must(in_rows <= size && in_rows + newlines + 3 >= size);
	}
	fx_csv_close(&c);
	close(fd);
	if (quoted.over || first.over)
		goto out;
	/* A row of one empty field reads as such only because it is quoted. */
	open_bytes(&c, &fd, path, quoted.p ? quoted.p : "", quoted.n, d, FX_UTF8);
	while ((what = fx_csv_next(&c)) != FX_CSV_END) {
		if (what == FX_CSV_WAIT)
			continue;
		must(what == FX_CSV_ROW);
		add_cells(&second, &c);
	}
	fx_csv_close(&c);
	close(fd);
	must(fx_str_eq(fx_buf_view(&first), fx_buf_view(&second)));
out:
	fx_buf_free(&quoted);
	fx_buf_free(&first);
	fx_buf_free(&second);
	return 0;
}
