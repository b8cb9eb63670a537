/* test_doctor -- findings from folders that stand for machines. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "harness/doctor.h"
#include "harness/environment.h"
#include "tests/tree.h"

#define CPU "/sys/devices/system/cpu/"

static struct qb_pu pus[] = { { .os = 0 }, { .os = 2, .logical = 1, .core = 1 } };

static const struct qb_topology two_cores = { .this_machine = true,
	                                      .pu_count = 2,
	                                      .pus = pus,
	                                      .core_count = 2,
	                                      .llc_count = 1,
	                                      .package_count = 1,
	                                      .numa_count = 1,
	                                      .kind_count = 1,
	                                      .llc_name = "L3",
	                                      .cpu_list = "0,2" };

static struct tree tree;
static struct qb_vitals before, after;
static struct qb_counters counters;
static struct qb_limit pairs[2];
static struct qb_limits offsets = { .count = 2, .limits = pairs };
static const struct qb_counters_why energy = { QB_ABSENCE_DEAD, 0, "energy stands still" };
static struct qb_finding findings[QB_DOCTOR_MAX];
static size_t count;

static void write_stat(unsigned user, unsigned steal)
{
	char text[256];

	snprintf(text, sizeof(text),
	         "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 %u 0 0 1000 0 0 0 %u 0 0\n"
	         "cpu1 5000 0 0 0 0 0 0 5000 0 0\ncpu2 0 0 0 1000 0 0 0 0 0 0\nintr 1 2 3\n",
	         user, steal);
	tree_write(&tree, "/proc/stat", text);
}

static void write_interrupts(unsigned disk)
{
	char text[256];

	snprintf(text, sizeof(text),
	         "           CPU0       CPU1       CPU2\n  8:  %u  70000  %u  edge  disk\n"
	         "LOC:  900000 900000 900000 Local timer\n",
	         disk, disk);
	tree_write(&tree, "/proc/interrupts", text);
}

/* A machine with nothing wrong, at rest. */
static void begin(void)
{
	tree = tree_create();
	tree_write(&tree, "/proc/cpuinfo",
	           "model name\t: Xeon\nflags\t\t: fpu tsc constant_tsc nonstop_tsc\n");
	tree_write(&tree, CPU "cpu0/cpufreq/scaling_governor", "performance\n");
	tree_write(&tree, CPU "cpu2/cpufreq/scaling_governor", "performance\n");
	tree_write(&tree, CPU "cpu0/cpufreq/scaling_min_freq", "3000000\n");
	tree_write(&tree, CPU "cpu0/cpufreq/scaling_max_freq", "3000000\n");
	tree_write(&tree, CPU "intel_pstate/no_turbo", "1\n");
	tree_write(&tree, CPU "smt/active", "0\n");
	tree_write(&tree, CPU "online", "0,2\n");
	tree_write(&tree, CPU "isolated", "2\n");
	tree_write(&tree, CPU "cpu0/thermal_throttle/core_throttle_count", "4\n");
	tree_write(&tree, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	           "tsc\n");
	tree_write(&tree, "/proc/sys/kernel/numa_balancing", "0\n");
	tree_write(&tree, "/proc/sys/kernel/nmi_watchdog", "0\n");
	tree_write(&tree, "/proc/sys/kernel/randomize_va_space", "2\n");
	tree_write(&tree, "/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 total=5000\n");
	write_stat(100, 10);
	write_interrupts(100);
	qb_vitals_read(tree.root, &two_cores, &before);
	counters.event_count = 1;
	for (int i = 0; i < 2; i++)
		pairs[i] = (struct qb_limit){ .measured = true,
			                      .min = -40 - 10 * i,
			                      .max = 30,
			                      .pair = { 0, 2 + i, QB_RELATION_LLC } };
}

static void end(void) { tree_destroy(&tree); }

TestSuite(doctor, .init = begin, .fini = end);

/* One second later. */
static void examine(void)
{
	struct qb_machine machine;
	struct qb_tool tool;
	const struct qb_doctor_facts facts = { .root = tree.root,
		                               .machine = &machine,
		                               .topology = &two_cores,
		                               .tool = &tool,
		                               .before = &before,
		                               .after = &after,
		                               .offsets = &offsets,
		                               .counters = &counters,
		                               .energy_why = &energy };

	qb_vitals_read(tree.root, &two_cores, &after);
	after.monotonic_ns = before.monotonic_ns + 1000000000;
	qb_environment_machine(tree.root, &two_cores, &machine);
	qb_environment_tool(&tool);
	count = qb_doctor_examine(&facts, findings);
}

