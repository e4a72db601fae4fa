/* --recover: whole lines beyond the checkpoint become entries, decisions whole. */
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "ledger/marker.h"
#include "ledger/writer.h"

/* The whole lines from w->seg_end of w->seg on, over `segments` files. */
struct lines {
	struct fx_ledger *l;
	uint64_t segments, i; /* files, those begun */
	struct fx_segment s;
	size_t off;
};

/* 1: a line, 0: the end, -1. */
static int next_line(struct lines *x, struct fx_str *line, struct fx_err *err)
{
	const struct fx_writer *w = x->l->w;

	for (;;) {
		const char *nl = x->off < x->s.n ? memchr(x->s.p + x->off, '\n', x->s.n - x->off) : NULL;

		if (nl) {
			*line = (struct fx_str){x->s.p + x->off, (size_t)(nl - x->s.p) - x->off};
			x->off = (size_t)(nl - x->s.p) + 1;
			return 1;
		}
		fx_segment_unload(&x->s);
		if (x->i == x->segments)
			return 0;
		x->off = x->i == 0 ? (size_t)w->seg_end : 0;
		if (fx_segment_load(x->l, w->seg + x->i, &x->s, err))
			return -1;
		x->i++;
	}
}

/* Decisions of which a task has come and others have not. */
struct unwhole {
	struct fx_map tasks; /* that are still to come, by trigger and digest */
	struct fx_arena keys, scratch;
	struct fx_tape tape;
};

static void note_task(struct unwhole *u, struct fx_str line)
{
	struct fx_map_entry *e;
	struct fx_str key;
	struct fx_ids ids;
	bool fresh;

	if (fx_tape_read(&u->tape, line, NULL))
		return;
	fx_arena_reset(&u->scratch);
	fx_ids_read(&u->tape, &u->scratch, &ids);
	if (ids.tasks < 2)
		return;
	key = fx_arena_fmt(&u->keys, "%.*s\n%.*s\n%.*s", FX_FMT(ids.trigger_source),
			   FX_FMT(ids.trigger_id), FX_FMT(ids.digest));
	e = fx_map_put(&u->tasks, key, &fresh);
	if (fresh)
		e->v.u64 = ids.tasks;
	if (--e->v.u64 == 0)
		fx_map_del(&u->tasks, key);
}

/*
 * How many of the lines to take: all up to a last batch that was broken off within a
 * decision.  A decision that lacks a task further back is no killed writer's: what stands
 * behind it may have been acknowledged, and is taken.
 */
static int count_whole(struct fx_ledger *l, uint64_t segments, uint64_t *take, struct fx_err *err)
{
	struct lines x = {.l = l, .segments = segments};
	struct unwhole u = {0};
	struct fx_str line;
	uint64_t n = 0;
	int r;

	*take = 0;
	while ((r = next_line(&x, &line, err)) == 1) {
		note_task(&u, line);
		n++;
		if (u.tasks.live == 0) {
			fx_map_clear(&u.tasks);
			fx_arena_reset(&u.keys);
			*take = n;
		}
	}
	if (n - *take > FX_BATCH_MAX)
		*take = n;
	fx_segment_unload(&x.s);
	fx_map_free(&u.tasks);
	fx_arena_free(&u.keys);
	fx_arena_free(&u.scratch);
	fx_tape_free(&u.tape);
	return r;
}

int fx_writer_adopt(struct fx_ledger *l, uint64_t segments, struct fx_err *err)
{
	struct lines x = {.l = l, .segments = segments};
	struct fx_writer *w = l->w;
	struct fx_str line;
	uint64_t take;
	int r = count_whole(l, segments, &take, err);

	while (r == 0 && take > 0 && (r = next_line(&x, &line, err)) == 1) {
		struct fx_hash leaf;

		fx_line_leaf(line, &leaf);
		fx_writer_leaf(w, &leaf);
		take--;
		r = w->f.size % FX_SEGMENT == 0 ? fx_writer_hashes(l, err) : 0;
	}
	fx_segment_unload(&x.s);
	if (r < 0 || fx_writer_hashes(l, err) || fx_writer_publish(l, err))
		return -1;
	if (w->seg_fd >= 0)
		close(w->seg_fd);
	w->seg_fd = -1;
	return 0;
}
