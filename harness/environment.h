/* environment.h -- facts about this machine and this build, and what is wrong with them. */
#ifndef QB_ENVIRONMENT_H
#define QB_ENVIRONMENT_H

#include "harness/result.h"
#include "harness/topology.h"

/* `root` is "" or a folder that stands for / (tests).  Absent facts stay "" or 0, never guessed.
 * The counts are those of the topology: what this process may use.  The warnings say what disturbs
 * a measurement here and what to do about it. */
void qb_environment_machine(const char *root, const struct qb_topology *topology,
                            struct qb_machine *ret_machine);
void qb_environment_tool(struct qb_tool *ret_tool);

#endif
