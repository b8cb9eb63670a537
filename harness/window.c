/* window -- reads the threads' counters at the window's edges and at every interval inside.
 *
 * Counts and clock are read together, and again if the coordinator was preempted in between: a
 * window's value is (count at the end - count at the start) / time, so both must be of one moment.
 */
#include "harness/window.h"

#include <sched.h>
#include <stdio.h>

#include "harness/clock.h"
#include "harness/pace.h"

#define PREEMPTED_NS  20000 /* longer between clock and counts: read again */
#define ATTEMPTS      50
#define POLL_NS       200000 /* fixed count: how exactly the end is seen */
#define DRAIN_POLL_NS 1000000
#define QUIET_NS      100000000

struct snapshot {
	struct qb_instant instant;
	struct qb_worker_sample counts[QB_WORKERS_MAX]; /* the window_* fields */
	uint64_t received;
};

static uint64_t load(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

static uint64_t count_received(const struct qb_mapping *mapping)
{
	uint64_t received = 0;

	for (unsigned index = 0; index < mapping->c.consumer_count; index++)
		received +=
			load(&mapping->progress[mapping->c.producer_count + index].message_count);
	return received;
}

static void read_counts(const struct qb_mapping *mapping, struct snapshot *snapshot)
{
	snapshot->received = 0;
	for (unsigned w = 0; w < mapping->samples.worker_count; w++) {
		const struct qb_progress *progress = &mapping->progress[w];
		struct qb_worker_sample *counts = &snapshot->counts[w];

		counts->window_count = load(&progress->message_count);
		counts->window_operations = load(&progress->operation_count);
		counts->window_misses = load(&progress->miss_count);
		counts->window_sleeps = load(&progress->sleep_count);
		if (w >= mapping->c.producer_count)
			snapshot->received += counts->window_count;
	}
}

static void take(const struct qb_mapping *mapping, struct snapshot *snapshot)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		qb_clock_read(&snapshot->instant);
		read_counts(mapping, snapshot);
		if (qb_clock_monotonic_ns() - snapshot->instant.monotonic_ns < PREEMPTED_NS)
			return;
	}
}

/* Steal time of all CPUs (proc_stat(5), 8th field); 0 where the file tells none. */
static uint64_t steal_ticks(void)
{
	unsigned long long field[8] = { 0 };
	FILE *stream = fopen("/proc/stat", "re");

	if (!stream)
		return 0;
	if (fscanf(stream, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &field[0], &field[1],
	           &field[2], &field[3], &field[4], &field[5], &field[6], &field[7]) != 8)
		field[7] = 0;
	fclose(stream);
	return field[7];
}

/* On all CPUs that this process may use: the coordinator is bound to none of them. */
static void read_vitals(struct qb_vitals *ret_vitals)
{
	static struct qb_pu pus[CPU_SETSIZE];
	struct qb_topology usable = { .pus = pus };
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			pus[usable.pu_count++].os = cpu;
	qb_vitals_read("", &usable, ret_vitals);
}

static void keep_interval(struct qb_samples *samples, uint64_t messages, uint64_t end_ns)
{
	if (samples->interval_count == QB_INTERVALS_MAX)
		return;
	samples->interval_messages[samples->interval_count] = messages;
	samples->interval_end_ns[samples->interval_count++] = end_ns;
}

static void keep_window(struct qb_samples *samples, const struct snapshot *start,
                        const struct snapshot *end)
{
	samples->window_start = start->instant;
	samples->window_end = end->instant;
	samples->window_count = end->received - start->received;
	for (unsigned w = 0; w < samples->worker_count; w++) {
		const struct qb_worker_sample *a = &start->counts[w], *b = &end->counts[w];

		samples->workers[w].window_count = b->window_count - a->window_count;
		samples->workers[w].window_operations = b->window_operations - a->window_operations;
		samples->workers[w].window_misses = b->window_misses - a->window_misses;
		samples->workers[w].window_sleeps = b->window_sleeps - a->window_sleeps;
	}
}

/* A window of time: wakes at every interval's end, reads the counts, sleeps on.  Returns what was
 * received when the last interval began. */
