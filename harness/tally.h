/* tally.h -- pure: what the counters said of each run -> the counters of a result. */
#ifndef QB_TALLY_H
#define QB_TALLY_H

#include "harness/result.h"

/* Adds an ok run that counted by this plan (NULL: nothing was counted); counts that are damaged
 * are left out.  -ENOMEM. */
int qb_tally_add(struct qb_result *result, const struct qb_counters *counters,
                 const struct qb_samples *samples);

/* Makes result->counters from the runs added so far: every event of the plan, the software side,
 * energy, and what is derived of them; what is absent with its reason.  May be called again. */
int qb_tally_settle(struct qb_result *result, const struct qb_counters *counters);

#endif
