/* test_stats -- rank distributions and intervals against published and independent values. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "harness/quantiles.h"
#include "harness/stats.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define N            10

static const double a[N] = { 9.81, 10.12, 9.95, 10.31, 9.77, 10.05, 9.90, 10.22, 9.60, 10.01 };
static const double b[N] = { 9.31, 9.62, 9.40, 9.71, 9.22, 9.58, 9.37, 9.66, 9.05, 9.47 };
static const double c[N] = { 9.75, 10.20, 9.88, 10.25, 9.85, 9.99, 9.93, 10.30, 9.52, 10.08 };

/* Indices for n pairs, or n against n: Mann-Whitney, signed-rank at .05, .01, .002; sign at .05,
 * .01.  The critical values of textbooks are these less 1. */
static const struct index_row {
	size_t n, mann_whitney[3], signed_rank[3], sign[2];
} index_rows[] = {
	{ 4, { 1, 0, 0 }, { 0, 0, 0 }, { 0, 0 } },
	{ 5, { 3, 1, 0 }, { 0, 0, 0 }, { 0, 0 } },
	{ 6, { 6, 3, 0 }, { 1, 0, 0 }, { 1, 0 } },
	{ 7, { 9, 5, 2 }, { 3, 0, 0 }, { 1, 0 } },
	{ 8, { 14, 8, 5 }, { 4, 1, 0 }, { 1, 1 } },
	{ 9, { 18, 12, 8 }, { 6, 2, 0 }, { 2, 1 } },
	{ 10, { 24, 17, 11 }, { 9, 4, 1 }, { 2, 1 } },
	{ 12, { 38, 28, 21 }, { 14, 8, 3 }, { 3, 2 } },
	{ 15, { 65, 52, 41 }, { 26, 16, 9 }, { 4, 3 } },
	{ 20, { 128, 106, 89 }, { 53, 38, 27 }, { 6, 4 } },
	{ 25, { 212, 181, 156 }, { 90, 69, 52 }, { 8, 6 } },
	{ 30, { 318, 277, 245 }, { 138, 110, 87 }, { 10, 8 } },
	{ 40, { 597, 534, 483 }, { 265, 221, 186 }, { 14, 12 } },
	{ 50, { 966, 878, 806 }, { 435, 374, 324 }, { 18, 16 } },
	{ 60, { 1427, 1311, 1216 }, { 649, 568, 502 }, { 22, 20 } },
};

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
	static const struct {
		double alpha, b[3], c[3];
	} rows[] = {
		{ .05, { .055456, .052313, .057931 }, { -.000417, -.007383, .006448 } },
		{ .01, { .055456, .050669, .058950 }, { -.000417, -.007874, .007178 } },
		{ .002, { .055456, .047895, .059958 }, { -.000417, -.008155, .008368 } },
	};
	double to_b[N], to_c[N];

	for (size_t i = 0; i < N; i++) {
		to_b[i] = log(a[i]) - log(b[i]);
		to_c[i] = log(a[i]) - log(c[i]);
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect_interval(qb_stats_signed_rank(to_b, N, rows[i].alpha), rows[i].b[0],
		                rows[i].b[1], rows[i].b[2]);
		expect_interval(qb_stats_signed_rank(to_c, N, rows[i].alpha), rows[i].c[0],
		                rows[i].c[1], rows[i].c[2]);
	}
}

Test(stats, shift_intervals_of_two_samples)
{
	static const struct {
		double alpha, b[3], c[3];
	} rows[] = {
		{ .05, { .055239, .032857, .076484 }, { .001465, -.024571, .022762 } },
		{ .01, { .055239, .024416, .084985 }, { .001465, -.029853, .030305 } },
		{ .002, { .055239, .019378, .093257 }, { .001465, -.039609, .039140 } },
	};
	double log_a[N], log_b[N], log_c[N];

	take_logs(a, N, log_a);
	take_logs(b, N, log_b);
	take_logs(c, N, log_c);
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* From x to a: ln a - ln x. */
		expect_interval(qb_stats_shift(log_b, N, log_a, N, rows[i].alpha), rows[i].b[0],
		                rows[i].b[1], rows[i].b[2]);
		expect_interval(qb_stats_shift(log_c, N, log_a, N, rows[i].alpha), rows[i].c[0],
		                rows[i].c[1], rows[i].c[2]);
	}
}

Test(stats, rank_sum_p_is_exact)
{
	const double low[] = { 1, 2, 3, 4 }, high[] = { 5, 6, 7, 8 }, same[] = { 3, 3 };

	cr_expect_float_eq(qb_stats_mann_whitney_p(a, N, b, N), 0.00007578, 1e-8);
	cr_expect_float_eq(qb_stats_mann_whitney_p(a, N, c, N), 0.97051246, 1e-8);
	cr_expect_float_eq(qb_stats_mann_whitney_p(c, N, a, N), 0.97051246, 1e-8);
	cr_expect_float_eq(qb_stats_mann_whitney_p(low, 4, high, 4), 2.0 / 70, 1e-12);
	cr_expect_float_eq(qb_stats_mann_whitney_p(same, 2, same, 2), 1, 1e-12);
	cr_expect_eq(qb_stats_mann_whitney_u(same, 2, (double[]){ 1, 3 }, 2), 3);
}

Test(stats, too_few_values_have_no_interval)
{
	const struct qb_interval interval = qb_stats_signed_rank(a, 5, .05);

	cr_expect(!interval.exists);
	cr_expect(isinf(interval.low) && interval.low < 0);
	cr_expect(isinf(interval.high) && interval.high > 0);
	cr_expect_float_eq(interval.estimate, 9.99, .05);
	cr_expect(!qb_stats_shift(a, 3, b, 3, .05).exists);
	cr_expect_eq(qb_stats_signed_rank(a, 1, .05).estimate, a[0]);
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
	const struct qb_interval interval = qb_stats_median_interval(a, N, .05);

	expect_interval(interval, (9.95 + 10.01) / 2, 9.77, 10.22);
	cr_expect(!qb_stats_median_interval(a, 5, .05).exists);
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
	static const struct {
		double alpha, degrees, t;
	} rows[] = { { .05, 10, 2.2281 }, { .01, 9, 3.2498 },   { .01, 2, 9.9248 },
		     { .05, 1, 12.7062 }, { .001, 30, 3.6460 }, { .01, 4.5, 4.2728 } };

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_float_eq(qb_quantiles_student(rows[i].alpha, rows[i].degrees), rows[i].t,
		                   1e-4);
	cr_expect_float_eq(qb_quantiles_normal(.975), 1.959964, 1e-6);
	cr_expect_float_eq(qb_quantiles_normal(.995), 2.575829, 1e-6);
	cr_expect_float_eq(qb_quantiles_normal(.5), 0, 1e-12);
	cr_expect_float_eq(qb_quantiles_student(.05, 1e6), 1.959966, 1e-5);
}
