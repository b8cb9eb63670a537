/* doctor_settings -- how the kernel is set up: what it says, and the command that says otherwise.
 */
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/doctor.h"
#include "harness/environment_checks.h"
#include "harness/kernel_file.h"

#define CPU_FOLDER    "/sys/devices/system/cpu/"
#define OFFSET_MAX_NS 1000 /* a window of 0.1 s is wrong by 10 ppm then */

static bool is_guest(const struct qb_doctor_facts *facts)
{
	return facts->machine->hypervisor[0] != '\0';
}

static enum qb_health look_at_governor(const struct qb_doctor_facts *facts,
                                       struct qb_finding *finding)
{
	const char *governor = facts->machine->governor;

	if (strcmp(governor, "performance") == 0)
		return qb_doctor_say(finding, QB_HEALTH_OK, "the governor is 'performance'");
	if (!governor[0]) {
		qb_doctor_mend(finding, "%s",
		               is_guest(facts) ? "on the host: sudo cpupower frequency-set -g "
		                                 "performance"
		                               : "sudo modprobe acpi-cpufreq, or fix the "
		                                 "frequency in the firmware");
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "no frequency governor is visible");
	}
	qb_doctor_mend(finding, "echo performance | sudo tee "
	                        "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
	return qb_doctor_say(finding, QB_HEALTH_WARNING, "the frequency governor is '%s'",
	                     governor);
}

static enum qb_health look_at_boost(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	uint64_t value;
	bool on;

	if (qb_kernel_file_number(facts->root, CPU_FOLDER "intel_pstate/no_turbo", &value)) {
		on = value == 0;
		qb_doctor_mend(finding, "echo 1 | sudo tee " CPU_FOLDER "intel_pstate/no_turbo");
	} else if (qb_kernel_file_number(facts->root, CPU_FOLDER "cpufreq/boost", &value)) {
		on = value != 0;
		qb_doctor_mend(finding, "echo 0 | sudo tee " CPU_FOLDER "cpufreq/boost");
	} else {
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "whether the CPUs boost is not visible%s",
		                     is_guest(facts) ? ": it is the host's" : "");
	}
	if (on)
		return qb_doctor_say(finding, QB_HEALTH_NOTE, "the CPUs may boost");
	finding->mend[0] = '\0';
	return qb_doctor_say(finding, QB_HEALTH_OK, "the CPUs do not boost");
}

static enum qb_health look_at_range(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	char path[96];
	uint64_t low, high;

	for (size_t i = 0; i < facts->topology->pu_count; i++) {
		const unsigned cpu = facts->topology->pus[i].os;

		snprintf(path, sizeof(path), CPU_FOLDER "cpu%u/cpufreq/scaling_min_freq", cpu);
		if (!qb_kernel_file_number(facts->root, path, &low))
			continue;
		snprintf(path, sizeof(path), CPU_FOLDER "cpu%u/cpufreq/scaling_max_freq", cpu);
		if (!qb_kernel_file_number(facts->root, path, &high) || low >= high)
			return qb_doctor_say(finding, QB_HEALTH_OK,
			                     "the frequency is fixed at %.2f GHz",
			                     (double)low / 1e6);
		qb_doctor_mend(finding, "sudo cpupower frequency-set --min %llukHz",
		               (unsigned long long)high);
		return qb_doctor_say(finding, QB_HEALTH_NOTE,
		                     "the frequency may be anything from %.2f to %.2f GHz",
		                     (double)low / 1e6, (double)high / 1e6);
	}
	return qb_doctor_say(finding, QB_HEALTH_UNKNOWN, "the range of frequencies is not visible");
}

/* The row of environment_checks that knows which clocks are quick, less its advice. */
static enum qb_health look_at_clock(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	const struct qb_environment_facts own = { facts->root, facts->machine, facts->tool };
	char text[sizeof(finding->text)], *colon;
	const struct qb_environment_check *check = qb_environment_checks;

	if (!facts->machine->clocksource[0])
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "the kernel does not name its clock source");
	while (check->code && strcmp(check->code, "clocksource") != 0)
		check++;
	if (!check->code || !check->warns(&own, text, sizeof(text)))
		return qb_doctor_say(finding, QB_HEALTH_OK, "the clock source is '%s'",
		                     facts->machine->clocksource);
	colon = strstr(text, ": ");
	if (colon) {
		*colon = '\0';
		qb_doctor_mend(finding, "%.250s", colon + 2);
	}
	return qb_doctor_say(finding, QB_HEALTH_WARNING, "%s", text);
}

