/*
 * The figures of design section 7, each computed once, whatever renders them.
 *
 * Fed by the fold of lib/task: a task counts once, in the group of its own
 * attributes, when its order is settled for good or the input ends.  Orders must
 * come whole (section 9: shards are cut by order_id); figures of shards merge,
 * and come out the same for any such split.
 *
 * Memory is that of the open orders, and 11 to 21 bytes for each closed one (twice that
 * with groups): an order that is decided again after it was closed counts once.
 */
#ifndef FX_REPORT_FIGURES_H
#define FX_REPORT_FIGURES_H

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/time.h"
#include "json/tape.h"
#include "report/due.h"
#include "report/sketch.h"
#include "task/life.h"

#define FX_BY_MAX 4

/* The intervals that are measured; names and ends in fx_interval_info. */
enum fx_interval_id {
	FX_TRIGGER_TO_DECISION,
	FX_DECISION_TO_EXECUTION,
	FX_TRIGGER_TO_OUTCOME,
	FX_TRIGGER_TO_CONFIRMATION,
	FX_TRIGGER_TO_HANDOVER,
	FX_TRIGGER_TO_DELIVERY,
	FX_TIME_TO_RESOLUTION,
	FX_NINTERVAL
};
struct fx_interval_info {
	const char *id;    /* "trigger_to_decision" */
	const char *title; /* "trigger to decision" */
	const char *ends;  /* "order.placed -> task.assigned" */
};
extern const struct fx_interval_info fx_interval_info[FX_NINTERVAL];

struct fx_interval {
	struct fx_sketch took;
	uint64_t negative; /* ended before it began: said, and in no percentile */
	fx_time worst;     /* the most negative, 0 when there is none */
	uint64_t open;     /* begun and still going on */
};

/* What became of one milestone's promises. */
struct fx_attainment {
	struct fx_str milestone;
	uint64_t met;              /* by its time */
	uint64_t late;             /* after its time */
	uint64_t overdue;          /* not yet, and the time is past */
	uint64_t pending;          /* not yet, and there is time */
	uint64_t lapsed;           /* the task was cancelled or superseded before */
	uint64_t untold;           /* no time could be told */
	struct fx_sketch lateness; /* of those met late */
};

/* How often something named happened. */
struct fx_tally {
	struct fx_str name;
	uint64_t n, open;
};

/* The tasks that were assigned in one hour. */
struct fx_hour {
	int64_t hour; /* since 1970, UTC */
	uint64_t tasks, excepted;
};

struct fx_group {
	struct fx_str key[FX_BY_MAX]; /* p NULL: the record has no such attribute */
	uint64_t orders;              /* with a task in this group */
	uint64_t tasks;
	uint64_t open; /* tasks: fx_task_open; what is shipped, and promised no more, is closed */
	uint64_t state[FX_SUPERSEDED + 1];
	uint64_t with_exception; /* tasks */
	uint64_t exceptions, resolved;
	uint64_t handed_over; /* handoff.manual that moved a task */
	uint64_t rerouted;    /* other changes of the owner */
	uint64_t flapped;     /* tasks that came back to an owner who had them before */
	fx_time first, last;  /* assigned; FX_TIME_NONE when there is no task */
	bool total;           /* of fx_figures_total */
	struct fx_interval interval[FX_NINTERVAL];
	struct fx_attainment *milestone;
	size_t nmilestone;
	struct fx_tally *failure; /* exceptions by failure; open: not resolved */
	size_t nfailure;
	struct fx_tally *owner; /* who got tasks, but for handoff.manual */
	size_t nowner;
	struct fx_hour *hour; /* sorted; those without a task are left out */
	size_t nhour;
	/* private */
	size_t hour_cap;
	const struct fx_order *seen;
};

/* Promises of a flow whose time has come, in slots of 5 minutes back from now, for a year. */
#define FX_PACE (5 * FX_MIN)
#define FX_PACE_SLOTS 105408u
struct fx_pace {
	struct fx_str flow, milestone;
	struct fx_pace_slot {
		uint32_t good, bad;
	} * slot; /* [k]: (now - (k + 1) * FX_PACE, now - k * FX_PACE] */
	size_t n;
};

/* An objective of the registry that was published last. */
struct fx_objective {
	struct fx_str flow, text;
	struct fx_str notify; /* who is told of alerts; not in parts */
};

/* A version of a rule: when it came, and what it decided; of all entries up to now. */
struct fx_rule_version {
	struct fx_str rule;
	uint64_t version;
	fx_time published;   /* in a registry, first; FX_TIME_NONE: in none that is known */
	fx_time first, last; /* its tasks were assigned; FX_TIME_NONE: it has none */
	uint64_t tasks, excepted;
};

struct fx_figures_opt {
	struct fx_str by[FX_BY_MAX]; /* see fx_by_check; spans outlive the figures */
	size_t nby;
	fx_time since, until; /* tasks assigned in [since, until); FX_TIME_NONE: open */
	fx_time now;
	/* Each order as it stands at the end, settled, whatever the window; may be NULL. */
	void (*on_order)(void *user, const struct fx_order *o);
	void (*on_entry)(void *user, const struct fx_tape *t); /* each entry; may be NULL */
	void *user;
};

