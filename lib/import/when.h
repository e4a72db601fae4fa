/*
 * Times as platforms write them.
 */
#ifndef FX_IMPORT_WHEN_H
#define FX_IMPORT_WHEN_H

#include "base/calendar.h"
#include "base/time.h"

/*
 * Read text by a format of strptime(3)'s conversions: %Y %y %m %d %b %H %I %M %S %f %p %z %%,
 * white space for any white space.  Numbers may lack leading zeros; %y is 1969-2068; %f
 * is a fraction of a second; %z is Z, +HH, +HHMM or +HH:MM; %b an English month, short or
 * long.  The format "iso" takes RFC 3339 and its relatives: a space for the T, seconds or the
 * whole time of day left out, a space before the offset, no offset.  A text without an offset is
 * wall time of the zone.  0, or -1.
 */
int fx_when_parse(struct fx_str text, struct fx_str format, const struct fx_zone *zone,
                  fx_time *out);
/* Whether a format holds only what fx_when_parse knows; *bad is the first unknown conversion. */
bool fx_when_format_ok(struct fx_str format, char *bad);

#endif
