/*
 * An order and a mapping -> records.
 */
#ifndef FX_IMPORT_RECORD_H
#define FX_IMPORT_RECORD_H

#include "import/import.h"
#include "import/scope.h"

/*
 * Append the order's records to out, a line each.  0, or -1 with the faults in the scope
 * and out as it was.  Counts triggers, events and lines.
 */
int fx_record_order(struct fx_scope *s, struct fx_str source, struct fx_buf *out,
                    struct fx_import_count *count);

/* The value as JSON appended to out.  1: written, 0: absent, -1: at fault (in the scope). */
int fx_expr_json(struct fx_scope *s, const struct fx_expr *e, struct fx_buf *out);
/* A time.  1, 0, -1 as above. */
int fx_expr_time(struct fx_scope *s, const struct fx_expr *e, fx_time *out);

/* The first n bytes of a value, for a message. */
#define FX_SHOWN 40u
#define FX_SHOW(s) (int)((s).n > FX_SHOWN ? FX_SHOWN : (s).n), (s).p, (s).n > FX_SHOWN ? "..." : ""

/*
 * "1.234,56" as "1234.56", into text: digits, a minus before them, one comma with digits behind
 * it, points between groups of three.  False: it is not written so, or longer than the text.
 */
#define FX_DECIMAL_MAX 64
bool fx_import_comma(struct fx_str s, struct fx_str *out, char text[FX_DECIMAL_MAX]);

#endif
