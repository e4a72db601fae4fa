/* Figures as CSV, a fact a row: a spreadsheet's pivot takes it as it is. */
#include <string.h>

#include "report/facts.h"
#include "report/render.h"

struct sheet {
	const struct fx_figures *f;
	const struct fx_group *g; /* NULL: the total */
	struct fx_buf *b;
};

void fx_csv_field(struct fx_buf *b, struct fx_str s)
{
	bool quote = false;
	/* A spreadsheet would take such a text for a formula. */
	bool formula = s.n && strchr("=+-@\t\r", *s.p);
	for (size_t i = 0; i < s.n && !quote; i++)
		quote = strchr(",\"\n\r", s.p[i]) != NULL;
	if (quote)
		fx_buf_byte(b, '"');
	if (formula)
		fx_buf_byte(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			fx_buf_byte(b, '"');
		fx_buf_byte(b, s.p[i]);
	}
	if (quote)
		fx_buf_byte(b, '"');
}

static void on_fact(void *user, const struct fx_fact *fact)
{
	struct sheet *s = user;
	for (size_t i = 0; i < s->f->opt.nby; i++) {
		if (s->g)
			fx_csv_field(s->b, s->g->key[i]);
		else
			fx_buf_z(s->b, "(all)");
		fx_buf_byte(s->b, ',');
	}
	for (size_t i = 0; i < 3 && fact->path[i].n; i++) {
		if (i)
			fx_buf_byte(s->b, '.');
		fx_csv_field(s->b, fact->path[i]);
	}
	fx_buf_fmt(s->b, ",%s,", fx_unit_name(fact->unit));
	fx_fact_value(s->b, fact);
	fx_buf_byte(s->b, '\n');
}

void fx_render_csv(struct fx_figures *f, struct fx_buf *b)
{
	struct sheet s = {.f = f, .b = b};
	struct fx_group all;
	for (size_t i = 0; i < f->opt.nby; i++) {
		fx_csv_field(b, f->opt.by[i]);
		fx_buf_byte(b, ',');
	}
	fx_buf_z(b, "figure,unit,value\n");
	for (size_t i = 0; i < f->ngroup && f->opt.nby; i++) {
		s.g = f->group[i];
		fx_facts(f, f->group[i], on_fact, &s);
	}
	s.g = NULL;
	fx_figures_total(f, &all);
	fx_facts(f, &all, on_fact, &s);
	fx_group_free(&all);
}
