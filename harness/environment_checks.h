/* environment_checks.h -- what may be wrong with a machine or a build: one row, one check. */
#ifndef QB_ENVIRONMENT_CHECKS_H
#define QB_ENVIRONMENT_CHECKS_H

#include "harness/result.h"

/* What a check may look at. */
struct qb_environment_facts {
	const char *root; /* for what is in no fact */
	const struct qb_machine *machine;
	const struct qb_tool *tool;
};

struct qb_environment_check {
	const char *code; /* of the warning */
	/* True, with what is wrong and what to do, or false. */
	bool (*warns)(const struct qb_environment_facts *facts, char *ret_text, size_t size);
};

extern const struct qb_environment_check qb_environment_checks[]; /* ended by a NULL code */

/* True for a clock source that is read from the CPU's own counter. */
bool qb_environment_checks_is_quick(const char *clocksource);

/* Runs all checks; returns the number of warnings, at most max. */
size_t qb_environment_checks_run(const struct qb_environment_facts *facts,
                                 struct qb_warning *ret_warnings, size_t max);

#endif
