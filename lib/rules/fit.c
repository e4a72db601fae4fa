#include "rules/fit.h"

#include <string.h>

#include "json/write.h"
#include "rules/sample.h"

#define ROUNDS_MAX 64

int fx_fit_init(struct fx_fit *f, const struct fx_registry *r, struct fx_errs *errs)
{
	struct fx_err err = {0}; /* of what the contract has told already */
	int rc = 0;

	*f = (struct fx_fit){.ndocs = 0};
	if (r->ncontracts == 0 || !r->dir[0])
		return 0;
	f->contract = fx_contract_new(false);
	f->name = FX_NEWV(&f->names, struct fx_str, r->ncontracts);
	f->doc = FX_NEWV(&f->names, json_t *, r->ncontracts);
	f->whole = FX_NEWV(&f->names, struct fx_doc, r->ncontracts);
	f->parts = fx_schemas_new(false);
	for (size_t i = 0; i < r->ncontracts; i++) {
		const struct fx_contract_ref *c = &r->contracts[i];
		struct fx_str path = fx_arena_fmt(&f->names, "%s/%.*s", r->dir, FX_FMT(c->schema));

		rc |= fx_contract_add(f->contract, c->event, path.p, errs);
		f->name[i] = c->schema;
		f->doc[i] = json_loadb(c->text.p, c->text.n, 0, NULL);
		fx_doc_parse_json(&f->whole[i], c->text, path.p, &err);
		f->ndocs++;
	}
	/* Without one of its pairs another would be taken for the first that fits. */
	if (rc) {
		fx_contract_free(f->contract);
		f->contract = NULL;
	}
	return rc;
}

void fx_fit_free(struct fx_fit *f)
{
	fx_schemas_free(f->parts);
	fx_map_free(&f->part);
	for (size_t i = 0; i < f->ndocs; i++) {
		json_decref(f->doc[i]);
		fx_doc_free(&f->whole[i]);
	}
	fx_contract_free(f->contract);
	fx_check_free(&f->check);
	fx_tape_free(&f->tape);
	fx_arena_free(&f->scratch);
	fx_arena_free(&f->names);
	*f = (struct fx_fit){.ndocs = 0};
}

/* A record on its way: whole, and the members that matter alone. */
struct draft {
	struct fx_fit *f;
	struct fx_str whole, brief;
	const struct fx_schema *schema;
	fx_cel_right *right;
	void *solver;
};

/* ---- texts ---- */

static struct fx_str spliced(struct fx_arena *a, struct fx_str text, size_t at, size_t n,
                             struct fx_str by)
{
	return fx_arena_fmt(a, "%.*s%.*s%.*s", (int)at, text.p, FX_FMT(by), (int)(text.n - at - n),
	                    text.p + at + n);
}

/* The text with the value at a pointer replaced; as it was where there is none. */
static struct fx_str replaced(struct draft *d, struct fx_str text, struct fx_str pointer,
                              struct fx_str by)
{
	bool found;
	uint32_t node;
	struct fx_str raw;

	if (fx_tape_read(&d->f->tape, text, NULL))
		return text;
	node = fx_tape_pointer(&d->f->tape, pointer, &found);
	if (!found)
		return text;
	raw = fx_tape_raw(&d->f->tape, node);
	return spliced(&d->f->scratch, text, (size_t)(raw.p - text.p), raw.n, by);
}

/* The text with a member more in the object at a pointer. */
static struct fx_str added(struct draft *d, struct fx_str text, struct fx_str pointer,
                           struct fx_str name, struct fx_str value)
{
	struct fx_buf b = {0};
	struct fx_str raw, out = text;
	bool found;
	uint32_t node;

	if (fx_tape_read(&d->f->tape, text, NULL))
		return text;
	node = fx_tape_pointer(&d->f->tape, pointer, &found);
	if (found && fx_tape_type(&d->f->tape, node) == FX_OBJECT) {
		raw = fx_tape_raw(&d->f->tape, node);
		if (d->f->tape.node[node].count)
			fx_buf_byte(&b, ',');
		fx_json_string(&b, name);
		fx_buf_byte(&b, ':');
		fx_buf_str(&b, value);
		out = spliced(&d->f->scratch, text, (size_t)(raw.p - text.p) + raw.n - 1, 0,
		              fx_buf_view(&b));
	}
	fx_buf_free(&b);
	return out;
}

/* As an order of the event, with a line where it is about one; false: it is of another event. */
static bool begin(struct draft *d, struct fx_str members)
{
	struct fx_fit *f = d->f;
	struct fx_buf b = {0};
	struct fx_str event;
	bool lines;

	if (fx_tape_read(&f->tape, members, NULL) || fx_tape_type(&f->tape, 0) != FX_OBJECT)
		return false;
	event = fx_tape_get_str(&f->tape, 0, FX_STR("event"), &f->scratch);
	if (event.p && !fx_str_eq(event, f->event))
		return false;
	lines = fx_tape_get(&f->tape, 0, FX_STR("lines")) != FX_NONE;
	fx_buf_byte(&b, '{');
	if (!event.p) {
		fx_json_key(&b, "event");
		fx_json_string(&b, f->event);
	}
	if (members.n > 2) {
		fx_json_sep(&b);
		fx_buf_add(&b, members.p + 1, members.n - 2);
	}
	if (f->line && !lines) {
		fx_json_key(&b, "lines");
		fx_buf_z(&b, "[{}]");
	}
	fx_buf_byte(&b, '}');
	d->whole = d->brief = fx_arena_str(&f->scratch, fx_buf_view(&b));
	fx_buf_free(&b);
	return d->right(d->solver, d->whole);
}

