/* The phrases' grammar: every form, and faults that show their place. */
#include <check.h>
#include <string.h>

#include "rules/phrase.h"

static struct fx_arena arena;
static struct fx_registry registry;
static struct fx_owner owners[] = {
    {.id = {"ops-team", 8}}, {.id = {"vendor", 6}}, {.id = {"revenue-ops-review", 18}}};
static struct fx_milestone milestones[] = {
    {{"vendor-confirmation", 19}, {"task.confirmed", 14}, {"vendor-no-confirmation", 22}}};
static struct fx_hours nine_to_five;
static const struct fx_phrase_env env = {.registry = &registry};
static const struct fx_phrase_env with_hours = {.registry = &registry, .owner = &owners[1]};

static void set_up(void)
{
	registry.owners = owners;
	registry.nowners = 3;
	registry.milestones = milestones;
	registry.nmilestones = 1;
	owners[1].hours = &nine_to_five;
	for (int i = 0; i < 3; i++)
		fx_map_put(&registry.owner_ids, owners[i].id, NULL)->v.ptr = &owners[i];
	fx_map_put(&registry.milestone_ids, milestones[0].id, NULL)->v.ptr = &milestones[0];
}

static void tear_down(void)
{
	fx_map_free(&registry.owner_ids);
	fx_map_free(&registry.milestone_ids);
	fx_arena_free(&arena);
}

START_TEST(sla)
{
	struct fx_sla s;
	struct fx_err err = {0};

	ck_assert_int_eq(
	    fx_phrase_sla(&env, &arena, FX_STR("vendor-confirmation within 60m"), &s, &err), 0);
	ck_assert_int_eq(s.kind, FX_SLA_WITHIN);
	ck_assert_ptr_eq(s.milestone, &milestones[0]);
	ck_assert_int_eq(s.within.us, FX_HOUR);
	ck_assert_int_eq(fx_phrase_sla(&env, &arena,
	                               FX_STR(" vendor-confirmation  by ship_to.promised_at "), &s,
	                               &err),
	                 0);
	ck_assert_int_eq(s.kind, FX_SLA_BY_FIELD);
	ck_assert(fx_str_is(s.field, "ship_to.promised_at"));
	ck_assert_int_eq(fx_phrase_sla(&env, &arena,
	                               FX_STR("vendor-confirmation by 17:00 cutoff 14:30"), &s,
	                               &err),
	                 0);
	ck_assert_int_eq(s.kind, FX_SLA_BY_CLOCK);
	ck_assert_int_eq(s.clock, 17 * FX_HOUR);
	ck_assert_int_eq(s.cutoff, 14 * FX_HOUR + 30 * FX_MIN);
	ck_assert_int_eq(
	    fx_phrase_sla(&with_hours, &arena, FX_STR("vendor-confirmation within 3wd"), &s, &err),
	    0);
	ck_assert_uint_eq(s.within.workdays, 3);
}
END_TEST

START_TEST(fallback_canary_objective_limit)
{
	const struct fx_owner *o;
	struct fx_dur d;
	struct fx_slo slo = {0};
	struct fx_err err = {0};
	unsigned weight;
	uint64_t n;
	fx_time until, want, t;

	ck_assert_int_eq(fx_phrase_fallback(&env, FX_STR("ops-team after 1h30m"), &o, &d, &err), 0);
	ck_assert_ptr_eq(o, &owners[0]);
	ck_assert_int_eq(d.us, 90 * FX_MIN);
	ck_assert_int_eq(fx_phrase_canary(FX_STR("10%"), &weight, &until, &err), 0);
	ck_assert_uint_eq(weight, 10000);
	ck_assert(until == FX_TIME_NONE);
	ck_assert_int_eq(fx_phrase_canary(FX_STR("0.5% until 2026-12-01"), &weight, &until, &err),
	                 0);
	ck_assert_uint_eq(weight, 500);
	fx_time_parse(FX_STR("2026-12-01T00:00:00Z"), &want);
	ck_assert(until == want);
	ck_assert_int_eq(
	    fx_phrase_objective(&env, FX_STR("99.95% vendor-confirmation over 30d"), &slo, &err),
	    0);
	ck_assert_double_eq_tol(slo.objective, 0.9995, 1e-12);
	ck_assert_int_eq(slo.window, 30 * FX_DAY);
	ck_assert_int_eq(fx_phrase_repeat(FX_STR("every 1h30m"), &t, &err), 0);
	ck_assert_int_eq(t, 90 * FX_MIN);
	ck_assert_int_eq(fx_phrase_limit(FX_STR("20 per sweep"), &n, &err), 0);
	ck_assert_uint_eq(n, 20);
}
END_TEST

