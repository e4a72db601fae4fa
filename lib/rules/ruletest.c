#include "rules/ruletest.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "rules/explain.h"

static json_t *made(json_t *v)
{
	if (!v)
		fx_oom();
	return v;
}

static void set_default(json_t *given, const char *key, json_t *value)
{
	if (json_object_get(given, key))
		json_decref(value);
	else if (json_object_set_new(given, key, made(value)))
		fx_oom();
}

/* The trigger of a test: what is given, with what every trigger has. */
static json_t *trigger_of(const json_t *given, struct fx_str event, fx_time now)
{
	json_t *t = given ? made(json_copy((json_t *)given)) : made(json_object());
	char at[FX_TIME_LEN];

	fx_time_format(now, at);
	set_default(t, "event", json_stringn(event.p, event.n));
	set_default(t, "event_id", json_string("test"));
	set_default(t, "order_id", json_string("TEST"));
	set_default(t, "source", json_string("test"));
	set_default(t, "at", json_string(at));
	return t;
}

/* The value at a dotted path. */
static const json_t *at_path(const json_t *v, const char *path)
{
	for (size_t n; *path; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		v = json_object_getn(v, path, n);
		if (!v)
			break;
	}
	return v;
}

static struct fx_str text_of(struct fx_arena *a, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	struct fx_str s = fx_arena_str(a, text ? fx_str(text) : FX_STR("nothing"));

	free(text);
	return s;
}

/* One task against what is expected of it; empty: as expected. */
static struct fx_str mismatch(struct fx_arena *a, const json_t *task, const json_t *expect)
{
	const char *key;
	json_t *want;

	json_object_foreach((json_t *)expect, key, want)
	{
		const json_t *got = at_path(task, key);

		if (!got || !json_equal((json_t *)got, want))
			return fx_arena_fmt(a, "%s is %s, not %s (by rule %s)", key,
			                    text_of(a, got).p, text_of(a, want).p,
			                    text_of(a, json_object_get(task, "rule_id")).p);
	}
	return FX_STR("");
}

static json_t *task_json(struct fx_tests *t, const struct fx_decision *dec, size_t i)
{
	struct fx_buf b = {0};
	json_t *v;

	fx_task_write(t->decider, dec, i, FX_STR("test"), &b);
	v = json_loadb(b.p ? b.p : "", b.n, 0, NULL);
	fx_buf_free(&b);
	return v;
}

static struct fx_str compare(struct fx_tests *t, const struct fx_decision *dec,
                             const json_t *expect)
{
	struct fx_str why = FX_STR("");

	if (json_is_array(expect) && json_array_size(expect) != dec->ntasks)
		return fx_arena_fmt(&t->arena, "%zu tasks, not %zu", dec->ntasks,
		                    json_array_size(expect));
	for (size_t i = 0; i < dec->ntasks && why.n == 0; i++) {
		json_t *task = task_json(t, dec, i);
		const json_t *want = json_is_array(expect) ? json_array_get(expect, i) : expect;

		why = mismatch(&t->arena, task, want);
		if (why.n && dec->ntasks > 1)
			why = fx_arena_fmt(&t->arena, "task %zu: %s", i + 1, why.p);
		json_decref(task);
	}
	return why;
}

/* The first rule that takes the line, or the order; each up to it shows something. */
static bool cover(struct fx_tests *t, struct fx_str event, struct fx_str order_id, uint32_t line,
                  fx_time now, bool note)
{
	const struct fx_registry *r = t->registry;
	struct fx_arena scratch = {0};
	bool taken = false;

	for (size_t i = 0; i < r->nrules && !taken; i++) {
		const struct fx_rule *rule = &r->rules[i];
		bool by_line = fx_cel_uses_line(rule->when);
		struct fx_cel_input in = {
		    .tape = &t->tape, .line = by_line ? line : FX_NONE, .scratch = &scratch};

		if (!fx_rule_on(rule, event) || !fx_rule_holds(rule, now) ||
		    !fx_rule_share(rule, order_id) || (by_line && line == FX_NONE))
			continue;
		if (note)
			fx_conditions_show(&t->of[i].conditions, &in, t->of[i].shown);
		taken = fx_cel_test(rule->when, &in, NULL) == FX_CEL_TRUE;
		fx_arena_reset(&scratch);
	}
	fx_arena_free(&scratch);
	return taken;
}

/* Over the trigger's lines, or over it; true when all are taken. */
static bool cover_all(struct fx_tests *t, fx_time now, bool note)
{
	uint32_t lines = fx_tape_get(&t->tape, 0, FX_STR("lines"));
	struct fx_str event = fx_tape_get_str(&t->tape, 0, FX_STR("event"), &t->arena);
	struct fx_str id = fx_tape_get_str(&t->tape, 0, FX_STR("order_id"), &t->arena);
	bool all = true;

	if (lines == FX_NONE || fx_tape_type(&t->tape, lines) != FX_ARRAY ||
	    t->tape.node[lines].count == 0)
		return cover(t, event, id, FX_NONE, now, note);
	for (uint32_t i = lines + 1; i < t->tape.node[lines].next; i = fx_tape_next(&t->tape, i))
		all &= cover(t, event, id, i, now, note);
	return all;
}

