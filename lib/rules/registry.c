#include "rules/burn.h"
#include "rules/registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "base/stream.h"
#include "rules/ics.h"
#include "rules/phrase.h"
#include "rules/publish.h"
#include "rules/read.h"
#include "rules/table.h"

/* A registry of more files than this is some other directory. */
#define FILES_MAX 4096
#define LIMIT_DEFAULTS                                                                             \
	{                                                                                          \
		.open = 1000, .retry = 500, .reroute = 200, .escalate = 500, .route = 500,         \
		.notify = 1000, .hold = 100, .cancel = 20                                          \
	}

static const struct fx_milestone BUILT_IN[] = {
    {{"vendor-confirmation", 19}, {"task.confirmed", 14}, {"vendor-no-confirmation", 22}},
    {{"carrier-handover", 16}, {"task.shipped", 12}, {"carrier-delay", 13}},
    {{"delivery", 8}, {"task.completed", 14}, {"delivery-late", 13}},
};
#define NBUILT_IN (sizeof(BUILT_IN) / sizeof(BUILT_IN[0]))

typedef void read_one(struct fx_loader *ld, struct fx_val v);

static struct fx_val root_of(const struct fx_doc *d)
{
	return (struct fx_val){.doc = d, .v = d->root, .ptr = {"", 0}};
}

/* Each element of a list section, over all files in order. */
static void each(struct fx_loader *ld, const char *section, read_one *read)
{
	for (size_t i = 0; i < ld->r->ndocs; i++) {
		struct fx_val list = fx_val_get(ld, root_of(&ld->r->docs[i]), section);

		for (size_t k = 0; k < json_array_size(list.v); k++)
			read(ld, fx_val_at(ld, list, k));
	}
}

static size_t count(const struct fx_loader *ld, const char *section)
{
	size_t n = 0;

	for (size_t i = 0; i < ld->r->ndocs; i++)
		n += json_array_size(json_object_get(ld->r->docs[i].root, section));
	return n;
}

/* The one value of a key that may stand in one file only; .v NULL when in none. */
static struct fx_val single(struct fx_loader *ld, const char *key)
{
	struct fx_val first = {.v = NULL};

