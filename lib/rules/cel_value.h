/*
 * Values of the Common Expression Language, for those who give variables of their own
 * (tests) or want a result that is no predicate.  Rules need only cel.h.
 */
#ifndef FX_RULES_CEL_VALUE_H
#define FX_RULES_CEL_VALUE_H

#include "rules/cel.h"

enum fx_cel_kind {
	FX_CV_ERROR, /* s: what it concerns; why: the kind of error */
	FX_CV_NULL,
	FX_CV_BOOL,
	FX_CV_INT,
	FX_CV_UINT,
	FX_CV_DOUBLE,
	FX_CV_STRING, /* valid UTF-8 */
	FX_CV_BYTES,
	FX_CV_LIST,
	FX_CV_MAP,
	FX_CV_TIMESTAMP, /* i: seconds since the epoch; ns */
	FX_CV_DURATION,  /* i: nanoseconds */
	FX_CV_TYPE,      /* s: its name */
	FX_CV_OPTIONAL
};

enum fx_cel_why {
	FX_CEL_NO_KEY, /* no such key or field */
	FX_CEL_NO_OVERLOAD,
	FX_CEL_DIVIDE,
	FX_CEL_MODULUS,
	FX_CEL_OVERFLOW,
	FX_CEL_RANGE,
	FX_CEL_CONVERT,
	FX_CEL_INDEX,
	FX_CEL_UNDECLARED,
	FX_CEL_UNBOUND,
	FX_CEL_KEY_TYPE,
	FX_CEL_KEY_TWICE,
	FX_CEL_REGEX,
	FX_CEL_FORMAT,
	FX_CEL_NO_VALUE, /* of an empty optional */
	FX_CEL_ARGUMENT,
	FX_CEL_STEPS, /* the limits; no || absorbs them */
	FX_CEL_SIZE
};

/* Lists and maps lie in memory (seq) or, when tape is set, on the record's tape (at). */
struct fx_cel_value {
	unsigned char kind; /* enum fx_cel_kind */
	unsigned char tape;
	unsigned char why; /* enum fx_cel_why */
	int32_t ns;        /* timestamp: 0 to 999999999; error: the kinds that it concerns */
	union {
		uint64_t b; /* 0 or 1; of full width, so that copies of a value are not slow */
		int64_t i;
		uint64_t u;
		double d;
		struct fx_str s;
		struct {
			const struct fx_cel_value *v; /* a map's: key, value, key, value */
			size_t n;                     /* elements, or pairs */
		} seq;
		struct {
			const struct fx_tape *t;
			uint32_t node;
		} at;
		const struct fx_cel_value *opt; /* NULL: none */
	};
};

#define FX_CEL_BOOL(x) ((struct fx_cel_value){.kind = FX_CV_BOOL, .b = (x) ? 1u : 0u})
#define FX_CEL_INT(x) ((struct fx_cel_value){.kind = FX_CV_INT, .i = (x)})
#define FX_CEL_UINT(x) ((struct fx_cel_value){.kind = FX_CV_UINT, .u = (x)})
#define FX_CEL_DOUBLE(x) ((struct fx_cel_value){.kind = FX_CV_DOUBLE, .d = (x)})
#define FX_CEL_STRING(x) ((struct fx_cel_value){.kind = FX_CV_STRING, .s = (x)})
#define FX_CEL_NULL ((struct fx_cel_value){.kind = FX_CV_NULL})

/* A variable: declared at compile time, given a value at evaluation by position. */
struct fx_cel_var {
	struct fx_str name;             /* may be qualified: "a.b" */
	const struct fx_cel_type *type; /* NULL: dyn */
};

/* A function that is only declared: it type-checks, and is an error when called. */
struct fx_cel_fn_decl {
	struct fx_str name;
	bool member;
	const struct fx_cel_type *const *params; /* a member's receiver first */
	size_t nparams;
	const struct fx_cel_type *result;
};

/* How to compile an expression over variables instead of a record. */
struct fx_cel_scope {
	const struct fx_cel_var *vars;
	size_t nvars;
	const struct fx_cel_fn_decl *fns;
	size_t nfns;
	struct fx_str container;
	bool unchecked; /* no type check; unknown names are errors only when evaluated */
};

/* NULL with err as fx_cel_compile. */
const struct fx_cel *fx_cel_compile_scope(struct fx_arena *a, struct fx_str src,
                                          const struct fx_cel_scope *scope, struct fx_err *err);

/*
 * The value of any expression.  vars: values by the scope's positions (kind ERROR with
 * why UNDECLARED: not given), NULL for one over a record; in may be NULL when the scope
 * has variables.  What the value points to lives in scratch, the tape and the program.
 */
struct fx_cel_value fx_cel_eval(const struct fx_cel *e, const struct fx_cel_input *in,
                                const struct fx_cel_value *vars, struct fx_arena *scratch);

/* "no such key: channel" */
struct fx_str fx_cel_why_text(const struct fx_cel_value *error, struct fx_arena *a);
/* CEL's equality: numbers by value over their types, lists and maps by content. */
bool fx_cel_equal(const struct fx_cel_value *a, const struct fx_cel_value *b,
                  struct fx_arena *scratch);
/* The name that type() gives: "int", "google.protobuf.Timestamp". */
struct fx_str fx_cel_kind_name(enum fx_cel_kind k);

/* The type that the checker deduced for the whole expression; NULL when unchecked. */
const struct fx_cel_type *fx_cel_deduced(const struct fx_cel *e);

enum fx_cel_type_kind {
	FX_CT_DYN,
	FX_CT_ERROR,
	FX_CT_NULL,
	FX_CT_BOOL,
	FX_CT_INT,
	FX_CT_UINT,
	FX_CT_DOUBLE,
	FX_CT_STRING,
	FX_CT_BYTES,
	FX_CT_TIMESTAMP,
	FX_CT_DURATION,
	FX_CT_LIST,     /* param[0]: element */
	FX_CT_MAP,      /* param[0]: key, param[1]: value */
	FX_CT_TYPE,     /* param[0], may be absent */
	FX_CT_ABSTRACT, /* name and params: optional_type(T) */
	FX_CT_PARAM,    /* a declaration's type parameter, by name */
	FX_CT_OBJECT,   /* a record or a part of it: named fields */
	FX_CT_VAR       /* the checker's own */
};

struct fx_cel_type {
	unsigned char kind; /* enum fx_cel_type_kind */
	bool nullable;
	bool open; /* object: members that are not named may be there */
	struct fx_str name;
	const struct fx_cel_type *const *param;
	size_t nparam;
	const struct fx_cel_field *field;
	size_t nfield;
	const struct fx_str *values; /* string: the only ones there are, when nvalues > 0 */
	size_t nvalues;
	bool has_min, has_max; /* number: its range */
	bool min_excluded, max_excluded;
	double min, max;
	uint32_t var; /* VAR: its number */
};

struct fx_cel_field {
	struct fx_str name;
	const struct fx_cel_type *type;
	bool required;
};

/* "list(int)", for messages. */
struct fx_str fx_cel_type_text(const struct fx_cel_type *t, struct fx_arena *a);

#endif
