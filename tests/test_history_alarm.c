/* test_history_alarm -- series that end without a figure: what is listed, and how it ends. */
#include "tests/made_history.h"

/* Forty steady days, then one with that status. */
static struct qb_history ended_with(enum qb_status status)
{
	struct qb_history history = forty_days(1, 1);
	struct qb_document last = made(40, 1e8, 9e6);

	last.results[0].status = status;
	add(&history, last);
	return history;
}

/* No run of it has a figure, although all went well. */
static struct qb_document saturated(unsigned day)
{
	struct qb_document document = made(day, 1e8, 9e6);
	struct qb_metric *metric = document.results[0].metrics;

	metric->n = 0;
	snprintf(metric->reason, sizeof(metric->reason), "saturated at this rate");
	return document;
}

/* And another case, steady as ever. */
static void add_other(struct qb_history *history, unsigned day)
{
	struct qb_document other = made(day, 1e8, 9e6);

	snprintf(other.results[0].c.key, sizeof(other.results[0].c.key), "throughput/other");
	add(history, other);
}

Test(history_alarm, lists_a_gated_metric_without_a_figure_with_its_reason)
{
	struct qb_history history = forty_days(1, 1);
	struct qb_document silent = saturated(41), advisory = saturated(42);

	add(&history, saturated(40));
	silent.results[0].metrics[0].reason[0] = '\0';
	add(&history, silent);
	advisory.results[0].metrics[0].gated = false;
	add(&history, advisory);
	settle(&history, false);
	cr_assert_eq(history.failure_count, 2);
	cr_expect_str_eq(history.failures[0].reason, "throughput: saturated at this rate");
	cr_expect_eq(history.failures[0].file, 40);
	cr_expect_str_eq(history.failures[1].reason, "throughput: no run has a value");
	cr_expect_eq(history.series[0].point_count, 40);
	qb_history_finish(&history);
}

Test(history_alarm, is_for_a_metric_that_has_no_figure_any_more)
{
	struct qb_history history = forty_days(1, 1);

	for (unsigned day = 40; day < 65; day++)
		add(&history, saturated(day));
	settle(&history, false);
	cr_assert(history.series[0].missing);
	cr_expect_eq(history.series[0].missing->file, 64);
	cr_expect_eq(history.exit_code, 4);
	qb_history_finish(&history);
}

Test(history_alarm, tells_a_queue_that_lies_from_one_that_crashed)
{
	struct qb_history crashed = ended_with(QB_STATUS_CRASHED),
			  incorrect = ended_with(QB_STATUS_INCORRECT),
			  skipped = ended_with(QB_STATUS_SKIPPED);

	settle(&crashed, false);
	cr_expect_eq(crashed.exit_code, 4);
	settle(&incorrect, false);
	cr_expect_eq(incorrect.exit_code, 5);
	settle(&skipped, false);
	cr_expect_eq(skipped.exit_code, 0);
	qb_history_finish(&crashed);
	qb_history_finish(&incorrect);
	qb_history_finish(&skipped);
}

Test(history_alarm, without_a_figure_outranks_a_regression)
{
	struct qb_history history = forty_days(0.9, 1);

	add(&history, saturated(40));
	settle(&history, false);
	cr_expect_eq(history.regressions, 1);
	cr_expect_eq(history.exit_code, 4);
	qb_history_finish(&history);
}

Test(history_alarm, without_a_figure_is_none_unless_asked_for_or_if_advisory)
{
	const struct qb_history_request request = { .alarm = false };
	struct qb_history history = ended_with(QB_STATUS_INCORRECT);
	struct qb_error error;

	cr_assert_eq(qb_history_settle(&history, &request, &error), 0);
	cr_expect(history.series[0].missing);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
	history = ended_with(QB_STATUS_INCORRECT);
	history.series[0].gated = false;
	settle(&history, false);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history_alarm, is_none_for_a_case_that_never_had_a_figure)
{
	struct qb_history history = forty_days(1, 1);
	struct qb_document fresh = made(40, 1e8, 9e6);

	snprintf(fresh.results[0].c.key, sizeof(fresh.results[0].c.key), "throughput/other");
	fresh.results[0].status = QB_STATUS_CRASHED;
	add(&history, fresh);
	settle(&history, false);
	cr_expect_eq(history.failure_count, 1);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history_alarm, ends_with_the_next_figure)
{
	struct qb_history history = ended_with(QB_STATUS_INCORRECT);

	add(&history, made(41, 1e8, 9e6));
	settle(&history, false);
	cr_expect_null(history.series[0].missing);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history_alarm, of_a_case_that_is_no_longer_measured_ends)
{
	struct qb_history history = ended_with(QB_STATUS_CRASHED);

	for (unsigned day = 41; day < 60; day++)
		add_other(&history, day);
	settle(&history, false);
	cr_expect_eq(history.exit_code, 4, "in the 20th result from the end");
	qb_history_finish(&history);
	history = ended_with(QB_STATUS_CRASHED);
	for (unsigned day = 41; day < 61; day++)
		add_other(&history, day);
	settle(&history, false);
	cr_expect_eq(history.exit_code, 0, "in the 21st result from the end");
	qb_history_finish(&history);
}

Test(history_alarm, is_of_the_metric_that_has_no_figure_alone)
{
	struct qb_history history = forty_days(1, 1);
	struct qb_document last = saturated(40);

	snprintf(last.results[0].metrics[0].name, sizeof(last.results[0].metrics[0].name), "other");
	add(&history, last);
	settle(&history, false);
	cr_expect_eq(history.failure_count, 1);
	cr_expect_null(history.series[0].missing);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}
