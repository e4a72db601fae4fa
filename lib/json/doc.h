/*
 * Documents that are kept (registry, contract, mappings, tests) as jansson values,
 * from YAML or JSON, with the place of every value.
 *
 * YAML is read by libyaml as YAML 1.2 core schema: of the plain words only true
 * and false are booleans (`on`, `no`, `yes` are words), only null, ~ and nothing
 * are null (either in the schema's three spellings: true, True, TRUE).  Anchors
 * and aliases are refused (a registry has no use for them and they may explode),
 * as are tags, duplicate keys, non-string keys, several documents in one file,
 * .inf and .nan, and numbers with leading zeros (a postal code wants quotes).
 */
#ifndef FX_JSON_DOC_H
#define FX_JSON_DOC_H

#include <jansson.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"

struct fx_place {
	unsigned line, col; /* from 1 */
};

/* One document; owns root, positions and names through its arena. */
struct fx_doc {
	json_t *root;
	const char *file;   /* the path as given */
	struct fx_str text; /* as read */
	struct fx_arena arena;
	struct fx_map places; /* RFC 6901 pointer -> struct fx_place */
	struct fx_map keys;   /* the same of a member's name */
	struct fx_map raws;   /* pointer of a number -> its text as struct fx_str * */
	bool nul;             /* in: a string of JSON (never a name) may hold a NUL */
};

/*
 * Each fills *d, which the caller set to zero but for `nul`: 0, or -1 with file:line:col and nothing to free.  Columns
 * count code points.  An integer that int64 cannot hold, and a number past the
 * largest double, are kept as the nearest double; their text is in raws.
 */
/* By the file's name: .yaml and .yml are YAML, anything else JSON. */
int fx_doc_load(struct fx_doc *d, const char *path, struct fx_err *err);
/* From memory; file is only for messages. */
int fx_doc_parse_yaml(struct fx_doc *d, struct fx_str text, const char *file, struct fx_err *err);
int fx_doc_parse_json(struct fx_doc *d, struct fx_str text, const char *file, struct fx_err *err);
void fx_doc_free(struct fx_doc *d);

/* Place of the value (or of the member's name) at a pointer; of the nearest parent when unknown. */
struct fx_place fx_doc_place(const struct fx_doc *d, struct fx_str pointer);
struct fx_place fx_doc_key_place(const struct fx_doc *d, struct fx_str pointer);
/*
 * Place of byte `offset` of the decoded scalar at a pointer, so that a fault inside
 * an expression shows its very column.  Exact for plain and quoted one-line
 * scalars and for literal blocks; else the scalar's own place.
 */
struct fx_place fx_doc_place_in(const struct fx_doc *d, struct fx_str pointer, size_t offset);
/* A number's text as it stood (a double would round it); {NULL, 0} when there is none. */
struct fx_str fx_doc_raw(const struct fx_doc *d, struct fx_str pointer);
/* Add a fault at a pointer to errs; returns -1. */
int fx_doc_fault(const struct fx_doc *d, struct fx_errs *errs, struct fx_str pointer,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
