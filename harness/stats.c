/* stats -- location, spread and Hodges-Lehmann intervals of a few values.
 *
 * Medians, Walsh averages and differences are all selected in the same way: by bisection over the
 * ordered bit patterns of doubles, asking how many lie at or below a bound.  That is exact, and
 * needs neither the n^2 averages in memory nor a sort of them: with sorted values a count is one
 * walk, so an interval costs O(n) steps per bit. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/stats.h"

#define ROOM 512 /* values sorted on the stack */

/* What is selected from: one sorted list, or two. */
struct lists {
	const double *a, *b;
	size_t a_count, b_count;
	double center; /* deviations from it */
};

/* How many members of the multiset are <= bound. */
typedef size_t count_fn(const struct lists *lists, double bound);

/* Bit patterns of doubles, so that their order as integers is the order of the values. */
static uint64_t order_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double value_of(uint64_t order)
{
	const uint64_t bits = order >> 63 ? order & ~((uint64_t)1 << 63) : ~order;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value + 0.0; /* -0 reads as 0 */
}

/* The rank-th smallest (from 1) of a multiset that lies within low..high. */
static double select_rank(count_fn *count, const struct lists *lists, size_t rank, double low,
                          double high)
{
	uint64_t from = order_of(low), to = order_of(high);

	while (from < to) {
		const uint64_t middle = from + (to - from) / 2;

		if (count(lists, value_of(middle)) >= rank)
			to = middle;
		else
			from = middle + 1;
	}
	return value_of(from);
}

/* The median of `total` members: the mean of the middle two where they are even. */
static double select_median(count_fn *count, const struct lists *lists, size_t total, double low,
                            double high)
{
	const double upper = select_rank(count, lists, total / 2 + 1, low, high);

	if (total % 2)
		return upper;
	return select_rank(count, lists, total / 2, low, upper) / 2 + upper / 2;
}

static struct qb_interval select_interval(count_fn *count, const struct lists *lists, size_t total,
                                          size_t index, const double range[2])
{
	struct qb_interval interval = { .low = -INFINITY, .high = INFINITY };

	interval.estimate = select_median(count, lists, total, range[0], range[1]);
	if (index == 0)
		return interval;
	interval.low = select_rank(count, lists, index, range[0], range[1]);
	interval.high = select_rank(count, lists, total + 1 - index, range[0], range[1]);
	interval.exists = true;
	return interval;
}

static size_t count_values(const struct lists *lists, double bound)
{
	size_t count = 0;

	for (size_t i = 0; i < lists->a_count; i++)
		count += lists->a[i] <= bound;
	return count;
}

static size_t count_deviations(const struct lists *lists, double bound)
{
	size_t count = 0;

	for (size_t i = 0; i < lists->a_count; i++)
		count += fabs(lists->a[i] - lists->center) <= bound;
	return count;
}

/* Walsh averages: the larger the one value, the fewer partners stay below the bound. */
static size_t count_averages(const struct lists *lists, double bound)
{
	const double *a = lists->a;
	size_t count = 0, end = lists->a_count;

	for (size_t i = 0; i < end; i++) {
		while (end > i && (a[i] + a[end - 1]) / 2 > bound)
			end--;
		count += end - i;
	}
	return count;
}

static size_t count_differences(const struct lists *lists, double bound)
{
	size_t count = 0, end = 0;

	for (size_t i = 0; i < lists->a_count; i++) {
		while (end < lists->b_count && lists->b[end] - lists->a[i] <= bound)
			end++;
		count += end;
	}
	return count;
}

