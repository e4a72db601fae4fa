#include "rules/publish.h"

#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "base/digest.h"
#include "json/canon.h"
#include "json/write.h"
#include "rules/decide.h"
#include "rules/table.h"

static void must(int status)
{
	if (status != 0)
		fx_oom();
}

static json_t *made(json_t *v)
{
	if (!v)
		fx_oom();
	return v;
}

/* The rules of a list without their tests; a table as its rows. */
static void add_rules(json_t *to, const struct fx_registry *r, const json_t *rules)
{
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule)
	{
		const struct fx_table *t = fx_table_of(r, rule);
		json_t *copy;

		if (t) {
			add_rules(to, r, json_object_get(t->doc.root, "rules"));
			continue;
		}
		copy = made(json_copy(rule));

		json_object_del(copy, "tests");
		must(json_array_append_new(to, copy));
	}
}

/* A calendar's file as its dates: they are what decides. */
static json_t *dates_of(const struct fx_registry *r, const char *name)
{
	const struct fx_calendar *cal = fx_map_ptr(&r->calendars, fx_str(name));
	json_t *dates = made(json_array());
	char text[FX_TIME_LEN];

	for (size_t i = 0; i < cal->n; i++) {
		fx_time_format(cal->days[i] * FX_DAY, text);
		must(json_array_append_new(dates, made(json_stringn(text, 10))));
	}
	return dates;
}

static json_t *calendars(const struct fx_registry *r, const json_t *v)
{
	json_t *copy = made(json_object()), *one;
	const char *name;

	json_object_foreach((json_t *)v, name, one)
	{
		if (json_is_string(one))
			must(json_object_set_new(copy, name, dates_of(r, name)));
		else
			must(json_object_set(copy, name, one));
	}
	return copy;
}

static void merge(json_t *all, const struct fx_registry *r, const json_t *doc)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)doc, key, v)
	{
		json_t *have = json_object_get(all, key);

		if (strcmp(key, "calendars") == 0) {
			json_t *dates = calendars(r, v);

			must(have ? json_object_update(have, dates)
			          : json_object_set(all, key, dates));
			json_decref(dates);
			continue;
		}
		if (!have && json_is_array(v))
			must(json_object_set_new(all, key, have = made(json_array())));
		if (json_is_array(v) && strcmp(key, "rules") == 0)
			add_rules(have, r, v);
		else if (json_is_array(v))
			must(json_array_extend(have, v));
		else if (have && json_is_object(v))
			must(json_object_update(have, v));
		else
			must(json_object_set_new(all, key, made(json_copy(v))));
	}
}

static void add_schemas(json_t *all, const struct fx_registry *r)
{
	json_t *schemas = made(json_object());

	for (size_t i = 0; i < r->ncontracts; i++)
		must(json_object_set_new(
		    schemas, r->contracts[i].schema.p,
		    made(json_stringn(r->contracts[i].text.p, r->contracts[i].text.n))));
	must(json_object_set_new(all, "schemas", schemas));
}

static int canonical(struct fx_registry *r, struct fx_str json, struct fx_err *err)
{
	struct fx_tape t = {0};
	struct fx_canon c = {0};
	struct fx_buf b = {0};
	int rc = fx_tape_read(&t, json, err);

	if (rc == 0)
		rc = fx_canon(&c, &b, &t, 0, NULL, 0, FX_CANON_EXACT, err);
	if (rc == 0)
		r->canonical = fx_arena_str(&r->arena, fx_buf_view(&b));
	fx_buf_free(&b);
	fx_canon_free(&c);
	fx_tape_free(&t);
	return rc;
}

int fx_publish(struct fx_registry *r, const json_t *published, struct fx_err *err)
{
	static const char prefix[] = "sha256:";
	unsigned char sum[FX_SHA256_LEN];
	json_t *all = made(json_object());
	char *text;
	int rc;

	for (size_t i = 0; i < r->ndocs; i++)
		merge(all, r, r->docs[i].root);
	if (published) {
		must(json_object_set(all, "fx", json_object_get(published, "fx")));
		must(json_object_set(all, "schemas", json_object_get(published, "schemas")));
	} else {
		must(json_object_set_new(all, "fx", made(json_string(FX_VERSION))));
		add_schemas(all, r);
	}
	text = json_dumps(all, JSON_COMPACT);
	if (!text)
		fx_oom();
	rc = canonical(r, fx_str(text), err);
	free(text);
	json_decref(all);
	if (rc)
		return rc;
	fx_sha256(r->canonical, sum);
	memcpy(r->digest, prefix, sizeof(prefix) - 1);
	fx_hex(r->digest + sizeof(prefix) - 1, sum, sizeof(sum));
	return 0;
}

int fx_published_write(const struct fx_registry *r, struct fx_str origin, fx_time at,
                       struct fx_buf *out)
{
	struct fx_str digest = fx_str(r->digest);
	char id[FX_ID_LEN + 1];

	fx_derive_id(id, FX_STR("registry.published"), origin, digest, FX_STR(""));
	fx_buf_z(out, "{\"event\":\"registry.published\",\"event_id\":");
	fx_json_z(out, id);
	fx_json_key(out, "at");
	fx_json_time(out, at);
	fx_json_key(out, "source");
	fx_json_string(out, origin);
	fx_json_key(out, "digest");
	fx_json_string(out, digest);
	fx_json_key(out, "registry");
	fx_buf_str(out, r->canonical);
	return fx_buf_byte(out, '}');
}

struct fx_str fx_failure_name(struct fx_arena *a, struct fx_str s)
{
	struct fx_str copy = fx_arena_str(a, s);

	for (char *p = (char *)copy.p; *p; p++)
		if (*p == ' ')
			*p = '-';
	return copy;
}
