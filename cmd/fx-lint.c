/* fx-lint: what is wrong with a registry, and what its own tests say. */
#include <stdio.h>
#include <string.h>

#include "base/app.h"
#include "json/write.h"
#include "rules/lint.h"
#include "rules/ready.h"
#include "rules/ruletest.h"

static const char *const SEVERITY[] = {"error", "warning", "note"};

struct wish {
	bool json, notes, overlaps, test, generate, readiness;
};

static void put_place(struct fx_buf *b, const struct fx_place_of *at)
{
	fx_buf_fmt(b, "%.*s:%u:%u", FX_FMT(at->file), at->line, at->col);
}

static void finding_text(const struct fx_finding *f, struct fx_buf *b)
{
	put_place(b, &f->at);
	fx_buf_fmt(b, ": %s: %.*s [%s]\n", SEVERITY[f->severity], FX_FMT(f->message), f->code);
	if (f->order.n)
		fx_buf_fmt(b, "    %.*s\n", FX_FMT(f->order));
}

static void finding_json(const struct fx_finding *f, struct fx_buf *b)
{
	fx_buf_z(b, "{\"severity\":");
	fx_json_z(b, SEVERITY[f->severity]);
	fx_json_key(b, "code");
	fx_json_z(b, f->code);
	fx_json_key(b, "file");
	fx_json_string(b, f->at.file);
	fx_json_key(b, "line");
	fx_json_int(b, f->at.line);
	fx_json_key(b, "column");
	fx_json_int(b, f->at.col);
	fx_json_key(b, "message");
	fx_json_string(b, f->message);
	if (f->order.n) {
		fx_json_key(b, "order");
		fx_buf_str(b, f->order);
	}
	fx_buf_z(b, "}\n");
}

static void show_findings(struct fx_app *app, const struct wish *w, const struct fx_findings *f)
{
	struct fx_buf b = {0};

	for (size_t i = 0; i < f->n; i++) {
		bool overlap = fx_str_starts(fx_str(f->v[i].code), FX_STR("overlap"));

		if (f->v[i].severity == FX_LINT_NOTE && !w->notes && !overlap)
			continue;
		if (f->v[i].severity != FX_LINT_NOTE)
			app->exit = FX_EXIT_DIRTY;
		fx_buf_reset(&b);
		(w->json ? finding_json : finding_text)(&f->v[i], &b);
		fx_out_add(&app->out, fx_buf_view(&b));
	}
	fx_buf_free(&b);
}

/* TAP version 13's core: a line a test, the plan at the end. */
static void test_tap(const struct fx_test_result *r, size_t i, struct fx_buf *b)
{
	fx_buf_fmt(b, "%sok %zu - %.*s\n", r->ok ? "" : "not ", i + 1, FX_FMT(r->name));
	if (!r->ok) {
		fx_buf_z(b, "# ");
		put_place(b, &r->at);
		fx_buf_fmt(b, ": %.*s\n", FX_FMT(r->why));
	}
}

static void test_json(const struct fx_test_result *r, size_t i, struct fx_buf *b)
{
	(void)i;
	fx_buf_z(b, "{\"test\":");
	fx_json_string(b, r->name);
	fx_json_key(b, "ok");
	fx_json_bool(b, r->ok);
	fx_json_key(b, "file");
	fx_json_string(b, r->at.file);
	fx_json_key(b, "line");
	fx_json_int(b, r->at.line);
	if (!r->ok) {
		fx_json_key(b, "why");
		fx_json_string(b, r->why);
	}
	fx_buf_z(b, "}\n");
}

static void coverage_json(const struct fx_rule *r, const struct fx_coverage *c, struct fx_buf *b)
{
	fx_buf_z(b, "{\"rule_id\":");
	fx_json_string(b, r->id);
	fx_buf_fmt(b,
	           ",\"rule_version\":%llu,\"won\":%zu,\"conditions\":%zu,\"covered\":%zu,"
	           "\"missing\":[",
	           (unsigned long long)r->version, c->won, c->conditions.n, c->covered);
	for (size_t i = 0; i < c->conditions.n; i++)
		for (unsigned bit = FX_SHOWN_TRUE; bit <= FX_SHOWN_FALSE; bit <<= 1) {
			if (c->shown[i] & bit)
				continue;
			fx_json_sep(b);
			fx_buf_z(b, "{\"condition\":");
			fx_json_string(b, fx_cel_source(c->conditions.v[i]->expr));
			fx_json_key(b, "value");
			fx_json_bool(b, bit == FX_SHOWN_TRUE);
			fx_buf_byte(b, '}');
		}
	fx_buf_z(b, "]}\n");
}

