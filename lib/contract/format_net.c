/* Host names (RFC 1123), addresses (RFC 2673, 4291), e-mail (RFC 5321), URIs (RFC 3986, 3987,
 * 6570). */
#include "contract/format.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_letter(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool among(char c, const char *set)
{
	return c && strchr(set, c);
}

bool format_hostname(struct fx_str s)
{
	size_t label = 0;

	if (!s.n || s.n > 253)
		return false;
	for (size_t i = 0; i <= s.n; i++) {
		if (i == s.n || s.p[i] == '.') {
			struct fx_str l = {s.p + label, i - label};

			if (!l.n || l.n > 63 || l.p[0] == '-' || l.p[l.n - 1] == '-')
				return false;
			/* RFC 5891, 4.2.3.1: "--" there is kept for A-labels */
			if (l.n >= 4 && l.p[2] == '-' && l.p[3] == '-' &&
			    !((l.p[0] | 32) == 'x' && (l.p[1] | 32) == 'n'))
				return false;
			label = i + 1;
		} else if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-') {
			return false;
		}
	}
	return true;
}

bool format_ipv4(struct fx_str s)
{
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		size_t from;
		int v = 0;

		if (part && (i == s.n || s.p[i++] != '.'))
			return false;
		for (from = i; i < s.n && is_digit(s.p[i]) && i - from < 3; i++)
			v = v * 10 + (s.p[i] - '0');
		if (i == from || v > 255 || (i - from > 1 && s.p[from] == '0'))
			return false;
	}
	return i == s.n;
}

bool format_ipv6(struct fx_str s)
{
	int groups = 0;
	bool gap = false;
	size_t i = 0;

	if (s.n >= 2 && s.p[0] == ':' && s.p[1] == ':') {
		gap = true;
		i = 2;
	}
	while (i < s.n) {
		size_t from = i;

		while (i < s.n && is_hex(s.p[i]))
			i++;
		if (i < s.n && s.p[i] == '.') {
			if (!format_ipv4((struct fx_str){s.p + from, s.n - from}))
				return false;
			groups += 2;
			i = s.n;
			break;
		}
		if (i == from || i - from > 4)
			return false;
		groups++;
		if (i == s.n)
			break;
		if (s.p[i++] != ':' || i == s.n)
			return false;
		if (s.p[i] == ':') {
			if (gap)
				return false;
			gap = true;
			i++;
		}
	}
	return gap ? groups < 8 : groups == 8;
}

/* RFC 5321, 4.1.2: Mailbox. */
bool format_email(struct fx_str s, bool idn)
{
	size_t at = s.n, i = 0;
	struct fx_str host;

	while (at > 0 && s.p[at - 1] != '@')
		at--;
	if (at < 2)
		return false;
	at--;
	host = (struct fx_str){s.p + at + 1, s.n - at - 1};
	if (s.p[0] == '"') {
		for (i = 1; i < at && s.p[i] != '"'; i++) {
			if (s.p[i] == '\\')
				i++;
			else if (!idn && (s.p[i] < ' ' || s.p[i] > '~'))
				return false;
		}
		if (i + 1 != at)
			return false;
	} else {
		for (; i < at; i++) {
			char c = s.p[i];

			if (c == '.') {
				if (i == 0 || i + 1 == at || s.p[i - 1] == '.')
					return false;
			} else if (!is_letter(c) && !is_digit(c) &&
			           !among(c, "!#$%&'*+-/=?^_`{|}~") &&
			           !(idn && (unsigned char)c >= 0x80)) {
				return false;
			}
		}
	}
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		host = (struct fx_str){host.p + 1, host.n - 2};
		if (fx_str_starts(host, FX_STR("IPv6:")))
			return format_ipv6((struct fx_str){host.p + 5, host.n - 5});
		return format_ipv4(host);
	}
	if (!idn)
		return format_hostname(host);
	for (i = 0; i < host.n; i++)
		if (host.p[i] == ' ' || host.p[i] == '@')
			return false;
	return host.n > 0;
}

/* Characters of one part of a URI: unreserved, sub-delims, %XX and those in extra. */
static bool part(struct fx_str s, const char *extra, bool iri)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
				return false;
			i += 2;
		} else if (!is_letter(c) && !is_digit(c) && !among(c, "-._~!$&'()*+,;=") &&
		           !among(c, extra) && !(iri && (unsigned char)c >= 0x80)) {
			return false;
		}
	}
	return true;
}

