#include "json/record.h"

#include <string.h>

static bool names_something(struct fx_str member)
{
	return fx_str_is(member, "event") || fx_str_is(member, "source") ||
	       fx_str_is(member, "caused_by") || fx_str_is(member, "id") ||
	       (member.n > 3 && memcmp(member.p + member.n - 3, "_id", 3) == 0);
}

/* The first string with a NUL below a member that names something, or FX_NONE; *member is it. */
static uint32_t bad_name(const struct fx_tape *t, struct fx_arena *a, struct fx_str *member)
{
	uint32_t within = 0; /* the node behind that member */

	for (uint32_t i = 0; i < t->n; i++) {
		const struct fx_node *n = &t->node[i];
		struct fx_str s;

		if (n->type != FX_STRING)
			continue;
		s = fx_tape_str(t, i, a);
		if (i < within && memchr(s.p, '\0', s.n))
			return i;
		if (n->flags & FX_NODE_KEY && i >= within && names_something(s)) {
			*member = s;
			within = t->node[i + 1].next;
		}
	}
	return FX_NONE;
}

int fx_record_read(struct fx_tape *t, struct fx_str line, struct fx_err *err)
{
	struct fx_arena a = {0};
	struct fx_str member;
	uint32_t bad, byte;
	int rc = 0;

	if (fx_tape_read(t, line, err))
		return -1;
	if (!t->nul)
		return 0;
	bad = bad_name(t, &a, &member);
	if (bad != FX_NONE) {
		byte = t->node[bad].off - 1;
		rc = fx_fail(err, FX_EDATA, "NUL in %.*s, at byte %u", FX_FMT(member), byte);
		if (err)
			err->byte = byte;
		t->n = 0;
	}
	fx_arena_free(&a);
	return rc;
}
