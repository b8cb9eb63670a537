/* vitals -- totals of the kernel on time taken from us: by the hypervisor, by other programs, by
 * interrupts, by a quota, by heat.
 *
 * Only usable CPUs count: what happens on others disturbs little that we measure. */
#include "harness/vitals.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cgroup.h"
#include "harness/clock.h"
#include "harness/kernel_file.h"

static FILE *open_under(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "re");
}

static bool is_usable(const struct qb_topology *topology, unsigned cpu)
{
	for (size_t i = 0; i < topology->pu_count; i++)
		if (topology->pus[i].os == cpu)
			return true;
	return false;
}

/* "cpu3 user nice system idle iowait irq softirq steal ...", proc_stat(5). */
static void add_times(const char *line, const struct qb_topology *topology,
                      struct qb_vitals *vitals)
{
	unsigned long long t[8];
	unsigned cpu;

	if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &t[0], &t[1], &t[2],
	           &t[3], &t[4], &t[5], &t[6], &t[7]) != 9 ||
	    !is_usable(topology, cpu))
		return;
	vitals->times_known = true;
	vitals->steal_ticks += t[7];
	vitals->busy_ticks += t[0] + t[1] + t[2] + t[5] + t[6];
	for (int i = 0; i < 8; i++)
		vitals->all_ticks += t[i];
}

/* Columns of the usable CPUs: the header is "CPU0 CPU1 ...", the rows of devices begin with a
 * number; the others (timers, calls between CPUs) come with any work. */
static void add_interrupts(char *line, const unsigned *cpus, size_t cpu_count,
                           const struct qb_topology *topology, struct qb_vitals *vitals)
{
	char *at = line + strspn(line, " ");

	if (*at < '0' || *at > '9' || !strchr(at, ':'))
		return;
	vitals->interrupts_known = true;
	at = strchr(at, ':') + 1;
	for (size_t column = 0; column < cpu_count; column++) {
		char *end;
		const unsigned long long count = strtoull(at, &end, 10);

		if (end == at)
			return;
		at = end;
		if (is_usable(topology, cpus[column]))
			vitals->interrupts += count;
	}
}

static size_t read_header(const char *line, unsigned *cpus, size_t max)
{
	size_t count = 0;

	for (const char *at = strstr(line, "CPU"); at && count < max; at = strstr(at + 3, "CPU"))
		cpus[count++] = (unsigned)strtoul(at + 3, NULL, 10);
	return count;
}

static void read_interrupts(const char *root, const struct qb_topology *topology,
                            struct qb_vitals *vitals)
{
	unsigned cpus[1024];
	char *line = NULL;
	size_t size = 0, cpu_count = 0;
	FILE *stream = open_under(root, "/proc/interrupts");

	if (!stream)
		return;
	if (getline(&line, &size, stream) > 0)
		cpu_count = read_header(line, cpus, 1024);
	while (getline(&line, &size, stream) > 0)
		add_interrupts(line, cpus, cpu_count, topology, vitals);
	free(line);
	fclose(stream);
}

static void read_times(const char *root, const struct qb_topology *topology,
                       struct qb_vitals *vitals)
{
	char *line = NULL;
	size_t size = 0;
	FILE *stream = open_under(root, "/proc/stat");

	if (!stream)
		return;
	while (getline(&line, &size, stream) > 0 && strncmp(line, "cpu", 3) == 0)
		add_times(line, topology, vitals);
	free(line);
	fclose(stream);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234", microseconds. */
static void read_pressure(const char *root, struct qb_vitals *vitals)
{
	char line[128];
	const char *total;

	if (!qb_kernel_file_line(root, "/proc/pressure/cpu", line, sizeof(line)))
		return;
	total = strstr(line, "total=");
	if (!total)
		return;
	vitals->pressure_known = true;
	vitals->pressure_us = strtoull(total + strlen("total="), NULL, 10);
}

static void read_thermal(const char *root, const struct qb_topology *topology,
                         struct qb_vitals *vitals)
{
	for (size_t i = 0; i < topology->pu_count; i++) {
		char path[96];
		uint64_t count;

		snprintf(path, sizeof(path),
		         "/sys/devices/system/cpu/cpu%u/thermal_throttle/core_throttle_count",
		         topology->pus[i].os);
		if (!qb_kernel_file_number(root, path, &count))
			continue;
		vitals->thermal_known = true;
		vitals->thermal += count;
	}
}

void qb_vitals_read(const char *root, const struct qb_topology *topology,
                    struct qb_vitals *ret_vitals)
{
	*ret_vitals = (struct qb_vitals){ .monotonic_ns = qb_clock_monotonic_ns() };
	read_times(root, topology, ret_vitals);
	read_pressure(root, ret_vitals);
	read_interrupts(root, topology, ret_vitals);
	read_thermal(root, topology, ret_vitals);
	ret_vitals->throttled_known = qb_cgroup_throttled(root, &ret_vitals->throttled);
}
