#include "ledger/redact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "json/write.h"
#include "ledger/marker.h"
#include "ledger/writer.h"

#define RECORD "{\"event\":\"entry.redacted\""

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sort; leave out what comes twice and what is erased already. */
static int thin(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err)
{
	const struct fx_str record = FX_STR(RECORD), key = FX_STR("{\"event\":\"key.rotated\"");
	size_t n = 0;

	if (r->n)
		qsort(r->index, r->n, sizeof(*r->index), by_number);
	for (size_t i = 0; i < r->n; i++) {
		struct fx_str entry;

		if (r->index[i] >= l->size)
			return fx_fail(err, FX_EUSAGE, "there is no entry %llu: the ledger has %llu",
				       (unsigned long long)r->index[i], (unsigned long long)l->size);
		if (n && r->index[n - 1] == r->index[i])
			continue;
		if (fx_entry_view(l, r->index[i], &entry, err))
			return -1;
		/* The ledger's own records stay: they hold nothing else. */
		if (!fx_marker(entry, NULL, NULL) && !fx_str_starts(entry, record) &&
		    !fx_str_starts(entry, key))
			r->index[n++] = r->index[i];
	}
	r->n = n;
	return 0;
}

/* The record of the erasure. */
static int write_record(struct fx_ledger *l, const struct fx_redact *r, struct fx_buf *b,
			struct fx_err *err)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	char id[FX_ID_LEN + 1];

	fx_random_id(id);
	fx_buf_z(b, RECORD);
	fx_json_key(b, "event_id");
	fx_json_z(b, id);
	if (r->order_id) {
		fx_json_key(b, "order_id");
		fx_json_z(b, r->order_id);
	}
	fx_json_key(b, "at");
	fx_json_time(b, r->at);
	fx_json_key(b, "source");
	fx_json_z(b, l->vkey.name);
	fx_json_key(b, "by");
	fx_json_z(b, r->by);
	fx_json_key(b, "reason");
	fx_json_z(b, r->reason);
	fx_json_key(b, "entries");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < r->n; i++) {
		struct fx_hash leaf;

		if (src.read(src.arg, 0, r->index[i], 1, &leaf, err))
			return -1;
		fx_json_sep(b);
		fx_buf_fmt(b, "{\"index\":%llu,\"leaf\":\"", (unsigned long long)r->index[i]);
		fx_base64url_add(b, leaf.b, sizeof(leaf.b));
		fx_buf_z(b, "\"}");
	}
	return fx_buf_z(b, "]}");
}

static int append_record(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err)
{
	struct fx_batch *b = fx_batch_new();
	struct fx_buf text = {0};
	int bad = write_record(l, r, &text, err) || fx_batch_add(b, fx_buf_view(&text), err) ||
		  fx_ledger_append(l, b, true, err);

	if (!bad)
		r->record = fx_batch_signed(b, 0)->index;
	fx_buf_free(&text);
	fx_batch_free(b);
	return bad ? -1 : 0;
}

/* The segment's text with markers for those of its entries that are named; returns how many. */
static size_t rewrite(const struct fx_segment *s, const struct fx_redact *r, size_t from,
		      struct fx_buf *out, struct fx_err *err)
{
	uint64_t i = s->number * FX_SEGMENT;
	size_t at = 0, k = from;
	struct fx_tape t = {0};
	const char *nl;

	out->max = s->n * 2 + ((size_t)1 << 20);
	while (at < s->n && (nl = memchr(s->p + at, '\n', s->n - at))) {
		struct fx_str line = {s->p + at, (size_t)(nl - s->p) - at};

		if (k < r->n && r->index[k] == i && fx_tape_read(&t, line, err) == 0) {
			fx_marker_write(out, &t, line, r->record);
			k++;
		} else {
			fx_buf_str(out, line);
		}
		fx_buf_byte(out, '\n');
		at += line.n + 1;
		i++;
	}
	fx_buf_add(out, s->p + at, s->n - at); /* what no checkpoint vouches for yet */
	fx_tape_free(&t);
	return k - from;
}

static int replace_segment(struct fx_ledger *l, struct fx_redact *r, size_t *from,
			   struct fx_err *err)
{
	uint64_t number = r->index[*from] / FX_SEGMENT;
	struct fx_buf text = {0};
	struct fx_segment s;
	size_t n, want = 0;
	int bad;

	while (*from + want < r->n && r->index[*from + want] / FX_SEGMENT == number)
		want++;
	if (fx_segment_load(l, number, &s, err))
		return -1;
	n = rewrite(&s, r, *from, &text, err);
	bad = n != want || text.over;
	if (bad)
		fx_fail(err, FX_ELEDGER, "%s: an entry to be erased is not there or no JSON", l->dir);
	else
		bad = fx_segment_replace(l, number, fx_buf_view(&text), s.heap, err) != 0;
	fx_segment_unload(&s);
	fx_segment_forget(l, number);
	fx_buf_free(&text);
	*from += want;
	r->erased += bad ? 0 : n;
	return bad ? -1 : 0;
}

/* Snapshots may hold what was erased; they are made anew from the entries. */
static int drop_state(struct fx_ledger *l, struct fx_err *err)
{
	int fd = openat(l->fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : fx_fail_errno(err, "%s/state", l->dir);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && unlinkat(fd, e->d_name, 0) != 0)
			r = fx_fail_errno(err, "%s/state/%s", l->dir, e->d_name);
	closedir(d);
	return r;
}

int fx_ledger_redact(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err)
{
	size_t from = 0;
	int bad = 0;

	r->erased = 0;
	if (thin(l, r, err))
		return -1;
	if (r->n == 0)
		return 0;
	if (append_record(l, r, err) || fx_writer_lock(l, err))
		return -1;
	bad = fx_writer_settle(l, err);
	while (!bad && from < r->n)
		bad = replace_segment(l, r, &from, err);
	if (!bad)
		bad = drop_state(l, err);
	fx_writer_unlock(l);
	return bad ? -1 : 0;
}
