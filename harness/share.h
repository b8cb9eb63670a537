/* share.h -- pure: what share of what its CPUs can stream a queue reaches. */
#ifndef QB_SHARE_H
#define QB_SHARE_H

#include "harness/limits_series.h"
#include "harness/result.h"

/* Limits, and when they were measured. */
struct qb_share_basis {
	const struct qb_limits *limits;
	struct qb_limits_series *series; /* that `limits` is of, round by round; or NULL */
	bool same_sitting;               /* between the runs */
	int64_t now_unix_ms;             /* from which their age counts */
};

/* The two CPUs between which the messages of a case travel: those of a producer and a consumer that
 * are nearest to each other.  False, with a reason, if there are none. */
bool qb_share_pair(const struct qb_case *c, const struct qb_topology *topology,
                   struct qb_cpu_pair *ret_pair, char *ret_reason, size_t size);

/* How many pairs of CPUs can stream for the case at a time: each takes one that sends and one that
 * receives. */
double qb_share_lanes(const struct qb_case *c);

/* Fills result->bound, and the metric `share_of_limit` if it is known.  May be called again with
 * other limits.  -ENOMEM. */
int qb_share_settle(struct qb_result *result, const struct qb_topology *topology,
                    const struct qb_share_basis *basis);

/* True if this throughput cannot be, because every single run is beyond the best repetition; unless
 * the limits are wrong: old, or measured while other work took the CPUs away. */
bool qb_share_is_impossible(const struct qb_result *result);

/* Once the limits are as good as they will be: what is faster than possible becomes invalid, what
 * is merely faster than expected is warned of.  -ENOMEM. */
int qb_share_judge(struct qb_result *result);

#endif
