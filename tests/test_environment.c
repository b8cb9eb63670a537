/* test_environment.c -- facts and warnings, from folders that stand for machines, and from this one
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "harness/environment.h"
#include "harness/environment_checks.h"
#include "tests/tree.h"

#define GOVERNOR(cpu) "/sys/devices/system/cpu/cpu" #cpu "/cpufreq/scaling_governor"
#define CLOCKSOURCE   "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define AVAILABLE     "/sys/devices/system/clocksource/clocksource0/available_clocksource"

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

/* A machine with nothing wrong. */
static struct tree good_machine(void)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/cpuinfo",
	           "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 167\n"
	           "model name\t: Intel(R) Xeon(R) E-2388G\nstepping\t: 1\n"
	           "flags\t\t: fpu vme tsc constant_tsc\n\nprocessor\t: 1\n");
	tree_write(&tree, "/proc/meminfo", "MemTotal:        8167848 kB\nMemFree: 1 kB\n");
	tree_write(&tree, "/proc/sys/kernel/ostype", "Linux\n");
	tree_write(&tree, "/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
	tree_write(&tree, "/proc/sys/kernel/numa_balancing", "0\n");
	tree_write(&tree, GOVERNOR(0), "performance\n");
	tree_write(&tree, GOVERNOR(1), "powersave\n"); /* a CPU that we may not use */
	tree_write(&tree, GOVERNOR(2), "performance\n");
	tree_write(&tree, CLOCKSOURCE, "tsc\n");
	tree_write(&tree, AVAILABLE, "tsc hpet acpi_pm\n");
	tree_write(&tree, "/sys/devices/system/cpu/smt/active", "1\n");
	return tree;
}

static struct qb_machine look_and_end(const struct tree *tree, const struct qb_topology *topology)
{
	struct qb_machine machine;

	qb_environment_machine(tree->root, topology, &machine);
	tree_destroy(tree);
	return machine;
}

/* The text of a warning, or NULL. */
static const char *warning(const struct qb_machine *machine, const char *code)
{
	for (size_t i = 0; i < machine->warning_count; i++) {
		if (strcmp(machine->warnings[i].code, code) == 0)
			return machine->warnings[i].text;
	}
	return NULL;
}

static void warns(const struct qb_machine *machine, const char *code, const char *part)
{
	const char *const text = warning(machine, code);

	cr_assert_not_null(text, "no warning '%s'", code);
	cr_assert_not_null(strstr(text, part), "%s: %s", code, text);
}

/* ---- facts ---- */

Test(environment, gathers_what_the_kernel_says)
{
	const struct tree tree = good_machine();
	const struct qb_machine machine = look_and_end(&tree, &two_cores);
	struct utsname uts;

	cr_assert_str_eq(machine.cpu, "Intel(R) Xeon(R) E-2388G");
	cr_assert_str_eq(machine.kernel, "Linux 6.1.0-18-amd64");
	cr_assert_str_eq(machine.governor, "performance");
	cr_assert_str_eq(machine.clocksource, "tsc");
	cr_assert_str_eq(machine.hypervisor, "");
	cr_assert_str_eq(machine.allowed_cpus, "0,2");
	cr_assert_eq(machine.memory_bytes, 8167848ull * 1024);
	cr_assert_eq(machine.logical_cpus, 2);
	cr_assert_eq(machine.cores, 2);
	cr_assert_eq(machine.packages, 1);
	cr_assert_eq(machine.numa_nodes, 1);
	cr_assert(machine.smt, "the machine has siblings, though we may not use them");
	cr_assert_eq(uname(&uts), 0);
	cr_assert_str_eq(machine.architecture, uts.machine);
}

Test(environment, leaves_absent_facts_empty)
{
	const struct tree tree = tree_create();
	const struct qb_machine machine = look_and_end(&tree, &two_cores);

	cr_assert_str_eq(machine.cpu, "");
	cr_assert_str_eq(machine.kernel, "");
	cr_assert_str_eq(machine.governor, "");
	cr_assert_str_eq(machine.clocksource, "");
	cr_assert_str_eq(machine.hypervisor, "");
	cr_assert_eq(machine.memory_bytes, 0);
	cr_assert_not(machine.smt);
	cr_assert_eq(strlen(machine.fingerprint), 16);
}

