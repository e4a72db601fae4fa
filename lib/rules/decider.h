/*
 * Inside the decision: what deciding leaves for writing.
 */
#ifndef FX_RULES_DECIDER_H
#define FX_RULES_DECIDER_H

#include "json/canon.h"
#include "rules/decide.h"
#include "rules/index.h"

/* The members of a trigger that the toolkit knows; FX_TOP_OTHER is kept as it is. */
enum fx_top {
	FX_TOP_EVENT = 1,
	FX_TOP_EVENT_ID,
	FX_TOP_AT,
	FX_TOP_SOURCE,
	FX_TOP_CAUSED_BY,
	FX_TOP_LINES,
	FX_TOP_REPLACED, /* those above get another value in a task */
	FX_TOP_ORDER_ID = FX_TOP_REPLACED,
	FX_TOP_OTHER,
	FX_TOP_OWNED /* goes: the ownership fields, written anew at the end; a stage's stamps */
};
enum fx_top fx_top_of(struct fx_str name);

/* Text of the trigger up to a value that is replaced, or to the end. */
struct fx_piece {
	uint32_t from, to;
	enum fx_top then; /* the value that follows; FX_TOP_OTHER: none */
};

/* A time as JSON, kept because most of a run's times are the same. */
struct fx_time_text {
	unsigned char n;
	char json[FX_TIME_LEN + 2];
};
void fx_time_text(struct fx_time_text *out, fx_time t);

/* An attribute that a rule's decisions show in their context. */
struct fx_blank_attr {
	struct fx_str key;  /* as JSON, with what stands before it */
	struct fx_str path; /* below the record, or below the line */
	bool of_line;
};

/* What stays the same in a rule's tasks. */
struct fx_blank {
	struct fx_str head; /* ,"owner_id":.. up to "sla":[ */
	struct fx_blank_due {
		struct fx_str head; /* {"milestone":..,"event":..,"due": */
		fx_time due;
	} sla[FX_SLA_MAX];
	struct fx_str fallback; /* ],"fallback_route":..,"fallback_at": */
	fx_time fallback_at;
	struct fx_str tail; /* ,"preferred_carrier":..,"decision":{"id":" */
	/* head to tail, with the times of tasks that start at `start` */
	fx_time start;
	struct fx_buf text;
	enum fx_reason reason;
	struct fx_str why; /* ,"reason":.. */
	struct fx_blank_attr *attr;
	size_t nattr;
};

/* The rules that an event concerns, in order. */
struct fx_event_rules {
	const struct fx_rule **v;
	size_t n;
	struct fx_index *index; /* NULL: so few that trying all is faster */
};

struct fx_decider {
	const struct fx_registry *registry;
	struct fx_map by_event;  /* -> struct fx_event_rules */
	struct fx_blank *blank;  /* one a rule */
	struct fx_arena arena;   /* for the run */
	struct fx_arena scratch; /* of the trigger at hand */
	struct fx_canon canon;
	struct fx_buf canonical;
	/* the trigger at hand */
	const struct fx_tape *tape;
	uint32_t top[FX_TOP_OTHER]; /* value nodes; FX_NONE when absent */
	unsigned char *kind;        /* enum fx_top of each member, in order */
	size_t kind_cap;
	fx_time at;
	struct fx_time_text at_text;
	struct fx_str order_id, event_id, source;
	struct fx_piece *pieces;
	size_t npieces, pieces_cap;
	uint32_t *candidate; /* positions in the event's rules; room for all */
	fx_time tried_at;    /* what the rules were tried for; FX_TIME_NONE: none was */
	bool any_kept;       /* the last piece ends behind a member */
	uint32_t *line;      /* nodes */
	uint32_t *taken;     /* by which of won; UINT32_MAX: undecided */
	uint32_t *grouped;   /* the nodes again, task by task */
	size_t nline, line_cap;
	struct fx_assigned *won, *tasks; /* in rule order; by first line */
	uint32_t *number;                /* of won[i]: its place in tasks */
	size_t nwon, task_cap;
	struct fx_decision decision;
};

void fx_blank_init(struct fx_decider *d, const struct fx_rule *rule);
void fx_blank_free(struct fx_blank *blank);
/* The due times of a task that starts at `at`, and the blank's text with them. */
void fx_blank_times(struct fx_decider *d, struct fx_assigned *task, fx_time at);
/* The value at a dotted path below a node ("" is the node), its text as it stands; "null" when
 * absent. */
struct fx_str fx_value_at(const struct fx_tape *t, uint32_t node, struct fx_str path);
/* Cut the trigger at hand into pieces. */
void fx_pieces(struct fx_decider *d);

#endif
