/* test_summary -- from hand-made samples of runs to the result of a case. */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/made_runs.h"

Test(summary, throughput_is_one_value_per_run)
{
	static const uint64_t counts[] = { 30000000, 33000000, 31500000, 30600000, 32100000,
		                           31200000, 31800000, 32400000, 30900000, 32700000 };
	const struct qb_case c = make_case(1, 1);
	struct qb_result result;
	const struct qb_metric *metric;

	qb_summary_begin(&result, &c);
	for (size_t i = 0; i < 10; i++)
		add(&result, make_run(&c, counts[i]));
	settle(&result);
	settle(&result);
	cr_assert_eq(result.metric_count, 1);
	metric = qb_result_metric(&result, "throughput");
	cr_assert(metric);
	cr_expect_str_eq(metric->unit, "msg/s");
	cr_expect(metric->higher_is_better && metric->gated);
	cr_expect_eq(metric->n, 10);
	cr_expect_float_eq(metric->values[1], 110e6, 1e-3);
	cr_expect_float_eq(metric->estimate.median, 105.5e6, 1e-3);
	cr_expect_float_eq(metric->estimate.mean, 105.4e6, 1e-3);
	cr_expect_float_eq(metric->estimate.min, 100e6, 1e-3);
	cr_expect_float_eq(metric->estimate.max, 110e6, 1e-3);
	cr_expect_float_eq(metric->estimate.cv, 0.0306, 1e-3);
	cr_expect_float_eq(metric->estimate.hl, 105.4e6, 0.2e6);
	cr_expect(metric->estimate.has_ci95);
	cr_expect(metric->estimate.ci95[0] > 102e6 && metric->estimate.ci95[0] < 104e6);
	cr_expect(metric->estimate.ci95[1] > 106.5e6 && metric->estimate.ci95[1] < 108.5e6);
	cr_expect_eq(result.status, QB_STATUS_OK);
	cr_expect_eq(result.run_count, 10);
	cr_expect_eq(result.warning_count, 0, "%s", result.warnings ? result.warnings[0].code : "");
	cr_expect_eq(result.delivery.sent, 316201000);
	qb_result_finish(&result);
}

Test(summary, case_that_cannot_be_served_is_skipped_with_its_reason)
{
	struct qb_case c = make_case(2, 1);
	struct qb_result result;

	strcpy(c.skip_reason, "one producer only");
	qb_summary_begin(&result, &c);
	settle(&result);
	cr_expect_eq(result.status, QB_STATUS_SKIPPED);
	cr_expect_str_eq(result.reason, "one producer only");
	cr_expect_eq(result.warning_count, 0);
	cr_expect_eq(result.metric_count, 0);
	qb_result_finish(&result);
}

static struct qb_samples *make_bad_run(const struct qb_case *c, enum qb_status status,
                                       const char *reason)
{
	struct qb_samples *samples = make_run(c, 99000000);

	samples->status = status;
	strcpy(samples->reason, reason);
	return samples;
}

Test(summary, status_is_the_worst_of_the_runs_with_its_reason)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 2);

	add(&result, make_bad_run(&c, QB_STATUS_INTERRUPTED, "interrupted"));
	cr_expect_eq(result.status, QB_STATUS_INTERRUPTED);
	add(&result, make_bad_run(&c, QB_STATUS_INVALID, "clock"));
	add(&result, make_bad_run(&c, QB_STATUS_TIMEOUT, "hung"));
	add(&result, make_bad_run(&c, QB_STATUS_CRASHED, "SIGSEGV"));
	add(&result, make_bad_run(&c, QB_STATUS_CRASHED, "SIGBUS"));
	add(&result, make_bad_run(&c, QB_STATUS_INVALID, "clock"));
	settle(&result);
	cr_expect_eq(result.status, QB_STATUS_CRASHED);
	cr_expect_str_eq(result.reason, "SIGSEGV");
	cr_expect_eq(result.run_count, 8);
	cr_expect_eq(result.metrics[0].n, 2, "bad runs have no value");
	cr_expect_lt(result.metrics[0].estimate.max, 101.2e6);
	cr_expect(isnan(result.runs[5].throughput));
	cr_expect_eq(result.delivery.sent, result.delivery.received);
	qb_result_finish(&result);
}

