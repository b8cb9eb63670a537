/* replan.h -- the cases of a saved result, planned again here. */
#ifndef QB_REPLAN_H
#define QB_REPLAN_H

#include "harness/plan.h"
#include "harness/result.h"

/* Every case that was measured then and can be now, under the same keys; those that cannot are left
 * out.  -EINVAL and a sentence on the first of them where none is left. */
int qb_replan_make(const struct qb_document *document, struct qb_registry *registry,
                   const struct qb_topology *topology, struct qb_plan *ret_plan,
                   struct qb_error *error);

#endif
