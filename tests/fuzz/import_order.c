/*
 * Order files of any bytes through a mapping: CSV with continuing rows and a joined table (the same
 * bytes), JSON, bulk lines, chosen by the first byte.  Every record that comes out is one line of
 * strict JSON with the shared fields, and the counts add up.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/stream.h"
#include "import/import.h"
#include "json/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const mapping[] = {
    "{\"source\":\"s\",\"missing\":\"empty\",\"order\":{\"from\":\"a\",\"strip\":\"#\"},"
    "\"tables\":{\"t\":{\"key\":\"a\",\"missing\":\"empty\"}},\"events\":["
    "{\"event\":\"order.placed\",\"at\":\"b\",\"identity\":[\"lines\",\"x\"],\"fields\":"
    "{\"x\":{\"from\":\"c\",\"values\":{\"1\":true},\"split\":\",\"},\"y.z\":\"t.c\",\"y.q\":"
    "{\"from\":[\"c\",\"d\"],\"join\":\" \"},\"s\":{\"sum\":[\"d\"],\"over\":\"rows\"}},"
    "\"lines\":{\"each\":\"rows\",\"fields\":{\"n\":{\"position\":true},\"q\":{\"from\":\"d\","
    "\"type\":\"integer\"},\"m\":{\"from\":\"c\",\"match\":{\"*1*\":1},\"else\":0}}}},"
    "{\"event\":\"task.shipped\",\"each\":\"t\",\"when\":{\"t.d\":\"1*\"},\"at\":\"b\"}]}",
    "{\"format\":\"json\",\"source\":\"s\",\"orders\":[\"orders\",\"order\"],\"order\":\"a\","
    "\"events\":["
    "{\"event\":\"order.placed\",\"at\":\"b\",\"fields\":{\"x\":\"c.d\",\"y\":{\"from\":\"c.0\","
    "\"type\":\"decimal\"},\"s\":{\"sum\":[\"q\"],\"over\":\"l\"}},\"lines\":{\"each\":\"l\","
    "\"fields\":"
    "{\"q\":{\"from\":\"q\",\"type\":\"number\"},\"o\":\"$.a\"}}},"
    "{\"event\":\"task.shipped\",\"each\":\"f\",\"unless\":{\"c\":null},\"at\":\"b\"}]}",
    "{\"format\":\"json\",\"source\":\"s\",\"children\":{\"id\":\"i\",\"parent\":\"p\"},\"order\":"
    "\"a\","
    "\"events\":[{\"event\":\"order.placed\",\"at\":\"b\",\"lines\":{\"each\":\"children\","
    "\"fields\":"
    "{\"q\":\"q\"}}}]}",
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int file_of(char path[64], const void *p, size_t n)
{
	int fd = memfd_create("import", 0);

	must(fd >= 0 && fx_write_all(fd, p, n) == 0);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static void check_records(struct fx_str s, uint64_t *n)
{
	struct fx_tape t = {0};
	struct fx_err err;

	while (s.n > 0) {
		size_t len = fx_str_find(s, '\n');

		must(len < s.n);
		must(fx_tape_read(&t, (struct fx_str){s.p, len}, &err) == 0);
		must(fx_tape_get(&t, 0, FX_STR("event_id")) != FX_NONE);
		must(fx_tape_get(&t, 0, FX_STR("order_id")) != FX_NONE);
		++*n;
		s.p += len + 1;
		s.n -= len + 1;
	}
	fx_tape_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char map[64], file[64], table[80];
	char *files[] = {file};
	const char *tables[] = {table};
	struct fx_import_opt opt = {.files = files, .nfiles = 1, .tables = tables};
	struct fx_errs errs = {0};
	struct fx_import_item item;
	enum fx_import_what what;
	struct fx_import *im;
	uint64_t records = 0, orders = 0;
	unsigned which;
	int a, b;

	if (size < 1)
		return 0;
	which = data[0] % 3;
	a = file_of(map, mapping[which], strlen(mapping[which]));
	b = file_of(file, data + 1, size - 1);
	snprintf(table, sizeof(table), "t=%s", file);
	opt.ntables = which == 0;
	im = fx_import_open(map, &opt, &errs);
	must(im != NULL);
	while ((what = fx_import_next(im, &item)) != FX_IMPORT_END && what != FX_IMPORT_FAIL) {
		if (what == FX_IMPORT_ORDER) {
			check_records(item.records, &records);
			orders++;
		} else if (what == FX_IMPORT_REJECT) {
			must(item.nerr > 0 && item.err[0].msg[0] != '\0');
		}
	}
	const struct fx_import_count *c = fx_import_counts(im);

	must(orders + c->orders_rejected == c->orders);
	must(records == c->triggers + c->events && c->triggers == orders);
	fx_import_close(im);
	fx_errs_free(&errs);
	close(a);
	close(b);
	return 0;
}
