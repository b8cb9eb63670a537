/* test_compare -- two recordings held against each other: every verdict, every reason not to. */
#include <criterion/criterion.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "harness/compare.h"

#define RUNS 10

static const double steady[RUNS] = {
	9.81, 10.12, 9.95, 10.31, 9.77, 10.05, 9.90, 10.22, 9.60, 10.01
};

/* A document of `count` cases, each with the steady values times `factor`. */
static struct qb_document *document(unsigned count, double factor)
{
	struct qb_document *made = calloc(1, sizeof(*made));

	snprintf(made->machine.fingerprint, sizeof(made->machine.fingerprint), "abc");
	snprintf(made->machine.cpu, sizeof(made->machine.cpu), "Some CPU");
	snprintf(made->machine.hypervisor, sizeof(made->machine.hypervisor), "none");
	snprintf(made->protocol_hash, sizeof(made->protocol_hash), "def");
	made->protocol.time_ns = 300000000;
	made->result_count = count;
	made->results = calloc(count, sizeof(*made->results));
	for (unsigned index = 0; index < count; index++) {
		struct qb_result *result = &made->results[index];
		struct qb_metric *metric = calloc(1, sizeof(*metric));

		snprintf(result->c.key, sizeof(result->c.key), "throughput/spsc/case%u", index);
		result->metric_count = 1;
		result->metrics = metric;
		snprintf(metric->name, sizeof(metric->name), "throughput");
		snprintf(metric->unit, sizeof(metric->unit), "msg/s");
		metric->higher_is_better = metric->gated = true;
		metric->n = RUNS;
		metric->values = calloc(RUNS, sizeof(double));
		for (unsigned run = 0; run < RUNS; run++)
			metric->values[run] = steady[run] * factor * 1e7;
	}
	return made;
}

static void drop(struct qb_document *made)
{
	qb_document_finish(made);
	free(made);
}

static struct qb_comparison_document compare(const struct qb_document *base,
                                             const struct qb_document *fresh, bool force,
                                             double recording_sd)
{
	struct qb_comparison_document made = { .fail_on = QB_SEVERITY_MINOR };
	const struct qb_compare_request request = {
		.base = base, .fresh = fresh, .force = force, .recording_sd = recording_sd
	};
	struct qb_error error;

	cr_assert_eq(qb_compare_recordings(&request, &made, &error), 0, "%s", error.text);
	cr_assert_eq(qb_compare_settle(&made, 0, &error), 0, "%s", error.text);
	return made;
}

static void expect_verdict(double factor, double recording_sd, enum qb_verdict verdict, int code)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, factor);
	struct qb_comparison_document made = compare(base, fresh, false, recording_sd);

	cr_assert_eq(made.comparison_count, 1);
	cr_expect_eq(made.comparisons[0].judgement.verdict, verdict, "factor %g: %s", factor,
	             qb_verdict_name(made.comparisons[0].judgement.verdict));
	cr_expect_eq(made.exit_code, code, "factor %g", factor);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, each_verdict_has_its_exit_code)
{
	expect_verdict(1.0, 0, QB_VERDICT_NO_CHANGE, 0);
	expect_verdict(0.85, 0, QB_VERDICT_REGRESSION, 1);
	expect_verdict(1.2, 0, QB_VERDICT_IMPROVEMENT, 0);
	expect_verdict(0.975, 0, QB_VERDICT_INCONCLUSIVE, 3);
}

Test(compare, sittings_that_differ_make_a_small_loss_inconclusive)
{
	expect_verdict(0.94, 0.03, QB_VERDICT_INCONCLUSIVE, 3);
}

Test(compare, assumption_about_recordings_is_told)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 1);
	struct qb_comparison_document made = compare(base, fresh, false, NAN);

	cr_expect(made.recording.assumed);
	cr_expect_float_eq(made.recording.sd, 0.01, 1e-12);
	snprintf(base->machine.hypervisor, sizeof(base->machine.hypervisor), "KVM");
	qb_comparison_finish(&made);
	made = compare(base, fresh, false, NAN);
	cr_expect_float_eq(made.recording.sd, 0.03, 1e-12);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, another_machine_is_not_comparable_unless_forced)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 1);
	struct qb_comparison_document made;

	snprintf(fresh->machine.fingerprint, sizeof(fresh->machine.fingerprint), "xyz");
	snprintf(fresh->machine.cpu, sizeof(fresh->machine.cpu), "Other CPU");
	made = compare(base, fresh, false, 0);
	cr_assert_eq(made.difference_count, 1);
	cr_expect(strstr(made.differences[0].text, "Other CPU"), "%s", made.differences[0].text);
	cr_expect_eq(made.comparisons[0].judgement.verdict, QB_VERDICT_INVALID);
	cr_expect_eq(made.exit_code, 4);
	qb_comparison_finish(&made);
	made = compare(base, fresh, true, 0);
	cr_expect_eq(made.comparisons[0].judgement.verdict, QB_VERDICT_NO_CHANGE);
	cr_expect_eq(made.exit_code, 0);
	cr_expect_eq(made.difference_count, 1, "forced, but told");
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, another_protocol_names_what_differs)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 1);
	struct qb_comparison_document made;

	snprintf(fresh->protocol_hash, sizeof(fresh->protocol_hash), "other");
	fresh->protocol.time_ns = 100000000;
	made = compare(base, fresh, false, 0);
	cr_assert_eq(made.difference_count, 1);
	cr_expect(strstr(made.differences[0].text, "'0.3'"), "%s", made.differences[0].text);
	cr_expect_eq(made.exit_code, 4);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