Test(summary, incorrect_queue_has_no_throughput_but_keeps_its_runs)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 3);
	struct qb_samples *bad = make_bad_run(&c, QB_STATUS_INCORRECT, "lost one");

	settle(&result);
	cr_expect_eq(result.metrics[0].n, 3);
	bad->delivery.lost = 1;
	bad->delivery.received--;
	bad->delivery.fault_count = 1;
	bad->delivery.faults[0] = (struct qb_fault){ QB_FAULT_LOST, 0, 1, 77, 0 };
	add(&result, bad);
	settle(&result);
	cr_expect_eq(result.status, QB_STATUS_INCORRECT);
	cr_expect_eq(result.metrics[0].n, 0);
	cr_expect_eq(result.metrics[0].estimate.n, 0);
	cr_expect_float_eq(result.runs[0].throughput, 100e6, 1);
	cr_expect_eq(result.delivery.lost, 1);
	cr_expect_eq(result.delivery.sent, result.delivery.received + 1);
	cr_expect_eq(result.delivery.faults[0].sequence, 77);
	qb_result_finish(&result);
}

Test(summary, run_without_a_message_is_invalid)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 0);

	add(&result, make_run(&c, 0));
	settle(&result);
	cr_expect_eq(result.status, QB_STATUS_INVALID);
	cr_expect_eq(result.metric_count, 0);
	qb_result_finish(&result);
}

Test(summary, damaged_samples_are_invalid_and_harm_nothing)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 1);
	struct qb_samples *damaged = make_run(&c, 1000);

	memset(damaged, 0xff, sizeof(*damaged));
	add(&result, damaged);
	settle(&result);
	cr_expect_eq(result.status, QB_STATUS_INVALID);
	cr_expect_eq(result.metrics[0].n, 1);
	qb_result_finish(&result);
}

Test(summary, fairness_compares_producers_over_all_runs)
{
	const struct qb_case c = make_case(4, 1);
	struct qb_result result = make_result(&c, 2);
	struct qb_samples *run = make_run(&c, 40000000);

	settle(&result);
	cr_expect(result.fairness.known);
	cr_expect_float_eq(result.fairness.jain, 1, 1e-12);
	qb_result_finish(&result);
	qb_summary_begin(&result, &c);
	for (unsigned i = 0; i < 4; i++)
		run->workers[i].window_count = i == 0 ? 40000000 : 0;
	add(&result, run);
	settle(&result);
	cr_expect_float_eq(result.fairness.jain, .25, 1e-12);
	cr_expect_float_eq(result.fairness.max_share, 4, 1e-12);
	cr_expect_eq(result.fairness.min_share, 0);
	qb_result_finish(&result);
}

Test(summary, one_producer_has_no_fairness)
{
	const struct qb_case c = make_case(1, 2);
	struct qb_result result = make_result(&c, 2);

	settle(&result);
	cr_expect(!result.fairness.known);
	qb_result_finish(&result);
}

Test(summary, flow_is_per_message_and_by_role)
{
	const struct qb_case c = make_case(2, 1);
	struct qb_result result = make_result(&c, 0);

	for (unsigned i = 0; i < 2; i++) {
		struct qb_samples *run = make_run(&c, 30000000);

		run->workers[0].window_misses = 7500000;
		run->workers[0].window_operations = run->workers[1].window_operations = 3000000;
		run->workers[2].window_misses = 3000000;
		run->workers[2].window_operations = 1000000;
		run->workers[2].window_sleeps = 300;
		run->workers[1].voluntary_switches = 30;
		run->workers[2].involuntary_switches = 10;
		run->internal_count = 1;
		strcpy(run->internal_names[0], "wakes");
		run->internals[0] = 3000010;
		add(&result, run);
	}
	settle(&result);
	cr_expect_float_eq(result.flow.producer_misses_per_message, .25, 1e-12);
	cr_expect_float_eq(result.flow.consumer_misses_per_message, .1, 1e-12);
	cr_expect_float_eq(result.flow.producer_batch_mean, 5, 1e-12);
	cr_expect_float_eq(result.flow.consumer_batch_mean, 30, 1e-12);
	cr_expect_float_eq(result.flow.sleeps_per_message, 1e-5, 1e-15);
	cr_expect_float_eq(result.flow.switches_per_second, 40 / .4, 1e-9);
	cr_assert_eq(result.internal_count, 1);
	cr_expect_str_eq(result.internals[0].name, "wakes");
	cr_expect_eq(result.internals[0].value, 6000020);
	cr_expect_float_eq(result.internals[0].per_message, .1, 1e-12);
	qb_result_finish(&result);
}
