/* diagnosis -- reasons to doubt a sample: outliers, modes, correlation, trend, unsettled start.
 *
 * All are advice for the reader.  None removes a value: the slower side may well be the cause of
 * its own disturbances, so dropping them would not be neutral. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diagnosis.h"
#include "harness/stats.h"

#define FAR_MADS    14.8
#define MODES_N_MIN 10
#define SHARE_MIN   0.15
#define MSER_BATCH  5
#define TIME_MIN_NS UINT64_C(100000000)
#define TIME_MAX_NS UINT64_C(5000000000)

static bool beyond(const double limits[2], double value)
{
	return value < limits[0] || value > limits[1];
}

struct qb_fences qb_diagnosis_fences(const double *values, size_t n)
{
	const double low = qb_stats_quantile(values, n, 0.25);
	const double high = qb_stats_quantile(values, n, 0.75), range = high - low;
	const double median = qb_stats_median(values, n), mad = qb_stats_mad(values, n);
	/* Where most values are the same there is no scale to call another one far by. */
	const double reach = mad > 0 ? FAR_MADS * mad : INFINITY;

	return (struct qb_fences){ { low - 1.5 * range, high + 1.5 * range },
		                   { low - 3 * range, high + 3 * range },
		                   { median - reach, median + reach } };
}

struct qb_outliers qb_diagnosis_outliers(const double *values, size_t n)
{
	const struct qb_fences fences = qb_diagnosis_fences(values, n);
	struct qb_outliers outliers = { 0 };

	for (size_t i = 0; i < n; i++) {
		const bool severe = beyond(fences.severe, values[i]);

		outliers.severe += severe;
		outliers.mild += !severe && beyond(fences.mild, values[i]);
		outliers.far += beyond(fences.far, values[i]);
	}
	return outliers;
}

