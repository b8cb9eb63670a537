/* mapping.h -- plain data: the shared memory between the parent and one measuring child.  The
 * parent fills the request and reads the rest, also after the child has died. */
#ifndef QB_MAPPING_H
#define QB_MAPPING_H

#include "harness/partner.h"
#include "harness/samples.h"

#define QB_MAPPING_MAGIC UINT64_C(0x71626e63682d3031)

struct qb_mapping {
	uint64_t magic;
	uint64_t size; /* sizeof(struct qb_mapping) of the parent: both must be the same build */
	struct qb_case c;
	struct qb_protocol protocol;
	bool count_events;
	unsigned counters_group; /* of the plan: what is counted in this run */
	struct qb_counters counters;
	bool has_partner;
	struct qb_partner partner;          /* inherited by the child */
	uint32_t recording;                 /* it was told to begin, and not yet to end */
	QB_ALIGNED(QB_LINE) uint32_t phase; /* enum qb_phase; on a line of its own */
	QB_ALIGNED(QB_LINE) uint32_t stage; /* enum qb_stage */
	QB_ALIGNED(QB_LINE) int tids[QB_WORKERS_MAX];
	struct qb_progress progress[QB_WORKERS_MAX]; /* producers, then consumers */
	struct qb_samples samples;
};

/* The coordinator: what it does from now on, and since when. */
void qb_mapping_enter(struct qb_mapping *mapping, enum qb_stage stage);

#endif
