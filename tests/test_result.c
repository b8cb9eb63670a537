/* test_result.c -- the words of a result, and what may be said of an estimate. */
#include <criterion/criterion.h>
#include <math.h>

#include "harness/result.h"

Test(result, names_every_value_of_every_enumeration)
{
	for (int i = 0; i < QB_STATUS_COUNT; i++)
		cr_assert_neq(qb_status_name((enum qb_status)i), NULL, "status %d", i);
	for (int i = 0; i < QB_PIN_COUNT; i++)
		cr_assert_neq(qb_pin_name((enum qb_pin)i), NULL, "pin %d", i);
	for (int i = 0; i <= QB_API_ZEROCOPY; i++)
		cr_assert_neq(qb_api_name((enum qb_api)i), NULL, "api %d", i);
	for (int i = 0; i <= QB_WAIT_BLOCK; i++)
		cr_assert_neq(qb_wait_name((enum qb_wait)i), NULL, "wait %d", i);
	cr_assert_str_eq(qb_fault_name(QB_FAULT_CORRUPTED), "corrupted");
	cr_assert_str_eq(qb_status_name(QB_STATUS_COUNT), "unknown");
	cr_assert_str_eq(qb_pin_name(QB_PIN_COUNT), "unknown");
}

Test(result, says_nothing_of_an_estimate_that_its_n_does_not_carry)
{
	struct qb_estimate e = { .n = 1, .median = 2, .mean = 2, .min = 2, .max = 2, .hl = 2 };
	struct qb_estimate settled = qb_estimate_settled(&e);

	cr_assert_eq(settled.median, 2);
	cr_assert(isnan(settled.stddev) && isnan(settled.cv) && isnan(settled.ci95[0]));
	e.n = 0;
	settled = qb_estimate_settled(&e);
	cr_assert(isnan(settled.median) && isnan(settled.hl) && isnan(settled.max));
	e = (struct qb_estimate){
		.n = 9, .has_ci95 = true, .ci95 = { -INFINITY, 3 }, .mean = INFINITY
	};
	settled = qb_estimate_settled(&e);
	cr_assert_not(settled.has_ci95);
	cr_assert(isnan(settled.mean));
}

Test(result, frees_all_it_owns_and_can_be_finished_twice)
{
	struct qb_document document = { .result_count = 1 };

	document.results = calloc(1, sizeof(*document.results));
	document.results[0].metrics = calloc(1, sizeof(struct qb_metric));
	document.results[0].metric_count = 1;
	document.results[0].metrics[0].values = calloc(4, sizeof(double));
	document.results[0].runs = calloc(1, sizeof(struct qb_run_record));
	document.results[0].run_count = 1;
	document.results[0].runs[0].interval_messages = calloc(4, sizeof(uint32_t));
	document.command_memory = calloc(1, 1);
	qb_document_finish(&document);
	cr_assert_eq(document.results, NULL);
	cr_assert_eq(document.result_count, 0);
	qb_document_finish(&document);
}
