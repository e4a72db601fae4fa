#include "contract/contract.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	struct fx_str event;
	const char *path;
	const struct fx_schema *schema;
};

struct fx_contract {
	struct fx_schemas *schemas;
	struct fx_arena arena;
	struct pair *pair;
	size_t n, cap;
};

struct fx_contract *fx_contract_new(bool assert_formats)
{
	struct fx_contract *c = fx_alloc(1, sizeof(*c));

	c->schemas = fx_schemas_new(assert_formats);
	return c;
}

void fx_contract_free(struct fx_contract *c)
{
	if (!c)
		return;
	fx_schemas_free(c->schemas);
	fx_arena_free(&c->arena);
	free(c->pair);
	free(c);
}

/* Two event types may share a schema: it is compiled once. */
static const struct fx_schema *loaded(const struct fx_contract *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->pair[i].path, path) == 0)
			return c->pair[i].schema;
	return NULL;
}

int fx_contract_add(struct fx_contract *c, struct fx_str event, const char *path,
                    struct fx_errs *errs)
{
	const struct fx_schema *schema = loaded(c, path);

	if (!schema)
		schema = fx_schemas_load(c->schemas, path, errs);
	if (!schema)
		return -1;
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 8;
		c->pair = fx_realloc(c->pair, c->cap, sizeof(*c->pair));
	}
	c->pair[c->n++] = (struct pair){fx_arena_str(&c->arena, event),
	                                fx_arena_str(&c->arena, fx_str(path)).p, schema};
	return 0;
}

size_t fx_contract_count(const struct fx_contract *c)
{
	return c->n;
}

bool fx_contract_pair(const struct fx_contract *c, size_t i, struct fx_str *event,
                      const struct fx_schema **schema)
{
	if (i >= c->n)
		return false;
	*event = c->pair[i].event;
	*schema = c->pair[i].schema;
	return true;
}

const struct fx_schema *fx_contract_for(const struct fx_contract *c, struct fx_str event)
{
	for (size_t i = 0; i < c->n; i++) {
		struct fx_str p = c->pair[i].event;
		bool star = p.n && p.p[p.n - 1] == '*';

		if (star ? fx_str_starts(event, (struct fx_str){p.p, p.n - 1})
		         : fx_str_eq(event, p))
			return c->pair[i].schema;
	}
	return NULL;
}

/* --- a record --- */

/* ORIGIN/INDEX#LEAFHASH (fx-ledger(5)): 32 bytes are 43 characters of base64url. */
static bool is_token(struct fx_str s)
{
	size_t slash = s.n, hash = fx_str_find(s, '#');

	for (size_t i = 0; i < hash; i++)
		if (s.p[i] == '/')
			slash = i;
	if (slash >= hash || slash == 0 || slash + 1 == hash || s.n - hash - 1 != 43)
		return false;
	for (size_t i = slash + 1; i < hash; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool check_token(struct fx_check *k, const struct fx_tape *t)
{
	struct fx_fault f = {.keyword = FX_STR("audit_token")};
	struct fx_str token = fx_tape_get_str(t, 0, FX_STR("audit_token"), &k->scratch);

	if (token.p && is_token(token))
		return true;
	if (token.p) {
		f.instance = FX_STR("/audit_token");
		f.message = FX_STR("is no audit token, wanted ORIGIN/INDEX#HASH as fx-sign gives");
	} else {
		f.message = FX_STR("has no \"audit_token\": it did not go through fx-sign");
	}
	fx_check_add(k, &f);
	return false;
}

enum fx_verdict fx_contract_check(const struct fx_contract *c, struct fx_check *k,
                                  const struct fx_tape *t, bool signed_too)
{
	struct fx_fault f = {.keyword = FX_STR("type"), .message = FX_STR("is no object")};
	const struct fx_schema *schema;
	struct fx_str event;
	bool ok;

	k->n = 0;
	fx_arena_reset(&k->scratch);
	if (fx_tape_type(t, 0) != FX_OBJECT) {
		fx_check_add(k, &f);
		return FX_FAILS;
	}
	event = fx_tape_get_str(t, 0, FX_STR("event"), &k->scratch);
	schema = fx_contract_for(c, event);
	if (!schema && !event.p) {
		f.keyword = FX_STR("required");
		f.message =
		    FX_STR("has no \"event\": the type of what happened, such as \"order.placed\"");
		fx_check_add(k, &f);
		return FX_FAILS;
	}
	ok = !schema || fx_schema_check(schema, k, t, 0);
	if (signed_too)
		ok &= check_token(k, t);
	return !ok ? FX_FAILS : schema ? FX_MEETS : FX_UNCOVERED;
}

/* --- the registry's `contract:` lists --- */

static int add_entry(struct fx_contract *c, const struct fx_doc *d, const char *dir,
                     const json_t *entry, size_t i, struct fx_errs *errs)
{
	const char *event = json_string_value(json_object_get(entry, "event"));
	const char *schema = json_string_value(json_object_get(entry, "schema"));
	struct fx_str at = fx_arena_fmt(&c->arena, "/contract/%zu", i), path;

	if (!event || !schema)
		return fx_doc_fault(d, errs, at,
		                    "a contract's entry has `event` and `schema`, both strings");
	if (strchr(event, '*') && strchr(event, '*') != event + strlen(event) - 1)
		return fx_doc_fault(d, errs, at, "event %s: a * stands at the end only", event);
	path = *schema == '/' ? fx_arena_str(&c->arena, fx_str(schema))
	                      : fx_arena_fmt(&c->arena, "%s/%s", dir, schema);
	return fx_contract_add(c, fx_str(event), path.p, errs);
}

static int add_file(struct fx_contract *c, const char *dir, const char *name, struct fx_errs *errs)
{
	struct fx_doc d = {0};
	struct fx_err err = {0};
	const json_t *list, *entry;
	size_t i;
	int rc = 0;

	if (fx_doc_load(&d, fx_arena_fmt(&c->arena, "%s/%s", dir, name).p, &err) < 0) {
		fx_errs_add(errs, &err);
		return -1;
	}
	list = json_object_get(d.root, "contract");
	if (list && !json_is_array(list))
		rc = fx_doc_fault(&d, errs, FX_STR("/contract"), "contract must be a list");
	json_array_foreach(list, i, entry) rc |= add_entry(c, &d, dir, entry, i, errs);
	fx_doc_free(&d);
	return rc;
}

static int is_yaml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int fx_contract_add_registry(struct fx_contract *c, const char *dir, struct fx_errs *errs)
{
	struct dirent **e = NULL;
	int n = scandir(dir, &e, is_yaml, by_bytes), rc = 0;
	struct fx_err err = {0};

	if (n < 0) {
		fx_fail_errno(&err, "cannot read the registry %s", dir);
		fx_errs_add(errs, &err);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		rc |= add_file(c, dir, e[i]->d_name, errs);
		free(e[i]);
	}
	free(e);
	return rc;
}