static enum qb_health look_at_tsc(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	char flags[8192];

	if (!qb_kernel_file_value(facts->root, "/proc/cpuinfo", "flags", flags, sizeof(flags)))
		return qb_doctor_say(finding, QB_HEALTH_OK, "no TSC to depend on");
	if (strstr(flags, " constant_tsc") && strstr(flags, " nonstop_tsc"))
		return qb_doctor_say(finding, QB_HEALTH_OK, "the TSC is constant and never stops");
	qb_doctor_mend(finding, "%s", is_guest(facts) ? "on the host: qemu -cpu host,+invtsc" : "");
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "the TSC may change its rate or stop (no constant_tsc, nonstop_tsc)");
}

/* Nanoseconds by which the two counters differ at least: 0 where they may agree. */
static double certain_offset(const struct qb_limit *offset)
{
	return fmax(0, fmax(offset->min, -offset->max));
}

/* The pair that says most: not measured, else that which is off the most, else the least sure. */
static const struct qb_limit *worst_offset(const struct qb_limits *offsets)
{
	const struct qb_limit *worst = NULL;

	for (size_t i = 0; i < offsets->count; i++) {
		const struct qb_limit *offset = &offsets->limits[i];

		if (!offset->measured)
			return offset;
		if (!worst || certain_offset(offset) > certain_offset(worst) ||
		    (certain_offset(worst) <= 0 &&
		     offset->max - offset->min > worst->max - worst->min))
			worst = offset;
	}
	return worst;
}

static enum qb_health look_at_offsets(const struct qb_doctor_facts *facts,
                                      struct qb_finding *finding)
{
	const struct qb_limit *worst = worst_offset(facts->offsets);
	double certain;

	if (!worst || facts->topology->pu_count < 2)
		return qb_doctor_say(finding, QB_HEALTH_OK, "there is one counter only");
	if (!worst->measured)
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "the tick counters could not be held against each other: %s",
		                     worst->reason);
	certain = certain_offset(worst);
	if (certain <= 0)
		return qb_doctor_say(finding, QB_HEALTH_OK,
		                     "the tick counters agree: that of CPU %d less that of CPU %d "
		                     "is within %.0f to %.0f ns",
		                     worst->pair.cpu_b, worst->pair.cpu_a, worst->min, worst->max);
	qb_doctor_mend(finding, "%s",
	               is_guest(facts) ? "on the host: qemu -cpu host,+invtsc"
	                               : "update the firmware, which sets the counters");
	return qb_doctor_say(finding, certain > OFFSET_MAX_NS ? QB_HEALTH_WARNING : QB_HEALTH_NOTE,
	                     "the tick counter of CPU %d less that of CPU %d is %.0f to %.0f ns",
	                     worst->pair.cpu_b, worst->pair.cpu_a, worst->min, worst->max);
}

/* A switch of /proc/sys that should be 0. */
static enum qb_health look_at_switch(const struct qb_doctor_facts *facts,
                                     struct qb_finding *finding, const char *name, const char *what)
{
	char path[96];
	uint64_t value;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	if (!qb_kernel_file_number(facts->root, path, &value))
		return qb_doctor_say(finding, QB_HEALTH_OK, "this kernel has no %s", what);
	if (value == 0)
		return qb_doctor_say(finding, QB_HEALTH_OK, "%s is off", what);
	qb_doctor_mend(finding, "sudo sysctl kernel.%s=0", name);
	return qb_doctor_say(finding, QB_HEALTH_WARNING, "%s is on", what);
}

static enum qb_health look_at_balancing(const struct qb_doctor_facts *facts,
                                        struct qb_finding *finding)
{
	return look_at_switch(facts, finding, "numa_balancing", "NUMA balancing");
}

static enum qb_health look_at_watchdog(const struct qb_doctor_facts *facts,
                                       struct qb_finding *finding)
{
	return look_at_switch(facts, finding, "nmi_watchdog", "the NMI watchdog");
}

static enum qb_health look_at_pages(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	char modes[64];
	const char *mode;

	if (!qb_kernel_file_line(facts->root, "/sys/kernel/mm/transparent_hugepage/enabled", modes,
	                         sizeof(modes)))
		return qb_doctor_say(finding, QB_HEALTH_OK, "no transparent huge pages");
	mode = strchr(modes, '[');
	if (!mode || strncmp(mode, "[always", 7) != 0)
		return qb_doctor_say(finding, QB_HEALTH_OK,
		                     "transparent huge pages: %s, only for who asks", modes);
	qb_doctor_mend(finding, "echo madvise | sudo tee "
	                        "/sys/kernel/mm/transparent_hugepage/enabled");
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "the kernel makes huge pages as it can");
}

static enum qb_health look_at_layout(const struct qb_doctor_facts *facts,
                                     struct qb_finding *finding)
{
	uint64_t value;

