/* CEL's grammar: a plain tree, names unresolved, macros not yet expanded. */
#include "json/write.h"
#include "rules/cel_ast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Recursion follows the text's nesting: three calls a level. */
struct parser {
	struct cel_unit *u;
	struct cel_lexer lx;
	unsigned depth;
};

/* Operators, weakest first. NOT stands between AND and the comparisons. */
enum { LEVEL_OR, LEVEL_AND, LEVEL_REL, LEVEL_ADD, LEVEL_MUL, LEVEL_UNARY };

static struct cel_node *parse_expr(struct parser *p);
static struct cel_node *parse_level(struct parser *p, unsigned level);

void *cel_fault(struct cel_unit *u, uint32_t at, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	fx_fail_at(u->err, FX_ECONF, NULL, 0, at + 1, "%s", msg);
	return NULL;
}

struct cel_node *cel_node(struct cel_unit *u, enum cel_op op, uint32_t at, uint32_t n)
{
	struct cel_node *e = FX_NEW(u->a, struct cel_node);

	e->op = (unsigned char)op;
	e->at = e->start = e->end = at;
	e->slot = e->slot2 = CEL_NO_SLOT;
	e->n = n;
	if (n)
		e->arg = FX_NEWV(u->a, struct cel_node *, n);
	return e;
}

static bool at_punct(const struct parser *p, char c)
{
	return p->lx.kind == TOK_PUNCT && p->lx.punct == c;
}

static int next(struct parser *p)
{
	return cel_lex(&p->lx);
}

#define END_WANTED "an operator or the end"

/* Words of other languages, and how they are written here. */
static const char *habit(const struct parser *p)
{
	static const char *const habits[][2] = {
	    {"is", "a comparison is written =="},
	    {"equals", "a comparison is written =="},
	    {"contains", "write x.contains(\"text\"), or \"one\" in a list"},
	    {"like", "write x.startsWith(\"text\"), x.endsWith(\"text\") or x.contains(\"text\")"},
	    {"starts", "write x.startsWith(\"text\")"},
	    {"ends", "write x.endsWith(\"text\")"},
	    {"between", "write x >= 10 AND x <= 20"},
	    {"and", "and is written in capitals"},
	    {"or", "or is written in capitals"},
	    {"not", "not is written in capitals"}};
	struct fx_str behind = {p->u->src.p, p->lx.start};

	for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++)
		if (fx_str_is(p->lx.text, habits[i][0]))
			return habits[i][1];
	/* "not x": a field of that name, and something behind it */
	behind = fx_str_trim(behind);
	if (behind.n >= 3 && memcmp(behind.p + behind.n - 3, "not", 3) == 0 &&
	    (behind.n == 3 || strchr(" (&|!", behind.p[behind.n - 4])))
		return "not is written in capitals";
	return NULL;
}

/* What the reader found, for "... here". */
static struct cel_node *unexpected(struct parser *p, const char *wanted)
{
	struct fx_str t = p->lx.text;
	const char *said = habit(p);

	if (p->lx.kind == TOK_END)
		return cel_fault(p->u, p->lx.start, "the expression ends here; %s is missing",
		                 wanted);
	if (said)
		return cel_fault(p->u, p->lx.start, "%s", said);
	if (p->lx.kind == TOK_PUNCT && p->lx.punct == ',' && strcmp(wanted, END_WANTED) == 0)
		return cel_fault(p->u, p->lx.start, "what joins conditions is AND or OR");
	return cel_fault(p->u, p->lx.start, "'%.*s' where %s should be", FX_FMT(t), wanted);
}

static int expect(struct parser *p, char c)
{
	char wanted[4] = {'\'', c, '\'', 0};

	if (at_punct(p, c))
		return next(p);
	unexpected(p, wanted);
	return -1;
}

/* Close a node over what was read since `start`; NULL when the tree gets too deep. */
static struct cel_node *finish(struct parser *p, struct cel_node *e, uint32_t start)
{
	unsigned depth = 0;

	for (uint32_t i = 0; i < e->n; i++)
		if (e->arg[i] && e->arg[i]->depth > depth)
			depth = e->arg[i]->depth;
	if (depth + 1 > CEL_DEPTH)
		return cel_fault(p->u, e->at, "the expression is nested over %d levels", CEL_DEPTH);
	e->depth = (uint16_t)(depth + 1);
	e->start = start;
	e->end = p->lx.prev_end;
	return e;
}

/* A growing list of nodes, moved to the arena at the end. */
struct nodes {
	struct cel_node **v;
	uint32_t n, cap;
};

