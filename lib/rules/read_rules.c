#include <string.h>

#include "rules/phrase.h"
#include "rules/publish.h"
#include "rules/read.h"

/* Events that the toolkit writes itself: to route them would answer ourselves. */
static const char *const OURS[] = {
    "task.assigned",       "task.attempted",     "task.cancelled",     "exception.opened",
    "exception.escalated", "exception.resolved", "registry.published", "export.rejected"};

static bool one_of(struct fx_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fx_str_is(s, words[i]))
			return true;
	return false;
}

static bool has_prefix(struct fx_str s, const char *prefix)
{
	return fx_str_starts(s, fx_str(prefix)) && s.n > strlen(prefix);
}

static void check_send(struct fx_loader *ld, struct fx_val v)
{
	struct fx_str s = fx_val_str(v);

	if (v.v && !has_prefix(s, "https://") && !has_prefix(s, "http://") &&
	    !has_prefix(s, "spool:") && !has_prefix(s, "exec:") && !has_prefix(s, "mail:"))
		fx_val_fault(ld, v,
		             "'%.*s': an endpoint is https://..., http://..., spool:DIR, "
		             "exec:COMMAND or mail:ADDRESS",
		             FX_FMT(s));
}

static void check_secret(struct fx_loader *ld, struct fx_val v)
{
	struct fx_str s = fx_val_str(v);

	if (v.v && !has_prefix(s, "env:") && !has_prefix(s, "file:"))
		fx_val_fault(ld, v,
		             "a secret is never in the registry: write env:NAME or file:PATH");
}

static void read_parallel(struct fx_loader *ld, struct fx_val v, struct fx_owner *o)
{
	struct fx_val n = fx_val_get(ld, v, "parallel");
	json_int_t value = json_integer_value(n.v);

	if (!n.v)
		return;
	if (value < 1 || value > FX_PARALLEL_MAX)
		fx_val_fault(ld, n, "'parallel' is a whole number from 1 to %u", FX_PARALLEL_MAX);
	else if (!fx_str_starts(o->send, FX_STR("http")))
		fx_val_fault(ld, n,
		             "'parallel' counts HTTP requests: 'send' must be https:// or http://");
	else
		o->parallel = (unsigned)value;
}

/* hours and closed; closed alone means whole days, every day but those. */
static void read_hours(struct fx_loader *ld, struct fx_val v, struct fx_owner *o)
{
	struct fx_val hours = fx_val_get(ld, v, "hours"), closed = fx_val_get(ld, v, "closed");
	struct fx_str text = hours.v ? fx_val_str(hours) : FX_STR("Mon-Sun 00:00-24:00");
	struct fx_err err = {0};
	struct fx_calendar *cal;

	if (!hours.v && !closed.v)
		return;
	o->hours = FX_NEW(&ld->r->arena, struct fx_hours);
	if (fx_hours_parse(&ld->r->arena, fx_arena_str(&ld->r->arena, text), o->hours, &err)) {
		fx_val_fault(ld, hours, "%s", err.msg);
		return;
	}
	if (!closed.v)
		return;
	cal = fx_map_ptr(&ld->r->calendars, fx_val_str(closed));
	if (!cal) {
		fx_val_fault(ld, closed, "no calendar '%.*s'", FX_FMT(fx_val_str(closed)));
		return;
	}
	o->hours->closed = cal->days;
	o->hours->nclosed = cal->n;
}

void fx_read_owner(struct fx_loader *ld, struct fx_val v)
{
	static const char *const formats[] = {"task",      "cloudevent",        "slack",
	                                      "pagerduty", "cloudevent-binary", "cloudevent-batch"};
	struct fx_registry *r = ld->r;
	struct fx_owner *o = &r->owners[r->nowners];
	struct fx_val kind = fx_val_get(ld, v, "kind");
	struct fx_map_entry *e;
	bool fresh;

	if (fx_val_keys(ld, v, "owner", FX_KEYS_OWNER) || fx_val_id(ld, v, "id", &o->id))
		return;
	o->at = fx_val_place(ld, v);
	o->kind = fx_str_is(fx_val_str(kind), "team") ? FX_OWNER_TEAM : FX_OWNER_SYSTEM;
	if (o->kind == FX_OWNER_SYSTEM && !fx_str_is(fx_val_str(kind), "system"))
		fx_val_fault(ld, kind, "'kind' is system or team");
	check_send(ld, fx_val_get(ld, v, "send"));
	check_secret(ld, fx_val_get(ld, v, "secret"));
	o->send = fx_val_text(ld, v, "send");
	o->secret = fx_val_text(ld, v, "secret");
	o->format = fx_val_text(ld, v, "format");
	if (o->format.n == 0)
		o->format = FX_STR("task");
	else if (!one_of(o->format, formats, 6))
		fx_val_fault(
		    ld, fx_val_get(ld, v, "format"),
		    "'format' is task, cloudevent, cloudevent-binary, cloudevent-batch, slack "
		    "or pagerduty");
	else if (one_of(o->format, formats + 4, 2) && !fx_str_starts(o->send, FX_STR("http")))
		fx_val_fault(
		    ld, fx_val_get(ld, v, "format"),
		    "'%.*s' is a form of HTTP requests: 'send' must be https:// or http://",
		    FX_FMT(o->format));
	o->holds = json_is_true(fx_val_get(ld, v, "holds").v);
	read_parallel(ld, v, o);
	read_hours(ld, v, o);
	e = fx_map_put(&r->owner_ids, o->id, &fresh);
	if (!fresh) {
		fx_val_fault(ld, v, "owner '%.*s' is defined twice: first in line %u of %.*s",
		             FX_FMT(o->id), ((struct fx_owner *)e->v.ptr)->at.line,
		             FX_FMT(((struct fx_owner *)e->v.ptr)->at.file));
		return;
	}
	e->v.ptr = o;
	r->nowners++;
}

