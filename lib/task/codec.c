#include "task/codec.h"

#include <string.h>

/* ---- values --------------------------------------------------------------- */

static void raw(struct fx_codec *c, void *v, size_t n)
{
	if (c->write) {
		fx_buf_add(c->out, v, n);
	} else if ((size_t)(c->end - c->p) < n) {
		c->bad = true;
		c->p = c->end;
		memset(v, 0, n);
	} else {
		memcpy(v, c->p, n);
		c->p += n;
	}
}

/* Small numbers in few bytes: seven bits each, the last without the high bit. */
static void number(struct fx_codec *c, uint64_t *v)
{
	unsigned char b;
	uint64_t x = *v;

	if (c->write) {
		for (; x > 127; x >>= 7)
			fx_buf_byte(c->out, (char)(x | 128));
		fx_buf_byte(c->out, (char)x);
		return;
	}
	*v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		raw(c, &b, 1);
		*v |= (uint64_t)(b & 127) << shift;
		if (b < 128)
			return;
	}
	c->bad = true;
}

#define NUMBER(c, lvalue)                                                                          \
	do {                                                                                       \
		uint64_t n_ = (uint64_t)(lvalue);                                                  \
		number((c), &n_);                                                                  \
		if (!(c)->write)                                                                   \
			(lvalue) = (__typeof__(lvalue))n_;                                         \
	} while (0)

struct fx_str fx_code_span(struct fx_codec *c)
{
	struct fx_str s = {c->p, 0};
	uint64_t n = 0;

	number(c, &n);
	s.p = c->p;
	if (n > (size_t)(c->end - c->p)) {
		c->bad = true;
		return (struct fx_str){NULL, 0};
	}
	s.n = n;
	c->p += n;
	return s;
}

void fx_code_put(struct fx_codec *c, struct fx_str s)
{
	uint64_t n = s.n;

	number(c, &n);
	if (n)
		fx_buf_str(c->out, s);
}

static void str(struct fx_codec *c, struct fx_str *s)
{
	if (c->write)
		fx_code_put(c, *s);
	else
		*s = fx_pool_str(&c->l->pool, fx_code_span(c));
}

/* By its number in the life's list of words, from 1; 0: none. */
static void word(struct fx_codec *c, const struct fx_word **w)
{
	uint64_t id = c->write && *w ? (*w)->id + 1u : 0;

	number(c, &id);
	if (!c->write)
		*w = id && id <= c->l->words.n ? c->l->words.e[id - 1].v.ptr : NULL;
}

static void lines(struct fx_codec *c, struct fx_line **v, uint64_t n)
{
	if (!c->write)
		*v = n ? fx_pool_get(&c->l->pool, n * sizeof(**v)) : NULL;
	for (uint64_t i = 0; i < n; i++) {
		str(c, &(*v)[i].id);
		raw(c, &(*v)[i].qty, sizeof((*v)[i].qty));
	}
}

/* A length that was read cannot be more than the bytes that are left. */
static uint64_t length(struct fx_codec *c, uint64_t n)
{
	number(c, &n);
	if (!c->write && n > (size_t)(c->end - c->p)) {
		c->bad = true;
		return 0;
	}
	return n;
}

/* ---- an order ---------------------------------------------------------------- */

static void code_event(struct fx_codec *c, struct fx_event *e)
{
	uint64_t flags = (uint64_t)e->accepted | (uint64_t)e->hold << 1 | (uint64_t)e->resend << 2 |
	                 (uint64_t)e->cancel << 3 | (uint64_t)e->notice << 4 |
	                 (uint64_t)e->incident << 5;

	NUMBER(c, e->kind);
	raw(c, &e->at, sizeof(e->at));
	NUMBER(c, e->index);
	word(c, &e->type);
	word(c, &e->source);
	str(c, &e->id);
	word(c, &e->owner);
	if (e->kind == FX_K_TRIGGER || e->kind == FX_K_ASSIGNED) {
		e->due = e->since = FX_TIME_NONE;
		return;
	}
	number(c, &flags);
	e->accepted = flags & 1;
	e->hold = flags >> 1 & 1;
	e->resend = flags >> 2 & 1;
	e->cancel = flags >> 3 & 1;
	e->notice = flags >> 4 & 1;
	e->incident = flags >> 5 & 1;
	str(c, &e->task_id);
	str(c, &e->exception_id);
	str(c, &e->cause);
	str(c, &e->about);
	word(c, &e->failure);
	word(c, &e->milestone);
	word(c, &e->from);
	word(c, &e->to);
	word(c, &e->carrier);
	raw(c, &e->due, sizeof(e->due));
	raw(c, &e->since, sizeof(e->since));
	NUMBER(c, e->step);
	NUMBER(c, e->repeat);
	e->nlines = (uint16_t)length(c, e->nlines);
	lines(c, &e->lines, e->nlines);
}

static void code_task(struct fx_codec *c, struct fx_task *t)
{
	str(c, &t->id);
	word(c, &t->trigger.event);
	word(c, &t->trigger.source);
	str(c, &t->trigger.id);
	raw(c, &t->trigger.at, sizeof(t->trigger.at));
	word(c, &t->owner0);
	word(c, &t->flow);
	word(c, &t->rule);
	word(c, &t->fallback);
	word(c, &t->carrier);
	word(c, &t->reason);
	word(c, &t->registry);
	NUMBER(c, t->rule_version);
	raw(c, &t->fallback_at, sizeof(t->fallback_at));
	raw(c, &t->decision, sizeof(t->decision));
	t->nlines = (uint32_t)length(c, t->nlines);
	lines(c, &t->lines, t->nlines);
	t->npromises = (uint32_t)length(c, t->npromises);
	if (!c->write && t->npromises)
		t->promises = fx_pool_get(&c->l->pool, t->npromises * sizeof(*t->promises));
	for (uint32_t i = 0; i < t->npromises; i++) {
		word(c, &t->promises[i].milestone);
		word(c, &t->promises[i].event);
		raw(c, &t->promises[i].due, sizeof(t->promises[i].due));
	}
}

