/* test_history -- results put in order, what cannot stand beside the newest, what changed. */
#include <criterion/criterion.h>

#include "tests/made_history.h"

Test(history, stands_in_the_order_of_its_dates)
{
	struct qb_history history = forty_days(1, 1);

	settle(&history, false);
	cr_assert_eq(history.file_count, 40);
	cr_assert_eq(history.series_count, 1);
	cr_assert_eq(history.series[0].point_count, 40);
	for (unsigned i = 1; i < 40; i++) {
		cr_expect_lt(strcmp(history.files[i - 1].created, history.files[i].created), 0);
		cr_expect_eq(history.series[0].points[i].file, i);
		cr_expect_float_eq(history.series[0].points[i].value / 1e8, noise(i), 0.003);
	}
	qb_history_finish(&history);
}

Test(history, without_a_change_has_no_alarm)
{
	struct qb_history history = forty_days(1, 1);

	settle(&history, false);
	cr_expect(history.comparable);
	cr_expect(history.series[0].judged);
	cr_expect_eq(history.series[0].change_count, 0);
	cr_expect_float_eq(history.series[0].level / 1e8, 1, 0.01);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history, tells_a_regression_with_its_place_and_levels)
{
	struct qb_history history = forty_days(0.9, 1);
	const struct qb_history_change *change;

	settle(&history, false);
	cr_assert_eq(history.series[0].change_count, 1);
	change = &history.series[0].changes[0];
	cr_expect(change->regression);
	cr_expect_eq(change->at, 25);
	cr_expect_eq(change->earliest, 23);
	cr_expect_eq(change->latest, 27);
	cr_expect_float_eq(change->change_pct, -10, 1);
	cr_expect_lt(change->ci95_pct[0], change->change_pct);
	cr_expect_gt(change->ci95_pct[1], change->change_pct);
	cr_expect_float_eq(change->before / 1e8, 1, 0.01);
	cr_expect_float_eq(change->after / 1e8, 0.9, 0.01);
	cr_expect(change->recent);
	cr_expect_float_eq(change->control_change_pct, 0, 1e-9);
	cr_expect_eq(history.regressions, 1);
	cr_expect_eq(history.exit_code, 1);
	qb_history_finish(&history);
}

Test(history, improvement_is_no_alarm)
{
	struct qb_history history = forty_days(1.1, 1);

	settle(&history, false);
	cr_expect_eq(history.improvements, 1);
	cr_expect_eq(history.regressions, 0);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history, of_a_metric_that_rises_to_the_worse_is_a_regression)
{
	struct qb_history history = forty_days(1.2, 1);

	history.series[0].higher_is_better = false;
	snprintf(history.series[0].unit, sizeof(history.series[0].unit), "ns");
	settle(&history, false);
	cr_expect_eq(history.regressions, 1);
	cr_expect_float_eq(history.series[0].changes[0].change_pct, 20, 2);
	qb_history_finish(&history);
}

