/* test_latency -- what was recorded becomes metrics, each with values or a reason. */
#include "made_runs.h"

#include <math.h>

#include "harness/histogram.h"
#include "harness/latency.h"

static struct qb_case timed_case(size_t message_size)
{
	struct qb_case c = make_case(1, 1);

	snprintf(c.workload, sizeof(c.workload), "latency");
	c.rate = 1000000;
	c.arrivals = QB_ARRIVALS_UNIFORM;
	c.message_size = message_size;
	return c;
}

/* A run that kept up: `count` messages, of which number k took k + 1 ns. */
static struct qb_samples *timed_run(const struct qb_case *c, unsigned count)
{
	struct qb_samples *samples = make_run(c, 300000);
	struct qb_latency_sample *latency = &samples->latency;

	latency->timed = true;
	latency->by_ticks = true;
	latency->due_count = 300000;
	latency->timer_ns = 0.5;
	latency->has_transit = c->message_size >= 16;
	for (unsigned k = 0; k < count; k++) {
		qb_histogram_record(&latency->recorded.response, k + 1);
		if (latency->has_transit)
			qb_histogram_record(&latency->recorded.transit, k / 2 + 1);
	}
	return samples;
}

static const struct qb_metric *metric_of(const struct qb_result *result, const char *name)
{
	const struct qb_metric *metric = qb_result_metric(result, name);

	cr_assert(metric, "no metric '%s'", name);
	return metric;
}

static void expect_missing(const struct qb_result *result, const char *name, const char *why)
{
	const struct qb_metric *metric = metric_of(result, name);

	cr_expect_eq(metric->n, 0, "%s", name);
	cr_expect(strstr(metric->reason, why), "%s: '%s'", name, metric->reason);
}

static bool warns(const struct qb_result *result, const char *code)
{
	for (size_t i = 0; i < result->warning_count; i++)
		if (strcmp(result->warnings[i].code, code) == 0)
			return true;
	return false;
}

Test(latency, run_is_one_value_of_each_quantile)
{
	const struct qb_case c = timed_case(16);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	for (unsigned run = 0; run < 6; run++)
		add(&result, timed_run(&c, 100000));
	settle(&result);
	cr_expect_eq(metric_of(&result, "latency_p50")->n, 6);
	cr_expect_float_eq(metric_of(&result, "latency_p50")->values[5], 50000, 50);
	cr_expect_float_eq(metric_of(&result, "latency_p90")->values[0], 90000, 90);
	cr_expect_float_eq(metric_of(&result, "latency_p99")->values[0], 99000, 99);
	cr_expect_float_eq(metric_of(&result, "latency_p99.9")->values[0], 99900, 100);
	cr_expect_eq(metric_of(&result, "latency_max")->values[0], 100000);
	cr_expect_float_eq(metric_of(&result, "transit_p99")->values[0], 49500, 50);
	cr_expect(metric_of(&result, "latency_p99")->estimate.has_ci95);
	cr_expect_not(metric_of(&result, "latency_p99")->higher_is_better);
	cr_expect_null(qb_result_metric(&result, "throughput"));
	cr_expect_eq(result.warning_count, 0, "%s", result.warnings[0].text);
	qb_result_finish(&result);
}

Test(latency, p99_alone_decides_a_gate)
{
	const struct qb_case c = timed_case(16);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	add(&result, timed_run(&c, 1000));
	settle(&result);
	cr_expect_eq(result.metric_count, QB_LATENCY_KINDS * QB_LATENCIES);
	for (size_t i = 0; i < result.metric_count; i++)
		cr_expect_eq(result.metrics[i].gated,
		             strcmp(result.metrics[i].name, "latency_p99") == 0);
	qb_result_finish(&result);
}

Test(latency, quantile_of_too_few_messages_is_missing_and_says_how_many)
{
	const struct qb_case c = timed_case(16);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	add(&result, timed_run(&c, 9999));
	settle(&result);
	cr_expect_eq(metric_of(&result, "latency_p90")->n, 1);
	cr_expect_str_empty(metric_of(&result, "latency_p90")->reason);
	expect_missing(&result, "latency_p99", "9999 messages a run, and 10000 are needed");
	expect_missing(&result, "transit_p99.9", "100000 are needed");
	cr_expect_eq(metric_of(&result, "latency_max")->n, 1);
	qb_result_finish(&result);
}

Test(latency, transit_is_missing_where_a_message_has_no_room_for_it)
{
	const struct qb_case c = timed_case(8);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	add(&result, timed_run(&c, 20000));
	settle(&result);
	cr_expect_eq(metric_of(&result, "latency_p99")->n, 1);
	expect_missing(&result, "transit_p50", "8 bytes has no room");
	expect_missing(&result, "transit_max", "--message-size=16");
	cr_expect_null(result.runs[0].latency->histograms[QB_LATENCY_TRANSIT]);
	qb_result_finish(&result);
}

