/* environment.c -- facts about this machine and this build, and what is wrong with them
 *
 * A figure without its machine is a rumor.  The fingerprint is a hash of what two result files must
 * share before their figures may be held against each other: the CPU, what of it we may use, who
 * else decides about it (kernel, governor, hypervisor, quota), the clock, and our own code.
 */
#include "harness/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "harness/environment_checks.h"
#include "harness/hypervisor.h"
#include "harness/kernel_file.h"

#define CPUINFO "/proc/cpuinfo"

/* Parts that have no name in /proc/cpuinfo: the ones that queues are measured on. */
static const struct {
	unsigned long implementer, part;
	const char *name;
} arm_parts[] = {
	{ 0x41, 0xd03, "Cortex-A53" },  { 0x41, 0xd07, "Cortex-A57" },
	{ 0x41, 0xd08, "Cortex-A72" },  { 0x41, 0xd0b, "Cortex-A76" },
	{ 0x41, 0xd0c, "Neoverse-N1" }, { 0x41, 0xd40, "Neoverse-V1" },
	{ 0x41, 0xd49, "Neoverse-N2" }, { 0x41, 0xd4f, "Neoverse-V2" },
	{ 0xc0, 0xac3, "Ampere-1" },    { 0xc0, 0xac4, "Ampere-1A" },
};

static bool read_arm_part(const char *root, char *ret_name, size_t size)
{
	char implementer[32], part[32];

	if (!qb_kernel_file_value(root, CPUINFO, "CPU implementer", implementer,
	                          sizeof(implementer)) ||
	    !qb_kernel_file_value(root, CPUINFO, "CPU part", part, sizeof(part)))
		return false;
	snprintf(ret_name, size, "Arm implementer %s part %s", implementer, part);
	for (size_t i = 0; i < sizeof(arm_parts) / sizeof(arm_parts[0]); i++) {
		if (strtoul(implementer, NULL, 0) == arm_parts[i].implementer &&
		    strtoul(part, NULL, 0) == arm_parts[i].part)
			snprintf(ret_name, size, "%s", arm_parts[i].name);
	}
	return true;
}

/* x86, POWER and s390, RISC-V each have a key of their own; Arm has numbers. */
static void read_cpu(const char *root, char *ret_name, size_t size)
{
	static const char *const keys[] = { "model name", "cpu", "processor 0", "uarch" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (qb_kernel_file_value(root, CPUINFO, keys[i], ret_name, size))
			return;
	}
	read_arm_part(root, ret_name, size);
}

/* "performance" if all usable CPUs say so; "mixed" if they disagree; "" if none says anything. */
static void read_governor(const char *root, const struct qb_topology *topology, char *ret_governor,
                          size_t size)
{
	ret_governor[0] = '\0';
	for (size_t i = 0; i < topology->pu_count; i++) {
		char path[96], governor[32];

		snprintf(path, sizeof(path),
		         "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor",
		         topology->pus[i].os);
		if (!qb_kernel_file_line(root, path, governor, sizeof(governor)))
			continue;
		if (ret_governor[0] != '\0' && strcmp(ret_governor, governor) != 0)
			snprintf(ret_governor, size, "mixed");
		else
			snprintf(ret_governor, size, "%s", governor);
		if (strcmp(ret_governor, "mixed") == 0)
			return;
	}
}

static void read_kernel(const char *root, char *ret_kernel, size_t size)
{
	char type[32], release[80];

	if (qb_kernel_file_line(root, "/proc/sys/kernel/ostype", type, sizeof(type)) &&
	    qb_kernel_file_line(root, "/proc/sys/kernel/osrelease", release, sizeof(release)))
		snprintf(ret_kernel, size, "%s %s", type, release);
}

static uint64_t read_memory_bytes(const char *root)
{
	char text[32];

	if (!qb_kernel_file_value(root, "/proc/meminfo", "MemTotal", text, sizeof(text)))
		return 0;
	return strtoull(text, NULL, 10) * 1024; /* "16384 kB" */
}

