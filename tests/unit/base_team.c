/* The team: each part once, whatever was asked for. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/team.h"

struct tally {
	atomic_uint part[FX_TEAM_MAX];
};

static void mark(void *arg, size_t i)
{
	struct tally *t = arg;

	atomic_fetch_add(&t->part[i], 1);
}

START_TEST(each_part_once_a_round)
{
	for (size_t n = 1; n <= FX_TEAM_MAX; n += 5) {
		struct fx_team *team = fx_team_new(n);
		struct tally t = {0};

		for (unsigned round = 1; round <= 500; round++) {
			fx_team_do(team, mark, &t);
			for (size_t i = 0; i < FX_TEAM_MAX; i++)
				ck_assert_uint_eq(atomic_load(&t.part[i]), i < n ? round : 0);
		}
		fx_team_free(team);
	}
}
END_TEST

START_TEST(sizes)
{
	fx_team_free(fx_team_new(3)); /* never worked */
	fx_team_free(NULL);
	ck_assert_uint_eq(fx_team_size(1), 1);
	ck_assert_uint_ge(fx_team_size(4), 1);
	ck_assert_uint_le(fx_team_size(4), 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("team");
	TCase *c = tcase_create("team");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, each_part_once_a_round);
	tcase_add_test(c, sizes);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