START_TEST(actions)
{
	struct fx_step s;
	struct fx_err err = {0};

	ck_assert_int_eq(
	    fx_phrase_actions(
	        &env, &arena,
	        FX_STR("re-route to ops-team with order export + last 3 vendor attempt logs"), &s,
	        &err),
	    0);
	ck_assert_uint_eq(s.nactions, 1);
	ck_assert_int_eq(s.actions[0].kind, FX_ACT_REROUTE);
	ck_assert_ptr_eq(s.actions[0].owner, &owners[0]);
	ck_assert_str_eq(s.actions[0].with.p, "order export + last 3 vendor attempt logs");
	ck_assert_int_eq(s.wait.us, 0);
	ck_assert_int_eq(
	    fx_phrase_escalation(&env, &arena,
	                         FX_STR("if unresolved in 2h, route to revenue-ops-review and "
	                                "place customer-facing hold"),
	                         &s, &err),
	    0);
	ck_assert_int_eq(s.wait.us, 2 * FX_HOUR);
	ck_assert_uint_eq(s.nactions, 2);
	ck_assert_int_eq(s.actions[0].kind, FX_ACT_ROUTE);
	ck_assert_ptr_eq(s.actions[0].owner, &owners[2]);
	ck_assert_str_eq(s.actions[0].text.p, "route to revenue-ops-review");
	ck_assert_int_eq(s.actions[1].kind, FX_ACT_HOLD);
	ck_assert_str_eq(s.actions[1].text.p, "place customer-facing hold");
	ck_assert_int_eq(fx_phrase_actions(&env, &arena,
	                                   FX_STR("retry 3 times every 10m and notify ops-team and "
	                                          "escalate to vendor and cancel"),
	                                   &s, &err),
	                 0);
	ck_assert_uint_eq(s.nactions, 4);
	ck_assert_uint_eq(s.actions[0].times, 3);
	ck_assert_int_eq(s.actions[0].every.us, 10 * FX_MIN);
	ck_assert_int_eq(s.actions[1].kind, FX_ACT_NOTIFY);
	ck_assert_int_eq(s.actions[2].kind, FX_ACT_ESCALATE);
	ck_assert_int_eq(s.actions[3].kind, FX_ACT_CANCEL);
}
END_TEST

/* What is wrong is at this byte, from 1, and the message says this. */
static void fault(int rc, const struct fx_err *err, unsigned col, const char *says)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(err->code, FX_ECONF);
	ck_assert_msg(err->col == col, "column %u, not %u: %s", err->col, col, err->msg);
	ck_assert_msg(strstr(err->msg, says), "'%s' does not say '%s'", err->msg, says);
}