/* Whether the machine runs siblings, of which our share may hold one only. */
static bool read_smt(const char *root, const struct qb_topology *topology)
{
	uint64_t active;

	if (qb_kernel_file_number(root, "/sys/devices/system/cpu/smt/active", &active))
		return active != 0;
	return topology->smt;
}

/* FNV-1a, by Fowler, Noll and Vo (RFC 9923); the 0 between words is part of the text. */
static uint64_t hash_word(uint64_t hash, const char *word)
{
	do {
		hash = (hash ^ (unsigned char)*word) * 0x100000001b3u;
	} while (*word++);
	return hash;
}

static uint64_t hash_number(uint64_t hash, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", number);
	return hash_word(hash, text);
}

/* One model name may cover several chips, most of all in guests. */
static uint64_t hash_revision(uint64_t hash, const char *root)
{
	static const char *const keys[] = { "cpu family", "model", "stepping", "CPU variant",
		                            "CPU revision" };
	char text[32];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		qb_kernel_file_value(root, CPUINFO, keys[i], text, sizeof(text));
		hash = hash_word(hash, text);
	}
	return hash;
}

static void set_fingerprint(const char *root, const struct qb_tool *tool,
                            struct qb_machine *machine)
{
	const char *const words[] = { machine->architecture, machine->cpu,
		                      machine->hypervisor,   machine->kernel,
		                      machine->governor,     machine->clocksource,
		                      tool->compiler,        tool->flags };
	const double numbers[] = { machine->logical_cpus, machine->cores, machine->packages,
		                   machine->numa_nodes,   machine->smt,   machine->cpu_quota };
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		hash = hash_word(hash, words[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = hash_number(hash, numbers[i]);
	hash = hash_revision(hash, root);
	snprintf(machine->fingerprint, sizeof(machine->fingerprint), "%016llx",
	         (unsigned long long)hash);
}

static void set_counts(const struct qb_topology *topology, struct qb_machine *machine)
{
	machine->logical_cpus = (unsigned)topology->pu_count;
	machine->cores = topology->core_count;
	machine->packages = topology->package_count;
	machine->numa_nodes = topology->numa_count;
	machine->cpu_quota = topology->cpu_quota;
	snprintf(machine->allowed_cpus, sizeof(machine->allowed_cpus), "%s", topology->cpu_list);
}

void qb_environment_machine(const char *root, const struct qb_topology *topology,
                            struct qb_machine *ret_machine)
{
	struct qb_tool tool;
	const struct qb_environment_facts facts = { root, ret_machine, &tool };
	struct utsname uts;

	*ret_machine = (struct qb_machine){ .memory_bytes = read_memory_bytes(root) };
	set_counts(topology, ret_machine);
	if (uname(&uts) == 0)
		snprintf(ret_machine->architecture, sizeof(ret_machine->architecture), "%.15s",
		         uts.machine);
	read_cpu(root, ret_machine->cpu, sizeof(ret_machine->cpu));
	read_kernel(root, ret_machine->kernel, sizeof(ret_machine->kernel));
	read_governor(root, topology, ret_machine->governor, sizeof(ret_machine->governor));
	qb_kernel_file_line(root,
	                    "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	                    ret_machine->clocksource, sizeof(ret_machine->clocksource));
	qb_hypervisor_find(root, ret_machine->hypervisor, sizeof(ret_machine->hypervisor));
	ret_machine->smt = read_smt(root, topology);
	qb_environment_tool(&tool);
	set_fingerprint(root, &tool, ret_machine);
	ret_machine->warning_count = qb_environment_checks_run(&facts, ret_machine->warnings, 16);
}

void qb_environment_tool(struct qb_tool *ret_tool)
{
	*ret_tool = (struct qb_tool){ .name = "qbench", .version = QB_VERSION };
	snprintf(ret_tool->commit, sizeof(ret_tool->commit), "%s", QB_COMMIT);
	snprintf(ret_tool->flags, sizeof(ret_tool->flags), "%s", QB_CFLAGS);
#ifdef __clang__
	snprintf(ret_tool->compiler, sizeof(ret_tool->compiler), "%s", __VERSION__);
#else
	snprintf(ret_tool->compiler, sizeof(ret_tool->compiler), "gcc %s", __VERSION__);
#endif
}
