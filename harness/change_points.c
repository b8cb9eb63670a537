/* change_points -- recursive splits by the largest standardized rank sum (Pettitt 1979 with every
 * split in units of its own deviation), each level tested against all orders of its values.
 *
 * Ranks, because runs have tails on one side; the maximum over all splits is what is tested, so
 * that looking everywhere costs no false alarms.  The thresholds depend on nothing but the count of
 * values, and are tabulated.  Every split that is certain is followed into both its halves, and
 * only then are those dropped, smallest first, whose levels differ by less than what matters: a dip
 * that ends again is seen as two changes, although the first split around it may be a small one. */
#include "harness/change_points.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diagnosis.h"

#define SIDE_MIN        4   /* values on either side of a split */
#define DRIFTING_BEYOND 0.3 /* autocorrelation, of which independent values have none */
#define LEVELS          3
#define INTERVAL_LEVEL  0.05

/* Beyond level 0 a split is a change; in a drifting environment, beyond level 1. */
static const double levels[LEVELS] = { 0.005, 0.001, 0.0001 };

/* Quantiles 1 - level of the statistic over random orders of 1..n, rounded up: of 1000000 orders
 * for each n (200000 from 2048 on) that SplitMix64 drew from the seed n.  Of fewer than 12 values
 * no order is rare enough; what no order of n values exceeds is tabulated as what the most extreme
 * one reaches.  `make check-stats` draws other orders against this table. */
static const struct {
	unsigned n;
	double beyond[LEVELS];
} table[] = {
	{ 12, { 2.8420, 2.8824, 2.8824 } },   { 13, { 2.8572, 3.0001, 3.0001 } },
	{ 14, { 2.8750, 3.0984, 3.1305 } },   { 15, { 2.9463, 3.1820, 3.2404 } },
	{ 16, { 3.0022, 3.2540, 3.3607 } },   { 17, { 3.0253, 3.2717, 3.4642 } },
	{ 18, { 3.0465, 3.3057, 3.5541 } },   { 19, { 3.0698, 3.3477, 3.5926 } },
	{ 20, { 3.0994, 3.3817, 3.6285 } },   { 21, { 3.1270, 3.4038, 3.6935 } },
	{ 22, { 3.1651, 3.4391, 3.7585 } },   { 23, { 3.1630, 3.4647, 3.7797 } },
	{ 24, { 3.1902, 3.4883, 3.7949 } },   { 25, { 3.2078, 3.4996, 3.8449 } },
	{ 26, { 3.2150, 3.5129, 3.8475 } },   { 27, { 3.2391, 3.5490, 3.8763 } },
	{ 28, { 3.2497, 3.5599, 3.8926 } },   { 29, { 3.2618, 3.5676, 3.9598 } },
	{ 30, { 3.2811, 3.5979, 3.9550 } },   { 32, { 3.2957, 3.6201, 3.9887 } },
	{ 36, { 3.3424, 3.6612, 4.0696 } },   { 40, { 3.3712, 3.7073, 4.0929 } },
	{ 50, { 3.4310, 3.7796, 4.2011 } },   { 64, { 3.4960, 3.8505, 4.3324 } },
	{ 80, { 3.5417, 3.8949, 4.3645 } },   { 100, { 3.5864, 3.9528, 4.4173 } },
	{ 128, { 3.6349, 4.0176, 4.4959 } },  { 160, { 3.6655, 4.0568, 4.5037 } },
	{ 200, { 3.7012, 4.0882, 4.5728 } },  { 256, { 3.7315, 4.1317, 4.6339 } },
	{ 320, { 3.7576, 4.1493, 4.6599 } },  { 400, { 3.7861, 4.1744, 4.6808 } },
	{ 640, { 3.8303, 4.2224, 4.7423 } },  { 1024, { 3.8670, 4.2553, 4.7320 } },
	{ 2048, { 3.9124, 4.3108, 4.8418 } }, { 4096, { 3.9749, 4.3582, 4.8542 } },
};

#define ROWS (sizeof(table) / sizeof(table[0]))