struct fx_figures {
	struct fx_figures_opt opt;
	struct fx_group **group; /* sorted by key once fx_figures_end was called */
	size_t ngroup;
	struct fx_tally *event; /* entries of each type with `at` in the window, sorted by name */
	size_t nevent;
	struct fx_tally *handover; /* changes of owner, by a JSON array of the two: ["from","to"] */
	size_t nhandover;
	uint64_t entries; /* all that were read; a registry once, in whatever parts */
	uint64_t orders;  /* with a task in any group, each once */
	fx_time first_entry, last_entry; /* `at` of those in the window */
	/* Of all tasks, in the window or not: objectives have windows of their own. */
	struct fx_pace **pace; /* sorted by flow and milestone after fx_figures_end */
	size_t npace;
	struct fx_objective *objective;
	size_t nobjective;
	struct fx_map rules;    /* of struct fx_rule_version */
	fx_time published;      /* when the registry with these objectives was */
	struct fx_str registry; /* its digest */
	/* private */
	struct fx_due_clock clock;
	size_t pace_cap;
	struct fx_map paces;
	uint64_t files, awaited; /* merged; their groups that have not come yet */
	struct fx_map groups, owners, events;
	struct fx_map registries; /* of struct fx_registry_seen, by digest */
	struct fx_seen {
		uint64_t *v; /* open addressing; 0: free */
		size_t n, cap;
	} seen; /* orders that the fold forgot, and groups that they were counted in */
	struct fx_arena arena, scratch;
	size_t cap;
};

/*
 * What `--by` takes: flow, owner, rule, rule_version (rule@version), carrier, channel, failure (of
 * the task's first exception, and of each exception) or any
 * other attribute: a name of the decision's context ("SKU.type") or a dotted path of the record.
 * -1 with FX_EUSAGE for an empty one.
 */
int fx_by_check(struct fx_str by, struct fx_err *err);

void fx_figures_init(struct fx_figures *f, const struct fx_figures_opt *opt);
void fx_figures_free(struct fx_figures *f);
/* The fold whose hooks feed f; add entries to it, then end it (once for each ledger). */
struct fx_life *fx_figures_life(struct fx_figures *f);
/* Count what is in memory still, and free the fold. */
void fx_figures_life_end(struct fx_figures *f, struct fx_life *l);
/* Sort what came; call it before anything is read off. */
void fx_figures_end(struct fx_figures *f);
/* All groups as one, freed with fx_group_free. */
void fx_figures_total(struct fx_figures *f, struct fx_group *out);
void fx_group_free(struct fx_group *g);

/* Assignments of a group to owners of kind team, handoff.manual apart. */
uint64_t fx_group_to_teams(const struct fx_figures *f, const struct fx_group *g);
/* The same with handoff.manual, for 1000 orders; -1 without orders. */
double fx_group_handoffs_per_1000(const struct fx_figures *f, const struct fx_group *g);
/* Shares 0..1, -1 when there is nothing to divide by. */
double fx_group_exception_rate(const struct fx_group *g);
/* met / (met + late + overdue) */
double fx_attained(const struct fx_attainment *a);

/* Figures as JSON lines, the same bytes for the same orders however they were split. */
int fx_figures_write(struct fx_figures *f, struct fx_out *out);
/*
 * Add a line that fx_figures_write wrote; the first gives f its options.  -1 with FX_EDATA
 * when it is none, or when it was made with other options, which are then named.
 */
int fx_figures_merge(struct fx_figures *f, struct fx_str line, struct fx_err *err);
/* -1 when the files were not whole. */
int fx_figures_merge_end(const struct fx_figures *f, struct fx_err *err);

/* ---- between figures.c, figures_kept.c and the parts ---- */
/* In the window, and not later than now. */
bool fx_figures_within(const struct fx_figures *f, fx_time at);
struct fx_group *fx_figures_group(struct fx_figures *f, const struct fx_str *key);
struct fx_hour *fx_group_hour(struct fx_group *g, int64_t hour);
struct fx_attainment *fx_group_milestone(struct fx_figures *f, struct fx_group *g,
                                         struct fx_str name);
struct fx_tally *fx_tally_of(struct fx_figures *f, struct fx_tally **list, size_t *n,
                             struct fx_str name);
void fx_figures_add_group(struct fx_figures *f, struct fx_group *to, const struct fx_group *from);
struct fx_tally *fx_figures_event(struct fx_figures *f, struct fx_str type);
struct fx_pace *fx_figures_pace(struct fx_figures *f, struct fx_str flow, struct fx_str milestone);
/* Room for slot k. */
struct fx_pace_slot *fx_pace_slot(struct fx_pace *p, size_t k);
/* Take a registry's objectives when it is later than the one at hand: true, and they are
 * emptied for fx_figures_objective to fill. */
bool fx_figures_published(struct fx_figures *f, struct fx_str digest, fx_time at);
struct fx_rule_version *fx_figures_rule(struct fx_figures *f, struct fx_str rule, uint64_t version);
void fx_figures_objective(struct fx_figures *f, struct fx_str flow, struct fx_str text,
                          struct fx_str notify);
/* A registry that was published: parts may each hold it. */
struct fx_registry_seen {
	struct fx_str digest;
	fx_time at; /* first */
};
/* True when it is new. */
bool fx_figures_registry_seen(struct fx_figures *f, struct fx_str digest, fx_time at);
/* An order that the fold forgets, in a group or (NULL) at all; and whether that was said before. */
void fx_figures_see(struct fx_figures *f, const struct fx_order *o, const struct fx_group *g);
bool fx_figures_seen_before(const struct fx_figures *f, const struct fx_order *o,
                            const struct fx_group *g);
struct fx_owner_kind_of {
	struct fx_str id;
	bool team;
	fx_time at; /* of the registry that said so last */
};
/* Of a registry.published: who is a team, and what the objectives are; others do nothing. */
void fx_figures_registry(struct fx_figures *f, const struct fx_tape *t);
void fx_figures_owner_kind(struct fx_figures *f, struct fx_str id, bool team, fx_time at);

#endif
