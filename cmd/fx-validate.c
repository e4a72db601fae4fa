/* fx-validate: records that meet the contract pass as they came, the rest is refused with reasons.
 */
#include <stdio.h>
#include <string.h>

#include "base/app.h"
#include "contract/contract.h"
#include "json/record.h"
#include "json/reject.h"
#include "json/tape.h"
#include "json/write.h"

struct validate {
	struct fx_app *app;
	struct fx_contract *contract;
	struct fx_tape tape;
	struct fx_check check;
	struct fx_buf mended[2]; /* what an export.rejected wraps, and what that wraps */
	struct fx_buf told;
	bool signed_too, as_json;
	uint64_t in, passed, rejected, mends, uncovered;
};

/* --format ndjson: each fault on standard error as an object. */
static void tell(struct validate *v, const struct fx_fault *f, size_t n)
{
	struct fx_buf *b = &v->told;

	for (size_t i = 0; i < n; i++) {
		fx_buf_reset(b);
		fx_buf_byte(b, '{');
		fx_json_key(b, "input");
		fx_json_z(b, v->app->in.name);
		fx_json_key(b, "line");
		fx_json_int(b, (int64_t)v->app->in.line);
		fx_json_key(b, "instance");
		fx_json_string(b, f[i].instance);
		fx_json_key(b, "schema");
		fx_json_string(b, f[i].schema);
		fx_json_key(b, "keyword");
		fx_json_string(b, f[i].keyword);
		fx_json_key(b, "message");
		fx_json_string(b, f[i].message);
		fx_buf_z(b, "}\n");
		fwrite(b->p, 1, b->n, stderr);
	}
	if (v->app->exit == FX_EXIT_OK)
		v->app->exit = FX_EXIT_DIRTY;
}

static int refuse(struct validate *v, struct fx_str line, const struct fx_tape *t,
                  const struct fx_fault *f, size_t n, struct fx_err *err)
{
	v->rejected++;
	if (v->as_json && !v->app->rejects) {
		tell(v, f, n);
		return 0;
	}
	return fx_reject(v->app, line, t, f, n, err);
}

static int refuse_err(struct validate *v, struct fx_str line, const struct fx_tape *t,
                      const char *keyword, const struct fx_err *why, struct fx_err *err)
{
	struct fx_fault f = {.keyword = fx_str(keyword), .message = fx_str(why->msg)};

	return refuse(v, line, t, &f, 1, err);
}

static bool is_rejected(const struct fx_tape *t)
{
	uint32_t i = fx_tape_get(t, 0, FX_STR("event"));

	return i != FX_NONE && t->node[i].type == FX_STRING &&
	       fx_tape_str_eq(t, i, FX_STR("export.rejected"));
}

/* The record that an export.rejected wraps, byte for byte; *line is that text then. */
static int unwrap(struct validate *v, struct fx_str *line, struct fx_err *why)
{
	struct fx_buf *to = &v->mended[line->p == v->mended[0].p];

	fx_buf_reset(to);
	if (fx_unreject(&v->tape, to, why))
		return -1;
	*line = fx_buf_view(to);
	if (memchr(line->p, '\n', line->n))
		return fx_fail(why, FX_EDATA, "what it wraps is more than one line");
	v->mends++;
	return 0;
}

/* No JSON; what an export.rejected (p NULL: none) wraps then stays as it was refused before. */
static int refuse_text(struct validate *v, struct fx_str line, struct fx_str wrapped_by,
                       const struct fx_err *why, struct fx_err *err)
{
	if (wrapped_by.p && fx_tape_read(&v->tape, wrapped_by, NULL) == 0)
		return refuse_err(v, wrapped_by, &v->tape, "json", why, err);
	return refuse_err(v, line, NULL, "json", why, err);
}

/* One record.  -1: the run is broken. */
static int one(struct validate *v, struct fx_str line, struct fx_err *err)
{
	struct fx_str outer = {NULL, 0};
	struct fx_err why = {0};

	v->in++;
	for (;;) {
		if (fx_record_read(&v->tape, line, &why))
			return refuse_text(v, line, outer, &why, err);
		if (!is_rejected(&v->tape))
			break;
		outer = line;
		if (unwrap(v, &line, &why))
			return refuse_err(v, outer, &v->tape, "export", &why, err);
	}
	switch (fx_contract_check(v->contract, &v->check, &v->tape, v->signed_too)) {
	case FX_FAILS:
		return refuse(v, line, &v->tape, v->check.fault, v->check.n, err);
	case FX_UNCOVERED:
		v->uncovered++;
		break;
	case FX_MEETS:
		break;
	}
	v->passed++;
	fx_out_line(&v->app->out, line);
	return 0;
}

