/* test_gate -- looks and levels of a running comparison, exit codes. */
#include <criterion/criterion.h>

#include "harness/gate.h"

Test(gate, profiles_look_at_their_numbers_and_no_further)
{
	struct qb_schedule schedule = qb_gate_schedule(QB_PROFILE_CI, 0);
	enum qb_profile profile;

	cr_expect_eq(schedule.count, 6);
	cr_expect_eq(qb_gate_next_look(&schedule, 0), 10);
	cr_expect_eq(qb_gate_next_look(&schedule, 20), 30);
	cr_expect_eq(qb_gate_next_look(&schedule, 59), 60);
	cr_expect_eq(qb_gate_next_look(&schedule, 60), 0);
	schedule = qb_gate_schedule(QB_PROFILE_NIGHTLY, 0);
	cr_expect_eq(schedule.looks[schedule.count - 1], 150);
	schedule = qb_gate_schedule(QB_PROFILE_QUICK, 0);
	cr_expect_eq(schedule.looks[schedule.count - 1], 20);
	cr_expect(qb_gate_find_profile("nightly", &profile));
	cr_expect_eq(profile, QB_PROFILE_NIGHTLY);
	cr_expect(!qb_gate_find_profile("slow", &profile));
	cr_expect_str_eq(qb_gate_profile_name(QB_PROFILE_CI), "ci");
}

Test(gate, most_pairs_end_the_schedule)
{
	struct qb_schedule schedule = qb_gate_schedule(QB_PROFILE_CI, 25);

	cr_expect_eq(schedule.count, 4);
	cr_expect_eq(schedule.looks[2], 20);
	cr_expect_eq(schedule.looks[3], 25);
	schedule = qb_gate_schedule(QB_PROFILE_CI, 20);
	cr_expect_eq(schedule.count, 3);
	cr_expect_eq(schedule.looks[2], 20);
	schedule = qb_gate_schedule(QB_PROFILE_CI, 4);
	cr_expect_eq(schedule.count, 1);
	cr_expect_eq(schedule.looks[0], 4);
	schedule = qb_gate_schedule(QB_PROFILE_CI, 1000);
	cr_expect_eq(schedule.looks[schedule.count - 1], 60);
}

Test(gate, levels_shrink_with_looks_and_with_the_family)
{
	struct qb_schedule schedule = qb_gate_fixed(30);
	struct qb_levels levels = qb_gate_levels(&schedule, 1);

	cr_expect_eq(levels.no_change, .01);
	cr_expect_eq(levels.change, .01);
	schedule = qb_gate_schedule(QB_PROFILE_CI, 0);
	levels = qb_gate_levels(&schedule, 20);
	cr_expect_eq(levels.no_change, .002);
	cr_expect_float_eq(levels.change, .0001, 1e-15);
	schedule = qb_gate_schedule(QB_PROFILE_NIGHTLY, 0);
	levels = qb_gate_levels(&schedule, 0);
	cr_expect_eq(levels.change, .0015);
}

Test(gate, exit_codes_take_precedence_in_order)
{
	struct qb_tally tally = { 0 };
	const struct qb_judgement no_change = { .verdict = QB_VERDICT_NO_CHANGE };
	const struct qb_judgement open = { .verdict = QB_VERDICT_INCONCLUSIVE };
	const struct qb_judgement minor = { .verdict = QB_VERDICT_REGRESSION,
		                            .severity = QB_SEVERITY_MINOR };

	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 0);
	qb_gate_count(&tally, &no_change, QB_SEVERITY_MINOR);
	qb_gate_count(&tally, &minor, QB_SEVERITY_ALERT);
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 0, "below what fails");
	qb_gate_count(&tally, &open, QB_SEVERITY_MINOR);
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 3);
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_PASS), 0);
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_FAIL), 1);
	tally.invalid = true;
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_PASS), 4);
	qb_gate_count(&tally, &minor, QB_SEVERITY_MINOR);
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 1);
	tally.fresh_crashed = true;
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 4);
	tally.incorrect = true;
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 5);
	tally.usage_error = true;
	cr_expect_eq(qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT), 2);
	cr_expect_eq(tally.counts[QB_VERDICT_REGRESSION], 2);
}
