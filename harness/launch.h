/* launch.h -- parent: one run in a fresh process of this very binary, supervised.  The run is
 * fork + exec, so that crash, hang, heap and address layout of one run never touch another. */
#ifndef QB_LAUNCH_H
#define QB_LAUNCH_H

#include "harness/partner.h"
#include "harness/samples.h"

/* Argument by which the child knows what it is: `qbench --qb-run FD`. */
#define QB_LAUNCH_ARGUMENT "--qb-run"

struct qb_launch_request {
	const struct qb_case *c;
	const struct qb_protocol *protocol;
	const struct qb_counters *counters; /* NULL: nothing is counted */
	unsigned counters_group;            /* of the plan, modulo their number */
	const struct qb_partner *partner;   /* NULL: nobody is told of the window */
	unsigned order;                     /* of this run among all */
	uint64_t seed;                      /* of this run */
	const char *executable;             /* NULL: /proc/self/exe */
	volatile const int *interrupted;    /* becomes non-zero: end the run; may be NULL */
	/* Called about ten times a second with the messages received so far; may be NULL. */
	void (*tick)(void *context, uint64_t message_count, enum qb_stage stage);
	void *context;
};

/* Runs it and fills *ret_samples, whatever happened: a crash, a hang (with where each thread stood
 * in `reason`) or an interrupt is a status, not an error.  -errno only where no child could be
 * started. */
int qb_launch_run(const struct qb_launch_request *request, struct qb_samples *ret_samples,
                  struct qb_error *error);

/* The child's side: measures what the mapping `fd` asks for; returns the process's exit code. */
int qb_run_main(int fd);

#endif
