/* Where an order is, since when, what happens next: one sentence. */
#include "report/story.h"
#include "report/words.h"

static void span(struct fx_buf *b, fx_time us)
{
	char text[FX_TIME_LEN];
	fx_dur_format(us, text);
	fx_buf_z(b, text);
}

/* "in 3h05m" or "2h ago" */
static void relative(struct fx_buf *b, fx_time at, fx_time now)
{
	fx_buf_z(b, at >= now ? "in " : "");
	span(b, at >= now ? at - now : now - at);
	fx_buf_z(b, at >= now ? "" : " ago");
}

static const struct fx_task *only_open(const struct fx_order *o, unsigned *nopen, unsigned *ntask)
{
	const struct fx_task *found = NULL;
	*nopen = *ntask = 0;
	for (const struct fx_task *t = o->tasks; t; t = t->next) {
		if (t->state == FX_WAITING)
			continue;
		(*ntask)++;
		if (!fx_task_open(t))
			continue;
		if (!found)
			found = t;
		(*nopen)++;
	}
	return found;
}

/* The task that ended last. */
static const struct fx_task *ended_last(const struct fx_order *o)
{
	const struct fx_task *found = NULL;
	for (const struct fx_task *t = o->tasks; t; t = t->next)
		if (t->state != FX_WAITING && (!found || t->closed > found->closed))
			found = t;
	return found;
}

static fx_time since(const struct fx_task *t)
{
	return t->tenure[t->ntenure - 1].from;
}

/* With whom it travels: what the customer can look it up by. */
static void parcel(struct fx_story *s, fx_time shipped, struct fx_buf *b)
{
	for (size_t i = s->ntold; i-- > 0;) {
		const struct fx_told *e = &s->told[i];
		struct fx_str carrier, number;
		if (e->at != shipped || !fx_str_is(fx_told_member(s, e, "event"), "task.shipped"))
			continue;
		carrier = fx_told_member(s, e, "carrier");
		number = fx_told_member(s, e, "tracking_number");
		if (carrier.n) {
			fx_buf_z(b, " with ");
			fx_plain(b, carrier);
		}
		if (number.n) {
			fx_buf_z(b, carrier.n ? ", tracking " : " with tracking ");
			fx_plain(b, number);
		}
		return;
	}
}

static void open_task(struct fx_story *s, const struct fx_task *t, struct fx_buf *b)
{
	static const char *const doing[] = {
	    [FX_ASSIGNED] = "which has not confirmed it yet",
	    [FX_CONFIRMED] = "which confirmed it",
	    [FX_SHIPPED] = "which shipped it",
	};
	fx_buf_z(b, "is with ");
	fx_plain(b, t->owner->s);
	fx_buf_z(b, " since ");
	fx_local_near(b, since(t), s->now);
	fx_buf_fmt(b, ", %s", doing[t->state]);
	fx_time at = t->state == FX_SHIPPED ? t->shipped : t->confirmed;
	if (t->state != FX_ASSIGNED && at != FX_TIME_NONE) {
		fx_buf_z(b, " ");
		fx_local_near(b, at, s->now);
	}
	if (t->state == FX_SHIPPED)
		parcel(s, t->shipped, b);
}

static void ended(struct fx_story *s, const struct fx_task *t, struct fx_buf *b)
{
	static const char *const how[] = {
	    [FX_SHIPPED] = "was shipped",
	    [FX_COMPLETED] = "was completed",
	    [FX_CANCELLED] = "was cancelled",
	    [FX_SUPERSEDED] = "was superseded",
	};
	/* What was shipped, and promised no more, was closed before it was completed. */
	bool done = t->state == FX_COMPLETED && t->completed != FX_TIME_NONE;
	fx_time at = done ? t->completed : t->closed;
	fx_buf_z(b, how[t->state]);
	fx_buf_byte(b, ' ');
	fx_local_near(b, at, s->now);
	if (done && at >= t->trigger.at) {
		fx_buf_z(b, ", ");
		span(b, at - t->trigger.at);
		fx_buf_z(b, " after it was placed");
	}
	if (t->state == FX_SHIPPED)
		parcel(s, t->shipped, b);
}

static bool none_decided(const struct fx_story *s)
{
	return !s->order || !s->order->tasks;
}

static void due(struct fx_story *s, const char *before, const char *between, struct fx_next n,
                struct fx_buf *b)
{
	fx_buf_z(b, before);
	fx_plain(b, n.what);
	fx_buf_z(b, between);
	fx_local_near(b, n.at, s->now);
	fx_buf_z(b, " (");
	relative(b, n.at, s->now);
	fx_buf_byte(b, ')');
}

static void what_next(struct fx_story *s, struct fx_buf *b)
{
	struct fx_next over = fx_story_overdue(s), n = fx_story_next(s);
	if (over.at != FX_TIME_NONE)
		due(s, "; overdue is ", ", which was due ", over, b);
	if (n.at != FX_TIME_NONE)
		due(s, "; next is ", ", due ", n, b);
	if (over.at == FX_TIME_NONE && n.at == FX_TIME_NONE)
		fx_buf_z(b, "; nothing is due next");
	fx_buf_byte(b, '.');
}

static const struct fx_exception *open_exception(const struct fx_order *o, unsigned *n)
{
	const struct fx_exception *first = NULL;
	*n = 0;
	for (const struct fx_exception *x = o->exceptions; x; x = x->next)
		if (fx_exception_open(x) && x->last) {
			if (!first)
				first = x;
			(*n)++;
		}
	return first;
}

void fx_story_sentence(struct fx_story *s, struct fx_buf *b)
{
	unsigned nopen, ntask, nexception;
	fx_buf_z(b, "Order ");
	fx_plain(b, s->order_id);
	fx_buf_byte(b, ' ');
	if (none_decided(s)) {
		fx_buf_z(b, "came in");
		if (s->ntold && s->told[0].at != FX_TIME_NONE) {
			fx_buf_byte(b, ' ');
			fx_local_near(b, s->told[0].at, s->now);
		}
		fx_buf_z(b, ", and nobody owns it: no decision about it is in the ledger.");
		return;
	}
	const struct fx_task *t = only_open(s->order, &nopen, &ntask);
	if (nopen > 1)
		fx_buf_fmt(b, "has %u of %u tasks open; the first ", nopen, ntask);
	else if (nopen == 1 && ntask > 1)
		fx_buf_fmt(b, "has 1 of %u tasks open: it ", ntask);
	if (nopen) {
		open_task(s, t, b);
	} else if ((t = ended_last(s->order)) != NULL) {
		if (ntask > 1)
			fx_buf_fmt(b, "has no open task of %u; the last ", ntask);
		ended(s, t, b);
	} else {
		fx_buf_z(b, "was decided for a later time than now");
	}
	const struct fx_exception *x = open_exception(s->order, &nexception);
	if (x) {
		fx_buf_z(b, nexception > 1 ? "; the first open exception is "
		                           : "; the open exception is ");
		fx_plain(b, x->failure->s);
		if (x->owner) {
			fx_buf_z(b, ", with ");
			fx_plain(b, x->owner->s);
		}
	}
	if (fx_story_held_since(s) != FX_TIME_NONE)
		fx_buf_z(b, "; a customer-facing hold is on");
	if (nopen || x)
		what_next(s, b);
	else
		fx_buf_byte(b, '.');
}
