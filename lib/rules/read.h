/*
 * Inside the registry's loader: values with their places, keys from tables.
 */
#ifndef FX_RULES_READ_H
#define FX_RULES_READ_H

#include "rules/registry.h"

/* A value of a document and where it stands. */
struct fx_val {
	const struct fx_doc *doc;
	const json_t *v;
	struct fx_str ptr; /* RFC 6901 */
};

struct fx_loader {
	struct fx_registry *r;
	struct fx_errs *errs;
	struct fx_arena scratch; /* pointers; freed after the load */
	const json_t *schemas;   /* a published registry's: path -> text; NULL: read the files */
	struct fx_map versions;  /* "rule version" -> struct fx_rule */
	struct fx_map envs;      /* events of a rule -> struct fx_cel_env */
};

enum { FX_V_STR = 1, FX_V_INT = 2, FX_V_BOOL = 4, FX_V_LIST = 8, FX_V_OBJ = 16, FX_V_MUST = 32 };

/* A key of an object: which types its value may have, and whether it must be there. */
struct fx_key {
	const char *name;
	unsigned types;
};
/* Ended by a NULL name.  A test holds them against rules.d/registry.schema.json. */
extern const struct fx_key FX_KEYS_TOP[], FX_KEYS_OWNER[], FX_KEYS_RULE[], FX_KEYS_EXCEPTION[],
    FX_KEYS_MILESTONE[], FX_KEYS_SLO[], FX_KEYS_CONTRACT[], FX_KEYS_LIMITS[];

/* Member and element of a value; .v is NULL when absent. */
struct fx_val fx_val_get(struct fx_loader *ld, struct fx_val v, const char *key);
struct fx_val fx_val_at(struct fx_loader *ld, struct fx_val v, size_t i);
/* A string's bytes (not copied); empty when it is none. */
struct fx_str fx_val_str(struct fx_val v);
/* A string member copied into the registry; empty when absent. */
struct fx_str fx_val_text(struct fx_loader *ld, struct fx_val v, const char *key);
struct fx_place_of fx_val_place(struct fx_loader *ld, struct fx_val v);
/* Faults: at the value, and inside its text at err->col; both return -1. */
int fx_val_fault(struct fx_loader *ld, struct fx_val v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int fx_val_fault_in(struct fx_loader *ld, struct fx_val v, const struct fx_err *err);
/* 0 when v is an object that can be read: all keys that must be there, each of its types; else -1.
 * Every fault is told, unknown keys too. */
int fx_val_keys(struct fx_loader *ld, struct fx_val v, const char *what, const struct fx_key *keys);
/* A new object of those members of v that fx_val_keys finds nothing wrong with. */
json_t *fx_val_sound(struct fx_val v, const struct fx_key *keys);
/* An id: letters, digits, - _ . : no spaces.  0, or -1 with a fault. */
int fx_val_id(struct fx_loader *ld, struct fx_val v, const char *key, struct fx_str *out);

/* A rule's events: the names at v, or those that are meant when v is absent. */
void fx_read_on(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule);
/* What the contract says of the records that a rule is on; NULL: it does not name them all. */
const struct fx_cel_env *fx_read_env(struct fx_loader *ld, const struct fx_rule *rule);

/* One element of a list each; n is how many are there, ownership stays in the registry's arena. */
void fx_read_owner(struct fx_loader *ld, struct fx_val v);
void fx_read_rule(struct fx_loader *ld, struct fx_val v);
void fx_read_exception(struct fx_loader *ld, struct fx_val v);
/* What an exception of fx_read_exception inhibits; after all of them are known. */
void fx_read_inhibits(struct fx_loader *ld, struct fx_val v);

#endif
