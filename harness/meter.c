/* meter -- counters of the measuring threads, read from outside.
 *
 * A worker opens its counters and never looks at them: the coordinator snaps all threads just
 * before the window and just after it, so that no instruction is added to a measured loop.  Where
 * the window begins and ends with the loops (a fixed count of messages), each thread snaps itself.
 */
#include "harness/meter.h"

#include "harness/worker.h"

/* Energy of the machine; one coordinator a process. */
static struct qb_energy energy;
static struct qb_energy_reading energy_from, energy_to;
static struct qb_counters_why energy_why;

static bool counts(const struct qb_crew *crew) { return crew->mapping->count_events; }

static uint64_t messages_of(const struct qb_member *member)
{
	return __atomic_load_n(&member->crew->mapping->progress[member->position].message_count,
	                       __ATOMIC_RELAXED);
}

void qb_meter_attach(struct qb_member *member)
{
	const struct qb_mapping *mapping = member->crew->mapping;
	struct qb_meter *meter = &member->meter;
	struct qb_counters_why ignored; /* what was refused is absent, and says so by itself */

	if (!counts(member->crew))
		return;
	qb_counters_attach(&mapping->counters, mapping->counters_group,
	                   mapping->c.cpus[member->position], &meter->thread, &ignored);
	meter->attached = true;
}

void qb_meter_enter(struct qb_member *member)
{
	if (!member->meter.attached || member->crew->mapping->protocol.message_count == 0)
		return;
	qb_counters_snap(&member->meter.thread, &member->meter.from);
	member->meter.from_count = 0;
	__atomic_store_n(&member->meter.entered, 1, __ATOMIC_RELEASE);
}

void qb_meter_leave(struct qb_member *member)
{
	struct qb_meter *meter = &member->meter;

	if (!meter->attached)
		return;
	qb_counters_snap(&meter->thread, &meter->own_to);
	meter->own_count = messages_of(member);
	__atomic_store_n(&meter->left, 1, __ATOMIC_RELEASE);
}

void qb_meter_open(struct qb_crew *crew)
{
	if (counts(crew))
		qb_energy_open(NULL, &energy, &energy_why);
}

void qb_meter_begin(struct qb_crew *crew)
{
	const struct qb_mapping *mapping = crew->mapping;

	if (!counts(crew))
		return;
	qb_energy_read(&energy, &energy_from);
	for (unsigned w = 0; w < mapping->samples.worker_count; w++) {
		struct qb_member *member = &crew->members[w];

		if (mapping->protocol.message_count > 0)
			continue; /* it snaps itself */
		qb_counters_snap(&member->meter.thread, &member->meter.from);
		member->meter.from_count = messages_of(member);
		member->meter.entered = 1;
	}
}

/* Of a thread that left its loop meanwhile, its own snap is the one that is whole; one that had no
 * CPU until all messages were through has a region of no length. */
static void snap_end(struct qb_member *member)
{
	struct qb_meter *meter = &member->meter;

	meter->took_part = __atomic_load_n(&meter->entered, __ATOMIC_ACQUIRE);
	qb_counters_snap(&meter->thread, &meter->to);
	meter->to_count = messages_of(member);
	if (__atomic_load_n(&meter->left, __ATOMIC_ACQUIRE)) {
		meter->to = meter->own_to;
		meter->to_count = meter->own_count;
	}
}

static void list_usage(const struct qb_counters_usage *usage,
                       struct qb_counters_value ret_values[QB_USAGE_COUNT])
{
	const struct qb_counters_value values[QB_USAGE_COUNT] = {
		[QB_USAGE_CPU] = usage->cpu_ns,
		[QB_USAGE_USER] = usage->user_ns,
		[QB_USAGE_SYSTEM] = usage->system_ns,
		[QB_USAGE_DELAY] = usage->delay_ns,
		[QB_USAGE_VOLUNTARY] = usage->voluntary,
		[QB_USAGE_INVOLUNTARY] = usage->involuntary,
		[QB_USAGE_MIGRATIONS] = usage->migrations,
		[QB_USAGE_MINOR_FAULTS] = usage->minor_faults,
		[QB_USAGE_MAJOR_FAULTS] = usage->major_faults,
	};

	memcpy(ret_values, values, sizeof(values));
}

static void add(struct qb_counters_value *sums, const struct qb_counters_value *values,
                unsigned count, bool first)
{
	for (unsigned i = 0; i < count; i++)
		sums[i] = first ? values[i] : qb_counter_math_sum(sums[i], values[i]);
}

static void add_member(const struct qb_member *member, struct qb_counts *sums)
{
	const struct qb_counters *counters = &member->crew->mapping->counters;
	const struct qb_meter *meter = &member->meter;
	const struct qb_counters_snap *from = meter->took_part ? &meter->from : &meter->to;
	struct qb_role_counts *sum = &sums->of[member->role];
	struct qb_counters_value events[QB_COUNTERS_EVENTS_MAX], values[QB_USAGE_COUNT];
	struct qb_counters_usage usage;

	qb_counters_diff(counters, from, &meter->to, events);
	qb_counters_usage(from, &meter->to, &usage);
	list_usage(&usage, values);
	add(sum->events, events, counters->event_count, member->index == 0);
	add(sum->usage, values, QB_USAGE_COUNT, member->index == 0);
	sum->message_count += meter->took_part ? meter->to_count - meter->from_count : 0;
}

static void add_energy(struct qb_counts *counts)
{
	for (int domain = 0; domain < QB_ENERGY_COUNT; domain++) {
		counts->joules[domain] =
			qb_energy_diff(&energy, &energy_from, &energy_to,
		                       (enum qb_energy_domain)domain, &counts->joules_why[domain]);
		if (energy.source_count == 0 && energy_why.code != QB_ABSENCE_NONE)
			counts->joules_why[domain] = energy_why;
	}
}

void qb_meter_end(struct qb_crew *crew)
{
	struct qb_counts *sums = &crew->mapping->samples.counts;

	if (!counts(crew))
		return;
	for (unsigned w = 0; w < crew->mapping->samples.worker_count; w++)
		snap_end(&crew->members[w]);
	qb_energy_read(&energy, &energy_to);
	for (unsigned w = 0; w < crew->mapping->samples.worker_count; w++)
		add_member(&crew->members[w], sums);
	add_energy(sums);
	sums->counted = true;
}

void qb_meter_close(struct qb_crew *crew)
{
	for (unsigned w = 0; counts(crew) && w < crew->mapping->samples.worker_count; w++)
		if (crew->members[w].meter.attached)
			qb_counters_detach(&crew->members[w].meter.thread);
	if (counts(crew))
		qb_energy_close(&energy);
}