static void code_exception(struct fx_codec *c, struct fx_exception *x)
{
	str(c, &x->id);
	NUMBER(c, x->kind);
	word(c, &x->failure);
	word(c, &x->milestone);
}

static uint64_t place_of(const struct fx_order *o, const struct fx_event *wanted)
{
	uint64_t i = 0;

	for (const struct fx_event *e = o->events; e && e != wanted; e = e->next)
		i++;
	return i;
}

static struct fx_event *event_at(const struct fx_order *o, uint64_t i)
{
	struct fx_event *e = o->events;

	while (e && i--)
		e = e->next;
	return e;
}

static void code_events(struct fx_codec *c, struct fx_order *o)
{
	struct fx_event *e = o->events;

	o->nevents = (uint32_t)length(c, o->nevents);
	for (uint32_t i = 0; i < o->nevents && !c->bad; i++) {
		if (!c->write) {
			e = fx_pool_get(&c->l->pool, sizeof(*e));
			e->prev = o->last;
			*(o->last ? &o->last->next : &o->events) = e;
			o->last = e;
		}
		code_event(c, e);
		e = e->next;
	}
}

static void code_tasks(struct fx_codec *c, struct fx_order *o)
{
	struct fx_task **at = &o->tasks, *t;
	uint64_t n = 0, place;

	for (t = o->tasks; t; t = t->next)
		n++;
	n = length(c, n);
	for (uint64_t i = 0; i < n && !c->bad; i++, at = &(*at)->next) {
		if (!c->write)
			*at = fx_pool_get(&c->l->pool, sizeof(**at));
		t = *at;
		place = c->write ? place_of(o, t->assigned) : 0;
		number(c, &place);
		code_task(c, t);
		if (c->write)
			continue;
		t->order = o;
		t->assigned = event_at(o, place);
		if (t->assigned)
			t->assigned->task = t;
	}
}

static void code_exceptions(struct fx_codec *c, struct fx_order *o)
{
	struct fx_exception **at = &o->exceptions, *x;
	uint64_t n = 0, place;

	for (x = o->exceptions; x; x = x->next)
		n++;
	n = length(c, n);
	for (uint64_t i = 0; i < n && !c->bad; i++, at = &(*at)->next) {
		if (!c->write)
			*at = fx_pool_get(&c->l->pool, sizeof(**at));
		x = *at;
		place = c->write ? place_of(o, x->opened) : 0;
		number(c, &place);
		code_exception(c, x);
		if (c->write)
			continue;
		x->order = o;
		x->opened = event_at(o, place);
	}
}

void fx_code_order(struct fx_codec *c, struct fx_order *o)
{
	str(c, &o->id);
	code_events(c, o);
	code_tasks(c, o);
	code_exceptions(c, o);
}

/* ---- what concerns no order ------------------------------------------------------ */

static void code_health(struct fx_codec *c)
{
	struct fx_life *l = c->l;
	uint64_t n = 0;

	for (size_t i = 0; i < l->nhealth; i++)
		n += l->health[i] != NULL;
	n = length(c, n);
	for (uint64_t i = 0, at = 0; i < n && !c->bad; i++, at++) {
		const struct fx_word *owner = NULL;
		struct fx_health *h;

		while (c->write && !l->health[at])
			at++;
		if (c->write)
			owner = l->words.e[at].v.ptr;
		word(c, &owner);
		if (!owner)
			return;
		h = fx_health_of(l, owner);
		raw(c, &h->accepted, sizeof(h->accepted));
		str(c, &h->accepted_id);
		NUMBER(c, h->nfailed);
		for (unsigned k = 0; k < h->nfailed && k < FX_FAILURES; k++) {
			raw(c, &h->failed[k].at, sizeof(h->failed[k].at));
			word(c, &h->failed[k].source);
			str(c, &h->failed[k].id);
		}
	}
}

static void code_later(struct fx_codec *c)
{
	struct fx_life *l = c->l;
	uint64_t n = length(c, l->nlater);

	for (uint64_t i = 0; i < n && !c->bad; i++) {
		struct fx_later a = {0};

		if (c->write)
			a = l->later[i];
		raw(c, &a.at, sizeof(a.at));
		word(c, &a.owner);
		word(c, &a.source);
		str(c, &a.id);
		NUMBER(c, a.accepted);
		if (!c->write && a.owner)
			fx_life_later(l, &a);
	}
}

static void code_silences(struct fx_codec *c)
{
	struct fx_life *l = c->l;
	uint64_t n = length(c, l->nsilence);

	for (uint64_t i = 0; i < n && !c->bad; i++) {
		struct fx_silence s = {0};

		if (c->write)
			s = l->silence[i];
		word(c, &s.owner);
		word(c, &s.failure);
		raw(c, &s.from, sizeof(s.from));
		raw(c, &s.until, sizeof(s.until));
		if (c->write)
			fx_code_put(c, s.id);
		else
			s.id = fx_code_span(c);
		if (!c->write)
			fx_life_silence(l, &s);
	}
}

void fx_code_global(struct fx_codec *c)
{
	code_health(c);
	code_later(c);
	code_silences(c);
}
