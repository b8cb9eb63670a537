/* clock_offsets.h -- how far the tick counters of the usable CPUs lie apart. */
#ifndef QB_CLOCK_OFFSETS_H
#define QB_CLOCK_OFFSETS_H

#include "harness/limits.h"

/* Holds the counter of the first CPU against that of each other one, of 64 at most, spread over
 * all; some ms a pair.  *ret_limits has one `clock_offset` a pair, none on one CPU; released by
 * qb_limits_finish.  -ENOMEM. */
int qb_clock_offsets_measure(const struct qb_topology *topology, struct qb_limits *ret_limits,
                             struct qb_error *error);

#endif
