/* diagnosis.h -- pure: reasons to doubt a sample.  They label; nothing is ever dropped for them. */
#ifndef QB_DIAGNOSIS_H
#define QB_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits beyond which a value is an outlier: 1.5 and 3 interquartile ranges beyond the quartiles
 * (Tukey 1977), and 14.8 median absolute deviations from the median. */
struct qb_fences {
	double mild[2], severe[2], far[2];
};

struct qb_outliers {
	size_t mild, severe, far; /* severe ones are not mild; far ones are counted on their own */
};

struct qb_fences qb_diagnosis_fences(const double *values, size_t n); /* n >= 1 */
struct qb_outliers qb_diagnosis_outliers(const double *values, size_t n);

/* The best split in two groups (exact two-means), and whether they are two modes: n >= 10, Ashman's
 * D (Ashman, Bird and Zepf 1994) beyond what 99 % of samples of one mode reach, each group at least
 * 15 %, and their distance above `distance_min`. */
struct qb_modes {
	bool two;
	double low, high;  /* the groups' means */
	double boundary;   /* values <= this are of the low group */
	size_t low_count;  /* of n */
	double separation; /* Ashman's D; inf where both groups are points */
};

struct qb_modes qb_diagnosis_modes(const double *values, size_t n, double distance_min);

/* Of the series with itself `lag` later; 0 where nothing varies or n <= lag. */
double qb_diagnosis_autocorrelation(const double *values, size_t n, size_t lag);

/* By what the variance of the mean of a correlated series exceeds that of independent values:
 * 1 + 2 sum rho, summed over the initial positive pairs (Geyer 1992). */
double qb_diagnosis_variance_inflation(const double *values, size_t n);

/* First third against last third of a series, exact rank-sum test. */
struct qb_trend {
	double p;      /* 1 where n is too small */
	int direction; /* 1: rises, -1: falls, 0: neither */
};

struct qb_trend qb_diagnosis_trend(const double *values, size_t n);

/* MSER-5 (White 1997; Spratt 1998): how many values to cut from the start so that the mean of the
 * rest has the smallest standard error, in batches of 5.  Not settled: the cut is at its limit of
 * half the series. */
struct qb_settling {
	size_t dropped; /* values */
	bool settled;
};

struct qb_settling qb_diagnosis_settling(const double *values, size_t n);

/* The warm-up that pilot runs call for: 1.5 times the largest cut, 0.1 to 5 s, whole intervals. */
uint64_t qb_diagnosis_warmup_ns(size_t dropped_max, uint64_t interval_ns);

/* Measured time of a run that spends a given total time best: fixed cost of a run, variance within
 * runs times second, variance between runs (Kalibera and Jones 2013); 0.1 to 5 s. */
uint64_t qb_diagnosis_time_ns(uint64_t fixed_ns, double within_density, double between);

#endif
