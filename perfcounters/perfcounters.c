/* perfcounters -- counting one thread: attach, snap, diff, detach.
 *
 * Each worker opens its own group after pinning itself.  Inheriting from one parent would mix the
 * roles, count the harness, and lose the values of groups.  Workers do not know when the measured
 * window begins: counters run from before the start barrier, and are read twice. */
#include "perfcounters/perfcounters.h"

#include <assert.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

/* The core types whose counters a thread on that CPU needs, as bits. */
static unsigned pmus_for(const struct qb_counters_machine *machine, int cpu)
{
	const int pmu = qb_counters_machine_pmu_of(machine->pmus, machine->pmu_count, cpu);

	return pmu >= 0 ? 1u << pmu : (1u << machine->pmu_count) - 1;
}

/* What a refusal while attaching means for an event that the plan could open. */
static enum qb_absence absence_of(int err)
{
	switch (err) {
	case EMFILE:
	case ENFILE:
		return QB_ABSENCE_FDS;
	case EINVAL:
	case ENOSPC:
		return QB_ABSENCE_NO_SLOTS;
	case EACCES:
		return QB_ABSENCE_DENIED;
	default:
		return QB_ABSENCE_OTHER;
	}
}

static void tell_refusal(const struct qb_counters *counters, const struct qb_counters_event *event,
                         unsigned pmu, int err, struct qb_counters_why *why)
{
	const struct qb_absence_refusal refusal = {
		.err = err,
		.type = event->on[pmu].member.code.type,
		.config = event->on[pmu].member.code.config,
		.event = event->name,
		.pmu = counters->machine.pmus[pmu].name,
	};

	qb_absence_refused(&counters->machine.facts, &refusal, why);
}

/* Opens the group's events that exist on one core type, and starts them.  Returns the first errno.
 */
static int attach_unit(const struct qb_counters *counters, const struct qb_counters_group *group,
                       unsigned pmu, struct qb_counters_thread *thread, struct qb_counters_why *why)
{
	const struct qb_unit_place self = { 0, -1 };
	struct qb_unit_member members[QB_UNIT_MEMBERS_MAX];
	unsigned present[QB_UNIT_MEMBERS_MAX], count = 0;
	struct qb_counters_unit *unit = &thread->units[pmu];
	struct qb_counters_unit opened;
	int rc, first = 0;

	for (unsigned i = 0; i < group->count; i++) {
		const struct qb_counters_event *event = &counters->events[group->events[i]];

		unit->fd[i] = -1;
		thread->absence[pmu][i] =
			event->on[pmu].available ? QB_ABSENCE_NONE : event->on[pmu].why.code;
		if (event->on[pmu].available) {
			members[count] = event->on[pmu].member;
			present[count++] = i;
		}
	}
	qb_counters_unit_open(thread->system, members, count, self, &opened);
	unit->count = group->count;
	/* cppcheck-suppress uninitvar -- a leader is one of the members present */
	unit->leader = opened.leader < 0 ? -1 : (int)present[opened.leader];
	rc = qb_counters_unit_enable(thread->system, &opened);
	for (unsigned i = 0; i < count; i++) {
		const unsigned slot = present[i];
		const int err = opened.err[i] ? opened.err[i] : -rc;

		unit->fd[slot] = opened.fd[i];
		unit->id[slot] = opened.id[i];
		if (!err)
			continue;
		thread->absence[pmu][slot] = absence_of(err);
		if (!first)
			tell_refusal(counters, &counters->events[group->events[slot]], pmu, err,
			             why);
		first = first ? first : err;
	}
	return first;
}

/* Migrations happen in the kernel: without the right to see it, they would read 0. */
static void attach_migrations(struct qb_counters_thread *thread)
{
	const struct qb_unit_place self = { 0, -1 };
	const struct qb_unit_member member = {
		.code = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_MIGRATIONS },
	};

	qb_counters_unit_open(thread->system, &member, 1, self, &thread->migrations);
	if (qb_counters_unit_enable(thread->system, &thread->migrations) < 0)
		qb_counters_unit_close(thread->system, &thread->migrations);
}

int qb_counters_attach(const struct qb_counters *counters, unsigned group, int cpu,
                       struct qb_counters_thread *thread, struct qb_counters_why *why)
{
	struct qb_counters_why ignored;
	int first = 0;