Test(latency, none_is_told_of_a_queue_that_does_not_keep_up)
{
	const struct qb_case c = timed_case(16);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	for (unsigned run = 0; run < 3; run++) {
		struct qb_samples *samples = timed_run(&c, 20000);

		samples->latency.backlog_growth = run < 2 ? 2100 : 0; /* 1.05 %, over all of it */
		samples->latency.backlog_rises = true;
		add(&result, samples);
	}
	settle(&result);
	expect_missing(&result, "latency_p50", "saturated at this rate");
	expect_missing(&result, "transit_max", "the queue, or the loop that times each message");
	cr_expect(warns(&result, "saturated"));
	cr_expect_eq(result.status, QB_STATUS_OK);
	qb_result_finish(&result);
}

Test(latency, one_run_that_fell_behind_stays_in_the_figures)
{
	const struct qb_case c = timed_case(16);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	for (unsigned run = 0; run < 3; run++) {
		struct qb_samples *samples = timed_run(&c, 20000);

		samples->latency.unsent_count = run == 0;
		add(&result, samples);
	}
	settle(&result);
	cr_expect_eq(metric_of(&result, "latency_p99")->n, 3);
	cr_expect(warns(&result, "saturated"));
	qb_result_finish(&result);
}

Test(latency, backlog_of_chance_is_no_saturation)
{
	const struct qb_case c = timed_case(16);
	struct qb_samples *samples = timed_run(&c, 20000);
	struct qb_latency_record *record;

	samples->latency.backlog_growth = 30000; /* large, but up and down */
	record = qb_latency_record_make(samples);
	cr_expect_not(record->saturated);
	qb_latency_record_free(record);
	samples->latency.backlog_growth = 1900; /* steady, but below 1 % */
	samples->latency.backlog_rises = true;
	record = qb_latency_record_make(samples);
	cr_expect_not(record->saturated);
	qb_latency_record_free(record);
	free(samples);
}

Test(latency, queue_that_lies_has_none)
{
	const struct qb_case c = timed_case(16);
	struct qb_samples *bad = timed_run(&c, 20000);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	add(&result, timed_run(&c, 20000));
	bad->status = QB_STATUS_INCORRECT;
	add(&result, bad);
	settle(&result);
	expect_missing(&result, "latency_p50", "the case's status is incorrect");
	expect_missing(&result, "transit_p99.9", "the case's status is incorrect");
	qb_result_finish(&result);
}

Test(latency, messages_of_a_run_that_is_not_ok_are_no_reason)
{
	const struct qb_case c = timed_case(16);
	struct qb_samples *bad = timed_run(&c, 20000);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	bad->status = QB_STATUS_INVALID;
	add(&result, bad);
	settle(&result);
	expect_missing(&result, "latency_p99", "the case's status is invalid");
	add(&result, timed_run(&c, 9999));
	settle(&result);
	expect_missing(&result, "latency_p99", "9999 messages a run, and 10000 are needed");
	cr_expect_eq(metric_of(&result, "latency_p90")->n, 1);
	qb_result_finish(&result);
}

Test(latency, clocks_that_disagree_make_it_as_wrong)
{
	const struct qb_case c = timed_case(16);
	struct qb_samples *samples = timed_run(&c, 20000);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	samples->clock_disagreement_ppm = 55;
	add(&result, samples);
	settle(&result);
	for (size_t i = 0; i < result.warning_count; i++)
		if (strcmp(result.warnings[i].code, "clock") == 0)
			cr_expect(strstr(result.warnings[i].text,
			                 "55 ppm; latencies are from the CPU's counter"));
	cr_expect(warns(&result, "clock"));
	qb_result_finish(&result);
}

Test(latency, merged_histogram_of_each_run_is_kept)
{
	const struct qb_case c = timed_case(16);
	struct qb_samples *samples = timed_run(&c, 20000);
	struct qb_latency_record *record = qb_latency_record_make(samples);
	static struct qb_histogram read;
	struct qb_error error;

	cr_assert_eq(qb_histogram_decode(record->histograms[QB_LATENCY_TRANSIT], &read, &error), 0);
	cr_expect_arr_eq(read.counts, samples->latency.recorded.transit.counts,
	                 sizeof(read.counts));
	qb_latency_record_free(record);
	free(samples);
}

Test(latency, warns_of_a_clock_that_costs_a_large_part_or_is_the_kernels)
{
	const struct qb_case c = timed_case(16);
	struct qb_samples *samples = timed_run(&c, 100);
	struct qb_result result;

	qb_summary_begin(&result, &c);
	for (unsigned k = 0; k < 1000; k++)
		qb_histogram_record(&samples->latency.recorded.response, 90);
	samples->latency.timer_ns = 20;
	samples->latency.by_ticks = false;
	add(&result, samples);
	settle(&result);
	cr_expect(warns(&result, "timer-cost"));
	cr_expect(warns(&result, "timer"));
	qb_result_finish(&result);
}
