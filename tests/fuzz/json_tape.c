/*
 * The tape against jansson's strict decoder: both take or refuse a text, and what they
 * take is the same value.  Known differences: jansson refuses numbers beyond int64 and
 * double and a NUL in a name, goes deeper than FX_DEPTH, and passes over a NUL between
 * tokens.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/num.h"
#include "json/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct level {
	json_t *j;
	uint32_t next, end;
	size_t done;
};

static void same_number(const struct fx_tape *t, uint32_t i, json_t *j)
{
	struct fx_str raw = fx_tape_raw(t, i);
	double want, got;
	int64_t v;

	if (t->node[i].flags & FX_NODE_INTEGER) {
		MUST(json_is_integer(j) && fx_num_int64(raw, &v) == 0);
		MUST(v == json_integer_value(j));
		return;
	}
	MUST(json_is_real(j));
	want = json_real_value(j);
	got = fx_num_double(raw);
	MUST(memcmp(&want, &got, sizeof(want)) == 0);
}

static void same_scalar(const struct fx_tape *t, uint32_t i, json_t *j, struct fx_arena *a)
{
	struct fx_str s;

	switch (fx_tape_type(t, i)) {
	case FX_STRING:
		s = fx_tape_str(t, i, a);
		MUST(json_is_string(j) && json_string_length(j) == s.n);
		MUST(memcmp(json_string_value(j), s.p, s.n) == 0);
		break;
	case FX_NUMBER:
		same_number(t, i, j);
		break;
	case FX_NULL:
		MUST(json_is_null(j));
		break;
	default:
		MUST(json_is_boolean(j) && json_is_true(j) == (fx_tape_type(t, i) == FX_TRUE));
	}
}

static void same(const struct fx_tape *t, json_t *root, struct fx_arena *a)
{
	struct level stack[FX_DEPTH], *top = stack;
	uint32_t i = 0;
	json_t *j = root;

	for (;;) {
		const struct fx_node *n = &t->node[i];

		if (n->type < FX_ARRAY) {
			same_scalar(t, i, j, a);
		} else {
			bool object = n->type == FX_OBJECT;

			MUST(object ? json_is_object(j) : json_is_array(j));
			MUST(n->count == (object ? json_object_size(j) : json_array_size(j)));
			*top++ = (struct level){j, i + 1, n->next, 0};
		}
		while (top > stack && top[-1].next == top[-1].end)
			top--;
		if (top == stack)
			return;
		i = top[-1].next;
		MUST(i < t->n);
		top[-1].next = fx_tape_next(t, i);
		if (t->node[i].flags & FX_NODE_KEY) {
			struct fx_str key = fx_tape_str(t, i, a);

			MUST(fx_tape_str_eq(t, i, key));
			j = json_object_getn(top[-1].j, key.p, key.n);
			MUST(j != NULL);
			i++;
		} else {
			j = json_array_get(top[-1].j, top[-1].done++);
		}
	}
}

static bool holds_nul(const struct fx_tape *t, struct fx_arena *a)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct fx_str s = {NULL, 0};

		if (fx_tape_type(t, i) == FX_STRING)
			s = fx_tape_str(t, i, a);
		if (s.n && memchr(s.p, 0, s.n))
			return true;
	}
	return false;
}

/* A tape that has read the text, or a text like it, reads it as a new one does. */
static void again(struct fx_tape *t, int rc, struct fx_str text)
{
	struct fx_tape fresh = {0};
	struct fx_err err = {0}, want = {0};

	MUST(fx_tape_read(&fresh, text, &want) == rc);
	for (int i = 0; i < 2; i++) {
		MUST(fx_tape_read(t, text, &err) == rc && err.byte == want.byte);
		MUST(t->n == fresh.n && t->nul == fresh.nul);
		for (uint32_t k = 0; k < fresh.n; k++) {
			const struct fx_node *a = &t->node[k], *b = &fresh.node[k];

			MUST(a->off == b->off && a->len == b->len && a->next == b->next);
			MUST(a->type == b->type && a->flags == b->flags);
			MUST(a->count == b->count || a->flags & FX_NODE_KEY);
		}
	}
	fx_tape_free(&fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_tape t = {0};
	struct fx_arena a = {0};
	struct fx_err err = {0};
	json_error_t je;
	json_t *j = json_loadb((const char *)data, size,
	                       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &je);
	int rc = fx_tape_read(&t, (struct fx_str){(const char *)data, size}, &err);

	if (rc == 0) {
		MUST(!memchr(data, 0, size));
		MUST(t.nul == holds_nul(&t, &a));
	}
	if (rc == 0 && j) {
		same(&t, j, &a);
	} else if (rc == 0) {
		MUST(json_error_code(&je) == json_error_numeric_overflow ||
		     (json_error_code(&je) == json_error_null_byte_in_key && t.nul));
	} else {
		MUST(err.code == FX_EDATA && err.byte <= size && err.msg[0]);
		MUST(!j || strstr(err.msg, "nesting over") || memchr(data, 0, size));
	}
	json_decref(j);
	again(&t, rc, (struct fx_str){(const char *)data, size});
	if (size > 0) {
		fx_tape_read(&t, (struct fx_str){(const char *)data + 1, size - 1}, NULL);
		again(&t, rc, (struct fx_str){(const char *)data, size});
	}
	/* A record is what the tape takes, but for a NUL where one names something. */
	if (fx_record_read(&t, (struct fx_str){(const char *)data, size}, &err) != rc)
		MUST(rc == 0 && strstr(err.msg, "NUL in ") && t.n == 0 && err.byte < size &&
		     data[err.byte] == '"');
	fx_arena_free(&a);
	fx_tape_free(&t);
	return 0;
}
