/* energy.h -- joules of whole packages, where the machine counts them (RAPL).
 *
 * Nobody's energy in particular: everything that runs on the package is in it.  To be believed on
 * an otherwise idle machine only, which the caller must judge. */
#ifndef QB_ENERGY_H
#define QB_ENERGY_H

#include "perfcounters/counter_math.h"
#include "perfcounters/counters_system.h"
#include "perfcounters/counters_unit.h"

#define QB_ENERGY_SOURCES_MAX   32
#define QB_ENERGY_REGION_MIN_NS 100000000 /* counters move every ms or so: 1 % at least */

enum qb_energy_domain {
	QB_ENERGY_PACKAGE,
	QB_ENERGY_CORES,
	QB_ENERGY_MEMORY,
	QB_ENERGY_GRAPHICS,
	QB_ENERGY_PLATFORM, /* the whole board */
	QB_ENERGY_COUNT
};

/* One counter: a domain of one package. */
struct qb_energy_source {
	enum qb_energy_domain domain;
	char name[64];                /* `power/energy-pkg`, `powercap/intel-rapl:0` */
	double joules;                /* per unit of its count */
	uint64_t range;               /* counts up to here, then from 0; 0: never wraps */
	struct qb_counters_unit unit; /* of the `power` PMU; leader -1: powercap's file */
	char path[96];
};

struct qb_energy {
	const struct qb_counters_system *system;
	char hypervisor[24];
	unsigned source_count;
	struct qb_energy_source sources[QB_ENERGY_SOURCES_MAX];
};

struct qb_energy_reading {
	uint64_t monotonic_ns;
	bool known[QB_ENERGY_SOURCES_MAX];
	uint64_t count[QB_ENERGY_SOURCES_MAX];
};

const char *qb_energy_name(enum qb_energy_domain domain); /* "package", ... */

/* Opens the kernel's `power` PMU, or else powercap's files.  system NULL: this machine.  Returns 0,
 * or -errno and why there is nothing; qb_energy_close is due in either case. */
int qb_energy_open(const struct qb_counters_system *system, struct qb_energy *ret_energy,
                   struct qb_counters_why *why);

void qb_energy_read(const struct qb_energy *energy, struct qb_energy_reading *ret_reading);

/* Joules of one domain, summed over packages.  A counter that stands still is dead, not 0 J; a
 * region shorter than QB_ENERGY_REGION_MIN_NS has no value.  `why` is set when there is none. */
struct qb_counters_value qb_energy_diff(const struct qb_energy *energy,
                                        const struct qb_energy_reading *from,
                                        const struct qb_energy_reading *to,
                                        enum qb_energy_domain domain, struct qb_counters_why *why);

void qb_energy_close(struct qb_energy *energy);

#endif
