#include "json/splice.h"

#include "json/write.h"

/* Bits for the lengths of the names, so that most members are passed over at once. */
static uint64_t length_bit(size_t n)
{
	return (uint64_t)1 << (n & 63);
}

/* Index of the member at node name in m, or n. */
static size_t which(const struct fx_tape *t, uint32_t name, const struct fx_member *m, size_t n)
{
	size_t k = 0;

	while (k < n && !fx_tape_str_eq(t, name, m[k].name))
		k++;
	return k;
}

/* Offset of the comma or brace behind the value that ends at off. */
static uint32_t separator(const struct fx_tape *t, uint32_t off)
{
	while (t->text[off] != ',' && t->text[off] != '}')
		off++;
	return off;
}

int fx_splice(struct fx_buf *out, const struct fx_tape *t, uint32_t obj, const struct fx_member *m,
              size_t n)
{
	const struct fx_node *o = &t->node[obj];
	const char *text = t->text;
	/* All before `from` is written; `start` is where the member's text begins. */
	uint32_t from = o->off, start = from + 1, brace = o->off + o->len - 1;
	uint64_t lengths = 0;
	bool any = false;

	for (size_t k = 0; k < n; k++)
		lengths |= length_bit(m[k].name.n);
	for (uint32_t i = obj + 1; i < o->next; i = t->node[i + 1].next) {
		const struct fx_node *name = &t->node[i];
		struct fx_str value = fx_tape_raw(t, i + 1);
		uint32_t at = (uint32_t)(value.p - text), end = at + (uint32_t)value.n;
		uint32_t sep = separator(t, end);
		size_t k = n;

		if (name->flags & FX_NODE_ESCAPED || lengths & length_bit(name->len))
			k = which(t, i, m, n);
		if (k < n && m[k].json.p) {
			fx_buf_add(out, text + from, at - from);
			fx_buf_str(out, m[k].json);
			from = end;
		} else if (k < n) {
			/* It goes with the comma before it, or as the first with the one behind. */
			fx_buf_add(out, text + from, start - any - from);
			from = !any && text[sep] == ',' ? sep + 1 : sep;
			start = sep + 1;
			continue;
		}
		any = true;
		start = sep + 1;
	}
	fx_buf_add(out, text + from, brace - from);
	for (size_t k = 0; k < n; k++) {
		if (!m[k].json.p || fx_tape_get(t, obj, m[k].name) != FX_NONE)
			continue;
		if (any)
			fx_buf_byte(out, ',');
		any = true;
		fx_json_string(out, m[k].name);
		fx_buf_byte(out, ':');
		fx_buf_str(out, m[k].json);
	}
	return fx_buf_byte(out, '}');
}
