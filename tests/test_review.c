/* test_review -- every reason to doubt a result is said, and no other. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tests/made_runs.h"

static const char *warning(const struct qb_result *result, const char *code)
{
	for (size_t i = 0; i < result->warning_count; i++)
		if (strcmp(result->warnings[i].code, code) == 0)
			return result->warnings[i].text;
	return NULL;
}

Test(review, few_runs_have_no_interval_and_say_so_until_there_are_enough)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 5);

	settle(&result);
	cr_expect(!result.metrics[0].estimate.has_ci95);
	cr_expect(warning(&result, "few-runs"));
	add(&result, make_run(&c, 30050000));
	settle(&result);
	cr_expect(result.metrics[0].estimate.has_ci95);
	cr_expect(!warning(&result, "few-runs"));
	qb_result_finish(&result);
}

Test(review, quota_and_heat_disturb_a_run)
{
	struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 1);
	struct qb_samples *run = make_run(&c, 30000000);

	cr_expect(isnan(result.runs[0].throttled_periods), "not known is not 0");
	run->vitals_start.throttled_known = run->vitals_end.throttled_known = true;
	run->vitals_start.throttled = run->vitals_end.throttled = 7;
	add(&result, run);
	cr_expect_eq(result.runs[1].throttled_periods, 0);
	cr_expect(!result.runs[1].disturbed, "what was before the window is over");
	run = make_run(&c, 30000000);
	run->vitals_start.throttled_known = run->vitals_end.throttled_known = true;
	run->vitals_end.throttled = 2;
	add(&result, run);
	cr_expect(result.runs[2].disturbed);
	run = make_run(&c, 30000000);
	run->vitals_start.thermal_known = run->vitals_end.thermal_known = true;
	run->vitals_end.thermal = 1;
	add(&result, run);
	cr_expect(result.runs[3].disturbed);
	run = make_run(&c, 30000000);
	run->vitals_start.interrupts_known = run->vitals_end.interrupts_known = true;
	run->vitals_end.interrupts = 90;
	add(&result, run);
	cr_expect_eq(result.runs[4].interrupts, 90);
	cr_expect(!result.runs[4].disturbed);
	qb_result_finish(&result);
}

Test(review, stolen_time_and_waiting_for_a_cpu_disturb_a_run)
{
	struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 1);
	struct qb_samples *run = make_run(&c, 30000000);

	run->steal_ticks = 1;
	run->cpu_count = 2;
	add(&result, run);
	cr_expect(!result.runs[1].disturbed, "one tick is below the resolution");
	cr_expect_float_eq(result.runs[1].steal_share, .01 / .6, 1e-12);
	run = make_run(&c, 30000000);
	run->steal_ticks = 2;
	run->cpu_count = 2;
	add(&result, run);
	cr_expect(result.runs[2].disturbed);
	run = make_run(&c, 30000000);
	run->steal_ticks = 2;
	run->cpu_count = 64;
	add(&result, run);
	cr_expect(!result.runs[3].disturbed, "2 of 1920 ticks");
	run = make_run(&c, 30000000);
	run->workers[1].run_delay_ns = 20000000;
	add(&result, run);
	cr_expect(result.runs[4].disturbed);
	settle(&result);
	cr_expect(strstr(warning(&result, "disturbed"), "2 of 5 runs"));
	cr_expect(strstr(warning(&result, "disturbed"), "(in the worst, "), "%s",
	          warning(&result, "disturbed"));
	cr_expect_eq(result.metrics[0].n, 5, "disturbed runs stay in the figure");
	qb_result_finish(&result);

	c.oversubscribed = true;
	result = make_result(&c, 0);
	run = make_run(&c, 30000000);
	run->workers[1].run_delay_ns = 200000000;
	add(&result, run);
	cr_expect(!result.runs[0].disturbed, "threads that share a CPU wait for each other");
	qb_result_finish(&result);
}

/* Two CPUs, of which others had that long. */
static void add_foreign(struct qb_result *result, uint64_t foreign_ns, uint64_t window_ns)
{
	struct qb_samples *run = make_run(&result->c, 30000000);

	run->ledger_start = (struct qb_ledger){ .known = true, .cpu_count = 2 };
	run->ledger_end = (struct qb_ledger){ .known = true,
		                              .cpu_count = 2,
		                              .monotonic_ns = window_ns,
		                              .own_ns = 2 * window_ns - foreign_ns };
	add(result, run);
}

Test(review, other_programs_on_the_cpus_of_a_run_disturb_it)
{
	struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 1);

	cr_expect(isnan(result.runs[0].foreign_share), "not known is not 0");
	add_foreign(&result, 29000000, 300000000);
	cr_expect_float_eq(result.runs[1].foreign_share, .029 / .6, 1e-12);
	cr_expect(!result.runs[1].disturbed, "not above 5 %%");
	add_foreign(&result, 72000000, 300000000);
	cr_expect(result.runs[2].disturbed);
	add_foreign(&result, 19000000, 100000000);
	cr_expect_gt(result.runs[3].foreign_share, 0.05);
	cr_expect(!result.runs[3].disturbed, "less than a tick of each CPU");
	settle(&result);
	cr_expect(strstr(warning(&result, "disturbed"), "1 of 4 runs"));
	cr_expect(strstr(warning(&result, "disturbed"), "other programs had 12 % of its CPUs"),
	          "%s", warning(&result, "disturbed"));
	qb_result_finish(&result);
}

