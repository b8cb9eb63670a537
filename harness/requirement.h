/* requirement.h -- pure: a minimum stated without a baseline: 'spsc: throughput >= 100M'. */
#ifndef QB_REQUIREMENT_H
#define QB_REQUIREMENT_H

#include "harness/comparison.h"

struct qb_requirement {
	char text[160];
	char scope[QB_KEY_SIZE]; /* a glob over keys or names of queues; "" means every case */
	char metric[QB_NAME_SIZE];
	bool at_least; /* else at most */
	double limit;  /* messages per second, nanoseconds, bytes: as the metric has it */
};

/* One metric of one case, as it was measured. */
struct qb_requirement_cell {
	const char *key, *metric, *unit;
	size_t count;
	const double *values; /* one per run */
	const char *reason;   /* why there are none; "" otherwise */
};

/* "[GLOB:] METRIC >= NUMBER", or <=; a number may end in k, M, G, Ki, Mi, Gi, ns, us, ms, s.
 * -EINVAL and a sentence on what is wrong. */
int qb_requirement_parse(const char *text, struct qb_requirement *ret_requirement,
                         struct qb_error *error);

/* True if the requirement is about a case of that key. */
bool qb_requirement_concerns(const struct qb_requirement *requirement, const char *key);

/* Holds the cells against the requirement, adds a result per cell that it concerns to the document,
 * or one that says that there is none.  -ENOMEM. */
int qb_requirement_check(const struct qb_requirement *requirement,
                         const struct qb_requirement_cell *cells, size_t cell_count,
                         struct qb_comparison_document *document);

#endif
