/* CEL's tokens. */
#include "json/write.h"
#include "rules/cel_ast.h"

#include <string.h>

static bool is_word(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int fault(struct cel_lexer *lx, size_t at, const char *what)
{
	cel_fault(lx->u, (uint32_t)at, "%s", what);
	return -1;
}

/* White space and // comments. */
static size_t skip_space(struct fx_str s, size_t i)
{
	for (; i < s.n; i++) {
		if (s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '/')
			while (i + 1 < s.n && s.p[i + 1] != '\n')
				i++;
		else if (s.p[i] != ' ' && (s.p[i] < '\t' || s.p[i] > '\r'))
			break;
	}
	return i;
}

static size_t digits(struct fx_str s, size_t i)
{
	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i;
}

static int number(struct cel_lexer *lx)
{
	struct fx_str s = lx->u->src;
	size_t i = lx->start;

	lx->kind = TOK_INT;
	if (s.p[i] == '0' && i + 1 < s.n && (s.p[i + 1] == 'x' || s.p[i + 1] == 'X')) {
		size_t from = i += 2;

		while (i < s.n && hex(s.p[i]) >= 0)
			i++;
		if (i == from)
			return fault(lx, lx->start, "0x wants hexadecimal digits behind it");
	} else {
		i = digits(s, i);
		if (i + 1 < s.n && s.p[i] == '.' && is_digit(s.p[i + 1])) {
			lx->kind = TOK_DOUBLE;
			i = digits(s, i + 1);
		}
		if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
			size_t e = i + 1;

			if (e < s.n && (s.p[e] == '+' || s.p[e] == '-'))
				e++;
			if (e >= s.n || !is_digit(s.p[e]))
				return fault(lx, i, "an exponent wants digits");
			lx->kind = TOK_DOUBLE;
			i = digits(s, e);
		}
	}
	if (lx->kind == TOK_INT && i < s.n && (s.p[i] == 'u' || s.p[i] == 'U')) {
		lx->kind = TOK_UINT;
		i++;
	}
	if (i < s.n && is_word(s.p[i], false))
		return fault(lx, i, "a letter follows a number (text wants quotes)");
	lx->pos = (uint32_t)i;
	return 0;
}

/* The value of an escape at s[i] (behind the backslash); *next is set behind it. */
static int escape(struct cel_lexer *lx, size_t i, bool bytes, struct fx_buf *out, size_t *next)
{
	static const char simple[] = "abfnrtv\\?\"'`";
	static const char means[] = "\a\b\f\n\r\t\v\\?\"'`";
	struct fx_str s = lx->u->src;
	const char *k;
	uint32_t v = 0;
	size_t n, from = i;
	char utf8[4];

	if (i >= s.n)
		return fault(lx, i - 1, "a backslash at the end");
	k = s.p[i] ? strchr(simple, s.p[i]) : NULL;
	if (k) {
		*next = i + 1;
		return fx_buf_byte(out, means[k - simple]);
	}
	if (s.p[i] >= '0' && s.p[i] <= '3') {
		for (n = 3; n; n--, i++) {
			if (i >= s.n || s.p[i] < '0' || s.p[i] > '7')
				return fault(lx, from - 1, "an octal escape has three digits");
			v = v * 8 + (uint32_t)(s.p[i] - '0');
		}
	} else {
		n = s.p[i] == 'x' || s.p[i] == 'X' ? 2 : s.p[i] == 'u' ? 4 : s.p[i] == 'U' ? 8 : 0;
		if (!n || (bytes && n > 2))
			return fault(lx, from - 1,
			             bytes ? "no such escape in bytes" : "no such escape");
		for (i++; n; n--, i++) {
			if (i >= s.n || hex(s.p[i]) < 0)
				return fault(lx, from - 1,
				             "too few hexadecimal digits in an escape");
			v = v * 16 + (uint32_t)hex(s.p[i]);
		}
	}
	*next = i;
	if (bytes)
		return fx_buf_byte(out, (char)(unsigned char)v);
	if (v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return fault(lx, from - 1, "the escape names no character of Unicode");
	return fx_buf_add(out, utf8, fx_utf8(v, utf8));
}

/* i: the opening quote. */
static int string(struct cel_lexer *lx, size_t i, bool raw, bool bytes)
{
	struct fx_str s = lx->u->src;
	char q = s.p[i];
	bool triple = i + 2 < s.n && s.p[i + 1] == q && s.p[i + 2] == q;
	struct fx_buf out = {0};
	size_t from = i + (triple ? 3 : 1);
	int rc = -1;

	for (i = from;;) {
		if (i >= s.n || (!triple && (s.p[i] == '\n' || s.p[i] == '\r'))) {
			fault(lx, lx->start, "a quote is not closed");
			goto out;
		}
		if (s.p[i] == q && (!triple || (i + 2 < s.n && s.p[i + 1] == q && s.p[i + 2] == q)))
			break;
		if (s.p[i] == '\\' && !raw) {
			if (escape(lx, i + 1, bytes, &out, &i))
				goto out;
			continue;
		}
		fx_buf_byte(&out, s.p[i++]);
	}
	lx->kind = bytes ? TOK_BYTES : TOK_STRING;
	if (out.n == i - from && (out.n == 0 || memcmp(out.p, s.p + from, out.n) == 0))
		lx->value = (struct fx_str){s.p + from, i - from};
	else
		lx->value = fx_arena_str(lx->u->a, fx_buf_view(&out));
	lx->pos = (uint32_t)(i + (triple ? 3 : 1));
	rc = 0;
out:
	fx_buf_free(&out);
	return rc;
}

static int word(struct cel_lexer *lx)
{
	static const struct {
		const char *text;
		enum cel_tok kind;
	} words[] = {{"AND", TOK_AND}, {"OR", TOK_OR}, {"NOT", TOK_WORD_NOT}, {"in", TOK_IN}};
	struct fx_str s = lx->u->src, w;
	size_t i = lx->start;
	bool raw = false, bytes = false;

	while (i < s.n && is_word(s.p[i], false))
		i++;
	w = (struct fx_str){s.p + lx->start, i - lx->start};
	if (w.n <= 2 && i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
		size_t k;

		for (k = 0; k < w.n; k++) {
			if ((w.p[k] == 'r' || w.p[k] == 'R') && !raw)
				raw = true;
			else if ((w.p[k] == 'b' || w.p[k] == 'B') && !bytes)
				bytes = true;
			else
				break;
		}
		if (k == w.n)
			return string(lx, i, raw, bytes);
	}
	lx->kind = TOK_IDENT;
	lx->pos = (uint32_t)i;
	for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++)
		if (fx_str_is(w, words[k].text))
			lx->kind = words[k].kind;
	return 0;
}

