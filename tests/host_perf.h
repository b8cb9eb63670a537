/* host_perf.h -- the real kernel with events that every machine counts: breakpoints, page faults.
 */
#ifndef QB_HOST_PERF_H
#define QB_HOST_PERF_H

#include <criterion/criterion.h>

#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <string.h>

#include "perfcounters/perfcounters.h"

#define TYPE_SOFTWARE   1
#define TYPE_BREAKPOINT 5

static volatile uint64_t watched[8];
static struct qb_counters_system host;
static struct qb_counters plan;

/* `bpN` counts the writes to watched[N], `faults` page faults, `tsc` what its PMU says. */
static inline int encode_host(const char *name, struct qb_event_code *ret_code)
{
	long long type;

	*ret_code = (struct qb_event_code){ 0 };
	if (strncmp(name, "bp", 2) == 0) {
		ret_code->type = TYPE_BREAKPOINT;
		ret_code->bp_type = HW_BREAKPOINT_W;
		ret_code->config1 = (uint64_t)(uintptr_t)&watched[name[2] - '0'];
		ret_code->config2 = HW_BREAKPOINT_LEN_8;
		return 0;
	}
	if (strcmp(name, "faults") == 0) {
		ret_code->type = TYPE_SOFTWARE;
		ret_code->config = PERF_COUNT_SW_PAGE_FAULTS;
		return 0;
	}
	if (strcmp(name, "tsc") != 0 ||
	    qb_counters_system_number(&host, "/sys/bus/event_source/devices/msr/type", &type) < 0)
		return -ENOENT;
	ret_code->type = (uint32_t)type;
	return 0;
}

static inline void host_setup(void)
{
	host = qb_counters_system_linux;
	host.encode = encode_host;
}

static inline unsigned index_of(const char *name)
{
	for (unsigned i = 0; i < plan.event_count; i++)
		if (strcmp(plan.events[i].name, name) == 0)
			return i;
	cr_assert_fail("'%s' is not in the plan", name);
	return 0;
}

#endif
