#include "import/scope.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fx_scope_fail(struct fx_scope *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < s->nerr; i++)
		if (strcmp(s->err[i].msg, text) == 0)
			return -1;
	if (s->nerr < FX_IMPORT_ERRORS)
		fx_fail(&s->err[s->nerr++], FX_EDATA, "%s", text);
	return -1;
}

/* The base row changed: what joins to it is to be looked up again. */
static void forget_from(struct fx_scope *s, unsigned table)
{
	for (unsigned t = table; t < s->m->njoin; t++)
		s->table[t].known = false;
}

void fx_scope_begin(struct fx_scope *s)
{
	s->cur = s->group;
	s->elem_tape = s->tape;
	s->elem = s->root;
	s->nerr = 0;
	s->position = 1;
	fx_arena_reset(&s->scratch);
	forget_from(s, 0);
}

static bool is_null(const struct fx_scope *s, struct fx_str text)
{
	if (!s->m->null_word)
		return text.n == 0;
	for (unsigned i = 0; i < s->m->nnull; i++)
		if (fx_str_eq(s->m->null_word[i], text))
			return true;
	return false;
}

static struct fx_trow *look_up(struct fx_scope *s, unsigned t)
{
	struct fx_table *tab = &s->table[t];
	struct fx_str key;
	bool json;

	/* `on` names the base or a table above this one, so this nests njoin deep at most. */
	if (!tab->known) {
		tab->row = fx_scope_text(s, &tab->join->on, &key, &json)
		               ? fx_map_ptr(&tab->index, key)
		               : NULL;
		tab->known = true;
	}
	return tab->row;
}

/* A row that was refused when its table was read makes every order refused that needs it. */
static void need(struct fx_scope *s, unsigned t, const struct fx_trow *row)
{
	if (row->bad)
		fx_scope_fail(s, "%s:%llu: %s", s->table[t].path, (unsigned long long)row->line,
		              row->bad->msg);
}

static bool csv_text(struct fx_scope *s, const struct fx_from *from, struct fx_str *text)
{
	if (from->table >= 0) {
		const struct fx_table *tab = &s->table[from->table];
		const struct fx_trow *row = look_up(s, (unsigned)from->table);

		if (!row || tab->col[from->slot] < 0)
			return false;
		if (row->bad) {
			need(s, (unsigned)from->table, row);
			return false;
		}
		*text = row->cell[from->slot];
	} else {
		const struct fx_row *row = from->root ? s->group : s->cur;
		int col = s->col[from->slot];

		if (col < 0 || (unsigned)col >= row->ncell)
			return false;
		*text = row->cell[col];
	}
	return !is_null(s, *text);
}

static uint32_t walk(const struct fx_scope *s, const struct fx_from *from,
                     const struct fx_tape **tape)
{
	const struct fx_tape *t = from->root ? s->tape : s->elem_tape;
	uint32_t node = from->root ? s->root : s->elem;

	*tape = t;
	for (unsigned i = 0; i < from->nseg; i++) {
		uint64_t nth;

		if (fx_tape_type(t, node) == FX_ARRAY) {
			if (fx_str_u64(from->seg[i], &nth) < 0 || nth >= t->node[node].count)
				return UINT32_MAX;
			uint32_t e = node + 1;

			while (nth-- > 0)
				e = fx_tape_next(t, e);
			node = e;
		} else {
			node = fx_tape_get(t, node, from->seg[i]);
			if (node == FX_NONE)
				return UINT32_MAX;
		}
	}
	return node;
}

static bool json_text(struct fx_scope *s, const struct fx_from *from, struct fx_str *text,
                      bool *json)
{
	const struct fx_tape *t;
	uint32_t node = walk(s, from, &t);

	if (node == UINT32_MAX)
		return false;
	switch (fx_tape_type(t, node)) {
	case FX_NULL:
		return false;
	case FX_STRING:
		*text = fx_tape_str(t, node, &s->scratch);
		return !is_null(s, *text);
	case FX_ARRAY:
	case FX_OBJECT:
		*json = true;
		break;
	default:
		break;
	}
	*text = fx_tape_raw(t, node);
	return true;
}

