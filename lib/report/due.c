#include "report/due.h"

#include "task/sweep.h"

void fx_due_note(struct fx_due_clock *c, const struct fx_tape *t, struct fx_arena *scratch)
{
	fx_time at;
	if (!fx_str_is(fx_tape_get_str(t, 0, FX_STR("event"), scratch), "registry.published"))
		return;
	uint32_t registry = fx_tape_get(t, 0, FX_STR("registry"));
	struct fx_str when = fx_tape_get_str(t, 0, FX_STR("at"), scratch);
	if (registry == FX_NONE || !when.p || fx_time_parse(when, &at) || (c->any && at < c->at))
		return;
	c->any = true;
	c->at = at;
	c->tried = false;
	fx_buf_reset(&c->text);
	fx_buf_str(&c->text, fx_tape_raw(t, registry));
}

fx_time fx_due_of(struct fx_due_clock *c, const struct fx_task *t, const struct fx_promise *p)
{
	static const struct fx_registry none;
	struct fx_errs errs = {.max = 1};
	if (p->due == FX_TIME_NONE || !t->order->holds)
		return p->due;
	if (!c->tried) {
		fx_registry_free(c->registry);
		c->registry = c->any ? fx_registry_from_json(fx_buf_view(&c->text), &errs) : NULL;
		c->tried = true;
		fx_errs_free(&errs);
	}
	/* Without a registry (records of a file) every hour counts. */
	fx_time due = fx_promise_due(c->registry ? c->registry : &none, t, p);
	return due == FX_TIME_NONE ? INT64_MAX : due;
}

void fx_due_free(struct fx_due_clock *c)
{
	fx_registry_free(c->registry);
	fx_buf_free(&c->text);
}