	for (size_t i = 0; i < ld->r->ndocs; i++) {
		struct fx_val v = fx_val_get(ld, root_of(&ld->r->docs[i]), key);

		if (v.v && first.v)
			fx_val_fault(ld, v, "'%s' is said twice: first in %s", key,
			             first.doc->file);
		else if (v.v)
			first = v;
	}
	return first;
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Files lie inside the registry's directory. */
static bool lies_inside(struct fx_str path)
{
	return path.n && path.p[0] != '/' && !strstr(path.p, "..");
}

static void read_ics(struct fx_loader *ld, struct fx_val file, struct fx_calendar *cal)
{
	struct fx_str path;
	struct fx_buf b = {0};
	struct fx_err err = {0};

	if (ld->schemas || !lies_inside(fx_val_str(file))) {
		fx_val_fault(ld, file, "a calendar's file lies inside the registry's directory");
		return;
	}
	path = fx_arena_fmt(&ld->r->arena, "%s/%s", ld->r->dir, fx_val_str(file).p);
	if (fx_read_file(path.p, &b, 0, &err))
		fx_val_fault(ld, file, "%s", err.msg);
	else
		fx_ics_days(&ld->r->arena, path.p, fx_buf_view(&b), &cal->days, &cal->n, ld->errs);
	fx_buf_free(&b);
}

static void read_dates(struct fx_loader *ld, struct fx_val dates, struct fx_calendar *cal)
{
	cal->days = FX_NEWV(&ld->r->arena, int32_t, json_array_size(dates.v) + 1);
	for (size_t i = 0; i < json_array_size(dates.v); i++) {
		struct fx_val v = fx_val_at(ld, dates, i);
		struct fx_str s = fx_val_str(v);
		fx_time t;

		if (s.n != 10 || fx_phrase_time(s, &t))
			fx_val_fault(ld, v, "a closed day is a date such as 2026-12-25");
		else
			cal->days[cal->n++] = (int32_t)(t / FX_DAY);
	}
	qsort(cal->days, cal->n, sizeof(cal->days[0]), by_day);
}

static void read_calendar(struct fx_loader *ld, struct fx_val dates, const char *name)
{
	struct fx_calendar *cal = FX_NEW(&ld->r->arena, struct fx_calendar);
	struct fx_str key = fx_arena_str(&ld->r->arena, fx_str(name));
	bool fresh;

	if (json_is_array(dates.v))
		read_dates(ld, dates, cal);
	else if (json_is_string(dates.v))
		read_ics(ld, dates, cal);
	else
		fx_val_fault(ld, dates, "a calendar is a list of dates, or an iCalendar file");
	fx_map_put(&ld->r->calendars, key, &fresh)->v.ptr = cal;
	if (!fresh)
		fx_val_fault(ld, dates, "calendar '%s' is defined twice", name);
}

static void read_calendars(struct fx_loader *ld)
{
	for (size_t i = 0; i < ld->r->ndocs; i++) {
		struct fx_val all = fx_val_get(ld, root_of(&ld->r->docs[i]), "calendars");
		const char *name;
		json_t *dates;

		json_object_foreach((json_t *)all.v, name, dates)
		    read_calendar(ld, fx_val_get(ld, all, name), name);
	}
}

static void read_milestone(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;
	struct fx_milestone m = {0}, *slot;
	struct fx_map_entry *e;
	bool fresh;

	if (fx_val_keys(ld, v, "milestone", FX_KEYS_MILESTONE) ||
	    fx_val_id(ld, v, "milestone", &m.id))
		return;
	m.event = fx_val_text(ld, v, "event");
	m.failure = fx_failure_name(&r->arena, fx_val_str(fx_val_get(ld, v, "failure")));
	e = fx_map_put(&r->milestone_ids, m.id, &fresh);
	if (fresh)
		e->v.ptr = &r->milestones[r->nmilestones++];
	slot = e->v.ptr;
	/* A built-in one may be given another event or failure, once. */
	if (!fresh && slot >= r->milestones + NBUILT_IN)
		fx_val_fault(ld, v, "milestone '%.*s' is defined twice", FX_FMT(m.id));
	*slot = m;
}

static void read_milestones(struct fx_loader *ld)
{
	struct fx_registry *r = ld->r;

	r->milestones =
	    FX_NEWV(&r->arena, struct fx_milestone, NBUILT_IN + count(ld, "milestones"));
	for (; r->nmilestones < NBUILT_IN; r->nmilestones++) {
		struct fx_milestone *m = &r->milestones[r->nmilestones];

		*m = BUILT_IN[r->nmilestones];
		fx_map_put(&r->milestone_ids, m->id, NULL)->v.ptr = m;
	}
	each(ld, "milestones", read_milestone);
}

/* A schema's bytes: from its file, or from the published registry. */
static int schema_text(struct fx_loader *ld, struct fx_val v, struct fx_str path,
                       struct fx_str *out)
{
	struct fx_buf b = {0};
	struct fx_err err = {0};
	int rc;