struct ranked {
	double value;
	size_t at;
};

/* What the recursion works on. */
struct search {
	const double *values;
	struct ranked *order; /* room for all values */
	double *ranks;
	size_t level;
	struct qb_change_point *points; /* room for all there can be */
	size_t count;
};

static size_t find_level(double level)
{
	size_t index = 0;

	while (index < LEVELS && levels[index] != level)
		index++;
	assert(index < LEVELS);
	return index;
}

/* Linear in ln n between two rows.  Beyond the last row the line of the last two goes on, which is
 * on the safe side, for the threshold grows more slowly than ln n. */
static double threshold_at(size_t n, size_t level)
{
	size_t row = 1;
	double share;

	if (n < table[0].n)
		return INFINITY;
	while (row < ROWS - 1 && table[row].n < n)
		row++;
	share = log((double)n / table[row - 1].n) / log((double)table[row].n / table[row - 1].n);
	return table[row - 1].beyond[level] +
	       share * (table[row].beyond[level] - table[row - 1].beyond[level]);
}

double qb_change_points_threshold(size_t n, double level)
{
	return threshold_at(n, find_level(level));
}

static int compare_ranked(const void *left, const void *right)
{
	const double a = ((const struct ranked *)left)->value;
	const double b = ((const struct ranked *)right)->value;

	return (a > b) - (a < b);
}

/* Ranks from 1 on; equal values share the mean of theirs. */
static void rank_values(const double *values, size_t n, struct ranked *order, double *ret_ranks)
{
	for (size_t i = 0; i < n; i++)
		order[i] = (struct ranked){ values[i], i };
	qsort(order, n, sizeof(*order), compare_ranked);
	for (size_t from = 0, to; from < n; from = to) {
		to = from + 1;
		while (to < n && order[to].value == order[from].value)
			to++;
		for (size_t i = from; i < to; i++)
			ret_ranks[order[i].at] = (double)(from + 1 + to) / 2;
	}
}

/* The first of the best splits, among those with enough values on both sides. */
static double find_split(const double *ranks, size_t n, size_t *ret_at)
{
	double best = 0, sum = 0;

	*ret_at = 0;
	for (size_t left = 1; left + SIDE_MIN <= n; left++) {
		const double count = (double)left, rest = (double)(n - left);
		double statistic;

		sum += ranks[left - 1];
		if (left < SIDE_MIN)
			continue;
		statistic = fabs(sum - count * (double)(n + 1) / 2) /
		            sqrt(count * rest * (double)(n + 1) / 12);
		if (statistic > best) {
			best = statistic;
			*ret_at = left;
		}
	}
	return best;
}

int qb_change_points_scan(const double *values, size_t n, double *ret_statistic, size_t *ret_at)
{
	struct ranked *order = calloc(n + 1, sizeof(*order));
	double *ranks = calloc(n + 1, sizeof(*ranks));
	const int failure = order && ranks ? 0 : -ENOMEM;

	if (failure == 0) {
		rank_values(values, n, order, ranks);
		*ret_statistic = find_split(ranks, n, ret_at);
	}
	free(order);
	free(ranks);
	return failure;
}

static void search_between(struct search *search, size_t from, size_t to)
{
	const size_t n = to - from;
	size_t at, level = search->level;
	double statistic;

	if (n < QB_CHANGE_POINTS_MIN)
		return;
	rank_values(search->values + from, n, search->order, search->ranks);
	statistic = find_split(search->ranks, n, &at);
	if (statistic <= threshold_at(n, level))
		return;
	while (level + 1 < LEVELS && statistic > threshold_at(n, level + 1))
		level++;
	search_between(search, from, from + at);
	search->points[search->count++] =
		(struct qb_change_point){ .at = from + at, .p = levels[level] };
	search_between(search, from + at, to);
}

/* Where the level begins that a point ends, and where the one ends that it begins. */
static size_t level_begin(const struct search *search, size_t index)
{
	return index > 0 ? search->points[index - 1].at : 0;
}

static size_t level_end(const struct search *search, size_t index, size_t n)
{
	return index + 1 < search->count ? search->points[index + 1].at : n;
}