	if (!thread->system)
		thread->system = &qb_counters_system_linux;
	qb_thread_usage_identify(&thread->identity);
	thread->group = counters->group_count ? group % counters->group_count : 0;
	thread->pmu_mask = 0;
	if (counters->group_count)
		thread->pmu_mask = counters->groups[thread->group].core
		                           ? pmus_for(&counters->machine, cpu)
		                           : 1;
	thread->migrations.leader = -1;
	for (unsigned pmu = 0; pmu < counters->machine.pmu_count; pmu++) {
		int err;

		thread->units[pmu].leader = -1;
		if (!(thread->pmu_mask >> pmu & 1))
			continue;
		err = attach_unit(counters, &counters->groups[thread->group], pmu, thread,
		                  first ? &ignored : why);
		first = first ? first : err;
	}
	if (counters->migrations)
		attach_migrations(thread);
	return -first;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void qb_counters_snap(const struct qb_counters_thread *thread, struct qb_counters_snap *ret_snap)
{
	struct qb_unit_reading migrations;

	ret_snap->monotonic_ns = monotonic_ns();
	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX; pmu++)
		if (thread->pmu_mask >> pmu & 1)
			qb_counters_unit_read(thread->system, &thread->units[pmu],
			                      &ret_snap->units[pmu]);
	qb_counters_unit_read(thread->system, &thread->migrations, &migrations);
	ret_snap->migrations_known = migrations.seen[0];
	ret_snap->migrations = migrations.value[0];
	qb_thread_usage_read(&thread->identity, thread->system->root, &ret_snap->usage);
	ret_snap->group = thread->group;
	ret_snap->pmu_mask = thread->pmu_mask;
	memcpy(ret_snap->absence, thread->absence, sizeof(ret_snap->absence));
}

/* Why this member has no value on this core type between the two snaps; NONE if it has. */
static enum qb_absence absence_on(const struct qb_counters_snap *from,
                                  const struct qb_counters_snap *to, unsigned pmu, unsigned member)
{
	if (to->absence[pmu][member])
		return to->absence[pmu][member];
	/* An empty read is the error state of a group that could not be scheduled. */
	if (from->units[pmu].err || to->units[pmu].err)
		return from->units[pmu].err == ENODATA || to->units[pmu].err == ENODATA
		               ? QB_ABSENCE_NO_SLOTS
		               : QB_ABSENCE_OTHER;
	return from->units[pmu].seen[member] && to->units[pmu].seen[member] ? QB_ABSENCE_NONE
	                                                                    : QB_ABSENCE_OTHER;
}

/* One member over all core types that the thread could run on: its events are enabled on all of
 * them at once and run on one at a time, so counts and running times add up, enabled ones do not.
 */
static struct qb_counters_value diff_member(const struct qb_counters_snap *from,
                                            const struct qb_counters_snap *to, unsigned member)
{
	struct qb_counter_delta total = { 0 };
	enum qb_absence absence = QB_ABSENCE_NONE;

	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX; pmu++) {
		const struct qb_unit_reading *a = &from->units[pmu], *b = &to->units[pmu];
		uint64_t enabled_ns;

		if (!(to->pmu_mask >> pmu & 1))
			continue;
		if (absence_on(from, to, pmu, member)) {
			absence = absence ? absence : absence_on(from, to, pmu, member);
			continue;
		}
		enabled_ns = qb_counter_math_difference(a->enabled_ns, b->enabled_ns);
		total.value += qb_counter_math_difference(a->value[member], b->value[member]);
		total.running_ns += qb_counter_math_difference(a->running_ns, b->running_ns);
		total.enabled_ns = enabled_ns > total.enabled_ns ? enabled_ns : total.enabled_ns;
	}
	/* A part of the core types is not the whole: no sum with a hole in it. */
	return absence ? qb_counter_math_absent(absence) : qb_counter_math_scale(total);
}

static bool proven(const struct qb_counters_event *event, unsigned pmu_mask)
{
	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX; pmu++)
		if (pmu_mask >> pmu & 1 && event->on[pmu].proven)
			return true;
	return false;
}

