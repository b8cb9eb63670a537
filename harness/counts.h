/* counts.h -- plain data: what the counters said of one run, summed over the threads of each role.
 *
 * Between a thread's two snaps lie as many messages as are noted here, not those of the window: the
 * snaps are taken just outside of it, so that reading them disturbs nothing that is measured. */
#ifndef QB_COUNTS_H
#define QB_COUNTS_H

#include <qbench.h>

#include "perfcounters/energy.h"
#include "perfcounters/perfcounters.h"

/* The software side: needs no PMU. */
enum qb_usage {
	QB_USAGE_CPU,
	QB_USAGE_USER,
	QB_USAGE_SYSTEM,
	QB_USAGE_DELAY,
	QB_USAGE_VOLUNTARY,
	QB_USAGE_INVOLUNTARY,
	QB_USAGE_MIGRATIONS,
	QB_USAGE_MINOR_FAULTS,
	QB_USAGE_MAJOR_FAULTS,
	QB_USAGE_COUNT
};

struct qb_role_counts {
	uint64_t message_count; /* sent, or received */
	struct qb_counters_value events[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_value usage[QB_USAGE_COUNT];
};

struct qb_counts {
	bool counted; /* else nothing of the rest means anything */
	struct qb_role_counts of[QB_ROLE_COUNT];
	struct qb_counters_value joules[QB_ENERGY_COUNT]; /* of the whole machine */
	struct qb_counters_why joules_why[QB_ENERGY_COUNT];
};

#endif
