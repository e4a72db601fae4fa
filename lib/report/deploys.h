/*
 * DORA's keys for rules: a version of a rule is what is deployed.
 *
 * (Forsgren, Humble and Kim, Accelerate, 2018, chapter 2; fx-report(1), DEPLOYMENTS.)  Read off the
 * versions that registries published and tasks carry, of all the entries up to now: only which
 * deployments count depends on the figures' window.
 */
#ifndef FX_REPORT_DEPLOYS_H
#define FX_REPORT_DEPLOYS_H

#include "report/figures.h"

/* Tasks that a version and the one before it must have, before exceptions are compared. */
#define FX_DEPLOY_LEAST 10

enum fx_deploy_why { FX_DEPLOY_HOLDS, FX_DEPLOY_ROLLED_BACK, FX_DEPLOY_MORE_EXCEPTIONS };
const char *fx_deploy_why(enum fx_deploy_why w); /* "", "rolled back", "more exceptions" */

struct fx_deploy {
	const struct fx_rule_version *v;
	fx_time deployed; /* published first, else its first task */
	fx_time replaced; /* by a newer version, or rolled back: FX_TIME_NONE: at work */
	enum fx_deploy_why failed;
	bool counts;         /* deployed in the window, and not with the first rules of all */
	fx_time restored_in; /* from deployed to replaced, when it failed; else FX_TIME_NONE */
};

struct fx_dora {
	uint64_t deployments, failed, open; /* open: failed, and still at work */
	struct fx_sketch restore;           /* of those that failed */
};

/* Every version, by rule and version; the list is the caller's to free. */
size_t fx_deploys(const struct fx_figures *f, struct fx_deploy **out);
/* Those that count: of all rules, or of one (rule.p), or of one version ("rule@3").  Free
 * out->restore with fx_sketch_free. */
void fx_dora_of(const struct fx_figures *f, struct fx_str rule, struct fx_dora *out);
/* failed / deployments; -1: there are none. */
double fx_change_failure_rate(const struct fx_dora *d);

#endif
