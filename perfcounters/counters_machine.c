/* counters_machine -- facts from /proc and /sys: which PMUs, which CPU, what stands in the way.
 *
 * A core PMU is the directory `cpu`, or one with a `cpus` file; its name cannot be relied on
 * (armv8_pmuv3 with a device tree, armv8_pmuv3_0 with ACPI, cpu_core and cpu_atom on hybrids). */
#include "perfcounters/counters_machine.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define PMU_FOLDER "/sys/bus/event_source/devices"
#define TYPE_RAW   4 /* PERF_TYPE_RAW */

/* "0-3,8" -> bits; false if it is no such list. */
static bool parse_cpus(const char *text, uint64_t *ret_cpus)
{
	char *end;

	while (*text) {
		const unsigned long first = strtoul(text, &end, 10);
		unsigned long last = first;

		if (end == text)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long cpu = first; cpu <= last && cpu < QB_PMU_CPUS_MAX; cpu++)
			ret_cpus[cpu / 64] |= 1ull << cpu % 64;
		if (*end && *end != ',')
			return false;
		text = *end ? end + 1 : end;
	}
	return true;
}

/* Reads one folder; false if it is no core PMU. */
static bool read_pmu(const struct qb_counters_system *system, const char *name,
                     struct qb_core_pmu *ret_pmu)
{
	char path[PATH_MAX], text[1024];
	long long type = TYPE_RAW;
	bool listed;

	snprintf(path, sizeof(path), PMU_FOLDER "/%s/cpus", name);
	listed = qb_counters_system_text(system, path, text, sizeof(text)) > 0;
	if (strlen(name) >= sizeof(ret_pmu->name) || (!listed && strcmp(name, "cpu") != 0))
		return false;
	memset(ret_pmu, 0, sizeof(*ret_pmu));
	memcpy(ret_pmu->name, name, strlen(name) + 1);
	ret_pmu->every_cpu = !listed || !parse_cpus(text, ret_pmu->cpus);
	snprintf(path, sizeof(path), PMU_FOLDER "/%s/type", name);
	qb_counters_system_number(system, path, &type);
	ret_pmu->type = (uint32_t)type;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct qb_core_pmu *)a)->name, ((const struct qb_core_pmu *)b)->name);
}

static void read_pmus(const struct qb_counters_system *system, struct qb_counters_machine *machine)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s" PMU_FOLDER, system->root);
	folder = opendir(path);
	while (folder && machine->pmu_count < QB_CORE_PMUS_MAX && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' &&
		    read_pmu(system, entry->d_name, &machine->pmus[machine->pmu_count]))
			machine->pmu_count++;
	if (folder)
		closedir(folder);
	machine->facts.core_pmu = machine->pmu_count > 0;
	qsort(machine->pmus, machine->pmu_count, sizeof(machine->pmus[0]), by_name);
	if (machine->pmu_count == 0)
		machine->pmus[machine->pmu_count++] =
			(struct qb_core_pmu){ .name = "cpu", .type = TYPE_RAW, .every_cpu = true };
}

/* One `key : value` line of /proc/cpuinfo. */
static void take_line(const char *line, struct qb_cpu_identity *cpu, bool *guest)
{
	const char *colon = strchr(line, ':');
	const char *value = colon ? colon + 1 + strspn(colon + 1, " \t") : "";
	const unsigned number = (unsigned)strtoul(value, NULL, 0);

	if (strncmp(line, "vendor_id", 9) == 0)
		cpu->vendor = strncmp(value, "GenuineIntel", 12) == 0   ? QB_VENDOR_INTEL
		              : strncmp(value, "AuthenticAMD", 12) == 0 ? QB_VENDOR_AMD
		                                                        : QB_VENDOR_OTHER;
	else if (strncmp(line, "cpu family", 10) == 0)
		cpu->family = number;
	else if (strncmp(line, "model\t", 6) == 0)
		cpu->model = number;
	else if (strncmp(line, "stepping", 8) == 0)
		cpu->stepping = number;
	else if (strncmp(line, "CPU implementer", 15) == 0) {
		cpu->vendor = QB_VENDOR_ARM;
		cpu->family = number;
	} else if (strncmp(line, "CPU part", 8) == 0)
		cpu->part = number;
	else if (strncmp(line, "flags", 5) == 0)
		*guest = strstr(value, " hypervisor") != NULL;
}

/* Gives each PMU the microarchitecture of its CPUs: on Arm they differ within one machine. */
static void assign_march(struct qb_counters_machine *machine, const struct qb_cpu_identity *cpu,
                         int processor)
{
	for (unsigned i = 0; i < machine->pmu_count; i++) {
		struct qb_core_pmu *pmu = &machine->pmus[i];

		if (pmu->march == QB_MARCH_UNKNOWN && qb_counters_machine_covers(pmu, processor))
			pmu->march = qb_semantic_events_march(cpu, pmu->name);
	}
}