static uint64_t sample_time(struct qb_crew *crew, uint64_t start_ns, uint64_t before)
{
	const struct qb_mapping *mapping = crew->mapping;
	const struct qb_protocol *protocol = &mapping->protocol;
	uint64_t at_ns = 0;

	while (at_ns + protocol->interval_ns < protocol->time_ns) {
		uint64_t now;

		at_ns += protocol->interval_ns;
		qb_clock_sleep_until(start_ns + at_ns);
		now = count_received(mapping);
		keep_interval(&crew->mapping->samples, now - before,
		              qb_clock_monotonic_ns() - start_ns);
		before = now;
	}
	qb_clock_sleep_until(start_ns + protocol->time_ns);
	return before;
}

/* A window of messages: until all have arrived; a loss ends it when nothing comes any more. */
static void sample_count(struct qb_crew *crew)
{
	const struct qb_mapping *mapping = crew->mapping;
	uint64_t last = 0, quiet_since_ns = qb_clock_monotonic_ns(), now_ns;

	for (;;) {
		const uint64_t received = count_received(mapping);
		bool producing = false;

		now_ns = qb_clock_monotonic_ns();
		for (unsigned w = 0; w < mapping->c.producer_count; w++)
			producing |= __atomic_load_n(&mapping->progress[w].stand,
			                             __ATOMIC_RELAXED) != QB_STAND_DONE;
		if (received >= mapping->protocol.message_count)
			return;
		if (received != last || producing)
			quiet_since_ns = now_ns;
		else if (now_ns - quiet_since_ns > QUIET_NS)
			return;
		last = received;
		qb_clock_sleep_until(now_ns + POLL_NS);
	}
}

static void tell_partner(struct qb_mapping *mapping, enum qb_partner_command command)
{
	struct qb_partner partner = mapping->partner;
	int failure;

	if (!mapping->has_partner)
		return;
	if (mapping->samples.partner_failure != 0)
		partner.answers = -1; /* who did not answer once is told, but not waited for */
	/* Noted before it is told to begin, so that whoever buries this process tells it to end. */
	__atomic_store_n(&mapping->recording, 1, __ATOMIC_RELAXED);
	failure = qb_partner_tell(&partner, command);
	if (command == QB_PARTNER_DISABLE)
		__atomic_store_n(&mapping->recording, 0, __ATOMIC_RELAXED);
	mapping->samples.has_partner = true;
	if (mapping->samples.partner_failure == 0)
		mapping->samples.partner_failure = failure;
}

static bool is_ready(const struct qb_progress *progress)
{
	const uint32_t stand = __atomic_load_n(&progress->stand, __ATOMIC_RELAXED);

	return stand != QB_STAND_STARTING && stand != QB_STAND_ATTACHING;
}

void qb_window_prepare(struct qb_crew *crew)
{
	struct qb_mapping *mapping = crew->mapping;

	if (!mapping->has_partner || mapping->protocol.message_count == 0)
		return;
	for (unsigned w = 0; w < mapping->samples.worker_count; w++)
		while (!is_ready(&mapping->progress[w]))
			qb_clock_sleep_until(qb_clock_monotonic_ns() + POLL_NS);
	tell_partner(mapping, QB_PARTNER_ENABLE);
}

