/*
 * Alerts on objectives as records: exception.opened when a budget burns too fast,
 * exception.resolved when it stops.
 */
#ifndef FX_REPORT_ALERTS_H
#define FX_REPORT_ALERTS_H

#include "base/stream.h"
#include "report/figures.h"

/* The failure that such an exception has. */
#define FX_ALERT_FAILURE "slo-burn"

/* What the entries hold open.  Zero-initialise; fx_alerts_free releases it. */
struct fx_alerts {
	struct fx_alert_open {
		struct fx_str about, id, owner; /* about: "FLOW: OBJECTIVE: page" */
	} * open;
	size_t n;
	struct fx_arena arena;
};
/* For fx_figures_opt.on_order, with the alerts as its user. */
void fx_alerts_order(void *alerts, const struct fx_order *o);
void fx_alerts_free(struct fx_alerts *a);

/* Alerts begin and end on whole 5 minutes, whenever they are looked at: give the figures this. */
fx_time fx_alerts_now(fx_time now);
/*
 * One record for each alert that began (none for those that are open) and for each open one that
 * ended.  The ids are derived from the objective and from when it began to burn, so that a run
 * again writes the same.  origin: the records' source.  *untold counts those for whom the registry
 * names nobody; they are not written.  f was ended.
 */
int fx_alerts_write(const struct fx_alerts *a, const struct fx_figures *f, struct fx_str origin,
                    uint64_t *untold, struct fx_out *out);

#endif