START_TEST(faults_show_their_place)
{
	const struct fx_owner *o;
	struct fx_step step;
	struct fx_sla s;
	struct fx_slo slo;
	struct fx_dur d;
	struct fx_err e = {0};
	unsigned w;
	uint64_t n;
	fx_time t;

#define SLA(text) fx_phrase_sla(&with_hours, &arena, FX_STR(text), &s, &e), &e
#define ACT(text) fx_phrase_actions(&env, &arena, FX_STR(text), &step, &e), &e
#define ESC(text) fx_phrase_escalation(&env, &arena, FX_STR(text), &step, &e), &e
	fault(SLA("vendor-confirmaton within 1h"), 1, "did you mean 'vendor-confirmation'?");
	fault(SLA("vendor-confirmation whithin 1h"), 21, "'within DURATION' or 'by FIELD'");
	fault(SLA("vendor-confirmation within"), 27, "a duration");
	fault(SLA("vendor-confirmation within 0m"), 28, "a duration");
	fault(SLA("vendor-confirmation within 3d"), 28, "has hours");
	fault(SLA("vendor-confirmation within 1d2h"), 28, "has hours");
	fault(SLA("vendor-confirmation within 1h or so"), 31, "the end");
	fault(SLA("vendor-confirmation by 17:00"), 29, "'cutoff'");
	fault(SLA("vendor-confirmation by 25:00 cutoff 14:00"), 24, "clock time");
	fault(SLA("vendor-confirmation by 14:00 cutoff 17:00"), 1, "cutoff must lie before");
	fault(SLA("vendor-confirmation by promised..at"), 24, "a field");
	fault(SLA(""), 1, "milestone");
	fault(fx_phrase_fallback(&env, FX_STR("ops-taem after 2h"), &o, &d, &e), &e, 1,
	      "did you mean 'ops-team'?");
	fault(fx_phrase_fallback(&env, FX_STR("ops-team in 2h"), &o, &d, &e), &e, 10, "'after'");
	fault(fx_phrase_canary(FX_STR("10"), &w, &t, &e), &e, 1, "a share");
	fault(fx_phrase_canary(FX_STR("101%"), &w, &t, &e), &e, 1, "a share");
	fault(fx_phrase_canary(FX_STR("0%"), &w, &t, &e), &e, 1, "a share");
	fault(fx_phrase_canary(FX_STR("5.% until 2026-12-01"), &w, &t, &e), &e, 1, "a share");
	fault(fx_phrase_canary(FX_STR("%"), &w, &t, &e), &e, 1, "a share");
	fault(fx_phrase_canary(FX_STR("10% until Christmas"), &w, &t, &e), &e, 11, "a time");
	fault(fx_phrase_objective(&env, FX_STR("99% vendor-confirmation over 2wd"), &slo, &e), &e,
	      30, "a window");
	fault(fx_phrase_limit(FX_STR("many per sweep"), &n, &e), &e, 1, "a number");
	fault(fx_phrase_limit(FX_STR("20 per day"), &n, &e), &e, 8, "'sweep'");
	fault(fx_phrase_repeat(FX_STR("4h"), &t, &e), &e, 1, "'every'");
	fault(fx_phrase_repeat(FX_STR("every 2wd"), &t, &e), &e, 7, "a duration such as 4h");
	fault(fx_phrase_repeat(FX_STR("every 10s"), &t, &e), &e, 7, "a duration such as 4h");
	fault(fx_phrase_repeat(FX_STR("every 4h or so"), &t, &e), &e, 10, "the end");
	fault(ACT("reroute to ops-team"), 1, "an action");
	fault(ACT("re-route ops-team"), 10, "'to'");
	fault(ACT("route to nobody"), 10, "no owner 'nobody'");
	fault(ACT("notify ops-team or cancel"), 17, "'and', 'with' or the end");
	fault(ACT("notify ops-team and"), 20, "an action");
	fault(ACT("notify ops-team with"), 21, "what goes along");
	fault(ACT("retry often every 5m"), 7, "how many times");
	fault(ACT("place hold"), 7, "'customer-facing'");
	fault(ESC("unless resolved in 2h, cancel"), 1, "if unresolved in");
	fault(ESC("if unresolved in soon, cancel"), 18, "a duration");
	fault(ESC("in 2h, do something"), 8, "an action");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules_phrase");
	TCase *tc = tcase_create("phrase");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, sla);
	tcase_add_test(tc, fallback_canary_objective_limit);
	tcase_add_test(tc, actions);
	tcase_add_test(tc, faults_show_their_place);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
