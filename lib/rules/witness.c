#include "rules/witness.h"

#include "json/tape.h"
#include "json/write.h"

struct fx_str fx_witness(struct fx_arena *a, struct fx_str event, bool line, struct fx_str members)
{
	struct fx_tape t = {0};
	struct fx_buf b = {0};
	struct fx_str out = members, rest;

	if (fx_tape_read(&t, members, NULL) == 0 && fx_tape_type(&t, 0) == FX_OBJECT) {
		rest = fx_tape_raw(&t, 0);
		rest = (struct fx_str){rest.p + 1, rest.n - 2};
		fx_buf_byte(&b, '{');
		if (fx_tape_get(&t, 0, FX_STR("event")) == FX_NONE) {
			fx_json_key(&b, "event");
			fx_json_string(&b, event);
		}
		if (rest.n) {
			fx_json_sep(&b);
			fx_buf_str(&b, rest);
		}
		if (line && fx_tape_get(&t, 0, FX_STR("lines")) == FX_NONE) {
			fx_json_key(&b, "lines");
			fx_buf_z(&b, "[{}]");
		}
		fx_buf_byte(&b, '}');
		out = fx_arena_str(a, fx_buf_view(&b));
	}
	fx_tape_free(&t);
	fx_buf_free(&b);
	return out;
}
