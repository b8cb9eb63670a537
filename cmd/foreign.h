/* foreign.h -- one run measured by another qbench, through its command line. */
#ifndef QB_FOREIGN_H
#define QB_FOREIGN_H

#include "harness/result.h"

struct qb_foreign_request {
	const char *executable; /* a path */
	const char *impl;       /* as that qbench knows it */
	const struct qb_case *c;
	enum qb_api api; /* as asked for: AUTO lets each choose its best */
	const char *pin; /* as asked for */
	const struct qb_protocol *protocol;
	uint64_t seed;
	volatile const int *interrupted;
};

/* Runs `EXECUTABLE run ... --runs 1 --format json` and reads what it prints.  *ret_result is one
 * result with one run, released with qb_result_finish; its status is `interrupted` after Ctrl-C.
 * -errno and a sentence where that program cannot be started, refuses, or prints no result. */
int qb_foreign_run(const struct qb_foreign_request *request, struct qb_result *ret_result,
                   struct qb_error *error);

#endif