static const struct qb_finding *finding(const char *code)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(findings[i].code, code) == 0)
			return &findings[i];
	cr_assert_fail("no finding '%s'", code);
	return NULL;
}

static void finds(const char *code, enum qb_health health, const char *text, const char *mend)
{
	const struct qb_finding *found = finding(code);

	cr_expect_eq(found->health, health, "%s is %s: %s", code,
	             qb_doctor_health_name(found->health), found->text);
	cr_expect(strstr(found->text, text), "%s: %s", code, found->text);
	cr_expect(strstr(found->mend, mend), "%s: %s", code, found->mend);
	cr_expect((found->effect != NULL) == (health != QB_HEALTH_OK), "%s", code);
}

Test(doctor, warns_of_nothing_on_a_good_machine_at_rest)
{
	examine();
	for (size_t i = 0; i < count; i++) {
		if (strcmp(findings[i].code, "build") == 0)
			continue; /* this test may be built with sanitizers */
		cr_expect_neq(findings[i].health, QB_HEALTH_WARNING, "%s: %s", findings[i].code,
		              findings[i].text);
		cr_expect_neq(findings[i].health, QB_HEALTH_UNKNOWN, "%s: %s", findings[i].code,
		              findings[i].text);
	}
	finds("cpus", QB_HEALTH_NOTE, "2 CPUs", "");
	finds("energy", QB_HEALTH_NOTE, "stands still", "");
}

Test(doctor, takes_what_cannot_be_seen_for_unknown_and_not_for_good)
{
	static const char *const unseen[] = { "steal",   "cpu-pressure", "foreign-load",
		                              "thermal", "interrupts",   "governor",
		                              "boost",   "clocksource",  "affinity",
		                              "layout",  "isolation",    "frequency-range" };

	tree_destroy(&tree);
	tree = tree_create();
	qb_vitals_read(tree.root, &two_cores, &before);
	examine();
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		cr_expect_eq(finding(unseen[i])->health, QB_HEALTH_UNKNOWN, "%s: %s", unseen[i],
		             finding(unseen[i])->text);
}

Test(doctor, puts_the_worst_first)
{
	tree_write(&tree, "/proc/sys/kernel/nmi_watchdog", "1\n");
	examine();
	for (size_t i = 1; i < count; i++)
		cr_expect_leq(findings[i].health, findings[i - 1].health);
	cr_expect_eq(findings[0].health, QB_HEALTH_WARNING);
}

Test(doctor, sees_what_a_hypervisor_takes_from_usable_cpus_alone)
{
	write_stat(100, 10);
	examine();
	finds("steal", QB_HEALTH_OK, "no CPU time", "");
	write_stat(100, 60);
	examine();
	finds("steal", QB_HEALTH_WARNING, "took", "host");
}

Test(doctor, sees_programs_that_run_and_that_wait)
{
	write_stat(200, 10);
	tree_write(&tree, "/proc/pressure/cpu", "some avg10=9.00 avg60=0.00 total=255000\n");
	examine();
	finds("foreign-load", QB_HEALTH_WARNING, "busy", "ps -eo");
	finds("cpu-pressure", QB_HEALTH_WARNING, "25 %", "ps -eo");
}

Test(doctor, counts_interrupts_of_devices_on_usable_cpus)
{
	write_interrupts(300);
	examine();
	finds("interrupts", QB_HEALTH_OK, "400 device", "");
	write_interrupts(2000);
	examine();
	finds("interrupts", QB_HEALTH_WARNING, "3800 times", "smp_affinity_list");
}

Test(doctor, sees_a_quota_that_stops_us)
{
	tree_write(&tree, "/proc/self/mounts", "none /cg cgroup2 rw 0 0\n");
	tree_write(&tree, "/proc/self/cgroup", "0::/box\n");
	tree_write(&tree, "/cg/box/cpu.max", "150000 100000\n");
	tree_write(&tree, "/cg/box/cpu.stat", "usage_usec 7\nnr_periods 20\nnr_throttled 3\n");
	qb_vitals_read(tree.root, &two_cores, &before);
	tree_write(&tree, "/cg/box/cpu.stat", "usage_usec 9\nnr_periods 30\nnr_throttled 8\n");
	examine();
	finds("throttling", QB_HEALTH_WARNING, "5 periods", "cpu.max");
}

