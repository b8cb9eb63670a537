/* semantic_events.h -- what we want to know, and which event of which CPU says it.
 *
 * One row per meaning and microarchitecture.  A CPU without a row for a meaning does not offer it.
 */
#ifndef QB_SEMANTIC_EVENTS_H
#define QB_SEMANTIC_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perfcounters/event_names.h"

enum qb_event {
	QB_EVENT_CYCLES,
	QB_EVENT_INSTRUCTIONS,
	QB_EVENT_TRANSFERS_LOAD,   /* loads served by another core's dirty line */
	QB_EVENT_TRANSFERS_RFO,    /* stores and atomics that took it from there */
	QB_EVENT_TRANSFERS_REMOTE, /* the same from another socket */
	QB_EVENT_L1D_MISSES,
	QB_EVENT_LLC_MISSES,
	QB_EVENT_BRANCH_MISSES,
	QB_EVENT_MEMORY_CLEARS, /* pipeline cleared because another core wrote what was read early
	                         */
	QB_EVENT_LOCKED_LOADS,  /* atomic read-modify-writes */
	QB_EVENT_LLC_STALLS,    /* cycles stalled on a miss of the last cache */
	QB_EVENT_RFO_MISSES,    /* requests for ownership that left the core */
	QB_EVENT_FILLS_NEAR, /* filled from within the cluster: its L3, or a peer, dirty or not */
	QB_EVENT_FILLS_FAR,  /* filled from outside of the cluster */
	QB_EVENT_BUS_LOCKS,
	QB_EVENT_EXCLUSIVE_FAILS, /* store-exclusive that lost, to be tried again */
	QB_EVENT_BARRIERS,
	QB_EVENT_MEMORY_STALLS, /* cycles stalled on memory */
	QB_EVENT_COUNT
};

/* A microarchitecture whose events are known. */
enum qb_march {
	QB_MARCH_UNKNOWN,
	QB_MARCH_SKL,
	QB_MARCH_SKX,
	QB_MARCH_CLX,
	QB_MARCH_ICL,
	QB_MARCH_ICX,
	QB_MARCH_SPR,
	QB_MARCH_EMR,
	QB_MARCH_GNR,
	QB_MARCH_ADL_P,
	QB_MARCH_ADL_E,
	QB_MARCH_ZEN1,
	QB_MARCH_ZEN2,
	QB_MARCH_ZEN3,
	QB_MARCH_ZEN4,
	QB_MARCH_ZEN5,
	QB_MARCH_ARM_OTHER, /* the architecture's common events only */
	QB_MARCH_ARM_A53,
	QB_MARCH_ARM_A57,
	QB_MARCH_ARM_A72,
	QB_MARCH_ARM_A76,
	QB_MARCH_ARM_N1,
	QB_MARCH_ARM_N2,
	QB_MARCH_ARM_V1,
	QB_MARCH_ARM_V2,
	QB_MARCH_COUNT
};

/* A CPU as it names itself. */
struct qb_cpu_identity {
	enum { QB_VENDOR_OTHER, QB_VENDOR_INTEL, QB_VENDOR_AMD, QB_VENDOR_ARM } vendor;
	unsigned family, model, stepping; /* x86; on Arm family is Implementer of MIDR_EL1 */
	unsigned part;                    /* Arm: PartNum of MIDR_EL1, each implementer's own */
};

#define QB_CANDIDATES_MAX 5

/* One way to count an event; to be tried in order. */
struct qb_event_candidate {
	char name[96];             /* for libpfm4; "" where there is none: `code` is all there is */
	struct qb_event_code code; /* the built-in encoding of the same event */
	bool generic;              /* the kernel's notion, which differs between vendors */
};

const char *qb_semantic_events_name(enum qb_event event);    /* "branch-misses" */
const char *qb_semantic_events_meaning(enum qb_event event); /* one line for people */
int qb_semantic_events_find(const char *name);               /* enum qb_event, or -1 */

/* True if the self-test moves this event for sure, so that 0 means dead. */
bool qb_semantic_events_exercised(enum qb_event event);

/* `core_pmu`: the kernel's name of the PMU; tells the two core types of a hybrid CPU apart. */
enum qb_march qb_semantic_events_march(const struct qb_cpu_identity *cpu, const char *core_pmu);
const char *qb_semantic_events_march_name(enum qb_march march);

/* The libpfm4 tables to look in, best first; ends with NULL. */
const char *const *qb_semantic_events_tables(enum qb_march march);

/* The row's bare event name (`INST_RETIRED:ANY_P`) and encoding; NULL if this CPU has no event
 * of that meaning. */
const char *qb_semantic_events_row(enum qb_event event, enum qb_march march,
                                   struct qb_event_code *ret_code);

/* Fills ret with the ways to count `event` there, best first: native table, neighboring table,
 * built-in code, the kernel's generic event.  Returns how many (0: not offered). */
size_t qb_semantic_events_candidates(enum qb_event event, enum qb_march march,
                                     struct qb_event_candidate ret[QB_CANDIDATES_MAX]);

#endif