/* What no test shows of a rule. */
static void coverage_text(const struct fx_rule *r, const struct fx_coverage *c, struct fx_buf *b)
{
	static const char *const how[] = {"true or false", "false", "true"}; /* by what is shown */

	if (c->won == 0)
		fx_buf_fmt(b, "# %.*s v%llu: wins in no test\n", FX_FMT(r->id),
		           (unsigned long long)r->version);
	for (size_t i = 0; i < c->conditions.n; i++) {
		struct fx_str of = fx_cel_source(c->conditions.v[i]->expr);

		if (c->shown[i] == FX_SHOWN_BOTH)
			continue;
		fx_buf_fmt(b, "# %.*s v%llu: in no test ", FX_FMT(r->id),
		           (unsigned long long)r->version);
		for (size_t k = 0; k < of.n; k++)
			fx_buf_byte(b, of.p[k] == '\n' ? ' ' : of.p[k]);
		fx_buf_fmt(b, " decides by being %s\n", how[c->shown[i]]);
	}
}

static void coverage(const struct fx_tests *t, const struct wish *w, struct fx_buf *b)
{
	size_t won = 0, conditions = 0, covered = 0, n = t->registry->nrules;

	for (size_t i = 0; i < n; i++) {
		(w->json ? coverage_json : coverage_text)(&t->registry->rules[i], &t->of[i], b);
		won += t->of[i].won > 0;
		conditions += t->of[i].conditions.n;
		covered += t->of[i].covered;
	}
	if (!w->json)
		fx_buf_fmt(b,
		           "# %zu of %zu rules win in some test; %zu of %zu conditions decide both "
		           "ways (MC/DC)\n",
		           won, n, covered, conditions);
}

static int run_tests(struct fx_app *app, const struct wish *w, const struct fx_registry *r)
{
	struct fx_tests t = {0};
	struct fx_errs errs = {0};
	struct fx_buf b = {0};
	int rc = fx_tests_run(&t, r, app->now, &errs);

	for (size_t i = 0; i < t.n; i++)
		(w->json ? test_json : test_tap)(&t.v[i], i, &b);
	coverage(&t, w, &b);
	if (!w->json)
		fx_buf_fmt(&b, "1..%zu\n", t.n);
	fx_out_add(&app->out, fx_buf_view(&b));
	if (t.failed)
		app->exit = FX_EXIT_DIRTY;
	fx_app_errs(app, &errs);
	fx_errs_free(&errs);
	fx_buf_free(&b);
	fx_tests_free(&t);
	return rc;
}

static void ready_text(const struct fx_ready *f, struct fx_buf *b)
{
	if (f->lacking)
		fx_buf_fmt(b, "%.*s: %zu of %d missing\n", FX_FMT(f->flow), f->lacking,
		           FX_READY_ITEMS);
	else
		fx_buf_fmt(b, "%.*s: ready\n", FX_FMT(f->flow));
	for (size_t i = 0; i < FX_READY_ITEMS; i++) {
		const struct fx_ready_item *it = &f->item[i];

		fx_buf_fmt(b, "  %-17s%.*s", it->name, FX_FMT(it->have));
		if (it->lacks.n)
			fx_buf_fmt(b, "%sMISSING: %.*s", it->have.n ? "; " : "", FX_FMT(it->lacks));
		fx_buf_byte(b, '\n');
	}
}

static void ready_json(const struct fx_ready *f, struct fx_buf *b)
{
	fx_buf_z(b, "{\"flow_id\":");
	fx_json_string(b, f->flow);
	fx_json_key(b, "ready");
	fx_json_bool(b, !f->lacking);
	for (size_t i = 0; i < FX_READY_ITEMS; i++) {
		fx_json_key(b, f->item[i].name);
		fx_buf_z(b, "{\"have\":");
		fx_json_string(b, f->item[i].have);
		fx_json_key(b, "missing");
		fx_json_string(b, f->item[i].lacks);
		fx_buf_byte(b, '}');
	}
	fx_buf_z(b, "}\n");
}