static void nodes_add(struct parser *p, struct nodes *l, struct cel_node *e)
{
	if (l->n == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : 4;
		struct cel_node **v = FX_NEWV(p->u->a, struct cel_node *, cap);

		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = e;
}

/* "e, e, ?e" up to the closing c (read, too).  maps: "k: v". */
static int elements(struct parser *p, char close, bool maybe, bool pairs, struct nodes *out)
{
	while (!at_punct(p, close)) {
		uint32_t at = p->lx.start;
		bool opt = maybe && at_punct(p, '?');
		struct cel_node *e;

		if (opt && next(p))
			return -1;
		e = parse_expr(p);
		if (!e)
			return -1;
		if (pairs) {
			nodes_add(p, out, e);
			if (expect(p, ':'))
				return -1;
			e = parse_expr(p);
			if (!e)
				return -1;
		}
		if (opt) {
			struct cel_node *m = cel_node(p->u, CEL_MAYBE, at, 1);

			m->arg[0] = e;
			e = finish(p, m, at);
			if (!e)
				return -1;
		}
		nodes_add(p, out, e);
		if (!at_punct(p, ','))
			break;
		if (next(p))
			return -1;
		/* a trailing comma is good in a list, not in a call */
		if (close == ')' && at_punct(p, ')')) {
			unexpected(p, "an argument");
			return -1;
		}
	}
	return expect(p, close);
}

static struct cel_node *constant(struct parser *p, struct fx_cel_value v, uint32_t start)
{
	struct cel_node *e = cel_node(p->u, CEL_CONST, start, 0);

	e->val = v;
	return next(p) ? NULL : finish(p, e, start);
}

static struct cel_node *integer(struct parser *p, uint32_t start, bool negative)
{
	struct fx_str t = p->lx.text;
	bool uns = p->lx.kind == TOK_UINT;
	bool base16 = t.n > 2 && (t.p[1] == 'x' || t.p[1] == 'X');
	uint64_t v = 0, base = base16 ? 16 : 10;
	size_t n = t.n - uns;

	for (size_t i = base16 ? 2 : 0; i < n; i++) {
		char c = t.p[i];
		uint64_t d = (uint64_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);

		if (v > (UINT64_MAX - d) / base)
			return cel_fault(p->u, start, "the number is too large");
		v = v * base + d;
	}
	if (uns)
		return constant(p, FX_CEL_UINT(v), start);
	if (v > (uint64_t)INT64_MAX + negative)
		return cel_fault(p->u, start, "the number is too large for an int");
	if (negative)
		return constant(p, FX_CEL_INT(v > INT64_MAX ? INT64_MIN : -(int64_t)v), start);
	return constant(p, FX_CEL_INT((int64_t)v), start);
}

static bool reserved(struct fx_str w)
{
	static const char *const words[] = {
	    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
	    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (fx_str_is(w, words[i]))
			return true;
	return false;
}

/* name or name(arguments); e: receiver or NULL. */
static struct cel_node *call(struct parser *p, struct fx_str name, uint32_t at, uint32_t start,
                             struct cel_node *receiver)
{
	struct nodes args = {0};
	struct cel_node *e;

	if (receiver)
		nodes_add(p, &args, receiver);
	if (next(p) || elements(p, ')', false, false, &args))
		return NULL;
	e = cel_node(p->u, CEL_CALL, at, 0);
	e->name = name;
	e->member = receiver != NULL;
	e->arg = args.v;
	e->n = args.n;
	return finish(p, e, start);
}

static struct cel_node *name(struct parser *p, uint32_t start, bool absolute)
{
	struct fx_str w = p->lx.text;
	uint32_t at = p->lx.start;
	struct cel_node *e;

	if (!absolute && fx_str_is(w, "true"))
		return constant(p, FX_CEL_BOOL(true), start);
	if (!absolute && fx_str_is(w, "false"))
		return constant(p, FX_CEL_BOOL(false), start);
	if (!absolute && fx_str_is(w, "null"))
		return constant(p, FX_CEL_NULL, start);
	if (reserved(w))
		return cel_fault(p->u, at, "'%.*s' is a reserved word", FX_FMT(w));
	if (next(p))
		return NULL;
	if (at_punct(p, '('))
		return call(p, w, at, start, NULL);
	e = cel_node(p->u, CEL_IDENT, at, 0);
	e->name = w;
	e->absolute = absolute;
	return finish(p, e, start);
}

static struct cel_node *parse_primary(struct parser *p)
{
	uint32_t start = p->lx.start;
	struct nodes list = {0};
	struct cel_node *e;
	bool map;

	switch (p->lx.kind) {
	case TOK_INT:
	case TOK_UINT:
		return integer(p, start, false);
	case TOK_DOUBLE:
		return constant(p, FX_CEL_DOUBLE(cel_strtod(p->lx.text)), start);
	case TOK_STRING:
		return constant(p, FX_CEL_STRING(p->lx.value), start);
	case TOK_BYTES:
		return constant(p, (struct fx_cel_value){.kind = FX_CV_BYTES, .s = p->lx.value},
		                start);
	case TOK_IDENT:
		return name(p, start, false);
	case TOK_WORD_NOT:
		return cel_fault(p->u, start, "NOT needs parentheses here");
	case TOK_PUNCT:
		break;
	default:
		return unexpected(p, "a value");
	}
	switch (p->lx.punct) {
	case '.':
		if (next(p))
			return NULL;
		if (p->lx.kind != TOK_IDENT)
			return unexpected(p, "a name");
		return name(p, start, true);
	case '(':
		if (next(p))
			return NULL;
		e = parse_expr(p);
		if (!e || expect(p, ')'))
			return NULL;
		e->start = start;
		e->end = p->lx.prev_end;
		return e;
	case '[':
	case '{':
		map = p->lx.punct == '{';
		if (next(p) || elements(p, map ? '}' : ']', true, map, &list))
			return NULL;
		e = cel_node(p->u, map ? CEL_MAP : CEL_LIST, start, 0);
		e->arg = list.v;
		e->n = list.n;
		return finish(p, e, start);
	default:
		return unexpected(p, "a value");
	}
}

/* .name .?name .name(args) [index] [?index] behind e */
static struct cel_node *parse_member(struct parser *p, struct cel_node *e)
{
	while (e) {
		uint32_t start = e->start, at;
		struct cel_node *m;
		bool opt;

		if (at_punct(p, '.')) {
			struct fx_str w;

			if (next(p))
				return NULL;
			opt = at_punct(p, '?');
			if (opt && next(p))
				return NULL;
			at = p->lx.start;
			if (p->lx.kind == TOK_QUOTED)
				w = p->lx.value;
			else if (p->lx.kind == TOK_IDENT || p->lx.kind == TOK_WORD_NOT ||
			         ((p->lx.kind == TOK_AND || p->lx.kind == TOK_OR) &&
			          p->lx.text.p[0] >= 'A' && p->lx.text.p[0] <= 'Z'))
				w = p->lx.text;
			else
				return unexpected(p, "a name");
			if (next(p))
				return NULL;
			if (!opt && at_punct(p, '(')) {
				e = call(p, w, at, start, e);
				continue;
			}
			m = cel_node(p->u, CEL_SELECT, at, 1);
			m->name = w;
		} else if (at_punct(p, '[')) {
			at = p->lx.start;
			if (next(p))
				return NULL;
			opt = at_punct(p, '?');
			if (opt && next(p))
				return NULL;
			m = cel_node(p->u, CEL_INDEX, at, 2);
			m->arg[1] = parse_expr(p);
			if (!m->arg[1] || expect(p, ']'))
				return NULL;
		} else if (at_punct(p, '{') && (e->op == CEL_IDENT || e->op == CEL_SELECT)) {
			return cel_fault(p->u, p->lx.start, "messages cannot be made here");
		} else {
			return e;
		}
		m->arg[0] = e;
		m->optional = opt;
		e = finish(p, m, start);
	}
	return NULL;
}

static struct cel_node *parse_unary(struct parser *p)
{
	uint32_t start = p->lx.start;
	bool minus = at_punct(p, '-');
	struct cel_node *e, *operand;

	if (!minus && p->lx.kind != TOK_NOT)
		return parse_member(p, parse_primary(p));
	if (next(p))
		return NULL;
	if (minus && p->lx.kind == TOK_INT)
		return parse_member(p, integer(p, start, true));
	if (minus && p->lx.kind == TOK_DOUBLE)
		return parse_member(p, constant(p, FX_CEL_DOUBLE(-cel_strtod(p->lx.text)), start));
	if (++p->depth > CEL_DEPTH)
		return cel_fault(p->u, start, "the expression is nested over %d levels", CEL_DEPTH);
	operand = parse_unary(p);
	p->depth--;
	if (!operand)
		return NULL;
	e = cel_node(p->u, minus ? CEL_NEG : CEL_NOT, start, 1);
	e->arg[0] = operand;
	return finish(p, e, start);
}

/* The operator at hand when it is one of this level, else CEL_CONST. */
static enum cel_op binary(const struct parser *p, unsigned level)
{
	switch (p->lx.kind) {
	case TOK_OR:
		return level == LEVEL_OR ? CEL_OR : CEL_CONST;
	case TOK_AND:
		return level == LEVEL_AND ? CEL_AND : CEL_CONST;
	case TOK_EQ:
	case TOK_NE:
	case TOK_LT:
	case TOK_LE:
	case TOK_GT:
	case TOK_GE:
	case TOK_IN:
		return level == LEVEL_REL ? (enum cel_op)(CEL_EQ + (p->lx.kind - TOK_EQ))
		                          : CEL_CONST;
	case TOK_PUNCT:
		if (level == LEVEL_ADD)
			return p->lx.punct == '+'   ? CEL_ADD
			       : p->lx.punct == '-' ? CEL_SUB
			                            : CEL_CONST;
		if (level == LEVEL_MUL)
			return p->lx.punct == '*'   ? CEL_MUL
			       : p->lx.punct == '/' ? CEL_DIV
			       : p->lx.punct == '%' ? CEL_MOD
			                            : CEL_CONST;
		return CEL_CONST;
	default:
		return CEL_CONST;
	}
}

/* a && b && c is one node, so that chains cost no depth. */
static struct cel_node *logical(struct parser *p, struct cel_node *first, unsigned level)
{
	enum cel_op op = level == LEVEL_OR ? CEL_OR : CEL_AND;
	struct cel_node *e = cel_node(p->u, op, p->lx.start, 0);
	struct nodes args = {0};

	nodes_add(p, &args, first);
	while (binary(p, level) == op) {
		struct cel_node *b;

		if (next(p))
			return NULL;
		b = parse_level(p, level + 1);
		if (!b)
			return NULL;
		nodes_add(p, &args, b);
	}
	e->arg = args.v;
	e->n = args.n;
	return finish(p, e, first->start);
}

static struct cel_node *word_not(struct parser *p)
{
	uint32_t start = p->lx.start;
	struct cel_node *e = cel_node(p->u, CEL_NOT, start, 1);

	if (next(p))
		return NULL;
	if (++p->depth > CEL_DEPTH)
		return cel_fault(p->u, start, "the expression is nested over %d levels", CEL_DEPTH);
	e->arg[0] = parse_level(p, LEVEL_REL);
	p->depth--;
	return e->arg[0] ? finish(p, e, start) : NULL;
}

static struct cel_node *parse_level(struct parser *p, unsigned level)
{
	struct cel_node *e;
	enum cel_op op;

	if (level == LEVEL_UNARY)
		return parse_unary(p);
	if (level == LEVEL_REL && p->lx.kind == TOK_WORD_NOT)
		return word_not(p);
	e = parse_level(p, level + 1);
	while (e && (op = binary(p, level)) != CEL_CONST) {
		struct cel_node *b, *a = e;

		if (level <= LEVEL_AND)
			return logical(p, a, level);
		e = cel_node(p->u, op, p->lx.start, 2);
		if (next(p))
			return NULL;
		b = parse_level(p, level + 1);
		if (!b)
			return NULL;
		e->arg[0] = a;
		e->arg[1] = b;
		e = finish(p, e, a->start);
	}
	return e;
}

static struct cel_node *parse_expr(struct parser *p)
{
	uint32_t start = p->lx.start;
	struct cel_node *e, *c;

	if (++p->depth > CEL_DEPTH)
		return cel_fault(p->u, start, "the expression is nested over %d levels", CEL_DEPTH);
	e = parse_level(p, LEVEL_OR);
	if (e && at_punct(p, '?')) {
		c = e;
		e = cel_node(p->u, CEL_COND, p->lx.start, 3);
		e->arg[0] = c;
		if (next(p))
			return NULL;
		e->arg[1] = parse_level(p, LEVEL_OR);
		if (!e->arg[1] || expect(p, ':'))
			return NULL;
		e->arg[2] = parse_expr(p);
		if (!e->arg[2])
			return NULL;
		e = finish(p, e, start);
	}
	p->depth--;
	return e;
}

struct cel_node *cel_parse(struct cel_unit *u)
{
	struct parser p = {.u = u, .lx = {.u = u}};
	struct cel_node *e;

	if (u->src.n > CEL_SOURCE_MAX)
		return cel_fault(u, 0, "the expression has over %u bytes", CEL_SOURCE_MAX);
	if (!fx_utf8_valid(u->src))
		return cel_fault(u, 0, "the expression is not UTF-8");
	if (next(&p))
		return NULL;
	e = parse_expr(&p);
	if (e && p.lx.kind != TOK_END)
		return unexpected(&p, END_WANTED);
	return e;
}
