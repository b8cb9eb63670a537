/* event_names -- the only user of libpfm4.
 *
 * libpfm4 encodes for a CPU that it detects.  Distributions ship releases older than the CPU, and
 * then the neighboring generation's table is right for the events wanted: LIBPFM_ENCODE_INACTIVE,
 * read once at initialization, opens every table to names with its prefix.  Names without one still
 * resolve in the tables of this machine only. */
#ifdef QB_HAVE_PFM

/* The kernel's header must come first: libpfm4's copy defines the same enumerations, unguarded. */
/* clang-format off */
#include <linux/perf_event.h>
#include <perfmon/pfmlib_perf_event.h>
/* clang-format on */
#include <perfmon/pfmlib.h>

#include "perfcounters/event_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libpfm4 keeps global state, and so does this: set once, by the first caller. */
static bool initialize(void)
{
	static enum { UNTRIED, READY, FAILED } state;
	const bool own = !getenv("LIBPFM_ENCODE_INACTIVE");

	if (state != UNTRIED)
		return state == READY;
	if (own)
		setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
	state = pfm_initialize() == PFM_SUCCESS ? READY : FAILED;
	if (own)
		unsetenv("LIBPFM_ENCODE_INACTIVE");
	return state == READY;
}

static bool describe(int pmu, pfm_pmu_info_t *ret_info)
{
	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->size = sizeof(*ret_info);
	return pfm_get_pmu_info((pfm_pmu_t)pmu, ret_info) == PFM_SUCCESS;
}

bool qb_event_names_available(void) { return initialize(); }

int qb_event_names_encode(const char *name, struct qb_event_code *ret_code)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	pfm_perf_encode_arg_t argument = { .size = sizeof(argument), .attr = &attr };
	int rc;

	if (!initialize())
		return -EIO;
	rc = pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT, &argument);
	if (rc != PFM_SUCCESS)
		return rc == PFM_ERR_NOMEM ? -EIO : -ENOENT;
	*ret_code = (struct qb_event_code){ attr.type, attr.bp_type, attr.config, attr.config1,
		                            attr.config2 };
	return 0;
}

bool qb_event_names_has_table(const char *table)
{
	pfm_pmu_info_t info;

	if (!initialize())
		return false;
	for (int pmu = 0; pmu < PFM_PMU_MAX; pmu++)
		if (describe(pmu, &info) && strcmp(info.name, table) == 0)
			return true;
	return false;
}

/* The kernel's generic events count as a CPU's to libpfm4; they are no table of its own. */
static bool is_cpu(const pfm_pmu_info_t *info)
{
	return info->is_present && info->type == PFM_PMU_TYPE_CORE &&
	       strncmp(info->name, "perf", strlen("perf")) != 0;
}

const char *qb_event_names_cpu(void)
{
	pfm_pmu_info_t info;

	if (!initialize())
		return "";
	for (int pmu = 0; pmu < PFM_PMU_MAX; pmu++)
		if (describe(pmu, &info) && is_cpu(&info))
			return info.name;
	return "";
}

void qb_event_names_each(void (*visit)(void *context, const char *table, const char *event),
                         void *context)
{
	pfm_pmu_info_t info;
	pfm_event_info_t event;

	if (!initialize())
		return;
	for (int pmu = 0; pmu < PFM_PMU_MAX; pmu++) {
		if (!describe(pmu, &info) || !info.is_present)
			continue;
		for (int i = info.first_event; i >= 0; i = pfm_get_event_next(i)) {
			memset(&event, 0, sizeof(event));
			event.size = sizeof(event);
			if (pfm_get_event_info(i, PFM_OS_PERF_EVENT, &event) == PFM_SUCCESS)
				visit(context, info.name, event.name);
		}
	}
}

#else
/* Keeps the unit from being empty, which ISO C forbids. */
typedef int event_names_unit;
#endif