void qb_window_measure(struct qb_crew *crew)
{
	struct qb_mapping *mapping = crew->mapping;
	const struct qb_protocol *protocol = &mapping->protocol;
	static struct snapshot start, end; /* too large for a stack; one coordinator a process */
	struct qb_instant released;
	uint64_t steal, before = 0;

	qb_clock_read(&released);
	qb_mapping_enter(mapping, QB_STAGE_WARMING_UP);
	if (protocol->message_count == 0)
		qb_clock_sleep_until(released.monotonic_ns + protocol->warmup_ns);
	qb_mapping_enter(mapping, QB_STAGE_MEASURING);
	read_vitals(&mapping->samples.vitals_start);
	steal = steal_ticks();
	qb_ledger_read("", &mapping->c, &mapping->samples.ledger_start);
	if (protocol->message_count == 0)
		tell_partner(mapping, QB_PARTNER_ENABLE);
	qb_meter_begin(crew);
	take(mapping, &start);
	if (crew->pace)
		qb_pace_open(crew->pace, &start.instant, protocol->time_ns);
	mapping->samples.window_start = protocol->message_count ? released : start.instant;
	if (protocol->message_count == 0) {
		before = sample_time(crew, start.instant.monotonic_ns, start.received);
	} else {
		/* From the release on: nothing has been counted before it. */
		start = (struct snapshot){ .instant = released };
		sample_count(crew);
	}
	take(mapping, &end);
	qb_meter_end(crew);
	tell_partner(mapping, QB_PARTNER_DISABLE);
	qb_ledger_read("", &mapping->c, &mapping->samples.ledger_end);
	mapping->samples.steal_ticks = steal_ticks() - steal;
	read_vitals(&mapping->samples.vitals_end);
	mapping->samples.cpu_count = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	keep_window(&mapping->samples, &start, &end);
	keep_interval(&mapping->samples, end.received - before,
	              end.instant.monotonic_ns - start.instant.monotonic_ns);
	mapping->samples.clock_checked = qb_clock_disagreement(
		&released, &start.instant, &end.instant, &mapping->samples.clock_disagreement_ppm);
}

/* All threads of one role are through their loops. */
static bool producers_done(const struct qb_mapping *mapping)
{
	for (unsigned w = 0; w < mapping->c.producer_count; w++) {
		if (__atomic_load_n(&mapping->progress[w].stand, __ATOMIC_ACQUIRE) != QB_STAND_DONE)
			return false;
	}
	return true;
}

static uint64_t count_sent(const struct qb_mapping *mapping)
{
	uint64_t sent = 0;

	for (unsigned w = 0; w < mapping->c.producer_count; w++)
		sent += load(&mapping->progress[w].message_count);
	return sent;
}

/* True once every consumer has found the queue empty, or closed, since `misses` were noted. */
static bool all_missed(const struct qb_mapping *mapping, const uint64_t *misses)
{
	for (unsigned index = 0; index < mapping->c.consumer_count; index++) {
		const struct qb_progress *progress =
			&mapping->progress[mapping->c.producer_count + index];

		if (load(&progress->miss_count) == misses[index] &&
		    __atomic_load_n(&progress->stand, __ATOMIC_RELAXED) != QB_STAND_DONE)
			return false;
	}
	return true;
}

/* Until everything sent was received and each consumer has found the queue empty once more (so
 * that a message too many is seen too), or nothing has come for a while. */
static void await_empty(const struct qb_mapping *mapping)
{
	static uint64_t misses[QB_WORKERS_MAX];
	uint64_t last = count_received(mapping), quiet_since_ns = qb_clock_monotonic_ns();

	for (unsigned index = 0; index < mapping->c.consumer_count; index++)
		misses[index] =
			load(&mapping->progress[mapping->c.producer_count + index].miss_count);
	for (;;) {
		const uint64_t now_ns = qb_clock_monotonic_ns(), received = count_received(mapping);

		if (received != last)
			quiet_since_ns = now_ns;
		last = received;
		if (all_missed(mapping, misses) &&
		    (received == count_sent(mapping) || now_ns - quiet_since_ns > QUIET_NS))
			return;
		qb_clock_sleep_until(now_ns + DRAIN_POLL_NS);
	}
}

void qb_window_drain(struct qb_crew *crew)
{
	struct qb_mapping *mapping = crew->mapping;

	__atomic_store_n(&mapping->phase, QB_PHASE_DRAIN, __ATOMIC_RELAXED);
	while (!producers_done(mapping))
		qb_clock_sleep_until(qb_clock_monotonic_ns() + DRAIN_POLL_NS);
	/* Sleeping consumers are woken by the queue's end, which comes after its last message. */
	if (mapping->c.wait == QB_WAIT_BLOCK)
		crew->descriptor->closing->close(crew->queue);
	else if (!(mapping->c.traits & QB_FLOOR))
		await_empty(mapping);
	if (mapping->c.wait == QB_WAIT_BLOCK)
		return; /* they see END by themselves */
	__atomic_store_n(&mapping->phase, QB_PHASE_END, __ATOMIC_RELAXED);
}