Test(environment, names_arm_cores_by_their_numbers)
{
	struct tree tree = tree_create();
	struct qb_machine machine;

	tree_write(&tree, "/proc/cpuinfo",
	           "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n");
	machine = look_and_end(&tree, &two_cores);
	cr_assert_str_eq(machine.cpu, "Neoverse-N1");

	tree = tree_create();
	tree_write(&tree, "/proc/cpuinfo", "CPU implementer\t: 0x99\nCPU part\t: 0x001\n");
	machine = look_and_end(&tree, &two_cores);
	cr_assert_str_eq(machine.cpu, "Arm implementer 0x99 part 0x001");
}

Test(environment, of_this_machine_is_filled)
{
	struct qb_topology topology;
	struct qb_error error;
	struct qb_machine machine;

	cr_assert_eq(qb_topology_load(NULL, &topology, &error), 0);
	qb_environment_machine("", &topology, &machine);
	cr_assert_str_neq(machine.cpu, "");
	cr_assert_eq(strncmp(machine.kernel, "Linux ", 6), 0);
	cr_assert_gt(machine.memory_bytes, 1u << 20);
	cr_assert_str_eq(machine.allowed_cpus, topology.cpu_list);
	qb_topology_finish(&topology);
}

/* ---- warnings ---- */

Test(environment, has_nothing_to_say_about_a_good_machine)
{
	const struct tree tree = good_machine();
	const struct qb_machine machine = look_and_end(&tree, &two_cores);

	cr_assert_null(warning(&machine, "governor"));
	cr_assert_null(warning(&machine, "clocksource"));
	cr_assert_null(warning(&machine, "cpu-quota"));
	cr_assert_null(warning(&machine, "numa-balancing"));
	cr_assert_null(warning(&machine, "hypervisor"));
}

Test(environment, warns_of_a_hypervisor)
{
	const struct tree tree = good_machine();
	struct qb_machine machine;

	tree_write(&tree, "/sys/hypervisor/type", "xen\n");
	machine = look_and_end(&tree, &two_cores);
	cr_assert_str_eq(machine.hypervisor, "xen");
	warns(&machine, "hypervisor", "'xen'");
	warns(&machine, "hypervisor", "qbench ab");
}

Test(environment, warns_of_a_governor_that_is_not_performance_on_one_of_our_cpus)
{
	const struct tree tree = good_machine();
	struct qb_machine machine;

	tree_write(&tree, GOVERNOR(2), "schedutil\n");
	machine = look_and_end(&tree, &two_cores);
	cr_assert_str_eq(machine.governor, "mixed");
	warns(&machine, "governor", "'mixed'");
	warns(&machine, "governor", "echo performance | sudo tee");
}

Test(environment, does_not_take_an_unseen_governor_for_a_good_one)
{
	const struct tree tree = tree_create();
	const struct qb_machine machine = look_and_end(&tree, &two_cores);

	warns(&machine, "governor", "no frequency governor is visible");
}

Test(environment, warns_of_a_slow_clocksource_and_says_how_to_change_it)
{
	struct tree tree = good_machine();
	struct qb_machine machine;

	tree_write(&tree, CLOCKSOURCE, "hpet\n");
	machine = look_and_end(&tree, &two_cores);
	warns(&machine, "clocksource", "'hpet'");
	warns(&machine, "clocksource", "echo tsc | sudo tee");

	tree = good_machine();
	tree_write(&tree, CLOCKSOURCE, "acpi_pm\n");
	tree_write(&tree, AVAILABLE, "acpi_pm hpet\n");
	machine = look_and_end(&tree, &two_cores);
	warns(&machine, "clocksource", "says why");

	tree = good_machine();
	tree_write(&tree, CLOCKSOURCE, "kvm-clock\n");
	machine = look_and_end(&tree, &two_cores);
	cr_assert_null(warning(&machine, "clocksource"), "kvm-clock reads the TSC");
}

