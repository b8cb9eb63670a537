/* explain.h -- pure: the counters of a result -> sentences on what its threads did, by rules. */
#ifndef QB_EXPLAIN_H
#define QB_EXPLAIN_H

#include "harness/result.h"

/* Fills result->explanations anew: at least one, because that nothing stands out is said too.  A
 * rule whose counters are absent says nothing.  -ENOMEM. */
int qb_explain_result(struct qb_result *result);

#endif
