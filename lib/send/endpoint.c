#include "send/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/stream.h"

static const struct {
	const char *prefix;
	enum fx_endpoint_kind kind;
	bool keep; /* the prefix is part of the target */
} KINDS[] = {
    {"https://", FX_TO_HTTP, true}, {"http://", FX_TO_HTTP, true}, {"spool:", FX_TO_SPOOL, false},
    {"exec:", FX_TO_EXEC, false},   {"mail:", FX_TO_MAIL, false},
};

static const char *const FORMATS[] = {"task", "cloudevent", "cloudevent-binary", "cloudevent-batch",
				      "slack", "pagerduty"};

static struct fx_str from_home(struct fx_arena *a, const char *home, struct fx_str path)
{
	if (path.n > 0 && path.p[0] == '/')
		return fx_arena_str(a, path);
	return fx_arena_fmt(a, "%s/%.*s", home, FX_FMT(path));
}

bool fx_spool_dir(const struct fx_owner *o, const char *home, struct fx_arena *a, struct fx_str *dir)
{
	const struct fx_str prefix = FX_STR("spool:");

	if (!fx_str_starts(o->send, prefix))
		return false;
	*dir = from_home(a, home, (struct fx_str){o->send.p + prefix.n, o->send.n - prefix.n});
	return true;
}

/* scheme://host/first-segment...: what names the endpoint without what may be secret. */
static struct fx_str shown_url(struct fx_arena *a, struct fx_str url)
{
	size_t scheme = fx_str_find(url, ':') + 3, end = scheme, at = scheme;

	while (end < url.n && url.p[end] != '/' && url.p[end] != '?' && url.p[end] != '#')
		end++;
	for (size_t i = scheme; i < end; i++)
		if (url.p[i] == '@')
			at = i + 1;
	return fx_arena_fmt(a, "%.*s%.*s", (int)scheme, url.p, (int)(end - at), url.p + at);
}

static bool read_secret(struct fx_endpoint *e, struct fx_str secret, const char *home,
			struct fx_arena *a)
{
	struct fx_buf b = {0};
	struct fx_err err;
	struct stat st;

	if (fx_str_starts(secret, FX_STR("env:"))) {
		const char *v = getenv(fx_arena_str(a, (struct fx_str){secret.p + 4, secret.n - 4}).p);

		if (!v || !*v) {
			snprintf(e->why, sizeof(e->why), "secret %.*s is not set", FX_FMT(secret));
			return false;
		}
		e->secret = fx_str(v);
		return true;
	}
	if (!fx_str_starts(secret, FX_STR("file:"))) {
		snprintf(e->why, sizeof(e->why), "a secret is env:NAME or file:PATH");
		return false;
	}
	struct fx_str path = from_home(a, home, (struct fx_str){secret.p + 5, secret.n - 5});

	if (stat(path.p, &st) == 0 && st.st_mode & 077) {
		snprintf(e->why, sizeof(e->why), "others can read the secret %.100s (chmod 600)",
			 path.p);
		return false;
	}
	if (fx_read_file(path.p, &b, 65536, &err)) {
		snprintf(e->why, sizeof(e->why), "secret %.140s", err.msg);
		fx_buf_free(&b);
		return false;
	}
	e->secret = fx_arena_str(a, fx_str_trim(fx_buf_view(&b)));
	fx_buf_free(&b);
	return true;
}

void fx_endpoint_of(struct fx_endpoint *e, const struct fx_owner *o, const char *home,
		    struct fx_arena *a)
{
	*e = (struct fx_endpoint){.kind = FX_TO_NONE, .holds = o->holds};
	for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++)
		if (fx_str_is(o->format, FORMATS[i]))
			e->format = (enum fx_format)i;
	if (o->secret.n && !read_secret(e, o->secret, home, a))
		return;
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		struct fx_str prefix = fx_str(KINDS[i].prefix), rest = o->send;

		if (!fx_str_starts(o->send, prefix))
			continue;
		e->kind = KINDS[i].kind;
		if (!KINDS[i].keep)
			rest = (struct fx_str){rest.p + prefix.n, rest.n - prefix.n};
		if (!fx_spool_dir(o, home, a, &e->target))
			e->target = fx_arena_str(a, rest);
		e->shown = e->kind == FX_TO_HTTP ? shown_url(a, o->send) : o->send;
		return;
	}
	snprintf(e->why, sizeof(e->why), "owner %.80s has no send: endpoint", o->id.p);
}