static void put_control(struct qb_document *made, double factor)
{
	made->control.n = RUNS;
	made->control.values = calloc(RUNS, sizeof(double));
	snprintf(made->control.name, sizeof(made->control.name), "ping-pong/1");
	for (unsigned i = 0; i < RUNS; i++)
		made->control.values[i] = steady[i] * 1e6 * factor;
}

Test(compare, machine_that_drifted_is_not_comparable_unless_forced)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 1);
	struct qb_comparison_document made;

	put_control(base, 1);
	put_control(fresh, 0.8);
	made = compare(base, fresh, false, 0);
	cr_assert_eq(made.difference_count, 1);
	cr_expect_str_eq(made.differences[0].code, "control");
	cr_expect_eq(made.comparisons[0].judgement.verdict, QB_VERDICT_INVALID);
	cr_expect(strstr(made.comparisons[0].reason, "the machine itself"), "%s",
	          made.comparisons[0].reason);
	cr_expect_eq(made.exit_code, 4);
	qb_comparison_finish(&made);
	made = compare(base, fresh, true, 0);
	cr_expect_eq(made.comparisons[0].judgement.verdict, QB_VERDICT_NO_CHANGE);
	cr_expect_eq(made.exit_code, 0);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, results_without_a_control_are_compared)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 1);
	struct qb_comparison_document made;

	put_control(fresh, 1);
	made = compare(base, fresh, false, 0);
	cr_expect_eq(made.comparisons[0].judgement.verdict, QB_VERDICT_NO_CHANGE);
	cr_expect_not(made.drift.known);
	cr_expect_str_eq(made.drift.reason, "base has no control");
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

static int normalize(const struct qb_document *base, const struct qb_document *fresh,
                     struct qb_comparison_document *made, struct qb_error *error)
{
	const struct qb_compare_request request = {
		.base = base, .fresh = fresh, .force = true, .normalize = true
	};

	*made = (struct qb_comparison_document){ .fail_on = QB_SEVERITY_MINOR };
	return qb_compare_recordings(&request, made, error);
}

Test(compare, normalizing_takes_out_what_the_machine_changed_by)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 0.8);
	struct qb_comparison_document plain, made;
	struct qb_error error;

	put_control(base, 1);
	put_control(fresh, 0.8);
	plain = compare(base, fresh, true, 0);
	cr_expect_float_eq(plain.comparisons[0].judgement.change_pct, -20, 1e-6);
	cr_assert_eq(normalize(base, fresh, &made, &error), 0, "%s", error.text);
	cr_expect(made.normalized);
	cr_expect_float_eq(made.comparisons[0].judgement.change_pct, 0, 1e-6);
	cr_expect_gt(made.comparisons[0].judgement.no_change.high -
	                     made.comparisons[0].judgement.no_change.low,
	             plain.comparisons[0].judgement.no_change.high -
	                     plain.comparisons[0].judgement.no_change.low,
	             "what is not known of the drift is not known of the change");
	qb_comparison_finish(&plain);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, normalizing_needs_a_control_with_an_interval)
{
	struct qb_document *base = document(1, 1), *fresh = document(1, 1);
	struct qb_comparison_document made;
	struct qb_error error;

	cr_expect_eq(normalize(base, fresh, &made, &error), -EINVAL);
	cr_expect(strstr(error.text, "base has no control"), "%s", error.text);
	qb_comparison_finish(&made);
	put_control(base, 1);
	put_control(fresh, 1);
	fresh->control.n = 1;
	cr_expect_eq(normalize(base, fresh, &made, &error), -EINVAL);
	cr_expect(strstr(error.text, "base has 10, new has 1"), "%s", error.text);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, cases_of_one_side_alone_are_listed)
{
	struct qb_document *base = document(3, 1), *fresh = document(2, 1);
	struct qb_comparison_document made;

	snprintf(fresh->results[0].c.key, sizeof(fresh->results[0].c.key), "new-one");
	made = compare(base, fresh, false, 0);
	cr_expect_eq(made.comparison_count, 1);
	cr_expect_eq(made.missing_count, 2);
	cr_expect_str_eq(made.missing[0], "throughput/spsc/case0");
	cr_expect_eq(made.added_count, 1);
	cr_expect_str_eq(made.added[0], "new-one");
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}

Test(compare, case_that_broke_on_the_new_side_is_invalid_or_incorrect)
{
	struct qb_document *base = document(2, 1), *fresh = document(2, 1);
	struct qb_comparison_document made;

	fresh->results[1].status = QB_STATUS_CRASHED;
	made = compare(base, fresh, false, 0);
	cr_expect_eq(made.exit_code, 4);
	cr_expect_eq(made.counts[QB_VERDICT_INVALID], 1);
	cr_expect_eq(made.counts[QB_VERDICT_NO_CHANGE], 1);
	qb_comparison_finish(&made);
	fresh->results[1].status = QB_STATUS_INCORRECT;
	made = compare(base, fresh, false, 0);
	cr_expect_eq(made.exit_code, 5);
	qb_comparison_finish(&made);
	drop(base);
	drop(fresh);
}