/* ---- faults ---- */

/* Hold a text against the contract; its faults are in check. */
static bool meets(struct draft *d, struct fx_str text)
{
	return fx_tape_read(&d->f->tape, text, NULL) == 0 &&
	       (!d->schema || fx_schema_check(d->schema, &d->f->check, &d->f->tape, 0));
}

/* The value itself is refused, not only what lacks in it. */
static bool refuses(const struct fx_check *k, struct fx_str pointer)
{
	for (size_t i = 0; i < k->n; i++)
		if (fx_str_eq(k->fault[i].instance, pointer) &&
		    !fx_str_is(k->fault[i].keyword, "required"))
			return true;
	return false;
}

static struct fx_str behind_last(struct fx_str s, char c)
{
	size_t n = s.n;

	while (n && s.p[n - 1] != c)
		n--;
	return (struct fx_str){s.p + n, s.n - n};
}

/* The document that a fault's schema pointer is of: "FILE#POINTER", or the event's own. */
static const json_t *document(const struct draft *d, struct fx_str file)
{
	const struct fx_fit *f = d->f;
	const struct fx_schema *schema;
	struct fx_str event;

	for (size_t i = 0; i < f->ndocs; i++)
		if (file.n
		        ? fx_str_eq(behind_last(f->name[i], '/'), behind_last(file, '/'))
		        : fx_contract_pair(f->contract, i, &event, &schema) && schema == d->schema)
			return f->doc[i];
	return NULL;
}

/* Guesses for a fault: by the schema that holds the keyword, or its property `name`. */
static size_t guesses(struct draft *d, const struct fx_fault *fault, struct fx_str name,
                      struct fx_str like, struct fx_str out[FX_SAMPLES])
{
	struct fx_arena *a = &d->f->scratch;
	struct fx_str s = fault->schema, p = behind_last(s, '#'), last = behind_last(p, '/');
	struct fx_str file = {s.p, p.n < s.n ? s.n - p.n - 1 : 0};

	p.n -= last.n + (last.n < p.n);
	if (name.n)
		p = fx_arena_fmt(a, "%.*s/properties/%.*s", FX_FMT(p), FX_FMT(name));
	else
		p = fx_arena_str(a, p);
	return fx_samples(a, document(d, file), p, like, out);
}

/* Take the first text that the contract no longer refuses there and the predicates take. */
static bool take(struct draft *d, struct fx_str pointer, struct fx_str whole)
{
	if (!meets(d, whole) && refuses(&d->f->check, pointer))
		return false;
	if (!d->right(d->solver, whole))
		return false;
	d->whole = whole;
	return true;
}

static bool add_member(struct draft *d, struct fx_str object, struct fx_str name,
                       const struct fx_str *value, size_t n)
{
	struct fx_str pointer =
	    fx_arena_fmt(&d->f->scratch, "%.*s/%.*s", FX_FMT(object), FX_FMT(name));

	for (size_t i = 0; i < n; i++)
		if (take(d, pointer, added(d, d->whole, object, name, value[i])))
			return true;
	return false;
}

/* The first name in quotes: "has no \"currency\"". */
static struct fx_str quoted(struct fx_str message)
{
	size_t open = fx_str_find(message, '"');
	struct fx_str name = {message.p + open + 1, message.n - open - 1};

	if (open >= message.n)
		return (struct fx_str){NULL, 0};
	name.n = fx_str_find(name, '"');
	return name;
}

static bool mend_missing(struct draft *d, const struct fx_fault *fault)
{
	struct fx_str name = quoted(fault->message), value[FX_SAMPLES], whole;
	size_t n;

	/* the order's lines are those that it was found with: none */
	if (fx_str_is(name, "lines") && fault->instance.n == 0)
		return add_member(d, fault->instance, name, &FX_STR("[]"), 1);
	n = guesses(d, fault, name, FX_STR(""), value);
	if (!name.n || n)
		return n && add_member(d, fault->instance, name, value, n);
	/* another part of the schema has it: the fault that comes of this leads there */
	whole = added(d, d->whole, fault->instance, name, FX_STR("\"x\""));
	if (whole.n == d->whole.n || !d->right(d->solver, whole))
		return false;
	d->whole = whole;
	return true;
}