Test(history, regression_of_long_ago_is_no_alarm)
{
	struct qb_history history = { 0 };

	for (unsigned day = 0; day < 60; day++)
		add(&history, made(day, 1e8 * noise(day) * (day < 25 ? 1 : 0.9), 0));
	settle(&history, false);
	cr_expect_eq(history.regressions, 1);
	cr_expect_not(history.series[0].changes[0].recent);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

/* A case that was measured for forty days, then for `later` days only another. */
static struct qb_history ended_before(unsigned later)
{
	struct qb_history history = forty_days(0.9, 1);

	for (unsigned day = 40; day < 40 + later; day++) {
		struct qb_document other = made(day, 1e8 * noise(day), 9e6);

		snprintf(other.results[0].c.key, sizeof(other.results[0].c.key), "throughput/new");
		add(&history, other);
	}
	settle(&history, false);
	return history;
}

Test(history, regression_of_a_case_that_ended_long_ago_is_no_alarm)
{
	struct qb_history history = ended_before(5);

	cr_assert_eq(history.series[0].change_count, 1);
	cr_expect(history.series[0].changes[0].recent, "in the 20th result from the end");
	cr_expect_eq(history.exit_code, 1);
	qb_history_finish(&history);
	history = ended_before(6);
	cr_assert_eq(history.series[0].change_count, 1);
	cr_expect_not(history.series[0].changes[0].recent, "in the 21st result from the end");
	cr_expect_eq(history.regressions, 1);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history, results_that_are_left_out_make_no_regression_older)
{
	struct qb_history history = { 0 };

	for (unsigned day = 0; day < 60; day++) {
		struct qb_document document = made(day, 1e8 * noise(day) * (day < 25 ? 1 : 0.9), 0);

		if (day >= 40 && day < 59)
			snprintf(document.machine.fingerprint, 8, "two");
		add(&history, document);
	}
	settle(&history, false);
	cr_assert_eq(history.series[0].change_count, 1);
	cr_expect(history.series[0].changes[0].recent);
	cr_expect_eq(history.exit_code, 1);
	qb_history_finish(&history);
}

Test(history, advisory_regression_is_no_alarm)
{
	struct qb_history history = forty_days(0.9, 1);

	history.series[0].gated = false;
	settle(&history, false);
	cr_expect_eq(history.series[0].change_count, 1);
	cr_expect_eq(history.regressions, 0);
	cr_expect_eq(history.exit_code, 0);
	qb_history_finish(&history);
}

Test(history, control_tells_the_machine_and_takes_it_out)
{
	struct qb_history history = forty_days(0.9, 0.9);

	settle(&history, false);
	cr_assert_eq(history.series[0].change_count, 1);
	cr_expect_float_eq(history.series[0].changes[0].control_change_pct, -10, 1e-6);
	qb_history_finish(&history);
	history = forty_days(0.9, 0.9);
	settle(&history, true);
	cr_expect(history.normalized);
	cr_expect_eq(history.series[0].change_count, 0);
	qb_history_finish(&history);
}

Test(history, what_the_control_says_nothing_of_is_not_normalized)
{
	struct qb_history history = forty_days(1, 0.5);

	snprintf(history.series[0].unit, sizeof(history.series[0].unit), "B");
	settle(&history, true);
	cr_expect_eq(history.series[0].change_count, 0);
	qb_history_finish(&history);
	history = forty_days(1, 0.5);
	snprintf(history.series[0].unit, sizeof(history.series[0].unit), "ns");
	settle(&history, true);
	cr_assert_eq(history.series[0].change_count, 1);
	cr_expect_float_eq(history.series[0].changes[0].change_pct, -50, 1);
	qb_history_finish(&history);
}

Test(history, knows_what_normalizing_did_to_the_scatter)
{
	struct qb_history history = { 0 };

	for (unsigned day = 0; day < 12; day++)
		add(&history, made(day, 1e8 * noise(day), day % 3 ? 9e6 : 3e6));
	settle(&history, true);
	cr_expect_float_eq(history.series[0].scatter_before, 0.007, 0.005);
	cr_expect_gt(history.series[0].scatter, history.series[0].scatter_before);
	qb_history_finish(&history);
	history = forty_days(1, 1);
	settle(&history, false);
	cr_expect(isnan(history.series[0].scatter_before));
	qb_history_finish(&history);
}

Test(history, normalized_leaves_out_files_without_a_control)
{
	struct qb_history history = forty_days(1, 1);

	add(&history, made(50, 1e8, 0));
	settle(&history, true);
	cr_expect_str_eq(history.files[40].reason, "it has no control to normalize by");
	cr_expect_eq(history.used_count, 40);
	qb_history_finish(&history);
}

Test(history, leaves_out_other_machines_and_protocols)
{
	struct qb_history history = forty_days(1, 1);
	struct qb_document other = made(41, 2e8, 9e6), third = made(42, 2e8, 9e6);

	snprintf(other.machine.fingerprint, sizeof(other.machine.fingerprint), "two");
	snprintf(other.machine.kernel, sizeof(other.machine.kernel), "Linux 6.1");
	add(&history, other);
	snprintf(third.protocol_hash, sizeof(third.protocol_hash), "def");
	third.protocol.time_ns = 1000000000;
	add(&history, third);
	add(&history, made(43, 1e8, 9e6));
	settle(&history, false);
	cr_expect_str_eq(history.files[40].reason,
	                 "another machine: kernel 'Linux 6.1', the newest has 'Linux 6.18'");
	cr_expect(strstr(history.files[41].reason, "measured in another way: 1 s after"));
	cr_expect_eq(history.used_count, 41);
	cr_expect_eq(history.series[0].point_count, 41);
	cr_expect_eq(history.series[0].change_count, 0);
	qb_history_finish(&history);
}

Test(history, newest_decides_what_is_comparable)
{
	struct qb_history history = forty_days(1, 1);
	struct qb_document newest = made(50, 1e8, 9e6);

	snprintf(newest.machine.fingerprint, sizeof(newest.machine.fingerprint), "two");
	add(&history, newest);
	settle(&history, false);
	cr_expect_eq(history.used_count, 1);
	cr_expect_not(history.comparable);
	cr_expect_eq(history.exit_code, 4);
	cr_expect(strstr(history.files[0].reason, "fingerprint 'one', the newest has 'two'"));
	qb_history_finish(&history);
}

Test(history, counts_a_copy_once)
{
	struct qb_history history = { 0 };

	add(&history, made(1, 1e8, 9e6));
	add(&history, made(1, 1e8, 9e6));
	settle(&history, false);
	cr_expect_eq(history.used_count, 1);
	cr_expect(history.comparable);
	cr_expect_eq(history.exit_code, 0);
	cr_expect(strstr(history.files[1].reason, "the same result as"));
	cr_expect_not(history.series[0].judged);
	qb_history_finish(&history);
}

Test(history, lists_what_has_no_figure)
{
	struct qb_history history = { 0 };
	struct qb_document crashed = made(3, 1e8, 0), broken = made(4, 1e8, 0);

	crashed.results[0].status = QB_STATUS_CRASHED;
	snprintf(crashed.results[0].reason, sizeof(crashed.results[0].reason), "signal 11");
	add(&history, crashed);
	broken.results[0].metrics[0].values[2] = 0;
	add(&history, broken);
	add(&history, made(2, 1e8, 0));
	settle(&history, false);
	cr_assert_eq(history.failure_count, 2);
	cr_expect_str_eq(history.failures[0].reason, "crashed: signal 11");
	cr_expect_eq(history.failures[0].file, 1);
	cr_expect_eq(history.failures[1].file, 2);
	cr_expect_eq(history.series[0].point_count, 1);
	qb_history_finish(&history);
}

Test(history, of_crashes_alone_is_not_comparable)
{
	struct qb_history history = { 0 };
	struct qb_document crashed = made(3, 1e8, 0);

	crashed.results[0].status = QB_STATUS_CRASHED;
	add(&history, crashed);
	settle(&history, false);
	cr_expect_eq(history.series_count, 0);
	cr_expect_eq(history.exit_code, 4);
	qb_history_finish(&history);
}

Test(history, refuses_a_result_without_a_date)
{
	static const char *const dates[] = { "", "yesterday", "2026-03-01", "2026-03-01 03:17:00Z",
		                             "2026-03-01T03:17:00+01" };

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		struct qb_history history = { 0 };
		struct qb_document document = made(1, 1e8, 0);
		struct qb_error error;

		snprintf(document.created, sizeof(document.created), "%s", dates[i]);
		cr_expect_eq(qb_history_add(&history, "x.json", &document, &error), -EINVAL);
		cr_expect(strstr(error.text, "'x.json' does not tell when it was made"));
		qb_document_finish(&document);
		qb_history_finish(&history);
	}
}