enum fx_decided fx_tests_decide(struct fx_tests *t, const json_t *given, struct fx_str event,
                                fx_time now, const struct fx_decision **dec, struct fx_err *err)
{
	json_t *trigger = trigger_of(given, event, now);
	struct fx_str text = text_of(&t->arena, trigger);
	enum fx_decided how;

	json_decref(trigger);
	if (fx_tape_read(&t->tape, text, err))
		return FX_REFUSED;
	how = fx_decide(t->decider, &t->tape, now, FX_STR(""), dec, err);
	/* what was refused for another reason than that no rule takes it shows nothing */
	if (how == FX_DECIDED || (how == FX_REFUSED && !cover_all(t, now, false)))
		cover_all(t, now, true);
	for (size_t i = 0; how == FX_DECIDED && i < (*dec)->ntasks; i++)
		t->of[(*dec)->tasks[i].rule->index].won++;
	return how;
}

static struct fx_str run_one(struct fx_tests *t, const json_t *test, struct fx_str event,
                             fx_time now)
{
	const json_t *expect = json_object_get(test, "expect");
	const char *as_of = json_string_value(json_object_get(test, "now"));
	const struct fx_decision *dec = NULL;
	struct fx_err err = {0};
	bool refusal = json_is_string(expect) && strcmp(json_string_value(expect), "refused") == 0;

	if (!json_is_object(expect) && !json_is_array(expect) && !refusal)
		return FX_STR("'expect' is a mapping, a list of them, or 'refused'");
	if (json_object_get(test, "now") && (!as_of || fx_time_parse(fx_str(as_of), &now)))
		return FX_STR("'now' is a time with its zone (RFC 3339)");
	switch (fx_tests_decide(t, json_object_get(test, "given"), event, now, &dec, &err)) {
	case FX_REFUSED:
		return refusal ? FX_STR("") : fx_arena_fmt(&t->arena, "refused: %s", err.msg);
	case FX_PASSED:
		return FX_STR("no rule's on: names its event");
	default:
		return refusal ? FX_STR("decided, not refused") : compare(t, dec, expect);
	}
}

static void add(struct fx_tests *t, struct fx_test_result r)
{
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 32;
		t->v = fx_realloc(t->v, t->cap, sizeof(*t->v));
	}
	r.ok = r.why.n == 0;
	t->failed += !r.ok;
	t->v[t->n++] = r;
}

static struct fx_place_of place(const struct fx_doc *d, struct fx_str pointer)
{
	struct fx_place p = fx_doc_place(d, pointer);

	return (struct fx_place_of){fx_str(d->file), p.line, p.col};
}

static void run_rule(struct fx_tests *t, const struct fx_rule *r, fx_time now)
{
	for (size_t i = 0; i < json_array_size(r->tests); i++) {
		struct fx_str ptr =
		    fx_arena_fmt(&t->arena, "%.*s/tests/%zu", FX_FMT(r->pointer), i);

		add(t, (struct fx_test_result){
		           .name = fx_arena_fmt(&t->arena, "%.*s v%llu, test %zu", FX_FMT(r->id),
		                                (unsigned long long)r->version, i + 1),
		           .at = place(r->doc, ptr),
		           .why = run_one(t, json_array_get(r->tests, i), r->on[0], now)});
	}
}

static int run_file(struct fx_tests *t, const char *path, fx_time now, struct fx_errs *errs)
{
	struct fx_doc d = {0};
	struct fx_err err = {0};

	if (fx_doc_load(&d, path, &err)) {
		fx_errs_add(errs, &err);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(d.root); i++) {
		const json_t *test = json_array_get(d.root, i);
		const char *name = json_string_value(json_object_get(test, "name"));
		struct fx_place_of at = place(&d, fx_arena_fmt(&t->arena, "/%zu", i));

		at.file = fx_arena_str(&t->arena, at.file);
		add(t, (struct fx_test_result){
		           .name = name ? fx_arena_str(&t->arena, fx_str(name))
		                        : fx_arena_fmt(&t->arena, "%s, test %zu", path, i + 1),
		           .at = at,
		           .why = run_one(t, test, FX_STR("order.placed"), now)});
	}
	fx_doc_free(&d);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int run_files(struct fx_tests *t, fx_time now, struct fx_errs *errs)
{
	struct fx_str dir = fx_arena_fmt(&t->arena, "%s/tests", t->registry->dir);
	const char *names[1024];
	DIR *d = opendir(dir.p);
	struct dirent *e;
	size_t n = 0;
	int rc = 0;

	if (!d)
		return 0; /* there need be none */
	while (n < sizeof(names) / sizeof(names[0]) && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".yaml") == 0)
			names[n++] = fx_arena_fmt(&t->arena, "%s/%s", dir.p, e->d_name).p;
	}
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++)
		rc |= run_file(t, names[i], now, errs);
	return rc;
}

int fx_tests_run(struct fx_tests *t, const struct fx_registry *r, fx_time now, struct fx_errs *errs)
{
	int rc;

	t->registry = r;
	t->decider = fx_decider_new(r);
	t->of = FX_NEWV(&t->arena, struct fx_coverage, r->nrules + 1);
	for (size_t i = 0; i < r->nrules; i++) {
		t->of[i].conditions = fx_conditions(&t->arena, r->rules[i].when);
		t->of[i].shown = FX_NEWV(&t->arena, unsigned char, t->of[i].conditions.n + 1);
	}
	for (size_t i = 0; i < r->nrules; i++)
		run_rule(t, &r->rules[i], now);
	rc = run_files(t, now, errs);
	for (size_t i = 0; i < r->nrules; i++)
		for (size_t k = 0; k < t->of[i].conditions.n; k++)
			t->of[i].covered += t->of[i].shown[k] == FX_SHOWN_BOTH;
	return rc;
}

void fx_tests_free(struct fx_tests *t)
{
	fx_decider_free(t->decider);
	fx_tape_free(&t->tape);
	fx_arena_free(&t->arena);
	free(t->v);
	*t = (struct fx_tests){0};
}
