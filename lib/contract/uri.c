#include "contract/uri.h"

#include <string.h>

struct uri {
	struct fx_str scheme, authority, path, query; /* p NULL: absent (a path is never) */
	struct fx_str fragment;
};

static struct fx_str before(struct fx_str s, size_t i)
{
	return (struct fx_str){s.p, i};
}

static struct fx_str after(struct fx_str s, size_t i)
{
	return (struct fx_str){s.p + i, s.n - i};
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Length of the scheme, without its colon; 0 when there is none. */
static size_t scheme_len(struct fx_str s)
{
	if (!s.n || !is_alpha(s.p[0]))
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];

		if (c == ':')
			return i;
		if (!is_alpha(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.')
			return 0;
	}
	return 0;
}

struct fx_str uri_cut(struct fx_str uri, struct fx_str *fragment)
{
	size_t i = fx_str_find(uri, '#');

	if (fragment)
		*fragment = i < uri.n ? after(uri, i + 1) : (struct fx_str){NULL, 0};
	return before(uri, i);
}

static struct uri split(struct fx_str s)
{
	struct uri u = {0};
	size_t n;

	s = uri_cut(s, &u.fragment);
	n = scheme_len(s);
	if (n) {
		u.scheme = before(s, n);
		s = after(s, n + 1);
	}
	n = fx_str_find(s, '?');
	if (n < s.n) {
		u.query = after(s, n + 1);
		s = before(s, n);
	}
	if (s.n >= 2 && s.p[0] == '/' && s.p[1] == '/') {
		s = after(s, 2);
		n = fx_str_find(s, '/');
		u.authority = before(s, n);
		s = after(s, n);
	}
	u.path = s;
	return u;
}

struct fx_str uri_folder(struct fx_str uri)
{
	for (size_t i = uri.n; i > 0; i--)
		if (uri.p[i - 1] == '/')
			return before(uri, i);
	return before(uri, 0);
}

/* RFC 3986, 5.2.4, in place. */
static size_t remove_dots(char *p, size_t n)
{
	size_t in = 0, out = 0;

	while (in < n) {
		size_t left = n - in;
		const char *s = p + in;

		if (left >= 3 && memcmp(s, "../", 3) == 0) {
			in += 3;
		} else if (left >= 2 && memcmp(s, "./", 2) == 0) {
			in += 2;
		} else if (left >= 3 && memcmp(s, "/./", 3) == 0) {
			in += 2;
		} else if (left == 2 && memcmp(s, "/.", 2) == 0) {
			p[in + 1] = '/';
			in++;
		} else if ((left >= 4 && memcmp(s, "/../", 4) == 0) ||
		           (left == 3 && memcmp(s, "/..", 3) == 0)) {
			if (left == 3) {
				p[in + 2] = '/';
				in += 2;
			} else {
				in += 3;
			}
			while (out > 0 && p[--out] != '/')
				;
		} else if ((left == 1 && *s == '.') || (left == 2 && memcmp(s, "..", 2) == 0)) {
			break;
		} else {
			do
				p[out++] = p[in++];
			while (in < n && p[in] != '/');
		}
	}
	return out;
}

static struct fx_str merge(struct fx_arena *a, const struct uri *base, struct fx_str path)
{
	struct fx_str s;

	if (path.n && path.p[0] == '/')
		s = fx_arena_str(a, path);
	else if (base->authority.p && !base->path.n)
		s = fx_arena_fmt(a, "/%.*s", FX_FMT(path));
	else
		s = fx_arena_fmt(a, "%.*s%.*s", FX_FMT(uri_folder(base->path)), FX_FMT(path));
	s.n = remove_dots((char *)(uintptr_t)s.p, s.n);
	return s;
}

static struct fx_str join(struct fx_arena *a, const struct uri *u)
{
	struct fx_buf b = {0};
	struct fx_str s;

	if (u->scheme.p) {
		fx_buf_str(&b, u->scheme);
		fx_buf_byte(&b, ':');
	}
	if (u->authority.p) {
		fx_buf_z(&b, "//");
		fx_buf_str(&b, u->authority);
	}
	fx_buf_str(&b, u->path);
	if (u->query.p) {
		fx_buf_byte(&b, '?');
		fx_buf_str(&b, u->query);
	}
	if (u->fragment.p) {
		fx_buf_byte(&b, '#');
		fx_buf_str(&b, u->fragment);
	}
	s = fx_arena_str(a, fx_buf_view(&b));
	fx_buf_free(&b);
	return s;
}

struct fx_str uri_resolve(struct fx_arena *a, struct fx_str base, struct fx_str ref)
{
	struct uri b = split(base), r = split(ref), t = r;

	if (r.scheme.p) {
		t.path = merge(a, &(struct uri){0}, r.path);
		return join(a, &t);
	}
	t.scheme = b.scheme;
	if (r.authority.p)
		return join(a, &t);
	t.authority = b.authority;
	if (r.path.n) {
		t.path = merge(a, &b, r.path);
	} else {
		t.path = b.path;
		if (!r.query.p)
			t.query = b.query;
	}
	return join(a, &t);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

struct fx_str uri_decode(struct fx_arena *a, struct fx_str s)
{
	char *p = fx_arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '%') {
			p[n++] = s.p[i];
			continue;
		}
		if (i + 2 >= s.n || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0)
			return (struct fx_str){NULL, 0};
		p[n++] = (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
		i += 2;
	}
	p[n] = '\0';
	return (struct fx_str){p, n};
}
