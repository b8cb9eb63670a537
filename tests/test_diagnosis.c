/* test_diagnosis -- labels of doubtful samples, and second opinions on two of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#include "harness/contrast.h"
#include "harness/diagnosis.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(diagnosis, outliers_are_told_by_quartiles_and_by_deviations)
{
	const double values[] = { 10, 11, 12, 13, 14, 15, 16, 17, 18, 26, 60 };
	const struct qb_fences fences = qb_diagnosis_fences(values, COUNT(values));
	const struct qb_outliers outliers = qb_diagnosis_outliers(values, COUNT(values));

	/* Quartiles 12.5 and 17.5. */
	cr_expect_float_eq(fences.mild[0], 5, 1e-9);
	cr_expect_float_eq(fences.mild[1], 25, 1e-9);
	cr_expect_float_eq(fences.severe[1], 32.5, 1e-9);
	cr_expect_float_eq(fences.far[1], 15 + 14.8 * 3, 1e-9);
	cr_expect_eq(outliers.mild, 1);
	cr_expect_eq(outliers.severe, 1);
	cr_expect_eq(outliers.far, 1);
}

Test(diagnosis, nothing_is_far_where_nothing_varies)
{
	const double values[] = { 5, 5, 5, 5, 5.1 };

	cr_expect_eq(qb_diagnosis_outliers(values, 5).far, 0);
}

Test(diagnosis, two_modes_need_distance_share_and_separation)
{
	const double two[] = { 1.00, 1.01, 1.02, 1.50, 1.01, 1.51, 1.00, 1.49, 1.02, 1.50 };
	const double one[] = { 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.45, 1.25, 1.22, 1.27 };
	const double lone[] = { 1.00, 1.01, 1.02, 1.01, 1.01, 1.02, 1.00, 1.01, 1.02, 1.50 };
	const struct qb_modes modes = qb_diagnosis_modes(two, 10, .025);

	cr_expect(modes.two);
	cr_expect_eq(modes.low_count, 6);
	cr_expect_float_eq(modes.low, 6.06 / 6, 1e-12);
	cr_expect_float_eq(modes.high, 1.5, 1e-12);
	cr_expect_eq(modes.boundary, 1.02);
	cr_expect(!qb_diagnosis_modes(two, 10, .6).two, "closer than asked for");
	cr_expect(!qb_diagnosis_modes(one, 10, .025).two);
	cr_expect(!qb_diagnosis_modes(lone, 10, .025).two, "one of ten is an outlier, no mode");
	cr_expect(!qb_diagnosis_modes(two, 1, 0).two);
}

Test(diagnosis, points_are_infinitely_far_apart_unless_they_are_one)
{
	const double points[] = { 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 };
	const double same[] = { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 };

	cr_expect(isinf(qb_diagnosis_modes(points, 10, .1).separation));
	cr_expect(qb_diagnosis_modes(points, 10, .1).two);
	cr_expect(!qb_diagnosis_modes(points, 9, .1).two, "too few to say so");
	cr_expect(!qb_diagnosis_modes(same, 10, 0).two);
}