static int compare_doubles(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Where to cut sorted values so that the groups' means lie furthest apart for their sizes, which
 * is where the sum of squares within them is least. */
static size_t find_split(const double *sorted, size_t n)
{
	double total = 0, below = 0, best = -1;
	size_t split = 1;

	for (size_t i = 0; i < n; i++)
		total += sorted[i];
	for (size_t i = 1; i < n; i++) {
		double gap;

		below += sorted[i - 1];
		gap = (total - below) / (double)(n - i) - below / (double)i;
		if ((double)i * (double)(n - i) * gap * gap > best) {
			best = (double)i * (double)(n - i) * gap * gap;
			split = i;
		}
	}
	return split;
}

/* A sample of one mode, cut at its best place, looks like two: at 10 values of a normal sample D
 * exceeds the usual 3 in 58 % of cases.  Below this limit lie 99 % of the samples of a normal, a
 * uniform and an exponential distribution, for n from 10 to 150 (20 000 simulated each). */
static double separation_limit(size_t n) { return 3.7 + 60 / (double)n; }

static struct qb_modes split_modes(const double *sorted, size_t n, double distance_min)
{
	const size_t low_count = find_split(sorted, n), high_count = n - low_count;
	struct qb_modes modes = { .low_count = low_count, .boundary = sorted[low_count - 1] };
	const double low_sd = qb_stats_stddev(sorted, low_count);
	const double high_sd = qb_stats_stddev(sorted + low_count, high_count);
	const double share = (double)(low_count < high_count ? low_count : high_count) / (double)n;
	double distance;

	modes.low = qb_stats_mean(sorted, low_count);
	modes.high = qb_stats_mean(sorted + low_count, high_count);
	distance = modes.high - modes.low;
	if (distance > 0)
		modes.separation = sqrt(2) * distance / hypot(low_sd, high_sd);
	modes.two = n >= MODES_N_MIN && modes.separation > separation_limit(n) &&
	            share >= SHARE_MIN && distance > distance_min;
	return modes;
}

struct qb_modes qb_diagnosis_modes(const double *values, size_t n, double distance_min)
{
	struct qb_modes modes = { 0 };
	double *sorted;

	if (n < 2)
		return modes;
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		return modes;
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	modes = split_modes(sorted, n, distance_min);
	free(sorted);
	return modes;
}

double qb_diagnosis_autocorrelation(const double *values, size_t n, size_t lag)
{
	double mean, products = 0, squares = 0;

	if (n <= lag)
		return 0;
	mean = qb_stats_mean(values, n);
	for (size_t i = 0; i < n; i++) {
		squares += (values[i] - mean) * (values[i] - mean);
		if (i + lag < n)
			products += (values[i] - mean) * (values[i + lag] - mean);
	}
	return squares > 0 ? products / squares : 0;
}

double qb_diagnosis_variance_inflation(const double *values, size_t n)
{
	double sum = 0;

	for (size_t lag = 0; lag < n; lag += 2) {
		const double pair = qb_diagnosis_autocorrelation(values, n, lag) +
		                    qb_diagnosis_autocorrelation(values, n, lag + 1);

		if (pair <= 0)
			break;
		sum += pair;
	}
	return sum > 0 ? 2 * sum - 1 : 1;
}

struct qb_trend qb_diagnosis_trend(const double *values, size_t n)
{
	const size_t third = n / 3;
	const double *last = values + (n - third);
	struct qb_trend trend = { .p = 1 };
	double wins;

	if (third == 0)
		return trend;
	wins = qb_stats_mann_whitney_u(last, third, values, third);
	trend.p = qb_stats_mann_whitney_p(last, third, values, third);
	trend.direction =
		(2 * wins > (double)(third * third)) - (2 * wins < (double)(third * third));
	return trend;
}

/* The squared standard error, but for a constant, of the mean of batches first..count-1. */
static double mser_error(const double *batches, size_t first, size_t count)
{
	const double n = (double)(count - first),
		     mean = qb_stats_mean(batches + first, count - first);
	double squares = 0;

	for (size_t i = first; i < count; i++)
		squares += (batches[i] - mean) * (batches[i] - mean);
	return squares / (n * n);
}

struct qb_settling qb_diagnosis_settling(const double *values, size_t n)
{
	const size_t count = n / MSER_BATCH, limit = count / 2;
	struct qb_settling settling = { .settled = true };
	double *batches = count ? malloc(count * sizeof(*batches)) : NULL;
	double least = INFINITY;

	if (!batches)
		return settling;
	for (size_t i = 0; i < count; i++)
		batches[i] = qb_stats_mean(values + i * MSER_BATCH, MSER_BATCH);
	for (size_t cut = 0; cut <= limit && cut < count; cut++) {
		const double error = mser_error(batches, cut, count);

		if (error < least) {
			least = error;
			settling.dropped = cut * MSER_BATCH;
			settling.settled = cut < limit || limit == 0;
		}
	}
	free(batches);
	return settling;
}

uint64_t qb_diagnosis_warmup_ns(size_t dropped_max, uint64_t interval_ns)
{
	const uint64_t wanted = (uint64_t)dropped_max * interval_ns * 3 / 2;
	const uint64_t bounded = wanted < TIME_MIN_NS   ? TIME_MIN_NS
	                         : wanted > TIME_MAX_NS ? TIME_MAX_NS
	                                                : wanted;

	assert(interval_ns > 0);
	return (bounded + interval_ns - 1) / interval_ns * interval_ns;
}

uint64_t qb_diagnosis_time_ns(uint64_t fixed_ns, double within_density, double between)
{
	const double best_s = sqrt((double)fixed_ns / 1e9 * within_density / between);

	if (!(best_s <
	      (double)TIME_MAX_NS / 1e9)) /* no variance between runs: as long as allowed */
		return TIME_MAX_NS;
	return best_s * 1e9 < (double)TIME_MIN_NS ? TIME_MIN_NS : (uint64_t)(best_s * 1e9);
}
