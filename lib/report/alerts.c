#include "report/alerts.h"

#include <stdlib.h>

#include "base/digest.h"
#include "json/write.h"
#include "report/facts.h"
#include "report/slo.h"

void fx_alerts_order(void *alerts, const struct fx_order *o)
{
	struct fx_alerts *a = alerts;
	for (const struct fx_exception *x = o->exceptions; x && !o->id.n; x = x->next) {
		if (!x->last || !fx_exception_open(x) ||
		    !fx_str_is(x->failure->s, FX_ALERT_FAILURE))
			continue;
		a->open = fx_realloc(a->open, a->n + 1, sizeof(*a->open));
		a->open[a->n++] = (struct fx_alert_open){
		    .about = fx_arena_str(&a->arena, x->opened->about),
		    .id = fx_arena_str(&a->arena, x->id),
		    .owner = x->owner ? fx_arena_str(&a->arena, x->owner->s) : FX_STR("")};
	}
}

void fx_alerts_free(struct fx_alerts *a)
{
	free(a->open);
	fx_arena_free(&a->arena);
}

fx_time fx_alerts_now(fx_time now)
{
	return now - (now % FX_PACE + FX_PACE) % FX_PACE;
}

struct writing {
	const struct fx_figures *f;
	struct fx_str origin;
	struct fx_buf b;
};

static void member(struct fx_buf *b, const char *name, struct fx_str s)
{
	fx_json_key(b, name);
	fx_json_string(b, s);
}

static void decimal(struct fx_buf *b, const char *name, double v)
{
	fx_json_key(b, name);
	fx_decimal(b, v);
}

static void head(struct writing *w, const char *event, struct fx_str event_id, struct fx_str id,
                 fx_time at, struct fx_str about)
{
	struct fx_buf *b = &w->b;
	fx_buf_reset(b);
	fx_buf_byte(b, '{');
	member(b, "event", fx_str(event));
	member(b, "event_id", event_id);
	member(b, "order_id", FX_STR(""));
	fx_json_key(b, "at");
	fx_json_time(b, at);
	member(b, "source", w->origin);
	member(b, "exception_id", id);
	member(b, "failure", FX_STR(FX_ALERT_FAILURE));
	member(b, "about", about);
}

static void sentence(struct fx_buf *b, const struct fx_slo_state *s, const struct fx_burn *u,
                     const struct fx_burn_rule *r)
{
	fx_buf_str(b, s->flow);
	fx_buf_fmt(b, ": %.*s: the error budget burns %.1f times as fast as it may",
	           FX_FMT(s->text), u->lng > 9999 ? 9999 : u->lng);
	fx_buf_fmt(b, " over %s and %.1f over %s", r->lng_name, u->shrt > 9999 ? 9999 : u->shrt,
	           r->shrt_name);
	fx_buf_fmt(b, " (limit %.4g); ", u->factor);
	if (s->budget_left > 0)
		fx_buf_fmt(b, "%.0f %% of it is left", s->budget_left * 100);
	else
		fx_buf_z(b, "it is spent");
}

/* The pair of that action that fires first in the table; NULL: none. */
static const struct fx_burn *firing(const struct fx_slo_state *s, const char *action, size_t *nth)
{
	for (size_t i = 0; i < FX_NBURN; i++)
		if (s->burn[i].firing && fx_str_is(fx_str(fx_burn_rules[i].action), action)) {
			*nth = i;
			return &s->burn[i];
		}
	return NULL;
}

