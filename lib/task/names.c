#include <string.h>

#include "base/map.h"
#include "task/known.h"
#include "task/load.h"

/* A name that would be more than one line, or drive a terminal, is left out. */
static void put(struct fx_out *out, struct fx_str name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 32 || name.p[i] == 127)
			return;
	if (name.n)
		fx_out_line(out, name);
}

static void list_registry(const struct fx_registry *r, enum fx_name what, struct fx_out *out)
{
	struct fx_arena a = {0};
	struct fx_map seen = {0};
	size_t n;
	struct fx_str *v = fx_names(r, what, &a, &n);

	for (size_t i = 0; i < n; i++) {
		bool fresh;

		fx_map_put(&seen, v[i], &fresh);
		if (fresh)
			put(out, v[i]);
	}
	fx_map_free(&seen);
	fx_arena_free(&a);
}

enum open { ORDERS, TASKS, EXCEPTIONS };

struct listing {
	enum open what;
	struct fx_out *out;
};

static int list_order(void *user, struct fx_order *o)
{
	const struct listing *l = user;

	if (!o->open)
		return 0;
	if (l->what == ORDERS)
		put(l->out, o->id);
	for (const struct fx_task *t = o->tasks; t && l->what == TASKS; t = t->next)
		if (fx_task_open(t))
			put(l->out, t->id);
	for (const struct fx_exception *x = o->exceptions; x && l->what == EXCEPTIONS; x = x->next)
		if (fx_exception_open(x))
			put(l->out, x->id);
	return 0;
}

static int list_open(struct fx_app *app, const struct fx_registry *r, enum open what,
                     struct fx_err *err)
{
	/* As sweeps read it, or their snapshot would not fit. */
	struct fx_life *life = fx_life_new(&(struct fx_life_opt){
	    .now = app->now, .untold = true, .live_from = r ? r->live_from : FX_TIME_NONE});
	struct fx_ledger *from = fx_ledger_open(app->ledger, err);
	uint64_t fresh;
	int status = from ? fx_life_resume(life, from, &fresh, err) : -1;

	if (status == 0)
		fx_life_each(life, list_order, &(struct listing){what, &app->out});
	if (from)
		fx_ledger_close(from);
	fx_life_free(life);
	return status;
}

int fx_names_list(struct fx_app *app, const char *kind, struct fx_err *err)
{
	static const char *const kinds[] = {"owners", "failures", "flows", "orders", "tasks", "exceptions"};
	struct fx_errs errs = {0};
	struct fx_registry *r;
	size_t k = 0;
	int status = 0;

	while (k < 6 && strcmp(kind, kinds[k]) != 0)
		k++;
	if (k == 6)
		return fx_fail(err, FX_EUSAGE, "no names of the kind '%s'", kind);
	r = fx_registry_load(app->registry, &errs);
	if (k > FX_NAME_FLOW)
		status = list_open(app, r, (enum open)(k - FX_NAME_FLOW - 1), err);
	else if (r)
		list_registry(r, (enum fx_name)k, &app->out);
	else
		status = fx_fail(err, FX_ECONF, "the registry in %s does not load (fx-lint says why)",
		                 app->registry);
	fx_errs_free(&errs);
	fx_registry_free(r);
	return status;
}

int fx_open_exceptions(struct fx_ledger *from, struct fx_str order, struct fx_str task, fx_time now,
                       struct fx_arena *a, struct fx_str **ids, size_t *n, struct fx_err *err)
{
	struct fx_life *life = fx_life_new(
	    &(struct fx_life_opt){.now = now, .keep = true, .live_from = FX_TIME_NONE});
	int status = fx_life_read_order(life, from, order, err);
	const struct fx_order *o = status == 0 ? fx_life_order(life, order) : NULL;
	size_t most = 0;

	for (const struct fx_exception *x = o ? o->exceptions : NULL; x; x = x->next)
		most++;
	*ids = FX_NEWV(a, struct fx_str, most + 1);
	*n = 0;
	for (const struct fx_exception *x = o ? o->exceptions : NULL; x; x = x->next)
		if (fx_exception_open(x) && (!task.n || (x->task && fx_str_eq(x->task->id, task))))
			(*ids)[(*n)++] = fx_arena_str(a, x->id);
	fx_life_free(life);
	return status;
}
