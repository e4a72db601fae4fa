/* Figures as JSON and as NDJSON. */
#include "json/write.h"
#include "report/facts.h"
#include "report/render.h"

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
	if (fact->known)
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

static void at(struct fx_buf *b, const char *key, fx_time t)
{
	fx_json_key(b, key);
	fx_json_time(b, t);
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
