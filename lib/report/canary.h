/*
 * Does the new version of a rule do better than the old one?
 */
#ifndef FX_REPORT_CANARY_H
#define FX_REPORT_CANARY_H

#include "base/err.h"
#include "base/mem.h"
#include "report/due.h"
#include "report/stats.h"
#include "task/life.h"

struct fx_canary_task {
	fx_time assigned;
	struct fx_wait wait; /* until it was confirmed */
	bool exception;
	uint32_t kept, broken; /* promises */
};

struct fx_canary_side {
	struct fx_str rule;
	uint64_t version;
	struct fx_canary_task *task;
	size_t n, cap;
};

enum fx_verdict { FX_PROMOTE, FX_ROLL_BACK, FX_WAIT, FX_NO_DIFFERENCE };

struct fx_canary {
	struct fx_str want[2]; /* "rule@version"; want[0] alone: "rule", its two newest versions */
	fx_time since, until, now;
	struct fx_canary_side *side; /* all that were seen */
	size_t nside;
	/* what fx_canary_end makes of it; [0] is the new side */
	struct fx_canary_side *of[2];
	fx_time from; /* both sides: tasks assigned from then on */
	uint64_t tasks[2], excepted[2], kept[2], promised[2], unconfirmed[2];
	fx_time median[2], p90[2];
	fx_time median_low[2], median_high[2]; /* 95 %; FX_TIME_NONE: not bounded */
	double least_ratio;                    /* of rates, that these numbers would show; -1 */
	struct fx_logrank confirmed;
	struct fx_proportions exceptions, promises;
	bool sure[3]; /* confirmed, exceptions, promises: it shows, all three tests counted */
	enum fx_verdict verdict;
	uint64_t more;  /* FX_WAIT: tasks that the smaller side lacks */
	size_t smaller; /* which that is */
	/* private */
	struct fx_arena arena, scratch;
	struct fx_due_clock clock;
};

/* spec: "NEW,OLD" as rule@version each, or a rule's name.  -1 with FX_EUSAGE. */
int fx_canary_init(struct fx_canary *c, struct fx_str spec, fx_time since, fx_time until,
                   fx_time now, struct fx_err *err);
/* A fold that feeds it; end it once for each ledger. */
struct fx_life *fx_canary_life(struct fx_canary *c);
void fx_canary_life_end(struct fx_canary *c, struct fx_life *l);
/* Compare.  -1 with FX_EDATA when a side has no task: the message says which sides there are. */
int fx_canary_end(struct fx_canary *c, struct fx_err *err);
void fx_canary_free(struct fx_canary *c);

/* What to do, in words. */
void fx_canary_verdict(const struct fx_canary *c, struct fx_buf *out);
void fx_canary_text(const struct fx_canary *c, bool color, struct fx_buf *out);
void fx_canary_json(const struct fx_canary *c, struct fx_buf *out);

#endif
