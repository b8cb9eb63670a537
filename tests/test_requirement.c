/* test_requirement -- minimum requirements: how they are written, and what is held against them. */
#include <criterion/criterion.h>

#include <math.h>

#include "harness/compare.h"
#include "harness/requirement.h"

#define RUNS 10

/* Values of ten runs around 100 M, 1 % apart. */
static const double around[RUNS] = { 99.1e6,  99.4e6,  99.6e6,  99.8e6,  100e6,
	                             100.1e6, 100.3e6, 100.4e6, 100.6e6, 101.0e6 };

static struct qb_requirement parse(const char *text)
{
	struct qb_requirement requirement;
	struct qb_error error;

	cr_assert_eq(qb_requirement_parse(text, &requirement, &error), 0, "%s", error.text);
	return requirement;
}

Test(requirement, reads_scope_metric_direction_and_number)
{
	const struct qb_requirement rate = parse("spsc: throughput >= 100M");
	const struct qb_requirement time = parse("latency_p99<=100us");
	const struct qb_requirement size = parse("  throughput/*/0,1:0 :memory <= 64 MiB ");

	cr_expect_str_eq(rate.scope, "spsc");
	cr_expect_str_eq(rate.metric, "throughput");
	cr_expect(rate.at_least);
	cr_expect_eq(rate.limit, 1e8);
	cr_expect_str_eq(time.scope, "");
	cr_expect(!time.at_least);
	cr_expect_eq(time.limit, 1e5);
	cr_expect_str_eq(size.scope, "throughput/*/0,1:0", "a key may hold a colon");
	cr_expect_eq(size.limit, 64.0 * 1048576);
}

Test(requirement, is_refused_with_a_sentence_where_anything_is_missing)
{
	static const char *const wrong[] = { "",
		                             "throughput",
		                             "throughput > 5",
		                             "throughput = 5",
		                             ">= 5",
		                             ": throughput >= 5",
		                             "throughput >=",
		                             "throughput >= x",
		                             "throughput >= -5",
		                             "throughput >= 0",
		                             "throughput >= nan",
		                             "throughput >= inf",
		                             "throughput >= 1e999",
		                             "throughput >= 5 apples",
		                             "throughput >= 5M 6",
		                             "two words >= 5" };
	struct qb_requirement requirement;
	struct qb_error error;

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++) {
		cr_expect_eq(qb_requirement_parse(wrong[index], &requirement, &error), -EINVAL,
		             "'%s'", wrong[index]);
		cr_expect(strstr(error.text, "write it as"), "%s", error.text);
	}
}

Test(requirement, concerns_queues_by_name_and_cases_by_key)
{
	const struct qb_requirement all = parse("throughput >= 1");
	const struct qb_requirement name = parse("mp*: throughput >= 1");
	const struct qb_requirement key = parse("*/p4c1/*: throughput >= 1");

	cr_expect(qb_requirement_concerns(&all, "throughput/spsc/p1c1/b1"));
	cr_expect(qb_requirement_concerns(&name, "throughput/mpmc/p1c1/b1"));
	cr_expect(qb_requirement_concerns(&name, "throughput/spsc..mpsc/p1c1/b1"), "the new side");
	cr_expect_not(qb_requirement_concerns(&name, "throughput/mpsc..spsc/p1c1/b1"));
	cr_expect(qb_requirement_concerns(&key, "throughput/mpmc/p4c1/b1"));
	cr_expect_not(qb_requirement_concerns(&key, "throughput/mpmc/p1c1/b1"));
}

static struct qb_comparison_document check(const char *text, const double *values, size_t count)
{
	const struct qb_requirement requirement = parse(text);
	const struct qb_requirement_cell cell = { .key = "throughput/spsc/p1c1/b1",
		                                  .metric = "throughput",
		                                  .unit = "msg/s",
		                                  .values = values,
		                                  .count = count,
		                                  .reason = count ? "" : "crashed" };
	struct qb_comparison_document document = { .fail_on = QB_SEVERITY_MINOR };
	struct qb_error error;

	cr_assert_eq(qb_requirement_check(&requirement, &cell, 1, &document), 0);
	cr_assert_eq(qb_compare_settle(&document, 0, &error), 0);
	return document;
}

static void expect(const char *text, size_t count, enum qb_verdict verdict, int exit_code)
{
	struct qb_comparison_document document = check(text, around, count);

	cr_assert_eq(document.requirement_count, 1);
	cr_expect_eq(document.requirements[0].verdict, verdict, "%s", text);
	cr_expect_eq(document.exit_code, exit_code, "%s: %d", text, document.exit_code);
	qb_comparison_finish(&document);
}

Test(requirement, is_met_or_not_where_the_whole_interval_says_so)
{
	expect("throughput >= 98M", RUNS, QB_VERDICT_NO_CHANGE, 0);
	expect("throughput >= 102M", RUNS, QB_VERDICT_REGRESSION, 1);
	expect("throughput <= 102M", RUNS, QB_VERDICT_NO_CHANGE, 0);
	expect("throughput <= 98M", RUNS, QB_VERDICT_REGRESSION, 1);
	expect("throughput >= 100M", RUNS, QB_VERDICT_INCONCLUSIVE, 3);
}

Test(requirement, of_too_few_runs_cannot_be_told)
{
	expect("throughput >= 1M", 5, QB_VERDICT_INCONCLUSIVE, 3);
}

Test(requirement, that_nothing_was_measured_for_is_invalid)
{
	struct qb_comparison_document document;

	expect("throughput >= 1M", 0, QB_VERDICT_INVALID, 4);
	document = check("mpsc: throughput >= 1M", around, RUNS);
	cr_expect_eq(document.requirement_count, 1);
	cr_expect_eq(document.requirements[0].verdict, QB_VERDICT_INVALID, "a typing error");
	qb_comparison_finish(&document);
	expect("throughputt >= 1M", RUNS, QB_VERDICT_INVALID, 4);
}
