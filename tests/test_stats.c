/* test_stats -- rank distributions and intervals against published and independent values. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "harness/quantiles.h"
#include "harness/stats.h"
#include "tests/reference_values.h"

static const double levels[] = { 0.05, 0.01, 0.002 };

static void take_logs(const double *values, size_t n, double *ret_logs)
{
	for (size_t i = 0; i < n; i++)
		ret_logs[i] = log(values[i]);
}

static void expect_interval(struct qb_interval got, double estimate, double low, double high)
{
	cr_expect(got.exists);
	cr_expect_float_eq(got.estimate, estimate, 1e-6, "estimate %.9f", got.estimate);
	cr_expect_float_eq(got.low, low, 1e-6, "low %.9f", got.low);
	cr_expect_float_eq(got.high, high, 1e-6, "high %.9f", got.high);
}

Test(stats, indices_match_the_published_tables)
{
	for (size_t row = 0; row < COUNT(index_rows); row++) {
		const struct index_row *r = &index_rows[row];

		for (size_t i = 0; i < 3; i++) {
			cr_expect_eq(qb_stats_mann_whitney_index(r->n, r->n, levels[i]),
			             r->mann_whitney[i], "U, n %zu, level %g", r->n, levels[i]);
			cr_expect_eq(qb_stats_signed_rank_index(r->n, levels[i]), r->signed_rank[i],
			             "W, n %zu, level %g", r->n, levels[i]);
		}
		for (size_t i = 0; i < 2; i++)
			cr_expect_eq(qb_stats_sign_index(r->n, levels[i]), r->sign[i],
			             "sign, n %zu, level %g", r->n, levels[i]);
	}
}

Test(stats, smallest_n_with_an_interval)
{
	static const struct {
		double alpha;
		size_t each, pairs;
	} rows[] = { { .05, 4, 6 },     { .01, 5, 8 },    { .0025, 6, 10 }, { .002, 7, 10 },
		     { .00083, 7, 12 }, { .0005, 8, 12 }, { .00017, 8, 14 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const size_t each = rows[i].each, pairs = rows[i].pairs;

		cr_expect_gt(qb_stats_mann_whitney_index(each, each, rows[i].alpha), 0);
		cr_expect_eq(qb_stats_mann_whitney_index(each - 1, each - 1, rows[i].alpha), 0);
		cr_expect_gt(qb_stats_signed_rank_index(pairs, rows[i].alpha), 0);
		cr_expect_eq(qb_stats_signed_rank_index(pairs - 1, rows[i].alpha), 0);
	}
	cr_expect_gt(qb_stats_signed_rank_index(15, .0001), 0);
	cr_expect_eq(qb_stats_signed_rank_index(14, .0001), 0);
}

Test(stats, normal_approximation_takes_over_smoothly)
{
	const size_t exact = qb_stats_signed_rank_index(300, .01);
	const size_t beyond = qb_stats_signed_rank_index(301, .01);

	cr_expect_gt(beyond, exact); /* one more pair: about 301 / 2 steps */
	cr_expect_lt(beyond, exact + 200);
	cr_expect_geq(qb_stats_mann_whitney_index(60, 61, .01), 1311);
	cr_expect_lt(qb_stats_mann_whitney_index(60, 61, .01), 1311 + 40);
}

Test(stats, signed_rank_intervals_of_paired_logs)
{
	double to_b[SAMPLE_SIZE], to_c[SAMPLE_SIZE];

	for (size_t i = 0; i < SAMPLE_SIZE; i++) {
		to_b[i] = log(sample_a[i]) - log(sample_b[i]);
		to_c[i] = log(sample_a[i]) - log(sample_c[i]);
	}
	for (size_t i = 0; i < COUNT(paired_rows); i++) {
		expect_interval(qb_stats_signed_rank(to_b, SAMPLE_SIZE, paired_rows[i].alpha),
		                paired_rows[i].b[0], paired_rows[i].b[1], paired_rows[i].b[2]);
		expect_interval(qb_stats_signed_rank(to_c, SAMPLE_SIZE, paired_rows[i].alpha),
		                paired_rows[i].c[0], paired_rows[i].c[1], paired_rows[i].c[2]);
	}
}

Test(stats, shift_intervals_of_two_samples)
{
	double log_a[SAMPLE_SIZE], log_b[SAMPLE_SIZE], log_c[SAMPLE_SIZE];

	take_logs(sample_a, SAMPLE_SIZE, log_a);
	take_logs(sample_b, SAMPLE_SIZE, log_b);
	take_logs(sample_c, SAMPLE_SIZE, log_c);
	for (size_t i = 0; i < COUNT(shift_rows); i++) {
		/* From x to a: ln a - ln x. */
		expect_interval(
			qb_stats_shift(log_b, SAMPLE_SIZE, log_a, SAMPLE_SIZE, shift_rows[i].alpha),
			shift_rows[i].b[0], shift_rows[i].b[1], shift_rows[i].b[2]);
		expect_interval(
			qb_stats_shift(log_c, SAMPLE_SIZE, log_a, SAMPLE_SIZE, shift_rows[i].alpha),
			shift_rows[i].c[0], shift_rows[i].c[1], shift_rows[i].c[2]);
	}
}