static int quoted(struct cel_lexer *lx)
{
	struct fx_str s = lx->u->src;
	size_t i = lx->start + 1;

	while (i < s.n && (is_word(s.p[i], false) || (s.p[i] && strchr("_.-/ ", s.p[i]))))
		i++;
	if (i >= s.n || s.p[i] != '`' || i == lx->start + 1)
		return fault(lx, lx->start,
		             "a name in backquotes is letters, digits and _.-/ space");
	lx->kind = TOK_QUOTED;
	lx->value = (struct fx_str){s.p + lx->start + 1, i - lx->start - 1};
	lx->pos = (uint32_t)i + 1;
	return 0;
}

static int operator(struct cel_lexer *lx)
{
	static const struct {
		char text[3];
		enum cel_tok kind;
	} ops[] = {{"&&", TOK_AND}, {"||", TOK_OR}, {"==", TOK_EQ}, {"!=", TOK_NE}, {"<=", TOK_LE},
	           {">=", TOK_GE},  {"<", TOK_LT},  {">", TOK_GT},  {"!", TOK_NOT}};
	struct fx_str s = lx->u->src;
	char c = s.p[lx->start];

	for (size_t k = 0; k < sizeof(ops) / sizeof(*ops); k++) {
		size_t n = strlen(ops[k].text);

		if (s.n - lx->start >= n && memcmp(s.p + lx->start, ops[k].text, n) == 0) {
			lx->kind = ops[k].kind;
			lx->pos = lx->start + (uint32_t)n;
			return 0;
		}
	}
	if (c == '=')
		return fault(lx, lx->start, "a comparison is written ==");
	if (c == '&' || c == '|')
		return fault(lx, lx->start, c == '&' ? "write && or AND" : "write || or OR");
	/* as text programs set them */
	if (s.n - lx->start >= 3 && memcmp(s.p + lx->start, "\xe2\x80", 2) == 0 &&
	    strchr("\x98\x99\x9a\x9c\x9d\x9e", s.p[lx->start + 2]))
		return fault(lx, lx->start, "a text stands between straight quotes: \"text\"");
	if (!c || !strchr("()[]{},.?:+-*/%", c))
		return fault(lx, lx->start, "no such character in an expression");
	lx->kind = TOK_PUNCT;
	lx->punct = c;
	lx->pos = lx->start + 1;
	return 0;
}

int cel_lex(struct cel_lexer *lx)
{
	struct fx_str s = lx->u->src;
	size_t i = skip_space(s, lx->pos);
	int rc = 0;

	lx->prev_end = lx->pos;
	lx->start = lx->pos = (uint32_t)i;
	lx->punct = 0;
	lx->kind = TOK_END;
	if (i < s.n) {
		char c = s.p[i];

		if (is_word(c, true))
			rc = word(lx);
		else if (is_digit(c) || (c == '.' && i + 1 < s.n && is_digit(s.p[i + 1])))
			rc = number(lx);
		else if (c == '"' || c == '\'')
			rc = string(lx, i, false, false);
		else if (c == '`')
			rc = quoted(lx);
		else
			rc = operator(lx);
	}
	lx->text = (struct fx_str){s.p + lx->start, lx->pos - lx->start};
	return rc;
}
