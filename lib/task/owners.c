#include "task/fold.h"

#include <string.h>

/* What concerns owners: is an endpoint taking what it is sent, and who wants to hear nothing? */

struct fx_health *fx_health_of(struct fx_life *l, const struct fx_word *owner)
{
	if (owner->id >= l->nhealth) {
		size_t n = owner->id + 64;

		l->health = fx_realloc(l->health, n, sizeof(*l->health));
		memset(l->health + l->nhealth, 0, (n - l->nhealth) * sizeof(*l->health));
		l->nhealth = n;
	}
	if (!l->health[owner->id]) {
		struct fx_health *h = FX_NEW(&l->words_arena, struct fx_health);

		h->accepted = FX_TIME_NONE;
		l->health[owner->id] = h;
	}
	return l->health[owner->id];
}

static void set_id(struct fx_life *l, struct fx_str *id, struct fx_str to)
{
	fx_pool_str_put(&l->pool, *id);
	*id = fx_pool_str(&l->pool, to);
}

static void note_accepted(struct fx_life *l, struct fx_health *h, const struct fx_later *a)
{
	unsigned kept = 0;

	if (h->accepted != FX_TIME_NONE && a->at <= h->accepted)
		return;
	h->accepted = a->at;
	set_id(l, &h->accepted_id, a->id);
	for (unsigned i = 0; i < h->nfailed; i++)
		if (h->failed[i].at > a->at)
			h->failed[kept++] = h->failed[i];
		else
			fx_pool_str_put(&l->pool, h->failed[i].id);
	h->nfailed = kept;
}

static void note_failed(struct fx_life *l, struct fx_health *h, const struct fx_later *a)
{
	unsigned i = h->nfailed;

	if (h->accepted != FX_TIME_NONE && a->at <= h->accepted)
		return;
	while (i && (h->failed[i - 1].at > a->at ||
	             (h->failed[i - 1].at == a->at && fx_str_cmp(h->failed[i - 1].id, a->id) > 0)))
		i--;
	if (i == FX_FAILURES || (i && fx_str_eq(h->failed[i - 1].id, a->id)))
		return;
	if (h->nfailed == FX_FAILURES)
		fx_pool_str_put(&l->pool, h->failed[--h->nfailed].id);
	memmove(h->failed + i + 1, h->failed + i, (h->nfailed - i) * sizeof(*h->failed));
	h->failed[i] = (struct fx_attempt){a->at, a->source, fx_pool_str(&l->pool, a->id)};
	h->nfailed++;
}

static void note_attempt(struct fx_life *l, const struct fx_later *a)
{
	(a->accepted ? note_accepted : note_failed)(l, fx_health_of(l, a->owner), a);
}

void fx_life_later(struct fx_life *l, const struct fx_later *a)
{
	struct fx_later *to;

	if (a->at <= l->opt.now) {
		note_attempt(l, a);
		return;
	}
	if (l->nlater == l->caplater) {
		l->caplater = l->caplater ? l->caplater * 2 : 16;
		l->later = fx_realloc(l->later, l->caplater, sizeof(*l->later));
	}
	to = &l->later[l->nlater++];
	*to = *a;
	to->id = fx_pool_str(&l->pool, a->id);
}

void fx_life_silence(struct fx_life *l, const struct fx_silence *s)
{
	if (!s->owner && !s->failure)
		return; /* nobody means to silence all of it */
	for (size_t i = 0; i < l->nsilence; i++)
		if (fx_str_eq(l->silence[i].id, s->id))
			return;
	if (l->nsilence == l->capsilence) {
		l->capsilence = l->capsilence ? l->capsilence * 2 : 8;
		l->silence = fx_realloc(l->silence, l->capsilence, sizeof(*l->silence));
	}
	l->silence[l->nsilence] = *s;
	l->silence[l->nsilence++].id = fx_arena_str(&l->words_arena, s->id);
}

const struct fx_health *fx_life_health(struct fx_life *l, const struct fx_word *owner)
{
	return fx_health_of(l, owner);
}

const struct fx_silence *fx_life_silenced(struct fx_life *l, const struct fx_word *owner,
                                          const struct fx_word *failure)
{
	const struct fx_silence *longest = NULL;

	for (size_t i = 0; i < l->nsilence; i++) {
		const struct fx_silence *s = &l->silence[i];

		if (s->from > l->opt.now || (s->until != FX_TIME_NONE && s->until <= l->opt.now) ||
		    (s->owner && s->owner != owner) || (s->failure && s->failure != failure))
			continue;
		if (!longest || s->until == FX_TIME_NONE ||
		    (longest->until != FX_TIME_NONE && s->until > longest->until))
			longest = s;
	}
	return longest;
}
