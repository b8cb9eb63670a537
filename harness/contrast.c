/* contrast -- second opinions on two samples: means, effect size, shares, false findings.
 *
 * The verdict rests on rank intervals alone; these say in what way two samples differ. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "harness/contrast.h"
#include "harness/quantiles.h"

static double square(double x) { return x * x; }

struct qb_interval qb_contrast_welch(const double *a, size_t a_count, const double *b,
                                     size_t b_count, double alpha)
{
	struct qb_interval interval = { .low = -INFINITY, .high = INFINITY };
	double a_part, b_part, error, degrees, reach;

	assert(a_count >= 1 && b_count >= 1 && alpha > 0 && alpha < 1);
	interval.estimate = qb_stats_mean(b, b_count) - qb_stats_mean(a, a_count);
	if (a_count < 2 || b_count < 2)
		return interval;
	a_part = square(qb_stats_stddev(a, a_count)) / (double)a_count;
	b_part = square(qb_stats_stddev(b, b_count)) / (double)b_count;
	error = sqrt(a_part + b_part);
	degrees = square(a_part + b_part) /
	          (square(a_part) / (double)(a_count - 1) + square(b_part) / (double)(b_count - 1));
	reach = error > 0 ? qb_quantiles_student(alpha, degrees) * error : 0;
	interval.low = interval.estimate - reach;
	interval.high = interval.estimate + reach;
	interval.exists = true;
	return interval;
}

double qb_contrast_cliff(const double *a, size_t a_count, const double *b, size_t b_count)
{
	const double wins = qb_stats_mann_whitney_u(a, a_count, b, b_count);

	assert(a_count >= 1 && b_count >= 1);
	return 2 * wins / ((double)a_count * (double)b_count) - 1;
}

const char *qb_contrast_cliff_size(double delta)
{
	const double size = fabs(delta); /* limits: Romano et al. 2006 */

	return size < 0.147   ? "negligible"
	       : size < 0.33  ? "small"
	       : size < 0.474 ? "medium"
	                      : "large";
}

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* Log of the hypergeometric probability of `hits` among a's, up to a constant. */
static double log_table(size_t hits, size_t total_hits, size_t a_count, size_t b_count)
{
	return log_choose((double)a_count, (double)hits) +
	       log_choose((double)b_count, (double)(total_hits - hits));
}

double qb_contrast_fisher_p(size_t a_hits, size_t a_count, size_t b_hits, size_t b_count)
{
	const size_t total = a_hits + b_hits;
	const size_t first = total > b_count ? total - b_count : 0;
	const size_t last = total < a_count ? total : a_count;
	const double seen = log_table(a_hits, total, a_count, b_count);
	double as_rare = 0, all = 0;

	assert(a_hits <= a_count && b_hits <= b_count);
	for (size_t hits = first; hits <= last; hits++) {
		const double table = log_table(hits, total, a_count, b_count);

		all += exp(table - seen);
		if (table <= seen + 1e-9) /* as rare as what was seen, but for rounding */
			as_rare += exp(table - seen);
	}
	return fmin(1, as_rare / all);
}

struct ranked {
	double p;
	size_t place;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	return (a->p > b->p) - (a->p < b->p);
}

int qb_contrast_q_values(const double *p, size_t n, double *ret_q)
{
	struct ranked *ranked = malloc((n + 1) * sizeof(*ranked));
	double least = 1;

	if (!ranked)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){ p[i], i };
	qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, ranked[i].p * (double)n / (double)(i + 1));
		ret_q[ranked[i].place] = least;
	}
	free(ranked);
	return 0;
}