static int run(struct validate *v, struct fx_err *err)
{
	struct fx_app *app = v->app;
	struct fx_err why = {0};
	struct fx_str line;

	for (enum fx_in_what what; (what = fx_in_next(&app->in, &line)) != FX_IN_END;) {
		switch (what) {
		case FX_IN_LINE:
			if (one(v, line, err))
				return -1;
			break;
		case FX_IN_LONG:
			v->in++;
			fx_fail(&why, FX_EDATA, "a line over %zu MiB", FX_LINE_MAX >> 20);
			if (refuse_err(v, line, NULL, "json", &why, err))
				return -1;
			break;
		case FX_IN_PAUSE:
			fx_out_flush(&app->out);
			break;
		default:
			*err = app->in.err;
			return -1;
		}
		if (app->out.failed)
			return 0; /* fx_app_end says so */
		fx_app_tick(app);
	}
	return 0;
}

static int load(struct validate *v, const char *file, struct fx_errs *errs)
{
	struct fx_err err = {0};

	if (file)
		return fx_contract_add(v->contract, FX_STR("*"), file, errs);
	if (fx_contract_add_registry(v->contract, v->app->registry, errs))
		return -1;
	if (fx_contract_count(v->contract))
		return 0;
	fx_fail(&err, FX_ECONF, "no `contract:` in %s; name one with --contract FILE",
	        v->app->registry);
	fx_errs_add(errs, &err);
	return -1;
}

static void describe(struct validate *v)
{
	struct fx_buf b = {0};

	fx_contract_describe(v->contract, &b, v->as_json);
	fx_out_add(&v->app->out, fx_buf_view(&b));
	fx_buf_free(&b);
}

int main(int argc, char **argv)
{
	const char *file = NULL, *format = "human";
	bool formats = false, table = false;
	struct validate v = {0};
	const struct fx_opt opts[] = {
	    {0, "contract", FX_OPT_TEXT, &file, "FILE",
	     "hold every record against this JSON Schema, whatever the registry says"},
	    {0, "signed", FX_OPT_FLAG, &v.signed_too, NULL, "demand an audit_token"},
	    {0, "formats", FX_OPT_FLAG, &formats, NULL,
	     "hold values against the schema's `format`, too"},
	    {0, "format", FX_OPT_TEXT, &format, "NAME",
	     "how faults and --describe are told: human (default) or ndjson"},
	    {0, "describe", FX_OPT_FLAG, &table, NULL, "print the contract as a table and leave"},
	    {0, NULL, FX_OPT_FLAG, NULL, NULL, NULL},
	};
	struct fx_app app = {
	    .name = "fx-validate",
	    .synopsis = "[options] [FILE ...]",
	    .summary = "pass the records that meet the contract, refuse the rest with reasons",
	    .example = "fx-validate --rejects rejects.ndjson orders.ndjson | fx-route\n"
	               "fx-validate --describe",
	    .opts = opts,
	    .has = FX_HAS_REGISTRY | FX_HAS_NOW | FX_HAS_REJECTS | FX_HAS_STREAM,
	};
	struct fx_errs errs = {0};
	struct fx_err err = {0};
	int status = fx_app_start(&app, argc, argv);

	if (status >= 0)
		return status;
	v.app = &app;
	v.as_json = strcmp(format, "ndjson") == 0;
	v.contract = fx_contract_new(formats);
	if (!v.as_json && strcmp(format, "human") != 0) {
		fx_fail(&err, FX_EUSAGE, "--format %s: it is human or ndjson", format);
		fx_app_fatal(&app, &err);
	} else if (load(&v, file, &errs)) {
		fx_app_errs(&app, &errs);
		app.exit = FX_EXIT_FATAL;
	} else if (table) {
		describe(&v);
	} else if (run(&v, &err)) {
		fx_app_fatal(&app, &err);
	}
	if (v.uncovered)
		fx_app_warn(&app, "%llu records of types that no contract names passed unchecked",
		            (unsigned long long)v.uncovered);
	const struct fx_count counts[] = {
	    {"in", v.in},           {"passed", v.passed},       {"rejected", v.rejected},
	    {"unwrapped", v.mends}, {"uncovered", v.uncovered}, {NULL, 0}};

	status = fx_app_end(&app, counts);
	fx_contract_free(v.contract);
	fx_check_free(&v.check);
	fx_tape_free(&v.tape);
	fx_buf_free(&v.mended[0]);
	fx_buf_free(&v.mended[1]);
	fx_buf_free(&v.told);
	fx_errs_free(&errs);
	return status;
}
