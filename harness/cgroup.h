/* cgroup.h -- how much CPU time the control groups of this process grant. */
#ifndef QB_CGROUP_H
#define QB_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* The smallest CPU quota on the way from this process's group to the root, in CPUs (1.5: one and a
 * half CPUs' worth of time per period); 0 if there is none or none can be seen.  Versions 1 and 2.
 * `root` is "" or a folder that stands for / (tests). */
double qb_cgroup_cpu_quota(const char *root);

/* Periods in which this process's group was stopped because its quota was used up.  False: nobody
 * counts them. */
bool qb_cgroup_throttled(const char *root, uint64_t *ret_periods);

#endif