static int show_readiness(struct fx_app *app, const struct wish *w, const struct fx_registry *r)
{
	struct fx_tests t = {0};
	struct fx_errs errs = {0};
	struct fx_buf b = {0};
	struct fx_arena a = {0};
	struct fx_ready *flow;
	int rc = fx_tests_run(&t, r, app->now, &errs);
	size_t n = fx_readiness(&a, r, &t, &flow);

	for (size_t i = 0; i < n; i++) {
		(w->json ? ready_json : ready_text)(&flow[i], &b);
		if (flow[i].lacking)
			app->exit = FX_EXIT_DIRTY;
	}
	fx_out_add(&app->out, fx_buf_view(&b));
	fx_app_errs(app, &errs);
	fx_errs_free(&errs);
	fx_buf_free(&b);
	fx_arena_free(&a);
	fx_tests_free(&t);
	return rc;
}

static int write_tests(struct fx_app *app, const struct fx_registry *r)
{
	struct fx_buf b = {0};
	struct fx_errs errs = {0};
	int rc = fx_tests_generate(r, app->now, &b, &errs);

	fx_out_add(&app->out, fx_buf_view(&b));
	fx_app_errs(app, &errs);
	fx_errs_free(&errs);
	fx_buf_free(&b);
	return rc;
}

int main(int argc, char **argv)
{
	struct wish w = {0};
	const char *format = NULL;
	const struct fx_opt opts[] = {
	    {0, "test", FX_OPT_FLAG, &w.test, NULL, "run the registry's own tests (TAP) instead"},
	    {0, "generate", FX_OPT_FLAG, &w.generate, NULL,
	     "write tests that each rule and condition lacks, as YAML to review"},
	    {0, "readiness", FX_OPT_FLAG, &w.readiness, NULL,
	     "for each flow what it needs for real orders, and what is missing"},
	    {0, "notes", FX_OPT_FLAG, &w.notes, NULL,
	     "tell notes, too: they do not change the exit"},
	    {0, "overlaps", FX_OPT_FLAG, &w.overlaps, NULL,
	     "tell which rules share orders, too: the first wins them"},
	    {0, "format", FX_OPT_TEXT, &format, "FORMAT", "human (default) or ndjson"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-lint",
	    .synopsis = "[options] [DIR]",
	    .summary = "tell what is wrong with a registry, or run its own tests",
	    .example = "fx-lint && fx-lint --test",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_NOW,
	};
	struct fx_findings found = {0};
	struct fx_errs errs = {0};
	struct fx_registry *r = NULL;
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	w.json = format && strcmp(format, "ndjson") == 0;
	if (format && !w.json && strcmp(format, "human") != 0) {
		fx_app_warn(&app, "--format is human or ndjson");
		app.exit = FX_EXIT_FATAL;
	} else if (app.nfiles > 1 || app.now_record) {
		fx_app_warn(&app, app.nfiles > 1 ? "one registry at a time; see --help"
		                                 : "--now record: there are no records here");
		app.exit = FX_EXIT_FATAL;
	} else if (!(r = fx_registry_load(app.nfiles ? app.files[0] : app.registry, &errs))) {
		fx_app_errs(&app, &errs);
		app.exit = FX_EXIT_FATAL;
	} else if (w.readiness) {
		if (show_readiness(&app, &w, r))
			app.exit = FX_EXIT_FATAL;
	} else if (w.generate) {
		if (write_tests(&app, r))
			app.exit = FX_EXIT_FATAL;
	} else if (w.test) {
		if (run_tests(&app, &w, r))
			app.exit = FX_EXIT_FATAL;
	} else {
		fx_lint(r, app.now, w.overlaps, &found);
		show_findings(&app, &w, &found);
	}
	status = fx_app_end(&app, NULL);
	fx_findings_free(&found);
	fx_errs_free(&errs);
	fx_registry_free(r);
	return status;
}
