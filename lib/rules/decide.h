/*
 * The decision: one trigger and a registry in, tasks out.
 *
 * The first rule in order that matches a line wins it.  A rule whose predicate
 * names SKU decides line by line; another takes all lines still undecided.  An
 * order without lines is decided by rules of the second kind alone, as one task.
 * The lines that one rule took are one task; tasks are numbered by their first
 * line's position.  The same trigger, registry and time give the same bytes.
 */
#ifndef FX_RULES_DECIDE_H
#define FX_RULES_DECIDE_H

#include "base/digest.h"
#include "json/tape.h"
#include "rules/registry.h"

/* As in OpenFeature. */
enum fx_reason { FX_TARGETING_MATCH, FX_SPLIT, FX_DEFAULT };
const char *fx_reason_name(enum fx_reason r);

struct fx_due {
	const struct fx_sla *sla;
	fx_time at; /* FX_TIME_NONE: cannot be told (the record lacks the field) */
};

/* One task of a decision. */
struct fx_assigned {
	const struct fx_rule *rule;
	enum fx_reason reason;
	const uint32_t *lines; /* tape nodes, in the trigger's order */
	size_t nlines;
	struct fx_due due[FX_SLA_MAX]; /* rule->nsla of them */
	fx_time fallback_at;           /* FX_TIME_NONE: the rule has none */
};

struct fx_decision {
	fx_time at;               /* the time it was taken for */
	char id[FX_ID_LEN + 1];   /* of the trigger's source and id (and what it supersedes) */
	char digest[7 + 64 + 1];  /* "sha256:": of the trigger and of all that was decided */
	struct fx_str supersedes; /* the digest that a --reroute replaces; empty: none */
	const struct fx_assigned *tasks;
	size_t ntasks;
	size_t nlines; /* of the trigger */
};

enum fx_decided {
	FX_DECIDED,
	FX_PASSED, /* no rule's `on:` names its event: not ours to decide */
	FX_REFUSED /* no rule takes it (or a line of it), or it lacks order_id, event_id, at, source
	            */
};

/* Scratch for decisions; grows to the largest trigger, then allocates no more. */
struct fx_decider;
/* The registry must outlive it. */
struct fx_decider *fx_decider_new(const struct fx_registry *r);
void fx_decider_free(struct fx_decider *d);
/*
 * Decide the trigger in t (node 0) as of `now`; FX_TIME_NONE: as of the record's
 * own `at`.  logged_at, audit_token and audit_proof of the record do not count,
 * so an entry of the ledger decides as the trigger did.  supersedes: usually
 * empty.  *out is valid until the next call.  FX_REFUSED fills err.
 */
enum fx_decided fx_decide(struct fx_decider *d, const struct fx_tape *t, fx_time now,
                          struct fx_str supersedes, const struct fx_decision **out,
                          struct fx_err *err);
/*
 * Append the task.assigned record of task i of the decision made last, without a newline: the
 * trigger's own bytes with the ownership fields spliced in.  origin: its `source`.  -1 when over
 * the buffer's cap.
 */
int fx_task_write(struct fx_decider *d, const struct fx_decision *dec, size_t i,
                  struct fx_str origin, struct fx_buf *out);
/* Append the registry.published record (no newline); the same for the same registry but for `at`.
 */
int fx_published_write(const struct fx_registry *r, struct fx_str origin, fx_time at,
                       struct fx_buf *out);

bool fx_rule_on(const struct fx_rule *r, struct fx_str event);
/* Whether a rule's window and canary period hold at a time; whether an order is in its share. */
bool fx_rule_holds(const struct fx_rule *r, fx_time at);
bool fx_rule_share(const struct fx_rule *r, struct fx_str order_id);

/*
 * flagd's fractional bucketing v2: MurmurHash3 x86-32 (seed 0) of the rule's id and
 * the order's, one after the other; the bucket, 0 .. total - 1.
 */
uint32_t fx_murmur3(struct fx_str s, uint32_t seed);
uint32_t fx_bucket(struct fx_str rule_id, struct fx_str order_id, uint32_t total);

#endif
