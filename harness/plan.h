/* plan.h -- pure: config x registry x topology -> the ordered list of cases.  The cross product of
 * all lists, in the order given, the last list fastest; keys are unique; the shard is applied last.
 */
#ifndef QB_PLAN_H
#define QB_PLAN_H

#include "harness/config.h"
#include "harness/partner.h"
#include "harness/registry.h"
#include "harness/topology.h"

struct qb_plan {
	size_t count;
	struct qb_case *cases; /* those that cannot be served carry their skip_reason */
	size_t served_count;
	uint64_t expected_ns;               /* of all runs of all served cases */
	const struct qb_counters *counters; /* borrowed; NULL: nothing is counted */
	const struct qb_partner *partner;   /* borrowed; NULL: nobody is told of the windows */
};

/* May load plug-ins into the registry.  -EINVAL and a sentence for an unknown name (with the
 * nearest), an impossible pin policy, or when no case at all can be served (with the queues that
 * could serve it). */
int qb_plan_make(const struct qb_config *config, struct qb_registry *registry,
                 const struct qb_topology *topology, struct qb_plan *ret_plan,
                 struct qb_error *error);
void qb_plan_finish(struct qb_plan *plan);

#endif
