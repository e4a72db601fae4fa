/*
 * The registry: rules.d read whole, checked whole, or not at all.
 *
 * YAML files in lexical order (fx-rules(5)).  Everything lives in one arena and
 * is constant after fx_registry_load; every span in it ends in a NUL that its
 * length does not count.
 */
#ifndef FX_RULES_REGISTRY_H
#define FX_RULES_REGISTRY_H

#include "base/calendar.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/map.h"
#include "base/time.h"
#include "json/doc.h"
#include "rules/cel.h"

struct fx_place_of {
	struct fx_str file; /* the path as it was opened */
	unsigned line, col;
};

/* Closed days, from a list or an iCalendar file. */
struct fx_calendar {
	int32_t *days; /* since 1970-01-01, sorted */
	size_t n;
};

enum fx_owner_kind { FX_OWNER_SYSTEM, FX_OWNER_TEAM };

#define FX_PARALLEL_MAX 1000u

struct fx_owner {
	struct fx_str id;
	enum fx_owner_kind kind;
	struct fx_str send;   /* "https://..", "spool:DIR", "exec:CMD", "mail:ADDR"; empty: none */
	struct fx_str format; /* task (the default), cloudevent, slack, pagerduty */
	struct fx_str secret; /* env:NAME or file:PATH; empty: none */
	struct fx_hours *hours; /* with the closed days filled in; NULL: always */
	bool holds;             /* `holds: true`: told of customer-facing holds */
	unsigned parallel;      /* HTTP requests at once that it bears; 0: not said */
	struct fx_place_of at;
};

/* A milestone: which event meets it, which failure a miss is. */
struct fx_milestone {
	struct fx_str id, event, failure;
};

#define FX_SLA_MAX 8
#define FX_CANARY_TOTAL 100000u

enum fx_sla_kind { FX_SLA_WITHIN, FX_SLA_BY_FIELD, FX_SLA_BY_CLOCK };

struct fx_sla {
	const struct fx_milestone *milestone;
	enum fx_sla_kind kind;
	struct fx_dur within;   /* FX_SLA_WITHIN */
	struct fx_str field;    /* FX_SLA_BY_FIELD: a dotted path in the record, else in its lines */
	fx_time clock, cutoff;  /* FX_SLA_BY_CLOCK: microseconds of the owner's day */
	struct fx_str text;     /* as written */
};

struct fx_rule {
	struct fx_str id, maintainer, flow, carrier, source; /* source: the predicate's text */
	uint64_t version;
	const struct fx_str *on; /* event types */
	size_t non;
	const struct fx_cel *when;
	const struct fx_cel_env *env; /* what the contract says of its records; NULL: unknown */
	bool always; /* when: true */
	const struct fx_owner *owner;
	struct fx_sla *sla; /* at most FX_SLA_MAX */
	size_t nsla;
	const struct fx_owner *fallback; /* NULL: none */
	struct fx_dur fallback_after;
	struct fx_str fallback_text; /* as written */
	fx_time from, until;    /* holds in [from, until); FX_TIME_NONE: open */
	unsigned canary_weight; /* of FX_CANARY_TOTAL; 0: no canary */
	fx_time canary_until;   /* from then on the rule takes nothing; FX_TIME_NONE: no end */
	size_t index;           /* its place in registry->rules */
	const json_t *tests;    /* NULL: none; an array, in the registry's documents */
	const struct fx_doc *doc; /* that it stands in, for places */
	struct fx_str pointer;    /* of the rule in that document, RFC 6901 */
	struct fx_place_of at;
};

enum fx_action_kind {
	FX_ACT_RETRY,    /* n times, every .. */
	FX_ACT_REROUTE,  /* to owner; the task changes hands */
	FX_ACT_ESCALATE, /* to owner */
	FX_ACT_ROUTE,    /* to owner: the exception changes hands */
	FX_ACT_NOTIFY,   /* owner */
	FX_ACT_HOLD,     /* customer-facing hold */
	FX_ACT_CANCEL
};