bool fx_scope_text(struct fx_scope *s, const struct fx_from *from, struct fx_str *text, bool *json)
{
	*json = false;
	return s->m->format == FX_FORMAT_CSV ? csv_text(s, from, text)
	                                     : json_text(s, from, text, json);
}

bool fx_scope_holds(struct fx_scope *s, const struct fx_cond *cond, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct fx_cond *c = &cond[i];
		struct fx_str text;
		bool json, hit = false, there = fx_scope_text(s, &c->from, &text, &json);

		for (unsigned w = 0; w < c->nword && !hit; w++)
			hit = c->word[w].p ? there && fx_glob_match(c->word[w], text) : !there;
		if (hit == c->unless)
			return false;
	}
	return true;
}

void fx_iter_begin(struct fx_iter *it, struct fx_scope *s, const struct fx_each *each)
{
	*it = (struct fx_iter){.s = s, .each = each};
	it->outer.cur = s->cur;
	it->outer.tape = s->elem_tape;
	it->outer.elem = s->elem;
	it->outer.position = s->position;
	if (!each->on || s->m->format == FX_FORMAT_CSV) {
		if (each->on && each->table >= 0)
			it->row = look_up(s, (unsigned)each->table);
		return;
	}
	if (each->table == FX_NO_TABLE)
		return; /* children: by number */

	const struct fx_tape *t;
	uint32_t node = walk(s, &each->array, &t);

	if (node == UINT32_MAX || fx_tape_type(t, node) == FX_NULL)
		return;
	if (fx_tape_type(t, node) != FX_ARRAY) {
		fx_scope_fail(s, "\"%.*s\" is no array", FX_FMT(each->array.text));
		return;
	}
	s->elem_tape = t;
	it->node = node + 1;
	it->end = t->node[node].next;
}

static bool step_table(struct fx_iter *it, unsigned t)
{
	struct fx_scope *s = it->s;

	for (struct fx_trow *row; (row = it->row);) {
		it->row = row->next;
		row->used = true;
		if (row->bad) {
			need(s, t, row);
			continue;
		}
		s->table[t].row = row;
		s->table[t].known = true;
		forget_from(s, t + 1);
		return true;
	}
	return false;
}

static bool step(struct fx_iter *it)
{
	struct fx_scope *s = it->s;

	if (!it->each->on) {
		bool first = !it->once;

		it->once = true;
		return first;
	}
	if (s->m->format == FX_FORMAT_JSON) {
		if (it->each->table == FX_NO_TABLE) {
			if (it->i == s->nkid)
				return false;
			s->elem_tape = &s->kid[it->i++];
			s->elem = 0;
			return true;
		}
		if (it->node >= it->end)
			return false;
		s->elem = it->node;
		it->node = fx_tape_next(s->elem_tape, it->node);
		return true;
	}
	if (it->each->table < 0) {
		if (it->i == s->ngroup)
			return false;
		s->cur = &s->group[it->i++];
		forget_from(s, 0);
		return true;
	}
	return step_table(it, (unsigned)it->each->table);
}

bool fx_iter_next(struct fx_iter *it)
{
	struct fx_scope *s = it->s;

	while (step(it)) {
		if (it->each->on)
			s->position = ++it->position;
		if (fx_scope_holds(s, it->each->cond, it->each->ncond))
			return true;
	}
	if (it->each->on && s->m->format == FX_FORMAT_CSV)
		forget_from(s, it->each->table < 0 ? 0 : (unsigned)it->each->table);
	s->cur = it->outer.cur;
	s->elem_tape = it->outer.tape;
	s->elem = it->outer.elem;
	s->position = it->outer.position;
	return false;
}
