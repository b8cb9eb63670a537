/* event_names_none -- stands in for event_names.c where libpfm4 is absent: knows no name at all.
 *
 * Counters still work there: by the kernel's generic events and by the codes of semantic_events.c.
 */
#ifndef QB_HAVE_PFM

#include "perfcounters/event_names.h"

#include <errno.h>

bool qb_event_names_available(void) { return false; }

int qb_event_names_encode(const char *name, struct qb_event_code *ret_code)
{
	(void)name;
	(void)ret_code;
	return -ENOSYS;
}

bool qb_event_names_has_table(const char *table)
{
	(void)table;
	return false;
}

const char *qb_event_names_cpu(void) { return ""; }

void qb_event_names_each(void (*visit)(void *context, const char *table, const char *event),
                         void *context)
{
	(void)visit;
	(void)context;
}

#else
/* Keeps the unit from being empty, which ISO C forbids. */
typedef int event_names_none_unit;
#endif