static const struct fx_owner *owner_of(struct fx_loader *ld, struct fx_val v)
{
	const struct fx_registry *r = ld->r;
	struct fx_str id = fx_val_str(v), cand[64];
	const struct fx_owner *o = fx_registry_owner(r, id);
	size_t n = r->nowners < 64 ? r->nowners : 64;
	int near;

	if (o)
		return o;
	for (size_t i = 0; i < n; i++)
		cand[i] = r->owners[i].id;
	near = fx_str_nearest(id, cand, n);
	if (near >= 0)
		fx_val_fault(ld, v, "no owner '%.*s'; did you mean '%.*s'?", FX_FMT(id),
		             FX_FMT(cand[near]));
	else
		fx_val_fault(ld, v, "no owner '%.*s'", FX_FMT(id));
	return NULL;
}

static bool is_event(struct fx_str s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && i > 0 && i + 1 < s.n && s.p[i - 1] != '.')
			dots++;
		else if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '_' && s.p[i] != '-')
			return false;
	}
	return dots > 0;
}

static void read_event(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule,
                       struct fx_str *slot)
{
	struct fx_str s = fx_val_str(v);

	if (!is_event(s))
		fx_val_fault(ld, v, "'on' names events such as order.placed");
	else if (one_of(s, OURS, sizeof(OURS) / sizeof(OURS[0])))
		fx_val_fault(ld, v, "'%.*s' is written by fx itself and cannot be routed",
		             FX_FMT(s));
	*slot = fx_arena_str(&ld->r->arena, s);
	rule->non++;
	fx_map_put(&ld->r->events, *slot, NULL);
}

void fx_read_on(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule)
{
	static const struct fx_str both[] = {{"order.placed", 12}, {"order.changed", 13}};
	size_t n = json_is_array(v.v) ? json_array_size(v.v) : 1;
	struct fx_str *on;

	if (!v.v) {
		rule->on = both;
		rule->non = 2;
		fx_map_put(&ld->r->events, both[0], NULL);
		fx_map_put(&ld->r->events, both[1], NULL);
		return;
	}
	on = FX_NEWV(&ld->r->arena, struct fx_str, n + 1);
	rule->on = on;
	if (n == 0)
		fx_val_fault(ld, v, "'on' names no event");
	if (json_is_string(v.v))
		read_event(ld, v, rule, &on[0]);
	else
		for (size_t i = 0; i < n; i++)
			read_event(ld, fx_val_at(ld, v, i), rule, &on[i]);
}

static void read_when(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule)
{
	struct fx_err err = {0};

	rule->source = json_is_true(v.v)    ? FX_STR("true")
	               : json_is_false(v.v) ? FX_STR("false")
	                                    : fx_arena_str(&ld->r->arena, fx_val_str(v));
	rule->always = fx_str_is(rule->source, "true");
	rule->env = fx_read_env(ld, rule);
	rule->when = fx_cel_compile(&ld->r->arena, rule->source, rule->env, &err);
	if (!rule->when)
		fx_val_fault_in(ld, v, &err);
}

static void read_sla(struct fx_loader *ld, struct fx_val v, const struct fx_phrase_env *env,
                     struct fx_rule *rule)
{
	size_t n = json_is_array(v.v) ? json_array_size(v.v) : v.v ? 1 : 0;

	if (n > FX_SLA_MAX) {
		fx_val_fault(ld, v, "at most %d milestones a rule", FX_SLA_MAX);
		return;
	}
	rule->sla = FX_NEWV(&ld->r->arena, struct fx_sla, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct fx_val one = json_is_array(v.v) ? fx_val_at(ld, v, i) : v;
		struct fx_sla *sla = &rule->sla[rule->nsla];
		struct fx_err err = {0};

		if (fx_phrase_sla(env, &ld->r->arena, fx_val_str(one), sla, &err)) {
			fx_val_fault_in(ld, one, &err);
			continue;
		}
		for (size_t k = 0; k < rule->nsla; k++)
			if (rule->sla[k].milestone == sla->milestone)
				fx_val_fault(ld, one, "'%.*s' is promised twice",
				             FX_FMT(sla->milestone->id));
		rule->nsla++;
	}
}

