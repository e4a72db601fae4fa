/*
 * A registry as JSON, whatever it holds: it loads or is refused, and what it decides of an
 * order is whole: each line in one task, each task a record.
 */
#include <stdint.h>
#include <stdlib.h>

#include "rules/decide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char order[] =
    "{\"event\":\"order.placed\",\"event_id\":\"e\",\"order_id\":\"O\",\"source\":\"s\","
    "\"at\":\"2026-11-20T12:00:00Z\",\"channel\":\"web\",\"total\":\"1.00\",\"fraud_score\":7,"
    "\"lines\":[{\"type\":\"stock\",\"qty\":1},{\"type\":\"preorder\",\"qty\":2},{}]}";

static void decide(const struct fx_registry *r)
{
	struct fx_decider *d = fx_decider_new(r);
	struct fx_tape t = {0}, task = {0};
	struct fx_buf b = {0};
	const struct fx_decision *dec;
	struct fx_err err = {0};
	size_t lines = 0;

	if (fx_tape_read(&t, fx_str(order), NULL))
		abort();
	if (fx_decide(d, &t, FX_TIME_NONE, FX_STR(""), &dec, &err) == FX_DECIDED) {
		for (size_t i = 0; i < dec->ntasks; i++) {
			fx_buf_reset(&b);
			if (fx_task_write(d, dec, i, FX_STR("fuzz"), &b) ||
			    fx_tape_read(&task, fx_buf_view(&b), &err))
				abort();
			lines += dec->tasks[i].nlines;
		}
		if (lines != 3)
			abort();
	}
	fx_decider_free(d);
	fx_tape_free(&t);
	fx_tape_free(&task);
	fx_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_errs errs = {0};
	struct fx_registry *r =
	    fx_registry_from_json((struct fx_str){(const char *)data, size}, &errs);

	/* A refusal says why; what loads has no fault. */
	if (!r != (errs.n > 0))
		abort();
	if (r) {
		struct fx_registry *again = fx_registry_from_json(r->canonical, &errs);

		if (!again || !fx_str_eq(fx_str(again->digest), fx_str(r->digest)))
			abort();
		fx_registry_free(again);
		decide(r);
	}
	fx_registry_free(r);
	fx_errs_free(&errs);
	return 0;
}