static void read_processors(const struct qb_counters_system *system,
                            struct qb_counters_machine *machine, bool *guest)
{
	struct qb_cpu_identity cpu = { 0 };
	char path[PATH_MAX], *line = NULL;
	size_t size = 0;
	int processor = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/cpuinfo", system->root);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0) {
		if (strncmp(line, "processor", 9) == 0)
			processor = atoi(strchr(line, ':') ? strchr(line, ':') + 1 : "0");
		take_line(line, &cpu, guest);
		if (line[0] != '\n')
			continue;
		if (machine->cpu.vendor == QB_VENDOR_OTHER)
			machine->cpu = cpu;
		assign_march(machine, &cpu, processor);
	}
	if (machine->cpu.vendor == QB_VENDOR_OTHER)
		machine->cpu = cpu;
	assign_march(machine, &cpu, processor);
	if (file)
		fclose(file);
	free(line);
}

#if defined(__x86_64__) || defined(__i386__)
/* The hypervisor's signature, as its CPUID leaf gives it. */
static const char *ask_hypervisor(void)
{
	static const struct {
		const char *signature, *name;
	} known[] = {
		{ "KVMKVMKVM", "KVM" },       { "Microsoft Hv", "Hyper-V" },
		{ "VMwareVMware", "VMware" }, { "XenVMMXenVMM", "Xen" },
		{ "TCGTCGTCGTCG", "QEMU" },   { "bhyve bhyve ", "bhyve" },
	};
	unsigned a, words[3];
	char signature[13] = "";

	__cpuid(0x40000000, a, words[0], words[1], words[2]);
	memcpy(signature, words, 12);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(signature, known[i].signature) == 0)
			return known[i].name;
	return "VM";
}
#else
static const char *ask_hypervisor(void) { return "VM"; }
#endif

static void read_hypervisor(const struct qb_counters_system *system, bool guest,
                            struct qb_absence_facts *facts)
{
	char text[32];
	const char *name = "";

	/* An Arm guest's flags say nothing; its device tree may. */
	if (qb_counters_system_text(system, "/proc/device-tree/hypervisor/compatible", text,
	                            sizeof(text)) > 0)
		name = strcmp(text, "linux,kvm") == 0 ? "KVM" : "VM";
	if (guest)
		name = system->hypervisor ? system->hypervisor : ask_hypervisor();
	snprintf(facts->hypervisor, sizeof(facts->hypervisor), "%s", name);
}

static void read_obstacles(const struct qb_counters_system *system, struct qb_absence_facts *facts)
{
	char text[4096];
	const char *line;
	long long number;

	facts->paranoid_known =
		qb_counters_system_number(system, "/proc/sys/kernel/perf_event_paranoid",
	                                  &number) == 0;
	facts->paranoid = facts->paranoid_known ? (int)number : 0;
	facts->nmi_watchdog =
		qb_counters_system_number(system, "/proc/sys/kernel/nmi_watchdog", &number) == 0 &&
		number != 0;
	if (qb_counters_system_text(system, "/proc/self/status", text, sizeof(text)) > 0) {
		line = strstr(text, "\nSeccomp:");
		facts->seccomp = line ? atoi(line + strlen("\nSeccomp:")) : 0;
	}
}

void qb_counters_machine_read(const struct qb_counters_system *system,
                              struct qb_counters_machine *ret_machine)
{
	bool guest = false;

	memset(ret_machine, 0, sizeof(*ret_machine));
	read_pmus(system, ret_machine);
	read_processors(system, ret_machine, &guest);
	read_hypervisor(system, guest, &ret_machine->facts);
	read_obstacles(system, &ret_machine->facts);
}

bool qb_counters_machine_covers(const struct qb_core_pmu *pmu, int cpu)
{
	if (pmu->every_cpu)
		return true;
	return cpu >= 0 && cpu < QB_PMU_CPUS_MAX && (pmu->cpus[cpu / 64] >> cpu % 64 & 1);
}

int qb_counters_machine_pmu_of(const struct qb_core_pmu *pmus, unsigned count, int cpu)
{
	for (unsigned i = 0; i < count; i++)
		if (qb_counters_machine_covers(&pmus[i], cpu))
			return (int)i;
	return -1;
}

bool qb_counters_machine_implements(const struct qb_counters_system *system,
                                    const struct qb_core_pmu *pmu, const char *event,
                                    uint64_t config)
{
	const bool architected = config < 0x40 || (config >= 0x4000 && config < 0x4040);
	char path[PATH_MAX], text[64];
	size_t i;

	if (pmu->march < QB_MARCH_ARM_OTHER || !architected)
		return true;
	/* The folder always has the cycle counter, unless /sys is hidden from us. */
	if (snprintf(path, sizeof(path), PMU_FOLDER "/%s/events/cpu_cycles", pmu->name) < 0 ||
	    qb_counters_system_text(system, path, text, sizeof(text)) < 0)
		return true;
	for (i = 0; i < sizeof(text) - 1 && event[i]; i++)
		text[i] = event[i] >= 'A' && event[i] <= 'Z' ? (char)(event[i] | 0x20) : event[i];
	text[i] = '\0';
	snprintf(path, sizeof(path), PMU_FOLDER "/%s/events/%s", pmu->name, text);
	return qb_counters_system_text(system, path, text, sizeof(text)) >= 0;
}
