/*
 * Where an owner's work goes: the registry's `send:`, `format:` and `secret:`.
 */
#ifndef FX_SEND_ENDPOINT_H
#define FX_SEND_ENDPOINT_H

#include "base/err.h"
#include "base/mem.h"
#include "rules/registry.h"

enum fx_endpoint_kind { FX_TO_NONE, FX_TO_HTTP, FX_TO_SPOOL, FX_TO_EXEC, FX_TO_MAIL };
enum fx_format {
	FX_FORMAT_TASK,
	FX_FORMAT_CLOUDEVENT, /* structured mode */
	FX_FORMAT_CLOUDEVENT_BINARY,
	FX_FORMAT_CLOUDEVENT_BATCH,
	FX_FORMAT_SLACK,
	FX_FORMAT_PAGERDUTY
};

struct fx_endpoint {
	enum fx_endpoint_kind kind;
	enum fx_format format;
	struct fx_str target; /* URL, directory, command or address; ends in a NUL */
	struct fx_str shown;  /* for the ledger and for people: no user, no query, no secret path */
	bool holds;           /* the owner keeps customer-facing holds */
	struct fx_str secret; /* the value; empty: none; never logged */
	char why[160];        /* FX_TO_NONE: why nothing can be sent */
};

/*
 * Resolve an owner's endpoint.  A secret is read from the environment or from a
 * file that group and others cannot read; one that cannot be had makes the
 * endpoint FX_TO_NONE with the reason, because sending unsigned would be worse.
 * home: relative spool directories and secret files are taken from there.
 */
void fx_endpoint_of(struct fx_endpoint *e, const struct fx_owner *o, const char *home,
		    struct fx_arena *a);

/* The directory of an owner's spool:DIR, in the arena; false: it has none. */
bool fx_spool_dir(const struct fx_owner *o, const char *home, struct fx_arena *a, struct fx_str *dir);

#endif
