/* event_names.h -- from an event's name to what perf_event_open wants.
 *
 * event_names.c asks libpfm4; event_names_none.c stands in where that library is absent. */
#ifndef QB_EVENT_NAMES_H
#define QB_EVENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event as the kernel knows it: the like-named members of struct perf_event_attr. */
struct qb_event_code {
	uint32_t type;
	uint32_t bp_type; /* of a breakpoint event; its address and length are config1, config2 */
	uint64_t config, config1, config2;
};

/* False in a build without libpfm4. */
bool qb_event_names_available(void);

/* `spr::INST_RETIRED:ANY_P` or `perf::PAGE-FAULTS`; a name without a table's prefix is looked up in
 * the tables of this machine only, never in another generation's.  Main thread only.
 * Returns 0, -ENOENT (no such event or attribute), -ENOSYS (built without libpfm4) or -EIO. */
int qb_event_names_encode(const char *name, struct qb_event_code *ret_code);

/* True if libpfm4 has a table of that name at all (`spr`); detected or not. */
bool qb_event_names_has_table(const char *table);

/* The table that libpfm4 takes for this CPU (`icl`); "" where it knows none. */
const char *qb_event_names_cpu(void);

/* Calls visit(context, table, event) for each event of this CPU's and the kernel's tables. */
void qb_event_names_each(void (*visit)(void *context, const char *table, const char *event),
                         void *context);

#endif
