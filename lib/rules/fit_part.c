/* What the contract says of one attribute, whatever else an order holds. */
#include <string.h>

#include "json/write.h"
#include "rules/fit.h"

#define REFS_MAX 8

/* A place in a schema's document. */
struct place {
	const json_t *root, *at;
	struct fx_str pointer;
};

static bool go(struct fx_arena *a, struct place *p, struct fx_str name)
{
	const json_t *next = json_object_get(p->at, fx_arena_str(a, name).p);

	if (!next)
		return false;
	p->at = next;
	p->pointer = fx_arena_fmt(a, "%.*s/%.*s", FX_FMT(p->pointer), FX_FMT(name));
	return true;
}

/* A $ref within the document (names there without ~ and %) is where it leads to. */
static bool follow(struct fx_arena *a, struct place *p)
{
	for (unsigned i = 0; i < REFS_MAX; i++) {
		const char *ref = json_string_value(json_object_get(p->at, "$ref"));
		struct fx_str left = fx_str(ref);

		if (!ref)
			return true;
		if (!fx_str_starts(left, FX_STR("#/")) || strpbrk(ref, "~%"))
			return false;
		*p = (struct place){p->root, p->root, {"", 0}};
		for (left = (struct fx_str){ref + 2, left.n - 2}; left.n;) {
			size_t n = fx_str_find(left, '/');

			if (!go(a, p, (struct fx_str){left.p, n}))
				return false;
			n += n < left.n;
			left = (struct fx_str){left.p + n, left.n - n};
		}
	}
	return false;
}

/* Down by the properties that hold for every order: not by what is conditional. */
static bool down(struct fx_arena *a, struct place *p, struct fx_str path)
{
	if (fx_str_starts(path, FX_STR("SKU."))) {
		path = (struct fx_str){path.p + 4, path.n - 4};
		if (!go(a, p, FX_STR("properties")) || !go(a, p, FX_STR("lines")) ||
		    !follow(a, p) || !go(a, p, FX_STR("items")) || !follow(a, p))
			return false;
	}
	while (path.n) {
		size_t n = fx_str_find(path, '.');

		if (!follow(a, p) || !go(a, p, FX_STR("properties")) ||
		    !go(a, p, (struct fx_str){path.p, n}))
			return false;
		n += n < path.n;
		path = (struct fx_str){path.p + n, path.n - n};
	}
	return follow(a, p);
}

static const struct fx_schema *compiled(struct fx_fit *f, size_t i, struct fx_str path)
{
	struct place p = {f->whole[i].root, f->whole[i].root, {"", 0}};
	struct fx_errs errs = {0};
	const struct fx_schema *s = NULL;

	/* compiled as a schema of its own: what refers out of it cannot be, and says nothing */
	if (f->whole[i].root && down(&f->names, &p, path))
		s = fx_schemas_compile(f->parts, &f->whole[i], p.pointer,
		                       fx_arena_fmt(&f->names, "urn:fx:%zu", f->part.n), &errs);
	fx_errs_free(&errs);
	return s;
}

bool fx_fit_takes(void *fit, struct fx_str path, struct fx_str text)
{
	struct fx_fit *f = fit;
	const struct fx_schema *of = fx_contract_for(f->contract, f->event), *schema;
	struct fx_str event;
	struct fx_map_entry *e;
	struct fx_buf b = {0};
	bool fresh, takes = true;
	size_t i = 0;

	while (i < f->ndocs && !(fx_contract_pair(f->contract, i, &event, &schema) && schema == of))
		i++;
	if (i == f->ndocs)
		return true;
	fx_buf_fmt(&b, "%zu %.*s", i, FX_FMT(path));
	e = fx_map_get(&f->part, fx_buf_view(&b));
	if (!e) {
		e = fx_map_put(&f->part, fx_arena_str(&f->names, fx_buf_view(&b)), &fresh);
		e->v.ptr = (void *)compiled(f, i, path);
	}
	fx_buf_reset(&b);
	fx_json_string(&b, text);
	if (e->v.ptr && fx_tape_read(&f->tape, fx_buf_view(&b), NULL) == 0)
		takes = fx_schema_check(e->v.ptr, &f->check, &f->tape, 0);
	if (!takes)
		f->refused = fx_arena_fmt(f->out_arena, "%.*s %.*s", FX_FMT(path),
		                          FX_FMT(f->check.fault[0].message));
	fx_buf_free(&b);
	return takes;
}