static void opened(struct writing *w, const struct fx_slo_state *s, const char *action,
                   struct fx_str about, fx_time began)
{
	struct fx_buf *b = &w->b, text = {0};
	char id[FX_ID_LEN + 1], at[FX_TIME_LEN];
	size_t nth = 0;
	const struct fx_burn *u = firing(s, action, &nth);
	const struct fx_burn_rule *r = &fx_burn_rules[nth];
	fx_time_format(began, at);
	fx_derive_id(id, FX_STR("exception.opened"), w->origin, about, fx_str(at));
	head(w, "exception.opened", fx_str(id), fx_str(id), began, about);
	fx_json_key(b, "step");
	fx_json_int(b, 1);
	sentence(&text, s, u, r);
	member(b, "action", fx_buf_view(&text));
	fx_buf_free(&text);
	member(b, "owner_id", s->notify);
	member(b, "severity", fx_str(action));
	member(b, "flow_id", s->flow);
	fx_json_key(b, "slo");
	fx_buf_byte(b, '{');
	member(b, "milestone", s->milestone);
	decimal(b, "objective", s->objective);
	member(b, "windows", fx_str(r->name));
	decimal(b, "factor", u->factor);
	decimal(b, "long", u->lng);
	decimal(b, "short", u->shrt);
	fx_json_key(b, "events");
	fx_json_int(b, (int64_t)u->events);
	decimal(b, "budget_left", s->budget_left);
	fx_buf_z(b, "}}");
}

static void resolved(struct writing *w, const struct fx_alert_open *x)
{
	char id[FX_ID_LEN + 1];
	fx_derive_id(id, FX_STR("exception.resolved"), w->origin, x->id, FX_STR(""));
	head(w, "exception.resolved", fx_str(id), x->id, w->f->opt.now, x->about);
	if (x->owner.n)
		member(&w->b, "owner_id", x->owner);
	member(&w->b, "reason", FX_STR("the error budget burns no faster than it may"));
	fx_buf_byte(&w->b, '}');
}

static const struct fx_alert_open *known(const struct fx_alerts *a, struct fx_str about)
{
	for (size_t i = 0; i < a->n; i++)
		if (fx_str_eq(a->open[i].about, about))
			return &a->open[i];
	return NULL;
}

static struct fx_str about_of(const struct fx_slo_state *s, const char *action, struct fx_arena *a)
{
	return fx_arena_fmt(a, "%.*s: %.*s: %s", FX_FMT(s->flow), FX_FMT(s->text), action);
}

static int tell_began(struct writing *w, const struct fx_alerts *a, const struct fx_slo_state *s,
                      const char *action, uint64_t *untold, struct fx_arena *scratch,
                      struct fx_out *out)
{
	struct fx_str about = about_of(s, action, scratch);
	fx_time before = 0;
	if (!fx_slo_fired(w->f, s, action, 0) || known(a, about))
		return 0;
	if (!s->notify.n) {
		(*untold)++;
		return 0;
	}
	while (before < s->window && fx_slo_fired(w->f, s, action, before + FX_PACE))
		before += FX_PACE;
	opened(w, s, action, about, w->f->opt.now - before);
	return fx_out_line(out, fx_buf_view(&w->b));
}

static const char *const actions[] = {"page", "ticket"};

static bool goes_on(const struct fx_figures *f, const struct fx_slo_state *s, size_t n,
                    struct fx_str about, struct fx_arena *scratch)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2; k++)
			if (fx_str_eq(about_of(&s[i], actions[k], scratch), about) &&
			    fx_slo_fired(f, &s[i], actions[k], 0))
				return true;
	return false;
}

int fx_alerts_write(const struct fx_alerts *a, const struct fx_figures *f, struct fx_str origin,
                    uint64_t *untold, struct fx_out *out)
{
	struct writing w = {.f = f, .origin = origin};
	struct fx_arena scratch = {0};
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	int status = 0;
	*untold = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2 && !status; k++)
			status = tell_began(&w, a, &s[i], actions[k], untold, &scratch, out);
	for (size_t i = 0; i < a->n && !status; i++)
		if (!goes_on(f, s, n, a->open[i].about, &scratch)) {
			resolved(&w, &a->open[i]);
			status = fx_out_line(out, fx_buf_view(&w.b));
		}
	fx_buf_free(&w.b);
	fx_arena_free(&scratch);
	free(s);
	return status;
}
