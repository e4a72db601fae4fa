/* The values of `format`: RFC 3339, 5321, 3986, 4122 ... Private to the room. */
#ifndef FX_CONTRACT_FORMAT_H
#define FX_CONTRACT_FORMAT_H

#include "base/str.h"

struct format {
	const char *name;
	bool (*test)(struct fx_str s); /* s: the decoded string, UTF-8 */
	const char *wanted;            /* for people: "a date-time such as 2026-11-20T18:03:09Z" */
};

/* NULL for a name that is not known: then nothing is asserted. */
const struct format *format_find(struct fx_str name);

bool format_uri(struct fx_str s, bool reference, bool iri);
bool format_uri_template(struct fx_str s);
bool format_email(struct fx_str s, bool idn);
bool format_hostname(struct fx_str s);
bool format_ipv4(struct fx_str s);
bool format_ipv6(struct fx_str s);
bool format_date(struct fx_str s);
bool format_time(struct fx_str s);
bool format_date_time(struct fx_str s);
bool format_duration(struct fx_str s);

#endif
