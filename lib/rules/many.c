#include "rules/many.h"

#include <stdlib.h>

#include "base/team.h"
#include "json/record.h"

/* What a share keeps until it is written; the rest is left to the caller. */
#define SHARE_MAX ((size_t)64 << 20)

struct share {
	struct fx_decider *decider;
	struct fx_tape tape;
	struct fx_buf out;
};

struct fx_many {
	const struct fx_registry *registry;
	struct fx_team *team;
	struct share *share;
	size_t parts;
	/* the work at hand */
	const struct fx_in_line *lines;
	struct fx_routed *routed;
	size_t n, cap;
	fx_time now;
	struct fx_str origin;
};

int fx_decision_write(struct fx_decider *d, struct fx_str line, const struct fx_decision *dec,
                      struct fx_str origin, struct fx_buf *out, struct fx_err *err)
{
	size_t before = out->n, tasks;

	fx_buf_str(out, line);
	fx_buf_byte(out, '\n');
	tasks = out->n;
	for (size_t i = 0; i < dec->ntasks; i++) {
		size_t from = out->n;

		fx_task_write(d, dec, i, origin, out);
		if (out->over || out->n - from > FX_LINE_MAX || out->n - tasks > FX_TASKS_MAX) {
			out->n = before;
			out->over = false;
			return fx_fail(err, FX_EDATA, "its tasks are larger than a record may be");
		}
		fx_buf_byte(out, '\n');
	}
	return 0;
}

/* Into the share's text, whose bytes may still move: text.n alone is told. */
static void route(struct fx_many *m, struct share *s, struct fx_str line, struct fx_routed *to)
{
	const struct fx_decision *dec;
	size_t from = s->out.n;

	*to = (struct fx_routed){.left = true};
	if (fx_record_read(&s->tape, line, NULL) || fx_tape_type(&s->tape, 0) != FX_OBJECT)
		return;
	to->how = fx_decide(s->decider, &s->tape, m->now, FX_STR(""), &dec, NULL);
	if (to->how == FX_REFUSED)
		return;
	if (to->how == FX_DECIDED) {
		if (fx_decision_write(s->decider, line, dec, m->origin, &s->out, NULL))
			return;
		to->ntasks = dec->ntasks;
		to->nlines = dec->nlines;
	} else {
		fx_buf_str(&s->out, line);
		fx_buf_byte(&s->out, '\n');
		if (s->out.over) {
			s->out.n = from;
			s->out.over = false;
			return;
		}
	}
	to->left = false;
	to->text.n = s->out.n - from;
}

static void part(void *arg, size_t i)
{
	struct fx_many *m = arg;
	struct share *s = &m->share[i];
	size_t from = m->n * i / m->parts, to = m->n * (i + 1) / m->parts, at = 0;

	if (!s->decider)
		s->decider = fx_decider_new(m->registry);
	fx_buf_reset(&s->out);
	for (size_t k = from; k < to; k++)
		route(m, s, m->lines[k].text, &m->routed[k]);
	for (size_t k = from; k < to; k++) {
		m->routed[k].text.p = s->out.p + at;
		at += m->routed[k].text.n;
	}
}

struct fx_many *fx_many_new(const struct fx_registry *r, size_t parts)
{
	struct fx_many *m = fx_alloc(1, sizeof(*m));

	m->registry = r;
	m->parts = parts > FX_TEAM_MAX ? FX_TEAM_MAX : parts;
	m->team = fx_team_new(m->parts);
	m->share = fx_alloc(m->parts, sizeof(*m->share));
	for (size_t i = 0; i < m->parts; i++)
		m->share[i].out.max = SHARE_MAX;
	return m;
}

void fx_many_free(struct fx_many *m)
{
	if (!m)
		return;
	fx_team_free(m->team);
	for (size_t i = 0; i < m->parts; i++) {
		fx_decider_free(m->share[i].decider);
		fx_tape_free(&m->share[i].tape);
		fx_buf_free(&m->share[i].out);
	}
	free(m->share);
	free(m->routed);
	free(m);
}

const struct fx_routed *fx_many_decide(struct fx_many *m, const struct fx_in_line *lines, size_t n,
                                       fx_time now, struct fx_str origin)
{
	if (n > m->cap) {
		m->cap = 2 * n;
		m->routed = fx_realloc(m->routed, m->cap, sizeof(*m->routed));
	}
	m->lines = lines;
	m->n = n;
	m->now = now;
	m->origin = origin;
	fx_team_do(m->team, part, m);
	return m->routed;
}
