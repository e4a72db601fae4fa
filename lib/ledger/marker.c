#include "ledger/marker.h"

#include <string.h>

#include "json/write.h"

#define HEAD FX_MARKER "{\"leaf\":\""
#define MIDDLE "\",\"by\":"
#define HASH_LEN 43 /* of a hash in base64url */

bool fx_marker(struct fx_str line, struct fx_hash *leaf, uint64_t *by)
{
	const struct fx_str head = FX_STR(HEAD), middle = FX_STR(MIDDLE);
	unsigned char raw[36];
	struct fx_str rest, number;
	uint64_t n;

	if (!fx_str_starts(line, head) || line.n < head.n + HASH_LEN + middle.n)
		return false;
	rest = (struct fx_str){line.p + head.n + HASH_LEN, line.n - head.n - HASH_LEN};
	if (!fx_str_starts(rest, middle) ||
	    fx_base64url_decode(raw, (struct fx_str){line.p + head.n, HASH_LEN}) != FX_SHA256_LEN)
		return false;
	number = (struct fx_str){rest.p + middle.n, rest.n - middle.n};
	number.n = fx_str_find(number, '}');
	if (fx_str_u64(number, &n))
		return false;
	if (leaf)
		memcpy(leaf->b, raw, FX_SHA256_LEN);
	if (by)
		*by = n;
	return true;
}

void fx_line_leaf(struct fx_str line, struct fx_hash *leaf)
{
	if (line.n < sizeof(HEAD) || line.p[2] != 'r' || !fx_marker(line, leaf, NULL))
		fx_leaf_hash(line, leaf);
}

/*
 * What tells of the work and not of the person.  All that the fold of a task's life reads is
 * among it, but free texts (by, reason): an order that is still open stays what it is.
 */
static bool kept(struct fx_str name)
{
	static const char *const names[] = {"event",        "event_id",
	                                    "source",       "at",
	                                    "order_id",     "caused_by",
	                                    "task_id",      "trigger",
	                                    "owner_id",     "flow_id",
	                                    "rule_id",      "rule_version",
	                                    "registry",     "sla",
	                                    "due",          "fallback_route",
	                                    "fallback_at",  "preferred_carrier",
	                                    "exception_id", "failure",
	                                    "milestone",    "about",
	                                    "action",       "maintainer",
	                                    "step",         "since",
	                                    "from",         "to",
	                                    "notify",       "resend",
	                                    "cancel",       "repeat",
	                                    "hold",         "inhibited_by",
	                                    "instead_of",   "carrier",
	                                    "outcome",      "attempt",
	                                    "status",       "retry_at",
	                                    "key",          "batch",
	                                    "dedup_key",    "channel",
	                                    "currency",     "logged_at",
	                                    "until",        "resolved_by"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fx_str_is(name, names[i]))
			return true;
	return false;
}

/* An object of some members of another. */
static void some(struct fx_buf *out, const struct fx_tape *t, uint32_t obj,
                 const char *const *names, size_t n)
{
	fx_buf_byte(out, '{');
	for (size_t i = 0; i < n; i++) {
		uint32_t v = fx_tape_get(t, obj, fx_str(names[i]));

		if (v == FX_NONE)
			continue;
		fx_json_key(out, names[i]);
		fx_buf_str(out, fx_tape_raw(t, v));
	}
	fx_buf_byte(out, '}');
}

static void add_lines(struct fx_buf *out, const struct fx_tape *t, uint32_t lines)
{
	static const char *const names[] = {"line_id", "sku", "type", "qty"};

	fx_json_key(out, "lines");
	fx_buf_byte(out, '[');
	for (uint32_t i = lines + 1; i < t->node[lines].next; i = fx_tape_next(t, i)) {
		if (fx_tape_type(t, i) != FX_OBJECT)
			continue;
		fx_json_sep(out);
		some(out, t, i, names, sizeof(names) / sizeof(names[0]));
	}
	fx_buf_byte(out, ']');
}

void fx_marker_write(struct fx_buf *out, const struct fx_tape *t, struct fx_str entry, uint64_t by)
{
	static const char *const decision[] = {"id", "digest", "tasks", "reason", "supersedes"};
	/* Why a task was called back is one of the toolkit's own words. */
	uint32_t event = fx_tape_get(t, 0, FX_STR("event"));
	bool notice = event != FX_NONE && fx_tape_type(t, event) == FX_STRING &&
	              fx_tape_str_eq(t, event, FX_STR("task.cancelled"));
	struct fx_hash leaf;

	fx_leaf_hash(entry, &leaf);
	fx_buf_z(out, HEAD);
	fx_base64url_add(out, leaf.b, sizeof(leaf.b));
	fx_buf_fmt(out, MIDDLE "%llu}", (unsigned long long)by);
	for (uint32_t i = 1; i < t->node[0].next; i = fx_tape_next(t, i)) {
		struct fx_str name = {t->text + t->node[i].off, t->node[i].len};

		if (t->node[i].flags & FX_NODE_ESCAPED)
			continue;
		if (kept(name) || (notice && fx_str_is(name, "reason"))) {
			fx_buf_byte(out, ',');
			fx_json_string(out, name);
			fx_buf_byte(out, ':');
			fx_buf_str(out, fx_tape_raw(t, i + 1));
		} else if (fx_str_is(name, "decision") && fx_tape_type(t, i + 1) == FX_OBJECT) {
			fx_json_key(out, "decision");
			some(out, t, i + 1, decision, sizeof(decision) / sizeof(decision[0]));
		} else if (fx_str_is(name, "lines") && fx_tape_type(t, i + 1) == FX_ARRAY) {
			add_lines(out, t, i + 1);
		}
	}
	fx_buf_byte(out, '}');
}
