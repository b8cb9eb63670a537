/* test_limits_stock -- what is known of a pair, what is missing, what takes the place of what. */
#include <criterion/criterion.h>

#include "harness/limits_stock.h"
#include "tests/sample_limits.h"

static const struct qb_cpu_pair smt = { 0, 1, QB_RELATION_SMT };
static const struct qb_cpu_pair turned = { 1, 0, QB_RELATION_SMT };
static const struct qb_cpu_pair unknown = { 4, 5, QB_RELATION_SMT };
static const struct qb_cpu_pair silent = { 2, 8, QB_RELATION_CROSS };

Test(limits_stock, misses_what_was_never_or_not_all_measured)
{
	const struct qb_cpu_pair wanted[] = { smt, unknown, turned, silent };
	struct qb_limits_document document = sample_limits();
	struct qb_cpu_pair missing[4];

	cr_assert_eq(qb_limits_stock_missing(&document.limits, wanted, 4, missing), 2);
	cr_expect_eq(missing[0].cpu_a, 4);
	cr_expect_eq(missing[1].cpu_b, 8);
	qb_limits_finish(&document.limits);
}

Test(limits_stock, misses_what_was_disturbed)
{
	struct qb_limits_document document = sample_limits();
	struct qb_limits *limits = &document.limits;

	cr_assert(qb_limits_stock_has(limits, &smt));
	for (size_t i = 0, spoiled = 0; i < limits->count && spoiled < 6; i++) {
		if (limits->limits[i].pair.cpu_b != 1 || limits->limits[i].pair.cpu_a != 0)
			continue;
		limits->limits[i].max = 2 * limits->limits[i].min;
		spoiled++;
		cr_expect_eq(qb_limits_stock_has(limits, &smt), spoiled <= 5);
	}
	qb_limits_finish(limits);
}

Test(limits_stock, takes_a_clock_offset_for_no_disturbance)
{
	const struct qb_limit offset = {
		.name = "clock_offset", .measured = true, .value = 20, .min = 10, .max = 30, .n = 6
	};
	const struct qb_limit rtt = {
		.name = "rtt_one_line", .measured = true, .value = 20, .min = 10, .max = 30, .n = 6
	};

	cr_expect_not(qb_limits_is_disturbed(&offset));
	cr_expect(qb_limits_is_disturbed(&rtt));
}

Test(limits_stock, knows_a_cpu_alone_where_there_is_no_second)
{
	const struct qb_cpu_pair single = { 0, QB_CPU_NONE, QB_RELATION_SELF };
	struct qb_limits_document document = sample_limits();
	struct qb_limits *limits = &document.limits;

	limits->limits[limits->count] = (struct qb_limit){ .name = "rtt_one_line",
		                                           .pair = single,
		                                           .reason = "needs two CPUs" };
	limits->count++;
	cr_expect(qb_limits_stock_has(limits, &single));
	qb_limits_finish(limits);
}

Test(limits_stock, replaces_a_pair_whole_and_keeps_the_others)
{
	struct qb_limits_document stock = sample_limits(), fresh = sample_limits();
	const size_t count = stock.limits.count, pair_count = stock.limits.pair_count;

	/* Of the fresh ones only one limit of the pair 0-1, in the other order. */
	fresh.limits.pairs[0] = turned;
	fresh.limits.pair_count = 1;
	fresh.limits.limits[0] = fresh.limits.limits[2];
	fresh.limits.limits[0].pair = turned;
	fresh.limits.limits[0].value = 99;
	fresh.limits.count = 1;
	cr_assert_eq(qb_limits_stock_put(&stock.limits, &fresh.limits), 0);
	cr_expect_eq(stock.limits.count, count - PER_PAIR + 1);
	cr_expect_eq(stock.limits.pair_count, pair_count);
	cr_expect_eq(qb_limits_find(&stock.limits, "rtt_one_line", 0, 1)->value, 99);
	cr_expect_null(qb_limits_find(&stock.limits, "stream_1", 0, 1));
	cr_expect(qb_limits_find(&stock.limits, "stream_1", 0, 2));
	qb_limits_finish(&stock.limits);
	qb_limits_finish(&fresh.limits);
}

Test(limits_stock, keeps_a_pair_that_was_not_reached_again)
{
	struct qb_limits_document stock = sample_limits(), fresh = sample_limits();

	fresh.limits.count = 0; /* all pairs were asked for, and interrupted before the first */
	fresh.limits.interrupted = true;
	cr_assert_eq(qb_limits_stock_put(&stock.limits, &fresh.limits), 0);
	cr_expect(qb_limits_stock_has(&stock.limits, &smt));
	cr_expect(stock.limits.interrupted);
	qb_limits_finish(&stock.limits);
	qb_limits_finish(&fresh.limits);
}

Test(limits_stock, picks_the_pairs_asked_for_once)
{
	const struct qb_cpu_pair wanted[] = { turned, unknown, smt };
	struct qb_limits_document stock = sample_limits();
	struct qb_limits picked;

	cr_assert_eq(qb_limits_stock_pick(&stock.limits, wanted, 3, &picked), 0);
	cr_expect_eq(picked.pair_count, 1);
	cr_expect_eq(picked.count, PER_PAIR);
	qb_limits_finish(&picked);
	qb_limits_finish(&stock.limits);
}
