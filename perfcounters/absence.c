/* absence -- the sentences of missing counters, in one place.
 *
 * Pure: errno and facts in, sentence out.  Causes mask each other (a filter hides permission,
 * permission hides a missing PMU), so the order of the tests below is the meaning of this file. */
#include "perfcounters/absence.h"

#include "perfcounters/counter_math.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[QB_ABSENCE_COUNT] = {
	[QB_ABSENCE_NONE] = "none",
	[QB_ABSENCE_NO_PMU] = "no-pmu",
	[QB_ABSENCE_CPU_UNKNOWN] = "cpu-unknown",
	[QB_ABSENCE_EVENT_MISSING] = "event-missing",
	[QB_ABSENCE_DENIED] = "denied",
	[QB_ABSENCE_SECCOMP] = "seccomp",
	[QB_ABSENCE_NO_SYSCALL] = "no-syscall",
	[QB_ABSENCE_NO_SLOTS] = "no-slots",
	[QB_ABSENCE_MULTIPLEXED] = "multiplexed",
	[QB_ABSENCE_DEAD] = "dead",
	[QB_ABSENCE_IMPLAUSIBLE] = "implausible",
	[QB_ABSENCE_WRONG_CORE_TYPE] = "wrong-core-type",
	[QB_ABSENCE_FDS] = "fds",
	[QB_ABSENCE_NO_LIBRARY] = "no-library",
	[QB_ABSENCE_OTHER_RUN] = "other-run",
	[QB_ABSENCE_INPUT] = "input",
	[QB_ABSENCE_OTHER] = "other",
};

const char *qb_absence_name(enum qb_absence code)
{
	assert(code < QB_ABSENCE_COUNT);
	return names[code];
}

int qb_absence_set(struct qb_counters_why *ret_why, enum qb_absence code, int err,
                   const char *format, ...)
{
	va_list arguments;

	ret_why->code = code;
	ret_why->err = err;
	va_start(arguments, format);
	vsnprintf(ret_why->text, sizeof(ret_why->text), format, arguments);
	va_end(arguments);
	return -err;
}

static void refused_without_pmu(const struct qb_absence_facts *facts,
                                struct qb_counters_why *ret_why)
{
	char guest[96] = "";

	if (facts->hypervisor[0])
		snprintf(guest, sizeof(guest), "; this is a %s guest without a virtual PMU",
		         facts->hypervisor);
	qb_absence_set(ret_why, QB_ABSENCE_NO_PMU, ENOENT,
	               "hardware counters: none. The kernel has no CPU PMU driver active "
	               "(perf_event_open: ENOENT)%s. Software counters are used.",
	               guest);
}

static void refused_by_permission(const struct qb_absence_facts *facts,
                                  struct qb_counters_why *ret_why)
{
	if (!facts->paranoid_known)
		qb_absence_set(ret_why, QB_ABSENCE_DENIED, EACCES,
		               "needs CAP_PERFMON or kernel.perf_event_paranoid <= 2");
	else if (facts->paranoid > 2)
		qb_absence_set(ret_why, QB_ABSENCE_DENIED, EACCES,
		               "needs CAP_PERFMON or kernel.perf_event_paranoid <= 2 (now %d)",
		               facts->paranoid);
	else
		qb_absence_set(ret_why, QB_ABSENCE_DENIED, EACCES,
		               "needs CAP_PERFMON: denied although kernel.perf_event_paranoid "
		               "is %d (a security module?)",
		               facts->paranoid);
}

/* The names of what perf_event_open(2) lists; the C library's own way is glibc's alone. */
static const char *errno_name(int err)
{
	switch (err) {
	case E2BIG:
		return "E2BIG";
	case EBUSY:
		return "EBUSY";
	case EINVAL:
		return "EINVAL";
	case ENODEV:
		return "ENODEV";
	case ENOSPC:
		return "ENOSPC";
	case EOPNOTSUPP:
		return "EOPNOTSUPP";
	case EOVERFLOW:
		return "EOVERFLOW";
	case EPERM:
		return "EPERM";
	default:
		return strerror(err);
	}
}

static void refused_otherwise(const struct qb_absence_refusal *refusal,
                              struct qb_counters_why *ret_why)
{
	qb_absence_set(ret_why, QB_ABSENCE_OTHER, refusal->err,
	               "perf_event_open(type=%u config=0x%llx): errno %d %s", refusal->type,
	               refusal->config, refusal->err, errno_name(refusal->err));
}

void qb_absence_refused(const struct qb_absence_facts *facts,
                        const struct qb_absence_refusal *refusal, struct qb_counters_why *ret_why)
{
	const int err = refusal->err;
	const bool filtered = facts->seccomp == 2;

	if ((err == EPERM || err == ENOSYS) && filtered)
		qb_absence_set(ret_why, QB_ABSENCE_SECCOMP, err,
		               "perf_event_open is blocked by a seccomp filter (container "
		               "default); add --cap-add PERFMON or a profile that allows it");
	else if (err == ENOSYS)
		qb_absence_set(ret_why, QB_ABSENCE_NO_SYSCALL, err,
		               "kernel built without perf events");
	else if (err == EACCES)
		refused_by_permission(facts, ret_why);
	else if (err == ENOENT && !facts->core_pmu)
		refused_without_pmu(facts, ret_why);
	else if (err == ENOENT)
		qb_absence_set(ret_why, QB_ABSENCE_EVENT_MISSING, err,
		               "%s: not offered by this PMU (%s)", refusal->event, refusal->pmu);
	else if (err == EMFILE || err == ENFILE)
		qb_absence_set(ret_why, QB_ABSENCE_FDS, err, "out of file descriptors");
	else
		refused_otherwise(refusal, ret_why);
}

void qb_absence_unscheduled(const struct qb_absence_facts *facts, struct qb_counters_why *ret_why)
{
	qb_absence_set(ret_why, QB_ABSENCE_NO_SLOTS, 0,
	               "counter group never scheduled: more events than free counters%s",
	               facts->nmi_watchdog ? " (nmi_watchdog holds one)" : "");
}

void qb_absence_explain(const struct qb_absence_facts *facts, enum qb_absence code, double coverage,
                        struct qb_counters_why *ret_why)
{
	switch (code) {
	case QB_ABSENCE_NO_SLOTS:
		qb_absence_unscheduled(facts, ret_why);
		break;
	case QB_ABSENCE_MULTIPLEXED:
		qb_absence_set(ret_why, code, 0,
		               coverage < QB_COVERAGE_MIN
		                       ? "counted in %.0f%% of the region, too little to "
		                         "estimate the rest: others use the counters too"
		                       : "~ estimated from %.0f%% of the region",
		               100 * coverage);
		break;
	case QB_ABSENCE_FDS:
		qb_absence_set(ret_why, code, EMFILE, "out of file descriptors");
		break;
	case QB_ABSENCE_OTHER_RUN:
		qb_absence_set(ret_why, code, 0, "counted in other runs: groups take turns");
		break;
	default:
		qb_absence_set(ret_why, code, 0, "%s", qb_absence_name(code));
	}
}