static int compare_doubles(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* A sorted copy in room[ROOM] or, beyond it, on the heap; NULL when out of memory. */
static double *sort_copy(const double *values, size_t n, double *room)
{
	double *sorted = n <= ROOM ? room : malloc(n * sizeof(*sorted));

	if (!sorted)
		return NULL;
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	return sorted;
}

static void release_copy(double *sorted, const double *room)
{
	if (sorted != room)
		free(sorted);
}

static const struct qb_interval nothing = { NAN, -INFINITY, INFINITY, false };

struct qb_interval qb_stats_signed_rank(const double *values, size_t n, double alpha)
{
	double room[ROOM], *sorted;
	struct qb_interval interval;
	struct lists lists;

	assert(n >= 1 && alpha > 0 && alpha < 1);
	sorted = sort_copy(values, n, room);
	if (!sorted)
		return nothing;
	lists = (struct lists){ .a = sorted, .a_count = n };
	interval = select_interval(count_averages, &lists, n * (n + 1) / 2,
	                           qb_stats_signed_rank_index(n, alpha),
	                           (const double[]){ sorted[0], sorted[n - 1] });
	release_copy(sorted, room);
	return interval;
}

struct qb_interval qb_stats_shift(const double *a, size_t a_count, const double *b, size_t b_count,
                                  double alpha)
{
	double a_room[ROOM], b_room[ROOM], *a_sorted, *b_sorted;
	struct qb_interval interval = nothing;

	assert(a_count >= 1 && b_count >= 1 && alpha > 0 && alpha < 1);
	a_sorted = sort_copy(a, a_count, a_room);
	b_sorted = sort_copy(b, b_count, b_room);
	if (a_sorted && b_sorted) {
		const struct lists lists = { a_sorted, b_sorted, a_count, b_count, 0 };
		const double range[] = { b_sorted[0] - a_sorted[a_count - 1],
			                 b_sorted[b_count - 1] - a_sorted[0] };

		interval = select_interval(count_differences, &lists, a_count * b_count,
		                           qb_stats_mann_whitney_index(a_count, b_count, alpha),
		                           range);
	}
	release_copy(a_sorted, a_room);
	release_copy(b_sorted, b_room);
	return interval;
}

static void find_range(const double *values, size_t n, double ret_range[2])
{
	ret_range[0] = ret_range[1] = values[0];
	for (size_t i = 1; i < n; i++) {
		ret_range[0] = fmin(ret_range[0], values[i]);
		ret_range[1] = fmax(ret_range[1], values[i]);
	}
}

double qb_stats_median(const double *values, size_t n)
{
	const struct lists lists = { .a = values, .a_count = n };
	double range[2];

	assert(n >= 1);
	find_range(values, n, range);
	return select_median(count_values, &lists, n, range[0], range[1]);
}

struct qb_interval qb_stats_median_interval(const double *values, size_t n, double alpha)
{
	const struct lists lists = { .a = values, .a_count = n };
	double range[2];

	assert(n >= 1 && alpha > 0 && alpha < 1);
	find_range(values, n, range);
	return select_interval(count_values, &lists, n, qb_stats_sign_index(n, alpha), range);
}

double qb_stats_quantile(const double *values, size_t n, double share)
{
	const struct lists lists = { .a = values, .a_count = n };
	const double position = share * (double)(n - 1);
	const size_t below = (size_t)position;
	double range[2], lower, upper;

	assert(n >= 1 && share >= 0 && share <= 1);
	find_range(values, n, range);
	lower = select_rank(count_values, &lists, below + 1, range[0], range[1]);
	if (below + 1 >= n)
		return lower;
	upper = select_rank(count_values, &lists, below + 2, lower, range[1]);
	return lower + (position - (double)below) * (upper - lower);
}

double qb_stats_mean(const double *values, size_t n)
{
	double sum = 0;

	assert(n >= 1);
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum / (double)n;
}

double qb_stats_stddev(const double *values, size_t n)
{
	double mean, sum = 0;

	if (n < 2)
		return 0;
	mean = qb_stats_mean(values, n);
	for (size_t i = 0; i < n; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sqrt(sum / (double)(n - 1));
}

double qb_stats_mad(const double *values, size_t n)
{
	struct lists lists = { .a = values, .a_count = n };
	double range[2];

	assert(n >= 1);
	lists.center = qb_stats_median(values, n);
	find_range(values, n, range);
	return select_median(count_deviations, &lists, n, 0,
	                     fmax(range[1] - lists.center, lists.center - range[0]));
}

double qb_stats_jain(const double *values, size_t n)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += values[i];
		squares += values[i] * values[i];
	}
	return squares > 0 ? sum * sum / ((double)n * squares) : 1;
}
