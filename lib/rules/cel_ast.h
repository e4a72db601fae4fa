/*
 * Inside CEL: the syntax tree and what the passes share.  Not for other parts of the room.
 *
 * cel_lex and cel_parse make a plain tree; cel_resolve binds names, expands macros and
 * finds functions; cel_check deduces types; cel_eval walks the tree.
 */
#ifndef FX_RULES_CEL_AST_H
#define FX_RULES_CEL_AST_H

#include "rules/cel_value.h"

#define CEL_DEPTH 250                 /* of the tree: bounds every recursion over it */
#define CEL_SOURCE_MAX (1u << 16)     /* bytes of an expression */
#define CEL_SLOTS 64                  /* macro variables alive at once */
#define CEL_STEPS 1000000u            /* of one evaluation */
#define CEL_MEMORY ((size_t)16 << 20) /* that one evaluation may take */

enum cel_op {
	CEL_CONST,
	CEL_IDENT,  /* name, until resolved */
	CEL_SELECT, /* arg[0].name */
	CEL_INDEX,  /* arg[0][arg[1]] */
	CEL_CALL,   /* name(arg...), or arg[0].name(arg...) when member */
	CEL_LIST,
	CEL_MAP,   /* key, value, key, value */
	CEL_MAYBE, /* ?element of a list, ?value of a map: arg[0] is an optional */
	CEL_AND,   /* two or more */
	CEL_OR,
	CEL_NOT,
	CEL_COND,
	CEL_EQ,
	CEL_NE,
	CEL_LT,
	CEL_LE,
	CEL_GT,
	CEL_GE,
	CEL_IN,
	CEL_ADD,
	CEL_SUB,
	CEL_MUL,
	CEL_DIV,
	CEL_MOD,
	CEL_NEG,
	/* made by cel_resolve */
	CEL_FIELD, /* the record's member `name` */
	CEL_LINE,  /* the line under decision */
	CEL_VAR,   /* the caller's variable number slot */
	CEL_SLOT,  /* a macro's variable */
	CEL_HAS,   /* arg[0] is a SELECT */
	CEL_ALL,   /* arg[0] range, arg[1] body; slot, slot2 */
	CEL_EXISTS,
	CEL_EXISTS_ONE,
	CEL_MAPPED, /* arg[0] range, arg[1] body, arg[2] filter or absent */
	CEL_FILTER,
	CEL_MAP_MAP,   /* transformMap */
	CEL_MAP_ENTRY, /* transformMapEntry */
	CEL_BIND,      /* arg[0] value, arg[1] body */
	CEL_OPT_MAP,
	CEL_OPT_FLAT_MAP,
	CEL_UNKNOWN /* a name or function that nobody declared; an error when evaluated */
};

#define CEL_NO_SLOT 0xffu

struct cel_fn;
struct cel_regex;
struct fx_zone;

struct cel_node {
	unsigned char op; /* enum cel_op */
	bool member;      /* CALL: has a receiver */
	bool optional;    /* SELECT, INDEX: .? and [?] */
	bool absolute;    /* IDENT: .name */
	bool direct;      /* FIELD, LINE, SELECT: leads to a node of the tape by names alone */
	bool type_name;   /* FIELD: also the name of a type, val */
	unsigned char
	    coerce; /* number from a record: FX_CV_INT or FX_CV_DOUBLE, as the schema says */
	unsigned char slot, slot2;
	uint16_t depth;
	uint16_t nfn;
	uint32_t var;        /* VAR: position in the scope */
	uint32_t at;         /* offset of the token that errors point to */
	uint32_t start, end; /* offsets of the whole */
	uint32_t n;
	struct cel_node **arg;
	struct fx_str name;
	const struct cel_fn *fn; /* CALL: nfn overloads that fit in name, form and count */
	const void *aux; /* a constant operand prepared: struct cel_regex, fx_zone, cel_set */
	const struct fx_cel_type *type;
	struct fx_cel_value val; /* CONST */
};

struct fx_cel {
	struct fx_arena *arena; /* that it was compiled into */
	struct fx_str whole;    /* the text that offsets count in */
	struct fx_str src;      /* of this expression: a span of the whole */
	struct cel_node *root;
	const struct fx_str *attrs;
	size_t nattrs;
	const struct fx_cel *const *parts;
	size_t nparts;
	bool uses_line;
};

