/* change_points.h -- pure: where a series of values, one after the other, changed its level. */
#ifndef QB_CHANGE_POINTS_H
#define QB_CHANGE_POINTS_H

#include "harness/stats.h"

#define QB_CHANGE_POINTS_MIN     8  /* values of a series that is looked at */
#define QB_CHANGE_POINTS_CERTAIN 12 /* from which a change can be told from chance */
#define QB_CHANGE_POINTS_REACH   2  /* values by which the place of a change may be wrong */

struct qb_change_point {
	size_t at;                /* the first value of the new level */
	struct qb_interval shift; /* 95 %: of the values from here to the next change less those
	                           * from the last change to here */
	double p;                 /* by chance, at most: one of the levels that are tabulated */
};

struct qb_change_points {
	size_t count;
	struct qb_change_point *points; /* owned, in order */
	double autocorrelation;         /* of the values around their levels, lag 1 */
	bool drifting;                  /* too much of it to rely on the points */
};

/* Finds the changes of at least `least` (in the unit of the values; logs here) in n values, all
 * finite; none among fewer than QB_CHANGE_POINTS_MIN.  Deterministic.  -ENOMEM. */
int qb_change_points_find(const double *values, size_t n, double least,
                          struct qb_change_points *ret_points);
void qb_change_points_finish(struct qb_change_points *points);

/* The statistic beyond which less than one series of n independent values in 1 / level lies: level
 * 0.005, 0.001 or 0.0001. */
double qb_change_points_threshold(size_t n, double level);

/* The largest standardized rank sum over all splits, and the first value behind that split; 0 where
 * n is too small.  -ENOMEM. */
int qb_change_points_scan(const double *values, size_t n, double *ret_statistic, size_t *ret_at);

#endif
