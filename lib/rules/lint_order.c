/* Orders that lint shows, held against the contract. */
#include <string.h>

#include "rules/lint_parts.h"

void fx_lint_contract(struct fx_lint_run *l)
{
	const struct fx_registry *r = l->r;
	struct fx_errs errs = {0};

	if (r->ncontracts == 0 || !r->dir[0])
		return;
	l->contract = fx_contract_new(false);
	for (size_t i = 0; i < r->ncontracts; i++) {
		const struct fx_contract_ref *c = &r->contracts[i];
		struct fx_str path =
		    fx_arena_fmt(&l->scratch, "%s/%.*s", r->dir, FX_FMT(c->schema));

		fx_contract_add(l->contract, c->event, path.p, &errs);
	}
	for (size_t i = 0; i < errs.n; i++)
		fx_lint_find(
		    l, FX_LINT_ERROR, "contract-broken",
		    (struct fx_place_of){fx_arena_str(&l->out->arena, fx_str(errs.v[i].file)),
		                         errs.v[i].line, errs.v[i].col},
		    "%s", errs.v[i].msg);
	/* Without one of its pairs another would be taken for the first that fits. */
	if (errs.n) {
		fx_contract_free(l->contract);
		l->contract = NULL;
	}
	fx_errs_free(&errs);
}

/* "/ship_to/country" as fx_cel_attrs tells it; the line under decision is SKU. */
static struct fx_str attribute(struct fx_lint_run *l, struct fx_str pointer, struct fx_str name)
{
	struct fx_str line = FX_STR("/lines/0");
	struct fx_buf b = {0};
	struct fx_str out;

	if (fx_str_starts(pointer, line) && (pointer.n == line.n || pointer.p[line.n] == '/')) {
		fx_buf_z(&b, "/SKU");
		pointer = (struct fx_str){pointer.p + line.n, pointer.n - line.n};
	}
	fx_buf_str(&b, pointer);
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '/')
			b.p[i] = '.';
	fx_buf_byte(&b, '.');
	fx_buf_str(&b, name);
	out = fx_arena_str(&l->scratch, fx_buf_view(&b));
	fx_buf_free(&b);
	return (struct fx_str){out.p + 1, out.n - 1};
}

static bool below(struct fx_str path, struct fx_str parent)
{
	return path.n > parent.n && path.p[parent.n] == '.' && fx_str_starts(path, parent);
}

static bool named(struct fx_str path, const struct fx_rule *const *rules, size_t n)
{
	const struct fx_str *attr;

	for (size_t i = 0; i < n; i++)
		for (size_t k = fx_cel_attrs(rules[i]->when, &attr); k--;)
			if (fx_str_eq(attr[k], path) || below(attr[k], path) ||
			    below(path, attr[k]))
				return true;
	return false;
}

/* A member that lacks and that no predicate looks at can be added. */
static bool can_be_added(struct fx_lint_run *l, const struct fx_fault *f,
                         const struct fx_rule *const *rules, size_t n)
{
	size_t open = fx_str_find(f->message, '"');
	struct fx_str name;

	if (!fx_str_is(f->keyword, "required") || open >= f->message.n)
		return false;
	name = (struct fx_str){f->message.p + open + 1, f->message.n - open - 1};
	name.n = fx_str_find(name, '"');
	return !named(attribute(l, f->instance, name), rules, n);
}

/* The first fault of the record on the tape that counts. */
static const struct fx_fault *fault(struct fx_lint_run *l, const struct fx_schema *s,
                                    const struct fx_rule *const *rules, size_t n)
{
	if (fx_schema_check(s, &l->check, &l->tape, 0))
		return NULL;
	for (size_t i = 0; i < l->check.n; i++)
		if (!can_be_added(l, &l->check.fault[i], rules, n))
			return &l->check.fault[i];
	return NULL;
}

static unsigned char *verdicts(struct fx_lint_run *l, const struct fx_rule *const *rules, size_t n)
{
	unsigned char *v = fx_arena_zalloc(&l->scratch, n + 1);
	struct fx_arena scratch = {0};
	struct fx_cel_input in = {.tape = &l->tape, .scratch = &scratch};
	uint32_t lines = fx_tape_get(&l->tape, 0, FX_STR("lines"));

	in.line = lines != FX_NONE && fx_tape_type(&l->tape, lines) == FX_ARRAY &&
	                  l->tape.node[lines].count
	              ? lines + 1
	              : FX_NONE;
	for (size_t i = 0; i < n; i++) {
		v[i] = (unsigned char)fx_cel_test(rules[i]->when, &in, NULL);
		fx_arena_reset(&scratch);
	}
	fx_arena_free(&scratch);
	return v;
}

/* Another string where the fault is: one that the contract takes and no predicate minds. */
static bool mend(struct fx_lint_run *l, const struct fx_schema *s, struct fx_str pointer,
                 struct fx_str *order, const struct fx_rule *const *rules, size_t n)
{
	static const char *const tries[] = {
	    "XX", "XXX", "1.50", "2026-11-20T12:00:00Z", "00000",
	    "xx", "1",   "x",    "2026-11-20",           "a@example.org"};
	const unsigned char *before = verdicts(l, rules, n);
	struct fx_str where = fx_arena_str(&l->scratch, pointer), old = *order;
	bool found;
	uint32_t node = fx_tape_pointer(&l->tape, where, &found);
	struct fx_str raw;
	size_t at;

	if (!found || fx_tape_type(&l->tape, node) != FX_STRING)
		return false;
	raw = fx_tape_raw(&l->tape, node);
	at = (size_t)(raw.p - fx_tape_raw(&l->tape, 0).p);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct fx_fault *f;
		struct fx_str made =
		    fx_arena_fmt(&l->out->arena, "%.*s\"%s\"%.*s", (int)at, old.p, tries[i],
		                 (int)(old.n - at - raw.n), old.p + at + raw.n);

		if (fx_tape_read(&l->tape, made, NULL) ||
		    memcmp(before, verdicts(l, rules, n), n) != 0)
			continue;
		f = fault(l, s, rules, n);
		if (f && fx_str_eq(f->instance, where))
			continue;
		*order = made;
		return true;
	}
	return false;
}

struct fx_str fx_lint_fit(struct fx_lint_run *l, struct fx_str event, struct fx_str *order,
                          const struct fx_rule *const *rules, size_t n)
{
	const struct fx_schema *s = l->contract ? fx_contract_for(l->contract, event) : NULL;
	struct fx_str none = {NULL, 0}, said = none;

	for (unsigned round = 0; s && round < 16; round++) {
		const struct fx_fault *f;

		if (fx_tape_read(&l->tape, *order, NULL))
			return none;
		f = fault(l, s, rules, n);
		if (!f)
			return none;
		said = fx_arena_fmt(&l->out->arena, "%.*s%s%.*s", FX_FMT(f->instance),
		                    f->instance.n ? " " : "", FX_FMT(f->message));
		if (!mend(l, s, f->instance, order, rules, n))
			break;
	}
	return said;
}