/* As fx_cel_compile without an env, of any type: for tests. */
const struct fx_cel *cel_compile_any(struct fx_arena *a, struct fx_str src, struct fx_err *err);
/* A part of a program as one of its own. */
struct fx_cel *cel_program(struct fx_arena *a, const struct fx_cel *of, struct cel_node *root);
/* a == b out of the program's a != b. */
struct fx_cel *cel_negated(struct fx_arena *a, const struct fx_cel *of, const struct cel_node *ne);

/* The state of one compilation. */
struct cel_unit {
	struct fx_arena *a;
	struct fx_str src;
	const struct fx_cel_env *env;
	const struct fx_cel_scope *scope; /* NULL: over a record */
	bool any;                         /* over a record, but of any type: no predicate */
	struct fx_err *err;
};

struct fx_cel_env {
	const struct fx_cel_type *record; /* an OBJECT */
	const struct fx_cel_type *line;   /* an OBJECT, or NULL */
};

/* Fill unit->err with the column of offset at; returns NULL. */
void *cel_fault(struct cel_unit *u, uint32_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

struct cel_node *cel_node(struct cel_unit *u, enum cel_op op, uint32_t at, uint32_t n);
/* NULL with err. */
struct cel_node *cel_parse(struct cel_unit *u);
/* The node to use in place of root, or NULL with err. */
struct cel_node *cel_resolve(struct cel_unit *u, struct cel_node *root);
/* 0, or -1 with err. */
int cel_check(struct cel_unit *u, struct cel_node *root);
/*
 * Compute what is constant, compile constant patterns, open constant zones.  0, or -1
 * with err (over declared, unchecked variables faults stay until evaluation).
 */
int cel_fold(struct cel_unit *u, struct cel_node *root);

/* Tokens. */
enum cel_tok {
	TOK_END,
	TOK_IDENT,
	TOK_QUOTED, /* `name`: only after a dot */
	TOK_INT,    /* text; sign not included */
	TOK_UINT,
	TOK_DOUBLE,
	TOK_STRING,
	TOK_BYTES,
	TOK_AND,
	TOK_OR,
	TOK_NOT,      /* ! */
	TOK_WORD_NOT, /* NOT */
	TOK_EQ,
	TOK_NE,
	TOK_LT,
	TOK_LE,
	TOK_GT,
	TOK_GE,
	TOK_IN,
	TOK_PUNCT /* one of ( ) [ ] { } , . ? : + - * / % */
};

struct cel_lexer {
	struct cel_unit *u;
	uint32_t pos;      /* behind the token */
	uint32_t prev_end; /* end of the token before */
	enum cel_tok kind;
	char punct;
	uint32_t start;
	struct fx_str text;  /* the token as it stands */
	struct fx_str value; /* strings, decoded */
};
/* Read the next token; -1 with err. */
int cel_lex(struct cel_lexer *lx);

/* Evaluation. */
struct cel_ctx {
	const struct fx_cel_input *in;
	const struct fx_tape *tape;
	const struct fx_cel_value *vars;
	struct fx_arena *a;
	uint32_t steps;
	size_t memory;
	const void *aux;     /* of the call at hand */
	unsigned char limit; /* a limit was passed: why */
	bool limited;
	struct fx_cel_value slot[CEL_SLOTS];
};

typedef struct fx_cel_value cel_value;

void cel_start(struct cel_ctx *cx, const struct fx_cel_input *in, const struct fx_cel_value *vars,
               struct fx_arena *scratch);
cel_value cel_eval_node(struct cel_ctx *cx, const struct cel_node *n);
cel_value cel_err(enum fx_cel_why why, struct fx_str what);
/* No such operation on values of these kinds; b may be NULL. */
cel_value cel_no_overload(const char *what, const cel_value *a, const cel_value *b);
/* Count work of about n units; false once the steps are used up. */
bool cel_spend(struct cel_ctx *cx, size_t n);
/* Memory of this evaluation, or NULL past its limit. */
void *cel_alloc(struct cel_ctx *cx, size_t n);
cel_value cel_limit(struct cel_ctx *cx, enum fx_cel_why why);

/* Values. */
cel_value cel_from_tape(struct cel_ctx *cx, const struct fx_tape *t, uint32_t node);
bool cel_eq(struct cel_ctx *cx, const cel_value *a, const cel_value *b);
/* -1, 0, 1; 2: cannot be ordered; 3: not a number is among them. */
int cel_order(const cel_value *a, const cel_value *b);
bool cel_is_number(const cel_value *v);
size_t cel_count(const cel_value *v); /* elements or members */
/* Walk a list or a map: *pos from 0; false at the end.  key may be NULL for lists: the index. */
struct cel_iter {
	const cel_value *v;
	size_t i;
	uint32_t node;
};
void cel_iter_start(struct cel_iter *it, const cel_value *v);
bool cel_iter_next(struct cel_ctx *cx, struct cel_iter *it, cel_value *key, cel_value *value);
/* A map's value or a list's element; an ERROR of NO_KEY, INDEX when there is none. */
cel_value cel_lookup(struct cel_ctx *cx, const cel_value *v, const cel_value *key);
cel_value cel_member(struct cel_ctx *cx, const cel_value *v, struct fx_str name);
cel_value cel_optional(struct cel_ctx *cx, cel_value v);
cel_value cel_list(struct cel_ctx *cx, const cel_value *v, size_t n);
/* Bytes put together within the limits. */
cel_value cel_text(struct cel_ctx *cx, const char *p, size_t n);

/* Operators. */
cel_value cel_arith(struct cel_ctx *cx, enum cel_op op, const cel_value *a, const cel_value *b);
cel_value cel_negate(const cel_value *a);
cel_value cel_compare(enum cel_op op, const cel_value *a, const cel_value *b);
cel_value cel_in(struct cel_ctx *cx, const cel_value *a, const cel_value *b);
/* The texts of a list that holds nothing else, sorted; NULL for other lists and short ones. */
struct cel_set {
	const struct fx_str *v;
	size_t n;
};
const struct cel_set *cel_set(struct fx_arena *a, const cel_value *list);
bool cel_set_has(const struct cel_set *set, struct fx_str s);

/*
 * Functions.  sig: a letter a parameter (a member's receiver first), ':' and the
 * result.  i int, u uint, d double, b bool, s string, y bytes, n null, t timestamp,
 * D duration, T type, L list, M map, O optional (these three followed by their
 * parameters), * dyn, A and B type parameters.  "#:#": one or more numbers, or a list
 * of them, give a number.
 */
typedef cel_value cel_impl(struct cel_ctx *cx, const cel_value *arg, size_t n);
struct cel_fn {
	const char *name;
	bool member;
	const char *sig;
	cel_impl *impl;
};
/* The overloads of a name: the first, and how many follow each other in the table. */
const struct cel_fn *cel_fns(struct fx_str name, bool member, size_t *n);
const struct cel_fn *cel_fn_table(size_t *n);
size_t cel_sig_params(const char *sig);
/* Start of parameter i's type in sig (i == count: the result's). */
const char *cel_sig_at(const char *sig, size_t i);
cel_value cel_call(struct cel_ctx *cx, const struct cel_node *n, const cel_value *arg);
/* The nearest function name, for "did you mean"; {NULL, 0}: none. */
struct fx_str cel_fn_nearest(struct fx_str name);

/* UTF-8: bytes of the character at p; and how many characters. */
size_t cel_utf8_len(const char *p, const char *end);
size_t cel_utf8_count(struct fx_str s);
/* The code point at p; *len its bytes.  0xfffd with len 1 for what is no UTF-8. */
uint32_t cel_utf8_get(const char *p, const char *end, size_t *len);
/* Text of a number as a double, strictly as strtod's but for any length. */
double cel_strtod(struct fx_str s);

/* Times. */
int cel_timestamp_parse(struct fx_str s, cel_value *out);
int cel_duration_parse(struct fx_str s, cel_value *out);
#define CEL_TIME_LEN 48
size_t cel_timestamp_format(const cel_value *v, char out[CEL_TIME_LEN]);
size_t cel_duration_format(const cel_value *v, char out[CEL_TIME_LEN]);
bool cel_timestamp_ok(int64_t sec);

/* Regular expressions. */
const struct cel_regex *cel_regex_compile(struct fx_arena *a, struct fx_str pattern, char *msg,
                                          size_t n);
cel_value cel_regex_match(struct cel_ctx *cx, const struct cel_regex *re, struct fx_str s);

#endif
