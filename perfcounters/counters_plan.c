/* counters_plan -- what can be counted here: asked of the kernel, proven, packed into groups.
 *
 * {cycles, instructions} lead every group, so that each repetition tells its own rate and frequency
 * whatever else it counts; three more fit the scarcest PMU in use (four programmable counters, one
 * of them held by the NMI watchdog, beside the fixed ones).  Where even that is too much, groups
 * shrink until they are scheduled. */
#include "perfcounters/counters_resolve.h"
#include "perfcounters/counters_selftest.h"
#include "perfcounters/perfcounters.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define FOLLOWERS_MAX 3  /* of the leading pair */
#define SHARED_MAX    4  /* events of one group on a PMU that all CPUs share */
#define FILES_SPARE   64 /* descriptors for everything else in this process */

static bool available(const struct qb_counters_event *event)
{
	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX; pmu++)
		if (event->on[pmu].available)
			return true;
	return false;
}

static bool leads(const struct qb_counters_event *event)
{
	return event->core &&
	       (event->semantic == QB_EVENT_CYCLES || event->semantic == QB_EVENT_INSTRUCTIONS);
}

static bool is_named(const struct qb_counters *counters, const char *name)
{
	for (unsigned i = 0; i < counters->event_count; i++)
		if (strcmp(counters->events[i].name, name) == 0)
			return true;
	return false;
}

static int add_event(struct qb_counters *counters, const char *request, struct qb_counters_why *why)
{
	struct qb_counters_event *event = &counters->events[counters->event_count];
	int rc;

	if (counters->event_count == QB_COUNTERS_EVENTS_MAX)
		return qb_absence_set(why, QB_ABSENCE_OTHER, EINVAL, "more than %d events",
		                      QB_COUNTERS_EVENTS_MAX);
	rc = qb_counters_resolve_name(request, event, why);
	if (rc < 0)
		return rc;
	if (!is_named(counters, event->name))
		counters->event_count++;
	else if (event->semantic < 0 || strchr(request, '='))
		return qb_absence_set(why, QB_ABSENCE_OTHER, EINVAL, "two events named '%s'",
		                      event->name);
	return 0;
}

static int add_events(const struct qb_counters_request *request, struct qb_counters *counters,
                      struct qb_counters_why *why)
{
	int rc = 0;

	/* The leading pair is always counted: without it the others have no scale. */
	for (int i = 0; i < QB_EVENT_COUNT && rc == 0; i++)
		if (request->standard || i == QB_EVENT_CYCLES || i == QB_EVENT_INSTRUCTIONS)
			rc = add_event(counters, qb_semantic_events_name((enum qb_event)i), why);
	for (size_t i = 0; i < request->event_count && rc == 0; i++)
		rc = add_event(counters, request->events[i], why);
	return rc;
}

static void withdraw(struct qb_counters_event *event, unsigned pmu,
                     const struct qb_counters_why *why)
{
	event->on[pmu].available = false;
	event->on[pmu].why = *why;
}

static void withdraw_all(struct qb_counters *counters, const struct qb_counters_why *why)
{
	for (unsigned i = 0; i < counters->event_count; i++)
		for (unsigned pmu = 0; pmu < counters->machine.pmu_count; pmu++)
			withdraw(&counters->events[i], pmu, why);
	counters->group_count = 0;
}

static struct qb_counters_group *add_group(struct qb_counters *counters, bool core)
{
	struct qb_counters_group *group = &counters->groups[counters->group_count++];

	assert(counters->group_count <= QB_COUNTERS_GROUPS_MAX);
	memset(group, 0, sizeof(*group));
	group->core = core;
	for (unsigned i = 0; core && i < counters->event_count; i++)
		if (leads(&counters->events[i]) && available(&counters->events[i]))
			group->events[group->count++] = i;
	return group;
}

/* Core events behind the leading pair, `followers` to a group. */
static void pack_core(struct qb_counters *counters, unsigned followers)
{
	struct qb_counters_group *group = NULL;
	unsigned free_slots = 0;

	for (unsigned i = 0; i < counters->event_count; i++) {
		const struct qb_counters_event *event = &counters->events[i];

		if (!event->core || leads(event) || !available(event))
			continue;
		if (free_slots == 0) {
			group = add_group(counters, true);
			free_slots = followers;
		}
		group->events[group->count++] = i;
		free_slots--;
	}
	/* The pair alone. */
	if (!group && add_group(counters, true)->count == 0)
		counters->group_count--;
}

