/* Figures as JSON and as NDJSON. */
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "report/deploys.h"
#include "report/facts.h"
#include "report/render.h"
#include "report/slo.h"

struct nest {
	struct fx_buf *b;
	struct fx_str open[2];
	size_t depth;
};

static void close_to(struct nest *n, size_t depth)
{
	for (; n->depth > depth; n->depth--)
		fx_buf_byte(n->b, '}');
}

static void name(struct fx_buf *b, struct fx_str s)
{
	fx_json_sep(b);
	fx_json_string(b, s);
	fx_buf_byte(b, ':');
}

static void on_fact(void *user, const struct fx_fact *fact)
{
	struct nest *n = user;
	size_t depth = 0, same = 0;
	while (depth < 2 && fact->path[depth + 1].n)
		depth++;
	while (same < n->depth && same < depth && fx_str_eq(n->open[same], fact->path[same]))
		same++;
	close_to(n, same);
	for (; n->depth < depth; n->depth++) {
		n->open[n->depth] = fact->path[n->depth];
		name(n->b, fact->path[n->depth]);
		fx_buf_byte(n->b, '{');
	}
	name(n->b, fact->path[depth]);
	if (fact->known && fact->unit == FX_UNIT_TIME)
		fx_json_time(n->b, fact->time);
	else if (fact->known)
		fx_fact_value(n->b, fact);
	else
		fx_buf_z(n->b, "null");
}

static void group(struct fx_figures *f, struct fx_group *g, bool total, struct fx_buf *b)
{
	struct nest n = {.b = b};
	fx_buf_byte(b, '{');
	if (f->opt.nby) {
		fx_json_key(b, "by");
		fx_buf_byte(b, '{');
		for (size_t i = 0; i < f->opt.nby && !total; i++) {
			name(b, f->opt.by[i]);
			if (g->key[i].p)
				fx_json_string(b, g->key[i]);
			else
				fx_buf_z(b, "null");
		}
		fx_buf_byte(b, '}');
	}
	fx_facts(f, g, on_fact, &n);
	close_to(&n, 0);
	fx_buf_byte(b, '}');
}

static void total(struct fx_figures *f, struct fx_buf *b)
{
	struct fx_group all;
	fx_figures_total(f, &all);
	group(f, &all, true, b);
	fx_group_free(&all);
}

static void ratio(struct fx_buf *b, const char *key, double v)
{
	fx_json_key(b, key);
	if (v < 0 && strcmp(key, "budget_left") != 0)
		fx_buf_z(b, "null");
	else
		fx_decimal(b, v);
}

static void burn(struct fx_buf *b, const struct fx_burn *u, const struct fx_burn_rule *r)
{
	fx_json_sep(b);
	fx_buf_byte(b, '{');
	fx_json_key(b, "windows");
	fx_json_z(b, r->name);
	ratio(b, "factor", u->factor);
	ratio(b, "long", u->lng);
	ratio(b, "short", u->shrt);
	fx_json_key(b, "events");
	fx_json_int(b, (int64_t)u->events);
	fx_json_key(b, "firing");
	fx_json_bool(b, u->firing);
	fx_json_key(b, "never");
	fx_json_bool(b, u->never);
	fx_json_key(b, "action");
	fx_json_z(b, r->action);
	fx_buf_byte(b, '}');
}

static void slos(const struct fx_figures *f, struct fx_buf *b)
{
	struct fx_slo_state *s;
	size_t n = fx_slo_states(f, &s);
	fx_json_key(b, "slos");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < n; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '{');
		name(b, FX_STR("flow"));
		fx_json_string(b, s[i].flow);
		name(b, FX_STR("milestone"));
		fx_json_string(b, s[i].milestone);
		ratio(b, "objective", s[i].objective);
		fx_json_key(b, "window_s");
		fx_seconds(b, s[i].window);
		fx_json_key(b, "good");
		fx_json_int(b, (int64_t)s[i].good);
		fx_json_key(b, "bad");
		fx_json_int(b, (int64_t)s[i].bad);
		ratio(b, "attained", s[i].attained);
		ratio(b, "budget_left", s[i].budget_left);
		fx_json_key(b, "burn");
		fx_buf_byte(b, '[');
		for (size_t k = 0; k < FX_NBURN; k++)
			burn(b, &s[i].burn[k], &fx_burn_rules[k]);
		fx_buf_z(b, "]}");
	}
	fx_buf_byte(b, ']');
	free(s);
}

static void at(struct fx_buf *b, const char *key, fx_time t)
{
	fx_json_key(b, key);
	fx_json_time(b, t);
}

static void rules(const struct fx_figures *f, struct fx_buf *b)
{
	struct fx_deploy *d;
	size_t n = fx_deploys(f, &d);
	fx_json_key(b, "rules");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < n; i++) {
		fx_json_sep(b);
		fx_buf_byte(b, '{');
		fx_json_key(b, "rule");
		fx_json_string(b, d[i].v->rule);
		fx_json_key(b, "version");
		fx_json_int(b, (int64_t)d[i].v->version);
		at(b, "deployed", d[i].deployed);
		at(b, "replaced", d[i].replaced);
		fx_json_key(b, "tasks");
		fx_json_int(b, (int64_t)d[i].v->tasks);
		fx_json_key(b, "tasks_with_exception");
		fx_json_int(b, (int64_t)d[i].v->excepted);
		fx_json_key(b, "counts");
		fx_json_bool(b, d[i].counts);
		fx_json_key(b, "failed");
		if (d[i].failed)
			fx_json_z(b, fx_deploy_why(d[i].failed));
		else
			fx_buf_z(b, "null");
		fx_json_key(b, "restored_in_s");
		if (d[i].restored_in == FX_TIME_NONE)
			fx_buf_z(b, "null");
		else
			fx_seconds(b, d[i].restored_in);
		fx_buf_byte(b, '}');
	}
	fx_buf_byte(b, ']');
	free(d);
}

void fx_render_json(struct fx_figures *f, struct fx_buf *b)
{
	fx_buf_byte(b, '{');
	at(b, "now", f->opt.now);
	at(b, "since", f->opt.since);
	at(b, "until", f->opt.until);
	at(b, "first_entry", f->first_entry);
	at(b, "last_entry", f->last_entry);
	fx_json_key(b, "entries");
	fx_json_int(b, (int64_t)f->entries);
	fx_json_key(b, "events");
	fx_buf_byte(b, '{');
	for (size_t i = 0; i < f->nevent; i++) {
		name(b, f->event[i].name);
		fx_json_int(b, (int64_t)f->event[i].n);
	}
	fx_buf_byte(b, '}');
	if (f->opt.nby) {
		fx_json_key(b, "groups");
		fx_buf_byte(b, '[');
		for (size_t i = 0; i < f->ngroup; i++) {
			fx_json_sep(b);
			group(f, f->group[i], false, b);
		}
		fx_buf_byte(b, ']');
	}
	slos(f, b);
	rules(f, b);
	fx_json_key(b, "total");
	total(f, b);
	fx_buf_z(b, "}\n");
}

void fx_render_ndjson(struct fx_figures *f, struct fx_buf *b)
{
	for (size_t i = 0; i < f->ngroup && f->opt.nby; i++) {
		group(f, f->group[i], false, b);
		fx_buf_byte(b, '\n');
	}
	total(f, b);
	fx_buf_byte(b, '\n');
}