void qb_counters_diff(const struct qb_counters *counters, const struct qb_counters_snap *from,
                      const struct qb_counters_snap *to, struct qb_counters_value *ret_values)
{
	assert(from->group == to->group && from->pmu_mask == to->pmu_mask);
	for (unsigned i = 0; i < counters->event_count; i++) {
		const enum qb_absence code = counters->events[i].why.code;

		ret_values[i] = qb_counter_math_absent(code ? code : QB_ABSENCE_OTHER_RUN);
	}
	for (unsigned i = 0; to->pmu_mask && i < counters->groups[to->group].count; i++) {
		const unsigned index = counters->groups[to->group].events[i];
		struct qb_counters_value *value = &ret_values[index];

		*value = diff_member(from, to, i);
		value->proven =
			value->available &&
			(value->value > 0 || proven(&counters->events[index], to->pmu_mask));
	}
}

static struct qb_counters_value difference(bool known, uint64_t from, uint64_t to)
{
	return known ? qb_counter_math_present((double)qb_counter_math_difference(from, to))
	             : qb_counter_math_absent(QB_ABSENCE_OTHER);
}

void qb_counters_usage(const struct qb_counters_snap *from, const struct qb_counters_snap *to,
                       struct qb_counters_usage *ret_usage)
{
	const struct qb_thread_usage *a = &from->usage, *b = &to->usage;
	const bool times = a->times_known && b->times_known;
	const bool switches = a->switches_known && b->switches_known;

	*ret_usage = (struct qb_counters_usage){
		.cpu_ns = difference(a->cpu_known && b->cpu_known, a->cpu_ns, b->cpu_ns),
		.user_ns = difference(times, a->user_ns, b->user_ns),
		.system_ns = difference(times, a->system_ns, b->system_ns),
		.delay_ns = difference(a->delay_known && b->delay_known, a->delay_ns, b->delay_ns),
		.voluntary = difference(switches, a->voluntary, b->voluntary),
		.involuntary = difference(switches, a->involuntary, b->involuntary),
		.minor_faults = difference(times, a->minor_faults, b->minor_faults),
		.major_faults = difference(times, a->major_faults, b->major_faults),
		.migrations = difference(from->migrations_known && to->migrations_known,
		                         from->migrations, to->migrations),
		.moved = a->cpu >= 0 && b->cpu >= 0 && a->cpu != b->cpu,
	};
}

void qb_counters_shares(const struct qb_counters_snap *from, const struct qb_counters_snap *to,
                        double ret_shares[QB_CORE_PMUS_MAX])
{
	double total = 0;

	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX; pmu++) {
		ret_shares[pmu] = 0;
		if (to->pmu_mask >> pmu & 1)
			ret_shares[pmu] = (double)qb_counter_math_difference(
				from->units[pmu].running_ns, to->units[pmu].running_ns);
		total += ret_shares[pmu];
	}
	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX && total > 0; pmu++)
		ret_shares[pmu] /= total;
}

/* "ran on cpu_atom; event exists on cpu_core only" */
static void explain_core_type(const struct qb_counters *counters,
                              const struct qb_counters_event *event,
                              struct qb_counters_why *ret_why)
{
	char here[128] = "", there[128] = "";

	for (unsigned pmu = 0; pmu < counters->machine.pmu_count; pmu++) {
		char *list = event->on[pmu].available ? here : there;
		const size_t length = strlen(list);

		snprintf(list + length, sizeof(here) - length, "%s%s", length ? ", " : "",
		         counters->machine.pmus[pmu].name);
	}
	qb_absence_set(ret_why, QB_ABSENCE_WRONG_CORE_TYPE, 0, "ran on %s; event exists on %s only",
	               there, here);
}

void qb_counters_explain(const struct qb_counters *counters, unsigned event,
                         const struct qb_counters_value *value, struct qb_counters_why *ret_why)
{
	assert(event < counters->event_count);
	const struct qb_counters_event *which = &counters->events[event];

	if (which->why.code)
		*ret_why = which->why;
	else if (value->absence == QB_ABSENCE_WRONG_CORE_TYPE)
		explain_core_type(counters, which, ret_why);
	else
		qb_absence_explain(&counters->machine.facts, (enum qb_absence)value->absence,
		                   (double)value->coverage, ret_why);
}

void qb_counters_detach(struct qb_counters_thread *thread)
{
	for (unsigned pmu = 0; pmu < QB_CORE_PMUS_MAX; pmu++)
		if (thread->pmu_mask >> pmu & 1)
			qb_counters_unit_close(thread->system, &thread->units[pmu]);
	qb_counters_unit_close(thread->system, &thread->migrations);
	thread->pmu_mask = 0;
}
