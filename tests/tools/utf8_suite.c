/*
 * utf8_suite utf8tests.txt: each case's bytes by fx_utf8_valid and, where JSON allows
 * them in a string as they are, by the tape.  Prints "passed failed"; failures on stderr.
 */
#include <stdio.h>
#include <string.h>

#include "base/stream.h"
#include "json/tape.h"
#include "json/write.h"

/* Hexadecimal digits with spaces among them, up to a colon. */
static size_t unhex(const char *p, const char *end, char *out)
{
	size_t n = 0;
	unsigned v = 0;
	bool half = false;

	for (; p < end && *p != ':'; p++) {
		const char *at = *p == ' ' ? NULL : strchr("0123456789abcdef", *p | 0x20);

		if (!at)
			continue;
		v = v << 4 | (unsigned)(at - (const char *)"0123456789abcdef");
		if (half)
			out[n++] = (char)(v & 0xff);
		half = !half;
	}
	return n;
}

static bool plain(struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return true;
}

static bool tape_takes(struct fx_tape *t, struct fx_str s)
{
	struct fx_buf b = {0};
	struct fx_err err;
	int rc;

	fx_buf_byte(&b, '"');
	fx_buf_str(&b, s);
	fx_buf_byte(&b, '"');
	rc = fx_tape_read(t, fx_buf_view(&b), &err);
	fx_buf_free(&b);
	return rc == 0;
}

int main(int argc, char **argv)
{
	struct fx_buf in = {0};
	struct fx_tape t = {0};
	struct fx_err err = {0};
	unsigned passed = 0, failed = 0;

	if (argc != 2 || fx_read_file(argv[1], &in, 0, &err) != 0) {
		fprintf(stderr, "utf8_suite: %s\n", argc == 2 ? err.msg : "a FILE, please");
		return 2;
	}
	const char *p = in.p, *end = in.p + in.n, *eol;

	for (; p < end; p = eol + 1) {
		char bytes[1024];
		struct fx_str s;
		const char *kind, *data;
		bool valid, right;

		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol ? eol : end;
		kind = memchr(p, ':', (size_t)(eol - p));
		if (p == eol || *p == '#' || !kind)
			continue;
		data = memchr(kind + 1, ':', (size_t)(eol - kind - 1));
		if (!data || (size_t)(eol - data) > 2 * sizeof(bytes))
			continue;
		kind += 1 + strspn(kind + 1, " ");
		data++;
		valid = *kind == 'v';
		if (memchr(kind, 'h', (size_t)(data - kind)))
			s = (struct fx_str){bytes, unhex(data, eol, bytes)};
		else
			s = (struct fx_str){data, (size_t)(eol - data)};
		right = fx_utf8_valid(s) == valid && (!plain(s) || tape_takes(&t, s) == valid);
		passed += right;
		failed += !right;
		if (!right)
			fprintf(stderr, "utf8_suite: %.*s\n", (int)(eol - p), p);
	}
	printf("%u %u\n", passed, failed);
	fx_tape_free(&t);
	fx_buf_free(&in);
	return failed > 0;
}
