/*
 * JSON Schema 2020-12: compiled once into flat nodes, checked against a tape.
 *
 * All of core, applicator, unevaluated, validation and format; numbers are
 * compared as exact decimals, patterns are ECMA-262 as PCRE2 reads it, with a
 * match limit.  Nothing is fetched: a $ref leads to a schema's own file, to a
 * file beside it, to what fx_schemas_map says, to the 2020-12 meta-schemas that
 * are built in, or is a fault at load, with its place.
 */
#ifndef FX_CONTRACT_SCHEMA_H
#define FX_CONTRACT_SCHEMA_H

#include "base/err.h"
#include "base/mem.h"
#include "json/canon.h"
#include "json/doc.h"
#include "json/reject.h"
#include "json/tape.h"

struct fx_schemas; /* documents that may refer to each other, and all that was compiled of them */
struct regex_scratch;
struct fx_schema; /* one compiled schema; lives as long as its set, constant, may be shared */

/* assert_formats: `format` is an assertion whatever the schema's vocabulary says. */
struct fx_schemas *fx_schemas_new(bool assert_formats);
void fx_schemas_free(struct fx_schemas *s);

/* URIs that begin with prefix are files under dir ("http://localhost:1234/", "remotes"). */
void fx_schemas_map(struct fx_schemas *s, const char *prefix, const char *dir);

/* Compile the schema in a file.  NULL with every fault found in errs. */
const struct fx_schema *fx_schemas_load(struct fx_schemas *s, const char *path,
                                        struct fx_errs *errs);
/*
 * Compile the schema at a pointer of a document, which must outlive the set.
 * uri is where it was retrieved from ("" when from nowhere).
 */
const struct fx_schema *fx_schemas_compile(struct fx_schemas *s, const struct fx_doc *d,
                                           struct fx_str pointer, struct fx_str uri,
                                           struct fx_errs *errs);

/* At most so many faults of a record are told; the rest is counted. */
#define FX_FAULTS 16

/* Scratch of one reader: zero-initialise, use for record after record, free at the end. */
struct fx_check {
	/* n of them, in the same order for the same record every time; one more says "and 3 more".
	 */
	struct fx_fault fault[FX_FAULTS + 1];
	size_t n;
	/* private */
	size_t more; /* faults beyond FX_FAULTS */
	struct fx_arena scratch, text;
	struct fx_buf buf;
	struct fx_canon canon;
	struct regex_scratch *match;
};
void fx_check_free(struct fx_check *k);

/*
 * True when the value at a node meets the schema.  Else its faults are in
 * k->fault, their spans valid until the next check: `instance` is a pointer
 * from that node, `schema` one from the root of the schema's file (with
 * "FILE#" before it when a $ref led to another file).
 */
bool fx_schema_check(const struct fx_schema *s, struct fx_check *k, const struct fx_tape *t,
                     uint32_t node);
/* A fault that the caller found, told first when there are others; texts must outlive k's use. */
void fx_check_add(struct fx_check *k, const struct fx_fault *f);

/* Types as bits of a mask. */
enum {
	FX_T_NULL = 1,
	FX_T_BOOLEAN = 2,
	FX_T_INTEGER = 4, /* without FX_T_NUMBER: whole numbers only */
	FX_T_NUMBER = 8,
	FX_T_STRING = 16,
	FX_T_ARRAY = 32,
	FX_T_OBJECT = 64,
	FX_T_ANY = 127
};

/* What a schema says of one field, as far as properties, items, $ref and allOf tell. */
struct fx_field {
	struct fx_str path;    /* "ship_to.country", "lines[].sku" */
	unsigned types;        /* FX_T_*; FX_T_ANY when nothing is said */
	bool required;         /* by the object that it stands in */
	bool searchable;       /* x-searchable: what people look for */
	struct fx_str type;    /* for people: "string (date-time)", "number | null" */
	struct fx_str values;  /* those of enum or const as a JSON array, else empty */
	struct fx_str meaning; /* description, else title, else empty */
};
/* All fields in the schema's order (an object before its members), in the arena. */
size_t fx_schema_fields(const struct fx_schema *s, struct fx_arena *a, struct fx_field **out);
/* The schema's title and description; may be empty. */
struct fx_str fx_schema_title(const struct fx_schema *s);
struct fx_str fx_schema_meaning(const struct fx_schema *s);

#endif
