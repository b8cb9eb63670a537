/* timeline.h -- plain data: when one run did what.  All times are CLOCK_MONOTONIC, so that the runs
 * of an invocation share one axis; 0 is what was not reached. */
#ifndef QB_TIMELINE_H
#define QB_TIMELINE_H

#include "harness/samples.h"

struct qb_timeline_thread {
	int cpu_wanted; /* QB_CPU_NONE: not pinned */
	uint64_t started_ns, attached_ns, begin_ns, end_ns;
};

struct qb_timeline_interval {
	uint64_t end_ns;
	uint64_t message_count; /* received since the one before, or since the window's start */
};

struct qb_timeline {
	uint64_t started_ns, ended_ns; /* as the parent saw it: always known */
	uint64_t stage_ns[QB_STAGE_COUNT];
	uint64_t window_ns; /* its start */
	unsigned thread_count, interval_count;
	struct qb_timeline_thread *threads; /* producers, then consumers; within this block */
	struct qb_timeline_interval *intervals;
};

/* Of samples that are intact.  Whatever the run left behind, times lie within its start and end and
 * never fall.  Freed by free(); NULL where the run has no times at all.  -ENOMEM. */
int qb_timeline_create(const struct qb_samples *samples, struct qb_timeline **ret_timeline);

#endif
