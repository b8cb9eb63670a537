/* environment_checks.c -- what may be wrong with a machine or a build: one row, one check
 *
 * A check reads facts and changes nothing; it names the command that mends what it found.  What
 * cannot be seen is said to be unseen, because silence would pass for "in order".
 */
#include "harness/environment_checks.h"

#include <stdio.h>
#include <string.h>

#include "harness/kernel_file.h"

#define CLOCKSOURCES "/sys/devices/system/clocksource/clocksource0/"

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(word, *words) != 0)
		words++;
	return *words != NULL;
}

static bool hypervisor_warns(const struct qb_environment_facts *facts, char *ret_text, size_t size)
{
	if (facts->machine->hypervisor[0] == '\0')
		return false;
	snprintf(ret_text, size,
	         "runs under the hypervisor '%s', which takes CPU time and moves caches unseen: "
	         "compare only figures of the same kind of guest, best interleaved in one sitting "
	         "with 'qbench ab'",
	         facts->machine->hypervisor);
	return true;
}

static bool governor_warns(const struct qb_environment_facts *facts, char *ret_text, size_t size)
{
	const struct qb_machine *const machine = facts->machine;

	if (strcmp(machine->governor, "performance") == 0)
		return false;
	if (machine->governor[0] == '\0')
		snprintf(ret_text, size,
		         "no frequency governor is visible, so CPU frequencies may move unseen: %s",
		         machine->hypervisor[0]
		                 ? "in a guest they are the host's; set 'performance' there"
		                 : "load the cpufreq driver, or fix the frequency in the firmware");
	else
		snprintf(ret_text, size,
		         "the frequency governor is '%s', so CPU frequencies follow the load: echo "
		         "performance | sudo tee "
		         "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
		         machine->governor);
	return true;
}

/* Sources that are read without leaving the process: the TSC, alone or behind a guest's scale, and
 * what other architectures have in its place. */
static const char *const quick_clocksources[] = { "tsc",
	                                          "kvm-clock",
	                                          "hyperv_clocksource_tsc_page",
	                                          "xen",
	                                          "arch_sys_counter",
	                                          "timebase",
	                                          "riscv_clocksource",
	                                          "stable",
	                                          "tod",
	                                          NULL };

bool qb_environment_checks_is_quick(const char *clocksource)
{
	return is_one_of(clocksource, quick_clocksources);
}

static bool clocksource_warns(const struct qb_environment_facts *facts, char *ret_text, size_t size)
{
	const char *const clocksource = facts->machine->clocksource;
	char available[128];

	if (clocksource[0] == '\0' || qb_environment_checks_is_quick(clocksource))
		return false;
	qb_kernel_file_line(facts->root, CLOCKSOURCES "available_clocksource", available,
	                    sizeof(available));
	snprintf(ret_text, size,
	         "the kernel keeps time by '%s', which is slow to read and does not count with the "
	         "TSC: %s",
	         clocksource,
	         strncmp(available, "tsc", 3) == 0 || strstr(available, " tsc")
	                 ? "echo tsc | sudo tee " CLOCKSOURCES "current_clocksource"
	                 : "'dmesg | grep -i -e tsc -e clocksource' says why");
	return true;
}

static bool quota_warns(const struct qb_environment_facts *facts, char *ret_text, size_t size)
{
	const struct qb_machine *const machine = facts->machine;

	if (machine->cpu_quota <= 0 || machine->cpu_quota >= machine->logical_cpus)
		return false;
	snprintf(ret_text, size,
	         "the control group grants %.4g CPUs' worth of time on %u CPUs, so threads are "
	         "stopped in every period: raise its quota (cpu.max; docker run --cpus), or pin to "
	         "as many CPUs as it grants",
	         machine->cpu_quota, machine->logical_cpus);
	return true;
}

static bool numa_balancing_warns(const struct qb_environment_facts *facts, char *ret_text,
                                 size_t size)
{
	uint64_t balancing;

	if (!qb_kernel_file_number(facts->root, "/proc/sys/kernel/numa_balancing", &balancing) ||
	    balancing == 0)
		return false;
	snprintf(ret_text, size,
	         "the kernel moves pages between NUMA nodes while they are measured: sudo sysctl "
	         "kernel.numa_balancing=0");
	return true;
}

static bool is_instrumented(const struct qb_tool *tool)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return tool != NULL;
#else
	return strstr(tool->flags, "-fsanitize=") != NULL;
#endif
}

static bool sanitizer_warns(const struct qb_environment_facts *facts, char *ret_text, size_t size)
{
	if (!is_instrumented(facts->tool))
		return false;
	snprintf(ret_text, size,
	         "built with a sanitizer, so the figures are those of instrumented code: make "
	         "BUILD=release");
	return true;
}

static bool optimization_warns(const struct qb_environment_facts *facts, char *ret_text,
                               size_t size)
{
#ifdef __OPTIMIZE__
	(void)facts;
	(void)ret_text;
	(void)size;
	return false;
#else
	snprintf(ret_text, size, "built without optimization (%s): make BUILD=release",
	         facts->tool->flags);
	return true;
#endif
}

const struct qb_environment_check qb_environment_checks[] = {
	{ "sanitizer-build", sanitizer_warns }, { "unoptimized-build", optimization_warns },
	{ "cpu-quota", quota_warns },           { "governor", governor_warns },
	{ "clocksource", clocksource_warns },   { "numa-balancing", numa_balancing_warns },
	{ "hypervisor", hypervisor_warns },     { NULL, NULL },
};

size_t qb_environment_checks_run(const struct qb_environment_facts *facts,
                                 struct qb_warning *ret_warnings, size_t max)
{
	size_t count = 0;

	for (const struct qb_environment_check *c = qb_environment_checks; c->code; c++) {
		if (count == max ||
		    !c->warns(facts, ret_warnings[count].text, sizeof(ret_warnings[count].text)))
			continue;
		snprintf(ret_warnings[count].code, sizeof(ret_warnings[count].code), "%s", c->code);
		count++;
	}
	return count;
}