	if (ld->schemas) {
		const json_t *text = json_object_get(ld->schemas, path.p);

		if (!json_is_string(text))
			return fx_val_fault(ld, v, "the registry lacks the schema '%s'", path.p);
		*out = fx_arena_str(&ld->r->arena, (struct fx_str){json_string_value(text),
		                                                   json_string_length(text)});
		return 0;
	}
	rc = fx_read_file(fx_arena_fmt(&ld->scratch, "%s/%s", ld->r->dir, path.p).p, &b, 0, &err);
	if (rc)
		fx_val_fault(ld, v, "%s", err.msg);
	else
		*out = fx_arena_str(&ld->r->arena, fx_buf_view(&b));
	fx_buf_free(&b);
	return rc;
}

static void read_contract(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;
	struct fx_contract_ref *c = &r->contracts[r->ncontracts];

	if (fx_val_keys(ld, v, "contract", FX_KEYS_CONTRACT))
		return;
	c->event = fx_val_text(ld, v, "event");
	c->schema = fx_val_text(ld, v, "schema");
	c->at = fx_val_place(ld, v);
	if (!lies_inside(c->schema))
		fx_val_fault(ld, fx_val_get(ld, v, "schema"),
		             "a schema lies inside the registry's directory");
	else if (schema_text(ld, fx_val_get(ld, v, "schema"), c->schema, &c->text) == 0)
		r->ncontracts++;
}

static bool has_flow(const struct fx_registry *r, struct fx_str flow)
{
	for (size_t i = 0; i < r->nrules; i++)
		if (fx_str_eq(r->rules[i].flow, flow))
			return true;
	return false;
}

static void read_slo(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;
	struct fx_slo *slo = &r->slos[r->nslos];
	struct fx_val phrase = fx_val_get(ld, v, "objective"), notify = fx_val_get(ld, v, "notify");
	struct fx_err err = {0};

	if (fx_val_keys(ld, v, "slo", FX_KEYS_SLO))
		return;
	slo->flow = fx_val_text(ld, v, "flow");
	slo->text = fx_val_text(ld, v, "objective");
	slo->at = fx_val_place(ld, v);
	if (!has_flow(r, slo->flow))
		fx_val_fault(ld, fx_val_get(ld, v, "flow"), "no rule has the flow '%.*s'",
		             FX_FMT(slo->flow));
	if (notify.v && !(slo->notify = fx_registry_owner(r, fx_val_str(notify))))
		fx_val_fault(ld, notify, "no owner '%.*s': the objective's alerts have nobody to tell",
		             FX_FMT(fx_val_str(notify)));
	if (fx_phrase_objective(&(struct fx_phrase_env){.registry = r}, slo->text, slo, &err)) {
		fx_val_fault_in(ld, phrase, &err);
		return;
	}
	const struct fx_burn_rule *never = fx_burn_unreachable(slo->objective, slo->window);
	if (never)
		fx_val_fault(
		    ld, phrase,
		    "the %s alert can never fire: it wants the budget to burn %.4g times as fast, and "
		    "when all goes wrong it burns %.4g times as fast; a higher objective, or a "
		    "shorter window",
		    never->name, fx_burn_factor(never, slo->window), 1 / (1 - slo->objective));
	else
		r->nslos++;
}

static void read_limits(struct fx_loader *ld)
{
	struct fx_limits *l = &ld->r->limits;
	const struct {
		const char *key;
		uint64_t *to;
	} all[] = {{"open", &l->open},         {"retry", &l->retry},  {"re-route", &l->reroute},
	           {"escalate", &l->escalate}, {"route", &l->route},  {"notify", &l->notify},
	           {"hold", &l->hold},         {"cancel", &l->cancel}};
	struct fx_val v = single(ld, "limits");
	struct fx_err err = {0};

	if (!v.v || fx_val_keys(ld, v, "limits", FX_KEYS_LIMITS))
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fx_val m = fx_val_get(ld, v, all[i].key);

		if (json_is_integer(m.v) && json_integer_value(m.v) >= 0)
			*all[i].to = (uint64_t)json_integer_value(m.v);
		else if (json_is_integer(m.v))
			fx_val_fault(ld, m, "a limit is not negative");
		else if (m.v && fx_phrase_limit(fx_val_str(m), all[i].to, &err))
			fx_val_fault_in(ld, m, &err);
	}
}

static void read_singles(struct fx_loader *ld)
{
	struct fx_registry *r = ld->r;
	struct fx_val live = single(ld, "live_from"), grace = single(ld, "grace"),
	              maintainer = single(ld, "maintainer");
	struct fx_dur d;

	if (json_is_string(live.v) && fx_phrase_time(fx_val_str(live), &r->live_from))
		fx_val_fault(ld, live, "'live_from' is a time such as 2026-11-01T00:00:00Z");
	if (json_is_string(grace.v)) {
		if (fx_dur_parse(fx_val_str(grace), &d) || d.workdays)
			fx_val_fault(ld, grace, "'grace' is a duration such as 15m");
		else
			r->grace = d.us;
	}
	if (json_is_string(maintainer.v)) {
		r->maintainer = fx_registry_owner(r, fx_val_str(maintainer));
		if (!r->maintainer)
			fx_val_fault(
			    ld, maintainer,
			    "'maintainer' must be an owner: a runaway automation is theirs");
	}
}

static void open_table(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;

	if (fx_val_get(ld, v, "table").v && fx_table_read(ld, v, &r->tables[r->ntables]) == 0)
		r->ntables++;
}

static size_t rows_of(const struct fx_table *t)
{
	return json_array_size(json_object_get(t->doc.root, "rules"));
}

