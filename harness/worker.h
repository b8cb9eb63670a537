/* worker.h -- one thread of a run: verify its CPU, attach to the queue, line up, loop, detach. */
#ifndef QB_WORKER_H
#define QB_WORKER_H

#include <pthread.h>

#include "harness/mapping.h"
#include "harness/meter.h"
#include "harness/proof.h"

/* What all threads of a run share; owned by run.c. */
struct qb_crew {
	struct qb_mapping *mapping;
	const struct qb_queue *descriptor;
	void *queue;
	qb_loop_fn *loops[QB_ROLE_COUNT];
	struct qb_pace *pace;            /* timed loops; else NULL */
	struct qb_instant calibrated[2]; /* between which its clock was calibrated */
	struct qb_member *members;       /* producers, then consumers */
	pthread_barrier_t barrier;       /* all threads and the coordinator */
	uint32_t abandoned;              /* a thread could not line up: nobody loops */
};

/* One thread.  `sent_by` and `keeper` are read by the coordinator after the join. */
struct qb_member {
	struct qb_crew *crew;
	enum qb_role role;
	unsigned index;    /* within its role */
	unsigned position; /* among all: producers, then consumers */
	pthread_t thread;
	bool started;
	uint64_t end_count;        /* producer: stop after so many messages; UINT64_MAX: never */
	uint64_t sent_count;       /* producer: accepted by the queue */
	struct qb_keeper keeper;   /* consumer */
	struct qb_timing *timing;  /* consumer of a timed loop: allocated by its thread */
	struct qb_checker checker; /* consumer: as the loop left it */
	struct qb_meter meter;
	struct qb_error error;
};

/* Starts the thread on the case's CPU: the affinity is set before its stack is touched, so its
 * stack and its buffers are local to that CPU's node.  -errno. */
int qb_worker_start(struct qb_member *member, struct qb_error *error);

#endif
