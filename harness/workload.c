/* workload -- the table of workloads; how each is run is known to run.c and worker.c. */
#include "harness/workload.h"

#include "harness/nearest.h"

const struct qb_workload qb_workloads[] = {
	{ "throughput", "every producer sends as fast as it can, every consumer receives" },
	{ NULL, NULL },
};

const struct qb_workload *qb_workload_find(const char *name, struct qb_error *error)
{
	const char *names[sizeof(qb_workloads) / sizeof(qb_workloads[0])];
	const char *nearest;
	size_t count = 0;

	for (; qb_workloads[count].name; count++) {
		if (strcmp(qb_workloads[count].name, name) == 0)
			return &qb_workloads[count];
		names[count] = qb_workloads[count].name;
	}
	nearest = qb_nearest_word(name, names, count);
	if (nearest)
		return qb_fail(error, ENOENT, "no workload '%s', did you mean '%s'?", name,
		               nearest);
	return qb_fail(error, ENOENT, "no workload '%s'", name);
}
