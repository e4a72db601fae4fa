#include "rules/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct fx_key FX_KEYS_TOP[] = {
    {"owners", FX_V_LIST},     {"rules", FX_V_LIST},     {"exceptions", FX_V_LIST},
    {"milestones", FX_V_LIST}, {"calendars", FX_V_OBJ},  {"slos", FX_V_LIST},
    {"contract", FX_V_LIST},   {"limits", FX_V_OBJ},     {"live_from", FX_V_STR},
    {"grace", FX_V_STR},       {"maintainer", FX_V_STR}, {NULL, 0}};
const struct fx_key FX_KEYS_OWNER[] = {
    {"id", FX_V_STR | FX_V_MUST}, {"kind", FX_V_STR | FX_V_MUST}, {"send", FX_V_STR},
    {"format", FX_V_STR},         {"secret", FX_V_STR},           {"hours", FX_V_STR},
    {"closed", FX_V_STR},         {"holds", FX_V_BOOL},           {"parallel", FX_V_INT},
    {NULL, 0}};
const struct fx_key FX_KEYS_RULE[] = {{"rule", FX_V_STR | FX_V_MUST},
                                      {"version", FX_V_INT | FX_V_MUST},
                                      {"maintainer", FX_V_STR | FX_V_MUST},
                                      {"on", FX_V_STR | FX_V_LIST},
                                      {"when", FX_V_STR | FX_V_BOOL | FX_V_MUST},
                                      {"owner", FX_V_STR | FX_V_MUST},
                                      {"flow", FX_V_STR | FX_V_MUST},
                                      {"sla", FX_V_STR | FX_V_LIST},
                                      {"fallback", FX_V_STR},
                                      {"carrier", FX_V_STR},
                                      {"canary", FX_V_STR},
                                      {"from", FX_V_STR},
                                      {"until", FX_V_STR},
                                      {"tests", FX_V_LIST},
                                      {NULL, 0}};
const struct fx_key FX_KEYS_EXCEPTION[] = {{"failure", FX_V_STR | FX_V_MUST},
                                           {"maintainer", FX_V_STR | FX_V_MUST},
                                           {"action", FX_V_STR | FX_V_MUST},
                                           {"escalation", FX_V_STR | FX_V_LIST},
                                           {"repeat", FX_V_STR},
                                           {"inhibits", FX_V_STR | FX_V_LIST},
                                           {NULL, 0}};
const struct fx_key FX_KEYS_MILESTONE[] = {{"milestone", FX_V_STR | FX_V_MUST},
                                           {"event", FX_V_STR | FX_V_MUST},
                                           {"failure", FX_V_STR | FX_V_MUST},
                                           {NULL, 0}};
const struct fx_key FX_KEYS_SLO[] = {{"flow", FX_V_STR | FX_V_MUST},
                                     {"objective", FX_V_STR | FX_V_MUST},
                                     {"notify", FX_V_STR},
                                     {NULL, 0}};
const struct fx_key FX_KEYS_CONTRACT[] = {
    {"event", FX_V_STR | FX_V_MUST}, {"schema", FX_V_STR | FX_V_MUST}, {NULL, 0}};
const struct fx_key FX_KEYS_LIMITS[] = {{"open", FX_V_STR | FX_V_INT},
                                        {"retry", FX_V_STR | FX_V_INT},
                                        {"re-route", FX_V_STR | FX_V_INT},
                                        {"escalate", FX_V_STR | FX_V_INT},
                                        {"route", FX_V_STR | FX_V_INT},
                                        {"notify", FX_V_STR | FX_V_INT},
                                        {"hold", FX_V_STR | FX_V_INT},
                                        {"cancel", FX_V_STR | FX_V_INT},
                                        {NULL, 0}};

struct fx_val fx_val_get(struct fx_loader *ld, struct fx_val v, const char *key)
{
	struct fx_val m = {.doc = v.doc, .v = json_object_get(v.v, key)};

	/* Keys of the registry hold neither / nor ~: no escapes (RFC 6901). */
	if (m.v)
		m.ptr = fx_arena_fmt(&ld->scratch, "%.*s/%s", FX_FMT(v.ptr), key);
	return m;
}

struct fx_val fx_val_at(struct fx_loader *ld, struct fx_val v, size_t i)
{
	return (struct fx_val){.doc = v.doc,
	                       .v = json_array_get(v.v, i),
	                       .ptr = fx_arena_fmt(&ld->scratch, "%.*s/%zu", FX_FMT(v.ptr), i)};
}

struct fx_str fx_val_str(struct fx_val v)
{
	if (!json_is_string(v.v))
		return (struct fx_str){"", 0};
	return (struct fx_str){json_string_value(v.v), json_string_length(v.v)};
}

struct fx_str fx_val_text(struct fx_loader *ld, struct fx_val v, const char *key)
{
	return fx_arena_str(&ld->r->arena, fx_val_str(fx_val_get(ld, v, key)));
}

