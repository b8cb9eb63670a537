/* mapping -- what a run notes of itself in passing. */
#include "harness/mapping.h"

#include "harness/clock.h"

void qb_mapping_enter(struct qb_mapping *mapping, enum qb_stage stage)
{
	mapping->samples.stage_ns[stage] = qb_clock_monotonic_ns();
	/* Pairs with the parent's look at the stage, which tells it that the run goes on. */
	__atomic_store_n(&mapping->stage, stage, __ATOMIC_RELEASE);
}
