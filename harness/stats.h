/* stats.h -- pure statistics: exact rank distributions, Hodges-Lehmann estimates and intervals.
 * Exact at every n, no normality assumed.  Values are finite.  An interval that could not be
 * computed for lack of memory (more than 512 values only) has the estimate NaN and does not exist.
 */
#ifndef QB_STATS_H
#define QB_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct qb_interval {
	double estimate;
	double low, high; /* -inf, +inf where n is too small for the level */
	bool exists;      /* both ends are finite */
};

/* Largest k with P(W <= k - 1) <= alpha / 2 under the exact signed-rank distribution of n pairs
 * (Wilcoxon 1945; dynamic programming for n <= 300, normal beyond); 0: no interval. */
size_t qb_stats_signed_rank_index(size_t n, double alpha);

/* The same for Mann-Whitney's U of n and m values (exact for n m <= 3600, normal beyond). */
size_t qb_stats_mann_whitney_index(size_t n, size_t m, double alpha);

/* The same for the sign test's binomial distribution: the interval of a median. */
size_t qb_stats_sign_index(size_t n, double alpha);

/* Pairs in which a value of a exceeds one of b; a tie counts a half. */
double qb_stats_mann_whitney_u(const double *a, size_t a_count, const double *b, size_t b_count);

/* Two-sided p of the rank-sum test, exact within the limit above; conservative with ties. */
double qb_stats_mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count);

/* Median of the Walsh averages of n values and its exact interval at level alpha (Hodges and
 * Lehmann 1963).  n >= 1; values finite. */
struct qb_interval qb_stats_signed_rank(const double *values, size_t n, double alpha);

/* Median and its order-statistic (binomial) interval. */
struct qb_interval qb_stats_median_interval(const double *values, size_t n, double alpha);

/* Median of all differences b - a, and its interval (two-sample Hodges-Lehmann). */
struct qb_interval qb_stats_shift(const double *a, size_t a_count, const double *b, size_t b_count,
                                  double alpha);

double qb_stats_median(const double *values, size_t n); /* n >= 1 */
/* The value below which a share of the values lies, linear between two; share 0.5: the median. */
double qb_stats_quantile(const double *values, size_t n, double share);

double qb_stats_mean(const double *values, size_t n);
double qb_stats_stddev(const double *values, size_t n); /* n - 1 in the divisor; 0 for n < 2 */
double qb_stats_mad(const double *values, size_t n);    /* median absolute deviation, unscaled */

/* Jain, Chiu and Hawe 1984: (sum x)^2 / (n sum x^2); 1 when all are 0. */
double qb_stats_jain(const double *values, size_t n);

#endif