/* Events of other PMUs group with their own kind only. */
static void pack_shared(struct qb_counters *counters)
{
	struct qb_counters_group *group = NULL;
	uint32_t type = 0;

	for (unsigned i = 0; i < counters->event_count; i++) {
		const struct qb_counters_event *event = &counters->events[i];

		if (event->core || !available(event))
			continue;
		if (!group || group->count == SHARED_MAX || type != event->on[0].member.code.type)
			group = add_group(counters, false);
		type = event->on[0].member.code.type;
		group->events[group->count++] = i;
	}
}

static void pack(struct qb_counters *counters, unsigned followers)
{
	counters->group_count = 0;
	pack_core(counters, followers);
	pack_shared(counters);
}

/* Moves this thread to the PMU's CPUs; false where it may not run on any of them. */
static bool move_to(const struct qb_counters_system *system, const struct qb_core_pmu *pmu,
                    const uint64_t allowed[QB_PMU_CPUS_WORDS])
{
	uint64_t cpus[QB_PMU_CPUS_WORDS];
	bool any = false;

	for (unsigned i = 0; i < QB_PMU_CPUS_WORDS; i++) {
		cpus[i] = allowed[i] & pmu->cpus[i];
		any = any || cpus[i];
	}
	return any && system->set_affinity(cpus) == 0;
}

/* Tests a group on one core type, and withdraws what does not count.  Returns false if the group
 * found no counters. */
static bool prove_on(const struct qb_counters_system *system, struct qb_counters *counters,
                     const struct qb_counters_group *group, unsigned pmu)
{
	struct qb_selftest_member members[QB_UNIT_MEMBERS_MAX];
	struct qb_selftest_verdict verdict;
	unsigned present[QB_UNIT_MEMBERS_MAX], count = 0;

	for (unsigned i = 0; i < group->count; i++) {
		const struct qb_counters_event *event = &counters->events[group->events[i]];

		if (!event->on[pmu].available)
			continue;
		members[count].member = event->on[pmu].member;
		members[count].semantic = event->semantic;
		present[count++] = group->events[i];
	}
	qb_counters_selftest_run(system, &counters->machine.facts, members, count, &verdict);
	for (unsigned i = 0; i < count && verdict.scheduled; i++) {
		struct qb_counters_event *event = &counters->events[present[i]];

		event->on[pmu].proven = verdict.members[i].proven;
		if (verdict.members[i].why.code)
			withdraw(event, pmu, &verdict.members[i].why);
	}
	return verdict.scheduled;
}

/* The group does not run: withdraws its followers, or the leading pair if it has none. */
static void give_up(struct qb_counters *counters, const struct qb_counters_group *group,
                    unsigned pmu)
{
	struct qb_counters_why why;
	bool followers = false;

	qb_absence_unscheduled(&counters->machine.facts, &why);
	for (unsigned i = 0; i < group->count; i++)
		followers = followers || !leads(&counters->events[group->events[i]]);
	for (unsigned i = 0; i < group->count; i++)
		if (!followers || !leads(&counters->events[group->events[i]]))
			withdraw(&counters->events[group->events[i]], pmu, &why);
}

/* Proves all groups; with `last`, gives up those that do not run.  Returns true if all ran. */
static bool prove(const struct qb_counters_system *system, struct qb_counters *counters, bool last)
{
	const bool hybrid = counters->machine.pmu_count > 1;
	uint64_t allowed[QB_PMU_CPUS_WORDS];
	bool all = true;

	if (hybrid && system->get_affinity(allowed) < 0)
		return true;
	for (unsigned pmu = 0; pmu < counters->machine.pmu_count; pmu++) {
		/* A core type that we may not run on has nothing to prove. */
		if (hybrid && !move_to(system, &counters->machine.pmus[pmu], allowed))
			continue;
		for (unsigned i = 0; i < counters->group_count; i++) {
			const struct qb_counters_group *group = &counters->groups[i];

			if ((pmu > 0 && !group->core) || prove_on(system, counters, group, pmu))
				continue;
			all = false;
			if (last)
				give_up(counters, group, pmu);
		}
	}
	if (hybrid)
		system->set_affinity(allowed);
	return all;
}

static void pack_what_runs(const struct qb_counters_system *system, struct qb_counters *counters)
{
	unsigned followers = FOLLOWERS_MAX;

	for (pack(counters, followers); !prove(system, counters, followers == 1);
	     pack(counters, followers)) {
		if (followers == 1)
			break;
		followers--;
	}
	pack(counters, followers);
	/* With all followers gone, the pair is a group that has not been proven yet. */
	if (followers == 1 && !prove(system, counters, true))
		pack(counters, followers);
}

/* Makes room for the descriptors of all threads.  Returns 0, or -EMFILE with why. */
static int raise_file_limit(const struct qb_counters_system *system,
                            const struct qb_counters *counters, unsigned thread_count,
                            struct qb_counters_why *why)
{
	unsigned members = 0;
	struct rlimit limit;
	rlim_t needed, soft;

