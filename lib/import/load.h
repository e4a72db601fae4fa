/*
 * Inside the import room: what the two halves of the mapping's loader share.
 */
#ifndef FX_IMPORT_LOAD_H
#define FX_IMPORT_LOAD_H

#include "import/mapping.h"

struct fx_load {
	struct fx_mapping *m;
	struct fx_errs *errs;
	struct fx_arena *arena;
	const struct fx_zone *zone;
	const struct fx_str *times;
	unsigned ntimes;
};

/* A member's or an element's pointer; in the arena. */
struct fx_str fx_load_at(struct fx_load *ld, struct fx_str ptr, const char *name);
struct fx_str fx_load_nth(struct fx_load *ld, struct fx_str ptr, size_t i);
int fx_load_fault(struct fx_load *ld, struct fx_str ptr, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Every member's name must be one of those (ended by NULL). */
void fx_load_keys(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                  const char *const *names);
/* A string member, "" with a fault when it is none; {NULL, 0} when absent. */
struct fx_str fx_load_string(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                             const char *name);
bool fx_load_bool(struct fx_load *ld, const json_t *obj, struct fx_str ptr, const char *name);
/* A string or a list of strings; null is {NULL, 0} in it when nulls are welcome. */
struct fx_str *fx_load_strings(struct fx_load *ld, const json_t *v, struct fx_str ptr, bool nulls,
                               unsigned *n);
const struct fx_zone *fx_load_zone(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                                   const struct fx_zone *otherwise);
const struct fx_str *fx_load_times(struct fx_load *ld, const json_t *obj, struct fx_str ptr,
                                   unsigned *n);

/* table: whose columns a bare name means (FX_BASE for the order itself). */
int fx_load_from(struct fx_load *ld, struct fx_str text, struct fx_str ptr, int table,
                 bool required, struct fx_from *out);
struct fx_expr *fx_load_expr(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table,
                             enum fx_kind kind);
unsigned fx_load_slot(struct fx_arena *a, struct fx_join *j, struct fx_str name, struct fx_str ptr,
                      bool required);
/* An object of targets to values, as a tree. */
struct fx_field *fx_load_fields(struct fx_load *ld, const json_t *v, struct fx_str ptr, int table);
struct fx_cond *fx_load_conds(struct fx_load *ld, const json_t *obj, struct fx_str ptr, int table,
                              unsigned *n);
/* The table of that name, FX_BASE for "rows", FX_NO_TABLE with a fault. */
int fx_load_table(struct fx_load *ld, struct fx_str name, struct fx_str ptr);

#endif
