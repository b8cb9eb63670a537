/* energy -- RAPL, through the `power` PMU or powercap.
 *
 * The PMU comes first: the kernel extends its 32-bit counters for us.  Powercap's files are root's
 * alone since energy was found to leak secrets (Lipp et al., PLATYPUS, 2021).  Virtual machines may
 * show either and never move it: a counter that stands still is reported as dead. */
#include "perfcounters/energy.h"

#include "perfcounters/counters_machine.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POWER_PMU "/sys/bus/event_source/devices/power"
#define POWERCAP  "/sys/class/powercap"

/* One row per domain: its event of the PMU, and its zone of powercap (package-0, package-1, ...).
 */
static const struct {
	const char *name, *event, *zone;
} domains[QB_ENERGY_COUNT] = {
	[QB_ENERGY_PACKAGE] = { "package", "energy-pkg", "package" },
	[QB_ENERGY_CORES] = { "cores", "energy-cores", "core" },
	[QB_ENERGY_MEMORY] = { "memory", "energy-ram", "dram" },
	[QB_ENERGY_GRAPHICS] = { "graphics", "energy-gpu", "uncore" },
	[QB_ENERGY_PLATFORM] = { "platform", "energy-psys", "psys" },
};

const char *qb_energy_name(enum qb_energy_domain domain)
{
	assert(domain < QB_ENERGY_COUNT);
	return domains[domain].name;
}

/* What the PMU's files say of one event; false if it has no such event in joules. */
static bool describe_event(const struct qb_counters_system *system, const char *event,
                           uint64_t *ret_config, double *ret_joules)
{
	static const char prefix[] = "event=";
	char path[PATH_MAX], text[64];

	snprintf(path, sizeof(path), POWER_PMU "/events/%s", event);
	if (qb_counters_system_text(system, path, text, sizeof(text)) < 0 ||
	    strncmp(text, prefix, strlen(prefix)) != 0)
		return false;
	*ret_config = strtoull(text + strlen(prefix), NULL, 0);
	snprintf(path, sizeof(path), POWER_PMU "/events/%s.unit", event);
	if (qb_counters_system_text(system, path, text, sizeof(text)) < 0 ||
	    strcmp(text, "Joules") != 0)
		return false;
	snprintf(path, sizeof(path), POWER_PMU "/events/%s.scale", event);
	if (qb_counters_system_text(system, path, text, sizeof(text)) < 0)
		return false;
	*ret_joules = strtod(text, NULL);
	return *ret_joules > 0;
}

/* Opens one event on one package's CPU.  No exclude bit: the PMU refuses them. */
static int open_event(struct qb_energy *energy, enum qb_energy_domain domain,
                      const struct qb_unit_member *member, double joules, int cpu)
{
	const struct qb_unit_place place = { -1, cpu };
	struct qb_energy_source *source = &energy->sources[energy->source_count];

	if (energy->source_count == QB_ENERGY_SOURCES_MAX)
		return 0;
	*source = (struct qb_energy_source){ .domain = domain, .joules = joules };
	snprintf(source->name, sizeof(source->name), "power/%s", domains[domain].event);
	if (qb_counters_unit_open(energy->system, member, 1, place, &source->unit) == 0)
		return -source->unit.err[0];
	qb_counters_unit_enable(energy->system, &source->unit);
	energy->source_count++;
	return 0;
}

/* Opens all events of the PMU on the CPUs of its cpumask, one per package ("0,32").  Returns the
 * first refusal, -ENOENT where there is no such PMU. */
static int open_pmu(struct qb_energy *energy)
{
	char mask[256], *cpu, *save;
	struct qb_unit_member member = { 0 };
	long long type;
	double joules;
	int rc = 0;

	if (qb_counters_system_number(energy->system, POWER_PMU "/type", &type) < 0 ||
	    qb_counters_system_text(energy->system, POWER_PMU "/cpumask", mask, sizeof(mask)) < 0)
		return -ENOENT;
	member.code.type = (uint32_t)type;
	for (cpu = strtok_r(mask, ",", &save); cpu; cpu = strtok_r(NULL, ",", &save))
		for (int domain = 0; domain < QB_ENERGY_COUNT; domain++) {
			int one;

			if (!describe_event(energy->system, domains[domain].event,
			                    &member.code.config, &joules))
				continue;
			one = open_event(energy, (enum qb_energy_domain)domain, &member, joules,
			                 atoi(cpu));
			rc = rc ? rc : one;
		}
	return rc;
}

/* Takes one zone, such as `intel-rapl:0:1`; its count must be readable. */
static int open_zone(struct qb_energy *energy, const char *zone)
{
	struct qb_energy_source *source = &energy->sources[energy->source_count];
	char path[PATH_MAX], name[32];
	long long range, count;
	int domain = 0, rc;

	snprintf(path, sizeof(path), POWERCAP "/%s/name", zone);
	if (strlen(zone) > 32 || energy->source_count == QB_ENERGY_SOURCES_MAX ||
	    qb_counters_system_text(energy->system, path, name, sizeof(name)) < 0)
		return 0;
	name[strcspn(name, "-")] = '\0';
	while (domain < QB_ENERGY_COUNT && strcmp(domains[domain].zone, name) != 0)
		domain++;
	if (domain == QB_ENERGY_COUNT)
		return 0;
	*source = (struct qb_energy_source){ .domain = (enum qb_energy_domain)domain,
		                             .joules = 1e-6 };
	source->unit.leader = -1;
	snprintf(source->name, sizeof(source->name), "powercap/%.32s", zone);
	snprintf(source->path, sizeof(source->path), POWERCAP "/%.32s/energy_uj", zone);
	rc = qb_counters_system_number(energy->system, source->path, &count);
	if (rc < 0)
		return rc;
	snprintf(path, sizeof(path), POWERCAP "/%s/max_energy_range_uj", zone);
	if (qb_counters_system_number(energy->system, path, &range) == 0)
		source->range = (uint64_t)range;
	energy->source_count++;
	return 0;
}

