#include "contract/format.h"

#include "contract/regex.h"

static bool uri(struct fx_str s)
{
	return format_uri(s, false, false);
}

static bool uri_reference(struct fx_str s)
{
	return format_uri(s, true, false);
}

static bool iri(struct fx_str s)
{
	return format_uri(s, false, true);
}

static bool iri_reference(struct fx_str s)
{
	return format_uri(s, true, true);
}

static bool email(struct fx_str s)
{
	return format_email(s, false);
}

static bool idn_email(struct fx_str s)
{
	return format_email(s, true);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* RFC 4122, 3. */
static bool uuid(struct fx_str s)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-' : !is_hex(s.p[i]))
			return false;
	}
	return true;
}

/* RFC 6901, 3. */
static bool json_pointer(struct fx_str s)
{
	if (s.n && s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '~' && (i + 1 == s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1')))
			return false;
	return true;
}

/* draft-bhutton-relative-json-pointer-00, 3. */
static bool relative_json_pointer(struct fx_str s)
{
	size_t i = 0, from;

	while (i < s.n && is_digit(s.p[i]))
		i++;
	if (!i || (i > 1 && s.p[0] == '0'))
		return false;
	if (i < s.n && (s.p[i] == '+' || s.p[i] == '-')) {
		from = ++i;
		while (i < s.n && is_digit(s.p[i]))
			i++;
		if (i == from || (i - from > 1 && s.p[from] == '0'))
			return false;
	}
	if (i + 1 == s.n && s.p[i] == '#')
		return true;
	return json_pointer((struct fx_str){s.p + i, s.n - i});
}

static bool regex(struct fx_str s)
{
	struct fx_arena a = {0};
	struct fx_str why;
	size_t at;
	struct regex *r = regex_compile(&a, s, &why, &at);
	bool ok = r != NULL;

	regex_free(r);
	fx_arena_free(&a);
	return ok;
}

static const struct format formats[] = {
    {"date-time", format_date_time, "a date-time such as 2026-11-20T18:03:09Z"},
    {"date", format_date, "a date such as 2026-11-20"},
    {"time", format_time, "a time with zone such as 18:03:09Z"},
    {"duration", format_duration, "a duration such as P3DT4H"},
    {"email", email, "an e-mail address"},
    {"idn-email", idn_email, "an e-mail address"},
    {"hostname", format_hostname, "a host name"},
    {"ipv4", format_ipv4, "an IPv4 address such as 192.0.2.1"},
    {"ipv6", format_ipv6, "an IPv6 address such as 2001:db8::1"},
    {"uri", uri, "an absolute URI such as https://shop.example/a"},
    {"uri-reference", uri_reference, "a URI reference"},
    {"iri", iri, "an absolute IRI"},
    {"iri-reference", iri_reference, "an IRI reference"},
    {"uri-template", format_uri_template, "a URI template (RFC 6570)"},
    {"uuid", uuid, "a UUID such as 123e4567-e89b-12d3-a456-426614174000"},
    {"json-pointer", json_pointer, "a JSON pointer such as /lines/0"},
    {"relative-json-pointer", relative_json_pointer, "a relative JSON pointer such as 1/sku"},
    {"regex", regex, "a regular expression of ECMA-262"},
};

const struct format *format_find(struct fx_str name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (fx_str_is(name, formats[i].name))
			return &formats[i];
	return NULL;
}
