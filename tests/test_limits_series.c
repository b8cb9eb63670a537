/* test_limits_series -- rounds add up to one figure for the sitting. */
#include <criterion/criterion.h>

#include "harness/limits_series.h"
#include "tests/sample_limits.h"

static void add_round(struct qb_limits_series *series, double factor, bool measured)
{
	struct qb_limits_document round = sample_limits();

	for (size_t i = 0; i < round.limits.count; i++) {
		struct qb_limit *limit = &round.limits.limits[i];

		limit->value *= factor;
		limit->min *= factor;
		limit->max *= factor;
		limit->measured = limit->measured && measured;
	}
	cr_assert_eq(qb_limits_series_add(series, &round.limits), 0);
	qb_limits_finish(&round.limits);
}

Test(limits_series, is_the_median_of_the_best_of_its_rounds)
{
	struct qb_limits_series series = { .round_count = 0 };
	const struct qb_limit *limit;

	add_round(&series, 1, true);
	add_round(&series, 9, true);
	add_round(&series, 2, true);
	limit = qb_limits_find(qb_limits_series_settle(&series), "rtt_one_line", 0, 1);
	cr_expect_float_eq(limit->value, 2 * 0.95 * 22, 1e-9, "the shortest round trips");
	cr_expect_float_eq(limit->min, 0.95 * 22, 1e-9);
	cr_expect_float_eq(limit->max, 9 * 1.05 * 22, 1e-9);
	cr_expect_eq(limit->n, 18);
	add_round(&series, 4, true);
	limit = qb_limits_find(qb_limits_series_settle(&series), "rtt_one_line", 0, 1);
	cr_expect_float_eq(limit->value, 3 * 0.95 * 22, 1e-9, "settled again");
	limit = qb_limits_find(&series.sum, "stream_8", 0, 1);
	cr_expect_float_eq(limit->value, 3 * 1.05 * 20e9 / 22, 1, "the fastest streams");
	qb_limits_series_finish(&series);
}

Test(limits_series, is_around_a_run_what_the_rounds_beside_it_were)
{
	struct qb_limits_series series = { .round_count = 0 };
	const struct qb_limits *around;

	add_round(&series, 1, true);
	add_round(&series, 4, true);
	add_round(&series, 16, true);
	around = qb_limits_series_around(&series, 1);
	cr_expect_float_eq(qb_limits_find(around, "rtt_one_line", 0, 1)->value, 8 * 0.95 * 22,
	                   1e-6);
	around = qb_limits_series_around(&series, 0);
	cr_expect_float_eq(qb_limits_find(around, "rtt_one_line", 0, 1)->value, 2 * 0.95 * 22,
	                   1e-6);
	around = qb_limits_series_around(&series, 2);
	cr_expect_float_eq(qb_limits_find(around, "rtt_one_line", 0, 1)->value, 16 * 0.95 * 22,
	                   1e-6, "the last round has none behind it");
	around = qb_limits_series_settle(&series);
	cr_expect_float_eq(qb_limits_find(around, "rtt_one_line", 0, 1)->value, 4 * 0.95 * 22, 1e-6,
	                   "settled again");
	qb_limits_series_finish(&series);
}

Test(limits_series, bridges_a_round_that_was_not_measured)
{
	struct qb_limits_series series = { .round_count = 0 };
	const struct qb_limit *limit;

	add_round(&series, 5, false);
	add_round(&series, 1, true);
	add_round(&series, 5, false);
	limit = qb_limits_find(qb_limits_series_settle(&series), "rtt_one_line", 0, 1);
	cr_assert(limit);
	cr_expect_float_eq(limit->value, 0.95 * 22, 1e-9);
	cr_expect_float_eq(limit->max, 1.05 * 22, 1e-9);
	qb_limits_series_finish(&series);
}

Test(limits_series, leaves_out_a_round_that_was_cut_short)
{
	struct qb_limits_series series = { .round_count = 0 };
	struct qb_limits_document cut = sample_limits();

	add_round(&series, 1, true);
	cut.limits.count = 3;
	cr_assert_eq(qb_limits_series_add(&series, &cut.limits), 0);
	cr_expect_eq(series.round_count, 1);
	qb_limits_finish(&cut.limits);
	qb_limits_series_finish(&series);
	cr_expect_eq(qb_limits_series_settle(&series)->count, 0, "of no round nothing");
}
