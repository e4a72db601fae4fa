#include "ledger/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/stream.h"
#include "json/write.h"
#include "ledger/marker.h"
#include "ledger/writer.h"

#define CUT_MAX ((size_t)1 << 30) /* of a file in cut/ */
#define RECORD "{\"event\":\"entry.redacted\""

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sort; leave out what comes twice and what is erased already; note all for the search elsewhere. */
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
		fx_traces_entry(r->traces, entry);
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

/* Delete the plain files of a directory of the ledger whose names end so. */
static int drop_files(struct fx_ledger *l, const char *dir, const char *ending, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str path = fx_arena_fmt(&a, "%s/%s", l->dir, dir);
	const char **name;
	size_t n;
	int r = fx_dir_list(path.p, &a, &name, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fx_str file = fx_arena_fmt(&a, "%s/%s", path.p, name[i]);
		struct stat st;

		if (!fx_str_ends(file, fx_str(ending)))
			continue;
		if (lstat(file.p, &st) != 0 || (!S_ISDIR(st.st_mode) && unlink(file.p) != 0))
			r = errno == ENOENT ? 0 : fx_fail_errno(err, "%s", file.p);
	}
	if (r == 0 && fx_sync_dir(AT_FDCWD, path.p) != 0)
		r = fx_fail_errno(err, "%s", path.p);
	fx_arena_free(&a);
	return r < 0 ? -1 : 0;
}

/* The lines of a file of cut/ that may stay; returns how many may not. */
static uint64_t sift(struct fx_traces *t, struct fx_str text, struct fx_buf *out)
{
	uint64_t gone = 0;

	out->max = text.n + 1;
	while (text.n) {
		struct fx_str line = {text.p, fx_str_find(text, '\n')};
		size_t whole = line.n < text.n ? line.n + 1 : line.n;

		/* Nobody can say whose a torn line is. */
		if (fx_traces_in(t, line))
			gone++;
		else
			fx_buf_add(out, text.p, whole);
		text.p += whole;
		text.n -= whole;
	}
	return gone;
}

static int clean_file(struct fx_redact *r, const char *path, struct fx_err *err)
{
	struct fx_buf text = {0}, left = {0};
	uint64_t gone = 0;
	int bad = fx_read_file(path, &text, CUT_MAX, err);

	if (!bad)
		gone = sift(r->traces, fx_buf_view(&text), &left);
	if (gone && left.n)
		bad = fx_put_file(AT_FDCWD, path, fx_buf_view(&left), err);
	else if (gone && unlink(path) != 0)
		bad = fx_fail_errno(err, "%s", path);
	r->cut += gone;
	fx_buf_free(&text);
	fx_buf_free(&left);
	return bad;
}

/* What killed writers left half written: copies of records, of which nobody was told. */
static int clean_cut(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str dir = fx_arena_fmt(&a, "%s/cut", l->dir);
	const char **name;
	size_t n;
	int bad = drop_files(l, "cut", ".tmp", err) ? -1 : fx_dir_list(dir.p, &a, &name, &n, err);

	for (size_t i = 0; !bad && i < n; i++)
		bad = clean_file(r, fx_arena_fmt(&a, "%s/%s", dir.p, name[i]).p, err);
	if (!bad && r->cut && fx_sync_dir(AT_FDCWD, dir.p) != 0)
		bad = fx_fail_errno(err, "%s", dir.p);
	fx_arena_free(&a);
	return bad < 0 ? -1 : 0;
}

/* Copies of what was erased, in the ledger itself. */
static int clean(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err)
{
	return drop_files(l, "state", "", err) || drop_files(l, "entries", ".tmp", err) ||
	       clean_cut(l, r, err);
}

int fx_ledger_redact(struct fx_ledger *l, struct fx_redact *r, struct fx_err *err)
{
	size_t from = 0;
	int bad = 0;

	r->erased = r->cut = 0;
	if (thin(l, r, err) || (r->n && append_record(l, r, err)) || fx_writer_lock(l, err))
		return -1;
	bad = fx_writer_settle(l, err);
	while (!bad && from < r->n)
		bad = replace_segment(l, r, &from, err);
	if (!bad)
		bad = clean(l, r, err);
	fx_writer_unlock(l);
	return bad ? -1 : 0;
}