struct fx_action {
	enum fx_action_kind kind;
	const struct fx_owner *owner; /* where it names one */
	uint64_t times;               /* retry */
	struct fx_dur every;          /* retry */
	struct fx_str with;           /* what goes along, as written; may be empty */
	struct fx_str text;           /* the action as written, `with` included */
};

/* One step of an exception path: after `wait` since the step before, do the actions. */
struct fx_step {
	struct fx_dur wait; /* zero for the first */
	struct fx_action *actions;
	size_t nactions;
	struct fx_str text; /* as written: the record's `action` */
};

struct fx_path {
	struct fx_str failure; /* with hyphens; "*": any that has no path of its own */
	struct fx_str maintainer;
	struct fx_step *steps; /* at least one */
	size_t nsteps;
	fx_time repeat; /* of the last step, at multiples of it; 0: not said */
	struct fx_str *inhibits; /* failures that wait while such an exception is open */
	size_t ninhibits;
	struct fx_place_of at;
};

struct fx_slo {
	struct fx_str flow;
	double objective; /* 0..1 */
	const struct fx_milestone *milestone;
	fx_time window;
	const struct fx_owner *notify; /* who is told that the budget burns; NULL: the maintainer */
	struct fx_str text;            /* as written */
	struct fx_place_of at;
};

struct fx_contract_ref {
	struct fx_str event;  /* a type, or one with a trailing * */
	struct fx_str schema; /* path, relative to the registry's directory */
	struct fx_str text;   /* the schema's bytes */
	struct fx_place_of at;
};

/* How many of each a sweep may do before it stops and asks (`limits: {cancel: 20 per sweep}`). */
struct fx_limits {
	uint64_t open, retry, reroute, escalate, route, notify, hold, cancel;
};

struct fx_registry {
	const char *dir;
	struct fx_owner *owners;
	size_t nowners;
	struct fx_milestone *milestones;
	size_t nmilestones;
	struct fx_rule *rules; /* in order */
	size_t nrules;
	struct fx_path *paths;
	size_t npaths;
	struct fx_slo *slos;
	size_t nslos;
	struct fx_contract_ref *contracts;
	size_t ncontracts;
	const struct fx_owner *maintainer; /* whom runaway-automation concerns; NULL: not named */
	fx_time live_from;        /* FX_TIME_NONE: always */
	fx_time grace;            /* for an endpoint to accept a task; 15 minutes unless said */
	struct fx_limits limits;  /* per sweep */
	char digest[7 + 64 + 1];  /* "sha256:..." over the canonical JSON of all that decides */
	struct fx_str canonical;  /* that JSON: the value of `registry` in registry.published */
	struct fx_arena arena;
	/* private */
	struct fx_doc *docs;
	size_t ndocs;
	struct fx_table *tables; /* rules/table.h */
	size_t ntables;
	struct fx_map owner_ids, milestone_ids, path_ids, events;
	struct fx_map calendars; /* name -> struct fx_calendar */
};

/* NULL with every fault in errs. */
struct fx_registry *fx_registry_load(const char *dir, struct fx_errs *errs);
/* From the body of a registry.published (fx-verify --replay). */
struct fx_registry *fx_registry_from_json(struct fx_str json, struct fx_errs *errs);
void fx_registry_free(struct fx_registry *r);

/* True when some rule's `on:` names the event: such records are decided, others pass. */
bool fx_registry_routes(const struct fx_registry *r, struct fx_str event);
const struct fx_owner *fx_registry_owner(const struct fx_registry *r, struct fx_str id);
const struct fx_milestone *fx_registry_milestone(const struct fx_registry *r, struct fx_str id);
/* The path for a failure (spaces taken as hyphens), "*" when it has none of its own; NULL when neither is there. */
const struct fx_path *fx_registry_path(const struct fx_registry *r, struct fx_str failure);
const struct fx_rule *fx_registry_rule(const struct fx_registry *r, struct fx_str id,
				       uint64_t version);

#endif
