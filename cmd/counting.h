/* counting.h -- what an invocation counts beside its measurements: planned once, before all runs.
 */
#ifndef QB_COUNTING_H
#define QB_COUNTING_H

#include "cmd/options.h"
#include "perfcounters/perfcounters.h"

/* Finds out what can be counted here; some ms.  *ret_counters is to be freed, NULL if nothing is
 * wanted.  -errno and a sentence for an event that makes no sense. */
int qb_counting_plan(const struct qb_options *options, unsigned thread_count,
                     struct qb_counters **ret_counters, struct qb_error *error);

#endif