static void read_time(struct fx_loader *ld, struct fx_val v, fx_time *out)
{
	*out = FX_TIME_NONE;
	if (v.v && fx_phrase_time(fx_val_str(v), out))
		fx_val_fault(ld, v, "a time is written 2026-11-20T17:00:00Z or 2026-11-20");
}

static void read_window(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule)
{
	struct fx_val until = fx_val_get(ld, v, "until");

	read_time(ld, fx_val_get(ld, v, "from"), &rule->from);
	read_time(ld, until, &rule->until);
	if (rule->from != FX_TIME_NONE && rule->until != FX_TIME_NONE && rule->until <= rule->from)
		fx_val_fault(ld, until, "'until' is not after 'from': the rule never holds");
}

static void read_phrases(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule)
{
	struct fx_phrase_env env = {.registry = ld->r, .owner = rule->owner};
	struct fx_val fallback = fx_val_get(ld, v, "fallback"),
	              canary = fx_val_get(ld, v, "canary");
	struct fx_err err = {0};

	rule->canary_until = FX_TIME_NONE;
	read_sla(ld, fx_val_get(ld, v, "sla"), &env, rule);
	rule->fallback_text = fx_val_text(ld, v, "fallback");
	if (fallback.v && fx_phrase_fallback(&env, rule->fallback_text, &rule->fallback,
	                                     &rule->fallback_after, &err))
		fx_val_fault_in(ld, fallback, &err);
	if (canary.v &&
	    fx_phrase_canary(fx_val_str(canary), &rule->canary_weight, &rule->canary_until, &err))
		fx_val_fault_in(ld, canary, &err);
}

/* A rule's id may stand more than once, each time with another version. */
static void check_version(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule)
{
	struct fx_val version = fx_val_get(ld, v, "version");
	json_int_t n = json_integer_value(version.v);
	const struct fx_rule *first;
	struct fx_map_entry *e;
	bool fresh;

	if (n < 1)
		fx_val_fault(ld, version, "versions count from 1");
	rule->version = n < 1 ? 1 : (uint64_t)n;
	e = fx_map_put(&ld->versions,
	               fx_arena_fmt(&ld->scratch, "%.*s %llu", FX_FMT(rule->id),
	                            (unsigned long long)rule->version),
	               &fresh);
	first = e->v.ptr;
	if (fresh)
		e->v.ptr = rule;
	else
		fx_val_fault(ld, v,
		             "rule '%.*s' version %llu is defined twice: first in line %u of "
		             "%.*s",
		             FX_FMT(rule->id), (unsigned long long)rule->version, first->at.line,
		             FX_FMT(first->at.file));
}

/* The other faults of a rule that has a key too few or a value of a wrong type. */
static void read_rest(struct fx_loader *ld, struct fx_val v, struct fx_rule *rule)
{
	json_t *sound = fx_val_sound(v, FX_KEYS_RULE);
	struct fx_val rest = {.doc = v.doc, .v = sound, .ptr = v.ptr};
	struct fx_val owner = fx_val_get(ld, rest, "owner"), when = fx_val_get(ld, rest, "when");

	fx_val_id(ld, rest, "rule", &rule->id);
	rule->owner = owner.v ? owner_of(ld, owner) : NULL;
	fx_read_on(ld, fx_val_get(ld, rest, "on"), rule);
	if (when.v)
		read_when(ld, when, rule);
	read_window(ld, rest, rule);
	read_phrases(ld, rest, rule);
	json_decref(sound);
	*rule = (struct fx_rule){0};
}

void fx_read_rule(struct fx_loader *ld, struct fx_val v)
{
	struct fx_registry *r = ld->r;
	struct fx_rule *rule = &r->rules[r->nrules];

	if (fx_val_keys(ld, v, "rule", FX_KEYS_RULE)) {
		read_rest(ld, v, rule);
		return;
	}
	if (fx_val_id(ld, v, "rule", &rule->id))
		return;
	rule->index = r->nrules++;
	rule->doc = v.doc;
	rule->pointer = fx_arena_str(&r->arena, v.ptr);
	rule->at = fx_val_place(ld, v);
	check_version(ld, v, rule);
	rule->maintainer = fx_val_text(ld, v, "maintainer");
	rule->flow = fx_val_text(ld, v, "flow");
	rule->carrier = fx_val_text(ld, v, "carrier");
	rule->tests = fx_val_get(ld, v, "tests").v;
	rule->owner = owner_of(ld, fx_val_get(ld, v, "owner"));
	fx_read_on(ld, fx_val_get(ld, v, "on"), rule);
	read_when(ld, fx_val_get(ld, v, "when"), rule);
	read_window(ld, v, rule);
	read_phrases(ld, v, rule);
}
