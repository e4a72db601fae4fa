#include "json/reject.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "json/write.h"

/* How much of a text too long to be wrapped, or of a pointer or message, is kept for the eye. */
#define CUT 4096
/* The errors of one record stop after this many bytes; the last says how many are not told. */
#define ERRORS_MAX (FX_LINE_MAX / 64)

static bool is_object(const struct fx_tape *t)
{
	return t && t->n > 0 && fx_tape_type(t, 0) == FX_OBJECT;
}

static bool is_rejected(const struct fx_tape *t)
{
	uint32_t i = is_object(t) ? fx_tape_get(t, 0, FX_STR("event")) : FX_NONE;

	return i != FX_NONE && fx_tape_type(t, i) == FX_STRING &&
	       fx_tape_str_eq(t, i, FX_STR("export.rejected"));
}

static fx_time time_of(const struct fx_app *app, const struct fx_tape *t, struct fx_arena *a)
{
	fx_time at;

	if (app->now_given && !app->now_record)
		return app->now;
	if (app->now_record && is_object(t) &&
	    fx_time_parse(fx_tape_get_str(t, 0, FX_STR("at"), a), &at) == 0)
		return at;
	return fx_time_clock();
}

/* The same line refused by the same command again has the same id: a re-run doubles nothing. */
static void write_id(struct fx_buf *b, const struct fx_app *app, struct fx_str line,
                     const struct fx_tape *t, struct fx_arena *a)
{
	struct fx_str source = {NULL, 0}, id = {NULL, 0}, parts[3];
	unsigned char digest[FX_SHA256_LEN];
	char hex[2 * FX_SHA256_LEN + 1], out[FX_ID_LEN + 1];

	if (is_object(t)) {
		source = fx_tape_get_str(t, 0, FX_STR("source"), a);
		id = fx_tape_get_str(t, 0, FX_STR("event_id"), a);
	}
	parts[0] = fx_str(app->name);
	parts[1] = (struct fx_str){"", 1};
	parts[2] = line;
	fx_sha256v(parts, 3, digest);
	fx_hex(hex, digest, sizeof(digest));
	fx_derive_id(out, FX_STR("export.rejected"), source, id, fx_str(hex));
	fx_json_key(b, "event_id");
	fx_json_z(b, out);
}

static void write_text(struct fx_buf *b, const char *key, struct fx_str s)
{
	fx_json_key(b, key);
	fx_json_text(b, s);
}

static struct fx_str cut(struct fx_str s)
{
	return (struct fx_str){s.p, s.n < CUT ? s.n : CUT};
}

static void write_fault(struct fx_buf *b, const struct fx_fault *f)
{
	fx_json_sep(b);
	fx_buf_byte(b, '{');
	write_text(b, "instance", cut(f->instance));
	write_text(b, "schema", cut(f->schema));
	write_text(b, "keyword", cut(f->keyword));
	write_text(b, "message", cut(f->message));
	fx_buf_byte(b, '}');
}

static void write_faults(struct fx_buf *b, const struct fx_fault *faults, size_t n)
{
	struct fx_fault more = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
	char msg[64];

	fx_json_key(b, "errors");
	fx_buf_byte(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (b->n > ERRORS_MAX) {
			snprintf(msg, sizeof(msg), "and %zu more", n - i);
			more.message = fx_str(msg);
			write_fault(b, &more);
			break;
		}
		write_fault(b, &faults[i]);
	}
	fx_buf_byte(b, ']');
}

/* The order, when the record names one by a string or a number. */
static void write_order(struct fx_buf *b, const struct fx_tape *t)
{
	uint32_t i = is_object(t) ? fx_tape_get(t, 0, FX_STR("order_id")) : FX_NONE;

	if (i == FX_NONE || t->node[i].len > CUT ||
	    (fx_tape_type(t, i) != FX_STRING && fx_tape_type(t, i) != FX_NUMBER))
		return;
	fx_json_key(b, "order_id");
	fx_buf_str(b, fx_tape_raw(t, i));
}

static void write_refused(struct fx_buf *b, struct fx_str line, const struct fx_tape *t)
{
	if (is_object(t)) {
		fx_json_key(b, "export");
		fx_buf_str(b, fx_tape_raw(t, 0));
		return;
	}
	write_text(b, "raw", line);
	if (!fx_utf8_valid(line) || memchr(line.p, '\0', line.n)) {
		fx_json_key(b, "raw_base64");
		fx_buf_byte(b, '"');
		fx_base64_add(b, (const unsigned char *)line.p, line.n);
		fx_buf_byte(b, '"');
	}
}

