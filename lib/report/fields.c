/* Which fields a person may look for a text in. */
#include <unistd.h>

#include "contract/contract.h"
#include "report/find.h"

/* Fields of a schema that are marked, each once. */
static void mark_fields(struct fx_finder *f, const struct fx_schema *schema)
{
	struct fx_field *v;
	size_t n = fx_schema_fields(schema, &f->arena, &v);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < f->nfield && !fx_str_eq(f->field[k], v[i].path))
			k++;
		if (!v[i].searchable || k < f->nfield)
			continue;
		f->field = fx_realloc(f->field, f->nfield + 1, sizeof(*f->field));
		f->field[f->nfield++] = fx_arena_str(&f->arena, v[i].path);
	}
}

int fx_finder_fields(struct fx_finder *f, const char *registry, struct fx_errs *errs)
{
	static const char *const usual[] = {"customer.email", "customer.phone",  "customer.id",
	                                    "ship_to.phone",  "tracking_number", NULL};
	struct fx_contract *c = fx_contract_new(false);
	const struct fx_schema *schema;
	struct fx_str event;
	int status = access(registry, F_OK) ? 0 : fx_contract_add_registry(c, registry, errs);
	for (size_t i = 0; !status && fx_contract_pair(c, i, &event, &schema); i++)
		mark_fields(f, schema);
	if (!status)
		status = f->nfield > 0;
	for (size_t i = 0; status == 0 && usual[i]; i++) {
		f->field = fx_realloc(f->field, f->nfield + 1, sizeof(*f->field));
		f->field[f->nfield++] = fx_str(usual[i]);
	}
	fx_contract_free(c);
	return status;
}
