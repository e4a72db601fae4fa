/* Closed days from hostile iCalendar files: whatever is taken, written plainly, is taken again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "rules/ics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_plainly(struct fx_buf *b, const int32_t *days, size_t n)
{
	fx_buf_z(b, "BEGIN:VCALENDAR\n");
	for (size_t i = 0; i < n; i++) {
		unsigned m, d;
		int64_t y;

		fx_civil_from_days(days[i], &y, &m, &d);
		fx_buf_fmt(b, "BEGIN:VEVENT\nDTSTART;VALUE=DATE:%04lld%02u%02u\nEND:VEVENT\n",
		           (long long)y, m, d);
	}
	fx_buf_z(b, "END:VCALENDAR\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_arena a = {0};
	struct fx_errs errs = {0};
	struct fx_buf b = {.max = 1 << 24};
	int32_t *days, *again;
	size_t n, k;

	if (fx_ics_days(&a, "x.ics", (struct fx_str){(const char *)data, size}, &days, &n, &errs) != 0) {
		if (errs.n == 0)
			abort(); /* refused without a word */
	} else if (n && days[n - 1] < 2932897 && days[0] >= -719528) { /* years 0 to 9999 */
		for (size_t i = 1; i < n; i++)
			if (days[i - 1] >= days[i])
				abort();
		write_plainly(&b, days, n);
		if (fx_ics_days(&a, "y.ics", fx_buf_view(&b), &again, &k, &errs) != 0 || k != n ||
		    memcmp(days, again, n * sizeof(*days)) != 0)
			abort();
	}
	fx_buf_free(&b);
	fx_errs_free(&errs);
	fx_arena_free(&a);
	return 0;
}
