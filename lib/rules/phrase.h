/*
 * The phrases of the registry: small sentences with one grammar (fx-rules(5)).
 *
 *	sla        = milestone "within" duration
 *	           | milestone "by" field
 *	           | milestone "by" clock "cutoff" clock
 *	fallback   = owner "after" duration
 *	canary     = percent [ "until" time ]
 *	objective  = percent milestone "over" duration
 *	limit      = number "per" "sweep"
 *	repeat     = "every" duration        (no working days)
 *	escalation = [ "if" "unresolved" ] ( "in" | "after" ) duration [ "," ] actions
 *	actions    = action { "and" action }
 *	action     = ( "retry" number [ "times" ] "every" duration
 *	             | ( "re-route" | "escalate" | "route" ) "to" owner | "notify" owner
 *	             | "place" "customer-facing" "hold" | "cancel" ) [ "with" words ]      (words: up to the next "and")
 *
 * A fault is FX_ECONF with err->col the byte of the phrase, from 1, where it
 * goes wrong and a message that says what was expected there.  Spans in the
 * results are copies in the arena.
 */
#ifndef FX_RULES_PHRASE_H
#define FX_RULES_PHRASE_H

#include "rules/registry.h"

/* The registry is asked for owners and milestones only; it may be half loaded. */
struct fx_phrase_env {
	const struct fx_registry *registry;
	const struct fx_owner *owner; /* whose clock a duration runs on: `d` is refused where it has
	                               * hours; NULL: not known */
};

int fx_phrase_sla(const struct fx_phrase_env *env, struct fx_arena *a, struct fx_str s,
		  struct fx_sla *out, struct fx_err *err);
int fx_phrase_fallback(const struct fx_phrase_env *env, struct fx_str s,
		       const struct fx_owner **owner, struct fx_dur *after, struct fx_err *err);
/* weight of FX_CANARY_TOTAL, 1 or more. */
int fx_phrase_canary(struct fx_str s, unsigned *weight, fx_time *until, struct fx_err *err);
/* RFC 3339, or a date: its midnight, UTC.  0, or -1. */
int fx_phrase_time(struct fx_str s, fx_time *out);
int fx_phrase_objective(const struct fx_phrase_env *env, struct fx_str s, struct fx_slo *out,
			struct fx_err *err);
int fx_phrase_limit(struct fx_str s, uint64_t *out, struct fx_err *err);
int fx_phrase_repeat(struct fx_str s, fx_time *out, struct fx_err *err);
/* The first step's actions, and a later step with its wait. */
int fx_phrase_actions(const struct fx_phrase_env *env, struct fx_arena *a, struct fx_str s,
		      struct fx_step *out, struct fx_err *err);
int fx_phrase_escalation(const struct fx_phrase_env *env, struct fx_arena *a, struct fx_str s,
			 struct fx_step *out, struct fx_err *err);

#endif
