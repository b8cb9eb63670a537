/* contrast.h -- pure: second opinions on two samples, and on many tests at once. */
#ifndef QB_CONTRAST_H
#define QB_CONTRAST_H

#include "harness/stats.h"

/* Difference of means b - a with Welch's interval (Welch 1947); each count >= 1, no interval where
 * one of them is 1. */
struct qb_interval qb_contrast_welch(const double *a, size_t a_count, const double *b,
                                     size_t b_count, double alpha);

/* Cliff's delta: P(a > b) - P(a < b), -1 to 1 (Cliff 1993), and its size in words: "negligible",
 * "small", "medium", "large". */
double qb_contrast_cliff(const double *a, size_t a_count, const double *b, size_t b_count);
const char *qb_contrast_cliff_size(double delta);

/* Fisher's exact test, two-sided, of whether a_hits of a_count and b_hits of b_count are the same
 * share. */
double qb_contrast_fisher_p(size_t a_hits, size_t a_count, size_t b_hits, size_t b_count);

/* Benjamini and Hochberg 1995: the smallest share of false findings at which each p counts as a
 * finding.  ret_q may be p.  -ENOMEM. */
int qb_contrast_q_values(const double *p, size_t n, double *ret_q);

#endif
