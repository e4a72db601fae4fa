/*
 * Private to lib/task: an order as bytes and back, described once for both ways.
 */
#ifndef FX_TASK_CODEC_H
#define FX_TASK_CODEC_H

#include "task/fold.h"

/* Reading takes from p, writing appends to out.  bad: it ended too early; all further values are 0.
 */
struct fx_codec {
	struct fx_life *l;
	struct fx_buf *out;
	const char *p, *end;
	bool write, bad;
};

void fx_code_order(struct fx_codec *c, struct fx_order *o);
/* What concerns no order: owners' health, attempts to come, silences. */
void fx_code_global(struct fx_codec *c);
/* A string, as a span of the bytes read. */
struct fx_str fx_code_span(struct fx_codec *c);
void fx_code_put(struct fx_codec *c, struct fx_str s);

#endif