/* An array with too few elements gets more behind those that it has. */
static bool mend_count(struct draft *d, const struct fx_fault *fault)
{
	struct fx_arena *a = &d->f->scratch;
	struct fx_str text = d->whole, raw;
	bool found;
	uint32_t node;

	if (fx_tape_read(&d->f->tape, text, NULL))
		return false;
	node = fx_tape_pointer(&d->f->tape, fault->instance, &found);
	/* no lines at all is what was asked for */
	if (!found || fx_tape_type(&d->f->tape, node) != FX_ARRAY || !d->f->tape.node[node].count)
		return false;
	raw = fx_tape_raw(&d->f->tape, node);
	text = spliced(a, text, (size_t)(raw.p - text.p) + raw.n - 1, 0, FX_STR(",{}"));
	if (!d->right(d->solver, text))
		return false;
	d->whole = text;
	return true;
}

static bool mend_value(struct draft *d, const struct fx_fault *fault)
{
	struct fx_arena *a = &d->f->scratch;
	struct fx_str like, value[FX_SAMPLES];
	uint32_t node;
	bool found;
	size_t n;

	if (!meets(d, d->whole))
		node = fx_tape_pointer(&d->f->tape, fault->instance, &found);
	else
		return true;
	if (!found || fault->instance.n == 0)
		return false;
	if (fx_str_is(fault->keyword, "minItems") && mend_count(d, fault))
		return true;
	like = fx_tape_type(&d->f->tape, node) == FX_STRING ? fx_tape_str(&d->f->tape, node, a)
	                                                    : fx_tape_raw(&d->f->tape, node);
	n = guesses(d, fault, (struct fx_str){NULL, 0}, fx_arena_str(a, like), value);
	for (size_t i = 0; i < n; i++)
		if (take(d, fault->instance, replaced(d, d->whole, fault->instance, value[i]))) {
			d->brief = replaced(d, d->brief, fault->instance, value[i]);
			return true;
		}
	return false;
}

/* A fault as it is, whatever the next check leaves of it. */
static struct fx_fault kept(struct fx_arena *a, const struct fx_fault *f)
{
	return (struct fx_fault){fx_arena_str(a, f->instance), fx_arena_str(a, f->schema),
	                         fx_arena_str(a, f->keyword), fx_arena_str(a, f->message)};
}

/* Mend the first fault that can be; false: none can. */
static bool mend(struct draft *d)
{
	struct fx_fit *f = d->f;
	struct fx_fault fault[FX_FAULTS + 1];
	size_t n = f->check.n;

	for (size_t i = 0; i < n; i++)
		fault[i] = kept(&f->scratch, &f->check.fault[i]);
	for (size_t i = 0; i < n; i++)
		if (fx_str_is(fault[i].keyword, "required") ? mend_missing(d, &fault[i])
		                                            : mend_value(d, &fault[i]))
			return true;
	if (n)
		f->refused = fx_arena_fmt(f->out_arena, "%.*s%s%.*s", FX_FMT(fault[0].instance),
		                          fault[0].instance.n ? " " : "", FX_FMT(fault[0].message));
	return false;
}

/* What fx-route asks of each trigger, where neither the contract nor a predicate minds. */
static void add_known(struct draft *d)
{
	static const char *const known[][2] = {{"event_id", "\"1\""},
	                                       {"order_id", "\"1\""},
	                                       {"source", "\"x\""},
	                                       {"at", "\"2026-11-20T18:03:09Z\""}};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct fx_str name = fx_str(known[i][0]), value = fx_str(known[i][1]), whole;

		if (fx_tape_read(&d->f->tape, d->whole, NULL) ||
		    fx_tape_get(&d->f->tape, 0, name) != FX_NONE)
			continue;
		whole = added(d, d->whole, FX_STR(""), name, value);
		if (meets(d, whole) && d->right(d->solver, whole))
			d->whole = whole;
	}
}

static bool fit(void *ctx, struct fx_str *record, fx_cel_right *right, void *solver)
{
	struct fx_fit *f = ctx;
	struct draft d = {.f = f, .right = right, .solver = solver};
	bool whole = false;

	fx_arena_reset(&f->scratch);
	d.schema = f->contract ? fx_contract_for(f->contract, f->event) : NULL;
	if (!begin(&d, *record))
		return false;
	for (unsigned i = 0; i < ROUNDS_MAX && !(whole = meets(&d, d.whole)); i++)
		if (!mend(&d))
			return false;
	if (!whole)
		return false;
	add_known(&d);
	*record = fx_arena_str(f->out_arena, d.whole);
	f->brief = fx_arena_str(f->out_arena, d.brief);
	return true;
}

enum fx_cel_sat fx_fit_solve(struct fx_fit *f, struct fx_arena *a, struct fx_cel_question *q,
                             struct fx_str event, bool line, struct fx_str *order)
{
	f->event = event;
	f->line = line;
	f->out_arena = a;
	f->refused = f->brief = (struct fx_str){NULL, 0};
	q->event = event;
	q->fit = fit;
	q->takes = f->contract ? fx_fit_takes : NULL;
	q->ctx = f;
	return fx_cel_solve(a, q, order);
}
