/* test_change_points -- series whose changes are known, because they were put there. */
#include <criterion/criterion.h>

#include <math.h>

#include "harness/change_points.h"
#include "harness/random.h"

#define LEAST 0.025
#define MAX   400

/* The same noise of about 1 % for everyone: logs around a level. */
static void fill(double *values, size_t from, size_t to, double level)
{
	uint64_t state = 7 + from;

	for (size_t i = from; i < to; i++) {
		double sum = -6;

		for (unsigned k = 0; k < 12; k++)
			sum += (double)(qb_random_next(&state) >> 11) / 9007199254740992.0;
		values[i] = level + 0.01 * sum;
	}
}

static struct qb_change_points find(const double *values, size_t n)
{
	struct qb_change_points points;

	cr_assert_eq(qb_change_points_find(values, n, LEAST, &points), 0);
	return points;
}

static size_t distance(size_t a, size_t b) { return a > b ? a - b : b - a; }

Test(change_points, are_none_where_nothing_changes)
{
	double values[MAX];
	struct qb_change_points points;

	fill(values, 0, MAX, 18);
	points = find(values, MAX);
	cr_expect_eq(points.count, 0);
	cr_expect_not(points.drifting);
	qb_change_points_finish(&points);
}

Test(change_points, have_place_size_and_chance)
{
	double values[100];
	struct qb_change_points points;

	fill(values, 0, 60, 18);
	fill(values, 60, 100, 18 - 0.05);
	points = find(values, 100);
	cr_assert_eq(points.count, 1);
	cr_expect_leq(distance(points.points[0].at, 60), QB_CHANGE_POINTS_REACH);
	cr_expect_float_eq(points.points[0].shift.estimate, -0.05, 0.01);
	cr_expect_lt(points.points[0].shift.high, 0);
	cr_expect_eq(points.points[0].p, 0.0001);
	qb_change_points_finish(&points);
}

Test(change_points, are_found_each_in_a_stair)
{
	double values[120];
	struct qb_change_points points;

	fill(values, 0, 40, 18);
	fill(values, 40, 80, 18.1);
	fill(values, 80, 120, 18.2);
	points = find(values, 120);
	cr_assert_eq(points.count, 2);
	cr_expect_leq(distance(points.points[0].at, 40), QB_CHANGE_POINTS_REACH);
	cr_expect_leq(distance(points.points[1].at, 80), QB_CHANGE_POINTS_REACH);
	cr_expect_float_eq(points.points[0].shift.estimate, 0.1, 0.02);
	cr_expect_float_eq(points.points[1].shift.estimate, 0.1, 0.02);
	qb_change_points_finish(&points);
}

/* Of the values behind the first split most are as those before it: its own shift is small. */
Test(change_points, are_two_where_a_level_comes_back)
{
	double values[260];
	struct qb_change_points points;

	fill(values, 0, 100, 18);
	fill(values, 100, 160, 17.9);
	fill(values, 160, 260, 18);
	cr_assert_lt(fabs(qb_stats_shift(values, 100, values + 100, 160, 0.05).estimate), LEAST);
	points = find(values, 260);
	cr_assert_eq(points.count, 2);
	cr_expect_leq(distance(points.points[0].at, 100), QB_CHANGE_POINTS_REACH);
	cr_expect_leq(distance(points.points[1].at, 160), QB_CHANGE_POINTS_REACH);
	cr_expect_lt(points.points[0].shift.estimate, 0);
	cr_expect_gt(points.points[1].shift.estimate, 0);
	qb_change_points_finish(&points);
}

Test(change_points, smaller_than_what_matters_are_dropped)
{
	double values[200], statistic;
	struct qb_change_points points;
	size_t at;

	fill(values, 0, 100, 18);
	fill(values, 100, 200, 18.015);
	cr_assert_eq(qb_change_points_scan(values, 200, &statistic, &at), 0);
	cr_assert_gt(statistic, qb_change_points_threshold(200, 0.0001)); /* certain it is */
	points = find(values, 200);
	cr_expect_eq(points.count, 0);
	qb_change_points_finish(&points);
}

Test(change_points, are_not_shaken_by_outliers)
{
	double values[100];
	struct qb_change_points points;

	fill(values, 0, 100, 18);
	for (size_t i = 5; i < 100; i += 9)
		values[i] -= 0.5;
	points = find(values, 100);
	cr_expect_eq(points.count, 0);
	qb_change_points_finish(&points);
}

/* Six against six is the least that chance rarely does: 2 of 924 orders. */
Test(change_points, need_six_values_on_either_side)
{
	double values[12];
	struct qb_change_points points;

	for (size_t n = 0; n <= 12; n++) {
		fill(values, 0, n / 2, 18);
		fill(values, n / 2, n, 17);
		points = find(values, n);
		cr_expect_eq(points.count, n == QB_CHANGE_POINTS_CERTAIN ? 1u : 0u, "n %zu", n);
		qb_change_points_finish(&points);
	}
}

Test(change_points, are_doubted_in_a_series_that_wanders)
{
	double values[200], deviation = 0;
	struct qb_change_points points;

	fill(values, 0, 200, 0);
	for (size_t i = 0; i < 200; i++) {
		deviation = 0.9 * deviation + values[i];
		values[i] = deviation;
	}
	points = find(values, 200);
	cr_expect_gt(points.autocorrelation, 0.3);
	cr_expect(points.drifting);
	for (size_t i = 0; i < points.count; i++)
		cr_expect_leq(points.points[i].p, 0.001);
	qb_change_points_finish(&points);
}

Test(change_points, are_none_among_equal_values)
{
	double values[50];
	struct qb_change_points points;

	for (size_t i = 0; i < 50; i++)
		values[i] = 3;
	points = find(values, 50);
	cr_expect_eq(points.count, 0);
	cr_expect_eq(points.autocorrelation, 0);
	qb_change_points_finish(&points);
}

/* U = 0 of 4 and 4 values: (26 - 18) / sqrt(4 * 4 * 9 / 12). */
Test(change_points, statistic_is_the_standardized_rank_sum)
{
	static const double values[] = { 5, 6, 7, 8, 1, 2, 3, 4 };
	double statistic;
	size_t at;

	cr_assert_eq(qb_change_points_scan(values, 8, &statistic, &at), 0);
	cr_expect_float_eq(statistic, 8 / sqrt(12), 1e-12);
	cr_expect_eq(at, 4);
}

Test(change_points, threshold_grows_with_values_and_certainty)
{
	cr_expect_eq(qb_change_points_threshold(11, 0.005), INFINITY);
	for (size_t n = 24; n < 20000; n = n * 4 / 3) {
		const double usual = qb_change_points_threshold(n, 0.005);

		cr_expect_gt(qb_change_points_threshold(n * 4 / 3, 0.005), usual, "n %zu", n);
		cr_expect_gt(qb_change_points_threshold(n, 0.001), usual, "n %zu", n);
		cr_expect_gt(qb_change_points_threshold(n, 0.0001),
		             qb_change_points_threshold(n, 0.001), "n %zu", n);
	}
}
