/* counters_machine.h -- what of this machine decides how counters are opened. */
#ifndef QB_COUNTERS_MACHINE_H
#define QB_COUNTERS_MACHINE_H

#include "perfcounters/absence.h"
#include "perfcounters/counters_system.h"
#include "perfcounters/semantic_events.h"

#define QB_CORE_PMUS_MAX 4 /* core types of one machine */

/* A CPU PMU; a machine with two core types has two. */
struct qb_core_pmu {
	char name[32]; /* `cpu`, `cpu_atom`, `armv8_pmuv3_0` */
	uint32_t type; /* of perf_event_attr, for its raw events */
	bool every_cpu;
	uint64_t cpus[QB_PMU_CPUS_WORDS]; /* unless every_cpu */
	enum qb_march march;
};

struct qb_counters_machine {
	struct qb_absence_facts facts;
	struct qb_cpu_identity cpu; /* of the first CPU */
	/* Never empty: where the kernel lists no PMU, one stands for it, so that a hidden /sys
	 * does not stop us from trying (facts.core_pmu is then false). */
	unsigned pmu_count;
	struct qb_core_pmu pmus[QB_CORE_PMUS_MAX];
};

void qb_counters_machine_read(const struct qb_counters_system *system,
                              struct qb_counters_machine *ret_machine);

/* True if the PMU counts on that CPU. */
bool qb_counters_machine_covers(const struct qb_core_pmu *pmu, int cpu);

/* Index of the PMU that counts on that CPU, or -1. */
int qb_counters_machine_pmu_of(const struct qb_core_pmu *pmus, unsigned count, int cpu);

/* False if the kernel publishes the PMU's events and an architected event is not among them: it
 * would open, run and read 0.  Only Arm PMUs publish them so (PMCEIDn_EL0). */
bool qb_counters_machine_implements(const struct qb_counters_system *system,
                                    const struct qb_core_pmu *pmu, const char *event,
                                    uint64_t config);

#endif
