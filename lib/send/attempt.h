/*
 * What became of one sending, and the record that says so.
 */
#ifndef FX_SEND_ATTEMPT_H
#define FX_SEND_ATTEMPT_H

#include "base/mem.h"
#include "base/time.h"
#include "send/message.h"

struct fx_outcome {
	bool accepted;
	bool final;          /* refused for good: no retry_at */
	bool stop;           /* nothing more goes there in this run: it is gone (410), or asks for a rest */
	int status;          /* HTTP status or exit code; 0: none */
	fx_time took;        /* microseconds */
	fx_time retry_after; /* what the endpoint asked for, microseconds; 0: nothing */
	char error[300];     /* "" when accepted */
	char batch[FX_KEY_LEN + 1]; /* the key of the batch that it went with; "": alone */
};

/*
 * When a failed attempt is due again: from 30 s, doubled each time up to 1 h, less a
 * jitter of up to half that is drawn from the key (so many tasks of one owner spread
 * out, what was one batch stays one, and a rehearsal repeats); never before what
 * Retry-After asked, which counts up to a day.  FX_TIME_NONE: accepted, or final.
 */
fx_time fx_retry_at(const struct fx_message *m, const struct fx_outcome *o, fx_time now);

/* The task.attempted record (design, section 2), without newline, appended to out. */
void fx_attempt_record(struct fx_buf *out, const struct fx_message *m, const struct fx_endpoint *e,
		       const struct fx_outcome *o, struct fx_str source, fx_time now);

#endif
