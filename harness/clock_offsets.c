/* clock_offsets -- the probe of limits.h that bounds an offset, for a star of CPUs.
 *
 * What two CPUs differ by from a third they differ by from each other, so that a star finds every
 * counter that is off. */
#include "harness/clock_offsets.h"

#define PAIRS_MAX     64
#define REPETITION_NS UINT64_C(1000000) /* thousands of round trips: the shortest one counts */

int qb_clock_offsets_measure(const struct qb_topology *topology, struct qb_limits *ret_limits,
                             struct qb_error *error)
{
	static const char *const names[] = { "clock_offset" };
	const size_t others = topology->pu_count > 0 ? topology->pu_count - 1 : 0;
	const size_t count = others < PAIRS_MAX ? others : PAIRS_MAX;
	struct qb_cpu_pair pairs[PAIRS_MAX];
	const struct qb_limits_request request = { .pairs = pairs,
		                                   .pair_count = count,
		                                   .names = names,
		                                   .name_count = 1,
		                                   .repetition_ns = REPETITION_NS };

	for (size_t i = 0; i < count; i++) {
		/* The last one is always among them. */
		const struct qb_pu *a = &topology->pus[0];
		const struct qb_pu *b = &topology->pus[(i + 1) * others / count];

		pairs[i] = (struct qb_cpu_pair){ (int)a->os, (int)b->os, qb_limits_relate(a, b) };
	}
	return qb_limits_measure(topology, &request, ret_limits, error);
}
