/* workload.h -- what a run can do with a queue, by name. */
#ifndef QB_WORKLOAD_H
#define QB_WORKLOAD_H

#include "harness/case.h"

struct qb_workload {
	const char *name; /* `throughput` */
	const char *summary;
};

/* The table, ended by a NULL name. */
extern const struct qb_workload qb_workloads[];

/* The workload called `name`, or NULL with a sentence that names the nearest. */
const struct qb_workload *qb_workload_find(const char *name, struct qb_error *error);

#endif
