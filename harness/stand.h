/* stand.h -- where the threads of a run stand, in words: for a run that hangs or crashed. */
#ifndef QB_STAND_H
#define QB_STAND_H

#include <sys/types.h>

#include "harness/mapping.h"

const char *qb_stand_stage_name(enum qb_stage stage); /* "warming up" */

/* One line per thread: role, what it does, its counts, and what the kernel says of it; of a process
 * that is gone (pid 0) what its threads said last.  `c` is the parent's own: the mapping's is the
 * queue's to spoil.  Cut to `size`. */
void qb_stand_describe(const struct qb_mapping *mapping, const struct qb_case *c, pid_t pid,
                       char *ret_text, size_t size);

#endif
