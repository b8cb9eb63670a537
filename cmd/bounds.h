/* bounds.h -- what the CPUs of a run can stream at most: known from before, or measured between its
 * rounds. */
#ifndef QB_BOUNDS_H
#define QB_BOUNDS_H

#include "harness/campaign.h"
#include "harness/limits_series.h"

struct qb_bounds {
	const struct qb_topology *topology; /* borrowed */
	bool interleaved;
	struct qb_limits known; /* by earlier invocations */
	size_t pair_count;      /* of the plan's cases */
	struct qb_cpu_pair *pairs;
	struct qb_limits_series series;
};

/* Loads what is known of the machine.  With `interleaved` it is measured between the rounds too,
 * for the CPUs of the plan's cases: the observer is told to.  -ENOMEM. */
int qb_bounds_open(struct qb_bounds *bounds, const struct qb_plan *plan,
                   const struct qb_topology *topology, const struct qb_machine *machine,
                   bool interleaved);
void qb_bounds_observe(struct qb_bounds *bounds, struct qb_campaign_observer *observer);

/* Gives every result its bound and its shares.  What exceeds limits that were known from before is
 * held against limits measured now before it is called impossible.  -ENOMEM. */
int qb_bounds_settle(struct qb_bounds *bounds, struct qb_document *document);
void qb_bounds_close(struct qb_bounds *bounds);

#endif