Test(diagnosis, autocorrelation_sees_alternation_and_slopes)
{
	const double alternating[] = { 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 };
	const double rising[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	const double same[] = { 4, 4, 4 };

	cr_expect_float_eq(qb_diagnosis_autocorrelation(alternating, 10, 1), -.9, 1e-12);
	cr_expect_float_eq(qb_diagnosis_autocorrelation(rising, 10, 1), .7, 1e-12);
	cr_expect_eq(qb_diagnosis_autocorrelation(rising, 10, 0), 1);
	cr_expect_eq(qb_diagnosis_autocorrelation(rising, 10, 10), 0);
	cr_expect_eq(qb_diagnosis_autocorrelation(same, 3, 1), 0);
	cr_expect_eq(qb_diagnosis_variance_inflation(same, 3), 1);
	cr_expect_gt(qb_diagnosis_variance_inflation(rising, 10), 2);
	cr_expect_lt(qb_diagnosis_variance_inflation(alternating, 10), 1);
}

Test(diagnosis, trend_compares_the_first_third_with_the_last)
{
	double values[15];

	for (size_t i = 0; i < 15; i++)
		values[i] = 100 - (double)i;
	/* Five against five, all of the one side: 2 of 252 orders. */
	cr_expect_float_eq(qb_diagnosis_trend(values, 15).p, 2.0 / 252, 1e-12);
	cr_expect_eq(qb_diagnosis_trend(values, 15).direction, -1);
	for (size_t i = 0; i < 15; i++)
		values[i] = (double)(i * 7 % 5);
	cr_expect_gt(qb_diagnosis_trend(values, 15).p, .5);
	cr_expect_eq(qb_diagnosis_trend(values, 2).p, 1);
}

Test(diagnosis, settling_cuts_a_slow_start_and_nothing_else)
{
	double values[60];
	struct qb_settling settling;

	for (size_t i = 0; i < 60; i++)
		values[i] = 100 + (double)(i * 37 % 11);
	settling = qb_diagnosis_settling(values, 60);
	cr_expect(settling.settled);
	cr_expect_leq(settling.dropped, 25);
	for (size_t i = 0; i < 10; i++)
		values[i] -= 60;
	settling = qb_diagnosis_settling(values, 60);
	cr_expect(settling.settled);
	cr_expect_geq(settling.dropped, 10);
	cr_expect_leq(settling.dropped, 25);
	for (size_t i = 0; i < 60; i++)
		values[i] = (double)i;
	settling = qb_diagnosis_settling(values, 60);
	cr_expect(!settling.settled);
	cr_expect_eq(settling.dropped, 30);
	cr_expect(qb_diagnosis_settling(values, 3).settled);
}

Test(diagnosis, warmup_is_bounded_and_made_of_whole_intervals)
{
	cr_expect_eq(qb_diagnosis_warmup_ns(0, 20000000), 100000000);
	cr_expect_eq(qb_diagnosis_warmup_ns(15, 20000000), 460000000);
	cr_expect_eq(qb_diagnosis_warmup_ns(1000000, 30000000), 5010000000);
}

Test(diagnosis, measured_time_balances_the_variances)
{
	/* sqrt(0.2 s * 0.004 s / 0.002) */
	cr_expect_float_eq((double)qb_diagnosis_time_ns(200000000, .004, .002), .632455532e9, 1e3);
	cr_expect_eq(qb_diagnosis_time_ns(200000000, .004, 0), 5000000000);
	cr_expect_eq(qb_diagnosis_time_ns(200000000, 0, .01), 100000000);
}

/* Means 2.5 and 5, variances 5/3 and 20/3 of 4 each: error sqrt(25/12), 75/17 degrees. */
Test(contrast, welch_interval_of_unequal_variances)
{
	const double a[] = { 1, 2, 3, 4 }, b[] = { 2, 4, 6, 8 };
	const struct qb_interval interval = qb_contrast_welch(a, 4, b, 4, .05);

	cr_expect(interval.exists);
	cr_expect_eq(interval.estimate, 2.5);
	/* t(.05, 75/17) = 2.677172 */
	cr_expect_float_eq(interval.high - interval.estimate, 2.677172 * sqrt(25.0 / 12), 1e-5);
	cr_expect(!qb_contrast_welch(a, 1, b, 4, .05).exists);
}

Test(contrast, cliff_is_one_where_all_exceed_and_zero_where_none_does)
{
	const double low[] = { 1, 2, 3 }, high[] = { 4, 5, 6 };

	cr_expect_eq(qb_contrast_cliff(high, 3, low, 3), 1);
	cr_expect_eq(qb_contrast_cliff(low, 3, high, 3), -1);
	cr_expect_eq(qb_contrast_cliff(low, 3, low, 3), 0);
	cr_expect_str_eq(qb_contrast_cliff_size(-.1), "negligible");
	cr_expect_str_eq(qb_contrast_cliff_size(.2), "small");
	cr_expect_str_eq(qb_contrast_cliff_size(-.4), "medium");
	cr_expect_str_eq(qb_contrast_cliff_size(.9), "large");
}

/* Fisher's tea: 3 of 4 and 1 of 4, p 0.4857; all right, 2 / 70. */
Test(contrast, fisher_judges_the_tea)
{
	cr_expect_float_eq(qb_contrast_fisher_p(3, 4, 1, 4), 34.0 / 70, 1e-12);
	cr_expect_float_eq(qb_contrast_fisher_p(4, 4, 0, 4), 2.0 / 70, 1e-12);
	cr_expect_float_eq(qb_contrast_fisher_p(0, 5, 0, 9), 1, 1e-12);
}

Test(contrast, q_values_are_the_step_up_rule_of_benjamini_and_hochberg)
{
	const double p[] = { .04, .001, .03, .8, .008 };
	const double wanted[] = { .05, .005, .05, .8, .02 };
	double q[5];

	cr_assert_eq(qb_contrast_q_values(p, 5, q), 0);
	for (size_t i = 0; i < 5; i++)
		cr_expect_float_eq(q[i], wanted[i], 1e-12, "q of p %g: %g", p[i], q[i]);
	cr_expect_eq(qb_contrast_q_values(p, 0, q), 0);
}