	for (unsigned i = 0; i < counters->group_count; i++)
		if (counters->groups[i].count > members)
			members = counters->groups[i].count;
	members = members * counters->machine.pmu_count + counters->migrations;
	needed = (rlim_t)members * thread_count + FILES_SPARE;
	if (system->get_file_limit(&limit) < 0 || limit.rlim_cur >= needed)
		return 0;
	soft = limit.rlim_cur;
	limit.rlim_cur = needed;
	if (needed <= limit.rlim_max && system->set_file_limit(&limit) == 0)
		return 0;
	return qb_absence_set(why, QB_ABSENCE_FDS, EMFILE,
	                      "needs %llu file descriptors, limit is %llu (hard %llu)",
	                      (unsigned long long)needed, (unsigned long long)soft,
	                      (unsigned long long)limit.rlim_max);
}

/* Where an event's encoding came from, for people. */
static const char *origin(const struct qb_counters *counters, enum qb_event semantic, char *text,
                          size_t size)
{
	for (unsigned i = 0; i < counters->event_count; i++) {
		const struct qb_counters_event *event = &counters->events[i];
		const char *end = strstr(event->source, "::");

		if (event->semantic != (int)semantic || !available(event))
			continue;
		if (event->generic)
			return "generic events";
		if (!end)
			return "built-in codes";
		snprintf(text, size, "table %.*s", (int)(end - event->source), event->source);
		return text;
	}
	return "nothing";
}

static void note_unknown_cpu(const struct qb_counters_system *system, struct qb_counters *counters)
{
	const struct qb_cpu_identity *cpu = &counters->machine.cpu;
	struct qb_counters_why *note = &counters->notes[counters->note_count];
	struct qb_event_code code;
	char model[64], pair[64], transfers[64];

	if (counters->group_count == 0 || system->cpu_table()[0])
		return;
	counters->note_count++;
	if (system->encode("perf::CYCLES", &code) == -ENOSYS) {
		qb_absence_set(note, QB_ABSENCE_NO_LIBRARY, 0,
		               "built without libpfm4: events by %s",
		               origin(counters, QB_EVENT_CYCLES, pair, sizeof(pair)));
		return;
	}
	if (cpu->vendor == QB_VENDOR_ARM)
		snprintf(model, sizeof(model), "implementer 0x%02x part 0x%03x", cpu->family,
		         cpu->part);
	else
		snprintf(model, sizeof(model), "family %u model %u", cpu->family, cpu->model);
	qb_absence_set(note, QB_ABSENCE_CPU_UNKNOWN, 0,
	               "libpfm4 does not know %s; cycles, instructions by %s; line transfers by %s",
	               model, origin(counters, QB_EVENT_CYCLES, pair, sizeof(pair)),
	               origin(counters, QB_EVENT_TRANSFERS_LOAD, transfers, sizeof(transfers)));
}

/* Settles each event's own reason: its first PMU's, unless another PMU has it. */
static void conclude(struct qb_counters *counters)
{
	for (unsigned i = 0; i < counters->event_count; i++) {
		struct qb_counters_event *event = &counters->events[i];

		if (!available(event)) {
			event->why = event->on[0].why;
			continue;
		}
		for (unsigned pmu = 0; pmu < counters->machine.pmu_count; pmu++)
			if (!event->on[pmu].available &&
			    event->on[pmu].why.code == QB_ABSENCE_EVENT_MISSING)
				event->on[pmu].why.code = QB_ABSENCE_WRONG_CORE_TYPE;
	}
}

int qb_counters_plan(const struct qb_counters_system *system,
                     const struct qb_counters_request *request, struct qb_counters *ret_counters,
                     struct qb_counters_why *why)
{
	struct qb_counters *counters = ret_counters;
	struct qb_counters_why obstacle;
	int rc;

	system = system ? system : &qb_counters_system_linux;
	memset(counters, 0, sizeof(*counters));
	counters->scope = request->scope;
	rc = add_events(request, counters, why);
	if (rc < 0)
		return rc;
	qb_counters_machine_read(system, &counters->machine);
	if (qb_counters_resolve_access(system, counters, &obstacle) < 0) {
		withdraw_all(counters, &obstacle);
		conclude(counters);
		return 0;
	}
	for (unsigned i = 0; i < counters->event_count; i++)
		qb_counters_resolve_event(system, counters, &counters->events[i]);
	pack_what_runs(system, counters);
	if (raise_file_limit(system, counters, request->thread_count, &obstacle) < 0)
		withdraw_all(counters, &obstacle);
	note_unknown_cpu(system, counters);
	conclude(counters);
	return 0;
}
