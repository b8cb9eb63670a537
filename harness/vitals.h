/* vitals.h -- what others do to this machine: totals that only grow, to be read twice. */
#ifndef QB_VITALS_H
#define QB_VITALS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/topology.h"

/* Each with whether it could be read; what cannot be read is not 0. */
struct qb_vitals {
	uint64_t monotonic_ns;
	bool times_known; /* ticks of the usable CPUs */
	uint64_t steal_ticks, busy_ticks, all_ticks;
	bool pressure_known; /* time in which somebody waited for a CPU */
	uint64_t pressure_us;
	bool interrupts_known; /* of devices, on usable CPUs */
	uint64_t interrupts;
	bool throttled_known; /* periods in which the control group was stopped */
	uint64_t throttled;
	bool thermal_known; /* times that a usable core was slowed down for its heat */
	uint64_t thermal;
};

/* `root` is "" or a folder that stands for / (tests). */
void qb_vitals_read(const char *root, const struct qb_topology *topology,
                    struct qb_vitals *ret_vitals);

#endif
