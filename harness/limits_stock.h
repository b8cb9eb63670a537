/* limits_stock.h -- pure: limits that were measured at several times, as one list. */
#ifndef QB_LIMITS_STOCK_H
#define QB_LIMITS_STOCK_H

#include "harness/limits.h"

/* True if everything that can be measured of this pair is there, and at least half of it was
 * measured without being disturbed. */
bool qb_limits_stock_has(const struct qb_limits *stock, const struct qb_cpu_pair *pair);

/* Those of `wanted` that are not there, in their order; *ret_missing holds `count`.  Returns how
 * many. */
size_t qb_limits_stock_missing(const struct qb_limits *stock, const struct qb_cpu_pair *wanted,
                               size_t count, struct qb_cpu_pair *ret_missing);

/* Puts copies of all limits of `fresh` into the stock; what it had of their pairs goes.  -ENOMEM
 * leaves the stock as it was. */
int qb_limits_stock_put(struct qb_limits *stock, const struct qb_limits *fresh);

/* Copies of the limits of these pairs alone; release with qb_limits_finish.  -ENOMEM. */
int qb_limits_stock_pick(const struct qb_limits *stock, const struct qb_cpu_pair *pairs,
                         size_t count, struct qb_limits *ret_limits);

#endif
