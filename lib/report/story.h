/*
 * One order's story: its entries in order of time, and what the fold of lib/task
 * makes of them: who has it, since when, what falls due next.
 */
#ifndef FX_REPORT_STORY_H
#define FX_REPORT_STORY_H

#include "base/err.h"
#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"
#include "report/due.h"
#include "task/life.h"

enum fx_told_how {
	FX_TOLD_UNCHECKED, /* from a file: there is no ledger to ask */
	FX_TOLD_VOUCHED,   /* the entry's bytes have the hash that the ledger holds */
	FX_TOLD_FORGED
};

/* One entry.  All spans live in the story's arena. */
struct fx_told {
	struct fx_str text;
	struct fx_tape tape;
	fx_time at;          /* FX_TIME_NONE: it has none that can be read */
	uint64_t index;      /* in its ledger, or the line of the file from 0 */
	struct fx_str token; /* empty: none */
	enum fx_told_how vouched;
};

struct fx_story {
	struct fx_str order_id;
	fx_time now;
	struct fx_told *told; /* by `at`, then index */
	size_t ntold;
	struct fx_order *order; /* NULL: no entry concerns an order of that id */
	struct fx_arena arena;
	/* private */
	struct fx_due_clock clock;
	struct fx_life *life;
	struct fx_told *published; /* registry.published */
	size_t npublished, cap, pubcap;
};

void fx_story_init(struct fx_story *s, struct fx_str order_id, fx_time now);
/* Add one of the order's entries, copied.  -1 with FX_EDATA when it is no JSON object. */
int fx_story_add(struct fx_story *s, struct fx_str entry, uint64_t index, struct fx_str token,
                 enum fx_told_how vouched, struct fx_err *err);
/* Add a registry.published, of which the story takes the rules' maintainers. */
int fx_story_registry(struct fx_story *s, struct fx_str entry, struct fx_err *err);
/* All is there: sort it and make out what it comes to. */
void fx_story_end(struct fx_story *s);
void fx_story_free(struct fx_story *s);

/* Since when it is in the state that it is in; assigned: since its owner has it. */
fx_time fx_story_since(const struct fx_task *t);
/* The rule's maintainer by the registry that decided; empty when that is not known. */
struct fx_str fx_story_maintainer(const struct fx_story *s, const struct fx_task *t);

/* Since when a customer-facing hold is on; FX_TIME_NONE: none is. */
fx_time fx_story_held_since(const struct fx_story *s);

/* What falls due first of the order; at is FX_TIME_NONE when nothing does. */
struct fx_next {
	fx_time at;
	struct fx_str what; /* "vendor-confirmation", "the fallback to ops-team-review", ... */
};
struct fx_next fx_story_next(struct fx_story *s);    /* from now on */
struct fx_next fx_story_overdue(struct fx_story *s); /* due before now, the longest ago */

/* A member of an entry as text: a string's characters, else its JSON; p NULL when absent or null.
 */
struct fx_str fx_told_member(struct fx_story *s, const struct fx_told *t, const char *name);
/* The task of that id, or NULL. */
const struct fx_task *fx_story_task(const struct fx_story *s, struct fx_str id);
/*
 * What the entry says beside its type, for people: lines, the last one without a newline.
 * with_customer: also the values of a decision's context that are the customer's data.
 */
void fx_story_tell(struct fx_story *s, const struct fx_told *e, bool with_customer,
                   struct fx_buf *out);
/* What became of a promise that falls due then: "met", "late", "overdue", "pending", "lapsed" or
 * "untold". */
const char *fx_story_verdict(const struct fx_story *s, const struct fx_task *t,
                             const struct fx_promise *p, fx_time due);

/* Where it is, since when, what happens next: one sentence, local time, no newline. */
void fx_story_sentence(struct fx_story *s, struct fx_buf *out);
/* The sentence and a timeline, 80 columns where names allow it. */
void fx_story_text(struct fx_story *s, bool color, bool tokens, struct fx_buf *out);
/* An object for the order, then one for each entry, a line each. */
void fx_story_ndjson(struct fx_story *s, struct fx_buf *out);
/* A page: its beginning, stories (number: which one it is), its end.  The customer's data only
 * when asked for. */
void fx_story_html_begin(struct fx_buf *out);
void fx_story_html(struct fx_story *s, unsigned number, bool with_customer, struct fx_buf *out);
void fx_story_html_end(struct fx_buf *out);
/* Elements of OTLP/JSON's resourceSpans, joined by commas: the order as one trace. */
void fx_story_otlp(struct fx_story *s, struct fx_buf *out);

#endif