/* A rule, or all rows of a table. */
static void read_rules(struct fx_loader *ld, struct fx_val v)
{
	const struct fx_table *t = fx_table_of(ld->r, v.v);
	size_t before = ld->errs->n;
	struct fx_val rows;

	if (!fx_val_get(ld, v, "table").v) {
		fx_read_rule(ld, v);
		return;
	}
	if (!t)
		return;
	rows = fx_val_get(ld, root_of(&t->doc), "rules");
	for (size_t i = 0; i < rows_of(t); i++)
		fx_read_rule(ld, fx_val_at(ld, rows, i));
	/* Lines are the CSV file's, columns are not. */
	for (size_t i = before; i < ld->errs->n; i++)
		ld->errs->v[i].col = 0;
}

static void read_sections(struct fx_loader *ld)
{
	struct fx_registry *r = ld->r;
	size_t nrules = count(ld, "rules");

	for (size_t i = 0; i < r->ndocs; i++)
		fx_val_keys(ld, root_of(&r->docs[i]), "registry", FX_KEYS_TOP);
	r->owners = FX_NEWV(&r->arena, struct fx_owner, count(ld, "owners") + 1);
	r->tables = FX_NEWV(&r->arena, struct fx_table, nrules + 1);
	r->paths = FX_NEWV(&r->arena, struct fx_path, count(ld, "exceptions") + 1);
	r->slos = FX_NEWV(&r->arena, struct fx_slo, count(ld, "slos") + 1);
	r->contracts = FX_NEWV(&r->arena, struct fx_contract_ref, count(ld, "contract") + 1);
	read_calendars(ld);
	each(ld, "owners", fx_read_owner);
	read_milestones(ld);
	each(ld, "contract", read_contract);
	each(ld, "rules", open_table);
	for (size_t i = 0; i < r->ntables; i++)
		nrules += rows_of(&r->tables[i]);
	r->rules = FX_NEWV(&r->arena, struct fx_rule, nrules + 1);
	each(ld, "rules", read_rules);
	each(ld, "exceptions", fx_read_exception);
	each(ld, "exceptions", fx_read_inhibits);
	each(ld, "slos", read_slo);
	read_limits(ld);
	read_singles(ld);
}

static struct fx_registry *registry_new(struct fx_str dir)
{
	struct fx_registry *r = fx_alloc(1, sizeof(*r));

	r->dir = fx_arena_str(&r->arena, dir).p;
	r->live_from = FX_TIME_NONE;
	r->grace = 15 * FX_MIN;
	r->limits = (struct fx_limits)LIMIT_DEFAULTS;
	return r;
}

static int by_place(const void *a, const void *b)
{
	const struct fx_err *x = a, *y = b;
	int c = strcmp(x->file, y->file);

	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->col > y->col) - (x->col < y->col);
}

/* Read what the documents hold; frees the registry when anything in it is wrong. */
static struct fx_registry *finish(struct fx_registry *r, const json_t *published,
                                  struct fx_errs *errs, size_t before)
{
	struct fx_loader ld = {.r = r, .errs = errs};
	struct fx_err err = {0};

	if (published)
		ld.schemas = json_object_get(published, "schemas");
	if (errs->n == before)
		read_sections(&ld);
	if (errs->n == before && !published && r->nrules == 0)
		fx_errs_fail(errs, FX_ECONF, NULL, 0, 0, "%s: no rules: nothing would be decided",
		             r->dir);
	if (errs->n == before && fx_publish(r, published, &err))
		fx_errs_add(errs, &err);
	fx_map_free(&ld.versions);
	fx_map_free(&ld.envs);
	fx_arena_free(&ld.scratch);
	if (errs->n == before)
		return r;
	/* Sections are read in the order that they need; people read from the top. */
	qsort(errs->v + before, errs->n - before, sizeof(errs->v[0]), by_place);
	fx_registry_free(r);
	return NULL;
}

