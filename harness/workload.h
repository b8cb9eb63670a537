/* workload.h -- what a run can do with a queue, by name. */
#ifndef QB_WORKLOAD_H
#define QB_WORKLOAD_H

#include "harness/config.h"

struct qb_workload {
	const char *name; /* `throughput` */
	const char *summary;
	/* What a comparison judges it by. */
	const char *metric, *unit;
	bool higher_is_better;
	bool open_loop; /* messages are due at a rate, and timed */
};

/* The table, ended by a NULL name. */
extern const struct qb_workload qb_workloads[];

/* The workload called `name`, or NULL with a sentence that names the nearest. */
const struct qb_workload *qb_workload_find(const char *name, struct qb_error *error);

/* Likewise; throughput for a name that is none, from a file. */
const struct qb_workload *qb_workload_judged(const char *name);

/* Whether the workloads asked for are there, each once, and whether what else was asked for goes
 * with them.  -errno and a sentence. */
int qb_workload_check(const struct qb_config *config, struct qb_error *error);

/* Sets what the case's workload takes from the configuration. */
void qb_workload_apply(const struct qb_config *config, struct qb_case *c);

#endif