static int open_powercap(struct qb_energy *energy)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int rc = -ENOENT;
	DIR *folder;

	snprintf(path, sizeof(path), "%s" POWERCAP, energy->system->root);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		/* `intel-rapl-mmio:0` shows the same counter a second time. */
		if (strncmp(entry->d_name, "intel-rapl:", strlen("intel-rapl:")) != 0)
			continue;
		if (open_zone(energy, entry->d_name) == -EACCES)
			rc = -EACCES;
	}
	if (folder)
		closedir(folder);
	return energy->source_count ? 0 : rc;
}

int qb_energy_open(const struct qb_counters_system *system, struct qb_energy *ret_energy,
                   struct qb_counters_why *why)
{
	struct qb_counters_machine machine;
	int pmu, powercap;

	memset(ret_energy, 0, sizeof(*ret_energy));
	ret_energy->system = system ? system : &qb_counters_system_linux;
	qb_counters_machine_read(ret_energy->system, &machine);
	memcpy(ret_energy->hypervisor, machine.facts.hypervisor, sizeof(ret_energy->hypervisor));
	pmu = open_pmu(ret_energy);
	if (ret_energy->source_count)
		return 0;
	powercap = open_powercap(ret_energy);
	if (powercap == 0)
		return 0;
	if (pmu == -EACCES || powercap == -EACCES)
		return qb_absence_set(
			why, QB_ABSENCE_DENIED, EACCES,
			"energy: needs CAP_PERFMON or kernel.perf_event_paranoid <= 0 "
			"(now %d); powercap's files are for root only",
			machine.facts.paranoid);
	if (pmu < 0 && pmu != -ENOENT)
		return qb_absence_set(why, QB_ABSENCE_OTHER, -pmu,
		                      "energy: the power PMU refuses (errno %d)", -pmu);
	return qb_absence_set(why, QB_ABSENCE_NO_PMU, ENOENT,
	                      "energy: this machine shows no counter (no power PMU, no powercap)");
}

static bool read_source(const struct qb_energy *energy, const struct qb_energy_source *source,
                        uint64_t *ret_count)
{
	struct qb_unit_reading reading;
	long long count;

	if (source->unit.leader >= 0) {
		qb_counters_unit_read(energy->system, &source->unit, &reading);
		*ret_count = reading.value[0];
		return reading.seen[0];
	}
	if (qb_counters_system_number(energy->system, source->path, &count) < 0)
		return false;
	*ret_count = (uint64_t)count;
	return true;
}

void qb_energy_read(const struct qb_energy *energy, struct qb_energy_reading *ret_reading)
{
	struct timespec now;

	memset(ret_reading, 0, sizeof(*ret_reading));
	clock_gettime(CLOCK_MONOTONIC, &now);
	ret_reading->monotonic_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (unsigned i = 0; i < energy->source_count; i++)
		ret_reading->known[i] =
			read_source(energy, &energy->sources[i], &ret_reading->count[i]);
}

/* What the counter moved, over at most one wrap. */
static uint64_t moved(const struct qb_energy_source *source, uint64_t from, uint64_t to)
{
	if (to >= from)
		return to - from;
	return source->range > from ? source->range - from + to : 0;
}

static struct qb_counters_value absent(struct qb_counters_why *why)
{
	return qb_counter_math_absent(why->code);
}

struct qb_counters_value qb_energy_diff(const struct qb_energy *energy,
                                        const struct qb_energy_reading *from,
                                        const struct qb_energy_reading *to,
                                        enum qb_energy_domain domain, struct qb_counters_why *why)
{
	const double ns = (double)qb_counter_math_difference(from->monotonic_ns, to->monotonic_ns);
	double joules = 0;
	bool any = false;

	qb_absence_set(why, QB_ABSENCE_NONE, 0, "%s", "");
	for (unsigned i = 0; i < energy->source_count; i++) {
		const struct qb_energy_source *source = &energy->sources[i];
		uint64_t count;

		if (source->domain != domain)
			continue;
		any = true;
		count = moved(source, from->count[i], to->count[i]);
		if (!from->known[i] || !to->known[i])
			qb_absence_set(why, QB_ABSENCE_OTHER, 0, "energy: %s cannot be read",
			               source->name);
		else if (ns >= QB_ENERGY_REGION_MIN_NS && count == 0)
			qb_absence_set(why, QB_ABSENCE_DEAD, 0,
			               "energy: %s present but stands still (0 J in %.1f s)%s",
			               source->name, ns / 1e9,
			               energy->hypervisor[0] ? ": virtual machine" : "");
		joules += (double)count * source->joules;
	}
	if (why->code)
		return absent(why);
	if (!any)
		qb_absence_set(why, QB_ABSENCE_EVENT_MISSING, 0, "energy: no counter for %s",
		               qb_energy_name(domain));
	else if (ns < QB_ENERGY_REGION_MIN_NS)
		qb_absence_set(why, QB_ABSENCE_OTHER, 0,
		               "energy: the region of %.0f ms is too short, 100 ms are needed",
		               ns / 1e6);
	return why->code ? absent(why) : qb_counter_math_present(joules);
}

void qb_energy_close(struct qb_energy *energy)
{
	for (unsigned i = 0; i < energy->source_count; i++)
		if (energy->sources[i].unit.leader >= 0)
			qb_counters_unit_close(energy->system, &energy->sources[i].unit);
	energy->source_count = 0;
}
