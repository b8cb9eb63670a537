/* meter.h -- the counters of a run's threads: attached by each, snapped at the window's edges. */
#ifndef QB_METER_H
#define QB_METER_H

#include "harness/mapping.h"

struct qb_crew;
struct qb_member;

/* One thread's counters and its two snaps. */
struct qb_meter {
	bool attached;
	uint32_t entered; /* the thread goes into its loop, and has taken from if the window does */
	uint32_t left;    /* the thread is through its loop, and has taken own_to */
	bool took_part;   /* entered when the window ended: the coordinator's note */
	struct qb_counters_thread thread;
	struct qb_counters_snap from, to, own_to;
	uint64_t from_count, to_count, own_count; /* messages of the thread at each snap */
};

/* The thread itself: after it was pinned; before its loop, where the window begins with it; after
 * its loop, because of a thread that has ended nobody can read anything any more. */
void qb_meter_attach(struct qb_member *member);
void qb_meter_enter(struct qb_member *member);
void qb_meter_leave(struct qb_member *member);

/* The coordinator: before the barrier, at the window's edges, after the threads have ended.  All
 * do nothing in a run that counts nothing. */
void qb_meter_open(struct qb_crew *crew);
void qb_meter_begin(struct qb_crew *crew);
void qb_meter_end(struct qb_crew *crew);
void qb_meter_close(struct qb_crew *crew);

#endif