static int measure_shift(struct search *search, size_t index, size_t n)
{
	struct qb_change_point *point = &search->points[index];
	const size_t from = level_begin(search, index), to = level_end(search, index, n);

	point->shift = qb_stats_shift(search->values + from, point->at - from,
	                              search->values + point->at, to - point->at, INTERVAL_LEVEL);
	return isnan(point->shift.estimate) ? -ENOMEM : 0;
}

static size_t find_least(const struct search *search)
{
	size_t least = 0;

	for (size_t i = 1; i < search->count; i++)
		if (fabs(search->points[i].shift.estimate) <
		    fabs(search->points[least].shift.estimate))
			least = i;
	return least;
}

/* Levels that differ by less than `least` become one; what is left is measured again. */
static int drop_small(struct search *search, size_t n, double least)
{
	int failure = 0;

	for (size_t i = 0; i < search->count && failure == 0; i++)
		failure = measure_shift(search, i, n);
	while (search->count > 0 && failure == 0) {
		const size_t index = find_least(search);

		if (fabs(search->points[index].shift.estimate) >= least)
			break;
		search->count--;
		memmove(&search->points[index], &search->points[index + 1],
		        (search->count - index) * sizeof(*search->points));
		if (index > 0)
			failure = measure_shift(search, index - 1, n);
		if (index < search->count && failure == 0)
			failure = measure_shift(search, index, n);
	}
	return failure;
}

/* A split was placed while other changes stood on its sides, which pull at it; between its
 * neighbors there is only its own. */
static void place_again(struct search *search, size_t n)
{
	for (size_t i = 0; i < search->count; i++) {
		const size_t from = level_begin(search, i), to = level_end(search, i, n);
		size_t at;

		rank_values(search->values + from, to - from, search->order, search->ranks);
		find_split(search->ranks, to - from, &at);
		if (at > 0)
			search->points[i].at = from + at;
	}
}

/* Of what is left of the values when their levels are taken away. */
static double correlate_residuals(const struct search *search, size_t n)
{
	double *residuals = search->ranks; /* done with */

	for (size_t from = 0, index = 0; from < n; index++) {
		const size_t to = index < search->count ? search->points[index].at : n;
		const double level = qb_stats_median(search->values + from, to - from);

		for (; from < to; from++)
			residuals[from] = search->values[from] - level;
	}
	return qb_diagnosis_autocorrelation(residuals, n, 1);
}

static int find_at_level(struct search *search, size_t n, double least, size_t level)
{
	int failure;

	search->level = level;
	search->count = 0;
	search_between(search, 0, n);
	failure = drop_small(search, n, least);
	if (failure != 0 || search->count < 2)
		return failure;
	place_again(search, n);
	return drop_small(search, n, least);
}

int qb_change_points_find(const double *values, size_t n, double least,
                          struct qb_change_points *ret_points)
{
	struct search search = { .values = values,
		                 .order = calloc(n + 1, sizeof(*search.order)),
		                 .ranks = calloc(n + 1, sizeof(*search.ranks)),
		                 .points = calloc(n / SIDE_MIN + 1, sizeof(*search.points)) };
	int failure = search.order && search.ranks && search.points ? 0 : -ENOMEM;

	*ret_points = (struct qb_change_points){ 0 };
	if (failure == 0 && n >= QB_CHANGE_POINTS_MIN) {
		failure = find_at_level(&search, n, least, 0);
		ret_points->autocorrelation = correlate_residuals(&search, n);
		ret_points->drifting = ret_points->autocorrelation > DRIFTING_BEYOND;
	}
	if (failure == 0 && ret_points->drifting)
		failure = find_at_level(&search, n, least, 1);
	free(search.order);
	free(search.ranks);
	if (failure == 0) {
		ret_points->points = search.points;
		ret_points->count = search.count;
	} else {
		free(search.points);
	}
	return failure;
}

void qb_change_points_finish(struct qb_change_points *points)
{
	free(points->points);
	*points = (struct qb_change_points){ 0 };
}