static void wrap(struct fx_buf *b, const struct fx_app *app, struct fx_str line,
                 const struct fx_tape *t, const struct fx_fault *faults, size_t n)
{
	struct fx_arena scratch = {0};
	size_t head;

	fx_buf_z(b, "{\"event\":\"export.rejected\"");
	write_id(b, app, line, t, &scratch);
	write_order(b, t);
	fx_json_key(b, "at");
	fx_json_time(b, time_of(app, t, &scratch));
	fx_buf_z(b, ",\"source\":\"fx\"");
	write_text(b, "command", fx_str(app->name));
	write_text(b, "input", fx_str(app->in.name));
	fx_json_key(b, "line");
	fx_json_int(b, (int64_t)app->in.line);
	write_faults(b, faults, n);
	head = b->n;
	write_refused(b, line, t);
	if (b->over || b->n == b->max) {
		fx_buf_reset(b);
		b->n = head;
		write_text(b, "raw", cut(line));
		fx_buf_z(b, ",\"raw_cut\":true");
	}
	fx_buf_byte(b, '}');
	fx_arena_free(&scratch);
}

static void warn_fault(const struct fx_app *app, const struct fx_fault *f)
{
	struct fx_buf at = {0};

	/* A member's name may hold a NUL, which would end the text. */
	fx_buf_str(&at, f->instance);
	for (size_t i = 0; i < at.n; i++)
		if (!at.p[i])
			at.p[i] = '?';
	fx_app_warn_line(app, "%.*s%s%.*s", FX_FMT(fx_buf_view(&at)), f->instance.n ? ": " : "",
	                 FX_FMT(f->message));
	fx_buf_free(&at);
}

int fx_reject(struct fx_app *app, struct fx_str line, const struct fx_tape *t,
              const struct fx_fault *faults, size_t n, struct fx_err *err)
{
	struct fx_buf b = {.max = FX_LINE_MAX};
	int rc;

	if (!app->rejects) {
		for (size_t i = 0; i < n; i++)
			warn_fault(app, &faults[i]);
		if (app->exit == FX_EXIT_OK)
			app->exit = FX_EXIT_DIRTY;
		return 0;
	}
	if (is_rejected(t)) {
		rc = fx_app_reject_line(app, line, err);
	} else {
		wrap(&b, app, line, t, faults, n);
		rc = fx_app_reject_line(app, fx_buf_view(&b), err);
		fx_buf_free(&b);
	}
	return rc < 0 ? -1 : 0;
}

int fx_reject_err(struct fx_app *app, struct fx_str line, const struct fx_tape *t,
                  const char *keyword, const struct fx_err *why, struct fx_err *err)
{
	struct fx_fault f = {.keyword = fx_str(keyword), .message = fx_str(why->msg)};

	return fx_reject(app, line, t, &f, 1, err);
}

static int decode_base64(struct fx_buf *out, struct fx_str s)
{
	char *to = fx_buf_room(out, s.n / 4 * 3 + 3);
	long n = to ? fx_base64_decode((unsigned char *)to, s) : -1;

	if (n > 0)
		out->n += (size_t)n;
	return n < 0 ? -1 : 0;
}

int fx_unreject(const struct fx_tape *t, struct fx_buf *out, struct fx_err *err)
{
	struct fx_arena scratch = {0};
	uint32_t export = fx_tape_get(t, 0, FX_STR("export"));
	uint32_t cut_off = fx_tape_get(t, 0, FX_STR("raw_cut"));
	struct fx_str base64, raw;
	int rc = -1;

	if (export != FX_NONE && fx_tape_type(t, export) == FX_OBJECT)
		return fx_buf_str(out, fx_tape_raw(t, export)) == 0
		           ? 0
		           : fx_fail(err, FX_ELIMIT, "the record is too large");
	if (cut_off != FX_NONE && fx_tape_type(t, cut_off) == FX_TRUE)
		return fx_fail(err, FX_EDATA, "only the beginning of this text was kept");
	base64 = fx_tape_get_str(t, 0, FX_STR("raw_base64"), &scratch);
	raw = fx_tape_get_str(t, 0, FX_STR("raw"), &scratch);
	if (base64.p)
		rc = decode_base64(out, base64) == 0
		         ? 0
		         : fx_fail(err, FX_EDATA, "raw_base64 is not base64");
	else if (raw.p)
		rc = fx_buf_str(out, raw) == 0 ? 0
		                               : fx_fail(err, FX_ELIMIT, "the record is too large");
	else
		fx_fail(err, FX_EDATA, "export.rejected holds neither export nor raw");
	fx_arena_free(&scratch);
	return rc;
}