struct fx_place_of fx_val_place(struct fx_loader *ld, struct fx_val v)
{
	struct fx_place p = fx_doc_place(v.doc, v.ptr);

	(void)ld;
	return (struct fx_place_of){.file = fx_str(v.doc->file), .line = p.line, .col = p.col};
}

int fx_val_fault(struct fx_loader *ld, struct fx_val v, const char *fmt, ...)
{
	struct fx_place p = fx_doc_place(v.doc, v.ptr);
	char msg[sizeof(((struct fx_err *)0)->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return fx_errs_fail(ld->errs, FX_ECONF, v.doc->file, p.line, p.col, "%s", msg);
}

int fx_val_fault_in(struct fx_loader *ld, struct fx_val v, const struct fx_err *err)
{
	struct fx_place p = fx_doc_place_in(v.doc, v.ptr, err->col ? err->col - 1 : 0);

	return fx_errs_fail(ld->errs, FX_ECONF, v.doc->file, p.line, p.col, "%s", err->msg);
}

static bool has_type(const json_t *v, unsigned types)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		return types & FX_V_STR;
	case JSON_INTEGER:
		return types & FX_V_INT;
	case JSON_TRUE:
	case JSON_FALSE:
		return types & FX_V_BOOL;
	case JSON_ARRAY:
		return types & FX_V_LIST;
	case JSON_OBJECT:
		return types & FX_V_OBJ;
	default:
		return false;
	}
}

/* "text or a list" */
static const char *types_text(unsigned types, char out[80])
{
	static const char *const names[] = {"text", "a whole number", "true or false", "a list",
	                                    "a mapping"};
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < 5; i++)
		if (types & (1u << i))
			n += (size_t)snprintf(out + n, 80 - n, "%s%s", n ? " or " : "", names[i]);
	return out;
}

static const struct fx_key *key_of(const struct fx_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static int unknown_key(struct fx_loader *ld, struct fx_val v, const char *what,
                       const struct fx_key *keys, const char *name)
{
	struct fx_str cand[24], ptr = fx_arena_fmt(&ld->scratch, "%.*s/%s", FX_FMT(v.ptr), name);
	struct fx_place p = fx_doc_key_place(v.doc, ptr);
	size_t n = 0;
	int near;

	for (; keys[n].name && n < 24; n++)
		cand[n] = fx_str(keys[n].name);
	near = fx_str_nearest(fx_str(name), cand, n);
	if (near >= 0)
		return fx_errs_fail(ld->errs, FX_ECONF, v.doc->file, p.line, p.col,
		                    "unknown key '%s' in %s; did you mean '%s'?", name, what,
		                    keys[near].name);
	return fx_errs_fail(ld->errs, FX_ECONF, v.doc->file, p.line, p.col,
	                    "unknown key '%s' in %s", name, what);
}

int fx_val_keys(struct fx_loader *ld, struct fx_val v, const char *what, const struct fx_key *keys)
{
	const char *name;
	json_t *m;
	char text[80];
	int bad = 0;

	if (!json_is_object(v.v))
		return fx_val_fault(ld, v, "%s must be a mapping of keys", what);
	json_object_foreach((json_t *)v.v, name, m)
	{
		const struct fx_key *k = key_of(keys, name);

		if (!k)
			unknown_key(ld, v, what, keys, name);
		else if (!has_type(m, k->types))
			bad = fx_val_fault(ld, fx_val_get(ld, v, name), "'%s' must be %s", name,
			                   types_text(k->types, text));
		else if (json_is_string(m) && json_string_length(m) == 0)
			bad = fx_val_fault(ld, fx_val_get(ld, v, name), "'%s' is empty", name);
	}
	for (; keys->name; keys++)
		if (keys->types & FX_V_MUST && !json_object_get(v.v, keys->name))
			bad = fx_val_fault(ld, v, "%s lacks '%s'", what, keys->name);
	return bad;
}

json_t *fx_val_sound(struct fx_val v, const struct fx_key *keys)
{
	json_t *sound = json_object();

	for (; keys->name; keys++) {
		json_t *m = json_object_get(v.v, keys->name);

		if (m && has_type(m, keys->types) &&
		    !(json_is_string(m) && json_string_length(m) == 0))
			json_object_set(sound, keys->name, m);
	}
	return sound;
}

int fx_val_id(struct fx_loader *ld, struct fx_val v, const char *key, struct fx_str *out)
{
	struct fx_val id = fx_val_get(ld, v, key);
	struct fx_str s = fx_val_str(id);

	*out = fx_arena_str(&ld->r->arena, s);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || strchr(",\"'\\", s.p[i]) || s.p[i] == 0x7f)
			return fx_val_fault(ld, id, "'%.*s': an id has no spaces, commas or quotes",
			                    FX_FMT(s));
	return 0;
}
