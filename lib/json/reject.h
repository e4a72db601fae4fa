/*
 * export.rejected: what becomes of a record that a stage refuses.
 *
 * Beside the fields that all records have: `command`, `input`, `line`, `errors`,
 * and the text refused: `export` when it is an object, else `raw`.  A text that no
 * JSON string can hold (not UTF-8, a NUL) shows in `raw` with U+FFFD in those places and
 * is whole in `raw_base64`.  What would make a line over FX_LINE_MAX is cut:
 * `raw` has its beginning and `raw_cut` is true.
 */
#ifndef FX_JSON_REJECT_H
#define FX_JSON_REJECT_H

#include "base/app.h"
#include "json/tape.h"

/* One reason; any span may be empty.  instance and schema are RFC 6901 pointers. */
struct fx_fault {
	struct fx_str instance, schema, keyword, message;
};

/*
 * Refuse the record at hand: the line goes to --rejects wrapped in export.rejected
 * (as `export` when t holds it as an object, else as `raw`), byte for byte; a line
 * that is an export.rejected already goes as it came.  Without --rejects each
 * fault is a line on stderr and the exit status becomes 1.
 * t may be NULL (the text could not be read).  -1: the rejects file could not be written.
 */
int fx_reject(struct fx_app *app, struct fx_str line, const struct fx_tape *t,
              const struct fx_fault *faults, size_t n, struct fx_err *err);
/* The same with one fault made of an error's message. */
int fx_reject_err(struct fx_app *app, struct fx_str line, const struct fx_tape *t,
                  const char *keyword, const struct fx_err *why, struct fx_err *err);

/*
 * The text that an export.rejected (node 0 of t) wraps, appended to out.  0; -1
 * when it holds none whole, with the reason.
 */
int fx_unreject(const struct fx_tape *t, struct fx_buf *out, struct fx_err *err);

#endif