Test(doctor, sees_cores_that_got_too_hot)
{
	tree_write(&tree, CPU "cpu0/thermal_throttle/core_throttle_count", "6\n");
	examine();
	finds("thermal", QB_HEALTH_WARNING, "heat", "cool");
}

Test(doctor, names_the_command_for_each_setting)
{
	tree_write(&tree, CPU "cpu2/cpufreq/scaling_governor", "powersave\n");
	tree_write(&tree, CPU "intel_pstate/no_turbo", "0\n");
	tree_write(&tree, "/proc/sys/kernel/numa_balancing", "1\n");
	tree_write(&tree, "/proc/sys/kernel/nmi_watchdog", "1\n");
	tree_write(&tree, "/proc/sys/kernel/randomize_va_space", "0\n");
	tree_write(&tree, "/sys/kernel/mm/transparent_hugepage/enabled",
	           "[always] madvise never\n");
	tree_write(&tree, CPU "smt/active", "1\n");
	tree_write(&tree, "/proc/77/comm", "irqbalance\n");
	examine();
	finds("governor", QB_HEALTH_WARNING, "mixed", "tee /sys/devices/system/cpu/cpu*");
	finds("boost", QB_HEALTH_NOTE, "boost", "intel_pstate/no_turbo");
	finds("numa-balancing", QB_HEALTH_WARNING, "on", "sysctl kernel.numa_balancing=0");
	finds("nmi-watchdog", QB_HEALTH_WARNING, "on", "sysctl kernel.nmi_watchdog=0");
	finds("layout", QB_HEALTH_NOTE, "same", "sysctl kernel.randomize_va_space=2");
	finds("huge-pages", QB_HEALTH_NOTE, "huge", "echo madvise");
	finds("smt", QB_HEALTH_NOTE, "hardware threads", "--pin cores");
	finds("irqbalance", QB_HEALTH_NOTE, "runs", "systemctl stop irqbalance");
}

Test(doctor, names_the_clock_that_is_slow)
{
	tree_write(&tree, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	           "hpet\n");
	tree_write(&tree, "/sys/devices/system/clocksource/clocksource0/available_clocksource",
	           "tsc hpet\n");
	tree_write(&tree, "/proc/cpuinfo", "model name\t: Xeon\nflags\t\t: fpu tsc\n");
	examine();
	finds("clocksource", QB_HEALTH_WARNING, "'hpet'", "echo tsc | sudo tee");
	finds("tsc", QB_HEALTH_WARNING, "constant_tsc", "");
}

Test(doctor, knows_an_empty_list_of_isolated_cpus_from_none)
{
	tree_write(&tree, CPU "isolated", "\n");
	examine();
	finds("isolation", QB_HEALTH_NOTE, "no CPU is kept free", "isolcpus");
}

Test(doctor, says_why_no_counter_counts)
{
	qb_absence_set(&counters.events[0].why, QB_ABSENCE_DENIED, EACCES, "not permitted");
	examine();
	finds("counters", QB_HEALTH_WARNING, "not permitted", "perf_event_paranoid");
}

Test(doctor, tells_a_guest_from_a_machine)
{
	tree_write(&tree, "/sys/hypervisor/type", "xen\n");
	examine();
	finds("hypervisor", QB_HEALTH_WARNING, "'xen'", "qbench ab");
}

Test(doctor, holds_the_tick_counters_of_the_cpus_against_each_other)
{
	examine();
	finds("clock-offset", QB_HEALTH_OK, "CPU 3 less that of CPU 0 is within -50 to 30 ns", "");
	pairs[0].min = 12;
	examine();
	finds("clock-offset", QB_HEALTH_NOTE, "CPU 2 less that of CPU 0 is 12 to 30 ns",
	      "firmware");
	pairs[1].min = -9000;
	pairs[1].max = -8000;
	examine();
	finds("clock-offset", QB_HEALTH_WARNING, "CPU 3 less that of CPU 0 is -9000 to -8000 ns",
	      "");
	pairs[0].measured = false;
	snprintf(pairs[0].reason, sizeof(pairs[0].reason), "the clocks drift against each other");
	examine();
	finds("clock-offset", QB_HEALTH_UNKNOWN, "the clocks drift", "");
	offsets.count = 0;
	examine();
	finds("clock-offset", QB_HEALTH_OK, "one counter only", "");
	offsets.count = 2;
}
