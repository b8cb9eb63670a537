/* stats_ranks -- the exact distributions behind the rank intervals of stats.h.
 *
 * Both are built by adding one value at a time, in probabilities rather than counts, so that
 * nothing overflows and nothing is subtracted.  Only the lower half is kept: it is symmetric. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "harness/quantiles.h"
#include "harness/stats.h"

#define SIGNED_RANK_EXACT_MAX  300  /* pairs */
#define MANN_WHITNEY_EXACT_MAX 3600 /* n m */

struct moments {
	double mean, deviation;
};

static struct moments signed_rank_moments(size_t count)
{
	const double n = (double)count;

	return (struct moments){ n * (n + 1) / 4, sqrt(n * (n + 1) * (2 * n + 1) / 24) };
}

static struct moments mann_whitney_moments(size_t n_count, size_t m_count)
{
	const double n = (double)n_count, m = (double)m_count;

	return (struct moments){ n * m / 2, sqrt(n * m * (n + m + 1) / 12) };
}

/* P(W = w) for w = 0..limit: each rank joins the sum with probability 1/2. */
static double *signed_rank_weights(size_t n, size_t limit)
{
	double *weights = calloc(limit + 1, sizeof(*weights));

	if (!weights)
		return NULL;
	weights[0] = 1;
	for (size_t rank = 1; rank <= n; rank++)
		for (size_t w = limit + 1; w-- > 0;)
			weights[w] = (weights[w] + (w >= rank ? weights[w - rank] : 0)) / 2;
	return weights;
}

/* Of i + j values in random order the largest is one of the i with probability i / (i + j), and
 * then exceeds all j; `row` and `above` hold P(U = u) for (i, j - 1) and (i - 1, j). */
static void mann_whitney_step(double *row, const double *above, size_t i, size_t j, size_t limit)
{
	const double share = (double)i / (double)(i + j);

	for (size_t u = 0; u <= limit; u++)
		row[u] = (1 - share) * row[u] + share * (u >= j ? above[u - j] : 0);
}

/* P(U = u) for u = 0..limit. */
static double *mann_whitney_weights(size_t n, size_t m, size_t limit)
{
	const size_t few = n < m ? n : m, many = n < m ? m : n, width = limit + 1;
	double *rows = calloc((few + 1) * width, sizeof(*rows));

	if (!rows)
		return NULL;
	for (size_t i = 0; i <= few; i++)
		rows[i * width] = 1;
	for (size_t j = 1; j <= many; j++)
		for (size_t i = 1; i <= few; i++)
			mann_whitney_step(rows + i * width, rows + (i - 1) * width, i, j, limit);
	for (size_t u = 0; u <= limit; u++)
		rows[u] = rows[few * width + u];
	return rows;
}

/* The largest k with P(X <= k - 1) <= tail. */
static size_t find_index(const double *weights, size_t limit, double tail)
{
	double sum = 0;

	for (size_t k = 0; k <= limit; k++) {
		sum += weights[k];
		if (sum > tail)
			return k;
	}
	return limit + 1;
}

static size_t approximate_index(struct moments moments, double alpha)
{
	const double k = moments.mean - qb_quantiles_normal(1 - alpha / 2) * moments.deviation;

	return k > 0 ? (size_t)k : 0;
}

static double sum_to(const double *weights, size_t last)
{
	double sum = 0;

	for (size_t i = 0; i <= last; i++)
		sum += weights[i];
	return sum;
}

/* Two-sided, with the correction for continuity. */
static double approximate_p(struct moments moments, double statistic)
{
	const double z = (moments.mean - statistic - 0.5) / moments.deviation;

	return fmin(1, erfc(fmax(z, 0) / sqrt(2)));
}

size_t qb_stats_signed_rank_index(size_t n, double alpha)
{
	const size_t limit = n * (n + 1) / 4;
	double *weights;
	size_t index;

	assert(n >= 1 && alpha > 0 && alpha < 1);
	weights = n <= SIGNED_RANK_EXACT_MAX ? signed_rank_weights(n, limit) : NULL;
	if (!weights) /* too many, or out of memory */
		return approximate_index(signed_rank_moments(n), alpha);
	index = find_index(weights, limit, alpha / 2);
	free(weights);
	return index;
}

size_t qb_stats_mann_whitney_index(size_t n, size_t m, double alpha)
{
	const size_t limit = n * m / 2;
	double *weights;
	size_t index;

	assert(n >= 1 && m >= 1 && alpha > 0 && alpha < 1);
	weights = n * m <= MANN_WHITNEY_EXACT_MAX ? mann_whitney_weights(n, m, limit) : NULL;
	if (!weights)
		return approximate_index(mann_whitney_moments(n, m), alpha);
	index = find_index(weights, limit, alpha / 2);
	free(weights);
	return index;
}

size_t qb_stats_sign_index(size_t n, double alpha)
{
	double sum = 0;

	assert(n >= 1 && alpha > 0 && alpha < 1);
	for (size_t k = 0; k <= n / 2; k++) {
		sum += exp(lgamma((double)n + 1) - lgamma((double)k + 1) -
		           lgamma((double)(n - k) + 1) - (double)n * log(2));
		if (sum > alpha / 2)
			return k;
	}
	return n / 2;
}

/* Twice U of the side with the smaller U: a tie counts a half for each. */
static size_t count_wins_twice(const double *a, size_t a_count, const double *b, size_t b_count)
{
	size_t twice = 0;

	for (size_t i = 0; i < a_count; i++)
		for (size_t j = 0; j < b_count; j++)
			twice += a[i] > b[j] ? 2 : a[i] == b[j] ? 1 : 0;
	return twice;
}

double qb_stats_mann_whitney_u(const double *a, size_t a_count, const double *b, size_t b_count)
{
	return (double)count_wins_twice(a, a_count, b, b_count) / 2;
}

double qb_stats_mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count)
{
	const size_t twice = count_wins_twice(a, a_count, b, b_count), total = a_count * b_count;
	const size_t smaller = twice < total ? twice : 2 * total - twice;
	const size_t u = (smaller + 1) / 2; /* a half win is rounded to the safe side */
	double *weights, p;

	assert(a_count >= 1 && b_count >= 1);
	weights = total <= MANN_WHITNEY_EXACT_MAX
	                  ? mann_whitney_weights(a_count, b_count, total / 2)
	                  : NULL;
	if (!weights)
		return approximate_p(mann_whitney_moments(a_count, b_count), (double)u);
	p = fmin(1, 2 * sum_to(weights, u < total / 2 ? u : total / 2));
	free(weights);
	return p;
}
