/*
 * From ECMA-262 (22.2.1, Unicode mode) to PCRE2's writing of the same pattern.
 *
 * What PCRE2 would read otherwise is rewritten (\s, \v, \u, the dot, [] and [^],
 * long names of general categories), what ECMA does not have is refused (\A, \Z,
 * (?>, possessive quantifiers, inline options, verbs).
 */
#include "contract/regex.h"

#include <string.h>

struct ecma {
	struct fx_buf *out;
	const char *p, *end;
	const char *why;
};

/* WhiteSpace and LineTerminator of ECMA-262, and all that is neither. */
static const char space[] =
    "\\t\\n\\x0b\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"
    "\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
static const char no_space[] = "\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"
                               "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"
                               "\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";

static const struct {
	const char *name, *brief;
} category[] = {
    {"Cased_Letter", "L&"},
    {"LC", "L&"},
    {"Close_Punctuation", "Pe"},
    {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Currency_Symbol", "Sc"},
    {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Enclosing_Mark", "Me"},
    {"Final_Punctuation", "Pf"},
    {"Format", "Cf"},
    {"Initial_Punctuation", "Pi"},
    {"Letter", "L"},
    {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"},
    {"Lowercase_Letter", "Ll"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Math_Symbol", "Sm"},
    {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"},
    {"Nonspacing_Mark", "Mn"},
    {"Number", "N"},
    {"Open_Punctuation", "Ps"},
    {"Other", "C"},
    {"Other_Letter", "Lo"},
    {"Other_Number", "No"},
    {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"},
    {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"},
    {"Unassigned", "Cn"},
    {"Uppercase_Letter", "Lu"},
};

static int refuse(struct ecma *e, const char *why)
{
	if (!e->why)
		e->why = why;
	return -1;
}

static bool at(const struct ecma *e, char c)
{
	return e->p < e->end && *e->p == c;
}

static bool take(struct ecma *e, char c)
{
	if (!at(e, c))
		return false;
	e->p++;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Exactly n hexadecimal digits, or (n 0) all that come, at most eight. */
static long hex_digits(struct ecma *e, int n)
{
	long v = 0;
	int got = 0;

	for (; e->p < e->end && got < (n ? n : 8); e->p++, got++) {
		char c = *e->p;

		if (is_digit(c))
			v = v * 16 + (c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v * 16 + ((c | 32) - 'a' + 10);
		else
			break;
	}
	return got && (!n || got == n) ? v : -1;
}

static int code_point(struct ecma *e, long c)
{
	if (c < 0 || c > 0x10ffff)
		return refuse(e, "no code point");
	if (c >= 0xd800 && c <= 0xdfff)
		return refuse(e, "half of a surrogate pair");
	return fx_buf_fmt(e->out, "\\x{%lx}", (unsigned long)c);
}

/* Behind \u. */
static int unicode(struct ecma *e)
{
	long c, low;

	if (take(e, '{')) {
		c = hex_digits(e, 0);
		return take(e, '}') ? code_point(e, c)
		                    : refuse(e, "\\u{ wants hexadecimal digits and }");
	}
	c = hex_digits(e, 4);
	if (c < 0)
		return refuse(e, "\\u wants four hexadecimal digits");
	if (c >= 0xd800 && c < 0xdc00 && e->end - e->p >= 6 && e->p[0] == '\\' && e->p[1] == 'u') {
		e->p += 2;
		low = hex_digits(e, 4);
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(e, "half of a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	return code_point(e, c);
}

static bool cut_prefix(struct fx_str *s, const char *prefix)
{
	if (!fx_str_starts(*s, fx_str(prefix)))
		return false;
	s->p += strlen(prefix);
	s->n -= strlen(prefix);
	return true;
}

/* Behind \p or \P: {Letter}, {gc=L}, {Script=Greek}, {Alphabetic}. */
static int property(struct ecma *e, bool negated)
{
	struct fx_str s;
	const char *kind = "";

	if (!take(e, '{'))
		return refuse(e, "\\p wants a property's name in braces");
	s = (struct fx_str){e->p, (size_t)(e->end - e->p)};
	s.n = fx_str_find(s, '}');
	e->p += s.n;
	if (!take(e, '}') || !s.n)
		return refuse(e, "\\p wants a property's name in braces");
	if (cut_prefix(&s, "Script_Extensions=") || cut_prefix(&s, "scx="))
		kind = "scx:";
	else if (cut_prefix(&s, "Script=") || cut_prefix(&s, "sc="))
		kind = "sc:";
	else if (!cut_prefix(&s, "General_Category="))
		cut_prefix(&s, "gc=");
	if (fx_str_is(s, "Assigned")) {
		s = fx_str("Cn");
		negated = !negated;
	}
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '_')
			return refuse(e, "no name of a property");
	for (size_t i = 0; !*kind && i < sizeof(category) / sizeof(*category); i++)
		if (fx_str_is(s, category[i].name))
			s = fx_str(category[i].brief);
	return fx_buf_fmt(e->out, "\\%c{%s%.*s}", negated ? 'P' : 'p', kind, FX_FMT(s));
}

static int control(struct ecma *e)
{
	if (e->p == e->end || !is_letter(*e->p))
		return refuse(e, "\\c wants a letter");
	return fx_buf_fmt(e->out, "\\x%02x", (unsigned)(*e->p++ & 31));
}

/* What is the same inside and outside a class; p is behind the escape's letter c. */
static int common_escape(struct ecma *e, char c)
{
	switch (c) {
	case 'd':
	case 'D':
	case 'w':
	case 'W':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return fx_buf_fmt(e->out, "\\%c", c);
	case 'v':
		return fx_buf_z(e->out, "\\x0b");
	case 'c':
		return control(e);
	case 'u':
		return unicode(e);
	case 'x': {
		long v = hex_digits(e, 2);

		return v < 0 ? refuse(e, "\\x wants two hexadecimal digits") : code_point(e, v);
	}
	case 'p':
	case 'P':
		return property(e, c == 'P');
	case '0':
		if (e->p < e->end && is_digit(*e->p))
			return refuse(e, "no octal escapes");
		return fx_buf_z(e->out, "\\x00");
	default:
		if (is_letter(c))
			return refuse(e, "no escape of ECMA-262");
		if ((unsigned char)c >= 0x80)
			return fx_buf_byte(e->out, c);
		return fx_buf_fmt(e->out, "\\%c", c);
	}
}

static int class_escape(struct ecma *e)
{
	char c;

	if (e->p == e->end)
		return refuse(e, "a backslash at the end");
	c = *e->p++;
	switch (c) {
	case 'b':
		return fx_buf_z(e->out, "\\x08");
	case 's':
		return fx_buf_z(e->out, space);
	case 'S':
		return fx_buf_z(e->out, no_space);
	case 'B':
	case 'k':
		return refuse(e, "no escape within a class");
	default:
		if (c >= '1' && c <= '9')
			return refuse(e, "no reference within a class");
		return common_escape(e, c);
	}
}

static bool class_follows(const struct ecma *e)
{
	return e->end - e->p >= 2 && e->p[0] == '\\' && strchr("dDwWsSpP", e->p[1]);
}

/* Behind the '['. */
static int class(struct ecma *e)
{
	bool negated = take(e, '^');

	if (take(e, ']'))
		return fx_buf_z(e->out, negated ? "(?s:.)" : "(?!)");
	fx_buf_z(e->out, negated ? "[^" : "[");
	while (e->p < e->end && *e->p != ']') {
		bool set = class_follows(e);
		char c = *e->p++;

		if (c == '\\') {
			if (class_escape(e) < 0)
				return -1;
			/* a set is no end of a range: the hyphen stands for itself */
			if (set && at(e, '-')) {
				e->p++;
				fx_buf_z(e->out, "\\-");
			}
		} else if (c == '-' && class_follows(e)) {
			fx_buf_z(e->out, "\\-");
		} else {
			if (c == '[')
				fx_buf_byte(e->out, '\\');
			fx_buf_byte(e->out, c);
		}
	}
	if (!take(e, ']'))
		return refuse(e, "a class that does not end");
	return fx_buf_byte(e->out, ']');
}

/* Behind a backslash outside a class. */
static int escape(struct ecma *e)
{
	char c;

	if (e->p == e->end)
		return refuse(e, "a backslash at the end");
	c = *e->p++;
	if (c == 'b' || c == 'B')
		return fx_buf_fmt(e->out, "\\%c", c);
	if (c == 's' || c == 'S')
		return fx_buf_fmt(e->out, c == 's' ? "[%s]" : "[^%s]", space);
	if (c == 'k') {
		struct fx_str name = {e->p, (size_t)(e->end - e->p)};

		name.n = fx_str_find(name, '>');
		if (!at(e, '<') || name.n == (size_t)(e->end - e->p))
			return refuse(e, "\\k wants the name of a group in <>");
		e->p += name.n + 1;
		return fx_buf_fmt(e->out, "\\k%.*s>", FX_FMT(name));
	}
	if (c >= '1' && c <= '9') {
		const char *from = e->p - 1;

		while (e->p < e->end && is_digit(*e->p))
			e->p++;
		return fx_buf_fmt(e->out, "\\g{%.*s}", (int)(e->p - from), from);
	}
	return common_escape(e, c);
}

/* Behind a '('. */
static int group(struct ecma *e)
{
	fx_buf_byte(e->out, '(');
	if (at(e, '*'))
		return refuse(e, "nothing to repeat");
	if (!at(e, '?'))
		return 0;
	if (e->end - e->p < 2)
		return refuse(e, "a group that does not end");
	if (strchr(":=!", e->p[1])) {
		fx_buf_add(e->out, e->p, 2);
		e->p += 2;
		return 0;
	}
	if (e->p[1] != '<')
		return refuse(e, "no group of ECMA-262");
	fx_buf_z(e->out, "?<");
	e->p += 2;
	return 0;
}

/* Length of {n}, {n,} or {n,m} at p, or 0. */
static size_t braces(const struct ecma *e)
{
	const char *p = e->p + 1;

	if (p >= e->end || !is_digit(*p))
		return 0;
	while (p < e->end && is_digit(*p))
		p++;
	if (p < e->end && *p == ',')
		p++;
	while (p < e->end && is_digit(*p))
		p++;
	return p < e->end && *p == '}' ? (size_t)(p + 1 - e->p) : 0;
}

/* At one of * + ? {.  Returns with the quantifier behind. */
static int quantifier(struct ecma *e)
{
	size_t n = *e->p == '{' ? braces(e) : 1;

	if (!n) {
		e->p++;
		return fx_buf_z(e->out, "\\{");
	}
	fx_buf_add(e->out, e->p, n);
	e->p += n;
	if (take(e, '?'))
		fx_buf_byte(e->out, '?');
	if (e->p < e->end && (strchr("*+?", *e->p) || (*e->p == '{' && braces(e))))
		return refuse(e, "nothing to repeat");
	return 0;
}

int regex_translate(struct fx_buf *out, struct fx_str pattern, const char **why, size_t *where)
{
	struct ecma e = {.out = out, .p = pattern.p, .end = pattern.p + pattern.n};
	int rc = 0;

	while (rc == 0 && e.p < e.end) {
		*where = (size_t)(e.p - pattern.p);
		switch (*e.p) {
		case '\\':
			e.p++;
			rc = escape(&e);
			break;
		case '[':
			e.p++;
			rc = class(&e);
			break;
		case '(':
			e.p++;
			rc = group(&e);
			break;
		case '.':
			e.p++;
			rc = fx_buf_z(out, "[^\\n\\r\\x{2028}\\x{2029}]");
			break;
		case '*':
		case '+':
		case '?':
		case '{':
			rc = quantifier(&e);
			break;
		default:
			rc = fx_buf_byte(out, *e.p++);
		}
	}
	*why = e.why ? e.why : "too long a pattern";
	return rc;
}