static bool is_yaml(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && ((n > 5 && strcmp(name + n - 5, ".yaml") == 0) ||
	                          (n > 4 && strcmp(name + n - 4, ".yml") == 0));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The YAML files of a directory in lexical (byte) order, in the arena.  -1 with a fault. */
static long list_files(const char *dir, struct fx_arena *a, const char ***out, struct fx_errs *errs)
{
	const char **names = FX_NEWV(a, const char *, FILES_MAX);
	DIR *d = opendir(dir);
	struct dirent *e;
	long n = 0;

	if (!d)
		return fx_errs_fail(errs, FX_ECONF, NULL, 0, 0,
		                    "%s: %s (a registry is a directory of "
		                    "YAML files; -r DIR names it)",
		                    dir, strerror(errno));
	while (n < FILES_MAX && (e = readdir(d)))
		if (is_yaml(e->d_name))
			names[n++] = fx_arena_fmt(a, "%s/%s", dir, e->d_name).p;
	closedir(d);
	if (n == 0)
		return fx_errs_fail(errs, FX_ECONF, NULL, 0, 0, "%s: no .yaml file in it", dir);
	qsort(names, (size_t)n, sizeof(names[0]), by_name);
	*out = names;
	return n;
}

struct fx_registry *fx_registry_load(const char *dir, struct fx_errs *errs)
{
	struct fx_registry *r = registry_new(fx_str(dir));
	size_t before = errs->n;
	const char **names = NULL;
	long n = list_files(r->dir, &r->arena, &names, errs);

	if (n > 0)
		r->docs = FX_NEWV(&r->arena, struct fx_doc, (size_t)n);
	for (long i = 0; i < n; i++) {
		struct fx_err err = {0};
		struct fx_doc *d = &r->docs[r->ndocs];

		if (fx_doc_load(d, names[i], &err))
			fx_errs_add(errs, &err);
		else if (!d->root || json_is_null(d->root))
			fx_doc_free(d); /* nothing but comments */
		else
			r->ndocs++;
	}
	return finish(r, NULL, errs, before);
}

struct fx_registry *fx_registry_from_json(struct fx_str json, struct fx_errs *errs)
{
	struct fx_registry *r = registry_new(FX_STR(""));
	size_t before = errs->n;
	struct fx_err err = {0};
	json_t *published = NULL;

	r->docs = FX_NEW(&r->arena, struct fx_doc);
	if (fx_doc_parse_json(r->docs, json, "registry.published", &err)) {
		fx_errs_add(errs, &err);
	} else {
		r->ndocs = 1;
		/* What publishing added is no part of what a person writes. */
		published = json_copy(r->docs->root);
		json_object_del(r->docs->root, "schemas");
		json_object_del(r->docs->root, "fx");
	}
	r = finish(r, published, errs, before);
	json_decref(published);
	return r;
}

void fx_registry_free(struct fx_registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->ndocs; i++)
		fx_doc_free(&r->docs[i]);
	for (size_t i = 0; i < r->ntables; i++)
		fx_doc_free(&r->tables[i].doc);
	fx_map_free(&r->owner_ids);
	fx_map_free(&r->milestone_ids);
	fx_map_free(&r->path_ids);
	fx_map_free(&r->events);
	fx_map_free(&r->calendars);
	fx_arena_free(&r->arena);
	free(r);
}

bool fx_registry_routes(const struct fx_registry *r, struct fx_str event)
{
	return fx_map_get(&r->events, event) != NULL;
}

const struct fx_owner *fx_registry_owner(const struct fx_registry *r, struct fx_str id)
{
	return fx_map_ptr(&r->owner_ids, id);
}

const struct fx_milestone *fx_registry_milestone(const struct fx_registry *r, struct fx_str id)
{
	return fx_map_ptr(&r->milestone_ids, id);
}

const struct fx_path *fx_registry_path(const struct fx_registry *r, struct fx_str failure)
{
	char name[128];
	const struct fx_path *p;

	if (failure.n <= sizeof(name)) {
		for (size_t i = 0; i < failure.n; i++)
			name[i] = failure.p[i] == ' ' ? '-' : failure.p[i];
		p = fx_map_ptr(&r->path_ids, (struct fx_str){name, failure.n});
		if (p)
			return p;
	}
	return fx_map_ptr(&r->path_ids, FX_STR("*"));
}

const struct fx_rule *fx_registry_rule(const struct fx_registry *r, struct fx_str id,
                                       uint64_t version)
{
	for (size_t i = 0; i < r->nrules; i++)
		if (r->rules[i].version == version && fx_str_eq(r->rules[i].id, id))
			return &r->rules[i];
	return NULL;
}