Test(review, threads_that_wait_for_each_other_are_no_cause_of_a_disturbance)
{
	struct qb_case c = make_case(1, 1);
	struct qb_result result;
	struct qb_samples *run;

	c.oversubscribed = true;
	result = make_result(&c, 1);
	run = make_run(&c, 30000000);
	run->steal_ticks = 4;
	run->cpu_count = 2;
	run->workers[1].run_delay_ns = 200000000;
	add(&result, run);
	settle(&result);
	cr_expect(
		strstr(warning(&result, "disturbed"), "(in the worst, the hypervisor took 6.7 %)"),
		"%s", warning(&result, "disturbed"));
	qb_result_finish(&result);
}

Test(review, doubts_of_the_case_are_said)
{
	struct qb_case c = make_case(2, 1);
	struct qb_result result;

	c.oversubscribed = c.batch_emulated = true;
	c.proof = false;
	c.batch = 64;
	c.pin = QB_PIN_NONE;
	c.traits = QB_FLOOR;
	result = make_result(&c, 6);
	settle(&result);
	cr_expect(warning(&result, "oversubscribed"));
	cr_expect(warning(&result, "batch-emulated"));
	cr_expect(warning(&result, "proof-off"));
	cr_expect(warning(&result, "unpinned"));
	cr_expect(warning(&result, "floor"));
	cr_expect_eq(result.warning_count, 5);
	qb_result_finish(&result);
}

Test(review, doubts_of_the_runs_are_counted)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 6);
	struct qb_samples *run = make_run(&c, 30000000);

	run->workers[0].pin_refused = true;
	run->workers[0].cpu_end = 7;
	run->workers[1].minor_faults = 3001;
	run->clock_disagreement_ppm = -55;
	run->delivery.beyond_bitmap = true;
	add(&result, run);
	settle(&result);
	cr_expect(strstr(warning(&result, "pin-refused"), "1 of 7 runs"));
	cr_expect(strstr(warning(&result, "migrated"), "1 of 7 runs"));
	cr_expect(strstr(warning(&result, "page-faults"), "1 of 7 runs"));
	cr_expect(strstr(warning(&result, "clock"), "-55 ppm; figures are from the kernel's"));
	cr_expect(warning(&result, "power-sums"));
	cr_expect(!warning(&result, "trend"));
	cr_expect_eq(result.warning_count, 5);
	qb_result_finish(&result);
}

Test(review, runs_that_rise_are_said_when_more_than_a_fifth_do)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 7);

	for (unsigned r = 0; r < 3; r++) {
		struct qb_samples *run = make_run(&c, 30000000);

		for (unsigned i = 0; i < INTERVALS; i++)
			run->interval_messages[i] = 1900000 + i * 10000;
		add(&result, run);
		settle(&result);
		cr_expect_eq(result.runs[7 + r].trending, 1);
		cr_expect_eq(warning(&result, "trend") != NULL, r > 0);
	}
	qb_result_finish(&result);
}

Test(review, wide_spread_and_two_modes_are_said)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 7);

	for (unsigned i = 0; i < 3; i++)
		add(&result, make_run(&c, 45000000 + i * 30000));
	settle(&result);
	cr_expect(warning(&result, "spread"));
	cr_expect(strstr(warning(&result, "two-modes"), "(70 %)"));
	qb_result_finish(&result);
}

Test(review, warning_is_kept_once_per_code)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 6);

	cr_assert_eq(qb_summary_warn(&result, "counters", "%d unavailable", 1), 0);
	cr_assert_eq(qb_summary_warn(&result, "counters", "%d unavailable", 2), 0);
	settle(&result);
	cr_expect_eq(result.warning_count, 1);
	cr_expect_str_eq(warning(&result, "counters"), "2 unavailable");
	qb_result_finish(&result);
}

Test(review, perf_beside_the_runs_is_said_and_so_is_perf_that_did_not_hear)
{
	struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 2);
	struct qb_samples *run = make_run(&c, 30000000);

	settle(&result);
	cr_expect(!warning(&result, "profiled"));
	run->has_partner = true;
	add(&result, run);
	settle(&result);
	cr_expect(strstr(warning(&result, "profiled"), "1 of 3 runs"));
	cr_expect(!warning(&result, "perf-ctl"));
	run = make_run(&c, 30000000);
	run->has_partner = true;
	run->partner_failure = -EPIPE;
	add(&result, run);
	settle(&result);
	cr_expect(strstr(warning(&result, "profiled"), "1 of 4 runs"));
	cr_expect(strstr(warning(&result, "perf-ctl"), "nobody reads the FIFO any more"));
	cr_expect_str_eq(result.runs[2].perf_ctl, "ok");
	cr_expect_str_eq(result.runs[1].perf_ctl, "");
	qb_result_finish(&result);
}
