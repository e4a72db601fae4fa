/* Orders, tasks and exceptions by what people call them. */
#include "ledger/order.h"

static int has_order(struct fx_ledger *const *l, size_t n, struct fx_str id, struct fx_err *err)
{
	struct fx_arena a = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		uint64_t *index;
		size_t entries;

		r = fx_ledger_find_order(l[i], id, &a, &index, &entries, err);
		if (r == 0 && entries)
			r = 1;
	}
	fx_arena_free(&a);
	return r;
}

int fx_order_find(struct fx_ledger *const *l, size_t n, struct fx_str text, struct fx_arena *a,
		  struct fx_str *id, struct fx_err *err)
{
	int r;

	/* What concerns no order has an empty id. */
	if (text.n == 0)
		return 0;
	*id = fx_arena_str(a, text);
	r = has_order(l, n, *id, err);
	if (r != 0)
		return r;
	*id = fx_arena_fmt(a, "#%.*s", FX_FMT(text));
	return has_order(l, n, *id, err);
}

struct fx_str fx_task_order(struct fx_str task_id)
{
	unsigned slashes = 0;

	while (task_id.n && slashes < 2)
		slashes += task_id.p[--task_id.n] == '/';
	return slashes == 2 ? task_id : (struct fx_str){NULL, 0};
}

int fx_task_known(struct fx_ledger *l, struct fx_str order_id, struct fx_str task_id,
		  struct fx_err *err)
{
	struct fx_arena a = {0}, one = {0};
	struct fx_tape t = {0};
	uint64_t *index;
	size_t n;
	int r = fx_ledger_find_order(l, order_id, &a, &index, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fx_str entry;

		fx_arena_reset(&one);
		r = fx_ledger_entry(l, index[i], &one, &entry, err);
		if (r == 0 && fx_tape_read(&t, entry, NULL) == 0 &&
		    fx_str_eq(fx_tape_get_str(&t, 0, FX_STR("task_id"), &one), task_id))
			r = 1;
	}
	fx_tape_free(&t);
	fx_arena_free(&one);
	fx_arena_free(&a);
	return r;
}

/* The entry as an exception.opened; its own id, or the empty one. */
static struct fx_str opened(struct fx_tape *t, struct fx_str entry, struct fx_arena *a,
			    struct fx_opened_one *out)
{
	struct fx_str id;

	if (fx_tape_read(t, entry, NULL) ||
	    !fx_str_is(fx_tape_get_str(t, 0, FX_STR("event"), a), "exception.opened"))
		return (struct fx_str){NULL, 0};
	out->order_id = fx_tape_get_str(t, 0, FX_STR("order_id"), a);
	out->task_id = fx_tape_get_str(t, 0, FX_STR("task_id"), a);
	id = fx_tape_get_str(t, 0, FX_STR("exception_id"), a);
	return id;
}

static int read_through(struct fx_opened *o, struct fx_ledger *l, struct fx_err *err)
{
	struct fx_ledger_scan scan;
	struct fx_arena one = {0};
	struct fx_str entry;
	int r;

	fx_ledger_scan_init(&scan, l, 0);
	while ((r = fx_ledger_scan_next(&scan, &entry, err)) == 1) {
		struct fx_opened_one is, *keep;
		struct fx_str id;

		fx_arena_reset(&one);
		id = opened(&o->tape, entry, &one, &is);
		if (!id.n || fx_str_eq(fx_tape_get_str(&o->tape, 0, FX_STR("source"), &one),
				       fx_ledger_origin(l)))
			continue;
		keep = FX_NEW(&o->arena, struct fx_opened_one);
		keep->order_id = fx_arena_str(&o->arena, is.order_id);
		keep->task_id = fx_arena_str(&o->arena, is.task_id);
		fx_map_put(&o->other, fx_arena_str(&o->arena, id), NULL)->v.ptr = keep;
	}
	fx_ledger_scan_end(&scan);
	fx_arena_free(&one);
	o->read = r == 0;
	return r;
}

int fx_opened_find(struct fx_opened *o, struct fx_ledger *l, struct fx_str id, struct fx_arena *a,
		   struct fx_opened_one *out, struct fx_err *err)
{
	const struct fx_opened_one *other;
	struct fx_str entry;
	uint64_t index;
	bool found;

	if (fx_ledger_find_event(l, fx_ledger_origin(l), id, &index, &found, err))
		return -1;
	if (found) {
		if (fx_ledger_entry(l, index, a, &entry, err))
			return -1;
		if (fx_str_eq(opened(&o->tape, entry, a, out), id))
			return 1;
	}
	if (!o->read && read_through(o, l, err))
		return -1;
	other = fx_map_ptr(&o->other, id);
	if (other)
		*out = *other;
	return other != NULL;
}

void fx_opened_free(struct fx_opened *o)
{
	fx_tape_free(&o->tape);
	fx_arena_free(&o->arena);
	fx_map_free(&o->other);
}