	if (!qb_kernel_file_number(facts->root, "/proc/sys/kernel/randomize_va_space", &value))
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "whether addresses are random is not visible");
	if (value > 0)
		return qb_doctor_say(finding, QB_HEALTH_OK,
		                     "addresses are random: every run is another layout");
	qb_doctor_mend(finding, "sudo sysctl kernel.randomize_va_space=2");
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "addresses are the same in every run");
}

/* An empty list is a file all the same. */
static bool is_there(const char *root, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return access(path, R_OK) == 0;
}

static enum qb_health look_at_isolation(const struct qb_doctor_facts *facts,
                                        struct qb_finding *finding)
{
	char isolated[128] = "", ticking[128] = "";

	if (!is_there(facts->root, CPU_FOLDER "isolated"))
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "whether CPUs are isolated is not visible");
	qb_kernel_file_line(facts->root, CPU_FOLDER "isolated", isolated, sizeof(isolated));
	qb_kernel_file_line(facts->root, CPU_FOLDER "nohz_full", ticking, sizeof(ticking));
	if (isolated[0])
		return qb_doctor_say(finding, QB_HEALTH_OK, "CPUs %s are isolated%s%s", isolated,
		                     ticking[0] ? ", without a tick: " : "", ticking);
	qb_doctor_mend(finding,
	               "boot with isolcpus=LIST nohz_full=LIST, then qbench run --pin LIST");
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "no CPU is kept free of other programs");
}

/* True if a process of that name runs. */
static bool runs(const char *root, const char *name)
{
	char path[PATH_MAX], comm[32];
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/proc", root);
	folder = opendir(path);
	if (!folder)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(folder));) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%.32s/comm", entry->d_name);
		found = qb_kernel_file_line(root, path, comm, sizeof(comm)) &&
		        strcmp(comm, name) == 0;
	}
	closedir(folder);
	return found;
}

static enum qb_health look_at_irqbalance(const struct qb_doctor_facts *facts,
                                         struct qb_finding *finding)
{
	if (!runs(facts->root, "irqbalance"))
		return qb_doctor_say(finding, QB_HEALTH_OK, "irqbalance does not run");
	qb_doctor_mend(finding, "sudo systemctl stop irqbalance");
	return qb_doctor_say(finding, QB_HEALTH_NOTE, "irqbalance runs");
}

static enum qb_health look_at_idle(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	char driver[64], governor[64] = "";

	if (!qb_kernel_file_line(facts->root, CPU_FOLDER "cpuidle/current_driver", driver,
	                         sizeof(driver)) ||
	    strcmp(driver, "none") == 0)
		return qb_doctor_say(finding, QB_HEALTH_OK, "the kernel chooses no idle states");
	qb_kernel_file_line(facts->root, CPU_FOLDER "cpuidle/current_governor_ro", governor,
	                    sizeof(governor));
	if (!governor[0])
		qb_kernel_file_line(facts->root, CPU_FOLDER "cpuidle/current_governor", governor,
		                    sizeof(governor));
	qb_doctor_mend(finding, "sudo cpupower idle-set --disable-by-latency 10");
	return qb_doctor_say(finding, QB_HEALTH_NOTE,
	                     "idle CPUs sleep by the driver '%s', governor '%s'", driver, governor);
}

const struct qb_doctor_check qb_doctor_settings[] = {
	{ "governor", "CPU frequencies may follow the load, and figures with them",
	  look_at_governor },
	{ "clocksource", "reading the clock costs more, and it cannot be checked", look_at_clock },
	{ "tsc", "the tick counter is no clock, so the window cannot be checked by it",
	  look_at_tsc },
	{ "clock-offset", "a thread that moves to another CPU sees time jump by its tick counter",
	  look_at_offsets },
	{ "numa-balancing", "the kernel moves pages while they are measured", look_at_balancing },
	{ "nmi-watchdog", "it holds one hardware counter, so that fewer events count at a time",
	  look_at_watchdog },
	{ "boost", "frequency depends on how many cores are busy and how warm they are",
	  look_at_boost },
	{ "frequency-range", "frequency may move within it", look_at_range },
	{ "huge-pages", "queues in large blocks of memory may differ from run to run",
	  look_at_pages },
	{ "layout", "what is measured is one layout's luck, the same in each run", look_at_layout },
	{ "isolation", "any program may run on the measured CPUs", look_at_isolation },
	{ "irqbalance", "interrupts may move to a measured CPU at any time", look_at_irqbalance },
	{ "idle", "threads that sleep take longer to wake up", look_at_idle },
	{ NULL, NULL, NULL },
};
