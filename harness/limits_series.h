/* limits_series.h -- pure: the same limits measured again and again between other work. */
#ifndef QB_LIMITS_SERIES_H
#define QB_LIMITS_SERIES_H

#include "harness/limits.h"

struct qb_limits_series {
	struct qb_limits sum; /* of the first round; figures are settled from `values` */
	size_t round_count;
	double *values; /* the best of each round; NaN: not measured in that round */
};

/* Adds a round: the same limits of the same pairs as before; any other (an interrupted one) is left
 * out.  -ENOMEM. */
int qb_limits_series_add(struct qb_limits_series *series, const struct qb_limits *round);

/* Each limit over all rounds so far: the median of the rounds' best repetitions, the lowest and
 * highest of any.  Borrowed from the series, until the next add. */
const struct qb_limits *qb_limits_series_settle(struct qb_limits_series *series);

/* The same as they were around the `run`th round of the other work, from 0: of the round before it
 * and the one behind it, the geometric mean.  Borrowed alike. */
const struct qb_limits *qb_limits_series_around(struct qb_limits_series *series, size_t run);

void qb_limits_series_finish(struct qb_limits_series *series);

#endif
