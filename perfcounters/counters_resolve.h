/* counters_resolve.h -- from an event's name to a code that this kernel opens on this PMU. */
#ifndef QB_COUNTERS_RESOLVE_H
#define QB_COUNTERS_RESOLVE_H

#include "perfcounters/perfcounters.h"

/* Finds out what may be counted at all: narrows counters->scope and notes it, sets
 * counters->migrations.  Returns 0, or -errno with why nothing can be. */
int qb_counters_resolve_access(const struct qb_counters_system *system,
                               struct qb_counters *counters, struct qb_counters_why *ret_why);

/* Splits `name=event` and decides whether it is one of ours.  Returns 0, or -EINVAL with why. */
int qb_counters_resolve_name(const char *request, struct qb_counters_event *ret_event,
                             struct qb_counters_why *ret_why);

/* Tries the event's encodings on each core PMU, best first, until one opens; fills event->on. */
void qb_counters_resolve_event(const struct qb_counters_system *system,
                               const struct qb_counters *counters, struct qb_counters_event *event);

#endif