static struct fx_str cut(struct fx_str *s, size_t n, size_t skip)
{
	struct fx_str head = {s->p, n};

	s->p += n + skip;
	s->n -= n + skip;
	return head;
}

static bool authority(struct fx_str s, bool iri)
{
	size_t n = fx_str_find(s, '@');
	struct fx_str host;

	if (n < s.n && !part(cut(&s, n, 1), ":", iri))
		return false;
	if (s.n && s.p[0] == '[') {
		n = fx_str_find(s, ']');
		if (n == s.n)
			return false;
		host = cut(&s, n, 1);
		host = (struct fx_str){host.p + 1, host.n - 1};
		if (host.n && (host.p[0] | 32) == 'v') { /* IPvFuture */
			n = fx_str_find(host, '.');
			if (n < 2 || n + 1 >= host.n || !part(host, ":", false))
				return false;
		} else if (!format_ipv6(host)) {
			return false;
		}
	} else {
		if (!part(cut(&s, fx_str_find(s, ':'), 0), "", iri))
			return false;
	}
	if (!s.n)
		return true;
	if (s.p[0] != ':')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

bool format_uri(struct fx_str s, bool reference, bool iri)
{
	size_t n = fx_str_find(s, '#'), colon;
	struct fx_str rest;
	bool scheme = false;

	if (n < s.n && !part((struct fx_str){s.p + n + 1, s.n - n - 1}, ":@/?", iri))
		return false;
	s.n = n;
	n = fx_str_find(s, '?');
	if (n < s.n && !part((struct fx_str){s.p + n + 1, s.n - n - 1}, ":@/?", iri))
		return false;
	s.n = n;
	rest = s;
	colon = fx_str_find(s, ':');
	if (colon < fx_str_find(s, '/')) {
		scheme = colon > 0 && is_letter(s.p[0]);
		for (size_t i = 0; scheme && i < colon; i++)
			scheme = is_letter(s.p[i]) || is_digit(s.p[i]) || among(s.p[i], "+-.");
		if (!scheme)
			return false;
		cut(&rest, colon, 1);
	} else if (!reference) {
		return false;
	}
	if (rest.n >= 2 && rest.p[0] == '/' && rest.p[1] == '/') {
		cut(&rest, 2, 0);
		if (!authority(cut(&rest, fx_str_find(rest, '/'), 0), iri))
			return false;
	}
	return part(rest, ":@/", iri);
}

static bool percent(struct fx_str s, size_t i)
{
	return i + 2 < s.n && is_hex(s.p[i + 1]) && is_hex(s.p[i + 2]);
}

/* RFC 6570, 2.3 and 2.4: a variable's name with its modifier; *i goes behind it. */
static bool varspec(struct fx_str s, size_t *i)
{
	bool dot = true; /* none may stand here: at the start, or behind another */
	size_t from;

	for (; *i < s.n; ++*i) {
		char c = s.p[*i];

		if (c == '.' ? dot : !is_letter(c) && !is_digit(c) && c != '_' && c != '%')
			break;
		if (c == '%' && !percent(s, *i))
			return false;
		dot = c == '.';
	}
	if (dot || *i == s.n)
		return false;
	if (s.p[*i] == '*') {
		++*i;
	} else if (s.p[*i] == ':') {
		from = ++*i;
		while (*i < s.n && is_digit(s.p[*i]))
			++*i;
		if (*i == from || *i - from > 4 || s.p[from] == '0')
			return false;
	}
	return true;
}

/* RFC 6570, 2 (its erratum 6937 lets a literal have an apostrophe). */
bool format_uri_template(struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' ? !percent(s, i) : among(s.p[i], " \"<>\\^`|}\177"))
			return false;
		if ((unsigned char)s.p[i] < ' ')
			return false;
		if (s.p[i] != '{')
			continue;
		if (++i < s.n && among(s.p[i], "+#./;?&=,!@|"))
			i++;
		do
			if (!varspec(s, &i))
				return false;
		while (i < s.n && s.p[i] == ',' && ++i);
		if (i == s.n || s.p[i] != '}')
			return false;
	}
	return true;
}