Test(stats, rank_sum_p_is_exact)
{
	const double low[] = { 1, 2, 3, 4 }, high[] = { 5, 6, 7, 8 }, same[] = { 3, 3 };

	cr_expect_float_eq(qb_stats_mann_whitney_p(sample_a, SAMPLE_SIZE, sample_b, SAMPLE_SIZE),
	                   0.00007578, 1e-8);
	cr_expect_float_eq(qb_stats_mann_whitney_p(sample_a, SAMPLE_SIZE, sample_c, SAMPLE_SIZE),
	                   0.97051246, 1e-8);
	cr_expect_float_eq(qb_stats_mann_whitney_p(sample_c, SAMPLE_SIZE, sample_a, SAMPLE_SIZE),
	                   0.97051246, 1e-8);
	cr_expect_float_eq(qb_stats_mann_whitney_p(low, 4, high, 4), 2.0 / 70, 1e-12);
	cr_expect_float_eq(qb_stats_mann_whitney_p(same, 2, same, 2), 1, 1e-12);
	cr_expect_eq(qb_stats_mann_whitney_u(same, 2, (double[]){ 1, 3 }, 2), 3);
}

Test(stats, too_few_values_have_no_interval)
{
	const struct qb_interval interval = qb_stats_signed_rank(sample_a, 5, .05);

	cr_expect(!interval.exists);
	cr_expect(isinf(interval.low) && interval.low < 0);
	cr_expect(isinf(interval.high) && interval.high > 0);
	cr_expect_float_eq(interval.estimate, 9.99, .05);
	cr_expect(!qb_stats_shift(sample_a, 3, sample_b, 3, .05).exists);
	cr_expect_eq(qb_stats_signed_rank(sample_a, 1, .05).estimate, sample_a[0]);
}

Test(stats, constant_values_have_an_interval_of_no_width)
{
	const double same[8] = { 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5 };

	expect_interval(qb_stats_signed_rank(same, 8, .05), 2.5, 2.5, 2.5);
	expect_interval(qb_stats_shift(same, 8, same, 8, .05), 0, 0, 0);
	cr_expect_eq(qb_stats_mad(same, 8), 0);
	cr_expect_eq(qb_stats_stddev(same, 8), 0);
}

static int compare(const void *left, const void *right)
{
	const double x = *(const double *)left, y = *(const double *)right;

	return (x > y) - (x < y);
}

/* Against a plain sort of all averages, with negative values, ties and more than fit the stack. */
Test(stats, selection_agrees_with_sorting_all_averages)
{
	enum { MANY = 600, AVERAGES = MANY * (MANY + 1) / 2 };
	static double values[MANY], averages[AVERAGES];
	size_t count = 0, index = qb_stats_signed_rank_index(MANY, .01);
	uint64_t state = 7;

	for (size_t i = 0; i < MANY; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		values[i] = (double)(state >> 52) / 16 - 128;
	}
	for (size_t i = 0; i < MANY; i++)
		for (size_t j = i; j < MANY; j++)
			averages[count++] = (values[i] + values[j]) / 2;
	qsort(averages, AVERAGES, sizeof(*averages), compare);
	expect_interval(qb_stats_signed_rank(values, MANY, .01),
	                (averages[AVERAGES / 2 - 1] + averages[AVERAGES / 2]) / 2,
	                averages[index - 1], averages[AVERAGES - index]);
}

Test(stats, location_and_spread)
{
	const double odd[] = { 3, -1, 2 }, even[] = { 4, 1, 3, 2 };
	const double wild[] = { 1, 1, 2, 2, 4, 6, 9 };

	cr_expect_eq(qb_stats_median(odd, 3), 2);
	cr_expect_eq(qb_stats_median(even, 4), 2.5);
	cr_expect_eq(qb_stats_median(odd + 1, 1), -1);
	cr_expect_eq(qb_stats_mean(even, 4), 2.5);
	cr_expect_float_eq(qb_stats_stddev(even, 4), sqrt(5.0 / 3), 1e-12);
	cr_expect_eq(qb_stats_stddev(even, 1), 0);
	cr_expect_eq(qb_stats_mad(wild, 7), 1);
	cr_expect_float_eq(qb_stats_quantile(even, 4, .25), 1.75, 1e-12);
	cr_expect_eq(qb_stats_quantile(even, 4, 0), 1);
	cr_expect_eq(qb_stats_quantile(even, 4, 1), 4);
}

Test(stats, median_interval_is_made_of_order_statistics)
{
	const struct qb_interval interval = qb_stats_median_interval(sample_a, SAMPLE_SIZE, .05);

	expect_interval(interval, (9.95 + 10.01) / 2, 9.77, 10.22);
	cr_expect(!qb_stats_median_interval(sample_a, 5, .05).exists);
}

Test(stats, jain_is_one_for_equal_shares_and_one_nth_for_one_taker)
{
	cr_expect_eq(qb_stats_jain((double[]){ 7, 7, 7, 7 }, 4), 1);
	cr_expect_eq(qb_stats_jain((double[]){ 0, 9, 0, 0 }, 4), .25);
	cr_expect_eq(qb_stats_jain((double[]){ 0, 0 }, 2), 1);
	cr_expect_float_eq(qb_stats_jain((double[]){ 1, 3 }, 2), .8, 1e-12);
}

Test(quantiles, match_the_published_values)
{
	for (size_t i = 0; i < COUNT(student_rows); i++)
		cr_expect_float_eq(
			qb_quantiles_student(student_rows[i].alpha, student_rows[i].degrees),
			student_rows[i].t, 1e-4);
	cr_expect_float_eq(qb_quantiles_normal(.975), 1.959964, 1e-6);
	cr_expect_float_eq(qb_quantiles_normal(.995), 2.575829, 1e-6);
	cr_expect_float_eq(qb_quantiles_normal(.5), 0, 1e-12);
	cr_expect_float_eq(qb_quantiles_student(.05, 1e6), 1.959966, 1e-5);
}