Test(environment, warns_of_a_quota_below_the_number_of_cpus)
{
	struct qb_topology topology = two_cores;
	struct tree tree = good_machine();
	struct qb_machine machine;

	topology.cpu_quota = 1.5;
	machine = look_and_end(&tree, &topology);
	cr_assert_eq(machine.cpu_quota, 1.5);
	warns(&machine, "cpu-quota", "1.5 CPUs' worth of time on 2 CPUs");

	topology.cpu_quota = 2;
	tree = good_machine();
	machine = look_and_end(&tree, &topology);
	cr_assert_null(warning(&machine, "cpu-quota"));
}

Test(environment, warns_of_numa_balancing)
{
	const struct tree tree = good_machine();
	struct qb_machine machine;

	tree_write(&tree, "/proc/sys/kernel/numa_balancing", "1\n");
	machine = look_and_end(&tree, &two_cores);
	warns(&machine, "numa-balancing", "sysctl kernel.numa_balancing=0");
}

Test(environment, warns_of_a_build_with_a_sanitizer)
{
	const struct qb_tool sanitized = { .flags = "-O1 -g -fsanitize=thread" };
	const struct qb_machine machine = { .governor = "performance" };
	const struct qb_environment_facts facts = { "/nonexistent", &machine, &sanitized };
	struct qb_warning warnings[16];

	cr_assert_geq(qb_environment_checks_run(&facts, warnings, 16), 1);
	cr_assert_str_eq(warnings[0].code, "sanitizer-build");
	cr_assert_not_null(strstr(warnings[0].text, "make BUILD=release"));
	cr_assert_eq(qb_environment_checks_run(&facts, warnings, 1), 1,
	             "no more than there is room");
}

/* ---- the fingerprint ---- */

static void fingerprint(const char *path, const char *text, const struct qb_topology *topology,
                        char *ret_fingerprint)
{
	const struct tree tree = good_machine();
	struct qb_machine machine;

	if (path)
		tree_write(&tree, path, text);
	machine = look_and_end(&tree, topology);
	strcpy(ret_fingerprint, machine.fingerprint);
}

static void changes_fingerprint(const char *path, const char *text)
{
	char good[72], other[72];

	fingerprint(NULL, NULL, &two_cores, good);
	fingerprint(path, text, &two_cores, other);
	cr_assert_str_neq(good, other, "%s", path);
}

Test(environment, fingerprint_is_the_same_for_the_same_machine)
{
	char first[72], second[72];

	fingerprint(NULL, NULL, &two_cores, first);
	fingerprint("/proc/meminfo", "MemTotal: 8167844 kB\n", &two_cores, second);
	cr_assert_str_eq(first, second, "a few pages less after a boot are the same machine");
	cr_assert_eq(strspn(first, "0123456789abcdef"), 16);
}

Test(environment, fingerprint_changes_with_all_that_decides_a_figure)
{
	struct qb_topology fewer = two_cores, throttled = two_cores;
	char good[72], other[72];

	changes_fingerprint("/proc/cpuinfo", "model name\t: another\n");
	changes_fingerprint("/proc/cpuinfo",
	                    "cpu family\t: 6\nmodel\t\t: 167\n"
	                    "model name\t: Intel(R) Xeon(R) E-2388G\nstepping\t: 2\n");
	changes_fingerprint("/proc/sys/kernel/osrelease", "6.1.0-19-amd64\n");
	changes_fingerprint(GOVERNOR(0), "powersave\n");
	changes_fingerprint(CLOCKSOURCE, "hpet\n");
	changes_fingerprint("/sys/devices/system/cpu/smt/active", "0\n");
	changes_fingerprint("/sys/hypervisor/type", "xen\n");

	fewer.pu_count = 1;
	throttled.cpu_quota = 1.5;
	fingerprint(NULL, NULL, &two_cores, good);
	fingerprint(NULL, NULL, &fewer, other);
	cr_assert_str_neq(good, other);
	fingerprint(NULL, NULL, &throttled, other);
	cr_assert_str_neq(good, other);
}

/* ---- the tool ---- */

Test(environment, tells_how_the_tool_was_built)
{
	struct qb_tool tool;

	qb_environment_tool(&tool);
	cr_assert_str_eq(tool.name, "qbench");
	cr_assert(tool.version[0] >= '0' && tool.version[0] <= '9');
	cr_assert_not_null(strchr(tool.compiler, '.'));
	cr_assert_not_null(strstr(tool.flags, "-O"), "%s", tool.flags);
}
