/* doctor_machine -- what kind of machine this is, and what it lets us see. */
#include <stdio.h>
#include <string.h>

#include "harness/doctor.h"
#include "harness/environment_checks.h"
#include "harness/kernel_file.h"

#define CPUS_FEW 4

static enum qb_health look_at_hypervisor(const struct qb_doctor_facts *facts,
                                         struct qb_finding *finding)
{
	if (!facts->machine->hypervisor[0])
		return qb_doctor_say(finding, QB_HEALTH_OK, "no hypervisor shows itself");
	qb_doctor_mend(finding, "qbench ab BASE NEW (compares in one sitting, interleaved)");
	return qb_doctor_say(finding, QB_HEALTH_WARNING, "this is a guest of the hypervisor '%s'",
	                     facts->machine->hypervisor);
}

/* How to come by counters, as far as the cause tells. */
static void mend_counters(struct qb_finding *finding, const struct qb_doctor_facts *facts,
                          enum qb_absence code)
{
	if (code == QB_ABSENCE_DENIED)
		qb_doctor_mend(finding, "sudo sysctl kernel.perf_event_paranoid=2");
	else if (code == QB_ABSENCE_SECCOMP)
		qb_doctor_mend(finding, "docker run --cap-add PERFMON");
	else if (code == QB_ABSENCE_NO_PMU && facts->machine->hypervisor[0])
		qb_doctor_mend(finding, "on the host: give the guest a virtual PMU "
		                        "(qemu -cpu host,pmu=on), or measure on bare metal");
	else if (code == QB_ABSENCE_NO_LIBRARY)
		qb_doctor_mend(finding, "make deps, then make");
}

static enum qb_health look_at_counters(const struct qb_doctor_facts *facts,
                                       struct qb_finding *finding)
{
	const struct qb_counters *counters = facts->counters;
	unsigned count = 0;

	for (unsigned i = 0; i < counters->event_count; i++)
		count += counters->events[i].why.code == QB_ABSENCE_NONE;
	if (count > 0)
		return qb_doctor_say(finding, QB_HEALTH_OK,
		                     "%u of %u hardware counters count ('qbench list')", count,
		                     counters->event_count);
	mend_counters(finding, facts, counters->events[0].why.code);
	return qb_doctor_say(finding, QB_HEALTH_WARNING, "no hardware counter counts here: %s",
	                     counters->events[0].why.text);
}

static enum qb_health look_at_energy(const struct qb_doctor_facts *facts,
                                     struct qb_finding *finding)
{
	static const char prefix[] = "energy: ";
	const bool has_prefix = strncmp(facts->energy_why->text, prefix, strlen(prefix)) == 0;

	if (facts->energy_known)
		return qb_doctor_say(finding, QB_HEALTH_OK, "energy is counted");
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "%s",
	                     facts->energy_why->text + (has_prefix ? strlen(prefix) : 0));
}

static enum qb_health look_at_cpus(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	const struct qb_machine *machine = facts->machine;

	return qb_doctor_say(finding,
	                     machine->logical_cpus < CPUS_FEW ? QB_HEALTH_NOTE : QB_HEALTH_OK,
	                     "%u CPUs of %u cores are usable (%s)", machine->logical_cpus,
	                     machine->cores, machine->allowed_cpus);
}

static enum qb_health look_at_affinity(const struct qb_doctor_facts *facts,
                                       struct qb_finding *finding)
{
	char online[256];

	if (!qb_kernel_file_line(facts->root, "/sys/devices/system/cpu/online", online,
	                         sizeof(online)))
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "the kernel does not tell which CPUs are online");
	if (strcmp(online, facts->machine->allowed_cpus) == 0)
		return qb_doctor_say(finding, QB_HEALTH_OK, "every CPU that is online is usable");
	qb_doctor_mend(finding, "taskset -c %s qbench ... (or a wider cpuset)", online);
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "CPUs %s are online, of which we may use %s",
	                     online, facts->machine->allowed_cpus);
}

static enum qb_health look_at_quota(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	const struct qb_machine *machine = facts->machine;

	if (machine->cpu_quota <= 0)
		return qb_doctor_say(finding, QB_HEALTH_OK, "no CPU quota");
	if (machine->cpu_quota >= machine->logical_cpus)
		return qb_doctor_say(finding, QB_HEALTH_OK, "a quota of %.4g CPUs covers all",
		                     machine->cpu_quota);
	qb_doctor_mend(finding, "raise the quota (cpu.max; docker run --cpus=%u)",
	               machine->logical_cpus);
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "the control group grants %.4g CPUs' worth of time on %u CPUs",
	                     machine->cpu_quota, machine->logical_cpus);
}

static enum qb_health look_at_build(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	const struct qb_environment_facts own = { facts->root, facts->machine, facts->tool };

	for (const struct qb_environment_check *check = qb_environment_checks; check->code;
	     check++) {
		if (!strstr(check->code, "-build") ||
		    !check->warns(&own, finding->text, sizeof(finding->text)))
			continue;
		qb_doctor_mend(finding, "make BUILD=release");
		return QB_HEALTH_WARNING;
	}
	return qb_doctor_say(finding, QB_HEALTH_OK, "qbench was built for measuring (%s)",
	                     facts->tool->flags);
}

static enum qb_health look_at_smt(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	if (!facts->machine->smt)
		return qb_doctor_say(finding, QB_HEALTH_OK, "no core runs two threads at once");
	qb_doctor_mend(finding, "qbench run --pin cores, or echo off | sudo tee "
	                        "/sys/devices/system/cpu/smt/control");
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "each core runs several hardware threads");
}

const struct qb_doctor_check qb_doctor_machine[] = {
	{ "build", "the figures are those of other code than users run", look_at_build },
	{ "hypervisor",
	  "it takes CPU time and moves caches unseen: compare only figures of the same kind of "
	  "guest",
	  look_at_hypervisor },
	{ "cpu-quota", "threads are stopped in every period once it is used up", look_at_quota },
	{ "counters", "figures are there, but not why: no cycles, misses or line transfers",
	  look_at_counters },
	{ "cpus", "more threads than CPUs take turns: the scheduler becomes part of the figure",
	  look_at_cpus },
	{ "affinity", "placements are planned on what is usable only", look_at_affinity },
	{ "smt", "two busy threads of one core slow each other down", look_at_smt },
	{ "energy", "joules per message cannot be told", look_at_energy },
	{ NULL, NULL, NULL },
};
