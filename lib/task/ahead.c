#include "task/ahead.h"

void fx_ahead_start(struct fx_ahead *a, struct fx_life *l, const struct fx_registry *r)
{
	struct fx_order *nobody;

	*a = (struct fx_ahead){.opt = {.registry = r, .origin = FX_STR("fx")}};
	fx_sweeping_start(&a->s, l, &a->opt, &a->count);
	a->s.until = INT64_MAX;
	fx_inhibitors_collect(&a->s.inhibitors, l, r);
	/* The limits that are shut stand there. */
	nobody = fx_life_order(l, FX_STR(""));
	if (nobody)
		fx_ahead_order(a, nobody);
}

void fx_ahead_end(struct fx_ahead *a)
{
	fx_sweeping_end(&a->s);
}

void fx_ahead_order(struct fx_ahead *a, struct fx_order *o)
{
	a->s.duties.n = 0;
	fx_arena_reset(&a->s.arena);
	fx_duties_collect(&a->s, o);
	/* Of what comes by and by, only the time says what is first. */
	for (size_t i = 0; i < a->s.duties.n; i++)
		a->s.duties.v[i].inhibits = false;
	fx_duties_sort(&a->s.duties);
}

const struct fx_duty *fx_ahead_first(const struct fx_ahead *a, const struct fx_task *t,
                                     const struct fx_exception *x)
{
	for (size_t i = 0; i < a->s.duties.n; i++) {
		const struct fx_duty *d = &a->s.duties.v[i];

		if (d->x == x && (x || d->task == t))
			return d;
	}
	return NULL;
}

/* "if unresolved in 2h, route to ..": the wait is in the due time already. */
static struct fx_str without_wait(struct fx_str text)
{
	size_t comma = fx_str_find(text, ',');

	if (!fx_str_starts(text, FX_STR("if unresolved")) || comma == text.n)
		return text;
	return fx_str_trim((struct fx_str){text.p + comma + 1, text.n - comma - 1});
}

struct fx_str fx_ahead_text(struct fx_ahead *a, const struct fx_duty *d, struct fx_arena *out)
{
	struct fx_sweeping *s = &a->s;
	fx_time now = s->now;
	struct fx_stride st;

	if (fx_duty_idle(s, d))
		return fx_arena_fmt(out, "stopped: owner-unavailable (%.*s)",
		                    FX_FMT(d->task->owner->s));
	s->now = d->due > now ? d->due : now;
	fx_stride_plan(s, d, &st);
	s->now = now;
	for (unsigned i = 0; i < FX_ACTS && d->kind != FX_RUNAWAY; i++)
		if (st.acts[i] && s->stopped[i])
			return fx_arena_fmt(out, "stopped: runaway-automation (%s)",
			                    fx_act_name(i));
	return st.step && st.text.p == st.step->text.p ? without_wait(st.text)
	                                               : fx_arena_str(out, st.text);
}
